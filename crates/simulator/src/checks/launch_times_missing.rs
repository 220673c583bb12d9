//! An exclusion by the last launch, and exports that tell of none.

use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Rule;
use afterimage_policy::Severity;
use afterimage_policy::source;

use crate::checks::survey::Survey;

pub(super) const CHECK: Check = Check {
    code: "launch-times-missing",
    severity: Severity::Warning,
    title: "exports without launch times",
    help: "`lastLaunched` spares AMIs by the time of their last launch. The exports have none for any AMI in scope: either none was ever launched, or they do not say. Ask for the attribute `lastLaunchedTime` of each AMI and load the answers.",
    basis: Basis::Documented(source::EC2_ATTRIBUTE),
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    let asks = |rule: &&Rule| rule.include.amis && rule.exclude.amis.last_launched.is_some();
    let missing = survey.amis.count > 0 && !survey.amis.any_launched;
    let Some(rule) = survey.policy.rules.iter().find(asks).filter(|_| missing) else { return };
    found.report(
        &format!("/policyDetails/{}/exclusionRules/amis/lastLaunched", rule.index),
        "the exports have no launch time of any AMI in scope, so this spares none",
        format!(
            "load `aws ec2 describe-image-attribute --attribute lastLaunchedTime --image-id {}` of each AMI",
            survey.an_ami()
        ),
    );
}
