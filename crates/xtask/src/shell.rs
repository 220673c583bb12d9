//! Running other programs, and saying how long it took.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;
use std::time::Instant;

use crate::Result;

/// A program with its arguments, to be run from the top of the work tree.
pub(crate) fn command(program: impl AsRef<std::ffi::OsStr>, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(crate::root());
    command
}

/// Runs a program with its output shown.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("`{name}` cannot be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed with {status}", shown(command))) }
}

/// Runs a program for its standard output; `None` when it is missing or fails.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Does something that takes a while, and says how long it took.
pub(crate) fn step<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("── {what}");
    let start = Instant::now();
    let result = work();
    let end = if result.is_ok() { "done" } else { "failed" };
    println!("── {what}: {end} in {:.1} s", start.elapsed().as_secs_f64());
    result
}

/// Where a program is found on PATH.
pub(crate) fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .flat_map(|folder| [folder.join(program), folder.join(format!("{program}.exe"))])
        .find(|file| file.is_file())
}

/// PATH with folders put before it.
pub(crate) fn path_with(folders: &[PathBuf]) -> Result<std::ffi::OsString> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(folders.iter().cloned().chain(std::env::split_paths(&path)))
        .map_err(|error| format!("PATH cannot be extended: {error}"))
}

/// `apt-get install`, where there is one and the user may; says whether it was tried.
pub(crate) fn apt(packages: &[&str]) -> Result<bool> {
    let Some(apt) = which("apt-get") else { return Ok(false) };
    let root = output(&mut command("id", &["-u"])).as_deref() == Some("0");
    let runner = |args: &[&str]| {
        let mut command = if root { command(&apt, args) } else { command("sudo", &["-n", "apt-get"]) };
        if !root {
            command.args(args);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").stdout(Stdio::null());
        command
    };
    step(&format!("apt-get install {}", packages.join(" ")), || {
        let mut install = vec!["install", "-y", "-qq", "--no-install-recommends"];
        install.extend(packages);
        // Old package lists install old packages, and say nothing about it. Without a network they must do.
        if run(&mut runner(&["update", "-qq"])).is_err() {
            println!("   the package lists cannot be updated; going on with the ones that are here");
        }
        run(&mut runner(&install))
    })?;
    Ok(true)
}

/// Copies the files of a folder that have one of these endings.
pub(crate) fn copy_files(from: &Path, to: &Path, endings: &[&str]) -> Result<()> {
    let failed = |error: std::io::Error| {
        format!("cannot copy {} to {}: {error}; check the permissions", from.display(), to.display())
    };
    std::fs::create_dir_all(to).map_err(failed)?;
    for entry in std::fs::read_dir(from).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().unwrap_or_default();
        if endings.iter().any(|ending| name.to_string_lossy().ends_with(ending)) {
            std::fs::copy(&path, to.join(name)).map_err(failed)?;
        }
    }
    Ok(())
}

fn shown(command: &Command) -> String {
    let args = command.get_args().map(|arg| arg.to_string_lossy());
    let name = command.get_program().to_string_lossy();
    std::iter::once(name).chain(args).collect::<Vec<_>>().join(" ")
}
