//! The npm package: one WebAssembly module, the glue of each build, and the TypeScript around it.

use std::fs;
use std::path::Path;
use std::path::PathBuf;

use crate::Result;
use crate::dist;
use crate::root;
use crate::shell::command;
use crate::shell::copy_files;
use crate::shell::run as shell_run;
use crate::shell::step;
use crate::tools;
use crate::wasm::TARGET;
use crate::wasm::Toolchain;

const NAME: &str = "afterimage-wasm";
/// Of the workspace.
const VERSION: &str = env!("CARGO_PKG_VERSION");
const CLIENTS: &str = "tests/clients/javascript";

/// `cargo xtask package`: the tarball, with the size of each file in it.
pub(crate) fn run() -> Result<()> {
    let tarball = build()?;
    println!("{}", dist::sizes(&folder().join(NAME))?);
    let size = fs::metadata(&tarball).map_or(0, |file| file.len());
    println!("{} ({size} bytes)", tarball.display());
    Ok(())
}

fn folder() -> PathBuf {
    root().join("target/package")
}

/// Writes the tarball, and says where.
fn build() -> Result<PathBuf> {
    let toolchain = Toolchain::find()?;
    let bindgen = tools::wasm_bindgen()?.join("wasm-bindgen");
    let optimise = tools::npm()?.join(".bin/wasm-opt");
    let tsc = tools::node_modules("crates/wasm/js")?.join(".bin/tsc");
    step("the npm package, release build", || {
        let folder = folder();
        let (source, package) = (folder.join("source"), folder.join(NAME));
        empty(&folder)?;
        shell_run(&mut toolchain.cargo(&[
            "build",
            "--quiet",
            "--release",
            "--target",
            TARGET,
            "-p",
            NAME,
        ])?)?;
        let module = root().join("target/wasm").join(TARGET).join("release/afterimage_wasm.wasm");
        for target in ["web", "bundler"] {
            let mut glue = command(&bindgen, &["--target", target, "--out-name", "afterimage", "--out-dir"]);
            shell_run(glue.arg(folder.join(target)).arg(&module))?;
        }
        let [web, bundler] = ["web", "bundler"].map(|target| folder.join(target).join("afterimage_bg.wasm"));
        if read(&web)? != read(&bundler)? {
            return Err(
                "wasm-bindgen makes another module for bundlers; the package has room for one".to_owned()
            );
        }
        // The builds differ in how the module is loaded: one more script for bundlers, which imports the module.
        let glue = source.join("glue");
        copy_files(&folder.join("web"), &glue, &["afterimage.js", "afterimage.d.ts"])?;
        copy_files(&folder.join("bundler"), &glue, &["afterimage_bg.js"])?;
        for ending in ["js", "d.ts"] {
            copy(
                &folder.join("bundler").join(format!("afterimage.{ending}")),
                &glue.join(format!("bundler.{ending}")),
            )?;
        }
        copy_files(&root().join("crates/wasm/js"), &source, &[".ts", "package.json", "tsconfig.json"])?;
        shell_run(command(tsc, &["--outDir"]).arg(&package).arg("--project").arg(&source))?;
        copy_files(&source, &package, &["index.d.ts", "types.d.ts"])?;
        // `index.d.ts` speaks for every build.
        for build in ["bundler", "node", "web"] {
            let _ = fs::remove_file(package.join(format!("{build}.d.ts")));
        }
        copy_files(&glue, &package.join("glue"), &[".js"])?;
        shell_run(command(optimise, &["-O", "-o"]).arg(package.join("glue/afterimage_bg.wasm")).arg(&web))?;
        copy_files(&root().join("crates/wasm/js"), &package, &["README.md"])?;
        copy(&root().join("LICENSE"), &package.join("LICENSE"))?;
        let manifest = text(&root().join("crates/wasm/js/package.json"))?;
        write(&package.join("package.json"), &with_version(&manifest)?)?;
        shell_run(npm(&["pack", "--silent", "--pack-destination"])?.arg(&folder).arg(&package))?;
        Ok(folder.join(format!("{NAME}-{VERSION}.tgz")))
    })
}

/// The manifest with the version of the workspace.
fn with_version(manifest: &str) -> Result<String> {
    let name = format!("\"name\": \"{NAME}\",");
    if !manifest.contains(&name) {
        return Err(format!("the package's manifest has no `{name}`, behind which its version belongs"));
    }
    Ok(manifest.replacen(&name, &format!("{name}\n  \"version\": \"{VERSION}\","), 1))
}

/// Installs the tarball where nothing else is, and lets strangers use it: the compiler of TypeScript, Node,
/// Chromium and the AWS SDK.
pub(crate) fn test() -> Result<()> {
    let tarball = build()?;
    println!("{}", dist::sizes(&folder().join(NAME))?);
    let chromium = tools::chromium()?;
    let modules = tools::node_modules(CLIENTS)?;
    let project = folder().join("project");
    empty(&project)?;
    write(&project.join("package.json"), "{ \"private\": true, \"type\": \"module\" }\n")?;
    let install = ["install", "--silent", "--offline", "--no-audit", "--no-fund"];
    shell_run(npm(&install)?.arg(&tarball).current_dir(&project))?;
    // The SDK's clients find it beside the SDK.
    let installed = modules.join(NAME);
    empty(&installed)?;
    copy_folder(&project.join("node_modules").join(NAME), &installed)?;
    let clients = root().join(CLIENTS);
    copy(&clients.join("consumer.ts"), &project.join("consumer.ts"))?;
    copy(&clients.join("consumer.tsconfig.json"), &project.join("tsconfig.json"))?;
    let tsc = modules.join(".bin/tsc");
    shell_run(command(&tsc, &["--project"]).arg(&project))?;
    shell_run(command(&tsc, &["--project"]).arg(&clients))?;
    shell_run(&mut command("cargo", &["build", "--quiet", "-p", "afterimage-cli"]))?;
    let options = ["--expose-gc", "--experimental-wasm-modules", "--no-warnings"];
    let mut node = command("node", &options);
    node.args(["--test", "--test-reporter=spec"]).current_dir(&clients);
    node.env("CHROMIUM", chromium).env("PROJECT", &project);
    // The command, whose answers are the package's.
    node.env("AFTERIMAGE", root().join("target/debug/afterimage"));
    shell_run(&mut node)
}

fn npm(args: &[&str]) -> Result<std::process::Command> {
    tools::npm_program().map(|npm| command(npm, args))
}

fn failed(path: &Path) -> impl Fn(std::io::Error) -> String + '_ {
    move |error| format!("{}: {error}", path.display())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(failed(path))
}

fn text(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(failed(path))
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text).map_err(failed(path))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::copy(from, to).map(drop).map_err(failed(to))
}

fn empty(folder: &Path) -> Result<()> {
    let _ = fs::remove_dir_all(folder);
    fs::create_dir_all(folder).map_err(failed(folder))
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).map_err(failed(to))?;
    for entry in fs::read_dir(from).map_err(failed(from))? {
        let path = entry.map_err(failed(from))?.path();
        let target = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() { copy_folder(&path, &target)? } else { copy(&path, &target)? }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_takes_the_version_of_the_workspace() {
        let manifest =
            with_version("{\n  \"name\": \"afterimage-wasm\",\n  \"type\": \"module\"\n}").unwrap();
        assert_eq!(
            manifest,
            format!(
                "{{\n  \"name\": \"afterimage-wasm\",\n  \"version\": \"{VERSION}\",\n  \"type\": \"module\"\n}}"
            )
        );
        assert!(with_version("{}").is_err());
    }
}
