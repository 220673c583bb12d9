//! COUNT is for DELETE.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Severity;
use crate::model::FilterType;

pub(crate) const CHECK: Check = Check {
    code: "count-needs-delete",
    severity: Severity::Error,
    title: "COUNT on an action other than DELETE",
    help: "Only deletion can keep a number of images; deprecate and disable go by age. Use an `AGE` filter, or make it a `DELETE` rule.",
    basis: Basis::Documented(source::FILTER),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    if let Some(action) = rule.softer_action()
        && rule.detail.filter_type == Some(FilterType::Count)
    {
        found.report(
            "/filter/type",
            format!("COUNT does not apply to {}", action.as_str()),
            "use `AGE`, or make it a `DELETE` rule",
        );
    }
}
