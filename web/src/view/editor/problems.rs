//! Everything that is wrong or doubtful, each leading to its control.

use yew::prelude::*;

use crate::protocol::Level;
use crate::protocol::Problem;
use crate::text;
use crate::view::focus;

pub(super) fn problems(diagnostics: &[Problem], actions: &[String]) -> Html {
    if diagnostics.is_empty() {
        return html! { <section class="problems none" aria-label="Problems"><p class="ok">{ "✓ no problems" }</p></section> };
    }
    let count = |level: Level| diagnostics.iter().filter(|problem| problem.severity == level).count() as u32;
    let (errors, warnings, notes) = (count(Level::Error), count(Level::Warning), count(Level::Info));
    let parts = [(errors, "error", "errors"), (warnings, "warning", "warnings"), (notes, "note", "notes")];
    let title = parts.iter().filter(|part| part.0 > 0).map(|part| text::counted(part.0, part.1, part.2));
    let title = title.collect::<Vec<_>>().join(", ");
    // Errors first; ids follow the diagnostics' own order, which the fields refer to.
    let mut sorted: Vec<(usize, &Problem)> = diagnostics.iter().enumerate().collect();
    sorted.sort_by_key(|(_, problem)| problem.severity);
    html! {
        <section class="problems" aria-label="Problems" id="problems">
            <h2>{ title }</h2>
            <ul>{ for sorted.into_iter().map(|(index, problem)| item(index, problem, actions)) }</ul>
        </section>
    }
}

fn item(index: usize, problem: &Problem, actions: &[String]) -> Html {
    let (class, glyph, word) = match problem.severity {
        Level::Error => ("bad", "✕", "error"),
        Level::Warning => ("warn", "▲", "warning"),
        Level::Info => ("info", "ℹ", "note"),
    };
    let path = problem.path.clone();
    let onclick = Callback::from(move |_: MouseEvent| focus(&path));
    html! {
        <li id={format!("problem-{index}")} data-code={problem.code.clone()}>
            <span {class} role="img" aria-label={word}>{ glyph }</span>
            <div>
                <button type="button" class="where" {onclick}>{ text::place(&problem.path, actions) }</button>
                <p>{ problem.message.clone() }</p>
                <p class="help">{ problem.help.clone() }</p>
            </div>
        </li>
    }
}
