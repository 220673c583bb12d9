//! `afterimage check --format sarif`. `tests/oracles/sarif` holds it against the published schema.

use serde_json::Value;
use serde_json::json;

use crate::run::file;
use crate::run::fixture;
use crate::run::folder;
use crate::run::run;
use crate::run::run_with_input;

const WRONG: &str = r#"{
  "name": "nightly", "executionRole": "Role", "resourceType": "AMI_IMAGE",
  "policyDetails": [{
    "action": {"type": "DELETE", "includeResources": {"amis": true, "snapshots": true}},
    "filter": {"type": "AGE", "value": "90", "retainAtLeast": 1}
  }],
  "resourceSelection": {"tagMap": {"Team": "web"}}
}"#;

fn result<'a>(log: &'a Value, code: &str) -> &'a Value {
    let results = log["runs"][0]["results"].as_array().unwrap();
    results.iter().find(|result| result["ruleId"] == code).unwrap()
}

#[test]
fn a_result_stands_at_its_line_and_names_its_rule() {
    let folder = folder();
    let wrong = file(&folder, "wrong.json", WRONG);
    let log = run(&["check", "--policy", &wrong, "--format", "sarif"]).expect(1).json();
    assert_eq!(log["version"], "2.1.0");
    let missing = result(&log, "age-without-unit");
    let place = &missing["locations"][0];
    assert_eq!(place["logicalLocations"][0]["fullyQualifiedName"], "/policyDetails/0/filter/unit");
    assert_eq!(place["physicalLocation"]["artifactLocation"]["uri"], format!("file://{wrong}"));
    let region = json!({"startLine": 5, "startColumn": 15, "endLine": 5, "endColumn": 16});
    assert_eq!(place["physicalLocation"]["region"], region);
    assert_eq!(missing["level"], "error");
    let rules = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    let rule = &rules[usize::try_from(missing["ruleIndex"].as_u64().unwrap()).unwrap()];
    assert_eq!((&rule["id"], &rule["name"]), (&json!("age-without-unit"), &json!("AgeWithoutUnit")));
}

#[test]
fn a_fix_replaces_exactly_the_value() {
    let folder = folder();
    let wrong = file(&folder, "wrong.json", WRONG);
    let log = run(&["check", "--policy", &wrong, "--format", "sarif"]).expect(1).json();
    let replacement = &result(&log, "wrong-type")["fixes"][0]["artifactChanges"][0]["replacements"][0];
    let region = json!({"startLine": 5, "startColumn": 40, "endLine": 5, "endColumn": 44});
    assert_eq!(replacement["deletedRegion"], region);
    assert_eq!(replacement["insertedContent"]["text"], "90");
    assert_eq!(result(&log, "age-without-unit").get("fixes"), None);
}

#[test]
fn fingerprints_outlive_a_change_of_lines() {
    let folder = folder();
    let prints = |name: &str, text: &str| {
        let path = file(&folder, name, text);
        let log = run(&["check", "--policy", &path, "--format", "sarif"]).expect(1).json();
        let results = log["runs"][0]["results"].as_array().unwrap().clone();
        results.iter().map(|result| result["partialFingerprints"].clone()).collect::<Vec<_>>()
    };
    let before = prints("a.json", WRONG);
    assert_eq!(before, prints("b.json", &WRONG.replace(", ", ",\n\n")));
    assert!(before.iter().enumerate().all(|(at, print)| !before[..at].contains(print)));
}

#[test]
fn standard_input_has_no_address() {
    let done =
        run_with_input(&["check", "--policy", "-", "--format", "sarif"], fixture("policy.json").as_bytes());
    let log = done.expect(0).json();
    let place = &result(&log, "ami-exclusions-orphan")["locations"][0];
    assert_eq!(place.get("physicalLocation"), None);
    assert_eq!(place["logicalLocations"][0]["fullyQualifiedName"], "/policyDetails/2/exclusionRules/amis");
}
