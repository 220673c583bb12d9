//! The inventory as columns: one vector per fact, one row per image, output or AMI.

use std::ops::Range;
use std::sync::Arc;

use crate::instant::Instant;
use crate::profiles::AmiProfile;
use crate::references::References;
use crate::registry::Registry;
use crate::snapshots::SnapshotId;
use crate::snapshots::Snapshots;
use crate::tag_index::TagIndex;
use crate::text::Text;
use crate::text::Texts;

/// Index into [`Inventory::groups`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupId(pub u32);

/// Index into [`TagSets`]; 0 is the empty set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct TagSetId(pub u32);

/// Index into [`Amis`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AmiId(pub u32);

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ImageType {
    Ami,
    Docker,
}

/// `State` of an AMI in EC2, as far as a lifecycle policy cares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AmiState {
    /// Not exported, or a state that says nothing of the AMI's life, such as `pending`.
    #[default]
    Unknown,
    Available,
    Disabled,
    /// Deregistered: there is no AMI any more.
    Gone,
}

/// `state.status` of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    Pending,
    Creating,
    Building,
    Importing,
    Testing,
    Distributing,
    Integrating,
    Available,
    Cancelled,
    Failed,
    Deprecated,
    Disabled,
    Deleted,
}

/// A retention group: one version of one recipe in one account and Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    pub account: Text,
    pub region: Text,
    /// Normalised recipe name, as in ARNs; the image's own name where no recipe is known.
    pub recipe: Text,
    /// The recipe name as AWS displays it: of the spellings in the exports, the first in byte order.
    pub recipe_name: Text,
    /// Version of the recipe, as text.
    pub version: Text,
}

/// One row per image.
///
/// INVARIANT: rows are ordered by group, then newest first: creation descending, build number descending,
/// ARN ascending. Groups are ordered by account, Region, recipe and version, so the order of the images in
/// the export never shows.
#[derive(Debug, Clone, Default)]
pub struct Images {
    pub arn: Vec<Text>,
    pub name: Vec<Text>,
    pub owner: Vec<Text>,
    pub image_type: Vec<ImageType>,
    pub status: Vec<Status>,
    pub created: Vec<Instant>,
    /// Last node of the ARN.
    pub build: Vec<u32>,
    /// `buildType` IMPORT or IMPORT_ISO: built from no recipe.
    pub imported: Vec<bool>,
    pub group: Vec<GroupId>,
    pub tags: Vec<TagSetId>,
    pub details: Vec<Details>,
    /// `deprecationTime`, which may lie in the future.
    pub deprecation: Instants,
    /// INVARIANT: one longer than the other columns; image `i` owns output AMIs `ami_start[i]..ami_start[i + 1]`.
    pub(crate) ami_start: Vec<u32>,
    /// INVARIANT: like `ami_start`, for [`Containers`].
    pub(crate) container_start: Vec<u32>,
}

/// What no verdict needs and the API tells of an image; each empty when no export does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Details {
    pub platform: Text,
    pub os_version: Text,
    pub build_type: Text,
    pub image_source: Text,
    /// `sourcePipelineArn`, which only get-image has.
    pub pipeline: Text,
    /// `lifecycleExecutionId`.
    pub execution: Text,
    /// `state.reason`.
    pub reason: Text,
}

/// One row per AMI that an image lists in `outputResources.amis`, in the export's order.
#[derive(Debug, Clone, Default)]
pub struct AmiOutputs {
    pub ami: Vec<AmiId>,
    /// Empty when the export does not say.
    pub region: Vec<Text>,
    /// Empty when the export does not say.
    pub account: Vec<Text>,
    /// Row of the image.
    pub image: Vec<u32>,
    /// Index into [`Inventory::ami_profiles`].
    pub profile: Vec<u32>,
}

/// One row per container entry of `outputResources.containers`, in the export's order.
#[derive(Debug, Clone, Default)]
pub struct Containers {
    pub region: Vec<Text>,
    /// Row of the image.
    pub image: Vec<u32>,
    pub(crate) uri_start: Vec<u32>,
    pub(crate) uris: Vec<Text>,
}

