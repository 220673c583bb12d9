//! What the exports say, row by row, while they are read. How the rows become columns is in `finish`.

mod finish;

pub(crate) use finish::TURN;

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::HashMap;
use hashbrown::HashSet;
use hashbrown::HashTable;
use serde_json::Value;

use crate::columns::AmiState;
use crate::columns::Details;
use crate::columns::ImageType;
use crate::columns::Skipped;
use crate::columns::Status;
use crate::columns::TagSetId;
use crate::columns::TagSets;
use crate::export::Place;
use crate::instant::Instant;
use crate::pages::Pages;
use crate::reader::Element;
use crate::references::ReferenceRows;
use crate::registry::Registry;
use crate::scan::same;
use crate::snapshots::DescribedSnapshot;
use crate::text::Text;
use crate::text::Texts;

/// Everything read so far. Strings are handles, lists are ranges: a row has a fixed size.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rows {
    texts: Texts,
    images: Vec<ImageRow>,
    image_rows: RowOf,
    /// What the ARNs of images have in common but for the number of the build, in the order of its first image.
    versions: Vec<Version>,
    version_index: HashTable<u32>,
    amis: Vec<AmiRow>,
    ami_rows: RowOf,
    tag_sets: TagSets,
    tag_set_index: HashTable<u32>,
    hasher: hashbrown::DefaultHashBuilder,
    /// The tags that are being gathered.
    set: Vec<(Text, Text)>,
    /// The keys of the last set that came in their order.
    keys: Vec<Text>,
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
    pub(crate) pages: Pages,
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

/// What is expected is expected to be a little more.
const SLACK: f64 = 1.1;

/// How much there was when an export began.
#[derive(Debug, Clone, Default)]
struct Mark {
    texts: usize,
    images: usize,
    versions: usize,
    amis: usize,
    tag_sets: usize,
    ami_outputs: usize,
    containers: usize,
    lists: usize,
    volumes: usize,
    skipped: usize,
    incomplete: usize,
    pages: usize,
}

/// Rows by the handles of their names. Handles are as dense as rows, and names that come after each other in an
/// export have handles after each other.
#[derive(Debug, Clone, Default)]
struct RowOf(Vec<u32>);

impl RowOf {
    const NONE: u32 = u32::MAX;

    #[inline]
    fn get(&self, name: Text) -> Option<u32> {
        self.0.get(name.number() as usize).copied().filter(|&row| row != Self::NONE)
    }

    #[inline]
    fn set(&mut self, name: Text, row: u32) {
        let at = name.number() as usize;
        if at >= self.0.len() {
            self.0.resize(at.saturating_add(1), Self::NONE);
        }
        if let Some(known) = self.0.get_mut(at) {
            *known = row;
        }
    }

    /// Names that have rows, by handle.
    fn names(&self) -> impl Iterator<Item = Text> {
        let has_row = |(at, &row): (usize, &u32)| (row != Self::NONE).then(|| Text::from_number(at as u32));
        self.0.iter().enumerate().filter_map(has_row)
    }

    /// Forgets all rows but the first.
    fn truncate(&mut self, rows: usize) {
        self.0.iter_mut().filter(|row| **row as usize >= rows).for_each(|row| *row = Self::NONE);
    }
}

/// An image version, as the ARNs of its builds begin.
#[derive(Debug, Clone, Copy)]
struct Version {
    /// Of an image.
    arn: Text,
    /// Length of what is before the number of the build, with the slash.
    length: u32,
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
    version: u32,
    build: u32,
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

