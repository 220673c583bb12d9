//! A policy made ready for one inventory: selection and exclusion decided once per recipe version and once
//! per distinct tag set, so that a run only looks things up.

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
use afterimage_policy::ResourceType;
use afterimage_policy::Selection;
use afterimage_policy::Tag;

use crate::calendar::Age;
use crate::run::State;
use crate::verdict::Reason;
use crate::verdict::Verdict;

/// A policy made ready for one inventory.
#[derive(Debug, Clone)]
pub struct Plan {
    pub(crate) policy: Policy,
    image_type: ImageType,
    /// Account and Region of the policy's ARN; the inner `None`: no image has it.
    owner: Option<(Option<Text>, Option<Text>)>,
    selected: Selected,
    /// INVARIANT: parallel to `policy.rules`, in the order of evaluation.
    pub(crate) rules: Vec<RulePlan>,
    /// Newest images of a recipe version that the delete rule keeps.
    pub(crate) keep: u32,
}

#[derive(Debug, Clone)]
enum Selected {
    Groups(Vec<bool>),
    TagSets(Vec<bool>),
}

#[derive(Debug, Clone)]
pub(crate) struct RulePlan {
    pub(crate) index: u8,
    pub(crate) action: Action,
    pub(crate) age: Option<Age>,
    pub(crate) include: Include,
    /// Tag sets that exclude an image.
    pub(crate) image_tags: TagSetFilter,
    ami: AmiPlan,
}

#[derive(Debug, Clone)]
struct AmiPlan {
    regions: Vec<Text>,
    public: bool,
    tags: TagSetFilter,
    shared_accounts: Vec<Text>,
    last_launched: Option<Age>,
}

/// Which tag sets hold any of a list of tags.
#[derive(Debug, Clone, Default)]
pub(crate) struct TagSetFilter(Vec<bool>);

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
    pub fn new(policy: &Policy, inventory: &Inventory) -> Self {
        let selected = match &policy.selection {
            Selection::Recipes(recipes) => Selected::Groups(
                inventory
                    .groups
                    .iter()
                    .map(|group| {
                        let (recipe, version) = (inventory.text(group.recipe), inventory.text(group.version));
                        recipes.iter().any(|selector| selector.matches(recipe, version))
                    })
                    .collect(),
            ),
            Selection::Tags(tags) => Selected::TagSets(TagSetFilter::new(inventory, tags).0),
        };
        let rules = policy
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
                image_tags: TagSetFilter::new(inventory, &rule.exclude.image_tags),
                ami: AmiPlan::new(inventory, &rule.exclude.amis),
            })
            .collect();
        let delete = policy.rules.iter().find(|rule| rule.action == Action::Delete);
        let keep = delete.map_or(0, |rule| match rule.filter {
            Filter::Age { retain_at_least, .. } => retain_at_least,
            Filter::Count { keep, .. } => keep,
        });
        Self {
            image_type: match policy.resource_type {
                ResourceType::AmiImage => ImageType::Ami,
                ResourceType::ContainerImage => ImageType::Docker,
            },
            owner: policy
                .owner
                .as_ref()
                .map(|owner| (inventory.texts.find(&owner.account), inventory.texts.find(&owner.region))),
            selected,
            rules,
            keep,
            policy: policy.clone(),
        }
    }

    /// Why the policy does not look at an image in this state, if it does not: the first reason that holds.
    pub(crate) fn ignores(&self, inventory: &Inventory, image: usize, status: Status) -> Option<Reason> {
        let images = &inventory.images;
        if !self.policy.enabled {
            return Some(Reason::PolicyDisabled);
        }
        if status == Status::Deleted {
            return Some(Reason::AlreadyDeleted);
        }
        if images.image_type.get(image) != Some(&self.image_type) {
            return Some(Reason::OtherType);
        }
        let group = images.group.get(image).copied();
        if let Some((account, region)) = self.owner {
            if images.owner.get(image).copied() != account {
                return Some(Reason::OtherOwner);
            }
            let home = group.and_then(|id| inventory.groups.get(id.0 as usize)).map(|group| group.region);
            if home != region {
                return Some(Reason::OtherRegion);
            }
        }
        let selected = match &self.selected {
            Selected::Groups(groups) => {
                let built = images.imported.get(image) == Some(&false);
                built && group.is_some_and(|id| groups.get(id.0 as usize) == Some(&true))
            }
            Selected::TagSets(sets) => {
                images.tags.get(image).is_some_and(|set| sets.get(set.0 as usize) == Some(&true))
            }
        };
        if !selected {
            return Some(Reason::NotSelected);
        }
        status.is_building().then_some(Reason::Building)
    }

    pub(crate) fn rule(&self, index: Option<u8>) -> Option<&RulePlan> {
        self.rules.iter().find(|rule| Some(rule.index) == index)
    }
}

impl RulePlan {
    /// Whether the rule looks at images in this state.
    pub(crate) fn looks_at(&self, status: Status) -> bool {
        match self.action {
            Action::Deprecate => status == Status::Available,
            Action::Disable => matches!(status, Status::Available | Status::Deprecated),
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
        let recent = self.ami.last_launched.zip(launched).is_some_and(|(age, at)| at >= age.cutoff(now));
        recent.then_some(Reason::LastLaunched)
    }
}

impl AmiPlan {
    fn new(inventory: &Inventory, exclude: &AmiExclusions) -> Self {
        let known = |names: &[String]| names.iter().filter_map(|name| inventory.texts.find(name)).collect();
        Self {
            regions: known(&exclude.regions),
            public: exclude.public,
            tags: TagSetFilter::new(inventory, &exclude.tags),
            shared_accounts: known(&exclude.shared_accounts),
            last_launched: exclude.last_launched.map(|l| Age { value: l.value, unit: l.unit }),
        }
    }
}
