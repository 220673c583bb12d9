//! From a service to its document.

use std::borrow::Cow;

use afterimage_inventory::AmiId;
use afterimage_inventory::AmiState;
use afterimage_inventory::Status as ImageStatus;
use afterimage_policy::Tag;
use afterimage_policy::json::Json;

use crate::execution::Execution;
use crate::execution::Phase;
use crate::execution::Resource;
use crate::execution::ResourceOutput;
use crate::execution::Status;
use crate::execution::Subject;
use crate::faults::Fault;
use crate::policies::StoredPolicy;
use crate::service::Service;
use crate::settings::Settings;

use super::shape::AmiDocument;
use super::shape::AnsweredDocument;
use super::shape::ChangesDocument;
use super::shape::ExecutionDocument;
use super::shape::ImageDocument;
use super::shape::OutputDocument;
use super::shape::PhaseName;
use super::shape::PolicyDocument;
use super::shape::ResourceDocument;

impl Service {
    pub(super) fn changes_document(&self) -> ChangesDocument<'_> {
        let answered = self.answered.iter().map(|(token, answered)| AnsweredDocument {
            token: token.into(),
            at: answered.at.0,
            request: format!("{:032x}", answered.request).into(),
            answer: answered.answer.0.as_str().into(),
        });
        ChangesDocument {
            now: self.now.0,
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

    fn execution_document<'a>(&'a self, execution: &'a Execution) -> ExecutionDocument<'a> {
        let (policy, image) = match &execution.subject {
            Subject::Policy(arn) => (Some(Cow::from(&**arn)), None),
            Subject::Image(image) => (None, Some(Cow::from(self.inventory.arn(*image as usize)))),
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
        let resource = |resource: &'a Resource| ResourceDocument {
            image: self.inventory.arn(resource.image as usize).into(),
            action: resource.action.as_str().into(),
            reason: resource.reason.map(|reason| reason.as_str().into()),
            end: resource.end.as_str().into(),
            changes: resource.changes,
            outputs: resource.outputs.iter().map(output_document).collect(),
            began: resource.began.map(|at| at.0),
            ended: resource.ended.map(|at| at.0),
        };
        ExecutionDocument {
            id: execution.id.as_str().into(),
            policy,
            image,
            started: execution.started.0,
            phase,
            done: execution.done,
            done_in_run: execution.done_in_run,
            resources: execution.resources.iter().map(resource).collect(),
            forgotten: execution.forgotten,
        }
    }

    /// The images that are not as they were loaded, in the order of the columns.
    fn image_documents(&self) -> Vec<ImageDocument<'_>> {
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
                arn: self.inventory.arn(image).into(),
                status: (status != Some(loaded))
                    .then(|| status.unwrap_or(ImageStatus::Deleted).as_str().into()),
                deprecation: change.deprecation.map(|deprecation| deprecation.map(|at| at.0)),
                execution: execution.map(|execution| execution.id.as_str().into()),
            })
        };
        loaded.filter_map(document).collect()
    }

    fn ami_documents(&self) -> Vec<AmiDocument<'_>> {
        let ids = (0_u32..).map(AmiId).zip(&self.inventory.amis.id);
        let document = |(ami, &id): (AmiId, _)| {
            let state = self.changes.amis.get(&ami.0);
            let exported = self.inventory.amis.state.get(ami.0 as usize).copied().unwrap_or_default();
            let sealed = self.state.is_sealed(ami) && exported != AmiState::Disabled;
            let deregistered = self.state.is_deregistered(ami) && exported != AmiState::Gone;
            (state.is_some() || sealed || deregistered).then(|| AmiDocument {
                id: self.inventory.text(id).into(),
                state: state.map(|state| state.as_str().into()),
                sealed,
                deregistered,
            })
        };
        ids.filter_map(document).collect()
    }
}

pub(super) fn settings_document(settings: &Settings) -> serde_json::Value {
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
        created: policy.created.0,
        updated: policy.updated.map(|at| at.0),
        last_run: policy.last_run.map(|at| at.0),
        request: Json::Object(request),
    }
}

fn fault_document(fault: &Fault) -> Json {
    let operation = fault.operation.clone().map(|name| ("operation".to_owned(), Json::String(name)));
    let error = ("error".to_owned(), Json::String(fault.error.to_owned()));
    let message = fault.message.clone().map(|message| ("message".to_owned(), Json::String(message)));
    let times = ("times".to_owned(), Json::Number(fault.times.into()));
    Json::Object(operation.into_iter().chain([error]).chain(message).chain([times]).collect())
}

fn output_document(output: &ResourceOutput) -> OutputDocument<'static> {
    OutputDocument {
        at: output.at,
        end: output.end.as_str().into(),
        reason: output.reason.as_str().into(),
        gone: output.gone,
        snapshots: output.snapshots.map(|(end, reason)| (end.as_str().into(), reason.as_str().into())),
    }
}
