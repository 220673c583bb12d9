//! The policy beside another version of it, over a year.

use std::cell::OnceCell;

use afterimage_inventory::Inventory;
use afterimage_policy::Action;
use afterimage_simulator as simulator;
use afterimage_simulator::Comparison;
use afterimage_simulator::OutputFates;
use afterimage_simulator::Plan;
use afterimage_simulator::Shift;
use afterimage_simulator::Side;
use afterimage_simulator::changes_of_outputs;

use crate::engine::compiled::assumptions;
use crate::engine::compiled::enabled;
use crate::engine::nights::Forecast;
use crate::protocol::Change;
use crate::protocol::Compared;
use crate::protocol::OutputChanges;
use crate::protocol::Query;
use crate::protocol::Row;

const ACTIONS: [Action; 3] = [Action::Delete, Action::Disable, Action::Deprecate];

/// What the policy is compared with.
pub(super) struct Reference {
    text: String,
    now: i64,
    assume: Vec<String>,
    /// It counts as enabled beside a policy that does.
    as_enabled: bool,
    /// Worked out when it is first asked for; `None` inside when the text has errors.
    forecast: OnceCell<Option<(simulator::Forecast, OutputFates)>>,
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

    fn side<'a>(&'a self, inventory: &'a Inventory) -> Option<Side<'a>> {
        let forecast = self.forecast.get_or_init(|| {
            let read = |text: &str| {
                if self.as_enabled { enabled(text).0 } else { afterimage_policy::read_json(text) }
            };
            let policy = read(&self.text).policy()?;
            let plan = Plan::assuming(&policy, inventory, assumptions(&self.assume));
            let forecast = Forecast::new(&plan, inventory, self.now).fates;
            let outputs = plan.output_fates(inventory, &forecast);
            Some((forecast, outputs))
        });
        forecast.as_ref().map(|(forecast, outputs)| Side { inventory, forecast, outputs })
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
    /// Of the policy.
    outputs: OutputFates,
}

impl Difference {
    pub(super) fn new(
        reference: &Reference,
        plan: &Plan,
        forecast: &Forecast,
        inventory: &Inventory,
    ) -> Option<Self> {
        let before = reference.side(inventory)?;
        let outputs = plan.output_fates(inventory, &forecast.fates);
        let after = Side { inventory, forecast: &forecast.fates, outputs: &outputs };
        let comparison = Comparison::of_policies(before, after);
        let mut changed = vec![false; inventory.len()];
        for (image, _) in &comparison.changed {
            if let Some(changed) = changed.get_mut(*image as usize) {
                *changed = true;
            }
        }
        let totals = Compared {
            changed: comparison.changed.len() as u32,
            deprecate: change(&comparison.deprecate),
            disable: change(&comparison.disable),
            delete: change(&comparison.delete),
            outputs: output_changes(&comparison.apart),
        };
        Some(Self { totals, changed, outputs })
    }

    pub(super) fn concerns(&self, image: usize) -> bool {
        self.changed.get(image) == Some(&true)
    }

    /// Says of a row what comes otherwise than under the reference, or on another night.
    pub(super) fn tell(
        &self,
        inventory: &Inventory,
        reference: &Reference,
        forecast: &Forecast,
        row: &mut Row,
    ) {
        let Some(before) = reference.side(inventory) else { return };
        let after = Side { inventory, forecast: &forecast.fates, outputs: &self.outputs };
        let image = row.image as usize;
        row.output_shifts = output_changes(&changes_of_outputs(before, after, (row.image, row.image)));
        let Some((old, new)) = before.forecast.fate(image).zip(after.forecast.fate(image)) else { return };
        let shift = |action: Action| {
            let nights = (old.night(action), new.night(action));
            let is_other = Shift::between(nights.0, nights.1) != Shift::Same;
            is_other.then(|| (action.as_str().to_owned(), nights.0, nights.1))
        };
        let fails = (old.refused.is_some() != new.refused.is_some())
            .then(|| ("FAIL".to_owned(), old.refused, new.refused));
        row.shifts = ACTIONS.into_iter().filter_map(shift).chain(fails).collect();
    }
}

fn change(changes: &simulator::ActionChanges) -> Change {
    Change { newly: changes.newly, spared: changes.spared, earlier: changes.earlier, later: changes.later }
}

fn output_changes(changes: &simulator::OutputChanges) -> OutputChanges {
    let amis = &changes.amis;
    [&amis.delete, &amis.left, &changes.snapshots, &changes.containers, &amis.disable, &amis.deprecate]
        .map(change)
}
