//! Container images can only be deleted.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Severity;

pub(crate) const CHECK: Check = Check {
    code: "container-action",
    severity: Severity::Error,
    title: "action that container images do not have",
    help: "Container images can only be deleted: there is nothing to deprecate or to disable in a repository. Make the rule a `DELETE` rule or take it out.",
    basis: Basis::Documented(source::CREATE_API),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    if let Some(action) = rule.softer_action().filter(|_| rule.is_container()) {
        found.report(
            "/action/type",
            format!("{} does not apply to container images", action.as_str()),
            "use `DELETE`, the only action for `CONTAINER_IMAGE`",
        );
    }
}
