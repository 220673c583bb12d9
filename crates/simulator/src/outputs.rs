//! What a run does with the AMIs, snapshots and container images of an image that it acts on.

use afterimage_inventory::AmiId;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::SnapshotId;
use afterimage_inventory::Text;
use afterimage_policy::Action;

use crate::assumptions::Assumption;
use crate::plan::Plan;
use crate::plan::RulePlan;
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

/// Outputs of a whole run, counted as the images list them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    pub amis: OutputCounts,
    pub snapshots: OutputCounts,
    pub containers: OutputCounts,
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

/// What happens to one output, without the texts that name it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Fate<'a> {
    pub(crate) kind: OutputKind,
    /// Row of `AmiOutputs` or of `Containers`.
    row: usize,
    pub(crate) verdict: OutputVerdict,
    reason: Reason,
    below: Below<'a>,
}

/// The snapshots of one AMI, which all share its fate.
#[derive(Debug, Clone, Copy)]
struct Below<'a> {
    ids: &'a [SnapshotId],
    verdict: OutputVerdict,
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
        let mut spared = self.rules.iter().map(|rule| Spared { rule: rule.index, ..Spared::default() });
        // Per action, its rule and what that spares.
        let mut rules: [Option<(&RulePlan, Spared)>; 3] = [None; 3];
        for (rule, spared) in self.rules.iter().zip(&mut spared) {
            if let Some(entry) = rules.get_mut(rule.action as usize) {
                *entry = Some((rule, spared));
            }
        }
        for (image, decision) in run.decisions().enumerate() {
            let Some(decision) = decision else { continue };
            let action = decision.action().map(|action| action as usize);
            let Some((rule, spared)) = action.and_then(|action| rules.get_mut(action)?.as_mut()) else {
                continue;
            };
            if decision.verdict() == Verdict::Skip {
                add(&mut spared.images);
            }
            let (amis, snapshots, containers) =
                (&mut totals.amis, &mut totals.snapshots, &mut totals.containers);
            let acted = (decision.verdict(), decision.reason());
            rule.visit_fates(inventory, state, run.at, image, acted, |fate| {
                match fate.kind {
                    OutputKind::Ami(_) => amis.add(fate.verdict, 1),
                    OutputKind::Container(_) => containers.add(fate.verdict, 1),
                }
                snapshots.add(fate.below.verdict, fate.below.ids.len() as u32);
                match fate.reason {
                    Reason::Region => add(&mut spared.region),
                    Reason::Public => add(&mut spared.public),
                    Reason::AmiTag => add(&mut spared.ami_tag),
                    Reason::SharedAccount => add(&mut spared.shared_account),
                    Reason::LastLaunched => add(&mut spared.last_launched),
                    _ => {}
                }
            });
        }
        let actions = self.rules.iter().filter_map(|rule| *rules.get(rule.action as usize)?);
        totals.spared = actions.map(|(_, spared)| spared).collect();
        totals
    }

    /// Calls `visit` with what happens to each output.
    pub(crate) fn visit_fates(
        &self,
        inventory: &Inventory,
        state: &State,
        now: Instant,
        image: usize,
        outcome: Outcome,
        visit: impl FnMut(Fate<'_>),
    ) {
        if let Some(rule) = self.rule(outcome.rule) {
            rule.visit_fates(inventory, state, now, image, (outcome.verdict, outcome.reason), visit);
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
            let (Some(&ami), Some(&region)) = (outputs.ami.get(row), outputs.region.get(row)) else {
                continue;
            };
            let protected = inventory.amis.protected.get(ami.0 as usize) == Some(&true);
            // Whether an exclusion spares an AMI takes longest to see, and seldom matters.
            if protected || spared_ami_keeps {
                let excluded = rule.excludes_ami(inventory, state, ami, region, now).is_some();
                spared |= excluded;
                failed |= protected && !excluded;
            }
        }
        let stays = failed && self.assumptions.holds(Assumption::FailedOutputKeepsImage)
            || spared && spared_ami_keeps;
        DeleteEnd { failed, stays }
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
        let (verdict, reason) = (self.verdict, self.reason);
        Output {
            kind: self.kind,
            id,
            region,
            account,
            verdict,
            reason,
            risks: Vec::new(),
            snapshots: Vec::new(),
        }
    }
}

impl RulePlan {
    /// Calls `visit` with what happens to each output of an image that the rule gave this verdict.
    #[inline]
    fn visit_fates(
        &self,
        inventory: &Inventory,
        state: &State,
        now: Instant,
        image: usize,
        (image_verdict, reason): (Verdict, Reason),
        mut visit: impl FnMut(Fate<'_>),
    ) {
        if !image_verdict.is_action() {
            return;
        }
        let acted = (acted(image_verdict), reason);
        let outputs = &inventory.ami_outputs;
        for row in inventory.images.ami_outputs(image) {
            let (Some(&ami), Some(&region)) = (outputs.ami.get(row), outputs.region.get(row)) else {
                continue;
            };
            let (verdict, reason) = self.ami(inventory, state, ami, region, now, acted);
            let ids = match image_verdict {
                Verdict::Delete => inventory.amis.snapshots(ami),
                _ => &[],
            };
            let (below, why) = match verdict {
                OutputVerdict::Fail => (OutputVerdict::Left, Reason::AmiKept),
                _ if verdict == acted.0 && !self.include.snapshots => {
                    (OutputVerdict::Left, Reason::NotIncluded)
                }
                _ => (verdict, reason),
            };
            let below = Below { ids, verdict: below, reason: why };
            visit(Fate { kind: OutputKind::Ami(ami), row, verdict, reason, below });
        }
        for row in inventory.images.containers(image) {
            let (verdict, reason) =
                if self.include.containers { acted } else { (OutputVerdict::Left, Reason::NotIncluded) };
            let below = Below { ids: &[], verdict, reason };
            visit(Fate { kind: OutputKind::Container(row as u32), row, verdict, reason, below });
        }
    }

    /// The order for an AMI: included, excluded, protected, acted on.
    #[inline]
    fn ami(
        &self,
        inventory: &Inventory,
        state: &State,
        ami: AmiId,
        region: Text,
        now: Instant,
        acted: (OutputVerdict, Reason),
    ) -> (OutputVerdict, Reason) {
        if !self.include.amis {
            return (OutputVerdict::Left, Reason::NotIncluded);
        }
        if let Some(reason) = self.excludes_ami(inventory, state, ami, region, now) {
            return (OutputVerdict::Skip, reason);
        }
        if acted.0 == OutputVerdict::Delete && inventory.amis.protected.get(ami.0 as usize) == Some(&true) {
            return (OutputVerdict::Fail, Reason::DeregistrationProtected);
        }
        acted
    }
}

impl OutputCounts {
    #[inline]
    fn add(&mut self, verdict: OutputVerdict, number: u32) {
        let count = match verdict {
            OutputVerdict::Deprecate => &mut self.deprecated,
            OutputVerdict::Disable => &mut self.disabled,
            OutputVerdict::Delete => &mut self.deleted,
            OutputVerdict::Skip => &mut self.skipped,
            OutputVerdict::Left => &mut self.left,
            OutputVerdict::Fail => &mut self.failed,
        };
        *count = count.saturating_add(number);
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

fn add(count: &mut u32) {
    *count = count.saturating_add(1);
}