/// One row per distinct AMI ID, whether an image lists it or only EC2 does.
///
/// INVARIANT: rows are ordered by the first image that lists the AMI; those that no image lists follow, by ID.
#[derive(Debug, Clone, Default)]
pub struct Amis {
    pub id: Vec<Text>,
    /// Whether a describe-images row was read; without one most facts are unknown.
    pub described: Vec<bool>,
    /// Account that owns the AMI; empty when no export says.
    pub owner: Vec<Text>,
    pub state: Vec<AmiState>,
    /// `CreationDate` of EC2, which is later than that of the image.
    pub created: Instants,
    pub public: Vec<bool>,
    pub tags: Vec<TagSetId>,
    /// Whether `tags` are all that the AMI has: EC2 leaves `Tags` out where there are none, but so does a
    /// query that asks for other members only. A row with a creation date was not cut by one.
    pub tags_known: Vec<bool>,
    /// Last launch; `None`: never, or not known.
    pub launched: Instants,
    /// Deregistration protection is anything but absent or `disabled`.
    pub protected: Vec<bool>,
    pub(crate) shared_start: Vec<u32>,
    pub(crate) shared: Vec<Text>,
    pub(crate) snapshot_start: Vec<u32>,
    pub(crate) snapshots: Vec<SnapshotId>,
}

/// Instants, some of which are not known, in eight bytes each.
#[derive(Debug, Clone, Default)]
pub struct Instants(Vec<i64>);

/// Distinct sets of tags; the first is the empty one.
#[derive(Debug, Clone)]
pub struct TagSets {
    pub(crate) start: Vec<u32>,
    pub(crate) tags: Vec<(Text, Text)>,
}

/// An element of an export that could not be used.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Skipped {
    /// The export's name as the caller gave it.
    pub source: String,
    /// JSON pointer into that export.
    pub path: String,
    pub message: String,
}

/// A page of a list of which AWS says that more follow, and whose last page was not loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CutOff {
    /// The export's name as the caller gave it.
    pub source: String,
    /// Name of the list, as AWS has it.
    pub list: &'static str,
}

/// Everything that was loaded.
#[derive(Debug, Clone, Default)]
pub struct Inventory {
    pub texts: Arc<Texts>,
    pub groups: Vec<Group>,
    /// INVARIANT: one longer than `groups`; group `i` has the image rows `group_start[i]..group_start[i + 1]`.
    pub(crate) group_start: Vec<u32>,
    pub images: Images,
    /// INVARIANT: image rows in byte order of their ARNs.
    pub by_arn: Vec<u32>,
    pub ami_outputs: AmiOutputs,
    pub ami_profiles: Vec<AmiProfile>,
    pub containers: Containers,
    pub amis: Amis,
    pub snapshots: Snapshots,
    pub references: References,
    pub registry: Registry,
    /// Which images list the AMIs that share a snapshot with another, ordered by AMI.
    pub(crate) sharer_images: Vec<(AmiId, u32)>,
    /// Rows of the outputs whose AMI another row has as well, ordered by AMI; mostly none.
    pub tied_outputs: Vec<(AmiId, u32)>,
    pub tag_sets: Arc<TagSets>,
    pub tagged_images: TagIndex,
    pub tagged_amis: TagIndex,
    /// Distinct AMI IDs among the images' outputs.
    pub output_ami_count: usize,
    /// Distinct snapshot IDs of those AMIs.
    pub output_snapshot_count: usize,
    /// Image rows, ascending, whose AMIs came more than a day after `dateCreated`, and when the last one came:
    /// AWS says both that an image's age runs from `dateCreated` and that it runs from the end of its build.
    pub late_builds: Vec<(u32, Instant)>,
    /// Image rows, ascending, that list an AMI with deregistration protection.
    pub protected_images: Vec<u32>,
    pub skipped: Vec<Skipped>,
    /// In the order of loading.
    pub cut_off: Vec<CutOff>,
}

impl Inventory {
    /// The end of a build that took more than a day.
    #[inline]
    pub fn late_build(&self, image: usize) -> Option<Instant> {
        let at = self.late_builds.binary_search_by_key(&image, |&(row, _)| row as usize).ok()?;
        self.late_builds.get(at).map(|&(_, end)| end)
    }

    pub fn len(&self) -> usize {
        self.images.arn.len()
    }

    pub fn is_empty(&self) -> bool {
        self.images.arn.is_empty()
    }

    /// Image rows of a recipe version, newest first.
    pub fn group_rows(&self, group: GroupId) -> Range<usize> {
        range(&self.group_start, group.0 as usize)
    }

    pub fn text(&self, text: Text) -> &str {
        self.texts.get(text)
    }

    pub fn arn(&self, image: usize) -> &str {
        self.images.arn.get(image).map_or("", |&arn| self.text(arn))
    }

