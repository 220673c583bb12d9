//! The timeline of each image from its own facts. `forecast.rs` says why it can be told from them.

use afterimage_inventory::AmiId;
use afterimage_inventory::Inventory;
use afterimage_policy::Action;

use crate::forecast::Fates;
use crate::forecast::Forecast;
use crate::forecast::ForecastOptions;
use crate::forecast::NightTotals;
use crate::forecast::builds::Series;
use crate::forecast::builds::expected;
use crate::forecast::nights::NEVER;
use crate::forecast::nights::Night;
use crate::forecast::nights::Nights;
use crate::forecast::waiting::Waiting;
use crate::outputs::DeleteEnd;
use crate::plan::Class;
use crate::plan::Facts;
use crate::plan::Plan;
use crate::run::Slots;
use crate::run::State;
use crate::run::set;
use crate::verdict::Decision;
use crate::verdict::Verdict;

/// What an image's decisions hang on, but for its own state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Life {
    pub(crate) excluded: u8,
    /// Per rule, the first night on which the image is old enough for it.
    pub(crate) reached: [Night; 3],
    /// Per rule, the first night on which it is not among the newest that the rule leaves alone.
    pub(crate) released: [Night; 3],
}

/// A forecast in the making.
pub(super) struct Forecaster<'a> {
    pub(super) plan: &'a Plan,
    pub(super) inventory: &'a Inventory,
    pub(super) nights: Nights,
    pub(super) slots: Slots,
    pub(super) fates: Fates,
    pub(super) totals: Vec<NightTotals>,
    pub(super) series: Vec<Series>,
    /// Per night, how many more deletions fail than on the night before.
    pub(super) failing: Vec<i64>,
    pub(super) settled: bool,
}

pub(super) fn forecast(plan: &Plan, inventory: &Inventory, options: &ForecastOptions) -> Forecast {
    let nights = Nights::new(plan, options.from, options.days);
    let count = usize::from(nights.last()).saturating_add(1);
    let series = expected(plan, inventory, &options.builds, &nights);
    let images = inventory.len();
    let mut forecaster = Forecaster {
        plan,
        inventory,
        slots: Slots::new(plan),
        fates: Fates {
            nights: [vec![NEVER; images], vec![NEVER; images], vec![NEVER; images]],
            first: vec![Decision::numbered(0); images],
            last: vec![None; images],
            refused: Vec::new(),
        },
        totals: vec![NightTotals::default(); count],
        failing: vec![0; count.saturating_add(1)],
        settled: series.is_empty(),
        nights,
        series,
    };
    if forecaster.slots.are_steady() {
        forecaster.one_by_one();
    } else {
        forecaster.night_by_night();
    }
    forecaster.finish(options)
}

impl Life {
    /// The rules that have reached their night, by bit.
    #[inline]
    fn bits(nights: [Night; 3], night: Night) -> u8 {
        let [first, second, third] = nights.map(|reached| u8::from(reached <= night));
        first | second << 1 | third << 2
    }

    #[inline]
    pub(super) fn facts(&self, class: Class, night: Night) -> Facts {
        Facts {
            class,
            excluded: self.excluded,
            old_enough: Self::bits(self.reached, night),
            retained: !Self::bits(self.released, night) & 0b111,
        }
    }

    /// The next night on which the facts change by themselves.
    #[inline]
    pub(crate) fn change(&self, night: Night) -> Night {
        let later = |change: Night| if change > night { change } else { NEVER };
        let nights = self.reached.into_iter().chain(self.released);
        nights.map(later).fold(NEVER, Night::min)
    }

    /// The next night from `from` to `last` on which a rule acts.
    #[inline]
    pub(crate) fn next_action(
        &self,
        plan: &Plan,
        class: Class,
        from: Night,
        last: Night,
    ) -> Option<(Night, Decision)> {
        let mut night = from;
        while night <= last {
            let decision = plan.decision(self.facts(class, night));
            if decision.verdict().is_action() {
                return Some((night, decision));
            }
            night = self.change(night);
        }
        None
    }
}

