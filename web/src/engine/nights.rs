//! The nights to come, over a year.

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Status;
use afterimage_simulator as simulator;
use afterimage_simulator::Builds;
use afterimage_simulator::ForecastOptions;
use afterimage_simulator::Plan;
use afterimage_simulator::Verdict;

use crate::protocol::NIGHTS;
use crate::protocol::Night;

/// What becomes of each image, and how many images each night leaves.
pub(super) struct Forecast {
    pub(super) fates: simulator::Forecast,
    pub(super) nights: Vec<Night>,
    /// The page knows the nights.
    pub(super) said: bool,
}

/// Place of a state among the counts of a night; `None`: the image is gone.
fn place(status: Option<Status>) -> Option<usize> {
    Some(match status? {
        Status::Available => 0,
        Status::Deprecated => 1,
        Status::Disabled => 2,
        _ => 3,
    })
}

impl Forecast {
    pub(super) fn new(plan: &Plan, inventory: &Inventory, now: i64) -> Self {
        let options = ForecastOptions { from: Instant(now), days: NIGHTS - 1, builds: Builds::default() };
        let fates = plan.forecast(inventory, &options);
        // Per night and state, how many more images there are than on the night before.
        let mut changes = vec![[0_i32; 4]; fates.nights.len()];
        let mut change = |night: u32, place: Option<usize>, by: i32| {
            let at = changes.get_mut(night as usize);
            if let Some(count) = at.zip(place).and_then(|(states, place)| states.get_mut(place)) {
                *count += by;
            }
        };
        for (image, &status) in inventory.images.status.iter().enumerate() {
            let Some(fate) = fates.fate(image).filter(|fate| fate.first.0 != Verdict::Ignore) else {
                continue;
            };
            let mut before = place(Some(status));
            change(0, before, 1);
            // Actions come in this order, whatever their nights.
            for (night, after) in [
                (fate.deprecated, Some(Status::Deprecated)),
                (fate.disabled, Some(Status::Disabled)),
                (fate.deleted, None),
            ] {
                let Some(night) = night else { continue };
                let after = place(after);
                change(night, before, -1);
                change(night, after, 1);
                before = after;
            }
        }
        let mut left = [0_i32; 4];
        let nights = fates.nights.iter().zip(&changes).map(|(night, change)| {
            left.iter_mut().zip(change).for_each(|(count, by)| *count += by);
            let [available, deprecated, disabled, other] = left.map(|count| count.max(0) as u32);
            Night {
                deprecate: night.deprecated,
                disable: night.disabled,
                delete: night.deleted,
                fail: night.failed,
                available,
                deprecated,
                disabled,
                other,
            }
        });
        let nights = nights.collect();
        Self { fates, nights, said: false }
    }

    /// Night and verdict of each action on an image.
    pub(super) fn events(&self, image: usize) -> Vec<(u32, Verdict)> {
        let Some(fate) = self.fates.fate(image) else { return Vec::new() };
        let nights = [fate.deprecated, fate.disabled, fate.deleted].into_iter();
        let events = nights.zip([Verdict::Deprecate, Verdict::Disable, Verdict::Delete]);
        events.filter_map(|(night, verdict)| Some((night?, verdict))).collect()
    }
}
