//! What only shows when a policy meets an inventory.

use std::collections::BTreeSet;

use afterimage_inventory::Group;
use afterimage_inventory::Inventory;
use afterimage_policy::Diagnostic;
use afterimage_policy::Policy;
use afterimage_policy::RecipeSelector;
use afterimage_policy::Selection;
use afterimage_policy::Severity;

use crate::plan::Plan;

/// Findings about a policy on an inventory. `root` is the JSON pointer of the policy in its document.
pub fn check_inventory(plan: &Plan, inventory: &Inventory, root: &str) -> Vec<Diagnostic> {
    let mut found = recipe_spelling(&plan.policy, inventory, root);
    found.extend(unknown_amis(plan, inventory, root));
    found
}

/// `recipe-name-spelling`: the service treats names that differ in case, spaces and underscores as one. That
/// it does so for the names in a policy is an assumption, and the reader should know that it was made.
fn recipe_spelling(policy: &Policy, inventory: &Inventory, root: &str) -> Vec<Diagnostic> {
    let Selection::Recipes(recipes) = &policy.selection else { return Vec::new() };
    let note = |(index, selector): (usize, &RecipeSelector)| {
        let matches =
            |group: &&Group| selector.matches(inventory.text(group.recipe), inventory.text(group.version));
        let mut names =
            inventory.groups.iter().filter(matches).map(|group| inventory.text(group.recipe_name));
        let first = names.next().filter(|&name| name != selector.name)?;
        names.all(|name| name != selector.name).then(|| Diagnostic {
            code: "recipe-name-spelling",
            severity: Severity::Info,
            path: format!("{root}/resourceSelection/recipes/{index}/name"),
            message: format!("`{}` is taken to select images of the recipe `{first}`", selector.name),
            help: format!("write `{first}`, as the exports do"),
            fix: None,
        })
    };
    recipes.iter().enumerate().filter_map(note).collect()
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
        .filter(|&image| plan.ignores(image).is_none())
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
        fix: None,
    })
}
