//! The policy as JSON: to read it, to change it there, and to bring in one from elsewhere.

use std::rc::Rc;

use afterimage_policy::json::Json;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::HtmlInputElement;
use web_sys::HtmlTextAreaElement;
use yew::prelude::*;

use crate::state::Action;
use crate::view::Dispatch;

use super::files;
use super::frame;
use super::use_focused;

#[derive(Properties, PartialEq)]
pub(crate) struct Props {
    pub document: Rc<Json>,
    pub dispatch: Dispatch,
}

#[component]
pub(crate) fn DocumentPanel(props: &Props) -> Html {
    use_focused("document-panel-title");
    let typed = use_state_eq(|| props.document.pretty());
    let problem = use_state_eq(|| None::<String>);
    {
        // An edit in the form shows here; what was typed here and not taken yet gives way to it.
        let (typed, problem) = (typed.setter(), problem.setter());
        use_effect_with(Rc::clone(&props.document), move |document| {
            typed.set(document.pretty());
            problem.set(None);
        });
    }
    let oninput = {
        let (typed, problem) = (typed.setter(), problem.setter());
        Callback::from(move |event: InputEvent| {
            let area = event.target().and_then(|target| target.dyn_into::<HtmlTextAreaElement>().ok());
            typed.set(area.map(|area| area.value()).unwrap_or_default());
            problem.set(None);
        })
    };
    let take = {
        let (text, problem, dispatch) = ((*typed).clone(), problem.setter(), props.dispatch.clone());
        Callback::from(move |_: MouseEvent| match taken(&text) {
            Ok(document) => {
                problem.set(None);
                dispatch.emit(Action::Replace(document));
            }
            Err(message) => problem.set(Some(message)),
        })
    };
    let onchange = {
        let (typed, problem) = (typed.setter(), problem.setter());
        Callback::from(move |event: Event| {
            let input = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
            let Some(input) = input else { return };
            let Some(file) = files(input.files()).into_iter().next() else { return };
            // Choosing the same file again is a change again.
            input.set_value("");
            let (typed, problem) = (typed.clone(), problem.clone());
            wasm_bindgen_futures::spawn_local(async move {
                match JsFuture::from(file.text()).await {
                    Ok(text) => {
                        typed.set(text.as_string().unwrap_or_default());
                        problem.set(None);
                    }
                    Err(_) => problem.set(Some(format!("{} cannot be read", file.name()))),
                }
            });
        })
    };
    let changed = *typed != props.document.pretty();
    let inside = html! {
        <>
            <p class="help">
                { "A create or update request, or the answer of " }<code>{ "aws imagebuilder get-lifecycle-policy" }</code>
                { ", with or without its wrapper. Paste one over this, or choose a file. Undo brings the old one back." }
            </p>
            <textarea id="document-text" rows="16" spellcheck="false" aria-label="Policy as JSON"
                aria-invalid={problem.is_some().to_string()} aria-describedby="document-problem"
                value={(*typed).clone()} {oninput} />
            <p id="document-problem" class="bad" role="alert">{ problem.as_deref().unwrap_or_default().to_owned() }</p>
            <div class="row">
                <button type="button" class="btn main" onclick={take} disabled={!changed}>{ "Use this document" }</button>
                <label class="btn file">{ "Choose a file" }<input type="file" accept=".json,application/json" {onchange} /></label>
            </div>
        </>
    };
    frame("document-panel", "Policy as JSON", &props.dispatch, inside)
}

/// The document in a text, or what is wrong with the text and where.
fn taken(text: &str) -> std::result::Result<Json, String> {
    match Json::parse(text) {
        Ok(document @ Json::Object(_)) => Ok(document),
        Ok(other) => Err(format!("a policy is an object, and this is {}", other.kind())),
        Err(error) => Err(format!("line {}, column {}: {}", error.line, error.column, error.message)),
    }
}

#[cfg(test)]
mod tests {
    use super::taken;

    #[test]
    fn a_broken_text_is_refused_with_its_place() {
        assert_eq!(taken("{\n  \"a\": ]"), Err("line 2, column 8: expected value".to_owned()));
        assert_eq!(taken("[]"), Err("a policy is an object, and this is a list".to_owned()));
        assert!(taken("{}").is_ok());
    }
}