impl Forecaster<'_> {
    /// Each image by itself, as `forecast.rs` proves that it can be told.
    fn one_by_one(&mut self) {
        let (plan, inventory) = (self.plan, self.inventory);
        // Exclusions spare most AMIs when all are deprecated and none has lost its launch permissions, and fewest when
        // all are disabled. Where neither keeps an image, nothing in between does.
        let extremes = plan.delete_may_stay.then(|| [State::tagged(inventory), State::sealed(inventory)]);
        let mut waiting = Vec::new();
        let mut next_series = 0;
        let mut builds: Vec<Night> = Vec::new();
        let mut newer = 0_usize;
        for (image, begins) in plan.rows(inventory, 0..inventory.groups.len() as u32) {
            if begins {
                newer = 0;
                builds.clear();
                let group = inventory.images.group.get(image).map(|group| group.0 as usize);
                let series = self.series.get(next_series).filter(|series| Some(series.group) == group);
                if let Some(series) = series {
                    builds.clone_from(&series.appear);
                    self.builds(next_series, &builds);
                    next_series = next_series.saturating_add(1);
                }
            }
            let Some(&place) = plan.places.get(image) else { continue };
            if let Some(ignored) = place.ignored() {
                newer = newer.saturating_add(usize::from(place.counts_though_ignored()));
                self.stands(image, ignored);
                continue;
            }
            let Some((class, excluded, reached)) = self.facts(image) else { continue };
            let counts = class != Class::Failed;
            let released =
                if counts { self.slots.keep.map(|keep| released(keep, newer, &builds)) } else { [0; 3] };
            newer = newer.saturating_add(usize::from(counts));
            let life = Life { excluded, reached, released };
            waiting.extend(self.live(image, life, class, extremes.as_ref()));
        }
        if !waiting.is_empty() {
            self.wait(waiting);
        }
    }

    /// Follows one image to its end, or to the deletion that it has to wait for.
    #[inline]
    fn live(
        &mut self,
        image: usize,
        life: Life,
        class: Class,
        extremes: Option<&[State; 2]>,
    ) -> Option<Waiting> {
        let mut class = class;
        let mut from = 0;
        let first = self.decide(&life, class, 0);
        set(&mut self.fates.first, image, first);
        let mut last = None;
        while let Some((night, decision)) = life.next_action(self.plan, class, from, self.nights.last()) {
            let after = after(decision.verdict());
            if after.is_none() {
                let at = self.nights.at(night);
                let mut ends = extremes.into_iter().flatten().map(|state| {
                    self.plan.delete_ends(self.inventory, state, at, image) == DeleteEnd::default()
                });
                if !ends.all(|gone| gone) {
                    return Some(Waiting {
                        image,
                        life,
                        class: Some(class),
                        free: night,
                        stuck: None,
                        refused: None,
                    });
                }
            }
            self.acts(image, night, decision.verdict());
            if night == self.nights.last() {
                last = Some(decision);
            }
            let Some(after) = after else {
                set(&mut self.fates.last, image, last);
                return None;
            };
            (class, from) = (after, night.saturating_add(1));
        }
        let facts = life.facts(class, self.nights.last());
        set(&mut self.fates.last, image, last.or(Some(self.plan.decision(facts))));
        self.settled = self.settled && !self.may_act_later(facts, false);
        None
    }

    /// The builds of a series, of which each is one more that is newer than all before.
    fn builds(&mut self, series: usize, appear: &[Night]) {
        let lives: Vec<(Night, Life)> = self.build_lives(series);
        for (number, (born, mut life)) in lives.into_iter().enumerate() {
            life.released = self.slots.keep.map(|keep| match keep {
                0 => 0,
                _ => appear.get(number.saturating_add(keep as usize)).copied().unwrap_or(NEVER),
            });
            self.appears(series, born);
            let (mut class, mut from) = (Class::Available, born);
            while let Some((night, decision)) = life.next_action(self.plan, class, from, self.nights.last()) {
                self.build_acts(series, night, decision.verdict());
                let Some(after) = after(decision.verdict()) else { break };
                (class, from) = (after, night.saturating_add(1));
            }
        }
    }

    #[inline]
    pub(super) fn decide(&self, life: &Life, class: Class, night: Night) -> Decision {
        self.plan.decision(life.facts(class, night))
    }

    /// Class, rules that exclude it, and when it is old enough for each.
    #[inline]
    pub(super) fn facts(&self, image: usize) -> Option<(Class, u8, [Night; 3])> {
        let images = &self.inventory.images;
        let (&status, &created) = (images.status.get(image)?, images.created.get(image)?);
        let excluded = *self.plan.excluding.get(image)?;
        Some((Class::of(status), excluded, self.nights.reached(created)))
    }

    /// The builds of a series, oldest first, with the night on which each appears.
    pub(super) fn build_lives(&self, series: usize) -> Vec<(Night, Life)> {
        let Some(series) = self.series.get(series) else { return Vec::new() };
        let excluded = series.excluding(self.plan, self.inventory);
        let lives = series.appear.iter().enumerate().map(|(number, &born)| {
            let reached = self.nights.reached(series.created(number));
            (born, Life { excluded, reached, released: [0; 3] })
        });
        lives.collect()
    }

    /// Whether a rule may act on facts like these after the last night. An image that `stays` is not deleted.
    pub(super) fn may_act_later(&self, facts: Facts, stays: bool) -> bool {
        let retained = if self.slots.are_steady() { facts.retained..=facts.retained } else { 0..=0b111 };
        retained.into_iter().any(|retained| {
            let older = (0..=0b111).filter(|old_enough| old_enough & facts.old_enough == facts.old_enough);
            older.into_iter().any(|old_enough| {
                let verdict = self.plan.decision(Facts { old_enough, retained, ..facts }).verdict();
                verdict.is_action() && !(stays && verdict == Verdict::Delete)
            })
        })
    }

    /// AMIs that the action on the image tags, disables or deregisters.
    pub(super) fn taken(&self, action: Action, state: &State, image: usize, night: Night) -> Vec<AmiId> {
        self.plan.amis_taken(action, self.inventory, state, self.nights.at(night), image)
    }

    /// An image that the policy does not consider stays as it is.
    #[inline]
    pub(super) fn stands(&mut self, image: usize, decision: Decision) {
        set(&mut self.fates.first, image, decision);
        set(&mut self.fates.last, image, Some(decision));
    }

    #[inline]
    pub(super) fn acts(&mut self, image: usize, night: Night, verdict: Verdict) {
        let Some(totals) = self.totals.get_mut(usize::from(night)) else { return };
        let [deprecated, disabled, deleted] = &mut self.fates.nights;
        let (column, count) = match verdict {
            Verdict::Deprecate => (deprecated, &mut totals.deprecated),
            Verdict::Disable => (disabled, &mut totals.disabled),
            _ => (deleted, &mut totals.deleted),
        };
        *count = count.saturating_add(1);
        set(column, image, night);
    }

    pub(super) fn appears(&mut self, series: usize, night: Night) {
        let Some(series) = self.series.get_mut(series) else { return };
        series.counts.built = series.counts.built.saturating_add(1);
        if let Some(totals) = self.totals.get_mut(usize::from(night)) {
            totals.new_builds.built = totals.new_builds.built.saturating_add(1);
        }
    }

    pub(super) fn build_acts(&mut self, series: usize, night: Night, verdict: Verdict) {
        let totals = self.totals.get_mut(usize::from(night)).map(|totals| &mut totals.new_builds);
        let (Some(series), Some(totals)) = (self.series.get_mut(series), totals) else { return };
        let (own, all) = match verdict {
            Verdict::Deprecate => (&mut series.counts.deprecated, &mut totals.deprecated),
            Verdict::Disable => (&mut series.counts.disabled, &mut totals.disabled),
            _ => (&mut series.counts.deleted, &mut totals.deleted),
        };
        *own = own.saturating_add(1);
        *all = all.saturating_add(1);
    }

    fn finish(mut self, options: &ForecastOptions) -> Forecast {
        let in_scope = self.plan.places.iter().filter(|place| place.ignored().is_none()).count() as u32;
        let mut remaining = in_scope;
        let mut new = 0_u32;
        let mut failing = 0_i64;
        let mut last_act = 0;
        for ((night, totals), change) in (0_u32..).zip(&mut self.totals).zip(&self.failing) {
            remaining = remaining.saturating_sub(totals.deleted);
            new = new.saturating_add(totals.new_builds.built).saturating_sub(totals.new_builds.deleted);
            failing = failing.saturating_add(*change);
            totals.remaining = remaining;
            totals.new_builds.remaining = new;
            totals.failed = u32::try_from(failing).unwrap_or_default();
            if totals.deprecated > 0 || totals.disabled > 0 || totals.deleted > 0 {
                last_act = night;
            }
        }
        Forecast {
            from: options.from,
            in_scope,
            nights: self.totals,
            settled_after: self.settled.then_some(last_act),
            series: self.series,
            fates: self.fates,
        }
    }
}

/// The first night on which so many images are newer than one that has `newer` of them already.
#[inline]
fn released(keep: u32, newer: usize, builds: &[Night]) -> Night {
    match (keep as usize).checked_sub(newer.saturating_add(1)) {
        None => 0,
        Some(missing) => builds.get(missing).copied().unwrap_or(NEVER),
    }
}

/// What an image is after an action; `None`: gone.
#[inline]
pub(crate) fn after(verdict: Verdict) -> Option<Class> {
    match verdict {
        Verdict::Deprecate => Some(Class::Deprecated),
        Verdict::Disable => Some(Class::Disabled),
        _ => None,
    }
}
