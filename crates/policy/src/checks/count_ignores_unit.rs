//! COUNT with `unit` is accepted, without a documented effect.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Operation;
use crate::diagnostic::Severity;
use crate::model::FilterType;

pub(crate) const CHECK: Check = Check {
    code: "count-ignores-unit",
    severity: Severity::Warning,
    title: "unit on a COUNT filter",
    help: "A count has no unit, and what the service makes of one is not documented. Leave it out; if an age was meant, the type of the filter is `AGE`.",
    basis: Basis::Inferred(source::FILTER),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    if rule.detail.filter_type == Some(FilterType::Count) && rule.detail.unit.is_some() {
        found
            .report("/filter/unit", "`unit` has no documented effect on a COUNT filter", "leave it out")
            .fix("leave out `unit`", [Operation::remove("/filter/unit")]);
    }
}
