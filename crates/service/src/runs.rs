//! What happens as the clock moves: daily runs, and executions that work through their images one by one.

use std::collections::HashMap;
use std::sync::Arc;

use afterimage_inventory::AmiId;
use afterimage_inventory::Instant;
use afterimage_inventory::Status as ImageStatus;
use afterimage_simulator::LONGEST_FORECAST;
use afterimage_simulator::Outcome;
use afterimage_simulator::Plan;
use afterimage_simulator::Verdict;

use crate::execution::Action;
use crate::execution::End;
use crate::execution::Execution;
use crate::execution::OutputRow;
use crate::execution::Phase;
use crate::execution::Resource;
use crate::execution::Status;
use crate::execution::Subject;
use crate::policies::StoredPolicy;
use crate::service::ClockError;
use crate::service::Service;
use crate::settings::LAST;

/// What executions and callers have changed of images and AMIs, beside the simulator's own state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Changes {
    pub(crate) images: HashMap<u32, ImageChange>,
    pub(crate) amis: HashMap<u32, AmiChange>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct ImageChange {
    /// `None`: as it was loaded; the inner `None`: there is none any more.
    pub(crate) deprecation: Option<Option<Instant>>,
    /// The last execution that acted on the image.
    pub(crate) execution: Option<u32>,
}

/// What an AMI has become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AmiChange {
    Available,
    Deprecated,
    Disabled,
    Deleted,
}

impl AmiChange {
    pub(crate) const ALL: [Self; 4] = [Self::Available, Self::Deprecated, Self::Disabled, Self::Deleted];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Available => "AVAILABLE",
            Self::Deprecated => "DEPRECATED",
            Self::Disabled => "DISABLED",
            Self::Deleted => "DELETED",
        }
    }
}

/// The first daily run after an instant.
pub(crate) fn next_daily_run(now: Instant, second_of_day: u32) -> Instant {
    let offset = i64::from(second_of_day).saturating_mul(1000);
    let passed = now.0.saturating_sub(offset).rem_euclid(Instant::DAY);
    Instant(now.0.saturating_sub(passed)).plus_days(1)
}

/// Whether an image in this state can be changed so: the transitions that the User Guide lists.
pub(crate) fn is_allowed(from: ImageStatus, action: Action) -> bool {
    use ImageStatus as S;
    match action {
        Action::Available => matches!(from, S::Deprecated | S::Disabled),
        Action::Deprecate => from == S::Available,
        Action::Disable => matches!(from, S::Available | S::Deprecated),
        Action::Delete => {
            matches!(from, S::Available | S::Deprecated | S::Disabled | S::Failed | S::Cancelled)
        }
    }
}

impl Service {
    /// Moves the clock forward and does everything that is due on the way.
    ///
    /// # Errors
    ///
    /// When `to` is in the past or further away than one move may be; then nothing has happened.
    pub fn advance(&mut self, to: Instant) -> Result<(), ClockError> {
        self.check_move(to)?;
        if to > self.now {
            while self.do_next(to) {}
            self.now = to;
            self.changed();
        }
        Ok(())
    }

    /// Whether [`Service::advance`] moves the clock there, for those who go there in steps.
    ///
    /// # Errors
    ///
    /// When it does not.
    pub fn check_move(&self, to: Instant) -> Result<(), ClockError> {
        let now = self.now;
        if to < now {
            return Err(ClockError::Back { now, to });
        }
        if to > now.plus_days(LONGEST_FORECAST.into()) || to.0 > LAST {
            return Err(ClockError::Far { now, to, days: LONGEST_FORECAST });
        }
        Ok(())
    }

    /// Does what is due next; whether there was anything until then.
    fn do_next(&mut self, until: Instant) -> bool {
        match self.executions.next_due() {
            // What ends in the instant of a daily run ends before it.
            Some((at, number)) if at <= self.next_run && at <= until => {
                self.now = at;
                self.go_on(number);
                true
            }
            _ if self.next_run <= until => {
                self.now = self.next_run;
                self.next_run = self.next_run.plus_days(1);
                self.run_policies();
                true
            }
            _ => false,
        }
    }

    /// One daily run: of each enabled policy in the order of names, as it comes after those before it.
    fn run_policies(&mut self) {
        let enabled = self.policies.iter().filter(|(_, policy)| policy.rules.enabled);
        let keys: Vec<String> = enabled.map(|(key, _)| key.clone()).collect();
        for key in keys {
            let Some(policy) = self.policies.get(&key) else { continue };
            // An execution that has not ended goes on, and no other begins.
            let open = self.executions.open_of_policy(&policy.arn);
            match open.and_then(|open| Some((open, self.executions.get(open)?.phase))) {
                Some((open, Phase::Paused)) => self.resume(open),
                Some(_) => continue,
                None => {
                    let resources = self.identify(policy);
                    self.start(Subject::Policy(Arc::clone(&policy.arn)), resources, None);
                }
            }
            if let Some(policy) = self.policies.get_mut(&key) {
                policy.last_run = Some(self.now);
            }
        }
    }

