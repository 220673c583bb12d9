//! The images that pass the filters, in order, and the rows of the table.

use afterimage_inventory::GroupId;
use afterimage_inventory::Inventory;
use afterimage_policy::model::normalised_name;
use afterimage_simulator::Outcome;
use afterimage_simulator::Plan;
use afterimage_simulator::Verdict;

use crate::engine::compared::Difference;
use crate::engine::explained::GONE;
use crate::engine::explained::fate;
use crate::engine::explained::image_fate;
use crate::engine::nights::Forecast;
use crate::engine::search::Search;
use crate::engine::short;
use crate::engine::shown::Shown;
use crate::protocol::By;
use crate::protocol::List;
use crate::protocol::Row;
use crate::protocol::VersionLine;

/// The lines of the table, in order.
pub(super) struct Listed {
    pub(super) list: List,
    /// Images, and recipe versions before theirs, which are marked by [`VERSION`].
    pub(super) lines: Vec<u32>,
    pub(super) images: u32,
    /// What of the search cannot be understood.
    pub(super) unread: Option<String>,
}

/// Marks the number of a recipe version among those of images.
const VERSION: u32 = 1 << 31;
/// Kinds of lines that [`in_buckets`] tells apart.
const BUCKETS: usize = 32;

impl Listed {
    /// `difference` is wanted when the list is of what differs.
    pub(super) fn new(
        list: &List,
        inventory: &Inventory,
        plan: &Plan,
        shown: &Shown,
        difference: Option<&Difference>,
        forecast: Option<&Forecast>,
    ) -> Self {
        let search = Search::new(&list.search, inventory, forecast, &plan.assumptions(), shown.at);
        let rank = |outcome: Outcome| {
            let is_listed = list.verdict.as_ref().is_none_or(|verdict| outcome.verdict.as_str() == verdict)
                && list.reason.as_ref().is_none_or(|reason| outcome.reason.as_str() == reason);
            is_listed.then_some(match list.sort.by {
                _ if list.grouped => 0,
                By::Verdict => match outcome.verdict {
                    Verdict::Delete => 0,
                    Verdict::Disable => 1,
                    Verdict::Deprecate => 2,
                    Verdict::Skip => 3,
                    Verdict::Keep => 4,
                    Verdict::Ignore => 5,
                },
                By::Why => outcome.reason as u8,
                By::Image | By::Age | By::State | By::Outputs => 0,
            })
        };
        let mut lines = shown.run.ranked(rank);
        if list.differs {
            lines.retain(|&row| difference.is_some_and(|difference| difference.concerns(row as usize)));
        }
        if !search.is_empty() {
            lines.retain(|&row| search.passes(inventory, plan, shown, row as usize));
        }
        let images = lines.len() as u32;
        let outputs = |row: u32| {
            let at = row as usize;
            inventory.images.ami_outputs(at).len() + inventory.images.containers(at).len()
        };
        if list.grouped {
            lines = in_versions(inventory, shown, &lines);
        } else {
            match list.sort.by {
                By::Image | By::Verdict | By::Why => {}
                By::Age => lines.sort_by_key(|&row| inventory.images.created.get(row as usize).copied()),
                By::State => in_buckets(&mut lines, |row| {
                    shown.state.status(row as usize).map_or(BUCKETS, |status| status as usize)
                }),
                By::Outputs => in_buckets(&mut lines, |row| BUCKETS.saturating_sub(outputs(row) + 1)),
            }
            if list.sort.down {
                lines.reverse();
            }
        }
        Self { list: list.clone(), lines, images, unread: search.unread }
    }

    /// The lines in view.
    pub(super) fn rows(
        &self,
        inventory: &Inventory,
        plan: &Plan,
        shown: &Shown,
        first: u32,
        count: u32,
    ) -> Vec<Row> {
        let lines = self.lines.iter().skip(first as usize).take(count as usize);
        let line = |&line: &u32| match line & VERSION {
            0 => row(inventory, plan, shown, line),
            _ => version(inventory, plan, shown, line & !VERSION),
        };
        lines.filter_map(line).collect()
    }
}

/// Sorts by a small number, in the order of the inventory where it is the same.
fn in_buckets(lines: &mut Vec<u32>, bucket: impl Fn(u32) -> usize) {
    let mut buckets: [Vec<u32>; BUCKETS] = Default::default();
    for &line in lines.iter() {
        if let Some(bucket) = buckets.get_mut(bucket(line).min(BUCKETS - 1)) {
            bucket.push(line);
        }
    }
    *lines = buckets.concat();
}

