//! What the saved policies that are enabled select together.

use std::rc::Rc;

use yew::prelude::*;

use crate::protocol::Overlap;
use crate::protocol::Overlapping;
use crate::protocol::Reply;
use crate::protocol::Request;
use crate::state::Action;
use crate::state::Saved;
use crate::state::parsed;
use crate::state::summary;
use crate::text;
use crate::view::Call;
use crate::view::Dispatch;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub policies: Vec<Saved>,
    pub now: i64,
    pub assume: Vec<String>,
    /// Counts up with each inventory.
    pub loaded: u32,
    pub call: Call,
    pub dispatch: Dispatch,
}

#[component]
pub(super) fn Overlaps(props: &Props) -> Html {
    let found = use_state_eq(|| None::<Rc<Overlapping>>);
    let enabled: Vec<(String, String)> = props
        .policies
        .iter()
        .map(|entry| (summary(&parsed(&entry.text)), &entry.text))
        .filter(|(about, _)| about.enabled)
        .map(|(about, text)| (about.name, text.clone()))
        .collect();
    {
        let (found, call) = (found.setter(), props.call.clone());
        let texts: Vec<String> = enabled.iter().map(|(_, text)| text.clone()).collect();
        use_effect_with((texts, props.now, props.assume.clone(), props.loaded), move |asked| {
            let (policies, now, assume, _) = asked.clone();
            found.set(None);
            if policies.len() > 1 {
                let hear = Callback::from(move |reply| {
                    if let Reply::Overlaps(overlapping) = reply {
                        found.set(Some(Rc::new(overlapping)));
                    }
                });
                call.emit((Request::Overlaps { policies, now, assume }, hear));
            }
        });
    }
    if enabled.len() < 2 {
        return Html::default();
    }
    let names: Vec<&str> = enabled.iter().map(|(name, _)| name.as_str()).collect();
    let inside = match found.as_deref() {
        None => html! { <p class="help">{ "Looking for images that several policies select…" }</p> },
        Some(found) => list(found, &names, props),
    };
    html! { <section id="overlaps" aria-label="Overlaps" class="stack" aria-live="polite"><h3>{ "Overlaps of the enabled policies" }</h3>{ inside }</section> }
}

fn list(found: &Overlapping, names: &[&str], props: &Props) -> Html {
    let broken: Vec<&str> = found.broken.iter().filter_map(|&at| names.get(at as usize).copied()).collect();
    let more = found.selected - found.images.len() as u32;
    html! {
        <>
            if !broken.is_empty() {
                <p class="warn">{ format!("▲ Left out, because they have errors: {}.", broken.join(", ")) }</p>
            }
            if found.selected == 0 {
                <p>{ "No image is selected by more than one of them." }</p>
            } else {
                <p>
                    { format!("{} selected by more than one of them; ", text::counted(found.selected, "image is", "images are")) }
                    <b>{ format!("more than one acts on {} within a year", text::number(found.acted_on)) }</b>
                    { ". Each is simulated alone: AWS does not document in which order it runs several policies over one image." }
                </p>
                <ul class="overlaps">
                    { for found.images.iter().map(|overlap| item(overlap, names, props)) }
                    if more > 0 { <li class="soft">{ format!("and {} more", text::number(more)) }</li> }
                </ul>
            }
        </>
    }
}

fn item(overlap: &Overlap, names: &[&str], props: &Props) -> Html {
    let claims = overlap.claims.iter().map(|(at, first)| {
        let name = names.get(*at as usize).copied().unwrap_or_default();
        match first {
            Some((verdict, night)) => {
                let look = text::look(verdict);
                html! {
                    <span class={look.class}><span class="glyph" aria-hidden="true">{ look.glyph }</span>
                        { format!(" {name}: {} {}", look.word, text::on_night(*night, props.now)) }</span>
                }
            }
            None => html! { <span class="soft">{ format!("{name}: selects it, and does nothing to it within a year") }</span> },
        }
    });
    let search = format!("{}/{}", overlap.name.to_lowercase(), overlap.version);
    let (find, close) = (props.dispatch.clone(), props.dispatch.clone());
    let onclick = Callback::from(move |_: MouseEvent| {
        find.emit(Action::Search(search.clone()));
        close.emit(Action::Panel(None));
    });
    html! {
        <li>
            <button type="button" class="link" {onclick}>{ overlap.name.clone() }{ " " }<code>{ overlap.version.clone() }</code></button>
            { for claims }
        </li>
    }
}
