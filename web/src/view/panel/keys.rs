//! The keyboard map.

use yew::prelude::*;

use crate::view::Dispatch;

use super::frame;
use super::use_focused;

const KEYS: [(&str, &str); 12] = [
    ("/", "search the images"),
    ("?", "show these keys"),
    ("Ctrl+Z", "undo"),
    ("Ctrl+Shift+Z, Ctrl+Y", "redo"),
    ("Ctrl+S", "export"),
    ("Ctrl+O", "load an inventory"),
    ("Esc", "close what was opened last"),
    ("← →, Home, End", "in the chart: another night, the first, the last"),
    ("↑ ↓, Page Up, Page Down", "in the table: another image"),
    ("Home, End", "in the table: the first image, the last"),
    ("Enter, Space", "in the table: explain the image; once more, go to the explanation"),
    ("Tab, Shift+Tab", "the next control, the one before"),
];

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub dispatch: Dispatch,
}

#[component]
pub(crate) fn KeysPanel(props: &Props) -> Html {
    use_focused("keys-panel-title");
    let inside = html! {
        <>
            <dl class="keys">
                { for KEYS.iter().map(|(keys, what)| html! { <div><dt>{ for keys.split(", ").map(|key| html! { <><kbd>{ key }</kbd>{ " " }</> }) }</dt><dd>{ *what }</dd></div> }) }
            </dl>
            <p class="help">
                { "On a Mac, Cmd stands for Ctrl. Afterimage simulates in this browser: nothing that you load or type leaves \
                   it, and nothing at AWS is read or changed. Its sentences are its own, not AWS's. " }
                <a href="https://docs.aws.amazon.com/imagebuilder/latest/userguide/manage-image-lifecycles.html" target="_blank" rel="noreferrer">
                    { "How AWS describes lifecycle policies" }</a>{ "." }
            </p>
        </>
    };
    frame("keys-panel", "Keys, and what this page is", &props.dispatch, inside)
}
