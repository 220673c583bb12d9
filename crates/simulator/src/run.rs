//! One daily run: a verdict for every image in one pass, and the state that it leaves.

use std::ops::Range;

use afterimage_inventory::AmiId;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Status;
use afterimage_inventory::TagSetId;
use afterimage_policy::Action;

use crate::ages::Ages;
use crate::ages::Band;
use crate::ages::OldEnough;
use crate::assumptions::Assumption;
use crate::calendar::Age;
use crate::plan::Class;
use crate::plan::Facts;
use crate::plan::Place;
use crate::plan::Plan;
use crate::verdict::Decision;
use crate::verdict::Outcome;
use crate::verdict::OutputVerdict;
use crate::verdict::Verdict;

/// What simulated runs have changed so far. Everything else stays in the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// `None`: a simulated run deleted the image.
    status: Vec<Option<Status>>,
    /// AMIs that a simulated run disabled, which takes their launch permissions away.
    sealed: Vec<bool>,
    /// AMIs that a simulated run deregistered.
    deregistered: Vec<bool>,
}

/// The verdicts of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub at: Instant,
    codes: Vec<Code>,
    /// Per action, the index of its rule in `policyDetails`.
    rules: [Option<u8>; 3],
    pub summary: Summary,
}

/// How many images got each verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "UPPERCASE")]
pub struct Summary {
    pub deprecate: u32,
    pub disable: u32,
    pub delete: u32,
    pub skip: u32,
    pub keep: u32,
    pub ignore: u32,
}

/// One image's outcome in a byte: the number of the decision, and flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Code(u8);

impl Code {
    /// An earlier run deleted the image.
    const GONE: Self = Self(0x1f);
    const FAILED: u8 = 0x20;
    const STAYS: u8 = 0x40;
    const BOUNDARY: u8 = 0x80;

    fn decision(self) -> Option<Decision> {
        let number = self.0 & 0x1f;
        (number != Self::GONE.0).then(|| Decision::numbered(number))
    }

    fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }
}

impl State {
    pub fn new(inventory: &Inventory) -> Self {
        Self {
            status: inventory.images.status.iter().copied().map(Some).collect(),
            sealed: vec![false; inventory.amis.len()],
            deregistered: vec![false; inventory.amis.len()],
        }
    }

    /// The image's status; `None` when a simulated run deleted it.
    pub fn status(&self, image: usize) -> Option<Status> {
        self.status.get(image).copied().flatten()
    }

    /// As if every AMI had been disabled.
    pub(crate) fn sealed(inventory: &Inventory) -> Self {
        Self { sealed: vec![true; inventory.amis.len()], ..Self::new(inventory) }
    }

    /// Changes an image by other means than a run; `None`: its record is gone.
    pub fn set_status(&mut self, image: usize, status: Option<Status>) {
        if let Some(known) = self.status.get_mut(image) {
            *known = status;
        }
    }

    /// The AMI has lost its launch permissions.
    pub fn seal(&mut self, ami: AmiId) {
        if let Some(sealed) = self.sealed.get_mut(ami.0 as usize) {
            *sealed = true;
        }
    }

    /// There is no such AMI any more.
    pub fn deregister(&mut self, ami: AmiId) {
        if let Some(deregistered) = self.deregistered.get_mut(ami.0 as usize) {
            *deregistered = true;
        }
    }

    pub fn is_sealed(&self, ami: AmiId) -> bool {
        self.sealed.get(ami.0 as usize) == Some(&true)
    }

    pub fn is_deregistered(&self, ami: AmiId) -> bool {
        self.deregistered.get(ami.0 as usize) == Some(&true)
    }
}

impl Summary {
    pub fn count(&self, verdict: Verdict) -> u32 {
        match verdict {
            Verdict::Deprecate => self.deprecate,
            Verdict::Disable => self.disable,
            Verdict::Delete => self.delete,
            Verdict::Skip => self.skip,
            Verdict::Keep => self.keep,
            Verdict::Ignore => self.ignore,
        }
    }

    fn add(&mut self, verdict: Verdict, images: u32) {
        let count = match verdict {
            Verdict::Deprecate => &mut self.deprecate,
            Verdict::Disable => &mut self.disable,
            Verdict::Delete => &mut self.delete,
            Verdict::Skip => &mut self.skip,
            Verdict::Keep => &mut self.keep,
            Verdict::Ignore => &mut self.ignore,
        };
        *count = count.saturating_add(images);
    }
}

