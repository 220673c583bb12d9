//! StartResourceStateUpdate: one image changed because a caller asks for it.

use afterimage_inventory::ImageType;
use afterimage_inventory::Instant;
use afterimage_inventory::Status as ImageStatus;
use afterimage_policy as policy;
use afterimage_policy::AmiExclusions;
use afterimage_policy::Exclusions;
use afterimage_policy::Filter;
use afterimage_policy::Include;
use afterimage_policy::LastLaunched;
use afterimage_policy::Policy;
use afterimage_policy::ResourceType;
use afterimage_policy::Rule;
use afterimage_policy::Selection;
use afterimage_policy::Tag;
use afterimage_policy::Unit;
use afterimage_policy::json::Json;
use afterimage_simulator::Assumption;
use afterimage_simulator::Outcome;
use afterimage_simulator::Plan;
use afterimage_simulator::Reason;
use afterimage_simulator::Verdict;
use serde::Serialize;

use crate::answer::Answer;
use crate::error::ApiError;
use crate::error::Code;
use crate::error::Problems;
use crate::execution::Action;
use crate::execution::End;
use crate::execution::Execution;
use crate::execution::Phase;
use crate::execution::Resource;
use crate::execution::ResourceOutput;
use crate::execution::Subject;
use crate::input::Input;
use crate::runs::is_allowed;
use crate::service::Service;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    lifecycle_execution_id: Option<&'a str>,
    resource_arn: &'a str,
}

/// What is asked for.
struct Update {
    action: Action,
    /// `None`: the request has no `includeResources`.
    include: Option<Include>,
    at: Option<Instant>,
    exclude: AmiExclusions,
}

pub(crate) fn start(service: &mut Service, input: &Input<'_>) -> Result<Answer, ApiError> {
    let arn = input.text("resourceArn").unwrap_or_default();
    let image = service.existing_image(arn)?;
    let images = &service.inventory.images;
    let owner = images.owner.get(image).map_or("", |&owner| service.inventory.text(owner));
    let account = &service.settings().account;
    if owner != account {
        let message = format!("account {account} may not change the image, which {owner} owns");
        return Err(ApiError::new(Code::Forbidden, message));
    }
    let is_container = images.image_type.get(image) == Some(&ImageType::Docker);
    let update = read(input, service.now(), is_container)?;
    let status = service.state.status(image).unwrap_or(ImageStatus::Deleted);
    if status.is_building() {
        let message = format!("the image is {}; it can be changed once its build has ended", status.as_str());
        return Err(ApiError::new(Code::ResourceInUse, message));
    }
    if !is_allowed(status, update.action) {
        let (from, to) = (status.as_str(), update.action.target());
        return Err(ApiError::at("/state/status", format!("an image that is {from} cannot become {to}")));
    }
    let image_row = image as u32;
    let included =
        update.include.is_some_and(|include| include.amis || include.snapshots || include.containers);
    let begins = included || update.at.is_some();
    // Restoring an image also calls off a deprecation that is to come.
    let called_off = service.executions.scheduled(image_row).filter(|_| update.action == Action::Available);
    if begins && let Some(message) = service.busy(image_row, called_off) {
        return Err(ApiError::new(Code::ResourceInUse, message));
    }
    if let Some(number) = called_off {
        service.cancel(number);
    }
    if !begins {
        service.change_image(image_row, update.action);
        return Ok(Answer::new(&Body { lifecycle_execution_id: None, resource_arn: arn }));
    }
    let resource = service.resource_of(image, &update);
    let number = service.start(Subject::Image(image_row), vec![resource], update.at);
    let id = service.executions.get(number).map(|execution| execution.id.as_str());
    Ok(Answer::new(&Body { lifecycle_execution_id: id, resource_arn: arn }))
}

/// The request, if its members go together.
fn read(input: &Input<'_>, now: Instant, is_container: bool) -> Result<Update, ApiError> {
    let mut problems = Problems::default();
    let status = input.object("state").and_then(|state| state.text("status"));
    let action = Action::ALL.into_iter().find(|action| status == Some(action.target()));
    let flags = input.object("includeResources");
    let include = flags.map(|flags| Include {
        amis: flags.is_true("amis"),
        snapshots: flags.is_true("snapshots"),
        containers: flags.is_true("containers"),
    });
    let Include { amis, snapshots, containers } = include.unwrap_or_default();
    if action.is_none() {
        problems.add("/state/status", "`status` is missing");
    }
    if include.is_some() != input.get("executionRole").is_some() {
        problems
            .add("/executionRole", "`executionRole` and `includeResources` go together, and one is missing");
    }
    if is_container && action.is_some_and(|action| action != Action::Delete) {
        problems.add("/state/status", "a container image can only become DELETED");
    }
    let deletes = action == Some(Action::Delete);
    if deletes && !(amis || snapshots || containers) {
        problems.add(
            "/includeResources",
            "an image becomes DELETED together with its resources, and none is included",
        );
    }
    if snapshots && !amis {
        problems.add("/includeResources/snapshots", "snapshots are included only with their AMIs");
    }
    if snapshots && !deletes {
        problems
            .add("/includeResources/snapshots", "snapshots are included only when the image becomes DELETED");
    }
    if containers && !deletes {
        problems.add(
            "/includeResources/containers",
            "containers are included only when the image becomes DELETED",
        );
    }
    if is_container && (amis || snapshots) {
        problems.add("/includeResources", "a container image has no AMIs and no snapshots");
    }
    if !is_container && containers {
        problems.add("/includeResources/containers", "an AMI image has no containers");
    }
    let at = input.instant("updateAt");
    if let Some(at) = at {
        if action != Some(Action::Deprecate) {
            problems.add("/updateAt", "a time is given only for an image that becomes DEPRECATED");
        }
        if at <= now {
            problems.add("/updateAt", format!("{at} is not in the future: it is {now}"));
        }
    }
    problems.into_result(Code::InvalidRequest)?;
    let exclude = input.object("exclusionRules").and_then(|rules| rules.object("amis"));
    Ok(Update {
        action: action.unwrap_or(Action::Delete),
        include,
        at,
        exclude: exclude.map(|exclude| exclusions(&exclude)).unwrap_or_default(),
    })
}

