//! What the checks ask of an inventory, found in one pass over it.

use std::cell::OnceCell;

use afterimage_inventory::AmiId;
use afterimage_inventory::Group;
use afterimage_inventory::GroupId;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Status;
use afterimage_inventory::TagIndex;
use afterimage_inventory::TagSetId;
use afterimage_inventory::Text;
use afterimage_inventory::sort;
use afterimage_policy::Action;
use afterimage_policy::Policy;
use afterimage_policy::RecipeSelector;
use afterimage_policy::Rule;
use afterimage_policy::Tag;

use crate::assumptions::Assumption;
use crate::forecast::nights::LONGEST_FORECAST;
use crate::forecast::nights::NEVER;
use crate::forecast::nights::Nights;
use crate::forecast::timeline::Life;
use crate::forecast::timeline::after;
use crate::plan::Class;
use crate::plan::Facts;
use crate::plan::Plan;
use crate::plan::RulePlan;
use crate::run::State;
use crate::run::set;
use crate::selected::Names;
use crate::selected::image_type;

/// A policy, an inventory, and what they have to do with each other.
///
/// An image is in scope when the policy considers it; an AMI is when an image in scope lists it.
pub(super) struct Survey<'a> {
    pub(super) policy: &'a Policy,
    pub(super) inventory: &'a Inventory,
    pub(super) names: Names,
    /// Whether an image that one rule spares is left to the next.
    pub(super) falls_through: bool,
    /// Newest images of a recipe version that the delete rule keeps.
    pub(super) keep: u32,
    /// Per group: whether it holds images of the policy's type that were built from a recipe.
    pub(super) built: Vec<bool>,
    /// Per group: images in scope that the delete rule keeps for being the newest.
    pub(super) kept: Vec<u32>,
    /// Groups of which every available image will be deleted, and how many those are.
    pub(super) emptied: Vec<(GroupId, u32)>,
    /// Tag sets of images of the policy's type.
    pub(super) tags: Vec<bool>,
    /// Tag sets of images in scope that an exclusion can spare, which failed builds are not.
    pub(super) tags_in_scope: Vec<bool>,
    /// Owners and Regions of images in scope.
    pub(super) homes: Vec<(Text, Text)>,
    pub(super) images_in_scope: u32,
    /// Parallel to the policy's rules.
    pub(super) rules: Vec<RuleSurvey>,
    pub(super) amis: AmiSurvey,
    tags_of_amis: OnceCell<Vec<bool>>,
}

/// What a rule finds among the images in scope.
#[derive(Clone, Default)]
pub(super) struct RuleSurvey {
    /// Some image is, or may come to be, one that the rule acts on.
    pub(super) acts: bool,
    /// Images that the rule's own tags spare, as far as it was looked.
    pub(super) pinned: u32,
}

/// AMIs in scope, as far as exclusions ask for them.
#[derive(Default)]
pub(super) struct AmiSurvey {
    pub(super) count: u32,
    /// One of them, for the reader to try a command on.
    pub(super) first: Option<AmiId>,
    pub(super) undescribed: u32,
    /// Described by exports that leave tags out.
    pub(super) untagged: u32,
    pub(super) any_launched: bool,
    pub(super) any_shared: bool,
    pub(super) tags: Vec<bool>,
    pub(super) regions: Vec<Text>,
    pub(super) accounts: Vec<Text>,
}

impl<'a> Survey<'a> {
    pub(super) fn new(plan: &'a Plan, inventory: &'a Inventory, now: Instant) -> Self {
        let (policy, sets) = (&plan.policy, inventory.tag_sets.len());
        let delete = plan.rules.iter().find(|rule| rule.action == Action::Delete);
        let mut survey = Self {
            policy,
            inventory,
            names: Names::assumed(&plan.assumptions),
            falls_through: plan.assumptions.holds(Assumption::ExclusionFallsThrough),
            keep: delete.map_or(0, |rule| rule.keep),
            built: vec![false; inventory.groups.len()],
            kept: vec![0; inventory.groups.len()],
            emptied: Vec::new(),
            tags: vec![false; sets],
            tags_in_scope: vec![false; sets],
            homes: Vec::new(),
            images_in_scope: 0,
            rules: vec![RuleSurvey::default(); plan.rules.len()],
            amis: AmiSurvey::default(),
            tags_of_amis: OnceCell::new(),
        };
        survey.images(plan, now);
        if policy.rules.iter().any(asks_for_amis) {
            survey.amis(plan);
        }
        survey
    }

