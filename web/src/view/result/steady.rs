//! Keeps the height of what it holds while only the night is another, so that the chart below stays where it is.

use std::rc::Rc;

use web_sys::HtmlElement;
use yew::prelude::*;

use crate::protocol::Outcome;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub outcome: Rc<Outcome>,
    pub children: Html,
}

#[component]
pub(super) fn Steady(props: &Props) -> Html {
    let inside = use_node_ref();
    let held = use_mut_ref(|| 0_i32);
    let last = use_mut_ref(|| Rc::clone(&props.outcome));
    let last = last.replace(Rc::clone(&props.outcome));
    if last.day != props.outcome.day {
        // The document still shows the last night, laid out: nothing is measured while the policy is edited.
        let height = inside.cast::<HtmlElement>().map_or(0, |inside| inside.offset_height());
        let most = height.max(*held.borrow());
        held.replace(most);
    } else if last != props.outcome {
        // Another result of the same night comes from an edit, and begins anew.
        held.replace(0);
    }
    html! {
        <div ~style={format!("min-height:{}px", held.borrow())}><div ref={inside} class="steady">{ props.children.clone() }</div></div>
    }
}
