//! Images whose deletion may fail or be put off. What becomes of them can hang on each other, since an AMI that
//! two images list is deregistered, or gets or loses what an exclusion asks for, through either.

use afterimage_inventory::AmiId;
use afterimage_inventory::sort;
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

impl Event {
    /// What is done, and to which image.
    fn action(self) -> Option<(Action, usize)> {
        match self {
            Self::Decide(_) => None,
            Self::Deregister(image) => Some((Action::Delete, image)),
            Self::Tag(image) => Some((Action::Deprecate, image)),
            Self::Seal(image) => Some((Action::Disable, image)),
        }
    }
}

impl Forecaster<'_> {
    /// The images whose deletion may fail or be put off, all of them night by night.
    pub(super) fn wait(&mut self, mut waiting: Vec<Waiting>) {
        let (plan, inventory) = (self.plan, self.inventory);
        let mut state = State::new(inventory);
        let last = self.nights.last();
        // By night, the one after the last included.
        let mut events: Vec<Vec<Event>> = vec![Vec::new(); usize::from(last).saturating_add(2)];
        // Who has to look again when an AMI goes or loses its launch permissions.
        let mut lists: Vec<(AmiId, usize)> = Vec::new();
        let mut listed = vec![false; inventory.amis.len()];
        for (number, one) in waiting.iter().enumerate() {
            add(&mut events, one.free, Event::Decide(number));
            for ami in self.amis(one.image) {
                set(&mut listed, ami.0 as usize, true);
                lists.push((ami, number));
            }
        }
        sort::sort(&mut lists);
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
                    add(&mut events, night, event);
                }
            }
        }
        for night in 0..=last.saturating_add(1) {
            let tomorrow = night.saturating_add(1);
            let mut tonight = events.get_mut(usize::from(night)).map(std::mem::take).unwrap_or_default();
            sort::sort(&mut tonight);
            tonight.dedup();
            let mut acting = Vec::new();
            for event in tonight {
                let Event::Decide(number) = event else {
                    acting.push(event);
                    continue;
                };
                let Some(one) = waiting.get_mut(number).filter(|one| one.free <= night) else { continue };
                if night > last {
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
                    acting.extend(matters(verdict, image));
                    if ends.stays {
                        one.stuck = Some((night, ends.failed));
                    } else {
                        self.acts(image, night, verdict);
                        (one.class, one.free) = (after(verdict), tomorrow);
                        if night == last {
                            set(&mut self.fates.last, image, Some(decision));
                        }
                        add(&mut events, tomorrow, Event::Decide(number));
                        continue;
                    }
                }
                let again = life.change(night).min(self.launch_ends(image, night));
                add(&mut events, again, Event::Decide(number));
            }
            sort::sort(&mut acting);
            // What a night does to an AMI that several images list hangs on how it started.
            let taken: Vec<(Action, AmiId)> = acting
                .into_iter()
                .filter_map(Event::action)
                .flat_map(|(action, image)| {
                    let amis = self.taken(action, &state, image, night);
                    amis.into_iter().map(move |ami| (action, ami))
                })
                .collect();
            for (action, ami) in taken {
                if state.take(action, ami) {
                    let first = lists.partition_point(|&(other, _)| other < ami);
                    let again = lists.iter().skip(first).take_while(|&&(other, _)| other == ami);
                    again.for_each(|&(_, number)| add(&mut events, tomorrow, Event::Decide(number)));
                }
            }
        }
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
        sort::sort(&mut self.fates.refused);
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

/// An event on a night; there is none on a night that does not come.
fn add(events: &mut [Vec<Event>], night: Night, event: Event) {
    if let Some(events) = events.get_mut(usize::from(night)) {
        events.push(event);
    }
}
