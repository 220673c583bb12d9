//! What the policy does: the sentence, the nights to come, the counts, the images, and one image explained.

mod by_hand;
mod detail;
mod filters;
mod nights;
mod steady;
mod table;

use std::rc::Rc;

use yew::prelude::*;

use crate::state::Action;
use crate::state::Panel;
use crate::state::ReferenceKind;
use crate::state::State;
use crate::text;

use super::Call;
use super::Dispatch;
use super::Serving;

pub(crate) fn result(state: &State, call: &Call, serving: &Serving, dispatch: &Dispatch) -> Html {
    let Some(outcome) = &state.result else {
        let words = if state.failure.is_some() {
            "There is no result."
        } else if !state.stale {
            "Simulating…"
        } else if text::errors(&state.diagnostics, &state.document).0 == 0 {
            "The policy is simulated as soon as it is filled in. The list of problems says what is still missing."
        } else {
            "The policy has errors, so there is nothing to simulate yet. The list of problems says what to mend."
        };
        return html! { <section class="see" aria-label="Simulation"><p class="lead">{ words }</p></section> };
    };
    let spans = text::headline(outcome, state.forecast(), state.loss.as_deref(), state.now);
    let assumed = dispatch.reform(|_: MouseEvent| Action::Panel(Some(Panel::Assumptions)));
    let next = if state.panel == Some(Panel::Executions) { None } else { Some(Panel::Executions) };
    let executions = dispatch.reform(move |_: MouseEvent| Action::Panel(next));
    let generation = state.answer.generation.to_string();
    html! {
        <section class={classes!("see", state.stale.then_some("stale"))} aria-label="Simulation" id="result"
            data-generation={generation} data-day={outcome.day.to_string()} data-worker-ms={state.answer.worker_ms.to_string()}>
            <div class="summary" key="summary">
                if state.stale {
                    <p class="notice" role="status">{ "This is the last valid policy's result: the policy has errors now." }</p>
                }
                if outcome.disabled {
                    <p class="notice" id="disabled">{ text::DISABLED }</p>
                }
                <steady::Steady outcome={Rc::clone(outcome)}>
                    <h2 class="lead" id="headline">
                        { coloured(spans) }
                    </h2>
                    <p class="sub" id="scope">{ filters::in_use(state, dispatch) }{ text::scope(outcome) }{ state.loss.as_deref().map(text::bounds) }{ sample(state) }{ " " }
                        <button type="button" class="link" id="assumptions" onclick={assumed}>{ assumptions(state) }</button>{ " · " }
                        <button type="button" class="link" id="executions" onclick={executions}
                            aria-expanded={(state.panel == Some(Panel::Executions)).to_string()}>{ "Run it day by day" }</button></p>
                </steady::Steady>
                { compare(state, dispatch) }
                <nights::Nights nights={Rc::clone(&state.nights)} foreseen={state.foreseen} day={state.day} now={state.now}
                    range={state.range} dispatch={dispatch.clone()} />
                { filters::filters(state, outcome, dispatch) }
            </div>
            <p class="sr" role="status" key="opened">{ opened(state) }</p>
            <div class="images" key="images">
                { filters::search(state, dispatch) }
                <table::Table window={Rc::clone(&state.window)} outcome={Rc::clone(outcome)} cursor={state.cursor}
                    open={state.open} tonight={state.now} now={outcome.at} loaded={state.loaded.number}
                    list={state.list.clone()} columns={filters::COLUMNS.iter().map(|(column, _)| *column).filter(|column| state.shows(*column)).collect::<Rc<[_]>>()}
                    chosen={state.hidden.is_some()} call={call.clone()}
                    dispatch={dispatch.clone()} />
                if state.open.is_some() {
                    <detail::Detail explained={state.explained.clone()} gone={state.gone} outcome={Rc::clone(outcome)} questions={Rc::clone(&state.questions)} now={state.now}
                        serving={serving.clone()} acted={state.acted} dispatch={dispatch.clone()}
                        close={dispatch.reform(|_: MouseEvent| Action::Open(None))} />
                }
            </div>
        </section>
    }
}

/// What a screen reader says once an explanation stands below the table.
fn opened(state: &State) -> String {
    let Some(explained) = state.explained.as_deref().filter(|_| state.open.is_some()) else {
        return String::new();
    };
    let name = explained.arn.rsplit_once(":image/").map_or(&*explained.arn, |(_, name)| name);
    let word = text::look(&explained.fate).word;
    format!("Explained: {name}, {word}. Enter in the table goes there, Escape closes it.")
}

/// A sentence with its verdicts in their colours.
fn coloured(spans: Vec<text::Span>) -> Html {
    let part = |(class, words): text::Span| match class {
        Some(class) => {
            // A number stays with what it counts.
            let second = words.match_indices(' ').nth(1).map_or(words.len(), |(at, _)| at);
            let (counted, rest) = words.split_at(second);
            html! { <b class={class}><span class="whole">{ counted.to_owned() }</span>{ rest.to_owned() }</b> }
        }
        None => html! { { words } },
    };
    spans.into_iter().map(part).collect()
}

/// What the edit changes: the line stands while the policy is another than its reference.
fn compare(state: &State, dispatch: &Dispatch) -> Html {
    let Some(compared) = state.compared.filter(|_| state.differs() && !state.stale) else {
        return Html::default();
    };
    let act = |action: Action| dispatch.reform(move |_: MouseEvent| action.clone());
    let spans = text::compared(&compared, &state.reference.kind);
    html! {
        <p class={classes!("compare", state.comparing.then_some("waits"))} id="compare" data-comparing={state.comparing.to_string()}>
            <span>{ coloured(spans) }</span>
            if compared.changed > 0 {
                <button type="button" class="btn small" id="differs" aria-pressed={state.list.differs.to_string()} onclick={act(Action::Differs)}>{ "Only the differences" }</button>
            }
            // Another policy must not take the place of this one.
            if matches!(state.reference.kind, ReferenceKind::Other(_)) {
                <button type="button" class="link" onclick={act(Action::Mark)}>{ "stop comparing" }</button>
            } else {
                <button type="button" class="link" onclick={act(Action::Revert)}>{ "go back to it" }</button>
                <button type="button" class="link" onclick={act(Action::Mark)}>{ "compare from here on" }</button>
            }
        </p>
    }
}

/// Leads to what AWS leaves open.
fn assumptions(state: &State) -> String {
    match state.assume.len() {
        0 => "What is assumed".to_owned(),
        changed => format!("What is assumed: {changed} not the default"),
    }
}

fn sample(state: &State) -> &'static str {
    if state.sample { " Sample data: invented images." } else { "" }
}
