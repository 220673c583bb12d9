//! What members say together: the service's cross-field rules as errors, and what surprises people as
//! warnings. One file per check; what reading finds by itself is registered in `reading.rs`.

mod age_without_unit;
mod ami_exclusions_orphan;
mod ami_exclusions_without_effect;
mod container_action;
mod container_ami_exclusions;
mod count_ignores_retain;
mod count_ignores_unit;
mod count_needs_delete;
mod deletes_record_only;
mod deprecation_tag_lost_on_disable;
mod duplicate_action;
mod excludes_selection;
mod include_action;
mod include_resource_type;
mod launches_reported_late;
mod name_changed;
mod no_floor;
mod no_selector;
mod notations;
mod pin_on_some_rules;
mod reading;
mod retain_without_effect;
mod service_linked_role;
mod sharing_lost_on_disable;
mod snapshots_left;
mod snapshots_without_amis;
mod thresholds_out_of_order;
mod two_selectors;
mod update_enables;
mod wildcard_not_trailing;

use crate::check::Check;
use crate::check::Findings;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Operation;
use crate::json::Json;
use crate::model::Action;
use crate::model::AmiExclusionsDocument;
use crate::model::DetailDocument;
use crate::model::Document;
use crate::model::IncludeDocument;
use crate::model::ResourceType;

/// When a check runs, and on what.
#[derive(Debug, Clone, Copy)]
enum Run {
    /// Once, places starting from the policy.
    Document(fn(&Document, &mut Findings<'_>)),
    /// For each rule, places starting from it.
    Rule(fn(&RuleView<'_>, &mut Findings<'_>)),
}

/// Every check on documents, in the order in which they run.
///
/// INVARIANT: a check that asks what is unreadable comes after those whose errors answer it.
const ALL: &[(Check, Run)] = &[
    (name_changed::CHECK, Run::Document(name_changed::run)),
    (update_enables::CHECK, Run::Document(update_enables::run)),
    (service_linked_role::CHECK, Run::Document(service_linked_role::run)),
    (duplicate_action::CHECK, Run::Rule(duplicate_action::run)),
    (container_action::CHECK, Run::Rule(container_action::run)),
    (include_resource_type::CHECK, Run::Rule(include_resource_type::run)),
    (include_action::CHECK, Run::Rule(include_action::run)),
    (snapshots_without_amis::CHECK, Run::Rule(snapshots_without_amis::run)),
    (count_needs_delete::CHECK, Run::Rule(count_needs_delete::run)),
    (age_without_unit::CHECK, Run::Rule(age_without_unit::run)),
    (count_ignores_unit::CHECK, Run::Rule(count_ignores_unit::run)),
    (count_ignores_retain::CHECK, Run::Rule(count_ignores_retain::run)),
    (retain_without_effect::CHECK, Run::Rule(retain_without_effect::run)),
    (no_floor::CHECK, Run::Rule(no_floor::run)),
    (container_ami_exclusions::CHECK, Run::Rule(container_ami_exclusions::run)),
    (ami_exclusions_without_effect::CHECK, Run::Rule(ami_exclusions_without_effect::run)),
    (ami_exclusions_orphan::CHECK, Run::Rule(ami_exclusions_orphan::run)),
    (deletes_record_only::CHECK, Run::Rule(deletes_record_only::run)),
    (snapshots_left::CHECK, Run::Rule(snapshots_left::run)),
    (excludes_selection::CHECK, Run::Rule(excludes_selection::run)),
    (launches_reported_late::CHECK, Run::Rule(launches_reported_late::run)),
    (thresholds_out_of_order::CHECK, Run::Rule(thresholds_out_of_order::run)),
    (sharing_lost_on_disable::CHECK, Run::Document(sharing_lost_on_disable::run)),
    (deprecation_tag_lost_on_disable::CHECK, Run::Document(deprecation_tag_lost_on_disable::run)),
    (two_selectors::CHECK, Run::Document(two_selectors::run)),
    (no_selector::CHECK, Run::Document(no_selector::run)),
    (wildcard_not_trailing::CHECK, Run::Document(wildcard_not_trailing::run)),
    (pin_on_some_rules::CHECK, Run::Rule(pin_on_some_rules::run)),
];

/// What is known of every code that reading a document can give, each once.
pub fn checks() -> impl Iterator<Item = &'static Check> {
    reading::ALL.iter().chain(notations::ALL).chain(ALL.iter().map(|(check, _)| check))
}

/// Whether a code is about what several members say together, and not about one of them.
pub fn is_about_combination(code: &str) -> bool {
    ALL.iter().any(|(check, _)| check.code == code)
}

/// What checks take for granted where AWS leaves it open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Taken {
    /// Months and years are 30 and 365 days, and not the calendar's.
    pub fixed_days: bool,
    /// No later rule looks at an image that a tag spares from an earlier one.
    pub exclusion_ends: bool,
}

