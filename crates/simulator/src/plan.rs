//! A policy made ready for one inventory: selection and exclusion decided once per recipe version and once
//! per distinct tag set, so that a run only looks things up.

use afterimage_inventory::GroupId;
use afterimage_inventory::Inventory;
use afterimage_inventory::Status;
use afterimage_inventory::TagIndex;
use afterimage_inventory::Text;
use afterimage_inventory::sort;
use afterimage_policy::Action;
use afterimage_policy::Filter;
use afterimage_policy::Include;
use afterimage_policy::Owner;
use afterimage_policy::Policy;
use afterimage_policy::ResourceType;
use afterimage_policy::Rule;
use afterimage_policy::Selection;
use afterimage_policy::Tag;

use crate::ages::OldEnough;
use crate::amis::Amis;
use crate::amis::LastLaunched;
use crate::assumptions::Assumption;
use crate::assumptions::Assumptions;
use crate::calendar::Age;
use crate::run::set;
use crate::selected::Names;
use crate::selected::image_type;
use crate::verdict::Decision;
use crate::verdict::Reason;
use crate::verdict::Verdict;

/// One rule per action.
pub(crate) const MOST_RULES: usize = 3;

/// A policy made ready for one inventory under some assumptions.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) policy: Policy,
    pub(crate) assumptions: Assumptions,
    /// Per image: whether the policy considers it. No run changes that.
    pub(crate) places: Vec<Place>,
    /// INVARIANT: parallel to `policy.rules`, in the order of evaluation.
    pub(crate) rules: Vec<RulePlan>,
    /// Per image and by bit, the rules that exclude its tags, in the order of evaluation.
    pub(crate) excluding: Vec<u8>,
    pub(crate) amis: Amis,
    /// What follows from the facts about an image; see [`Facts::index`].
    decisions: Vec<Decision>,
    /// Whether deleting an image may end otherwise than with its record gone.
    pub(crate) delete_may_stay: bool,
}

/// Whether the policy considers an image at all, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(u8);

#[derive(Debug, Clone)]
pub(crate) struct RulePlan {
    pub(crate) index: u8,
    pub(crate) action: Action,
    pub(crate) age: Option<Age>,
    pub(crate) include: Include,
    /// Newest images of a recipe version that the rule leaves alone for being that.
    pub(crate) keep: u32,
    /// The rule's own in the order of evaluation.
    pub(crate) position: usize,
    pub(crate) launched: LastLaunched,
}

/// What a decision about a considered image depends on. In the three sets of rules, bit `i` is rule `i` in
/// the order of evaluation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) class: Class,
    pub(crate) excluded: u8,
    pub(crate) old_enough: OldEnough,
    pub(crate) retained: u8,
}

/// Statuses, as far as rules tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Class {
    Available,
    Deprecated,
    Disabled,
    /// Failed and cancelled builds, which are never counted among the newest.
    Failed,
}

impl Class {
    pub(crate) const ALL: [Self; 4] = [Self::Available, Self::Deprecated, Self::Disabled, Self::Failed];

    #[inline]
    pub(crate) fn of(status: Status) -> Self {
        match status {
            Status::Deprecated => Self::Deprecated,
            Status::Disabled => Self::Disabled,
            Status::Failed | Status::Cancelled => Self::Failed,
            _ => Self::Available,
        }
    }
}

impl Place {
    const CONSIDERED: u8 = 0x1f;
    const IGNORED_BUT_COUNTED: u8 = 0x20;

    /// Why the policy does not consider the image.
    #[inline]
    pub(crate) fn ignored(self) -> Option<Decision> {
        self.number().map(Decision::numbered)
    }

    /// The number of the decision not to consider the image.
    #[inline]
    pub(crate) fn number(self) -> Option<u8> {
        let number = self.0 & 0x1f;
        (number != Self::CONSIDERED).then_some(number)
    }

    /// An image that is not considered and yet fills a slot.
    #[inline]
    pub(crate) fn counts_though_ignored(self) -> bool {
        self.0 & Self::IGNORED_BUT_COUNTED != 0
    }
}

impl Facts {
    const COUNT: usize = 1 << 11;

    #[inline]
    fn index(self) -> usize {
        let sets = [self.excluded, self.old_enough, self.retained];
        sets.into_iter().fold(self.class as usize, |index, set| index << 3 | usize::from(set & 0b111))
    }

