//! Disabling an AMI takes the tag of its deprecation away, so a later exclusion by that tag no longer sees it.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::add_exclusion;
use crate::checks::disable_and_delete;
use crate::diagnostic::Severity;
use crate::json::Json;
use crate::json::escape;
use crate::model::DetailDocument;
use crate::model::Document;
use crate::model::Tag;

pub(crate) const CHECK: Check = Check {
    code: "deprecation-tag-lost-on-disable",
    severity: Severity::Warning,
    title: "exclusion of deprecated AMIs on DELETE but not on DISABLE",
    help: "Deprecating an AMI tags it `DeprecatedBy: EC2 Image Builder`, and disabling it takes the tag away. When DELETE comes the AMI has no such tag, and an exclusion by it spares none. Put the same exclusion on the DISABLE rule.",
    basis: Basis::Inferred(source::RULES),
};

pub(crate) fn run(document: &Document, found: &mut Findings<'_>) {
    let Some([(at, disable), (index, delete)]) = disable_and_delete(document) else { return };
    let tags = |detail: &DetailDocument| {
        detail.exclusion_rules.clone().and_then(|rules| rules.amis?.tag_map).unwrap_or_default()
    };
    let (mut both, then) = (tags(disable), tags(delete));
    let Some(tag) = then.into_iter().find(Tag::is_of_deprecation) else { return };
    if both.contains(&tag) {
        return;
    }
    let place = format!("/policyDetails/{index}/exclusionRules/amis/tagMap/{}", escape(&tag.key));
    both.push(tag);
    let tags = both.into_iter().map(|tag| (tag.key, Json::String(tag.value))).collect();
    let remedy = "put the exception for deprecated AMIs on the DISABLE rule too";
    found
        .report(
            &place,
            "the DISABLE rule takes the tag of a deprecation away, so the exception for it spares none when DELETE comes",
            remedy,
        )
        .fix(
            remedy,
            add_exclusion(&format!("/policyDetails/{at}"), disable, &["amis", "tagMap"], Json::Object(tags)),
        );
}
