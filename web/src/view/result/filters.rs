//! Proportions, counts that filter, reasons below them, search and order.

use yew::prelude::*;

use crate::protocol::Outcome;
use crate::protocol::Sort;
use crate::state::Action;
use crate::state::State;
use crate::text;
use crate::view::Dispatch;
use crate::view::chosen;
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
                            <span class="glyph" aria-hidden="true">{ look.glyph }</span>{ look.word }{ " " }<b>{ text::number(*count) }</b>
                            if verdict == "DELETE" && outcome.failing > 0 {
                                <span class="soft">{ format!("{} ⚠ will fail", text::number(outcome.failing)) }</span>
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

pub(super) fn search(state: &State, dispatch: &Dispatch) -> Html {
    let oninput = dispatch.reform(|event: InputEvent| Action::Search(value(&event)));
    let onchange = dispatch.reform(|event: Event| {
        Action::Sort(match chosen(&event).as_str() {
            "recipe" => Sort::Recipe,
            "oldest" => Sort::Oldest,
            _ => Sort::Verdict,
        })
    });
    let orders = [
        (Sort::Verdict, "verdict", "actions first"),
        (Sort::Recipe, "recipe", "by recipe version"),
        (Sort::Oldest, "oldest", "oldest first"),
    ];
    html! {
        <div class="find">
            <input type="search" id="search" class="in" placeholder="Search recipe, ARN or AMI ID   /" aria-label="Search images"
                value={state.list.search.clone()} {oninput} spellcheck="false" autocomplete="off" />
            <select class="in u" aria-label="Order of the images" {onchange}>
                { for orders.iter().map(|(sort, value, words)| html! {
                    <option value={*value} selected={*sort == state.list.sort}>{ *words }</option>
                }) }
            </select>
            <span class="cnt" id="matching">{ text::counted(state.window.matching, "image", "images") }</span>
        </div>
    }
}
