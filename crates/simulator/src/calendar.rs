//! When an age is reached.
//!
//! AWS does not document how it counts months and years. [`Arithmetic`] names the plausible ways; the
//! assumption `month-arithmetic` chooses one, and the others are looked at beside it, so that a verdict that
//! hangs on the choice can be marked.

use std::cmp::Ordering;

use afterimage_inventory::Instant;
use afterimage_policy::Unit;
use chrono::DateTime;
use chrono::Datelike;
use chrono::Days;
use chrono::Months;
use chrono::NaiveTime;
use chrono::Utc;

use crate::assumptions::Assumption;
use crate::assumptions::Assumptions;

/// An age that a rule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Age {
    pub(crate) value: u32,
    pub(crate) unit: Unit,
}

/// How months and years are counted. Days and weeks are the same in all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    /// Back from now on the calendar in UTC, the day clamped to the end of the month.
    Back,
    /// Forward from the creation on the calendar, clamped likewise.
    Forward,
    /// As 30 and 365 days.
    Fixed,
}

/// Creation instants, both ends included.
pub(crate) type Interval = (Instant, Instant);

impl Arithmetic {
    pub(crate) const ALL: [Self; 3] = [Self::Back, Self::Forward, Self::Fixed];

    pub(crate) fn assumed(assumptions: &Assumptions) -> Self {
        match assumptions.value(Assumption::MonthArithmetic) {
            "calendar-forward" => Self::Forward,
            "fixed-days" => Self::Fixed,
            _ => Self::Back,
        }
    }
}

impl Age {
    /// How old something is beside this age: `Equal` exactly at the threshold, `Greater` past it.
    pub(crate) fn compare(self, created: Instant, now: Instant, arithmetic: Arithmetic) -> Ordering {
        match (arithmetic, self.months()) {
            (Arithmetic::Fixed, _) | (_, None) => self.fixed_cutoff(now).cmp(&created),
            (Arithmetic::Back, Some(_)) => self.cutoff(now).cmp(&created),
            (Arithmetic::Forward, Some(months)) => match later(created, months) {
                Some(reached) => now.cmp(&reached),
                None => Ordering::Less,
            },
        }
    }

    /// The creation instants that are old enough at `now`, in ascending order. The first interval has no
    /// beginning. Further ones exist where counting forward clamps several days onto today.
    pub(crate) fn old_enough(
        self,
        now: Instant,
        arithmetic: Arithmetic,
        at_threshold: bool,
    ) -> Vec<Interval> {
        let end = |cutoff: Instant| if at_threshold { cutoff } else { Instant(cutoff.0.saturating_sub(1)) };
        let until = |cutoff: Instant| (Instant(i64::MIN), end(cutoff));
        let months = self.months().filter(|_| arithmetic != Arithmetic::Fixed);
        let Some(months) = months else { return vec![until(self.fixed_cutoff(now))] };
        let back = self.cutoff(now);
        if arithmetic == Arithmetic::Back {
            return vec![until(back)];
        }
        let Some((first, today)) = back.to_utc().zip(now.to_utc()) else { return vec![until(back)] };
        if first.day() < today.day() {
            // The month of creation ends before today's day, so all of it counts.
            let next = first.date_naive().checked_add_days(Days::new(1));
            let over = next.map_or(back, |next| Instant::from_utc(next.and_time(NaiveTime::MIN).and_utc()));
            return vec![(Instant(i64::MIN), Instant(over.0.saturating_sub(1)))];
        }
        // Days of the same month that are clamped onto today.
        let following = (1..4).map_while(|days| first.checked_add_days(Days::new(days)));
        let clamped = following
            .filter(|day| day.month() == first.month())
            .filter(|&day| later(Instant::from_utc(day), months) == Some(now))
            .map(|day| (Instant::from_utc(midnight(day)), end(Instant::from_utc(day))));
        std::iter::once(until(back)).chain(clamped).collect()
    }

    /// The latest creation instant that is old enough at `now`, counted back on the calendar.
    pub(crate) fn cutoff(self, now: Instant) -> Instant {
        let Some(months) = self.months() else {
            return self.fixed_cutoff(now);
        };
        let at = now.to_utc().and_then(|at| at.checked_sub_months(months));
        at.map_or(Instant(i64::MIN), Instant::from_utc)
    }

