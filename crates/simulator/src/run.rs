//! One daily run: a verdict for every image in one pass, and the state that it leaves.

use std::ops::Range;

use afterimage_inventory::AmiId;
use afterimage_inventory::AmiState;
use afterimage_inventory::GroupId;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Status;
use afterimage_policy::Action;

use crate::ages::Ages;
use crate::ages::Band;
use crate::ages::OldEnough;
use crate::assumptions::Assumption;
use crate::calendar::Age;
use crate::plan::Class;
use crate::plan::Facts;
use crate::plan::MOST_RULES;
use crate::plan::Plan;
use crate::plan::RulePlan;
use crate::verdict::Decision;
use crate::verdict::Outcome;
use crate::verdict::OutputVerdict;
use crate::verdict::Reason;
use crate::verdict::Verdict;

/// What simulated runs have changed so far. Everything else stays in the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// `None`: a simulated run deleted the image.
    status: Vec<Option<Status>>,
    amis: Vec<AmiMarks>,
}

/// What is to be remembered of an AMI, bit by bit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AmiMarks(u8);

impl AmiMarks {
    const NONE: Self = Self(0);
    /// Disabled, which takes the launch permissions away.
    const SEALED: u8 = 1 << 0;
    const DEREGISTERED: u8 = 1 << 1;
    /// The tag of a deprecation came since the exports, or went.
    const TAGGED: u8 = 1 << 2;
    const UNTAGGED: u8 = 1 << 3;

    #[inline]
    pub(crate) fn is_sealed(self) -> bool {
        self.0 & Self::SEALED != 0
    }

    #[inline]
    pub(crate) fn is_deregistered(self) -> bool {
        self.0 & Self::DEREGISTERED != 0
    }

    /// Whether the AMI has the tag of a deprecation; `None`: as it was exported.
    #[inline]
    pub(crate) fn tag(self) -> Option<bool> {
        match self.0 & (Self::TAGGED | Self::UNTAGGED) {
            0 => None,
            tag => Some(tag == Self::TAGGED),
        }
    }
}

/// The verdicts of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub at: Instant,
    pub(crate) codes: Vec<Code>,
    /// Per action, the index of its rule in `policyDetails`.
    rules: [Option<u8>; 3],
    /// Images by their code.
    pub(crate) tally: [u32; Code::COUNT],
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
pub(crate) struct Code(pub(crate) u8);

impl Code {
    /// An earlier run deleted the image.
    const GONE: Self = Self(0x1f);
    const FAILED: u8 = 0x20;
    const STAYS: u8 = 0x40;
    const BOUNDARY: u8 = 0x80;
    pub(crate) const COUNT: usize = 1 << u8::BITS;

    #[inline]
    fn number(self) -> u8 {
        self.0 & 0x1f
    }

    fn decision(self) -> Option<Decision> {
        (self.number() != Self::GONE.0).then(|| Decision::numbered(self.number()))
    }

    fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }
}

impl State {
    pub fn new(inventory: &Inventory) -> Self {
        let exported = |&state: &AmiState| match state {
            AmiState::Gone => AmiMarks(AmiMarks::DEREGISTERED),
            AmiState::Disabled => AmiMarks(AmiMarks::SEALED),
            AmiState::Unknown | AmiState::Available => AmiMarks::NONE,
        };
        Self {
            status: inventory.images.status.iter().copied().map(Some).collect(),
            amis: inventory.amis.state.iter().map(exported).collect(),
        }
    }

    /// The image's status; `None` when a simulated run deleted it.
    pub fn status(&self, image: usize) -> Option<Status> {
        self.status.get(image).copied().flatten()
    }

    /// As if every AMI had been deprecated.
    pub(crate) fn tagged(inventory: &Inventory) -> Self {
        Self::after(inventory, Self::tag)
    }

    /// As if every AMI had been disabled.
    pub(crate) fn sealed(inventory: &Inventory) -> Self {
        Self::after(inventory, Self::seal)
    }

    fn after(inventory: &Inventory, change: fn(&mut Self, AmiId)) -> Self {
        let mut state = Self::new(inventory);
        (0..inventory.amis.len() as u32).for_each(|ami| change(&mut state, AmiId(ami)));
        state
    }

