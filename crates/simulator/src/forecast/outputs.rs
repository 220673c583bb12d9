//! What becomes of AMIs, snapshots and container images over the nights of a forecast.

use afterimage_inventory::AmiId;
use afterimage_inventory::Inventory;
use afterimage_inventory::Status;
use afterimage_inventory::sort;
use afterimage_policy::Action;

use crate::forecast::Forecast;
use crate::forecast::known;
use crate::forecast::nights::NEVER;
use crate::forecast::nights::Night;
use crate::outputs::OutputKind;
use crate::plan::Plan;
use crate::run::Slots;
use crate::run::State;
use crate::verdict::Outcome;
use crate::verdict::OutputVerdict;
use crate::verdict::Reason;
use crate::verdict::Verdict;

/// When an AMI or a container image is acted on, as numbers of nights counted from the first run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutputFate {
    pub deprecated: Option<u32>,
    pub disabled: Option<u32>,
    /// Deregistered, or deleted from its repositories.
    pub deleted: Option<u32>,
    /// The last record of an image that lists it goes, and it stays.
    pub left: Option<u32>,
    /// Its snapshots are deleted.
    pub snapshots: Option<u32>,
}

/// The fates of all outputs, in columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputFates {
    /// By AMI, and then by row of the containers; [`NEVER`] where it does not happen.
    nights: [Vec<Night>; 5],
    /// Number of the AMIs.
    amis: usize,
}

/// What happens to one image on one night.
#[derive(Debug, Clone, Copy)]
struct Step {
    night: Night,
    image: u32,
    action: Action,
    /// The image keeps its record.
    stays: bool,
}

/// Fates in the making.
struct Follower<'a> {
    plan: &'a Plan,
    inventory: &'a Inventory,
    forecast: &'a Forecast,
    state: State,
    fates: OutputFates,
    /// Per AMI, how many records of images list it.
    listed: Vec<u32>,
}

impl Plan {
    /// When each AMI and container image is acted on in a forecast that this plan has made of this inventory.
    pub fn output_fates(&self, inventory: &Inventory, forecast: &Forecast) -> OutputFates {
        let amis = inventory.amis.len();
        let mut listed = vec![0_u32; amis];
        for (image, &ami) in inventory.ami_outputs.image.iter().zip(&inventory.ami_outputs.ami) {
            let is_there = inventory.images.status.get(*image as usize) != Some(&Status::Deleted);
            if let Some(count) = listed.get_mut(ami.0 as usize) {
                *count = count.saturating_add(u32::from(is_there));
            }
        }
        let column = vec![NEVER; amis.saturating_add(inventory.containers.len())];
        let nights = [column.clone(), column.clone(), column.clone(), column.clone(), column];
        let mut follower = Follower {
            plan: self,
            inventory,
            forecast,
            state: State::new(inventory),
            fates: OutputFates { nights, amis },
            listed,
        };
        if Slots::new(self).are_steady() {
            follower.image_by_image()
        } else {
            follower.night_by_night()
        }
        follower.fates
    }
}

impl OutputFates {
    pub fn fate(&self, output: OutputKind) -> OutputFate {
        let place = self.place(output);
        let [deprecated, disabled, deleted, left, snapshots] =
            self.nights.each_ref().map(|column| column.get(place).and_then(|&night| known(night)));
        // One that an image lists twice, by different facts, may be spared and go.
        let left = left.filter(|_| deleted.is_none());
        OutputFate { deprecated, disabled, deleted, left, snapshots }
    }

    fn place(&self, output: OutputKind) -> usize {
        match output {
            OutputKind::Ami(ami) => ami.0 as usize,
            OutputKind::Container(row) => self.amis.saturating_add(row as usize),
        }
    }

    /// An AMI that several images list meets the same fate once more.
    #[inline]
    fn set(&mut self, column: usize, place: usize, night: Night) {
        if let Some(known) = self.nights.get_mut(column).and_then(|column| column.get_mut(place)) {
            *known = night.min(*known);
        }
    }
}

