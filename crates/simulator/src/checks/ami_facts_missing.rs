//! Exclusions look at facts that only EC2 knows, and the exports do not tell them for every AMI in scope.
//! Nothing protects such an AMI except its Region.

use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Severity;

use crate::checks::survey::Survey;
use crate::checks::survey::asks_for_facts;
use crate::checks::words::counted;

macro_rules! remedy {
    () => {
        concat!(
            "load `aws ec2 describe-images ",
            all_amis!(),
            "` of every Region and account that the images are distributed to"
        )
    };
}

pub(super) const CHECK: Check = Check {
    code: "ami-facts-missing",
    severity: Severity::Warning,
    title: "AMIs that the EC2 exports do not describe",
    help: concat!(
        "Exclusions by tag, sharing, publicity and last launch look at what only EC2 knows. An AMI that no EC2 export describes is spared by none of them, except by its Region. To have it described, ",
        remedy!(),
        "."
    ),
    basis: Basis::Advice,
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    let count = survey.amis.undescribed;
    let Some(rule) = survey.policy.rules.iter().find(|rule| asks_for_facts(rule) && count > 0) else {
        return;
    };
    found.report(
        &format!("/policyDetails/{}/exclusionRules/amis", rule.index),
        format!(
            "{} in scope {} not in the EC2 exports, so only Region exclusions can spare {}",
            counted(count as usize, "AMI"),
            if count == 1 { "is" } else { "are" },
            if count == 1 { "it" } else { "them" },
        ),
        remedy!(),
    );
}
