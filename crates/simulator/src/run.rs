//! One daily run: a verdict for every image in one pass, and the state that it leaves.

use afterimage_inventory::AmiId;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Status;
use afterimage_inventory::TagSetId;
use afterimage_policy::Action;

use crate::calendar::Age;
use crate::calendar::near;
use crate::plan::Plan;
use crate::verdict::Outcome;
use crate::verdict::Reason;
use crate::verdict::Verdict;

/// What simulated runs have changed so far. Everything else stays in the inventory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// `None`: a simulated run deleted the image.
    status: Vec<Option<Status>>,
    /// AMIs that a simulated run disabled, which takes their launch permissions away.
    sealed: Vec<bool>,
}

/// The verdicts of one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    pub at: Instant,
    /// Per image row; `None` for an image that an earlier run deleted.
    pub outcomes: Vec<Option<Outcome>>,
    pub summary: Summary,
}

/// How many images got each verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub struct Summary {
    pub deprecate: u32,
    pub disable: u32,
    pub delete: u32,
    pub skip: u32,
    pub keep: u32,
    pub ignore: u32,
}

/// Which of the rules an image is old enough for: bit `i` is rule `i` in the order of evaluation.
type OldEnough = u8;

impl State {
    pub fn new(inventory: &Inventory) -> Self {
        Self {
            status: inventory.images.status.iter().copied().map(Some).collect(),
            sealed: vec![false; inventory.amis.len()],
        }
    }

    /// The image's status; `None` when a simulated run deleted it.
    pub fn status(&self, image: usize) -> Option<Status> {
        self.status.get(image).copied().flatten()
    }

    pub(crate) fn is_sealed(&self, ami: AmiId) -> bool {
        self.sealed.get(ami.0 as usize) == Some(&true)
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

    fn add(&mut self, verdict: Verdict) {
        let count = match verdict {
            Verdict::Deprecate => &mut self.deprecate,
            Verdict::Disable => &mut self.disable,
            Verdict::Delete => &mut self.delete,
            Verdict::Skip => &mut self.skip,
            Verdict::Keep => &mut self.keep,
            Verdict::Ignore => &mut self.ignore,
        };
        *count = count.saturating_add(1);
    }
}

impl Run {
    pub fn outcome(&self, image: usize) -> Option<Outcome> {
        self.outcomes.get(image).copied().flatten()
    }
}

impl Outcome {
    /// The status that the run leaves.
    pub fn after(&self, before: Status) -> Status {
        match self.verdict {
            _ if self.failed => before,
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
                Some(if self.failed { "FAILED" } else { "SUCCESS" })
            }
            Verdict::Skip => Some("SKIPPED"),
            Verdict::Keep | Verdict::Ignore => None,
        }
    }
}

impl Plan {
    /// The verdict on every image at one instant.
    pub fn run(&self, inventory: &Inventory, state: &State, at: Instant) -> Run {
        let images = &inventory.images;
        let readings = Readings::new(self, at);
        let mut outcomes = Vec::with_capacity(inventory.len());
        let mut summary = Summary::default();
        let mut current = None;
        let mut taken = 0_u32;
        // Rows come group by group and newest first, so the images counted so far are the newer ones.
        for (image, (&group, &created)) in images.group.iter().zip(&images.created).enumerate() {
            if current != Some(group) {
                (current, taken) = (Some(group), 0);
            }
            let Some(status) = state.status(image) else {
                outcomes.push(None);
                continue;
            };
            let outcome = match self.ignores(inventory, image, status) {
                Some(reason) => {
                    Outcome { verdict: Verdict::Ignore, reason, rule: None, failed: false, boundary: false }
                }
                None => {
                    let retained = takes_slot(status) && taken < self.keep;
                    taken = taken.saturating_add(u32::from(takes_slot(status)));
                    let tags = images.tags.get(image).copied().unwrap_or_default();
                    let decide = |old_enough| self.decide(status, tags, retained, old_enough);
                    let (verdict, reason, rule) = decide(bits(&readings.now, created));
                    let boundary = readings.others(created).any(|other| decide(other).0 != verdict);
                    let failed = verdict == Verdict::Delete && self.delete_fails(inventory, state, at, image);
                    Outcome { verdict, reason, rule, failed, boundary }
                }
            };
            summary.add(outcome.verdict);
            outcomes.push(Some(outcome));
        }
        Run { at, outcomes, summary }
    }

