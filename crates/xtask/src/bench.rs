//! `cargo xtask bench`: tables of numbers, never a test.

use crate::Result;
use crate::dist;
use crate::root;
use crate::shell::command;
use crate::shell::run;
use crate::shell::step;
use crate::tools;

pub(crate) fn run_all() -> Result<()> {
    step("native benchmarks", || run(&mut command("cargo", &["bench", "-p", "afterimage-simulator"])))?;
    dist::build()?;
    let chromium = tools::chromium()?;
    tools::npm()?;
    step("benchmarks in Chromium", || {
        run(command("node", &["bench.mjs"])
            .current_dir(root().join("tests/browser"))
            .env("CHROMIUM", chromium))
    })
}