    /// The latest creation instant that is old enough when a month is 30 days and a year 365.
    pub(crate) fn fixed_cutoff(self, now: Instant) -> Instant {
        now.plus_days(self.fixed_days().saturating_neg())
    }

    /// The first instant at which something of this age is old enough, the threshold included.
    pub(crate) fn reached(self, created: Instant, arithmetic: Arithmetic) -> Option<Instant> {
        match (arithmetic, self.months()) {
            (Arithmetic::Fixed, _) | (_, None) => {
                self.fixed_days().checked_mul(Instant::DAY)?.checked_add(created.0).map(Instant)
            }
            (Arithmetic::Forward, Some(months)) => later(created, months),
            (Arithmetic::Back, Some(months)) => {
                let mut at = created.to_utc()?.checked_add_months(months)?;
                // Where clamping shortened the month, counting back reaches the creation day only a few
                // days later.
                while self.cutoff(Instant::from_utc(at)) < created {
                    at = midnight(at.checked_add_days(Days::new(1))?);
                }
                Some(Instant::from_utc(at))
            }
        }
    }

    fn fixed_days(self) -> i64 {
        let days: i64 = match self.unit {
            Unit::Days => 1,
            Unit::Weeks => 7,
            Unit::Months => 30,
            Unit::Years => 365,
        };
        days.saturating_mul(i64::from(self.value))
    }

    fn months(self) -> Option<Months> {
        match self.unit {
            Unit::Days | Unit::Weeks => None,
            Unit::Months => Some(Months::new(self.value)),
            Unit::Years => Some(Months::new(self.value.saturating_mul(12))),
        }
    }
}

fn later(created: Instant, months: Months) -> Option<Instant> {
    created.to_utc()?.checked_add_months(months).map(Instant::from_utc)
}

fn midnight(at: DateTime<Utc>) -> DateTime<Utc> {
    at.date_naive().and_time(NaiveTime::MIN).and_utc()
}

/// Instants within a day of `now`, both ends included, between which every age grows steadily.
///
/// The clamped end of a month makes several days count back to the same one, each beginning it anew, so a
/// cut-off can jump back at midnight.
pub(crate) fn near(now: Instant) -> [Instant; 6] {
    let today = Instant(now.0.saturating_sub(now.0.rem_euclid(Instant::DAY)));
    let tomorrow = today.plus_days(1);
    let before = |midnight: Instant| Instant(midnight.0.saturating_sub(1));
    [now.plus_days(-1), before(today), today, before(tomorrow), tomorrow, now.plus_days(1)]
}

/// The creation instants that count as `value` `unit`s old at `now` for a rule, both ends included.
pub fn old_enough(
    value: u32,
    unit: Unit,
    now: Instant,
    assumptions: &Assumptions,
) -> Vec<(Instant, Instant)> {
    let at_threshold = assumptions.choice(Assumption::AgeAtThreshold) == 0;
    Age { value, unit }.old_enough(now, Arithmetic::assumed(assumptions), at_threshold)
}

