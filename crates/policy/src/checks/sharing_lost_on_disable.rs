//! Disabling an AMI takes its launch permissions away, so later exclusions by sharing no longer see them.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::add_exclusion;
use crate::checks::disable_and_delete;
use crate::diagnostic::Severity;
use crate::json::Json;
use crate::model::DetailDocument;
use crate::model::Document;

pub(crate) const CHECK: Check = Check {
    code: "sharing-lost-on-disable",
    severity: Severity::Warning,
    title: "exclusion by sharing on DELETE but not on DISABLE",
    help: "Disabling an AMI takes all its launch permissions away. When DELETE comes it is shared with nobody, and an exclusion by sharing no longer spares it. Put the same exclusion on the DISABLE rule.",
    basis: Basis::Inferred(source::EC2_DISABLE),
};

pub(crate) fn run(document: &Document, found: &mut Findings<'_>) {
    let Some([(at, disable), (index, delete)]) = disable_and_delete(document) else { return };
    let amis = |detail: &DetailDocument| detail.exclusion_rules.clone()?.amis;
    let (first, then) = (amis(disable).unwrap_or_default(), amis(delete).unwrap_or_default());
    let spared = first.shared_accounts.unwrap_or_default();
    let mut both = spared.clone();
    both.extend(then.shared_accounts.into_iter().flatten().filter(|account| !spared.contains(account)));
    let public = then.is_public == Some(true) && first.is_public != Some(true);
    let shared = both.len() > spared.len();
    let accounts = Json::Array(both.into_iter().map(Json::String).collect());
    for (member, exception, lost, value) in [
        ("isPublic", "the exception for public AMIs", public, Json::Bool(true)),
        ("sharedAccounts", "the exception for shared AMIs", shared, accounts),
    ] {
        if lost {
            let remedy = format!("put {exception} on the DISABLE rule too");
            found
                .report(
                    &format!("/policyDetails/{index}/exclusionRules/amis/{member}"),
                    format!(
                        "the DISABLE rule takes launch permissions away, so {exception} spares none when DELETE comes"
                    ),
                    remedy.as_str(),
                )
                .fix(
                    remedy,
                    add_exclusion(&format!("/policyDetails/{at}"), disable, &["amis", member], value),
                );
        }
    }
}
