//! Everything followed one night after the other: for assumptions under which who counts among the newest changes
//! back and forth.

use afterimage_inventory::sort;
use afterimage_policy::Action;

use crate::forecast::nights::NEVER;
use crate::forecast::nights::Night;
use crate::forecast::timeline::Forecaster;
use crate::forecast::timeline::Life;
use crate::forecast::timeline::after;
use crate::plan::Class;
use crate::plan::Facts;
use crate::run::State;
use crate::run::set;
use crate::verdict::Verdict;

/// Who a timeline is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Image(usize),
    /// Of a series, by its number.
    Build(usize),
}

/// An image or a build to come that is followed night by night.
struct Member {
    who: Who,
    life: Life,
    class: Option<Class>,
    /// The newest of its recipe version.
    begins: bool,
    born: Night,
    /// The policy does not consider it; whether it counts all the same.
    ignored: Option<bool>,
    refused: Option<Night>,
}

impl Forecaster<'_> {
    pub(super) fn night_by_night(&mut self) {
        let (plan, inventory) = (self.plan, self.inventory);
        let mut members = self.members();
        let last = self.nights.last();
        let mut eventful = vec![false; usize::from(last).saturating_add(1)];
        for member in members.iter().filter(|member| member.ignored.is_none()) {
            for night in member.life.reached.into_iter().chain([member.born]) {
                set(&mut eventful, night.into(), true);
            }
        }
        let mut state = State::new(inventory);
        let mut quiet = false;
        let mut failing = 0_i64;
        let mut last_change = NEVER;
        for night in 0..=last {
            if quiet && night != last && eventful.get(usize::from(night)) == Some(&false) {
                self.fail(night, failing);
                continue;
            }
            let at = self.nights.at(night);
            let mut newer = 0_u32;
            let mut taking = Vec::new();
            (quiet, failing) = (true, 0);
            for member in &mut members {
                newer = if member.begins { 0 } else { newer };
                if let Some(counts) = member.ignored {
                    newer = newer.saturating_add(u32::from(counts));
                    continue;
                }
                let Some(class) = member.class.filter(|_| member.born <= night) else { continue };
                let retained = self.slots.retained(class, newer);
                let facts = Facts { retained, ..member.life.facts(class, night) };
                let decision = plan.decision(facts);
                let verdict = decision.verdict();
                let counts = self.slots.takes(class, facts.old_enough, verdict);
                newer = newer.saturating_add(u32::from(counts));
                let Who::Image(image) = member.who else {
                    let Who::Build(series) = member.who else { continue };
                    if night == member.born {
                        self.appears(series, night);
                    }
                    if verdict.is_action() {
                        quiet = false;
                        self.build_acts(series, night, verdict);
                        member.class = after(verdict);
                    }
                    continue;
                };
                if night == 0 {
                    set(&mut self.fates.first, image, decision);
                }
                if night == last {
                    set(&mut self.fates.last, image, Some(decision));
                    let stays = member.refused.is_some();
                    self.settled = self.settled && !self.may_act_later(facts, stays);
                }
                if !verdict.is_action() {
                    continue;
                }
                match verdict {
                    Verdict::Deprecate if plan.amis.spare_deprecated() => {
                        taking.push((Action::Deprecate, image));
                    }
                    Verdict::Disable => taking.push((Action::Disable, image)),
                    Verdict::Delete => taking.push((Action::Delete, image)),
                    _ => {}
                }
                if verdict == Verdict::Delete && plan.delete_may_stay {
                    let ends = plan.delete_ends(inventory, &state, at, image);
                    failing = failing.saturating_add(i64::from(ends.failed && ends.stays));
                    // The end of a recent launch may let it go on any night.
                    quiet = false;
                    if ends.stays {
                        member.refused = member.refused.or(Some(night));
                        continue;
                    }
                }
                quiet = false;
                self.acts(image, night, verdict);
                member.class = after(verdict);
            }
            self.fail(night, failing);
            // What goes hangs on the tags and launch permissions with which the night started.
            sort::sort_by_key(&mut taking, |&(action, _)| (action != Action::Delete, action));
            let taken = |(action, image)| {
                self.taken(action, &state, image, night).into_iter().map(move |ami| (action, ami))
            };
            let taken: Vec<_> = taking.into_iter().flat_map(taken).collect();
            for (action, ami) in taken {
                last_change = if state.take(action, ami) { night } else { last_change };
            }
        }
        if last_change == last && members.iter().any(|member| member.refused.is_some()) {
            // What is gone or out of public view now may let a deletion go on.
            self.settled = false;
        }
        let refused = members.iter().filter_map(|member| match member.who {
            Who::Image(image) => Some((image as u32, member.refused?)),
            Who::Build(_) => None,
        });
        self.fates.refused = refused.collect();
        sort::sort(&mut self.fates.refused);
    }

    /// Images and builds to come, version by version and newest first.
    fn members(&mut self) -> Vec<Member> {
        let (plan, inventory) = (self.plan, self.inventory);
        let mut members = Vec::with_capacity(inventory.len());
        let mut next_series = 0;
        for (image, mut begins) in plan.rows(inventory, 0..inventory.groups.len() as u32) {
            let group = inventory.images.group.get(image).map(|group| group.0 as usize);
            let series = self.series.get(next_series).filter(|series| begins && Some(series.group) == group);
            if series.is_some() {
                for (born, life) in self.build_lives(next_series).into_iter().rev() {
                    let who = Who::Build(next_series);
                    members.push(Member { begins, born, ..Member::new(who, life, Class::Available) });
                    begins = false;
                }
                next_series = next_series.saturating_add(1);
            }
            let Some(&place) = plan.places.get(image) else { continue };
            let (life, class) = match self.facts(image) {
                Some((class, excluded, reached)) => (Life { excluded, reached, released: [0; 3] }, class),
                None => continue,
            };
            let ignored = place.ignored().map(|ignored| {
                self.stands(image, ignored);
                place.counts_though_ignored()
            });
            members.push(Member { begins, ignored, ..Member::new(Who::Image(image), life, class) });
        }
        members
    }

    /// So many deletions fail on this night.
    fn fail(&mut self, night: Night, count: i64) {
        for (night, more) in [(night, count), (night.saturating_add(1), count.saturating_neg())] {
            if let Some(change) = self.failing.get_mut(usize::from(night)) {
                *change = change.saturating_add(more);
            }
        }
    }
}

impl Member {
    fn new(who: Who, life: Life, class: Class) -> Self {
        Self { who, life, class: Some(class), begins: false, born: 0, ignored: None, refused: None }
    }
}