    /// Changes an image by other means than a run; `None`: its record is gone.
    pub fn set_status(&mut self, image: usize, status: Option<Status>) {
        if let Some(known) = self.status.get_mut(image) {
            *known = status;
        }
    }

    /// The AMI is disabled: it has lost its launch permissions, and the tag of a deprecation.
    pub fn seal(&mut self, ami: AmiId) {
        self.mark(ami, AmiMarks::SEALED | AmiMarks::UNTAGGED, AmiMarks::TAGGED);
    }

    /// The AMI is deprecated, which tags it.
    pub fn tag(&mut self, ami: AmiId) {
        self.mark(ami, AmiMarks::TAGGED, AmiMarks::UNTAGGED);
    }

    /// The AMI is deprecated no more.
    pub fn untag(&mut self, ami: AmiId) {
        self.mark(ami, AmiMarks::UNTAGGED, AmiMarks::TAGGED);
    }

    /// There is no such AMI any more.
    pub fn deregister(&mut self, ami: AmiId) {
        self.mark(ami, AmiMarks::DEREGISTERED, 0);
    }

    /// What an action does to an AMI. Whether that changes anything.
    pub(crate) fn take(&mut self, action: Action, ami: AmiId) -> bool {
        let before = self.marks(ami);
        match action {
            Action::Deprecate => self.tag(ami),
            Action::Disable => self.seal(ami),
            Action::Delete => self.deregister(ami),
        }
        self.marks(ami) != before
    }

    fn mark(&mut self, ami: AmiId, set: u8, clear: u8) {
        if let Some(marks) = self.amis.get_mut(ami.0 as usize) {
            marks.0 = marks.0 & !clear | set;
        }
    }

    #[inline]
    pub(crate) fn marks(&self, ami: AmiId) -> AmiMarks {
        self.amis.get(ami.0 as usize).copied().unwrap_or(AmiMarks::NONE)
    }

    /// A run disabled the AMI, or an export says that somebody did.
    pub fn is_sealed(&self, ami: AmiId) -> bool {
        self.marks(ami).is_sealed()
    }

