//! The whole page: state, worker, storage, keys and drops.

use std::rc::Rc;

use gloo_events::EventListener;
use gloo_events::EventListenerOptions;
use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::DragEvent;
use web_sys::Element;
use web_sys::HtmlElement;
use web_sys::HtmlInputElement;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use crate::bridge::Bridge;
use crate::locale;
use crate::protocol::Act;
use crate::protocol::Ground;
use crate::protocol::Query;
use crate::protocol::Reply;
use crate::protocol::Request;
use crate::protocol::Serve;
use crate::protocol::Served;
use crate::state::Action;
use crate::state::Panel;
use crate::state::State;
use crate::state::Tab;
use crate::state::Theme;
use crate::view::editor::Editor;
use crate::view::header::header;
use crate::view::panel;
use crate::view::result::result;

use super::Call;
use super::Dispatch;
use super::Serving;
use super::announce::Announce;
use super::keeping;

/// Milliseconds until the page is drawn without the worker's first answer.
const PATIENCE: u32 = 500;

/// The state, and the worker, which is asked as soon as the state is another: it works while the page is drawn.
pub(crate) struct Shell {
    state: Rc<State>,
    /// Until the page is drawn for the first time: with the first result, because drawing everything once takes much
    /// less time than drawing it once more, and a result is there soon.
    patience: Option<Timeout>,
    /// The last question, with the rows that it was asked for.
    asked: Rc<Query>,
    bridge: Rc<Option<Bridge>>,
    opened: i64,
    dispatch: Dispatch,
}

pub(crate) enum Message {
    Act(Action),
    PatienceIsOver,
}

impl Component for Shell {
    type Message = Message;
    type Properties = ();

    fn create(ctx: &Context<Self>) -> Self {
        let opened = js_sys::Date::now() as i64;
        let state = Rc::new(keeping::begin(opened));
        let dispatch = ctx.link().callback(Message::Act);
        let bridge = Rc::new(start(&dispatch, state.now));
        let asked = Rc::new(state.query());
        let link = ctx.link().clone();
        let patience = Some(Timeout::new(PATIENCE, move || link.send_message(Message::PatienceIsOver)));
        let shell = Self { state, patience, asked, bridge, opened, dispatch };
        shell.ask();
        // The worker has begun, and this thread has nothing else to do.
        locale::prepare();
        shell
    }

    fn update(&mut self, _: &Context<Self>, message: Message) -> bool {
        let Message::Act(action) = message else { return self.draws(true) };
        // What is in view is drawn already, and the table asks for rows by itself.
        let is_drawn = matches!(action, Action::Scroll { .. });
        self.state = Rc::new((*self.state).clone().reduce(action));
        let query = self.state.query();
        let (first, rows) = (self.asked.first, self.asked.rows);
        if (Query { first, rows, ..query.clone() }) != *self.asked {
            self.asked = Rc::new(query);
            self.ask();
        }
        self.draws(self.state.is_answered()) && !is_drawn
    }

    fn view(&self, _: &Context<Self>) -> Html {
        if self.patience.is_some() {
            return Html::default();
        }
        html! {
            <Page state={Rc::clone(&self.state)} query={Rc::clone(&self.asked)} bridge={Rc::clone(&self.bridge)}
                opened={self.opened} dispatch={self.dispatch.clone()} />
        }
    }
}

impl Shell {
    /// Whether the page is drawn, and from now on if it may be.
    fn draws(&mut self, may: bool) -> bool {
        if may && self.patience.take().is_some() {
            super::say_at_start(None);
        }
        self.patience.is_none()
    }

    fn ask(&self) {
        if let Some(bridge) = self.bridge.as_ref() {
            bridge.ask((*self.asked).clone());
        }
    }
}

#[derive(Properties)]
struct Props {
    state: Rc<State>,
    query: Rc<Query>,
    bridge: Rc<Option<Bridge>>,
    opened: i64,
    dispatch: Dispatch,
}

impl PartialEq for Props {
    /// Each state is another, and all else stays.
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.state, &other.state)
    }
}

