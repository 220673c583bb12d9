//! Deprecate and disable take AMIs only.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Operation;
use crate::diagnostic::Severity;

pub(crate) const CHECK: Check = Check {
    code: "include-action",
    severity: Severity::Error,
    title: "included resources that the action does not take",
    help: "Deprecate and disable act on AMIs only; snapshots and containers can only be deleted. Leave the flag out; an explicit `false` is accepted.",
    basis: Basis::Documented(source::INCLUDE),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    let Some(action) = rule.softer_action() else { return };
    let include = rule.include();
    // A flag that does not fit the resource type is that check's finding.
    let flags = [
        ("snapshots", include.snapshots, rule.is_container()),
        ("containers", include.containers, rule.is_ami()),
    ];
    for (name, _, _) in flags.into_iter().filter(|&(_, flag, wrong)| !wrong && flag == Some(true)) {
        let place = format!("/action/includeResources/{name}");
        found
            .report(
                &place,
                format!("{} cannot include {name}, only amis", action.as_str()),
                "set it to false or leave it out",
            )
            .fix(format!("leave out `{name}`"), [Operation::remove(place)]);
    }
}
