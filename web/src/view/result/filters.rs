//! Proportions, counts that filter, reasons below them, search and order.

use yew::prelude::*;

use crate::protocol::Outcome;
use crate::state::Action;
use crate::state::Column;
use crate::state::State;
use crate::state::Tab;
use crate::text;
use crate::view::Dispatch;
use crate::view::focus;
use crate::view::quoted;
use crate::view::value;

const STRIP: f64 = 1000.0;

pub(super) fn filters(state: &State, outcome: &Outcome, dispatch: &Dispatch) -> Html {
    let total = outcome.total();
    let choose = |verdict: Option<String>, reason: Option<String>| {
        dispatch.reform(move |_: MouseEvent| Action::Filter(verdict.clone(), reason.clone()))
    };
    let all = state.list.verdict.is_none();
    let reasons: Vec<_> =
        outcome.reasons.iter().filter(|(verdict, ..)| Some(verdict) == state.list.verdict.as_ref()).collect();
    html! {
        <>
            { strip(outcome, total) }
            <div class="filters" role="group" aria-label="Show images by verdict">
                <button type="button" class="f" aria-pressed={all.to_string()} onclick={choose(None, None)}>
                    { "all " }<b>{ text::number(total) }</b>
                </button>
                { for outcome.verdicts.iter().map(|(verdict, count)| {
                    let look = text::look(verdict);
                    let on = state.list.verdict.as_ref() == Some(verdict);
                    let next = if on { None } else { Some(verdict.clone()) };
                    html! {
                        <button type="button" key={verdict.clone()} class={classes!("f", look.class)} data-verdict={verdict.clone()}
                            aria-pressed={on.to_string()} onclick={choose(next, None)}>
                            <span class="glyph" aria-hidden="true">{ look.glyph }</span>{ look.word }{ " " }
                            if verdict == "DELETE" && outcome.deleted() < *count {
                                <span><b>{ text::number(*count) }</b><span class="soft">{ text::of_them_stay(outcome.failing.images, outcome.waiting.images) }</span></span>
                            } else {
                                <b>{ text::number(*count) }</b>
                            }
                        </button>
                    }
                }) }
            </div>
            if !reasons.is_empty() {
                <div class="filters reasons" role="group" aria-label="Show images by reason">
                    { for reasons.into_iter().map(|(verdict, reason, count)| {
                        let on = state.list.reason.as_ref() == Some(reason);
                        let next = if on { None } else { Some(reason.clone()) };
                        html! {
                            <button type="button" key={reason.clone()} class={classes!("f", "small", text::look(verdict).class)}
                                data-reason={reason.clone()} aria-pressed={on.to_string()} onclick={choose(Some(verdict.clone()), next)}>
                                { text::reason(reason).to_owned() }{ " " }<b>{ text::number(*count) }</b>
                            </button>
                        }
                    }) }
                </div>
            }
        </>
    }
}

/// The verdicts in proportion.
fn strip(outcome: &Outcome, total: u32) -> Html {
    let mut x = 0.0;
    let parts = outcome.verdicts.iter().filter(|(_, count)| *count > 0).map(|(verdict, count)| {
        let width = f64::from(*count) / f64::from(total.max(1)) * STRIP;
        let at = x;
        x += width;
        html! {
            <rect key={verdict.clone()} class={text::look(verdict).class} x={at.to_string()} y="0"
                width={(width - 2.0).max(1.0).to_string()} height="12" />
        }
    });
    let parts: Html = parts.collect();
    html! {
        <svg class="strip" viewBox={format!("0 0 {STRIP} 12")} preserveAspectRatio="none" aria-hidden="true">{ parts }</svg>
    }
}

/// What the search understands: an example of each, and what it finds.
const EXAMPLES: [(&str, &str); 16] = [
    ("web", "in the name, the ARN or the ID of an AMI"),
    ("recipe:web-base", "of a recipe"),
    ("version:1.4", "of recipe versions that begin so"),
    ("state:DISABLED", "in this state on the chosen night"),
    ("is:deleted", "deprecated, disabled, deleted, spared, kept or ignored"),
    ("why:shared-account", "for this reason, the image or one of its outputs"),
    ("age>90d", "older; < is younger, and w, m and y are weeks, months and years"),
    ("deleted<30d", "to be deleted within so many days of tonight; > is later, within a year"),
    ("tag:Team=web", "with this tag; without a value, with any"),
    ("region:eu-west-1", "with an output in this Region"),
    ("account:123456789012", "with an output in this account"),
    ("fails", "of which the deletion is expected to fail"),
    ("stays", "which stay although a rule deletes them"),
    ("boundary", "near a threshold"),
    ("in-use", "with an AMI that something refers to"),
    (TAKEN, "with one that is disabled or deleted on the chosen night"),
];

