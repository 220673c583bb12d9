//! The page. Everything below takes values and a dispatcher, and returns what to draw.

mod announce;
mod copy;
mod editor;
mod header;
mod keeping;
mod panel;
mod result;
mod shell;

use wasm_bindgen::JsCast;
use web_sys::HtmlElement;
use web_sys::HtmlInputElement;
use web_sys::HtmlSelectElement;
use yew::prelude::*;

use crate::protocol::Act;
use crate::protocol::Reply;
use crate::protocol::Request;
use crate::protocol::Served;
use crate::protocol::Viewed;
use crate::state::Action;

/// Sends an action to the state.
pub(crate) type Dispatch = Callback<Action>;

/// Asks the worker for something that it replies to.
pub(crate) type Call = Callback<(Request, Callback<Reply>)>;

/// Does something on the local service, and shows what is asked for.
pub(crate) type Serving = Callback<(Option<Act>, Viewed, Callback<Served>)>;

/// Draws the page into its place.
pub(crate) fn mount() {
    std::panic::set_hook(Box::new(|panic| {
        console_error_panic_hook::hook(panic);
        say_at_start(Some(
            "Afterimage has met a fault of its own and stopped. Your policy is saved; reload the page to go on.",
        ));
    }));
    let Some(root) = element("app") else { return };
    yew::Renderer::<shell::Shell>::with_root(root).render();
}

/// The line that stands in for the page until it is drawn, and when it cannot be.
fn say_at_start(words: Option<&str>) {
    if let Some(notice) = element("boot") {
        notice.set_text_content(words);
    }
}

/// A message with what it quotes between backticks set apart.
fn quoted(message: &str) -> Html {
    let message = &crate::text::visible(message);
    let part = |(at, part): (usize, &str)| match at % 2 {
        0 => html! { { part.to_owned() } },
        _ => html! { <code>{ part.to_owned() }</code> },
    };
    // A lone backtick belongs to a name.
    if message.matches('`').count() % 2 == 1 {
        return html! { { message.to_owned() } };
    }
    message.split('`').enumerate().map(part).collect()
}

/// What was typed into a field.
fn value(event: &InputEvent) -> String {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    target.map(|input| input.value()).unwrap_or_default()
}

/// What was chosen in a select.
fn chosen(event: &Event) -> String {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
    target.map(|select| select.value()).unwrap_or_default()
}

/// The element of this id.
fn element(id: &str) -> Option<web_sys::Element> {
    web_sys::window()?.document()?.get_element_by_id(id)
}

/// Moves the keyboard to a field, with its text chosen, so that typing replaces it.
fn focus_all(id: &str) {
    focus(id);
    if let Some(field) = element(id).and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
        field.select();
    }
}

/// Moves the keyboard to the element of this id, or of the nearest place around it.
fn focus(pointer: &str) {
    let mut place = pointer;
    loop {
        if let Some(target) = element(place).and_then(|target| target.dyn_into::<HtmlElement>().ok()) {
            // An element that cannot take the focus is still scrolled to.
            let _ = target.focus();
            target.scroll_into_view_with_bool(false);
            return;
        }
        match place.rsplit_once('/') {
            Some((parent, _)) => place = parent,
            // The form has no control for it, but the panel of the whole document does.
            None if place != "open-document" => place = "open-document",
            None => return,
        }
    }
}
