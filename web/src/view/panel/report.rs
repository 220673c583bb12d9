//! What the policy does, to take away: as a file that the worker makes, or on paper.

use std::rc::Rc;

use afterimage_policy::json::Json;
use gloo_events::EventListener;
use yew::prelude::*;

use crate::protocol::Answer;
use crate::protocol::Format;
use crate::protocol::Loss;
use crate::protocol::Night;
use crate::protocol::Outcome;
use crate::protocol::Query;
use crate::protocol::Reply;
use crate::protocol::Request;
use crate::protocol::Row;
use crate::protocol::RuleEffect;
use crate::state::Document;
use crate::text;
use crate::view::Call;

use super::export::save;

/// Rows of images in a file, all runs together: gigabytes are more than a browser hands over.
const MOST_ROWS: u32 = 3_000_000;
/// Images on paper.
const PRINTED: u32 = 2000;

const FILES: [(Format, &str, &str); 3] =
    [(Format::Csv, "CSV", "csv"), (Format::Json, "JSON", "json"), (Format::Markdown, "Markdown", "md")];

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub query: Query,
    pub nights: Rc<Vec<Night>>,
    pub loss: Option<Rc<Loss>>,
    /// Images of the inventory.
    pub images: u32,
    /// The policy is disabled, and the report is of what it would do.
    pub disabled: bool,
    pub name: String,
    pub document: Document,
    pub base: &'static str,
    pub call: Call,
}

#[component]
pub(super) fn Report(props: &Props) -> Html {
    let said = use_state_eq(String::new);
    let sheet = use_state_eq(|| None::<Rc<Answer>>);
    let is_long = props.images.saturating_mul(props.query.day + 1) > MOST_ROWS;
    let file = |(format, name, suffix): (Format, &'static str, &'static str)| {
        let (query, call, said) = (props.query.clone(), props.call.clone(), said.setter());
        let once = if props.disabled { "-once-enabled" } else { "" };
        let file = format!("{}-report{once}.{suffix}", props.name);
        let onclick = Callback::from(move |_: MouseEvent| {
            let (file, done) = (file.clone(), said.clone());
            said.set(format!("Writing {file}…"));
            let hear = Callback::from(move |reply| {
                if let Reply::File(address) = reply {
                    let saved = address.is_some_and(|address| save(&address, &file).is_ok());
                    done.set(if saved {
                        format!("Saved {file}")
                    } else {
                        format!("{file} cannot be written")
                    });
                }
            });
            call.emit((Request::Report { format, query: query.clone() }, hear));
        });
        let disabled = is_long && format != Format::Markdown;
        html! { <button type="button" class="btn" {onclick} {disabled}>{ name }</button> }
    };
    let print = {
        let (query, call, sheet) = (props.query.clone(), props.call.clone(), sheet.setter());
        Callback::from(move |_: MouseEvent| {
            let sheet = sheet.clone();
            let hear = Callback::from(move |reply| {
                if let Reply::Sheet(answer) = reply {
                    sheet.set(Some(Rc::new(*answer)));
                }
            });
            call.emit((Request::Sheet(Query { rows: PRINTED, ..query.clone() }), hear));
        })
    };
    {
        let setter = sheet.setter();
        use_effect_with((*sheet).clone(), move |sheet| {
            let listener = web_sys::window().filter(|_| sheet.is_some()).map(|window| {
                let listener = EventListener::once(&window, "afterprint", move |_| setter.set(None));
                // A browser that cannot print leaves the page as it is.
                let _ = window.print();
                listener
            });
            move || drop(listener)
        });
    }
    let days = props.query.day;
    let runs = match days {
        0 => "What it does tonight, image by image.".to_owned(),
        _ => format!(
            "What it does up to the chosen night, image by image: {} runs in CSV and JSON, the last one in Markdown and on paper.",
            days + 1
        ),
    };
    let whose = match props.disabled {
        false => {
            "CSV and JSON are those of the afterimage command; it and this page read the CSV as an inventory."
        }
        true => {
            "The policy is disabled: the report, too, says what enabling it would do. The afterimage command reports \
                 that a disabled policy does nothing. Both read the CSV as an inventory."
        }
    };
    html! {
        <section class="stack report" aria-labelledby="report-title">
            <h3 id="report-title">{ "Report" }</h3>
            <p class="help">{ format!("{runs} {whose}") }</p>
            if is_long {
                <p class="warn">
                    { format!("▲ {} of {} are too much for a file made in the browser. Choose an earlier night, or let the command write it: ",
                        text::counted(days + 1, "run", "runs"), text::counted(props.images, "image", "images")) }
                    <code>{ format!("afterimage simulate --days {days} --format csv") }</code>
                </p>
            }
            <div class="row">
                { for FILES.into_iter().map(file) }
                <button type="button" class="btn" onclick={print}>{ "Print" }</button>
                <span role="status" class="soft">{ (*said).clone() }</span>
            </div>
            if let Some(answer) = &*sheet {
                if let Some(outcome) = &answer.result { { paper(answer, outcome, props) } }
            }
        </section>
    }
}

