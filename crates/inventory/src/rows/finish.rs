//! How rows become columns.

use std::cmp::Reverse;
use std::sync::Arc;

use hashbrown::HashMap;
use hashbrown::HashSet;

use crate::columns::AmiId;
use crate::columns::AmiIds;
use crate::columns::AmiOutputs;
use crate::columns::Amis;
use crate::columns::Group;
use crate::columns::GroupId;
use crate::columns::Images;
use crate::columns::Inventory;
use crate::columns::Skipped;
use crate::columns::Status;
use crate::instant::Instant;
use crate::profiles::profiles;
use crate::snapshots::Gather;
use crate::sort;
use crate::tag_index::TagIndex;
use crate::text::Text;
use crate::text::Texts;

use super::AmiRow;
use super::ImageArn;
use super::ImageRow;
use super::Rows;
use super::Span;
use super::Version;

/// Rows that become columns in one call. A browser leaves a call in the slow code it began with for as long as it
/// takes, so what takes long is done in many.
pub(crate) const TURN: usize = 256;

/// What the order of the columns depends on.
struct Sorted {
    row: u32,
    group: GroupId,
    /// Index into the list of [`Parts`].
    version: u32,
    created: Instant,
    status: Status,
    build: u32,
    arn: Text,
}

/// What the ARNs of an image's builds have in common.
struct Parts {
    /// Length of everything up to the build number, with the slash before it.
    length: usize,
    region: Text,
    account: Text,
    name: Text,
    /// The name as Image Builder writes it into ARNs.
    normalised: Text,
    version: Text,
}

/// Versions, groups, and which image belongs to which.
#[derive(Default)]
struct Groups {
    versions: Vec<Parts>,
    groups: Vec<Group>,
    group_index: HashMap<[Text; 4], GroupId>,
    /// The group of images that say the same of their recipe.
    said_index: HashMap<(u32, [Option<Text>; 3]), GroupId>,
}

impl Rows {
    /// Sorts the rows into columns.
    pub(crate) fn finish(&mut self) -> Inventory {
        self.take_back();
        let (skipped, cut_off) = (self.skipped.clone(), self.pages.cut_off());
        let mut inventory = Inventory { skipped, cut_off, ..Inventory::default() };
        self.report_incomplete(&mut inventory.skipped);
        let (rows, versions) = self.sorted(&mut inventory);
        let (amis, ids) = self.amis(&mut inventory, &rows);
        inventory.references = self.others.references.finish(&self.texts, &ids);
        inventory.registry = self.others.registry.clone();
        self.images(&mut inventory, &rows, &versions, &ids);
        inventory.amis = amis;
        inventory.group_start = group_start(&inventory);
        inventory.by_arn = self.by_arn(&rows, &versions);
        (inventory.ami_profiles, inventory.ami_outputs.profile) =
            profiles(&inventory.ami_outputs, &inventory.amis);
        inventory.tagged_images = TagIndex::new(&self.tag_sets, &inventory.images.tags);
        inventory.tagged_amis = TagIndex::new(&self.tag_sets, &inventory.amis.tags);
        count_outputs(&mut inventory);
        inventory.late_builds = late_builds(&inventory);
        inventory.protected_images = protected_images(&inventory);
        inventory.sharer_images = sharer_images(&inventory);
        inventory.tied_outputs = tied_outputs(&inventory);
        inventory.texts = Arc::new(std::mem::take(&mut self.texts));
        inventory.tag_sets = Arc::new(std::mem::take(&mut self.tag_sets));
        self.given = Some((Arc::clone(&inventory.texts), Arc::clone(&inventory.tag_sets)));
        inventory
    }

    /// Ends sharing with an inventory; copies what that still needs.
    pub(super) fn take_back(&mut self) {
        if let Some((texts, tag_sets)) = self.given.take() {
            self.texts = Arc::unwrap_or_clone(texts);
            self.tag_sets = Arc::unwrap_or_clone(tag_sets);
        }
    }

    fn report_incomplete(&self, skipped: &mut Vec<Skipped>) {
        let mut reported = HashSet::new();
        for (at, place) in &self.incomplete {
            let lacks = self.images.get(*at as usize).and_then(ImageRow::lacks);
            if let Some(lacks) = lacks.filter(|_| reported.insert(at)) {
                skipped.push(Skipped { message: format!("{}{lacks}", place.message), ..place.clone() });
            }
        }
    }

