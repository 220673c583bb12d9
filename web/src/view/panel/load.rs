//! Loading an inventory: the commands that make one, paste, files, and what was skipped or is missing.

use std::rc::Rc;

use afterimage_simulator::LOAD_ALL_PAGES;
use wasm_bindgen::JsCast;
use web_sys::File;
use web_sys::HtmlInputElement;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::protocol::Loaded;
use crate::protocol::Reading;
use crate::state::Action;
use crate::text;

use super::Load;
use super::commands::Command;
use super::commands::Commands;
use super::dropped::is_wanted;
use super::dropped::without_policy;
use super::files;
use super::frame;
use super::use_focused;
use crate::view::Dispatch;
use crate::view::copy::Copy;
use crate::view::quoted;

/// Skipped elements that are listed; the rest is counted.
const LISTED: usize = 50;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub loaded: Rc<Loaded>,
    pub loading: bool,
    pub reading: Option<Rc<Reading>>,
    pub sample: bool,
    pub keeps: bool,
    pub replaces: bool,
    /// Regions and profile for the commands.
    pub regions: String,
    pub profile: String,
    pub load: Callback<Load>,
    pub cancel: Callback<MouseEvent>,
    pub dispatch: Dispatch,
}

#[component]
pub(crate) fn LoadPanel(props: &Props) -> Html {
    use_focused("load-panel-title");
    let pasted = use_state_eq(String::new);
    let replace = props.replaces;
    // While the pasted text is read: how many elements were skipped before.
    let reading = use_mut_ref(|| None::<usize>);
    {
        // What was read makes room for the next text; what was refused stays to be mended.
        let (pasted, reading, loaded) = (pasted.setter(), Rc::clone(&reading), Rc::clone(&props.loaded));
        use_effect_with(props.loading, move |loading| {
            let before = if *loading { None } else { reading.borrow_mut().take() };
            if before.is_some_and(|before| loaded.errors.is_empty() && loaded.skipped.len() <= before) {
                pasted.set(String::new());
            }
        });
    }
    let oninput = {
        let (pasted, reading) = (pasted.setter(), Rc::clone(&reading));
        Callback::from(move |event: InputEvent| {
            *reading.borrow_mut() = None;
            let area = event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok());
            pasted.set(area.map(|area| area.value()).unwrap_or_default());
        })
    };
    let read = {
        let (load, text) = (props.load.clone(), (*pasted).clone());
        let skipped = if replace { 0 } else { props.loaded.skipped.len() };
        Callback::from(move |_: MouseEvent| {
            *reading.borrow_mut() = Some(skipped);
            let texts = vec![("pasted text".to_owned(), text.clone())];
            load.emit(Load { replace, texts, files: Vec::new() });
        })
    };
    let onchange = {
        let (load, dispatch) = (props.load.clone(), props.dispatch.clone());
        Callback::from(move |event: Event| {
            let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            let Some(input) = input else { return };
            // A chosen folder brings the system's own files along.
            let files: Vec<File> = files(input.files()).into_iter().filter(is_wanted).collect();
            let (load, dispatch) = (load.clone(), dispatch.clone());
            wasm_bindgen_futures::spawn_local(async move {
                let (files, policy) = without_policy(files).await;
                if !files.is_empty() {
                    load.emit(Load { replace, texts: Vec::new(), files });
                }
                if let Some(text) = policy {
                    dispatch.emit(Action::Dropped(text.into()));
                }
            });
            // Choosing the same file again is a change again.
            input.set_value("");
        })
    };
    let choose = |add_to: bool, words: &'static str| {
        let onchange = props.dispatch.reform(move |_: Event| Action::Add(add_to));
        html! {
            <label><input type="radio" name="load-mode" checked={replace != add_to} {onchange} />{ words }</label>
        }
    };
    let aws = |is_regions: bool| {
        let (regions, profile) = (props.regions.clone(), props.profile.clone());
        props.dispatch.reform(move |event: InputEvent| {
            let typed = crate::view::value(&event);
            if is_regions { Action::Aws(typed, profile.clone()) } else { Action::Aws(regions.clone(), typed) }
        })
    };
    let keeps = props.dispatch.reform(|event: Event| {
        let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
        Action::Keeps(input.is_some_and(|input| input.checked()))
    });
    let commands = Commands { regions: &props.regions, profile: &props.profile };
    let inside = html! {
        <div class="columns">
            <div>
                <p class="help">
                    { "Run these where you have credentials, CloudShell for instance. All files may be loaded together; \
                       JSON, several documents in a row, NDJSON and gzip are recognised." }
                </p>
                <div class="row">
                    <label class="as-of">{ "Regions" }<input class="in" id="load-regions" value={props.regions.clone()} oninput={aws(true)}
                        placeholder="us-west-2 eu-west-1" spellcheck="false" autocomplete="off" /></label>
                    <label class="as-of">{ "Profile" }<input class="in" id="load-profile" value={props.profile.clone()} oninput={aws(false)}
                        placeholder="default" spellcheck="false" autocomplete="off" /></label>
                </div>
                { for commands.needed().into_iter().map(command) }
                <details class="more-exports">
                    <summary>{ "More: who uses the AMIs, sizes, containers" }</summary>
                    { for commands.optional().into_iter().map(command) }
                </details>
            </div>
            <div>
                { outcome(&props.loaded, props.loading, props.sample) }
                if let Some(reading) = props.reading.as_ref().filter(|_| props.loading) {
                    { progress(reading, &props.cancel) }
                }
                if !props.sample {
                    <span class="radios" role="radiogroup" aria-label="What happens to the loaded exports">
                        { choose(false, "replace what is loaded") }
                        { choose(true, "add to it") }
                    </span>
                }
                <label class="drop" for="load-files">
                    <b>{ "Choose files" }</b>{ " or drop files and folders anywhere on the page" }
                    <input type="file" id="load-files" multiple=true onchange={onchange.clone()} />
                </label>
                <label class="btn file" for="load-folder">
                    { "Choose a folder" }
                    <input type="file" id="load-folder" webkitdirectory=true {onchange} />
                </label>
                <label class="stack">{ "or paste an export" }
                    <textarea id="load-text" rows="6" spellcheck="false" value={(*pasted).clone()} {oninput} />
                </label>
                <div class="row">
                    <button type="button" class="btn" onclick={read} disabled={pasted.trim().is_empty()}>{ "Read the pasted text" }</button>
                </div>
                <p class="help">
                    { "Stays in this browser: the page's content security policy allows no request to any other host, \
                       and nothing of an export is stored unless you ask for it here." }
                </p>
                <label class="switch">
                    <input type="checkbox" role="switch" id="load-keeps" checked={props.keeps} onchange={keeps} />
                    <span>{ "Keep the exports in this browser for the next visit; off removes them" }</span>
                </label>
            </div>
        </div>
    };
    frame("load-panel", "Load an inventory", &props.dispatch, inside)
}

