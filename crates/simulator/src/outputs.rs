//! What a run does with the AMIs, snapshots and container images of an image that it acts on.

use afterimage_inventory::AmiId;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::SnapshotId;
use afterimage_inventory::Text;
use afterimage_policy::Action;

use crate::amis::AmiFacts;
use crate::assumptions::Assumption;
use crate::calendar::Interval;
use crate::plan::MOST_RULES;
use crate::plan::Plan;
use crate::risks::Risk;
use crate::run::Run;
use crate::run::State;
use crate::verdict::Outcome;
use crate::verdict::OutputVerdict;
use crate::verdict::Reason;
use crate::verdict::Verdict;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputKind {
    /// The AMI, and how it is known.
    Ami(AmiId),
    /// Row of `Inventory::containers`.
    Container(u32),
}

/// One AMI or container image of an image that a run acts on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    pub kind: OutputKind,
    /// AMI ID, or the first URI of a container image.
    pub id: Text,
    /// Empty when the export does not say.
    pub region: Text,
    /// Empty when the export does not say.
    pub account: Text,
    /// The AMI was gone before the run, so there is nothing to do, and nothing that counts. Verdict and reason are
    /// those that it would get.
    pub gone: bool,
    pub verdict: OutputVerdict,
    pub reason: Reason,
    /// What may make the action fail; [`Plan::outputs`] fills it in.
    pub risks: Vec<Risk>,
    /// Listed only under an image that is deleted.
    pub snapshots: Vec<SnapshotOutcome>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotOutcome {
    pub snapshot: SnapshotId,
    pub id: Text,
    pub verdict: OutputVerdict,
    pub reason: Reason,
    pub risks: Vec<Risk>,
}

/// Outputs of a whole run, counted as the images list them, but for AMIs that were gone before.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    pub amis: OutputCounts,
    pub snapshots: OutputCounts,
    pub containers: OutputCounts,
    /// AMIs that stay when their image is deleted, by why they do; those of [`Incomplete::kept`] among them. One that
    /// several images list counts once, when the last of them goes.
    pub behind: OutputCounts,
    /// What each rule's exclusions spare, in the order of evaluation.
    pub spared: Vec<Spared>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OutputCounts {
    pub deprecated: u32,
    pub disabled: u32,
    pub deleted: u32,
    pub skipped: u32,
    pub left: u32,
    pub failed: u32,
}

/// What the exclusions of one rule spare in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spared {
    /// Index into `policyDetails`.
    pub rule: u8,
    /// Images with an excluded tag.
    pub images: u32,
    pub region: u32,
    pub public: u32,
    pub ami_tag: u32,
    pub shared_account: u32,
    pub last_launched: u32,
}

/// Deletions that leave their images, by why they do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Staying {
    /// They are expected to fail.
    pub failing: Incomplete,
    /// They are assumed to wait for an AMI that an exclusion spares.
    pub waiting: Incomplete,
}

/// Images that a deletion leaves, and what it takes of them all the same: AMIs and snapshots that [`Totals`] counts
/// as deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Incomplete {
    pub images: u32,
    pub amis: u32,
    pub snapshots: u32,
    /// AMIs that stay with the image.
    pub kept: OutputCounts,
}

/// What happens to one output, without the texts that name it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fate<'a> {
    pub(crate) kind: OutputKind,
    /// Row of `AmiOutputs` or of `Containers`.
    row: usize,
    pub(crate) gone: bool,
    pub(crate) verdict: OutputVerdict,
    reason: Reason,
    pub(crate) below: Below<'a>,
}

/// AMIs of which a rule sees the same.
#[derive(Debug, Clone, Copy, Default)]
struct Bin {
    amis: u32,
    snapshots: u32,
}

/// The snapshots of one AMI, which all share its fate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Below<'a> {
    pub(crate) ids: &'a [SnapshotId],
    pub(crate) verdict: OutputVerdict,
    reason: Reason,
}

