//! What only shows when a policy meets an inventory. One file per check; `survey.rs` goes over the inventory
//! once for all of them.

/// The options with which EC2 lists every AMI, as text for constants.
macro_rules! all_amis {
    () => {
        "--owners self --include-disabled --include-deprecated"
    };
}

mod ami_facts_missing;
mod ami_tags_missing;
mod excluded_region_matches_nothing;
mod exclusion_never_applies;
mod exclusion_tag_matches_nothing;
mod export_cut_off;
mod home_matches_nothing;
mod keeps_per_version;
mod launch_permissions_missing;
mod launch_times_missing;
mod newer_versions_unmanaged;
mod no_images;
mod recipe_name_spelling;
mod rule_never_acts;
mod selector_matches_nothing;
mod several_homes;
mod shared_account_matches_nothing;
mod survey;
mod tags_only_on_amis;
mod version_emptied;
pub(crate) mod words;

pub use export_cut_off::LOAD_ALL_PAGES;

/// The options with which `describe-images` lists every AMI.
pub const ALL_AMIS: &str = all_amis!();

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_policy::Check;
use afterimage_policy::Diagnostic;
use afterimage_policy::Findings;
use afterimage_policy::Reading;
use afterimage_policy::Taken;

use crate::assumptions::Assumption;
use crate::assumptions::Assumptions;
use crate::checks::survey::Survey;
use crate::plan::Plan;
use crate::usage;

type Run = fn(&Survey<'_>, &mut Findings<'_>);
type RunOnExports = fn(&Inventory, &mut Findings<'_>);

/// Every check of the exports by themselves.
const OF_EXPORTS: &[(Check, RunOnExports)] =
    &[(no_images::CHECK, no_images::run), (export_cut_off::CHECK, export_cut_off::run)];

/// Every check of a policy on its images, in the order in which they run.
const ALL: &[(Check, Run)] = &[
    (recipe_name_spelling::CHECK, recipe_name_spelling::run),
    (selector_matches_nothing::CHECK, selector_matches_nothing::run),
    (tags_only_on_amis::CHECK, tags_only_on_amis::run),
    (newer_versions_unmanaged::CHECK, newer_versions_unmanaged::run),
    (home_matches_nothing::CHECK, home_matches_nothing::run),
    (several_homes::CHECK, several_homes::run),
    (rule_never_acts::CHECK, rule_never_acts::run),
    (version_emptied::CHECK, version_emptied::run),
    (keeps_per_version::CHECK, keeps_per_version::run),
    (exclusion_tag_matches_nothing::CHECK, exclusion_tag_matches_nothing::run),
    (excluded_region_matches_nothing::CHECK, excluded_region_matches_nothing::run),
    (shared_account_matches_nothing::CHECK, shared_account_matches_nothing::run),
    (exclusion_never_applies::CHECK, exclusion_never_applies::run),
    (ami_facts_missing::CHECK, ami_facts_missing::run),
    (ami_tags_missing::CHECK, ami_tags_missing::run),
    (launch_times_missing::CHECK, launch_times_missing::run),
    (launch_permissions_missing::CHECK, launch_permissions_missing::run),
];

/// What is said of a policy by itself and is not so where an assumption holds.
const NEGATED: &[(&str, Assumption)] = &[
    ("ami-exclusions-orphan", Assumption::PolicyDeleteKeepsImageWhenAmiSkipped),
    ("retain-without-effect", Assumption::RetainAtLeastOnEveryAction),
    ("count-ignores-retain", Assumption::CountHonoursRetainAtLeast),
];

/// What is said of a policy by itself under some assumptions.
pub fn check_policy(reading: &Reading, assumptions: Assumptions) -> Vec<Diagnostic> {
    let negated = |code| NEGATED.iter().any(|&(said, by)| said == code && assumptions.holds(by));
    let taken = Taken {
        fixed_days: assumptions.value(Assumption::MonthArithmetic) == "fixed-days",
        exclusion_ends: !assumptions.holds(Assumption::ExclusionFallsThrough),
    };
    let mut found = reading.diagnostics_taking(taken);
    found.retain(|found| !negated(found.code));
    found
}

/// What is known of every code that a policy and its inventory can give, each once.
pub fn inventory_checks() -> impl Iterator<Item = &'static Check> {
    let of_exports = OF_EXPORTS.iter().map(|(check, _)| check);
    of_exports.chain(ALL.iter().map(|(check, _)| check)).chain(&usage::CHECKS)
}

/// Findings about the exports, whatever the policy. `root` is the JSON pointer of the policy in its document.
pub fn check_exports(inventory: &Inventory, root: &str) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (check, run) in OF_EXPORTS {
        run(inventory, &mut Findings::new(check, root, &mut found));
    }
    found
}

/// Findings about a policy on an inventory at one instant, those about the exports first. Where there is no image,
/// that is all there is to say. `root` is the JSON pointer of the policy in its document.
pub fn check_inventory(plan: &Plan, inventory: &Inventory, root: &str, now: Instant) -> Vec<Diagnostic> {
    let mut found = check_exports(inventory, root);
    if !inventory.is_empty() {
        let survey = Survey::new(plan, inventory, now);
        for (check, run) in ALL {
            run(&survey, &mut Findings::new(check, root, &mut found));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_assumptions_negate_are_checks_of_policies() {
        for (code, _) in NEGATED {
            assert!(afterimage_policy::checks().any(|check| check.code == *code), "{code}");
        }
    }
}
