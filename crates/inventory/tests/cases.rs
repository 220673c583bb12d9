//! Runs every file of `tests/cases/inventory`.
//!
//! A case holds a `note`, perhaps a `link` to where AWS documents the shape, the `exports` in the order in
//! which they are loaded, and what to `expect`. An export has a `name` and either `content` (JSON), `text` or
//! `hex` (bytes). The expectation lists the `images` and `amis` as `facts` puts them, the other tables
//! of `facts` where it mentions them, the `skipped` elements, and the `error` of the one export that is refused,
//! if any, with parts of its message and help.
//!
//! Each case runs again in every other encoding and, where nothing is refused, in every other packaging, each
//! time whole and in pieces.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "tests fail by panicking, and cases are files"
)]

mod facts;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;

use afterimage_inventory::LoadError;
use afterimage_inventory::Loader;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use serde_json::json;

#[test]
fn every_case_loads_as_expected() {
    for_every_case(|case| {
        let exports = exports(case);
        let outcome = load(&exports);
        let mut problems = differences(&case["expect"], &outcome);
        // Bytes that are no text have no other encoding.
        let texts: Option<Vec<(&str, &str)>> =
            exports.iter().map(|(name, bytes)| Some((*name, std::str::from_utf8(bytes).ok()?))).collect();
        for (name, encode) in ENCODINGS {
            let Some(texts) = &texts else { break };
            let encoded: Vec<Export> = texts.iter().map(|(name, text)| (*name, encode(text))).collect();
            let again = load(&encoded);
            if again != outcome {
                problems.push(format!("{name} changes the outcome to {again:#?}"));
            }
        }
        problems
    });
}

#[test]
fn packaging_changes_nothing() {
    for_every_case(|case| {
        let list = case["exports"].as_array().unwrap();
        let contents: Vec<&Value> = list.iter().filter_map(|export| export.get("content")).collect();
        if contents.len() < list.len() || case["expect"].get("error").is_some() {
            return Vec::new();
        }
        let wanted = load(&exports(case)).facts;
        let compact: Vec<String> = contents.iter().map(|content| content.to_string()).collect();
        let pretty: Vec<String> =
            contents.iter().map(|content| serde_json::to_string_pretty(content).unwrap()).collect();
        let packagings = [
            ("concatenation", compact.concat()),
            ("concatenation of pretty documents", pretty.concat()),
            ("one document a line", compact.join("\n") + "\n"),
            ("one document a line as Windows has them", compact.join("\r\n")),
            ("a list", format!("[{}]", compact.join(","))),
            ("a list with trailing comma", format!("[{},]", compact.join(","))),
            ("lists one after the other", format!("[{}]", compact.join("]\n["))),
            ("a list of lists", format!("[[{}]]", compact.join("], ["))),
            ("white space around", format!("\r\n\t {} \n\n", compact.join("\n\n"))),
        ];
        let differs = |(name, text): &(&str, String)| {
            let found = load(&[("all", text.clone().into_bytes())]);
            let same = found.error.is_none() && found.facts == wanted;
            (!same).then(|| format!("{name} changes the outcome to {found:#?}"))
        };
        packagings.iter().filter_map(differs).collect()
    });
}

type Export<'a> = (&'a str, Vec<u8>);

#[derive(Debug, PartialEq)]
struct Outcome {
    facts: Value,
    skipped: Value,
    error: Option<LoadError>,
}

/// Sizes of the pieces in which files come.
const PIECES: [usize; 4] = [usize::MAX, 100, 7, 1];