/// How the deletion of an image ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct DeleteEnd {
    pub(crate) failed: bool,
    /// The image keeps its record and its state.
    pub(crate) stays: bool,
}

impl Plan {
    /// What happens to the outputs of an image; empty when the run does not act on it.
    ///
    /// `state` is the one that the run started from.
    pub fn outputs(&self, inventory: &Inventory, state: &State, run: &Run, image: usize) -> Vec<Output> {
        let mut outputs = match run.outcome(image) {
            Some(outcome) => self.outputs_under(inventory, state, run.at, image, outcome),
            None => Vec::new(),
        };
        for output in &mut outputs {
            self.add_risks(inventory, state, run, image, output);
        }
        outputs
    }

    /// What would happen to the outputs of an image if this were decided about it, whatever the plan decides;
    /// without risks.
    pub fn outputs_under(
        &self,
        inventory: &Inventory,
        state: &State,
        at: Instant,
        image: usize,
        outcome: Outcome,
    ) -> Vec<Output> {
        let mut outputs = Vec::new();
        self.visit_fates(inventory, state, at, image, outcome, |fate| {
            let below = fate.below;
            let mut output = fate.named(inventory);
            let snapshot = |&snapshot: &SnapshotId| SnapshotOutcome {
                snapshot,
                id: inventory.snapshots.id.get(snapshot.0 as usize).copied().unwrap_or(Text::EMPTY),
                verdict: below.verdict,
                reason: below.reason,
                risks: Vec::new(),
            };
            output.snapshots = below.ids.iter().map(snapshot).collect();
            outputs.push(output);
        });
        outputs
    }

    /// Counts what happens to the outputs of every image.
    ///
    /// `state` is the one that the run started from.
    pub fn totals(&self, inventory: &Inventory, state: &State, run: &Run) -> Totals {
        let mut totals = Totals::default();
        let bins = self.ami_bins(inventory, state, run);
        for (rule, bins) in self.rules.iter().zip(&bins) {
            let mut spared = Spared { rule: rule.index, ..Spared::default() };
            // The reason of the action itself does not matter here.
            let acted = (acted(rule.verdict()), Reason::Age);
            for (facts, bin) in (0..).zip(bins) {
                let fate = rule.fate(AmiFacts(facts), acted);
                totals.amis.add(fate.0, bin.amis);
                if rule.action == Action::Delete {
                    totals.snapshots.add(rule.below(fate, acted.0).0, bin.snapshots);
                    if fate.0 != OutputVerdict::Delete {
                        totals.behind.add(fate.0, bin.amis);
                    }
                }
                spared.add(fate.1, bin.amis);
            }
            totals.spared.push(spared);
        }
        self.untie(inventory, state, run, &mut totals.behind);
        for (decision, images) in run.decided() {
            let rule = self.rules.iter().position(|rule| Some(rule.action) == decision.action());
            if decision.verdict() == Verdict::Skip
                && let Some(spared) = rule.and_then(|rule| totals.spared.get_mut(rule))
            {
                spared.images = spared.images.saturating_add(images);
            }
        }
        for &image in &inventory.containers.image {
            let Some(outcome) = run.outcome(image as usize).filter(|outcome| outcome.verdict.is_action())
            else {
                continue;
            };
            let includes = self.rule(outcome.rule).is_some_and(|rule| rule.include.containers);
            totals.containers.add(if includes { acted(outcome.verdict) } else { OutputVerdict::Left }, 1);
        }
        totals
    }

