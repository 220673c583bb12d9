//! `afterimage overlaps`.

use serde_json::Value;
use serde_json::json;

use crate::run::file;
use crate::run::folder;
use crate::run::run;

/// A policy on one recipe that acts once its images are this old.
fn policy(action: &str, days: u32, version: &str) -> String {
    json!({
        "name": "tidy",
        "executionRole": "LifecycleRole",
        "resourceType": "AMI_IMAGE",
        "policyDetails": [{
            "action": { "type": action, "includeResources": { "amis": true } },
            "filter": { "type": "AGE", "value": days, "unit": "DAYS" },
        }],
        "resourceSelection": { "recipes": [{ "name": "web", "semanticVersion": version }] },
    })
    .to_string()
}

fn image(version: &str, created: &str, ami: &str) -> Value {
    json!({
        "arn": format!("arn:aws:imagebuilder:us-west-2:123456789012:image/web/{version}/1"),
        "type": "AMI",
        "state": { "status": "AVAILABLE" },
        "dateCreated": created,
        "outputResources": { "amis": [{ "image": ami }] },
    })
}

#[test]
fn what_several_policies_claim_is_listed_with_the_first_action_of_each() {
    let folder = folder();
    let all = file(&folder, "all.json", policy("DISABLE", 30, "x.x.x"));
    let old = file(&folder, "old.json", policy("DELETE", 10, "1.x.x"));
    let images = json!({ "imageSummaryList": [
        image("1.0.0", "2026-11-12T12:00:00Z", "ami-1"),
        image("1.1.0", "2026-01-01T12:00:00Z", "ami-2"),
        image("2.0.0", "2026-01-01T12:00:00Z", "ami-1"),
    ] });
    let images = file(&folder, "images.json", images.to_string());
    let args = ["overlaps", "--policy", &all, "--policy", &old, "--inventory", &images];
    let args = [args.as_slice(), &["--now", "2026-11-20T12:00:00Z", "--days", "3"]].concat();
    let report = run(&[args.as_slice(), &["--format", "json"]].concat()).expect(0).json();
    let arn = |version| format!("arn:aws:imagebuilder:us-west-2:123456789012:image/web/{version}/1");
    let claim = |policy: usize, verdict: &str, at: &str| json!({ "policy": policy, "verdict": verdict, "reason": "AGE", "at": at });
    let nothing = json!({ "policy": 0, "verdict": null, "reason": null, "at": null });
    let (first, third) = ("2026-11-20T12:00:00Z", "2026-11-22T12:00:00Z");
    assert_eq!(report["policies"], json!([all, old]));
    assert_eq!(
        report["images"],
        json!([
            { "arn": arn("1.0.0"), "claims": [nothing, claim(1, "DELETE", third)] },
            { "arn": arn("1.1.0"), "claims": [claim(0, "DISABLE", first), claim(1, "DELETE", first)] },
        ]),
    );
    assert_eq!(
        report["amis"],
        json!([
            { "id": "ami-1", "claims": [claim(0, "DISABLE", first), claim(1, "DELETE", third)] },
            { "id": "ami-2", "claims": [claim(0, "DISABLE", first), claim(1, "DELETE", first)] },
        ]),
    );
    let table = run(&args).expect(0).stdout;
    for words in [
        "web/1.0.0/1\n",
        "old.json: DELETE on Sun 22 Nov 2026 (AGE)",
        "claimed by more than one policy: 2 images, 2 AMIs",
        "does not document in which order",
    ] {
        assert!(table.contains(words), "{table}");
    }
    assert!(!table.contains("web/2.0.0"), "{table}");
}

#[test]
fn a_policy_with_errors_ends_it() {
    let folder = folder();
    let good = file(&folder, "good.json", policy("DELETE", 10, "x.x.x"));
    let bad = file(&folder, "bad.json", policy("DELETE", 0, "x.x.x"));
    let images = file(&folder, "images.json", r#"{"imageSummaryList": []}"#);
    let done = run(&["overlaps", "--policy", &good, "--policy", &bad, "--inventory", &images]).expect(1);
    assert!(done.stderr.contains("nothing is simulated"), "{}", done.stderr);
    assert!(done.stdout.is_empty(), "{}", done.stdout);
}
