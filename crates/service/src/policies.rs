//! Lifecycle policies: what is kept of them, and the five operations on them.

use std::sync::Arc;
use std::sync::OnceLock;

use afterimage_inventory::EpochSeconds;
use afterimage_inventory::Instant;
use afterimage_policy::Document;
use afterimage_policy::Form;
use afterimage_policy::Owner;
use afterimage_policy::Policy;
use afterimage_policy::Reading;
use afterimage_policy::Severity;
use afterimage_policy::Tag;
use afterimage_policy::is_about_combination;
use afterimage_policy::json::Json;
use afterimage_policy::model::normalised_name;
use afterimage_policy::read_tree;
use afterimage_simulator::Plan;
use serde::Serialize;
use serde::Serializer;

use crate::answer::Answer;
use crate::answer::seconds;
use crate::arn;
use crate::arn::Arn;
use crate::error::ApiError;
use crate::error::Code;
use crate::filters::Filters;
use crate::input;
use crate::input::Input;
use crate::page::Page;
use crate::routes::Call;
use crate::service::Service;
use crate::settings::Settings;

/// One policy.
#[derive(Debug, Clone)]
pub(crate) struct StoredPolicy {
    pub(crate) arn: Arc<str>,
    /// As the caller gave it.
    pub(crate) name: String,
    pub(crate) document: PolicyDocument,
    pub(crate) tags: Vec<Tag>,
    pub(crate) created: Instant,
    pub(crate) updated: Option<Instant>,
    pub(crate) last_run: Option<Instant>,
    /// What the document means.
    pub(crate) rules: Policy,
    /// The rules made ready for the images, once somebody needs them.
    pub(crate) plan: OnceLock<Arc<Plan>>,
}

/// What an update replaces.
#[derive(Debug, Clone)]
pub(crate) struct PolicyDocument {
    pub(crate) description: Option<String>,
    pub(crate) execution_role: String,
    pub(crate) resource_type: &'static str,
    /// `policyDetails` and `resourceSelection` in the API's shape.
    pub(crate) details: Json,
    pub(crate) selection: Json,
}

/// The members of a request that a policy is read from.
const MEMBERS: [&str; 9] = [
    "name",
    "description",
    "status",
    "executionRole",
    "resourceType",
    "policyDetails",
    "resourceSelection",
    "tags",
    "dryRun",
];

/// Twice what the limits of the API allow. Some checks compare each value with each.
const MOST_VALUES: usize = 10_000;

/// Reads the policy in a request. The reader is shown what it has to judge and nothing else.
pub(crate) fn read(form: Form, body: &Json) -> Result<Reading, ApiError> {
    let values = input::count(body);
    if values > MOST_VALUES {
        let message = format!("the request holds {values} values, more than any policy");
        return Err(ApiError::invalid(message));
    }
    let mut members = Vec::new();
    if form == Form::Update {
        // The shape of the request looks at the ARN; here it only says that this is an update.
        let arn = "arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/policy";
        members.push(("lifecyclePolicyArn".to_owned(), Json::String(arn.to_owned())));
    }
    if let Json::Object(given) = body {
        let wanted = |(name, _): &&(String, Json)| {
            MEMBERS.contains(&name.as_str())
                && (form == Form::Create || !matches!(name.as_str(), "name" | "tags" | "dryRun"))
        };
        members.extend(given.iter().filter(wanted).cloned());
    }
    Ok(read_tree(&Json::Object(members)))
}

/// The strict form of a reading, with the account and Region that it holds for, and what is kept of it.
pub(crate) fn understood(reading: &Reading, service: &Service) -> Option<(Policy, PolicyDocument)> {
    let mut rules = reading.policy()?;
    let settings = service.settings();
    rules.owner = Some(Owner { account: settings.account.clone(), region: settings.region.clone() });
    let document: &Document = &reading.document;
    let request = document.create_request();
    Some((
        rules,
        PolicyDocument {
            description: document.description.clone(),
            execution_role: document.execution_role.clone()?,
            resource_type: document.resource_type?.as_str(),
            details: request.member("policyDetails")?.clone(),
            selection: request.member("resourceSelection")?.clone(),
        },
    ))
}

impl StoredPolicy {
    pub(crate) fn status(&self) -> &'static str {
        if self.rules.enabled { "ENABLED" } else { "DISABLED" }
    }

    /// The members that a list shows.
    fn summary(&self) -> Summary<'_> {
        Summary {
            arn: &self.arn,
            name: &self.name,
            description: self.document.description.as_deref(),
            status: self.status(),
            execution_role: &self.document.execution_role,
            resource_type: self.document.resource_type,
            date_created: EpochSeconds(self.created),
            date_updated: seconds(self.updated),
            date_last_run: seconds(self.last_run),
            tags: Tags(&self.tags),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'a> {
    arn: &'a str,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<&'a str>,
    status: &'static str,
    execution_role: &'a str,
    resource_type: &'static str,
    date_created: EpochSeconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_updated: Option<EpochSeconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date_last_run: Option<EpochSeconds>,
    tags: Tags<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Whole<'a> {
    #[serde(flatten)]
    summary: Summary<'a>,
    policy_details: &'a Json,
    resource_selection: &'a Json,
}

/// Tags as the API writes them.
pub(crate) struct Tags<'a>(pub(crate) &'a [Tag]);

impl Serialize for Tags<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|tag| (&tag.key, &tag.value)))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    client_token: Option<&'a str>,
    lifecycle_policy_arn: &'a str,
}

