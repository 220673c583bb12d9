//! What the exports say, row by row, while they are read. How the rows become columns is in `finish`.

mod finish;

use std::borrow::Cow;
use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::HashMap;
use hashbrown::HashSet;
use hashbrown::HashTable;

use crate::columns::AmiState;
use crate::columns::Details;
use crate::columns::ImageType;
use crate::columns::Skipped;
use crate::columns::Status;
use crate::columns::TagSetId;
use crate::columns::TagSets;
use crate::element;
use crate::export::Place;
use crate::instant::Instant;
use crate::references::ReferenceRows;
use crate::registry::Registry;
use crate::registry::TaggedResource;
use crate::snapshots::DescribedSnapshot;
use crate::snapshots::Snapshot;
use crate::text::Text;
use crate::text::Texts;

/// Everything read so far. Strings are handles, lists are ranges: a row has a fixed size.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    texts: Texts,
    images: Vec<ImageRow>,
    image_index: HashMap<Text, u32>,
    amis: Vec<AmiRow>,
    ami_index: HashMap<Text, u32>,
    tag_sets: TagSets,
    tag_set_index: HashTable<u32>,
    hasher: hashbrown::DefaultHashBuilder,
    /// Lists that rows refer to. A list that a later export replaces stays behind unused.
    ami_outputs: Vec<(Text, Text, Text)>,
    containers: Vec<(Text, Span)>,
    lists: Vec<Text>,
    /// Snapshots of AMIs, and the size in GiB of the volume that is made of each.
    volumes: Vec<(Text, u32)>,
    others: Others,
    /// The others as they were at the mark; `None` while nothing has changed them since.
    old_others: Option<Box<Others>>,
    pub(crate) skipped: Vec<Skipped>,
    /// Images that lacked their state or creation date when they were seen, and where: another export may
    /// complete them.
    incomplete: Vec<(u32, Skipped)>,
    mark: Mark,
    /// Rows from before the mark, as they were when they were first changed after it. Newer copies of the same
    /// row may follow.
    old_images: Vec<(u32, ImageRow)>,
    old_amis: Vec<(u32, AmiRow)>,
    /// The texts and tag sets while the last inventory that was made shares them; they are missing above.
    given: Option<(Arc<Texts>, Arc<TagSets>)>,
}

/// What exports say of anything but images and AMIs.
#[derive(Debug, Clone, Default)]
pub(crate) struct Others {
    pub(crate) snapshots: HashMap<Text, DescribedSnapshot>,
    pub(crate) references: ReferenceRows,
    pub(crate) registry: Registry,
}

/// How much there was when an export began.
#[derive(Debug, Clone, Default)]
struct Mark {
    texts: usize,
    images: usize,
    amis: usize,
    tag_sets: usize,
    ami_outputs: usize,
    containers: usize,
    lists: usize,
    volumes: usize,
    skipped: usize,
    incomplete: usize,
}

/// Range of one of the lists.
#[derive(Debug, Clone, Copy, Default)]
struct Span {
    start: u32,
    end: u32,
}

#[derive(Debug, Clone, Default)]
struct ImageRow {
    arn: Text,
    name: Option<Text>,
    owner: Option<Text>,
    image_type: Option<ImageType>,
    status: Option<Status>,
    created: Option<Instant>,
    imported: Option<bool>,
    tags: Option<TagSetId>,
    image_recipe: Option<Recipe>,
    container_recipe: Option<Recipe>,
    details: Details,
    deprecation: Option<Instant>,
    amis: Span,
    containers: Span,
}

#[derive(Debug, Clone, Copy)]
struct Recipe {
    name: Option<Text>,
    version: Option<Text>,
}

#[derive(Debug, Clone, Default)]
struct AmiRow {
    described: bool,
    owner: Option<Text>,
    state: Option<AmiState>,
    created: Option<Instant>,
    public: Option<bool>,
    shared_with_all: Option<bool>,
    shared: Span,
    tags: Option<TagSetId>,
    tags_known: bool,
    launched: Option<Instant>,
    /// From an attribute document, which beats the inline time; the inner `None`: never.
    launched_attribute: Option<Option<Instant>>,
    protected: Option<bool>,
    snapshots: Span,
}

