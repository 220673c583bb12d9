//! An inventory as exports: reading what is written here gives the same images and AMIs again.
//!
//! Left out is what neither images nor AMIs are: references, the registry, sizes from describe-snapshots,
//! and what was skipped.

use serde::Serialize;

use crate::columns::AmiId;
use crate::columns::AmiState;
use crate::columns::ImageType;
use crate::columns::Inventory;
use crate::columns::TagSetId;
use crate::instant::EpochSeconds;
use crate::text::Text;

/// One image as Image Builder describes it: what get-image and list-image-build-versions say together.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageDocument<'a> {
    pub arn: &'a str,
    #[serde(rename = "type")]
    pub image_type: &'static str,
    pub name: &'a str,
    /// With the build number: `1.0.0/1`.
    pub version: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub platform: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub os_version: &'a str,
    pub state: StateDocument<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub owner: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_recipe: Option<RecipeDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container_recipe: Option<RecipeDocument<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub source_pipeline_arn: &'a str,
    pub date_created: String,
    pub output_resources: OutputsDocument<'a>,
    #[serde(serialize_with = "pairs")]
    pub tags: Vec<(&'a str, &'a str)>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub build_type: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub image_source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deprecation_time: Option<EpochSeconds>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub lifecycle_execution_id: &'a str,
}

/// `ImageState`, of an image or of one of its AMIs.
#[derive(Debug, Clone, Serialize)]
pub struct StateDocument<'a> {
    pub status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'a str>,
}

/// What is known of the recipe of an image.
#[derive(Debug, Clone, Serialize)]
pub struct RecipeDocument<'a> {
    /// Follows from the image, so exports go without.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    pub name: &'a str,
    pub version: &'a str,
}

