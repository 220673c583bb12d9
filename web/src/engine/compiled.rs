//! A policy made ready for the inventory.

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_policy::Diagnostic;
use afterimage_policy::Policy;
use afterimage_policy::Reading;
use afterimage_policy::ResourceType;
use afterimage_policy::Rule;
use afterimage_policy::Selection;
use afterimage_policy::Severity;
use afterimage_simulator as simulator;
use afterimage_simulator::Assumptions;
use afterimage_simulator::Plan;

use crate::engine::import::stood_for;
use crate::protocol::Level;
use crate::protocol::Problem;
use crate::protocol::Query;

/// The policy, read and made ready.
pub(super) struct Compiled {
    pub(super) text: String,
    /// AWS does nothing with it; here it does what it would do once it is enabled.
    pub(super) disabled: bool,
    /// For which it was checked.
    pub(super) now: i64,
    /// `name=value` of each answer that is not the default, and the names of those that matter.
    pub(super) assume: Vec<String>,
    pub(super) matters: Vec<String>,
    /// In the order of evaluation; empty while the policy has errors.
    pub(super) rules: Vec<Rule>,
    pub(super) plan: Option<Plan>,
    /// What is said of the policy by itself.
    own: Vec<Problem>,
    /// What is said of it on this inventory; that of the last policy until it is checked.
    on_inventory: Vec<Problem>,
    checked: bool,
    /// Pointer to the policy in its document.
    root: String,
    /// Images per selector.
    pub(super) selected: Vec<u32>,
    selection: Option<(ResourceType, Selection)>,
}

impl Compiled {
    /// `last` is what was shown before, of the same inventory.
    pub(super) fn new(query: &Query, inventory: &Inventory, last: Option<Self>) -> Self {
        let (text, now) = (query.policy.as_str(), query.now);
        let assumptions = assumptions(&query.assume);
        let (reading, disabled) = enabled(text);
        let policy = reading.policy();
        // Words that go and come at every key would be a flicker, so this says what was said of the last one until
        // it is checked on its own.
        let (before, on_inventory, known) = last
            .map(|last| {
                let selection = last.selection.filter(|_| last.assume == query.assume);
                (last.plan, last.on_inventory, (selection, last.selected))
            })
            .unwrap_or_default();
        let plan = policy.as_ref().map(|policy| match before {
            Some(before) => before.revised(policy, inventory, assumptions),
            None => Plan::assuming(policy, inventory, assumptions),
        });
        let selection = policy.as_ref().map(|policy| (policy.resource_type, policy.selection.clone()));
        let selected = match &policy {
            None => Vec::new(),
            _ if selection == known.0 => known.1,
            Some(policy) => simulator::selected(policy, inventory, &assumptions),
        };
        Self {
            text: text.to_owned(),
            disabled,
            now,
            assume: query.assume.clone(),
            matters: policy.as_ref().map_or_else(Vec::new, |policy| matters(assumptions, policy)),
            own: simulator::check_policy(&reading, assumptions)
                .iter()
                .map(problem)
                .chain(stood_for(&reading))
                .collect(),
            on_inventory: if plan.is_some() { on_inventory } else { Vec::new() },
            checked: plan.is_none(),
            root: reading.root().to_owned(),
            selected,
            selection,
            plan,
            rules: policy.map_or_else(Vec::new, |policy| policy.rules),
        }
    }

    pub(super) fn diagnostics(&self) -> Vec<Problem> {
        self.own.iter().chain(&self.on_inventory).cloned().collect()
    }

    /// Checks the policy on the inventory, once; the answer is whether there was something to do.
    pub(super) fn check(&mut self, inventory: &Inventory) -> bool {
        // While nothing is loaded yet there is nothing to say of it.
        let Some(plan) = self.plan.as_ref().filter(|_| !self.checked && !inventory.is_empty()) else {
            return false;
        };
        let found = simulator::check_inventory(plan, inventory, &self.root, Instant(self.now));
        self.on_inventory = found.iter().map(problem).collect();
        self.checked = true;
        true
    }
}

/// A policy read as if it were enabled, and whether it is disabled.
pub(super) fn enabled(text: &str) -> (Reading, bool) {
    let mut reading = afterimage_policy::read_json(text);
    let status = &mut reading.document.enabled;
    let is_disabled = *status == Some(false);
    if is_disabled {
        *status = Some(true);
    }
    (reading, is_disabled)
}

fn problem(diagnostic: &Diagnostic) -> Problem {
    Problem {
        code: diagnostic.code.to_owned(),
        severity: level(diagnostic.severity),
        path: diagnostic.path.clone(),
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
        fix: diagnostic
            .fix
            .as_ref()
            .and_then(|fix| Some((fix.title.clone(), serde_json::to_string(&fix.patch).ok()?))),
    }
}

pub(super) fn level(severity: Severity) -> Level {
    match severity {
        Severity::Error => Level::Error,
        Severity::Warning => Level::Warning,
        Severity::Info => Level::Info,
    }
}

/// Answers as `name=value`.
pub(super) fn assumptions(answers: &[String]) -> Assumptions {
    let answers = answers.iter().filter_map(|answer| Assumptions::parse(answer).ok());
    answers.fold(Assumptions::default(), |all, (one, choice)| all.with(one, choice))
}

/// Names of the assumptions of which another answer can make a difference.
fn matters(assumptions: Assumptions, policy: &Policy) -> Vec<String> {
    let others = assumptions.alternatives(policy).map(|(assumption, _)| assumption.setting().name.to_owned());
    let mut names: Vec<String> = others.collect();
    names.dedup();
    names
}
