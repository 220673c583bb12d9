//! Runs every file of `tests/cases/policy`.
//!
//! A case holds a `note`, perhaps a `link` to where AWS documents the behaviour, a document as `policy` (or as
//! `text`, where it is no JSON), and exactly the `diagnostics` that are expected of it, each with `code`,
//! `severity` and `path`, with `message` or `help` where the wording matters, with line and column as `at` and with the title of its
//! `fix` (null: there is none) where those are the point. Codes of checks that the document only just misses
//! stand in `silent`. A case in `valid` may hold the `export` that is expected; without it, the export is the document without its wrapper and the members
//! that only the service writes. A case in `notations` holds a `text`, which may be a list of lines, in another
//! `notation` than the API's, perhaps the name of the `resource` in it that is meant, and the `export`; without
//! one, there is none to be had. The `arn` of the policy at AWS stands in the case where that is the point; null: it is
//! not known. A string or list may be spelled `{"repeat": "ab", "times": 3}`.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and cases are files"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::path::PathBuf;
use std::sync::LazyLock;

use afterimage_policy::Diagnostic;
use afterimage_policy::Notation;
use afterimage_policy::Policy;
use afterimage_policy::Reading;
use afterimage_policy::Severity;
use afterimage_policy::json::Json;

#[test]
fn every_valid_document_is_accepted_and_exported() {
    run("valid", |case, reading| {
        let mut problems = Vec::new();
        if reading.policy().is_none() {
            problems.push("there is no policy in it".to_owned());
        }
        let Some(export) = reading.create_request() else {
            problems.push("there is no export".to_owned());
            return problems;
        };
        let expected = case.member("export").map_or_else(|| without_server_members(case), expanded).pretty();
        if export != expected {
            problems.push(format!("the export is\n{export}instead of\n{expected}"));
        }
        let again = afterimage_policy::read(&export);
        if again.has_errors() {
            problems.push(format!("the export has errors: {:?}", again.diagnostics));
        }
        if again.create_request().as_ref() != Some(&export) {
            problems.push("the export exports something else".to_owned());
        }
        let ownerless = |reading: &Reading| reading.policy().map(|policy| Policy { owner: None, ..policy });
        if ownerless(&again) != ownerless(reading) {
            problems.push("the export means another policy".to_owned());
        }
        problems
    });
}

#[test]
fn every_invalid_document_is_refused() {
    run("invalid", |case, reading| {
        let mut problems = Vec::new();
        if !reading.has_errors() || reading.policy().is_some() || reading.create_request().is_some() {
            problems.push("it is accepted".to_owned());
        }
        if case.member("export").is_some() {
            problems.push("an invalid document has no export".to_owned());
        }
        problems
    });
}

#[test]
fn every_notation_is_recognised_and_read() {
    run("notations", |case, reading| {
        let mut problems = Vec::new();
        if text(case, "notation") != Some(reading.notation().as_str()) {
            problems.push(format!("it is read as {}", reading.notation().as_str()));
        }
        let expected = case.member("export").map(Json::pretty);
        if reading.create_request() != expected {
            problems.push(format!("the export is {:?}", reading.create_request()));
        }
        if case.member("arn").is_some() && text(case, "arn") != reading.document.arn.as_deref() {
            problems.push(format!("the ARN is {:?}", reading.document.arn));
        }
        problems
    });
}

/// Runs the cases of a folder and reports all that fail.
fn run(folder: &str, check: impl Fn(&Json, &Reading) -> Vec<String>) {
    let files = files(folder);
    let mut failures = String::new();
    let mut failed = 0;
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy();
        let case = Json::parse(&fs::read_to_string(file).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let mut problems = malformed(&case);
        if problems.is_empty() {
            let text = document(&case);
            let reading = afterimage_policy::read_resource(&text, self::text(&case, "resource"));
            problems.extend(unexpected_diagnostics(&case, &reading));
            problems.extend(loose_pointers(&text, &reading));
            problems.extend(useless_fixes(&text, &reading));
            problems.extend(unregistered(&reading));
            // To a schema, 5.0 is a whole number.
            if folder != "notations" && name != "count-value-with-decimal-point.json" {
                problems.extend(unlike_the_schema(&text, &reading));
            }
            problems.extend(check(&case, &reading));
        }
        failed += usize::from(!problems.is_empty());
        for problem in problems {
            failures.push_str(&format!("\n{name}: {problem}"));
        }
    }
    assert!(failed == 0, "{failed} of {} cases fail:{failures}", files.len());
}

/// What reading finds in one member at a time, which is what a schema can say.
const SHAPE: [&str; 15] = [
    "empty-in-answer",
    "invalid-account",
    "invalid-arn",
    "invalid-name",
    "invalid-role",
    "invalid-tag-key",
    "invalid-version",
    "length",
    "missing-member",
    "out-of-range",
    "size",
    "unknown-member",
    "unknown-value",
    "wildcard-not-trailing",
    "wrong-type",
];

