//! `cargo xtask test`: every check, in the order in which a mistake is cheapest to find.

use std::path::PathBuf;
use std::time::Instant;

use crate::Result;
use crate::bench;
use crate::dist;
use crate::package;
use crate::root;
use crate::shell::command;
use crate::shell::run;
use crate::shell::step;
use crate::tools;
use crate::wasm::TARGET;
use crate::wasm::Toolchain;

type Check = (&'static str, fn() -> Result<()>);

pub(crate) fn run_all() -> Result<()> {
    let checks: [Check; 10] = [
        ("formatting", formatting),
        ("Clippy, native", clippy),
        ("Clippy, wasm32", clippy_wasm),
        ("unit, case, property and doc tests", unit),
        ("outside oracles", oracles),
        ("AWS clients of the served API", clients),
        ("release build of the page", dist::run),
        ("browser tests", browser),
        ("the page in Firefox", firefox),
        ("npm package in Node and Chromium", package::test),
    ];
    let mut rows = Vec::new();
    for (name, check) in checks {
        let start = Instant::now();
        let result = step(name, check);
        rows.push((name, result, start.elapsed().as_secs_f64()));
    }
    println!();
    for (name, result, seconds) in &rows {
        let outcome = match result {
            Ok(()) => "passed",
            Err(_) => "FAILED",
        };
        println!("{outcome}  {name} ({seconds:.1} s)");
        if let Err(error) = result {
            println!("        {error}");
        }
    }
    let failed = rows.iter().filter(|(_, result, _)| result.is_err()).count();
    let passed = rows.len() - failed;
    println!("{passed} passed, {failed} failed");
    if failed == 0 { Ok(()) } else { Err(format!("{failed} of {} checks failed", rows.len())) }
}

fn formatting() -> Result<()> {
    run(&mut command("cargo", &["fmt", "--all", "--", "--check"]))
}

fn clippy() -> Result<()> {
    // The measuring that a published page does not have is looked at here, the page without it for wasm32.
    let features = ["--features", "afterimage-web/bench"];
    let args = ["clippy", "--quiet", "--workspace", "--all-targets"];
    run(command("cargo", &args).args(features).args(["--", "-D", "warnings"]))
}

fn clippy_wasm() -> Result<()> {
    let crates = ["policy", "inventory", "simulator", "service", "wasm", "web"];
    let crates = crates.map(|name| format!("afterimage-{name}"));
    let args = ["clippy", "--quiet", "--target", TARGET].into_iter();
    let args =
        args.chain(crates.iter().flat_map(|name| ["-p", name.as_str()])).chain(["--", "-D", "warnings"]);
    let args: Vec<&str> = args.collect();
    run(&mut Toolchain::find()?.cargo(&args)?)
}

fn unit() -> Result<()> {
    run(&mut command("cargo", &["test", "--quiet", "--workspace"]))
}

fn oracles() -> Result<()> {
    let python = tools::python("tests/oracles/requirements.txt")?;
    let cdk = tools::node_modules("tests/oracles/cdk")?;
    run(&mut command("cargo", &["build", "--quiet", "-p", "afterimage-cli"]))?;
    run(&mut command(&python, &["tests/oracles/check_exports.py"]))?;
    run(&mut command(&python, &["tests/oracles/check_notations.py", &cdk.to_string_lossy()]))?;
    run(&mut command(&python, &["tests/oracles/check_service.py"]))?;
    tools::node_modules("tests/oracles/sarif")?;
    run(&mut command("node", &["tests/oracles/sarif/check_sarif.mjs"]))?;
    bench::rivals_agree()
}

fn clients() -> Result<()> {
    let python = tools::python("tests/clients/python/requirements.txt")?;
    run(&mut command("cargo", &["build", "--quiet", "-p", "afterimage-cli"]))?;
    run(&mut command(python, &["-m", "unittest", "discover", "--start-directory", "tests/clients/python"]))
}

fn browser() -> Result<()> {
    chromium(&[])
}

fn firefox() -> Result<()> {
    if let Some(firefox) = tools::firefox()? {
        return playwright("firefox", ("FIREFOX", firefox), &[]);
    }
    println!("   there is no Firefox here, so the page is not tried in it");
    Ok(())
}

/// `cargo xtask browser`: a quick build of the page, and those of the browser tests that the arguments choose.
pub(crate) fn browser_quickly(args: &[&str]) -> Result<()> {
    dist::build_quickly()?;
    chromium(args)
}

fn chromium(args: &[&str]) -> Result<()> {
    playwright("chromium", ("CHROMIUM", tools::chromium()?), args)
}

fn playwright(project: &str, browser: (&str, PathBuf), args: &[&str]) -> Result<()> {
    let playwright = tools::npm()?.join(".bin/playwright");
    run(command(playwright, &["test", &format!("--project={project}")])
        .args(args)
        .current_dir(root().join("tests/browser"))
        .envs([browser]))
}
