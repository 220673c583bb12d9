//! What the page and its worker say to each other. The page knows these messages and no engine.

mod export;
mod import;
mod local;
mod overlaps;

use serde::Deserialize;
use serde::Serialize;

pub(crate) use export::Format;
pub(crate) use export::Reply;
pub(crate) use export::TARGETS;
pub(crate) use export::Written;
pub(crate) use import::Found;
pub(crate) use import::Imported;
pub(crate) use local::Act;
pub(crate) use local::ExecutionRow;
pub(crate) use local::Ground;
pub(crate) use local::ImageNow;
pub(crate) use local::Impact;
pub(crate) use local::PolicyRow;
pub(crate) use local::ResourceRow;
pub(crate) use local::Resources;
pub(crate) use local::Serve;
pub(crate) use local::Served;
pub(crate) use local::SnapshotState;
pub(crate) use local::Spare;
pub(crate) use local::Update;
pub(crate) use local::Viewed;
pub(crate) use overlaps::Overlap;
pub(crate) use overlaps::Overlapping;

/// Nights that are looked ahead.
pub(crate) const NIGHTS: u32 = 366;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Request {
    /// Read exports; files travel beside the message. `replace` drops what was loaded before.
    Load {
        replace: bool,
        texts: Vec<(String, String)>,
    },
    /// Begin with the sample as of an instant. The page does not make it: it has a page to draw.
    Sample {
        now: i64,
    },
    /// Stop reading: what is not read yet is left out.
    Cancel,
    Ask(Query),
    /// More rows of the list that was asked about last.
    Rows {
        first: u32,
        rows: u32,
    },
    Explain {
        image: u32,
    },
    /// Write the policy in one of [`TARGETS`].
    Write {
        policy: String,
        target: u32,
        arn: String,
    },
    /// Read a text as a policy, whatever its notation; `resource` chooses among several.
    Import {
        text: String,
        resource: Option<String>,
    },
    /// Find what several policies select, each simulated alone under the query's instant and answers.
    Overlaps {
        policies: Vec<String>,
        now: i64,
        assume: Vec<String>,
    },
    /// Make a file of what the policy does.
    Report {
        format: Format,
        query: Query,
    },
    /// The night to print, with as many images as the query has rows.
    Sheet(Query),
    /// Count what the policy which was asked about last deletes soon beside images.
    Taken,
    /// Something of the local service.
    Serve(Box<Serve>),
}

/// Everything that decides what is on screen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Query {
    /// Counts up; an answer to an older query is dropped.
    pub generation: u32,
    pub policy: String,
    /// What the policy is compared with; empty: with nothing.
    pub reference: String,
    /// Milliseconds since 1970.
    pub now: i64,
    /// 0 is tonight.
    pub day: u32,
    /// `name=value` of each assumption that is not the default.
    pub assume: Vec<String>,
    pub list: List,
    pub first: u32,
    pub rows: u32,
}

/// Which images are listed, and in which order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct List {
    pub verdict: Option<String>,
    pub reason: Option<String>,
    pub search: String,
    pub sort: Sort,
    /// Each recipe version with a line of its own, newest images first, whatever the order chosen.
    pub grouped: bool,
    /// Only those that meet another fate than under the reference.
    pub differs: bool,
}

