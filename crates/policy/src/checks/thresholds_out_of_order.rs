//! Deprecate, disable, delete at growing ages: no source enforces it, but one action a night makes another
//! order act later than it reads.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Severity;
use crate::model::DetailDocument;
use crate::model::FilterType;
use crate::model::Unit;

pub(crate) const CHECK: Check = Check {
    code: "thresholds-out-of-order",
    severity: Severity::Warning,
    title: "ages that do not grow from deprecate to delete",
    help: "An image goes without the step whose age comes later, unless it is old enough for both at once: then it takes one step a night. Let the ages grow from deprecate to disable to delete.",
    basis: Basis::Inferred(source::EXECUTION),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    let (Some(action), Some(mine)) = (rule.detail.action, age(rule.detail)) else { return };
    let earlier = rule.document.policy_details.iter().find(|other| {
        other.action.is_some_and(|other| other < action) && age(other).is_some_and(|other| other > mine)
    });
    if let Some(earlier) = earlier.and_then(|earlier| earlier.action) {
        found.report(
            "/filter/value",
            format!(
                "{} comes at a lower age than {}, so images go without that step",
                action.as_str(),
                earlier.as_str()
            ),
            "let the ages grow from deprecate to disable to delete",
        );
    }
}

/// In twelfths of a day, so that twelve months are one year.
fn age(detail: &DetailDocument) -> Option<u64> {
    let unit = match detail.unit? {
        Unit::Days => 12,
        Unit::Weeks => 84,
        Unit::Months => 365,
        Unit::Years => 4380,
    };
    let is_age = detail.filter_type == Some(FilterType::Age);
    detail.value.filter(|_| is_age).map(|value| u64::from(value).saturating_mul(unit))
}
