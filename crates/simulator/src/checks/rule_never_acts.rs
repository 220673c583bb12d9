//! A rule that acts on no image in scope, now or when it has grown older.

use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Severity;
use afterimage_policy::source;

use crate::checks::survey::Survey;
use crate::checks::words::counted;

pub(super) const CHECK: Check = Check {
    code: "rule-never-acts",
    severity: Severity::Warning,
    title: "rule that never acts",
    help: "Every image that the policy reaches is spared by the rule's own tags, or taken by another rule at a lower age before this one comes to it. Correct the tags or the ages, or take the rule out.",
    basis: Basis::Inferred(source::EXECUTION),
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    if survey.images_in_scope == 0 {
        return;
    }
    let total = survey.images_in_scope as usize;
    for (rule, seen) in survey.policy.rules.iter().zip(&survey.rules).filter(|(_, seen)| !seen.acts) {
        let action = rule.action.as_str();
        let why = match seen.pinned as usize {
            0 if !survey.falls_through => "others take or spare them first".to_owned(),
            0 => "others take them at a lower age".to_owned(),
            pinned if pinned == total => "its own tags spare them".to_owned(),
            pinned => {
                format!("its own tags spare {}, and others take the rest or fail", counted(pinned, "image"))
            }
        };
        found.report(
            &format!("/policyDetails/{}", rule.index),
            format!("{action} never comes to any of the {} in scope: {why}", counted(total, "image")),
            "correct its tags or the ages of the rules, or take it out",
        );
    }
}