/// What `docs/schema` says of a policy.
static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema = serde_json::from_str(include_str!("../../../docs/schema/policy.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
});

/// The schema refuses exactly the documents in which reading finds a wrong member.
fn unlike_the_schema(text: &str, reading: &Reading) -> Option<String> {
    let document = serde_json::from_str(text).ok()?;
    let found: Vec<_> = reading.diagnostics.iter().map(|found| found.code).collect();
    let error = SCHEMA.validate(&document).err();
    let agreed = error.is_some() == found.iter().any(|code| SHAPE.contains(code));
    (!agreed).then(|| format!("reading finds {found:?}, the schema {error:?}"))
}

fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/policy").join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no case", folder.display());
    files
}

/// What is wrong with the case itself: a misspelled member would make it say less than it seems to.
fn malformed(case: &Json) -> Vec<String> {
    let mut problems = Vec::new();
    let mut members = |json: &Json, known: &[&str]| {
        let Json::Object(members) = json else { return problems.push("a case is an object".to_owned()) };
        let unknown = members.iter().filter(|(name, _)| !known.contains(&name.as_str()));
        problems.extend(unknown.map(|(name, _)| format!("a case has no member `{name}`")));
    };
    members(
        case,
        &["note", "link", "policy", "text", "diagnostics", "silent", "export", "notation", "arn", "resource"],
    );
    let expected = list(case, "diagnostics");
    for diagnostic in expected {
        members(diagnostic, &["code", "severity", "path", "message", "help", "at", "fix"]);
    }
    if text(case, "note").is_none_or(str::is_empty) {
        problems.push("a case says in its `note` what it is about".to_owned());
    }
    if case.member("link").is_some() && !text(case, "link").is_some_and(|link| link.starts_with("https://")) {
        problems.push("`link` is no address".to_owned());
    }
    if case.member("policy").is_some() == case.member("text").is_some() {
        problems.push("a case has either a `policy` or a `text`".to_owned());
    }
    if !matches!(case.member("diagnostics"), Some(Json::Array(_))) {
        problems.push("a case lists the `diagnostics` that it expects".to_owned());
    }
    problems
}

fn document(case: &Json) -> String {
    match case.member("policy") {
        Some(policy) => expanded(policy).pretty(),
        None => match case.member("text") {
            Some(Json::Array(lines)) => {
                let line = |line: &Json| match line {
                    Json::String(line) => format!("{line}\n"),
                    _ => panic!("a line is a string"),
                };
                lines.iter().map(line).collect()
            }
            _ => text(case, "text").unwrap_or_default().to_owned(),
        },
    }
}

/// The value with every `{"repeat": …, "times": …}` written out.
fn expanded(json: &Json) -> Json {
    match json {
        Json::Array(items) => Json::Array(items.iter().map(expanded).collect()),
        Json::Object(members) => {
            let times = json.member("times").and_then(|times| match times {
                Json::Number(number) => number.as_u64(),
                _ => None,
            });
            match (json.member("repeat"), times.and_then(|times| usize::try_from(times).ok())) {
                (Some(Json::String(text)), Some(times)) => Json::String(text.repeat(times)),
                (Some(Json::Array(items)), Some(times)) => {
                    Json::Array((0..times).flat_map(|_| items.clone()).collect())
                }
                _ => Json::Object(
                    members.iter().map(|(name, value)| (name.clone(), expanded(value))).collect(),
                ),
            }
        }
        _ => json.clone(),
    }
}

fn without_server_members(case: &Json) -> Json {
    let mut policy = expanded(case.member("policy").unwrap_or(&Json::Null));
    if let Some(inner) = policy.member("lifecyclePolicy") {
        policy = inner.clone();
    }
    for pointer in ["/arn", "/lifecyclePolicyArn", "/dateCreated", "/dateUpdated", "/dateLastRun"] {
        policy.remove(pointer);
    }
    policy
}

fn unexpected_diagnostics(case: &Json, reading: &Reading) -> Vec<String> {
    let mut missing: Vec<&Json> = list(case, "diagnostics").iter().collect();
    let mut problems = Vec::new();
    for found in &reading.diagnostics {
        let at = reading.place(&found.path).map(|place| place.to_string()).unwrap_or_default();
        let told = [
            ("code", found.code),
            ("severity", found.severity.as_str()),
            ("path", found.path.as_str()),
            ("message", found.message.as_str()),
            ("help", found.help.as_str()),
            ("at", at.as_str()),
        ];
        let is_told = |expected: &&Json| {
            told.iter().all(|(name, value)| match expected.member(name) {
                Some(expected) => *expected == Json::String((*value).to_owned()),
                None => matches!(*name, "message" | "help" | "at"),
            }) && match (expected.member("fix"), &found.fix) {
                (None, _) | (Some(Json::Null), None) => true,
                (Some(Json::String(title)), Some(fix)) => *title == fix.title,
                _ => false,
            }
        };
        match missing.iter().position(is_told) {
            Some(at) => {
                missing.remove(at);
            }
            None => problems.push(format!("unexpected: {}", serde_json::to_string(found).unwrap())),
        }
        for words in [&found.message, &found.help] {
            let first = words.chars().next();
            if first.is_none() || words.ends_with('.') || words.contains(char::is_control) {
                problems.push(format!("not a message: {words:?}"));
            }
        }
    }
    problems.extend(
        missing.iter().map(|missing| format!("missing: {}", serde_json::to_string(missing).unwrap())),
    );
    problems
}

