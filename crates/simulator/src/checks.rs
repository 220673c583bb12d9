//! What only shows when a policy meets an inventory.

use std::collections::BTreeSet;

use afterimage_inventory::Inventory;
use afterimage_policy::Diagnostic;
use afterimage_policy::Policy;
use afterimage_policy::Severity;

use crate::plan::Plan;

/// Findings about a policy on an inventory. `root` is the JSON pointer of the policy in its document.
pub fn check_inventory(policy: &Policy, inventory: &Inventory, root: &str) -> Vec<Diagnostic> {
    let plan = Plan::new(policy, inventory);
    unknown_amis(&plan, inventory, root).into_iter().collect()
}

/// `ami-facts-missing`: exclusions look at facts that only EC2 knows, and the exports do not tell them for
/// every AMI in scope. Nothing protects such an AMI except its Region.
fn unknown_amis(plan: &Plan, inventory: &Inventory, root: &str) -> Option<Diagnostic> {
    let rule = plan.policy.rules.iter().find(|rule| {
        let amis = &rule.exclude.amis;
        let asks = amis.public
            || !amis.tags.is_empty()
            || !amis.shared_accounts.is_empty()
            || amis.last_launched.is_some();
        rule.include.amis && asks
    })?;
    let unknown: BTreeSet<_> = (0..inventory.len())
        .filter(|&image| {
            let status = inventory.images.status.get(image);
            status.is_some_and(|&status| plan.ignores(inventory, image, status).is_none())
        })
        .flat_map(|image| inventory.images.ami_outputs(image))
        .filter_map(|row| inventory.ami_outputs.ami.get(row))
        .filter(|ami| inventory.amis.described.get(ami.0 as usize) != Some(&true))
        .collect();
    let count = unknown.len();
    (count > 0).then(|| Diagnostic {
        code: "ami-facts-missing",
        severity: Severity::Warning,
        path: format!("{root}/policyDetails/{}/exclusionRules/amis", rule.index),
        message: format!(
            "{count} {} in scope {} not in the EC2 exports, so only Region exclusions can spare {}",
            if count == 1 { "AMI" } else { "AMIs" },
            if count == 1 { "is" } else { "are" },
            if count == 1 { "it" } else { "them" },
        ),
        help:
            "load `aws ec2 describe-images --owners self --include-disabled --include-deprecated` of every \
               Region and account that the images are distributed to"
                .to_owned(),
    })
}
