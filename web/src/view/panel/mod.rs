//! What opens beside policy and result: loading an inventory, the policy as JSON, exporting it.

mod assumptions;
mod commands;
mod document;
mod dropped;
mod executions;
mod export;
mod highlight;
mod keys;
mod load;
mod overlaps;
mod policies;
mod report;

use js_sys::Array;
use web_sys::File;
use web_sys::FileList;
use yew::prelude::*;

use crate::state::Action;

use super::Dispatch;

pub(crate) use assumptions::AssumptionsPanel;
pub(crate) use document::DocumentPanel;
pub(crate) use dropped::Dropped;
pub(crate) use dropped::without_policy;
pub(crate) use executions::ExecutionsPanel;
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

impl Load {
    /// Everything that is to be read, as files.
    pub(crate) fn as_files(&self) -> Vec<File> {
        let file = |(name, text): &(String, String)| {
            File::new_with_str_sequence(&Array::of1(&text.as_str().into()), name).ok()
        };
        self.texts.iter().filter_map(file).chain(self.files.iter().cloned()).collect()
    }
}

pub(crate) fn files(list: Option<FileList>) -> Vec<File> {
    list.map_or_else(Vec::new, |list| (0..list.length()).filter_map(|index| list.get(index)).collect())
}

/// A section with a title and a way out. The style sheet places it: below the result, or above where that is low.
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
