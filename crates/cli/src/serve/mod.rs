//! `afterimage serve`: the lifecycle API over HTTP, for clients on this machine.
//!
//! `afterimage-service` decides every answer of the API. Here is what a server needs besides: a port, a file for the
//! state, and limits to its patience with clients.

mod clock;
mod connections;
mod door;
mod office;
mod refusal;
mod start;
mod state;

use std::io::Write;

use crate::CommandError;
use crate::PolicyIs;
use crate::args::ServeArgs;
use crate::input;
use crate::serve::office::Office;
use crate::serve::state::StateFile;

/// Serves until it is told to stop.
pub(crate) fn run(args: &ServeArgs, out: &mut impl Write) -> Result<PolicyIs, CommandError> {
    input::standard_input_once(args.inventory.iter())?;
    let (service, file) = match &args.state {
        Some(path) => {
            let (place, document) = state::open(path)?;
            let service = match document {
                Some(document) => start::continued(args, path, &document)?,
                None => start::begun(args)?,
            };
            let file = StateFile::begin(place, &service)?;
            (service, Some(file))
        }
        None => (start::begun(args)?, None),
    };
    connections::run(args.port, Office::new(service, file), |address| {
        writeln!(out, "listening on http://{address}")?;
        out.flush()
    })?;
    Ok(PolicyIs::Usable)
}