#[component]
fn Page(props: &Props) -> Html {
    let Props { state, query, bridge, opened, dispatch } = props;
    {
        // The explanation follows every new result.
        let bridge = Rc::clone(bridge);
        use_effect_with((state.open, state.answer.generation, state.foreseen), move |(open, ..)| {
            if let (Some(bridge), Some(image)) = (bridge.as_ref(), open) {
                bridge.explain(*image);
            }
        });
    }
    keeping::use_links(dispatch);
    keeping::use_kept(state, *opened, dispatch);
    use_effect_with(state.theme, |theme| {
        let root = web_sys::window().and_then(|window| window.document()?.document_element());
        if let Some(root) = root {
            // The attribute has a plain name and a plain value, so setting it cannot fail.
            let _ = match theme {
                Theme::System => root.remove_attribute("data-theme"),
                Theme::Light => root.set_attribute("data-theme", "light"),
                Theme::Dark => root.set_attribute("data-theme", "dark"),
            };
        }
    });
    use_keys(dispatch);
    use_return(match state.panel {
        Some(Panel::Load) => Some("load"),
        Some(Panel::Document) => Some("open-document"),
        Some(Panel::Export) => Some("export"),
        Some(Panel::Assumptions) => Some("assumptions"),
        Some(Panel::Keys) => Some("keys"),
        Some(Panel::Policies) => Some("policies"),
        Some(Panel::Executions) => Some("executions"),
        None => None,
    });
    use_return(state.open.map(|_| "images"));

    let held = (*use_memo((), |()| keeping::Held::default())).clone();
    let load = {
        let (bridge, dispatch) = (Rc::clone(bridge), dispatch.clone());
        let held = Rc::clone(&held);
        use_callback((), move |load: panel::Load, ()| {
            if let Some(bridge) = bridge.as_ref() {
                dispatch.emit(Action::Loading);
                held.borrow_mut().extend(load.as_files());
                bridge.load(load.replace, load.texts, &load.files);
            }
        })
    };
    keeping::use_exports(state, &held, &load, dispatch);
    let cancel = {
        let bridge = Rc::clone(bridge);
        use_callback((), move |_: MouseEvent, ()| {
            if let Some(bridge) = bridge.as_ref() {
                bridge.cancel();
            }
        })
    };
    let call = {
        let bridge = Rc::clone(bridge);
        use_callback((), move |(request, hear): (Request, Callback<Reply>), ()| {
            if let Some(bridge) = bridge.as_ref() {
                bridge.call(&request, hear);
            }
        })
    };
    let serving = use_serving(state, &call);
    let dragging = use_drop(&load, dispatch, state.replaces());

    let tab = match state.tab {
        Tab::Policy => "tab-policy",
        Tab::Result => "tab-result",
        Tab::Images => "tab-images",
    };
    let panel = match state.panel {
        Some(Panel::Load) => html! { <panel::LoadPanel key="load" loaded={Rc::clone(&state.loaded)}
        loading={state.loading > 0} reading={state.reading.clone()} sample={state.sample} keeps={state.keeps} replaces={state.replaces()}
        regions={state.regions.clone()} profile={state.profile.clone()} load={load}
        cancel={cancel} dispatch={dispatch.clone()} /> },
        Some(Panel::Document) => html! { <panel::DocumentPanel key="document"
        document={state.document.clone()} dropped={state.dropped.clone()} call={call.clone()} dispatch={dispatch.clone()} /> },
        Some(Panel::Export) => {
            html! { <panel::ExportPanel key="export" diagnostics={Rc::clone(&state.diagnostics)}
            outcome={state.result.clone()} nights={if state.foreseen { Rc::clone(&state.nights) } else { Rc::default() }} loss={state.loss.clone()}
            document={state.document.clone()} base={state.base()} query={(**query).clone()} sample={state.sample} origin={state.origin.clone()}
            call={call.clone()} dispatch={dispatch.clone()} /> }
        }
        Some(Panel::Assumptions) => {
            html! { <panel::AssumptionsPanel key="assumptions" questions={Rc::clone(&state.questions)}
            assume={state.assume.clone()} answer={Rc::clone(&state.answer)} dispatch={dispatch.clone()} /> }
        }
        Some(Panel::Keys) => html! { <panel::KeysPanel key="keys" dispatch={dispatch.clone()} /> },
        Some(Panel::Policies) => html! { <panel::PoliciesPanel key="policies" policies={state.policies()}
        current={state.library.current.clone()} document={state.document.clone()} base={state.base()} now={state.now} assume={state.assume.clone()} loaded={Rc::clone(&state.loaded)}
        call={call.clone()} dispatch={dispatch.clone()} /> },
        Some(Panel::Executions) => {
            html! { <panel::ExecutionsPanel key="executions" open={state.execution.clone()}
            loaded={state.loaded.number} acted={state.acted} sample={state.sample} serving={serving.clone()}
            dispatch={dispatch.clone()} /> }
        }
        None => html! { <div key="none" hidden=true /> },
    };
    html! {
        <div class={classes!("page", tab, dragging.then_some("dragging"))}>
            <div key="header" class="contents">{ header(state, dispatch) }</div>
            <div key="notices" class="contents">{ notices(state, dispatch) }</div>
            <div key="keeping" class="contents">{ keeping::notices(state, dispatch) }</div>
            <Announce key="announce" words={totals(state)} query={Rc::clone(query)} loaded={state.loaded.number} />
            <nav key="tabs" class="tabs" aria-label="Parts of the page">
                { tab_button(Tab::Policy, "Policy", state, dispatch) }
                { tab_button(Tab::Result, "Result", state, dispatch) }
                { tab_button(Tab::Images, "Images", state, dispatch) }
            </nav>
            <main key="main">
                <Editor document={state.document.clone()} loaded={Rc::clone(&state.loaded)} base={state.base()}
                    diagnostics={Rc::clone(&state.diagnostics)} outcome={state.result.clone().filter(|_| !state.stale)}
                    undo={state.can_undo()} redo={state.can_redo()} dispatch={dispatch.clone()} />
                { result(state, &call, &serving, dispatch) }
            </main>
            { panel }
        </div>
    }
}

