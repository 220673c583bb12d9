//! What is measured: from the text of a policy to the verdict on every image and the fate of every AMI.

use std::collections::BTreeMap;

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_simulator::OutputKind;
use afterimage_simulator::Plan;
use afterimage_simulator::Run;
use afterimage_simulator::State;
use afterimage_simulator::Totals;
use serde::Serialize;

/// One daily run, counted.
#[derive(Debug)]
pub struct Night {
    pub plan: Plan,
    pub run: Run,
    pub totals: Totals,
}

/// What everybody who simulates the same night has to agree on: images and AMIs by verdict and reason.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    pub images: BTreeMap<String, u64>,
    pub amis: BTreeMap<String, u64>,
}

impl Night {
    /// `None` when the policy has errors. Nothing is kept from one call to the next.
    pub fn new(policy: &str, inventory: &Inventory, state: &State, now: Instant) -> Option<Self> {
        let policy = afterimage_policy::read(policy).policy()?;
        let plan = Plan::new(&policy, inventory);
        let run = plan.run(inventory, state, now);
        let totals = plan.totals(inventory, state, &run);
        Some(Self { plan, run, totals })
    }

    /// Goes through every image by itself; [`Night::totals`] has to agree.
    pub fn counts(&self, inventory: &Inventory, state: &State) -> Counts {
        let mut counts = Counts::default();
        let key = |verdict: &str, reason: &str| format!("{verdict}/{reason}");
        for (image, outcome) in self.run.outcomes().enumerate() {
            let Some(outcome) = outcome else { continue };
            let fate = key(outcome.verdict.as_str(), outcome.reason.as_str());
            *counts.images.entry(fate).or_default() += 1;
            for output in self.plan.outputs(inventory, state, &self.run, image) {
                if let OutputKind::Ami(_) = output.kind {
                    let fate = key(output.verdict.as_str(), output.reason.as_str());
                    *counts.amis.entry(fate).or_default() += 1;
                }
            }
        }
        counts
    }
}
