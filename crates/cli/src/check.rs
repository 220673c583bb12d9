//! `afterimage check`: diagnostics only.

use std::io::Write;
use std::path::Path;

use afterimage_policy::Diagnostic;
use afterimage_policy::Place;
use afterimage_policy::Reading;
use afterimage_policy::Severity;
use afterimage_simulator::Plan;
use serde_json::json;

use crate::CommandError;
use crate::PolicyIs;
use crate::args::CheckArgs;
use crate::args::CheckFormat;
use crate::input;
use crate::notes;
use crate::sarif;
use crate::table;
use crate::wording::counted;
use crate::wording::plain;

pub(crate) fn run(args: &CheckArgs, out: &mut impl Write) -> Result<PolicyIs, CommandError> {
    input::standard_input_once([&args.policy].into_iter().chain(&args.inventory))?;
    let reading = input::policy(&args.policy, args.resource.as_deref())?;
    let mut diagnostics = afterimage_simulator::check_policy(&reading, args.assume.chosen());
    if !args.inventory.is_empty() {
        let inventory = input::inventory(&args.inventory)?;
        notes::skipped(&inventory)?;
        if let Some(policy) = reading.policy() {
            let plan = Plan::assuming(&policy, &inventory, args.assume.chosen());
            let now = args.now.unwrap_or_else(input::now);
            let found = afterimage_simulator::check_inventory(&plan, &inventory, reading.root(), now);
            diagnostics.extend(found.into_iter().map(|found| reading.located(found)));
        }
    }
    match args.format {
        CheckFormat::Json => {
            serde_json::to_writer_pretty(
                &mut *out,
                &json!({ "diagnostics": diagnostics, "defaults": reading.filled_in() }),
            )?;
            writeln!(out)?;
        }
        CheckFormat::Sarif => {
            serde_json::to_writer_pretty(&mut *out, &sarif::log(&diagnostics, &reading, &args.policy))?;
            writeln!(out)?;
        }
        CheckFormat::Text => {
            print(&diagnostics, &reading, &args.policy, out)?;
            writeln!(out, "{}", summary(&diagnostics))?;
        }
    }
    Ok(policy_is(&diagnostics))
}

pub(crate) fn policy_is(diagnostics: &[Diagnostic]) -> PolicyIs {
    let wrong = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    if wrong { PolicyIs::Wrong } else { PolicyIs::Usable }
}

/// Every diagnostic with its place, in the document and in its file, and what to do.
pub(crate) fn print(
    diagnostics: &[Diagnostic],
    reading: &Reading,
    file: &Path,
    out: &mut impl Write,
) -> std::io::Result<()> {
    for Diagnostic { code, severity, path, message, help, fix } in diagnostics {
        let style = match severity {
            Severity::Error => table::RED,
            Severity::Warning => table::AMBER,
            Severity::Info => table::BLUE,
        };
        let pointer = if path.is_empty() { "/" } else { path };
        let (pointer, message) = (plain(pointer), plain(message));
        writeln!(out, "{style}{}{style:#} {pointer}: {message} [{code}]", severity.as_str())?;
        if let Some(Place { line, column, .. }) = reading.place(path) {
            writeln!(out, "  at {}:{line}:{column}", input::name(file))?;
        }
        writeln!(out, "  help: {}", plain(help))?;
        if let Some(fix) = fix {
            writeln!(out, "  fix: {}", plain(&fix.title))?;
        }
    }
    Ok(())
}

/// The last line: how bad it is.
pub(crate) fn summary(diagnostics: &[Diagnostic]) -> String {
    let count = |severity| diagnostics.iter().filter(|diagnostic| diagnostic.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    match (errors, warnings) {
        (0, 0) => "the policy is valid".to_owned(),
        (0, _) => format!("the policy is valid, with {}", counted(warnings, "warning")),
        (_, 0) => format!("the policy has {}", counted(errors, "error")),
        _ => format!("the policy has {} and {}", counted(errors, "error"), counted(warnings, "warning")),
    }
}