/// The parts of an image build version's ARN.
struct ImageArn<'a> {
    region: &'a str,
    account: &'a str,
    name: &'a str,
    version: &'a str,
}

impl<'a> ImageArn<'a> {
    fn parse(arn: &'a str) -> Option<Self> {
        let mut parts = arn.splitn(6, ':');
        let (scheme, _partition, service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        let mut nodes = resource.split('/');
        let (kind, name, version, build) = (nodes.next()?, nodes.next()?, nodes.next()?, nodes.next()?);
        let digits = !build.is_empty() && build.bytes().all(|b| b.is_ascii_digit());
        let valid = scheme == "arn" && service == "imagebuilder" && kind == "image" && digits;
        let whole = nodes.next().is_none() && !name.is_empty() && !version.is_empty();
        (valid && whole).then_some(Self { region, account, name, version })
    }
}

impl Rows {
    pub(crate) fn is_full(&self) -> bool {
        self.texts.is_full()
    }

    /// Images and AMIs.
    pub(crate) fn len(&self) -> usize {
        self.images.len().saturating_add(self.amis.len())
    }

    /// From here on, changes can be taken back.
    pub(crate) fn begin(&mut self) {
        self.take_back();
        self.mark = Mark {
            texts: self.texts.len(),
            images: self.images.len(),
            amis: self.amis.len(),
            tag_sets: self.tag_sets.len(),
            ami_outputs: self.ami_outputs.len(),
            containers: self.containers.len(),
            lists: self.lists.len(),
            volumes: self.volumes.len(),
            skipped: self.skipped.len(),
            incomplete: self.incomplete.len(),
        };
        self.commit();
    }

    /// Keeps what was added since the mark.
    pub(crate) fn commit(&mut self) {
        (self.old_images, self.old_amis) = (Vec::new(), Vec::new());
        self.old_others = None;
    }

    /// Takes back everything since the mark.
    pub(crate) fn rollback(&mut self) {
        let mark = self.mark.clone();
        // The oldest copy of a row comes last.
        for (at, old) in self.old_images.drain(..).rev() {
            if let Some(row) = self.images.get_mut(at as usize) {
                *row = old;
            }
        }
        for (at, old) in self.old_amis.drain(..).rev() {
            if let Some(row) = self.amis.get_mut(at as usize) {
                *row = old;
            }
        }
        self.images.truncate(mark.images);
        self.amis.truncate(mark.amis);
        self.image_index.retain(|_, at| (*at as usize) < mark.images);
        self.ami_index.retain(|_, at| (*at as usize) < mark.amis);
        self.tag_set_index.retain(|at| (*at as usize) < mark.tag_sets);
        self.tag_sets.truncate(mark.tag_sets);
        self.texts.truncate(mark.texts);
        self.ami_outputs.truncate(mark.ami_outputs);
        self.containers.truncate(mark.containers);
        self.lists.truncate(mark.lists);
        self.volumes.truncate(mark.volumes);
        if let Some(old) = self.old_others.take() {
            self.others = *old;
        }
        self.skipped.truncate(mark.skipped);
        self.incomplete.truncate(mark.incomplete);
    }

