//! Every rule has exclusions of its own: an image that one rule spares, another acts on.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::checks::add_exclusion;
use crate::diagnostic::Severity;
use crate::json::Json;
use crate::model::DetailDocument;
use crate::model::Tag;
use crate::read::shown;

/// `exclusionRules.tagMap` holds no more.
const MOST: usize = 50;

pub(crate) const CHECK: Check = Check {
    code: "pin-on-some-rules",
    severity: Severity::Info,
    title: "image tag excluded by some rules only",
    help: "Exclusions belong to their rule alone: an image that is spared by one rule is still acted on by the others, later ones in the same run. Exclude the tag in every rule, unless that is what is meant.",
    basis: Basis::Inferred(source::RULES),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    const RULES: &str = "/exclusionRules";
    let Some(action) = rule.detail.action.filter(|_| !found.unreadable(RULES)) else { return };
    let (rules, mine) = (&rule.document.policy_details, pins(rule.detail));
    // Images with these do not come as far as here.
    let ended: Vec<&Tag> = match rule.taken.exclusion_ends {
        true => rules.iter().filter(|other| other.action < Some(action)).flat_map(pins).collect(),
        false => Vec::new(),
    };
    let mut missing: Vec<&Tag> = Vec::new();
    let mut sparing = Vec::new();
    for other in rules {
        let Some(spared_from) = other.action.filter(|&other| other != action) else { continue };
        let more: Vec<&Tag> =
            pins(other).iter().filter(|tag| !mine.contains(tag) && !ended.contains(tag)).collect();
        if !more.is_empty() {
            sparing.push(spared_from.as_str());
        }
        for tag in more {
            if !missing.contains(&tag) {
                missing.push(tag);
            }
        }
    }
    let Some(first) = missing.first() else { return };
    let tag = format!("`{}`", shown(&format!("{}={}", first.key, first.value)));
    let pin = match missing.len() {
        1 => format!("the tag {tag} spares"),
        count => format!("{tag} and {} more tags spare", count.saturating_sub(1)),
    };
    let place = if rule.detail.exclusion_rules.is_some() { "/exclusionRules/tagMap" } else { RULES };
    let finding = found.report(
        place,
        format!("{pin} images from {}, but not from {}", sparing.join(" and "), action.as_str()),
        "exclude the same tags here, unless this rule is meant to act on those images",
    );
    // The same key with another value cannot stand beside it.
    let fits = missing.iter().all(|tag| {
        mine.iter().chain(missing.iter().copied()).filter(|other| other.key == tag.key).count() == 1
    });
    if fits && mine.len().saturating_add(missing.len()) <= MOST {
        let tags = mine.iter().chain(missing);
        let tags = tags.map(|tag| (tag.key.clone(), Json::String(tag.value.clone()))).collect();
        finding.fix(
            "exclude the same tags here",
            add_exclusion("", rule.detail, &["tagMap"], Json::Object(tags)),
        );
    }
}

fn pins(detail: &DetailDocument) -> &[Tag] {
    let tags = detail.exclusion_rules.as_ref().and_then(|rules| rules.tag_map.as_deref());
    tags.unwrap_or_default()
}
