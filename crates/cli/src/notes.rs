//! What is said on standard error beside an answer.

use std::io::Write;
use std::path::Path;

use afterimage_inventory::Inventory;
use afterimage_policy::Diagnostic;
use afterimage_policy::Reading;
use afterimage_simulator::check_exports;

use crate::CommandError;
use crate::PolicyIs;
use crate::check;
use crate::table;
use crate::wording::plain;

/// What is to be said about a policy, and that it is not simulated when it has errors.
pub(crate) fn diagnostics(found: &[Diagnostic], reading: &Reading, file: &Path) -> Result<(), CommandError> {
    let mut notes = anstream::stderr();
    check::print(found, reading, file, &mut notes)?;
    if check::policy_is(found) == PolicyIs::Wrong {
        writeln!(notes, "{}; nothing is simulated", check::summary(found))?;
    }
    Ok(())
}

/// What the exports hold and could not be used.
pub(crate) fn skipped(inventory: &Inventory) -> Result<(), CommandError> {
    let mut notes = anstream::stderr();
    for skipped in &inventory.skipped {
        let style = table::AMBER;
        let path = if skipped.path.is_empty() { "/" } else { &skipped.path };
        writeln!(notes, "{style}skipped{style:#} {}: {path}: {}", skipped.source, plain(&skipped.message))?;
    }
    Ok(())
}

/// What is surprising about the exports, where no policy's diagnostics say it.
pub(crate) fn exports(inventory: &Inventory) -> Result<(), CommandError> {
    let mut notes = anstream::stderr();
    for Diagnostic { code, severity, message, help, .. } in check_exports(inventory, "") {
        let style = table::AMBER;
        writeln!(notes, "{style}{}{style:#} {} [{code}]", severity.as_str(), plain(&message))?;
        writeln!(notes, "  help: {}", plain(&help))?;
    }
    Ok(())
}
