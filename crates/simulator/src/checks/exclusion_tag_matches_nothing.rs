//! An exclusion by a tag that no image, or no AMI, of the exports has.

use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Severity;
use afterimage_policy::Tag;
use afterimage_policy::json::escape;
use afterimage_policy::source;

use crate::checks::survey::Survey;
use crate::checks::words;

pub(super) const CHECK: Check = Check {
    code: "exclusion-tag-matches-nothing",
    severity: Severity::Warning,
    title: "excluded tag that nothing has",
    help: "The exclusion spares nothing. Where it is a precaution, it may stay; where something is meant to be spared, the tag is misspelled or missing. Key and value compare exactly, and an empty value matches only an empty value.",
    basis: Basis::Documented(source::RULES),
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    let kind = survey.of_its_type();
    for rule in &survey.policy.rules {
        let place = format!("/policyDetails/{}/exclusionRules", rule.index);
        for tag in rule.exclude.image_tags.iter().filter(|tag| !survey.on_images(&survey.tags, tag)) {
            found.report(
                &format!("{place}/tagMap/{}", escape(&tag.key)),
                format!("no image{kind} in the exports has the tag {}", words::tag(tag)),
                survey.instead_of(tag, &survey.tags),
            );
        }
        if !rule.include.amis {
            continue;
        }
        let missing = |tag: &&Tag| !tag.is_of_deprecation() && !survey.on_amis(&survey.amis.tags, tag);
        for tag in rule.exclude.amis.tags.iter().filter(missing) {
            let on_amis = survey.tags_of_amis();
            // Without EC2 exports it is not known which tags there are; another check says so.
            if on_amis.is_empty() || survey.on_amis(on_amis, tag) {
                continue;
            }
            found.report(
                &format!("{place}/amis/tagMap/{}", escape(&tag.key)),
                format!("no AMI in the exports has the tag {}", words::tag(tag)),
                survey.instead_of(tag, on_amis),
            );
        }
    }
}
