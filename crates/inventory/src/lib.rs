//! AWS exports of images and AMIs, read into one columnar [`Inventory`].
//!
//! A [`Loader`] recognises each export by its content, joins EC2 facts to images by AMI ID, merges what
//! several exports say of the same image, and reports what it had to skip. Reading is the expensive part and
//! happens once; every question is answered from the columns afterwards.
//!
//! This crate knows nothing of policies: what happens to an image is `afterimage-simulator`'s work.

mod columns;
mod decode;
mod element;
mod export;
mod instant;
mod load;
mod pages;
mod profiles;
mod reader;
mod references;
mod registry;
mod rows;
mod scan;
mod snapshots;
pub mod sort;
mod split;
mod table;
mod tag_index;
mod text;
mod write;

pub use columns::{
    AmiId, AmiOutputs, AmiState, Amis, Containers, CutOff, Details, Group, GroupId, ImageType, Images,
    Instants, Inventory, Skipped, Status, TagSetId, TagSets,
};
pub use decode::text;
pub use instant::{EpochSeconds, Instant, ParseInstantError};
pub use load::{Feed, LoadError, Loader, Progress};
pub use profiles::AmiProfile;
pub use references::{Reference, ReferenceKind, References, TemplateVersion};
pub use registry::{ImageUri, Registry, RegistryImage};
pub use snapshots::{DescribedSnapshot, SnapshotId, SnapshotSize, Snapshots};
pub use tag_index::TagIndex;
pub use text::{Text, Texts};
pub use write::{
    AmiOutputDocument, ContainerDocument, ImageDocument, OutputsDocument, RecipeDocument, StateDocument,
};
