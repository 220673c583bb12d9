//! An inventory as JSON, to be compared and read.

use afterimage_inventory::AmiId;
use afterimage_inventory::AmiProfile;
use afterimage_inventory::GroupId;
use afterimage_inventory::ImageType;
use afterimage_inventory::ImageUri;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::SnapshotId;
use afterimage_inventory::TagIndex;
use afterimage_inventory::TagSetId;
use afterimage_inventory::Text;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// Everything that the columns hold, in their order. What an image's ARN says already, and what is false,
/// empty or unknown, is left out.
pub(crate) fn facts(inventory: &Inventory) -> Value {
    let images: Vec<Value> = (0..inventory.len()).map(|row| image(inventory, row)).collect();
    let amis: Vec<Value> = (0..inventory.amis.len()).map(|row| ami(inventory, row)).collect();
    let snapshots: Vec<Value> = (0..inventory.snapshots.len()).map(|row| snapshot(inventory, row)).collect();
    let references: Vec<Value> =
        (0..inventory.amis.len()).flat_map(|row| references(inventory, row)).collect();
    json!({
        "images": images,
        "amis": amis,
        "snapshots": snapshots,
        "references": references,
        "unresolved": inventory.references.unresolved,
        "containers": containers(inventory),
        "cutOff": inventory.cut_off.iter().map(|page| page.list).collect::<Vec<_>>(),
    })
}

fn snapshot(inventory: &Inventory, row: usize) -> Value {
    let id = SnapshotId(row as u32);
    let snapshots = &inventory.snapshots;
    let described = snapshots.described(id).copied();
    let ami = |ami: AmiId| inventory.text(inventory.amis.id[ami.0 as usize]).to_owned();
    said([
        ("id", json!(inventory.text(snapshots.id[row])), Value::Null),
        ("atMost", json!(snapshots.size(id).map(|size| format!("{size:?}"))), Value::Null),
        ("described", json!(described.is_some()), json!(false)),
        ("archived", json!(described.is_some_and(|snapshot| snapshot.archived)), json!(false)),
        ("tags", described.map_or(json!({}), |snapshot| tags(inventory, snapshot.tags)), json!({})),
        ("sharers", snapshots.sharers(id).map(ami).map(Value::from).collect(), json!([])),
    ])
}

fn references(inventory: &Inventory, row: usize) -> Vec<Value> {
    let text = |text: Text| inventory.text(text);
    let references = inventory.references.of(AmiId(row as u32)).iter();
    references
        .map(|reference| {
            let version = reference.version.map(|version| {
                let words = [(version.is_default, " default"), (version.is_latest, " latest")];
                let words = words.into_iter().filter(|(is, _)| *is).map(|(_, word)| word);
                format!("{}{}", version.number, words.collect::<String>())
            });
            said([
                ("ami", json!(text(inventory.amis.id[row])), Value::Null),
                ("kind", json!(reference.kind.as_str()), Value::Null),
                ("id", json!(text(reference.id)), Value::Null),
                ("name", json!(text(reference.name)), json!("")),
                ("version", json!(version), Value::Null),
            ])
        })
        .collect()
}

/// What ECR says of every URI.
fn containers(inventory: &Inventory) -> Vec<Value> {
    let (registry, texts) = (&inventory.registry, &inventory.texts);
    let uris = (0..inventory.containers.len()).flat_map(|row| inventory.containers.uris(row));
    uris.map(|&uri| {
        let name = inventory.text(uri);
        let uri = ImageUri::parse(name);
        let image = registry.image(texts, &uri).map(|(_, image)| image);
        let at = |moment: Option<Instant>| json!(moment.map(|at| at.to_string()));
        said([
            ("uri", json!(name), Value::Null),
            ("size", json!(image.and_then(|image| image.size)), Value::Null),
            ("pushed", at(image.and_then(|image| image.pushed)), Value::Null),
            ("pulled", at(image.and_then(|image| image.pulled)), Value::Null),
            ("digest", json!(image.map(|image| inventory.text(image.digest))), Value::Null),
            (
                "repository",
                json!(registry.repository_tags(texts, &uri).map(|set| tags(inventory, set))),
                Value::Null,
            ),
        ])
    })
    .collect()
}

