//! The policy as text: edited as it is typed while it is JSON, and brought in from any other notation.

use std::rc::Rc;

use afterimage_inventory::sort;
use afterimage_policy::is_api_shape;
use afterimage_policy::json::Json;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::edit::Edit;
use crate::pieces;
use crate::protocol::Found;
use crate::protocol::Imported;
use crate::protocol::Level;
use crate::protocol::Reply;
use crate::protocol::Request;
use crate::state::Action;
use crate::state::Document;
use crate::state::Keep;
use crate::state::Origin;
use crate::state::base;
use crate::state::name;
use crate::state::parsed;
use crate::store;
use crate::text;
use crate::view::Call;
use crate::view::Dispatch;
use crate::view::chosen;
use crate::view::quoted;

use super::files;
use super::frame;
use super::use_focused;

/// Height of a line of the text in pixels, to bring a place into view; near enough in every font.
const LINE: i32 = 19;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub document: Document,
    /// A text that was dropped on the page.
    pub dropped: Option<Rc<str>>,
    pub call: Call,
    pub dispatch: Dispatch,
}

/// What was asked of the worker: a text, and which of its policies.
type Asked = (Rc<str>, Option<String>);

/// How a document is taken over.
type Over = fn(Json) -> Action;

#[component]
pub(crate) fn DocumentPanel(props: &Props) -> Html {
    use_focused("document-panel-title");
    let area = use_node_ref();
    let typed = use_state_eq(|| Rc::<str>::from(props.document.text()));
    let wanted = use_state_eq(|| None::<String>);
    let imported = use_state_eq(|| None::<(Asked, Rc<Imported>)>);
    let unread = use_state_eq(|| None::<String>);
    // Whatever way a text comes, it is shown, and taken over at once when it is the document that is edited.
    let take = {
        let (typed, wanted, unread) = (typed.setter(), wanted.setter(), unread.setter());
        let dispatch = props.dispatch.clone();
        Callback::from(move |(text, over): (Rc<str>, Over)| {
            if let Some(document) = edited(&text) {
                dispatch.emit(over(document));
            }
            typed.set(text);
            wanted.set(None);
            unread.set(None);
        })
    };
    {
        // An edit in the form shows here; what was typed here and means the same stays as it was typed.
        let (typed, now) = (typed.setter(), Rc::clone(&typed));
        use_effect_with(props.document.clone(), move |document| {
            if edited(&now).as_ref() != Some(&**document) {
                typed.set(document.text().into());
            }
        });
    }
    {
        // After the effect above, whose text is that of the document before the drop.
        let take = take.clone();
        use_effect_with(props.dropped.clone(), move |dropped| {
            if let Some(text) = dropped {
                take.emit((Rc::clone(text), Action::Replace));
            }
        });
    }
    {
        let (imported, call) = (imported.setter(), props.call.clone());
        use_effect_with((Rc::clone(&typed), (*wanted).clone()), move |asked| {
            let asked = asked.clone();
            let request = Request::Import { text: asked.0.to_string(), resource: asked.1.clone() };
            let hear = Callback::from(move |reply| {
                if let Reply::Imported(found) = reply {
                    imported.set(Some((asked.clone(), Rc::new(found))));
                }
            });
            call.emit((request, hear));
        });
    }
    let oninput = {
        let (take, before) = (take.clone(), Rc::clone(&typed));
        Callback::from(move |event: InputEvent| {
            let area = event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok());
            let text = area.map(|area| area.value()).unwrap_or_default();
            let over: Over = if is_another(&before, &text) {
                Action::Replace
            } else {
                |document| Action::Edit(Edit::Whole(document))
            };
            take.emit((text.into(), over));
        })
    };
    let onchange = {
        let unread = unread.setter();
        Callback::from(move |event: Event| {
            let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            let Some(input) = input else { return };
            let Some(file) = files(input.files()).into_iter().next() else { return };
            // Choosing the same file again is a change again.
            input.set_value("");
            let (take, unread) = (take.clone(), unread.clone());
            wasm_bindgen_futures::spawn_local(async move {
                match pieces::text(&file).await {
                    Ok(text) => take.emit((text.into(), Action::Replace)),
                    Err(problem) => unread.set(Some(problem)),
                }
            });
        })
    };
    let choose = wanted.setter();
    let choose = Callback::from(move |event: Event| choose.set(Some(chosen(&event))));
    // The last answer stands until the next one is there: it is a matter of milliseconds.
    let found = imported.as_ref().map(|(_, found)| Rc::clone(found));
    let is_current = imported.as_ref().is_some_and(|((text, which), _)| *text == *typed && *which == *wanted);
    let is_broken = found.as_ref().is_some_and(|found| found.policy.is_none() && found.choices.is_empty());
    let inside = html! {
        <>
            <p class="help">
                { "What is typed here as a create or update request, or as the answer of " }
                <code>{ "get-lifecycle-policy" }</code>
                { ", is the policy at once; undo takes it back. CloudFormation, Terraform and commands of the AWS CLI are \
                   recognised too: paste, choose or drop one." }
            </p>
            <textarea ref={area.clone()} id="document-text" rows="14" spellcheck="false" aria-label="Policy as text"
                aria-invalid={is_broken.to_string()} aria-describedby="document-status"
                value={typed.to_string()} {oninput} />
            <div id="document-status" role="status" data-current={is_current.to_string()}>
                if let Some(unread) = &*unread { <p class="bad">{ unread.clone() }</p> }
                if let Some(found) = &found { { status(found, edited(&typed).is_some(), wanted.as_deref(), &choose) } }
            </div>
            <div class="row">
                if let Some(found) = found.as_ref().filter(|found| !found.is_api && errors(found) == 0) {
                    { for found.policy.iter().map(|policy| uses(found, policy, &props.dispatch)) }
                }
                <label class="btn file">{ "Choose a file" }<input type="file" id="document-file" {onchange} /></label>
            </div>
            if let Some(found) = &found {
                { findings(found, &typed, &area) }
                { filled(found) }
            }
        </>
    };
    frame("document-panel", "Policy as text", &props.dispatch, inside)
}

