//! When an age is reached.
//!
//! AWS does not document how it counts months and years. The assumption is calendar arithmetic in UTC,
//! counted back from now with the day clamped to the end of the month; the two other plausible readings are
//! kept beside it, so that a verdict that hangs on the choice can be marked.

use afterimage_inventory::Instant;
use afterimage_policy::Unit;
use chrono::Days;
use chrono::Months;
use chrono::NaiveTime;

/// How a number of months or years is counted. Days and weeks are the same in all three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    /// Old enough when created at or before `now` minus N calendar units.
    Back,
    /// Old enough when creation plus N calendar units is at or before `now`.
    Forward,
    /// A month is 30 days, a year 365.
    Fixed,
}

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

    pub(crate) fn old_enough(self, created: Instant, now: Instant, arithmetic: Arithmetic) -> bool {
        match (arithmetic, self.months()) {
            (Arithmetic::Forward, Some(months)) => created
                .to_utc()
                .and_then(|at| at.checked_add_months(months))
                .is_some_and(|at| Instant::from_utc(at) <= now),
            (Arithmetic::Fixed, _) => created <= self.fixed_cutoff(now),
            _ => created <= self.cutoff(now),
        }
    }

    /// Creation instants at or before the first are old enough in every reading within a day of `now`;
    /// those after the second in none.
    pub(crate) fn band(self, now: Instant) -> (Instant, Instant) {
        let back = [self.cutoff(now.plus_days(-1)), self.cutoff(now.plus_days(1)), self.fixed_cutoff(now)];
        // Clamping to the end of a month moves a date by three days at most.
        let clamp = if self.months().is_some() { 4 } else { 0 };
        let here = self.cutoff(now);
        let low = back.into_iter().fold(here.plus_days(-clamp), Instant::min);
        let high = back.into_iter().fold(here.plus_days(clamp), Instant::max);
        (low, high)
    }

    fn months(self) -> Option<Months> {
        match self.unit {
            Unit::Days | Unit::Weeks => None,
            Unit::Months => Some(Months::new(self.value)),
            Unit::Years => Some(Months::new(self.value.saturating_mul(12))),
        }
    }

    fn fixed_cutoff(self, now: Instant) -> Instant {
        let days: i64 = match self.unit {
            Unit::Days => 1,
            Unit::Weeks => 7,
            Unit::Months => 30,
            Unit::Years => 365,
        };
        now.plus_days(-days.saturating_mul(i64::from(self.value)))
    }
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

    const THREE_MONTHS: Age = Age { value: 3, unit: Unit::Months };

    #[test]
    fn three_readings_of_three_months_disagree_at_the_end_of_august() {
        let created = at(2026, 8, 31, 0);
        let first_day = |arithmetic| {
            (25..35)
                .map(|d| at(2026, 11, 1, 0).plus_days(d - 1))
                .find(|&now| THREE_MONTHS.old_enough(created, now, arithmetic))
        };
        assert_eq!(first_day(Arithmetic::Fixed), Some(at(2026, 11, 29, 0)));
        assert_eq!(first_day(Arithmetic::Forward), Some(at(2026, 11, 30, 0)));
        assert_eq!(first_day(Arithmetic::Back), Some(at(2026, 12, 1, 0)));
        assert_eq!(reached(created, 3, Unit::Months), Some(at(2026, 12, 1, 0)));
    }

    #[test]
    fn reached_is_the_first_instant_that_is_old_enough() {
        for day in 0..800 {
            for (value, unit) in [(1, Unit::Months), (6, Unit::Months), (1, Unit::Years), (9, Unit::Weeks)] {
                let created = Instant(at(2023, 1, 1, 13).plus_days(day).0 + 1234);
                let age = Age { value, unit };
                let first = reached(created, value, unit).unwrap();
                assert!(age.old_enough(created, first, Arithmetic::Back));
                assert!(!age.old_enough(created, Instant(first.0 - 1), Arithmetic::Back));
            }
        }
    }

    #[test]
    fn outside_the_band_every_reading_agrees() {
        for (value, unit) in [(1, Unit::Months), (7, Unit::Months), (2, Unit::Years), (30, Unit::Days)] {
            let age = Age { value, unit };
            for offset in 0..70 {
                let now = at(2026, 1, 27, 6).plus_days(offset);
                let (low, high) = age.band(now);
                for (created, expected) in [(low, true), (Instant(high.0 + 1), false)] {
                    for near in [now.plus_days(-1), now, now.plus_days(1)] {
                        assert_eq!(age.old_enough(created, near, Arithmetic::Back), expected);
                    }
                    assert_eq!(age.old_enough(created, now, Arithmetic::Forward), expected);
                    assert_eq!(age.old_enough(created, now, Arithmetic::Fixed), expected);
                }
            }
        }
    }

    #[test]
    fn far_instants_saturate() {
        let age = Age { value: 1000, unit: Unit::Years };
        assert!(!age.old_enough(Instant(0), Instant(i64::MIN), Arithmetic::Back));
        assert!(!age.old_enough(Instant(i64::MAX), Instant(0), Arithmetic::Forward));
        assert_eq!(reached(Instant(i64::MAX), 1, Unit::Days), None);
    }
}
