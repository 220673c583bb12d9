//! A delete rule that takes all that is left of a recipe version, tonight or after the nights that its other
//! rules need.

use afterimage_policy::Action;
use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Severity;
use afterimage_policy::source;

use crate::checks::survey::Survey;
use crate::checks::words::counted;
use crate::checks::words::listed;

pub(super) const CHECK: Check = Check {
    code: "version-emptied",
    severity: Severity::Warning,
    title: "recipe version that loses every available image",
    help: "Every image of the version that can still be used is old enough to be deleted, and nothing keeps the newest of them: builds that start from the version, and launches of its AMIs, will find none. Keep some with `retainAtLeast`, or spare an image by a tag.",
    basis: Basis::Inferred(source::RULES),
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    let delete = survey.policy.rules.iter().find(|rule| rule.action == Action::Delete);
    let (Some(rule), false) = (delete, survey.emptied.is_empty()) else { return };
    let images: usize = survey.emptied.iter().map(|(_, images)| *images as usize).sum();
    let groups = survey.emptied.iter().filter_map(|(group, _)| survey.group(*group));
    found.report(
        &format!("/policyDetails/{}/filter", rule.index),
        format!(
            "the available images of {} are all due to be deleted, {} in all: {}",
            counted(survey.emptied.len(), "recipe version"),
            counted(images, "image"),
            listed(groups.map(|group| survey.named(group))),
        ),
        "keep the newest with `retainAtLeast`, or exclude an image by a tag",
    );
}
