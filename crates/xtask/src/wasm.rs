//! A compiler that can build for wasm32.
//!
//! The one in use when it has the standard library for wasm32; else rustup adds it; else, on Debian without
//! access to rustup's downloads, Debian's own compiler builds that library from Debian's sources.

use std::path::Path;
use std::path::PathBuf;
use std::process::Command;

use crate::Result;
use crate::root;
use crate::shell::apt;
use crate::shell::command;
use crate::shell::copy_files;
use crate::shell::output;
use crate::shell::run;
use crate::shell::step;
use crate::tools::cache;

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The oldest compiler that builds the workspace.
const OLDEST: &str = env!("CARGO_PKG_RUST_VERSION");

/// Where the compiler is, and what a build needs besides.
#[derive(Debug, Clone)]
pub(crate) struct Toolchain {
    /// Folder of cargo and rustc to put first on PATH; `None`: the ones in use.
    pub(crate) folder: Option<PathBuf>,
}

/// Variables that cargo and rustup set for `cargo xtask` itself, and that would tie a build to its compiler.
const INHERITED: [&str; 6] =
    ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTC", "RUSTDOC", "RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS"];

impl Toolchain {
    /// Finds or makes one.
    pub(crate) fn find() -> Result<Self> {
        if has_target("rustc") {
            return Ok(Self { folder: None });
        }
        let debian = Path::new("/usr/bin");
        if has_target(debian.join("rustc")) && debian.join("wasm-ld").exists() {
            return Ok(Self { folder: Some(debian.to_owned()) });
        }
        let added = step(&format!("rustup target add {TARGET}"), || {
            output(&mut command("rustup", &["target", "add", TARGET])).ok_or_else(String::new)
        });
        if added.is_ok() && has_target("rustc") {
            return Ok(Self { folder: None });
        }
        println!("   rustup cannot add it here; trying Debian's compiler");
        debian_toolchain()?;
        Ok(Self { folder: Some(debian.to_owned()) })
    }

    /// Sets up a command so that its builds use this compiler.
    pub(crate) fn apply<'a>(&self, command: &'a mut Command) -> Result<&'a mut Command> {
        // A folder of its own: two compilers in one would rebuild everything at each turn.
        command.env("CARGO_TARGET_DIR", root().join("target/wasm"));
        if let Some(folder) = &self.folder {
            for name in INHERITED {
                command.env_remove(name);
            }
            if command.get_envs().all(|(name, _)| name != "PATH") {
                command.env("PATH", crate::shell::path_with(std::slice::from_ref(folder))?);
            }
            command.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", "wasm-ld");
        }
        Ok(command)
    }

    /// Cargo of this compiler.
    pub(crate) fn cargo(&self, args: &[&str]) -> Result<Command> {
        let program =
            self.folder.as_ref().map_or_else(|| PathBuf::from("cargo"), |folder| folder.join("cargo"));
        let mut command = command(program, args);
        self.apply(&mut command)?;
        Ok(command)
    }
}

/// Whether a compiler is recent enough and has a standard library for wasm32 that fits it. An empty crate tells:
/// files alone may be those of another version.
fn has_target(rustc: impl AsRef<std::ffi::OsStr>) -> bool {
    let rustc = rustc.as_ref();
    let args = ["--target", TARGET, "--crate-type", "lib", "--emit", "metadata=-", "-"];
    is_recent(&version(rustc)) && output(&mut command(rustc, &args)).is_some()
}

/// `1.95.0`, or nothing.
fn version(rustc: &std::ffi::OsStr) -> String {
    let answer = output(&mut command(rustc, &["--version"])).unwrap_or_default();
    answer.split_whitespace().nth(1).unwrap_or_default().to_owned()
}

/// Whether a compiler of this version builds the workspace.
fn is_recent(version: &str) -> bool {
    let numbers =
        |text: &str| -> Vec<u32> { text.split(['.', '-']).map_while(|number| number.parse().ok()).collect() };
    numbers(version) >= numbers(OLDEST)
}

/// Installs Debian's compiler and builds its standard library for wasm32.
fn debian_toolchain() -> Result<()> {
    let remedy = "the wasm32 standard library is missing; run `rustup target add wasm32-unknown-unknown` where \
                  its downloads are reachable";
    let packages = ["rustc-web", "cargo-web", "rust-web-src", "rust-web-clippy", "lld"];
    if !apt(&packages).map_err(|error| format!("{remedy} ({error})"))? {
        return Err(remedy.to_owned());
    }
    if has_target("/usr/bin/rustc") {
        return Ok(());
    }
    let version = version("/usr/bin/rustc".as_ref());
    if !is_recent(&version) {
        return Err(format!("{remedy} (Debian's compiler is {version}, and older than {OLDEST})"));
    }
    let sources = PathBuf::from(format!("/usr/src/rustc-{version}/library"));
    let work = cache()?.join("wasm-std");
    let library = work.join("library");
    step("standard library for wasm32 from Debian's sources", || {
        let _ = std::fs::remove_dir_all(&work);
        std::fs::create_dir_all(&work)
            .map_err(|error| format!("{} cannot be made: {error}", work.display()))?;
        run(&mut command("cp", &["-r", &sources.to_string_lossy(), &library.to_string_lossy()]))?;
        let mut build = command(
            "/usr/bin/cargo",
            &["build", "--quiet", "--release", "--locked", "--target", TARGET, "--manifest-path"],
        );
        build.arg(library.join("sysroot/Cargo.toml"));
        for name in INHERITED {
            build.env_remove(name);
        }
        // What Debian's own build passes: without these the result does not fit the compiler.
        build
            .env("PATH", crate::shell::path_with(&[PathBuf::from("/usr/bin")])?)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("__CARGO_DEFAULT_LIB_METADATA", "stablestd")
            .env("RUSTFLAGS", "-Cembed-bitcode=yes -Zforce-unstable-if-unmarked")
            .env("CARGO_TARGET_DIR", work.join("target"));
        // The sources name a dev-dependency that they do not bring; outside the work tree no setting of the
        // project reaches the build.
        run(build.current_dir(&library))?;
        let built = work.join("target").join(TARGET).join("release/deps");
        let sysroot = output(&mut command("/usr/bin/rustc", &["--print", "sysroot"])).unwrap_or_default();
        let to = Path::new(&sysroot).join("lib/rustlib").join(TARGET).join("lib");
        // What an earlier version left beside it would be taken for another candidate.
        let _ = std::fs::remove_dir_all(&to);
        copy_files(&built, &to, &[".rlib", ".rmeta"])?;
        let _ = std::fs::remove_dir_all(&work);
        Ok(())
    })?;
    if has_target("/usr/bin/rustc") { Ok(()) } else { Err(remedy.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::is_recent;

    #[test]
    fn versions_compare_as_numbers() {
        assert!(is_recent("1.100.0") && is_recent("2.0.0-nightly") && is_recent(super::OLDEST));
        assert!(!is_recent("1.9.0") && !is_recent(""));
    }
}