/// The strict form of valid AMI exclusions.
fn exclusions(input: &Input<'_>) -> AmiExclusions {
    let owned = |texts: Vec<&str>| texts.into_iter().map(str::to_owned).collect();
    let last_launched = input.object("lastLaunched").and_then(|period| {
        let units = [Unit::Days, Unit::Weeks, Unit::Months, Unit::Years];
        let unit = units.into_iter().find(|unit| period.text("unit") == Some(unit.as_str()))?;
        Some(LastLaunched { value: period.integer("value")?.try_into().ok()?, unit })
    });
    let tags = match input.get("tagMap") {
        Some(Json::Object(tags)) => tags
            .iter()
            .filter_map(|(key, value)| match value {
                Json::String(value) => Some(Tag { key: key.clone(), value: value.clone() }),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    AmiExclusions {
        regions: owned(input.texts("regions")),
        public: input.is_true("isPublic"),
        tags,
        shared_accounts: owned(input.texts("sharedAccounts")),
        last_launched,
    }
}

impl Action {
    /// The status that a request names.
    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::Available => "AVAILABLE",
            Self::Deprecate => "DEPRECATED",
            Self::Disable => "DISABLED",
            Self::Delete => "DELETED",
        }
    }
}

impl Service {
    /// Row of an image that is there.
    pub(crate) fn existing_image(&self, arn: &str) -> Result<usize, ApiError> {
        let image = self.inventory.find_image(arn);
        let image = image.filter(|&image| self.is_here(image) && self.state.status(image).is_some());
        image.ok_or_else(|| ApiError::not_found("image", arn))
    }

    /// What keeps another execution on an image from beginning; one execution does not count.
    fn busy(&self, image: u32, but: Option<u32>) -> Option<String> {
        let holds = |(number, open): &(u32, &Execution)| {
            let left = open.resources.get(open.done as usize..).unwrap_or_default();
            Some(*number) != but && left.iter().any(|resource| resource.image == image)
        };
        let (_, open) = self.executions.open().find(holds)?;
        let id = &open.id;
        Some(match open.phase {
            Phase::Scheduled(at) => {
                format!("the execution `{id}` waits until {at} to change the image; cancel it first")
            }
            Phase::Paused => {
                format!("the execution `{id}` goes on with the image at a later daily run; cancel it first")
            }
            _ => format!("the execution `{id}` is at work on the image"),
        })
    }

    /// The image with its outputs, as the simulator sees them under a policy of this one rule.
    fn resource_of(&self, image: usize, update: &Update) -> Resource {
        // Restoring an AMI asks the same of exclusions as any other action.
        let (action, verdict) = match update.action {
            Action::Available | Action::Deprecate => (policy::Action::Deprecate, Verdict::Deprecate),
            Action::Disable => (policy::Action::Disable, Verdict::Disable),
            Action::Delete => (policy::Action::Delete, Verdict::Delete),
        };
        let rule = Rule {
            index: 0,
            action,
            filter: Filter::Age { value: 0, unit: Unit::Days, retain_at_least: 0 },
            include: update.include.unwrap_or_default(),
            exclude: Exclusions { image_tags: Vec::new(), amis: update.exclude.clone() },
        };
        let rules = Policy {
            owner: None,
            role_account: None,
            enabled: true,
            resource_type: ResourceType::AmiImage,
            selection: Selection::Tags(Vec::new()),
            rules: vec![rule],
        };
        let assumptions = self.settings().assumptions;
        let plan = Plan::assuming(&rules, &self.inventory, assumptions);
        let outcome = Outcome {
            verdict,
            reason: Reason::Age,
            rule: Some(0),
            failed: false,
            stays: false,
            boundary: false,
        };
        let outputs = plan.outputs_under(&self.inventory, &self.state, self.now(), image, outcome);
        let outputs: Vec<ResourceOutput> =
            Resource::outputs(&outputs, rules.rules.iter().any(|rule| rule.include.snapshots));
        let any = |end: End| outputs.iter().any(|output| output.end == end);
        let failed = any(End::Failed);
        let skipped = update.action == Action::Delete && any(End::Skipped);
        let stays = failed && assumptions.holds(Assumption::FailedOutputKeepsImage) || skipped;
        Resource {
            image: image as u32,
            action: update.action,
            reason: None,
            end: match (failed, skipped) {
                (true, _) => End::Failed,
                (false, true) => End::Skipped,
                (false, false) => End::Success,
            },
            changes: !stays,
            outputs,
            began: None,
            ended: None,
        }
    }
}
