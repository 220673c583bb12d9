//! One lifecycle execution, and all of them.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::collections::HashMap;
use std::sync::Arc;

use afterimage_inventory::AmiId;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_simulator::Output;
use afterimage_simulator::OutputVerdict;
use afterimage_simulator::Reason;
use afterimage_simulator::Verdict;

/// What is done to a resource, in the API's words for execution resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Available,
    Deprecate,
    Disable,
    Delete,
}

/// How the action on a resource ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    Failed,
    Skipped,
}

/// What an execution is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Subject {
    /// ARN of a policy.
    Policy(Arc<str>),
    /// Row of the image that a caller asked to change.
    Image(u32),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Paused until the next daily run.
    Paused,
    /// Waiting for its time.
    Scheduled(Instant),
    /// At work on a resource until then.
    Running(Instant),
    /// Likewise, and not going on afterwards.
    Cancelling(Instant),
    Ended(Instant, Status),
}

/// How an execution ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    Success,
    Failed,
    Cancelled,
}

#[derive(Debug, Clone)]
pub(crate) struct Execution {
    pub(crate) id: String,
    pub(crate) subject: Subject,
    pub(crate) started: Instant,
    pub(crate) phase: Phase,
    /// Images in the order in which they are worked on, all known from the start.
    pub(crate) resources: Vec<Resource>,
    /// How many more there were, of which nothing became.
    pub(crate) forgotten: u32,
    /// How many of them are done.
    pub(crate) done: u32,
    /// How many of them were done since the last daily run.
    pub(crate) done_in_run: u32,
}

/// One image that an execution identified.
#[derive(Debug, Clone)]
pub(crate) struct Resource {
    /// Row of the inventory.
    pub(crate) image: u32,
    pub(crate) action: Action,
    /// Why the policy acts or skips; `None` when a caller asked for it.
    pub(crate) reason: Option<Reason>,
    pub(crate) end: End,
    /// The image changes its state.
    pub(crate) changes: bool,
    pub(crate) outputs: Vec<ResourceOutput>,
    pub(crate) began: Option<Instant>,
    pub(crate) ended: Option<Instant>,
}

/// One AMI or container image of such an image that was identified as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ResourceOutput {
    /// Position among the image's outputs: AMIs first, then containers.
    pub(crate) at: u32,
    pub(crate) end: End,
    pub(crate) reason: Reason,
    /// The AMI was gone before, which counts as done.
    pub(crate) gone: bool,
    /// What happens to its snapshots, where something does.
    pub(crate) snapshots: Option<(End, Reason)>,
}

/// Where an output stands in the inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OutputRow {
    /// Row of `Inventory::ami_outputs`, and the AMI.
    Ami(usize, AmiId),
    /// Row of `Inventory::containers`.
    Container(usize),
}

impl Action {
    pub(crate) const ALL: [Self; 4] = [Self::Available, Self::Deprecate, Self::Disable, Self::Delete];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Available => "AVAILABLE",
            Self::Deprecate => "DEPRECATE",
            Self::Disable => "DISABLE",
            Self::Delete => "DELETE",
        }
    }
}

impl End {
    pub(crate) const ALL: [Self; 3] = [Self::Success, Self::Failed, Self::Skipped];

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Skipped => "SKIPPED",
        }
    }

    /// What becomes of an output; `None` when the action is not about it.
    fn of(verdict: OutputVerdict) -> Option<Self> {
        match verdict {
            OutputVerdict::Deprecate | OutputVerdict::Disable | OutputVerdict::Delete => Some(Self::Success),
            OutputVerdict::Skip => Some(Self::Skipped),
            OutputVerdict::Fail => Some(Self::Failed),
            OutputVerdict::Left => None,
        }
    }
}

impl Status {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }
}

