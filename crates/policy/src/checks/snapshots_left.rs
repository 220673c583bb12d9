//! Snapshots outlive their AMI unless they are included.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::checks::add_include;
use crate::diagnostic::Severity;
use crate::model::Action;

pub(crate) const CHECK: Check = Check {
    code: "snapshots-left",
    severity: Severity::Warning,
    title: "AMIs deleted without their snapshots",
    help: "Snapshots are what an AMI costs. Once the AMI is deregistered nothing manages them any more. Include `snapshots`.",
    basis: Basis::Inferred(source::RULES),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    let include = rule.include();
    if rule.detail.action == Some(Action::Delete)
        && rule.is_ami()
        && include.amis == Some(true)
        && include.snapshots != Some(true)
        && !found.unreadable("/action/includeResources")
    {
        let finding = found.report(
            "/action/includeResources/snapshots",
            "AMIs are deregistered but their snapshots stay, unmanaged, and keep costing",
            "include `snapshots`",
        );
        // One that says `false` was written on purpose.
        if include.snapshots.is_none() {
            finding.fix("include `snapshots`", add_include(rule, &["snapshots"]));
        }
    }
}
