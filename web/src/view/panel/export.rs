//! Taking the policy away: what it deletes first, then the policy in a notation, then how to apply it.

use std::rc::Rc;

use afterimage_policy::json::Json;
use gloo_timers::callback::Timeout;
use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::Blob;
use web_sys::HtmlAnchorElement;
use web_sys::Url;
use yew::prelude::*;

use crate::protocol::Level;
use crate::protocol::Loss;
use crate::protocol::Night;
use crate::protocol::Outcome;
use crate::protocol::Problem;
use crate::protocol::Query;
use crate::protocol::Reply;
use crate::protocol::Request;
use crate::protocol::Taken;
use crate::protocol::Written;
use crate::state::Document;
use crate::state::Origin;
use crate::state::arn;
use crate::store;
use crate::text;
use crate::view::Call;
use crate::view::Dispatch;
use crate::view::copy::Copy;
use crate::view::editor::actions;
use crate::view::focus;
use crate::view::quoted;

use super::frame;
use super::highlight::highlight;
use super::report::Report;
use super::use_focused;

/// Milliseconds after which the address of a download is given back; at once is too early for some browsers.
const REVOKE_AFTER: u32 = 10_000;

/// Name and file suffix of each of [`crate::protocol::TARGETS`].
const TABS: [(&str, &str); 7] = [
    ("Create request", ".json"),
    ("Update request", "-update.json"),
    ("AWS CLI", ".sh"),
    ("CloudFormation YAML", ".yaml"),
    ("CloudFormation JSON", ".template.json"),
    ("Terraform", ".tf"),
    ("CDK", ".ts"),
];
const UPDATE: usize = 1;
const CLI: usize = 2;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub diagnostics: Rc<Vec<Problem>>,
    pub outcome: Option<Rc<Outcome>>,
    pub nights: Rc<Vec<Night>>,
    pub loss: Option<Rc<Loss>>,
    pub document: Document,
    pub base: &'static str,
    pub query: Query,
    pub sample: bool,
    pub origin: Option<Rc<Origin>>,
    pub call: Call,
    pub dispatch: Dispatch,
}

#[component]
pub(crate) fn ExportPanel(props: &Props) -> Html {
    use_focused("export-panel-title");
    let taken = use_state_eq(|| None::<Taken>);
    {
        // The worker is asked about the policy on screen, and nights are new where that is.
        let (setter, call) = (taken.setter(), props.call.clone());
        use_effect_with(Rc::clone(&props.nights), move |_| {
            let hear = Callback::from(move |reply| {
                if let Reply::Taken(taken) = reply {
                    setter.set(Some(taken));
                }
            });
            call.emit((Request::Taken, hear));
        });
    }
    let is_bad = props.diagnostics.iter().any(|problem| problem.severity == Level::Error);
    let inside = if is_bad {
        html! {
            <p class="bad">
                { "The policy has errors, so the service would refuse it. Mend what the list of problems names, then export." }
            </p>
        }
    } else {
        let name = file_name(&props.document);
        html! {
            <>
                { loss(props, *taken) }
                { for props.origin.iter().map(|origin| left_out(origin)) }
                <Policy query={props.query.policy.clone()} name={name.clone()} arn={Some(arn(&props.document)).filter(|arn| !arn.is_empty())} outcome={props.outcome.clone()} call={props.call.clone()} />
                <Report query={props.query.clone()} nights={Rc::clone(&props.nights)} loss={props.loss.clone()}
                    images={props.outcome.as_ref().map_or(0, |outcome| outcome.total())}
                    disabled={props.outcome.as_ref().is_some_and(|outcome| outcome.disabled)} {name} document={props.document.clone()} base={props.base}
                    call={props.call.clone()} />
            </>
        }
    };
    frame("export-panel", "Export", &props.dispatch, inside)
}

/// What the policy takes away, and what to look at first.
fn loss(props: &Props, taken: Option<Taken>) -> Html {
    let loss = match (&props.outcome, &taken) {
        (Some(outcome), Some(taken)) if !props.nights.is_empty() => {
            text::blast_radius(outcome, &props.nights, taken)
        }
        _ => "Counting what it deletes…".to_owned(),
    };
    let deletes: u32 = props.nights.iter().map(|night| night.delete).sum();
    let actions = actions(&props.document, props.base);
    let warnings = props.diagnostics.iter().filter(|problem| problem.severity == Level::Warning);
    html! {
        <>
            <p class={classes!("loss", (deletes > 0).then_some("bad"))}><b>{ loss }</b>
                if props.sample { { " Counted on the sample data, not on your images." } }
            </p>
            <ul class="warnings">
                { for warnings.map(|problem| html! {
                    <li><span class="warn">{ "▲ " }</span>{ format!("{}: ", text::place_of(problem, &actions)) }{ quoted(&problem.message) }</li>
                }) }
            </ul>
        </>
    }
}

