//! A rule that excludes what the policy selects acts on nothing.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::diagnostic::Severity;

pub(crate) const CHECK: Check = Check {
    code: "excludes-selection",
    severity: Severity::Warning,
    title: "rule that excludes what the policy selects",
    help: "Every tag that the policy selects by is excluded by this rule, so that it acts on failed builds at most. Exclude another tag.",
    basis: Basis::Inferred(source::RULES),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    let selection = rule.document.resource_selection.as_ref();
    let selected = selection.and_then(|selection| selection.tag_map.as_ref());
    let excluded = rule.detail.exclusion_rules.as_ref().and_then(|rules| rules.tag_map.as_ref());
    let (Some(selected), Some(excluded)) = (selected, excluded) else { return };
    if !selected.is_empty() && selected.iter().all(|tag| excluded.contains(tag)) {
        found.report(
            "/exclusionRules/tagMap",
            "every selected tag is also excluded, so the rule acts on failed builds at most",
            "exclude another tag",
        );
    }
}
