//! Which rules an image is old enough for, by its creation instant.
//!
//! Creation instants fall into few bands at whose ends an answer changes. Images come newest first, so a run
//! walks through the bands beside them instead of comparing dates rule by rule.

use afterimage_inventory::Instant;
use afterimage_inventory::sort;

use crate::assumptions::Assumption;
use crate::assumptions::Assumptions;
use crate::calendar::Age;
use crate::calendar::Arithmetic;
use crate::calendar::Interval;
use crate::calendar::near;

/// Bit `i` is rule `i` in the order of evaluation.
pub(crate) type OldEnough = u8;

/// The bands of one instant.
#[derive(Debug)]
pub(crate) struct Ages {
    /// Newest first: band `i` holds the creations after `ends[i]` that are in no band before it.
    ends: Vec<Instant>,
    /// INVARIANT: one more than `ends`.
    bands: Vec<Band>,
}

#[derive(Debug, Default)]
pub(crate) struct Band {
    pub(crate) now: OldEnough,
    /// What other readings of the ages give instead, where they do.
    ///
    /// These are the instants of [`near`] and the other ways to count months. Getting older only ever moves
    /// an image up the order keep, skip, delete, disable, deprecate, and ages grow steadily from one of those
    /// instants to the next, so no instant between two of them gives a verdict that neither gives.
    pub(crate) others: Vec<OldEnough>,
}

/// Per rule, the creations that are old enough; `None` for a rule without an age, which is reached at once.
type Reading = Vec<Option<Vec<Interval>>>;

impl Ages {
    pub(crate) fn new(ages: &[Option<Age>], assumptions: &Assumptions, at: Instant) -> Self {
        let at_threshold = assumptions.choice(Assumption::AgeAtThreshold) == 0;
        let read = |at: Instant, arithmetic: Arithmetic| -> Reading {
            ages.iter().map(|age| age.map(|age| age.old_enough(at, arithmetic, at_threshold))).collect()
        };
        let assumed = Arithmetic::assumed(assumptions);
        let now = read(at, assumed);
        let others = near(at).into_iter().map(|near| read(near, assumed));
        let others: Vec<Reading> =
            others.chain(Arithmetic::ALL.map(|arithmetic| read(at, arithmetic))).collect();
        let intervals = others.iter().chain([&now]).flatten().flatten().flatten();
        // Just before an interval begins, and at its last instant.
        let mut ends: Vec<Instant> =
            intervals.flat_map(|(from, to)| [Instant(from.0.saturating_sub(1)), *to]).collect();
        sort::sort_by(&mut ends, |a, b| b.cmp(a));
        ends.dedup();
        // Nothing lies beyond the last end, so the newest instant of a band stands for all of it.
        let newest = std::iter::once(Instant(i64::MAX)).chain(ends.iter().copied());
        let bands = newest
            .map(|newest| {
                let now = bits(&now, newest);
                let others = others.iter().map(|other| bits(other, newest)).filter(|&other| other != now);
                let others = sort::distinct(others);
                Band { now, others }
            })
            .collect();
        Self { ends, bands }
    }

    /// The number of the band that holds this creation, where it is not before band `from`.
    #[inline]
    pub(crate) fn band(&self, from: usize, created: Instant) -> usize {
        let mut band = from;
        while self.ends.get(band).is_some_and(|&end| created <= end) {
            band = band.saturating_add(1);
        }
        band
    }

    pub(crate) fn bands(&self) -> impl Iterator<Item = &Band> {
        self.bands.iter()
    }

    #[inline]
    pub(crate) fn get(&self, band: usize) -> Option<&Band> {
        self.bands.get(band)
    }
}

fn bits(reading: &Reading, created: Instant) -> OldEnough {
    let old_enough = |intervals: &Option<Vec<Interval>>| {
        let within = |&(from, to): &Interval| from <= created && created <= to;
        intervals.as_ref().is_none_or(|intervals| intervals.iter().any(within))
    };
    reading
        .iter()
        .enumerate()
        .fold(0, |bits, (position, intervals)| bits | (u8::from(old_enough(intervals)) << position))
}