/// What is printed; not on screen.
fn paper(answer: &Answer, outcome: &Outcome, props: &Props) -> Html {
    let loss = props.loss.as_deref();
    let headline: String = text::headline(outcome, &props.nights, loss, props.query.now)
        .into_iter()
        .map(|(_, words)| words)
        .collect();
    let shown = answer.window.rows.len() as u32;
    let left = answer.window.matching.saturating_sub(shown);
    let to_come = text::nights_to_come(&props.nights, outcome.day, props.query.now);
    html! {
        <div class="sheet">
            <h1>{ format!("Lifecycle policy {}", crate::state::title(&props.document)) }</h1>
            <p>{ format!("Simulated run on {}.", text::instant(outcome.at)) }</p>
            if outcome.disabled { <p><b>{ text::DISABLED }</b></p> }
            <p><b>{ headline }</b></p>
            <p>{ text::below(outcome, loss) }</p>
            <p>{ text::assumed(&props.query.assume) }</p>
            <ul class="words">
                { for outcome.rules.iter().map(|rule| html! { <li>{ text::in_words(rule) }</li> }) }
                { for selectors(&props.document, props.base).into_iter().map(|words| html! { <li>{ words }</li> }) }
            </ul>
            if !to_come.is_empty() {
                <h2>{ "The nights to come" }</h2>
                <ul>{ for to_come.into_iter().map(|night| html! { <li>{ night }</li> }) }</ul>
            }
            <table>
                <thead><tr>{ for ["Verdict", "Image", "Created", "State", "Outputs", "Why"].map(|head| html! { <th scope="col">{ head }</th> }) }</tr></thead>
                <tbody>{ for answer.window.rows.iter().map(|row| line(row, &outcome.rules)) }</tbody>
            </table>
            if left > 0 {
                <p>{ format!("The first {} by what they lose; {} not on this sheet.", text::counted(shown, "image", "images"), text::counted(left, "is", "are")) }</p>
            }
            <h2>{ "The document" }</h2>
            <pre>{ props.document.text().to_owned() }</pre>
        </div>
    }
}

fn line(row: &Row, rules: &[RuleEffect]) -> Html {
    let look = text::look(&row.fate);
    html! {
        <tr>
            <td>{ format!("{} {}", look.glyph, look.word) }</td>
            <td>{ format!("{} {}", row.name, row.version) }</td>
            <td>{ text::date(row.created) }</td>
            <td>{ row.before.to_lowercase() }</td>
            <td>{ text::outputs(&row.amis) }{ if row.uses > 0 { " ▲ in use" } else { "" } }</td>
            <td>{ text::why(row, rules) }</td>
        </tr>
    }
}

/// What the policy selects, a line each.
fn selectors(document: &Json, base: &str) -> Vec<String> {
    let at = |member: &str| document.pointer(&format!("{base}/resourceSelection/{member}"));
    let recipes = match at("recipes") {
        Some(Json::Array(recipes)) => recipes.as_slice(),
        _ => &[],
    };
    let tags = match at("tagMap") {
        Some(Json::Object(tags)) => tags.as_slice(),
        _ => &[],
    };
    let word = |json: Option<&Json>| crate::edit::shown(json);
    let recipe = |recipe: &Json| {
        format!("Of recipe {} {}.", word(recipe.member("name")), word(recipe.member("semanticVersion")))
    };
    let tag = |(key, value): &(String, Json)| format!("Tagged {key} = {}.", word(Some(value)));
    recipes.iter().map(recipe).chain(tags.iter().map(tag)).collect()
}
