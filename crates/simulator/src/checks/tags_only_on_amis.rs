//! Tags of a recipe or distribution go to the AMI, which selection does not look at.

use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Selection;
use afterimage_policy::Severity;
use afterimage_policy::json::escape;
use afterimage_policy::source;

use crate::checks::survey::Survey;
use crate::checks::words;

pub(super) const CHECK: Check = Check {
    code: "tags-only-on-amis",
    severity: Severity::Warning,
    title: "selected tag that only AMIs have",
    help: "A policy selects by the tags of the Image Builder image and never looks at those of its AMIs. Tags of a recipe or a distribution go to the AMI; tag the image itself with `aws imagebuilder tag-resource`, or have the pipeline do it by `imageTags`, which it does for scheduled builds only.",
    basis: Basis::Documented(source::RULES),
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    let Selection::Tags(tags) = &survey.policy.selection else { return };
    for tag in tags.iter().filter(|tag| survey.only_on_amis(tag)) {
        found.report(
            &format!("/resourceSelection/tagMap/{}", escape(&tag.key)),
            format!("only AMIs have the tag {}, and the policy looks at tags of images", words::tag(tag)),
            "tag the images themselves: `aws imagebuilder tag-resource`, or `imageTags` of the pipeline",
        );
    }
}
