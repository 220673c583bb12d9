//! What a screen reader says of a new result: the totals, once they have stood for a moment, and not at every key.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use yew::prelude::*;

use crate::protocol::Query;

/// Milliseconds without a change after which the totals are said.
const STILL: u32 = 900;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub words: String,
    /// What the words are about: the question and which inventory it was asked of, 0 before there is one.
    pub query: Rc<Query>,
    pub loaded: u32,
}

#[component]
pub(super) fn Announce(props: &Props) -> Html {
    let said = use_state_eq(String::new);
    // The first result is read with the page, and what completes it later is still the first.
    let first = use_mut_ref(|| None::<(Rc<Query>, u32)>);
    let has_changed = use_mut_ref(|| false);
    {
        let said = said.setter();
        let about = (Rc::clone(&props.query), props.loaded);
        use_effect_with((props.words.clone(), about), move |(words, about)| {
            let is_result = !words.is_empty() && about.1 > 0;
            if is_result {
                let mut first = first.borrow_mut();
                let is_other = first.get_or_insert_with(|| about.clone()) != about;
                *has_changed.borrow_mut() |= is_other;
            }
            let words = words.clone();
            let later =
                (is_result && *has_changed.borrow()).then(|| Timeout::new(STILL, move || said.set(words)));
            move || drop(later)
        });
    }
    html! { <p class="sr" role="status" id="announce">{ (*said).clone() }</p> }
}