    /// Merges what one element says of an image; the reason when it has to be skipped.
    pub(crate) fn add_image(&mut self, image: &element::Image<'_>, place: &Place<'_>) -> Result<(), String> {
        let arn = image.arn.as_deref().ok_or("the image has no `arn`")?;
        ImageArn::parse(arn)
            .ok_or_else(|| format!("`{}` is not the ARN of an image build version", shown(arn)))?;
        let status = match image.state.as_ref().and_then(|state| state.status.as_deref()) {
            Some(text) => {
                Some(Status::parse(text).ok_or_else(|| format!("the state `{}` is not known", shown(text)))?)
            }
            None => None,
        };
        let created = match &image.date_created {
            Some(element::Moment(moment)) => Some(
                moment
                    .clone()
                    .map_err(|text| format!("the creation date `{}` is not a timestamp", shown(&text)))?,
            ),
            None => None,
        };
        let image_type = match image.image_type.as_deref() {
            Some(text) if text.eq_ignore_ascii_case("AMI") => Some(ImageType::Ami),
            Some(text) if text.eq_ignore_ascii_case("DOCKER") => Some(ImageType::Docker),
            Some(text) => return Err(format!("the type `{}` is neither AMI nor DOCKER", shown(text))),
            None => None,
        };
        let outputs = image.output_resources.as_ref();
        let amis =
            outputs.and_then(|outputs| outputs.amis.as_ref()).map(|amis| self.add_outputs(amis, place));
        let containers = outputs
            .and_then(|outputs| outputs.containers.as_ref())
            .map(|containers| self.add_containers(containers, place));
        let tags = image
            .tags
            .as_ref()
            .map(|tags| self.tag_set(tags.0.iter().map(|(key, value)| (key.as_ref(), value.as_ref()))));
        let mut recipe = |recipe: &Option<element::Recipe<'_>>| {
            let intern = |texts: &mut Texts, text: &Option<Cow<'_, str>>| {
                text.as_deref().filter(|text| !text.is_empty()).map(|text| texts.intern(text))
            };
            recipe.as_ref().map(|recipe| Recipe {
                name: intern(&mut self.texts, &recipe.name),
                version: intern(&mut self.texts, &recipe.version),
            })
        };
        let (image_recipe, container_recipe) = (recipe(&image.image_recipe), recipe(&image.container_recipe));
        let imported = image
            .build_type
            .as_deref()
            .map(|kind| ["IMPORT", "IMPORT_ISO"].iter().any(|import| kind.eq_ignore_ascii_case(import)));
        let mut intern = |text: &str| if text.is_empty() { Text::EMPTY } else { self.texts.intern(text) };
        let build_type = intern(image.build_type.as_deref().unwrap_or_default());
        let mut detail = |detail: &element::Detail<'_>| intern(&detail.0);
        let details = Details {
            platform: detail(&image.platform),
            os_version: detail(&image.os_version),
            image_source: detail(&image.image_source),
            pipeline: detail(&image.source_pipeline_arn),
            execution: detail(&image.lifecycle_execution_id),
            reason: image.state.as_ref().map_or(Text::EMPTY, |state| detail(&state.reason)),
            build_type,
        };
        let deprecation = Some(&image.deprecation_time.0).filter(|text| !text.is_empty());
        let deprecation = deprecation.and_then(|text| Instant::parse(text).ok());
        let name = image.name.as_deref().map(|name| self.texts.intern(name));
        let owner = image.owner.as_deref().map(|owner| self.texts.intern(owner));
        let arn = self.texts.intern(arn);
        let at = *self.image_index.entry(arn).or_insert_with(|| {
            self.images.push(ImageRow { arn, ..ImageRow::default() });
            self.images.len().saturating_sub(1) as u32
        });
        let Some(row) = self.images.get_mut(at as usize) else { return Ok(()) };
        if (at as usize) < self.mark.images {
            self.old_images.push((at, row.clone()));
        }
        let replace = |span: &mut Span, new: Option<Span>| *span = new.unwrap_or(*span);
        row.name = name.or(row.name);
        row.owner = owner.or(row.owner);
        row.image_type = image_type.or(row.image_type);
        row.status = status.or(row.status);
        row.created = created.or(row.created);
        row.imported = imported.or(row.imported);
        row.tags = tags.or(row.tags);
        row.image_recipe = image_recipe.or(row.image_recipe);
        row.container_recipe = container_recipe.or(row.container_recipe);
        row.details = details.or(row.details);
        row.deprecation = deprecation.or(row.deprecation);
        replace(&mut row.amis, amis);
        replace(&mut row.containers, containers);
        if row.lacks().is_some() {
            self.incomplete.push((at, place.skipped("")));
        }
        Ok(())
    }

    fn add_outputs(&mut self, amis: &[Option<element::Ami<'_>>], place: &Place<'_>) -> Span {
        let start = self.ami_outputs.len() as u32;
        for (index, ami) in amis.iter().enumerate() {
            let id = ami.as_ref().and_then(|ami| ami.image.as_deref()).filter(|id| !id.is_empty());
            let (Some(ami), Some(id)) = (ami, id) else {
                let below = format!("/outputResources/amis/{index}");
                self.skipped.push(place.skipped_at(&below, "the AMI has no ID in `image`"));
                continue;
            };
            let text = |texts: &mut Texts, text: &Option<Cow<'_, str>>| {
                text.as_deref().map_or(Text::EMPTY, |text| texts.intern(text))
            };
            let row = (
                self.texts.intern(id),
                text(&mut self.texts, &ami.region),
                text(&mut self.texts, &ami.account_id),
            );
            self.ami_outputs.push(row);
        }
        Span { start, end: self.ami_outputs.len() as u32 }
    }

    fn add_containers(&mut self, containers: &[Option<element::Container<'_>>], place: &Place<'_>) -> Span {
        let start = self.containers.len() as u32;
        for (index, container) in containers.iter().enumerate() {
            let uris = container.as_ref().and_then(|container| container.image_uris.as_ref());
            let uris: Vec<&str> =
                uris.into_iter().flatten().map(String::as_str).filter(|uri| !uri.is_empty()).collect();
            if uris.is_empty() {
                let below = format!("/outputResources/containers/{index}");
                self.skipped.push(place.skipped_at(&below, "the container image has no URI in `imageUris`"));
                continue;
            }
            let region = container.as_ref().and_then(|container| container.region.as_deref());
            let region = region.map_or(Text::EMPTY, |region| self.texts.intern(region));
            let uris = self.list(uris.into_iter());
            self.containers.push((region, uris));
        }
        Span { start, end: self.containers.len() as u32 }
    }

    /// Merges one row of describe-images.
    pub(crate) fn add_ec2_image(&mut self, image: &element::Ec2Image<'_>) -> Result<(), String> {
        let id = image.image_id.as_deref().filter(|id| !id.is_empty()).ok_or("the AMI has no `ImageId`")?;
        let launched = match &image.last_launched_time {
            Some(element::Moment(moment)) => Some(
                moment
                    .clone()
                    .map_err(|text| format!("the last launch `{}` is not a timestamp", shown(&text)))?,
            ),
            None => None,
        };
        // No verdict needs it, so an AMI whose date cannot be read keeps the rest of its facts.
        let created = image.creation_date.as_ref().and_then(|moment| moment.0.clone().ok());
        let tags = image.tags.as_deref().map(|tags| self.tag_set(pairs(tags)));
        let snapshots = image.block_device_mappings.as_ref().map(|devices| {
            let start = self.volumes.len();
            let mut many = HashSet::new();
            for ebs in devices.iter().filter_map(|device| device.ebs.as_ref()) {
                let Some(id) = ebs.snapshot_id.as_deref().filter(|id| !id.is_empty()) else { continue };
                let id = self.texts.intern(id);
                let own = self.volumes.get(start..).unwrap_or_default();
                // An AMI has a few disks; only a forged one has so many that looking through them takes long.
                let is_new = if own.len() < 50 {
                    !own.iter().any(|&(known, _)| known == id)
                } else {
                    if many.is_empty() {
                        many.extend(own.iter().map(|&(known, _)| known));
                    }
                    many.insert(id)
                };
                if is_new {
                    self.volumes.push((id, ebs.volume_size.as_ref().map_or(0, |size| size.0)));
                }
            }
            Span { start: start as u32, end: self.volumes.len() as u32 }
        });
        let owner = image.owner_id.as_deref().map(|owner| self.texts.intern(owner));
        let row = self.ami(id);
        row.described = true;
        row.owner = owner.or(row.owner);
        row.state = image.state.as_deref().map(AmiState::parse).or(row.state);
        row.created = created.or(row.created);
        row.public = image.public.or(row.public);
        row.tags = tags.or(row.tags);
        row.tags_known |= tags.is_some() || image.creation_date.is_some();
        row.launched = launched.or(row.launched);
        row.protected = image.deregistration_protection.as_deref().map(is_protected).or(row.protected);
        row.snapshots = snapshots.unwrap_or(row.snapshots);
        Ok(())
    }

    /// Merges one answer of describe-image-attribute.
    pub(crate) fn add_attribute(&mut self, attribute: &element::Attribute<'_>) -> Result<(), String> {
        let id =
            attribute.image_id.as_deref().filter(|id| !id.is_empty()).ok_or("the AMI has no `ImageId`")?;
        let alone = attribute.launch_permissions.is_none() && attribute.deregistration_protection.is_none();
        let launched = match &attribute.last_launched_time {
            Some(element::LastLaunchedTime { value: Some(element::Moment(moment)) }) => Some(Some(
                moment
                    .clone()
                    .map_err(|text| format!("the last launch `{}` is not a timestamp", shown(&text)))?,
            )),
            Some(_) => Some(None),
            // AWS leaves the member out when there is nothing to say: never launched.
            None => alone.then_some(None),
        };
        let permissions = attribute.launch_permissions.as_ref();
        let all = permissions.map(|list| list.iter().any(|entry| entry.group.as_deref() == Some("all")));
        let shared = permissions.map(|list| {
            let accounts = list.iter().filter_map(|entry| entry.user_id.as_deref());
            self.list(accounts)
        });
        let protected = attribute.deregistration_protection.as_ref().map(|protection| match protection {
            element::Protection::Plain(text) => is_protected(text),
            element::Protection::Wrapped(wrapped) => wrapped.value.as_deref().is_some_and(is_protected),
        });
        let row = self.ami(id);
        row.launched_attribute = launched.or(row.launched_attribute);
        row.shared_with_all = all.or(row.shared_with_all);
        row.shared = shared.unwrap_or(row.shared);
        row.protected = protected.or(row.protected);
        Ok(())
    }

    pub(crate) fn add_snapshot(&mut self, snapshot: &Snapshot<'_>) -> Result<(), String> {
        let id = snapshot.snapshot_id.as_deref().filter(|id| !id.is_empty());
        let id = self.texts.intern(id.ok_or("the snapshot has no `SnapshotId`")?);
        let tags = self.tag_set(pairs(snapshot.tags.as_deref().unwrap_or_default()));
        let row = DescribedSnapshot {
            full_bytes: snapshot.full_snapshot_size_in_bytes.unwrap_or_default(),
            volume: snapshot.volume_size.unwrap_or_default(),
            archived: snapshot.storage_tier.as_deref() == Some("archive"),
            tags,
        };
        self.others().0.snapshots.insert(id, row);
        Ok(())
    }

    pub(crate) fn add_tagged_resource(&mut self, resource: &TaggedResource<'_>) -> Result<(), String> {
        let arn = resource.arn.as_deref().ok_or("the resource has no `ResourceARN`")?;
        let tags = self.tag_set(pairs(resource.tags.as_deref().unwrap_or_default()));
        let (others, texts) = self.others();
        others.registry.add_repository(texts, arn, tags);
        Ok(())
    }

    /// Where everything but images and AMIs goes, and the texts for it.
    pub(crate) fn others(&mut self) -> (&mut Others, &mut Texts) {
        if self.old_others.is_none() {
            self.old_others = Some(Box::new(self.others.clone()));
        }
        (&mut self.others, &mut self.texts)
    }

    fn ami(&mut self, id: &str) -> &mut AmiRow {
        let id = self.texts.intern(id);
        let at = *self.ami_index.entry(id).or_insert_with(|| {
            self.amis.push(AmiRow::default());
            self.amis.len().saturating_sub(1) as u32
        });
        #[expect(clippy::indexing_slicing, reason = "the index only holds positions of rows, and rows stay")]
        let row = &mut self.amis[at as usize];
        if (at as usize) < self.mark.amis {
            self.old_amis.push((at, row.clone()));
        }
        row
    }

    fn list<'a>(&mut self, items: impl Iterator<Item = &'a str>) -> Span {
        let start = self.lists.len() as u32;
        for item in items {
            let item = self.texts.intern(item);
            self.lists.push(item);
        }
        Span { start, end: self.lists.len() as u32 }
    }

    /// The set of these tags; of a key that comes twice the last value counts.
    fn tag_set<'a>(&mut self, tags: impl Iterator<Item = (&'a str, &'a str)>) -> TagSetId {
        let mut set: Vec<(Text, Text)> = Vec::new();
        for (key, value) in tags {
            set.push((self.texts.intern(key), self.texts.intern(value)));
        }
        if set.is_empty() {
            return TagSetId::default();
        }
        let texts = &self.texts;
        // Of equal keys the later one comes first, and stays.
        set.reverse();
        set.sort_by(|a, b| texts.get(a.0).cmp(texts.get(b.0)));
        set.dedup_by_key(|tag| tag.0);
        let hash = self.hasher.hash_one(&set);
        let sets = &self.tag_sets;
        let same = |&id: &u32| sets.get(TagSetId(id)) == set.as_slice();
        if let Some(&id) = self.tag_set_index.find(hash, same) {
            return TagSetId(id);
        }
        let id = self.tag_sets.len() as u32;
        self.tag_sets.tags.extend(&set);
        self.tag_sets.start.push(self.tag_sets.tags.len() as u32);
        let (sets, hasher) = (&self.tag_sets, &self.hasher);
        self.tag_set_index.insert_unique(hash, id, |&id| hasher.hash_one(sets.get(TagSetId(id))));
        TagSetId(id)
    }
}

