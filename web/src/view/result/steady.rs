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
    let held = use_state_eq(|| 0_i32);
    let last = use_mut_ref(|| Rc::clone(&props.outcome));
    {
        let (inside, held, outcome) = (inside.clone(), held.clone(), Rc::clone(&props.outcome));
        use_effect(move || {
            let height = inside.cast::<HtmlElement>().map_or(0, |inside| inside.offset_height());
            let last = std::mem::replace(&mut *last.borrow_mut(), Rc::clone(&outcome));
            // Another result of the same night comes from an edit, and begins anew.
            let is_edit = last.day == outcome.day && last != outcome;
            held.set(if is_edit { height } else { height.max(*held) });
        });
    }
    html! {
        <div ~style={format!("min-height:{}px", *held)}><div ref={inside} class="steady">{ props.children.clone() }</div></div>
    }
}
