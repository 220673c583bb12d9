//! Deletion by age leaves nothing of a recipe version that is no longer built.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Operation;
use crate::diagnostic::Severity;
use crate::json::Json;
use crate::model::Action;
use crate::model::FilterType;

pub(crate) const CHECK: Check = Check {
    code: "no-floor",
    severity: Severity::Warning,
    title: "deletion by age without a floor",
    help: "When builds of a recipe version stop, every image of it grows old and is deleted, the newest too. Keep at least one with `retainAtLeast`.",
    basis: Basis::Inferred(source::RULES),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    const RETAIN: &str = "/filter/retainAtLeast";
    let floor = rule.detail.retain_at_least.is_some() || found.unreadable(RETAIN);
    let by_age = rule.detail.filter_type == Some(FilterType::Age);
    if rule.detail.action == Some(Action::Delete) && by_age && !floor {
        found
            .report(
                RETAIN,
                "without `retainAtLeast` every image of a recipe version may be deleted",
                "keep at least one with `retainAtLeast`: 1",
            )
            .fix(
                "keep the newest image of each recipe version",
                [Operation::add(RETAIN, Json::Number(1.into()))],
            );
    }
}
