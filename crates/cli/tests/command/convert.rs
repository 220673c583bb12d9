//! `afterimage convert`.

use serde_json::Value;
use serde_json::json;

use crate::run::file;
use crate::run::fixture;
use crate::run::folder;
use crate::run::policy_with;
use crate::run::run;
use crate::run::run_with_input;

#[test]
fn a_create_request_stays_what_it_is() {
    let done = run(&["convert", "--policy", "policy.json", "--to", "create"]).expect(0);
    let (given, printed): (Value, Value) =
        (serde_json::from_str(&fixture("policy.json")).unwrap(), done.json());
    assert_eq!(printed, given);
    assert_eq!(done.stderr, "");
    let again = run_with_input(&["convert", "--policy", "-", "--to", "create"], done.stdout.as_bytes());
    assert_eq!(again.expect(0).stdout, done.stdout);
}

#[test]
fn a_get_response_becomes_a_create_request() {
    let folder = folder();
    let mut policy: Value = serde_json::from_str(&fixture("policy.json")).unwrap();
    policy["arn"] =
        json!("arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/golden-ami-retention");
    policy["dateCreated"] = json!("2026-09-09T19:34:38.409000+00:00");
    let get = file(&folder, "get.json", json!({ "lifecyclePolicy": policy }).to_string());
    let printed = run(&["convert", "--policy", &get, "--to", "create"]).expect(0).json();
    assert_eq!(printed, serde_json::from_str::<Value>(&fixture("policy.json")).unwrap());
}

#[test]
fn a_policy_with_errors_is_not_converted() {
    let folder = folder();
    let wrong = file(&folder, "wrong.json", policy_with("/resourceType", json!("AMI")));
    let done = run(&["convert", "--policy", &wrong, "--to", "create"]).expect(1);
    assert_eq!(done.stdout, "");
    done.says(&["error /resourceType: ", "the policy has 1 error", "nothing is converted"]);
}
