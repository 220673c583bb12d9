//! The state document: everything that a service knows, as one JSON document.
//!
//! It has two parts. What never changes, the settings and the inventory, comes first and is written once; what
//! does change follows. Instants are milliseconds since 1970.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::Arc;
use std::sync::OnceLock;

use afterimage_inventory::AmiId;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Loader;
use afterimage_inventory::Status as ImageStatus;
use afterimage_policy::Form;
use afterimage_policy::Severity;
use afterimage_policy::Tag;
use afterimage_policy::json::Json;
use afterimage_policy::model::normalised_name;
use afterimage_simulator::Assumptions;
use afterimage_simulator::Reason;
use serde::Deserialize;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::answer::Answer;
use crate::execution::Action;
use crate::execution::End;
use crate::execution::Execution;
use crate::execution::Phase;
use crate::execution::Resource;
use crate::execution::ResourceOutput;
use crate::execution::Status;
use crate::execution::Subject;
use crate::faults;
use crate::faults::Fault;
use crate::idempotency::Answered;
use crate::policies;
use crate::policies::StoredPolicy;
use crate::runs::AmiChange;
use crate::runs::ImageChange;
use crate::service::Service;
use crate::settings::Settings;

/// The version that is written.
const VERSION: u64 = 1;

/// A state document that cannot be restored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    #[error("the state document is of version {found}, and this program knows {known} and older")]
    Newer { found: u64, known: u64 },
    /// What is wrong, and where: a line and column, or a JSON pointer.
    #[error("the state document is broken: {0}")]
    Broken(String),
}

