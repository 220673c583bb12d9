//! `docs/schema` says what the types say. `AFTERIMAGE_UPDATE_GOLDEN=1` writes it anew. What the command writes
//! is held against it here; reading and simulating hold their cases against it.

use std::path::Path;

use serde_json::Value;

use crate::run::policy_with;
use crate::run::run;
use crate::run::run_with_input;
use crate::run::simulate;

fn in_step(name: &str, schema: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema").join(name);
    let text = serde_json::to_string_pretty(schema).unwrap() + "\n";
    if std::env::var_os("AFTERIMAGE_UPDATE_GOLDEN").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = written.lines().zip(text.lines()).find(|(a, b)| a != b);
    assert!(written == text, "{name} is out of step: {differing:#?}");
}

#[test]
fn the_schema_of_the_policy_is_in_step() {
    in_step("policy.json", &afterimage_policy::schema::policy());
}

#[test]
fn the_schema_of_the_report_is_in_step() {
    in_step("report.json", &afterimage_simulator::schema::report());
}

#[test]
fn reports_of_the_command_are_as_their_schema_says() {
    let valid = jsonschema::validator_for(&afterimage_simulator::schema::report()).unwrap();
    let nights = run(&simulate(&["--days", "3", "--format", "json"])).expect(0).json();
    assert!(nights["runs"].as_array().is_some_and(|runs| runs.len() == 4));
    valid.validate(&nights).unwrap();
    let wrong = policy_with("/policyDetails/0/filter/value", Value::from("90"));
    let args = ["simulate", "--policy", "-", "--inventory", "images.json", "--format", "json"];
    valid.validate(&run_with_input(&args, wrong.as_bytes()).expect(1).json()).unwrap();
    let mut more = nights;
    more["runs"][0]["images"][0]["more"] = Value::Null;
    assert!(!valid.is_valid(&more), "a member that the schema does not know is let through");
}
