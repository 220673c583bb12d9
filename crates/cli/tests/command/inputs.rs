//! Where policies and exports may come from.

use std::io::Write;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use serde_json::json;

use crate::run::NOW;
use crate::run::file;
use crate::run::fixture;
use crate::run::folder;
use crate::run::run;
use crate::run::run_with_input;
use crate::run::simulate;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// The runs of a report, which do not depend on what the exports are called.
fn runs(report: &Value) -> &Value {
    &report["runs"]
}

#[test]
fn the_policy_may_come_from_standard_input() {
    let mut args = simulate(&["--format", "json"]);
    args[2] = "-";
    let expected = run(&simulate(&["--format", "json"])).stdout;
    assert_eq!(run_with_input(&args, fixture("policy.json").as_bytes()).expect(0).stdout, expected);
}

#[test]
fn an_export_may_come_from_standard_input() {
    let base = ["simulate", "--policy", "policy.json", "--now", NOW, "--format", "json"];
    let whole: String = crate::run::EXPORTS.map(fixture).concat();
    let args = [&base[..], &["--inventory", "-"]].concat();
    let expected = run(&simulate(&["--format", "json"])).json();
    let piped = run_with_input(&args, whole.as_bytes()).expect(0).json();
    assert_eq!(runs(&piped), runs(&expected));
    assert_eq!(piped["inventory"]["skipped"][0]["source"], "standard input");
    assert_eq!(runs(&run_with_input(&args, &gzip(&whole)).expect(0).json()), runs(&expected));
}

#[test]
fn exports_may_be_compressed() {
    let folder = folder();
    // Told by its content, whatever it is called.
    let images = file(&folder, "images.txt", gzip(&fixture("images.json")));
    let args = ["simulate", "--policy", "policy.json", "--now", NOW, "--format", "json"];
    let plain = run(&[&args[..], &["--inventory", "images.json"]].concat()).expect(0).json();
    let compressed = run(&[&args[..], &["--inventory", &images]].concat()).expect(0).json();
    assert_eq!(runs(&compressed), runs(&plain));
}

#[test]
fn policies_may_be_in_utf_16_and_compressed() {
    let folder = folder();
    let text = fixture("policy.json");
    let utf16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(order).collect()
    };
    let expected = run(&simulate(&["--format", "json"])).stdout;
    let files = [
        ("little.json", utf16(u16::to_le_bytes)),
        ("big.json", utf16(u16::to_be_bytes)),
        ("mark.json", format!("\u{feff}{text}").into_bytes()),
        ("policy.json.gz", gzip(&text)),
    ];
    for (name, bytes) in files {
        let policy = file(&folder, name, bytes);
        let mut args = simulate(&["--format", "json"]);
        args[2] = &policy;
        assert_eq!(run(&args).expect(0).stdout, expected, "{name}");
    }
}

#[test]
fn a_get_response_tells_account_and_region() {
    let folder = folder();
    let mut policy: Value = serde_json::from_str(&fixture("policy.json")).unwrap();
    policy["arn"] =
        json!("arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/golden-ami-retention");
    let get = json!({ "lifecyclePolicy": policy }).to_string();
    let get = file(&folder, "get.json", get);
    let mut args = simulate(&["--format", "json"]);
    args[2] = &get;
    let report = run(&args).expect(0).json();
    let reason = |end: &str| {
        let images = report["runs"][0]["images"].as_array().unwrap();
        images.iter().find(|image| image["arn"].as_str().unwrap().ends_with(end)).unwrap()["reason"].clone()
    };
    assert_eq!(reason("shared-base/3.0.0/12"), "OTHER_OWNER");
    assert_eq!(reason("build-agent/1.9.0/1"), "OTHER_REGION");
    // Pointers lead into the document as it was given.
    assert_eq!(report["diagnostics"][0]["path"], "/lifecyclePolicy/policyDetails/2/exclusionRules/amis");
}

#[test]
fn a_policy_with_errors_is_answered_and_not_run() {
    let folder = folder();
    let wrong = crate::run::policy_with("/policyDetails/0/filter/value", json!(0));
    let wrong = file(&folder, "wrong.json", wrong);
    let args = ["simulate", "--policy", &wrong, "--inventory", "images.json", "--now", NOW];
    let report = run(&[&args[..], &["--format", "json"]].concat()).expect(1).json();
    assert_eq!(report["runs"], json!([]));
    let error = &report["diagnostics"][0];
    assert_eq!(error["severity"], "error");
    assert_eq!(error["path"], "/policyDetails/0/filter/value");
    for format in ["table", "markdown"] {
        let done = run(&[&args[..], &["--format", format]].concat()).expect(1);
        assert_eq!(done.stdout, "", "{format}");
        done.says(&[
            "error /policyDetails/0/filter/value: ",
            "the policy has 1 error",
            "nothing is simulated",
        ]);
    }
    let csv = run(&[&args[..], &["--format", "csv"]].concat()).expect(1);
    assert_eq!(csv.stdout.lines().count(), 1);
}

