//! An exclusion by an account that no AMI of the exports is shared with.

use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Severity;
use afterimage_policy::source;

use crate::checks::survey::Survey;
use crate::checks::words::quoted;

pub(super) const CHECK: Check = Check {
    code: "shared-account-matches-nothing",
    severity: Severity::Warning,
    title: "excluded account that no AMI is shared with",
    help: "The exclusion spares nothing. An AMI that was copied into an account is not shared with it, and neither is one that is shared with its organization. Correct the account, or leave it as a precaution.",
    basis: Basis::Documented(source::AMI_EXCLUSIONS),
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    // Without launch permissions it is not known who AMIs are shared with; another check says so.
    if !survey.amis.any_shared {
        return;
    }
    for rule in survey.policy.rules.iter().filter(|rule| rule.include.amis) {
        for (index, account) in rule.exclude.amis.shared_accounts.iter().enumerate() {
            let known = survey.inventory.texts.find(account);
            if !known.is_some_and(|known| survey.is_shared_with(known)) {
                found.report(
                    &format!("/policyDetails/{}/exclusionRules/amis/sharedAccounts/{index}", rule.index),
                    format!("no AMI in the exports is shared with the account {}", quoted(account)),
                    "check the account; a copy in another account is no share",
                );
            }
        }
    }
}
