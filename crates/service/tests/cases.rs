//! Runs every case in `tests/cases/service`: settings, an inventory, and a conversation of requests and clock
//! moves with the answers to expect.
//!
//! A case is one JSON file with the members of [`Case`]; its inventory is a file of exports beside it. Answers
//! are compared whole. In an expected answer `${name}` stands for whatever is found there the first time, and
//! for the same again afterwards; in a request it stands for what was found. `${_}` is anything.
//!
//! After every step the service is written down and restored, and goes on from there.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "cases are files")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Loader;
use afterimage_service::Request;
use afterimage_service::Service;
use afterimage_service::Settings;
use afterimage_simulator::Assumptions;
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case shows.
    #[expect(dead_code, reason = "for the reader of the file")]
    note: String,
    /// Where AWS documents it.
    #[expect(dead_code, reason = "for the reader of the file")]
    link: Option<String>,
    settings: CaseSettings,
    /// Name of a file in `inventories`.
    inventory: String,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct CaseSettings {
    now: String,
    account: Option<String>,
    region: Option<String>,
    #[serde(default)]
    seconds_per_resource: u32,
    resources_per_run: Option<u32>,
    #[serde(default)]
    daily_run_at: u32,
    /// Each `name=value`.
    #[serde(default)]
    assume: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    /// Method and target.
    request: Option<String>,
    /// Of the request: JSON, or a string that is sent as it is.
    body: Option<Value>,
    /// Of the answer.
    status: Option<u16>,
    /// What `x-amzn-errortype` says.
    error: Option<String>,
    answer: Option<Value>,
    /// Moves the clock there.
    clock: Option<String>,
}

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/service")
}

fn inventory(name: &str) -> Inventory {
    let export = fs::File::open(folder().join("inventories").join(format!("{name}.json"))).unwrap();
    let mut loader = Loader::new();
    loader.add(name, export).unwrap();
    let inventory = loader.finish();
    assert_eq!(inventory.skipped, [], "{name}");
    inventory
}

fn settings(case: &CaseSettings) -> Settings {
    let usual = Settings::at(Instant::parse(&case.now).unwrap());
    let assumptions = case.assume.iter().fold(Assumptions::default(), |assumptions, text| {
        let (assumption, choice) = Assumptions::parse(text).unwrap();
        assumptions.with(assumption, choice)
    });
    Settings {
        account: case.account.clone().unwrap_or(usual.account.clone()),
        region: case.region.clone().unwrap_or(usual.region.clone()),
        seconds_per_resource: case.seconds_per_resource,
        resources_per_run: case.resources_per_run,
        daily_run_at: case.daily_run_at,
        assumptions,
        ..usual
    }
}

type Found = BTreeMap<String, String>;

/// The text with every name replaced by what was found for it.
fn filled(text: &str, found: &Found, escape: impl Fn(&str) -> String) -> String {
    found
        .iter()
        .fold(text.to_owned(), |text, (name, value)| text.replace(&format!("${{{name}}}"), &escape(value)))
}

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect()
}

/// Whether an answer is the one to expect; what is found on the way is remembered.
fn agrees(expected: &Value, actual: &Value, found: &mut Found) -> bool {
    match (expected, actual) {
        (Value::String(wanted), _) if wanted == "${_}" => true,
        (Value::String(wanted), Value::String(actual)) => {
            let name = wanted.strip_prefix("${").and_then(|rest| rest.strip_suffix('}'));
            match name {
                Some(name) => found.entry(name.to_owned()).or_insert_with(|| actual.clone()) == actual,
                None => &filled(wanted, found, str::to_owned) == actual,
            }
        }
        (Value::Array(wanted), Value::Array(actual)) => {
            wanted.len() == actual.len()
                && wanted.iter().zip(actual).all(|(wanted, actual)| agrees(wanted, actual, found))
        }
        (Value::Object(wanted), Value::Object(actual)) => {
            wanted.len() == actual.len()
                && wanted.iter().all(|(name, wanted)| {
                    actual.get(name).is_some_and(|actual| agrees(wanted, actual, found))
                })
        }
        (wanted, actual) => wanted == actual,
    }
}

fn run(name: &str, case: &Case) {
    let mut service = Service::new(inventory(&case.inventory), settings(&case.settings)).unwrap();
    let mut found = Found::new();
    for (number, step) in case.steps.iter().enumerate() {
        let place = format!("{name}, step {number}");
        if let Some(to) = &step.clock {
            service.advance(Instant::parse(to).unwrap()).unwrap();
        }
        if let Some(request) = &step.request {
            let (method, target) = request.split_once(' ').unwrap();
            let target = filled(target, &found, percent_encoded);
            let body = match &step.body {
                None => String::new(),
                Some(Value::String(text)) => text.clone(),
                Some(body) => filled(&body.to_string(), &found, str::to_owned),
            };
            let before = service.revision();
            let asked =
                service.clone().handle(&Request { method: "GET", target: "/_afterimage/faults", body: &[] });
            let response = service.handle(&Request { method, target: &target, body: body.as_bytes() });
            let header = |name: &str| {
                response.headers.iter().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
            };
            let answer: Value = serde_json::from_str(&response.body).unwrap();
            let told = serde_json::to_string_pretty(&answer).unwrap();
            assert_eq!(response.status, step.status.unwrap_or(200), "{place}: {told}");
            assert_eq!(header("content-type"), Some("application/json"), "{place}");
            assert_eq!(header("x-amzn-requestid").map(str::len), Some(36), "{place}");
            assert_eq!(header("x-amzn-errortype"), step.error.as_deref(), "{place}: {told}");
            let is_fault = asked.body != r#"{"faults":[]}"# || target.starts_with("/_afterimage");
            if (response.status != 200 || matches!(method, "GET" | "POST")) && !is_fault {
                assert_eq!(service.revision(), before, "{place} changes nothing");
            }
            let expected = step.answer.as_ref().unwrap_or(&Value::Null);
            assert!(agrees(expected, &answer, &mut found), "{place} is answered with {told}");
        }
        let state = service.state();
        service = Service::restore(&state).unwrap_or_else(|error| panic!("{place}: {error}"));
        assert_eq!(service.state(), state, "{place}");
    }
}

#[test]
fn every_case_is_answered_as_it_says() {
    let mut names: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    names.sort();
    assert!(!names.is_empty());
    for path in names {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let case = serde_json::from_str(&fs::read_to_string(&path).unwrap());
        run(&name, &case.unwrap_or_else(|error| panic!("{name}: {error}")));
    }
}
