//! Everything that is wrong or doubtful, each leading to its control.

use afterimage_inventory::sort;
use afterimage_policy::json::Json;
use yew::prelude::*;

use crate::edit::Edit;
use crate::protocol::Level;
use crate::protocol::Problem;
use crate::state::Action;
use crate::state::Panel;
use crate::text;
use crate::view::Dispatch;
use crate::view::focus;
use crate::view::quoted;

pub(super) fn problems(
    diagnostics: &[Problem],
    document: &Json,
    actions: &[String],
    dispatch: &Dispatch,
) -> Html {
    if diagnostics.is_empty() {
        return html! { <section class="problems none" aria-label="Problems"><p class="ok">{ "✓ no problems" }</p></section> };
    }
    let count = |level: Level| diagnostics.iter().filter(|problem| problem.severity == level).count() as u32;
    let ((errors, blanks), warnings, notes) =
        (text::errors(diagnostics, document), count(Level::Warning), count(Level::Info));
    let parts = [
        (errors, "error", "errors"),
        (blanks, "to fill in", "to fill in"),
        (warnings, "warning", "warnings"),
    ];
    let title = parts.iter().filter(|part| part.0 > 0).map(|part| text::counted(part.0, part.1, part.2));
    let title = title.collect::<Vec<_>>().join(", ");
    // Errors first; ids follow the diagnostics' own order, which the fields refer to.
    let mut sorted: Vec<(usize, &Problem)> = diagnostics.iter().enumerate().collect();
    sort::sort_by_key(&mut sorted, |(_, problem)| problem.severity);
    let pressing = sorted.partition_point(|(_, problem)| problem.severity != Level::Info);
    let (pressing, quiet) = sorted.split_at(pressing);
    html! {
        <section class="problems" aria-label="Problems" id="problems">
            if !pressing.is_empty() {
                <details key="pressing" open=true>
                    <summary><h2>{ title }</h2></summary>
                    <ul>{ for pressing.iter().map(|(index, problem)| item(*index, problem, document, actions, dispatch)) }</ul>
                </details>
            }
            if !quiet.is_empty() {
                <details key="notes" class="notes" open={pressing.is_empty() && quiet.len() < 2}>
                    <summary>{ text::counted(notes, "note", "notes") }</summary>
                    <ul>{ for quiet.iter().map(|(index, problem)| item(*index, problem, document, actions, dispatch)) }</ul>
                </details>
            }
        </section>
    }
}

fn item(index: usize, problem: &Problem, document: &Json, actions: &[String], dispatch: &Dispatch) -> Html {
    let is_blank = text::is_blank(problem, document);
    let (class, glyph, word) =
        if is_blank { ("soft", "○", "to fill in") } else { text::severity(problem.severity) };
    let path = problem.path.clone();
    let at = path.clone();
    let place = text::place_of(problem, actions);
    let onclick = if problem.code == "export-cut-off" {
        dispatch.reform(|_: MouseEvent| Action::Panel(Some(Panel::Load)))
    } else {
        Callback::from(move |_: MouseEvent| focus(&at))
    };
    let mend = |patch: &str| {
        let patch = patch.to_owned();
        dispatch.reform(move |_: MouseEvent| Action::Edit(Edit::Patch(patch.clone())))
    };
    html! {
        <li id={format!("problem-{index}")} data-code={problem.code.clone()}>
            <span {class} role="img" aria-label={word}>{ glyph }</span>
            <div>
                <button type="button" class="where" {onclick}>{ place }</button>
                if is_blank {
                    <p>{ text::to_fill_in(&path) }</p>
                } else {
                    <p>{ quoted(&problem.message) }</p>
                    // A remedy that is one click says what to do by itself.
                    if problem.fix.as_ref().is_none_or(|(title, _)| *title != problem.help) {
                        <p class="help">{ quoted(&problem.help) }</p>
                    }
                }
                if let Some((title, patch)) = &problem.fix {
                    <button type="button" class="btn small fix" onclick={mend(patch)}>{ quoted(&format!("Fix: {title}")) }</button>
                }
            </div>
        </li>
    }
}
