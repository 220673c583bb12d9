//! The four operations on executions.

use afterimage_inventory::EpochSeconds;
use afterimage_inventory::Instant;
use afterimage_inventory::Text;
use afterimage_simulator::Reason;
use serde::Serialize;

use crate::answer::Answer;
use crate::answer::seconds;
use crate::arn::Arn;
use crate::arn::is_image_build;
use crate::error::ApiError;
use crate::error::Code;
use crate::execution::End;
use crate::execution::Execution;
use crate::execution::OutputRow;
use crate::execution::Phase;
use crate::execution::Resource;
use crate::execution::ResourceOutput;
use crate::execution::Status;
use crate::execution::Subject;
use crate::input::Input;
use crate::page::Page;
use crate::routes::Call;
use crate::service::Service;
use crate::words;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ExecutionBody<'a> {
    lifecycle_execution_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    lifecycle_policy_arn: Option<&'a str>,
    resources_impacted_summary: Impact,
    state: State<'static>,
    start_time: EpochSeconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<EpochSeconds>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Impact {
    has_impacted_resources: bool,
}

#[derive(Serialize)]
struct State<'a> {
    status: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceBody<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    account_id: &'a str,
    resource_id: &'a str,
    state: State<'static>,
    action: ActionBody,
    #[serde(skip_serializing_if = "str::is_empty")]
    region: &'a str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    snapshots: Vec<Snapshot<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    image_uris: Vec<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<EpochSeconds>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_time: Option<EpochSeconds>,
}

#[derive(Serialize)]
struct ActionBody {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Snapshot<'a> {
    snapshot_id: &'a str,
    state: State<'static>,
}

pub(crate) fn get(service: &Service, input: &Input<'_>, _: &Call<'_>) -> Result<Answer, ApiError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        lifecycle_execution: ExecutionBody<'a>,
    }
    let (_, execution) = service.execution(input)?;
    Ok(Answer::new(&Body { lifecycle_execution: body(execution) }))
}

pub(crate) fn list(service: &Service, input: &Input<'_>, call: &Call<'_>) -> Result<Answer, ApiError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        lifecycle_executions: Vec<ExecutionBody<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }
    let arn = input.text("resourceArn").unwrap_or_default();
    let numbers =
        if Arn::parse(arn).is_some_and(|parts| parts.kind == "lifecycle-policy" && parts.version.is_none()) {
            service.executions.of_policy(arn)
        } else if is_image_build(arn) {
            let image = service.inventory.find_image(arn);
            image.map(|image| service.executions.of_image(image as u32)).unwrap_or_default()
        } else {
            let message =
                "/resourceArn: executions are listed of a lifecycle policy or of an image build version";
            return Err(ApiError::invalid(message));
        };
    let page = Page::read(service.settings().seed, call.operation, input)?;
    // The newest come first, so the page goes on with lower numbers.
    let end = match page.after.as_deref().and_then(|key| key.parse().ok()) {
        Some(last) => numbers.partition_point(|&number| number < last),
        None => numbers.len(),
    };
    let rest = numbers.get(..end).unwrap_or_default().iter().rev();
    let (numbers, next_token) = page.take(rest, |number| number.to_string());
    let executions = numbers.into_iter().filter_map(|&number| service.executions.get(number).map(body));
    Ok(Answer::new(&Body { lifecycle_executions: executions.collect(), next_token }))
}

pub(crate) fn list_resources(
    service: &Service,
    input: &Input<'_>,
    call: &Call<'_>,
) -> Result<Answer, ApiError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        lifecycle_execution_id: &'a str,
        lifecycle_execution_state: State<'static>,
        resources: Vec<ResourceBody<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        next_token: Option<String>,
    }
    let (_, execution) = service.execution(input)?;
    let page = Page::read(service.settings().seed, call.operation, input)?;
    // A position is as good as a key until some of what the execution identified is forgotten.
    let key = |at: usize| format!("{}/{at}", execution.forgotten);
    let start = match page.after.as_deref() {
        None => 0,
        Some(after) => {
            let known =
                after.split_once('/').filter(|(forgotten, _)| *forgotten == execution.forgotten.to_string());
            let last = known.and_then(|(_, at)| at.parse::<usize>().ok()).ok_or_else(|| {
                let message = "some of the resources that `nextToken` counts are forgotten; list them anew";
                ApiError::new(Code::InvalidPaginationToken, message)
            })?;
            last.saturating_add(1)
        }
    };
    let (resources, next_token) = match input.text("parentResourceId") {
        None => {
            let rest = execution.resources.iter().enumerate().skip(start);
            let (resources, token) = page.take(rest, |(at, _)| key(*at));
            let bodies = resources.into_iter().map(|(_, resource)| service.resource(execution, resource));
            (bodies.collect(), token)
        }
        Some(parent) => {
            let image = service.inventory.find_image(parent);
            let of_image = |resource: &&Resource| Some(resource.image as usize) == image;
            match execution.resources.iter().find(of_image) {
                Some(resource) => {
                    let rest = resource.outputs.iter().enumerate().skip(start);
                    let (outputs, token) = page.take(rest, |(at, _)| key(*at));
                    let bodies = outputs
                        .into_iter()
                        .filter_map(|(_, output)| service.output(execution, resource, output));
                    (bodies.collect(), token)
                }
                None => (Vec::new(), None),
            }
        }
    };
    Ok(Answer::new(&Body {
        lifecycle_execution_id: &execution.id,
        lifecycle_execution_state: state(execution),
        resources,
        next_token,
    }))
}