/// What the text that the policy was taken over from said, and what is written here does not.
fn left_out(origin: &Origin) -> Html {
    html! {
        <div class="origin">
            <p class="warn">
                { format!("▲ The policy was taken over from {}, as values: what else stood there, conditions, dependencies \
                    and settings of its tool for instance, is not in what is written here. ", origin.notation) }
                <code>{ "afterimage convert" }</code>{ " keeps expressions." }
            </p>
            if !origin.left_out.is_empty() {
                <ul class="warnings">{ for origin.left_out.iter().map(|words| html! { <li>{ quoted(words) }</li> }) }</ul>
            }
        </div>
    }
}

#[derive(Properties, PartialEq)]
struct PolicyProps {
    query: String,
    name: String,
    /// As the document itself says it.
    arn: Option<String>,
    outcome: Option<Rc<Outcome>>,
    call: Call,
}

#[component]
fn Policy(props: &PolicyProps) -> Html {
    // A create request for what is at AWS already would be refused there.
    let chosen = use_state_eq(|| if props.arn.is_some() { UPDATE } else { 0 });
    let written = use_state_eq(|| None::<(usize, Rc<Written>)>);
    // An ARN from an earlier visit serves while the policy is the same.
    let arn = use_state_eq(|| {
        let kept = || store::arn().filter(|arn| is_of(arn, &props.name));
        props.arn.clone().or_else(kept).unwrap_or_default()
    });
    {
        let (written, call) = (written.setter(), props.call.clone());
        use_effect_with((*chosen, (*arn).clone(), props.query.clone()), move |(chosen, arn, policy)| {
            let chosen = *chosen;
            let arn = if matches!(chosen, UPDATE | CLI) { arn.trim().to_owned() } else { String::new() };
            let request = Request::Write { policy: policy.clone(), target: chosen as u32, arn };
            call.emit((
                request,
                Callback::from(move |reply| {
                    if let Reply::Written(text) = reply {
                        written.set(Some((chosen, Rc::new(text))));
                    }
                }),
            ));
        });
    }
    let oninput = {
        let arn = arn.setter();
        Callback::from(move |event: InputEvent| {
            let typed = crate::view::value(&event);
            store::save_arn(&typed);
            arn.set(typed);
        })
    };
    let choose = {
        let chosen = chosen.setter();
        Callback::from(move |tab: usize| chosen.set(tab))
    };
    let file = TABS.get(*chosen).map_or_else(String::new, |(_, suffix)| format!("{}{suffix}", props.name));
    let written = written.as_ref().filter(|(of, _)| of == &*chosen).map(|(_, written)| Rc::clone(written));
    html! {
        <>
            { tabs(*chosen, &choose) }
            <div class="stack written" role="tabpanel" id="export-notation" aria-labelledby={format!("notation-{}", *chosen)}>
                if matches!(*chosen, UPDATE | CLI) {
                    <label class="stack">
                        <span>{ if *chosen == UPDATE || props.arn.is_some() { "ARN of the policy to update" } else { "ARN of the policy to update; empty to create it" } }</span>
                        <input type="text" class="in" id="export-arn" spellcheck="false" autocomplete="off" value={(*arn).clone()} {oninput}
                            placeholder="arn:aws:imagebuilder:REGION:ACCOUNT:lifecycle-policy/NAME" />
                    </label>
                }
                if let Some(written) = written { { shown(&written, &file, *chosen, arn.trim().is_empty(), &props.outcome) } }
            </div>
        </>
    }
}

/// The tabs, one of which the Tab key reaches; arrows go to the others.
fn tabs(chosen: usize, choose: &Callback<usize>) -> Html {
    let onkeydown = {
        let choose = choose.clone();
        Callback::from(move |event: KeyboardEvent| {
            let count = TABS.len();
            let next = match event.key().as_str() {
                "ArrowRight" => (chosen + 1) % count,
                "ArrowLeft" => (chosen + count - 1) % count,
                "Home" => 0,
                "End" => count - 1,
                _ => return,
            };
            event.prevent_default();
            choose.emit(next);
            focus(&format!("notation-{next}"));
        })
    };
    let tab = |(index, (name, _)): (usize, &(&'static str, &'static str))| {
        let on = index == chosen;
        let onclick = choose.reform(move |_: MouseEvent| index);
        html! {
            <button type="button" role="tab" id={format!("notation-{index}")} aria-selected={on.to_string()}
                aria-controls="export-notation" tabindex={if on { "0" } else { "-1" }} {onclick}>{ *name }</button>
        }
    };
    html! {
        <div class="notations" role="tablist" aria-label="Notation" {onkeydown}>{ for TABS.iter().enumerate().map(tab) }</div>
    }
}

