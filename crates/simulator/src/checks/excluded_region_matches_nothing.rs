//! An exclusion by a Region in which no image has an AMI.

use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Severity;
use afterimage_policy::source;

use crate::checks::survey::Survey;
use crate::checks::words::listed;
use crate::checks::words::meant;
use crate::checks::words::quoted;

pub(super) const CHECK: Check = Check {
    code: "excluded-region-matches-nothing",
    severity: Severity::Warning,
    title: "excluded Region without AMIs",
    help: "The exclusion spares nothing. Regions are compared by their exact names, such as `us-east-1`. Correct it, or leave it as a precaution.",
    basis: Basis::Documented(source::RULES),
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    let regions = &survey.inventory.ami_outputs.region;
    for rule in survey.policy.rules.iter().filter(|rule| rule.include.amis) {
        for (index, region) in rule.exclude.amis.regions.iter().enumerate() {
            let known = survey.inventory.texts.find(region);
            if known.is_some_and(|known| survey.amis.regions.contains(&known) || regions.contains(&known)) {
                continue;
            }
            let there = survey.amis.regions.iter().map(|&region| survey.inventory.text(region));
            let there = meant(region, there);
            found.report(
                &format!("/policyDetails/{}/exclusionRules/amis/regions/{index}", rule.index),
                format!("no image in the exports has an AMI in the Region {}", quoted(region)),
                match there.is_empty() {
                    true => "check the exports; no AMI is in scope".to_owned(),
                    false => format!("check the spelling; AMIs in scope are in {}", listed(there)),
                },
            );
        }
    }
}