fn image(inventory: &Inventory, row: usize) -> Value {
    let images = &inventory.images;
    let text = |text: Text| inventory.text(text);
    let arn = inventory.arn(row);
    let [region, account, name, version, build] = arn_parts(arn);
    let group = &inventory.groups[images.group[row].0 as usize];
    assert_eq!((text(group.region), text(group.account)), (region, account), "the group of {arn}");

    let recipe = said([
        ("name", json!(text(group.recipe)), json!(name)),
        ("shown", json!(text(group.recipe_name)), json!(name)),
        ("version", json!(text(group.version)), json!(version)),
    ]);
    let kind = match images.image_type[row] {
        ImageType::Ami => "AMI",
        ImageType::Docker => "DOCKER",
    };
    let amis = images.ami_outputs(row).map(|at| {
        let outputs = &inventory.ami_outputs;
        said([
            ("id", json!(text(inventory.amis.id[outputs.ami[at].0 as usize])), Value::Null),
            ("region", json!(text(outputs.region[at])), json!("")),
            ("account", json!(text(outputs.account[at])), json!("")),
        ])
    });
    let containers = images.containers(row).map(|at| {
        let uris: Vec<&str> = inventory.containers.uris(at).iter().map(|&uri| text(uri)).collect();
        said([
            ("region", json!(text(inventory.containers.region[at])), json!("")),
            ("uris", json!(uris), json!([])),
        ])
    });
    said([
        ("arn", json!(arn), Value::Null),
        ("name", json!(text(images.name[row])), json!(name)),
        ("owner", json!(text(images.owner[row])), json!(account)),
        ("type", json!(kind), json!("AMI")),
        ("status", json!(images.status[row].as_str()), Value::Null),
        ("created", json!(images.created[row].to_string()), Value::Null),
        ("build", json!(images.build[row].to_string()), json!(build)),
        ("imported", json!(images.imported[row]), json!(false)),
        ("recipe", recipe, json!({})),
        ("tags", tags(inventory, images.tags[row]), json!({})),
        ("amis", amis.collect(), json!([])),
        ("containers", containers.collect(), json!([])),
    ])
}

fn ami(inventory: &Inventory, row: usize) -> Value {
    let amis = &inventory.amis;
    let id = AmiId(row as u32);
    let texts = |list: &[Text]| list.iter().map(|&text| json!(inventory.text(text))).collect::<Value>();
    said([
        ("id", json!(inventory.text(amis.id[row])), Value::Null),
        ("described", json!(amis.described[row]), json!(false)),
        ("owner", json!(inventory.text(amis.owner[row])), json!("")),
        ("state", json!(format!("{:?}", amis.state[row]).to_lowercase()), json!("unknown")),
        ("created", json!(amis.created.get(row).map(|at| at.to_string())), Value::Null),
        ("public", json!(amis.public[row]), json!(false)),
        ("tags", tags(inventory, amis.tags[row]), json!({})),
        ("launched", json!(amis.launched.get(row).map(|at| at.to_string())), Value::Null),
        ("protected", json!(amis.protected[row]), json!(false)),
        ("shared", texts(amis.shared(id)), json!([])),
        (
            "snapshots",
            amis.snapshots(id)
                .iter()
                .map(|id| json!(inventory.text(inventory.snapshots.id[id.0 as usize])))
                .collect(),
            json!([]),
        ),
    ])
}

fn tags(inventory: &Inventory, set: TagSetId) -> Value {
    let tags = inventory.tag_sets.get(set);
    let keys: Vec<&str> = tags.iter().map(|&(key, _)| inventory.text(key)).collect();
    assert!(keys.is_sorted_by(|a, b| a < b), "keys of a tag set are sorted and distinct: {keys:?}");
    let pair = |&(key, value): &(Text, Text)| (inventory.text(key).to_owned(), json!(inventory.text(value)));
    Value::Object(tags.iter().map(pair).collect())
}

/// The members that differ from what goes without saying.
fn said<const N: usize>(members: [(&str, Value, Value); N]) -> Value {
    let differ = members.into_iter().filter(|(_, value, silent)| value != silent);
    Value::Object(differ.map(|(name, value, _)| (name.to_owned(), value)).collect::<Map<_, _>>())
}

fn arn_parts(arn: &str) -> [&str; 5] {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let nodes: Vec<&str> = parts[5].split('/').collect();
    [parts[3], parts[4], nodes[1], nodes[2], nodes[3]]
}