impl List {
    /// Whether some images are left out.
    pub(crate) fn is_filtered(&self) -> bool {
        self.verdict.is_some() || !self.search.is_empty() || self.differs
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Sort {
    pub by: By,
    /// The other way round.
    pub down: bool,
}

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum By {
    /// Deletions first, then the other actions.
    #[default]
    Verdict,
    /// By recipe version, newest first.
    Image,
    /// Oldest first.
    Age,
    State,
    Why,
    /// Most first.
    Outputs,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Response {
    /// What AWS leaves open; said once, when nobody waits for anything else.
    Questions(Vec<Question>),
    Reading(Reading),
    Loaded(Loaded),
    Answer(Box<Answer>),
    Reply(Reply),
    /// What is said of the policy, its inventory considered.
    Checked {
        diagnostics: Vec<Problem>,
    },
    /// How many images each night acts on, of the policy, inventory and instant that were asked about last.
    Nights {
        nights: Vec<Night>,
    },
    /// What goes with the images that are deleted first; nothing when none are.
    Loss(Option<Loss>),
    /// How the policy differs from the reference; nothing when one of them has errors.
    Compared(Option<Compared>),
    Explained {
        image: u32,
        explained: Explanation,
    },
}

/// How far a load has come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Reading {
    pub name: String,
    /// Of all the files of the load.
    pub percent: u32,
    /// Images and AMIs so far.
    pub rows: u32,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Loaded {
    /// Milliseconds that the worker was busy with it, not counting those that it waited for the file's bytes.
    pub worker_ms: f64,
    /// Counts up with each inventory, so that one of the same size is another.
    pub number: u32,
    pub inventory: Counts,
    /// Exports that could not be read at all: message and help.
    pub errors: Vec<(String, String)>,
    pub skipped: Vec<Skip>,
    /// Exports of which more pages follow.
    pub cut_off: Vec<String>,
    pub sources: Vec<String>,
    pub known: Known,
}

/// Names that the inventory knows, with a count of each.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Known {
    /// Of images that a policy for AMIs can act on, and of those for containers. Imported ones have none.
    pub image_recipes: Vec<(String, u32)>,
    pub container_recipes: Vec<(String, u32)>,
    /// Versions of these recipes, with the wildcards that stand for several.
    pub versions: Vec<(String, Counted)>,
    pub keys: Counted,
    /// Values of the most frequent of these keys.
    pub values: Vec<(String, Counted)>,
    pub ami_keys: Counted,
    pub ami_values: Vec<(String, Counted)>,
    pub regions: Counted,
}

/// Names with how many images or outputs each stands for.
pub(crate) type Counted = Vec<(String, u32)>;

impl Known {
    /// Recipes for the type of image that a policy acts on.
    pub(crate) fn recipes(&self, containers: bool) -> &[(String, u32)] {
        if containers { &self.container_recipes } else { &self.image_recipes }
    }

    /// Keys of the tags of images or of AMIs.
    pub(crate) fn keys(&self, of_amis: bool) -> &[(String, u32)] {
        if of_amis { &self.ami_keys } else { &self.keys }
    }

    /// Values of a key.
    pub(crate) fn values(&self, of_amis: bool, key: &str) -> &[(String, u32)] {
        named(if of_amis { &self.ami_values } else { &self.values }, key)
    }

    /// Versions of a recipe.
    pub(crate) fn versions(&self, recipe: &str) -> &[(String, u32)] {
        named(&self.versions, recipe)
    }
}

fn named<'a>(lists: &'a [(String, Counted)], name: &str) -> &'a [(String, u32)] {
    lists.iter().find(|(own, _)| own == name).map_or(&[], |(_, list)| list)
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Skip {
    pub source: String,
    pub path: String,
    pub message: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub images: u32,
    pub amis: u32,
    pub snapshots: u32,
    pub containers: u32,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Answer {
    pub generation: u32,
    pub diagnostics: Vec<Problem>,
    /// `None` while the policy has errors.
    pub result: Option<Outcome>,
    pub window: Window,
    /// The nights that were said last are those of this very policy, inventory and instant.
    pub foreseen: bool,
    /// Names of the assumptions that can make a difference to the policy.
    pub matters: Vec<String>,
    pub worker_ms: f64,
}

/// A question that AWS leaves open; the first of the values is the default.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Question {
    pub name: String,
    pub values: Vec<String>,
    pub question: String,
    pub basis: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Problem {
    pub code: String,
    pub severity: Level,
    pub path: String,
    pub message: String,
    pub help: String,
    /// The change that ends it: what it does, and the JSON Patch as text.
    pub fix: Option<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) enum Level {
    Error,
    Warning,
    Info,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Outcome {
    pub at: i64,
    pub day: u32,
    /// The policy is disabled, and this is what it would do.
    pub disabled: bool,
    pub verdicts: Vec<(String, u32)>,
    /// Verdict, reason, images.
    pub reasons: Vec<(String, String, u32)>,
    pub rules: Vec<RuleEffect>,
    /// Images per selector, in the document's order.
    pub selected: Vec<u32>,
    pub amis: Fates,
    pub snapshots: Fates,
    pub containers: Fates,
    /// AMIs that stay when the record of their image goes: nothing manages them any more.
    pub behind: Fates,
    /// Deletions that are expected to fail, and deletions that wait for an AMI that an exclusion spares.
    pub failing: Incomplete,
    pub waiting: Incomplete,
}

impl Outcome {
    /// Images with this verdict.
    pub(crate) fn count(&self, verdict: &str) -> u32 {
        self.verdicts.iter().find(|(name, _)| name == verdict).map_or(0, |(_, count)| *count)
    }

    /// Images that are deleted and do not stay.
    pub(crate) fn deleted(&self) -> u32 {
        self.count("DELETE").saturating_sub(self.failing.images + self.waiting.images)
    }

    /// AMIs that nothing manages any more.
    pub(crate) fn left_behind(&self) -> u32 {
        let Fates { skipped, left, failed, .. } = self.behind;
        skipped + left + failed
    }

    /// Images of any verdict.
    pub(crate) fn total(&self) -> u32 {
        self.verdicts.iter().map(|(_, count)| count).sum()
    }
}

/// Rows of the list, apart from the outcome, so that scrolling redraws the table alone.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Window {
    /// Of the query that the list answers: rows of another one are no part of it.
    pub generation: u32,
    /// Images that pass the filters.
    pub matching: u32,
    /// Lines of the table: images and, when they are grouped, recipe versions.
    pub lines: u32,
    /// What of the search cannot be understood.
    pub unread: Option<String>,
    /// Position of the first row here among them.
    pub first: u32,
    pub rows: Vec<Row>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Fates {
    pub deleted: u32,
    pub skipped: u32,
    pub left: u32,
    pub failed: u32,
}

/// Images that stay although their verdict is DELETE, and what is taken of them all the same: AMIs and snapshots
/// that count as deleted nowhere else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Incomplete {
    pub images: u32,
    pub amis: u32,
    pub snapshots: u32,
}

/// What one rule does in the chosen night.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct RuleEffect {
    pub rule: u32,
    pub action: String,
    pub acts: u32,
    /// Of these, the deletions that are expected to fail.
    pub failing: u32,
    /// Of these, the deletions that leave the image for an AMI that an exclusion spares.
    pub waiting: u32,
    pub spared_images: u32,
    /// AMIs spared by Region, as public, by tag, by sharing and by launch.
    pub spared_amis: [u32; 5],
    /// Age in days, months and years counted roughly: for drawing only.
    pub about_days: Option<f64>,
    /// The rule's own words, for instance `90 days`.
    pub age: Option<String>,
    pub keep: u32,
    /// What it takes along, and what it leaves alone, each in words of its own.
    pub takes: Vec<String>,
    pub except: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Row {
    /// Position among the matching rows is `first` plus its index; this names the image itself.
    pub image: u32,
    pub name: String,
    pub version: String,
    pub created: i64,
    pub before: String,
    pub after: String,
    pub verdict: String,
    pub reason: String,
    pub rule: Option<u32>,
    /// The verdict, or `FAIL` or `STAYS` where a deletion leaves the image.
    pub fate: String,
    pub boundary: bool,
    pub amis: Vec<String>,
    /// How often something refers to an AMI that is disabled or deleted.
    pub uses: u32,
    /// Each action that comes on another night than under the reference: the nights there and here.
    pub shifts: Vec<(String, Option<u32>, Option<u32>)>,
    /// What happens to its outputs apart from it and otherwise than under the reference.
    pub output_shifts: OutputChanges,
    /// This line is that of a recipe version.
    pub version_line: Option<VersionLine>,
}

/// What a recipe version holds, and how many of its newest images are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct VersionLine {
    pub images: u32,
    /// Slots of the delete rule, and how many of them an image takes.
    pub keep: u32,
    pub taken: u32,
}

/// AMIs, snapshots and container images, each once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Taken {
    pub amis: u32,
    pub snapshots: u32,
    pub containers: u32,
}

