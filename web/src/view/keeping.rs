//! Keeping work: what is written to the browser's storage and when, what other tabs write there, and what a
//! link brings.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_futures::spawn_local;
use web_sys::File;
use web_sys::StorageEvent;
use yew::prelude::*;

use crate::exports::Exports;
use crate::link;
use crate::sample;
use crate::state::Action;
use crate::state::Keep;
use crate::state::Library;
use crate::state::Notice;
use crate::state::Panel;
use crate::state::Reference;
use crate::state::ReferenceKind;
use crate::state::Saved;
use crate::state::Shared;
use crate::state::State;
use crate::state::Stored;
use crate::state::View;
use crate::state::name_of;
use crate::state::parsed;
use crate::state::summary;
use crate::state::sync;
use crate::store;

use super::Dispatch;
use super::panel::Load;

/// Milliseconds after the last change until it is written to the browser's storage.
const SAVE_AFTER: u32 = 150;

/// What this tab has seen in the storage.
type Known = Rc<RefCell<BTreeMap<String, Stored>>>;

/// The page as an earlier visit left it.
pub(super) fn begin(opened: i64) -> State {
    let kept = store::load();
    let mut policies = kept.policies;
    if policies.is_empty() {
        let text = parsed(sample::POLICY).pretty();
        policies.push(Saved { id: store::FIRST.to_owned(), changed: opened, text });
    }
    let open = policies.iter().find(|entry| Some(&entry.id) == kept.open.as_ref()).or(policies.first());
    let (id, document) = open.map(|open| (open.id.clone(), parsed(&open.text))).unwrap_or_default();
    let reference = kept.view.reference.clone().filter(|(of, ..)| *of == id);
    let origin = kept.view.origin.clone().filter(|(of, _)| *of == id);
    let mut state = State::new(document, kept.view, opened);
    state.origin = origin.map(|(_, origin)| Rc::new(origin));
    state.reference = match reference {
        Some((_, kind, text)) => Reference { document: parsed(&text).into(), kind },
        None => Reference { document: state.document.clone(), kind: ReferenceKind::Opened },
    };
    state.library = Library::new(policies, id);
    state
}

/// What is to be written.
#[derive(Clone, PartialEq)]
struct Work {
    policies: Vec<Saved>,
    /// Not while a policy from a link is open: what was open before comes back with its view.
    view: Option<(View, String)>,
}

/// Writes policies and view a moment after each change and when the page is left, and takes over what other tabs
/// have written.
#[hook]
pub(super) fn use_kept(state: &State, opened: i64, dispatch: &Dispatch) {
    let known: Known =
        (*use_memo((), |()| Rc::new(RefCell::new(store::policies().unwrap_or_default())))).clone();
    let view = state.library.draft.is_none().then(|| (state.view(opened), state.library.current.clone()));
    let work = Work { policies: state.policies(), view };
    let newest = use_mut_ref(|| None::<Work>);
    newest.replace(Some(work.clone()));
    let save = {
        let (known, newest, dispatch) = (Rc::clone(&known), Rc::clone(&newest), dispatch.clone());
        use_callback((), move |(), ()| {
            // Cloned, because what is dispatched draws and that writes here.
            let work = newest.borrow().clone();
            if let Some(work) = work {
                write(&known, &work, &dispatch);
            }
        })
    };
    {
        let save = save.clone();
        use_effect_with(work, move |_| {
            let later = Timeout::new(SAVE_AFTER, move || save.emit(()));
            move || drop(later)
        });
    }
    use_effect_with((), move |()| {
        let listeners = web_sys::window().map(|window| {
            let leave = save.clone();
            let other = EventListener::new(&window, "storage", move |event| {
                let key = event.dyn_ref::<StorageEvent>().map(StorageEvent::key);
                if key.is_some_and(|key| store::is_policy(key.as_deref())) {
                    save.emit(());
                }
            });
            [other, EventListener::new(&window, "pagehide", move |_| leave.emit(()))]
        });
        move || drop(listeners)
    });
}