    /// The policy made ready for the images.
    fn plan(&self, policy: &StoredPolicy) -> Arc<Plan> {
        let plan = policy.plan.get_or_init(|| {
            Arc::new(Plan::assuming(&policy.rules, &self.inventory, self.settings().assumptions))
        });
        Arc::clone(plan)
    }

    /// The images that a policy would act on now, or skip, newest first within each recipe version.
    fn identify(&self, policy: &StoredPolicy) -> Vec<Resource> {
        let plan = self.plan(policy);
        let run = plan.run(&self.inventory, &self.state, self.now);
        let resource = |(image, outcome): (usize, Option<Outcome>)| {
            let outcome = outcome?;
            let end = match outcome.execution_status()? {
                "FAILED" => End::Failed,
                "SKIPPED" => End::Skipped,
                _ => End::Success,
            };
            let rule =
                || policy.rules.rules.iter().find(|rule| Some(rule.index) == outcome.rule.map(usize::from));
            let action = Resource::action_of(outcome.verdict).or_else(|| Some(rule()?.action.into()))?;
            let outputs = plan.outputs_under(&self.inventory, &self.state, self.now, image, outcome);
            Some(Resource {
                image: image as u32,
                action,
                reason: Some(outcome.reason),
                end,
                changes: outcome.verdict != Verdict::Skip && !outcome.stays,
                outputs: Resource::outputs(&outputs, rule().is_some_and(|rule| rule.include.snapshots)),
                began: None,
                ended: None,
            })
        };
        run.outcomes().enumerate().filter_map(resource).collect()
    }

    /// Begins an execution, now or at a later time; its number.
    pub(crate) fn start(&mut self, subject: Subject, resources: Vec<Resource>, at: Option<Instant>) -> u32 {
        let id = self.next_execution_id();
        let number = self.executions.add(Execution {
            id,
            subject,
            started: self.now,
            phase: at.map_or(Phase::Paused, Phase::Scheduled),
            resources,
            forgotten: 0,
            done: 0,
            done_in_run: 0,
        });
        if at.is_none() {
            self.resume(number);
        }
        number
    }

    /// Goes on with an execution that stands still.
    fn resume(&mut self, number: u32) {
        if let Some(execution) = self.executions.get_mut(number) {
            execution.done_in_run = 0;
        }
        self.begin_next(number);
        // What takes no time ends in the instant in which it begins.
        while self.executions.get(number).and_then(|execution| execution.phase.due()) == Some(self.now) {
            self.go_on(number);
        }
    }

    /// What an execution does at the time that it is due.
    fn go_on(&mut self, number: u32) {
        let Some(phase) = self.executions.get(number).map(|execution| execution.phase) else { return };
        match phase {
            Phase::Scheduled(_) => {
                let image = self.executions.get(number).and_then(|execution| execution.resources.first());
                if let Some(image) = image.map(|resource| resource.image)
                    && self.state.status(image as usize) == Some(ImageStatus::Available)
                {
                    self.changes.images.entry(image).or_default().deprecation = Some(Some(self.now));
                }
                self.resume(number);
            }
            Phase::Running(_) => {
                self.finish_current(number);
                self.begin_next(number);
            }
            Phase::Cancelling(_) => {
                self.finish_current(number);
                self.executions.set_phase(number, Phase::Ended(self.now, Status::Cancelled));
            }
            Phase::Paused | Phase::Ended(..) => {}
        }
    }

    /// Begins with the next image, or pauses or ends.
    fn begin_next(&mut self, number: u32) {
        let (now, settings) = (self.now, self.settings());
        let takes = i64::from(settings.seconds_per_resource).saturating_mul(1000);
        let most = settings.resources_per_run;
        let Some(execution) = self.executions.get_mut(number) else { return };
        let phase = match execution.resources.get_mut(execution.done as usize) {
            Some(_) if most.is_some_and(|most| execution.done_in_run >= most) => Phase::Paused,
            Some(next) => {
                next.began = Some(now);
                Phase::Running(Instant(now.0.saturating_add(takes)))
            }
            None => {
                let failed = execution.resources.iter().any(|resource| resource.end == End::Failed);
                Phase::Ended(now, if failed { Status::Failed } else { Status::Success })
            }
        };
        self.executions.set_phase(number, phase);
    }

