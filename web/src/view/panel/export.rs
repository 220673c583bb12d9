//! Taking the policy away: what it deletes first, then the JSON, then how to apply it.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use js_sys::Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::Blob;
use web_sys::BlobPropertyBag;
use web_sys::HtmlAnchorElement;
use web_sys::Url;
use yew::prelude::*;

use crate::protocol::Answer;
use crate::protocol::Level;
use crate::protocol::Night;
use crate::protocol::Outcome;
use crate::text;
use crate::view::Dispatch;

use super::Copy;
use super::frame;
use super::use_focused;

/// Milliseconds after which the address of a download is given back; at once is too early for some browsers.
const REVOKE_AFTER: u32 = 10_000;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub answer: Rc<Answer>,
    pub outcome: Option<Rc<Outcome>>,
    pub nights: Rc<Vec<Night>>,
    pub name: String,
    pub sample: bool,
    pub dispatch: Dispatch,
}

#[component]
pub(crate) fn ExportPanel(props: &Props) -> Html {
    use_focused("export-panel-title");
    let inside = match &props.answer.export {
        Some(export) => ready(props, export),
        None => html! {
            <p class="bad">
                { "The policy has errors, so the service would refuse it. Mend what the list of problems names, then export." }
            </p>
        },
    };
    frame("export-panel", "Export the policy", &props.dispatch, inside)
}

fn ready(props: &Props, export: &str) -> Html {
    let loss = match &props.outcome {
        Some(outcome) if !props.nights.is_empty() => text::blast_radius(outcome, &props.nights),
        _ => "Counting what it deletes…".to_owned(),
    };
    let deletes: u32 = props.nights.iter().map(|night| night.delete).sum();
    let warnings = props.answer.diagnostics.iter().filter(|problem| problem.severity == Level::Warning);
    let download = {
        let (export, name) = (export.to_owned(), props.name.clone());
        Callback::from(move |_: MouseEvent| {
            if let Err(error) = download(&export, &name) {
                web_sys::console::error_1(&error);
            }
        })
    };
    let command = format!("aws imagebuilder create-lifecycle-policy --cli-input-json file://{}", props.name);
    html! {
        <>
            <p class={classes!("loss", (deletes > 0).then_some("bad"))}><b>{ loss }</b>
                if props.sample { { " Counted on the sample data, not on your images." } }
            </p>
            <ul class="warnings">
                { for warnings.map(|problem| html! { <li><span class="warn">{ "▲ " }</span>{ problem.message.clone() }</li> }) }
            </ul>
            <div class="row">
                <Copy text={export.to_owned()} label="Copy JSON" class="btn main" />
                <button type="button" class="btn" onclick={download}>{ format!("Download {}", props.name) }</button>
            </div>
            <pre tabindex="0" aria-label="Policy as a create request" id="export-text">{ export.to_owned() }</pre>
            <div class="command">
                <p class="help">{ "In the console's CloudShell, after uploading the file:" }</p>
                <pre tabindex="0" aria-label="Command">{ command.clone() }</pre>
                <Copy text={command} label="Copy" class="btn small" />
            </div>
        </>
    }
}

fn download(text: &str, name: &str) -> std::result::Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type("application/json");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options)?;
    let address = Url::create_object_url_with_blob(&blob)?;
    let document = web_sys::window().and_then(|window| window.document()).ok_or("there is no document")?;
    let link: HtmlAnchorElement = document.create_element("a")?.unchecked_into();
    link.set_href(&address);
    link.set_download(name);
    link.click();
    Timeout::new(REVOKE_AFTER, move || {
        // An address that is gone already is what is wanted.
        let _ = Url::revoke_object_url(&address);
    })
    .forget();
    Ok(())
}