fn shown(
    written: &Written,
    file: &str,
    chosen: usize,
    without_arn: bool,
    outcome: &Option<Rc<Outcome>>,
) -> Html {
    if chosen == UPDATE && without_arn {
        return html! { <p class="help">{ "An update names the policy by its ARN. The console shows it, and so does list-lifecycle-policies." }</p> };
    }
    if !written.problems.is_empty() {
        let problem = |(message, help): &(String, String)| {
            html! { <li><span class="bad">{ "✕ " }</span>{ quoted(message) }<span class="help">{ " " }{ quoted(help) }</span></li> }
        };
        return html! { <ul class="warnings" role="alert">{ for written.problems.iter().map(problem) }</ul> };
    }
    let download = {
        let (text, file) = (written.text.clone(), file.to_owned());
        Callback::from(move |_: MouseEvent| {
            if let Err(error) = download(&text, &file) {
                web_sys::console::error_1(&error);
            }
        })
    };
    let actions: Vec<String> =
        outcome.iter().flat_map(|o| &o.rules).map(|rule| rule.action.clone()).collect();
    let filled = |(path, value, meaning): &(String, String, String)| {
        let value = if value.is_empty() { String::new() } else { format!(" = {value}") };
        html! { <li>{ format!("{}{value}: {meaning}", text::place(path, &actions)) }</li> }
    };
    let label = match file.rsplit_once('.') {
        Some((_, "json")) => "Copy JSON",
        Some((_, "sh")) => "Copy command",
        _ => "Copy text",
    };
    let command = command(chosen, file);
    html! {
        <>
            <div class="row">
                <Copy text={written.text.clone()} {label} class="btn main" />
                <button type="button" class="btn" onclick={download}>{ format!("Download {file}") }</button>
            </div>
            <ul class="warnings">
                { for written.remarks.iter().map(|remark| html! { <li><span class="warn">{ "▲ " }</span>{ quoted(remark) }</li> }) }
            </ul>
            <pre tabindex="0" aria-label="Policy in this notation" id="export-text">{ highlight(&written.text) }</pre>
            if !written.filled.is_empty() {
                <details>
                    <summary>{ "What AWS fills in" }</summary>
                    <ul class="warnings filled">{ for written.filled.iter().map(filled) }</ul>
                </details>
            }
            if let Some(command) = command {
                <div class="command">
                    <p class="help">{ "To apply the file:" }</p>
                    <pre tabindex="0" aria-label="Command">{ command.clone() }</pre>
                    <Copy text={command} label="Copy" class="btn small" />
                </div>
            } else if chosen == CLI {
                <p class="help">{ "Paste it into CloudShell, or into a terminal that is signed in." }</p>
            }
        </>
    }
}

/// How the file is applied.
fn command(chosen: usize, file: &str) -> Option<String> {
    let call = |operation: &str| {
        format!("aws imagebuilder {operation}-lifecycle-policy --cli-input-json file://{file}")
    };
    match chosen {
        0 => Some(call("create")),
        UPDATE => Some(call("update")),
        3 | 4 => {
            Some(format!("aws cloudformation deploy --stack-name lifecycle-policy --template-file {file}"))
        }
        5 => Some("terraform plan".to_owned()),
        _ => None,
    }
}

/// Whether an ARN is that of the policy of this file name.
fn is_of(arn: &str, name: &str) -> bool {
    arn.rsplit_once('/').is_some_and(|(_, own)| own.eq_ignore_ascii_case(name))
}

/// Name of the file that a policy is downloaded to, without its suffix.
fn file_name(document: &Json) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '_' { c } else { '-' };
    let name: String = crate::state::title(document).chars().take(128).map(plain).collect();
    if name.is_empty() { "lifecycle-policy".to_owned() } else { name }
}

fn download(text: &str, name: &str) -> std::result::Result<(), JsValue> {
    let blob = Blob::new_with_str_sequence(&Array::of1(&text.into()))?;
    let address = Url::create_object_url_with_blob(&blob)?;
    save(&address, name)?;
    Timeout::new(REVOKE_AFTER, move || {
        // An address that is gone already is what is wanted.
        let _ = Url::revoke_object_url(&address);
    })
    .forget();
    Ok(())
}

/// Has the browser save what is at an address.
pub(super) fn save(address: &str, name: &str) -> std::result::Result<(), JsValue> {
    let document = web_sys::window().and_then(|window| window.document()).ok_or("there is no document")?;
    let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    link.set_href(address);
    link.set_download(name);
    link.click();
    Ok(())
}
