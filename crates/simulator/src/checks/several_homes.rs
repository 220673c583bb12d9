//! A policy is of one account and Region; which, only its ARN says for sure, and that of its role hints at.

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
    title: "images of several owners or Regions, or of another account than the role",
    help: "A policy and its role belong to one account and one Region, and it acts on the images of these. Without an ARN it is not known which, so all are taken for its own. Load the exports of one account and Region, or the policy as `get-lifecycle-policy` returns it, with its ARN.",
    basis: Basis::Documented(source::RULES),
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    if survey.policy.owner.is_some() {
        return;
    }
    let text = |text| survey.inventory.text(text);
    let homes = &survey.homes;
    let role = survey.policy.role_account.as_deref();
    let role = role.filter(|role| homes.iter().any(|&(owner, _)| text(owner) != *role));
    let names = listed(homes.iter().map(|&(owner, region)| format!("{} {}", text(owner), text(region))));
    let message = match (homes.len(), role) {
        (0 | 1, None) => return,
        (0 | 1, Some(role)) => {
            format!(
                "images in scope belong to {names}, but a policy has a role of its own account, and this is of {role}"
            )
        }
        (count, _) => {
            format!(
                "images in scope belong to {count} accounts and Regions, but a policy acts in one: {names}"
            )
        }
    };
    let one = role.map_or("one account".to_owned(), |role| format!("the role's account, {role},"));
    found.report(
        "/resourceSelection",
        message,
        format!("load the exports of {one} and Region, or the policy with its ARN"),
    );
}
