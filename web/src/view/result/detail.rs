//! One image: rule by rule with dates, what comes next, and every output.

use std::rc::Rc;

use yew::prelude::*;

use crate::protocol::Explained;
use crate::protocol::Outcome;
use crate::protocol::OutputRow;
use crate::text;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub explained: Option<Rc<Explained>>,
    pub gone: bool,
    pub outcome: Rc<Outcome>,
    /// The instant of tonight's run.
    pub now: i64,
    pub close: Callback<MouseEvent>,
}

#[component]
pub(super) fn Detail(props: &Props) -> Html {
    let close = html! {
        <button type="button" class="btn icon" onclick={props.close.clone()} aria-label="Close the explanation" title="Close (Esc)">{ "✕" }</button>
    };
    let Some(explained) = props.explained.as_deref() else {
        let words = if props.gone {
            "Deleted before the chosen night; an earlier night shows why."
        } else {
            "Explaining…"
        };
        return html! {
            <section class="detail" aria-label="Explanation" id="detail">
                <div class="title"><p class="soft">{ words }</p>{ close }</div>
            </section>
        };
    };
    let look = text::look(if explained.failed { "FAIL" } else { &explained.verdict });
    let at = props.outcome.at;
    let later = explained.events.iter().filter(|(day, _)| *day > props.outcome.day);
    let next: Vec<String> = later
        .map(|(day, verdict)| format!("{} {}", text::look(verdict).word, text::night(*day, props.now, None)))
        .collect();
    html! {
        <section class="detail" aria-label="Explanation" id="detail">
            <div class="title">
                <h2><span class={classes!("chip", look.class)}><span aria-hidden="true">{ look.glyph }</span>{ " " }{ look.word }</span>
                    <code class="arn">{ explained.arn.clone() }</code></h2>
                { close }
            </div>
            <p>{ text::standing(explained) }{ format!(" Created {}.", text::instant(explained.created)) }</p>
            if explained.boundary {
                <p class="warn">{ text::boundary(&props.outcome.rules) }</p>
            }
            <div class="trace">
                { for explained.rules.iter().map(|step| {
                    let look = text::look(&step.action);
                    html! {
                        <div class={classes!("step", look.class)} key={step.rule}>
                            <span class="glyph" aria-hidden="true">{ look.glyph }</span>
                            <b>{ text::action(&step.action).to_owned() }</b>
                            <span>{ text::finding(step, explained, &explained.state, at) }</span>
                        </div>
                    }
                }) }
            </div>
            if !next.is_empty() {
                <p class="next"><b>{ "Next: " }</b>{ next.join(" · ") }</p>
            }
            <div class="outputs">
                { for explained.outputs.iter().enumerate().map(|(index, row)| output(index, row)) }
            </div>
            if !explained.tags.is_empty() {
                <p class="tagline">{ for explained.tags.iter().map(|(key, value)| html! { <code class="tag">{ format!("{key}={value}") }</code> }) }</p>
            }
        </section>
    }
}

fn output(index: usize, output: &OutputRow) -> Html {
    let look = text::look(&output.verdict);
    let reason = text::reason(&output.reason).to_owned();
    html! {
        <div class="output" key={index}>
            <span class={classes!("chip", look.class)}><span aria-hidden="true">{ look.glyph }</span>{ " " }{ look.word }</span>
            <code>{ output.id.clone() }</code>
            <span class="soft">{ format!("{} {}", output.region, output.account) }</span>
            <span>{ reason }</span>
            { for output.snapshots.iter().map(|(id, verdict, reason)| {
                let look = text::look(verdict);
                html! {
                    <span class="snapshot"><span class={classes!("glyph", look.class)} aria-hidden="true">{ look.glyph }</span>
                        <code>{ id.clone() }</code>{ format!(" {}, {}", look.word, text::reason(reason)) }</span>
                }
            }) }
        </div>
    }
}