fn command((what, command): Command) -> Html {
    html! {
        <div class="command">
            <p>{ what }</p>
            <pre tabindex="0" aria-label={what}>{ command.clone() }</pre>
            <Copy text={command} label="Copy" class="btn small" />
        </div>
    }
}

/// How far a long load has come. Not announced: the outcome is.
fn progress(reading: &Reading, cancel: &Callback<MouseEvent>) -> Html {
    let rows = text::counted(reading.rows, "image or AMI", "images and AMIs");
    html! {
        <div class="row" id="reading">
            <progress max="100" value={reading.percent.to_string()} aria-label={format!("Reading {}", reading.name)} />
            <span>{ format!("{}: {rows} so far", reading.name) }</span>
            <button type="button" class="btn small" onclick={cancel}>{ "Cancel" }</button>
        </div>
    }
}

/// What was read, what was refused, what was skipped and what is missing.
fn outcome(loaded: &Loaded, loading: bool, sample: bool) -> Html {
    let counts = &loaded.inventory;
    let sources = if sample { "the sample".to_owned() } else { loaded.sources.join(", ") };
    let read = format!(
        "Loaded from {sources}: {}, {}, {}, {}.",
        text::counted(counts.images, "image", "images"),
        text::counted(counts.amis, "AMI", "AMIs"),
        text::counted(counts.snapshots, "snapshot", "snapshots"),
        text::counted(counts.containers, "container image", "container images"),
    );
    let more = loaded.skipped.len().saturating_sub(LISTED);
    html! {
        <div class="outcome" role="status">
            { for loaded.errors.iter().map(|(message, help)| html! {
                <p class="bad"><b>{ "✕ " }{ message.clone() }</b><br />{ quoted(help) }</p>
            }) }
            <p>{ if loading { "Reading…".to_owned() } else { read } }</p>
            { for loaded.cut_off.iter().map(|source| html! {
                <p class="warn">{ format!("▲ {source} ends with a token, so more pages of it follow. To see all, ") }
                    { quoted(LOAD_ALL_PAGES) }{ "." }</p>
            }) }
            if !loaded.skipped.is_empty() {
                <p class="warn">{ format!("▲ {} skipped; the rest is loaded.", text::counted(loaded.skipped.len() as u32, "element is", "elements are")) }</p>
                <ul class="skipped">
                    { for loaded.skipped.iter().take(LISTED).map(|skip| html! {
                        <li><code>{ format!("{} {}", skip.source, skip.path) }</code>{ " " }{ crate::text::visible(&skip.message) }</li>
                    }) }
                    if more > 0 {
                        <li>{ format!("and {more} more") }</li>
                    }
                </ul>
            }
        </div>
    }
}