/// What a night's deletions take with them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Loss {
    pub day: u32,
    pub amis: u32,
    pub snapshots: u32,
    pub containers: u32,
    /// Storage that is freed, at most.
    pub bytes: f64,
    /// Why it is a bound, and what it leaves out.
    pub bounds: Vec<String>,
    /// AMIs that the night disables or deletes and that something refers to.
    pub in_use: u32,
}

/// What a policy does to images within a year that its reference does not do, or on another night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Compared {
    /// Images that meet another fate, or whose outputs do.
    pub changed: u32,
    pub deprecate: Change,
    pub disable: Change,
    pub delete: Change,
    /// What happens to outputs apart from their images.
    pub outputs: OutputChanges,
}

/// AMIs that are deleted or left behind, snapshots and container images that are deleted, AMIs that are disabled or
/// deprecated.
pub(crate) type OutputChanges = [Change; 6];

/// Images or outputs that one action concerns under one of the two only, or on another night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Change {
    pub newly: u32,
    pub spared: u32,
    pub earlier: u32,
    pub later: u32,
}

/// A year of them travels at each edit, so they travel as bare numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(from = "[u32; 8]", into = "[u32; 8]")]
pub(crate) struct Night {
    pub deprecate: u32,
    pub disable: u32,
    /// Images that are deleted, and those whose deletion fails, which is tried again every night.
    pub delete: u32,
    pub fail: u32,
    /// Images of the policy that are left after it, by state.
    pub available: u32,
    pub deprecated: u32,
    pub disabled: u32,
    /// In any other state, a failed build for instance.
    pub other: u32,
}