/// Finds the images with AMIs in use that go.
const TAKEN: &str = "in-use:taken";

/// What is in use and goes, which lists its images: on the night that is spoken of.
pub(super) fn in_use(state: &State, dispatch: &Dispatch) -> Html {
    let Some((loss, words)) = state.loss.as_deref().and_then(|loss| Some((loss, text::in_use(loss)?))) else {
        return Html::default();
    };
    let (on, day) = (state.list.search == TAKEN && state.day == loss.day, loss.day);
    let onclick = {
        let dispatch = dispatch.clone();
        Callback::from(move |_: MouseEvent| {
            dispatch.emit(Action::Day(day));
            dispatch.emit(Action::Filter(None, None));
            dispatch.emit(Action::Search(if on { "" } else { TAKEN }.to_owned()));
            dispatch.emit(Action::Tab(Tab::Images));
        })
    };
    html! {
        <><button type="button" class="f small deprecate" id="in-use" aria-pressed={on.to_string()} {onclick}>{ words }</button>{ " " }</>
    }
}

/// Columns that may be hidden, in their order.
pub(super) const COLUMNS: [(Column, &str); 5] = [
    (Column::Age, "Age and life so far"),
    (Column::Created, "Created"),
    (Column::State, "State"),
    (Column::Why, "Why"),
    (Column::Outputs, "Outputs"),
];

/// Which columns the table has.
fn columns(state: &State, dispatch: &Dispatch) -> Html {
    let fit = dispatch.reform(|_: MouseEvent| Action::ColumnsFit);
    html! {
        <details class="syntax" id="columns">
            <summary class="btn small">{ "Columns" }</summary>
            <div class="popup narrow">
                { for COLUMNS.iter().map(|&(column, name)| {
                    let onchange = dispatch.reform(move |_: Event| Action::Column(column));
                    html! { <label class="switch"><input type="checkbox" checked={state.shows(column)} {onchange} /><span>{ name }</span></label> }
                }) }
                if state.hidden.is_some() {
                    <button type="button" class="link" onclick={fit}>{ "as it fits the width" }</button>
                }
            </div>
        </details>
    }
}

pub(super) fn search(state: &State, dispatch: &Dispatch) -> Html {
    let oninput = dispatch.reform(|event: InputEvent| Action::Search(value(&event)));
    let group = dispatch.reform(|_: MouseEvent| Action::Group);
    let onkeydown = Callback::from(|event: KeyboardEvent| {
        if matches!(event.key().as_str(), "Enter" | "ArrowDown") {
            event.prevent_default();
            focus("images");
        }
    });
    let unread = state.window.unread.as_ref().filter(|_| !state.stale);
    html! {
        <>
            <div class="find">
                <input type="search" id="search" class="in" placeholder="Search: recipe:web state:DISABLED age>90d   /" aria-label="Search images"
                    value={state.list.search.clone()} {oninput} {onkeydown} spellcheck="false" autocomplete="off"
                    aria-invalid={unread.is_some().then_some("true")} aria-describedby={unread.map(|_| "unread")} />
                <details class="syntax" id="syntax">
                    <summary class="btn icon" aria-label="What the search understands" title="What the search understands">{ "?" }</summary>
                    <div class="popup">
                        <p class="help">{ "Words and conditions in any order; all must hold. A minus before one turns it round: -is:kept." }</p>
                        <ul>
                            { for EXAMPLES.iter().map(|&(example, what)| {
                                let onclick = dispatch.reform(move |_: MouseEvent| Action::Search(example.to_owned()));
                                html! { <li><button type="button" class="link" {onclick}><code>{ example }</code></button><span>{ what }</span></li> }
                            }) }
                        </ul>
                    </div>
                </details>
                <button type="button" class="btn small" id="group" onclick={group} aria-pressed={state.list.grouped.to_string()}>{ "Group by version" }</button>
                { columns(state, dispatch) }
                <span class="cnt" id="matching">{ text::counted(state.window.matching, "image", "images") }</span>
            </div>
            if let Some(unread) = unread {
                <p class="bad unread" id="unread" role="status">{ quoted(&format!("✕ {unread}. The rest of the search holds.")) }</p>
            }
        </>
    }
}
