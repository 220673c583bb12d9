//! What opens below the header: loading an inventory, the policy as JSON, exporting it.

mod assumptions;
mod commands;
mod document;
mod dropped;
mod export;
mod highlight;
mod keys;
mod load;
mod policies;
mod report;

use web_sys::File;
use web_sys::FileList;
use yew::prelude::*;

use crate::state::Action;

use super::Dispatch;

pub(crate) use assumptions::AssumptionsPanel;
pub(crate) use document::DocumentPanel;
pub(crate) use dropped::Dropped;
pub(crate) use dropped::policy_in;
pub(crate) use export::ExportPanel;
pub(crate) use keys::KeysPanel;
pub(crate) use load::LoadPanel;
pub(crate) use policies::PoliciesPanel;

/// Exports to read: pasted texts with a name for each, and files.
#[derive(Debug, Clone)]
pub(crate) struct Load {
    pub replace: bool,
    pub texts: Vec<(String, String)>,
    pub files: Vec<File>,
}

pub(crate) fn files(list: Option<FileList>) -> Vec<File> {
    list.map_or_else(Vec::new, |list| (0..list.length()).filter_map(|index| list.get(index)).collect())
}

/// A section below the header with a title and a way out.
fn frame(id: &'static str, title: &str, dispatch: &Dispatch, inside: Html) -> Html {
    let close = dispatch.reform(|_: MouseEvent| Action::Panel(None));
    html! {
        <section class="panel" {id} aria-labelledby={format!("{id}-title")}>
            <div class="title">
                <h2 id={format!("{id}-title")} tabindex="-1">{ title.to_owned() }</h2>
                <button type="button" class="btn icon" onclick={close} aria-label="Close" title="Close (Esc)">{ "✕" }</button>
            </div>
            { inside }
        </section>
    }
}

/// Moves the keyboard to the title of a panel that has just opened.
#[hook]
fn use_focused(id: &'static str) {
    use_effect_with((), move |()| {
        super::focus(id);
    });
}

/// A button that copies a text and says so.
#[derive(Properties, PartialEq)]
struct CopyProps {
    text: AttrValue,
    label: AttrValue,
    #[prop_or("btn")]
    class: &'static str,
}

#[component]
fn Copy(props: &CopyProps) -> Html {
    // The text that was copied last: a later text is not copied yet.
    let done = use_state_eq(|| None::<std::result::Result<AttrValue, ()>>);
    let onclick = {
        let (text, done) = (props.text.clone(), done.setter());
        Callback::from(move |_: MouseEvent| {
            let Some(window) = web_sys::window() else { return };
            let copied = window.navigator().clipboard().write_text(&text);
            let (text, done) = (text.clone(), done.clone());
            wasm_bindgen_futures::spawn_local(async move {
                let copied = wasm_bindgen_futures::JsFuture::from(copied).await;
                done.set(Some(copied.map(|_| text).map_err(|_| ())));
            });
        })
    };
    let words = match done.as_ref() {
        Some(Ok(text)) if *text == props.text => "Copied".into(),
        Some(Err(())) => "Not allowed here: select and copy".into(),
        _ => props.label.clone(),
    };
    html! { <button type="button" class={props.class} {onclick} aria-live="polite">{ words }</button> }
}
