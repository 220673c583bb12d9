//! How much storage a run frees, at most.

use std::collections::HashSet;

use afterimage_inventory::ImageUri;
use afterimage_inventory::Inventory;
use afterimage_inventory::SnapshotId;
use afterimage_inventory::SnapshotSize;
use afterimage_inventory::Text;

use crate::outputs::OutputKind;
use crate::outputs::SnapshotOutcome;
use crate::plan::Plan;
use crate::risks::Risk;
use crate::run::Run;
use crate::run::State;
use crate::verdict::OutputVerdict;

/// Storage that deletions free. The bytes are upper bounds: a snapshot is billed by the blocks that no
/// earlier snapshot of its volume holds, and layers of container images are shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Storage {
    /// Deleted snapshots, each counted once.
    pub snapshots: u32,
    pub snapshot_bytes: u64,
    /// Of snapshots in the archive tier; not in `snapshot_bytes`.
    pub archived_bytes: u64,
    /// Snapshots whose size is that of their volume, for want of the bytes that were written to it.
    pub sized_by_volume: u32,
    /// Snapshots that add nothing to the bytes because no export tells their size.
    pub unknown_snapshots: u32,
    /// Deleted container images, each counted once per registry.
    pub containers: u32,
    pub container_bytes: u64,
    pub unknown_containers: u32,
}

/// Prices per GiB and month, in the user's currency. They differ by Region and change, so none is built in.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Rates {
    pub snapshot: Option<f64>,
    pub archive: Option<f64>,
    pub container: Option<f64>,
}

/// Remembers what earlier runs freed, since images share container images and AMIs share snapshots.
#[derive(Debug, Clone)]
pub struct StorageMeter<'a> {
    inventory: &'a Inventory,
    snapshots: Vec<bool>,
    /// Registry, repository and number of an image; or the first URI of one that ECR's exports do not know.
    containers: HashSet<(&'a str, &'a str, Option<u32>)>,
    /// Everything that was freed so far.
    pub total: Storage,
}

impl<'a> StorageMeter<'a> {
    pub fn new(inventory: &'a Inventory) -> Self {
        Self {
            inventory,
            snapshots: vec![false; inventory.snapshots.len()],
            containers: HashSet::new(),
            total: Storage::default(),
        }
    }

    /// What a run frees that no run before it freed. `state` is the one that the run started from.
    pub fn run(&mut self, plan: &Plan, state: &State, run: &Run) -> Storage {
        self.run_of(plan, state, run, |_| true)
    }

    /// Like [`StorageMeter::run`], of some of the images.
    pub fn run_of(
        &mut self,
        plan: &Plan,
        state: &State,
        run: &Run,
        counts: impl Fn(usize) -> bool,
    ) -> Storage {
        let mut freed = Storage::default();
        for image in (0..self.inventory.len()).filter(|image| counts(*image)) {
            let outputs = plan.outputs(self.inventory, state, run, image);
            for output in outputs.into_iter().filter(|output| !output.gone) {
                match output.kind {
                    OutputKind::Ami(_) => {
                        for snapshot in &output.snapshots {
                            if snapshot.is_freed() {
                                self.snapshot(snapshot.snapshot, &mut freed);
                            }
                        }
                    }
                    OutputKind::Container(row) if output.verdict == OutputVerdict::Delete => {
                        self.container(row as usize, output.id, &mut freed);
                    }
                    OutputKind::Container(_) => {}
                }
            }
        }
        self.total.add(&freed);
        freed
    }

    fn snapshot(&mut self, id: SnapshotId, freed: &mut Storage) {
        let Some(seen) = self.snapshots.get_mut(id.0 as usize).filter(|seen| !**seen) else { return };
        *seen = true;
        let snapshots = &self.inventory.snapshots;
        count(&mut freed.snapshots);
        let Some(size) = snapshots.size(id) else { return count(&mut freed.unknown_snapshots) };
        if matches!(size, SnapshotSize::Volume(_)) {
            count(&mut freed.sized_by_volume);
        }
        let archived = snapshots.described(id).is_some_and(|snapshot| snapshot.archived);
        let bytes = if archived { &mut freed.archived_bytes } else { &mut freed.snapshot_bytes };
        *bytes = bytes.saturating_add(size.bytes());
    }