    /// Complete rows in the order of the columns, and their groups.
    fn sorted(&mut self, inventory: &mut Inventory) -> (Vec<Sorted>, Vec<Parts>) {
        let texts = &mut self.texts;
        let mut groups = Groups::default();
        // INVARIANT: what was taken for an ARN has its parts, so that the numbers of the versions stay.
        for version in &self.versions {
            groups.versions.extend(Parts::new(texts, *version));
        }
        let mut rows = Vec::with_capacity(self.images.len());
        for (turn, images) in self.images.chunks(TURN).enumerate() {
            groups.gather(texts, images, turn.saturating_mul(TURN), &mut rows);
        }
        let Groups { versions, groups, .. } = groups;
        let mut order: Vec<u32> = (0..groups.len() as u32).collect();
        sort::sort_by_key(&mut order, |&id| {
            groups.get(id as usize).map(|group| {
                [group.account, group.region, group.recipe, group.version].map(|text| texts.get(text))
            })
        });
        let rank = ranks(&order);
        for row in &mut rows {
            row.group = GroupId(rank.get(row.group.0 as usize).copied().unwrap_or_default());
        }
        rows.sort_unstable_by(|a, b| {
            let key = |row: &Sorted| (row.group, Reverse(row.created), Reverse(row.build));
            key(a).cmp(&key(b)).then_with(|| texts.get(a.arn).cmp(texts.get(b.arn)))
        });
        inventory.groups = order.iter().filter_map(|&id| groups.get(id as usize).cloned()).collect();
        (rows, versions)
    }

    /// Columns of every distinct AMI, whether described or only listed. Those of the images come first, in their
    /// order, so that a pass over images passes over their AMIs as well; the others follow in byte order.
    fn amis(&self, inventory: &mut Inventory, images: &[Sorted]) -> (Amis, AmiIds) {
        let outputs = |image: &ImageRow| self.ami_outputs.get(image.amis.range()).unwrap_or_default();
        let mut ids = AmiIds::new(self.texts.len());
        let mut order: Vec<Text> = Vec::with_capacity(self.amis.len());
        for images in images.chunks(TURN) {
            self.number(images, &mut ids, &mut order);
        }
        let incomplete = self.images.iter().filter(|image| image.lacks().is_some());
        let mut others: Vec<Text> = incomplete.flat_map(outputs).map(|&(id, ..)| id).collect();
        others.extend(self.ami_rows.names());
        others.retain(|&id| ids.get(id).is_none());
        for id in in_order(&self.texts, others) {
            if ids.get(id).is_none() {
                ids.set(id, AmiId(order.len() as u32));
                order.push(id);
            }
        }
        let mut amis = Amis::with_capacity(order.len(), self.volumes.len());
        let mut gather = Gather::new(&self.others.snapshots, self.texts.len(), self.volumes.len());
        for ids in order.chunks(TURN) {
            self.add_amis(ids, &mut amis, &mut gather);
        }
        inventory.snapshots = gather.finish();
        (amis, ids)
    }

    /// Numbers the AMIs of images in their order.
    #[inline(never)]
    fn number(&self, images: &[Sorted], ids: &mut AmiIds, order: &mut Vec<Text>) {
        let spans: Vec<Span> = images
            .iter()
            .map(|image| self.images.get(image.row as usize).map_or(Span::default(), |image| image.amis))
            .collect();
        for span in spans {
            for &(id, ..) in self.ami_outputs.get(span.range()).unwrap_or_default() {
                if ids.get(id).is_none() {
                    ids.set(id, AmiId(order.len() as u32));
                    order.push(id);
                }
            }
        }
    }

    #[inline(never)]
    fn add_amis(&self, ids: &[Text], amis: &mut Amis, gather: &mut Gather<'_>) {
        // The rows are all over the memory, and are fetched together.
        let rows: Vec<AmiRow> = ids.iter().map(|&id| self.ami_row(id).cloned().unwrap_or_default()).collect();
        let first = amis.id.len() as u32;
        amis.id.extend(ids);
        amis.described.extend(rows.iter().map(|row| row.described));
        amis.owner.extend(rows.iter().map(|row| row.owner.unwrap_or(Text::EMPTY)));
        amis.state.extend(rows.iter().map(|row| row.state.unwrap_or_default()));
        amis.created.extend(rows.iter().map(|row| row.created));
        let is_public = |row: &AmiRow| row.public == Some(true) || row.shared_with_all == Some(true);
        amis.public.extend(rows.iter().map(is_public));
        amis.tags.extend(rows.iter().map(|row| row.tags.unwrap_or_default()));
        amis.tags_known.extend(rows.iter().map(|row| row.tags_known));
        amis.launched.extend(rows.iter().map(|row| row.launched_attribute.unwrap_or(row.launched)));
        amis.protected.extend(rows.iter().map(|row| row.protected.unwrap_or(false)));
        for (row, at) in rows.iter().zip(first..) {
            amis.shared.extend(self.lists.get(row.shared.range()).unwrap_or_default());
            amis.shared_start.push(amis.shared.len() as u32);
            for &(snapshot, volume) in self.volumes.get(row.snapshots.range()).unwrap_or_default() {
                amis.snapshots.push(gather.add(AmiId(at), snapshot, volume));
            }
            amis.snapshot_start.push(amis.snapshots.len() as u32);
        }
    }

