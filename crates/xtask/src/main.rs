//! `cargo xtask …`: from a bare machine to a served page, and every check.
//!
//! Each step is skipped when it is satisfied, says what it does and how long it took, and fails with one
//! sentence that names the missing thing and the remedy. Versions of tools stand in `tools.rs` alone.
#![allow(clippy::disallowed_methods, reason = "set-up is made of files, environment and clocks")]

mod bench;
mod compare;
mod dist;
mod package;
mod shell;
mod test;
mod tools;
mod wasm;

use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

type Result<T> = std::result::Result<T, String>;

const USAGE: &str = "usage: cargo xtask COMMAND

  serve [--port N]  install what is missing, build, and serve the page with live reload
  test              install what is missing and run every check
  browser [ARG]…    build the page quickly and run its tests in Chromium, or those that Playwright's arguments choose
  bench [SIZE]…     print the benchmark tables, of 10k, 100k, 1M and 10M images or of these
  dist              write the static site to dist/
  package           write the npm package to target/package/";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let result = match args.as_slice() {
        ["serve"] => dist::serve("8080"),
        ["serve", "--port", port] => dist::serve(port),
        ["test"] => test::run_all(),
        ["browser", args @ ..] => test::browser_quickly(args),
        ["bench", sizes @ ..] => bench::run_all(sizes),
        ["dist"] => dist::run(),
        ["package"] => package::run(),
        _ => Err(USAGE.to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

/// The top of the work tree.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").components().fold(PathBuf::new(), |mut path, part| {
        if part == std::path::Component::ParentDir {
            path.pop();
        } else {
            path.push(part);
        }
        path
    })
}
