//! A policy made ready for one inventory: selection and exclusion decided once per recipe version and once
//! per distinct tag set, so that a run only looks things up.

use std::cmp::Ordering;
use std::sync::Arc;

use afterimage_inventory::AmiId;
use afterimage_inventory::ImageType;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Status;
use afterimage_inventory::TagSetId;
use afterimage_inventory::Text;
use afterimage_policy::Action;
use afterimage_policy::AmiExclusions;
use afterimage_policy::Filter;
use afterimage_policy::Include;
use afterimage_policy::Policy;
use afterimage_policy::RecipeSelector;
use afterimage_policy::ResourceType;
use afterimage_policy::Rule;
use afterimage_policy::Selection;
use afterimage_policy::Tag;

use crate::ages::OldEnough;
use crate::assumptions::Assumption;
use crate::assumptions::Assumptions;
use crate::calendar::Age;
use crate::calendar::Arithmetic;
use crate::run::State;
use crate::verdict::Decision;
use crate::verdict::Reason;
use crate::verdict::Verdict;

/// A policy made ready for one inventory under some assumptions.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) policy: Policy,
    pub(crate) assumptions: Assumptions,
    /// Per image: whether the policy considers it. No run changes that.
    pub(crate) places: Vec<Place>,
    /// INVARIANT: parallel to `policy.rules`, in the order of evaluation.
    pub(crate) rules: Vec<RulePlan>,
    pub(crate) tag_sets: Arc<TagMasks>,
    /// What follows from the facts about an image; see [`Facts::index`].
    decisions: Vec<Decision>,
    /// Whether deleting an image may end otherwise than with its record gone.
    pub(crate) delete_may_stay: bool,
}

/// An image's place in its recipe version, and whether the policy considers it at all.
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
    ami: AmiPlan,
}

#[derive(Debug, Clone)]
struct AmiPlan {
    regions: Vec<Text>,
    public: bool,
    tag_sets: Arc<TagMasks>,
    /// The rule's own in the order of evaluation.
    position: usize,
    shared_accounts: Vec<Text>,
    last_launched: Option<Age>,
    launch_at_threshold: bool,
    arithmetic: Arithmetic,
}