    fn images(&self, inventory: &mut Inventory, rows: &[Sorted], versions: &[Parts], ids: &AmiIds) {
        inventory.images = Images::with_capacity(rows.len());
        inventory.ami_outputs = AmiOutputs::with_capacity(self.ami_outputs.len());
        inventory.images.ami_start.push(0);
        inventory.images.container_start.push(0);
        inventory.containers.uri_start.push(0);
        for rows in rows.chunks(TURN) {
            self.add_images(inventory, rows, versions, ids);
        }
    }

    #[inline(never)]
    fn add_images(&self, inventory: &mut Inventory, sorted: &[Sorted], versions: &[Parts], ids: &AmiIds) {
        let images = &mut inventory.images;
        let first = images.arn.len() as u32;
        // INVARIANT: each of these has its row and the parts of its version.
        let row = |sorted: &Sorted| self.images.get(sorted.row as usize).cloned().unwrap_or_default();
        let rows: Vec<ImageRow> = sorted.iter().map(row).collect();
        let all = || rows.iter().zip(sorted);
        let version = |sorted: &Sorted| versions.get(sorted.version as usize);
        images.arn.extend(sorted.iter().map(|image| image.arn));
        images.name.extend(all().map(|(row, image)| {
            row.name.or_else(|| version(image).map(|version| version.name)).unwrap_or_default()
        }));
        images.owner.extend(all().map(|(row, image)| {
            row.owner.or_else(|| version(image).map(|version| version.account)).unwrap_or_default()
        }));
        images.image_type.extend(rows.iter().map(|row| row.image_type.unwrap_or(row.implied_type())));
        images.status.extend(sorted.iter().map(|image| image.status));
        images.created.extend(sorted.iter().map(|image| image.created));
        images.build.extend(sorted.iter().map(|image| image.build));
        images.imported.extend(rows.iter().map(|row| row.imported.unwrap_or(false)));
        images.group.extend(sorted.iter().map(|image| image.group));
        images.tags.extend(rows.iter().map(|row| row.tags.unwrap_or_default()));
        images.details.extend(rows.iter().map(|row| row.details));
        images.deprecation.extend(rows.iter().map(|row| row.deprecation));
        for (image, at) in rows.iter().zip(first..) {
            for &(id, region, account) in self.ami_outputs.get(image.amis.range()).unwrap_or_default() {
                let Some(ami) = ids.get(id) else { continue };
                let owner = || self.ami_row(id).and_then(|ami| ami.owner);
                let account = if account == Text::EMPTY { owner().unwrap_or(account) } else { account };
                inventory.ami_outputs.ami.push(ami);
                inventory.ami_outputs.region.push(region);
                inventory.ami_outputs.account.push(account);
                inventory.ami_outputs.image.push(at);
            }
            for &(region, uris) in self.containers.get(image.containers.range()).unwrap_or_default() {
                inventory.containers.region.push(region);
                inventory.containers.image.push(at);
                let uris = self.lists.get(uris.range()).unwrap_or_default();
                inventory.containers.uris.extend(uris);
                inventory.containers.uri_start.push(inventory.containers.uris.len() as u32);
            }
            images.ami_start.push(inventory.ami_outputs.ami.len() as u32);
            images.container_start.push(inventory.containers.region.len() as u32);
        }
    }