    /// Each repository that holds the image has its own copy of it.
    fn container(&mut self, row: usize, id: Text, freed: &mut Storage) {
        let inventory = self.inventory;
        let mut known = false;
        for &uri in inventory.containers.uris(row) {
            let uri = ImageUri::parse(inventory.text(uri));
            let Some((number, image)) = inventory.registry.image(&inventory.texts, &uri) else { continue };
            known = true;
            if self.containers.insert((uri.registry, uri.repository, Some(number))) {
                count(&mut freed.containers);
                match image.size {
                    Some(size) => freed.container_bytes = freed.container_bytes.saturating_add(size),
                    None => count(&mut freed.unknown_containers),
                }
            }
        }
        if !known && self.containers.insert((inventory.text(id), "", None)) {
            count(&mut freed.containers);
            count(&mut freed.unknown_containers);
        }
    }
}

impl SnapshotOutcome {
    /// EC2 keeps a snapshot that a registered AMI uses, whatever becomes of the request.
    fn is_freed(&self) -> bool {
        let used = |risk: &Risk| matches!(risk, Risk::SharedSnapshot(_));
        self.verdict == OutputVerdict::Delete && !self.risks.iter().any(used)
    }
}

impl Storage {
    fn add(&mut self, other: &Self) {
        let add = |sum: &mut u32, count: u32| *sum = sum.saturating_add(count);
        add(&mut self.snapshots, other.snapshots);
        add(&mut self.sized_by_volume, other.sized_by_volume);
        add(&mut self.unknown_snapshots, other.unknown_snapshots);
        add(&mut self.containers, other.containers);
        add(&mut self.unknown_containers, other.unknown_containers);
        self.snapshot_bytes = self.snapshot_bytes.saturating_add(other.snapshot_bytes);
        self.archived_bytes = self.archived_bytes.saturating_add(other.archived_bytes);
        self.container_bytes = self.container_bytes.saturating_add(other.container_bytes);
    }

    /// Why the bytes are a bound, and what they leave out.
    pub fn reasons(&self) -> Vec<String> {
        let mut parts = Vec::new();
        let some = |count: u32, noun: &str| match count {
            1 => format!("1 {noun}"),
            count => format!("{count} {noun}s"),
        };
        if self.snapshots > self.unknown_snapshots {
            parts.push("snapshots are billed by the blocks that no other snapshot holds".to_owned());
        }
        if self.sized_by_volume > 0 {
            let snapshots = some(self.sized_by_volume, "snapshot");
            parts.push(format!("{snapshots} taken at the full size of the volume"));
        }
        if self.unknown_snapshots > 0 {
            parts.push(format!("{} of unknown size not counted", some(self.unknown_snapshots, "snapshot")));
        }
        if self.containers > self.unknown_containers {
            parts.push("container images share layers".to_owned());
        }
        if self.unknown_containers > 0 {
            let images = some(self.unknown_containers, "container image");
            parts.push(format!("{images} of unknown size not counted"));
        }
        parts
    }

    /// What the freed storage costs a month, at most, as far as the rates go; `None` without any.
    pub fn monthly_price(&self, rates: &Rates) -> Option<f64> {
        let parts = [
            (self.snapshot_bytes, rates.snapshot),
            (self.archived_bytes, rates.archive),
            (self.container_bytes, rates.container),
        ];
        let priced = parts.into_iter().filter_map(|(bytes, rate)| Some(gib(bytes) * rate?));
        parts.iter().any(|(_, rate)| rate.is_some()).then(|| rounded_up(priced.sum(), 100.0))
    }
}

/// Bytes in GiB.
pub fn gib(bytes: u64) -> f64 {
    bytes as f64 / 1_073_741_824.0
}

/// A bound in so many parts of one. It is not rounded down, but for what the arithmetic itself adds.
pub fn rounded_up(bound: f64, parts: f64) -> f64 {
    // Of nothing that leaves a negative zero.
    (bound * parts - 1e-6).ceil().abs() / parts
}

fn count(count: &mut u32) {
    *count = count.saturating_add(1);
}
