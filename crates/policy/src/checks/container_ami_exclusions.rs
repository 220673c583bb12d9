//! AMI exclusions in a container policy are refused by AWS's own CDK module.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Operation;
use crate::diagnostic::Severity;

pub(crate) const CHECK: Check = Check {
    code: "container-ami-exclusions",
    severity: Severity::Error,
    title: "AMI exclusions in a container policy",
    help: "A container policy has no AMIs to spare. Exclude images by `exclusionRules.tagMap` instead.",
    basis: Basis::Inferred(source::CDK),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    if rule.ami_exclusions().is_some() && rule.is_container() {
        found
            .report(
                "/exclusionRules/amis",
                "a container policy cannot exclude AMIs",
                "exclude images by a tag instead",
            )
            .fix("leave out the AMI exclusions", [Operation::remove("/exclusionRules/amis")]);
    }
}