    /// Positions of the sorted rows in byte order of the ARNs.
    ///
    /// ARNs are long and alike. Neither of two versions' common parts begins with the other, since both have
    /// the same slashes after the fifth colon; so their order is that of the ARNs, and below it that of the
    /// digits.
    fn by_arn(&self, rows: &[Sorted], versions: &[Parts]) -> Vec<u32> {
        let texts = &self.texts;
        let mut order: Vec<u32> = (0..versions.len() as u32).collect();
        sort::sort_by_key(&mut order, |&id| self.common(id));
        let rank = ranks(&order);
        let key = |(at, row): (usize, &Sorted)| {
            let version = versions.get(row.version as usize).map_or(0, |version| version.length);
            let rank = rank.get(row.version as usize).copied().unwrap_or_default();
            (rank, eight(texts.get(row.arn), version), at as u32)
        };
        let mut keys: Vec<(u32, u64, u32)> = rows.iter().enumerate().map(key).collect();
        keys.sort_unstable_by(|a, b| {
            let arn = |at: u32| rows.get(at as usize).map(|row| texts.get(row.arn));
            (a.0, a.1).cmp(&(b.0, b.1)).then_with(|| arn(a.2).cmp(&arn(b.2)))
        });
        keys.into_iter().map(|(.., at)| at).collect()
    }

    fn ami_row(&self, id: Text) -> Option<&AmiRow> {
        self.ami_rows.get(id).and_then(|at| self.amis.get(at as usize))
    }
}

impl Parts {
    fn new(texts: &mut Texts, version: Version) -> Option<Self> {
        let arn = texts.get(version.arn).to_owned();
        let ImageArn { region, account, name, version: number } = ImageArn::parse(&arn)?;
        Some(Self {
            length: version.length as usize,
            region: texts.intern(region),
            account: texts.intern(account),
            name: texts.intern(name),
            normalised: texts.intern(&normalised(name)),
            version: texts.intern(number),
        })
    }
}

impl Groups {
    /// Adds complete images, the first of which has this row.
    #[inline(never)]
    fn gather(&mut self, texts: &mut Texts, images: &[ImageRow], first: usize, rows: &mut Vec<Sorted>) {
        for (image, row) in images.iter().zip(first as u32..) {
            let (Some(status), Some(created)) = (image.status, image.created) else { continue };
            let &ImageRow { version, build, arn, .. } = image;
            let Some(group) = self.group(texts, version, image) else { continue };
            rows.push(Sorted { row, group, version, created, status, build, arn });
        }
    }

    fn group(&mut self, texts: &mut Texts, version: u32, image: &ImageRow) -> Option<GroupId> {
        let imported = image.imported.unwrap_or(false);
        let recipe = image.image_recipe.or(image.container_recipe).filter(|_| !imported);
        let recipe_name = recipe.and_then(|recipe| recipe.name);
        let recipe_version = recipe.and_then(|recipe| recipe.version);
        let said = (version, [image.name, recipe_name, recipe_version]);
        if let Some(&known) = self.said_index.get(&said) {
            return Some(known);
        }
        let version = self.versions.get(version as usize)?;
        let own_name = image.name.unwrap_or(version.name);
        let recipe_name = recipe_name.unwrap_or_else(|| {
            let named_alike = texts.intern_normalised(own_name) == version.normalised;
            if named_alike { own_name } else { version.name }
        });
        let group = Group {
            account: version.account,
            region: version.region,
            recipe: texts.intern_normalised(recipe_name),
            recipe_name,
            version: recipe_version.unwrap_or(version.version),
        };
        let key = [group.account, group.region, group.recipe, group.version];
        let known = *self.group_index.entry(key).or_insert_with(|| {
            self.groups.push(group);
            GroupId(self.groups.len().saturating_sub(1) as u32)
        });
        if let Some(group) = self.groups.get_mut(known.0 as usize)
            && texts.get(recipe_name) < texts.get(group.recipe_name)
        {
            group.recipe_name = recipe_name;
        }
        self.said_index.insert(said, known);
        Some(known)
    }
}

impl Texts {
    fn intern_normalised(&mut self, name: Text) -> Text {
        let normalised = normalised(self.get(name));
        self.intern(&normalised)
    }
}

/// The place of each number in an order.
fn ranks(order: &[u32]) -> Vec<u32> {
    let mut ranks = vec![0; order.len()];
    for (position, &id) in order.iter().enumerate() {
        if let Some(rank) = ranks.get_mut(id as usize) {
            *rank = position as u32;
        }
    }
    ranks
}

/// IDs in byte order. What all begin with is left out, and the next eight bytes decide nearly always.
fn in_order(texts: &Texts, ids: Vec<Text>) -> impl Iterator<Item = Text> {
    let first = ids.first().map_or("", |&id| texts.get(id));
    let common = ids.iter().fold(first.len(), |common, &id| {
        let same = first.bytes().zip(texts.get(id).bytes()).take(common).take_while(|(a, b)| a == b);
        same.count()
    });
    let mut keys: Vec<(u64, Text)> = ids.into_iter().map(|id| (eight(texts.get(id), common), id)).collect();
    keys.sort_unstable_by(|(a, x), (b, y)| a.cmp(b).then_with(|| texts.get(*x).cmp(texts.get(*y))));
    keys.into_iter().map(|(_, id)| id)
}

