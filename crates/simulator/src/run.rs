//! One daily run: a verdict for every image in one pass, and the state that it leaves.

use afterimage_inventory::AmiId;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Status;
use afterimage_inventory::TagSetId;
use afterimage_policy::Action;

use crate::calendar::Arithmetic;
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
        let cutoffs: Vec<Option<Instant>> =
            self.rules.iter().map(|rule| rule.age.map(|age| age.cutoff(at))).collect();
        let bands: Vec<Option<(Instant, Instant)>> =
            self.rules.iter().map(|rule| rule.age.map(|age| age.band(at))).collect();
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
                    let old_enough = bits(&cutoffs, |cutoff| created <= cutoff);
                    let (verdict, reason, rule) = self.decide(status, tags, retained, old_enough);
                    let near = bands.iter().flatten().any(|&(low, high)| created > low && created <= high);
                    let boundary = near
                        && self.other_readings(created, at).into_iter().any(|other| {
                            other != old_enough && self.decide(status, tags, retained, other).0 != verdict
                        });
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

    /// What an image would be old enough for a day earlier, a day later, and with months counted otherwise.
    ///
    /// Getting older only ever moves an image up the order keep, skip, delete, disable, deprecate, so no
    /// instant between those looked at here can give a verdict that neither end gives.
    fn other_readings(&self, created: Instant, now: Instant) -> [OldEnough; 4] {
        let ages: Vec<_> = self.rules.iter().map(|rule| rule.age).collect();
        [
            (now.plus_days(-1), Arithmetic::Back),
            (now.plus_days(1), Arithmetic::Back),
            (now, Arithmetic::Forward),
            (now, Arithmetic::Fixed),
        ]
        .map(|(now, arithmetic)| bits(&ages, |age| age.old_enough(created, now, arithmetic)))
    }
}

/// Failed and cancelled builds are never counted among the newest, and always qualify for deletion.
pub(crate) fn takes_slot(status: Status) -> bool {
    !matches!(status, Status::Failed | Status::Cancelled)
}

/// A rule without an age (`None`) is reached at once.
fn bits<T: Copy>(ages: &[Option<T>], reached: impl Fn(T) -> bool) -> OldEnough {
    ages.iter().enumerate().fold(
        0,
        |bits, (position, age)| {
            if age.is_none_or(&reached) { bits | (1 << position) } else { bits }
        },
    )
}