    /// Images that list an AMI which shares a snapshot with another; none for other AMIs.
    pub fn images_of_sharer(&self, ami: AmiId) -> impl Iterator<Item = usize> {
        let start = self.sharer_images.partition_point(|&(of, _)| of < ami);
        let rest = self.sharer_images.get(start..).unwrap_or_default();
        rest.iter().take_while(move |&&(of, _)| of == ami).map(|&(_, image)| image as usize)
    }

    /// The rows of an AMI that several rows of the outputs have; none for other AMIs.
    pub fn outputs_of_tied(&self, ami: AmiId) -> impl Iterator<Item = usize> {
        let start = self.tied_outputs.partition_point(|&(of, _)| of < ami);
        let rest = self.tied_outputs.get(start..).unwrap_or_default();
        rest.iter().take_while(move |&&(of, _)| of == ami).map(|&(_, row)| row as usize)
    }

    /// Row of the image with this ARN.
    pub fn find_image(&self, arn: &str) -> Option<usize> {
        let at = self.by_arn.binary_search_by(|&row| self.arn(row as usize).cmp(arn)).ok()?;
        self.by_arn.get(at).map(|&row| row as usize)
    }
}

impl Images {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self {
            arn: Vec::with_capacity(rows),
            name: Vec::with_capacity(rows),
            owner: Vec::with_capacity(rows),
            image_type: Vec::with_capacity(rows),
            status: Vec::with_capacity(rows),
            created: Vec::with_capacity(rows),
            build: Vec::with_capacity(rows),
            imported: Vec::with_capacity(rows),
            group: Vec::with_capacity(rows),
            tags: Vec::with_capacity(rows),
            details: Vec::with_capacity(rows),
            deprecation: Instants(Vec::with_capacity(rows)),
            ami_start: Vec::with_capacity(rows.saturating_add(1)),
            container_start: Vec::with_capacity(rows.saturating_add(1)),
        }
    }

    /// Rows of [`AmiOutputs`] that belong to an image.
    pub fn ami_outputs(&self, image: usize) -> Range<usize> {
        range(&self.ami_start, image)
    }

    /// Rows of [`Containers`] that belong to an image.
    pub fn containers(&self, image: usize) -> Range<usize> {
        range(&self.container_start, image)
    }
}

impl AmiOutputs {
    pub(crate) fn with_capacity(rows: usize) -> Self {
        Self {
            ami: Vec::with_capacity(rows),
            region: Vec::with_capacity(rows),
            account: Vec::with_capacity(rows),
            image: Vec::with_capacity(rows),
            profile: Vec::new(),
        }
    }
}

impl Containers {
    pub fn len(&self) -> usize {
        self.region.len()
    }

    pub fn is_empty(&self) -> bool {
        self.region.is_empty()
    }

    /// INVARIANT: not empty; the first one names the container.
    pub fn uris(&self, container: usize) -> &[Text] {
        self.uris.get(range(&self.uri_start, container)).unwrap_or_default()
    }
}

impl Amis {
    /// Without rows, and with room for so many.
    pub(crate) fn with_capacity(rows: usize, snapshots: usize) -> Self {
        let starts = || {
            let mut starts = Vec::with_capacity(rows.saturating_add(1));
            starts.push(0);
            starts
        };
        Self {
            id: Vec::with_capacity(rows),
            described: Vec::with_capacity(rows),
            owner: Vec::with_capacity(rows),
            state: Vec::with_capacity(rows),
            created: Instants(Vec::with_capacity(rows)),
            public: Vec::with_capacity(rows),
            tags: Vec::with_capacity(rows),
            tags_known: Vec::with_capacity(rows),
            launched: Instants(Vec::with_capacity(rows)),
            protected: Vec::with_capacity(rows),
            shared_start: starts(),
            shared: Vec::new(),
            snapshot_start: starts(),
            snapshots: Vec::with_capacity(snapshots),
        }
    }

    pub fn len(&self) -> usize {
        self.id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.id.is_empty()
    }

    /// Accounts with launch permission.
    pub fn shared(&self, ami: AmiId) -> &[Text] {
        self.shared.get(range(&self.shared_start, ami.0 as usize)).unwrap_or_default()
    }

    /// How many [`Amis::snapshots`] there are.
    #[inline]
    pub fn snapshot_count(&self, ami: AmiId) -> u32 {
        let row = ami.0 as usize;
        let pair = self.snapshot_start.get(row..row.saturating_add(2)).unwrap_or_default();
        if let [from, to] = pair { to.saturating_sub(*from) } else { 0 }
    }

    /// Distinct snapshots, in the order of the block devices.
    pub fn snapshots(&self, ami: AmiId) -> &[SnapshotId] {
        self.snapshots.get(range(&self.snapshot_start, ami.0 as usize)).unwrap_or_default()
    }
}

