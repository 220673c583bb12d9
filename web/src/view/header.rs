//! The bar on top: what is simulated, as of when, and what to do with it.

use std::rc::Rc;

use gloo_timers::callback::Timeout;
use yew::prelude::*;

use crate::protocol::Level;
use crate::state::Action;
use crate::state::Panel;
use crate::state::State;
use crate::state::Tab;
use crate::state::Theme;
use crate::text;

use super::Dispatch;
use super::focus;
use super::value;

pub(crate) fn header(state: &Rc<State>, dispatch: &Dispatch) -> Html {
    let open = |panel: Panel| {
        let next = if state.panel == Some(panel) { None } else { Some(panel) };
        dispatch.reform(move |_: MouseEvent| Action::Panel(next))
    };
    let expanded = |panel: Panel| (state.panel == Some(panel)).to_string();
    let skip = {
        let dispatch = dispatch.clone();
        Callback::from(move |_: MouseEvent| {
            dispatch.emit(Action::Tab(Tab::Images));
            // On a narrow screen they are there once they are drawn.
            Timeout::new(0, || focus("images")).forget();
        })
    };
    let as_of = dispatch.reform(|event: InputEvent| Action::AsOf(value(&event)));
    let invalid = text::parse_minute(&state.as_of).is_none();
    let theme = match state.theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let loaded = &state.loaded.inventory;
    let inventory = if let Some(reading) = &state.reading {
        format!("Reading… {} %", reading.percent)
    } else if state.loading > 0 {
        "Reading…".to_owned()
    } else if state.sample {
        "Sample data".to_owned()
    } else {
        text::counted(loaded.images, "image", "images")
    };
    html! {
        <header>
            <button type="button" class="to-images" onclick={skip}>{ "Skip to the table" }</button>
            <h1 class="brand">{ logo() }<span class="name">{ "Afterimage" }</span></h1>
            { super::keeping::switcher(state, dispatch) }
            { verdict(state) }
            <span class="grow"></span>
            <label class="as-of">
                <span>{ "as of" }</span>
                <input type="datetime-local" id="as-of" class="in" value={state.as_of.clone()} oninput={as_of}
                    aria-label="As of, in UTC" title="The inventory as it is, at this instant, with no run before it. To see a later night after the runs before it, choose it in the chart." aria-invalid={invalid.to_string()} />
                <span>{ "UTC" }</span>
            </label>
            <button type="button" class={classes!("btn", state.sample.then_some("sample"))} id="load"
                data-worker-ms={state.loaded.worker_ms.to_string()} aria-expanded={expanded(Panel::Load)} onclick={open(Panel::Load)}>
                <span class="tag">{ inventory }</span>
                <span class="long">{ if state.sample { "Load your inventory" } else { "Inventory" } }</span>
                <span class="short">{ "Load" }</span>
            </button>
            { super::keeping::share_button(state, dispatch) }
            <button type="button" class="btn main" id="export" aria-expanded={expanded(Panel::Export)}
                onclick={open(Panel::Export)}>
                { "Export" }<span class="long">{ "policy" }</span>
            </button>
            <button type="button" class="btn icon" onclick={dispatch.reform(|_: MouseEvent| Action::Theme)}
                aria-label={format!("Theme: {theme}")} title={format!("Theme: {theme}")}>
                <span aria-hidden="true">{ match state.theme { Theme::System => "◐", Theme::Light => "○", Theme::Dark => "●" } }</span>
            </button>
            <button type="button" class="btn icon" id="keys" aria-expanded={expanded(Panel::Keys)} onclick={open(Panel::Keys)}
                aria-label="Keys and help" title="Keys and help (?)">{ "?" }</button>
        </header>
    }
}

/// Whether the policy may leave.
fn verdict(state: &State) -> Html {
    let count =
        |level: Level| state.diagnostics.iter().filter(|problem| problem.severity == level).count() as u32;
    let ((errors, blanks), warnings) =
        (text::errors(&state.diagnostics, &state.document), count(Level::Warning));
    if state.answer.generation == 0 {
        return html! { <span class="ok" role="status">{ "…" }</span> };
    }
    let warned = (warnings > 0).then(|| text::counted(warnings, "warning", "warnings"));
    let (class, words) = match (errors, warned) {
        (0, _) if blanks > 0 => ("ok soft", format!("○ {} to fill in", text::number(blanks))),
        (0, None) => ("ok", "✓ valid".to_owned()),
        (0, Some(warned)) => ("ok", format!("✓ valid, {warned}")),
        (errors, _) => ("ok bad", format!("✕ {}", text::counted(errors, "error", "errors"))),
    };
    html! { <span {class} id="validity" role="status">{ words }</span> }
}

fn logo() -> Html {
    html! {
        <svg width="30" height="20" viewBox="0 0 30 20" aria-hidden="true">
            <rect x="1" y="3" width="14" height="14" rx="3" fill="currentColor" />
            <rect x="8" y="3" width="14" height="14" rx="3" fill="currentColor" opacity=".42" />
            <rect x="15" y="3" width="14" height="14" rx="3" fill="currentColor" opacity=".16" />
        </svg>
    }
}
