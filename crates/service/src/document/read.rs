//! From a document to the service that it describes. Whatever is wrong is said with its place.

use std::collections::HashMap;
use std::fmt::Display;
use std::sync::OnceLock;

use afterimage_inventory::AmiId;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Status as ImageStatus;
use afterimage_policy::Form;
use afterimage_policy::Severity;
use afterimage_policy::json::Json;
use afterimage_policy::model::normalised_name;
use afterimage_simulator::Assumptions;
use afterimage_simulator::Reason;

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
use crate::idempotency::Answered;
use crate::policies;
use crate::policies::StoredPolicy;
use crate::runs::AmiChange;
use crate::runs::ImageChange;
use crate::runs::next_daily_run;
use crate::service::Service;
use crate::settings::LAST;
use crate::settings::Settings;

use super::StateError;
use super::shape::ChangesDocument;
use super::shape::ExecutionDocument;
use super::shape::ImageDocument;
use super::shape::PhaseName;
use super::shape::PolicyDocument;
use super::shape::ResourceDocument;
use super::shape::SettingsDocument;

impl Service {
    pub(super) fn read_changes(&mut self, changes: ChangesDocument<'_>) -> Result<(), StateError> {
        self.now = Instant(changes.now);
        if !(self.settings().now.0..=LAST).contains(&self.now.0) {
            return Err(at("/changes/now", "the clock does not stand between its start and the year 9999"));
        }
        self.next_run = next_daily_run(self.now, self.settings().daily_run_at);
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
            let place = format!("/changes/executions/{index}");
            let execution = self.read_execution(execution, &place)?;
            if self.executions.find(&execution.id).is_some() {
                return Err(at(&format!("{place}/id"), "another execution has the same ID"));
            }
            if self.executions.open_of(&execution.subject).is_some() {
                return Err(at(
                    &place,
                    "an execution of the same policy or image that began before it has not ended",
                ));
            }
            self.executions.add(execution);
        }
        for (index, document) in changes.images.into_iter().enumerate() {
            self.read_image(document, &format!("/changes/images/{index}"))?;
        }
        let ids = (0_u32..).map(AmiId).zip(&self.inventory.amis.id);
        let ids: HashMap<&str, AmiId> = ids.map(|(ami, &id)| (self.inventory.text(id), ami)).collect();
        for (index, document) in changes.amis.into_iter().enumerate() {
            let place = format!("/changes/amis/{index}");
            let ami = ids.get(&*document.id).copied();
            let ami = ami.ok_or_else(|| at(&place, format!("there is no AMI `{}`", document.id)))?;
            if document.sealed {
                self.state.seal(ami);
            }
            if let Some(state) = document.state {
                let state =
                    named(&AmiChange::ALL, |state| state.as_str(), &state, &format!("{place}/state"))?;
                match state {
                    AmiChange::Deprecated => self.state.tag(ami),
                    AmiChange::Available | AmiChange::Disabled => self.state.untag(ami),
                    AmiChange::Deleted => {}
                }
                self.changes.amis.insert(ami.0, state);
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
            let answer = Answer(answered.answer.into_owned());
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
        let reading = reading.map_err(|error| at(&format!("{place}/request"), error.message))?;
        if let Some(error) = reading.diagnostics.iter().find(|found| found.severity == Severity::Error) {
            return Err(at(&format!("{place}/request{}", error.path), &error.message));
        }
        let understood = policies::understood(&reading, self);
        let named = understood.zip(reading.document.name.clone());
        let ((rules, kept), name) = named.ok_or_else(|| at(place, "the request holds no policy"))?;
        let policy = StoredPolicy {
            arn: self.policy_arn(&normalised_name(&name)),
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

    fn read_execution(&self, document: ExecutionDocument<'_>, place: &str) -> Result<Execution, StateError> {
        let subject = match (document.policy, document.image) {
            (Some(arn), None) => Subject::Policy((&*arn).into()),
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
            id: document.id.into_owned(),
            subject,
            started: Instant(document.started),
            phase,
            done: document.done,
            done_in_run: document.done_in_run,
            resources: resources.collect::<Result<_, _>>()?,
            forgotten: document.forgotten,
        })
    }

    fn read_image(&mut self, document: ImageDocument<'_>, place: &str) -> Result<(), StateError> {
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
    pub(super) fn read(self) -> Result<Settings, StateError> {
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

impl ResourceDocument<'_> {
    fn read(self, inventory: &Inventory, place: &str) -> Result<Resource, StateError> {
        let image = image(inventory, &self.image, &format!("{place}/image"))?;
        let end = |text: &str, place: String| named(&End::ALL, |end| end.as_str(), text, &place);
        let reason = |text: &str, place: String| named(&Reason::ALL, |reason| reason.as_str(), text, &place);
        let outputs = self.outputs.into_iter().enumerate().map(|(index, output)| {
            let place = |member: &str| format!("{place}/outputs/{index}/{member}");
            let snapshots = output.snapshots.map(|(how, why)| {
                Ok::<_, StateError>((end(&how, place("snapshots"))?, reason(&why, place("snapshots"))?))
            });
            let read = ResourceOutput {
                at: output.at,
                end: end(&output.end, place("end"))?,
                reason: reason(&output.reason, place("reason"))?,
                gone: output.gone,
                snapshots: snapshots.transpose()?,
            };
            let row = read.row(inventory, image);
            row.map(|_| read).ok_or_else(|| at(&place("at"), "the image has no such output"))
        });
        let outputs = outputs.collect::<Result<Vec<_>, _>>()?;
        let why = self.reason.map(|why| reason(&why, format!("{place}/reason")));
        Ok(Resource {
            image,
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

/// A problem at a JSON pointer.
pub(super) fn at(place: &str, message: impl Display) -> StateError {
    StateError::Broken(format!("{place}: {message}"))
}
