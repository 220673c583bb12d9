//! Who would miss an AMI that a run disables or deletes.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use afterimage_inventory::AmiId;
use afterimage_inventory::Inventory;
use afterimage_inventory::Reference;
use afterimage_inventory::ReferenceKind;
use afterimage_inventory::Text;
use afterimage_inventory::sort;
use afterimage_policy::Action;
use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Diagnostic;
use afterimage_policy::Rule;
use afterimage_policy::Severity;
use afterimage_policy::source;

use crate::outputs::Output;
use crate::outputs::OutputKind;
use crate::plan::Plan;
use crate::run::Run;
use crate::run::State;
use crate::verdict::OutputVerdict;

/// What [`Watch`] can find.
pub(crate) const CHECKS: [Check; 2] = [IN_USE, UNRESOLVED];

const IN_USE: Check = Check {
    code: "ami-in-use",
    severity: Severity::Warning,
    title: "AMIs that others use are disabled or deleted",
    help: "Image Builder does not look at who uses an AMI. A launch template, a launch configuration or an Auto Scaling group that names one which is disabled or gone can start no more instances. Move these to newer AMIs first, or spare the AMIs with a tag.",
    basis: Basis::Documented(source::RULES),
};

const UNRESOLVED: Check = Check {
    code: "ami-references-unresolved",
    severity: Severity::Info,
    title: "launch templates that name their AMI by a parameter",
    help: "Such a version says `resolve:ssm:` and a name instead of an ID, so nobody can tell from the export which AMI it means. Export the templates with the parameters resolved.",
    basis: Basis::Advice,
};

/// AMIs in use that a run disables or deletes, each counted once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InUse {
    pub amis: BTreeSet<AmiId>,
    /// How many of them something of this kind refers to.
    pub by_kind: BTreeMap<ReferenceKind, u32>,
}

impl Output {
    /// Who refers to an AMI that cannot be launched from any more.
    ///
    /// EC2 keeps a deprecated AMI working for whoever names it, so nobody misses one.
    pub fn references<'a>(&self, inventory: &'a Inventory) -> &'a [Reference] {
        match (self.kind, self.verdict) {
            (OutputKind::Ami(ami), OutputVerdict::Disable | OutputVerdict::Delete) if !self.gone => {
                inventory.references.of(ami)
            }
            _ => &[],
        }
    }
}

impl Plan {
    /// The AMIs in use that a run disables or deletes. Without references this costs nothing.
    ///
    /// `state` is the one that the run started from.
    pub fn in_use(&self, inventory: &Inventory, state: &State, run: &Run) -> InUse {
        let mut in_use = InUse::default();
        if inventory.references.is_empty() {
            return in_use;
        }
        for image in 0..inventory.len() {
            for output in self.outputs(inventory, state, run, image) {
                let OutputKind::Ami(ami) = output.kind else { continue };
                let references = output.references(inventory);
                if references.is_empty() || !in_use.amis.insert(ami) {
                    continue;
                }
                for kind in sort::distinct(references.iter().map(|reference| reference.kind)) {
                    let count = in_use.by_kind.entry(kind).or_default();
                    *count = count.saturating_add(1);
                }
            }
        }
        in_use
    }
}

/// `launch template web (default version 7)`.
pub fn describe_reference(inventory: &Inventory, reference: &Reference) -> String {
    let noun = match reference.kind {
        ReferenceKind::LaunchTemplate => "launch template",
        ReferenceKind::LaunchConfiguration => "launch configuration",
        ReferenceKind::Instance => "instance",
        ReferenceKind::Parameter => "SSM parameter",
        ReferenceKind::ImageRecipe => "image recipe",
        ReferenceKind::ContainerRecipe => "container recipe",
        ReferenceKind::Other => "resource",
    };
    let name = if reference.name == Text::EMPTY { reference.id } else { reference.name };
    let detail = detail(reference).map(|detail| format!(" ({detail})")).unwrap_or_default();
    format!("{noun} {}{detail}", inventory.text(name))
}