impl Run {
    /// What the run decides about an image; `None` when an earlier run deleted it.
    #[inline]
    pub fn outcome(&self, image: usize) -> Option<Outcome> {
        self.read(*self.codes.get(image)?)
    }

    /// Every image's outcome, row by row.
    pub fn outcomes(&self) -> impl Iterator<Item = Option<Outcome>> {
        self.codes.iter().map(|&code| self.read(code))
    }

    /// Like [`Run::outcomes`], without how an action ends.
    pub(crate) fn decisions(&self) -> impl Iterator<Item = Option<Decision>> {
        self.codes.iter().map(|code| code.decision())
    }

    #[inline]
    fn read(&self, code: Code) -> Option<Outcome> {
        let decision = code.decision()?;
        let rule = |action: Action| self.rules.get(action as usize).copied().flatten();
        Some(Outcome {
            verdict: decision.verdict(),
            reason: decision.reason(),
            rule: decision.action().and_then(rule),
            failed: code.has(Code::FAILED),
            stays: code.has(Code::STAYS),
            boundary: code.has(Code::BOUNDARY),
        })
    }

    /// Rows whose image meets another fate in the other run of the same state, with both in view.
    pub(crate) fn differences(&self, other: &Self) -> impl Iterator<Item = (usize, Outcome)> {
        let fate = |code: Code| (code.decision().map(Decision::verdict), code.has(Code::STAYS));
        let pairs = self.codes.iter().zip(&other.codes).enumerate();
        let differing = pairs.filter(move |(_, (a, b))| a != b && fate(**a) != fate(**b));
        differing.filter_map(|(row, (_, &theirs))| Some((row, other.read(theirs)?)))
    }
}

impl Outcome {
    /// The status that the run leaves.
    pub fn after(&self, before: Status) -> Status {
        match self.verdict {
            _ if self.stays => before,
            Verdict::Deprecate => Status::Deprecated,
            Verdict::Disable => Status::Disabled,
            Verdict::Delete => Status::Deleted,
            Verdict::Skip | Verdict::Keep | Verdict::Ignore => before,
        }
    }

    /// The predicted status of the resource in the execution; `None`: the service would not list it.
    pub fn execution_status(&self) -> Option<&'static str> {
        match self.verdict {
            Verdict::Deprecate | Verdict::Disable | Verdict::Delete => {
                Some(match (self.failed, self.stays) {
                    (true, _) => "FAILED",
                    (false, true) => "SKIPPED",
                    (false, false) => "SUCCESS",
                })
            }
            Verdict::Skip => Some("SKIPPED"),
            Verdict::Keep | Verdict::Ignore => None,
        }
    }
}

impl Plan {
    /// The verdict on every image at one instant.
    pub fn run(&self, inventory: &Inventory, state: &State, at: Instant) -> Run {
        let mut codes = vec![Code::GONE; inventory.len()];
        self.visit(inventory, state, at, 0..inventory.len(), |image, seen| {
            let decision = seen.decision;
            let verdict = decision.verdict();
            let mut flags = 0;
            if let Some(facts) = seen.facts {
                let read = |&old_enough: &OldEnough| self.decision(Facts { old_enough, ..facts }).verdict();
                if seen.others.iter().chain(&seen.when_built).any(|other| read(other) != verdict) {
                    flags |= Code::BOUNDARY;
                }
            }
            if let Some(code) = codes.get_mut(image) {
                *code = Code(decision.number() | flags);
            }
        });
        let mut end = |image: usize| {
            let deleted = |code: &&mut Code| {
                code.decision().is_some_and(|decision| decision.verdict() == Verdict::Delete)
            };
            let Some(code) = codes.get_mut(image).filter(deleted) else { return };
            let end = self.delete_ends(inventory, state, at, image);
            code.0 |= if end.failed { Code::FAILED } else { 0 } | if end.stays { Code::STAYS } else { 0 };
        };
        if self.assumptions.holds(Assumption::PolicyDeleteKeepsImageWhenAmiSkipped) {
            (0..inventory.len()).for_each(end);
        } else {
            inventory.protected_images.iter().for_each(|&image| end(image as usize));
        }
        let mut counts = [0_u32; 32];
        for code in &codes {
            if let Some(count) = counts.get_mut(usize::from(code.0 & 0x1f)) {
                *count = count.saturating_add(1);
            }
        }
        let mut summary = Summary::default();
        for (number, count) in (0_u8..).zip(counts).take(Decision::COUNT) {
            summary.add(Decision::numbered(number).verdict(), count);
        }
        let mut rules = [None; 3];
        for rule in &self.rules {
            if let Some(index) = rules.get_mut(rule.action as usize) {
                *index = Some(rule.index);
            }
        }
        Run { at, codes, rules, summary }
    }