/// Per distinct tag set, which of a plan's lists of tags it holds any of.
#[derive(Debug, Clone)]
pub(crate) struct TagMasks(Vec<u8>);

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
    const ALL: [Self; 4] = [Self::Available, Self::Deprecated, Self::Disabled, Self::Failed];

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
    const FIRST: u8 = 0x80;

    /// Why the policy does not consider the image.
    #[inline]
    pub(crate) fn ignored(self) -> Option<Decision> {
        let number = self.0 & 0x1f;
        (number != Self::CONSIDERED).then(|| Decision::numbered(number))
    }

    /// An image that is not considered and yet fills a slot.
    #[inline]
    pub(crate) fn counts_though_ignored(self) -> bool {
        self.0 & Self::IGNORED_BUT_COUNTED != 0
    }

    /// The newest of its recipe version.
    #[inline]
    pub(crate) fn is_first(self) -> bool {
        self.0 & Self::FIRST != 0
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

impl TagMasks {
    const SELECTED: u8 = 1 << 6;

    /// Bits 0 to 2: rule `i` excludes images with these tags; bits 3 to 5: rule `i` excludes AMIs with them.
    fn new(policy: &Policy, inventory: &Inventory) -> Self {
        let mut wanted: Vec<((Text, Text), u8)> = Vec::new();
        let mut want = |tags: &[Tag], mask: u8| {
            for tag in tags {
                // A text that the inventory does not know stands on no image.
                let pair = inventory.texts.find(&tag.key).zip(inventory.texts.find(&tag.value));
                wanted.extend(pair.map(|pair| (pair, mask)));
            }
        };
        for (position, rule) in policy.rules.iter().enumerate() {
            want(&rule.exclude.image_tags, 1 << position);
            want(&rule.exclude.amis.tags, 1 << 3 << position);
        }
        if let Selection::Tags(tags) = &policy.selection {
            want(tags, Self::SELECTED);
        }
        let mut masks = vec![0; inventory.tag_sets.len()];
        inventory.tag_sets.for_each_holder(&wanted, |set, mask| {
            if let Some(known) = masks.get_mut(set.0 as usize) {
                *known |= mask;
            }
        });
        Self(masks)
    }

    #[inline]
    fn get(&self, set: TagSetId) -> u8 {
        self.0.get(set.0 as usize).copied().unwrap_or_default()
    }

    /// The rules, by bit, that exclude images with these tags.
    #[inline]
    pub(crate) fn excluding_images(&self, set: TagSetId) -> u8 {
        self.get(set) & 0b111
    }

    /// Whether the rule at this position excludes AMIs with these tags.
    #[inline]
    pub(crate) fn excludes_ami(&self, position: usize, set: TagSetId) -> bool {
        self.get(set) & (1 << 3 << position) != 0
    }

    #[inline]
    fn selects(&self, set: TagSetId) -> bool {
        self.get(set) & Self::SELECTED != 0
    }
}

impl Plan {
    /// Under the default assumptions.
    pub fn new(policy: &Policy, inventory: &Inventory) -> Self {
        Self::assuming(policy, inventory, Assumptions::default())
    }

    pub fn assuming(policy: &Policy, inventory: &Inventory, assumptions: Assumptions) -> Self {
        let tag_sets = Arc::new(TagMasks::new(policy, inventory));
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
                ami: AmiPlan::new(inventory, &rule.exclude.amis, &assumptions, &tag_sets, position),
            })
            .collect();
        let mut plan = Self {
            places: places(policy, inventory, &tag_sets, &assumptions),
            tag_sets,
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

    pub(crate) fn rule(&self, index: Option<u8>) -> Option<&RulePlan> {
        self.rules.iter().find(|rule| Some(rule.index) == index)
    }
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

fn places(
    policy: &Policy,
    inventory: &Inventory,
    tag_sets: &TagMasks,
    assumptions: &Assumptions,
) -> Vec<Place> {
    let images = &inventory.images;
    let wanted = match policy.resource_type {
        ResourceType::AmiImage => ImageType::Ami,
        ResourceType::ContainerImage => ImageType::Docker,
    };
    // The inner `None`: no image has it.
    let owner = policy.owner.as_ref();
    let owner =
        owner.map(|owner| (inventory.texts.find(&owner.account), inventory.texts.find(&owner.region)));
    let exact = assumptions.value(Assumption::RecipeNames) == "exact";
    let imported_match = assumptions.holds(Assumption::ImportedImagesMatchRecipes);
    let deleted_count = assumptions.holds(Assumption::DeletedImagesFillSlots);
    let groups = match &policy.selection {
        Selection::Recipes(recipes) => Some(selected_groups(recipes, inventory, exact)),
        Selection::Tags(_) => None,
    };
    let ignored = Reason::CONSIDERATION.map(|reason| Decision::ignore(reason).number());
    let [disabled, deleted, other_type, other_owner, other_region, not_selected, building] = ignored;
    let mut current = None;
    let (mut selected_group, mut other_home) = (false, false);
    let columns = images.group.iter().zip(&images.image_type).zip(&images.owner);
    let columns = columns.zip(images.tags.iter().zip(&images.imported).zip(&images.status));
    columns
        .map(|(((&group, &image_type), &image_owner), ((&tags, &imported), &status))| {
            let mut flags = 0;
            if current != Some(group) {
                current = Some(group);
                flags = Place::FIRST;
                let selected = |groups: &Vec<bool>| groups.get(group.0 as usize) == Some(&true);
                selected_group = groups.as_ref().is_none_or(selected);
                let home = inventory.groups.get(group.0 as usize).map(|group| group.region);
                other_home = owner.is_some_and(|(_, region)| home != region);
            }
            let selected = match &groups {
                Some(_) => selected_group && (!imported || imported_match),
                None => tag_sets.selects(tags),
            };
            let number = if image_type != wanted {
                other_type
            } else if owner.is_some_and(|(account, _)| Some(image_owner) != account) {
                other_owner
            } else if other_home {
                other_region
            } else if !selected {
                not_selected
            } else if status.is_building() {
                building
            } else {
                Place::CONSIDERED
            };
            let number = if !policy.enabled {
                disabled
            } else if status == Status::Deleted {
                if number == Place::CONSIDERED && deleted_count {
                    flags |= Place::IGNORED_BUT_COUNTED;
                }
                deleted
            } else {
                number
            };
            Place(number | flags)
        })
        .collect()
}

/// The recipe versions that any of the selectors matches.
fn selected_groups(recipes: &[RecipeSelector], inventory: &Inventory, exact: bool) -> Vec<bool> {
    let named = |selector: &RecipeSelector| inventory.texts.find(&selector.normalised_name());
    let names: Vec<Option<Text>> = recipes.iter().map(named).collect();
    let mut known = None;
    let mut candidates: Vec<&RecipeSelector> = Vec::new();
    let groups = inventory.groups.iter().map(|group| {
        // Versions of one recipe follow one another.
        if known != Some(group.recipe) {
            known = Some(group.recipe);
            let alike = recipes.iter().zip(&names).filter(|(_, name)| **name == known);
            candidates = alike.map(|(selector, _)| selector).collect();
        }
        candidates.iter().any(|selector| {
            selector.matches_version(inventory.text(group.version))
                && (!exact || selector.name == inventory.text(group.recipe_name))
        })
    });
    groups.collect()
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

    /// The exclusion that spares an AMI in this Region, first match first.
    #[inline]
    pub(crate) fn excludes_ami(
        &self,
        inventory: &Inventory,
        state: &State,
        ami: AmiId,
        region: Text,
        now: Instant,
    ) -> Option<Reason> {
        let amis = &inventory.amis;
        let row = ami.0 as usize;
        let shared = || !state.is_sealed(ami);
        if self.ami.regions.contains(&region) {
            return Some(Reason::Region);
        }
        if self.ami.public && amis.public.get(row) == Some(&true) && shared() {
            return Some(Reason::Public);
        }
        let excludes = |&set: &TagSetId| self.ami.tag_sets.excludes_ami(self.ami.position, set);
        if amis.tags.get(row).is_some_and(excludes) {
            return Some(Reason::AmiTag);
        }
        if !self.ami.shared_accounts.is_empty()
            && shared()
            && amis.shared(ami).iter().any(|account| self.ami.shared_accounts.contains(account))
        {
            return Some(Reason::SharedAccount);
        }
        self.launched_lately(inventory, ami, now).then_some(Reason::LastLaunched)
    }

    /// Whether a recent launch spares an AMI.
    pub(crate) fn launched_lately(&self, inventory: &Inventory, ami: AmiId, now: Instant) -> bool {
        let launched = inventory.amis.launched.get(ami.0 as usize);
        self.ami.last_launched.zip(launched).is_some_and(|(age, launched)| {
            match age.compare(launched, now, self.ami.arithmetic) {
                Ordering::Less => true,
                Ordering::Equal => self.ami.launch_at_threshold,
                Ordering::Greater => false,
            }
        })
    }
}

impl AmiPlan {
    fn new(
        inventory: &Inventory,
        exclude: &AmiExclusions,
        assumptions: &Assumptions,
        tag_sets: &Arc<TagMasks>,
        position: usize,
    ) -> Self {
        let known = |names: &[String]| names.iter().filter_map(|name| inventory.texts.find(name)).collect();
        Self {
            regions: known(&exclude.regions),
            public: exclude.public,
            tag_sets: Arc::clone(tag_sets),
            position,
            shared_accounts: known(&exclude.shared_accounts),
            last_launched: exclude.last_launched.map(|l| Age { value: l.value, unit: l.unit }),
            launch_at_threshold: assumptions.choice(Assumption::LastLaunchedAtThreshold) == 0,
            arithmetic: Arithmetic::assumed(assumptions),
        }
    }
}
