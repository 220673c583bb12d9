//! Which images the policy looks at: recipes, or tags.

use std::rc::Rc;

use afterimage_policy::json::Json;
use yew::prelude::*;

use crate::edit::Edit;
use crate::edit::MOST_RECIPES;
use crate::edit::all_recipes;
use crate::protocol::Loaded;
use crate::state::Action;
use crate::text;

use super::field::Form;

#[derive(Properties)]
pub(super) struct Props {
    pub form: Form,
    pub place: String,
    /// Images per selector, once they are counted.
    pub selected: Option<Vec<u32>>,
    pub loaded: Rc<Loaded>,
    /// The policy acts on these.
    pub containers: bool,
}

impl PartialEq for Props {
    /// A policy may name fifty recipes, which an edit elsewhere leaves alone.
    fn eq(&self, other: &Self) -> bool {
        self.place == other.place
            && self.containers == other.containers
            && self.selected == other.selected
            && Rc::ptr_eq(&self.loaded, &other.loaded)
            && self.form.is_same_at(&other.form, &self.place)
    }
}

#[component]
pub(super) fn Selection(props: &Props) -> Html {
    let Props { form, place, selected, loaded, containers } = props;
    let known = loaded.known.recipes(*containers);
    let recipes = format!("{place}/recipes");
    let tags = format!("{place}/tagMap");
    let by_tags = form.document.pointer(&tags).is_some();
    let both = by_tags && form.document.pointer(&recipes).is_some();
    let swap = |to: &'static str, fresh: Json| {
        // Of two selectors, one is dropped and nothing is put away.
        let other = if to == "tags" { recipes.clone() } else { tags.clone() };
        let place = place.to_owned();
        let park = if by_tags { "selection:tags" } else { "selection:recipes" };
        form.dispatch.reform(move |_: MouseEvent| {
            if both {
                return Action::Edit(Edit::Remove(other.clone()));
            }
            Action::Swap {
                place: place.clone(),
                park: park.to_owned(),
                fetch: format!("selection:{to}"),
                otherwise: fresh.clone(),
            }
        })
    };
    let text = |text: &str| Json::String(text.to_owned());
    let recipe =
        Json::Object(vec![("name".to_owned(), text("")), ("semanticVersion".to_owned(), text("x.x.x"))]);
    let fresh_recipes = Json::Object(vec![("recipes".to_owned(), Json::Array(vec![recipe.clone()]))]);
    let fresh_tag = Json::Object(vec![(String::new(), text(""))]);
    let fresh_tags = Json::Object(vec![("tagMap".to_owned(), fresh_tag)]);
    let count = |index: usize| {
        let count = selected.as_ref().and_then(|selected| selected.get(index));
        count.map(|count| text::counted(*count, "image", "images")).unwrap_or_default()
    };
    let total = match form.document.pointer(&recipes) {
        Some(Json::Array(items)) => items.len(),
        _ => 0,
    };
    html! {
        <>
            <div class="bar" id={place.to_owned()} tabindex="-1">
                <h2>{ "Applies to" }</h2>
                <span class="seg" role="group" aria-label="Images are chosen by">
                    <button type="button" aria-pressed={(!by_tags || both).to_string()} onclick={(by_tags).then(|| swap("recipes", fresh_recipes))}>{ "recipes" }</button>
                    <button type="button" aria-pressed={by_tags.to_string()} onclick={(!by_tags || both).then(|| swap("tags", fresh_tags))}>{ "image tags" }</button>
                </span>
            </div>
            if !by_tags || both {
                <div class="block" id={recipes.clone()} tabindex="-1">
                    { for (0..total).map(|index| {
                        let item = format!("{recipes}/{index}");
                        let (name, version) = (format!("{item}/name"), format!("{item}/semanticVersion"));
                        html! {
                            <div class="selector" key={index} id={item.clone()} tabindex="-1">
                                { form.text(&name, &format!("Recipe {} name", index + 1), "recipe name") }
                                { form.version(&version, &format!("Recipe {} version", index + 1), &form.shown(&name)) }
                                <span class="cnt">{ count(index) }</span>
                                { form.remove(Edit::Remove(item), &format!("Remove recipe {}", index + 1)) }
                            </div>
                        }
                    }) }
                    { form.add(Edit::Append(recipes.clone(), recipe), "+ recipe") }
                    if !known.is_empty() && selected.as_ref().is_some_and(|selected| selected.iter().all(|count| *count == 0)) {
                        <p class="warn" id="select-known">{ "▲ None of the loaded images is selected. " }
                            { form.add(Edit::Put(recipes.clone(), all_recipes(known)), &format!("Select {}", of_known(known.len()))) }
                        </p>
                    }
                    <p class="help">{ "Wildcards stand at the end: 1.x.x, 1.2.x. Images are counted and kept per exact version." }</p>
                </div>
            }
            if by_tags {
                <div class="block" id={tags.clone()} tabindex="-1">
                    { form.tags_with(&tags, "selecting tag", |index| html! { <span class="cnt">{ count(index) }</span> }) }
                    <p class="help">{ "An image with any one of these tags is chosen. Tags of the image resource count, not of its AMIs." }</p>
                </div>
            }
            // Below the controls, which a finding must not move from under a pointer.
            { form.beside(place) }
        </>
    }
}

fn of_known(count: usize) -> String {
    match count {
        1 => "its recipe".to_owned(),
        2..=MOST_RECIPES => format!("their {count} recipes"),
        _ => format!("the first {MOST_RECIPES} of their recipes"),
    }
}
