//! An exclusion that fits something in the exports, but nothing in scope.

use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Severity;
use afterimage_policy::json::escape;

use crate::checks::survey::Survey;
use crate::checks::words;
use crate::checks::words::quoted;

pub(super) const CHECK: Check = Check {
    code: "exclusion-never-applies",
    severity: Severity::Info,
    title: "exclusion of what the policy does not reach",
    help: "Something has the excluded tag, Region or account, but nothing that the policy acts on has, so the exclusion changes nothing. Check the selection, or leave the exclusion out.",
    basis: Basis::Advice,
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    if survey.images_in_scope == 0 {
        return;
    }
    let regions = &survey.inventory.ami_outputs.region;
    for rule in &survey.policy.rules {
        let place = format!("/policyDetails/{}/exclusionRules", rule.index);
        let mut report = |place: String, what: String| {
            found.report(
                &place,
                format!("{what}, but none that the policy acts on"),
                "check the selection, or leave the exclusion out",
            );
        };
        for tag in &rule.exclude.image_tags {
            if survey.on_images(&survey.tags, tag) && !survey.on_images(&survey.tags_in_scope, tag) {
                let what = format!("there are images with the tag {}", words::tag(tag));
                report(format!("{place}/tagMap/{}", escape(&tag.key)), what);
            }
        }
        let amis = &rule.exclude.amis;
        if !rule.include.amis {
            continue;
        }
        // What is deprecated later has the tag of a deprecation then.
        for tag in amis.tags.iter().filter(|tag| !tag.is_of_deprecation()) {
            if !survey.on_amis(&survey.amis.tags, tag) && survey.on_amis(survey.tags_of_amis(), tag) {
                let what = format!("there are AMIs with the tag {}", words::tag(tag));
                report(format!("{place}/amis/tagMap/{}", escape(&tag.key)), what);
            }
        }
        for (index, region) in amis.regions.iter().enumerate() {
            let known = survey.inventory.texts.find(region);
            let is_beyond = |known| !survey.amis.regions.contains(&known) && regions.contains(&known);
            if known.is_some_and(is_beyond) {
                let what = format!("there are AMIs in the Region {}", quoted(region));
                report(format!("{place}/amis/regions/{index}"), what);
            }
        }
        // Without launch permissions it is not known who AMIs are shared with; another check says so.
        if !survey.amis.any_shared {
            continue;
        }
        for (index, account) in amis.shared_accounts.iter().enumerate() {
            let known = survey.inventory.texts.find(account);
            let is_beyond = |known| !survey.amis.accounts.contains(&known) && survey.is_shared_with(known);
            if known.is_some_and(is_beyond) {
                let what = format!("there are AMIs that are shared with the account {}", quoted(account));
                report(format!("{place}/amis/sharedAccounts/{index}"), what);
            }
        }
    }
}
