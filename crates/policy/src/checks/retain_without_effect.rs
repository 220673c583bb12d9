//! `retainAtLeast` on other actions than DELETE is accepted, without a documented effect.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Operation;
use crate::diagnostic::Severity;
use crate::model::FilterType;

pub(crate) const CHECK: Check = Check {
    code: "retain-without-effect",
    severity: Severity::Warning,
    title: "retainAtLeast on DEPRECATE or DISABLE",
    help: "Only deletion is documented to keep a number of images: a DEPRECATE or DISABLE rule acts on every image that is old enough. Leave `retainAtLeast` out.",
    basis: Basis::Inferred(source::RULES),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    if rule.detail.filter_type != Some(FilterType::Count)
        && rule.detail.retain_at_least.is_some()
        && rule.softer_action().is_some()
    {
        found
            .report(
                "/filter/retainAtLeast",
                "`retainAtLeast` has a documented effect on DELETE only",
                "leave it out; every image that is old enough is acted on",
            )
            .fix("leave out `retainAtLeast`", [Operation::remove("/filter/retainAtLeast")]);
    }
}