impl Night {
    /// Images whose state it changes.
    pub(crate) fn acts(&self) -> u32 {
        self.deprecate.saturating_add(self.disable).saturating_add(self.delete)
    }
}

/// The nights on which something changes, and whether the number of failing deletions does: those that the command's
/// forecast lists.
pub(crate) fn changing(nights: &[Night]) -> impl Iterator<Item = (u32, &Night, bool)> {
    let before = std::iter::once(0).chain(nights.iter().map(|night| night.fail));
    let nights = (0_u32..).zip(nights).zip(before);
    nights
        .map(|((day, night), before)| (day, night, night.fail != before))
        .filter(|(_, night, changes)| *changes || night.acts() > 0)
}

impl From<[u32; 8]> for Night {
    fn from([deprecate, disable, delete, fail, available, deprecated, disabled, other]: [u32; 8]) -> Self {
        Self { deprecate, disable, delete, fail, available, deprecated, disabled, other }
    }
}

impl From<Night> for [u32; 8] {
    fn from(night: Night) -> Self {
        [
            night.deprecate,
            night.disable,
            night.delete,
            night.fail,
            night.available,
            night.deprecated,
            night.disabled,
            night.other,
        ]
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Explanation {
    Found(Box<Explained>),
    /// An earlier night deletes the image.
    Gone,
    /// There is no valid policy to explain with.
    NoPolicy,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct Explained {
    pub image: u32,
    pub arn: String,
    pub created: i64,
    /// The state that the run finds.
    pub state: String,
    pub tags: Vec<(String, String)>,
    pub reason: String,
    /// As in [`Row`].
    pub fate: String,
    /// What selects the image, or why it is not considered.
    pub considered: Considered,
    pub retention: Option<Retention>,
    pub rules: Vec<Step>,
    pub outputs: Vec<OutputRow>,
    /// Night and verdict of each action to come.
    pub events: Vec<(u32, String)>,
    pub boundary: bool,
    /// Rules whose age is reached near the run, with the earliest and the latest day of it.
    pub thresholds: Vec<(u32, i64, i64)>,
    /// What another answer to a question that AWS leaves open makes of the image; `None` until it is worked out.
    pub readings: Option<Vec<ReadingRow>>,
    /// Whether the table lists the image too.
    pub listed: bool,
}

/// An assumption, its other answer, and the verdict and reason under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReadingRow {
    pub name: String,
    pub value: String,
    pub fate: String,
    pub reason: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Considered {
    Recipe(u32),
    Tag(u32),
    #[default]
    No,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Retention {
    pub keep: u32,
    pub counted: u32,
    pub position: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Step {
    pub rule: u32,
    pub action: String,
    pub finding: Finding,
    /// When the rule's age is reached.
    pub reached: Option<i64>,
    /// How many of the newest images the rule leaves alone.
    pub keep: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Finding {
    OtherState,
    TooYoung,
    Retained,
    Excluded(String, String),
    Acts,
    Waits,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct OutputRow {
    pub id: String,
    pub kind: String,
    pub region: String,
    pub account: String,
    pub verdict: String,
    pub reason: String,
    /// Bytes, when they are known.
    pub bytes: Option<f64>,
    /// The other addresses of a container image.
    pub uris: Vec<String>,
    /// What may make the action fail.
    pub risks: Vec<String>,
    /// Who refers to the AMI: some of them, and how many there are.
    pub used_by: Vec<String>,
    pub uses: u32,
    pub snapshots: Vec<SnapshotRow>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct SnapshotRow {
    pub id: String,
    pub verdict: String,
    pub reason: String,
    pub bytes: Option<f64>,
    pub risks: Vec<String>,
}