fn write(known: &Known, work: &Work, dispatch: &Dispatch) {
    let viewed = work.view.as_ref().map_or(Ok(()), |(view, open)| store::save_view(view, open));
    let refused = match store::policies() {
        Err(refused) => Some(refused),
        Ok(stored) => {
            let mut seen = known.borrow().clone();
            let (findings, refused) = sync(&mut seen, &stored, &work.policies, store::stamp, store::write);
            known.replace(seen);
            if !findings.is_empty() {
                dispatch.emit(Action::Keep(Keep::Found(findings)));
            }
            refused
        }
    };
    dispatch.emit(Action::Unsaved(refused.or(viewed.err())));
}

/// Files that stand for what is loaded: the browser holds them where they are, and reads them only if asked.
pub(super) type Held = Rc<RefCell<Vec<File>>>;

/// Loads what an earlier visit kept, and keeps what is loaded for as long as the user wants it.
#[hook]
pub(super) fn use_exports(state: &State, held: &Held, load: &Callback<Load>, dispatch: &Dispatch) {
    let exports = (*use_memo((), |()| Exports::default())).clone();
    let (load, starting) = (load.clone(), state.keeps);
    let (found, failed) = (exports.clone(), dispatch.clone());
    use_effect_with((), move |()| {
        if starting {
            spawn_local(async move {
                match found.read().await {
                    Ok(files) if files.is_empty() => {}
                    Ok(files) => load.emit(Load { replace: true, texts: Vec::new(), files }),
                    Err(why) => failed.emit(Action::Unkept(Some(why))),
                }
            });
        }
    });
    let (held, dispatch) = (Rc::clone(held), dispatch.clone());
    let sources = if state.sample { Vec::new() } else { state.loaded.sources.clone() };
    // A page that was never asked to keep anything has nothing to take away.
    let before = use_mut_ref(|| starting);
    let is_loading = state.loading > 0;
    use_effect_with(
        (state.keeps, is_loading, state.loaded.number, sources),
        move |(keeps, _, _, sources)| {
            // Files of a load that is under way have no source yet.
            if is_loading {
                return;
            }
            let files = loaded(&mut held.borrow_mut(), sources);
            let was_kept = before.replace(*keeps);
            let wanted = if *keeps { files } else { Vec::new() };
            if !wanted.is_empty() || (was_kept && !*keeps) {
                spawn_local(async move { dispatch.emit(Action::Unkept(exports.keep(&wanted).await.err())) });
            }
        },
    );
}

/// The files of these sources, the latest where a name came twice; the others are let go.
fn loaded(held: &mut Vec<File>, sources: &[String]) -> Vec<File> {
    let mut files: Vec<File> = Vec::new();
    for source in sources.iter().rev() {
        if let Some(at) = held.iter().rposition(|file| file.name() == *source) {
            files.push(held.remove(at));
        }
    }
    files.reverse();
    held.clone_from(&files);
    files
}

/// Opens the policies that links hold, at once and when one is followed to this very page, and takes them out of
/// the address.
#[hook]
pub(super) fn use_links(dispatch: &Dispatch) {
    let dispatch = dispatch.clone();
    use_effect_with((), move |()| {
        let follow = move || {
            let window = web_sys::window()?;
            let (location, history) = (window.location(), window.history().ok()?);
            let fragment = location.hash().ok().filter(|fragment| link::is_link(fragment))?;
            let page = format!("{}{}", location.pathname().ok()?, location.search().ok()?);
            history.replace_state_with_url(&JsValue::NULL, "", Some(&page)).ok()?;
            let dispatch = dispatch.clone();
            spawn_local(async move {
                dispatch.emit(Action::Keep(match link::read(&fragment).await {
                    Ok(shared) => Keep::Shared(Box::new(shared), store::stamp()),
                    Err(why) => Keep::Say(Notice::Fault(why.to_owned())),
                }));
            });
            Some(())
        };
        follow();
        let listener = web_sys::window().map(|window| {
            EventListener::new(&window, "hashchange", move |_| {
                follow();
            })
        });
        move || drop(listener)
    });
}

/// Copies a link to what is on screen.
fn share(shared: Shared, dispatch: Dispatch) {
    spawn_local(async move {
        let notice = match (link::write(&shared).await, web_sys::window()) {
            (Some(link), Some(window)) => {
                let clipboard = window.navigator().clipboard();
                let is_copied = JsFuture::from(clipboard.write_text(&link)).await.is_ok();
                Notice::Link(Some(link).filter(|_| !is_copied))
            }
            _ => Notice::Fault("This browser is too old to make a link.".to_owned()),
        };
        dispatch.emit(Action::Keep(Keep::Say(notice)));
    });
}