/// Eight bytes from a place on, as a number that is ordered like them; zeros where there are none.
fn eight(text: &str, from: usize) -> u64 {
    let rest = text.as_bytes().get(from..).unwrap_or_default();
    match rest.first_chunk() {
        Some(bytes) => u64::from_be_bytes(*bytes),
        None => {
            let mut bytes = [0; 8];
            bytes.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            u64::from_be_bytes(bytes)
        }
    }
}

fn group_start(inventory: &Inventory) -> Vec<u32> {
    let groups = &inventory.images.group;
    let mut start: Vec<u32> = Vec::with_capacity(inventory.groups.len().saturating_add(1));
    for (group, row) in groups.iter().zip(0_u32..) {
        if start.len() <= group.0 as usize {
            start.resize((group.0 as usize).saturating_add(1), row);
        }
    }
    start.resize(inventory.groups.len().saturating_add(1), groups.len() as u32);
    start
}

fn protected_images(inventory: &Inventory) -> Vec<u32> {
    let Inventory { images, ami_outputs, amis, .. } = inventory;
    let protected = |&row: &u32| {
        let outputs = ami_outputs.ami.get(images.ami_outputs(row as usize)).unwrap_or_default();
        outputs.iter().any(|ami| amis.protected.get(ami.0 as usize) == Some(&true))
    };
    (0..inventory.len() as u32).filter(protected).collect()
}

fn late_builds(inventory: &Inventory) -> Vec<(u32, Instant)> {
    let Inventory { images, ami_outputs, amis, .. } = inventory;
    let end = |(row, created): (usize, &Instant)| {
        let outputs = ami_outputs.ami.get(images.ami_outputs(row)).unwrap_or_default();
        let ends = outputs.iter().filter_map(|ami| amis.created.get(ami.0 as usize));
        let last = ends.max().filter(|&end| end > created.plus_days(1))?;
        Some((row as u32, last))
    };
    images.created.iter().enumerate().filter_map(end).collect()
}

fn sharer_images(inventory: &Inventory) -> Vec<(AmiId, u32)> {
    if !inventory.snapshots.has_shared() {
        return Vec::new();
    }
    let sharers: HashSet<AmiId> = inventory.snapshots.shared.iter().map(|&(_, ami)| ami).collect();
    let listed = (0..inventory.len()).flat_map(|image| {
        let rows = inventory.images.ami_outputs(image);
        rows.filter_map(move |row| Some((*inventory.ami_outputs.ami.get(row)?, image as u32)))
    });
    sort::distinct(listed.filter(|(ami, _)| sharers.contains(ami)))
}

fn tied_outputs(inventory: &Inventory) -> Vec<(AmiId, u32)> {
    let amis = &inventory.ami_outputs.ami;
    if amis.len() == inventory.output_ami_count {
        return Vec::new();
    }
    let mut listed = vec![0_u8; inventory.amis.len()];
    for ami in amis {
        if let Some(count) = listed.get_mut(ami.0 as usize) {
            *count = count.saturating_add(1);
        }
    }
    let is_tied = |(ami, _): &(AmiId, u32)| listed.get(ami.0 as usize).is_some_and(|&count| count > 1);
    let mut rows: Vec<(AmiId, u32)> = amis.iter().copied().zip(0..).filter(is_tied).collect();
    sort::sort(&mut rows);
    rows
}

fn count_outputs(inventory: &mut Inventory) {
    let mut amis = vec![false; inventory.amis.len()];
    let mut snapshots = vec![false; inventory.snapshots.id.len()];
    for &ami in &inventory.ami_outputs.ami {
        let Some(seen) = amis.get_mut(ami.0 as usize) else { continue };
        if std::mem::replace(seen, true) {
            continue;
        }
        for snapshot in inventory.amis.snapshots(ami) {
            if let Some(seen) = snapshots.get_mut(snapshot.0 as usize) {
                *seen = true;
            }
        }
    }
    let count = |seen: Vec<bool>| seen.into_iter().filter(|&seen| seen).count();
    inventory.output_ami_count = count(amis);
    inventory.output_snapshot_count = count(snapshots);
}

/// Lower case, spaces and underscores as hyphens: how Image Builder writes names into ARNs.
fn normalised(name: &str) -> String {
    name.chars().map(|c| if matches!(c, ' ' | '_') { '-' } else { c.to_ascii_lowercase() }).collect()
}
