//! One image changed by hand on the local service, as StartResourceStateUpdate changes it.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::HtmlDetailsElement;
use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::protocol::Act;
use crate::protocol::ImageNow;
use crate::protocol::Served;
use crate::protocol::Spare;
use crate::protocol::Update;
use crate::protocol::Viewed;
use crate::state::Action;
use crate::text;
use crate::view::Dispatch;
use crate::view::Serving;
use crate::view::value;

/// The states that can be asked for, and what that is called.
const STATES: [(&str, &str); 4] =
    [("DEPRECATED", "Deprecate"), ("DISABLED", "Disable"), ("DELETED", "Delete"), ("AVAILABLE", "Restore")];

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    /// The image.
    pub arn: AttrValue,
    pub serving: Serving,
    pub acted: u32,
    pub dispatch: Dispatch,
}

/// What is filled in, texts as they are typed.
#[derive(Clone, PartialEq, Default)]
struct Filled {
    update: Update,
    at: String,
    regions: String,
    accounts: String,
    launched: String,
    tag: String,
}

#[component]
pub(super) fn ByHand(props: &Props) -> Html {
    let is_open = use_state_eq(|| false);
    let told = use_state_eq(|| None::<Rc<Served>>);
    {
        let told = told.setter();
        let deps = (*is_open, props.serving.clone(), props.acted, props.arn.clone());
        use_effect_with(deps, move |(is_open, serving, _, arn)| {
            if *is_open {
                let hear = Callback::from(move |served| told.set(Some(Rc::new(served))));
                serving.emit((None, about(arn), hear));
            }
        });
    }
    let ontoggle = {
        let (arn, is_open) = (props.arn.clone(), is_open.setter());
        Callback::from(move |_: Event| {
            let details = crate::view::element(&place(&arn));
            let details = details.and_then(|details| details.dyn_into::<HtmlDetailsElement>().ok());
            is_open.set(details.is_some_and(|details| details.open()));
        })
    };
    let now = told.as_ref().and_then(|served| Some((served.now, served.about.clone()?)));
    html! {
        <details class="by-hand" id={place(&props.arn)} {ontoggle}>
            <summary>{ "Change this image by hand, on the local service" }</summary>
            if let Some((now, about)) = now {
                <p class="help">{ text::image_now(&about, now) }{ " Neither AWS nor the result above changes." }</p>
                <Form {about} serving={props.serving.clone()} dispatch={props.dispatch.clone()} />
            } else if let Some(refused) = told.as_ref().and_then(|served| served.refused.clone()) {
                <p class="bad">{ refused }</p>
            } else {
                <p class="soft">{ "Asking…" }</p>
            }
        </details>
    }
}

/// The form inside has such an element too, whose events come by here.
fn place(arn: &str) -> String {
    format!("by-hand {arn}").replace(' ', "-")
}

fn about(arn: &AttrValue) -> Viewed {
    Viewed { about: Some(arn.to_string()), ..Viewed::default() }
}

#[derive(Properties, PartialEq)]
struct FormProps {
    about: ImageNow,
    serving: Serving,
    dispatch: Dispatch,
}

