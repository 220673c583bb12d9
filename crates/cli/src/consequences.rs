//! Words for what follows from a run: who loses an AMI, what may fail, how much storage is freed.

use afterimage_inventory::Inventory;
use afterimage_inventory::Reference;
use afterimage_inventory::ReferenceKind;
use afterimage_simulator::Output;
use afterimage_simulator::Rates;
use afterimage_simulator::Risk;
use afterimage_simulator::Storage;
use afterimage_simulator::describe_reference;
use afterimage_simulator::gib;
use afterimage_simulator::rounded_up;

use crate::rows::View;
use crate::wording::counted;
use crate::wording::plain;

/// `in use by launch template web (default version 7), instance i-1 and 3 more`.
pub(crate) fn in_use(inventory: &Inventory, references: &[Reference]) -> Option<String> {
    const SHOWN: usize = 3;
    let users =
        references.iter().take(SHOWN).map(|reference| plain(&describe_reference(inventory, reference)));
    let users = users.collect::<Vec<_>>().join(", ");
    match references.len() {
        0 => None,
        count if count > SHOWN => Some(format!("in use by {users} and {} more", count.saturating_sub(SHOWN))),
        _ => Some(format!("in use by {users}")),
    }
}

/// `may fail: lacks the tag …`, each risk once with what it concerns.
pub(crate) fn may_fail(inventory: &Inventory, output: &Output) -> Vec<String> {
    let own = output.risks.iter().map(|risk| (None, risk));
    let below = output
        .snapshots
        .iter()
        .flat_map(|snapshot| snapshot.risks.iter().map(move |risk| (Some(snapshot.id), risk)));
    let line = |(snapshot, risk): (Option<_>, &Risk)| {
        let what = snapshot.map_or_else(String::new, |id| format!("{} ", inventory.text(id)));
        plain(&format!("may fail: {what}{}", risk.message(inventory)))
    };
    own.chain(below).map(line).collect()
}

/// The lines of the summary; none where there is nothing to say.
pub(crate) fn summary(view: &View<'_>, rates: &Rates) -> Vec<String> {
    let mut lines = Vec::new();
    let in_use = view.plan.in_use(view.inventory, view.state, view.run);
    if !in_use.amis.is_empty() {
        let kinds = in_use.by_kind.iter().map(|(kind, count)| format!("{count} by {}", kinds(*kind)));
        let amis = counted(in_use.amis.len(), "AMI");
        lines.push(format!("in use: {amis} ({})", kinds.collect::<Vec<_>>().join(", ")));
    }
    let (mut outputs, mut snapshots) = (0_usize, 0_usize);
    for image in view.images() {
        for output in &image.outputs {
            outputs = outputs.saturating_add(usize::from(!output.risks.is_empty()));
            let risky = output.snapshots.iter().filter(|snapshot| !snapshot.risks.is_empty()).count();
            snapshots = snapshots.saturating_add(risky);
        }
    }
    let risky = [(outputs, "output"), (snapshots, "snapshot")];
    let risky: Vec<String> =
        risky.into_iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(count, noun)).collect();
    if !risky.is_empty() {
        lines.push(format!("may fail: {}", risky.join(", ")));
    }
    lines.extend(storage("storage", &view.freed, rates));
    lines.extend(view.freed.reasons().into_iter().map(|reason| format!("  {reason}")));
    if !view.is_first {
        lines.extend(storage("storage, all runs so far", &view.freed_so_far, rates));
    }
    lines
}

fn storage(what: &str, freed: &Storage, rates: &Rates) -> Option<String> {
    let sizes = [
        (freed.snapshot_bytes, "of snapshots"),
        (freed.archived_bytes, "of archived snapshots"),
        (freed.container_bytes, "of container images"),
    ];
    let sizes: Vec<String> = sizes
        .into_iter()
        .filter(|(bytes, _)| *bytes > 0)
        .map(|(bytes, what)| format!("{:.1} GiB {what}", rounded_up(gib(bytes), 10.0)))
        .collect();
    if freed.snapshots == 0 && freed.containers == 0 {
        return None;
    }
    let freed_words = if sizes.is_empty() {
        "an unknown amount freed".to_owned()
    } else {
        format!("at most {} freed", sizes.join(", "))
    };
    let price = freed.monthly_price(rates).map(|price| format!(", at most {price:.2} a month"));
    Some(format!("{what}: {freed_words}{}", price.unwrap_or_default()))
}

fn kinds(kind: ReferenceKind) -> &'static str {
    match kind {
        ReferenceKind::LaunchTemplate => "launch templates",
        ReferenceKind::LaunchConfiguration => "launch configurations",
        ReferenceKind::Instance => "instances",
        ReferenceKind::Parameter => "SSM parameters",
        ReferenceKind::ImageRecipe => "image recipes",
        ReferenceKind::ContainerRecipe => "container recipes",
        ReferenceKind::Other => "other resources",
    }
}
