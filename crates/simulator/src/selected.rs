//! What each selector of a policy matches by itself.

use afterimage_inventory::GroupId;
use afterimage_inventory::Inventory;
use afterimage_inventory::Text;
use afterimage_policy::RecipeSelector;
use afterimage_policy::Selection;
use afterimage_policy::Tag;

/// How many images each selector matches, whatever their type, owner or state.
pub fn selected(selection: &Selection, inventory: &Inventory) -> Vec<u32> {
    match selection {
        Selection::Recipes(recipes) => of_recipes(recipes, inventory),
        Selection::Tags(tags) => tags.iter().map(|tag| tagged(tag, inventory)).collect(),
    }
}

fn of_recipes(recipes: &[RecipeSelector], inventory: &Inventory) -> Vec<u32> {
    let named = |selector: &RecipeSelector| inventory.texts.find(&selector.normalised_name());
    let names: Vec<Option<Text>> = recipes.iter().map(named).collect();
    let mut counts = vec![0_u32; recipes.len()];
    let mut known = None;
    let mut candidates: Vec<(usize, &RecipeSelector)> = Vec::new();
    for (group, id) in inventory.groups.iter().zip(0..) {
        // Versions of one recipe follow one another.
        if known != Some(group.recipe) {
            known = Some(group.recipe);
            let alike = recipes.iter().enumerate().zip(&names).filter(|(_, name)| **name == known);
            candidates = alike.map(|(candidate, _)| candidate).collect();
        }
        if candidates.is_empty() {
            continue;
        }
        let version = inventory.text(group.version);
        let imported = inventory.images.imported.get(inventory.group_rows(GroupId(id))).unwrap_or_default();
        let built = imported.iter().map(|&imported| u32::from(!imported)).sum::<u32>();
        for (at, _) in candidates.iter().filter(|(_, selector)| selector.matches_version(version)) {
            if let Some(count) = counts.get_mut(*at) {
                *count = count.saturating_add(built);
            }
        }
    }
    counts
}

fn tagged(tag: &Tag, inventory: &Inventory) -> u32 {
    let wanted = inventory.texts.find(&tag.key).zip(inventory.texts.find(&tag.value));
    wanted.map_or(0, |(key, value)| inventory.tagged_images.carriers(key, value).count() as u32)
}