    fn all() -> impl Iterator<Item = Self> {
        (0..Self::COUNT).map(|index| {
            let set = |shift: u32| (index >> shift & 0b111) as u8;
            Self {
                class: Class::ALL.get(index >> 9).copied().unwrap_or(Class::Available),
                excluded: set(6),
                old_enough: set(3),
                retained: set(0),
            }
        })
    }
}

/// Per row, by bit, which of these lists of tags it carries any of.
pub(crate) fn carriers<'a>(
    inventory: &Inventory,
    index: &TagIndex,
    rows: usize,
    lists: impl Iterator<Item = &'a [Tag]>,
) -> Vec<u8> {
    let mut wanted: Vec<((Text, Text), u8)> = Vec::new();
    for (list, tags) in lists.enumerate() {
        for tag in tags {
            // A text that the inventory does not know stands on nothing.
            let known = inventory.texts.find(&tag.key).zip(inventory.texts.find(&tag.value));
            wanted.extend(known.map(|known| (known, 1 << list)));
        }
    }
    // Rules mostly spare the same tags.
    sort::sort(&mut wanted);
    let mut marks = vec![0; rows];
    for same in wanted.chunk_by(|(a, _), (b, _)| a == b) {
        let mark = same.iter().fold(0, |marks, (_, mark)| marks | mark);
        let Some(((key, value), _)) = same.first() else { continue };
        for row in index.carriers(*key, *value) {
            if let Some(marks) = marks.get_mut(row) {
                *marks |= mark;
            }
        }
    }
    marks
}

impl Plan {
    /// Under the default assumptions.
    pub fn new(policy: &Policy, inventory: &Inventory) -> Self {
        Self::assuming(policy, inventory, Assumptions::default())
    }

    pub fn assuming(policy: &Policy, inventory: &Inventory, assumptions: Assumptions) -> Self {
        Self::made(policy, inventory, assumptions, None)
    }

    /// The plan for an edited policy on the same inventory: what the edit has left alone is taken over.
    pub fn revised(self, policy: &Policy, inventory: &Inventory, assumptions: Assumptions) -> Self {
        Self::made(policy, inventory, assumptions, Some(self))
    }

    fn made(policy: &Policy, inventory: &Inventory, assumptions: Assumptions, last: Option<Self>) -> Self {
        let rules: Vec<RulePlan> = policy
            .rules
            .iter()
            .enumerate()
            .map(|(position, rule)| RulePlan {
                index: rule.index as u8,
                action: rule.action,
                age: match rule.filter {
                    Filter::Age { value, unit, .. } => Some(Age { value, unit }),
                    Filter::Count { .. } => None,
                },
                include: rule.include,
                keep: kept(rule, &assumptions),
                position,
                launched: LastLaunched::new(&rule.exclude.amis, &assumptions),
            })
            .collect();
        let (mut known_places, mut known_excluding, mut known_amis) = (None, None, None);
        if let Some(last) = last {
            let before = &last.policy;
            let is_same = chosen(before) == chosen(policy) && last.assumptions == assumptions;
            known_places = is_same.then_some(last.places);
            known_excluding = excluded_tags(before).eq(excluded_tags(policy)).then_some(last.excluding);
            known_amis = excluded_amis(before).eq(excluded_amis(policy)).then_some(last.amis);
        }
        let mut plan = Self {
            places: known_places.unwrap_or_else(|| places(policy, inventory, &assumptions)),
            excluding: known_excluding.unwrap_or_else(|| {
                carriers(inventory, &inventory.tagged_images, inventory.len(), excluded_tags(policy))
            }),
            amis: known_amis.unwrap_or_else(|| Amis::new(policy, inventory)),
            decisions: Vec::new(),
            delete_may_stay: assumptions.holds(Assumption::PolicyDeleteKeepsImageWhenAmiSkipped)
                || inventory.amis.protected.contains(&true),
            rules,
            policy: policy.clone(),
            assumptions,
        };
        plan.decisions = Facts::all().map(|facts| plan.decide(facts)).collect();
        plan
    }

    pub fn assumptions(&self) -> Assumptions {
        self.assumptions
    }

    /// How many of the newest images of a recipe version a rule leaves alone; `rule` is its index in
    /// `policyDetails`.
    pub fn keeps(&self, rule: usize) -> u32 {
        self.rules.iter().find(|known| usize::from(known.index) == rule).map_or(0, |rule| rule.keep)
    }

