//! Tools of fixed versions, installed once per user outside the work tree.

use std::collections::hash_map::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::path::PathBuf;

use crate::Result;
use crate::root;
use crate::shell::command;
use crate::shell::output;
use crate::shell::path_with;
use crate::shell::run;
use crate::shell::step;
use crate::shell::which;

// 0.22 needs a newer compiler than the one that the workspace asks for.
const TRUNK: &str = "0.21.14";

/// Folder for everything that is downloaded or built outside the work tree.
pub(crate) fn cache() -> Result<PathBuf> {
    let variable = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("AFTERIMAGE_CACHE")
        .or_else(|| variable("XDG_CACHE_HOME").map(|cache| cache.join("afterimage")))
        .or_else(|| variable("LOCALAPPDATA").map(|cache| cache.join("afterimage")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache/afterimage")))
        .ok_or_else(|| "there is no home folder for tools; set AFTERIMAGE_CACHE to a folder".to_owned())
}

/// Folder that holds Trunk in the right version.
pub(crate) fn trunk() -> Result<PathBuf> {
    // Trunk is a tool, not a product: its own release profile costs a quarter of an hour.
    let quick = [
        ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
        ("CARGO_PROFILE_RELEASE_LTO", "off"),
        ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "256"),
    ];
    installed("trunk", "trunk", TRUNK, &["--locked"], &quick)
}

/// Folder that holds the wasm-bindgen command line in the version of the lock file.
pub(crate) fn wasm_bindgen() -> Result<PathBuf> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).unwrap_or_default();
    let version = locked_version(&lock, "wasm-bindgen")
        .ok_or("wasm-bindgen is not in Cargo.lock; run `cargo generate-lockfile`")?;
    installed("wasm-bindgen-cli", "wasm-bindgen", version, &[], &[])
}

/// `node_modules` of the browser tests.
pub(crate) fn npm() -> Result<PathBuf> {
    node_modules("tests/browser")
}

/// `node_modules` of a folder, in step with its lock file.
pub(crate) fn node_modules(name: &str) -> Result<PathBuf> {
    let folder = root().join(name);
    let modules = folder.join("node_modules");
    let lock = std::fs::read_to_string(folder.join("package-lock.json"))
        .map_err(|error| format!("{name}/package-lock.json cannot be read: {error}"))?;
    let stamp = modules.join(".afterimage-lock");
    if std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(modules);
    }
    let npm = npm_program()?;
    step(&format!("npm ci in {name}"), || {
        run(command(npm, &["ci", "--no-audit", "--no-fund"])
            .current_dir(&folder)
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))
    })?;
    std::fs::write(stamp, lock).map_err(|error| format!("node_modules cannot be written: {error}"))?;
    Ok(modules)
}

/// npm itself.
pub(crate) fn npm_program() -> Result<PathBuf> {
    let npm = which("npm").or_else(|| which("npm.cmd"));
    npm.ok_or_else(|| "npm is missing; install Node.js 20 or newer, which brings it".to_owned())
}

/// Python that has the packages of a requirements file.
pub(crate) fn python(requirements: &str) -> Result<PathBuf> {
    let wanted = std::fs::read_to_string(root().join(requirements))
        .map_err(|error| format!("{requirements} cannot be read: {error}"))?;
    let mut hasher = DefaultHasher::new();
    wanted.hash(&mut hasher);
    let folder = cache()?.join(format!("python-{:016x}", hasher.finish()));
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let stamp = folder.join("complete");
    if stamp.exists() {
        return Ok(python);
    }
    let system = which("python3").or_else(|| which("python"));
    let system = system.ok_or("python3 is missing; install Python 3.10 or newer with its venv module")?;
    step(&format!("Python packages of {requirements}"), || {
        let folder = folder.to_string_lossy();
        run(&mut command(system, &["-m", "venv", "--clear", &folder]))?;
        run(&mut command(&python, &["-m", "pip", "install", "--quiet", "-r", requirements]))
    })?;
    std::fs::write(stamp, "").map_err(|error| format!("the cache cannot be written: {error}"))?;
    Ok(python)
}

/// Chromium or Chrome.
pub(crate) fn chromium() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("CHROMIUM").map(PathBuf::from) {
        return if path.is_file() {
            Ok(path)
        } else {
            Err(format!("CHROMIUM names {}, which is no file; correct or unset it", path.display()))
        };
    }
    let find = || {
        let names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
        let mac = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
        names.into_iter().find_map(which).or_else(|| Some(PathBuf::from(mac)).filter(|path| path.is_file()))
    };
    if let Some(path) = find() {
        return Ok(path);
    }
    crate::shell::apt(&["chromium"])?;
    find().ok_or_else(|| "Chromium is missing; install Chromium or Chrome, or set CHROMIUM to it".to_owned())
}

/// Firefox, or `None` where it is not installed and Debian's packages are out of reach.
pub(crate) fn firefox() -> Result<Option<PathBuf>> {
    let find = || {
        let named = std::env::var_os("FIREFOX").map(PathBuf::from);
        named.or_else(|| ["firefox-esr", "firefox"].into_iter().find_map(which))
    };
    if let Some(path) = find() {
        return Ok(Some(path));
    }
    Ok(if crate::shell::apt(&["firefox-esr"])? { find() } else { None })
}

/// Folder of a tool's executable: the one on PATH, the one in the cache, or a fresh one.
fn installed(
    package: &str,
    program: &str,
    version: &str,
    args: &[&str],
    environment: &[(&str, &str)],
) -> Result<PathBuf> {
    let folder = cache()?.join("tools").join(format!("{package}-{version}"));
    let is_right = |folder: &PathBuf| {
        output(&mut command(folder.join(program), &["--version"]))
            .is_some_and(|answer| answer.split_whitespace().any(|word| word == version))
    };
    let on_path = which(program).and_then(|path| path.parent().map(PathBuf::from));
    for folder in on_path.into_iter().chain([folder.join("bin")]) {
        if is_right(&folder) {
            return Ok(folder);
        }
    }
    let target = folder.to_string_lossy();
    step(&format!("{package} {version} into {target}"), || {
        if which("cargo-binstall").is_some() {
            let wanted = format!("{package}@{version}");
            let binstall = ["binstall", "--no-confirm", "--root", &target, &wanted];
            if output(&mut command("cargo", &binstall)).is_some() {
                return Ok(());
            }
        }
        let install = ["install", package, "--version", version, "--root", &target, "--quiet"];
        run(command("cargo", &install).args(args).envs(environment.iter().copied()))
    })
    .map_err(|error| format!("{error}; install {package} {version} yourself and put it on PATH"))?;
    Ok(folder.join("bin"))
}

/// Environment in which the page is built: tools first on PATH.
pub(crate) fn page_path(wasm: &crate::wasm::Toolchain) -> Result<std::ffi::OsString> {
    let bin = npm()?.join(".bin");
    let mut folders = vec![trunk()?, wasm_bindgen()?, bin];
    folders.extend(wasm.folder.clone());
    path_with(&folders)
}

/// The version that a lock file has for a package.
fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| *line != name);
    lines.nth(1)?.strip_prefix("version = \"")?.strip_suffix('"')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_file_tells_a_version() {
        let lock = "[[package]]\nname = \"wasm-bindgen-futures\"\nversion = \"0.4.1\"\n\n[[package]]\nname = \"wasm-bindgen\"\nversion = \"0.2.3\"\n";
        assert_eq!(locked_version(lock, "wasm-bindgen"), Some("0.2.3"));
        assert_eq!(locked_version(lock, "yew"), None);
    }
}
