//! The nights to come, one more at each idle moment.

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Status;
use afterimage_simulator::Plan;
use afterimage_simulator::State;
use afterimage_simulator::Verdict;

use crate::protocol::NIGHTS;
use crate::protocol::Night;

/// The nights to come, one more at each idle moment.
pub(super) struct Forecast {
    pub(super) now: i64,
    pub(super) state: State,
    pub(super) nights: Vec<Night>,
    /// Per image: the night of its deprecation, disabling and deletion.
    pub(super) events: Vec<[Option<u8>; 3]>,
}

impl Forecast {
    pub(super) fn new(inventory: &Inventory, now: i64) -> Self {
        Self {
            now,
            state: State::new(inventory),
            nights: Vec::new(),
            events: vec![[None; 3]; inventory.len()],
        }
    }

    /// One more night; the nights so far and whether they are all, or `None` when there is nothing more to
    /// look at.
    pub(super) fn look_ahead(&mut self, plan: &Plan, inventory: &Inventory) -> Option<(Vec<Night>, bool)> {
        let night = self.nights.len() as u32;
        if night >= NIGHTS {
            return None;
        }
        let run = plan.run(inventory, &self.state, Instant(self.now).plus_days(i64::from(night)));
        for (events, outcome) in self.events.iter_mut().zip(run.outcomes()) {
            let slot = match outcome.filter(|outcome| !outcome.failed).map(|outcome| outcome.verdict) {
                Some(Verdict::Deprecate) => 0,
                Some(Verdict::Disable) => 1,
                Some(Verdict::Delete) => 2,
                _ => continue,
            };
            if let Some(event) = events.get_mut(slot) {
                *event = event.or(u8::try_from(night).ok());
            }
        }
        plan.apply(inventory, &mut self.state, &run);
        let fail = run.outcomes().flatten().filter(|outcome| outcome.failed).count() as u32;
        let mut left = Night {
            deprecate: run.summary.deprecate,
            disable: run.summary.disable,
            delete: run.summary.delete.saturating_sub(fail),
            fail,
            ..Night::default()
        };
        for (image, outcome) in run.outcomes().enumerate() {
            if outcome.is_none_or(|outcome| outcome.verdict == Verdict::Ignore) {
                continue;
            }
            match self.state.status(image) {
                Some(Status::Available) => left.available += 1,
                Some(Status::Deprecated) => left.deprecated += 1,
                Some(Status::Disabled) => left.disabled += 1,
                Some(_) => left.other += 1,
                None => {}
            }
        }
        self.nights.push(left);
        Some((self.nights.clone(), night + 1 == NIGHTS))
    }
}