    /// Why the policy does not consider an image, if it does not: the first reason that holds.
    pub(crate) fn ignores(&self, image: usize) -> Option<Reason> {
        self.places.get(image)?.ignored().map(Decision::reason)
    }

    #[inline]
    pub(crate) fn decision(&self, facts: Facts) -> Decision {
        self.decisions.get(facts.index()).copied().unwrap_or(Decision::numbered(0))
    }

    /// The order of evaluation: deprecate, disable, delete; the first rule that acts wins.
    fn decide(&self, facts: Facts) -> Decision {
        let Facts { class, excluded, old_enough, retained } = facts;
        let failed_ignores_age = self.assumptions.holds(Assumption::FailedIgnoresAge);
        let falls_through = self.assumptions.holds(Assumption::ExclusionFallsThrough);
        let (mut skipped, mut kept, mut young) = (None, None, None);
        for (position, rule) in self.rules.iter().enumerate().filter(|(_, rule)| rule.looks_at(class)) {
            let in_set = |set: u8| set & (1 << position) != 0;
            let failed = rule.action == Action::Delete && class == Class::Failed;
            if !(in_set(old_enough) || failed && failed_ignores_age) {
                young = young.or(Some(rule.action));
            } else if failed {
                return Decision::new(Verdict::Delete, Reason::FailedBuild, Some(Action::Delete));
            } else if in_set(retained) {
                kept = kept.or(Some(rule.action));
            } else if in_set(excluded) {
                skipped = skipped.or(Some(rule.action));
                if !falls_through {
                    break;
                }
            } else {
                let reason = if rule.age.is_some() { Reason::Age } else { Reason::Count };
                return Decision::new(rule.verdict(), reason, Some(rule.action));
            }
        }
        match (skipped, kept, young) {
            (Some(action), _, _) => Decision::new(Verdict::Skip, Reason::ImageTag, Some(action)),
            (None, Some(action), _) => Decision::new(Verdict::Keep, Reason::Retained, Some(action)),
            (None, None, Some(action)) => Decision::new(Verdict::Keep, Reason::TooYoung, Some(action)),
            (None, None, None) => Decision::new(Verdict::Keep, Reason::NoRuleForState, None),
        }
    }

    /// Whether images are deleted tonight, or after the nights that other rules need, while nothing about them changes
    /// but their status.
    pub(crate) fn are_deleted_in_turn(&self, mut facts: Facts) -> bool {
        loop {
            facts.class = match self.decision(facts).verdict() {
                Verdict::Deprecate => Class::Deprecated,
                Verdict::Disable => Class::Disabled,
                verdict => return verdict == Verdict::Delete,
            };
        }
    }

    pub(crate) fn rule(&self, index: Option<u8>) -> Option<&RulePlan> {
        self.rules.iter().find(|rule| Some(rule.index) == index)
    }
}

/// What [`Plan::places`] follows from, beside the assumptions.
fn chosen(policy: &Policy) -> (bool, ResourceType, &Option<Owner>, &Selection) {
    (policy.enabled, policy.resource_type, &policy.owner, &policy.selection)
}

/// What [`Plan::excluding`] follows from.
fn excluded_tags(policy: &Policy) -> impl Iterator<Item = &[Tag]> {
    policy.rules.iter().map(|rule| rule.exclude.image_tags.as_slice())
}

/// What [`Plan::amis`] follows from.
fn excluded_amis(policy: &Policy) -> impl Iterator<Item = (&[String], &[String], bool, &[Tag])> {
    let amis = policy.rules.iter().map(|rule| &rule.exclude.amis);
    amis.map(|amis| {
        (amis.regions.as_slice(), amis.shared_accounts.as_slice(), amis.public, amis.tags.as_slice())
    })
}

/// How many of the newest images of a recipe version a rule leaves alone.
fn kept(rule: &Rule, assumptions: &Assumptions) -> u32 {
    match rule.filter {
        Filter::Age { retain_at_least, .. } => {
            let everywhere = assumptions.holds(Assumption::RetainAtLeastOnEveryAction);
            if rule.action == Action::Delete || everywhere { retain_at_least } else { 0 }
        }
        Filter::Count { keep, retain_at_least } => {
            let honoured = assumptions.holds(Assumption::CountHonoursRetainAtLeast);
            if honoured { keep.max(retain_at_least) } else { keep }
        }
    }
}

