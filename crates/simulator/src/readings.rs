//! What hangs on something that AWS does not say: fates under other assumptions, and days that are uncertain.

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::sort;

use crate::assumptions::Assumption;
use crate::calendar::Arithmetic;
use crate::plan::Plan;
use crate::run::Run;
use crate::run::State;
use crate::verdict::Outcome;

/// The fate of an image in the same run if one assumption were answered differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OtherReading {
    /// Row of the image.
    pub image: usize,
    pub assumption: Assumption,
    choice: usize,
    pub outcome: Outcome,
}

/// Every image of a run whose fate hangs on an assumption.
#[derive(Debug, Clone, Default)]
pub struct OtherReadings {
    /// INVARIANT: ordered by row, then in the order of the table of assumptions.
    all: Vec<OtherReading>,
}

/// When an image reaches the age that a rule asks for, as far as that can be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threshold {
    /// Index into `policyDetails`.
    pub rule: u8,
    /// The first instant in any way of counting months.
    pub earliest: Instant,
    /// The last one, counted from the end of the build where that took more than a day; and a day for the hour
    /// of the run, which is AWS's choice.
    pub latest: Instant,
}

impl OtherReading {
    /// The other answer.
    pub fn value(&self) -> &'static str {
        self.assumption.setting().values.get(self.choice).copied().unwrap_or_default()
    }
}

impl OtherReadings {
    pub fn of(&self, image: usize) -> &[OtherReading] {
        let first = self.all.partition_point(|other| other.image < image);
        let end = self.all.partition_point(|other| other.image <= image);
        self.all.get(first..end).unwrap_or_default()
    }

    pub fn all(&self) -> &[OtherReading] {
        &self.all
    }
}

impl Plan {
    /// Repeats a run with one assumption after the other answered differently, as far as the answer can make
    /// a difference to this policy. `state` is the one that the run started from.
    pub fn other_readings(&self, inventory: &Inventory, state: &State, run: &Run) -> OtherReadings {
        let mut all = Vec::new();
        for (assumption, choice) in self.assumptions.alternatives(&self.policy) {
            let plan = Self::assuming(&self.policy, inventory, self.assumptions.with(assumption, choice));
            let other = plan.run(inventory, state, run.at);
            let differing = run.differences(&other);
            all.extend(differing.map(|(image, outcome)| OtherReading { image, assumption, choice, outcome }));
        }
        sort::sort_by_key(&mut all, |other| (other.image, other.assumption));
        OtherReadings { all }
    }

    /// For each age rule that the image is about to reach or has just reached at `at`: when that is.
    pub fn thresholds(&self, inventory: &Inventory, at: Instant, image: usize) -> Vec<Threshold> {
        let Some(&created) = inventory.images.created.get(image) else { return Vec::new() };
        let rules = self.rules.iter().filter_map(|rule| {
            let reached = |created| Arithmetic::ALL.map(|arithmetic| rule.age?.reached(created, arithmetic));
            let from_the_end = inventory.late_build(image).into_iter().flat_map(reached);
            let reached: Vec<Instant> =
                reached(created).into_iter().chain(from_the_end).collect::<Option<_>>()?;
            let (earliest, latest) = (*reached.iter().min()?, reached.iter().max()?.plus_days(1));
            let near = earliest <= at.plus_days(1) && at <= latest;
            near.then_some(Threshold { rule: rule.index, earliest, latest })
        });
        rules.collect()
    }
}