/// The document in a text, when it is the JSON that the page edits.
fn edited(text: &str) -> Option<Json> {
    Json::parse(text).ok().filter(is_api_shape)
}

/// Whether one input has put another policy into the box: a paste over all of it, and not a word of it.
fn is_another(before: &str, text: &str) -> bool {
    let Some(document) = edited(text) else { return false };
    match edited(before) {
        // With its new name alone it is still the same policy.
        Some(last) => name(&last) != name(&document) && renamed(&last, &document) != document,
        None => before.trim().is_empty(),
    }
}

/// A document with the name of another one.
fn renamed(document: &Json, other: &Json) -> Json {
    let mut renamed = document.clone();
    renamed.set(&format!("{}/name", base(document)), Json::String(name(other)));
    renamed
}

/// What the text is.
fn status(found: &Imported, is_edited: bool, wanted: Option<&str>, choose: &Callback<Event>) -> Html {
    if is_edited {
        return html! { <p class="ok">{ "✓ This is the policy that is edited." }</p> };
    }
    let choices = (!found.choices.is_empty() || wanted.is_some()).then(|| {
        let now = wanted.unwrap_or_default().to_owned();
        html! {
            <label class="as-of">{ format!("{}, several policies: ", found.notation) }
                <select class="in u" id="document-choice" ~value={now.clone()} onchange={choose.clone()}>
                    if wanted.is_none() { <option value="" selected=true>{ "choose…" }</option> }
                    { for found.choices.iter().map(|(choice, name)| html! {
                        <option value={choice.clone()} selected={*choice == now}>
                            { if name.is_empty() || name == choice { choice.clone() } else { format!("{name} ({choice})") } }
                        </option>
                    }) }
                    if let Some(wanted) = wanted { <option value={wanted.to_owned()} selected=true>{ wanted.to_owned() }</option> }
                </select>
            </label>
        }
    });
    let errors = errors(found);
    let words = match (&found.policy, found.choices.is_empty()) {
        (Some(_), _) if errors == 0 => Some(("ok", format!("✓ A policy in {}.", found.notation))),
        (Some(_), _) => {
            let errors = text::counted(errors, "error", "errors");
            Some((
                "bad",
                format!("✕ A policy in {}, with {errors}. Mend the text to use it.", found.notation),
            ))
        }
        (None, true) => {
            Some(("bad", "✕ No policy is found in this text; the form keeps the last one.".to_owned()))
        }
        (None, false) => None,
    };
    html! {
        <>
            { choices }
            if let Some((class, words)) = words { <p {class}>{ words }</p> }
            { for found.stand_ins.iter().filter(|_| errors == 0 && found.policy.is_some()).map(|(member, stand_in)| html! {
                <p class="warn">{ "▲ Only its own tools know " }<code>{ member.clone() }</code>{ "; here " }
                    <code>{ stand_in.clone() }</code>{ " stands for it, which changes no image's fate. Put yours in before you export." }</p>
            }) }
        </>
    }
}

fn errors(found: &Imported) -> u32 {
    found.found.iter().filter(|found| found.severity == Level::Error).count() as u32
}

