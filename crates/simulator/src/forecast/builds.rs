//! Builds to come: how often a recipe version is built, and when the next ones appear.

use std::collections::BTreeMap;

use afterimage_inventory::Group;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Status;
use afterimage_inventory::Text;
use afterimage_inventory::sort;
use afterimage_policy::Selection;
use afterimage_policy::Tag;
use afterimage_policy::model::normalised_name;

use crate::checks::words::listed;
use crate::checks::words::meant;
use crate::checks::words::quoted;
use crate::forecast::nights::NEVER;
use crate::forecast::nights::Night;
use crate::forecast::nights::Nights;
use crate::plan::Class;
use crate::plan::Plan;
use crate::verdict::Reason;

/// Which builds a forecast expects.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Builds {
    pub general: Cadence,
    /// Cadences of single recipes, by their name in any spelling.
    pub recipes: Vec<(String, Cadence)>,
}

/// How often a recipe version is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Cadence {
    /// Never again.
    #[default]
    Stopped,
    /// As often as it was built so far: at the median interval between its builds, the shorter one of two.
    ///
    /// A version is expected to be built on only when three of its builds did not fail, when the last of them
    /// is at most three intervals ago, and when the interval is an hour or longer, since a burst is no cadence.
    Observed,
    /// Every so many days. Of the versions of a recipe the one is meant that was built last.
    Days(u32),
}

/// The builds of one recipe version that a forecast expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Index into `Inventory::groups`.
    pub group: usize,
    /// Row of the newest image.
    pub like: usize,
    /// Row of the one before it, if there is one.
    pub before: Option<usize>,
    pub last: Instant,
    /// Milliseconds from one build to the next.
    pub interval: i64,
    pub counts: SeriesCounts,
    /// Per build, the first night on which it is there.
    ///
    /// INVARIANT: ascending.
    pub(crate) appear: Vec<Night>,
    /// Builds between `last` and the first run, which an export would show; they are not expected any more.
    missed: i64,
}

/// What becomes of the builds of one recipe version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeriesCounts {
    pub built: u32,
    pub deprecated: u32,
    pub disabled: u32,
    pub deleted: u32,
}

/// A recipe of [`Builds`] that no image in scope is from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no image in scope is from the recipe {}", quoted(.name))]
pub struct UnknownRecipe {
    pub name: String,
    /// What to do next.
    pub help: String,
}

impl UnknownRecipe {
    fn new(name: &str, known: &BTreeMap<&str, &str>) -> Self {
        let help = match known.len() {
            0 => "no image at all is in scope; check the exports and the selection of the policy".to_owned(),
            _ => format!(
                "check the spelling; the recipes in scope are {}",
                listed(meant(name, known.values().copied()))
            ),
        };
        Self { name: name.to_owned(), help }
    }
}

/// The past builds of one recipe version.
struct Past {
    group: usize,
    like: usize,
    before: Option<usize>,
    last: Instant,
    /// Creations, newest first.
    builds: Vec<Instant>,
}

const HOUR: i64 = 3_600_000;

impl Builds {
    fn of(&self, recipe: &str) -> Cadence {
        let named = self.recipes.iter().find(|(name, _)| normalised_name(name) == recipe);
        named.map_or(self.general, |(_, cadence)| *cadence)
    }

    fn any(&self) -> bool {
        self.general != Cadence::Stopped || !self.recipes.is_empty()
    }
}

impl Series {
    /// When the build with this number is created.
    pub(crate) fn created(&self, number: usize) -> Instant {
        let steps = i64::try_from(number).unwrap_or(i64::MAX).saturating_add(1).saturating_add(self.missed);
        Instant(self.last.0.saturating_add(self.interval.saturating_mul(steps)))
    }

    /// The rules, by bit, whose exclusions spare new builds for their tags.
    ///
    /// A new build carries the tags that the newest two images share, and those of the newest that the policy selects
    /// by. Another one on the newest alone may have been set by hand.
    pub(crate) fn excluding(&self, plan: &Plan, inventory: &Inventory) -> u8 {
        let excluding = plan.excluding.get(self.like).copied().unwrap_or_default();
        let (Some(before), true) = (self.before, excluding != 0) else { return excluding };
        let selected = match &plan.policy.selection {
            Selection::Tags(tags) => tags.as_slice(),
            Selection::Recipes(_) => &[],
        };
        let has = |row: usize, tag: &Tag| {
            let texts = &inventory.texts;
            let pair = texts.find(&tag.key).zip(texts.find(&tag.value));
            let set = inventory.images.tags.get(row).map(|&set| inventory.tag_sets.get(set));
            pair.zip(set).is_some_and(|(pair, set)| set.contains(&pair))
        };
        let inherited = |tag: &Tag| has(self.like, tag) && (has(before, tag) || selected.contains(tag));
        plan.policy.rules.iter().enumerate().fold(0, |rules, (position, rule)| {
            rules | u8::from(rule.exclude.image_tags.iter().any(inherited)) << position
        })
    }

