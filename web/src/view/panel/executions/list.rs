//! Executions, newest first.

use std::rc::Rc;

use yew::prelude::*;

use crate::protocol::Act;
use crate::protocol::ExecutionRow;
use crate::protocol::Served;
use crate::protocol::Viewed;
use crate::state::Action;
use crate::text;
use crate::view::Dispatch;
use crate::view::chosen;

use super::STEP;
use super::cancel;
use super::chip;
use super::subject;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub served: Rc<Served>,
    pub view: Viewed,
    pub change: Callback<Viewed>,
    pub act: Callback<Act>,
    pub dispatch: Dispatch,
}

#[component]
pub(super) fn List(props: &Props) -> Html {
    let (served, view) = (&props.served, &props.view);
    let policies: Vec<_> = served.policies.iter().filter(|policy| !policy.arn.is_empty()).collect();
    let of = {
        let view = view.clone();
        props.change.reform(move |event: Event| Viewed {
            policy: Some(chosen(&event)).filter(|arn| !arn.is_empty()),
            executions: STEP,
            ..view.clone()
        })
    };
    let more = {
        let view = view.clone();
        props
            .change
            .reform(move |_: MouseEvent| Viewed { executions: view.executions + STEP, ..view.clone() })
    };
    let now = view.policy.clone().unwrap_or_default();
    html! {
        <>
            if policies.len() > 1 {
                <label class="row">{ "Executions of" }
                    <select class="in u" id="executions-of" ~value={now.clone()} onchange={of}>
                        <option value="" selected={now.is_empty()}>{ "all policies, and by hand" }</option>
                        { for policies.iter().map(|policy| html! {
                            <option value={policy.arn.clone()} selected={policy.arn == now}>{ policy.name.clone() }</option>
                        }) }
                    </select>
                </label>
            }
            if served.executions.is_empty() {
                <p class="soft">{ "Nothing has run yet." }</p>
            } else {
                <table class="ledger executions" role="table" aria-label="Executions">
                    <thead role="rowgroup"><tr role="row">
                        { for ["Of", "Started", "Ended", "State", "Images"].map(|head| html! { <th role="columnheader" scope="col">{ head }</th> }) }
                        <th role="columnheader" scope="col"><span class="sr">{ "What to do" }</span></th>
                    </tr></thead>
                    <tbody role="rowgroup">{ for served.executions.iter().map(|row| line(row, props)) }</tbody>
                </table>
            }
            if served.more {
                <p class="row"><span class="soft">{ text::shown(served.executions.len(), "execution", "executions") }</span>
                    <button type="button" class="link" onclick={more}>{ format!("Show {STEP} more") }</button></p>
            }
        </>
    }
}

fn line(row: &ExecutionRow, props: &Props) -> Html {
    let open = {
        let id: Rc<str> = row.id.as_str().into();
        props.dispatch.reform(move |_: MouseEvent| Action::Execution(Some(Rc::clone(&id))))
    };
    let (name, started) = (subject(row), text::clock(row.started));
    html! {
        <tr role="row" key={row.id.clone()} data-status={row.status.clone()}>
            <td role="cell"><button type="button" class="link" id={row.id.clone()} onclick={open} aria-label={format!("{name}, {started}")}>{ name.clone() }</button></td>
            <td role="cell">{ started }</td>
            <td role="cell">{ row.ended.map_or_else(|| "—".to_owned(), text::clock) }</td>
            <td role="cell">{ chip(text::status(&row.status)) }</td>
            <td role="cell">{ text::impact(&row.impact) }</td>
            <td role="cell">{ cancel(&row.id, &row.status, &name, &props.act) }</td>
        </tr>
    }
}
