//! The local service: its clock, the policies that run on it, and what they have done.

mod list;
mod open;

use std::cell::Cell;
use std::rc::Rc;

use afterimage_inventory::sort;
use yew::prelude::*;

use crate::protocol::Act;
use crate::protocol::Served;
use crate::protocol::Viewed;
use crate::state::Action;
use crate::state::Panel;
use crate::text;
use crate::view::Dispatch;
use crate::view::Serving;
use crate::view::chosen;
use crate::view::value;

use super::frame;
use super::use_focused;

const DAY: i64 = 86_400_000;
/// Executions, or resources of one, that are added at a time.
const STEP: u32 = 50;
/// Seconds that an execution may take for each image.
const PACES: [(u32, &str); 4] = [(0, "no time"), (60, "a minute"), (600, "ten minutes"), (3600, "an hour")];

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    /// The execution that is open.
    pub open: Option<Rc<str>>,
    /// Number of the inventory.
    pub loaded: u32,
    /// How often something was done on the service.
    pub acted: u32,
    pub sample: bool,
    pub serving: Serving,
    pub dispatch: Dispatch,
}

#[component]
pub(crate) fn ExecutionsPanel(props: &Props) -> Html {
    use_focused("executions-panel-title");
    let view = use_state_eq(|| Viewed { executions: STEP, resources: STEP, ..Viewed::default() });
    let served = use_state_eq(|| None::<Rc<Served>>);
    let lost = use_state_eq(|| false);
    // Why the last act was not done; looking at something else leaves it there.
    let refused = use_state_eq(|| None::<String>);
    // The instant as it is typed, once it is.
    let typed = use_state_eq(|| None::<String>);
    // Where the clock is on its way to.
    let running = use_state_eq(|| None::<i64>);
    let stop = (*use_memo((), |()| Rc::new(Cell::new(false)))).clone();

    let open = props.open.as_deref().map(str::to_owned);
    // A policy that is gone has nothing listed of its own.
    let is_there = |arn: &String| {
        let policies = served.as_ref().map(|served| &served.policies);
        policies.is_none_or(|policies| policies.iter().any(|policy| policy.arn == *arn))
    };
    let shown = Viewed {
        policy: view.policy.clone().filter(is_there),
        image: view.image.clone().filter(|_| open.is_some() && view.open == open),
        open: open.clone(),
        ..(*view).clone()
    };
    // A run goes on with what is shown by then.
    let newest = use_mut_ref(Viewed::default);
    newest.replace(shown.clone());
    let hear = {
        let (served, lost) = (served.setter(), lost.setter());
        use_callback((), move |answer: Served, ()| {
            if answer.lost {
                lost.set(true);
            }
            served.set(Some(Rc::new(answer)));
        })
    };
    {
        let hear = hear.clone();
        let deps = (shown.clone(), props.serving.clone(), props.loaded, props.acted);
        use_effect_with(deps, move |(view, serving, ..)| serving.emit((None, view.clone(), hear)));
    }
    {
        let stop = Rc::clone(&stop);
        use_effect_with((), move |()| move || stop.set(true));
    }
    let act = {
        let turn = Turn {
            serving: props.serving.clone(),
            newest,
            hear,
            refused: refused.setter(),
            running: running.setter(),
            stop: Rc::clone(&stop),
            dispatch: props.dispatch.clone(),
        };
        let (lost, typed) = (lost.setter(), typed.setter());
        let is_running = running.is_some();
        Callback::from(move |act: Act| {
            // The buttons stay while the clock moves, so that the keyboard stays on them.
            if is_running {
                return;
            }
            turn.stop.set(false);
            lost.set(false);
            typed.set(None);
            turn.clone().act(act);
        })
    };
    let Some(served) = served.as_ref() else {
        return frame(
            "executions-panel",
            "Executions",
            &props.dispatch,
            html! { <p class="soft">{ "Asking…" }</p> },
        );
    };
    if let Some(refused) = served.refused.as_ref().filter(|_| served.service == 0) {
        let words = html! { <p class="bad">{ refused.clone() }</p> };
        return frame("executions-panel", "Executions", &props.dispatch, words);
    }
    let day = act.reform({
        let to = served.now + DAY;
        move |_: MouseEvent| Act::Run { to, of: None }
    });
    let to = (*typed).clone().unwrap_or_else(|| text::minute(served.now + 7 * DAY));
    let until = {
        let (act, to) = (act.clone(), text::parse_minute(&to));
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            if let Some(to) = to {
                act.emit(Act::Run { to, of: None });
            }
        })
    };
    let typing = {
        let typed = typed.setter();
        Callback::from(move |event: InputEvent| typed.set(Some(value(&event))))
    };
    let again = {
        let (act, dispatch, pace) = (act.clone(), props.dispatch.clone(), served.pace);
        Callback::from(move |_: MouseEvent| {
            dispatch.emit(Action::Execution(None));
            act.emit(Act::Begin { pace });
            crate::view::focus("run-day");
        })
    };
    let halt = Callback::from(move |_: MouseEvent| stop.set(true));
    let change = {
        let view = view.setter();
        Callback::from(move |next: Viewed| view.set(next))
    };
    let invalid = text::parse_minute(&to).is_none();
    let inside = html! {
        <>
            <p class="help">
                { "What AWS would do as days go by, tried on the images in this browser and on a clock of its own. Nothing \
                   reaches AWS, and the result of the page stays as it is." }
                if props.sample { { " These are the sample images." } }
            </p>
            if *lost { <p class="notice" role="status">{ text::LOST }</p> }
            if let Some(elsewhere) = text::elsewhere(served.elsewhere, &served.account, &served.region) {
                <p class="warn" id="elsewhere">{ elsewhere }</p>
            }
            <div class="row local-clock">
                <p id="local-clock" role="status">{ "It is " }<b>{ text::clock(served.now) }</b>{ " here." }
                    if let Some(to) = *running { { format!(" Running to {}…", text::clock(to)) } }
                </p>
                <button type="button" class="btn main" id="run-day" onclick={day}>{ "Run a day" }</button>
                <form class="row" onsubmit={until}>
                    <label class="row">{ "Run to" }
                        <input type="datetime-local" class="in" id="run-to" value={to} oninput={typing}
                            aria-label="Run to, in UTC" aria-invalid={invalid.to_string()} /></label>
                    <span class="soft">{ "UTC" }</span>
                    <button class="btn" id="run" disabled={invalid}>{ "Run" }</button>
                </form>
                if running.is_some() {
                    <button type="button" class="link" id="stop" onclick={halt}>{ "Stop" }</button>
                } else if served.touched {
                    <button type="button" class="link" id="start-over" onclick={again}>{ "Start over" }</button>
                }
            </div>
            if let Some(refused) = &*refused { <p class="bad refused" role="alert">{ refused.clone() }</p> }
            if let Some(id) = &open {
                <open::Open id={id.clone()} served={Rc::clone(served)} view={shown} change={change} act={act} dispatch={props.dispatch.clone()} />
            } else {
                { policies(served, &act) }
                <list::List served={Rc::clone(served)} view={shown} change={change} act={act} dispatch={props.dispatch.clone()} />
            }
        </>
    };
    frame("executions-panel", "Executions", &props.dispatch, inside)
}

