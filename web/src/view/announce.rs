//! What a screen reader says of a new result: the totals, once they have stood for a moment, and not at every key.

use gloo_timers::callback::Timeout;
use yew::prelude::*;

/// Milliseconds without a change after which the totals are said.
const STILL: u32 = 900;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub words: String,
}

#[component]
pub(super) fn Announce(props: &Props) -> Html {
    let said = use_state_eq(String::new);
    // The first result is read with the page.
    let first = use_mut_ref(|| true);
    {
        let said = said.setter();
        use_effect_with(props.words.clone(), move |words| {
            let words = words.clone();
            let later = (!words.is_empty() && !first.replace(false))
                .then(|| Timeout::new(STILL, move || said.set(words)));
            move || drop(later)
        });
    }
    html! { <p class="sr" role="status" id="announce">{ (*said).clone() }</p> }
}
