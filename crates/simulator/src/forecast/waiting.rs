//! Images whose deletion may fail or be put off. What becomes of them can hang on each other, since an AMI that
//! two images list is deregistered, or gets or loses what an exclusion asks for, through either.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use afterimage_inventory::AmiId;
use afterimage_policy::Action;

use crate::assumptions::Assumption;
use crate::forecast::nights::NEVER;
use crate::forecast::nights::Night;
use crate::forecast::timeline::Forecaster;
use crate::forecast::timeline::Life;
use crate::forecast::timeline::after;
use crate::outputs::DeleteEnd;
use crate::plan::Class;
use crate::run::State;
use crate::run::set;
use crate::verdict::Verdict;

/// An image whose deletion may not go through.
pub(super) struct Waiting {
    pub(super) image: usize,
    pub(super) life: Life,
    /// `None`: it is gone.
    pub(super) class: Option<Class>,
    /// The first night on which it can be acted on again.
    pub(super) free: Night,
    /// Since when its deletion does not go through, and whether that is a failure.
    pub(super) stuck: Option<(Night, bool)>,
    /// When that happened first.
    pub(super) refused: Option<Night>,
}

/// Something to look at on a night. The order is the one within a night: every image is decided on before anything
/// is done to an AMI.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// Of the images that wait, by number.
    Decide(usize),
    /// The deletion of the image takes AMIs, whether or not it goes through.
    Deregister(usize),
    /// The image is deprecated.
    Tag(usize),
    /// The image is disabled.
    Seal(usize),
}