impl Phase {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Paused | Self::Scheduled(_) => "PENDING",
            Self::Running(_) => "IN_PROGRESS",
            Self::Cancelling(_) => "CANCELLING",
            Self::Ended(_, status) => status.as_str(),
        }
    }

    /// When the execution goes on by itself.
    pub(crate) fn due(self) -> Option<Instant> {
        match self {
            Self::Scheduled(at) | Self::Running(at) | Self::Cancelling(at) => Some(at),
            Self::Paused | Self::Ended(..) => None,
        }
    }

    pub(crate) fn end(self) -> Option<Instant> {
        if let Self::Ended(at, _) = self { Some(at) } else { None }
    }
}

impl Execution {
    /// When the work on the outputs of an image begins and ends: with the image, and when a deprecation is
    /// scheduled at once, since AMIs get their deprecation time in EC2 when it is asked for.
    pub(crate) fn work_on_outputs(&self, resource: &Resource) -> (Option<Instant>, Option<Instant>) {
        // What is not scheduled begins when it is asked for.
        let is_scheduled = matches!(self.subject, Subject::Image(_)) && resource.began != Some(self.started);
        if is_scheduled { (Some(self.started), Some(self.started)) } else { (resource.began, resource.ended) }
    }

    /// Forgets the images of which nothing became: they were skipped, failed or not reached.
    fn forget_the_idle(&mut self) {
        if self.phase.end().is_none() {
            return;
        }
        let before = self.resources.len();
        self.resources.retain(|resource| resource.ended.is_some() && resource.has_effect());
        self.resources.shrink_to_fit();
        let left = self.resources.len();
        self.forgotten = self.forgotten.saturating_add(before.saturating_sub(left) as u32);
        self.done = left as u32;
    }
}

impl Resource {
    /// What is kept of the outputs that the simulator tells of: of snapshots only if the action includes them, and
    /// nothing of those of an AMI that is gone.
    pub(crate) fn outputs(outputs: &[Output], with_snapshots: bool) -> Vec<ResourceOutput> {
        let identified = (0..).zip(outputs).filter_map(|(at, output)| {
            let (gone, reason) = (output.gone, output.reason);
            let end = End::of(output.verdict)?;
            // Exclusions and protection are those of AMIs that are there.
            let end = if gone { End::Success } else { end };
            let first = output.snapshots.first().filter(|_| with_snapshots && !gone);
            let snapshots = first.and_then(|first| Some((End::of(first.verdict)?, first.reason)));
            Some(ResourceOutput { at, end, reason, gone, snapshots })
        });
        identified.collect()
    }

    /// Whether the image or one of its outputs becomes something else.
    pub(crate) fn has_effect(&self) -> bool {
        self.changes || self.outputs.iter().any(|output| output.end == End::Success && !output.gone)
    }

    /// Nothing was left to do, so nothing failed.
    pub(crate) fn succeed_without_effect(&mut self) {
        let succeed = |end: &mut End| *end = if *end == End::Failed { End::Success } else { *end };
        succeed(&mut self.end);
        self.outputs.iter_mut().for_each(|output| succeed(&mut output.end));
        self.changes = false;
    }

    /// The action of a verdict that is one, or the one that an exclusion stopped.
    pub(crate) fn action_of(verdict: Verdict) -> Option<Action> {
        match verdict {
            Verdict::Deprecate => Some(Action::Deprecate),
            Verdict::Disable => Some(Action::Disable),
            Verdict::Delete => Some(Action::Delete),
            Verdict::Skip | Verdict::Keep | Verdict::Ignore => None,
        }
    }
}

impl ResourceOutput {
    pub(crate) fn row(self, inventory: &Inventory, image: u32) -> Option<OutputRow> {
        let (mut amis, image) = (inventory.images.ami_outputs(image as usize), image as usize);
        let at = self.at as usize;
        let number = amis.len();
        match amis.nth(at) {
            Some(row) => Some(OutputRow::Ami(row, *inventory.ami_outputs.ami.get(row)?)),
            None => inventory.images.containers(image).nth(at.checked_sub(number)?).map(OutputRow::Container),
        }
    }
}