pub(crate) fn create(service: &mut Service, input: &Input<'_>) -> Result<Answer, ApiError> {
    let incomplete = || ApiError::invalid("the request holds no policy");
    let reading = input.policy.ok_or_else(incomplete)?;
    let (rules, document) = understood(reading, service).ok_or_else(incomplete)?;
    let name = reading.document.name.clone().ok_or_else(incomplete)?;
    let key = normalised_name(&name);
    if let Some(known) = service.policies.get(&key) {
        let message = format!("there is a policy of this name already: `{}`", known.arn);
        return Err(ApiError::new(Code::ResourceAlreadyExists, message));
    }
    if reading.document.dry_run == Some(true) {
        let message = "the request would have succeeded, and nothing was done: `dryRun` is true";
        return Err(ApiError::new(Code::DryRunOperation, message));
    }
    let arn = service.policy_arn(&key);
    let tags = reading.document.tags.clone().unwrap_or_default();
    let policy = StoredPolicy {
        arn: Arc::clone(&arn),
        name,
        document,
        tags,
        created: service.now(),
        updated: None,
        last_run: None,
        rules,
        plan: OnceLock::new(),
    };
    service.policies.insert(key, policy);
    Ok(Answer::new(&Changed { client_token: input.text("clientToken"), lifecycle_policy_arn: &arn }))
}

pub(crate) fn update(service: &mut Service, input: &Input<'_>) -> Result<Answer, ApiError> {
    let incomplete = || ApiError::invalid("the request holds no policy");
    let reading = input.policy.ok_or_else(incomplete)?;
    let (rules, document) = understood(reading, service).ok_or_else(incomplete)?;
    let key = service.policy_key(input.text("lifecyclePolicyArn").unwrap_or_default())?;
    let now = service.now();
    let policy = service.policies.get_mut(&key).ok_or_else(incomplete)?;
    let (known, given) = (policy.document.resource_type, document.resource_type);
    if known != given {
        let message = format!("the policy is for {known}, which cannot be changed to {given}");
        return Err(ApiError::at("/resourceType", message));
    }
    let disabled = !rules.enabled;
    policy.document = document;
    policy.rules = rules;
    policy.updated = Some(now);
    policy.plan = OnceLock::new();
    let arn = Arc::clone(&policy.arn);
    if disabled {
        service.cancel_of_policy(&arn);
    }
    Ok(Answer::new(&Changed { client_token: None, lifecycle_policy_arn: &arn }))
}

pub(crate) fn get(service: &Service, input: &Input<'_>, _: &Call<'_>) -> Result<Answer, ApiError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        lifecycle_policy: Whole<'a>,
    }
    let arn = input.text("lifecyclePolicyArn").unwrap_or_default();
    let key = service.policy_key(arn)?;
    let policy = service.policies.get(&key).ok_or_else(|| ApiError::not_found("lifecycle policy", arn))?;
    let lifecycle_policy = Whole {
        summary: policy.summary(),
        policy_details: &policy.document.details,
        resource_selection: &policy.document.selection,
    };
    Ok(Answer::new(&Body { lifecycle_policy }))
}

pub(crate) fn list(service: &Service, input: &Input<'_>, call: &Call<'_>) -> Result<Answer, ApiError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        lifecycle_policy_summary_list: Vec<Summary<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }
    let page = Page::read(service.settings().seed, call.operation, input)?;
    let filters = Filters::read(input, &["name", "resourceType", "status"])?;
    let policies = service.policies.range::<str, _>(page.range()).filter(|(_, policy)| {
        filters.take(|filter| match filter {
            "name" => &policy.name,
            "resourceType" => policy.document.resource_type,
            _ => policy.status(),
        })
    });
    let (policies, next_token) = page.take(policies, |(key, _)| (*key).clone());
    let list = policies.into_iter().map(|(_, policy)| policy.summary()).collect();
    Ok(Answer::new(&Body { lifecycle_policy_summary_list: list, next_token }))
}

pub(crate) fn delete(service: &mut Service, input: &Input<'_>) -> Result<Answer, ApiError> {
    let arn = input.text("lifecyclePolicyArn").unwrap_or_default();
    let key = service.policy_key(arn)?;
    service.cancel_of_policy(arn);
    service.policies.remove(&key);
    Ok(Answer::new(&Changed { client_token: None, lifecycle_policy_arn: arn }))
}

impl Service {
    /// The ARN of the policy with this normalised name.
    pub(crate) fn policy_arn(&self, key: &str) -> Arc<str> {
        let Settings { region, account, .. } = self.settings();
        let partition = arn::partition(region);
        format!("arn:{partition}:imagebuilder:{region}:{account}:lifecycle-policy/{key}").into()
    }

    /// The key of the policy with this ARN.
    fn policy_key(&self, arn: &str) -> Result<String, ApiError> {
        let settings = self.settings();
        let missing = || ApiError::not_found("lifecycle policy", arn);
        let parts = Arn::parse(arn).ok_or_else(missing)?;
        if parts.account != settings.account {
            let message =
                format!("account {} may not touch resources of {}", settings.account, parts.account);
            return Err(ApiError::new(Code::Forbidden, message));
        }
        let known = self.policies.get(parts.name).filter(|policy| *policy.arn == *arn);
        known.map(|_| parts.name.to_owned()).ok_or_else(missing)
    }
}

/// Whether all that is wrong with an update is what its members say together: the one operation that has an
/// error of its own for it.
pub(crate) fn only_combinations(form: Option<Form>, reading: &Reading) -> bool {
    let mut errors = reading.diagnostics.iter().filter(|found| found.severity == Severity::Error);
    form == Some(Form::Update) && errors.all(|found| is_about_combination(found.code))
}