/// What is needed to act, and to go on when one turn of the worker is not enough.
#[derive(Clone)]
struct Turn {
    serving: Serving,
    newest: Rc<std::cell::RefCell<Viewed>>,
    hear: Callback<Served>,
    refused: UseStateSetter<Option<String>>,
    running: UseStateSetter<Option<i64>>,
    stop: Rc<Cell<bool>>,
    dispatch: Dispatch,
}

impl Turn {
    fn act(self, act: Act) {
        if let Act::Run { to, .. } = act {
            self.running.set(Some(to));
        }
        let (serving, view) = (self.serving.clone(), self.newest.borrow().clone());
        let hear = Callback::from(move |answer: Served| {
            let (rest, service) = (answer.to, answer.service);
            self.refused.set(answer.refused.clone());
            self.hear.emit(answer);
            match rest.filter(|_| !self.stop.get()) {
                Some(to) => self.clone().act(Act::Run { to, of: Some(service) }),
                None => {
                    self.running.set(None);
                    self.dispatch.emit(Action::Acted);
                }
            }
        });
        serving.emit((Some(act), view, hear));
    }
}

/// Which policies run, which the service does not take, and how long an execution takes.
fn policies(served: &Served, act: &Callback<Act>) -> Html {
    let mut runs: Vec<String> = served
        .policies
        .iter()
        .filter(|policy| policy.enabled && policy.refused.is_none())
        .map(|policy| policy.name.clone())
        .collect();
    // In this order they run.
    sort::sort_by_key(&mut runs, |name| name.to_lowercase());
    let refused = served.policies.iter().filter_map(|policy| {
        let refused = policy.refused.as_ref()?;
        let still = match (policy.arn.is_empty(), policy.enabled) {
            (true, _) => "is left out",
            (false, true) => "runs as it was before",
            (false, false) => "stays as it was before",
        };
        Some(html! {
            <li key={policy.name.clone()}><span class="bad">{ "✕ " }</span><b>{ policy.name.clone() }</b>
                { format!(" {still}, for the service refuses it: {refused}") }</li>
        })
    });
    let pace = act.reform(|event: Event| Act::Begin { pace: chosen(&event).parse().unwrap_or_default() });
    let takes = PACES.iter().find(|(seconds, _)| *seconds == served.pace).map_or("", |(_, words)| *words);
    html! {
        <>
            <p class="row" id="runs"><span>{ text::runs(&runs, served.next) }</span>
                if served.touched {
                    <span class="soft">{ format!("An execution takes {takes} for each image.") }</span>
                } else {
                    <label class="row">{ "An execution takes" }
                        <select class="in u" id="pace" ~value={served.pace.to_string()} onchange={pace} aria-label="Time that an execution takes for each image">
                            { for PACES.iter().map(|(seconds, words)| html! {
                                <option value={seconds.to_string()} selected={*seconds == served.pace}>{ *words }</option>
                            }) }
                        </select>{ "for each image." }
                    </label>
                }
            </p>
            <ul class="warnings refusals">{ for refused }</ul>
        </>
    }
}

