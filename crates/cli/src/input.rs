//! Files, standard input and the clock.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::path::PathBuf;
use std::time::SystemTime;
use std::time::UNIX_EPOCH;

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::LoadError;
use afterimage_inventory::Loader;
use afterimage_policy::Reading;
use afterimage_simulator::UnknownRecipe;

use crate::CommandError;
use crate::progress::Watched;

/// Reads the policy; `resource` chooses among several. Text that is in no notation is unusable input; anything
/// else is diagnosed.
pub(crate) fn policy(path: &Path, resource: Option<&str>) -> Result<Reading, CommandError> {
    let mut bytes = Vec::new();
    open(path)?.read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    let text = afterimage_inventory::text(&name(path), &bytes).map_err(refused)?;
    let reading = afterimage_policy::read_resource(&text, resource);
    match reading.diagnostics.first().filter(|_| reading.is_syntax_error) {
        Some(problem) => {
            let message = format!("{}: {}\n  help: {}", name(path), problem.message, problem.help);
            Err(CommandError::Input(message))
        }
        None => Ok(reading),
    }
}

pub(crate) fn inventory(paths: &[PathBuf]) -> Result<Inventory, CommandError> {
    let mut loader = Loader::new();
    for path in paths {
        let name = name(path);
        let result = loader.add(&name, Watched::new(open(path)?, &name));
        result.map_err(refused)?;
    }
    Ok(loader.finish())
}

/// Refuses builds of recipes that nothing in scope is from.
pub(crate) fn builds<'a>(mut unknown: impl Iterator<Item = &'a UnknownRecipe>) -> Result<(), CommandError> {
    unknown.next().map_or(Ok(()), |recipe| {
        Err(CommandError::Input(format!("--builds: {recipe}\n  help: {}", recipe.help)))
    })
}

/// Standard input is gone once it is read, so only one file can be `-`.
pub(crate) fn standard_input_once<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Result<(), CommandError> {
    if paths.filter(|path| is_standard_input(path)).count() < 2 {
        return Ok(());
    }
    let message = "`-`: standard input can be read only once\n  help: name the other files";
    Err(CommandError::Input(message.to_owned()))
}

/// Columns of the terminal that the output goes to; `None` where there is no terminal to fill.
pub(crate) fn width() -> Option<u16> {
    let wanted = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
    let terminal = || terminal_size::terminal_size_of(std::io::stdout()).map(|(width, _)| width.0);
    wanted.or_else(terminal).filter(|&columns| columns > 0)
}

/// The present, in whole seconds.
pub(crate) fn now() -> Instant {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant(i64::try_from(since.as_secs()).unwrap_or_default().saturating_mul(1000))
}

fn open(path: &Path) -> Result<Box<dyn Read>, CommandError> {
    if is_standard_input(path) {
        return Ok(Box::new(std::io::stdin()));
    }
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    Ok(Box::new(file))
}

fn refused(error: LoadError) -> CommandError {
    CommandError::Input(format!("{error}\n  help: {}", error.help))
}

fn unreadable(path: &Path, error: &std::io::Error) -> CommandError {
    CommandError::Input(format!("{}: cannot be read: {error}", name(path)))
}

pub(crate) fn is_standard_input(path: &Path) -> bool {
    path == Path::new("-")
}

/// What a file is called in a message.
pub(crate) fn name(path: &Path) -> String {
    if is_standard_input(path) { "standard input".to_owned() } else { path.display().to_string() }
}