    fn images(&mut self, plan: &Plan, now: Instant) {
        let inventory = self.inventory;
        let images = &inventory.images;
        let wanted = image_type(self.policy);
        let imported_too = plan.assumptions.holds(Assumption::ImportedImagesMatchRecipes);
        let delete = plan.rules.iter().find(|rule| rule.action == Action::Delete);
        let delete = delete.map_or(0, |rule| 1 << rule.position);
        let state = State::new(inventory);
        let nights = Nights::new(plan, now, LONGEST_FORECAST);
        // Exclusions of AMIs only ever end, but for that of the tag of a deprecation, which comes and goes: most AMIs
        // are spared now and with that tag, and most deletions fail when no launch is recent and no AMI is shared or
        // has the tag any more.
        let extremes = plan.delete_may_stay.then(|| {
            let last = nights.at(nights.last());
            [(State::tagged(inventory), now), (State::sealed(inventory), last)]
        });
        // Of the group that the pass is in: available images, and whether all of these will be deleted.
        let (mut current, mut home) = (None, None);
        let (mut available, mut all_go) = (0_u32, true);
        let groups = 0..inventory.groups.len() as u32;
        plan.visit(inventory, &state, now, groups, |image, seen| {
            let (Some(&group), Some(&tags)) = (images.group.get(image), images.tags.get(image)) else {
                return;
            };
            if images.image_type.get(image) != Some(&wanted) {
                return;
            }
            set(&mut self.tags, tags.0 as usize, true);
            if imported_too || images.imported.get(image) == Some(&false) {
                set(&mut self.built, group.0 as usize, true);
            }
            if current != Some(group) {
                self.close(current, available, all_go);
                (current, available, all_go) = (Some(group), 0, true);
            }
            let (Some(facts), Some(&owner)) = (seen.facts, images.owner.get(image)) else {
                // What the policy does not consider stays.
                all_go = all_go && images.status.get(image) != Some(&Status::Available);
                return;
            };
            if home != Some((group, owner)) {
                home = Some((group, owner));
                self.add_home(group, owner);
            }
            self.images_in_scope = self.images_in_scope.saturating_add(1);
            if facts.class != Class::Failed {
                set(&mut self.tags_in_scope, tags.0 as usize, true);
                if facts.retained & delete != 0
                    && let Some(kept) = self.kept.get_mut(group.0 as usize)
                {
                    *kept = kept.saturating_add(1);
                }
            }
            let may_stay = || {
                let mut extremes = extremes.iter().flatten();
                extremes.any(|(state, at)| plan.delete_ends(inventory, state, *at, image).stays)
            };
            if facts.class == Class::Available {
                available = available.saturating_add(1);
                all_go = all_go && plan.are_deleted_in_turn(facts) && !may_stay();
            }
            if self.rules.iter().any(|rule| !rule.acts)
                && let Some(&created) = images.created.get(image)
            {
                self.see(plan, &nights, &Aging { facts, created, may_stay });
            }
        });
        self.close(current, available, all_go);
    }

    fn close(&mut self, group: Option<GroupId>, available: u32, all_go: bool) {
        self.emptied.extend(group.filter(|_| available > 0 && all_go).map(|group| (group, available)));
    }

    fn add_home(&mut self, group: GroupId, owner: Text) {
        let Some(region) = self.group(group).map(|group| group.region) else { return };
        if !self.homes.contains(&(owner, region)) {
            self.homes.push((owner, region));
        }
    }