#[test]
fn an_inventory_without_images_is_answered() {
    let folder = folder();
    let empty = file(&folder, "empty.json", r#"{"imageSummaryList": []}"#);
    let args = ["simulate", "--policy", "policy.json", "--inventory", &empty, "--now", NOW];
    let done = run(&args).expect(0);
    assert!(done.stdout.contains("images: 0 deleted"), "{}", done.stdout);
    assert!(!done.stdout.contains("verdict"), "{}", done.stdout);
    for more in [
        &["simulate"][..],
        &["forecast"],
        &["compare", "--with", "policy.json"],
        &["compare", "--with-inventory", "images.json"],
        &["overlaps", "--policy", "policy.json"],
    ] {
        let done = run(&[more, &args[1..]].concat()).expect(0);
        done.says(&["there is no image in the exports"]);
        let args = ["--policy", "policy.json", "--inventory", "images.json", "--now", NOW];
        let done = run(&[more, &args[..]].concat()).expect(0);
        assert!(!done.stderr.contains("there is no image"), "{}", done.stderr);
    }
    let other = ["compare", "--with-inventory", &empty, "--policy", "policy.json", "--now", NOW];
    run(&[&other[..], &["--inventory", "images.json"]].concat())
        .expect(0)
        .says(&["there is no image in the exports"]);
    let report = run(&[&args[..], &["--format", "json"]].concat()).expect(0).json();
    let found = report["diagnostics"].as_array().unwrap();
    assert!(found.iter().any(|found| found["code"] == "no-images"), "{found:?}");
}

#[test]
fn an_export_that_is_cut_off_says_so() {
    let folder = folder();
    let mut images: Value = serde_json::from_str(&fixture("images.json")).unwrap();
    let whole = images.to_string();
    images["NextToken"] = json!("eyJuZXh0VG9rZW4i");
    let (page, whole) = (file(&folder, "page.json", images.to_string()), file(&folder, "whole.json", whole));
    let said = ["page.json` ends with a token", "--max-items", "[export-cut-off]"];
    let ask = |command: &'static [&str], exports: &[&str]| {
        let exports = exports.iter().flat_map(|export| ["--inventory", *export]);
        let base = command.iter().copied().chain(["--policy", "policy.json", "--now", NOW]);
        let done = run(&base.chain(exports).collect::<Vec<_>>()).expect(0);
        done.stdout + &done.stderr
    };
    for command in [
        &["simulate"][..],
        &["check"],
        &["forecast"],
        &["compare", "--with", "policy.json"],
        &["overlaps", "--policy", "policy.json"],
    ] {
        let text = ask(command, &[&page]);
        assert!(said.iter().all(|words| text.contains(words)), "{text}");
    }
    assert!(!ask(&["simulate"], &[&whole, &page]).contains(said[0]));
    assert!(!ask(&["simulate"], &[&page, &whole]).contains(said[0]));
}

#[test]
fn the_table_of_a_simulation_is_an_export_too() {
    let folder = folder();
    let verdicts = |report: &Value| -> Vec<Value> {
        let images = report["runs"][0]["images"].as_array().unwrap().iter();
        images
            .map(|image| json!([image["arn"], image["verdict"], image["reason"], image["outputs"]]))
            .collect()
    };
    let table = run(&simulate(&["--format", "csv", "--days", "3"])).expect(0).stdout;
    let expected = verdicts(&run(&simulate(&["--format", "json"])).expect(0).json());
    let table_text = table.clone();
    let base = ["simulate", "--policy", "policy.json", "--now", NOW];
    for (name, bytes) in [("table.csv", table.clone().into_bytes()), ("table.csv.gz", gzip(&table))] {
        let table = file(&folder, name, bytes);
        let args = [&base[..], &["--inventory", &table]].concat();
        let report = run(&[&args[..], &["--format", "json"]].concat()).expect(0).json();
        assert_eq!(report["inventory"]["skipped"], json!([]));
        assert_eq!(verdicts(&report), expected);
        let again = run(&[&args[..], &["--format", "csv", "--days", "3"]].concat()).expect(0).stdout;
        assert_eq!(again, table_text, "what is read and written again is the same");
    }
}

#[test]
fn a_table_keeps_the_state_and_the_date_of_amis() {
    let folder = folder();
    let policy = r#"{
        "name": "tidy", "executionRole": "LifecycleRole", "resourceType": "AMI_IMAGE",
        "policyDetails": [{
            "action": {"type": "DELETE", "includeResources": {"amis": true}},
            "filter": {"type": "AGE", "value": 90, "unit": "DAYS"}
        }],
        "resourceSelection": {"recipes": [{"name": "web", "semanticVersion": "x.x.x"}]}
    }"#;
    let image = |build: u32, created: &str| {
        json!({
            "arn": format!("arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/{build}"),
            "state": {"status": "AVAILABLE"},
            "dateCreated": created,
            "outputResources": {"amis": [{"region": "us-west-2", "image": format!("ami-{build}")}]},
        })
    };
    let exports = json!([
        {"imageSummaryList": [image(1, "2026-01-01T12:00:00Z"), image(2, "2026-08-30T12:00:00Z")]},
        {"Images": [
            {"ImageId": "ami-1", "State": "deregistered", "DeregistrationProtection": "enabled-without-cooldown"},
            {"ImageId": "ami-2", "State": "available", "CreationDate": "2026-09-03T12:00:00Z"},
        ]},
    ]);
    let (policy, exports) =
        (file(&folder, "policy.json", policy), file(&folder, "exports.json", exports.to_string()));
    let ask = |inventory: &str, format: &str| {
        let now = "2026-11-30T12:00:00Z";
        run(&["simulate", "--policy", &policy, "--inventory", inventory, "--now", now, "--format", format])
            .expect(0)
    };
    let table = file(&folder, "table.csv", ask(&exports, "csv").stdout);
    let images = |inventory: &str| ask(inventory, "json").json()["runs"][0]["images"].clone();
    assert_eq!(images(&table), images(&exports));
}
