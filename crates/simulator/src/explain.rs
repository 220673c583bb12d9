//! Why one image gets its verdict: selection, retention and every rule, with dates.

pub(crate) mod report;

use afterimage_inventory::GroupId;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::TagSetId;
use afterimage_inventory::Text;
use afterimage_policy::Action;
use afterimage_policy::Selection;
use afterimage_policy::Tag;

use crate::assumptions::Assumption;
use crate::calendar::Arithmetic;
use crate::outputs::Output;
use crate::plan::Class;
use crate::plan::Facts;
use crate::plan::Plan;
use crate::run::Run;
use crate::run::State;
use crate::selected::Names;
use crate::verdict::Outcome;
use crate::verdict::Reason;

/// Everything that leads to one image's verdict in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    pub outcome: Outcome,
    pub considered: Considered,
    /// What the delete rule keeps of this image's recipe version; `None` without a delete rule or when the
    /// image is not considered.
    pub retention: Option<Retention>,
    /// One entry per rule in the order of evaluation; empty when the image is not considered.
    pub rules: Vec<RuleTrace>,
    pub outputs: Vec<Output>,
}

/// Whether the policy looks at the image, and through which selector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Considered {
    /// Index into `resourceSelection.recipes`.
    Recipe(usize),
    /// Index into the entries of `resourceSelection.tagMap`.
    Tag(usize),
    /// Not at all, for this reason.
    No(Reason),
}

/// An image's place among the considered images of its recipe version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    /// How many of the newest the delete rule keeps.
    pub keep: u32,
    /// How many count: considered, and neither failed nor cancelled.
    pub counted: u32,
    /// 1 is the newest; `None` when this image does not count.
    pub position: Option<u32>,
}

/// What one rule makes of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTrace {
    /// Index into `policyDetails`.
    pub rule: u8,
    pub action: Action,
    pub finding: Finding,
    /// For an age rule: the instant at which the image is old enough, past or to come.
    pub reached: Option<Instant>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The rule does not look at images in this state.
    OtherState,
    TooYoung,
    /// Inside the newest that the rule keeps.
    Retained,
    /// The image carries this excluded tag.
    Excluded(Tag),
    /// The rule acts.
    Acts,
    /// The rule would act, but an image takes one action per run and an earlier rule acts; or an earlier
    /// rule's exclusion is assumed to end the evaluation.
    Waits,
}

impl Plan {
    /// The whole path to one image's verdict. `state` is the one that the run started from; `None` when the
    /// image is gone by then.
    pub fn explain(
        &self,
        inventory: &Inventory,
        state: &State,
        run: &Run,
        image: usize,
    ) -> Option<Explanation> {
        let outcome = run.outcome(image)?;
        let images = &inventory.images;
        let considered = match self.ignores(image) {
            Some(reason) => Considered::No(reason),
            None => self.selector(inventory, image)?,
        };
        let mut explanation = Explanation {
            outcome,
            considered,
            retention: None,
            rules: Vec::new(),
            outputs: self.outputs(inventory, state, run, image),
        };
        let (retention, facts) = self.retention(inventory, state, run.at, image);
        let Some(facts) = facts else { return Some(explanation) };
        explanation.retention = retention;
        let created = images.created.get(image).copied()?;
        let tags = images.tags.get(image).copied()?;
        let excluding = |excluded: &[Tag]| {
            holding(inventory, tags, excluded).and_then(|position| excluded.get(position).cloned())
        };
        let arithmetic = Arithmetic::assumed(&self.assumptions);
        let failed_ignores_age = self.assumptions.holds(Assumption::FailedIgnoresAge);
        let falls_through = self.assumptions.holds(Assumption::ExclusionFallsThrough);
        let (mut acting, mut stopped) = (false, false);
        for (position, (rule, written)) in self.rules.iter().zip(&self.policy.rules).enumerate() {
            let in_set = |set: u8| set & (1 << position) != 0;
            let failed_build = rule.action == Action::Delete && facts.class == Class::Failed;
            let finding = if !rule.looks_at(facts.class) {
                Finding::OtherState
            } else if !(in_set(facts.old_enough) || failed_build && failed_ignores_age) {
                Finding::TooYoung
            } else if in_set(facts.retained) {
                Finding::Retained
            } else if let Some(tag) = excluding(&written.exclude.image_tags).filter(|_| !failed_build) {
                stopped |= !acting && !falls_through;
                Finding::Excluded(tag)
            } else if acting || stopped {
                Finding::Waits
            } else {
                acting = true;
                Finding::Acts
            };
            let reached = rule.age.and_then(|age| age.reached(created, arithmetic));
            explanation.rules.push(RuleTrace { rule: rule.index, action: rule.action, finding, reached });
        }
        Some(explanation)
    }

    fn selector(&self, inventory: &Inventory, image: usize) -> Option<Considered> {
        match &self.policy.selection {
            Selection::Recipes(recipes) => {
                let id = inventory.images.group.get(image)?;
                let group = inventory.groups.get(id.0 as usize)?;
                let names = Names::assumed(&self.assumptions);
                let mut recipes = recipes.iter();
                recipes.position(|selector| names.select(selector, inventory, group)).map(Considered::Recipe)
            }
            Selection::Tags(tags) => {
                holding(inventory, *inventory.images.tags.get(image)?, tags).map(Considered::Tag)
            }
        }
    }

    /// What the delete rule keeps of the image's recipe version, and the facts that the run had of the image.
    fn retention(
        &self,
        inventory: &Inventory,
        state: &State,
        at: Instant,
        image: usize,
    ) -> (Option<Retention>, Option<Facts>) {
        let Some(&GroupId(group)) = inventory.images.group.get(image) else { return (None, None) };
        let mut counted = 0_u32;
        let (mut position, mut facts) = (None, None);
        self.visit(inventory, state, at, group..group.saturating_add(1), |row, seen| {
            counted = counted.saturating_add(u32::from(seen.takes));
            if row == image {
                position = seen.takes.then_some(counted);
                facts = seen.facts;
            }
        });
        let delete = self.rules.iter().find(|rule| rule.action == Action::Delete);
        (delete.map(|rule| Retention { keep: rule.keep, counted, position }), facts)
    }
}

/// The first of `wanted` that a tag set holds.
fn holding(inventory: &Inventory, set: TagSetId, wanted: &[Tag]) -> Option<usize> {
    let own = inventory.tag_sets.get(set);
    let same = |tag: &Tag, &(key, value): &(Text, Text)| {
        inventory.text(key) == tag.key && inventory.text(value) == tag.value
    };
    wanted.iter().position(|tag| own.iter().any(|pair| same(tag, pair)))
}