/// What has changed when the result has: tonight's sentence and how many images pass the filters.
fn totals(state: &State) -> String {
    let Some(outcome) = state.result.as_ref().filter(|_| !state.stale) else { return String::new() };
    let sentence = crate::text::headline(outcome, state.forecast(), state.loss.as_deref(), state.now);
    let sentence: String = sentence.into_iter().map(|(_, words)| words).collect();
    let sentence = if outcome.disabled { format!("{} {sentence}", crate::text::DISABLED) } else { sentence };
    format!("{sentence} {} listed.", crate::text::counted(state.window.matching, "image", "images"))
}

fn tab_button(tab: Tab, name: &str, state: &State, dispatch: &Dispatch) -> Html {
    let on = state.tab == tab;
    let onclick = dispatch.reform(move |_: MouseEvent| Action::Tab(tab));
    html! { <button type="button" class={on.then_some("on")} aria-pressed={on.to_string()} {onclick}>{ name }</button> }
}

/// One line each, above everything, for what must not be missed.
fn notices(state: &State, dispatch: &Dispatch) -> Html {
    let load = dispatch.reform(|_: MouseEvent| Action::Panel(Some(Panel::Load)));
    let refused = state.unseen.then_some(&*state.loaded.errors).and_then(|errors| match errors {
        [] => None,
        [(only, _)] => Some(only.clone()),
        [(first, _), more @ ..] => Some(format!("{first}; {} more refused", more.len())),
    });
    html! {
        <>
            if let Some(failure) = &state.failure {
                <p class="notice bad" role="alert">
                    { format!("The simulation has stopped: {failure}. Your policy is saved; reload the page to go on.") }
                </p>
            }
            if crate::text::parse_minute(&state.as_of).is_none() {
                <p class="notice" role="status">
                    { format!("The instant is incomplete, or before 2000 or after 2999, so this is the result as of {}.", crate::text::instant(state.now)) }
                </p>
            }
            if let Some(refused) = refused {
                <p class="notice bad" id="refused" role="alert">
                    { format!("✕ {refused}. ") }
                    <button type="button" class="link" onclick={load.clone()}>{ "See what was loaded" }</button>
                </p>
            }
            if let Some(why) = &state.unsaved {
                <p class="notice" role="status">
                    { format!("This browser does not keep your last changes: {why}. A reload loses them. Export the policy to keep it.") }
                </p>
            }
            if let Some(why) = &state.unkept {
                <p class="notice" role="status">
                    { format!("This browser does not keep the exports for the next visit: {why}. They stay loaded until the tab is closed.") }
                </p>
            }
            if state.sample && !state.keeps && !state.forgotten.is_empty() && state.panel != Some(Panel::Load) {
                <p class="notice" role="status">
                    { format!("Exports are not kept unless you ask for it. Load {} again to go on with your own images. ", state.forgotten.join(", ")) }
                    <button type="button" class="link" onclick={load}>{ "Load inventory" }</button>
                </p>
            }
        </>
    }
}

