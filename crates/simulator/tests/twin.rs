//! The simulator against its slow twin: the same report for random policies and inventories.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use afterimage_inventory::Instant;
use afterimage_inventory::Loader;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::Config;
use proptest::test_runner::TestRunner;
use serde_json::Value;
use serde_json::json;

use crate::generator::Scenario;
use crate::generator::scenario;

mod generator;
#[path = "twin/mod.rs"]
mod twin;

fn engine(scenario: &Scenario) -> Value {
    let reading = afterimage_policy::read(&scenario.policy.to_string());
    let mut loader = Loader::new();
    for (index, export) in scenario.exports.iter().enumerate() {
        loader.add(&index.to_string(), export.to_string().as_bytes()).unwrap();
    }
    let inventory = loader.finish();
    let now = Instant::from_utc(scenario.now);
    let mut report = serde_json::to_value(afterimage_simulator::report(
        &reading,
        &inventory,
        scenario.assumptions(),
        now,
        scenario.days,
    ))
    .unwrap();
    // What the policy alone gives rise to, and how things are worded, is not the twin's business.
    let found = report["diagnostics"].as_array().unwrap().iter();
    assert!(found.clone().all(|found| found["severity"] != "error"), "{}", report["diagnostics"]);
    let place = |found: &Value| json!({ "code": found["code"], "severity": found["severity"], "path": found["path"] });
    let found: Vec<Value> = found.filter(|found| found["code"] == "ami-facts-missing").map(place).collect();
    report["diagnostics"] = json!(found);
    // Nor is what other assumptions would give: `properties.rs` asks for that.
    report.as_object_mut().unwrap().remove("assumptions");
    for run in report["runs"].as_array_mut().unwrap() {
        run["storage"].as_object_mut().unwrap().remove("reason");
        for row in run["images"].as_array_mut().unwrap() {
            let row = row.as_object_mut().unwrap();
            row.remove("otherReadings");
            row.remove("thresholds");
            for output in row["outputs"].as_array_mut().unwrap() {
                let snapshots = output.get_mut("snapshots").and_then(Value::as_array_mut);
                snapshots.into_iter().flatten().for_each(name_risks);
                name_risks(output);
            }
        }
    }
    report
}

/// Only the codes of risks.
fn name_risks(row: &mut Value) {
    if let Some(risks) = row.get_mut("risks") {
        *risks = risks.as_array().unwrap().iter().map(|risk| risk["code"].clone()).collect();
    }
}

proptest! {
    // A failure is kept as a data case in tests/cases/simulation.
    #![proptest_config(Config { cases: 20_000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn both_simulators_give_the_same_report(scenario in scenario()) {
        let twin = twin::report(&scenario.policy, &scenario.exports, &scenario.assumed, scenario.now, scenario.days);
        let engine = engine(&scenario);
        prop_assert!(
            engine == twin,
            "{}\n{:?}\n{:#}\n{}",
            differences("", &engine, &twin).join("\n"),
            scenario.assumed,
            scenario.policy,
            json!(scenario.exports),
        );
    }
}

/// Places at which the two reports differ.
fn differences(path: &str, engine: &Value, twin: &Value) -> Vec<String> {
    let at = |value: &Value, key: &str| match value {
        Value::Array(items) => items.get(key.parse::<usize>().unwrap()).cloned(),
        value => value.get(key).cloned(),
    };
    let keys: Vec<String> = match (engine, twin) {
        (Value::Array(a), Value::Array(b)) => (0..a.len().max(b.len())).map(|i| i.to_string()).collect(),
        (Value::Object(a), Value::Object(b)) => a.keys().chain(b.keys()).cloned().collect(),
        (a, b) if a == b => return Vec::new(),
        (a, b) => return vec![format!("{path}: engine {a}, twin {b}")],
    };
    let below = |key: &String| {
        let (a, b) = (at(engine, key).unwrap_or_default(), at(twin, key).unwrap_or_default());
        differences(&format!("{path}/{key}"), &a, &b)
    };
    keys.iter().flat_map(below).collect()
}

