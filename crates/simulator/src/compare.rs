//! Two forecasts beside each other: of two policies, of two inventories or of both.

pub(crate) mod report;

use std::cmp::Ordering;

use afterimage_inventory::AmiId;
use afterimage_inventory::Inventory;
use afterimage_policy::Action;

use crate::forecast::Fate;
use crate::forecast::Forecast;
use crate::forecast::outputs::OutputFate;
use crate::forecast::outputs::OutputFates;
use crate::outputs::OutputKind;

/// One of the forecasts that are compared.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    pub inventory: &'a Inventory,
    pub forecast: &'a Forecast,
    /// What becomes of the outputs in this forecast.
    pub outputs: &'a OutputFates,
}

/// What a second forecast changes about a first one of the same nights.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Comparison {
    /// Rows, in the first and in the second inventory, of the images that meet another fate, or whose outputs do, in
    /// byte order of their ARNs when the inventories are two.
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
    /// Of the images that both inventories list.
    pub outputs: OutputChanges,
    /// The same without what happens to outputs because it happens to their images.
    pub apart: OutputChanges,
}

/// What changes for outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct OutputChanges {
    pub amis: AmiChanges,
    /// Deleted snapshots, counted as the AMIs list them.
    pub snapshots: ActionChanges,
    /// Deleted container images.
    pub containers: ActionChanges,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AmiChanges {
    pub deprecate: ActionChanges,
    pub disable: ActionChanges,
    /// Deregistered.
    pub delete: ActionChanges,
    /// They stay when the record of their image goes, so that no policy looks after them any more.
    pub left: ActionChanges,
}

/// What the two forecasts bring one output, and how many snapshots each inventory lists of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pair {
    /// In the first inventory.
    pub(crate) output: OutputKind,
    pub(crate) fates: [OutputFate; 2],
    snapshots: [u32; 2],
}

/// How one action changes for the images, or for the outputs, that both inventories list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActionChanges {
    /// How many the first forecast acts on.
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
    pub fn of_policies(before: Side<'_>, after: Side<'_>) -> Self {
        let mut comparison = Self::default();
        let mut seen = vec![false; before.inventory.amis.len()];
        for row in 0..before.forecast.len() as u32 {
            comparison.add([before, after], (row, row), &mut seen);
        }
        comparison
    }

    /// Of two forecasts over two inventories, whose images are the same when their ARNs are.
    pub fn of_inventories(before: Side<'_>, after: Side<'_>) -> Self {
        let mut comparison = Self::default();
        let mut seen = vec![false; before.inventory.amis.len()];
        let rows = |side: Side<'_>| side.inventory.by_arn.clone().into_iter().peekable();
        let (mut left, mut right) = (rows(before), rows(after));
        loop {
            let order = match (left.peek(), right.peek()) {
                (None, None) => return comparison,
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(&a), Some(&b)) => before.inventory.arn(a as usize).cmp(after.inventory.arn(b as usize)),
            };
            if order == Ordering::Less {
                comparison.only_before.extend(left.next());
            } else if order == Ordering::Greater {
                comparison.only_after.extend(right.next());
            } else if let Some(rows) = left.next().zip(right.next()) {
                comparison.add([before, after], rows, &mut seen);
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

    /// `seen` are the AMIs of the first inventory that are counted.
    fn add(&mut self, sides: [Side<'_>; 2], rows: (u32, u32), seen: &mut [bool]) {
        let [before, after] = sides.map(|side| side.forecast);
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
        let mut is_like = old.is_like(&new);
        visit_outputs(sides, rows, |pair| {
            is_like &= pair.is_like();
            let seen = match pair.output {
                OutputKind::Ami(ami) => seen.get_mut(ami.0 as usize),
                OutputKind::Container(_) => None,
            };
            if !seen.is_some_and(|seen| std::mem::replace(seen, true)) {
                self.outputs.add(&pair, None);
                self.apart.add(&pair, Some(Own(&old, &new)));
            }
        });
        if !is_like {
            self.changed.push(rows);
        }
    }
}

/// What changes for the outputs of one image apart from it.
pub fn changes_of_outputs(before: Side<'_>, after: Side<'_>, rows: (u32, u32)) -> OutputChanges {
    let mut changes = OutputChanges::default();
    let fates = (before.forecast.fate(rows.0 as usize), after.forecast.fate(rows.1 as usize));
    let own = fates.0.as_ref().zip(fates.1.as_ref()).map(|(old, new)| Own(old, new));
    visit_outputs([before, after], rows, |pair| changes.add(&pair, own));
    changes
}

/// What the two forecasts bring the image of an output.
#[derive(Clone, Copy)]
struct Own<'a>(&'a Fate, &'a Fate);

impl Own<'_> {
    fn shift(self, action: Action) -> Shift {
        Shift::between(self.0.night(action), self.1.night(action))
    }
}

/// The outputs that an image has in both inventories.
#[inline]
pub(crate) fn visit_outputs<'a>(sides: [Side<'a>; 2], rows: (u32, u32), mut visit: impl FnMut(Pair)) {
    let [before, after] = sides;
    let is_same = std::ptr::eq(before.inventory, after.inventory);
    let amis = |side: Side<'a>, image: u32| {
        let outputs = &side.inventory.ami_outputs.ami;
        let rows = side.inventory.images.ami_outputs(image as usize);
        rows.filter_map(move |row| outputs.get(row).copied())
    };
    let id = |side: Side<'a>, ami: AmiId| {
        side.inventory.amis.id.get(ami.0 as usize).map(|&id| side.inventory.text(id))
    };
    for ami in amis(before, rows.0) {
        let other = if is_same {
            Some(ami)
        } else {
            amis(after, rows.1).find(|&other| id(after, other) == id(before, ami))
        };
        let Some(other) = other else { continue };
        let pair = [(before, ami), (after, other)];
        visit(Pair {
            output: OutputKind::Ami(ami),
            fates: pair.map(|(side, ami)| side.outputs.fate(OutputKind::Ami(ami))),
            snapshots: pair.map(|(side, ami)| side.inventory.amis.snapshots(ami).len() as u32),
        });
    }
    let containers = |side: Side<'a>, image: u32| side.inventory.images.containers(image as usize);
    let uris = |side: Side<'a>, row: usize| {
        let uris = side.inventory.containers.uris(row).iter();
        uris.map(|&uri| side.inventory.text(uri).to_owned()).collect::<Vec<_>>()
    };
    for row in containers(before, rows.0) {
        let other = if is_same {
            Some(row)
        } else {
            containers(after, rows.1).find(|&other| uris(after, other) == uris(before, row))
        };
        let Some(other) = other else { continue };
        let fates = [(before, row), (after, other)]
            .map(|(side, row)| side.outputs.fate(OutputKind::Container(row as u32)));
        visit(Pair { output: OutputKind::Container(row as u32), fates, snapshots: [0; 2] });
    }
}

