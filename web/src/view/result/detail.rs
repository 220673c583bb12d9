//! One image: rule by rule with dates, what comes next, and every output.

use std::rc::Rc;

use yew::prelude::*;

use crate::protocol::Explained;
use crate::protocol::Outcome;
use crate::protocol::OutputRow;
use crate::protocol::Question;
use crate::protocol::ReadingRow;
use crate::protocol::SnapshotRow;
use crate::text;
use crate::view::Dispatch;
use crate::view::Serving;
use crate::view::copy::Copy;
use crate::view::element;
use crate::view::quoted;

use super::by_hand::ByHand;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub explained: Option<Rc<Explained>>,
    pub gone: bool,
    pub outcome: Rc<Outcome>,
    pub questions: Rc<Vec<Question>>,
    /// The instant of tonight's run.
    pub now: i64,
    pub serving: Serving,
    pub acted: u32,
    pub dispatch: Dispatch,
    pub close: Callback<MouseEvent>,
}

#[component]
pub(super) fn Detail(props: &Props) -> Html {
    // Where the whole is scrolled it ends with the explanation.
    use_effect_with(props.explained.as_ref().map(|explained| explained.image), |_| {
        if let Some(detail) = element("detail") {
            detail.scroll_into_view_with_bool(false);
        }
    });
    let close = html! {
        <button type="button" class="btn icon" onclick={props.close.clone()} aria-label="Close the explanation" title="Close (Esc)">{ "✕" }</button>
    };
    let Some(explained) = props.explained.as_ref() else {
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
    let look = text::look(&explained.fate);
    let at = props.outcome.at;
    let later = explained.events.iter().filter(|(day, _)| *day > props.outcome.day);
    let next: Vec<String> = later
        .map(|(day, verdict)| format!("{} {}", text::look(verdict).word, text::night(*day, props.now, None)))
        .collect();
    html! {
        <section class="detail" aria-label="Explanation" id="detail">
            <div class="title">
                <h2 id="detail-title" tabindex="-1"><span class={classes!("chip", look.class)}><span aria-hidden="true">{ look.glyph }</span>{ " " }{ look.word }</span>
                    <code class="arn">{ explained.arn.clone() }</code>
                    <Copy text={explained.arn.clone()} label="copy" what="the ARN" class="link" /></h2>
                { close }
            </div>
            <div class="told">
                <div>
                    if !explained.listed {
                        <p class="soft">{ "Not in the table: the filters or the search leave it out." }</p>
                    }
                    <p>{ text::standing(explained) }{ format!(" Created {}.", text::instant(explained.created)) }</p>
                    if explained.boundary {
                        <p class="warn">{ text::boundary(&props.outcome.rules) }</p>
                    }
                    if !explained.thresholds.is_empty() {
                        <p class="soft">{ for explained.thresholds.iter().map(|threshold| text::threshold(threshold, &props.outcome.rules)) }</p>
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
                    { readings(explained, &props.questions) }
                </div>
                <div>
                    <div class="outputs">
                        { for explained.outputs.iter().enumerate().map(|(index, row)| output(index, row)) }
                    </div>
                    if !explained.tags.is_empty() {
                        <p class="tagline">{ for explained.tags.iter().map(|(key, value)| html! { <code class="tag">{ format!("{key}={value}") }</code> }) }</p>
                    }
                    <ByHand key={explained.arn.clone()} arn={explained.arn.clone()} serving={props.serving.clone()} acted={props.acted}
                        dispatch={props.dispatch.clone()} />
                </div>
            </div>
        </section>
    }
}

fn output(index: usize, output: &OutputRow) -> Html {
    let look = text::look(&output.verdict);
    let reason = text::reason(&output.reason);
    let reason = match output.verdict.as_str() {
        "BEHIND" => format!("{reason}; nothing manages it any more"),
        _ => reason.to_owned(),
    };
    let more = output.uses - output.used_by.len() as u32;
    html! {
        <div class="output" key={index}>
            <span class={classes!("chip", look.class)}><span aria-hidden="true">{ look.glyph }</span>{ " " }{ look.word }</span>
            <code>{ output.id.clone() }</code>
            <Copy text={output.id.clone()} label="copy" what={output.id.clone()} class="link" />
            <span class="soft">{ format!("{} {}", output.region, output.account) }{ bytes(output.bytes) }</span>
            <span>{ reason }</span>
            { for output.uris.iter().map(|uri| html! { <code>{ uri.clone() }</code> }) }
            { risks(&output.risks) }
            if !output.used_by.is_empty() {
                <p class="under"><span class="warn">{ "▲ " }</span>{ "in use by " }
                    { output.used_by.join(", ") }
                    if more > 0 { { format!(" and {} more", text::number(more)) } }
                </p>
            }
            { for output.snapshots.iter().map(snapshot) }
        </div>
    }
}

fn snapshot(snapshot: &SnapshotRow) -> Html {
    let look = text::look(&snapshot.verdict);
    html! {
        <div class="under">
            <span class="snapshot"><span class={classes!("glyph", look.class)} aria-hidden="true">{ look.glyph }</span>
                <code>{ snapshot.id.clone() }</code>
                { format!(" {}, {}", look.word, text::reason(&snapshot.reason)) }{ bytes(snapshot.bytes) }</span>
            { risks(&snapshot.risks) }
        </div>
    }
}

fn bytes(bytes: Option<f64>) -> String {
    bytes.map(|bytes| format!(", at most {}", text::size(bytes))).unwrap_or_default()
}

/// What may make the action fail.
fn risks(risks: &[String]) -> Html {
    let risk = |risk: &String| html! { <p class="under"><span class="warn">{ "⚠ may fail: " }</span>{ quoted(risk) }</p> };
    risks.iter().map(risk).collect()
}

/// What another answer to what AWS leaves open makes of the image.
fn readings(explained: &Explained, questions: &[Question]) -> Html {
    let Some(readings) = explained.readings.as_ref().filter(|readings| !readings.is_empty()) else {
        return Html::default();
    };
    let reading = |reading: &ReadingRow| {
        let look = text::look(&reading.fate);
        let question = questions.iter().find(|question| question.name == reading.name);
        let question = question.map_or(&reading.name, |question| &question.question);
        html! {
            <li>{ quoted(question) }{ " " }<b>{ text::answer(&reading.value) }</b>{ ": " }
                <span class={look.class}><span class="glyph" aria-hidden="true">{ look.glyph }</span>{ format!(" {}", look.word) }</span>
                { format!(", {}", text::reason(&reading.reason)) }</li>
        }
    };
    html! {
        <div class="readings">
            <p>{ "AWS leaves this open, and another answer changes the verdict:" }</p>
            <ul>{ for readings.iter().map(reading) }</ul>
        </div>
    }
}