    /// A run deregistered the AMI, or an export says that somebody did.
    pub fn is_deregistered(&self, ami: AmiId) -> bool {
        self.marks(ami).is_deregistered()
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

    /// Whether an AMI that several images list is still listed by one of them when the run is over.
    ///
    /// `state` is the one that the run started from.
    pub fn leaves_listed(&self, inventory: &Inventory, state: &State, ami: AmiId) -> bool {
        inventory.outputs_of_tied(ami).any(|row| {
            let image = inventory.ami_outputs.image.get(row).map_or(usize::MAX, |&image| image as usize);
            state.status(image).is_some_and(|status| status != Status::Deleted)
                && self.outcome(image).is_some_and(|it| it.verdict != Verdict::Delete || it.stays)
        })
    }

    /// How many images each decision was made about.
    pub(crate) fn decided(&self) -> impl Iterator<Item = (Decision, u32)> {
        decided(&self.tally).into_iter()
    }

    /// The same by verdict, reason and the index of the rule in `policyDetails`; several may be alike.
    pub fn counts(&self) -> impl Iterator<Item = (Verdict, Reason, Option<u8>, u32)> {
        let rule = |action: Action| self.rules.get(action as usize).copied().flatten();
        self.decided().map(move |(decision, images)| {
            (decision.verdict(), decision.reason(), decision.action().and_then(rule), images)
        })
    }

    /// Says at which place in a plan's rules the one stands that acts on an image; [`MOST_RULES`] where none does.
    pub(crate) fn acting(&self, rules: &[RulePlan]) -> impl Fn(usize) -> usize {
        let mut acting = [MOST_RULES as u8; 32];
        for (number, acting) in (0..).zip(&mut acting).take(Decision::COUNT) {
            let decision = Decision::numbered(number);
            let action = decision.action().filter(|_| decision.verdict().is_action());
            if let Some(rule) = rules.iter().find(|rule| Some(rule.action) == action) {
                *acting = rule.position as u8;
            }
        }
        move |image| {
            let code = self.codes.get(image).copied().unwrap_or(Code::GONE);
            acting.get(usize::from(code.number())).copied().map_or(MOST_RULES, usize::from)
        }
    }

    /// Rows of the AMI outputs of all images that the run acts on, and of others nearby.
    pub(crate) fn blocks_that_act(&self, inventory: &Inventory) -> impl Iterator<Item = Range<usize>> {
        const BLOCK: usize = 64;
        let acts = |code: &Code| Decision::ACTS.contains(&code.number());
        let blocks = self.codes.chunks(BLOCK).enumerate().filter(move |(_, codes)| codes.iter().any(acts));
        blocks.map(|(block, codes)| {
            let first = block.saturating_mul(BLOCK);
            let last = first.saturating_add(codes.len()).saturating_sub(1);
            inventory.images.ami_outputs(first).start..inventory.images.ami_outputs(last).end
        })
    }

    #[inline]
    pub(crate) fn read(&self, code: Code) -> Option<Outcome> {
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
    /// The deletion fails, and the image stays: it does not count as deleted.
    pub fn fails(&self) -> bool {
        self.failed && self.stays
    }

    /// The deletion leaves the image, because an exclusion spares one of its AMIs.
    pub fn waits(&self) -> bool {
        self.stays && !self.failed
    }

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
        let groups = 0..inventory.groups.len() as u32;
        if self.assumptions.value(Assumption::TieBreak) == "lower-build" {
            self.visit(inventory, state, at, groups, |image, seen| {
                set(&mut codes, image, self.code(&seen));
            });
        } else {
            let mut walk = Walk::new(self, inventory, state, at);
            groups.for_each(|group| walk.codes(inventory.group_rows(GroupId(group)), &mut codes));
        }
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
        let tally = tally(&codes);
        let mut summary = Summary::default();
        for (decision, images) in decided(&tally) {
            summary.add(decision.verdict(), images);
        }
        let mut rules = [None; 3];
        for rule in &self.rules {
            if let Some(index) = rules.get_mut(rule.action as usize) {
                *index = Some(rule.index);
            }
        }
        Run { at, codes, rules, tally, summary }
    }

    /// Shows every image of some recipe versions, as far as it still exists, with what a run decides.
    pub(crate) fn visit(
        &self,
        inventory: &Inventory,
        state: &State,
        at: Instant,
        groups: Range<u32>,
        mut see: impl FnMut(usize, Seen<'_>),
    ) {
        let mut walk = Walk::new(self, inventory, state, at);
        for (image, begins) in self.rows(inventory, groups) {
            if begins {
                walk.begin();
            }
            if let Some(seen) = walk.next(image) {
                see(image, seen);
            }
        }
    }

    /// The rows of some recipe versions, newest first, and whether a version begins with them.
    pub(crate) fn rows<'a>(
        &self,
        inventory: &'a Inventory,
        groups: Range<u32>,
    ) -> Box<dyn Iterator<Item = (usize, bool)> + 'a> {
        let groups = groups.map(|group| inventory.group_rows(GroupId(group)));
        match self.assumptions.value(Assumption::TieBreak) {
            "lower-build" => Box::new(groups.flat_map(|rows| {
                let created = |&row: &usize| inventory.images.created.get(row);
                let mut turned: Vec<usize> = rows.collect();
                turned.chunk_by_mut(|a, b| created(a) == created(b)).for_each(<[usize]>::reverse);
                turned.into_iter().enumerate().map(|(at, row)| (row, at == 0))
            })),
            _ => Box::new(groups.flat_map(|rows| rows.enumerate().map(|(at, row)| (row, at == 0)))),
        }
    }

    fn code(&self, seen: &Seen<'_>) -> Code {
        let Some(facts) = seen.facts else { return Code(seen.decision.number()) };
        let others = seen.others.iter().chain(&seen.when_built).copied();
        self.code_of(facts, seen.decision, others)
    }

    fn code_of(&self, facts: Facts, decision: Decision, mut others: impl Iterator<Item = OldEnough>) -> Code {
        let verdict = decision.verdict();
        let differs = |old_enough| self.decision(Facts { old_enough, ..facts }).verdict() != verdict;
        Code(decision.number() | if others.any(differs) { Code::BOUNDARY } else { 0 })
    }