/// The row of each AMI, by the handle of its ID.
#[derive(Debug)]
pub(crate) struct AmiIds {
    rows: Vec<u32>,
    len: u32,
}

impl AmiIds {
    pub(crate) fn new(texts: usize) -> Self {
        Self { rows: vec![u32::MAX; texts], len: 0 }
    }

    /// How many AMIs there are.
    pub(crate) fn len(&self) -> u32 {
        self.len
    }

    pub(crate) fn set(&mut self, id: Text, ami: AmiId) {
        if let Some(known) = self.rows.get_mut(id.number() as usize) {
            *known = ami.0;
            self.len = self.len.max(ami.0.saturating_add(1));
        }
    }

    pub(crate) fn get(&self, id: Text) -> Option<AmiId> {
        self.rows.get(id.number() as usize).filter(|&&ami| ami != u32::MAX).map(|&ami| AmiId(ami))
    }
}

impl Instants {
    /// Before every instant that a calendar knows.
    const UNKNOWN: i64 = i64::MIN;

    #[inline]
    pub fn get(&self, row: usize) -> Option<Instant> {
        self.0.get(row).copied().filter(|&at| at != Self::UNKNOWN).map(Instant)
    }

    /// Like [`Instants::get`], where an instant that is not known is one before all others.
    #[inline]
    pub fn or_never(&self, row: usize) -> Instant {
        Instant(self.0.get(row).copied().unwrap_or(Self::UNKNOWN))
    }

    pub fn iter(&self) -> impl Iterator<Item = Option<Instant>> {
        (0..self.0.len()).map(|row| self.get(row))
    }

    pub(crate) fn extend(&mut self, all: impl Iterator<Item = Option<Instant>>) {
        self.0.extend(all.map(|at| at.map_or(Self::UNKNOWN, |at| at.0)));
    }
}

impl Default for TagSets {
    fn default() -> Self {
        Self { start: vec![0, 0], tags: Vec::new() }
    }
}

impl TagSets {
    pub fn len(&self) -> usize {
        self.start.len().saturating_sub(1)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets all sets but the first.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.start.truncate(length.saturating_add(1));
        self.tags.truncate(self.start.last().map_or(0, |&end| end as usize));
    }

    /// Keys and values of a set, sorted by key.
    pub fn get(&self, set: TagSetId) -> &[(Text, Text)] {
        self.tags.get(range(&self.start, set.0 as usize)).unwrap_or_default()
    }
}

pub(crate) fn range(starts: &[u32], row: usize) -> Range<usize> {
    match (starts.get(row), starts.get(row.saturating_add(1))) {
        (Some(&from), Some(&to)) => from as usize..to as usize,
        _ => 0..0,
    }
}

impl AmiState {
    pub(crate) fn parse(text: &str) -> Self {
        match text {
            "available" => Self::Available,
            "disabled" => Self::Disabled,
            "deregistered" => Self::Gone,
            _ => Self::Unknown,
        }
    }
}

impl Status {
    /// The API's spelling; `IMPORTING` is only in the User Guide.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Creating => "CREATING",
            Self::Building => "BUILDING",
            Self::Importing => "IMPORTING",
            Self::Testing => "TESTING",
            Self::Distributing => "DISTRIBUTING",
            Self::Integrating => "INTEGRATING",
            Self::Available => "AVAILABLE",
            Self::Cancelled => "CANCELLED",
            Self::Failed => "FAILED",
            Self::Deprecated => "DEPRECATED",
            Self::Disabled => "DISABLED",
            Self::Deleted => "DELETED",
        }
    }

    /// The status of this name, in any case.
    pub fn parse(text: &str) -> Option<Self> {
        const ALL: [Status; 13] = [
            Status::Pending,
            Status::Creating,
            Status::Building,
            Status::Importing,
            Status::Testing,
            Status::Distributing,
            Status::Integrating,
            Status::Available,
            Status::Cancelled,
            Status::Failed,
            Status::Deprecated,
            Status::Disabled,
            Status::Deleted,
        ];
        ALL.into_iter().find(|status| status.as_str().eq_ignore_ascii_case(text))
    }

    /// A build is running: lifecycle policies leave the image alone until it ends.
    pub fn is_building(self) -> bool {
        matches!(
            self,
            Self::Pending
                | Self::Creating
                | Self::Building
                | Self::Importing
                | Self::Testing
                | Self::Distributing
                | Self::Integrating
        )
    }
}