#[derive(Deserialize)]
struct VersionDocument {
    version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StateDocument<'a> {
    #[serde(rename = "version")]
    _version: u64,
    settings: SettingsDocument,
    #[serde(borrow)]
    exports: &'a RawValue,
    changes: ChangesDocument,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SettingsDocument {
    account: String,
    region: String,
    now: i64,
    seed: u64,
    seconds_per_resource: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    resources_per_run: Option<u32>,
    daily_run_at: u32,
    assumptions: HashMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ChangesDocument {
    now: i64,
    next_run: i64,
    requests: u64,
    revision: u64,
    policies: Vec<PolicyDocument>,
    executions: Vec<ExecutionDocument>,
    images: Vec<ImageDocument>,
    amis: Vec<AmiDocument>,
    answered: Vec<AnsweredDocument>,
    faults: Json,
}

/// A policy as get-lifecycle-policy tells it, but for the instants.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct PolicyDocument {
    arn: String,
    created: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    updated: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_run: Option<i64>,
    /// The create request that would make it.
    request: Json,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ExecutionDocument {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    started: i64,
    /// Name of the phase, and its instant where it has one.
    phase: (PhaseName, Option<i64>),
    done: u32,
    done_in_run: u32,
    resources: Vec<ResourceDocument>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum PhaseName {
    Paused,
    Scheduled,
    Running,
    Cancelling,
    Success,
    Failed,
    Cancelled,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ResourceDocument {
    image: String,
    action: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    end: String,
    changes: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    outputs: Vec<OutputDocument>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    began: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct OutputDocument {
    at: u32,
    end: String,
    reason: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    snapshots: Option<(String, String)>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ImageDocument {
    arn: String,
    /// Where it is not the one that was loaded; `DELETED`: its record is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    status: Option<String>,
    /// Where it is not the one that was loaded; null: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    deprecation: Option<Option<i64>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    execution: Option<String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AmiDocument {
    id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    /// Its launch permissions are gone.
    #[serde(default, skip_serializing_if = "is_false")]
    sealed: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    deregistered: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AnsweredDocument {
    token: String,
    at: i64,
    /// What was asked, as a hash.
    request: String,
    answer: String,
}

impl Service {
    /// Everything that the service knows, as one JSON document: [`Service::restore`] needs nothing else.
    pub fn state(&self) -> String {
        let (unchanging, changing) = self.state_parts();
        format!("{unchanging}{changing}")
    }

    /// The two halves of [`Service::state`]: one that stays the same for as long as the service lives, and can
    /// be large, and one that does not.
    pub fn state_parts(&self) -> (Arc<str>, String) {
        let unchanging = self.exports.get_or_init(|| {
            let settings = json(&settings_document(self.settings()));
            let exports = self.inventory.to_exports();
            format!(r#"{{"version":{VERSION},"settings":{settings},"exports":{exports},"changes":"#).into()
        });
        (Arc::clone(unchanging), json(&self.changes_document()) + "}\n")
    }

    /// The service that a state document describes.
    ///
    /// # Errors
    ///
    /// When the document is of a newer version, or broken, and where.
    pub fn restore(document: &str) -> Result<Self, StateError> {
        let broken = |error: serde_json::Error| StateError::Broken(error.to_string());
        let VersionDocument { version } = serde_json::from_str(document).map_err(broken)?;
        if version > VERSION {
            return Err(StateError::Newer { found: version, known: VERSION });
        }
        if version == 0 {
            return Err(at("/version", "there is no version 0"));
        }
        let StateDocument { settings, exports, changes, .. } =
            serde_json::from_str(document).map_err(broken)?;
        let mut loader = Loader::new();
        let loaded = loader.add("/exports", exports.get().as_bytes());
        loaded.map_err(|error| at(&error.source_name, error.message))?;
        let inventory = loader.finish();
        if let Some(skipped) = inventory.skipped.first() {
            return Err(at(&format!("/exports{}", skipped.path), &skipped.message));
        }
        let settings = settings.read()?;
        let mut service =
            Self::new(inventory, settings).map_err(|error| at("/settings", error.to_string()))?;
        service.read_changes(changes)?;
        Ok(service)
    }

    fn changes_document(&self) -> ChangesDocument {
        let answered = self.answered.iter().map(|(token, answered)| AnsweredDocument {
            token: token.to_owned(),
            at: answered.at.0,
            request: format!("{:032x}", answered.request),
            answer: answered.answer.0.clone(),
        });
        ChangesDocument {
            now: self.now.0,
            next_run: self.next_run.0,
            requests: self.requests,
            revision: self.revision,
            policies: self.policies.values().map(policy_document).collect(),
            executions: self.executions.iter().map(|execution| self.execution_document(execution)).collect(),
            images: self.image_documents(),
            amis: self.ami_documents(),
            answered: answered.collect(),
            faults: Json::Array(self.faults.iter().map(fault_document).collect()),
        }
    }

    fn execution_document(&self, execution: &Execution) -> ExecutionDocument {
        let (policy, image) = match &execution.subject {
            Subject::Policy(arn) => (Some(arn.to_string()), None),
            Subject::Image(image) => (None, Some(self.inventory.arn(*image as usize).to_owned())),
        };
        let phase = match execution.phase {
            Phase::Paused => (PhaseName::Paused, None),
            Phase::Scheduled(at) => (PhaseName::Scheduled, Some(at.0)),
            Phase::Running(at) => (PhaseName::Running, Some(at.0)),
            Phase::Cancelling(at) => (PhaseName::Cancelling, Some(at.0)),
            Phase::Ended(at, Status::Success) => (PhaseName::Success, Some(at.0)),
            Phase::Ended(at, Status::Failed) => (PhaseName::Failed, Some(at.0)),
            Phase::Ended(at, Status::Cancelled) => (PhaseName::Cancelled, Some(at.0)),
        };
        let resource = |resource: &Resource| ResourceDocument {
            image: self.inventory.arn(resource.image as usize).to_owned(),
            action: resource.action.as_str().to_owned(),
            reason: resource.reason.map(|reason| reason.as_str().to_owned()),
            end: resource.end.as_str().to_owned(),
            changes: resource.changes,
            outputs: resource.outputs.iter().map(output_document).collect(),
            began: resource.began.map(|at| at.0),
            ended: resource.ended.map(|at| at.0),
        };
        ExecutionDocument {
            id: execution.id.clone(),
            policy,
            image,
            started: execution.started.0,
            phase,
            done: execution.done,
            done_in_run: execution.done_in_run,
            resources: execution.resources.iter().map(resource).collect(),
        }
    }

    /// The images that are not as they were loaded, in the order of the columns.
    fn image_documents(&self) -> Vec<ImageDocument> {
        let loaded = self.inventory.images.status.iter().enumerate();
        let document = |(image, &loaded): (usize, &ImageStatus)| {
            let status = self.state.status(image);
            let change = self.changes.images.get(&(image as u32));
            if status == Some(loaded) && change.is_none() {
                return None;
            }
            let change = change.cloned().unwrap_or_default();
            let execution = change.execution.and_then(|number| self.executions.get(number));
            Some(ImageDocument {
                arn: self.inventory.arn(image).to_owned(),
                status: (status != Some(loaded))
                    .then(|| status.unwrap_or(ImageStatus::Deleted).as_str().to_owned()),
                deprecation: change.deprecation.map(|deprecation| deprecation.map(|at| at.0)),
                execution: execution.map(|execution| execution.id.clone()),
            })
        };
        loaded.filter_map(document).collect()
    }

    fn ami_documents(&self) -> Vec<AmiDocument> {
        let ids = (0_u32..).map(AmiId).zip(&self.inventory.amis.id);
        let document = |(ami, &id): (AmiId, _)| {
            let state = self.changes.amis.get(&ami.0);
            let (sealed, deregistered) = (self.state.is_sealed(ami), self.state.is_deregistered(ami));
            (state.is_some() || sealed || deregistered).then(|| AmiDocument {
                id: self.inventory.text(id).to_owned(),
                state: state.map(|state| state.as_str().to_owned()),
                sealed,
                deregistered,
            })
        };
        ids.filter_map(document).collect()
    }

    fn read_changes(&mut self, changes: ChangesDocument) -> Result<(), StateError> {
        self.now = Instant(changes.now);
        self.next_run = Instant(changes.next_run);
        if self.now < self.settings().now || self.next_run <= self.now {
            return Err(at(
                "/changes/now",
                "the clock does not stand between its start and the next daily run",
            ));
        }
        self.requests = changes.requests;
        self.revision = changes.revision;
        for (index, policy) in changes.policies.into_iter().enumerate() {
            let place = format!("/changes/policies/{index}");
            let (key, policy) = self.read_policy(policy, &place)?;
            if self.policies.insert(key, policy).is_some() {
                return Err(at(&place, "another policy has the same name"));
            }
        }
        for (index, execution) in changes.executions.into_iter().enumerate() {
            let execution = self.read_execution(execution, &format!("/changes/executions/{index}"))?;
            self.executions.add(execution);
        }
        for (index, document) in changes.images.into_iter().enumerate() {
            self.read_image(document, &format!("/changes/images/{index}"))?;
        }
        let ids = (0_u32..).map(AmiId).zip(&self.inventory.amis.id);
        let ids: HashMap<&str, AmiId> = ids.map(|(ami, &id)| (self.inventory.text(id), ami)).collect();
        for (index, document) in changes.amis.into_iter().enumerate() {
            let place = format!("/changes/amis/{index}");
            let ami = ids.get(document.id.as_str()).copied();
            let ami = ami.ok_or_else(|| at(&place, format!("there is no AMI `{}`", document.id)))?;
            if let Some(state) = document.state {
                let state =
                    named(&AmiChange::ALL, |state| state.as_str(), &state, &format!("{place}/state"))?;
                self.changes.amis.insert(ami.0, state);
            }
            if document.sealed {
                self.state.seal(ami);
            }
            if document.deregistered {
                self.state.deregister(ami);
            }
        }
        let faults = Json::Object(vec![("faults".to_owned(), changes.faults)]);
        self.faults = faults::read(&faults).map_err(|error| at("/changes", error.message))?;
        for (index, answered) in changes.answered.into_iter().enumerate() {
            let request = u128::from_str_radix(&answered.request, 16);
            let request = request.map_err(|_| {
                at(&format!("/changes/answered/{index}/request"), "it is no hash in hexadecimal")
            })?;
            let answer = Answer(answered.answer);
            self.answered.add(&answered.token, Answered { at: Instant(answered.at), request, answer });
        }
        Ok(())
    }

    fn read_policy(
        &self,
        document: PolicyDocument,
        place: &str,
    ) -> Result<(String, StoredPolicy), StateError> {
        let reading = policies::read(Form::Create, &document.request);
        if let Some(error) = reading.diagnostics.iter().find(|found| found.severity == Severity::Error) {
            return Err(at(&format!("{place}/request{}", error.path), &error.message));
        }
        let understood = policies::understood(&reading, self);
        let named = understood.zip(reading.document.name.clone());
        let ((rules, kept), name) = named.ok_or_else(|| at(place, "the request holds no policy"))?;
        let policy = StoredPolicy {
            arn: document.arn.into(),
            document: kept,
            tags: reading.document.tags.unwrap_or_default(),
            created: Instant(document.created),
            updated: document.updated.map(Instant),
            last_run: document.last_run.map(Instant),
            rules,
            plan: OnceLock::new(),
            name,
        };
        Ok((normalised_name(&policy.name), policy))
    }

    fn read_execution(&self, document: ExecutionDocument, place: &str) -> Result<Execution, StateError> {
        let subject = match (document.policy, document.image) {
            (Some(arn), None) => Subject::Policy(arn.into()),
            (None, Some(arn)) => Subject::Image(image(&self.inventory, &arn, &format!("{place}/image"))?),
            _ => return Err(at(place, "an execution is of a policy or of an image")),
        };
        let place_of_phase = format!("{place}/phase");
        let (name, instant) = document.phase;
        let phase = match (name, instant.map(Instant)) {
            (PhaseName::Paused, None) => Phase::Paused,
            (PhaseName::Scheduled, Some(at)) => Phase::Scheduled(at),
            (PhaseName::Running, Some(at)) => Phase::Running(at),
            (PhaseName::Cancelling, Some(at)) => Phase::Cancelling(at),
            (PhaseName::Success, Some(at)) => Phase::Ended(at, Status::Success),
            (PhaseName::Failed, Some(at)) => Phase::Ended(at, Status::Failed),
            (PhaseName::Cancelled, Some(at)) => Phase::Ended(at, Status::Cancelled),
            _ => return Err(at(&place_of_phase, "every phase but PAUSED has an instant")),
        };
        if phase.due().is_some_and(|due| due < self.now) {
            return Err(at(&place_of_phase, "what was due is not done"));
        }
        if document.done as usize > document.resources.len() {
            return Err(at(&format!("{place}/done"), "more is done than there is to do"));
        }
        let resources = document.resources.into_iter().enumerate();
        let resources = resources
            .map(|(index, resource)| resource.read(&self.inventory, &format!("{place}/resources/{index}")));
        Ok(Execution {
            id: document.id,
            subject,
            started: Instant(document.started),
            phase,
            done: document.done,
            done_in_run: document.done_in_run,
            resources: resources.collect::<Result<_, _>>()?,
        })
    }

    fn read_image(&mut self, document: ImageDocument, place: &str) -> Result<(), StateError> {
        let row = image(&self.inventory, &document.arn, &format!("{place}/arn"))?;
        if let Some(status) = document.status {
            let unknown = || at(&format!("{place}/status"), format!("`{status}` is no status of an image"));
            let status = ImageStatus::parse(&status).ok_or_else(unknown)?;
            self.state
                .set_status(row as usize, Some(status).filter(|&status| status != ImageStatus::Deleted));
        }
        let execution = document.execution.map(|id| {
            let unknown = || at(&format!("{place}/execution"), format!("there is no execution `{id}`"));
            self.executions.find(&id).ok_or_else(unknown)
        });
        let change = ImageChange {
            deprecation: document.deprecation.map(|deprecation| deprecation.map(Instant)),
            execution: execution.transpose()?,
        };
        if change != ImageChange::default() {
            self.changes.images.insert(row, change);
        }
        Ok(())
    }
}

impl SettingsDocument {
    fn read(self) -> Result<Settings, StateError> {
        let mut assumptions = Assumptions::default();
        for (name, value) in &self.assumptions {
            let (assumption, choice) = Assumptions::parse(&format!("{name}={value}"))
                .map_err(|error| at("/settings/assumptions", error.to_string()))?;
            assumptions = assumptions.with(assumption, choice);
        }
        Ok(Settings {
            account: self.account,
            region: self.region,
            now: Instant(self.now),
            seed: self.seed,
            seconds_per_resource: self.seconds_per_resource,
            resources_per_run: self.resources_per_run,
            daily_run_at: self.daily_run_at,
            assumptions,
        })
    }
}

impl ResourceDocument {
    fn read(self, inventory: &Inventory, place: &str) -> Result<Resource, StateError> {
        let end = |text: &str, place: String| named(&End::ALL, |end| end.as_str(), text, &place);
        let reason = |text: &str, place: String| named(&Reason::ALL, |reason| reason.as_str(), text, &place);
        let outputs = self.outputs.into_iter().enumerate().map(|(index, output)| {
            let place = |member: &str| format!("{place}/outputs/{index}/{member}");
            let snapshots = output.snapshots.map(|(how, why)| {
                Ok::<_, StateError>((end(&how, place("snapshots"))?, reason(&why, place("snapshots"))?))
            });
            Ok::<_, StateError>(ResourceOutput {
                at: output.at,
                end: end(&output.end, place("end"))?,
                reason: reason(&output.reason, place("reason"))?,
                snapshots: snapshots.transpose()?,
            })
        });
        let outputs = outputs.collect::<Result<Vec<_>, _>>()?;
        let why = self.reason.map(|why| reason(&why, format!("{place}/reason")));
        Ok(Resource {
            image: image(inventory, &self.image, &format!("{place}/image"))?,
            action: named(&Action::ALL, |action| action.as_str(), &self.action, &format!("{place}/action"))?,
            reason: why.transpose()?,
            end: end(&self.end, format!("{place}/end"))?,
            changes: self.changes,
            outputs,
            began: self.began.map(Instant),
            ended: self.ended.map(Instant),
        })
    }
}

fn settings_document(settings: &Settings) -> serde_json::Value {
    serde_json::json!({
        "account": settings.account,
        "region": settings.region,
        "now": settings.now.0,
        "seed": settings.seed,
        "secondsPerResource": settings.seconds_per_resource,
        "resourcesPerRun": settings.resources_per_run,
        "dailyRunAt": settings.daily_run_at,
        "assumptions": settings.assumptions,
    })
}

fn policy_document(policy: &StoredPolicy) -> PolicyDocument {
    let text = |text: &str| Json::String(text.to_owned());
    let mut request = vec![("name".to_owned(), text(&policy.name))];
    let mut add = |name: &str, value: Json| request.push((name.to_owned(), value));
    if let Some(description) = &policy.document.description {
        add("description", text(description));
    }
    add("status", text(policy.status()));
    add("executionRole", text(&policy.document.execution_role));
    add("resourceType", text(policy.document.resource_type));
    add("policyDetails", policy.document.details.clone());
    add("resourceSelection", policy.document.selection.clone());
    if !policy.tags.is_empty() {
        let tag = |tag: &Tag| (tag.key.clone(), text(&tag.value));
        add("tags", Json::Object(policy.tags.iter().map(tag).collect()));
    }
    PolicyDocument {
        arn: policy.arn.to_string(),
        created: policy.created.0,
        updated: policy.updated.map(|at| at.0),
        last_run: policy.last_run.map(|at| at.0),
        request: Json::Object(request),
    }
}

fn fault_document(fault: &Fault) -> Json {
    let operation = fault.operation.clone().map(|name| ("operation".to_owned(), Json::String(name)));
    let error = ("error".to_owned(), Json::String(fault.error.to_owned()));
    let times = ("times".to_owned(), Json::Number(fault.times.into()));
    Json::Object(operation.into_iter().chain([error, times]).collect())
}

fn output_document(output: &ResourceOutput) -> OutputDocument {
    OutputDocument {
        at: output.at,
        end: output.end.as_str().to_owned(),
        reason: output.reason.as_str().to_owned(),
        snapshots: output
            .snapshots
            .map(|(end, reason)| (end.as_str().to_owned(), reason.as_str().to_owned())),
    }
}

/// Row of an image.
fn image(inventory: &Inventory, arn: &str, place: &str) -> Result<u32, StateError> {
    let image = inventory.find_image(arn).map(|image| image as u32);
    image.ok_or_else(|| at(place, format!("there is no image `{arn}`")))
}

/// The value of this name.
fn named<T: Copy>(
    all: &[T],
    name: impl Fn(T) -> &'static str,
    text: &str,
    place: &str,
) -> Result<T, StateError> {
    let found = all.iter().copied().find(|&value| name(value) == text);
    found.ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|&value| name(value)).collect();
        at(place, format!("`{text}` is none of `{}`", names.join("`, `")))
    })
}

fn at(place: &str, message: impl Display) -> StateError {
    StateError::Broken(format!("{place}: {message}"))
}

/// A member that is there, even if it is null.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<i64>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn is_false(flag: &bool) -> bool {
    !flag
}

fn json(value: &impl Serialize) -> String {
    // Strings and numbers have nothing to fail at.
    serde_json::to_string(value).unwrap_or_default()
}