/// Which version it is of those that a launch template has. An old version is used only by whoever asks for
/// it by number.
pub(crate) fn detail(reference: &Reference) -> Option<String> {
    reference.version.map(|version| {
        let words = match (version.is_default, version.is_latest) {
            (true, true) => "default and latest ",
            (true, false) => "default ",
            (false, true) => "latest ",
            (false, false) => "old ",
        };
        format!("{words}version {}", version.number)
    })
}

/// What the simulated runs take from others: `ami-in-use`, once for each rule that does, and
/// `ami-references-unresolved`.
pub(crate) struct Watch<'a> {
    inventory: &'a Inventory,
    /// By rule: the AMIs, and the first reference to one.
    taken: BTreeMap<u8, BTreeSet<AmiId>>,
}

impl<'a> Watch<'a> {
    pub(crate) fn new(inventory: &'a Inventory) -> Self {
        Self { inventory, taken: BTreeMap::new() }
    }

    pub(crate) fn see(&mut self, plan: &Plan, state: &State, run: &Run) {
        for image in 0..self.inventory.len() {
            let Some(rule) = run.outcome(image).and_then(|outcome| outcome.rule) else { continue };
            for output in plan.outputs(self.inventory, state, run, image) {
                if let OutputKind::Ami(ami) = output.kind
                    && !output.references(self.inventory).is_empty()
                {
                    self.taken.entry(rule).or_default().insert(ami);
                }
            }
        }
    }

    /// `root` is the JSON pointer of the policy in its document.
    pub(crate) fn finish(self, plan: &Plan, root: &str) -> Vec<Diagnostic> {
        let inventory = self.inventory;
        let mut found: Vec<Diagnostic> =
            self.taken.iter().filter_map(|(&rule, amis)| in_use(inventory, plan, root, rule, amis)).collect();
        let unresolved = inventory.references.unresolved;
        if unresolved > 0 && takes_amis(plan) {
            let (noun, names) = if unresolved == 1 { ("version", "names") } else { ("versions", "name") };
            found.push(Diagnostic {
                code: UNRESOLVED.code,
                severity: UNRESOLVED.severity,
                path: root.to_owned(),
                fix: None,
                message: format!(
                    "{unresolved} launch template {noun} {names} the AMI by an SSM parameter, so whether it is \
                     one of these is not known"
                ),
                help: "export the templates with `--resolve-alias`, which puts the ID in place of the parameter"
                    .to_owned(),
            });
        }
        found
    }
}

/// Whether the policy ever disables or deletes an AMI.
fn takes_amis(plan: &Plan) -> bool {
    let takes = |rule: &Rule| rule.include.amis && rule.action != Action::Deprecate;
    plan.policy.enabled && plan.policy.rules.iter().any(takes)
}

fn in_use(
    inventory: &Inventory,
    plan: &Plan,
    root: &str,
    rule: u8,
    amis: &BTreeSet<AmiId>,
) -> Option<Diagnostic> {
    let first = *amis.first()?;
    let id = inventory.text(*inventory.amis.id.get(first.0 as usize)?);
    let user = describe_reference(inventory, inventory.references.of(first).first()?);
    let does = match plan.rule(Some(rule))?.action {
        Action::Disable => "disables",
        _ => "deletes",
    };
    let message = match amis.len() {
        1 => format!("the rule {does} the AMI `{id}`, which is in use by {user}"),
        count => format!("the rule {does} {count} AMIs that are in use, such as `{id}` by {user}"),
    };
    Some(Diagnostic {
        code: IN_USE.code,
        severity: IN_USE.severity,
        path: format!("{root}/policyDetails/{rule}/action"),
        fix: None,
        message,
        help: "move what uses them to newer AMIs first, or spare them with a tag in `exclusionRules.amis.tagMap`"
            .to_owned(),
    })
}
