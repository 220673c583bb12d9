//! What an inventory holds of an image, in the words of AWS's own answers, so that it can be read again.

use afterimage_inventory::ImageType;
use afterimage_inventory::Inventory;
use afterimage_inventory::Text;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// Tags of an image, as an object.
pub(crate) fn tags(inventory: &Inventory, image: usize) -> Value {
    let tags = inventory.images.tags.get(image).copied().unwrap_or_default();
    let text = |text: Text| inventory.text(text);
    let mut object = Map::new();
    for &(key, value) in inventory.tag_sets.get(tags) {
        object.insert(text(key).to_owned(), text(value).into());
    }
    Value::Object(object)
}

/// What stands in no other column: an element of list-image-build-versions, and as `Images` what EC2 says of its AMIs,
/// an element of describe-images each, or only attributes.
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
        described.extend(inventory.ami_document(id));
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
