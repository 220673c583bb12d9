//! What an inventory holds of an image, in the words of AWS's own answers, so that it can be read again.

use afterimage_inventory::AmiId;
use afterimage_inventory::ImageType;
use afterimage_inventory::Inventory;
use afterimage_inventory::TagSetId;
use afterimage_inventory::Text;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// Tags of an image, as an object.
pub(crate) fn tags(inventory: &Inventory, image: usize) -> Value {
    let tags = inventory.images.tags.get(image).copied().unwrap_or_default();
    let text = |text: Text| inventory.text(text);
    let tags = inventory.tag_sets.get(tags);
    Value::Object(tags.iter().map(|&(key, value)| (text(key).to_owned(), text(value).into())).collect())
}

/// What stands in no other column: an element of list-image-build-versions, and the elements of describe-images
/// that belong to it as `Images`.
pub(crate) fn image(inventory: &Inventory, row: usize) -> Value {
    let images = &inventory.images;
    let text = |text: Text| Value::from(inventory.text(text));
    let mut image = Map::new();
    let mut put = |name: &str, value: Value| image.insert(name.to_owned(), value);
    if let Some(&name) = images.name.get(row) {
        put("name", text(name));
    }
    if images.imported.get(row) == Some(&true) {
        put("buildType", "IMPORT".into());
    }
    if let Some(group) = images.group.get(row).and_then(|id| inventory.groups.get(id.0 as usize)) {
        let is_container = images.image_type.get(row) == Some(&ImageType::Docker);
        let recipe = if is_container { "containerRecipe" } else { "imageRecipe" };
        put(recipe, json!({"name": text(group.recipe_name), "version": text(group.version)}));
    }
    let outputs = &inventory.ami_outputs;
    let (mut amis, mut described) = (Vec::new(), Vec::new());
    for at in images.ami_outputs(row) {
        let (Some(&id), Some(&region), Some(&account)) =
            (outputs.ami.get(at), outputs.region.get(at), outputs.account.get(at))
        else {
            continue;
        };
        let own = inventory.amis.id.get(id.0 as usize).copied().unwrap_or(Text::EMPTY);
        amis.push(json!({"image": text(own), "region": text(region), "accountId": text(account)}));
        described.extend(ami(inventory, id));
    }
    let containers: Vec<Value> = images
        .containers(row)
        .map(|at| {
            let region = inventory.containers.region.get(at).copied().unwrap_or(Text::EMPTY);
            let uris: Vec<Value> = inventory.containers.uris(at).iter().map(|&uri| text(uri)).collect();
            json!({"region": text(region), "imageUris": uris})
        })
        .collect();
    put("outputResources", json!({"amis": amis, "containers": containers}));
    if !described.is_empty() {
        put("Images", described.into());
    }
    Value::Object(image)
}

/// One of `Images`; `None` when nothing but the ID is known.
fn ami(inventory: &Inventory, ami: AmiId) -> Option<Value> {
    let amis = &inventory.amis;
    let at = ami.0 as usize;
    let text = |text: Text| Value::from(inventory.text(text));
    let mut known = Map::new();
    let tags = inventory.tag_sets.get(amis.tags.get(at).copied().unwrap_or(TagSetId::default()));
    if amis.tags_known.get(at) == Some(&true) {
        let tag = |&(key, value): &(Text, Text)| json!({"Key": text(key), "Value": text(value)});
        known.insert("Tags".to_owned(), tags.iter().map(tag).collect());
    }
    if let Some(owner) = amis.owner.get(at).filter(|&&owner| owner != Text::EMPTY) {
        known.insert("OwnerId".to_owned(), text(*owner));
    }
    if amis.described.get(at) == Some(&true) {
        known.insert("Public".to_owned(), amis.public.get(at).copied().unwrap_or_default().into());
    }
    if let Some(launched) = amis.launched.get(at) {
        known.insert("LastLaunchedTime".to_owned(), launched.to_string().into());
    }
    if amis.protected.get(at) == Some(&true) {
        known.insert("DeregistrationProtection".to_owned(), "enabled".into());
    }
    let disk = |snapshot: &afterimage_inventory::SnapshotId| {
        let id = inventory.snapshots.id.get(snapshot.0 as usize).copied().unwrap_or(Text::EMPTY);
        json!({"Ebs": {"SnapshotId": text(id)}})
    };
    let disks: Vec<Value> = amis.snapshots(ami).iter().map(disk).collect();
    if !disks.is_empty() {
        known.insert("BlockDeviceMappings".to_owned(), disks.into());
    }
    let shared: Vec<Value> =
        amis.shared(ami).iter().map(|&account| json!({"UserId": text(account)})).collect();
    if !shared.is_empty() {
        known.insert("LaunchPermissions".to_owned(), shared.into());
    }
    if known.is_empty() {
        return None;
    }
    known.insert("ImageId".to_owned(), text(amis.id.get(at).copied()?));
    Some(Value::Object(known))
}
