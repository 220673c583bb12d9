//! The flags must fit the resource type: inferred from AWS's own CDK module. Only `true` is an error, since AWS
//! accepts an explicit `false`.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Operation;
use crate::diagnostic::Severity;

pub(crate) const CHECK: Check = Check {
    code: "include-resource-type",
    severity: Severity::Error,
    title: "included resources of another resource type",
    help: "A policy for AMIs has no containers to act on, and one for container images no AMIs and snapshots. Leave the flag out; an explicit `false` is accepted.",
    basis: Basis::Inferred(source::CDK),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    let include = rule.include();
    let (container, ami) = (rule.is_container(), rule.is_ami());
    let flags = [
        ("amis", include.amis, container),
        ("snapshots", include.snapshots, container),
        ("containers", include.containers, ami),
    ];
    for (name, _, _) in flags.into_iter().filter(|&(_, flag, wrong)| wrong && flag == Some(true)) {
        let place = format!("/action/includeResources/{name}");
        let policy = if container { "a container" } else { "an AMI" };
        found
            .report(
                &place,
                format!("{policy} policy cannot include {name}"),
                if container { "include `containers`" } else { "include `amis` and `snapshots`" },
            )
            .fix(format!("leave out `{name}`"), [Operation::remove(place)]);
    }
}