    /// Notes for each rule whether it comes to an image like this one, on whatever night.
    fn see(&mut self, plan: &Plan, nights: &Nights, seen: &Aging<impl Fn() -> bool>) {
        for (rule, planned) in self.rules.iter_mut().zip(&plan.rules).filter(|(rule, _)| !rule.acts) {
            let spared =
                seen.facts.class != Class::Failed && seen.facts.excluded & 1 << planned.position != 0;
            rule.pinned = rule.pinned.saturating_add(u32::from(spared));
            rule.acts = !spared && seen.meets(planned, plan, nights);
        }
    }

    fn amis(&mut self, plan: &Plan) {
        let Inventory { amis, ami_outputs, images, texts, .. } = self.inventory;
        let excluding =
            || self.policy.rules.iter().filter(|rule| asks_for_amis(rule)).map(|rule| &rule.exclude.amis);
        let asks_for_regions = excluding().any(|exclude| !exclude.regions.is_empty());
        let asks_for_tags = excluding().any(|exclude| !exclude.tags.is_empty());
        let accounts = excluding().flat_map(|exclude| &exclude.shared_accounts);
        let wanted = sort::distinct(accounts.filter_map(|account| texts.find(account)));
        // What nobody asks for counts as known already.
        let mut launches_known = !excluding().any(|exclude| exclude.last_launched.is_some());
        let mut shares_known = !excluding().any(|exclude| !exclude.shared_accounts.is_empty());
        let seen = &mut self.amis;
        seen.tags = vec![false; self.inventory.tag_sets.len()];
        // Outputs may list an AMI more than once.
        let mut listed = vec![false; amis.len()];
        for (image, _) in plan.places.iter().enumerate().filter(|(_, place)| place.ignored().is_none()) {
            for row in images.ami_outputs(image) {
                if asks_for_regions
                    && let Some(&region) = ami_outputs.region.get(row)
                    && seen.regions.last() != Some(&region)
                    && !seen.regions.contains(&region)
                {
                    seen.regions.push(region);
                }
                let Some(&ami) = ami_outputs.ami.get(row) else { continue };
                let at = ami.0 as usize;
                let Some(listed) = listed.get_mut(at).filter(|listed| !**listed) else { continue };
                *listed = true;
                seen.first = seen.first.or(Some(ami));
                seen.count = seen.count.saturating_add(1);
                if amis.described.get(at) != Some(&true) {
                    seen.undescribed = seen.undescribed.saturating_add(1);
                } else if asks_for_tags && amis.tags_known.get(at) != Some(&true) {
                    seen.untagged = seen.untagged.saturating_add(1);
                }
                if asks_for_tags && let Some(&tags) = amis.tags.get(at) {
                    set(&mut seen.tags, tags.0 as usize, true);
                }
                if !launches_known && amis.launched.get(at).is_some() {
                    (seen.any_launched, launches_known) = (true, true);
                }
                if !shares_known {
                    for account in amis.shared(ami) {
                        seen.any_shared = true;
                        if wanted.contains(account) && !seen.accounts.contains(account) {
                            seen.accounts.push(*account);
                        }
                    }
                    shares_known = seen.any_shared && seen.accounts.len() == wanted.len();
                }
            }
        }
    }