    /// Takes AMIs that several images list out of those that are counted with each of them.
    fn untie(&self, inventory: &Inventory, state: &State, run: &Run, behind: &mut OutputCounts) {
        let Some(rule) = self.rules.iter().find(|rule| rule.action == Action::Delete) else { return };
        for rows in inventory.tied_outputs.chunk_by(|a, b| a.0 == b.0) {
            let Some(&(ami, _)) = rows.first().filter(|(ami, _)| !state.is_deregistered(*ami)) else {
                continue;
            };
            let mut is_counted = run.leaves_listed(inventory, state, ami);
            for &(_, row) in rows {
                let image = inventory.ami_outputs.image.get(row as usize);
                let outcome = image.and_then(|&image| run.outcome(image as usize));
                if outcome.is_none_or(|outcome| outcome.verdict != Verdict::Delete || outcome.stays) {
                    continue;
                }
                let facts = self.amis.facts(rule, inventory, state, (row as usize, ami), run.at);
                let (verdict, _) = rule.fate(facts, (OutputVerdict::Delete, Reason::Age));
                if verdict != OutputVerdict::Delete && std::mem::replace(&mut is_counted, true) {
                    let count = behind.count(verdict);
                    *count = count.saturating_sub(1);
                }
            }
        }
    }

    /// Counts the deletions that leave their images.
    ///
    /// `state` is the one that the run started from.
    pub fn staying(&self, inventory: &Inventory, state: &State, run: &Run) -> Staying {
        let mut staying = Staying::default();
        let mut count = |image: usize| {
            let Some(outcome) = run.outcome(image).filter(|outcome| outcome.stays) else { return };
            let why = if outcome.fails() { &mut staying.failing } else { &mut staying.waiting };
            why.images = why.images.saturating_add(1);
            self.visit_fates(inventory, state, run.at, image, outcome, |fate| {
                let goes = |verdict: OutputVerdict| !fate.gone && verdict == OutputVerdict::Delete;
                why.amis = why.amis.saturating_add(u32::from(goes(fate.verdict)));
                if !fate.gone && !goes(fate.verdict) && matches!(fate.kind, OutputKind::Ami(_)) {
                    why.kept.add(fate.verdict, 1);
                }
                let below = if goes(fate.below.verdict) { fate.below.ids.len() } else { 0 };
                why.snapshots = why.snapshots.saturating_add(below as u32);
            });
        };
        if self.assumptions.holds(Assumption::PolicyDeleteKeepsImageWhenAmiSkipped) {
            (0..inventory.len()).for_each(count);
        } else {
            // Nothing but deregistration protection makes a deletion fail.
            inventory.protected_images.iter().for_each(|&image| count(image as usize));
        }
        staying
    }

    /// Per rule in the order of evaluation, the AMIs of the images that it acts on, by what it sees of them.
    ///
    /// Whether a fact holds of an AMI is as good as random, so nothing here branches on it. Whoever is compiled for
    /// size and calls this alone must not have it compiled alike.
    #[inline(never)]
    fn ami_bins(
        &self,
        inventory: &Inventory,
        state: &State,
        run: &Run,
    ) -> [[Bin; AmiFacts::COUNT]; MOST_RULES] {
        let (outputs, amis) = (&inventory.ami_outputs, &inventory.amis);
        let rule_of = run.acting(&self.rules);
        let tags = self.amis.tags(state);
        let tags = &*tags;
        let long_ago: Vec<Vec<Interval>> =
            self.rules.iter().map(|rule| rule.launched.long_ago(run.at)).collect();
        let mut launches = [(Instant(i64::MIN), Instant(i64::MAX)); MOST_RULES + 1];
        for (launches, intervals) in launches.iter_mut().zip(&long_ago) {
            *launches = intervals.first().copied().unwrap_or(*launches);
        }
        // Only where months that are counted forward clamp several days onto today.
        let any_more = long_ago.iter().any(|intervals| intervals.len() > 1);
        let mut bins = [[Bin::default(); AmiFacts::COUNT]; MOST_RULES + 1];
        for rows in run.blocks_that_act(inventory) {
            let columns =
                [&outputs.image, &outputs.profile].map(|column| column.get(rows.clone()).unwrap_or_default());
            let [images, profiles] = columns;
            let ids = outputs.ami.get(rows).unwrap_or_default();
            for ((&image, &profile), &ami) in images.iter().zip(profiles).zip(ids) {
                let row = ami.0 as usize;
                let marks = state.marks(ami);
                let position = if marks.is_deregistered() { MOST_RULES } else { rule_of(image as usize) };
                let AmiFacts(known) = self.amis.profile(profile, marks.is_sealed(), position);
                let excluding = tags.get(row).copied().unwrap_or_default();
                let launched = amis.launched.or_never(row);
                let Some(&(from, to)) = launches.get(position) else { continue };
                let mut is_late = (launched < from) | (launched > to);
                if any_more {
                    let more = long_ago.get(position).into_iter().flatten().skip(1);
                    is_late &= !more.into_iter().any(|&(from, to)| from <= launched && launched <= to);
                }
                let facts = known
                    | (excluding >> position & 1) << AmiFacts::TAG_BIT
                    | u8::from(is_late) << AmiFacts::LAUNCHED_BIT;
                if let Some(bin) = bins.get_mut(position).and_then(|bins| bins.get_mut(usize::from(facts))) {
                    bin.amis = bin.amis.wrapping_add(1);
                    bin.snapshots = bin.snapshots.wrapping_add(amis.snapshot_count(ami));
                }
            }
        }
        let [first, second, third, _] = bins;
        [first, second, third]
    }

