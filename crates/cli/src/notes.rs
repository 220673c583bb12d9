//! What is said on standard error beside an answer.

use std::io::Write;
use std::path::Path;

use afterimage_inventory::Inventory;
use afterimage_policy::Diagnostic;
use afterimage_policy::Reading;

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

/// That no policy meets an image.
pub(crate) fn no_image(inventory: &Inventory) -> Result<(), CommandError> {
    if inventory.is_empty() {
        writeln!(anstream::stderr(), "there is no image in the exports")?;
    }
    Ok(())
}
