//! When an age is reached.
//!
//! AWS does not document how it counts months and years. The assumption is calendar arithmetic in UTC,
//! counted back from now with the day clamped to the end of the month; the other plausible readings are
//! looked at beside it, so that a verdict that hangs on the choice can be marked.

use afterimage_inventory::Instant;
use afterimage_policy::Unit;
use chrono::Days;
use chrono::Months;
use chrono::NaiveTime;

/// An age that a rule asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Age {
    pub(crate) value: u32,
    pub(crate) unit: Unit,
}

impl Age {
    /// The latest creation instant that is old enough at `now`.
    pub(crate) fn cutoff(self, now: Instant) -> Instant {
        let Some(months) = self.months() else {
            return self.fixed_cutoff(now);
        };
        let at = now.to_utc().and_then(|at| at.checked_sub_months(months));
        at.map_or(Instant(i64::MIN), Instant::from_utc)
    }

    /// The latest creation instant that is old enough when a month is 30 days and a year 365.
    pub(crate) fn fixed_cutoff(self, now: Instant) -> Instant {
        let days: i64 = match self.unit {
            Unit::Days => 1,
            Unit::Weeks => 7,
            Unit::Months => 30,
            Unit::Years => 365,
        };
        now.plus_days(-days.saturating_mul(i64::from(self.value)))
    }

    fn months(self) -> Option<Months> {
        match self.unit {
            Unit::Days | Unit::Weeks => None,
            Unit::Months => Some(Months::new(self.value)),
            Unit::Years => Some(Months::new(self.value.saturating_mul(12))),
        }
    }
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

/// The first instant at which something of this age counts as `value` `unit`s old.
pub fn reached(created: Instant, value: u32, unit: Unit) -> Option<Instant> {
    let age = Age { value, unit };
    let Some(months) = age.months() else {
        // The fixed cut-off moves in step with `now`, so the distance is the same everywhere.
        let distance = age.fixed_cutoff(Instant(0));
        return created.0.checked_sub(distance.0).map(Instant);
    };
    let mut at = created.to_utc()?.checked_add_months(months)?;
    // Where clamping shortened the month, counting back reaches the creation day only a few days later.
    while age.cutoff(Instant::from_utc(at)) < created {
        at = at.checked_add_days(Days::new(1))?.with_time(NaiveTime::MIN).single()?;
    }
    Some(Instant::from_utc(at))
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
