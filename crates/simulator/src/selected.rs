//! What each selector of a policy matches by itself.

use afterimage_inventory::GroupId;
use afterimage_inventory::Inventory;
use afterimage_policy::RecipeSelector;
use afterimage_policy::Selection;
use afterimage_policy::Tag;

/// How many images each selector matches, whatever their type, owner or state.
pub fn selected(selection: &Selection, inventory: &Inventory) -> Vec<u32> {
    match selection {
        Selection::Recipes(recipes) => recipes.iter().map(|recipe| of_recipe(recipe, inventory)).collect(),
        Selection::Tags(tags) => tags.iter().map(|tag| tagged(tag, inventory)).collect(),
    }
}

fn of_recipe(selector: &RecipeSelector, inventory: &Inventory) -> u32 {
    let Some(recipe) = inventory.texts.find(&selector.normalised_name()) else { return 0 };
    let groups = inventory.groups.iter().zip(0..);
    let matching = groups.filter(|(group, _)| {
        group.recipe == recipe && selector.matches_version(inventory.text(group.version))
    });
    let built = |(_, group): (_, u32)| {
        let imported =
            inventory.images.imported.get(inventory.group_rows(GroupId(group))).unwrap_or_default();
        imported.iter().map(|&imported| u32::from(!imported)).sum::<u32>()
    };
    matching.map(built).sum()
}

fn tagged(tag: &Tag, inventory: &Inventory) -> u32 {
    let wanted = inventory.texts.find(&tag.key).zip(inventory.texts.find(&tag.value));
    wanted.map_or(0, |(key, value)| inventory.tagged_images.carriers(key, value).count() as u32)
}