/// The two ways to take over a policy from another notation.
fn uses(imported: &Imported, policy: &str, dispatch: &Dispatch) -> Html {
    let origin = Rc::new(Origin { notation: imported.notation.clone(), left_out: imported.left_out.clone() });
    let take_over = |over: Over| {
        let (policy, origin, dispatch) = (policy.to_owned(), Rc::clone(&origin), dispatch.clone());
        Callback::from(move |_: MouseEvent| {
            dispatch.emit(over(parsed(&policy)));
            dispatch.emit(Action::From(Rc::clone(&origin)));
        })
    };
    let replace = take_over(Action::Replace);
    let add = take_over(|policy| Action::Keep(Keep::New(policy, store::stamp())));
    html! {
        <>
            <button type="button" class="btn main" onclick={replace}>{ "Use it in place of the open policy" }</button>
            <button type="button" class="btn" onclick={add}>{ "Keep it as a policy of its own" }</button>
        </>
    }
}

/// What is wrong or doubtful, each leading to its place.
fn findings(imported: &Imported, typed: &Rc<str>, area: &NodeRef) -> Html {
    let item = |found: &Found| {
        let (class, glyph, word) = text::severity(found.severity);
        let place = found.at.map(|(line, column)| {
            let (typed, area) = (Rc::clone(typed), area.clone());
            let onclick = Callback::from(move |_: MouseEvent| go_to(&area, &typed, line, column));
            html! { <button type="button" class="link" {onclick}>{ format!("line {line}, column {column}") }</button> }
        });
        html! {
            <li>
                <span {class} role="img" aria-label={word}>{ glyph }</span>
                <div>{ place }{ " " }{ quoted(&found.message) }<span class="help">{ " " }{ quoted(&found.help) }</span></div>
            </li>
        }
    };
    // One that is not chosen yet is asked for above.
    let found = imported.found.iter().filter(|_| imported.choices.is_empty());
    let mut found: Vec<&Found> = found.collect();
    sort::sort_by_key(&mut found, |found| found.severity);
    html! { <ul class="warnings placed" id="document-findings">{ for found.into_iter().map(item) }</ul> }
}

/// Puts the caret at a place and brings it into view.
fn go_to(area: &NodeRef, text: &str, line: u32, column: u32) {
    let Some(area) = area.cast::<HtmlTextAreaElement>() else { return };
    let at = offset(text, line, column);
    // A text area that is there takes both.
    let _ = area.focus();
    let _ = area.set_selection_range(at, at);
    area.set_scroll_top((line as i32).saturating_sub(4).max(0).saturating_mul(LINE));
}

/// A place as the browser counts: in units of UTF-16.
fn offset(text: &str, line: u32, column: u32) -> u32 {
    let mut lines = text.split_inclusive('\n');
    let before = lines.by_ref().take((line as usize).saturating_sub(1));
    let before: usize = before.map(|line| line.encode_utf16().count()).sum();
    let inside = lines.next().unwrap_or_default().chars().take((column as usize).saturating_sub(1));
    let inside: usize = inside.map(char::len_utf16).sum();
    (before + inside) as u32
}

fn filled(imported: &Imported) -> Html {
    if imported.filled.is_empty() || imported.policy.is_none() {
        return Html::default();
    }
    let filled = |(path, value, meaning): &(String, String, String)| {
        let value = if value.is_empty() { String::new() } else { format!(" = {value}") };
        html! { <li><code>{ path.clone() }</code>{ format!("{value}: {meaning}") }</li> }
    };
    html! {
        <details id="document-filled">
            <summary>{ format!("What AWS fills in: {}", text::counted(imported.filled.len() as u32, "member", "members")) }</summary>
            <ul class="warnings filled">{ for imported.filled.iter().map(filled) }</ul>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_found_behind_wide_letters() {
        let text = "{\n  \"a\": \"🦀\", \"b\": 1\n}";
        assert_eq!(offset(text, 1, 1), 0);
        assert_eq!(offset(text, 2, 3), 4);
        assert_eq!(offset(text, 2, 13), 15);
        assert_eq!(offset(text, 9, 9), text.encode_utf16().count() as u32);
    }

    #[test]
    fn another_policy_comes_in_one_piece() {
        let policy = |name: &str, days: u32| format!(r#"{{"name": "{name}", "policyDetails": [{days}]}}"#);
        let (first, second) = (policy("first", 1), policy("second", 2));
        assert!(is_another(&first, &second) && is_another("", &second) && is_another("\n", &second));
        for edit in [policy("second", 1), policy("first", 2), "{".to_owned()] {
            assert!(!is_another(&first, &edit), "{edit}");
        }
        assert!(!is_another("{\"name\": \"a\"", &policy("a", 1)), "the last brace is typed");
    }

    #[test]
    fn only_the_apis_own_json_is_edited_as_it_is_typed() {
        assert!(edited("{}").is_some() && edited(r#"{"lifecyclePolicy": {}}"#).is_some());
        assert_eq!(edited("[]"), None);
        assert_eq!(edited(r#"{"Resources": {}}"#), None);
        assert_eq!(edited("{"), None);
    }
}
