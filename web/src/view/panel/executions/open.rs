//! One execution: its images, and the AMIs and snapshots of one of them.

use std::rc::Rc;

use yew::prelude::*;

use crate::protocol::Act;
use crate::protocol::ResourceRow;
use crate::protocol::Resources;
use crate::protocol::Served;
use crate::protocol::SnapshotState;
use crate::protocol::Viewed;
use crate::state::Action;
use crate::text;
use crate::view::Dispatch;

use super::STEP;
use super::cancel;
use super::chip;
use super::subject;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub id: String,
    pub served: Rc<Served>,
    pub view: Viewed,
    pub change: Callback<Viewed>,
    pub act: Callback<Act>,
    pub dispatch: Dispatch,
}

#[component]
pub(super) fn Open(props: &Props) -> Html {
    let view = &props.view;
    let is_asked = |open: &&Resources| open.execution.id == props.id && open.image == view.image;
    let open = props.served.open.as_ref().filter(is_asked);
    // The keyboard follows into the execution, into the image, and back out.
    let place = open.map(|open| (open.execution.id.clone(), open.image.clone()));
    use_effect_with(place, |place| {
        if place.is_some() {
            crate::view::focus("execution-title");
            show();
        }
    });
    let all = props.dispatch.reform(|_: MouseEvent| Action::Execution(None));
    let at = |image: Option<String>| {
        let next = Viewed { image, ..view.clone() };
        props.change.reform(move |_: MouseEvent| next.clone())
    };
    let Some(open) = open else {
        let gone = props.served.open.is_none();
        return html! {
            <p class="row"><button type="button" class="link" onclick={all}>{ "All executions" }</button>
                <span class="soft">{ if gone { "This execution is not there any more." } else { "Asking…" } }</span></p>
        };
    };
    let execution = &open.execution;
    let name = subject(execution);
    let more = {
        let next = Viewed { resources: view.resources + STEP, ..view.clone() };
        props.change.reform(move |_: MouseEvent| next.clone())
    };
    let title = match &open.image {
        None => format!("{name}, {}", text::clock(execution.started)),
        Some(image) => text::image_name(image),
    };
    let listed: u32 = execution.impact.counts.iter().map(|(_, count)| count).sum();
    let is_forgotten = listed > 0 || execution.impact.forgotten;
    let is_less =
        open.image.is_none() && !open.more && !open.rows.is_empty() && (open.rows.len() as u32) < listed;
    let nothing = match open.image {
        Some(_) => "Nothing of this image is part of the execution.",
        None if is_forgotten => {
            "Its images are no longer listed: those of which nothing became are not kept in older executions."
        }
        None => "It found nothing to do.",
    };
    html! {
        <div class="stack" id="execution">
            <nav class="row crumbs" aria-label="Where this is">
                <button type="button" class="link" onclick={all}>{ "All executions" }</button>
                if open.image.is_some() {
                    <span aria-hidden="true">{ "›" }</span>
                    <button type="button" class="link" onclick={at(None)}>{ name.clone() }</button>
                }
            </nav>
            <div class="row">
                <h3 id="execution-title" tabindex="-1">{ title }</h3>
                if open.image.is_none() {
                    { chip(text::status(&execution.status)) }
                    { cancel(&execution.id, &execution.status, &name, &props.act) }
                }
            </div>
            <p class="soft">
                if open.image.is_none() {
                    { for execution.ended.map(|at| format!("Ended {}. ", text::clock(at))) }
                    if !execution.reason.is_empty() { { text::sentence(&execution.reason) }{ " " } }
                    { format!("Images: {}. ", text::impact(&execution.impact)) }
                }
                <code>{ open.image.as_ref().unwrap_or(&execution.id).clone() }</code>
            </p>
            if open.rows.is_empty() {
                <p class="soft">{ nothing }</p>
            } else if open.image.is_some() {
                { outputs(open) }
            } else {
                { images(open, &at) }
            }
            if is_less { <p class="soft">{ "Images of which nothing became are not kept in older executions." }</p> }
            if open.more {
                <p class="row"><span class="soft">{ text::shown(open.rows.len(), "image", "images") }</span>
                    <button type="button" class="link" onclick={more}>{ format!("Show {STEP} more") }</button></p>
            }
        </div>
    }
}

/// Scrolls the panel, and nothing else, to what is open in it.
fn show() {
    let place = |id: &str| {
        crate::view::element(id).map(|element| (element.get_bounding_client_rect().top(), element))
    };
    if let (Some((top, panel)), Some((own, _))) = (place("executions-panel"), place("execution")) {
        panel.set_scroll_top(panel.scroll_top() + (own - top) as i32);
    }
}

fn images(open: &Resources, at: &impl Fn(Option<String>) -> Callback<MouseEvent>) -> Html {
    let line = |row: &ResourceRow| {
        html! {
            <tr role="row" key={row.id.clone()} data-status={row.status.clone()}>
                <td role="cell"><button type="button" class="link" title={row.id.clone()} onclick={at(Some(row.id.clone()))}>{ text::image_name(&row.id) }</button></td>
                <td role="cell">{ chip(text::resource(&row.action, &row.status)) }</td>
                <td role="cell">{ why(row) }</td>
                <td role="cell" class="soft">{ row.region.clone() }</td>
            </tr>
        }
    };
    table(
        "Images of the execution",
        ["Image", "Result", "Why", "Region"],
        open.rows.iter().map(line).collect(),
    )
}

fn outputs(open: &Resources) -> Html {
    let line = |row: &ResourceRow| {
        html! {
            <tr role="row" key={row.id.clone()} data-status={row.status.clone()}>
                <td role="cell"><code>{ row.id.clone() }</code><br /><span class="soft">{ format!("{} {}", row.region, row.account) }</span></td>
                <td role="cell">{ chip(text::resource(&row.action, &row.status)) }</td>
                <td role="cell">{ why(row) }</td>
                <td role="cell">
                    if row.snapshots.is_empty() { <span class="soft">{ "none in this action" }</span> } else {
                        <ul>{ for row.snapshots.iter().map(|found| snapshot(found, &row.action)) }</ul>
                    }
                </td>
            </tr>
        }
    };
    let heads = ["AMI or container image", "Result", "Why", "Snapshots"];
    table("Outputs of the image", heads, open.rows.iter().map(line).collect())
}

fn snapshot(snapshot: &SnapshotState, action: &str) -> Html {
    let look = text::resource(action, &snapshot.status);
    let reason = text::told(&snapshot.reason);
    let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
    html! {
        <li key={snapshot.id.clone()}><code>{ snapshot.id.clone() }</code>{ " " }{ chip(look) }{ reason }</li>
    }
}

/// Why a resource was acted on, or why it was not.
fn why(row: &ResourceRow) -> String {
    let told = if row.reason.is_empty() { &row.why } else { &row.reason };
    match row.status.as_str() {
        "SUCCESS" => text::told(told).to_owned(),
        _ => format!("{}: {}", text::doing(&row.action), text::told(told)),
    }
}

fn table(label: &'static str, heads: [&'static str; 4], lines: Html) -> Html {
    html! {
        <table class="ledger resources" role="table" aria-label={label}>
            <thead role="rowgroup"><tr role="row">
                { for heads.map(|head| html! { <th role="columnheader" scope="col">{ head }</th> }) }
            </tr></thead>
            <tbody role="rowgroup">{ lines }</tbody>
        </table>
    }
}
