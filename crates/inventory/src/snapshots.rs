//! The snapshots of AMIs, and how large they can be.

use hashbrown::HashMap;

use crate::columns::AmiId;
use crate::columns::TagSetId;
use crate::sort;
use crate::text::Text;

/// Index into [`Snapshots`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SnapshotId(pub u32);

/// One row per distinct snapshot that an AMI lists.
#[derive(Debug, Clone, Default)]
pub struct Snapshots {
    pub id: Vec<Text>,
    /// Size in GiB of the smallest volume that an AMI makes of the snapshot; 0 when no export says.
    pub(crate) volume: Vec<u32>,
    /// What describe-snapshots says. INVARIANT: empty, or one row per snapshot.
    pub(crate) described: Vec<Option<DescribedSnapshot>>,
    /// Every use of a snapshot that several AMIs share, ordered by snapshot.
    pub(crate) shared: Vec<(SnapshotId, AmiId)>,
}

/// What describe-snapshots says of a snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DescribedSnapshot {
    /// Size of all blocks that were written; 0 when it is not known.
    pub full_bytes: u64,
    /// Size in GiB of the volume; 0 when it is not known.
    pub volume: u32,
    pub archived: bool,
    pub tags: TagSetId,
}

/// The most that a snapshot can occupy. What it does occupy, the blocks that no earlier snapshot holds, no
/// API tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SnapshotSize {
    /// Bytes that were written to the volume.
    Full(u64),
    /// Bytes of the whole volume.
    Volume(u64),
}

impl Snapshots {
    pub fn len(&self) -> usize {
        self.id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    /// What describe-snapshots says, if it was loaded.
    pub fn described(&self, snapshot: SnapshotId) -> Option<&DescribedSnapshot> {
        self.described.get(snapshot.0 as usize)?.as_ref()
    }

    pub fn size(&self, snapshot: SnapshotId) -> Option<SnapshotSize> {
        const GIB: u64 = 1 << 30;
        let described = self.described(snapshot).copied().unwrap_or_default();
        if described.full_bytes > 0 {
            return Some(SnapshotSize::Full(described.full_bytes));
        }
        let listed = self.volume.get(snapshot.0 as usize).copied().unwrap_or_default();
        let volume = if described.volume > 0 { described.volume } else { listed };
        (volume > 0).then(|| SnapshotSize::Volume(u64::from(volume).saturating_mul(GIB)))
    }

    /// Whether any snapshot belongs to several AMIs.
    pub fn has_shared(&self) -> bool {
        !self.shared.is_empty()
    }

    /// The AMIs of a snapshot that several AMIs list; empty for any other.
    pub fn sharers(&self, snapshot: SnapshotId) -> impl Iterator<Item = AmiId> {
        let start = self.shared.partition_point(|&(of, _)| of < snapshot);
        let rest = self.shared.get(start..).unwrap_or_default();
        rest.iter().take_while(move |&&(of, _)| of == snapshot).map(|&(_, ami)| ami)
    }
}

impl SnapshotSize {
    pub fn bytes(self) -> u64 {
        match self {
            Self::Full(bytes) | Self::Volume(bytes) => bytes,
        }
    }
}

/// Gathers the distinct snapshots of the AMIs, which come in the order of their rows.
pub(crate) struct Gather<'a> {
    described: &'a HashMap<Text, DescribedSnapshot>,
    /// Numbers of the snapshots, by the handles of their IDs; `u32::MAX` for other texts.
    index: Vec<u32>,
    pub(crate) snapshots: Snapshots,
    /// The first AMI of each snapshot.
    first: Vec<AmiId>,
}

impl<'a> Gather<'a> {
    /// `most` is how many there may be.
    pub(crate) fn new(described: &'a HashMap<Text, DescribedSnapshot>, texts: usize, most: usize) -> Self {
        let snapshots = Snapshots {
            id: Vec::with_capacity(most),
            volume: Vec::with_capacity(most),
            ..Snapshots::default()
        };
        Self { described, index: vec![u32::MAX; texts], snapshots, first: Vec::with_capacity(most) }
    }

    pub(crate) fn add(&mut self, ami: AmiId, id: Text, volume: u32) -> SnapshotId {
        let next = SnapshotId(self.snapshots.id.len() as u32);
        let snapshot = match self.index.get_mut(id.number() as usize) {
            Some(number) if *number == u32::MAX => {
                *number = next.0;
                next
            }
            Some(number) => SnapshotId(*number),
            None => next,
        };
        let snapshots = &mut self.snapshots;
        if snapshot == next {
            snapshots.id.push(id);
            snapshots.volume.push(volume);
            self.first.push(ami);
            if !self.described.is_empty() {
                snapshots.described.push(self.described.get(&id).copied());
            }
            return snapshot;
        }
        if let Some(known) = snapshots.volume.get_mut(snapshot.0 as usize) {
            *known = if *known == 0 || (volume > 0 && volume < *known) { volume } else { *known };
        }
        if let Some(first) = self.first.get(snapshot.0 as usize) {
            snapshots.shared.extend([(snapshot, *first), (snapshot, ami)]);
        }
        snapshot
    }

    pub(crate) fn finish(mut self) -> Snapshots {
        sort::sort(&mut self.snapshots.shared);
        self.snapshots.shared.dedup();
        self.snapshots
    }
}