    pub(super) fn group(&self, group: GroupId) -> Option<&'a Group> {
        self.inventory.groups.get(group.0 as usize)
    }

    /// Recipe versions of which there are images of the policy's type.
    pub(super) fn built_groups(&self) -> impl Iterator<Item = &'a Group> {
        let groups = self.inventory.groups.iter().zip(&self.built);
        groups.filter(|(_, built)| **built).map(|(group, _)| group)
    }

    /// Whether an entry of the selection means a recipe version.
    pub(super) fn selects(&self, selector: &RecipeSelector, group: &Group) -> bool {
        self.names.select(selector, self.inventory, group)
    }

    /// Whether AMIs have a tag that no image has, of whatever type.
    pub(super) fn only_on_amis(&self, tag: &Tag) -> bool {
        let texts = &self.inventory.texts;
        let pair = texts.find(&tag.key).zip(texts.find(&tag.value));
        let on_image = |(key, value)| self.inventory.tagged_images.carriers(key, value).next().is_some();
        !pair.is_some_and(on_image) && self.on_amis(self.tags_of_amis(), tag)
    }

    /// Whether an AMI, in scope or not, is shared with an account that an exclusion names.
    pub(super) fn is_shared_with(&self, account: Text) -> bool {
        let amis = &self.inventory.amis;
        self.amis.accounts.contains(&account)
            || (0..amis.len() as u32).any(|ami| amis.shared(AmiId(ami)).contains(&account))
    }

    /// Tag sets of AMIs, in scope or not; empty when no export describes AMIs.
    pub(super) fn tags_of_amis(&self) -> &[bool] {
        self.tags_of_amis.get_or_init(|| {
            let amis = &self.inventory.amis;
            if !amis.described.contains(&true) {
                return Vec::new();
            }
            let mut used = vec![false; self.inventory.tag_sets.len()];
            for tags in &amis.tags {
                set(&mut used, tags.0 as usize, true);
            }
            used
        })
    }

    /// Whether any of these tag sets of images holds a tag.
    pub(super) fn on_images(&self, sets: &[bool], tag: &Tag) -> bool {
        self.holds(&self.inventory.tagged_images, &self.inventory.images.tags, sets, tag)
    }

    /// Whether any of these tag sets of AMIs holds a tag.
    pub(super) fn on_amis(&self, sets: &[bool], tag: &Tag) -> bool {
        self.holds(&self.inventory.tagged_amis, &self.inventory.amis.tags, sets, tag)
    }

    fn holds(&self, index: &TagIndex, of_rows: &[TagSetId], sets: &[bool], tag: &Tag) -> bool {
        let texts = &self.inventory.texts;
        let Some((key, value)) = texts.find(&tag.key).zip(texts.find(&tag.value)) else { return false };
        let mut carriers = index.carriers(key, value).filter_map(|row| of_rows.get(row));
        carriers.any(|set| sets.get(set.0 as usize) == Some(&true))
    }
}

/// Whether a rule asks AMIs for what only EC2 knows, or for their Region.
pub(super) fn asks_for_amis(rule: &Rule) -> bool {
    rule.include.amis && (asks_for_facts(rule) || !rule.exclude.amis.regions.is_empty())
}

/// Whether a rule asks AMIs for what only EC2 knows.
pub(super) fn asks_for_facts(rule: &Rule) -> bool {
    let amis = &rule.exclude.amis;
    let asks = amis.public
        || !amis.tags.is_empty()
        || !amis.shared_accounts.is_empty()
        || amis.last_launched.is_some();
    rule.include.amis && asks
}

/// An image that grows older while nothing else about it changes.
struct Aging<S> {
    facts: Facts,
    created: Instant,
    /// Whether its deletion may leave it.
    may_stay: S,
}

impl<S: Fn() -> bool> Aging<S> {
    /// Whether a rule acts on it or on another like it.
    fn meets(&self, rule: &RulePlan, plan: &Plan, nights: &Nights) -> bool {
        let Facts { mut class, excluded, retained, .. } = self.facts;
        let mut created = self.created;
        // One that is past the rule stands for those that will be built.
        if !rule.looks_at(class) && class != Class::Failed {
            (class, created) = (Class::Available, nights.at(0));
        }
        let reached = nights.reached(created);
        // Newer ones will be built, so what this rule keeps it does not keep for ever.
        let kept = retained & !(1 << rule.position);
        let released = [0, 1, 2].map(|position| if kept & 1 << position == 0 { 0 } else { NEVER });
        let life = Life { excluded, reached, released };
        let mut from = 0;
        while let Some((night, decision)) = life.next_action(plan, class, from, nights.last()) {
            if decision.action() == Some(rule.action) {
                return true;
            }
            (class, from) = match after(decision.verdict()) {
                Some(after) => (after, night.saturating_add(1)),
                None if (self.may_stay)() => (class, life.change(night)),
                None => return false,
            };
        }
        // What lies beyond all nights is not known.
        rule.looks_at(class) && reached.get(rule.position) == Some(&NEVER)
    }
}
