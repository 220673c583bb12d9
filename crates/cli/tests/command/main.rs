//! The command as a user meets it: arguments and files in; exit code, standard output and error out.
#![allow(clippy::unwrap_used, reason = "a test may stop at what it does not expect")]
#![allow(clippy::disallowed_methods, reason = "these tests are made of files")]

mod check;
mod convert;
mod documentation;
mod forecast;
mod golden;
mod inputs;
mod outputs;
mod overlaps;
mod refusals;
mod run;
mod sarif;
mod schema;
mod serve;
