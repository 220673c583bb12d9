//! Running the command, and the files that it is run on.

use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::process::Command;
use std::process::Stdio;

use serde_json::Value;
use tempfile::TempDir;

/// The instant for which the fixtures are made.
pub(crate) const NOW: &str = "2026-11-23T12:00:00Z";

/// Exports of the fixtures, in the order in which they are usually given.
pub(crate) const EXPORTS: [&str; 3] = ["images.json", "amis.json", "launch-permissions.json"];

/// What the command did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The command, in the folder of the fixtures and without the user's settings for colour and width.
pub(crate) fn afterimage(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_afterimage"));
    command.current_dir(fixtures()).args(args).stdin(Stdio::null());
    for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn run(args: &[&str]) -> Done {
    done(&mut afterimage(args))
}

pub(crate) fn run_with_input(args: &[&str], input: &[u8]) -> Done {
    let mut command = afterimage(args);
    let streams = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = streams.spawn().unwrap();
    // A command that refuses its arguments closes the pipe unread; its answer is what is looked at.
    let _ = child.stdin.take().unwrap().write_all(input);
    read(child.wait_with_output().unwrap())
}

pub(crate) fn done(command: &mut Command) -> Done {
    read(command.output().unwrap())
}

fn read(output: std::process::Output) -> Done {
    Done {
        code: output.status.code(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Done {
    #[track_caller]
    pub(crate) fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Standard error holds all of these.
    #[track_caller]
    pub(crate) fn says(&self, words: &[&str]) {
        for word in words {
            assert!(self.stderr.contains(word), "`{word}` is not in: {}", self.stderr);
        }
    }
}

/// Arguments of a simulation of the fixtures, and more.
pub(crate) fn simulate<'a>(more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["simulate", "--policy", "policy.json", "--now", NOW];
    for export in EXPORTS {
        args.extend(["--inventory", export]);
    }
    args.extend(more);
    args
}

pub(crate) fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures")
}

pub(crate) fn fixture(name: &str) -> String {
    std::fs::read_to_string(fixtures().join(name)).unwrap()
}

/// A file of its own, and its path as an argument.
pub(crate) fn file(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    path.to_str().unwrap().to_owned()
}

pub(crate) fn folder() -> TempDir {
    tempfile::tempdir().unwrap()
}

/// The fixtures' policy with one value replaced.
pub(crate) fn policy_with(pointer: &str, value: Value) -> String {
    let mut policy: Value = serde_json::from_str(&fixture("policy.json")).unwrap();
    *policy.pointer_mut(pointer).unwrap() = value;
    policy.to_string()
}
