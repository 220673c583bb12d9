//! A button that copies a text and says so.

use yew::prelude::*;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub text: AttrValue,
    pub label: AttrValue,
    /// What is copied, for a screen reader, where the label alone says too little.
    #[prop_or_default]
    pub what: AttrValue,
    #[prop_or("btn")]
    pub class: &'static str,
}

#[component]
pub(super) fn Copy(props: &Props) -> Html {
    // The text that was copied last: a later text is not copied yet.
    let done = use_state_eq(|| None::<std::result::Result<AttrValue, ()>>);
    let onclick = {
        let (text, done) = (props.text.clone(), done.setter());
        Callback::from(move |_: MouseEvent| {
            let Some(window) = web_sys::window() else { return };
            let copied = window.navigator().clipboard().write_text(&text);
            let (text, done) = (text.clone(), done.clone());
            wasm_bindgen_futures::spawn_local(async move {
                let copied = wasm_bindgen_futures::JsFuture::from(copied).await;
                done.set(Some(copied.map(|_| text).map_err(|_| ())));
            });
        })
    };
    let words = match done.as_ref() {
        Some(Ok(text)) if *text == props.text => "Copied".into(),
        Some(Err(())) => "Not allowed here: select and copy".into(),
        _ => props.label.clone(),
    };
    html! { <button type="button" class={props.class} {onclick} aria-live="polite">{ words }<span class="sr">{ " " }{ props.what.clone() }</span></button> }
}
