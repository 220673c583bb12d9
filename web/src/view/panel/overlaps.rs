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
    let has_claims =
        |at: u32| found.images.iter().flat_map(|overlap| &overlap.claims).any(|(of, _)| *of == at);
    let columns = (0..).zip(names.iter().copied()).filter(|(at, _)| has_claims(*at));
    let columns: Vec<(u32, &str)> = columns.collect();
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
                <div class="overlaps">
                    <table class="ledger" role="table" aria-label="Images that several policies select">
                        <thead role="rowgroup"><tr role="row">
                            <th role="columnheader" scope="col">{ "Image" }</th>
                            { for columns.iter().map(|(_, name)| html! { <th role="columnheader" scope="col">{ *name }</th> }) }
                        </tr></thead>
                        <tbody role="rowgroup">{ for found.images.iter().map(|overlap| line(overlap, &columns, props)) }</tbody>
                    </table>
                    if more > 0 { <p class="soft">{ format!("and {} more", text::number(more)) }</p> }
                </div>
            }
        </>
    }
}

fn line(overlap: &Overlap, columns: &[(u32, &str)], props: &Props) -> Html {
    let claim = |(at, name): &(u32, &str)| {
        let found = overlap.claims.iter().find(|(of, _)| of == at);
        let (class, glyph, words) = match found {
            Some((_, Some((verdict, night)))) => {
                let look = text::look(verdict);
                (look.class, look.glyph, format!("{} {}", look.word, text::on_night(*night, props.now)))
            }
            Some((_, None)) => ("ignore", "·", "nothing within a year".to_owned()),
            None => ("ignore", "", "not selected".to_owned()),
        };
        let is_soft = class == "ignore";
        html! {
            <td role="cell" {class}>
                <span class="of" aria-hidden="true">{ *name }</span>
                <span class={is_soft.then_some("soft")}><span class="glyph" aria-hidden="true">{ glyph }</span>{ " " }{ words }</span>
            </td>
        }
    };
    let search = format!("{}/{}", overlap.name.to_lowercase(), overlap.version);
    let (find, close) = (props.dispatch.clone(), props.dispatch.clone());
    let onclick = Callback::from(move |_: MouseEvent| {
        find.emit(Action::Search(search.clone()));
        close.emit(Action::Panel(None));
    });
    html! {
        <tr role="row">
            <td role="cell"><button type="button" class="link" {onclick}>{ overlap.name.clone() }{ " " }<code>{ overlap.version.clone() }</code></button></td>
            { for columns.iter().map(claim) }
        </tr>
    }
}