    /// Carries a run's effects into the state from which the next one starts.
    pub fn apply(&self, inventory: &Inventory, state: &mut State, run: &Run) {
        for (image, outcome) in run.outcomes.iter().enumerate() {
            let Some(outcome) = outcome.filter(|outcome| outcome.verdict.is_action() && !outcome.failed)
            else {
                continue;
            };
            if outcome.verdict == Verdict::Disable {
                for ami in self.disabled_amis(inventory, state, run.at, image, outcome) {
                    if let Some(sealed) = state.sealed.get_mut(ami.0 as usize) {
                        *sealed = true;
                    }
                }
            }
            if let Some(status) = state.status.get_mut(image) {
                *status = match outcome.verdict {
                    Verdict::Delete => None,
                    _ => status.map(|before| outcome.after(before)),
                };
            }
        }
    }

    /// The order of evaluation: deprecate, disable, delete; the first rule that acts wins.
    fn decide(
        &self,
        status: Status,
        tags: TagSetId,
        retained: bool,
        old_enough: OldEnough,
    ) -> (Verdict, Reason, Option<u8>) {
        let mut skipped = None;
        let mut kept = None;
        let mut young = None;
        for (position, rule) in self.rules.iter().enumerate().filter(|(_, rule)| rule.looks_at(status)) {
            if old_enough & (1 << position) == 0 {
                young = young.or(Some(rule.index));
                continue;
            }
            if rule.action == Action::Delete && !takes_slot(status) {
                return (Verdict::Delete, Reason::FailedBuild, Some(rule.index));
            }
            if rule.action == Action::Delete && retained {
                kept = Some(rule.index);
                continue;
            }
            if rule.image_tags.holds(tags) {
                skipped = skipped.or(Some(rule.index));
                continue;
            }
            let reason = if rule.age.is_some() { Reason::Age } else { Reason::Count };
            return (rule.verdict(), reason, Some(rule.index));
        }
        match (skipped, kept, young) {
            (Some(rule), _, _) => (Verdict::Skip, Reason::ImageTag, Some(rule)),
            (None, Some(rule), _) => (Verdict::Keep, Reason::Retained, Some(rule)),
            (None, None, Some(rule)) => (Verdict::Keep, Reason::TooYoung, Some(rule)),
            (None, None, None) => (Verdict::Keep, Reason::NoRuleForState, None),
        }
    }
}

/// Per rule in the order of evaluation, the latest creation instant that is old enough; `None` for a rule
/// without an age, which is reached at once.
type Cutoffs = Vec<Option<Instant>>;

/// What images are old enough for at one instant, and what another reading of it would make of them.
struct Readings {
    now: Cutoffs,
    /// At the instants of [`near`], and with months and years of fixed length.
    ///
    /// Getting older only ever moves an image up the order keep, skip, delete, disable, deprecate, and ages
    /// grow steadily from one of these instants to the next, so no instant between two of them gives a
    /// verdict that neither gives. Counting months forward from the creation gives none either.
    others: Vec<Cutoffs>,
    /// Per rule with an age: the first and the last of its cut-offs.
    bands: Vec<(Instant, Instant)>,
}

impl Readings {
    fn new(plan: &Plan, at: Instant) -> Self {
        let cutoffs = |cutoff: &dyn Fn(Age) -> Instant| -> Cutoffs {
            plan.rules.iter().map(|rule| rule.age.map(cutoff)).collect()
        };
        let now = cutoffs(&|age| age.cutoff(at));
        let mut others: Vec<Cutoffs> =
            near(at).into_iter().map(|near| cutoffs(&|age| age.cutoff(near))).collect();
        others.push(cutoffs(&|age| age.fixed_cutoff(at)));
        let band = |position: usize| {
            let all = || std::iter::once(&now).chain(&others).filter_map(|one| *one.get(position)?);
            all().min().zip(all().max())
        };
        let bands = (0..plan.rules.len()).filter_map(band).collect();
        Self { now, others, bands }
    }

    /// What an image of this age would be old enough for in the other readings; nothing where all agree.
    fn others(&self, created: Instant) -> impl Iterator<Item = OldEnough> {
        let disagree = self.bands.iter().any(|&(first, last)| created > first && created <= last);
        let others = if disagree { self.others.as_slice() } else { &[] };
        others.iter().map(move |cutoffs| bits(cutoffs, created))
    }
}

/// Failed and cancelled builds are never counted among the newest, and always qualify for deletion.
pub(crate) fn takes_slot(status: Status) -> bool {
    !matches!(status, Status::Failed | Status::Cancelled)
}

fn bits(cutoffs: &[Option<Instant>], created: Instant) -> OldEnough {
    let old_enough = |cutoff: &Option<Instant>| cutoff.is_none_or(|cutoff| created <= cutoff);
    cutoffs.iter().enumerate().fold(
        0,
        |bits, (position, cutoff)| {
            if old_enough(cutoff) { bits | (1 << position) } else { bits }
        },
    )
}