    /// Carries a run's effects into the state from which the next one starts.
    pub fn apply(&self, inventory: &Inventory, state: &mut State, run: &Run) {
        // Tagged and sealed at the end: what the run did to an AMI that several images list hangs on how it started.
        let (mut tagged, mut sealed) = (Vec::new(), Vec::new());
        let tags_matter = self.amis.spare_deprecated();
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
            let amis = |verdict| self.amis_that(verdict, inventory, state, run.at, image, outcome);
            match outcome.verdict {
                Verdict::Deprecate if tags_matter => tagged.extend(amis(OutputVerdict::Deprecate)),
                Verdict::Disable => sealed.extend(amis(OutputVerdict::Disable)),
                _ => {}
            }
            if let Some(status) = state.status.get_mut(image) {
                *status = match outcome.verdict {
                    Verdict::Delete => None,
                    _ => status.map(|before| outcome.after(before)),
                };
            }
        }
        tagged.into_iter().for_each(|ami| state.tag(ami));
        sealed.into_iter().for_each(|ami| state.seal(ami));
    }
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

    /// Whether every image that counts goes on counting until it is deleted, and the delete rule spares those that
    /// matter to any other.
    pub(crate) fn are_steady(&self) -> bool {
        let most = self.keep.into_iter().max().unwrap_or_default();
        let counting =
            self.must_be_old == 0 && self.acted_on_count && self.delete.is_none_or(|keep| keep == most);
        most == 0 || counting
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

/// The way through recipe versions, newest images first, so that those counted so far are the newer ones.
struct Walk<'a> {
    plan: &'a Plan,
    inventory: &'a Inventory,
    state: &'a State,
    ages: Ages,
    slots: Slots,
    /// As soon as so many images count, nothing is retained any more.
    most: u32,
    /// Whether any build took so long that its age may count from its end.
    any_late: bool,
    /// Images counted so far, and the band of ages that has been reached.
    taken: u32,
    band: usize,
    /// Per band, what is decided where nothing is retained any more; see [`Walk::cell`].
    settled: Vec<[Code; 32]>,
    /// Late builds that are still to come.
    late: &'a [(u32, Instant)],
}

impl<'a> Walk<'a> {
    fn new(plan: &'a Plan, inventory: &'a Inventory, state: &'a State, at: Instant) -> Self {
        let ages: Vec<Option<Age>> = plan.rules.iter().map(|rule| rule.age).collect();
        let ages = Ages::new(&ages, &plan.assumptions, at);
        let slots = Slots::new(plan);
        let settled = ages.bands().map(|band| {
            let mut cells = [Code::GONE; 32];
            for class in Class::ALL {
                for excluded in 0..8 {
                    let facts = Facts { class, excluded, old_enough: band.now, retained: 0 };
                    let code = plan.code_of(facts, plan.decision(facts), band.others.iter().copied());
                    set(&mut cells, Self::cell(class, excluded), code);
                }
            }
            cells
        });
        Self {
            plan,
            inventory,
            state,
            settled: settled.collect(),
            ages,
            most: slots.keep.into_iter().max().unwrap_or_default(),
            slots,
            any_late: !inventory.late_builds.is_empty(),
            taken: 0,
            band: 0,
            late: &inventory.late_builds,
        }
    }

    /// A recipe version begins.
    fn begin(&mut self) {
        (self.taken, self.band) = (0, 0);
    }