    /// Shows every image of some recipe versions, as far as it still exists, with what the run decides.
    pub(crate) fn visit(
        &self,
        inventory: &Inventory,
        state: &State,
        at: Instant,
        rows: Range<usize>,
        see: impl FnMut(usize, Seen<'_>),
    ) {
        let images = &inventory.images;
        if self.assumptions.value(Assumption::TieBreak) == "lower-build" {
            let rows = ties_reversed(inventory, rows).filter_map(|(row, begins)| {
                let (&place, &status) = (self.places.get(row)?, state.status.get(row)?);
                let (&created, &tags) = (images.created.get(row)?, images.tags.get(row)?);
                Some(Row { image: row, begins, place, status, created, tags })
            });
            return self.visit_rows(inventory, at, rows, see);
        }
        let within = rows.clone();
        let (Some(places), Some(statuses)) =
            (self.places.get(within.clone()), state.status.get(within.clone()))
        else {
            return;
        };
        let (Some(created), Some(tags)) = (images.created.get(within.clone()), images.tags.get(within))
        else {
            return;
        };
        let columns = rows.zip(places.iter().zip(statuses)).zip(created.iter().zip(tags));
        let rows = columns.map(|((image, (&place, &status)), (&created, &tags))| Row {
            image,
            begins: place.is_first(),
            place,
            status,
            created,
            tags,
        });
        self.visit_rows(inventory, at, rows, see);
    }

    /// Every row version by version and newest first, and whether a version begins with it.
    pub(crate) fn rows(&self, inventory: &Inventory) -> Box<dyn Iterator<Item = (usize, bool)> + '_> {
        let rows = 0..inventory.len();
        match self.assumptions.value(Assumption::TieBreak) {
            "lower-build" => Box::new(ties_reversed(inventory, rows).collect::<Vec<_>>().into_iter()),
            _ => {
                let starts = |row: usize| self.places.get(row).is_some_and(|place| place.is_first());
                Box::new(rows.map(move |row| (row, starts(row))))
            }
        }
    }

    /// Visits rows that come group by group and newest first, so that the images counted so far are the newer
    /// ones.
    #[inline]
    fn visit_rows(
        &self,
        inventory: &Inventory,
        at: Instant,
        rows: impl Iterator<Item = Row>,
        mut see: impl FnMut(usize, Seen<'_>),
    ) {
        let ages: Vec<Option<Age>> = self.rules.iter().map(|rule| rule.age).collect();
        let ages = Ages::new(&ages, &self.assumptions, at);
        let slots = Slots::new(self);
        let any_late = !inventory.late_builds.is_empty();
        let mut taken = 0_u32;
        let mut band = 0;
        for Row { image, begins, place, status, created, tags } in rows {
            if begins {
                (taken, band) = (0, 0);
            }
            let Some(status) = status else { continue };
            if let Some(decision) = place.ignored() {
                let takes = place.counts_though_ignored();
                see(image, Seen { decision, facts: None, others: &[], when_built: None, takes });
                taken = taken.saturating_add(u32::from(takes));
                continue;
            }
            band = ages.band(band, created);
            let Some(Band { now, others }) = ages.get(band) else { continue };
            let class = Class::of(status);
            let retained = slots.retained(class, taken);
            let facts =
                Facts { class, excluded: self.tag_sets.excluding_images(tags), old_enough: *now, retained };
            let decision = self.decision(facts);
            let takes = slots.takes(class, *now, decision.verdict());
            let end = if any_late { inventory.late_build(image) } else { None };
            let when_built = end.and_then(|end| ages.get(ages.band(0, end))).map(|band| band.now);
            see(image, Seen { decision, facts: Some(facts), others, when_built, takes });
            taken = taken.saturating_add(u32::from(takes));
        }
    }

    /// Carries a run's effects into the state from which the next one starts.
    pub fn apply(&self, inventory: &Inventory, state: &mut State, run: &Run) {
        // Sealed at the end: what the run did to an AMI that several images list hangs on how it started.
        let mut sealed = Vec::new();
        for (image, &code) in run.codes.iter().enumerate() {
            let acts = code.decision().is_some_and(|decision| decision.verdict().is_action());
            let Some(outcome) = run.read(code).filter(|_| acts) else { continue };
            if outcome.verdict == Verdict::Delete {
                for ami in self.amis_that(OutputVerdict::Delete, inventory, state, run.at, image, outcome) {
                    state.deregister(ami);
                }
            }
            if outcome.stays {
                continue;
            }
            if outcome.verdict == Verdict::Disable {
                sealed.extend(self.amis_that(
                    OutputVerdict::Disable,
                    inventory,
                    state,
                    run.at,
                    image,
                    outcome,
                ));
            }
            if let Some(status) = state.status.get_mut(image) {
                *status = match outcome.verdict {
                    Verdict::Delete => None,
                    _ => status.map(|before| outcome.after(before)),
                };
            }
        }
        for ami in sealed {
            state.seal(ami);
        }
    }
}

/// What a decision reads of an image.
#[derive(Clone, Copy)]
struct Row {
    image: usize,
    /// A recipe version begins.
    begins: bool,
    place: Place,
    status: Option<Status>,
    created: Instant,
    tags: TagSetId,
}

/// One image on the way through its recipe version.
pub(crate) struct Seen<'a> {
    pub(crate) decision: Decision,
    /// `None` for an image that the policy does not consider.
    pub(crate) facts: Option<Facts>,
    /// What other readings of the ages make it old enough for.
    pub(crate) others: &'a [OldEnough],
    /// What it is old enough for counted from the end of a build that took more than a day.
    pub(crate) when_built: Option<OldEnough>,
    /// Whether it counts itself.
    pub(crate) takes: bool,
}

