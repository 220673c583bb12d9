//! A policy made ready for the inventory.

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_policy::Policy;
use afterimage_policy::Rule;
use afterimage_policy::Selection;
use afterimage_policy::Severity;
use afterimage_policy::Tag;
use afterimage_simulator as simulator;
use afterimage_simulator::Assumptions;
use afterimage_simulator::Plan;

use crate::protocol::Level;
use crate::protocol::Problem;
use crate::protocol::Query;

/// The policy, read and made ready.
pub(super) struct Compiled {
    pub(super) text: String,
    /// For which it was checked.
    pub(super) now: i64,
    /// `name=value` of each answer that is not the default, and the names of those that matter.
    pub(super) assume: Vec<String>,
    pub(super) matters: Vec<String>,
    /// In the order of evaluation; empty while the policy has errors.
    pub(super) rules: Vec<Rule>,
    pub(super) plan: Option<Plan>,
    pub(super) diagnostics: Vec<Problem>,
    pub(super) export: Option<String>,
    pub(super) selected: Vec<u32>,
}

impl Compiled {
    pub(super) fn new(query: &Query, inventory: &Inventory) -> Self {
        let (text, now) = (query.policy.as_str(), query.now);
        let answers = query.assume.iter().filter_map(|answer| Assumptions::parse(answer).ok());
        let assumptions = answers.fold(Assumptions::default(), |all, (one, choice)| all.with(one, choice));
        let reading = afterimage_policy::read_json(text);
        let policy = reading.policy();
        let mut found = reading.diagnostics.clone();
        let plan = policy.as_ref().map(|policy| Plan::assuming(policy, inventory, assumptions));
        if let Some(plan) = &plan {
            found.extend(simulator::check_inventory(plan, inventory, reading.root(), Instant(now)));
        }
        let diagnostics = found.into_iter().map(|diagnostic| Problem {
            code: diagnostic.code.to_owned(),
            severity: match diagnostic.severity {
                Severity::Error => Level::Error,
                Severity::Warning => Level::Warning,
                Severity::Info => Level::Info,
            },
            path: diagnostic.path,
            message: diagnostic.message,
            help: diagnostic.help,
        });
        Self {
            text: text.to_owned(),
            now,
            assume: query.assume.clone(),
            matters: policy.as_ref().map_or_else(Vec::new, |policy| matters(assumptions, policy)),
            diagnostics: diagnostics.collect(),
            export: reading.create_request(),
            selected: policy.as_ref().map_or_else(Vec::new, |policy| selected(&policy.selection, inventory)),
            plan,
            rules: policy.map_or_else(Vec::new, |policy| policy.rules),
        }
    }
}

/// Names of the assumptions of which another answer can make a difference.
fn matters(assumptions: Assumptions, policy: &Policy) -> Vec<String> {
    let others = assumptions.alternatives(policy).map(|(assumption, _)| assumption.setting().name.to_owned());
    let mut names: Vec<String> = others.collect();
    names.dedup();
    names
}

/// How many images each selector matches by itself, whatever their type, owner or state.
fn selected(selection: &Selection, inventory: &Inventory) -> Vec<u32> {
    let images = &inventory.images;
    match selection {
        Selection::Recipes(recipes) => {
            let mut per_group = vec![0_u32; inventory.groups.len()];
            for (group, _) in images.group.iter().zip(&images.imported).filter(|(_, imported)| !**imported) {
                if let Some(count) = per_group.get_mut(group.0 as usize) {
                    *count += 1;
                }
            }
            let count = |selector: &afterimage_policy::RecipeSelector| {
                let Some(recipe) = inventory.texts.find(&selector.normalised_name()) else { return 0 };
                let groups = inventory.groups.iter().zip(&per_group);
                let matching = groups.filter(|(group, _)| {
                    group.recipe == recipe && selector.matches_version(inventory.text(group.version))
                });
                matching.map(|(_, count)| count).sum()
            };
            recipes.iter().map(count).collect()
        }
        Selection::Tags(tags) => {
            let count = |tag: &Tag| {
                let wanted = inventory.texts.find(&tag.key).zip(inventory.texts.find(&tag.value));
                wanted.map_or(0, |(key, value)| inventory.tagged_images.carriers(key, value).count() as u32)
            };
            tags.iter().map(count).collect()
        }
    }
}