/// The worker, with the sample in it until something else is loaded.
fn start(dispatch: &Dispatch, now: i64) -> Option<Bridge> {
    let (hear, fail) = (dispatch.clone(), dispatch.clone());
    let bridge = Bridge::start(
        move |response| hear.emit(Action::Heard(Box::new(response))),
        move |message| fail.emit(Action::Failed(message)),
    );
    match bridge {
        Ok(bridge) => {
            bridge.sample(now);
            Some(bridge)
        }
        Err(error) => {
            let message = error.as_string().unwrap_or_else(|| "the worker cannot be started".to_owned());
            dispatch.emit(Action::Failed(message));
            None
        }
    }
}

/// Asks the local service, which is told what the page holds each time.
#[hook]
fn use_serving(state: &State, call: &Call) -> Serving {
    // Nobody asks while neither the panel nor an explanation is open.
    let asks = state.panel == Some(Panel::Executions) || state.open.is_some();
    let ground = if asks { state.ground() } else { Ground::default() };
    use_callback(
        (ground, call.clone()),
        |(act, view, hear): (Option<Act>, _, Callback<Served>), (ground, call)| {
            let asked = Serve { ground: ground.clone(), act, view };
            let hear = Callback::from(move |reply| {
                if let Reply::Served(served) = reply {
                    hear.emit(*served);
                }
            });
            call.emit((Request::Serve(Box::new(asked)), hear));
        },
    )
}

/// `/` search, Ctrl+Z and Ctrl+Shift+Z, Ctrl+S export, Escape closes what is open.
#[hook]
fn use_keys(dispatch: &Dispatch) {
    let dispatch = dispatch.clone();
    use_effect_with((), move |()| {
        let listeners = web_sys::window().map(|window| {
            let elsewhere = EventListener::new(&window, "pointerdown", |event| {
                close_popup(event.target().and_then(|target| target.dyn_into().ok()));
            });
            let options = EventListenerOptions::enable_prevent_default();
            let keys = EventListener::new_with_options(&window, "keydown", options, move |event| {
                let Some(event) = event.dyn_ref::<KeyboardEvent>() else { return };
                let target = event.target().and_then(|target| target.dyn_into::<HtmlElement>().ok());
                let field = target.is_some_and(|target| {
                    matches!(target.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
                });
                let command = event.ctrl_key() || event.meta_key();
                let key = event.key();
                let action = match (command, event.shift_key(), key.as_str()) {
                    (true, false, "o") => Action::Panel(Some(Panel::Load)),
                    (true, false, "s") => Action::Panel(Some(Panel::Export)),
                    (true, false, "z") if !other_text() => Action::Undo,
                    (true, true, "z" | "Z") | (true, false, "y") if !other_text() => Action::Redo,
                    (false, _, "Escape") if close_popup(None) => return,
                    (false, _, "Escape") => Action::Escape,
                    (false, _, "?") if !field => Action::Panel(Some(Panel::Keys)),
                    (false, _, "/") if !field => {
                        event.prevent_default();
                        return super::focus_all("search");
                    }
                    _ => return,
                };
                if command {
                    event.prevent_default();
                }
                dispatch.emit(action);
            });
            [elsewhere, keys]
        });
        move || drop(listeners)
    });
}

/// Closes a popup that is open: by the keyboard, which goes back to what opened it, or by a click elsewhere.
fn close_popup(clicked: Option<Element>) -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    let open = document.and_then(|document| document.query_selector("details.syntax[open]").ok().flatten());
    let Some(open) = open.filter(|open| !open.contains(clicked.as_deref())) else { return false };
    // The attribute has a plain name, so taking it away cannot fail.
    let _ = open.remove_attribute("open");
    let summary = open.query_selector("summary").ok().flatten();
    if let Some(summary) =
        summary.filter(|_| clicked.is_none()).and_then(|it| it.dyn_into::<HtmlElement>().ok())
    {
        let _ = summary.focus();
    }
    true
}

