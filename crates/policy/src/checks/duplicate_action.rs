//! At most one rule per action.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Severity;

pub(crate) const CHECK: Check = Check {
    code: "duplicate-action",
    severity: Severity::Error,
    title: "more than one rule for an action",
    help: "A policy has at most one rule per action. Merge the rules, or move one of them to another policy.",
    basis: Basis::Documented(source::CREATE_API),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    let Some(action) = rule.detail.action else { return };
    if rule.document.policy_details.iter().take(rule.index).any(|earlier| earlier.action == Some(action)) {
        found.report(
            "/action/type",
            format!("there is more than one {} rule", action.as_str()),
            "keep one rule per action",
        );
    }
}