    /// Calls `visit` with what happens to each output of an image of which this was decided.
    #[inline]
    pub(crate) fn visit_fates(
        &self,
        inventory: &Inventory,
        state: &State,
        now: Instant,
        image: usize,
        outcome: Outcome,
        mut visit: impl FnMut(Fate<'_>),
    ) {
        let Some(rule) = self.rule(outcome.rule).filter(|_| outcome.verdict.is_action()) else { return };
        let acted = (acted(outcome.verdict), outcome.reason);
        for row in inventory.images.ami_outputs(image) {
            let Some(&ami) = inventory.ami_outputs.ami.get(row) else { continue };
            let facts = self.amis.facts(rule, inventory, state, (row, ami), now);
            let (verdict, reason) = rule.fate(facts, acted);
            let ids = match outcome.verdict {
                Verdict::Delete => inventory.amis.snapshots(ami),
                _ => &[],
            };
            let (below, why) = rule.below((verdict, reason), acted.0);
            let below = Below { ids, verdict: below, reason: why };
            let gone = state.is_deregistered(ami);
            visit(Fate { kind: OutputKind::Ami(ami), row, gone, verdict, reason, below });
        }
        for row in inventory.images.containers(image) {
            let (verdict, reason) =
                if rule.include.containers { acted } else { (OutputVerdict::Left, Reason::NotIncluded) };
            let below = Below { ids: &[], verdict, reason };
            visit(Fate { kind: OutputKind::Container(row as u32), row, gone: false, verdict, reason, below });
        }
    }

    /// How deleting an image ends: whether it is refused because of one of its AMIs, and whether the record
    /// stays.
    pub(crate) fn delete_ends(
        &self,
        inventory: &Inventory,
        state: &State,
        now: Instant,
        image: usize,
    ) -> DeleteEnd {
        let rule = self.rules.iter().find(|rule| rule.action == Action::Delete);
        let Some(rule) = rule.filter(|rule| rule.include.amis) else { return DeleteEnd::default() };
        let outputs = &inventory.ami_outputs;
        let spared_ami_keeps = self.assumptions.holds(Assumption::PolicyDeleteKeepsImageWhenAmiSkipped);
        let (mut failed, mut spared) = (false, false);
        for row in inventory.images.ami_outputs(image) {
            let Some(&ami) = outputs.ami.get(row).filter(|&&ami| !state.is_deregistered(ami)) else {
                continue;
            };
            let protected = inventory.amis.protected.get(ami.0 as usize) == Some(&true);
            // Whether an exclusion spares an AMI takes longest to see, and seldom matters.
            if protected || spared_ami_keeps {
                let facts = self.amis.facts(rule, inventory, state, (row, ami), now);
                let excluded = facts.exclusion().is_some();
                spared |= excluded;
                failed |= protected && !excluded;
            }
        }
        let stays = failed && self.assumptions.holds(Assumption::FailedOutputKeepsImage)
            || spared && spared_ami_keeps;
        DeleteEnd { failed, stays }
    }

    /// AMIs that an action on an image takes along.
    pub(crate) fn amis_taken(
        &self,
        action: Action,
        inventory: &Inventory,
        state: &State,
        now: Instant,
        image: usize,
    ) -> Vec<AmiId> {
        let verdict = match action {
            Action::Deprecate => Verdict::Deprecate,
            Action::Disable => Verdict::Disable,
            Action::Delete => Verdict::Delete,
        };
        let rule = self.rules.iter().find(|rule| rule.action == action);
        let outcome = Outcome {
            verdict,
            reason: Reason::Age,
            rule: rule.map(|rule| rule.index),
            failed: false,
            stays: false,
            boundary: false,
        };
        self.amis_that(acted(verdict), inventory, state, now, image, outcome)
    }

    /// AMIs of an image that meet this fate, whatever becomes of the image.
    pub(crate) fn amis_that(
        &self,
        verdict: OutputVerdict,
        inventory: &Inventory,
        state: &State,
        now: Instant,
        image: usize,
        outcome: Outcome,
    ) -> Vec<AmiId> {
        let mut amis = Vec::new();
        self.visit_fates(inventory, state, now, image, outcome, |fate| {
            if let OutputKind::Ami(ami) = fate.kind
                && fate.verdict == verdict
            {
                amis.push(ami);
            }
        });
        amis
    }
}

impl Fate<'_> {
    /// With the texts that name the output; risks and snapshots are left empty.
    fn named(self, inventory: &Inventory) -> Output {
        let text = |column: &[Text], row: usize| column.get(row).copied().unwrap_or(Text::EMPTY);
        let (id, region, account) = match self.kind {
            OutputKind::Ami(ami) => {
                let outputs = &inventory.ami_outputs;
                let id = text(&inventory.amis.id, ami.0 as usize);
                (id, text(&outputs.region, self.row), text(&outputs.account, self.row))
            }
            OutputKind::Container(_) => {
                let containers = &inventory.containers;
                (text(containers.uris(self.row), 0), text(&containers.region, self.row), Text::EMPTY)
            }
        };
        let (gone, verdict, reason) = (self.gone, self.verdict, self.reason);
        Output {
            kind: self.kind,
            id,
            region,
            account,
            gone,
            verdict,
            reason,
            risks: Vec::new(),
            snapshots: Vec::new(),
        }
    }
}