/// What a fix leaves of its finding, and what it adds.
fn useless_fixes(text: &str, reading: &Reading) -> Vec<String> {
    let mut problems = Vec::new();
    for found in &reading.diagnostics {
        let Some(fix) = &found.fix else { continue };
        let patch = serde_json::to_value(&fix.patch).unwrap();
        let patch: json_patch::Patch = serde_json::from_value(patch).unwrap();
        // A patch of YAML is one of the tree that it spells.
        let Ok(mut document) = serde_json::from_str::<serde_json::Value>(text) else { continue };
        if let Err(error) = json_patch::patch(&mut document, &patch) {
            problems.push(format!("the fix of {} cannot be applied: {error}", found.code));
            continue;
        }
        let fixed = afterimage_policy::read(&document.to_string());
        let is = |a: &Diagnostic, b: &Diagnostic| a.code == b.code && a.path == b.path;
        for left in &fixed.diagnostics {
            let is_new = !reading.diagnostics.iter().any(|before| is(left, before));
            // What shows at the very place could not be seen before.
            let harm = is_new && left.severity == Severity::Error && left.path != found.path;
            if is(left, found) || harm {
                problems.push(format!("the fix of {} leaves {left:?}", found.code));
            }
        }
        if fix.title.is_empty() || fix.title.contains(char::is_control) || fix.title.ends_with('.') {
            problems.push(format!("not a title: {:?}", fix.title));
        }
    }
    problems
}

/// Diagnostics that are not as their check is registered.
fn unregistered(reading: &Reading) -> Vec<String> {
    let is_registered = |found: &&Diagnostic| {
        afterimage_policy::checks().any(|check| check.code == found.code && check.severity == found.severity)
    };
    let strange = reading.diagnostics.iter().filter(|found| !is_registered(found));
    strange
        .map(|found| format!("no check is registered for {} {}", found.severity.as_str(), found.code))
        .collect()
}

#[test]
fn every_check_has_a_case_that_fires_it_and_one_that_only_just_does_not() {
    let (mut fired, mut silent) = (BTreeSet::new(), BTreeSet::new());
    let mut wrong = Vec::new();
    for file in ["valid", "invalid", "notations"].into_iter().flat_map(files) {
        let case = Json::parse(&fs::read_to_string(&file).unwrap()).unwrap();
        let codes = list(&case, "diagnostics").iter().filter_map(|found| text(found, "code"));
        let codes: BTreeSet<String> = codes.map(str::to_owned).collect();
        for code in list(&case, "silent") {
            let Json::String(code) = code else { continue };
            if codes.contains(code) {
                wrong.push(format!("{} is not silent about {code}", file.display()));
            }
            silent.insert(code.clone());
        }
        fired.extend(codes);
    }
    let registered: BTreeSet<String> =
        afterimage_policy::checks().map(|check| check.code.to_owned()).collect();
    assert_eq!(wrong, [""; 0]);
    assert_eq!(registered.len(), afterimage_policy::checks().count(), "a code is registered twice");
    assert_eq!(registered.difference(&fired).collect::<Vec<_>>(), [""; 0], "no case fires them");
    assert_eq!(registered.difference(&silent).collect::<Vec<_>>(), [""; 0], "no case only just misses them");
    assert_eq!(silent.difference(&registered).collect::<Vec<_>>(), [""; 0], "there are no such checks");
}

/// Every pointer leads to a value, or to the place of a missing member of an object that is there.
fn loose_pointers(text: &str, reading: &Reading) -> Vec<String> {
    if !matches!(reading.notation(), Notation::Api | Notation::CloudFormationJson) {
        return Vec::new();
    }
    let tree = Json::parse(text).unwrap_or(Json::Null);
    let leads = |path: &str| {
        let parent = path.rsplit_once('/').and_then(|(parent, _)| tree.pointer(parent));
        tree.pointer(path).is_some() || matches!(parent, Some(Json::Object(_)))
    };
    let loose = reading.diagnostics.iter().filter(|diagnostic| !leads(&diagnostic.path));
    loose.map(|diagnostic| format!("`{}` leads nowhere", diagnostic.path)).collect()
}

fn list<'a>(json: &'a Json, member: &str) -> &'a [Json] {
    match json.member(member) {
        Some(Json::Array(items)) => items,
        _ => &[],
    }
}

fn text<'a>(json: &'a Json, member: &str) -> Option<&'a str> {
    match json.member(member) {
        Some(Json::String(text)) => Some(text),
        _ => None,
    }
}