fn load(exports: &[Export<'_>]) -> Outcome {
    let [whole, pieces @ ..] = PIECES.map(|size| load_in_pieces(exports, size));
    for (size, pieces) in PIECES.iter().skip(1).zip(pieces) {
        assert_eq!(pieces, whole, "pieces of {size} bytes change the outcome");
    }
    whole
}

fn load_in_pieces(exports: &[Export<'_>], piece: usize) -> Outcome {
    let mut loader = Loader::new();
    let mut error = None;
    for (name, bytes) in exports {
        let before = facts::facts(&loader.finish());
        let mut feed = loader.begin(name);
        let pushed = bytes.chunks(piece).try_for_each(|piece| feed.push(piece));
        let result;
        (loader, result) = feed.finish();
        assert!(pushed.is_ok() || pushed == result, "{pushed:?} is not {result:?}");
        if let Err(refused) = result {
            assert_eq!(
                facts::facts(&loader.finish()),
                before,
                "a refused export leaves everything as it was"
            );
            assert!(error.is_none(), "only one export of a case is refused");
            error = Some(refused);
        }
    }
    let inventory = loader.finish();
    facts::assert_invariants(&inventory);
    Outcome { facts: facts::facts(&inventory), skipped: json!(inventory.skipped), error }
}

fn differences(expected: &Value, outcome: &Outcome) -> Vec<String> {
    let mut problems = Vec::new();
    let empty = json!([]);
    for column in ["images", "amis"] {
        let (wanted, found) = (expected.get(column).unwrap_or(&empty), &outcome.facts[column]);
        if wanted != found {
            problems.push(format!("{column} are {found:#}\ninstead of {wanted:#}"));
        }
    }
    // Most cases are about something else.
    for table in ["snapshots", "references", "unresolved", "containers", "cutOff"] {
        let found = &outcome.facts[table];
        if let Some(wanted) = expected.get(table).filter(|wanted| *wanted != found) {
            problems.push(format!("{table} are {found:#}\ninstead of {wanted:#}"));
        }
    }
    let wanted = expected.get("skipped").unwrap_or(&empty).as_array().unwrap();
    let found = outcome.skipped.as_array().unwrap();
    let says = |(wanted, found): (&Value, &Value)| {
        wanted.as_object().unwrap().iter().all(|(name, value)| found.get(name) == Some(value))
    };
    if wanted.len() != found.len() || !wanted.iter().zip(found).all(says) {
        problems.push(format!("skipped is {:#}\ninstead of {wanted:#?}", outcome.skipped));
    }
    match (expected.get("error"), &outcome.error) {
        (None, None) => {}
        (Some(wanted), Some(found)) => {
            let parts = [
                ("source", &found.source_name),
                ("message contains", &found.message),
                ("help contains", &found.help),
            ];
            for (name, text) in parts {
                if !text.contains(wanted[name].as_str().unwrap_or_default()) {
                    problems.push(format!("the error is {found:#?}"));
                }
            }
        }
        (_, found) => problems.push(format!("the error is {found:#?}")),
    }
    problems
}

fn exports(case: &Value) -> Vec<Export<'_>> {
    let bytes = |export: &Value| match (export.get("content"), export.get("text"), export.get("hex")) {
        (Some(content), None, None) => serde_json::to_vec_pretty(content).unwrap(),
        (None, Some(text), None) => text.as_str().unwrap().as_bytes().to_vec(),
        (None, None, Some(hex)) => unhex(hex.as_str().unwrap()),
        _ => panic!("an export has either `content`, `text` or `hex`"),
    };
    let list = case["exports"].as_array().unwrap();
    list.iter().map(|export| (export["name"].as_str().unwrap(), bytes(export))).collect()
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<char> = hex.chars().filter(|c| !c.is_whitespace()).collect();
    let byte = |pair: &[char]| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

type Encode = fn(&str) -> Vec<u8>;

/// Other ways to write the same text into a file.
const ENCODINGS: [(&str, Encode); 6] = [
    ("gzip", |text| gzip(text.as_bytes())),
    ("gzip in two members", |text| {
        let (first, second) = text.as_bytes().split_at(text.len() / 2);
        [gzip(first), gzip(second)].concat()
    }),
    ("a byte order mark", |text| format!("\u{feff}{text}").into_bytes()),
    ("UTF-16", |text| utf16(text, u16::to_le_bytes)),
    ("UTF-16, big end first", |text| utf16(text, u16::to_be_bytes)),
    ("UTF-16 in gzip", |text| gzip(&utf16(text, u16::to_le_bytes))),
];

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn utf16<const N: usize>(text: &str, order: fn(u16) -> [u8; N]) -> Vec<u8> {
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(order).collect()
}

/// Runs the cases and reports all that fail.
fn for_every_case(check: impl Fn(&Value) -> Vec<String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/inventory");
    let mut files: Vec<PathBuf> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "{} holds no case", folder.display());
    let mut failures = String::new();
    let mut failed = 0;
    for file in &files {
        let name = file.file_name().unwrap().to_string_lossy();
        let case: Value = serde_json::from_str(&fs::read_to_string(file).unwrap())
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let mut problems = malformed(&case);
        if problems.is_empty() {
            problems = check(&case);
        }
        failed += usize::from(!problems.is_empty());
        for problem in problems {
            failures.push_str(&format!("\n{name}: {problem}"));
        }
    }
    assert!(failed == 0, "{failed} of {} cases fail:{failures}", files.len());
}

/// What is wrong with the case itself: a misspelled member would make it say less than it seems to.
fn malformed(case: &Value) -> Vec<String> {
    let mut problems = Vec::new();
    let mut members = |json: &Value, known: &[&str]| match json.as_object() {
        Some(members) => {
            let unknown = members.keys().filter(|name| !known.contains(&name.as_str()));
            problems.extend(unknown.map(|name| format!("a case has no member `{name}` here")));
        }
        None => problems.push(format!("`{json}` is no object")),
    };
    members(case, &["note", "link", "exports", "expect"]);
    let tables = ["images", "amis", "snapshots", "references", "unresolved", "containers", "cutOff"];
    members(&case["expect"], &[tables.as_slice(), &["skipped", "error"]].concat());
    for export in case["exports"].as_array().into_iter().flatten() {
        members(export, &["name", "content", "text", "hex"]);
    }
    let skipped = case["expect"]["skipped"].as_array();
    for skipped in skipped.into_iter().flatten() {
        members(skipped, &["source", "path", "message"]);
    }
    if skipped.into_iter().flatten().any(|skipped| skipped.get("path").is_none()) {
        problems.push("`skipped` names the `path`".to_owned());
    }
    if let Some(error) = case["expect"].get("error") {
        for name in ["message contains", "help contains"] {
            if error[name].as_str().is_none_or(str::is_empty) {
                problems.push(format!("`error` has `{name}`"));
            }
        }
    }
    if case["note"].as_str().is_none_or(str::is_empty) {
        problems.push("a case says in its `note` what it is about".to_owned());
    }
    if case.get("link").is_some_and(|link| !link.as_str().is_some_and(|link| link.starts_with("https://"))) {
        problems.push("`link` is no address".to_owned());
    }
    problems
}
