//! What may make an action fail although nothing in the exports proves that it will.
//!
//! The execution role decides in most cases, and no export shows what it may do. What AWS's managed policy
//! allows is documented: where it would refuse an action, that is said beside the verdict and changes none.

use afterimage_inventory::AmiId;
use afterimage_inventory::ImageUri;
use afterimage_inventory::Inventory;
use afterimage_inventory::SnapshotId;
use afterimage_inventory::TagSetId;
use afterimage_inventory::Text;

use crate::outputs::Output;
use crate::outputs::OutputKind;
use crate::outputs::SnapshotOutcome;
use crate::plan::Plan;
use crate::run::Run;
use crate::run::State;
use crate::verdict::OutputVerdict;

/// Why an action may fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Risk {
    /// AWS's managed policy acts only on AMIs and snapshots that Image Builder tagged.
    CreatedByTag,
    /// The AMI belongs to another account, where only a role of a fixed name may act.
    OtherAccount,
    /// EC2 deletes no snapshot that a registered AMI uses, and this AMI stays.
    SharedSnapshot(AmiId),
    /// AWS's managed policy deletes only from repositories that carry a tag.
    RepositoryTag,
}

impl Risk {
    pub fn code(self) -> &'static str {
        match self {
            Self::CreatedByTag => "created-by-tag",
            Self::OtherAccount => "other-account",
            Self::SharedSnapshot(_) => "shared-snapshot",
            Self::RepositoryTag => "repository-tag",
        }
    }

    pub fn message(self, inventory: &Inventory) -> String {
        match self {
            Self::CreatedByTag => format!(
                "lacks the tag `{}={}`, without which AWS's managed policy for the execution role allows nothing",
                CREATED_BY.0, CREATED_BY.1
            ),
            Self::OtherAccount => {
                "belongs to another account, which has to have the role `Ec2ImageBuilderCrossAccountLifecycleAccess`"
                    .to_owned()
            }
            Self::SharedSnapshot(ami) => {
                let id = inventory.amis.id.get(ami.0 as usize).map_or("", |&id| inventory.text(id));
                format!("is in use by the AMI `{id}`, which stays, so EC2 does not delete it")
            }
            Self::RepositoryTag => format!(
                "is in a repository without the tag `{}={}`, which AWS's managed policy asks for",
                REPOSITORY.0, REPOSITORY.1
            ),
        }
    }
}

const CREATED_BY: (&str, &str) = ("CreatedBy", "EC2 Image Builder");
const REPOSITORY: (&str, &str) = ("LifecycleExecutionAccess", "EC2 Image Builder");

fn carries(inventory: &Inventory, set: TagSetId, (key, value): (&str, &str)) -> bool {
    let (Some(key), Some(value)) = (inventory.texts.find(key), inventory.texts.find(value)) else {
        return false;
    };
    inventory.tag_sets.get(set).contains(&(key, value))
}

/// The risks of an action on an AMI. `account` is the one that owns it, as far as it is known.
fn ami(inventory: &Inventory, image: usize, ami: AmiId, account: Text) -> Vec<Risk> {
    let (amis, row) = (&inventory.amis, ami.0 as usize);
    let tags = amis.tags.get(row).filter(|_| amis.tags_known.get(row) == Some(&true));
    let untagged = tags.is_some_and(|&tags| !carries(inventory, tags, CREATED_BY));
    let group = inventory.images.group.get(image).and_then(|id| inventory.groups.get(id.0 as usize));
    let elsewhere = account != Text::EMPTY && group.is_some_and(|group| group.account != account);
    let risks = [(untagged, Risk::CreatedByTag), (elsewhere, Risk::OtherAccount)];
    risks.into_iter().filter(|(is, _)| *is).map(|(_, risk)| risk).collect()
}

fn container(inventory: &Inventory, row: u32) -> Option<Risk> {
    let uris = inventory.containers.uris(row as usize).iter();
    let mut tags = uris.filter_map(|&uri| {
        let uri = ImageUri::parse(inventory.text(uri));
        inventory.registry.repository_tags(&inventory.texts, &uri)
    });
    tags.any(|set| !carries(inventory, set, REPOSITORY)).then_some(Risk::RepositoryTag)
}

impl Plan {
    /// Adds to an output what may make its action fail.
    pub(crate) fn add_risks(
        &self,
        inventory: &Inventory,
        state: &State,
        run: &Run,
        image: usize,
        output: &mut Output,
    ) {
        if output.gone {
            return;
        }
        let acted =
            !matches!(output.verdict, OutputVerdict::Skip | OutputVerdict::Left | OutputVerdict::Fail);
        match output.kind {
            OutputKind::Ami(id) => {
                if acted {
                    output.risks = ami(inventory, image, id, output.account);
                }
                for snapshot in &mut output.snapshots {
                    if snapshot.verdict == OutputVerdict::Delete {
                        snapshot.risks = self.snapshot(inventory, state, run, id, snapshot);
                    }
                }
            }
            OutputKind::Container(row) if acted => output.risks.extend(container(inventory, row)),
            OutputKind::Container(_) => {}
        }
    }

    fn snapshot(
        &self,
        inventory: &Inventory,
        state: &State,
        run: &Run,
        ami: AmiId,
        snapshot: &SnapshotOutcome,
    ) -> Vec<Risk> {
        let described = inventory.snapshots.described(snapshot.snapshot);
        let untagged = described.is_some_and(|snapshot| !carries(inventory, snapshot.tags, CREATED_BY));
        let user = self.remaining_user(inventory, state, run, snapshot.snapshot, ami);
        let shared = user.map(Risk::SharedSnapshot);
        shared.into_iter().chain(untagged.then_some(Risk::CreatedByTag)).collect()
    }

    /// Another AMI of a snapshot that is still registered after the run: of several the one with the first ID,
    /// whatever order they were loaded in.
    fn remaining_user(
        &self,
        inventory: &Inventory,
        state: &State,
        run: &Run,
        snapshot: SnapshotId,
        ami: AmiId,
    ) -> Option<AmiId> {
        let stays =
            |other: AmiId| !state.is_deregistered(other) && !self.deregisters(inventory, state, run, other);
        let id = |ami: AmiId| inventory.amis.id.get(ami.0 as usize).map(|&id| inventory.text(id));
        let others = inventory.snapshots.sharers(snapshot).filter(|&other| other != ami);
        others.fold(None, |first, other| {
            let earlier = first.is_none_or(|first| id(other) < id(first));
            if earlier && stays(other) { Some(other) } else { first }
        })
    }

    /// Whether the run deregisters an AMI that shares a snapshot.
    fn deregisters(&self, inventory: &Inventory, state: &State, run: &Run, ami: AmiId) -> bool {
        inventory.images_of_sharer(ami).any(|image| {
            let mut found = false;
            let Some(outcome) = run.outcome(image) else { return false };
            self.visit_fates(inventory, state, run.at, image, outcome, |fate| {
                found |= fate.kind == OutputKind::Ami(ami) && fate.verdict == OutputVerdict::Delete;
            });
            found
        })
    }
}
