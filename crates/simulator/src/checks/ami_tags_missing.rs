//! An exclusion by AMI tags, and an export from which they were cut.

use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Rule;
use afterimage_policy::Severity;

use crate::checks::survey::Survey;
use crate::checks::words::counted;

pub(super) const CHECK: Check = Check {
    code: "ami-tags-missing",
    severity: Severity::Warning,
    title: "AMIs whose tags the EC2 exports leave out",
    help: "A query may cut tags out of an export, and an AMI without tags looks just the same. An exclusion by AMI tags then spares nothing. Export the AMIs without a query.",
    basis: Basis::Advice,
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    let count = survey.amis.untagged as usize;
    let asks = |rule: &&Rule| rule.include.amis && !rule.exclude.amis.tags.is_empty();
    let Some(rule) = survey.policy.rules.iter().find(asks).filter(|_| count > 0) else { return };
    found.report(
        &format!("/policyDetails/{}/exclusionRules/amis/tagMap", rule.index),
        format!("the EC2 exports leave out the tags of {} in scope", counted(count, "AMI")),
        concat!("load `aws ec2 describe-images ", all_amis!(), "` without `--query`"),
    );
}
