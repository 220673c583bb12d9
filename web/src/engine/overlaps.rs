//! What several policies select.
//!
//! The simulator's own overlaps go night by night and down to AMIs; here forecasts say what each policy does first
//! to an image, so that a year is looked over while somebody waits for it.

use afterimage_inventory::Inventory;
use afterimage_simulator::Fate;
use afterimage_simulator::Plan;
use afterimage_simulator::Reason;
use afterimage_simulator::Verdict;

use crate::engine::compiled::assumptions;
use crate::engine::listed::names;
use crate::engine::nights::Forecast;
use crate::protocol::Overlap;
use crate::protocol::Overlapping;

/// Images that are listed; the rest is counted.
const LISTED: usize = 100;

pub(super) fn overlaps(
    policies: &[String],
    now: i64,
    assume: &[String],
    inventory: &Inventory,
) -> Overlapping {
    let mut found = Overlapping::default();
    let mut forecasts = Vec::new();
    for (at, text) in (0_u32..).zip(policies) {
        match afterimage_policy::read_json(text).policy() {
            Some(policy) => {
                let plan = Plan::assuming(&policy, inventory, assumptions(assume));
                forecasts.push((at, Forecast::new(&plan, inventory, now)));
            }
            None => found.broken.push(at),
        }
    }
    let mut all: Vec<(bool, u32, u32)> = Vec::new();
    for image in 0..inventory.len() {
        let selecting = forecasts.iter().filter_map(|(_, forecast)| forecast.fates.fate(image));
        let (mut selected, mut acting, mut soonest) = (0_u32, 0_u32, u32::MAX);
        for fate in selecting.filter(is_selected) {
            selected += 1;
            if let Some((_, night)) = first(&fate) {
                acting += 1;
                soonest = soonest.min(night);
            }
        }
        if selected > 1 {
            found.selected += 1;
            found.acted_on += u32::from(acting > 1);
            all.push((acting < 2, soonest, image as u32));
        }
    }
    all.sort_unstable();
    let overlap = |&(_, _, image): &(bool, u32, u32)| {
        let (name, version) = names(inventory, image as usize)?;
        let claims = forecasts.iter().filter_map(|(at, forecast)| {
            let fate = forecast.fates.fate(image as usize).filter(is_selected)?;
            Some((*at, first(&fate).map(|(verdict, night)| (verdict.as_str().to_owned(), night))))
        });
        Some(Overlap { name, version, claims: claims.collect() })
    };
    found.images = all.iter().take(LISTED).filter_map(overlap).collect();
    found
}

/// A build that is under way is selected, and waits for its end.
fn is_selected(fate: &Fate) -> bool {
    fate.first.0 != Verdict::Ignore || fate.first.1 == Reason::Building
}

/// What a policy does first to an image, and on which night.
fn first(fate: &Fate) -> Option<(Verdict, u32)> {
    let nights = [
        (Verdict::Deprecate, fate.deprecated),
        (Verdict::Disable, fate.disabled),
        (Verdict::Delete, fate.deleted),
    ];
    let nights = nights.into_iter().filter_map(|(verdict, night)| Some((verdict, night?)));
    nights.min_by_key(|(_, night)| *night)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::engine;
    use crate::engine::tests::query;
    use crate::protocol::NIGHTS;
    use crate::sample;
    use afterimage_inventory::Instant;
    use afterimage_simulator as simulator;

    #[test]
    fn forecasts_claim_what_the_nights_themselves_claim() {
        let engine = engine();
        let other = sample::POLICY.replace("180", "100").replace("worker-gpu", "bastion");
        let policies = [sample::POLICY.to_owned(), other, "{}".to_owned()];
        let found = overlaps(&policies, query().now, &[], &engine.inventory);
        assert_eq!(found.broken, [2]);
        let plan = |text: &String| {
            let policy = afterimage_policy::read_json(text).policy().unwrap();
            (text.clone(), Plan::new(&policy, &engine.inventory))
        };
        let plans: Vec<_> = policies[..2].iter().map(plan).collect();
        let by_night = simulator::overlaps(&plans, &engine.inventory, Instant(query().now), NIGHTS - 1);
        assert_eq!(found.selected as usize, by_night.images.len());
        let both_act = |claims: &&(usize, Vec<simulator::Claim>)| claims.1.iter().all(|c| c.first.is_some());
        assert_eq!(found.acted_on as usize, by_night.images.iter().filter(both_act).count());
        let claims = |name: &(String, String)| {
            let overlap = found.images.iter().find(|o| (&o.name, &o.version) == (&name.0, &name.1));
            overlap.unwrap().claims.clone()
        };
        for (image, expected) in &by_night.images {
            let own = claims(&names(&engine.inventory, *image).unwrap());
            let expected = expected.iter().map(|claim| {
                let first = claim.first.map(|first| {
                    let night = (first.at.0 - query().now) / 86_400_000;
                    (first.verdict.to_owned(), night as u32)
                });
                (claim.policy as u32, first)
            });
            assert_eq!(own, expected.collect::<Vec<_>>());
        }
    }
}