impl Details {
    /// Member by member, the other where this says nothing.
    fn or(self, other: Self) -> Self {
        let or = |one: Text, other: Text| if one == Text::EMPTY { other } else { one };
        Self {
            platform: or(self.platform, other.platform),
            os_version: or(self.os_version, other.os_version),
            build_type: or(self.build_type, other.build_type),
            image_source: or(self.image_source, other.image_source),
            pipeline: or(self.pipeline, other.pipeline),
            execution: or(self.execution, other.execution),
            reason: or(self.reason, other.reason),
        }
    }
}

impl Span {
    fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

impl ImageRow {
    /// What the exports do not say although nothing can be predicted without it.
    fn lacks(&self) -> Option<&'static str> {
        match (self.status, self.created) {
            (None, _) => Some("the image has no state"),
            (_, None) => Some("the image has no creation date"),
            _ => None,
        }
    }

    /// The type of an image whose export does not say: a recipe member decides, then its outputs.
    fn implied_type(&self) -> ImageType {
        let container = self.image_recipe.is_none()
            && (self.container_recipe.is_some() || !self.containers.range().is_empty());
        if container { ImageType::Docker } else { ImageType::Ami }
    }
}

fn pairs<'a>(tags: &'a [element::Ec2Tag<'_>]) -> impl Iterator<Item = (&'a str, &'a str)> {
    tags.iter().map(|tag| (tag.key.as_ref(), tag.value.as_deref().unwrap_or_default()))
}

/// Anything but `disabled` protects; so does a value that is not known yet.
fn is_protected(text: &str) -> bool {
    !text.eq_ignore_ascii_case("disabled")
}

/// A user's words in a message: one line, and not endless.
fn shown(text: &str) -> String {
    text.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
