//! A policy made ready for one inventory: selection and exclusion decided once per recipe version and once
//! per distinct tag set, so that a run only looks things up.

use std::cmp::Ordering;

use afterimage_inventory::AmiId;
use afterimage_inventory::Group;
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
    /// Per tag set: bit `i` when rule `i` excludes images that carry it.
    excluding: Vec<u8>,
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
    tags: TagSetFilter,
    shared_accounts: Vec<Text>,
    last_launched: Option<Age>,
    launch_at_threshold: bool,
    arithmetic: Arithmetic,
}

/// Which tag sets hold any of a list of tags.
#[derive(Debug, Clone, Default)]
pub(crate) struct TagSetFilter(Vec<bool>);

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

impl TagSetFilter {
    fn new(inventory: &Inventory, tags: &[Tag]) -> Self {
        let wanted: Vec<(Text, Text)> = tags
            .iter()
            .filter_map(|tag| Some((inventory.texts.find(&tag.key)?, inventory.texts.find(&tag.value)?)))
            .collect();
        if wanted.is_empty() {
            return Self::default();
        }
        let sets = &inventory.tag_sets;
        let holds = |set: usize| sets.get(TagSetId(set as u32)).iter().any(|tag| wanted.contains(tag));
        Self((0..sets.len()).map(holds).collect())
    }

    pub(crate) fn holds(&self, set: TagSetId) -> bool {
        self.0.get(set.0 as usize).copied().unwrap_or(false)
    }
}

impl Plan {
    /// Under the default assumptions.
    pub fn new(policy: &Policy, inventory: &Inventory) -> Self {
        Self::assuming(policy, inventory, Assumptions::default())
    }

    pub fn assuming(policy: &Policy, inventory: &Inventory, assumptions: Assumptions) -> Self {
        let rules: Vec<RulePlan> = policy
            .rules
            .iter()
            .map(|rule| RulePlan {
                index: rule.index as u8,
                action: rule.action,
                age: match rule.filter {
                    Filter::Age { value, unit, .. } => Some(Age { value, unit }),
                    Filter::Count { .. } => None,
                },
                include: rule.include,
                keep: kept(rule, &assumptions),
                ami: AmiPlan::new(inventory, &rule.exclude.amis, &assumptions),
            })
            .collect();
        let tags = policy.rules.iter().map(|rule| TagSetFilter::new(inventory, &rule.exclude.image_tags));
        let tags: Vec<_> = tags.collect();
        let excluding = (0..inventory.tag_sets.len()).map(|set| {
            let holds = |filter: &TagSetFilter| u8::from(filter.holds(TagSetId(set as u32)));
            tags.iter().enumerate().fold(0, |bits, (position, filter)| bits | holds(filter) << position)
        });
        let mut plan = Self {
            places: places(policy, inventory, &assumptions),
            excluding: excluding.collect(),
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

    /// The rules, by bit, that exclude images with these tags.
    #[inline]
    pub(crate) fn excluding(&self, tags: TagSetId) -> u8 {
        self.excluding.get(tags.0 as usize).copied().unwrap_or_default()
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

fn places(policy: &Policy, inventory: &Inventory, assumptions: &Assumptions) -> Vec<Place> {
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
    let (groups, tag_sets) = match &policy.selection {
        Selection::Recipes(recipes) => {
            let selected = |group: &Group| {
                let (recipe, version) = (inventory.text(group.recipe), inventory.text(group.version));
                let name = inventory.text(group.recipe_name);
                recipes
                    .iter()
                    .any(|selector| selector.matches(recipe, version) && (!exact || selector.name == name))
            };
            (inventory.groups.iter().map(selected).collect(), None)
        }
        Selection::Tags(tags) => {
            (vec![true; inventory.groups.len()], Some(TagSetFilter::new(inventory, tags)))
        }
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
                selected_group = groups.get(group.0 as usize) == Some(&true);
                let home = inventory.groups.get(group.0 as usize).map(|group| group.region);
                other_home = owner.is_some_and(|(_, region)| home != region);
            }
            let selected = selected_group
                && match &tag_sets {
                    Some(filter) => filter.holds(tags),
                    None => !imported || imported_match,
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
        let shared = !state.is_sealed(ami);
        if self.ami.regions.contains(&region) {
            return Some(Reason::Region);
        }
        if self.ami.public && shared && amis.public.get(row) == Some(&true) {
            return Some(Reason::Public);
        }
        if amis.tags.get(row).is_some_and(|&set| self.ami.tags.holds(set)) {
            return Some(Reason::AmiTag);
        }
        if shared
            && !self.ami.shared_accounts.is_empty()
            && amis.shared(ami).iter().any(|account| self.ami.shared_accounts.contains(account))
        {
            return Some(Reason::SharedAccount);
        }
        let launched = amis.launched.get(row).copied().flatten();
        let recent = self.ami.last_launched.zip(launched).is_some_and(|(age, launched)| {
            match age.compare(launched, now, self.ami.arithmetic) {
                Ordering::Less => true,
                Ordering::Equal => self.ami.launch_at_threshold,
                Ordering::Greater => false,
            }
        });
        recent.then_some(Reason::LastLaunched)
    }
}

impl AmiPlan {
    fn new(inventory: &Inventory, exclude: &AmiExclusions, assumptions: &Assumptions) -> Self {
        let known = |names: &[String]| names.iter().filter_map(|name| inventory.texts.find(name)).collect();
        Self {
            regions: known(&exclude.regions),
            public: exclude.public,
            tags: TagSetFilter::new(inventory, &exclude.tags),
            shared_accounts: known(&exclude.shared_accounts),
            last_launched: exclude.last_launched.map(|l| Age { value: l.value, unit: l.unit }),
            launch_at_threshold: assumptions.choice(Assumption::LastLaunchedAtThreshold) == 0,
            arithmetic: Arithmetic::assumed(assumptions),
        }
    }
}