/// Everything that a report can say, as far as it is a matter of verdicts and reasons.
fn vocabulary() -> Vec<String> {
    let mut all = Vec::new();
    let decided = [
        "DEPRECATE AGE",
        "DISABLE AGE",
        "DELETE AGE",
        "DELETE FAILED_BUILD",
        "SKIP IMAGE_TAG",
        "KEEP RETAINED",
        "KEEP TOO_YOUNG",
    ];
    all.extend(decided.iter().map(|verdict| format!("image {verdict}")));
    all.extend(decided.iter().map(|verdict| format!("image {verdict} at a boundary")));
    all.extend(["DELETE COUNT", "KEEP NO_RULE_FOR_STATE"].map(|verdict| format!("image {verdict}")));
    for reason in [
        "POLICY_DISABLED",
        "ALREADY_DELETED",
        "OTHER_TYPE",
        "OTHER_OWNER",
        "OTHER_REGION",
        "NOT_SELECTED",
        "BUILDING",
    ] {
        all.push(format!("image IGNORE {reason}"));
    }
    let exclusions = ["REGION", "PUBLIC", "AMI_TAG", "SHARED_ACCOUNT", "LAST_LAUNCHED"];
    for action in ["DEPRECATE AGE", "DISABLE AGE", "DELETE AGE", "DELETE COUNT", "DELETE FAILED_BUILD"] {
        all.push(format!("AMI {action} of {action}"));
        all.push(format!("AMI LEFT NOT_INCLUDED of {action}"));
        all.extend(exclusions.map(|reason| format!("AMI SKIP {reason} of {action}")));
    }
    for action in ["DELETE AGE", "DELETE COUNT", "DELETE FAILED_BUILD"] {
        all.push(format!("image {action} fails"));
        all.push(format!("AMI FAIL DEREGISTRATION_PROTECTED of {action}"));
        all.push(format!("snapshot {action} of {action}"));
        all.push(format!("snapshot LEFT NOT_INCLUDED of {action}"));
        all.push(format!("snapshot LEFT AMI_KEPT of {action}"));
        all.extend(exclusions.map(|reason| format!("snapshot SKIP {reason} of {action}")));
        all.push(format!("CONTAINER {action} of {action}"));
    }
    for action in ["DEPRECATE", "DISABLE", "DELETE"] {
        all.push(format!("AMI {action} at risk of created-by-tag"));
        all.push(format!("AMI {action} at risk of other-account"));
    }
    all.push("snapshot DELETE at risk of created-by-tag".to_owned());
    all.push("snapshot DELETE at risk of shared-snapshot".to_owned());
    all.push("CONTAINER LEFT NOT_INCLUDED of DELETE AGE".to_owned());
    all.push("CONTAINER LEFT NOT_INCLUDED of DEPRECATE AGE".to_owned());
    all
}

fn said(report: &Value) -> Vec<String> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let verdict =
        |row: &Value| format!("{} {}", row["verdict"].as_str().unwrap(), row["reason"].as_str().unwrap());
    let mut said = Vec::new();
    for image in list(&report["runs"]).iter().flat_map(|run| list(&run["images"])) {
        let action = verdict(&image);
        said.push(format!("image {action}"));
        if image["boundary"] == true {
            said.push(format!("image {action} at a boundary"));
        }
        if image["status"] == "FAILED" {
            said.push(format!("image {action} fails"));
        }
        for output in list(&image["outputs"]) {
            said.push(format!("{} {} of {action}", output["kind"].as_str().unwrap(), verdict(&output)));
            let snapshots = list(&output["snapshots"]);
            let rows = [("AMI", &output)].into_iter().chain(snapshots.iter().map(|row| ("snapshot", row)));
            for (kind, row) in rows {
                let risks = list(&row["risks"]);
                let words = risks.iter().filter_map(Value::as_str);
                said.extend(
                    words
                        .map(|risk| format!("{kind} {} at risk of {risk}", row["verdict"].as_str().unwrap())),
                );
            }
            said.extend(
                snapshots.iter().map(|snapshot| format!("snapshot {} of {action}", verdict(snapshot))),
            );
        }
    }
    said
}

#[test]
fn the_generator_says_everything_that_a_report_can_say() {
    let mut runner = TestRunner::deterministic();
    let mut counts: BTreeMap<String, u32> = vocabulary().into_iter().map(|words| (words, 0)).collect();
    for _ in 0..15_000 {
        let scenario = scenario().new_tree(&mut runner).unwrap().current();
        for words in said(&engine(&scenario)) {
            *counts.entry(words).or_default() += 1;
        }
    }
    let rare: Vec<_> =
        counts.iter().filter(|(words, count)| **count < 10 && vocabulary().contains(words)).collect();
    assert!(rare.is_empty(), "too rare to be tested: {rare:?}\nall: {counts:#?}");
}