/// What the columns promise to everyone who reads them.
pub(crate) fn assert_invariants(inventory: &Inventory) {
    let images = &inventory.images;
    let rows = inventory.len();
    let keys: Vec<_> = (0..rows)
        .map(|row| {
            let newest_first = (-images.created[row].0, std::cmp::Reverse(images.build[row]));
            (images.group[row], newest_first, inventory.arn(row))
        })
        .collect();
    assert!(keys.is_sorted_by(|a, b| a < b), "rows are out of order: {keys:?}");
    let groups: Vec<_> = inventory
        .groups
        .iter()
        .map(|group| {
            [group.account, group.region, group.recipe, group.version].map(|text| inventory.text(text))
        })
        .collect();
    assert!(groups.is_sorted_by(|a, b| a < b), "groups are out of order: {groups:?}");

    let by_arn: Vec<&str> = inventory.by_arn.iter().map(|&row| inventory.arn(row as usize)).collect();
    assert!(by_arn.is_sorted_by(|a, b| a < b), "`by_arn` is out of order: {by_arn:?}");
    assert!((0..rows).all(|row| inventory.find_image(inventory.arn(row)) == Some(row)));
    assert_eq!(inventory.find_image("arn:aws:imagebuilder"), None);

    let outputs: std::collections::BTreeSet<AmiId> = inventory.ami_outputs.ami.iter().copied().collect();
    assert_eq!(inventory.output_ami_count, outputs.len());
    let snapshots: std::collections::BTreeSet<SnapshotId> =
        outputs.iter().flat_map(|&ami| inventory.amis.snapshots(ami)).copied().collect();
    assert_eq!(inventory.output_snapshot_count, snapshots.len());
    assert_eq!(
        (0..rows).map(|row| images.ami_outputs(row).len()).sum::<usize>(),
        inventory.ami_outputs.ami.len()
    );
    assert_eq!((0..rows).map(|row| images.containers(row).len()).sum::<usize>(), inventory.containers.len());
    assert!((0..inventory.containers.len()).all(|row| !inventory.containers.uris(row).is_empty()));

    let of_groups = (0..inventory.groups.len() as u32)
        .map(GroupId)
        .flat_map(|group| inventory.group_rows(group).map(move |row| (row, group)));
    assert!(of_groups.eq(images.group.iter().copied().enumerate()), "groups and their rows differ");
    for row in 0..rows {
        assert!(images.ami_outputs(row).all(|output| inventory.ami_outputs.image[output] as usize == row));
        assert!(
            images.containers(row).all(|container| inventory.containers.image[container] as usize == row)
        );
    }
    let (outputs, amis) = (&inventory.ami_outputs, &inventory.amis);
    for ((&ami, &region), &profile) in outputs.ami.iter().zip(&outputs.region).zip(&outputs.profile) {
        let at = ami.0 as usize;
        let (public, protected, shared) = (amis.public[at], amis.protected[at], amis.shared(ami).to_vec());
        assert_eq!(
            inventory.ami_profiles[profile as usize],
            AmiProfile { region, public, protected, shared }
        );
    }
    let distinct: std::collections::HashSet<_> = inventory.ami_profiles.iter().collect();
    assert_eq!(distinct.len(), inventory.ami_profiles.len());
    assert_tags_are_found(inventory, &images.tags, &inventory.tagged_images);
    assert_tags_are_found(inventory, &amis.tags, &inventory.tagged_amis);
    let counts = (0..amis.len() as u32).map(AmiId);
    assert!(counts.clone().all(|ami| amis.snapshot_count(ami) as usize == amis.snapshots(ami).len()));
}

/// Whoever carries a tag is found by it, and nobody else.
fn assert_tags_are_found(inventory: &Inventory, sets: &[TagSetId], index: &TagIndex) {
    let tags: std::collections::BTreeSet<_> =
        sets.iter().flat_map(|&set| inventory.tag_sets.get(set)).copied().collect();
    for (key, value) in tags.iter().copied().chain([(Text::EMPTY, Text::EMPTY)]) {
        let carries = |&row: &usize| inventory.tag_sets.get(sets[row]).contains(&(key, value));
        assert!(index.carriers(key, value).eq((0..sets.len()).filter(carries)));
    }
}