/// Checks that look at what is taken for granted.
pub(crate) const HANG_ON_TAKEN: [&str; 2] =
    [thresholds_out_of_order::CHECK.code, pin_on_some_rules::CHECK.code];

/// Runs every check on a document; `root` is the pointer of the policy in it.
pub(crate) fn run(document: &Document, root: &str, taken: Taken, out: &mut Vec<Diagnostic>) {
    // Checks on rules that stand together run rule by rule, so that what is said of a rule stands together.
    let on_rules = |run: &Run| matches!(run, Run::Rule(_));
    for together in ALL.chunk_by(|(_, a), (_, b)| on_rules(a) && on_rules(b)) {
        if let [(check, Run::Document(run))] = together {
            run(document, &mut Findings::new(check, root, out));
            continue;
        }
        for (index, detail) in document.policy_details.iter().enumerate() {
            let rule = RuleView { document, index, detail, taken };
            let root = format!("{root}/policyDetails/{index}");
            for (check, run) in together {
                if let Run::Rule(run) = run {
                    run(&rule, &mut Findings::new(check, &root, out));
                }
            }
        }
    }
}

/// One rule, as far as it was understood, and what it stands in.
struct RuleView<'a> {
    document: &'a Document,
    index: usize,
    detail: &'a DetailDocument,
    taken: Taken,
}

impl RuleView<'_> {
    fn is_ami(&self) -> bool {
        self.document.resource_type == Some(ResourceType::AmiImage)
    }

    fn is_container(&self) -> bool {
        self.document.resource_type == Some(ResourceType::ContainerImage)
    }

    /// Deprecates or disables.
    fn softer_action(&self) -> Option<Action> {
        self.detail.action.filter(|action| matches!(action, Action::Deprecate | Action::Disable))
    }

    fn include(&self) -> IncludeDocument {
        self.detail.include.unwrap_or_default()
    }

    fn ami_exclusions(&self) -> Option<&AmiExclusionsDocument> {
        self.detail.exclusion_rules.as_ref()?.amis.as_ref()
    }

    /// Whether an AMI exclusion says something: `isPublic: false` and empty lists do not.
    fn has_effective_ami_exclusions(&self) -> bool {
        self.ami_exclusions().is_some_and(|amis| {
            amis.is_public == Some(true)
                || amis.regions.as_ref().is_some_and(|regions| !regions.is_empty())
                || amis.shared_accounts.is_some()
                || amis.last_launched.is_some()
                || amis.tag_map.is_some()
        })
    }
}

/// Sets include flags of a rule to true, from the rule on.
fn add_include(rule: &RuleView<'_>, flags: &[&str]) -> Vec<Operation> {
    const INCLUDE: &str = "/action/includeResources";
    let yes = |flag: &&str| ((*flag).to_owned(), Json::Bool(true));
    if rule.detail.include.is_none() {
        return vec![Operation::add(INCLUDE, Json::Object(flags.iter().map(yes).collect()))];
    }
    flags.iter().map(|flag| Operation::add(format!("{INCLUDE}/{flag}"), Json::Bool(true))).collect()
}

/// The rule that disables AMIs and the one that deletes later, each with its index.
fn disable_and_delete(document: &Document) -> Option<[(usize, &DetailDocument); 2]> {
    let find = |action| {
        let is = |(_, detail): &(usize, &DetailDocument)| detail.action == Some(action);
        document.policy_details.iter().enumerate().find(is)
    };
    let disable = find(Action::Disable)?;
    let takes_amis = disable.1.include.and_then(|include| include.amis) == Some(true);
    find(Action::Delete).filter(|_| takes_amis).map(|delete| [disable, delete])
}

/// Puts a value at a way below `exclusionRules` of a rule, together with the objects that are missing on it.
fn add_exclusion(rule: &str, detail: &DetailDocument, way: &[&str], value: Json) -> [Operation; 1] {
    let known = match &detail.exclusion_rules {
        None => 0,
        Some(rules) if rules.amis.is_none() => 1,
        Some(_) => 2,
    };
    let (outer, inner) = way.split_at(way.len().min(known));
    let value = inner.iter().rev().fold(value, |value, name| Json::Object(vec![((*name).to_owned(), value)]));
    let path = outer.iter().fold(format!("{rule}/exclusionRules"), |path, name| format!("{path}/{name}"));
    [Operation::add(path, value)]
}
