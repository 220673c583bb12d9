//! What people see, word for word. `AFTERIMAGE_UPDATE_GOLDEN=1 cargo test -p afterimage-cli` writes the files
//! anew; the difference is then to be read as a change of behaviour.

use std::path::Path;

use crate::run::afterimage;
use crate::run::done;
use crate::run::run;
use crate::run::simulate;

#[track_caller]
pub(crate) fn compare(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
    if std::env::var_os("AFTERIMAGE_UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let first = expected.lines().zip(actual.lines()).enumerate().find(|(_, (a, b))| a != b);
    assert!(expected == actual, "{name} differs; the first differing line is {first:#?}");
}

#[test]
fn the_table_of_one_night() {
    let done = run(&simulate(&[])).expect(0);
    compare("night.txt", &done.stdout);
    compare("notes.txt", &done.stderr);
}

#[test]
fn the_table_in_eighty_columns() {
    let done = done(afterimage(&simulate(&["--days", "2"])).env("COLUMNS", "80")).expect(0);
    compare("three-nights-80-columns.txt", &done.stdout);
    let rows = done.stdout.lines().filter(|line| !line.starts_with("images:"));
    assert_eq!(rows.filter(|line| line.chars().count() > 80).collect::<Vec<_>>(), [""; 0]);
}

#[test]
fn the_markdown() {
    compare("nights.md", &run(&simulate(&["--format", "markdown", "--days", "1"])).expect(0).stdout);
}

#[test]
fn the_csv() {
    compare("night.csv", &run(&simulate(&["--format", "csv"])).expect(0).stdout);
}

#[test]
fn the_example_in_the_readme_is_what_is_printed() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let (_, example) = readme.split_once("--now 2026-11-23T12:00:00Z\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let printed = done(afterimage(&simulate(&[])).env("COLUMNS", "80")).expect(0).stdout;
    let mut rest = printed.as_str();
    for part in example.split("…\n") {
        let at = rest.find(part);
        assert!(at.is_some(), "not printed, or not in this order: {part}");
        rest = rest.get(at.unwrap() + part.len()..).unwrap();
    }
}
