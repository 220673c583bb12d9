//! Images and AMIs that more than one policy claims.
//!
//! Each policy is simulated alone. In which order AWS runs several policies over one image is documented
//! nowhere, so no common outcome is predicted: what stands here is what each would do first by itself.

use std::collections::BTreeMap;

use afterimage_inventory::AmiId;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::sort;
use serde::Serialize;
use serde::Serializer;

use crate::outputs::OutputKind;
use crate::plan::Plan;
use crate::run::State;
use crate::verdict::OutputVerdict;
use crate::verdict::Reason;

/// What one policy does first to an image or AMI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Position of the policy among those that were given.
    pub policy: usize,
    /// `None`: the policy selects the image and does nothing to it in the simulated runs.
    pub first: Option<FirstAction>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstAction {
    /// `DEPRECATE`, `DISABLE` or `DELETE`.
    pub verdict: &'static str,
    pub reason: Reason,
    pub at: Instant,
}

/// Everything that several policies claim. INVARIANT: each entry has two claims or more, by policy.
#[derive(Debug, Clone)]
pub struct Overlaps<'a> {
    inventory: &'a Inventory,
    pub now: Instant,
    pub days: u32,
    /// Names of the policies, as they were given.
    pub policies: Vec<String>,
    /// By row, in byte order of the ARNs.
    pub images: Vec<(usize, Vec<Claim>)>,
    /// AMIs that several policies act on, in byte order of the IDs.
    pub amis: Vec<(AmiId, Vec<Claim>)>,
}

/// Simulates each policy alone over `days` days after the run at `now`.
pub fn overlaps<'a>(
    plans: &[(String, Plan)],
    inventory: &'a Inventory,
    now: Instant,
    days: u32,
) -> Overlaps<'a> {
    let mut images: BTreeMap<usize, Vec<Claim>> = BTreeMap::new();
    let mut amis: BTreeMap<AmiId, Vec<Claim>> = BTreeMap::new();
    for (policy, (_, plan)) in plans.iter().enumerate() {
        let mut first_of_ami: BTreeMap<AmiId, FirstAction> = BTreeMap::new();
        let mut first: Vec<Option<FirstAction>> = vec![None; inventory.len()];
        let mut state = State::new(inventory);
        for day in 0..=days {
            let run = plan.run(inventory, &state, now.plus_days(i64::from(day)));
            for (image, outcome) in run.outcomes().enumerate() {
                let Some(outcome) = outcome.filter(|outcome| outcome.verdict.is_action()) else { continue };
                if let Some(first) = first.get_mut(image).filter(|first| first.is_none()) {
                    let verdict = outcome.verdict.as_str();
                    *first = Some(FirstAction { verdict, reason: outcome.reason, at: run.at });
                }
                for output in plan.outputs(inventory, &state, &run, image) {
                    let acts = matches!(
                        output.verdict,
                        OutputVerdict::Deprecate | OutputVerdict::Disable | OutputVerdict::Delete
                    );
                    if let OutputKind::Ami(ami) = output.kind
                        && acts
                        && !output.gone
                    {
                        let verdict = output.verdict.as_str();
                        let action = FirstAction { verdict, reason: output.reason, at: run.at };
                        first_of_ami.entry(ami).or_insert(action);
                    }
                }
            }
            plan.apply(inventory, &mut state, &run);
        }
        for (image, first) in first.into_iter().enumerate() {
            // A build that is under way is selected, and waits for its end.
            if matches!(plan.ignores(image), None | Some(Reason::Building)) {
                images.entry(image).or_default().push(Claim { policy, first });
            }
        }
        for (ami, first) in first_of_ami {
            amis.entry(ami).or_default().push(Claim { policy, first: Some(first) });
        }
    }
    let mut images: Vec<_> = images.into_iter().filter(|(_, claims)| claims.len() > 1).collect();
    sort::sort_by(&mut images, |(a, _), (b, _)| inventory.arn(*a).cmp(inventory.arn(*b)));
    // AMIs are in byte order of their IDs.
    let amis = amis.into_iter().filter(|(_, claims)| claims.len() > 1).collect();
    let policies = plans.iter().map(|(name, _)| name.clone()).collect();
    Overlaps { inventory, now, days, policies, images, amis }
}

/// What is said wherever overlaps are shown.
pub const ORDER_IS_UNKNOWN: &str =
    "each policy is simulated alone: AWS does not document in which order it runs several policies";

impl Serialize for Overlaps<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Wire<'a> {
            now: String,
            days: u32,
            policies: &'a [String],
            note: &'static str,
            images: Vec<ImageWire<'a>>,
            amis: Vec<AmiWire<'a>>,
        }
        #[derive(Serialize)]
        struct ImageWire<'a> {
            arn: &'a str,
            claims: Vec<ClaimWire>,
        }
        #[derive(Serialize)]
        struct AmiWire<'a> {
            id: &'a str,
            claims: Vec<ClaimWire>,
        }
        let id = |ami: AmiId| self.inventory.amis.id.get(ami.0 as usize);
        let images = self.images.iter().map(|(image, claims)| ImageWire {
            arn: self.inventory.arn(*image),
            claims: claims.iter().map(ClaimWire::new).collect(),
        });
        let amis = self.amis.iter().map(|(ami, claims)| AmiWire {
            id: id(*ami).map_or("", |&id| self.inventory.text(id)),
            claims: claims.iter().map(ClaimWire::new).collect(),
        });
        Wire {
            now: self.now.to_string(),
            days: self.days,
            policies: &self.policies,
            note: ORDER_IS_UNKNOWN,
            images: images.collect(),
            amis: amis.collect(),
        }
        .serialize(serializer)
    }
}

/// A claim without an action has null members.
#[derive(Serialize)]
struct ClaimWire {
    policy: usize,
    verdict: Option<&'static str>,
    reason: Option<&'static str>,
    at: Option<String>,
}

impl ClaimWire {
    fn new(claim: &Claim) -> Self {
        Self {
            policy: claim.policy,
            verdict: claim.first.map(|first| first.verdict),
            reason: claim.first.map(|first| first.reason.as_str()),
            at: claim.first.map(|first| first.at.to_string()),
        }
    }
}