    pub(crate) fn has_images(&self) -> bool {
        !self.images.is_empty()
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
            versions: self.versions.len(),
            amis: self.amis.len(),
            tag_sets: self.tag_sets.len(),
            ami_outputs: self.ami_outputs.len(),
            containers: self.containers.len(),
            lists: self.lists.len(),
            volumes: self.volumes.len(),
            skipped: self.skipped.len(),
            incomplete: self.incomplete.len(),
            pages: self.pages.begin(),
        };
        self.commit();
    }

    /// Keeps what was added since the mark.
    pub(crate) fn commit(&mut self) {
        (self.old_images, self.old_amis) = (Vec::new(), Vec::new());
        self.old_others = None;
    }

    /// Makes room for so many times as much as has come since the mark. Vectors that grow by themselves are copied
    /// each time, and end up half empty.
    pub(crate) fn expect(&mut self, more: f64) {
        fn expect<T>(rows: &mut Vec<T>, mark: usize, more: f64) {
            // Where there is not so much memory it may still be enough.
            let _ = rows.try_reserve_exact((rows.len().saturating_sub(mark) as f64 * more * SLACK) as usize);
        }
        self.texts.expect(self.mark.texts, more * SLACK);
        expect(&mut self.images, self.mark.images, more);
        expect(&mut self.amis, self.mark.amis, more);
        let sets = self.tag_sets.len().saturating_sub(self.mark.tag_sets) as f64 * more * SLACK;
        let hash = |&id: &u32| hash_of_set(&self.hasher, self.tag_sets.get(TagSetId(id)));
        let _ = self.tag_set_index.try_reserve(sets as usize, hash);
        expect(&mut self.tag_sets.start, self.mark.tag_sets, more);
        let tags = self.tag_sets.start.get(self.mark.tag_sets).map_or(0, |&start| start as usize);
        expect(&mut self.tag_sets.tags, tags, more);
        expect(&mut self.ami_outputs, self.mark.ami_outputs, more);
        expect(&mut self.lists, self.mark.lists, more);
        expect(&mut self.volumes, self.mark.volumes, more);
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
        self.image_rows.truncate(mark.images);
        self.ami_rows.truncate(mark.amis);
        self.version_index.retain(|at| (*at as usize) < mark.versions);
        self.versions.truncate(mark.versions);
        self.tag_set_index.retain(|at| (*at as usize) < mark.tag_sets);
        self.tag_sets.truncate(mark.tag_sets);
        self.texts.truncate(mark.texts);
        self.keys.clear();
        self.ami_outputs.truncate(mark.ami_outputs);
        self.containers.truncate(mark.containers);
        self.lists.truncate(mark.lists);
        self.volumes.truncate(mark.volumes);
        if let Some(old) = self.old_others.take() {
            self.others = *old;
        }
        self.skipped.truncate(mark.skipped);
        self.incomplete.truncate(mark.incomplete);
        self.pages.truncate(mark.pages);
    }

    /// Merges what one element says of an image; the reason when it has to be skipped.
    pub(crate) fn add_image(&mut self, image: &Element<'_>, place: &Place<'_>) -> Result<(), String> {
        use crate::element::image::*;
        let arn = image.str(ARN).ok_or("the image has no `arn`")?;
        let (version, build) = self
            .version(&arn)
            .ok_or_else(|| format!("`{}` is not the ARN of an image build version", shown(&arn)))?;
        self.pages.meet(&arn);
        let status = match image.str(STATUS) {
            Some(text) => Some(
                Status::parse(&text).ok_or_else(|| format!("the state `{}` is not known", shown(&text)))?,
            ),
            None => None,
        };
        let created = image.moment(CREATED).transpose();
        let created =
            created.map_err(|text| format!("the creation date `{}` is not a timestamp", shown(&text)))?;
        let image_type = match image.str(TYPE) {
            Some(text) if text.eq_ignore_ascii_case("AMI") => Some(ImageType::Ami),
            Some(text) if text.eq_ignore_ascii_case("DOCKER") => Some(ImageType::Docker),
            Some(text) => return Err(format!("the type `{}` is neither AMI nor DOCKER", shown(&text))),
            None => None,
        };
        let amis = self.add_outputs(image, place);
        let containers = self.add_containers(image, place);
        let tags = self.tag_map(image);
        let recipe = |recipe, name, version| {
            let text = |member| image.text(member).filter(|&text| text != Text::EMPTY);
            let (name, version) = (text(name), text(version));
            image.has(recipe).then_some(Recipe { name, version })
        };
        let image_recipe = recipe(IMAGE_RECIPE, IMAGE_RECIPE_NAME, IMAGE_RECIPE_VERSION);
        let container_recipe = recipe(CONTAINER_RECIPE, CONTAINER_RECIPE_NAME, CONTAINER_RECIPE_VERSION);
        let imported = image
            .str(BUILD_TYPE)
            .map(|kind| ["IMPORT", "IMPORT_ISO"].iter().any(|import| kind.eq_ignore_ascii_case(import)));
        let detail = |member| image.text(member).unwrap_or(Text::EMPTY);
        let details = Details {
            platform: detail(PLATFORM),
            os_version: detail(OS_VERSION),
            build_type: detail(BUILD_TYPE),
            image_source: detail(SOURCE),
            pipeline: detail(PIPELINE),
            execution: detail(EXECUTION),
            reason: detail(REASON),
        };
        let deprecation = image.moment(DEPRECATION).and_then(Result::ok);
        let name = image.text(NAME);
        let owner = image.text(OWNER);
        let Some(arn) = image.text(ARN) else { return Ok(()) };
        let at = self.image_rows.get(arn).unwrap_or_else(|| {
            let at = self.images.len() as u32;
            let version = version.unwrap_or_else(|hash| self.add_version(arn, hash));
            self.images.push(ImageRow { arn, version, build, ..ImageRow::default() });
            self.image_rows.set(arn, at);
            at
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

    /// The version that an image is a build of, or the hash of a new one; and the number of the build. `None` when
    /// the text is no ARN of an image.
    fn version(&self, arn: &str) -> Option<(Result<u32, u64>, u32)> {
        let (common, build) = arn.split_at_checked(common_length(arn))?;
        let hash = self.hasher.hash_one(common);
        let known =
            self.version_index.find(hash, |&at| same(self.common(at).as_bytes(), common.as_bytes())).copied();
        if known.is_none() {
            ImageArn::parse(arn)?;
        }
        let is_number = !build.is_empty() && build.bytes().all(|byte| byte.is_ascii_digit());
        is_number.then(|| (known.ok_or(hash), build.parse().unwrap_or(u32::MAX)))
    }

    fn add_version(&mut self, arn: Text, hash: u64) -> u32 {
        let at = self.versions.len() as u32;
        let length = common_length(self.texts.get(arn)) as u32;
        self.versions.push(Version { arn, length });
        let (texts, versions, hasher) = (&self.texts, &self.versions, &self.hasher);
        let rehash = |&at: &u32| hasher.hash_one(common(texts, versions, at));
        self.version_index.insert_unique(hash, at, rehash);
        at
    }

    /// What the ARNs of a version begin with.
    fn common(&self, version: u32) -> &str {
        common(&self.texts, &self.versions, version)
    }

    fn add_outputs(&mut self, image: &Element<'_>, place: &Place<'_>) -> Option<Span> {
        use crate::element::image::*;
        let mut amis = image.list(AMIS)?;
        let start = self.ami_outputs.len() as u32;
        let mut index = 0_usize;
        while let Some(ami) = image.next(&mut amis) {
            let text = |member| image.text_in(ami, member).unwrap_or_default();
            match text(AMI_ID) {
                Text::EMPTY => {
                    let below = format!("/outputResources/amis/{index}");
                    self.skipped.push(place.skipped_at(&below, "the AMI has no ID in `image`"));
                }
                id => self.ami_outputs.push((id, text(AMI_REGION), text(AMI_ACCOUNT))),
            }
            index = index.saturating_add(1);
        }
        Some(Span { start, end: self.ami_outputs.len() as u32 })
    }

    fn add_containers(&mut self, image: &Element<'_>, place: &Place<'_>) -> Option<Span> {
        use crate::element::image::*;
        let mut containers = image.list(CONTAINERS)?;
        let start = self.containers.len() as u32;
        let mut index = 0_usize;
        while let Some(container) = image.next(&mut containers) {
            let from = self.lists.len() as u32;
            let mut uris = image.list_in(container, URIS);
            while let Some(uri) = uris.as_mut().and_then(|uris| image.next(uris)) {
                let uri = image.text_in(uri, URI);
                self.lists.extend(uri.filter(|&uri| uri != Text::EMPTY));
            }
            let uris = Span { start: from, end: self.lists.len() as u32 };
            if uris.range().is_empty() {
                let below = format!("/outputResources/containers/{index}");
                self.skipped.push(place.skipped_at(&below, "the container image has no URI in `imageUris`"));
            } else {
                let region = image.text_in(container, CONTAINER_REGION);
                self.containers.push((region.unwrap_or_default(), uris));
            }
            index = index.saturating_add(1);
        }
        Some(Span { start, end: self.containers.len() as u32 })
    }

    /// Merges one row of describe-images.
    pub(crate) fn add_ec2_image(&mut self, image: &Element<'_>) -> Result<(), String> {
        use crate::element::ec2_image::*;
        let is_named = image.str(ID).is_some_and(|id| !id.is_empty());
        is_named.then_some(()).ok_or("the AMI has no `ImageId`")?;
        let launched = image.moment(LAUNCHED).transpose();
        let launched =
            launched.map_err(|text| format!("the last launch `{}` is not a timestamp", shown(&text)))?;
        // No verdict needs it, so an AMI whose date cannot be read keeps the rest of its facts.
        let created = image.moment(CREATED);
        let tags = self.tag_list(image, [TAGS, TAG_KEY, TAG_VALUE]);
        let snapshots = self.add_volumes(image);
        let owner = image.text(OWNER);
        let state = image.str(STATE).map(|state| AmiState::parse(&state));
        let public = image.flag(PUBLIC);
        let protected = image.str(PROTECTION).map(|protection| is_protected(&protection));
        let Some(id) = image.text(ID) else { return Ok(()) };
        let row = self.ami(id);
        row.described = true;
        row.owner = owner.or(row.owner);
        row.state = state.or(row.state);
        row.tags_known |= tags.is_some() || created.is_some();
        row.created = created.and_then(Result::ok).or(row.created);
        row.public = public.or(row.public);
        row.tags = tags.or(row.tags);
        row.launched = launched.or(row.launched);
        row.protected = protected.or(row.protected);
        row.snapshots = snapshots.unwrap_or(row.snapshots);
        Ok(())
    }

    fn add_volumes(&mut self, image: &Element<'_>) -> Option<Span> {
        use crate::element::ec2_image::*;
        let mut devices = image.list(DEVICES)?;
        let start = self.volumes.len();
        let mut many = HashSet::new();
        while let Some(device) = image.next(&mut devices) {
            let id = image.text_in(device, SNAPSHOT);
            let Some(id) = id.filter(|&id| id != Text::EMPTY) else { continue };
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
                let size = image.whole_in(device, SIZE).and_then(|size| u32::try_from(size).ok());
                self.volumes.push((id, size.unwrap_or_default()));
            }
        }
        Some(Span { start: start as u32, end: self.volumes.len() as u32 })
    }

    /// Merges one answer of describe-image-attribute.
    pub(crate) fn add_attribute(&mut self, attribute: &Element<'_>) -> Result<(), String> {
        use crate::element::attribute::*;
        let is_named = attribute.str(ID).is_some_and(|id| !id.is_empty());
        is_named.then_some(()).ok_or("the AMI has no `ImageId`")?;
        let protected = attribute.raw(PROTECTION).map(protection).transpose()?;
        let alone = !attribute.has(PERMISSIONS) && !attribute.has(PROTECTION);
        let launched = match (attribute.has(LAUNCHED), attribute.moment(LAUNCHED_AT)) {
            (true, Some(moment)) => Some(Some(
                moment.map_err(|text| format!("the last launch `{}` is not a timestamp", shown(&text)))?,
            )),
            (true, None) => Some(None),
            // AWS leaves the member out when there is nothing to say: never launched.
            (false, _) => alone.then_some(None),
        };
        let (mut all, mut shared) = (None, None);
        if let Some(mut permissions) = attribute.list(PERMISSIONS) {
            let start = self.lists.len() as u32;
            let mut everybody = false;
            while let Some(permission) = attribute.next(&mut permissions) {
                everybody |= attribute.str_in(permission, GROUP).as_deref() == Some("all");
                self.lists.extend(attribute.text_in(permission, USER));
            }
            (all, shared) = (Some(everybody), Some(Span { start, end: self.lists.len() as u32 }));
        }
        let Some(id) = attribute.text(ID) else { return Ok(()) };
        let row = self.ami(id);
        row.launched_attribute = launched.or(row.launched_attribute);
        row.shared_with_all = all.or(row.shared_with_all);
        row.shared = shared.unwrap_or(row.shared);
        row.protected = protected.or(row.protected);
        Ok(())
    }

    pub(crate) fn add_snapshot(&mut self, snapshot: &Element<'_>) -> Result<(), String> {
        use crate::element::snapshot::*;
        let id = snapshot.text(ID).filter(|&id| id != Text::EMPTY);
        let id = id.ok_or("the snapshot has no `SnapshotId`")?;
        let tags = self.tag_list(snapshot, [TAGS, TAG_KEY, TAG_VALUE]);
        let volume = snapshot.whole(VOLUME_SIZE).and_then(|size| u32::try_from(size).ok());
        let row = DescribedSnapshot {
            full_bytes: snapshot.whole(FULL_SIZE).unwrap_or_default(),
            volume: volume.unwrap_or_default(),
            archived: snapshot.str(TIER).as_deref() == Some("archive"),
            tags: tags.unwrap_or_default(),
        };
        self.others().0.snapshots.insert(id, row);
        Ok(())
    }

    pub(crate) fn add_tagged_resource(&mut self, resource: &Element<'_>) -> Result<(), String> {
        use crate::element::tagged_resource::*;
        let arn = resource.str(ARN).ok_or("the resource has no `ResourceARN`")?;
        let tags = self.tag_list(resource, [TAGS, TAG_KEY, TAG_VALUE]);
        let (others, texts) = self.others();
        others.registry.add_repository(texts, &arn, tags.unwrap_or_default());
        Ok(())
    }

    pub(crate) fn texts(&mut self) -> &mut Texts {
        &mut self.texts
    }

    /// Where everything but images and AMIs goes, and the texts for it.
    pub(crate) fn others(&mut self) -> (&mut Others, &mut Texts) {
        if self.old_others.is_none() {
            self.old_others = Some(Box::new(self.others.clone()));
        }
        (&mut self.others, &mut self.texts)
    }

    fn ami(&mut self, id: Text) -> &mut AmiRow {
        let at = self.ami_rows.get(id).unwrap_or_else(|| {
            let at = self.amis.len() as u32;
            self.amis.push(AmiRow::default());
            self.ami_rows.set(id, at);
            at
        });
        #[expect(clippy::indexing_slicing, reason = "the index only holds positions of rows, and rows stay")]
        let row = &mut self.amis[at as usize];
        if (at as usize) < self.mark.amis {
            self.old_amis.push((at, row.clone()));
        }
        row
    }

    /// The tags of an image, which are an object.
    fn tag_map(&mut self, image: &Element<'_>) -> Option<TagSetId> {
        use crate::element::image::*;
        let mut tags = image.list(TAGS)?;
        self.set.clear();
        while let (Some(key), Some(value)) = (image.next(&mut tags), image.next(&mut tags)) {
            if let Some(value) = image.text_in(value, TAG_VALUE) {
                self.set.push((image.text_in(key, TAG_KEY).unwrap_or_default(), value));
            }
        }
        Some(self.tag_set())
    }

    /// The tags of anything in EC2, which are a list.
    fn tag_list(&mut self, element: &Element<'_>, [tags, key, value]: [u16; 3]) -> Option<TagSetId> {
        let mut tags = element.list(tags)?;
        self.set.clear();
        while let Some(tag) = element.next(&mut tags) {
            let text = |member| element.text_in(tag, member).unwrap_or_default();
            self.set.push((text(key), text(value)));
        }
        Some(self.tag_set())
    }

    /// The set of these tags; of a key that comes twice the last value counts.
    fn tag_set(&mut self) -> TagSetId {
        let (texts, set) = (&self.texts, &mut self.set);
        if set.is_empty() {
            return TagSetId::default();
        }
        // Most sets have the keys of the last one.
        let keys = || set.iter().map(|tag| tag.0);
        let is_sorted =
            keys().eq(self.keys.iter().copied()) || set.is_sorted_by(|a, b| texts.get(a.0) < texts.get(b.0));
        if is_sorted {
            self.keys.clear();
            self.keys.extend(keys());
        } else {
            // Of equal keys the later one comes first, and stays.
            set.reverse();
            set.sort_by(|a, b| texts.get(a.0).cmp(texts.get(b.0)));
            set.dedup_by_key(|tag| tag.0);
        }
        let sets = &self.tag_sets;
        // The AMIs of one image are often tagged alike, and come after each other.
        let last = TagSetId((sets.len() as u32).saturating_sub(1));
        if sets.get(last) == set.as_slice() {
            return last;
        }
        let hash = hash_of_set(&self.hasher, set);
        let same = |&id: &u32| sets.get(TagSetId(id)) == set.as_slice();
        if let Some(&id) = self.tag_set_index.find(hash, same) {
            return TagSetId(id);
        }
        let id = self.tag_sets.len() as u32;
        self.tag_sets.tags.extend_from_slice(set);
        self.tag_sets.start.push(self.tag_sets.tags.len() as u32);
        let (sets, hasher) = (&self.tag_sets, &self.hasher);
        self.tag_set_index.insert_unique(hash, id, |&id| hash_of_set(hasher, sets.get(TagSetId(id))));
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

fn hash_of_set(hasher: &hashbrown::DefaultHashBuilder, set: &[(Text, Text)]) -> u64 {
    set.iter().fold(0, |hash, (key, value)| {
        hasher.hash_one(hash ^ (u64::from(key.number()) << 32 | u64::from(value.number())))
    })
}

fn common_length(arn: &str) -> usize {
    memchr::memrchr(b'/', arn.as_bytes()).map_or(0, |slash| slash.saturating_add(1))
}

/// Not inlined: a sort that compares by it would hold many copies.
#[inline(never)]
fn common<'a>(texts: &'a Texts, versions: &[Version], version: u32) -> &'a str {
    let version = versions.get(version as usize);
    version.and_then(|version| texts.get(version.arn).get(..version.length as usize)).unwrap_or_default()
}

/// Anything but `disabled` protects; so does a value that is not known yet.
fn is_protected(text: &str) -> bool {
    !text.eq_ignore_ascii_case("disabled")
}

/// `"disabled"` or `{"Value": "disabled"}`.
fn protection(json: &str) -> Result<bool, String> {
    let value = match serde_json::from_str(json) {
        Ok(Value::Object(mut object)) => object.remove("Value").unwrap_or_default(),
        Ok(Value::String(text)) => text.into(),
        _ => Value::Bool(true),
    };
    match value {
        Value::String(text) => Ok(is_protected(&text)),
        Value::Null => Ok(false),
        _ => Err("`DeregistrationProtection` is neither text nor an object with `Value`".to_owned()),
    }
}

/// A user's words in a message: one line, and not endless.
pub(crate) fn shown(text: &str) -> String {
    text.chars().take(80).map(|c| if c.is_control() { ' ' } else { c }).collect()
}
