//! Names that an inventory knows, for the fields of the policy to offer.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use afterimage_inventory::GroupId;
use afterimage_inventory::ImageType;
use afterimage_inventory::Inventory;
use afterimage_inventory::TagSetId;
use afterimage_inventory::Text;
use afterimage_inventory::sort;

use crate::protocol::Counted;
use crate::protocol::Known;

/// Names of a kind that are offered.
const MOST: usize = 200;

/// Keys whose values are offered, and values of each; also versions of a recipe.
const MOST_KEYS: usize = 40;
const MOST_VALUES: usize = 40;

/// Bytes of a name that is offered.
const LONGEST: usize = 256;

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
    let (keys, values) = tags(inventory, &inventory.images.tags);
    let (ami_keys, ami_values) = tags(inventory, &inventory.amis.tags);
    let mut regions = BTreeMap::new();
    for &region in &inventory.ami_outputs.region {
        add(&mut regions, region, 1);
    }
    let [image_recipes, container_recipes, regions] = [image_recipes, container_recipes, regions]
        .map(|counts| named(inventory, counts.into_iter().collect(), MOST));
    let versions = versions(inventory, image_recipes.iter().chain(&container_recipes));
    Known { image_recipes, container_recipes, versions, keys, values, ami_keys, ami_values, regions }
}

/// The keys of some rows' tags, and the values of the most frequent ones.
fn tags(inventory: &Inventory, sets: &[TagSetId]) -> (Counted, Vec<(String, Counted)>) {
    let mut per_set = vec![0_usize; inventory.tag_sets.len()];
    for set in sets {
        if let Some(count) = per_set.get_mut(set.0 as usize) {
            *count += 1;
        }
    }
    let mut carried: Vec<(Text, Text, usize)> = Vec::new();
    for (set, &count) in per_set.iter().enumerate().filter(|(_, count)| **count > 0) {
        let tags = inventory.tag_sets.get(TagSetId(set as u32));
        carried.extend(tags.iter().map(|&(key, value)| (key, value, count)));
    }
    carried.sort_unstable();
    let sum = |some: &[(Text, Text, usize)]| some.iter().map(|(.., count)| count).sum::<usize>();
    let mut keys: Vec<_> = carried.chunk_by(|a, b| a.0 == b.0).map(|some| (sum(some), some)).collect();
    let counts = keys.iter().filter_map(|(count, some)| Some((some.first()?.0, *count))).collect();
    sort::sort_by_key(&mut keys, |(count, _)| Reverse(*count));
    let values = keys.iter().take(MOST_KEYS).filter_map(|(_, some)| {
        let counts = some.chunk_by(|a, b| a.1 == b.1).filter_map(|same| Some((same.first()?.1, sum(same))));
        Some((inventory.text(some.first()?.0).to_owned(), named(inventory, counts.collect(), MOST_VALUES)))
    });
    (named(inventory, counts, MOST), values.collect())
}

/// The versions of recipes, and `1.2.x`, `1.x.x` and `x.x.x` for all that they stand for.
fn versions<'a>(
    inventory: &Inventory,
    recipes: impl Iterator<Item = &'a (String, u32)>,
) -> Vec<(String, Counted)> {
    let mut all: BTreeMap<&str, BTreeMap<String, u32>> = BTreeMap::new();
    all.extend(recipes.map(|(name, _)| (name.as_str(), BTreeMap::new())));
    for (number, group) in inventory.groups.iter().enumerate() {
        let Some(counts) = all.get_mut(inventory.text(group.recipe_name)) else { continue };
        let images = inventory.group_rows(GroupId(number as u32)).len() as u32;
        let nodes: Vec<&str> = inventory.text(group.version).split('.').collect();
        for known in 0..=nodes.len() {
            let node = |(at, node): (usize, &&'_ str)| if at < known { *node } else { "x" }.to_owned();
            let version: Vec<String> = nodes.iter().enumerate().map(node).collect();
            *counts.entry(version.join(".")).or_default() += images;
        }
    }
    let sorted = |(name, counts): (&str, BTreeMap<String, u32>)| {
        let mut counts: Counted = counts.into_iter().collect();
        let wildcards = |version: &str| version.matches('x').count();
        let rank = |version: &(String, u32)| (version.1, wildcards(&version.0));
        sort::sort_by(&mut counts, |a, b| (rank(b), &b.0).cmp(&(rank(a), &a.0)));
        counts.truncate(MOST_VALUES);
        (name.to_owned(), counts)
    };
    all.into_iter().map(sorted).collect()
}

fn add(counts: &mut BTreeMap<Text, usize>, text: Text, more: usize) {
    *counts.entry(text).or_default() += more;
}

/// The most frequent first. What is too long to be typed is too long to be chosen.
fn named(inventory: &Inventory, counts: Vec<(Text, usize)>, most: usize) -> Counted {
    let names = counts.into_iter().map(|(text, count)| (inventory.text(text), count as u32));
    let mut names: Vec<(&str, u32)> =
        names.filter(|(name, _)| !name.is_empty() && name.len() <= LONGEST).collect();
    sort::sort_by_key(&mut names, |&(name, count)| (Reverse(count), name));
    names.truncate(most);
    names.into_iter().map(|(name, count)| (name.to_owned(), count)).collect()
}

#[cfg(test)]
mod tests {
    use crate::engine::Engine;
    use crate::engine::tests::load;

    #[test]
    fn versions_and_values_are_known_of_each_recipe_and_key() {
        let images: Vec<String> = [("1.0.0", "web"), ("1.0.1", "web"), ("1.2.0", "db")]
            .iter()
            .map(|(version, team)| {
                format!(
                    r#"{{"arn": "arn:aws:imagebuilder:us-west-2:123456789012:image/base/{version}/1", "type": "AMI",
                        "state": {{"status": "AVAILABLE"}}, "dateCreated": "2026-01-01T00:00:00Z", "tags": {{"Team": "{team}"}}}}"#
                )
            })
            .collect();
        let text = format!(r#"{{"imageSummaryList": [{}]}}"#, images.join(","));
        let amis = r#"{"Images": [{"ImageId": "ami-1", "Tags": [{"Key": "Environment", "Value": "prod"}]}]}"#;
        let exports = [("images.json".to_owned(), text), ("amis.json".to_owned(), amis.to_owned())];
        let known = load(&mut Engine::default(), true, &exports).known;
        let names = |list: &[(String, u32)]| {
            list.iter().map(|(name, count)| format!("{name}:{count}")).collect::<Vec<_>>()
        };
        let versions = ["x.x.x:3", "1.x.x:3", "1.0.x:2", "1.2.x:1", "1.2.0:1", "1.0.1:1", "1.0.0:1"];
        assert_eq!(names(known.versions("base")), versions);
        assert_eq!(names(known.values(false, "Team")), ["web:2", "db:1"]);
        assert_eq!(names(known.keys(true)), ["Environment:1"]);
        assert_eq!(names(known.values(true, "Environment")), ["prod:1"]);
        assert!(known.values(true, "Team").is_empty() && known.versions("other").is_empty());
    }
}