/// A button that stops an execution, while there is something to stop.
fn cancel(id: &str, status: &str, subject: &str, act: &Callback<Act>) -> Html {
    if !matches!(status, "PENDING" | "IN_PROGRESS") {
        return html! {};
    }
    let id = id.to_owned();
    let onclick = act.reform(move |_: MouseEvent| {
        // The button goes, and the keyboard to what it was about.
        let title = crate::view::element("execution-title").map(|_| "execution-title");
        crate::view::focus(title.unwrap_or(&id));
        Act::Cancel(id.clone())
    });
    let label = format!("Cancel the execution of {subject}");
    html! { <button type="button" class="btn small" {onclick} aria-label={label}>{ "Cancel" }</button> }
}

/// What a state or a verdict looks like.
fn chip(look: text::Look) -> Html {
    html! {
        <span class={classes!("chip", look.class)}><span aria-hidden="true">{ look.glyph }</span>{ " " }{ look.word }</span>
    }
}

/// Who an execution is of.
fn subject(row: &crate::protocol::ExecutionRow) -> String {
    if row.by_hand { format!("{}, by hand", text::image_name(&row.subject)) } else { row.subject.clone() }
}

/// Leads here from the policies.
pub(super) fn link(dispatch: &Dispatch) -> Html {
    let onclick = dispatch.reform(|_: MouseEvent| Action::Panel(Some(Panel::Executions)));
    html! { <button type="button" class="link" {onclick}>{ "Run them day by day" }</button> }
}
