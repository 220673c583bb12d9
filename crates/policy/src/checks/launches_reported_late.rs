//! EC2 reports launches up to a day late.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Operation;
use crate::diagnostic::Severity;
use crate::json::Json;
use crate::model::Unit;

pub(crate) const CHECK: Check = Check {
    code: "launches-reported-late",
    severity: Severity::Warning,
    title: "period of recent launches of one day",
    help: "EC2 reports launches up to 24 hours late, so that an AMI launched today may look as if it had not been. Use two days or more.",
    basis: Basis::Documented(source::EC2_ATTRIBUTE),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    const VALUE: &str = "/exclusionRules/amis/lastLaunched/value";
    let Some(period) = rule.ami_exclusions().and_then(|amis| amis.last_launched) else { return };
    if period.unit == Some(Unit::Days) && period.value == Some(1) {
        found
            .report(
                VALUE,
                "EC2 reports launches up to 24 hours late, so a period of one day may miss them",
                "use two days or more",
            )
            .fix("use two days", [Operation::replace(VALUE, Json::Number(2.into()))]);
    }
}
