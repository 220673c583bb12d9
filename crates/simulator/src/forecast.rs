//! What daily runs do over months and years: when each image is deprecated, disabled and deleted.
//!
//! By definition a forecast is [`Plan::run`] and [`Plan::apply`] night after night. It is not computed so,
//! because an image's timeline can be told from its own facts:
//!
//! 1. An image's rank is the number of newer images in its recipe version that fill slots, those that were
//!    deleted along the way included. The rank never falls: images do not leave the count, and what appears
//!    is newer than all that is there.
//! 2. The delete rule keeps N images. *An image is retained on a night if and only if its rank is below N.*
//!    By induction over the images of a version, newest first, and the nights: with a rank below N, the newer
//!    images have ranks below N too, on this night and on all before, so none of them was deleted, and fewer
//!    than N are there. With a rank of N or more, the N images of ranks 0 to N − 1 were retained so far and are
//!    there, so that N newer images are there. The same holds for a rule that keeps fewer than N images.
//! 3. So the night that ends an image's retention follows from the builds to come alone; without new builds it
//!    is the first or none. Ages are reached once and stay reached, since the runs share their hour. Between
//!    the few nights on which an age is reached or retention ends, nothing changes but by the image's own
//!    actions.
//!
//! Two things tie images to each other all the same. A deletion may fail, or wait for a spared AMI, and an AMI
//! that two images list can go, lose its launch permissions, or get and lose the tag of a deprecation through
//! either: those few are followed together, on the nights on which any of that happens. And some assumptions break
//! the argument, because a newer image may stop to count or begin to: under those everything is followed night by
//! night.

pub(crate) mod builds;
mod nightly;
pub(crate) mod nights;
pub(crate) mod outputs;
pub(crate) mod report;
mod state;
pub(crate) mod timeline;
mod waiting;

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;

use crate::forecast::builds::Builds;
use crate::forecast::builds::Series;
use crate::forecast::nights::NEVER;
use crate::forecast::nights::Night;
use crate::plan::Plan;
use crate::verdict::Decision;
use crate::verdict::Reason;
use crate::verdict::Verdict;

/// What a forecast covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForecastOptions {
    /// Instant of the first run.
    pub from: Instant,
    /// Daily runs after the first; more than [`crate::LONGEST_FORECAST`] are not looked at.
    pub days: u32,
    pub builds: Builds,
}

/// When each image is acted on, and what each night does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forecast {
    pub from: Instant,
    /// Images of the inventory that the policy considers.
    pub in_scope: u32,
    /// One per night, the first run's first.
    pub nights: Vec<NightTotals>,
    /// The last night that does anything, when nothing at all happens after it, however long one waits.
    pub settled_after: Option<u32>,
    /// The builds that are expected.
    pub series: Vec<Series>,
    pub(crate) fates: Fates,
}

/// What one night does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NightTotals {
    pub deprecated: u32,
    pub disabled: u32,
    pub deleted: u32,
    /// Deletions that are predicted to fail, so that the image stays; not in `deleted`.
    pub failed: u32,
    /// Images in scope that are left.
    pub remaining: u32,
    /// Builds to come, which are not among these.
    pub new_builds: NewBuilds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NewBuilds {
    pub built: u32,
    pub deprecated: u32,
    pub disabled: u32,
    pub deleted: u32,
    pub remaining: u32,
}

/// What becomes of one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fate {
    /// Number of the night, counted from the first run.
    pub deprecated: Option<u32>,
    pub disabled: Option<u32>,
    pub deleted: Option<u32>,
    /// The first night on which its deletion fails or waits for a spared AMI.
    pub refused: Option<u32>,
    /// What the first run decides.
    pub first: (Verdict, Reason),
    /// What the last run decides; `None` when the image is gone before it.
    pub last: Option<(Verdict, Reason)>,
}

/// The fates of all images, in columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fates {
    /// Per action; [`NEVER`] where it does not happen.
    pub(crate) nights: [Vec<Night>; 3],
    pub(crate) first: Vec<Decision>,
    /// `None`: gone before.
    pub(crate) last: Vec<Option<Decision>>,
    /// INVARIANT: sorted by row.
    pub(crate) refused: Vec<(u32, Night)>,
}

impl Plan {
    /// What daily runs do from `options.from` on.
    pub fn forecast(&self, inventory: &Inventory, options: &ForecastOptions) -> Forecast {
        timeline::forecast(self, inventory, options)
    }
}

impl Forecast {
    /// Images of the inventory that it is about.
    pub fn len(&self) -> usize {
        self.fates.first.len()
    }

    pub fn is_empty(&self) -> bool {
        self.fates.first.is_empty()
    }

    /// Instant of a night's run.
    pub fn at(&self, night: u32) -> Instant {
        self.from.plus_days(i64::from(night))
    }

    /// Number of the last night.
    pub fn last_night(&self) -> u32 {
        self.nights.len().saturating_sub(1) as u32
    }

    pub fn fate(&self, image: usize) -> Option<Fate> {
        let first = *self.fates.first.get(image)?;
        let [deprecated, disabled, deleted] = &self.fates.nights;
        let night = |column: &Vec<Night>| column.get(image).and_then(|&night| known(night));
        let refused = &self.fates.refused;
        let at = refused.binary_search_by_key(&image, |&(row, _)| row as usize).ok();
        let said = |decision: Decision| (decision.verdict(), decision.reason());
        Some(Fate {
            deprecated: night(deprecated),
            disabled: night(disabled),
            deleted: night(deleted),
            refused: at.and_then(|at| refused.get(at)).map(|&(_, night)| u32::from(night)),
            first: said(first),
            last: self.fates.last.get(image).copied().flatten().map(said),
        })
    }

    /// The nights on which a rule acts or the number of failing deletions changes, with their numbers.
    pub fn events(&self) -> impl Iterator<Item = (u32, &NightTotals)> {
        let mut failing = 0;
        (0_u32..).zip(&self.nights).filter(move |(_, night)| {
            let changed = std::mem::replace(&mut failing, night.failed) != night.failed;
            changed || night.acts() > 0
        })
    }

    /// Sums over all nights; what remains is what the last night leaves.
    pub fn totals(&self) -> NightTotals {
        let mut totals = self.nights.last().copied().unwrap_or_default();
        let sum = |count: fn(&NightTotals) -> u32| self.nights.iter().map(count).fold(0, u32::saturating_add);
        totals.deprecated = sum(|night| night.deprecated);
        totals.disabled = sum(|night| night.disabled);
        totals.deleted = sum(|night| night.deleted);
        totals.failed = sum(|night| night.failed);
        totals.new_builds.built = sum(|night| night.new_builds.built);
        totals.new_builds.deprecated = sum(|night| night.new_builds.deprecated);
        totals.new_builds.disabled = sum(|night| night.new_builds.disabled);
        totals.new_builds.deleted = sum(|night| night.new_builds.deleted);
        totals
    }
}

impl NightTotals {
    /// Images and builds to come that are acted on.
    pub fn acts(&self) -> u32 {
        let new = &self.new_builds;
        let all = [self.deprecated, self.disabled, self.deleted, new.deprecated, new.disabled, new.deleted];
        all.into_iter().fold(0, u32::saturating_add)
    }
}

fn known(night: Night) -> Option<u32> {
    (night != NEVER).then(|| u32::from(night))
}
