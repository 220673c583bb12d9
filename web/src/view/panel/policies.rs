//! The saved policies: open, make, copy, rename, switch and delete.

use std::rc::Rc;

use yew::prelude::*;

use crate::protocol::Loaded;
use crate::state::Action;
use crate::state::Document;
use crate::state::Keep;
use crate::state::Saved;
use crate::state::fresh;
use crate::state::parsed;
use crate::state::summary;
use crate::store;
use crate::templates::TEMPLATES;
use crate::templates::Template;
use crate::text;
use crate::view::Call;
use crate::view::Dispatch;

use super::frame;
use super::overlaps::Overlaps;
use super::use_focused;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub policies: Vec<Saved>,
    pub current: String,
    pub document: Document,
    pub base: &'static str,
    pub now: i64,
    pub assume: Vec<String>,
    pub loaded: Rc<Loaded>,
    pub call: Call,
    pub dispatch: Dispatch,
}

#[component]
pub(crate) fn PoliciesPanel(props: &Props) -> Html {
    use_focused("policies-panel-title");
    // The policy whose name is being typed, and the name so far.
    let renaming = use_state_eq(|| None::<(String, String)>);
    let act = |keep: fn(String) -> Keep, id: &str| {
        let id = id.to_owned();
        props.dispatch.reform(move |_: MouseEvent| Action::Keep(keep(id.clone())))
    };
    let row = |entry: &Saved| {
        let (id, about) = (entry.id.as_str(), summary(&parsed(&entry.text)));
        let button = |words: &'static str, onclick: Callback<MouseEvent>| {
            let label = format!("{words} {}", about.name);
            html! { <button type="button" class="btn small" {onclick} aria-label={label}>{ words }</button> }
        };
        let name = match renaming.as_ref().filter(|(renamed, _)| renamed == id) {
            None => html! {
                <button type="button" class="link" onclick={act(Keep::Open, id)} aria-current={(id == props.current).then_some("true")}>
                    <b>{ about.name.clone() }</b>
                </button>
            },
            Some((_, typed)) => {
                let oninput = {
                    let (renaming, id) = (renaming.setter(), id.to_owned());
                    Callback::from(move |event: InputEvent| {
                        renaming.set(Some((id.clone(), crate::view::value(&event))));
                    })
                };
                let onsubmit = {
                    let (renaming, id, typed) = (renaming.setter(), id.to_owned(), typed.clone());
                    let dispatch = props.dispatch.clone();
                    Callback::from(move |event: SubmitEvent| {
                        event.prevent_default();
                        if !typed.trim().is_empty() {
                            dispatch.emit(Action::Keep(Keep::Rename(id.clone(), typed.clone())));
                        }
                        renaming.set(None);
                    })
                };
                html! {
                    <form class="row" {onsubmit}>
                        <input class="in" id="rename" aria-label={format!("New name of {}", about.name)} value={typed.clone()} {oninput} />
                        <button class="btn small">{ "Rename" }</button>
                    </form>
                }
            }
        };
        let rename = {
            let (renaming, start) = (renaming.setter(), Some((id.to_owned(), about.name.clone())));
            Callback::from(move |_: MouseEvent| renaming.set(start.clone()))
        };
        let compare = {
            let document = parsed(&entry.text);
            props.dispatch.reform(move |_: MouseEvent| Action::CompareWith(document.clone()))
        };
        let kind = match about.kind.as_str() {
            "AMI_IMAGE" => "AMI images",
            "CONTAINER_IMAGE" => "container images",
            _ => "no type yet",
        };
        let status = if about.enabled { "● enabled" } else { "○ disabled" };
        html! {
            <li key={id.to_owned()} class={(id == props.current).then_some("open")}>
                <div class="what">
                    { name }
                    <p class="help">
                        { if id == props.current { "open · " } else { "" } }
                        { format!("{status} · {kind} · {} · changed {}", text::counted(about.rules as u32, "rule", "rules"), text::instant(entry.changed)) }
                    </p>
                </div>
                <div class="row">
                    { button("Rename", rename) }
                    if id != props.current { { button("Compare", compare) } }
                    { button("Duplicate", act(|id| Keep::Duplicate(id, store::stamp()), id)) }
                    { button(if about.enabled { "Disable" } else { "Enable" }, act(Keep::Switch, id)) }
                    { button("Delete", act(|id| Keep::Delete(id, store::stamp()), id)) }
                </div>
            </li>
        }
    };
    use_effect_with(renaming.as_ref().map(|(id, _)| id.clone()), |renamed| {
        if renamed.is_some() {
            crate::view::focus("rename");
        }
    });
    let new = props.dispatch.reform(|_: MouseEvent| Action::Keep(Keep::New(fresh(), store::stamp())));
    let inside = html! {
        <>
            <p class="help">
                { "Kept in this browser and nowhere else; every change is saved at once. A disabled policy is simulated \
                   all the same, so that you see what enabling it would do." }
            </p>
            <ul class="policies-list">{ for props.policies.iter().map(row) }</ul>
            <div class="row"><button type="button" class="btn main" onclick={new}>{ "New policy" }</button>
                { super::executions::link(&props.dispatch) }</div>
            <Overlaps policies={props.policies.clone()} now={props.now} assume={props.assume.clone()} loaded={props.loaded.number}
                call={props.call.clone()} dispatch={props.dispatch.clone()} />
            <h3>{ "Begin with one of these" }</h3>
            <p class="help">{ "Each is made beside the open policy, with its role and its selection, so that you see at once what it would do." }</p>
            <ul class="templates">{ for TEMPLATES.iter().map(|template| offer(template, props)) }</ul>
        </>
    };
    frame("policies-panel", "Policies", &props.dispatch, inside)
}

fn offer(template: &'static Template, props: &Props) -> Html {
    let (open, base, loaded) = (props.document.clone(), props.base, Rc::clone(&props.loaded));
    let onclick = props.dispatch.reform(move |_: MouseEvent| {
        Action::Keep(Keep::New(template.beside(&open, base, &loaded.known), store::stamp()))
    });
    html! {
        <li>
            <button type="button" class="link" {onclick}><b>{ template.title }</b></button>
            <p class="help">{ template.about }</p>
        </li>
    }
}
