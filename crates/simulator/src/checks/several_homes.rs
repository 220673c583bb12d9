//! A policy is of one account and Region; which, only its ARN says.

use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Severity;
use afterimage_policy::source;

use crate::checks::survey::Survey;
use crate::checks::words::listed;

pub(super) const CHECK: Check = Check {
    code: "several-homes",
    severity: Severity::Warning,
    title: "images of several owners or Regions",
    help: "A policy belongs to one account and one Region and acts on the images of these. Without an ARN it is not known which, so all are taken for its own. Load the exports of one account and Region, or the policy as `get-lifecycle-policy` returns it, with its ARN.",
    basis: Basis::Documented(source::RULES),
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    if survey.policy.owner.is_some() || survey.homes.len() < 2 {
        return;
    }
    let text = |text| survey.inventory.text(text);
    let homes = survey.homes.iter().map(|&(owner, region)| format!("{} {}", text(owner), text(region)));
    found.report(
        "/resourceSelection",
        format!(
            "images in scope belong to {} accounts and Regions, but a policy acts in one: {}",
            survey.homes.len(),
            listed(homes)
        ),
        "load the exports of one account and Region, or the policy with its ARN",
    );
}
