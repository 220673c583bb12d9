//! The nights of a forecast: which of them is the first on which an image is old enough.

use afterimage_inventory::Instant;

use crate::assumptions::Assumption;
use crate::calendar::Age;
use crate::calendar::Arithmetic;
use crate::plan::Plan;

/// Number of a night, counted from the first run.
pub(crate) type Night = u16;

/// Later than any night of a forecast.
pub(crate) const NEVER: Night = Night::MAX;

/// Five years, with two leap days if need be.
pub const LONGEST_FORECAST: u32 = 1826;

/// Daily runs at one hour.
#[derive(Debug)]
pub(crate) struct Nights {
    from: Instant,
    last: Night,
    /// Per rule in the order of evaluation.
    rules: [Reach; 3],
}

/// When a rule's age is reached.
#[derive(Debug)]
enum Reach {
    /// The rule asks for no age.
    AtOnce,
    /// Per night, the latest creation that is old enough.
    ///
    /// INVARIANT: ascending. At one hour of the day, counting back on the calendar never goes back from one
    /// night to the next: at the clamped end of a month it stands still.
    Until(Vec<Instant>),
    /// Counted forward from the creation.
    Forward { age: Age, at_threshold: bool },
}

impl Nights {
    /// The run at `from` and one on each of the `days` days after it, as far as the calendar goes.
    pub(crate) fn new(plan: &Plan, from: Instant, days: u32) -> Self {
        let at = |night: u32| from.plus_days(i64::from(night));
        let days = (0..=days.min(LONGEST_FORECAST)).rev().find(|&night| at(night).to_utc().is_some());
        let days = days.unwrap_or(0);
        let arithmetic = Arithmetic::assumed(&plan.assumptions());
        let at_threshold = plan.assumptions().choice(Assumption::AgeAtThreshold) == 0;
        let reach = |age: Age| match arithmetic {
            Arithmetic::Forward => Reach::Forward { age, at_threshold },
            Arithmetic::Back | Arithmetic::Fixed => Reach::Until(
                (0..=days)
                    .filter_map(|night| {
                        let old_enough = age.old_enough(at(night), arithmetic, at_threshold);
                        old_enough.first().map(|&(_, latest)| latest)
                    })
                    .collect(),
            ),
        };
        let mut rules = [Reach::AtOnce, Reach::AtOnce, Reach::AtOnce];
        for (rule, slot) in plan.rules.iter().zip(&mut rules) {
            *slot = rule.age.map_or(Reach::AtOnce, reach);
        }
        Self { from, last: days as Night, rules }
    }

    pub(crate) fn last(&self) -> Night {
        self.last
    }

    pub(crate) fn at(&self, night: Night) -> Instant {
        self.from.plus_days(i64::from(night))
    }

    /// The first night at or after an instant.
    pub(crate) fn from(&self, instant: Instant) -> Night {
        let distance = instant.0.saturating_sub(self.from.0).max(0);
        let whole = distance.div_euclid(Instant::DAY);
        let night = whole.saturating_add(i64::from(distance.rem_euclid(Instant::DAY) > 0));
        Night::try_from(night).ok().filter(|&night| night <= self.last).unwrap_or(NEVER)
    }

    /// Per rule in the order of evaluation, the first night on which an image is old enough for it.
    #[inline]
    pub(crate) fn reached(&self, created: Instant) -> [Night; 3] {
        let [first, second, third] = &self.rules;
        [first, second, third].map(|rule| match rule {
            Reach::AtOnce => 0,
            Reach::Until(latest) => position(latest, created),
            Reach::Forward { age, at_threshold } => match age.reached(created, Arithmetic::Forward) {
                Some(at) if *at_threshold => self.from(at),
                Some(at) => self.from(Instant(at.0.saturating_add(1))),
                None => NEVER,
            },
        })
    }
}

/// The first of the ascending instants that is not before `created`.
#[inline]
fn position(latest: &[Instant], created: Instant) -> Night {
    let (Some(first), Some(last)) = (latest.first(), latest.last()) else { return NEVER };
    if created <= *first {
        return 0;
    }
    if created > *last {
        return NEVER;
    }
    // A night is a day, but for the ends of months: the place is near where it would be without them.
    let days = created.0.saturating_sub(first.0) / Instant::DAY;
    let mut at = usize::try_from(days).unwrap_or_default().min(latest.len().saturating_sub(1));
    while at > 0 && latest.get(at.saturating_sub(1)).is_some_and(|&before| before >= created) {
        at = at.saturating_sub(1);
    }
    while latest.get(at).is_some_and(|&here| here < created) {
        at = at.saturating_add(1);
    }
    Night::try_from(at).unwrap_or(NEVER)
}
