//! What a forecast leaves on the eve of one of its nights.

use afterimage_inventory::Inventory;
use afterimage_inventory::Status;
use afterimage_policy::Action;

use crate::forecast::Forecast;
use crate::forecast::nights::NEVER;
use crate::forecast::nights::Night;
use crate::plan::Plan;
use crate::run::Slots;
use crate::run::State;

/// What a night does to an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Deprecate,
    Disable,
    Delete,
    /// Takes AMIs away, but the image stays.
    TryToDelete,
}

impl Plan {
    /// The state from which the run of a night starts, of a forecast that this plan has made of this inventory.
    ///
    /// It is that of [`Plan::run`] and [`Plan::apply`] on every night before, told from the nights on which something
    /// happens.
    pub fn state_before(&self, inventory: &Inventory, forecast: &Forecast, night: u32) -> State {
        let mut state = State::new(inventory);
        let end = Night::try_from(night).unwrap_or(NEVER);
        if !Slots::new(self).are_steady() {
            for earlier in 0..night {
                let run = self.run(inventory, &state, forecast.at(earlier));
                self.apply(inventory, &mut state, &run);
            }
            return state;
        }
        let (mut tagged, mut sealed) = (Vec::new(), Vec::new());
        let mut now = 0;
        for (night, image, step) in steps(forecast, end) {
            // What a night does to an AMI that several images list hangs on how it started.
            if night != now {
                now = night;
                tagged.drain(..).for_each(|ami| state.tag(ami));
                sealed.drain(..).for_each(|ami| state.seal(ami));
            }
            let image = image as usize;
            let taken = |action| self.amis_taken(action, inventory, &state, forecast.at(night.into()), image);
            match step {
                Step::Deprecate => {
                    if self.amis.spare_deprecated() {
                        tagged.extend(taken(Action::Deprecate));
                    }
                    state.set_status(image, Some(Status::Deprecated));
                }
                Step::Disable => {
                    sealed.extend(taken(Action::Disable));
                    state.set_status(image, Some(Status::Disabled));
                }
                Step::Delete | Step::TryToDelete => {
                    for ami in taken(Action::Delete) {
                        state.deregister(ami);
                    }
                    if step == Step::Delete {
                        state.set_status(image, None);
                    }
                }
            }
        }
        tagged.into_iter().for_each(|ami| state.tag(ami));
        sealed.into_iter().for_each(|ami| state.seal(ami));
        state
    }
}

/// Everything that happens before a night, in order.
fn steps(forecast: &Forecast, end: Night) -> Vec<(Night, u32, Step)> {
    let fates = &forecast.fates;
    let [deprecated, disabled, deleted] = &fates.nights;
    let mut steps = Vec::new();
    for (column, step) in [(deprecated, Step::Deprecate), (disabled, Step::Disable), (deleted, Step::Delete)]
    {
        let before = (0_u32..).zip(column).filter(|&(_, &night)| night < end);
        steps.extend(before.map(|(image, &night)| (night, image, step)));
    }
    for &(image, since) in &fates.refused {
        let night = |column: &Vec<Night>| column.get(image as usize).copied().unwrap_or(NEVER);
        let other = [night(deprecated), night(disabled)];
        let tries = since..end.min(night(deleted));
        steps.extend(
            tries.filter(|night| !other.contains(night)).map(|night| (night, image, Step::TryToDelete)),
        );
    }
    // One number is compared in a fraction of the code, and faster.
    steps.sort_unstable_by_key(|&(night, image, step)| {
        u64::from(night) << 40 | u64::from(image) << 8 | step as u64
    });
    steps
}