impl Follower<'_> {
    /// What happens to an AMI hangs on what happened to it before, through its own image as a rule. Only those that
    /// several images list need the order of the nights.
    fn image_by_image(&mut self) {
        let mut tied = Vec::new();
        let mut refused = self.forecast.fates.refused.iter().peekable();
        let mut steps = Vec::new();
        let mut taken = Vec::new();
        for image in 0..self.forecast.len() as u32 {
            let since = refused.next_if(|&&(row, _)| row == image).map(|&(_, since)| since);
            self.steps(image, since, &mut steps);
            if steps.is_empty() {
                continue;
            }
            let rows = self.inventory.images.ami_outputs(image as usize);
            let amis = self.inventory.ami_outputs.ami.get(rows).unwrap_or_default();
            if amis.iter().any(|ami| self.listed.get(ami.0 as usize).is_some_and(|&count| count > 1)) {
                tied.append(&mut steps);
                continue;
            }
            let mut may_take_more = true;
            for step in steps.drain(..) {
                if !step.stays || may_take_more {
                    may_take_more = self.take(step, &mut taken) || !step.stays;
                    self.mark(&mut taken);
                }
            }
        }
        sort::sort_by_key(&mut tied, |step| (step.night, step.image));
        for night in tied.chunk_by(|a, b| a.night == b.night) {
            for &step in night {
                self.take(step, &mut taken);
            }
            self.mark(&mut taken);
        }
    }

    fn night_by_night(&mut self) {
        let waits = !self.forecast.fates.refused.is_empty();
        let mut taken = Vec::new();
        for (night, totals) in (0..).zip(&self.forecast.nights) {
            if totals.acts() == 0 && !waits {
                continue;
            }
            let run = self.plan.run(self.inventory, &self.state, self.forecast.at(night.into()));
            for (image, outcome) in (0..).zip(run.outcomes()) {
                let Some(outcome) = outcome else { continue };
                let action = match outcome.verdict {
                    Verdict::Deprecate => Action::Deprecate,
                    Verdict::Disable => Action::Disable,
                    Verdict::Delete => Action::Delete,
                    Verdict::Skip | Verdict::Keep | Verdict::Ignore => continue,
                };
                self.take(Step { night, image, action, stays: outcome.stays }, &mut taken);
            }
            taken.clear();
            self.plan.apply(self.inventory, &mut self.state, &run);
        }
    }

    /// What happens to an image, in order.
    #[inline]
    fn steps(&self, image: u32, refused: Option<Night>, steps: &mut Vec<Step>) {
        let [deprecated, disabled, deleted] = &self.forecast.fates.nights;
        let night = |column: &[Night]| column.get(image as usize).copied().unwrap_or(NEVER);
        let own = [
            (night(deprecated), Action::Deprecate),
            (night(disabled), Action::Disable),
            (night(deleted), Action::Delete),
        ];
        let own_steps = own.into_iter().filter(|&(night, _)| night != NEVER);
        steps.extend(own_steps.map(|(night, action)| Step { night, image, action, stays: false }));
        let Some(since) = refused else { return };
        let [.., (deleted, _)] = own;
        let end = deleted.min(self.forecast.nights.len() as Night);
        let tries = (since..end).filter(|&night| own.iter().all(|&(other, _)| other != night));
        steps.extend(tries.map(|night| Step { night, image, action: Action::Delete, stays: true }));
        sort::sort_by_key(steps, |step| step.night);
    }

    /// Writes down what a step does to the outputs; `taken` are AMIs that it changes. Whether another try may do
    /// more, because an exclusion spares an AMI.
    #[inline]
    fn take(&mut self, step: Step, taken: &mut Vec<(Action, AmiId)>) -> bool {
        let Step { night, image, action, stays } = step;
        let verdict = match action {
            Action::Deprecate => Verdict::Deprecate,
            Action::Disable => Verdict::Disable,
            Action::Delete => Verdict::Delete,
        };
        let rule = self.plan.rules.iter().find(|rule| rule.action == action).map(|rule| rule.index);
        let outcome = Outcome { verdict, reason: Reason::Age, rule, failed: false, stays, boundary: false };
        let (fates, listed) = (&mut self.fates, &mut self.listed);
        let at = self.forecast.at(night.into());
        let mut spares = false;
        self.plan.visit_fates(self.inventory, &self.state, at, image as usize, outcome, |fate| {
            let place = fates.place(fate.kind);
            let OutputKind::Ami(ami) = fate.kind else {
                match fate.verdict {
                    OutputVerdict::Left if action == Action::Delete && !stays => fates.set(3, place, night),
                    OutputVerdict::Left => {}
                    _ => fates.set(action as usize, place, night),
                }
                return;
            };
            let mut is_last = false;
            if action == Action::Delete
                && !stays
                && let Some(count) = listed.get_mut(place)
            {
                *count = count.saturating_sub(1);
                is_last = *count == 0;
            }
            if fate.gone {
                return;
            }
            match fate.verdict {
                OutputVerdict::Left | OutputVerdict::Fail => {}
                OutputVerdict::Skip => spares = true,
                _ => {
                    fates.set(action as usize, place, night);
                    taken.push((action, ami));
                    is_last = false;
                }
            }
            if is_last {
                fates.set(3, place, night);
            }
            if fate.below.verdict == OutputVerdict::Delete && !fate.below.ids.is_empty() {
                fates.set(4, place, night);
            }
        });
        spares
    }

    /// What goes hangs on the tags and launch permissions with which a night starts.
    #[inline]
    fn mark(&mut self, taken: &mut Vec<(Action, AmiId)>) {
        for (action, ami) in taken.drain(..) {
            self.state.take(action, ami);
        }
    }
}
