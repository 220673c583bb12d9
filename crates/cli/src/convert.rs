//! `afterimage convert`: the policy in another notation.

use std::io::Write;

use crate::CommandError;
use crate::PolicyIs;
use crate::args::ConvertArgs;
use crate::args::Notation;
use crate::check;
use crate::input;

pub(crate) fn run(args: &ConvertArgs, out: &mut impl Write) -> Result<PolicyIs, CommandError> {
    let reading = input::policy(&args.policy)?;
    let text = match args.to {
        Notation::Create => reading.create_request(),
    };
    match text {
        Some(text) => {
            out.write_all(text.as_bytes())?;
            Ok(PolicyIs::Usable)
        }
        None => {
            let mut notes = anstream::stderr();
            check::print(&reading.diagnostics, &reading, &args.policy, &mut notes)?;
            writeln!(notes, "{}; nothing is converted", check::summary(&reading.diagnostics))?;
            Ok(PolicyIs::Wrong)
        }
    }
}
