//! What each selector of a policy matches by itself.

use afterimage_inventory::Group;
use afterimage_inventory::GroupId;
use afterimage_inventory::ImageType;
use afterimage_inventory::Inventory;
use afterimage_policy::Policy;
use afterimage_policy::RecipeSelector;
use afterimage_policy::ResourceType;
use afterimage_policy::Selection;
use afterimage_policy::Tag;
use afterimage_policy::model::normalised_name;

use crate::assumptions::Assumption;
use crate::assumptions::Assumptions;

/// How many images of the policy's type each selector matches, whatever their owner or state.
pub fn selected(policy: &Policy, inventory: &Inventory, assumptions: &Assumptions) -> Vec<u32> {
    let wanted = image_type(policy);
    match &policy.selection {
        Selection::Recipes(recipes) => of_recipes(recipes, wanted, inventory, assumptions),
        Selection::Tags(tags) => tags.iter().map(|tag| tagged(tag, wanted, inventory)).collect(),
    }
}

/// What a policy is for.
pub(crate) fn image_type(policy: &Policy) -> ImageType {
    match policy.resource_type {
        ResourceType::AmiImage => ImageType::Ami,
        ResourceType::ContainerImage => ImageType::Docker,
    }
}

/// How recipe names are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    Normalised,
    Exact,
}

impl Names {
    pub(crate) fn assumed(assumptions: &Assumptions) -> Self {
        match assumptions.value(Assumption::RecipeNames) {
            "exact" => Self::Exact,
            _ => Self::Normalised,
        }
    }

    /// Whether a selector means a recipe version.
    pub(crate) fn select(self, selector: &RecipeSelector, inventory: &Inventory, group: &Group) -> bool {
        self.agree(selector, inventory, group) && selector.matches_version(inventory.text(group.version))
    }

    /// Whether a selector means the recipe of a version.
    pub(crate) fn agree(self, selector: &RecipeSelector, inventory: &Inventory, group: &Group) -> bool {
        selector.matches_name(inventory.text(group.recipe))
            && (self == Self::Normalised || selector.name == inventory.text(group.recipe_name))
    }

    /// Whether two selectors name the same recipe.
    pub(crate) fn alike(self, one: &str, other: &str) -> bool {
        match self {
            Self::Normalised => normalised_name(one) == normalised_name(other),
            Self::Exact => one == other,
        }
    }

    /// Shows each recipe version with the place of each selector that means it.
    pub(crate) fn each_selected(
        self,
        recipes: &[RecipeSelector],
        inventory: &Inventory,
        mut show: impl FnMut(GroupId, usize),
    ) {
        let mut known = None;
        let mut candidates: Vec<(usize, &RecipeSelector)> = Vec::new();
        for (group, id) in inventory.groups.iter().zip(0..) {
            // Versions of one recipe follow one another.
            let recipe = Some((group.recipe, group.recipe_name));
            if known != recipe {
                known = recipe;
                let alike = |(_, selector): &(usize, &RecipeSelector)| self.agree(selector, inventory, group);
                candidates = recipes.iter().enumerate().filter(alike).collect();
            }
            let version = inventory.text(group.version);
            for (place, _) in candidates.iter().filter(|(_, selector)| selector.matches_version(version)) {
                show(GroupId(id), *place);
            }
        }
    }
}

fn of_recipes(
    recipes: &[RecipeSelector],
    wanted: ImageType,
    inventory: &Inventory,
    assumptions: &Assumptions,
) -> Vec<u32> {
    let images = &inventory.images;
    let imported_too = assumptions.holds(Assumption::ImportedImagesMatchRecipes);
    let mut counts = vec![0_u32; recipes.len()];
    Names::assumed(assumptions).each_selected(recipes, inventory, |group, place| {
        let rows = inventory.group_rows(group);
        let imported = images.imported.get(rows.clone()).unwrap_or_default();
        let types = images.image_type.get(rows).unwrap_or_default();
        let matched = imported
            .iter()
            .zip(types)
            .map(|(&imported, &its)| u32::from(its == wanted && (imported_too || !imported)))
            .sum::<u32>();
        if let Some(count) = counts.get_mut(place) {
            *count = count.saturating_add(matched);
        }
    });
    counts
}

fn tagged(tag: &Tag, wanted: ImageType, inventory: &Inventory) -> u32 {
    let types = &inventory.images.image_type;
    let pair = inventory.texts.find(&tag.key).zip(inventory.texts.find(&tag.value));
    pair.map_or(0, |(key, value)| {
        let carriers = inventory.tagged_images.carriers(key, value);
        carriers.filter(|&row| types.get(row) == Some(&wanted)).count() as u32
    })
}