#[component]
fn Form(props: &FormProps) -> Html {
    let is_container = props.about.is_container;
    let form = use_state_eq(|| {
        let status = if is_container { "DELETED" } else { "DEPRECATED" };
        let update = Update { image: props.about.arn.clone(), ..Update::default() };
        Filled { update: chosen(status, is_container, update), ..Filled::default() }
    });
    let done = use_state_eq(|| None::<Rc<Served>>);
    let set = |change: fn(&mut Filled, String)| {
        let form = form.clone();
        Callback::from(move |event: InputEvent| {
            let mut next = (*form).clone();
            change(&mut next, value(&event));
            form.set(next);
        })
    };
    let switch = |label: &'static str, on: bool, change: fn(&mut Update, bool)| {
        let form = form.clone();
        let onchange = Callback::from(move |event: Event| {
            let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            let mut next = (*form).clone();
            change(&mut next.update, input.is_some_and(|input| input.checked()));
            form.set(next);
        });
        html! {
            <label class="switch"><input type="checkbox" role="switch" checked={on} {onchange} /><span>{ label }</span></label>
        }
    };
    let submit = {
        let (serving, dispatch, done) = (props.serving.clone(), props.dispatch.clone(), done.setter());
        let (update, view) = (asked(&form), about(&props.about.arn.clone().into()));
        Callback::from(move |event: SubmitEvent| {
            event.prevent_default();
            let (done, dispatch) = (done.clone(), dispatch.clone());
            let hear = Callback::from(move |served| {
                done.set(Some(Rc::new(served)));
                dispatch.emit(Action::Acted);
            });
            serving.emit((Some(Act::Update(update.clone())), view.clone(), hear));
        })
    };
    let update = &form.update;
    let state = |(status, name): &(&'static str, &'static str)| {
        let (on, status) = (update.status == *status, *status);
        let (form, done) = (form.clone(), done.setter());
        let onclick = Callback::from(move |_: MouseEvent| {
            let update = chosen(status, is_container, form.update.clone());
            form.set(Filled { update, ..(*form).clone() });
            done.set(None);
        });
        // Container images are only ever deleted.
        let disabled = is_container && status != "DELETED";
        html! { <button type="button" aria-pressed={on.to_string()} {disabled} {onclick}>{ *name }</button> }
    };
    let deletes = update.status == "DELETED";
    let name = STATES.iter().find(|(status, _)| *status == update.status).map_or("", |(_, name)| *name);
    let is_late = !form.at.is_empty() && text::parse_minute(&form.at).is_none();
    html! {
            <form class="stack" onsubmit={submit}>
                <div class="row">
                    <span class="seg" role="group" aria-label="New state">{ for STATES.iter().map(state) }</span>
                    if is_container {
                        { switch("with its container images", update.containers, |update, on| update.containers = on) }
                    } else {
                        { switch("with its AMIs", update.amis, |update, on| update.amis = on) }
                        if deletes { { switch("and their snapshots", update.snapshots, |update, on| update.snapshots = on) } }
                    }
                    if update.status == "DEPRECATED" {
                        <label class="row">{ "at" }
                            <input type="datetime-local" class="in" id="update-at" value={form.at.clone()} aria-label="When, in UTC; empty for now"
                                aria-invalid={is_late.to_string()} oninput={set(|form, typed| form.at = typed)} /></label>
                        <span class="soft">{ "UTC; empty for now" }</span>
                    }
                </div>
                if update.amis {
                    <details>
                        <summary>{ "Spare some of its AMIs" }</summary>
                        <div class="row spare">
                            { switch("public ones", update.spare.public, |update, on| update.spare.public = on) }
                            { field("in Regions", "eu-west-1, us-east-1", &form.regions, set(|form, typed| form.regions = typed)) }
                            { field("shared with accounts", "123456789012", &form.accounts, set(|form, typed| form.accounts = typed)) }
                            { field("launched within days", "30", &form.launched, set(|form, typed| form.launched = typed)) }
                            { field("tagged", "Key=value", &form.tag, set(|form, typed| form.tag = typed)) }
                        </div>
                    </details>
                }
                if deletes { <p class="bad"><b>{ text::deletion(&props.about, update) }</b></p> }
                <div class="row">
                    <button class={classes!("btn", deletes.then_some("danger"))} disabled={is_late}>{ format!("{name} on the local service") }</button>
                    { outcome(done.as_deref(), &props.dispatch) }
                </div>
            </form>
    }
}

/// What became of the last change.
fn outcome(done: Option<&Served>, dispatch: &Dispatch) -> Html {
    let words = match done {
        None => html! {},
        Some(Served { refused: Some(refused), .. }) => html! { <span class="bad">{ refused.clone() }</span> },
        Some(Served { started: Some(id), .. }) => {
            let link = {
                let id: Rc<str> = id.as_str().into();
                dispatch.reform(move |_: MouseEvent| Action::Execution(Some(Rc::clone(&id))))
            };
            html! { <>{ "Execution " }<code>{ id.clone() }</code>{ " has begun. " }
            <button type="button" class="link" onclick={link}>{ "Show it" }</button></> }
        }
        Some(_) => html! { { "Done at once, without an execution." } },
    };
    html! { <p role="status" class="said">{ words }</p> }
}

fn field(label: &'static str, example: &'static str, now: &str, oninput: Callback<InputEvent>) -> Html {
    html! {
        <label class="row">{ label }<input class="in" value={now.to_owned()} placeholder={example} autocomplete="off" spellcheck="false" {oninput} /></label>
    }
}

/// Another state, with what usually goes with it.
fn chosen(status: &str, is_container: bool, last: Update) -> Update {
    let deletes = status == "DELETED";
    Update {
        status: status.to_owned(),
        amis: !is_container,
        snapshots: deletes && !is_container,
        containers: is_container,
        ..last
    }
}

/// The update that a form asks for.
fn asked(form: &Filled) -> Update {
    let words = |text: &str| -> Vec<String> {
        text.split([',', ' ']).filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let tag = form.tag.split_once('=').or(Some((form.tag.as_str(), "")));
    let tag = tag.filter(|(key, _)| !key.is_empty());
    let update = form.update.clone();
    let spare = Spare {
        public: update.spare.public,
        regions: words(&form.regions),
        accounts: words(&form.accounts),
        launched: form.launched.trim().parse().ok(),
        tags: tag.map(|(key, value)| (key.to_owned(), value.to_owned())).into_iter().collect(),
    };
    Update {
        at: text::parse_minute(&form.at).filter(|_| update.status == "DEPRECATED"),
        spare: if update.amis { spare } else { Spare::default() },
        ..update
    }
}