/// Who counts among the newest, and what that spares.
pub(crate) struct Slots {
    /// Per rule in the order of evaluation.
    pub(crate) keep: [u32; 3],
    /// Bit of the delete rule, where only images that are old enough for it count.
    must_be_old: OldEnough,
    /// Images that deprecate or disable acts on count as well.
    acted_on_count: bool,
    /// What the delete rule keeps.
    delete: Option<u32>,
}

impl Slots {
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut keep = [0; 3];
        for (keep, rule) in keep.iter_mut().zip(&plan.rules) {
            *keep = rule.keep;
        }
        let delete = plan.rules.iter().position(|rule| rule.action == Action::Delete);
        let young_count = plan.assumptions.holds(Assumption::YoungImagesFillSlots);
        Self {
            keep,
            must_be_old: delete.filter(|_| !young_count).map_or(0, |position| 1 << position),
            acted_on_count: plan.assumptions.holds(Assumption::ActedOnImagesKeepSlots),
            delete: delete.and_then(|position| keep.get(position).copied()),
        }
    }

    /// Whether every image that counts goes on counting until it is deleted, and the delete rule spares those
    /// that matter to any other.
    pub(crate) fn are_steady(&self) -> bool {
        let most = self.keep.into_iter().max().unwrap_or_default();
        most == 0
            || self.must_be_old == 0 && self.acted_on_count && self.delete.is_none_or(|keep| keep == most)
    }

    /// The rules, by bit, that leave an image alone when this many newer ones count.
    #[inline]
    pub(crate) fn retained(&self, class: Class, taken: u32) -> u8 {
        let [first, second, third] = self.keep.map(|keep| u8::from(taken < keep));
        if class == Class::Failed { 0 } else { first | second << 1 | third << 2 }
    }

    /// Whether an image counts among the newest for the older ones.
    #[inline]
    pub(crate) fn takes(&self, class: Class, old_enough: OldEnough, verdict: Verdict) -> bool {
        let acted_on = matches!(verdict, Verdict::Deprecate | Verdict::Disable);
        class != Class::Failed
            && old_enough & self.must_be_old == self.must_be_old
            && (self.acted_on_count || !acted_on)
    }
}

/// Rows in order, except that images of one recipe version created at the same instant are turned around.
fn ties_reversed(inventory: &Inventory, rows: Range<usize>) -> impl Iterator<Item = (usize, bool)> {
    let images = &inventory.images;
    let mut rows: Vec<usize> = rows.collect();
    let key = |row: usize| (images.group.get(row), images.created.get(row));
    rows.chunk_by_mut(|&a, &b| key(a) == key(b)).for_each(<[usize]>::reverse);
    let mut current = None;
    rows.into_iter().map(move |row| {
        let begins = current != images.group.get(row);
        current = images.group.get(row);
        (row, begins)
    })
}