    /// What is decided about the next image; `None` when it exists no more.
    #[inline]
    fn next(&mut self, image: usize) -> Option<Seen<'_>> {
        let status = self.state.status(image)?;
        let place = self.plan.places.get(image).copied()?;
        if let Some(decision) = place.ignored() {
            let takes = place.counts_though_ignored();
            self.taken = self.taken.saturating_add(u32::from(takes));
            return Some(Seen { decision, facts: None, others: &[], when_built: None, takes });
        }
        let created = self.inventory.images.created.get(image).copied()?;
        self.band = self.ages.band(self.band, created);
        let Band { now, others } = self.ages.get(self.band)?;
        let class = Class::of(status);
        let retained = self.slots.retained(class, self.taken);
        let excluded = self.plan.excluding.get(image).copied().unwrap_or_default();
        let facts = Facts { class, excluded, old_enough: *now, retained };
        let decision = self.plan.decision(facts);
        let takes = self.slots.takes(class, *now, decision.verdict());
        self.taken = self.taken.saturating_add(u32::from(takes));
        let end = if self.any_late { self.inventory.late_build(image) } else { None };
        let when_built = end.and_then(|end| self.ages.get(self.ages.band(0, end))).map(|band| band.now);
        Some(Seen { decision, facts: Some(facts), others, when_built, takes })
    }

    /// Like [`Walk::next`] for all rows of a recipe version, with tables where nothing is retained any more.
    #[inline]
    fn codes(&mut self, rows: Range<usize>, codes: &mut [Code]) {
        self.begin();
        let plan = self.plan;
        let mut rest = rows;
        while self.taken < self.most
            && let Some(image) = rest.next()
        {
            let code = self.next(image).map_or(Code::GONE, |seen| plan.code(&seen));
            set(codes, image, code);
        }
        let columns = (
            codes.get_mut(rest.clone()).unwrap_or_default(),
            plan.places.get(rest.clone()).unwrap_or_default(),
            plan.excluding.get(rest.clone()).unwrap_or_default(),
            self.state.status.get(rest.clone()).unwrap_or_default(),
            self.inventory.images.created.get(rest.clone()).unwrap_or_default(),
        );
        let mut band = self.band;
        let mut settled = self.settled.get(band);
        let (codes_of, places, excluding, statuses, created) = columns;
        let facts = places.iter().zip(excluding).zip(statuses.iter().zip(created));
        for (code, ((&place, &excluded), (&status, &created))) in codes_of.iter_mut().zip(facts) {
            let reached = self.ages.band(band, created);
            if reached != band {
                band = reached;
                settled = self.settled.get(band);
            }
            let cell = Self::cell(status.map_or(Class::Available, Class::of), excluded);
            let considered = settled.and_then(|cells| cells.get(cell)).copied().unwrap_or(Code::GONE);
            let decided = place.number().map_or(considered, Code);
            *code = if status.is_none() { Code::GONE } else { decided };
        }
        while let Some((&(row, _), later)) =
            self.late.split_first().filter(|(late, _)| (late.0 as usize) < rest.end)
        {
            self.late = later;
            if rest.contains(&(row as usize)) {
                (self.taken, self.band) = (self.most, 0);
                let code = self.next(row as usize).map_or(Code::GONE, |seen| plan.code(&seen));
                set(codes, row as usize, code);
            }
        }
    }

    #[inline]
    fn cell(class: Class, excluded: u8) -> usize {
        (class as usize) << 3 | usize::from(excluded & 0b111)
    }
}

#[inline]
pub(crate) fn set<T>(column: &mut [T], row: usize, value: T) {
    if let Some(cell) = column.get_mut(row) {
        *cell = value;
    }
}

/// How many images each decision was made about.
fn decided(tally: &[u32; Code::COUNT]) -> [(Decision, u32); Decision::COUNT] {
    let mut decided = std::array::from_fn(|number| (Decision::numbered(number as u8), 0_u32));
    for (code, images) in (0..=u8::MAX).map(Code).zip(tally) {
        if let Some((_, sum)) = decided.get_mut(usize::from(code.number())) {
            *sum = sum.wrapping_add(*images);
        }
    }
    decided
}

/// How often each code comes.
fn tally(codes: &[Code]) -> [u32; Code::COUNT] {
    // One counter would wait for itself, since neighbours are mostly alike.
    let mut tallies = [[0_u32; Code::COUNT]; 4];
    for four in codes.chunks(4) {
        for (code, tally) in four.iter().zip(&mut tallies) {
            if let Some(count) = tally.get_mut(usize::from(code.0)) {
                *count = count.wrapping_add(1);
            }
        }
    }
    let [mut sums, rest @ ..] = tallies;
    for tally in rest {
        for (sum, count) in sums.iter_mut().zip(tally) {
            *sum = sum.wrapping_add(count);
        }
    }
    sums
}
