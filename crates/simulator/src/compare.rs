//! Two forecasts beside each other: of two policies, of two inventories or of both.

pub(crate) mod report;

use std::cmp::Ordering;

use afterimage_inventory::Inventory;
use afterimage_policy::Action;

use crate::forecast::Fate;
use crate::forecast::Forecast;

/// What a second forecast changes about a first one of the same nights.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// Rows, in the first and in the second inventory, of the images that meet another fate, in byte order of
    /// their ARNs when the inventories are two.
    pub changed: Vec<(u32, u32)>,
    /// Images that both inventories list.
    pub compared: u32,
    /// Rows of images that only the first inventory lists.
    pub only_before: Vec<u32>,
    /// Rows of images that only the second inventory lists.
    pub only_after: Vec<u32>,
    pub deprecate: ActionChanges,
    pub disable: ActionChanges,
    pub delete: ActionChanges,
}

/// How one action changes for the images that both inventories list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActionChanges {
    /// Images that the first forecast acts on.
    pub before: u32,
    pub after: u32,
    /// Acted on in the second forecast only.
    pub newly: u32,
    /// Acted on in the first forecast only.
    pub spared: u32,
    pub earlier: u32,
    pub later: u32,
}

/// How one action changes for one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shift {
    /// On the same night, or in neither forecast.
    Same,
    Newly,
    Spared,
    /// Nights earlier.
    Earlier(u32),
    /// Nights later.
    Later(u32),
}

impl Shift {
    pub fn between(before: Option<u32>, after: Option<u32>) -> Self {
        match (before, after) {
            (None, None) => Self::Same,
            (None, Some(_)) => Self::Newly,
            (Some(_), None) => Self::Spared,
            (Some(before), Some(after)) => match before.cmp(&after) {
                Ordering::Equal => Self::Same,
                Ordering::Greater => Self::Earlier(before.saturating_sub(after)),
                Ordering::Less => Self::Later(after.saturating_sub(before)),
            },
        }
    }
}

impl Fate {
    pub fn night(&self, action: Action) -> Option<u32> {
        match action {
            Action::Deprecate => self.deprecated,
            Action::Disable => self.disabled,
            Action::Delete => self.deleted,
        }
    }

    /// Whether the nights and the first verdict are the same. Reasons may differ.
    fn is_like(&self, other: &Self) -> bool {
        let nights = |fate: &Self| (fate.deprecated, fate.disabled, fate.deleted, fate.refused);
        nights(self) == nights(other) && self.first.0 == other.first.0
    }
}

impl Comparison {
    /// Of two forecasts over one inventory.
    pub fn of_policies(before: &Forecast, after: &Forecast) -> Self {
        let mut comparison = Self::default();
        for row in 0..before.len() as u32 {
            comparison.add(before, after, (row, row));
        }
        comparison
    }

    /// Of two forecasts over two inventories, whose images are the same when their ARNs are.
    pub fn of_inventories(before: (&Inventory, &Forecast), after: (&Inventory, &Forecast)) -> Self {
        let mut comparison = Self::default();
        let rows = |inventory: &Inventory| inventory.by_arn.clone().into_iter().peekable();
        let (mut left, mut right) = (rows(before.0), rows(after.0));
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => return comparison,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(&a), Some(&b)) => before.0.arn(a as usize).cmp(after.0.arn(b as usize)),
            };
            if order == Ordering::Less {
                comparison.only_before.extend(left.next());
            } else if order == Ordering::Greater {
                comparison.only_after.extend(right.next());
            } else if let Some(rows) = left.next().zip(right.next()) {
                comparison.add(before.1, after.1, rows);
            }
        }
    }

    pub fn changes(&self, action: Action) -> &ActionChanges {
        match action {
            Action::Deprecate => &self.deprecate,
            Action::Disable => &self.disable,
            Action::Delete => &self.delete,
        }
    }

    fn add(&mut self, before: &Forecast, after: &Forecast, rows: (u32, u32)) {
        let (Some(old), Some(new)) = (before.fate(rows.0 as usize), after.fate(rows.1 as usize)) else {
            return;
        };
        self.compared = self.compared.saturating_add(1);
        for (action, changes) in [
            (Action::Deprecate, &mut self.deprecate),
            (Action::Disable, &mut self.disable),
            (Action::Delete, &mut self.delete),
        ] {
            changes.add(old.night(action), new.night(action));
        }
        if !old.is_like(&new) {
            self.changed.push(rows);
        }
    }
}

impl ActionChanges {
    fn add(&mut self, before: Option<u32>, after: Option<u32>) {
        self.before = self.before.saturating_add(u32::from(before.is_some()));
        self.after = self.after.saturating_add(u32::from(after.is_some()));
        let count = match Shift::between(before, after) {
            Shift::Same => return,
            Shift::Newly => &mut self.newly,
            Shift::Spared => &mut self.spared,
            Shift::Earlier(_) => &mut self.earlier,
            Shift::Later(_) => &mut self.later,
        };
        *count = count.saturating_add(1);
    }
}
