//! An exclusion by sharing, and exports that tell of none.

use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Rule;
use afterimage_policy::Severity;
use afterimage_policy::source;

use crate::checks::survey::Survey;

pub(super) const CHECK: Check = Check {
    code: "launch-permissions-missing",
    severity: Severity::Warning,
    title: "exports without launch permissions",
    help: "`sharedAccounts` spares AMIs by the accounts that may launch them, which `describe-images` does not list. The exports name no such account for any AMI in scope: either none is shared, or they do not say. Ask for the attribute `launchPermission` of each AMI and load the answers.",
    basis: Basis::Documented(source::EC2_ATTRIBUTE),
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    let asks = |rule: &&Rule| rule.include.amis && !rule.exclude.amis.shared_accounts.is_empty();
    let missing = survey.amis.count > 0 && !survey.amis.any_shared;
    let Some(rule) = survey.policy.rules.iter().find(asks).filter(|_| missing) else { return };
    found.report(
        &format!("/policyDetails/{}/exclusionRules/amis/sharedAccounts", rule.index),
        "the exports have no launch permission of any AMI in scope, so this spares none",
        format!(
            "load `aws ec2 describe-image-attribute --attribute launchPermission --image-id {}` of each AMI",
            survey.an_ami()
        ),
    );
}
