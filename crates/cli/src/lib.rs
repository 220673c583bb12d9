//! The `afterimage` command: reads files and the clock, asks the simulator, prints.
//!
//! What is printed is decided in the file of each command; words for people are in `wording`. This
//! crate decides nothing about images: that is `afterimage-simulator`'s work.
#![allow(
    clippy::disallowed_methods,
    reason = "this is the outermost layer, which may read files and the clock"
)]

mod args;
mod check;
mod compare;
mod consequences;
mod convert;
mod forecast;
mod input;
mod notes;
mod overlaps;
mod progress;
mod rows;
mod sarif;
mod serve;
mod simulate;
mod table;
mod wording;

use std::io::BufWriter;
use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;
use crate::args::Command;

/// Why a command stops before it has an answer. Exit code 2.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    /// Names the file and the place in it.
    #[error("{0}")]
    Input(String),
    #[error("cannot write the output: {0}")]
    Output(#[from] std::io::Error),
    #[error("cannot write the output: {0}")]
    Json(#[from] serde_json::Error),
    #[error("cannot write the output: {0}")]
    Csv(#[from] csv::Error),
}

/// Whether the policy was free of errors. Exit code 0 or 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PolicyIs {
    Usable,
    Wrong,
}

impl CommandError {
    /// A reader that closes the pipe early, such as `head`, has what it wants.
    fn is_broken_pipe(&self) -> bool {
        let kind = match self {
            Self::Input(_) => None,
            Self::Output(error) => Some(error.kind()),
            Self::Json(error) => error.io_error_kind(),
            Self::Csv(error) => match error.kind() {
                csv::ErrorKind::Io(error) => Some(error.kind()),
                _ => None,
            },
        };
        kind == Some(std::io::ErrorKind::BrokenPipe)
    }
}

/// Runs the command with the process's arguments.
pub fn main() -> ExitCode {
    let args = Args::parse();
    // A terminal's own buffer ends at each line, which is slow for a report of many.
    let mut out = BufWriter::new(anstream::stdout().lock());
    let result = match &args.command {
        Command::Simulate(args) => simulate::run(args, &mut out),
        Command::Forecast(args) => forecast::run(args, &mut out),
        Command::Compare(args) => compare::run(args, &mut out),
        Command::Overlaps(args) => overlaps::run(args, &mut out),
        Command::Check(args) => check::run(args, &mut out),
        Command::Convert(args) => convert::run(args, &mut out),
        Command::Serve(args) => serve::run(args, &mut out),
    };
    let result = result.and_then(|policy_is| {
        out.flush()?;
        Ok(policy_is)
    });
    match result {
        Ok(PolicyIs::Usable) => ExitCode::SUCCESS,
        Ok(PolicyIs::Wrong) => ExitCode::from(1),
        Err(error) if error.is_broken_pipe() => ExitCode::SUCCESS,
        Err(error) => {
            anstream::eprintln!("{}error:{} {error}", table::RED.render(), table::RED.render_reset());
            ExitCode::from(2)
        }
    }
}
