//! The images that pass the filters, in order, and the rows of the table.

use afterimage_inventory::Inventory;
use afterimage_policy::model::normalised_name;
use afterimage_simulator::Plan;
use afterimage_simulator::Verdict;

use crate::engine::short;
use crate::engine::shown::Shown;
use crate::protocol::List;
use crate::protocol::Row;
use crate::protocol::Sort;

/// The rows that pass the filters, in order.
pub(super) struct Listed {
    pub(super) list: List,
    pub(super) rows: Vec<u32>,
}

impl Listed {
    pub(super) fn new(list: &List, inventory: &Inventory, shown: &Shown) -> Self {
        let search = list.search.trim().to_lowercase();
        let passes = |image: usize| {
            let Some(outcome) = shown.run.outcome(image) else { return false };
            list.verdict.as_ref().is_none_or(|verdict| outcome.verdict.as_str() == verdict)
                && list.reason.as_ref().is_none_or(|reason| outcome.reason.as_str() == reason)
                && search.split_whitespace().all(|word| found(inventory, image, word))
        };
        let mut rows: Vec<u32> =
            (0..inventory.len()).filter(|&image| passes(image)).map(|image| image as u32).collect();
        let created = |row: &u32| inventory.images.created.get(*row as usize).copied();
        match list.sort {
            Sort::Recipe => {}
            Sort::Verdict => {
                rows.sort_by_key(|&row| {
                    let outcome = shown.run.outcome(row as usize);
                    std::cmp::Reverse(outcome.map(|outcome| match outcome.verdict {
                        Verdict::Delete => 5,
                        Verdict::Disable => 4,
                        Verdict::Deprecate => 3,
                        Verdict::Skip => 2,
                        Verdict::Keep => 1,
                        Verdict::Ignore => 0,
                    }))
                });
            }
            Sort::Oldest => rows.sort_by_key(created),
        }
        Self { list: list.clone(), rows }
    }
}

fn found(inventory: &Inventory, image: usize, search: &str) -> bool {
    let holds = |text: &str| text.to_lowercase().contains(search);
    let name = inventory.images.name.get(image).copied();
    holds(inventory.arn(image))
        || name.is_some_and(|name| holds(inventory.text(name)))
        || inventory.images.ami_outputs(image).any(|row| {
            let ami =
                inventory.ami_outputs.ami.get(row).and_then(|ami| inventory.amis.id.get(ami.0 as usize));
            ami.is_some_and(|&id| holds(inventory.text(id)))
        })
}

pub(super) fn row(inventory: &Inventory, plan: &Plan, shown: &Shown, image: u32) -> Option<Row> {
    let at = image as usize;
    let outcome = shown.run.outcome(at)?;
    let before = shown.state.status(at)?;
    let images = &inventory.images;
    let group = inventory.groups.get(images.group.get(at)?.0 as usize)?;
    let arn = inventory.arn(at);
    let own = inventory.text(*images.name.get(at)?);
    let name = inventory.text(group.recipe_name);
    let name = if normalised_name(own) == normalised_name(name) { own } else { name };
    let outputs = plan.outputs(inventory, &shown.state, &shown.run, at);
    let mut amis: Vec<String> = outputs.iter().map(|output| output.verdict.as_str().to_owned()).collect();
    if amis.is_empty() {
        let count = images.ami_outputs(at).len() + images.containers(at).len();
        let fate = if outcome.verdict == Verdict::Ignore { outcome.verdict } else { Verdict::Keep };
        amis = vec![fate.as_str().to_owned(); count];
    }
    Some(Row {
        image,
        name: short(name),
        version: short(arn.splitn(3, '/').nth(2).unwrap_or_default()),
        created: images.created.get(at)?.0,
        before: before.as_str().to_owned(),
        after: outcome.after(before).as_str().to_owned(),
        verdict: outcome.verdict.as_str().to_owned(),
        reason: outcome.reason.as_str().to_owned(),
        rule: outcome.rule.map(u32::from),
        failed: outcome.failed,
        boundary: outcome.boundary,
        amis,
    })
}
