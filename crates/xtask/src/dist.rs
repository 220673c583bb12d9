//! Building and serving the page.

use std::fs;
use std::hash::DefaultHasher;
use std::hash::Hash;
use std::hash::Hasher;
use std::io::Write;
use std::path::Path;
use std::process::Command;

use flate2::Compression;
use flate2::write::GzEncoder;

use crate::Result;
use crate::root;
use crate::shell;
use crate::shell::command;
use crate::shell::step;
use crate::tools;
use crate::wasm::Toolchain;

/// No request to any other host, no inline script or style, and no text that becomes markup or code: `boot.mjs` names
/// the only two scripts. Not in `index.html`, because Trunk's live reload is
/// an inline script.
const POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
                      connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; base-uri 'none'; form-action 'none'; \
                      require-trusted-types-for 'script'; trusted-types default";

/// `cargo xtask dist`: the static site, with the size of each asset.
pub(crate) fn run() -> Result<()> {
    build()?;
    println!("{}", sizes(&root().join("dist"))?);
    Ok(())
}

/// Writes the static site to `dist/`, with relative URLs, so that it works under any path.
pub(crate) fn build() -> Result<()> {
    build_with(&[])
}

/// The same with features that a published site does not have.
pub(crate) fn build_with(features: &[&str]) -> Result<()> {
    let mut trunk = trunk(&["build", "--release", "--cargo-profile", "page", "--public-url", "./"])?;
    if !features.is_empty() {
        trunk.args(["--features", &features.join(",")]);
    }
    step("the page, release build", || finish(&mut trunk))
}

/// Writes the site to `dist/` as fast as it can be built: larger and slower than what is published.
pub(crate) fn build_quickly() -> Result<()> {
    let mut trunk = trunk(&["build", "--cargo-profile", "quick", "--public-url", "./"])?;
    step("the page, quick build", || finish(&mut trunk))
}

/// Builds, and completes what Trunk cannot write.
fn finish(trunk: &mut Command) -> Result<()> {
    shell::run(trunk)?;
    let index = root().join("dist/index.html");
    let failed = |error: std::io::Error| format!("{} cannot be changed: {error}", index.display());
    let page = fs::read_to_string(&index).map_err(failed)?;
    fs::write(&index, with_policy(&page)?).map_err(failed)?;
    offline(&root().join("dist"))
}

/// Names every file of the site in the service worker, with a name for all of their contents.
fn offline(dist: &Path) -> Result<()> {
    const WORKER: &str = "sw.js";
    let failed = |error: std::io::Error| format!("{} cannot be completed: {error}", dist.display());
    let mut names = Vec::new();
    let mut contents = DefaultHasher::new();
    let mut files: Vec<_> =
        fs::read_dir(dist).and_then(Iterator::collect::<std::io::Result<Vec<_>>>).map_err(failed)?;
    files.sort_by_key(fs::DirEntry::file_name);
    for file in files {
        let name = file.file_name().to_string_lossy().into_owned();
        if name == WORKER {
            continue;
        }
        (&name, fs::read(file.path()).map_err(failed)?).hash(&mut contents);
        names.push(if name == "index.html" { "./".to_owned() } else { name });
    }
    let worker = fs::read_to_string(root().join("web").join(WORKER)).map_err(failed)?;
    let list = names.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let complete = worker.replacen("const FILES = [];", &format!("const FILES = [{list}];"), 1).replacen(
        "const VERSION = \"none\";",
        &format!("const VERSION = \"{:016x}\";", contents.finish()),
        1,
    );
    if complete.contains("const FILES = [];") || complete.contains("\"none\"") {
        return Err(format!("web/{WORKER} has no places for the names of the files and their version"));
    }
    fs::write(dist.join(WORKER), complete).map_err(failed)
}

/// The page with its content security policy, before anything that it governs.
fn with_policy(page: &str) -> Result<String> {
    let charset = "<meta charset=\"utf-8\">";
    let (before, after) = page.split_once(charset).ok_or_else(|| {
        format!("index.html has no `{charset}`, behind which the content security policy belongs")
    })?;
    let policy = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">");
    // A page that is being worked on is not kept for later, so this is the mark of one that is.
    let more = "<link rel=\"manifest\" href=\"manifest.webmanifest\">";
    Ok(format!("{before}{charset}\n    {policy}\n    {more}{after}"))
}

/// `cargo xtask serve`: the page with live reload on the loopback address.
pub(crate) fn serve(port: &str) -> Result<()> {
    if port.parse::<u16>().is_err() {
        return Err(format!("`{port}` is not a port; use a number from 1 to 65535"));
    }
    let mut trunk = trunk(&["serve", "--address", "127.0.0.1", "--port", port])?;
    println!("serving on http://127.0.0.1:{port}/ once the first build is done; Ctrl+C ends it");
    shell::run(&mut trunk)
}

fn trunk(args: &[&str]) -> Result<Command> {
    let toolchain = Toolchain::find()?;
    let path = tools::page_path(&toolchain)?;
    let mut trunk = command(tools::trunk()?.join("trunk"), args);
    // Every tool is on PATH by now, so Trunk has nothing to download.
    trunk.args(["--offline", "true"]).env("PATH", path).env("TRUNK_SKIP_VERSION_CHECK", "true");
    // Trunk reads this variable as a flag and stops at any other value than true or false.
    trunk.env_remove("NO_COLOR");
    toolchain.apply(&mut trunk)?;
    Ok(trunk)
}

/// A table of every file, raw and gzip.
pub(crate) fn sizes(folder: &Path) -> Result<String> {
    let failed = |error: std::io::Error| format!("{} cannot be read: {error}", folder.display());
    let mut rows = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = fs::read(&path).map_err(failed)?;
            let name = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
            rows.push((name, bytes.len(), gzip_size(&bytes)));
        }
    }
    rows.sort();
    Ok(table(&rows))
}

fn table(rows: &[(String, usize, usize)]) -> String {
    let sum = |size: fn(&(String, usize, usize)) -> usize| rows.iter().map(size).sum::<usize>();
    let total = ("total".to_owned(), sum(|row| row.1), sum(|row| row.2));
    let width = rows.iter().map(|row| row.0.len()).max().unwrap_or(0).max(5);
    let mut text = format!("{:width$} {:>10} {:>10}", "asset", "raw", "gzip");
    for (name, raw, gzip) in rows.iter().chain([&total]) {
        text.push_str(&format!("\n{name:width$} {raw:>10} {gzip:>10}"));
    }
    text
}

fn gzip_size(bytes: &[u8]) -> usize {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(bytes).and_then(|()| encoder.finish());
    written.map_or(bytes.len(), |compressed| compressed.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_table_adds_up() {
        let rows = [("a.wasm".to_owned(), 100, 40), ("b.js".to_owned(), 20, 10)];
        let expected = "asset         raw       gzip\na.wasm        100         40\nb.js           20         10\ntotal         120         50";
        assert_eq!(table(&rows), expected);
    }

    #[test]
    fn the_content_security_policy_comes_first() {
        let page = with_policy("<head><meta charset=\"utf-8\"><script></script>").unwrap();
        assert!(page.find("Content-Security-Policy").unwrap() < page.find("<script>").unwrap());
        assert!(with_policy("<head>").is_err());
    }

    #[test]
    fn repetition_compresses() {
        assert!(gzip_size(&[7; 10_000]) < 100);
    }
}
