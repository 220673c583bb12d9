//! The policy as sentences with controls inside. Every control's id is the JSON pointer of its member, so that
//! a problem leads to it.

mod field;
mod problems;
mod rules;

use std::rc::Rc;

use afterimage_policy::json::Json;
use yew::prelude::*;

use crate::edit::Edit;
use crate::protocol::Answer;
use crate::protocol::Loaded;
use crate::protocol::Outcome;
use crate::state::Action;
use crate::state::Panel;
use crate::text;

use self::field::Form;
use super::Dispatch;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub document: Rc<Json>,
    pub loaded: Rc<Loaded>,
    pub base: &'static str,
    pub answer: Rc<Answer>,
    pub outcome: Option<Rc<Outcome>>,
    pub undo: bool,
    pub redo: bool,
    pub dispatch: Dispatch,
}

#[component]
pub(crate) fn Editor(props: &Props) -> Html {
    let form = Form { document: &props.document, answer: &props.answer, dispatch: &props.dispatch };
    let base = props.base;
    let at = |member: &str| format!("{base}/{member}");
    let act = |action: Action| props.dispatch.reform(move |_: MouseEvent| action.clone());
    let outcome = props.outcome.as_deref();
    // Only opened by itself: a field that is emptied stays where it is.
    let more = use_state_eq(|| false);
    if has_more(&props.document, base) && !*more {
        more.set(true);
    }
    let known = &props.loaded.known;
    html! {
        <section class="edit" aria-label="Policy">
            <div class="scroll">
                { field::known("known-recipes", &known.recipes, "image", "images") }
                { field::known("known-keys", &known.keys, "image", "images") }
                { field::known("known-regions", &known.regions, "output", "outputs") }
                <div class="bar">
                    <h2>{ "Policy" }</h2>
                    <span class="tools">
                        <button type="button" class="link" disabled={!props.undo} onclick={act(Action::Undo)} title="Ctrl+Z">{ "undo" }</button>
                        <button type="button" class="link" disabled={!props.redo} onclick={act(Action::Redo)} title="Ctrl+Shift+Z">{ "redo" }</button>
                        <button type="button" class="link" id="open-document" onclick={act(Action::Panel(Some(Panel::Document)))}>{ "JSON, import" }</button>
                    </span>
                </div>
                { form.line("Name", &at("name"), form.text(&at("name"), "Name", "")) }
                { form.line("Role", &at("executionRole"), form.text(&at("executionRole"), "Execution role", "name or ARN")) }
                { form.line("Description", &at("description"), form.text(&at("description"), "Description", "optional")) }
                { form.line("Status", &at("status"), form.choice(&at("status"), "Status", "ENABLED", &[("ENABLED", "enabled"), ("DISABLED", "disabled")])) }
                { form.line("Acts on", &at("resourceType"), acts_on(&form, &at("resourceType"))) }
                { selection(&form, &at("resourceSelection"), outcome, &known.recipes) }
                { rules::rules(&form, base, outcome) }
                <details class="more" open={*more}>
                    <summary>{ "Tags of the policy and request options" }</summary>
                    <div class="block" id={at("tags")} tabindex="-1">
                        <p class="help">{ "Tags on the policy itself; they select nothing." }</p>
                        { form.tags(&at("tags"), "tag of the policy") }
                        { form.beside(&at("tags")) }
                    </div>
                    { form.line("Client token", &at("clientToken"), form.text(&at("clientToken"), "Client token", "filled in by the AWS CLI")) }
                    <p class="sentence">{ form.flag(&at("dryRun"), "dry run: only check permissions") }</p>
                </details>
            </div>
            { problems::problems(&props.answer.diagnostics, &rules::actions(&props.document, base), &props.dispatch) }
        </section>
    }
}

/// What kind of image the policy acts on.
fn acts_on(form: &Form<'_>, place: &str) -> Html {
    let kinds = [("AMI_IMAGE", "AMI images"), ("CONTAINER_IMAGE", "container images")];
    let onchange = form.dispatch.reform(move |event: Event| {
        let chosen = super::chosen(&event);
        let kind = kinds.iter().find(|(kind, _)| *kind == chosen);
        kind.map_or(Action::Escape, |(kind, _)| Action::ActsOn(kind))
    });
    form.choice_with(place, "Acts on", "", &kinds, onchange)
}

/// Which images the policy looks at: recipes, or tags.
fn selection(form: &Form<'_>, place: &str, outcome: Option<&Outcome>, known: &[(String, u32)]) -> Html {
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
        let count = outcome.and_then(|outcome| outcome.selected.get(index));
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
                                { form.text_in(&version, &format!("Recipe {} version", index + 1), "x.x.x", "version") }
                                <span class="cnt">{ count(index) }</span>
                                { form.remove(Edit::Remove(item), &format!("Remove recipe {}", index + 1)) }
                            </div>
                        }
                    }) }
                    { form.add(Edit::Append(recipes.clone(), recipe), "+ recipe") }
                    if !known.is_empty() && outcome.is_some_and(|outcome| outcome.selected.iter().all(|count| *count == 0)) {
                        <p class="warn" id="select-known">{ "▲ None of the loaded images is selected. " }
                            { form.add(Edit::Put(recipes.clone(), of_inventory(known)), &format!("Select {}", of_known(known.len()))) }
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

/// Recipes that a policy may name.
const MOST_RECIPES: usize = 50;

/// All recipes of the inventory, or as many as a policy may name.
fn of_inventory(known: &[(String, u32)]) -> Json {
    let text = |text: &str| Json::String(text.to_owned());
    let recipe = |(name, _): &(String, u32)| {
        Json::Object(vec![("name".to_owned(), text(name)), ("semanticVersion".to_owned(), text("x.x.x"))])
    };
    Json::Array(known.iter().take(MOST_RECIPES).map(recipe).collect())
}

fn of_known(count: usize) -> String {
    match count {
        1 => "its recipe".to_owned(),
        2..=MOST_RECIPES => format!("their {count} recipes"),
        _ => format!("the first {MOST_RECIPES} of their recipes"),
    }
}

/// Whether a rarely used part of the request is in use.
fn has_more(document: &Json, base: &str) -> bool {
    ["tags", "clientToken", "dryRun"]
        .iter()
        .any(|member| document.pointer(&format!("{base}/{member}")).is_some())
}