impl Forecaster<'_> {
    /// The images whose deletion may fail or be put off, all of them night by night.
    pub(super) fn wait(&mut self, mut waiting: Vec<Waiting>) {
        let (plan, inventory) = (self.plan, self.inventory);
        let mut state = State::new(inventory);
        let mut events = BinaryHeap::new();
        // Who has to look again when an AMI goes or loses its launch permissions.
        let mut lists: Vec<(AmiId, usize)> = Vec::new();
        let mut listed = vec![false; inventory.amis.len()];
        for (number, one) in waiting.iter().enumerate() {
            events.push(Reverse((one.free, Event::Decide(number))));
            for ami in self.amis(one.image) {
                set(&mut listed, ami.0 as usize, true);
                lists.push((ami, number));
            }
        }
        lists.sort_unstable();
        // A protected AMI does not go, so that one goes matters only where one that is spared keeps an image.
        let spared_keeps = plan.assumptions.holds(Assumption::PolicyDeleteKeepsImageWhenAmiSkipped);
        let tags_matter = plan.amis.spare_deprecated();
        let matters = |verdict, image| match verdict {
            Verdict::Deprecate => tags_matter.then_some(Event::Tag(image)),
            Verdict::Disable => Some(Event::Seal(image)),
            Verdict::Delete => spared_keeps.then_some(Event::Deregister(image)),
            _ => None,
        };
        for (nights, verdict) in
            self.fates.nights.iter().zip([Verdict::Deprecate, Verdict::Disable, Verdict::Delete])
        {
            for (image, &night) in nights.iter().enumerate().filter(|(_, night)| **night != NEVER) {
                if let Some(event) = matters(verdict, image)
                    && self.amis(image).any(|ami| listed.get(ami.0 as usize) == Some(&true))
                {
                    events.push(Reverse((night, event)));
                }
            }
        }
        let mut taken = Vec::new();
        let mut tonight = 0;
        loop {
            if events.peek().is_none_or(|Reverse((night, _))| *night > tonight) {
                // What a night does to an AMI that several images list hangs on how it started.
                for (action, ami) in taken.drain(..) {
                    if !state.take(action, ami) {
                        continue;
                    }
                    let first = lists.partition_point(|&(other, _)| other < ami);
                    let again = lists.iter().skip(first).take_while(|&&(other, _)| other == ami);
                    let tomorrow = tonight.saturating_add(1);
                    events.extend(again.map(|&(_, number)| Reverse((tomorrow, Event::Decide(number)))));
                }
            }
            let Some(Reverse((night, event))) = events.pop() else { break };
            tonight = night;
            let mut takes = |action, image| {
                let amis = self.taken(action, &state, image, night);
                taken.extend(amis.into_iter().map(|ami| (action, ami)));
            };
            let number = match event {
                Event::Decide(number) => number,
                Event::Deregister(image) => {
                    takes(Action::Delete, image);
                    continue;
                }
                Event::Tag(image) => {
                    takes(Action::Deprecate, image);
                    continue;
                }
                Event::Seal(image) => {
                    takes(Action::Disable, image);
                    continue;
                }
            };
            let Some(one) = waiting.get_mut(number).filter(|one| one.free <= night) else { continue };
            if night > self.nights.last() {
                self.settled = self.settled && one.stuck.is_none();
                continue;
            }
            let Some(class) = one.class else { continue };
            let (image, life) = (one.image, one.life);
            self.unstick(one, night);
            let decision = self.decide(&life, class, night);
            let verdict = decision.verdict();
            if verdict.is_action() {
                let ends = match verdict {
                    Verdict::Delete => plan.delete_ends(inventory, &state, self.nights.at(night), image),
                    _ => DeleteEnd::default(),
                };
                events.extend(matters(verdict, image).map(|event| Reverse((night, event))));
                if ends.stays {
                    one.stuck = Some((night, ends.failed));
                } else {
                    self.acts(image, night, verdict);
                    (one.class, one.free) = (after(verdict), night.saturating_add(1));
                    if night == self.nights.last() {
                        set(&mut self.fates.last, image, Some(decision));
                    }
                    events.push(Reverse((one.free, Event::Decide(number))));
                    continue;
                }
            }
            let again = life.change(night).min(self.launch_ends(image, night));
            if again != NEVER {
                events.push(Reverse((again, Event::Decide(number))));
            }
        }
        let last = self.nights.last();
        for one in &mut waiting {
            let stuck = one.stuck.is_some();
            self.unstick(one, last.saturating_add(1));
            self.fates.refused.extend(one.refused.map(|night| (one.image as u32, night)));
            let Some(class) = one.class else { continue };
            let facts = one.life.facts(class, last);
            let acted = self.fates.last.get(one.image).copied().flatten();
            set(&mut self.fates.last, one.image, acted.or(Some(plan.decision(facts))));
            let stays = stuck && !self.amis(one.image).any(|ami| self.launched_lately(ami, last));
            self.settled = self.settled && !self.may_act_later(facts, stays);
        }
        self.fates.refused.sort_unstable();
    }

    /// Ends the nights on which a deletion does not go through.
    fn unstick(&mut self, one: &mut Waiting, night: Night) {
        let Some((since, failed)) = one.stuck.take() else { return };
        one.refused = one.refused.or(Some(since));
        if failed {
            self.fails(since, night);
        }
    }

    fn amis(&self, image: usize) -> impl Iterator<Item = AmiId> {
        let rows = self.inventory.images.ami_outputs(image);
        rows.filter_map(|row| self.inventory.ami_outputs.ami.get(row).copied())
    }

    /// The next night on which a recent launch ends to spare one of the image's AMIs from deletion.
    fn launch_ends(&self, image: usize, night: Night) -> Night {
        let last = self.nights.last();
        let end = |ami| {
            let (mut spared, mut free) = (night, last.saturating_add(1));
            if !self.launched_lately(ami, spared) {
                return NEVER;
            }
            while free.saturating_sub(spared) > 1 {
                let middle = spared.midpoint(free);
                if self.launched_lately(ami, middle) { spared = middle } else { free = middle }
            }
            if free > last { NEVER } else { free }
        };
        self.amis(image).map(end).fold(NEVER, Night::min)
    }

    fn launched_lately(&self, ami: AmiId, night: Night) -> bool {
        let rule = self.plan.rules.iter().find(|rule| rule.action == Action::Delete);
        rule.is_some_and(|rule| rule.launched.is_late(self.inventory, ami, self.nights.at(night)))
    }

    /// A deletion fails on each of these nights, the last one excluded.
    fn fails(&mut self, from: Night, until: Night) {
        for (night, more) in [(from, 1), (until, -1)] {
            if let Some(change) = self.failing.get_mut(usize::from(night)) {
                *change = change.saturating_add(more);
            }
        }
    }
}