impl OutputCounts {
    #[inline]
    fn add(&mut self, verdict: OutputVerdict, number: u32) {
        let count = self.count(verdict);
        *count = count.saturating_add(number);
    }

    #[inline]
    fn count(&mut self, verdict: OutputVerdict) -> &mut u32 {
        match verdict {
            OutputVerdict::Deprecate => &mut self.deprecated,
            OutputVerdict::Disable => &mut self.disabled,
            OutputVerdict::Delete => &mut self.deleted,
            OutputVerdict::Skip => &mut self.skipped,
            OutputVerdict::Left => &mut self.left,
            OutputVerdict::Fail => &mut self.failed,
        }
    }
}

fn acted(verdict: Verdict) -> OutputVerdict {
    match verdict {
        Verdict::Deprecate => OutputVerdict::Deprecate,
        Verdict::Disable => OutputVerdict::Disable,
        Verdict::Delete => OutputVerdict::Delete,
        Verdict::Skip | Verdict::Keep | Verdict::Ignore => OutputVerdict::Left,
    }
}

impl Spared {
    fn add(&mut self, reason: Reason, number: u32) {
        let count = match reason {
            Reason::Region => &mut self.region,
            Reason::Public => &mut self.public,
            Reason::AmiTag => &mut self.ami_tag,
            Reason::SharedAccount => &mut self.shared_account,
            Reason::LastLaunched => &mut self.last_launched,
            _ => return,
        };
        *count = count.saturating_add(number);
    }
}
