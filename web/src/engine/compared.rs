//! The policy beside another version of it, over a year.

use std::cell::OnceCell;

use afterimage_inventory::Inventory;
use afterimage_policy::Action;
use afterimage_simulator as simulator;
use afterimage_simulator::Comparison;
use afterimage_simulator::Plan;
use afterimage_simulator::Shift;

use crate::engine::compiled::assumptions;
use crate::engine::compiled::enabled;
use crate::engine::nights::Forecast;
use crate::protocol::Change;
use crate::protocol::Compared;
use crate::protocol::Query;

const ACTIONS: [Action; 3] = [Action::Delete, Action::Disable, Action::Deprecate];

/// What the policy is compared with.
pub(super) struct Reference {
    text: String,
    now: i64,
    assume: Vec<String>,
    /// It counts as enabled beside a policy that does.
    as_enabled: bool,
    /// Worked out when it is first asked for; `None` inside when the text has errors.
    forecast: OnceCell<Option<Forecast>>,
}

impl Reference {
    /// What a query compares with, if anything.
    pub(super) fn new(query: &Query, as_enabled: bool) -> Option<Self> {
        (!query.reference.is_empty()).then(|| Self {
            text: query.reference.clone(),
            now: query.now,
            assume: query.assume.clone(),
            as_enabled,
            forecast: OnceCell::new(),
        })
    }

    fn forecast(&self, inventory: &Inventory) -> Option<&Forecast> {
        let forecast = self.forecast.get_or_init(|| {
            let read = |text: &str| {
                if self.as_enabled { enabled(text).0 } else { afterimage_policy::read_json(text) }
            };
            let policy = read(&self.text).policy()?;
            let plan = Plan::assuming(&policy, inventory, assumptions(&self.assume));
            Some(Forecast::new(&plan, inventory, self.now))
        });
        forecast.as_ref()
    }

    /// Whether this is what a query compares with.
    pub(super) fn is_of(&self, query: &Query, as_enabled: bool) -> bool {
        self.text == query.reference
            && self.now == query.now
            && self.assume == query.assume
            && self.as_enabled == as_enabled
    }
}

/// The policy beside its reference.
pub(super) struct Difference {
    pub(super) totals: Compared,
    /// By image.
    changed: Vec<bool>,
}

impl Difference {
    pub(super) fn new(reference: &Reference, forecast: &Forecast, inventory: &Inventory) -> Option<Self> {
        let comparison = Comparison::of_policies(&reference.forecast(inventory)?.fates, &forecast.fates);
        let mut changed = vec![false; inventory.len()];
        for (image, _) in &comparison.changed {
            if let Some(changed) = changed.get_mut(*image as usize) {
                *changed = true;
            }
        }
        let change = |action: Action| {
            let changes: &simulator::ActionChanges = comparison.changes(action);
            Change {
                newly: changes.newly,
                spared: changes.spared,
                earlier: changes.earlier,
                later: changes.later,
            }
        };
        let totals = Compared {
            changed: comparison.changed.len() as u32,
            deprecate: change(Action::Deprecate),
            disable: change(Action::Disable),
            delete: change(Action::Delete),
        };
        Some(Self { totals, changed })
    }

    pub(super) fn concerns(&self, image: usize) -> bool {
        self.changed.get(image) == Some(&true)
    }
}

/// Each action on an image that comes on another night than under the reference.
pub(super) fn shifts(
    inventory: &Inventory,
    reference: &Reference,
    forecast: &Forecast,
    image: usize,
) -> Vec<(String, Option<u32>, Option<u32>)> {
    let before = reference.forecast(inventory).and_then(|forecast| forecast.fates.fate(image));
    let Some((before, after)) = before.zip(forecast.fates.fate(image)) else { return Vec::new() };
    let shift = |action: Action| {
        let nights = (before.night(action), after.night(action));
        let is_other = Shift::between(nights.0, nights.1) != Shift::Same;
        is_other.then(|| (action.as_str().to_owned(), nights.0, nights.1))
    };
    let fails = (before.refused.is_some() != after.refused.is_some())
        .then(|| ("FAIL".to_owned(), before.refused, after.refused));
    ACTIONS.into_iter().filter_map(shift).chain(fails).collect()
}