/// How many executions of each policy list the images of which nothing became. The same ones are likely to be
/// skipped or to fail every night, and would be most of what there is to keep.
const LISTED_IN_FULL: usize = 7;

/// Every execution, and the ways to find them. Executions are numbered as they begin.
#[derive(Debug, Clone, Default)]
pub(crate) struct Executions {
    all: Vec<Execution>,
    by_id: HashMap<String, u32>,
    by_policy: BTreeMap<Arc<str>, Vec<u32>>,
    by_image: BTreeMap<u32, Vec<u32>>,
    /// Those that have not ended.
    open: BTreeSet<u32>,
    /// When those go on that do so by themselves.
    due: BTreeSet<(Instant, u32)>,
}

impl Executions {
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Execution> {
        self.all.iter()
    }

    pub(crate) fn add(&mut self, execution: Execution) -> u32 {
        let number = self.all.len() as u32;
        self.by_id.insert(execution.id.clone(), number);
        match &execution.subject {
            Subject::Policy(arn) => {
                let numbers = self.by_policy.entry(Arc::clone(arn)).or_default();
                numbers.push(number);
                let old = numbers.iter().rev().nth(LISTED_IN_FULL);
                if let Some(old) = old.and_then(|&old| self.all.get_mut(old as usize)) {
                    old.forget_the_idle();
                }
            }
            Subject::Image(image) => self.by_image.entry(*image).or_default().push(number),
        }
        if execution.phase.end().is_none() {
            self.open.insert(number);
        }
        self.due.extend(execution.phase.due().map(|at| (at, number)));
        self.all.push(execution);
        number
    }

    pub(crate) fn get(&self, number: u32) -> Option<&Execution> {
        self.all.get(number as usize)
    }

    pub(crate) fn find(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// Changes everything but the phase.
    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut Execution> {
        self.all.get_mut(number as usize)
    }

    pub(crate) fn set_phase(&mut self, number: u32, phase: Phase) {
        let Some(execution) = self.all.get_mut(number as usize) else { return };
        if let Some(at) = execution.phase.due() {
            self.due.remove(&(at, number));
        }
        execution.phase = phase;
        if phase.end().is_some() {
            self.open.remove(&number);
        }
        self.due.extend(phase.due().map(|at| (at, number)));
    }

    /// The next one that goes on by itself, and when.
    pub(crate) fn next_due(&self) -> Option<(Instant, u32)> {
        self.due.first().copied()
    }

    pub(crate) fn open(&self) -> impl Iterator<Item = (u32, &Execution)> {
        self.open.iter().filter_map(|&number| Some((number, self.get(number)?)))
    }

    pub(crate) fn open_of_policy(&self, arn: &str) -> Option<u32> {
        self.last_if_open(self.of_policy(arn))
    }

    pub(crate) fn open_of(&self, subject: &Subject) -> Option<u32> {
        match subject {
            Subject::Policy(arn) => self.open_of_policy(arn),
            Subject::Image(image) => self.last_if_open(self.of_image(*image)),
        }
    }

    /// One at a time is open of a policy, or asked for of an image, so it can only be the last.
    fn last_if_open(&self, numbers: &[u32]) -> Option<u32> {
        numbers.last().copied().filter(|last| self.open.contains(last))
    }

    /// The change of an image that waits for its time.
    pub(crate) fn scheduled(&self, image: u32) -> Option<u32> {
        let open = self.last_if_open(self.of_image(image))?;
        matches!(self.get(open)?.phase, Phase::Scheduled(_)).then_some(open)
    }

    /// Numbers of the executions of a policy, ascending.
    pub(crate) fn of_policy(&self, arn: &str) -> &[u32] {
        self.by_policy.get(arn).map(Vec::as_slice).unwrap_or_default()
    }

    /// Numbers of the executions that callers started for an image, ascending.
    pub(crate) fn of_image(&self, image: u32) -> &[u32] {
        self.by_image.get(&image).map(Vec::as_slice).unwrap_or_default()
    }
}
