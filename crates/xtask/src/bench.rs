//! `cargo xtask bench`: tables of numbers, never a test.

use std::process::Command;

use serde_json::Value;

use crate::Result;
use crate::compare;
use crate::compare::Row;
use crate::dist;
use crate::root;
use crate::shell::command;
use crate::shell::output;
use crate::shell::run;
use crate::shell::step;
use crate::tools;

const SIZES: [&str; 4] = ["10k", "100k", "1M", "10M"];
const REQUIREMENTS: &str = "crates/bench/rivals/requirements.txt";
const NOW: &str = "2026-11-23 12:00:00";

/// The largest fleet that is written to files, three and a half gigabytes; above it, natively only.
const MOST_ON_DISK: u64 = 1_000_000;
/// Custodian takes a millisecond an image, so that more would take half an hour and say the same.
const MOST_FOR_CUSTODIAN: u64 = 10_000;

/// The machine's tools, made ready once.
struct Tools {
    native: String,
    python: String,
    chromium: std::path::PathBuf,
}

pub(crate) fn run_all(sizes: &[&str]) -> Result<()> {
    let sizes = if sizes.is_empty() { &SIZES } else { sizes };
    let sizes: Vec<u64> = sizes.iter().map(|size| images(size)).collect::<Result<_>>()?;
    step("native build", || {
        let both = ["-p", "afterimage-bench", "-p", "afterimage-cli"];
        run(command("cargo", &["build", "--quiet", "--release"]).args(both))
    })?;
    dist::build_with(&["bench"])?;
    tools::npm()?;
    let tools = Tools {
        native: root().join("target/release/afterimage-bench").display().to_string(),
        python: tools::python(REQUIREMENTS)?.display().to_string(),
        chromium: tools::chromium()?,
    };
    let mut rows = Vec::new();
    for &images in &sizes {
        rows.extend(step(&format!("{images} images"), || tools.measure(images))?);
    }
    println!("\n{}\n", compare::table(&rows));
    step("the served API, with 100 000 images", || served(&tools))?;
    step("the page in Chromium", || {
        // Smaller fleets are no test of it, and larger ones are not on the disk.
        let felt = sizes.iter().filter(|&&images| (100_000..=MOST_ON_DISK).contains(&images));
        let folders: Vec<String> =
            felt.map(|images| root().join(format!("target/bench/{images}")).display().to_string()).collect();
        run(command("node", &["bench.mjs"])
            .args(folders)
            .current_dir(root().join("tests/browser"))
            .env("CHROMIUM", &tools.chromium))
    })
}

/// Whether JavaScript that knows nothing of Afterimage counts the same in a small fleet. Nothing is timed.
pub(crate) fn rivals_agree() -> Result<()> {
    const IMAGES: u64 = 3000;
    let folder = root().join("target/bench/counted").display().to_string();
    let native = root().join("target/debug/afterimage-bench").display().to_string();
    run(&mut command("cargo", &["build", "--quiet", "-p", "afterimage-bench"]))?;
    run(&mut command(&native, &["generate", &IMAGES.to_string(), &folder]))?;
    let ours = answer(&mut command(&native, &["measure", &folder]))?;
    let theirs = answer(&mut command("node", &["crates/bench/rivals/count.mjs", &folder, NOW]))?;
    compare::agree(&[Row::new("Afterimage", IMAGES, ours), Row::new("JavaScript", IMAGES, theirs)])
}

/// How the command answers the lifecycle API over loopback.
fn served(tools: &Tools) -> Result<()> {
    let folder = root().join("target/bench/100000").display().to_string();
    run(&mut command(&tools.native, &["generate", "100000", &folder]))?;
    let program = root().join("target/release/afterimage").display().to_string();
    run(&mut command(&tools.native, &["serve", &program, &folder]))
}

/// `100k` is a hundred thousand.
fn images(size: &str) -> Result<u64> {
    let (digits, unit) = match size.strip_suffix(['k', 'M']) {
        Some(digits) if size.ends_with('k') => (digits, 1_000),
        Some(digits) => (digits, 1_000_000),
        None => (size, 1),
    };
    let number = digits.parse::<u64>().ok().and_then(|number| number.checked_mul(unit));
    number.ok_or_else(|| format!("`{size}` is no number of images; write 10k, 100k or 1M"))
}

impl Tools {
    /// Every row of one size. Fails when they do not count the same.
    fn measure(&self, images: u64) -> Result<Vec<Row>> {
        let row = |who, answer| Row::new(who, images, answer);
        if images > MOST_ON_DISK {
            let native = answer(&mut command(&self.native, &["stream", &images.to_string()]))?;
            return Ok(vec![row("Afterimage", native)]);
        }
        let folder = root().join(format!("target/bench/{images}")).display().to_string();
        run(&mut command(&self.native, &["generate", &images.to_string(), &folder]))?;
        let mut rows = vec![row("Afterimage", answer(&mut command(&self.native, &["measure", &folder]))?)];
        let mut browser = answer(
            command("node", &["bench-fleet.mjs", &folder])
                .current_dir(root().join("tests/browser"))
                .env("CHROMIUM", &self.chromium),
        )?;
        rows.push(row("Afterimage in Chromium", browser["chromium"].take()));
        rows.push(row("JavaScript in Chromium", browser["javascript"].take()));
        for (who, threads) in [("DuckDB, all cores", "0"), ("DuckDB, one core", "1")] {
            let program = "crates/bench/rivals/with_duckdb.py";
            rows.push(row(who, answer(&mut command(&self.python, &[program, &folder, NOW, threads]))?));
        }
        if images <= MOST_FOR_CUSTODIAN {
            let program = "crates/bench/rivals/with_custodian.py";
            let custodian = answer(&mut command(&self.python, &[program, &folder, NOW]))?;
            rows.push(row("Cloud Custodian, actions only", custodian));
        }
        compare::agree(&rows)?;
        Ok(rows)
    }
}

/// The JSON that a program prints.
fn answer(command: &mut Command) -> Result<Value> {
    let name = format!("{command:?}");
    let text = output(command).ok_or_else(|| format!("{name} failed; run it to see why"))?;
    serde_json::from_str(&text).map_err(|error| format!("{name} printed no JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_written_short() {
        assert_eq!(images("10k"), Ok(10_000));
        assert_eq!(images("1M"), Ok(1_000_000));
        assert_eq!(images("250"), Ok(250));
        assert!(images("many").is_err());
    }
}
