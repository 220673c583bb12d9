//! Retention counts per recipe version, so that many versions keep many images.

use afterimage_inventory::sort;
use afterimage_policy::Action;
use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Filter;
use afterimage_policy::Findings;
use afterimage_policy::Severity;
use afterimage_policy::source;

use crate::checks::survey::Survey;
use crate::checks::words::counted;

pub(super) const CHECK: Check = Check {
    code: "keeps-per-version",
    severity: Severity::Info,
    title: "count that is kept of each of many versions",
    help: "COUNT keeps the newest images of each recipe version by itself, not of the recipe and not of the policy. With many versions that is many images. To keep fewer, use a lower count, or delete by age.",
    basis: Basis::Documented(source::RULES),
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    let delete = survey.policy.rules.iter().find(|rule| rule.action == Action::Delete);
    let Some(rule) = delete.filter(|rule| matches!(rule.filter, Filter::Count { .. })) else { return };
    let groups = || survey.inventory.groups.iter().zip(&survey.kept).filter(|(_, kept)| **kept > 0);
    let versions = groups().count();
    let recipes = sort::distinct(groups().map(|(group, _)| (group.account, group.region, group.recipe)));
    if versions == recipes.len() {
        return;
    }
    let kept: u64 = groups().map(|(_, &kept)| u64::from(kept)).sum();
    let most = u64::from(survey.keep).saturating_mul(versions as u64);
    found.report(
        &format!("/policyDetails/{}/filter/value", rule.index),
        format!(
            "the newest {} of each of {} are kept: {kept} now, up to {most}",
            survey.keep,
            counted(versions, "recipe version"),
        ),
        "mind that versions are counted apart, or delete by age",
    );
}