    /// Ends the work on an image: its effects are there from now on.
    fn finish_current(&mut self, number: u32) {
        let now = self.now;
        let Some(execution) = self.executions.get_mut(number) else { return };
        let at = execution.done as usize;
        let Some(resource) = execution.resources.get_mut(at) else { return };
        resource.ended = Some(now);
        let resource = resource.clone();
        execution.done = execution.done.saturating_add(1);
        execution.done_in_run = execution.done_in_run.saturating_add(1);
        let image = resource.image;
        let status = self.state.status(image as usize);
        if !status.is_some_and(|status| is_allowed(status, resource.action)) {
            // Others have changed the image since it was identified. What is there or gone already is a success.
            if let Some(resource) = execution.resources.get_mut(at) {
                resource.succeed_without_effect();
            }
            return;
        }
        if resource.has_effect() {
            self.changes.images.entry(image).or_default().execution = Some(number);
        }
        for output in resource.outputs.iter().filter(|output| output.end == End::Success) {
            if let Some(OutputRow::Ami(_, ami)) = output.row(&self.inventory, image) {
                self.change_ami(ami, resource.action);
            }
        }
        if resource.changes {
            self.change_image(image, resource.action);
        }
    }

    /// What an action makes of an AMI.
    fn change_ami(&mut self, ami: AmiId, action: Action) {
        let change = match action {
            Action::Available => AmiChange::Available,
            Action::Deprecate => AmiChange::Deprecated,
            Action::Disable => AmiChange::Disabled,
            Action::Delete => AmiChange::Deleted,
        };
        // A deregistered AMI that another image lists as well does not come back.
        if self.state.is_deregistered(ami) {
            return;
        }
        match action {
            Action::Available => self.state.untag(ami),
            Action::Deprecate => self.state.tag(ami),
            Action::Disable => self.state.seal(ami),
            Action::Delete => self.state.deregister(ami),
        }
        self.changes.amis.insert(ami.0, change);
    }

    /// What an action makes of an image.
    pub(crate) fn change_image(&mut self, image: u32, action: Action) {
        let status = match action {
            Action::Available => Some(ImageStatus::Available),
            Action::Deprecate => Some(ImageStatus::Deprecated),
            Action::Disable => Some(ImageStatus::Disabled),
            Action::Delete => None,
        };
        self.state.set_status(image as usize, status);
        let change = self.changes.images.entry(image).or_default();
        match action {
            Action::Available => change.deprecation = Some(None),
            Action::Deprecate => change.deprecation = Some(Some(self.now)),
            Action::Disable | Action::Delete => {}
        }
    }

    /// Ends an execution early: after the image that it is at work on.
    pub(crate) fn cancel(&mut self, number: u32) {
        let Some(execution) = self.executions.get(number) else { return };
        let phase = match execution.phase {
            Phase::Running(until) => Phase::Cancelling(until),
            Phase::Paused | Phase::Scheduled(_) => Phase::Ended(self.now, Status::Cancelled),
            phase @ (Phase::Cancelling(_) | Phase::Ended(..)) => phase,
        };
        self.executions.set_phase(number, phase);
    }

    /// Cancels what a policy is doing.
    pub(crate) fn cancel_of_policy(&mut self, arn: &str) {
        if let Some(number) = self.executions.open_of_policy(arn) {
            self.cancel(number);
        }
    }
}

impl From<afterimage_policy::Action> for Action {
    fn from(action: afterimage_policy::Action) -> Self {
        match action {
            afterimage_policy::Action::Deprecate => Self::Deprecate,
            afterimage_policy::Action::Disable => Self::Disable,
            afterimage_policy::Action::Delete => Self::Delete,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_daily_run_is_never_now() {
        let at = |text: &str| Instant::parse(text).unwrap();
        for (now, second, next) in [
            ("2026-11-23T00:00:00Z", 0, "2026-11-24T00:00:00Z"),
            ("2026-11-23T12:00:00Z", 0, "2026-11-24T00:00:00Z"),
            ("2026-11-23T12:00:00Z", 12 * 3600, "2026-11-24T12:00:00Z"),
            ("2026-11-23T11:59:59.999Z", 12 * 3600, "2026-11-23T12:00:00Z"),
            ("2026-11-23T12:00:00.001Z", 12 * 3600, "2026-11-24T12:00:00Z"),
        ] {
            assert_eq!(next_daily_run(at(now), second), at(next), "{now} {second}");
        }
    }
}