/// The first instant at which something of this age counts as `value` `unit`s old, counted back from then.
pub fn reached(created: Instant, value: u32, unit: Unit) -> Option<Instant> {
    Age { value, unit }.reached(created, Arithmetic::Back)
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use chrono::Utc;

    use super::*;

    fn at(y: i32, m: u32, d: u32, h: u32) -> Instant {
        Instant::from_utc(Utc.with_ymd_and_hms(y, m, d, h, 0, 0).unwrap())
    }

    /// Whether creation plus the age, in calendar units, lies at or before `now`.
    fn forward(age: Age, created: Instant, now: Instant) -> bool {
        let at = created.to_utc().unwrap().checked_add_months(age.months().unwrap()).unwrap();
        Instant::from_utc(at) <= now
    }

    #[test]
    fn three_readings_of_three_months_disagree_at_the_end_of_august() {
        let age = Age { value: 3, unit: Unit::Months };
        let created = at(2026, 8, 31, 0);
        let first_day = |old_enough: &dyn Fn(Instant) -> bool| {
            (25..35).map(|d| at(2026, 11, 1, 0).plus_days(d - 1)).find(|&now| old_enough(now))
        };
        assert_eq!(first_day(&|now| created <= age.fixed_cutoff(now)), Some(at(2026, 11, 29, 0)));
        assert_eq!(first_day(&|now| forward(age, created, now)), Some(at(2026, 11, 30, 0)));
        assert_eq!(first_day(&|now| created <= age.cutoff(now)), Some(at(2026, 12, 1, 0)));
        assert_eq!(reached(created, 3, Unit::Months), Some(at(2026, 12, 1, 0)));
    }

    #[test]
    fn reached_is_the_first_instant_that_is_old_enough() {
        for day in 0..800 {
            for (value, unit) in [(1, Unit::Months), (6, Unit::Months), (1, Unit::Years), (9, Unit::Weeks)] {
                let created = Instant(at(2023, 1, 1, 13).plus_days(day).0 + 1234);
                let age = Age { value, unit };
                let first = reached(created, value, unit).unwrap();
                assert!(created <= age.cutoff(first));
                assert!(created > age.cutoff(Instant(first.0 - 1)));
            }
        }
    }

    #[test]
    fn intervals_comparison_and_first_instant_say_the_same() {
        for (age, now, created) in surroundings() {
            for arithmetic in Arithmetic::ALL {
                let order = age.compare(created, now, arithmetic);
                let within = |at_threshold| {
                    let intervals = age.old_enough(now, arithmetic, at_threshold);
                    assert!(intervals.is_sorted());
                    intervals.iter().any(|&(from, to)| from <= created && created <= to)
                };
                assert_eq!(within(true), order.is_ge(), "{age:?} {arithmetic:?} {now} {created}");
                assert_eq!(within(false), order.is_gt(), "{age:?} {arithmetic:?} {now} {created}");
                let reached = age.reached(created, arithmetic).unwrap();
                assert!(age.compare(created, reached, arithmetic).is_ge());
                assert!(age.compare(created, Instant(reached.0 - 1), arithmetic).is_lt());
            }
        }
    }

    /// Hours around now, and days of creation around the cut-off.
    fn surroundings() -> impl Iterator<Item = (Age, Instant, Instant)> {
        let ages =
            [(1, Unit::Months), (7, Unit::Months), (1, Unit::Years), (4, Unit::Years), (30, Unit::Days)];
        let nows = (0..120).map(|hours| Instant(at(2024, 2, 25, 0).0 + hours * 17 * 3_600_000));
        let ages = move |now: Instant| ages.map(|(value, unit)| (Age { value, unit }, now));
        let created = |(age, now): (Age, Instant)| {
            (-60..60).map(move |hours| (age, now, Instant(age.cutoff(now).0 + hours * 3_600_000)))
        };
        nows.flat_map(ages).flat_map(created)
    }

    #[test]
    fn no_hour_within_a_day_differs_from_all_near_instants() {
        for (age, now, created) in surroundings() {
            let old_enough = |now| created <= age.cutoff(now);
            let hours = (-24..=24).map(|hour| Instant(now.0 + hour * 3_600_000));
            let seen: Vec<bool> = near(now).into_iter().chain([now]).map(old_enough).collect();
            for hour in hours {
                assert!(seen.contains(&old_enough(hour)), "{age:?} {now} {created}");
            }
        }
    }

    #[test]
    fn counting_forward_agrees_with_counting_back_near_the_same_instant() {
        for (age, now, created) in surroundings().filter(|(age, ..)| age.months().is_some()) {
            let forward = forward(age, created, now);
            let back = |now| created <= age.cutoff(now);
            assert!(forward || !back(now), "{age:?} {now} {created}");
            assert!(!forward || back(now) || near(now).into_iter().any(back), "{age:?} {now} {created}");
        }
    }

    #[test]
    fn far_instants_saturate() {
        let age = Age { value: 1000, unit: Unit::Years };
        for now in [Instant(i64::MIN), Instant(0), Instant(i64::MAX)] {
            assert!(age.cutoff(now) <= now);
            assert!(near(now).is_sorted());
        }
        assert_eq!(reached(Instant(i64::MAX), 1, Unit::Days), None);
    }
}
