//! On DELETE, AMI exclusions spare the AMI but not the image record.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Severity;
use crate::model::Action;

pub(crate) const CHECK: Check = Check {
    code: "ami-exclusions-orphan",
    severity: Severity::Warning,
    title: "AMI exclusions on DELETE",
    help: "An AMI exclusion spares the AMI and not its image: the image is deleted around it, and no policy reaches the AMI any more. To keep both, exclude the image by a tag in `exclusionRules.tagMap`.",
    basis: Basis::Documented(source::SAMPLE),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    if rule.has_effective_ami_exclusions()
        && !rule.is_container()
        && rule.include().amis == Some(true)
        && rule.detail.action == Some(Action::Delete)
    {
        found.report(
            "/exclusionRules/amis",
            "an AMI that is spared here stays, but its image is still deleted, so nothing manages it any more",
            "to keep both, exclude the image by a tag of its own",
        );
    }
}
