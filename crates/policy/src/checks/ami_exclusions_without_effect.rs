//! Where AMIs are not included, their exclusions do nothing.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Severity;

pub(crate) const CHECK: Check = Check {
    code: "ami-exclusions-without-effect",
    severity: Severity::Warning,
    title: "AMI exclusions in a rule that takes no AMIs along",
    help: "AMI exclusions are looked at when AMIs are acted on. A rule that does not include `amis` never does, and its images are acted on whatever these exclusions say. Include `amis`, or exclude images by `exclusionRules.tagMap`.",
    basis: Basis::Inferred(source::STATE_UPDATE),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    if rule.has_effective_ami_exclusions()
        && !rule.is_container()
        && rule.include().amis != Some(true)
        && !found.unreadable("/action/includeResources")
    {
        found.report(
            "/exclusionRules/amis",
            "the rule does not include AMIs, so these exclusions spare nothing and the image is still acted on",
            "include `amis`, or exclude images by a tag of theirs",
        );
    }
}