pub(crate) fn cancel(service: &mut Service, input: &Input<'_>) -> Result<Answer, ApiError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        lifecycle_execution_id: &'a str,
    }
    let (number, execution) = service.execution(input)?;
    let id = execution.id.clone();
    if let Phase::Ended(_, status) = execution.phase {
        let message =
            format!("the execution `{id}` has ended with {} and cannot be cancelled", status.as_str());
        return Err(ApiError::invalid(message));
    }
    service.cancel(number);
    Ok(Answer::new(&Body { lifecycle_execution_id: &id }))
}

fn body(execution: &Execution) -> ExecutionBody<'_> {
    ExecutionBody {
        lifecycle_execution_id: &execution.id,
        lifecycle_policy_arn: match &execution.subject {
            Subject::Policy(arn) => Some(arn),
            Subject::Image(_) => None,
        },
        resources_impacted_summary: Impact {
            has_impacted_resources: !execution.resources.is_empty() || execution.forgotten > 0,
        },
        state: state(execution),
        start_time: EpochSeconds(execution.started),
        end_time: seconds(execution.phase.end()),
    }
}

fn state(execution: &Execution) -> State<'static> {
    State { status: execution.phase.as_str(), reason: words::phase(execution.phase) }
}

/// The state of a resource that ends in this way, as far as the execution has come.
fn state_of(
    execution: &Execution,
    ended: Option<Instant>,
    end: End,
    reason: Option<Reason>,
) -> State<'static> {
    match (ended, execution.phase) {
        (None, Phase::Ended(_, Status::Cancelled)) => {
            State { status: End::Skipped.as_str(), reason: Some(words::NOT_REACHED) }
        }
        (None, _) => State { status: "IN_PROGRESS", reason: None },
        (Some(_), _) => {
            let told = reason.filter(|_| end != End::Success).map(words::reason);
            State { status: end.as_str(), reason: told }
        }
    }
}

fn action(resource: &Resource) -> ActionBody {
    let reason = match resource.reason {
        // It is why nothing is done.
        Some(Reason::ImageTag) => None,
        Some(reason) => Some(words::reason(reason)),
        None => Some(words::ASKED_FOR),
    };
    ActionBody { name: resource.action.as_str(), reason }
}

impl Service {
    /// The execution that a request names.
    fn execution(&self, input: &Input<'_>) -> Result<(u32, &Execution), ApiError> {
        let id = input.text("lifecycleExecutionId").unwrap_or_default();
        let number = self.executions.find(id);
        let found = number.and_then(|number| Some((number, self.executions.get(number)?)));
        found.ok_or_else(|| ApiError::not_found("lifecycle execution", id))
    }

    fn resource<'a>(&'a self, execution: &Execution, resource: &Resource) -> ResourceBody<'a> {
        let (inventory, image) = (&*self.inventory, resource.image as usize);
        let group =
            inventory.images.group.get(image).and_then(|group| inventory.groups.get(group.0 as usize));
        let owner = inventory.images.owner.get(image).copied().unwrap_or(Text::EMPTY);
        // What an AMI stopped is said of the AMI's reason.
        let of_output =
            |end: End| resource.outputs.iter().find(|output| output.end == end).map(|output| output.reason);
        let reason = match (resource.end, resource.reason) {
            (End::Failed, _) => of_output(End::Failed),
            (End::Skipped, Some(Reason::ImageTag)) => resource.reason,
            (End::Skipped, _) => of_output(End::Skipped),
            (End::Success, _) => None,
        };
        ResourceBody {
            account_id: inventory.text(owner),
            resource_id: inventory.arn(image),
            state: state_of(execution, resource.ended, resource.end, reason),
            action: action(resource),
            region: group.map_or("", |group| inventory.text(group.region)),
            snapshots: Vec::new(),
            image_uris: Vec::new(),
            start_time: seconds(resource.began),
            end_time: seconds(resource.ended),
        }
    }

    fn output<'a>(
        &'a self,
        execution: &Execution,
        resource: &Resource,
        output: &ResourceOutput,
    ) -> Option<ResourceBody<'a>> {
        let inventory = &*self.inventory;
        let (began, ended) = execution.work_on_outputs(resource);
        let text =
            |column: &[Text], row: usize| inventory.text(column.get(row).copied().unwrap_or(Text::EMPTY));
        let (account_id, resource_id, region, image_uris, snapshots) =
            match output.row(inventory, resource.image)? {
                OutputRow::Ami(row, ami) => {
                    let of_ami =
                        output.snapshots.map(|(end, reason)| (end, reason, inventory.amis.snapshots(ami)));
                    let snapshots = of_ami.into_iter().flat_map(|(end, reason, ids)| {
                        ids.iter().map(move |id| Snapshot {
                            snapshot_id: text(&inventory.snapshots.id, id.0 as usize),
                            state: state_of(execution, ended, end, Some(reason)),
                        })
                    });
                    let outputs = &inventory.ami_outputs;
                    (
                        text(&outputs.account, row),
                        text(&inventory.amis.id, ami.0 as usize),
                        text(&outputs.region, row),
                        Vec::new(),
                        snapshots.collect(),
                    )
                }
                OutputRow::Container(row) => {
                    let uris: Vec<&str> =
                        inventory.containers.uris(row).iter().map(|&uri| inventory.text(uri)).collect();
                    let first = uris.first().copied().unwrap_or_default();
                    ("", first, text(&inventory.containers.region, row), uris, Vec::new())
                }
            };
        Some(ResourceBody {
            account_id,
            resource_id,
            state: state_of(execution, ended, output.end, Some(output.reason)),
            action: action(resource),
            region,
            snapshots,
            image_uris,
            start_time: seconds(began),
            end_time: seconds(ended),
        })
    }
}
