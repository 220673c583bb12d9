//! COUNT with `retainAtLeast` is accepted, without a documented effect.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Operation;
use crate::diagnostic::Severity;
use crate::model::FilterType;

pub(crate) const CHECK: Check = Check {
    code: "count-ignores-retain",
    severity: Severity::Warning,
    title: "retainAtLeast on a COUNT filter",
    help: "The value of a COUNT filter already is the number of images that are kept. Leave `retainAtLeast` out.",
    basis: Basis::Inferred(source::FILTER),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    if rule.detail.filter_type == Some(FilterType::Count) && rule.detail.retain_at_least.is_some() {
        found
            .report(
                "/filter/retainAtLeast",
                "`retainAtLeast` has no documented effect on a COUNT filter, whose value already is what is kept",
                "leave it out",
            )
            .fix("leave out `retainAtLeast`", [Operation::remove("/filter/retainAtLeast")]);
    }
}