/// Images in the order of the inventory, each recipe version with a line of its own before; those that the policy
/// looks at come first.
fn in_versions(inventory: &Inventory, shown: &Shown, images: &[u32]) -> Vec<u32> {
    let mut parts = [Vec::with_capacity(images.len()), Vec::new()];
    let group = |image: &u32| inventory.images.group.get(*image as usize).map(|group| group.0);
    for run in images.chunk_by(|a, b| group(a) == group(b)) {
        let is_out = !run.iter().any(|&image| is_considered(shown, image as usize));
        if let Some(lines) = parts.get_mut(usize::from(is_out)) {
            lines.extend(run.first().and_then(group).map(|group| group | VERSION));
            lines.extend(run);
        }
    }
    parts.concat()
}

/// The line of a recipe version.
fn version(inventory: &Inventory, plan: &Plan, shown: &Shown, number: u32) -> Option<Row> {
    let group = inventory.groups.get(number as usize)?;
    let rows = inventory.group_rows(GroupId(number));
    let considered = rows.clone().find(|&row| is_considered(shown, row));
    // Whatever a rule does to an image, it may take a slot: the explanation of any of them knows how many do.
    let slots = considered.and_then(|row| plan.explain(inventory, &shown.state, &shown.run, row)?.retention);
    let (keep, taken) = slots.map_or((0, 0), |slots| (slots.keep, slots.counted.min(slots.keep)));
    Some(Row {
        image: number | VERSION,
        name: short(inventory.text(group.recipe_name)),
        version: short(inventory.text(group.version)),
        version_line: Some(VersionLine {
            images: rows.filter(|&row| shown.run.outcome(row).is_some()).count() as u32,
            keep,
            taken,
        }),
        ..Row::default()
    })
}

fn is_considered(shown: &Shown, row: usize) -> bool {
    shown.run.outcome(row).is_some_and(|outcome| outcome.verdict != Verdict::Ignore)
}

/// What an image is called, and its version and build.
pub(super) fn names(inventory: &Inventory, image: usize) -> Option<(String, String)> {
    let images = &inventory.images;
    let group = inventory.groups.get(images.group.get(image)?.0 as usize)?;
    let own = inventory.text(*images.name.get(image)?);
    let name = inventory.text(group.recipe_name);
    let name = if normalised_name(own) == normalised_name(name) { own } else { name };
    let version = inventory.arn(image).splitn(3, '/').nth(2).unwrap_or_default();
    Some((short(name), short(version)))
}

fn row(inventory: &Inventory, plan: &Plan, shown: &Shown, image: u32) -> Option<Row> {
    let at = image as usize;
    let outcome = shown.run.outcome(at)?;
    let before = shown.state.status(at)?;
    let images = &inventory.images;
    let (name, version) = names(inventory, at)?;
    let outputs = plan.outputs(inventory, &shown.state, &shown.run, at);
    let mut amis: Vec<String> =
        outputs.iter().map(|output| fate(inventory, shown, &outcome, output).to_owned()).collect();
    let uses = outputs.iter().map(|output| output.references(inventory).len() as u32).sum();
    if amis.is_empty() {
        let left = if outcome.verdict == Verdict::Ignore { outcome.verdict } else { Verdict::Keep }.as_str();
        let fate = |row: usize| {
            let ami = inventory.ami_outputs.ami.get(row);
            if ami.is_some_and(|&ami| shown.state.is_deregistered(ami)) { GONE } else { left }
        };
        let containers = images.containers(at).map(|_| left);
        amis = images.ami_outputs(at).map(fate).chain(containers).map(str::to_owned).collect();
    }
    Some(Row {
        image,
        name,
        version,
        created: images.created.get(at)?.0,
        before: before.as_str().to_owned(),
        after: outcome.after(before).as_str().to_owned(),
        verdict: outcome.verdict.as_str().to_owned(),
        reason: outcome.reason.as_str().to_owned(),
        rule: outcome.rule.map(u32::from),
        fate: image_fate(&outcome).to_owned(),
        boundary: outcome.boundary,
        amis,
        uses,
        shifts: Vec::new(),
        output_shifts: Default::default(),
        version_line: None,
    })
}
