//! Snapshots go only with their AMIs.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Severity;
use crate::model::Action;

pub(crate) const CHECK: Check = Check {
    code: "snapshots-without-amis",
    severity: Severity::Error,
    title: "snapshots included without their AMIs",
    help: "EC2 deletes no snapshot that a registered AMI uses, so snapshots go only together with their AMIs. Include `amis` as well, or leave the snapshots.",
    basis: Basis::Documented(source::INCLUDE),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    const AMIS: &str = "/action/includeResources/amis";
    let include = rule.include();
    let alone = include.snapshots == Some(true) && include.amis != Some(true) && !found.unreadable(AMIS);
    // A container policy has neither: that is the finding there.
    if alone && !rule.is_container() && rule.detail.action == Some(Action::Delete) {
        found.report(
            AMIS,
            "snapshots can only be deleted together with their AMIs",
            "set `amis` to true, or `snapshots` to false",
        );
    }
}