/// Gives the keyboard back to what opened something, once that is closed and nothing else has taken it.
#[hook]
fn use_return(opener: Option<&'static str>) {
    use_effect_with(opener, |opener| {
        let opener = *opener;
        move || {
            let document = web_sys::window().and_then(|window| window.document());
            let active = document.and_then(|document| document.active_element());
            let lost = active.is_none_or(|active| active.tag_name() == "BODY");
            if let Some(opener) = opener.filter(|_| lost) {
                super::focus(opener);
            }
        }
    });
}

/// Whether the keyboard is in a text outside the policy's form, which has an undo of its own. A slider or a checkbox has
/// none: a browser would undo in whatever text was typed last.
fn other_text() -> bool {
    let active = web_sys::window().and_then(|window| window.document()?.active_element());
    active.is_some_and(|element| {
        let is_text = match element.dyn_ref::<HtmlInputElement>() {
            Some(input) => !matches!(input.type_().as_str(), "range" | "checkbox" | "radio" | "file"),
            None => element.tag_name() == "TEXTAREA",
        };
        is_text && !element.closest(".edit").is_ok_and(|form| form.is_some())
    })
}

/// Files dropped anywhere on the page.
#[hook]
fn use_drop(load: &Callback<panel::Load>, dispatch: &Dispatch, replaces: bool) -> bool {
    let dragging = use_state_eq(|| false);
    let (load, dispatch, over) = (load.clone(), dispatch.clone(), dragging.setter());
    use_effect_with(replaces, move |replaces| {
        let replace = *replaces;
        let listeners = web_sys::window().map(|window| {
            let on = |name: &'static str, act: Box<dyn Fn(&DragEvent)>| {
                let options = EventListenerOptions::enable_prevent_default();
                EventListener::new_with_options(&window, name, options, move |event| {
                    let Some(event) = event.dyn_ref::<DragEvent>() else { return };
                    let kinds = event.data_transfer().map(|data| data.types());
                    // Text dragged within the page is left to the fields.
                    if kinds.is_some_and(|kinds| kinds.includes(&"Files".into(), 0)) {
                        event.prevent_default();
                        act(event);
                    }
                })
            };
            let (enter, leave, end) = (over.clone(), over.clone(), over);
            [
                on("dragover", Box::new(move |_| enter.set(true))),
                on(
                    "dragleave",
                    Box::new(move |event| {
                        if event.related_target().is_none() {
                            leave.set(false);
                        }
                    }),
                ),
                on(
                    "drop",
                    Box::new(move |event| {
                        end.set(false);
                        let Some(data) = event.data_transfer() else { return };
                        let dropped = panel::Dropped::new(&data);
                        let (dispatch, load) = (dispatch.clone(), load.clone());
                        spawn_local(async move {
                            let (files, policy) = panel::without_policy(dropped.files().await).await;
                            if !files.is_empty() {
                                dispatch.emit(Action::Panel(Some(Panel::Load)));
                                load.emit(panel::Load { replace, texts: Vec::new(), files });
                            }
                            if let Some(text) = policy {
                                dispatch.emit(Action::Dropped(text.into()));
                            }
                        });
                    }),
                ),
            ]
        });
        move || drop(listeners)
    });
    *dragging
}
