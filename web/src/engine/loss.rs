//! What the next deletions take with them.

use afterimage_inventory::AmiId;
use afterimage_inventory::Inventory;
use afterimage_simulator::OutputKind;
use afterimage_simulator::Plan;
use afterimage_simulator::StorageMeter;

use crate::engine::compiled::Compiled;
use crate::engine::nights::Forecast;
use crate::engine::shown::Shown;
use crate::protocol::Loss;
use crate::protocol::Query;
use crate::protocol::Taken;
use crate::text::SOON;

/// Of the night on screen, or of the first one after it that deletes.
pub(super) fn loss(
    policy: &Compiled,
    plan: &Plan,
    inventory: &Inventory,
    forecast: &Forecast,
    shown: &Shown,
) -> Option<Loss> {
    let nights = (0_u32..).zip(&forecast.nights).skip(shown.day as usize);
    let (day, _) = nights.into_iter().find(|(_, night)| night.delete > 0)?;
    let later;
    let night = if day == shown.day {
        shown
    } else {
        let query = Query { now: policy.now, day, ..Query::default() };
        later = Shown::new(policy, plan, inventory, Some(forecast), &query, None);
        &later
    };
    // The counts beside it leave out images that stay.
    let succeeds = |image: usize| night.run.outcome(image).is_some_and(|outcome| !outcome.stays);
    let freed = StorageMeter::new(inventory).run_of(plan, &night.state, &night.run, succeeds);
    let in_use = plan.in_use(inventory, &night.state, &night.run).amis.len() as u32;
    let outcome = &night.outcome;
    Some(Loss {
        day,
        amis: outcome.amis.deleted,
        snapshots: outcome.snapshots.deleted,
        containers: outcome.containers.deleted,
        bytes: freed.snapshot_bytes.saturating_add(freed.archived_bytes).saturating_add(freed.container_bytes)
            as f64,
        bounds: freed.reasons(),
        in_use,
    })
}

/// Of all the nights that count as soon.
pub(super) fn taken(plan: &Plan, inventory: &Inventory, forecast: &Forecast) -> Taken {
    let fates = plan.output_fates(inventory, &forecast.fates);
    let is_soon = |night: Option<u32>| night.is_some_and(|night| night as usize <= SOON);
    let mut taken = Taken::default();
    for ami in (0..inventory.amis.len() as u32).map(AmiId) {
        let fate = fates.fate(OutputKind::Ami(ami));
        taken.amis += u32::from(is_soon(fate.deleted));
        if is_soon(fate.snapshots) {
            taken.snapshots += inventory.amis.snapshots(ami).len() as u32;
        }
    }
    for row in 0..inventory.containers.len() as u32 {
        taken.containers += u32::from(is_soon(fates.fate(OutputKind::Container(row)).deleted));
    }
    taken
}
