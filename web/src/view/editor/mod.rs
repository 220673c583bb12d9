//! The policy as sentences with controls inside. Every control's id is the JSON pointer of its member, so that
//! a problem leads to it.

mod field;
mod problems;
mod rules;
mod selection;

use std::rc::Rc;

use afterimage_policy::json::Json;
use yew::prelude::*;

use crate::protocol::Loaded;
use crate::protocol::Outcome;
use crate::protocol::Problem;
use crate::state::Action;
use crate::state::Document;
use crate::state::Panel;

use self::field::Form;
pub(super) use self::rules::actions;
use super::Dispatch;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub document: Document,
    pub loaded: Rc<Loaded>,
    pub base: &'static str,
    pub diagnostics: Rc<Vec<Problem>>,
    pub outcome: Option<Rc<Outcome>>,
    pub undo: bool,
    pub redo: bool,
    pub dispatch: Dispatch,
}

#[component]
pub(crate) fn Editor(props: &Props) -> Html {
    let form = Form {
        document: props.document.clone(),
        loaded: Rc::clone(&props.loaded),
        diagnostics: Rc::clone(&props.diagnostics),
        dispatch: props.dispatch.clone(),
    };
    let base = props.base;
    let at = |member: &str| format!("{base}/{member}");
    let act = |action: Action| props.dispatch.reform(move |_: MouseEvent| action.clone());
    let outcome = props.outcome.as_deref();
    let containers = form.acts_on_containers(base);
    // Only opened by itself: a field that is emptied stays where it is.
    let more = use_state_eq(|| false);
    if has_more(&props.document, base) && !*more {
        more.set(true);
    }
    html! {
        <section class="edit" aria-label="Policy">
            <div class="scroll">
                <field::Known loaded={Rc::clone(&props.loaded)} {containers} />
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
                <selection::Selection form={form.clone()} place={at("resourceSelection")} selected={outcome.map(|outcome| outcome.selected.clone())} loaded={Rc::clone(&props.loaded)} {containers} />
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
            { problems::problems(&props.diagnostics, &props.document, &rules::actions(&props.document, base), &props.dispatch) }
        </section>
    }
}

/// What kind of image the policy acts on.
fn acts_on(form: &Form, place: &str) -> Html {
    let kinds = [("AMI_IMAGE", "AMI images"), ("CONTAINER_IMAGE", "container images")];
    let onchange = form.dispatch.reform(move |event: Event| {
        let chosen = super::chosen(&event);
        let kind = kinds.iter().find(|(kind, _)| *kind == chosen);
        kind.map_or(Action::Escape, |(kind, _)| Action::ActsOn(kind))
    });
    form.choice_with(place, "Acts on", "", &kinds, onchange)
}

/// Whether a rarely used part of the request is in use.
fn has_more(document: &Json, base: &str) -> bool {
    ["tags", "clientToken", "dryRun"]
        .iter()
        .any(|member| document.pointer(&format!("{base}/{member}")).is_some())
}
