//! The account and Region of the policy's ARN, in which there is no image.

use afterimage_inventory::sort;
use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Severity;
use afterimage_policy::source;

use crate::checks::survey::Survey;
use crate::checks::words::listed;

pub(super) const CHECK: Check = Check {
    code: "home-matches-nothing",
    severity: Severity::Warning,
    title: "policy of another account or Region",
    help: "The ARN says in which account and Region the policy acts, and the exports have no image there. Load the exports of that account and Region.",
    basis: Basis::Documented(source::RULES),
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    let Some(owner) = &survey.policy.owner else { return };
    let (inventory, text) = (survey.inventory, |text| survey.inventory.text(text));
    let region = |image: usize| {
        let group = inventory.images.group.get(image)?;
        Some(survey.group(*group)?.region)
    };
    let home = inventory.texts.find(&owner.account).zip(inventory.texts.find(&owner.region));
    let mut homes = inventory.images.owner.iter().enumerate();
    if home.is_some_and(|(account, at)| {
        homes.any(|(image, &owner)| owner == account && region(image) == Some(at))
    }) {
        return;
    }
    let homes =
        inventory.groups.iter().map(|group| format!("{} {}", text(group.account), text(group.region)));
    let there = sort::distinct(homes);
    found.report(
        "/resourceSelection",
        format!("the policy acts in {} {}, and the exports have no image there", owner.account, owner.region),
        format!("load the exports of that account and Region; these are of {}", listed(there)),
    );
}