/// One line each for what became of a policy.
pub(super) fn notices(state: &State, dispatch: &Dispatch) -> Html {
    let act = |keep: Keep| dispatch.reform(move |_: MouseEvent| Action::Keep(keep.clone()));
    let button = |words: &'static str, keep: Keep| {
        html! { <>{ " " }<button type="button" class="link" onclick={act(keep)}>{ words }</button></> }
    };
    let name = |id: &str| {
        let policies = state.policies();
        policies.iter().find(|entry| entry.id == id).map(|entry| name_of(&entry.text)).unwrap_or_default()
    };
    let line = match &state.library.notice {
        None => Html::default(),
        Some(Notice::Deleted(gone, elsewhere)) => {
            let elsewhere = if *elsewhere { " in another tab" } else { "" };
            html! { <>{ format!("Deleted {}{elsewhere}.", name_of(&gone.text)) }{ button("Undo", Keep::Undelete) }</> }
        }
        Some(Notice::Conflict(theirs, mine)) => {
            let take = {
                let (theirs, mine) = (theirs.clone(), mine.clone());
                let dispatch = dispatch.clone();
                Callback::from(move |_: MouseEvent| {
                    dispatch.emit(Action::Keep(Keep::Open(theirs.clone())));
                    dispatch.emit(Action::Keep(Keep::Delete(mine.clone(), store::stamp())));
                })
            };
            html! {
                <>
                    { format!("{} was changed in another tab as well. Yours is saved as {}. ", name(theirs), name(mine)) }
                    <button type="button" class="link" onclick={take}>{ "Take theirs" }</button>
                    { button("Keep mine", Keep::Dismiss) }
                </>
            }
        }
        Some(Notice::Link(None)) => html! {
            { "Link copied. It holds the policy, the instant and the assumptions, never the inventory." }
        },
        Some(Notice::Link(Some(link))) => html! {
            <label class="copy-link">
                { "The browser does not let the page copy. Copy this link: " }
                <input class="in" readonly=true value={link.clone()} />
            </label>
        },
        Some(Notice::Fault(words)) => html! { { words.clone() } },
    };
    let dismiss = state.library.notice.is_some().then(|| {
        html! {
            <button type="button" class="link x" onclick={act(Keep::Dismiss)} aria-label="Dismiss" title="Dismiss">{ "✕" }</button>
        }
    });
    html! {
        <>
            <div key="kept" class={dismiss.is_some().then_some("notice line")} role="status" id="kept">
                <span>{ line }</span>{ dismiss }
            </div>
            if state.library.draft.is_some() {
                <p key="draft" class="notice" role="status" id="draft">
                    { format!("{} comes from a link and is not saved: your own policies are as you left them.", summary(&state.document).name) }
                    if state.sample { { " It is simulated on the sample data: load your inventory to see what it does to your images." } }
                    { button("Save it", Keep::SaveDraft) }
                    { button("Back to mine", Keep::DropDraft) }
                </p>
            }
        </>
    }
}

pub(super) fn share_button(state: &Rc<State>, dispatch: &Dispatch) -> Html {
    let (state, dispatch) = (Rc::clone(state), dispatch.clone());
    let onclick = Callback::from(move |_: MouseEvent| share(state.shared(), dispatch.clone()));
    html! {
        <button type="button" class="btn" id="share" {onclick} title="Copy a link to this policy, never to the inventory">{ "Share" }</button>
    }
}

/// The open policy's name, and the way to the others.
pub(super) fn switcher(state: &State, dispatch: &Dispatch) -> Html {
    let open = state.panel == Some(Panel::Policies);
    let onclick = {
        let next = if open { None } else { Some(Panel::Policies) };
        dispatch.reform(move |_: MouseEvent| Action::Panel(next))
    };
    let name = crate::state::summary(&state.document).name;
    html! {
        <button type="button" class="btn policies" id="policies" aria-expanded={open.to_string()} {onclick}
            title={format!("Policies: {name}")}>
            <span class="name">{ name.clone() }</span><span class="cnt">{ state.library.entries.len() }</span>
        </button>
    }
}
