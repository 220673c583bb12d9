//! Names that an inventory knows, for the fields of the policy to offer.

use std::collections::BTreeMap;

use afterimage_inventory::GroupId;
use afterimage_inventory::ImageType;
use afterimage_inventory::Inventory;
use afterimage_inventory::Text;

use crate::engine::short;
use crate::protocol::Known;

/// Names of a kind that are offered.
const MOST: usize = 200;

/// Each with its number of images, or of outputs for Regions; the most frequent first.
pub(super) fn known(inventory: &Inventory) -> Known {
    let (mut image_recipes, mut container_recipes) = (BTreeMap::new(), BTreeMap::new());
    let images = &inventory.images;
    for (number, group) in inventory.groups.iter().enumerate() {
        let rows = inventory.group_rows(GroupId(number as u32));
        let of = |wanted: ImageType| {
            let kinds = images.image_type.get(rows.clone()).unwrap_or_default();
            let imported = images.imported.get(rows.clone()).unwrap_or_default();
            kinds.iter().zip(imported).filter(|&(kind, imported)| *kind == wanted && !imported).count()
        };
        for (recipes, kind) in
            [(&mut image_recipes, ImageType::Ami), (&mut container_recipes, ImageType::Docker)]
        {
            let count = of(kind);
            if count > 0 {
                add(recipes, group.recipe_name, count);
            }
        }
    }
    let mut per_set = vec![0_usize; inventory.tag_sets.len()];
    for set in &inventory.images.tags {
        if let Some(count) = per_set.get_mut(set.0 as usize) {
            *count += 1;
        }
    }
    let mut keys = BTreeMap::new();
    for (set, &count) in per_set.iter().enumerate().filter(|(_, count)| **count > 0) {
        for &(key, _) in inventory.tag_sets.get(afterimage_inventory::TagSetId(set as u32)) {
            add(&mut keys, key, count);
        }
    }
    let mut regions = BTreeMap::new();
    for &region in &inventory.ami_outputs.region {
        add(&mut regions, region, 1);
    }
    let [image_recipes, container_recipes, keys, regions] =
        [image_recipes, container_recipes, keys, regions].map(|counts| named(inventory, counts));
    Known { image_recipes, container_recipes, keys, regions }
}

fn add(counts: &mut BTreeMap<Text, usize>, text: Text, more: usize) {
    *counts.entry(text).or_default() += more;
}

fn named(inventory: &Inventory, counts: BTreeMap<Text, usize>) -> Vec<(String, u32)> {
    let mut names: Vec<(String, u32)> =
        counts.into_iter().map(|(text, count)| (short(inventory.text(text)), count as u32)).collect();
    names.retain(|(name, _)| !name.is_empty());
    names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    names.truncate(MOST);
    names
}