/// Each image's place: the lowest number of a reason not to consider it. The reasons are numbered in the order in
/// which the first that holds is given, all below [`Place::CONSIDERED`], so each may be looked at by itself.
fn places(policy: &Policy, inventory: &Inventory, assumptions: &Assumptions) -> Vec<Place> {
    let images = &inventory.images;
    let ignored = Reason::CONSIDERATION.map(|reason| Decision::ignore(reason).number());
    let [disabled, deleted, other_type, other_owner, other_region, not_selected, building] = ignored;
    if !policy.enabled {
        return vec![Place(disabled); inventory.len()];
    }
    let unless = |holds: bool, reason: u8| if holds { Place::CONSIDERED } else { reason };
    let wanted = image_type(policy);
    let facts = images.image_type.iter().zip(&images.status);
    let mut places: Vec<Place> = facts
        .map(|(&image_type, status)| {
            Place(unless(image_type == wanted, other_type).min(unless(!status.is_building(), building)))
        })
        .collect();
    // The inner `None`: no image has it.
    let owner = policy.owner.as_ref();
    let owner =
        owner.map(|owner| (inventory.texts.find(&owner.account), inventory.texts.find(&owner.region)));
    if let Some((account, _)) = owner {
        for (place, &owner) in places.iter_mut().zip(&images.owner) {
            place.0 = place.0.min(unless(Some(owner) == account, other_owner));
        }
    }
    // Images of Amazon are in the lists of every account, and no policy reaches them.
    let [amazon, aws] = ["Amazon", "aws"].map(|name| inventory.texts.find(name));
    if amazon.is_some() {
        for (place, &owner) in places.iter_mut().zip(&images.owner) {
            place.0 = place.0.min(unless(Some(owner) != amazon, other_owner));
        }
    }
    let mut of_groups = vec![Place::CONSIDERED; inventory.groups.len()];
    if aws.is_some() {
        for (of_group, group) in of_groups.iter_mut().zip(&inventory.groups) {
            *of_group = unless(Some(group.account) != aws, other_owner);
        }
    }
    if let Some((_, region)) = owner {
        for (of_group, group) in of_groups.iter_mut().zip(&inventory.groups) {
            *of_group = (*of_group).min(unless(Some(group.region) == region, other_region));
        }
    }
    match &policy.selection {
        Selection::Recipes(recipes) => {
            let mut selected = vec![false; inventory.groups.len()];
            Names::assumed(assumptions).each_selected(recipes, inventory, |group, _| {
                set(&mut selected, group.0 as usize, true);
            });
            for (of_group, selected) in of_groups.iter_mut().zip(selected) {
                *of_group = (*of_group).min(unless(selected, not_selected));
            }
            if !assumptions.holds(Assumption::ImportedImagesMatchRecipes) {
                for (place, &imported) in places.iter_mut().zip(&images.imported) {
                    place.0 = place.0.min(unless(!imported, not_selected));
                }
            }
        }
        Selection::Tags(tags) => {
            let tags = std::iter::once(tags.as_slice());
            let selected = carriers(inventory, &inventory.tagged_images, inventory.len(), tags);
            for (place, mark) in places.iter_mut().zip(selected) {
                place.0 = place.0.min(unless(mark != 0, not_selected));
            }
        }
    }
    for (of_group, group) in of_groups.into_iter().zip(0..) {
        if of_group != Place::CONSIDERED {
            let rows = places.get_mut(inventory.group_rows(GroupId(group))).unwrap_or_default();
            rows.iter_mut().for_each(|place| place.0 = place.0.min(of_group));
        }
    }
    let counted =
        if assumptions.holds(Assumption::DeletedImagesFillSlots) { Place::IGNORED_BUT_COUNTED } else { 0 };
    for (place, &status) in places.iter_mut().zip(&images.status) {
        let flags = if place.0 == Place::CONSIDERED { counted } else { 0 };
        place.0 = if status == Status::Deleted { deleted | flags } else { place.0 };
    }
    places
}

impl RulePlan {
    /// Whether the rule looks at images in such a state.
    pub(crate) fn looks_at(&self, class: Class) -> bool {
        match self.action {
            Action::Deprecate => class == Class::Available,
            Action::Disable => matches!(class, Class::Available | Class::Deprecated),
            Action::Delete => true,
        }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        match self.action {
            Action::Deprecate => Verdict::Deprecate,
            Action::Disable => Verdict::Disable,
            Action::Delete => Verdict::Delete,
        }
    }
}
