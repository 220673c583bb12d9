//! What AWS leaves open, and the answers that the simulation goes by.

use std::rc::Rc;

use yew::prelude::*;

use crate::protocol::Answer;
use crate::protocol::Question;
use crate::state::Action;
use crate::text;
use crate::view::Dispatch;
use crate::view::chosen;
use crate::view::quoted;

use super::frame;
use super::use_focused;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub questions: Rc<Vec<Question>>,
    /// `name=value` of each answer that is not the default.
    pub assume: Vec<String>,
    pub answer: Rc<Answer>,
    pub dispatch: Dispatch,
}

#[component]
pub(crate) fn AssumptionsPanel(props: &Props) -> Html {
    use_focused("assumptions-panel-title");
    let matters = |question: &&Question| props.answer.matters.contains(&question.name);
    let (these, others): (Vec<_>, Vec<_>) = props.questions.iter().partition(matters);
    let reset = props.dispatch.reform(|_: MouseEvent| Action::AssumeDefaults);
    let inside = html! {
        <>
            <p class="help">
                { "AWS does not document these, or its documents disagree. Each answer below is an assumption; another one \
                   simulates anew at once. Images whose fate hangs on an answer say so when they are explained." }
            </p>
            if !props.assume.is_empty() {
                <p><button type="button" class="btn small" onclick={reset}>{ "Back to the defaults" }</button></p>
            }
            if these.is_empty() {
                <p>{ "None of them makes a difference to this policy." }</p>
            } else {
                <h3>{ "These can make a difference to this policy" }</h3>
                { for these.into_iter().map(|question| row(props, question)) }
            }
            <details>
                <summary>{ format!("{} that make none", others.len()) }</summary>
                { for others.into_iter().map(|question| row(props, question)) }
            </details>
        </>
    };
    frame("assumptions-panel", "What is assumed", &props.dispatch, inside)
}

fn row(props: &Props, question: &Question) -> Html {
    let name = question.name.clone();
    let id = format!("assume-{name}");
    let now = props.assume.iter().find_map(|answer| answer.strip_prefix(&name)?.strip_prefix('='));
    let default = question.values.first().cloned().unwrap_or_default();
    let now = now.map_or_else(|| default.clone(), str::to_owned);
    let onchange = props.dispatch.reform(move |event: Event| Action::Assume(name.clone(), chosen(&event)));
    html! {
        <div class="question" key={question.name.clone()}>
            <label for={id.clone()}>{ quoted(&question.question) }</label>
            <select {id} class="in u" ~value={now.clone()} {onchange}>
                { for question.values.iter().map(|value| {
                    let is_default = if *value == default { " (default)" } else { "" };
                    html! { <option value={value.clone()} selected={*value == now}>{ format!("{}{is_default}", text::answer(value)) }</option> }
                }) }
            </select>
            <p class="help"><code>{ question.name.clone() }</code>{ " · basis: " }{ question.basis.clone() }</p>
        </div>
    }
}