impl Pair {
    #[inline]
    fn is_like(&self) -> bool {
        let [old, new] = &self.fates;
        old == new
    }
}

impl OutputChanges {
    pub fn is_empty(&self) -> bool {
        let AmiChanges { deprecate, disable, delete, left } = &self.amis;
        let all = [deprecate, disable, delete, left, &self.snapshots, &self.containers];
        all.into_iter().all(ActionChanges::is_empty)
    }

    /// What the image's own change brings along is left out of the changes.
    #[inline]
    fn add(&mut self, pair: &Pair, own: Option<Own<'_>>) {
        let [old, new] = &pair.fates;
        let own = |action| own.map_or(Shift::Same, |own| own.shift(action));
        let deleted = own(Action::Delete);
        if let OutputKind::Container(_) = pair.output {
            return self.containers.add_apart(old.deleted, new.deleted, [1, 1], deleted);
        }
        let amis = &mut self.amis;
        amis.deprecate.add_apart(old.deprecated, new.deprecated, [1, 1], own(Action::Deprecate));
        amis.disable.add_apart(old.disabled, new.disabled, [1, 1], own(Action::Disable));
        amis.delete.add_apart(old.deleted, new.deleted, [1, 1], deleted);
        amis.left.add_apart(old.left, new.left, [1, 1], Shift::Same);
        self.snapshots.add_apart(old.snapshots, new.snapshots, pair.snapshots, deleted);
    }
}

impl ActionChanges {
    /// Nothing is acted on in one forecast only, or on another night.
    pub fn is_empty(&self) -> bool {
        (self.newly, self.spared, self.earlier, self.later) == (0, 0, 0, 0)
    }

    #[inline]
    fn add(&mut self, before: Option<u32>, after: Option<u32>) {
        self.add_apart(before, after, [1, 1], Shift::Same);
    }

    /// So many in each of the forecasts, but no changes that are as expected.
    #[inline]
    fn add_apart(&mut self, before: Option<u32>, after: Option<u32>, [old, new]: [u32; 2], expected: Shift) {
        let add = |count: &mut u32, more: u32| *count = count.saturating_add(more);
        add(&mut self.before, if before.is_some() { old } else { 0 });
        add(&mut self.after, if after.is_some() { new } else { 0 });
        match Shift::between(before, after) {
            shift if shift == expected => {}
            Shift::Same => {}
            Shift::Newly => add(&mut self.newly, new),
            Shift::Spared => add(&mut self.spared, old),
            Shift::Earlier(_) => add(&mut self.earlier, new),
            Shift::Later(_) => add(&mut self.later, new),
        }
    }
}
