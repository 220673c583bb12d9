//! `afterimage check`.

use serde_json::json;

use crate::run::file;
use crate::run::fixture;
use crate::run::folder;
use crate::run::policy_with;
use crate::run::run;
use crate::run::run_with_input;

#[test]
fn a_valid_policy_passes_with_its_warnings() {
    let done = run(&["check", "--policy", "policy.json"]).expect(0);
    assert!(done.stdout.starts_with("warning /policyDetails/2/exclusionRules/amis: "), "{}", done.stdout);
    assert!(
        done.stdout.contains("[ami-exclusions-orphan]\n  at policy.json:63:17\n  help: "),
        "{}",
        done.stdout
    );
    assert!(done.stdout.ends_with("the policy is valid, with 1 warning\n"), "{}", done.stdout);
    let report = run(&["check", "--policy", "policy.json", "--format", "json"]).expect(0).json();
    assert_eq!(report["diagnostics"][0]["code"], "ami-exclusions-orphan");
    let public = json!({
        "path": "/policyDetails/0/exclusionRules/amis/isPublic", "value": false,
        "meaning": "public AMIs are not spared",
    });
    assert_eq!(report["defaults"][0], public);
}

#[test]
fn an_inventory_adds_what_only_it_can_tell() {
    let args = ["check", "--policy", "policy.json", "--inventory", "images.json", "--inventory", "amis.json"];
    let done = run(&args).expect(0);
    assert!(done.stdout.contains("1 AMI in scope is not in the EC2 exports"), "{}", done.stdout);
    assert!(done.stdout.contains("--attribute launchPermission --image-id ami-"), "{}", done.stdout);
    assert!(done.stdout.ends_with("the policy is valid, with 3 warnings\n"), "{}", done.stdout);
    let without_ec2 = run(&["check", "--policy", "policy.json", "--inventory", "images.json"]).expect(0);
    assert!(
        without_ec2.stdout.contains("AMIs in scope are not in the EC2 exports"),
        "{}",
        without_ec2.stdout
    );
}

#[test]
fn what_cannot_be_used_of_an_inventory_is_said() {
    let folder = folder();
    let image = json!({
        "arn": "arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1",
        "state": {"status": "AVAILABEL"}, "dateCreated": "2026-01-01T12:00:00Z",
    });
    let export = file(&folder, "images.json", json!({ "imageSummaryList": [image] }).to_string());
    for format in ["text", "json", "sarif"] {
        let args = ["check", "--policy", "policy.json", "--inventory", &export, "--format", format];
        let said = run(&args).expect(0);
        said.says(&["skipped ", "/imageSummaryList/0: ", "`AVAILABEL`"]);
        assert!(said.stdout.contains("there is no image in the exports"), "{}", said.stdout);
    }
}

#[test]
fn a_policy_without_findings_says_so() {
    let folder = folder();
    let rule =
        json!({"action": {"type": "DEPRECATE"}, "filter": {"type": "AGE", "value": 90, "unit": "DAYS"}});
    let clean = policy_with("/policyDetails", json!([rule]));
    let clean = file(&folder, "clean.json", clean);
    assert_eq!(run(&["check", "--policy", &clean]).expect(0).stdout, "the policy is valid\n");
    let report = run(&["check", "--policy", &clean, "--format", "json"]).expect(0).json();
    assert_eq!(report["diagnostics"], json!([]));
}

#[test]
fn a_fix_is_named_and_comes_as_a_patch() {
    let folder = folder();
    let unkept = policy_with("/policyDetails/2/filter/retainAtLeast", json!(null));
    let unkept = file(&folder, "unkept.json", unkept);
    let done = run(&["check", "--policy", &unkept]).expect(0);
    assert!(
        done.stdout.contains("\n  fix: keep the newest image of each recipe version\n"),
        "{}",
        done.stdout
    );
    let report = run(&["check", "--policy", &unkept, "--format", "json"]).expect(0).json();
    let found = report["diagnostics"].as_array().unwrap();
    let fix = |code: &str| found.iter().find(|found| found["code"] == code).unwrap().get("fix");
    let patch = json!([{"op": "add", "path": "/policyDetails/2/filter/retainAtLeast", "value": 1}]);
    assert_eq!(fix("no-floor").unwrap()["patch"], patch);
    assert_eq!(fix("ami-exclusions-orphan"), None);
}

#[test]
fn every_error_is_shown_at_once() {
    let folder = folder();
    let wrong = file(&folder, "wrong.json", r#"{"policyDetails": [{"action": {"type": "ERASE"}}]}"#);
    let done = run(&["check", "--policy", &wrong]).expect(1);
    for place in
        ["/name", "/executionRole", "/resourceType", "/resourceSelection", "/policyDetails/0/action/type"]
    {
        assert!(done.stdout.contains(&format!("error {place}: ")), "{place}: {}", done.stdout);
    }
    assert!(done.stdout.lines().last().unwrap().starts_with("the policy has 6 errors"), "{}", done.stdout);
    let report = run(&["check", "--policy", &wrong, "--format", "json"]).expect(1).json();
    let is_error = |found: &&serde_json::Value| found["severity"] == "error";
    assert_eq!(report["diagnostics"].as_array().unwrap().iter().filter(is_error).count(), 6);
}

#[test]
fn the_policy_may_come_from_standard_input() {
    run_with_input(&["check", "--policy", "-"], fixture("policy.json").as_bytes()).expect(0);
}