    fn new(past: &Past, interval: i64, nights: &Nights) -> Self {
        let since = nights.at(0).0.saturating_sub(past.last.0).max(0);
        let mut series = Self {
            group: past.group,
            like: past.like,
            before: past.before,
            last: past.last,
            interval,
            counts: SeriesCounts::default(),
            appear: Vec::new(),
            missed: since.checked_div(interval).unwrap_or_default(),
        };
        let nights = (0..).map(|number| nights.from(series.created(number)));
        series.appear = nights.take_while(|&night| night != NEVER).collect();
        series
    }
}

/// Why a cadence that is given for a recipe cannot be used, each with what to do: no image in scope is from it.
pub(crate) fn unknown(plan: &Plan, inventory: &Inventory, builds: &Builds) -> Vec<UnknownRecipe> {
    // A policy that is disabled considers nothing, whatever there is.
    if builds.recipes.is_empty() || !plan.policy.enabled {
        return Vec::new();
    }
    let in_scope = |&image: &usize| plan.ignores(image).is_none_or(|reason| reason == Reason::Building);
    let group = |image: usize| inventory.groups.get(inventory.images.group.get(image)?.0 as usize);
    let groups = (0..inventory.len()).filter(in_scope).filter_map(group);
    let known: BTreeMap<&str, &str> =
        groups.map(|group| (inventory.text(group.recipe), inventory.text(group.recipe_name))).collect();
    let unknown = builds.recipes.iter().filter(|(name, _)| !known.contains_key(&*normalised_name(name)));
    unknown.map(|(name, _)| UnknownRecipe::new(name, &known)).collect()
}

/// The builds to come, in the order of the recipe versions.
pub(crate) fn expected(plan: &Plan, inventory: &Inventory, builds: &Builds, nights: &Nights) -> Vec<Series> {
    if !builds.any() {
        return Vec::new();
    }
    let past = past(plan, inventory);
    let mut series = Vec::new();
    for versions in past.chunk_by(|a, b| recipe(inventory, a) == recipe(inventory, b)) {
        let name = versions.first().and_then(|past| recipe(inventory, past)).map_or(Text::EMPTY, |of| of.2);
        let cadence = builds.of(inventory.text(name));
        let newest = versions.iter().map(|past| past.last).max();
        for past in versions {
            let interval = match cadence {
                Cadence::Stopped => None,
                Cadence::Observed => observed(past, nights.at(0)),
                Cadence::Days(days) => {
                    let built = newest == Some(past.last) && days > 0;
                    built.then(|| Instant::DAY.saturating_mul(i64::from(days)))
                }
            };
            series.extend(interval.map(|interval| Series::new(past, interval, nights)));
        }
    }
    series.retain(|series| !series.appear.is_empty());
    series
}

/// Recipe versions that the policy considers and that have a build which did not fail.
fn past(plan: &Plan, inventory: &Inventory) -> Vec<Past> {
    let images = &inventory.images;
    let rows: Vec<usize> = (0..inventory.len()).collect();
    let versions = rows.chunk_by(|&a, &b| images.group.get(a) == images.group.get(b));
    let version = |rows: &[usize]| {
        let status = |row: &usize| images.status.get(*row).copied();
        let built = |row: &&usize| status(row).is_some_and(|status| Class::of(status) != Class::Failed);
        let mut there = rows.iter().filter(built).filter(|row| status(row) != Some(Status::Deleted));
        let (like, before) = (*there.next()?, there.next().copied());
        if plan.ignores(like).is_some_and(|reason| reason != Reason::Building) {
            return None;
        }
        let builds: Vec<Instant> =
            rows.iter().filter(built).filter_map(|&row| images.created.get(row)).copied().collect();
        let group = images.group.get(like)?.0 as usize;
        Some(Past { group, like, before, last: *builds.first()?, builds })
    };
    versions.filter_map(version).collect()
}

/// Account, Region and name.
fn recipe(inventory: &Inventory, past: &Past) -> Option<(Text, Text, Text)> {
    inventory.groups.get(past.group).map(|group: &Group| (group.account, group.region, group.recipe))
}

/// The interval at which a version was built so far, where it is still built.
fn observed(past: &Past, now: Instant) -> Option<i64> {
    let distance = |(newer, older): (&Instant, &Instant)| newer.0.saturating_sub(older.0);
    let mut intervals: Vec<i64> = past.builds.iter().zip(past.builds.iter().skip(1)).map(distance).collect();
    sort::sort(&mut intervals);
    let median = *intervals.get(intervals.len().checked_sub(1)? / 2)?;
    let recent = now.0.saturating_sub(past.last.0) <= median.saturating_mul(3);
    (intervals.len() >= 2 && median >= HOUR && recent).then_some(median)
}