#[derive(Debug, Clone, Serialize)]
pub struct OutputsDocument<'a> {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub amis: Vec<AmiOutputDocument<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub containers: Vec<ContainerDocument<'a>>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AmiOutputDocument<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub region: &'a str,
    pub image: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<StateDocument<'a>>,
    #[serde(skip_serializing_if = "str::is_empty")]
    pub account_id: &'a str,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ContainerDocument<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    pub region: &'a str,
    pub image_uris: Vec<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Ec2Document<'a> {
    image_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    owner_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    creation_date: Option<String>,
    public: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_launched_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deregistration_protection: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<Ec2Tag<'a>>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    block_device_mappings: Vec<BlockDevice<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Ec2Tag<'a> {
    key: &'a str,
    value: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct BlockDevice<'a> {
    ebs: Ebs<'a>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Ebs<'a> {
    snapshot_id: &'a str,
    #[serde(skip_serializing_if = "is_zero")]
    volume_size: u32,
}

/// The attributes of one AMI together.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Attributes<'a> {
    image_id: &'a str,
    launch_permissions: Vec<Permission<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_launched_time: Option<Value<String>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    deregistration_protection: Option<Value<&'static str>>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
enum Permission<'a> {
    UserId(&'a str),
    Group(&'static str),
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Value<T> {
    value: T,
}

/// What AWS calls a protection that is on.
const PROTECTED: &str = "enabled-without-cooldown";

/// The member of [`Attributes`] that describe-images has no word for.
const PERMISSIONS: &str = "LaunchPermissions";

impl Inventory {
    /// The images and AMIs as one JSON list of the exports that AWS would give of them.
    pub fn to_exports(&self) -> String {
        let mut out = String::from(r#"[{"imageSummaryList":["#);
        let images = self.by_arn.iter().map(|&image| json(&self.image_document(image as usize)));
        join(&mut out, images);
        out.push_str(r#"]},{"Images":["#);
        let amis = (0..self.amis.len() as u32).map(AmiId);
        let described = amis.clone().filter(|ami| self.amis.described.get(ami.0 as usize) == Some(&true));
        join(&mut out, described.map(|ami| json(&self.ec2_document(ami))));
        out.push_str("]}");
        for attributes in amis.filter_map(|ami| self.attributes(ami)) {
            out.push_str(",\n");
            out.push_str(&json(&attributes));
        }
        out.push(']');
        out
    }

    /// What describe-images says of an AMI, with the `LaunchPermissions` of its attributes. Where no describe-images
    /// was read, the attributes; `None` when nothing but the ID is known.
    pub fn ami_document(&self, ami: AmiId) -> Option<serde_json::Value> {
        let mut attributes = self.attributes(ami).and_then(|known| serde_json::to_value(known).ok());
        if self.amis.described.get(ami.0 as usize) != Some(&true) {
            return attributes;
        }
        let mut document = serde_json::to_value(self.ec2_document(ami)).ok()?;
        let permissions = attributes.as_mut().and_then(|known| known.get_mut(PERMISSIONS));
        if let (Some(permissions), Some(members)) = (permissions, document.as_object_mut()) {
            members.insert(PERMISSIONS.to_owned(), permissions.take());
        }
        Some(document)
    }

    /// `type` of an image, as the API spells it.
    pub fn image_type_name(&self, image: usize) -> &'static str {
        match self.images.image_type.get(image) {
            Some(ImageType::Docker) => "DOCKER",
            _ => "AMI",
        }
    }

    /// `version` of an image with its build number: the last two nodes of its ARN.
    pub fn image_version(&self, image: usize) -> &str {
        let arn = self.arn(image);
        let build = arn.rfind('/').unwrap_or_default();
        let version = arn.get(..build).and_then(|rest| rest.rfind('/'));
        arn.get(version.map_or(0, |slash| slash.saturating_add(1))..).unwrap_or_default()
    }

    /// An image as it was loaded.
    pub fn image_document(&self, image: usize) -> ImageDocument<'_> {
        let images = &self.images;
        let text = |column: &[Text]| column.get(image).map_or("", |&text| self.text(text));
        let details = images.details.get(image).copied().unwrap_or_default();
        let imported = images.imported.get(image) == Some(&true);
        let build_type = match (self.text(details.build_type), imported) {
            ("", true) => "IMPORT",
            (said, _) => said,
        };
        let is_container = images.image_type.get(image) == Some(&ImageType::Docker);
        let group = images.group.get(image).and_then(|group| self.groups.get(group.0 as usize));
        let recipe = group.filter(|_| !imported).map(|group| RecipeDocument {
            arn: None,
            name: self.text(group.recipe_name),
            version: self.text(group.version),
        });
        let (image_recipe, container_recipe) = if is_container { (None, recipe) } else { (recipe, None) };
        let amis = images.ami_outputs(image).map(|row| {
            let outputs = &self.ami_outputs;
            let text = |column: &[Text]| column.get(row).map_or("", |&text| self.text(text));
            let id = outputs.ami.get(row).and_then(|ami| self.amis.id.get(ami.0 as usize));
            AmiOutputDocument {
                region: text(&outputs.region),
                image: id.map_or("", |&id| self.text(id)),
                state: None,
                account_id: text(&outputs.account),
            }
        });
        let containers = images.containers(image).map(|row| ContainerDocument {
            region: self.containers.region.get(row).map_or("", |&region| self.text(region)),
            image_uris: self.containers.uris(row).iter().map(|&uri| self.text(uri)).collect(),
        });
        ImageDocument {
            arn: self.arn(image),
            name: text(&images.name),
            version: self.image_version(image),
            image_type: self.image_type_name(image),
            platform: self.text(details.platform),
            os_version: self.text(details.os_version),
            state: StateDocument {
                status: images.status.get(image).map_or("", |status| status.as_str()),
                reason: Some(self.text(details.reason)).filter(|reason| !reason.is_empty()),
            },
            owner: text(&images.owner),
            date_created: images.created.get(image).map_or_else(String::new, |at| at.to_text()),
            output_resources: OutputsDocument { amis: amis.collect(), containers: containers.collect() },
            tags: self.tags(images.tags.get(image)),
            build_type,
            image_source: self.text(details.image_source),
            image_recipe,
            container_recipe,
            source_pipeline_arn: self.text(details.pipeline),
            deprecation_time: images.deprecation.get(image).map(EpochSeconds),
            lifecycle_execution_id: self.text(details.execution),
        }
    }

    fn ec2_document(&self, ami: AmiId) -> Ec2Document<'_> {
        let (amis, row) = (&self.amis, ami.0 as usize);
        let text = |column: &[Text]| column.get(row).map_or("", |&text| self.text(text));
        let tags = self.tags(amis.tags.get(row));
        let known = amis.tags_known.get(row) == Some(&true);
        let snapshots = amis.snapshots(ami).iter().map(|id| BlockDevice {
            ebs: Ebs {
                snapshot_id: self.snapshots.id.get(id.0 as usize).map_or("", |&id| self.text(id)),
                volume_size: self.snapshots.volume.get(id.0 as usize).copied().unwrap_or_default(),
            },
        });
        Ec2Document {
            image_id: text(&amis.id),
            owner_id: text(&amis.owner),
            state: match amis.state.get(row).copied().unwrap_or_default() {
                AmiState::Unknown => None,
                AmiState::Available => Some("available"),
                AmiState::Disabled => Some("disabled"),
                AmiState::Gone => Some("deregistered"),
            },
            creation_date: amis.created.get(row).map(|at| at.to_string()),
            public: amis.public.get(row) == Some(&true),
            last_launched_time: amis.launched.get(row).map(|at| at.to_string()),
            deregistration_protection: (amis.protected.get(row) == Some(&true)).then_some(PROTECTED),
            tags: known.then(|| tags.into_iter().map(|(key, value)| Ec2Tag { key, value }).collect()),
            block_device_mappings: snapshots.collect(),
        }
    }

    /// What describe-images does not say of an AMI, or could not.
    fn attributes(&self, ami: AmiId) -> Option<Attributes<'_>> {
        let (amis, row) = (&self.amis, ami.0 as usize);
        let described = amis.described.get(row) == Some(&true);
        let public = !described && amis.public.get(row) == Some(&true);
        let launched = amis.launched.get(row).filter(|_| !described);
        let protected = !described && amis.protected.get(row) == Some(&true);
        let shared = amis.shared(ami);
        if shared.is_empty() && !public && launched.is_none() && !protected {
            return None;
        }
        let accounts = shared.iter().map(|&account| Permission::UserId(self.text(account)));
        Some(Attributes {
            image_id: amis.id.get(row).map_or("", |&id| self.text(id)),
            launch_permissions: accounts.chain(public.then_some(Permission::Group("all"))).collect(),
            last_launched_time: launched.map(|at| Value { value: at.to_string() }),
            deregistration_protection: protected.then_some(Value { value: PROTECTED }),
        })
    }

    fn tags(&self, set: Option<&TagSetId>) -> Vec<(&str, &str)> {
        let tags = set.map(|&set| self.tag_sets.get(set)).unwrap_or_default();
        tags.iter().map(|&(key, value)| (self.text(key), self.text(value))).collect()
    }
}

fn join(out: &mut String, items: impl Iterator<Item = String>) {
    for (index, item) in items.enumerate() {
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&item);
    }
}

fn json(value: &impl Serialize) -> String {
    // Writing strings and numbers into memory has nothing to fail at.
    serde_json::to_string(value).unwrap_or_default()
}

fn pairs<S: serde::Serializer>(tags: &[(&str, &str)], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_map(tags.iter().copied())
}

fn is_zero(size: &u32) -> bool {
    *size == 0
}
