//! An age needs a unit.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Severity;
use crate::model::FilterType;

pub(crate) const CHECK: Check = Check {
    code: "age-without-unit",
    severity: Severity::Error,
    title: "AGE filter without a unit",
    help: "An age is a number and a unit. Write `unit` as `DAYS`, `WEEKS`, `MONTHS` or `YEARS`.",
    basis: Basis::Documented(source::FILTER),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    if rule.detail.filter_type == Some(FilterType::Age)
        && rule.detail.unit.is_none()
        && !found.unreadable("/filter/unit")
    {
        found.report(
            "/filter/unit",
            "an AGE filter needs a `unit`",
            "write `DAYS`, `WEEKS`, `MONTHS` or `YEARS`",
        );
    }
}
