//! Exit code 2: the message names the file and the place in it, and standard output stays empty.

use crate::run::file;
use crate::run::fixture;
use crate::run::folder;
use crate::run::run;
use crate::run::run_with_input;

#[track_caller]
fn refused(args: &[&str], words: &[&str]) {
    let done = run(args).expect(2);
    assert_eq!(done.stdout, "");
    done.says(&["error: "]);
    done.says(words);
}

fn on(policy: &str, inventory: &str, words: &[&str]) {
    refused(&["simulate", "--policy", policy, "--inventory", inventory], words);
}

#[test]
fn a_missing_file_is_named() {
    on("nowhere.json", "images.json", &["nowhere.json: cannot be read: "]);
    on("policy.json", "nowhere.json", &["nowhere.json: cannot be read: "]);
    refused(&["check", "--policy", "nowhere.json"], &["nowhere.json: cannot be read: "]);
    refused(&["convert", "--policy", "nowhere.json", "--to", "create"], &["nowhere.json: cannot be read: "]);
}

#[test]
fn a_folder_is_no_file() {
    let folder = folder();
    let path = folder.path().to_str().unwrap();
    on("policy.json", path, &[path, ": cannot be read: "]);
    on(path, "images.json", &[path, ": cannot be read: "]);
}

#[test]
fn broken_json_is_named_with_line_and_column() {
    let folder = folder();
    let broken = file(&folder, "broken.json", "{\n  \"name\": ]\n}");
    on(&broken, "images.json", &["broken.json: line 2, column 11: not valid JSON: ", "help: "]);
    let cut = fixture("images.json");
    let cut = file(&folder, "cut.json", cut.get(..300).unwrap());
    on(
        "policy.json",
        &cut,
        &["cut.json: line 9, column 21: not valid JSON: ", "cut off while it was written"],
    );
    refused(&["check", "--policy", &broken], &["broken.json: line 2, column 11: "]);
    refused(&["convert", "--policy", &broken, "--to", "create"], &["broken.json: line 2, column 11: "]);
}

#[test]
fn text_in_another_encoding_is_named() {
    let folder = folder();
    let latin1 = file(&folder, "latin1.json", b"{\n\"name\": \"caf\xe9\"}");
    on(&latin1, "images.json", &["latin1.json: line 2: is not valid UTF-8", "help: save it as UTF-8"]);
    on("policy.json", &latin1, &["latin1.json: line 2: is not valid UTF-8", "help: "]);
}

#[test]
fn broken_gzip_is_named() {
    let folder = folder();
    let broken = file(&folder, "broken.gz", [0x1f, 0x8b, 8, 0, 1, 2]);
    on("policy.json", &broken, &["broken.gz: cannot be read: ", "help: "]);
    on(&broken, "images.json", &["broken.gz: cannot be read: ", "help: "]);
}

#[test]
fn list_images_is_refused_with_the_command_that_helps() {
    let folder = folder();
    let list = r#"[{"imageSummaryList": []}, {"requestId": "1", "imageVersionList": [{"arn": "a"}]}]"#;
    let list = file(&folder, "list.json", list);
    let words = ["list.json: /1: is a list-images export", "aws imagebuilder list-image-build-versions"];
    on("policy.json", &list, &words);
    refused(&["check", "--policy", "policy.json", "--inventory", &list], &words);
}

#[test]
fn what_is_no_export_is_refused() {
    let folder = folder();
    on("policy.json", "policy.json", &["policy.json: is a lifecycle policy, not an inventory", "help: "]);
    let empty = file(&folder, "empty.json", " \n");
    on("policy.json", &empty, &["empty.json: holds no JSON document", "list-image-build-versions"]);
    let other = file(&folder, "other.json", r#"{"Volumes": []}"#);
    on("policy.json", &other, &["other.json: is no export that can be used: has `Volumes`", "help: "]);
    let number = file(&folder, "number.json", "{\"imageSummaryList\": []}\n7");
    on("policy.json", &number, &["number.json: document 2: is not a JSON object"]);
}

#[test]
fn standard_input_is_for_one_file() {
    let args = ["simulate", "--policy", "-", "--inventory", "-"];
    let done = run_with_input(&args, b"{}").expect(2);
    done.says(&["`-`: standard input can be read only once", "help: "]);
    refused(&["simulate", "--policy", "policy.json", "--inventory", "-", "--inventory", "-"], &["only once"]);
    refused(&["check", "--policy", "-", "--inventory", "-"], &["only once"]);
}

#[test]
fn empty_standard_input_is_named() {
    let args = ["simulate", "--policy", "policy.json", "--inventory", "-"];
    run_with_input(&args, b"").expect(2).says(&["standard input: holds no JSON document"]);
    run_with_input(&["check", "--policy", "-"], b"").expect(2).says(&["standard input: line 1, column 0: "]);
}

#[test]
fn arguments_that_cannot_be_used_are_named() {
    let simulate = ["simulate", "--policy", "policy.json", "--inventory", "images.json"];
    let with = |more: &[&'static str], words: &[&str]| refused(&[&simulate[..], more].concat(), words);
    with(&["--now", "tomorrow"], &["`tomorrow` is not a timestamp", "--now", "2026-11-23T12:00:00Z"]);
    with(&["--now", "2026-02-30T00:00:00Z"], &["`2026-02-30T00:00:00Z` is not a timestamp"]);
    with(&["--days", "-1"], &["-1"]);
    with(&["--days", "1.5"], &["'1.5'", "--days"]);
    with(&["--format", "xml"], &["'xml'", "table", "json", "csv", "markdown"]);
    with(&["--colour"], &["--colour"]);
    refused(&["simulate", "--policy", "policy.json"], &["--inventory <FILE>"]);
    refused(&["simulate", "--inventory", "images.json"], &["--policy <FILE>"]);
    refused(&["check"], &["--policy <FILE>"]);
    refused(&["check", "--policy", "policy.json", "--format", "csv"], &["'csv'", "text", "json"]);
    refused(&["convert", "--policy", "policy.json"], &["--to <TO>"]);
    refused(&["convert", "--policy", "policy.json", "--to", "toml"], &["'toml'", "create"]);
    refused(&["forget"], &["'forget'"]);
}

#[test]
fn no_arguments_show_the_way() {
    run(&[]).expect(2).says(&["Usage: afterimage", "simulate", "check", "convert"]);
}

#[test]
fn help_and_version_are_no_failures() {
    let help = run(&["simulate", "--help"]).expect(0).stdout;
    for option in ["--policy", "--inventory", "--now", "--days", "--format"] {
        assert!(help.contains(option), "{help}");
    }
    assert!(run(&["--version"]).expect(0).stdout.starts_with("afterimage "));
}
