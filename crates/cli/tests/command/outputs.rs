//! What `simulate` prints.

use std::io::BufRead;
use std::io::BufReader;
use std::process::Stdio;

use serde_json::Value;
use serde_json::json;

use crate::run::EXPORTS;
use crate::run::NOW;
use crate::run::afterimage;
use crate::run::done;
use crate::run::file;
use crate::run::folder;
use crate::run::run;
use crate::run::simulate;

#[test]
fn what_is_assumed_stands_above_the_counts() {
    let answer = "policy-delete-keeps-image-when-ami-skipped=true";
    let summary = |more: &[&str]| {
        let printed = run(&simulate(more)).expect(0).stdout;
        let lines = printed
            .lines()
            .skip_while(|line| !line.starts_with("assumed: ") && !line.starts_with("images: "));
        lines.take(2).map(str::to_owned).collect::<Vec<_>>()
    };
    let [assumed, images] = &summary(&["--assume", answer])[..] else { panic!("no summary") };
    assert_eq!(*assumed, format!("assumed: {answer}"));
    assert!(images.starts_with("images: 11 deleted (1 will fail, 5 leave the record), "), "{images}");
    assert!(summary(&[])[0].starts_with("images: "));
}

#[test]
fn a_reason_names_the_number_that_is_assumed_to_be_kept() {
    let folder = folder();
    let filter = json!({"type": "COUNT", "value": 1, "retainAtLeast": 3});
    let policy = json!({
        "name": "fleet", "executionRole": "LifecycleRole", "resourceType": "AMI_IMAGE",
        "policyDetails": [{"action": {"type": "DELETE"}, "filter": filter}],
        "resourceSelection": {"recipes": [{"name": "web", "semanticVersion": "x.x.x"}]},
    });
    let image = |build: u32| {
        json!({
            "arn": format!("arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/{build}"), "type": "AMI",
            "state": {"status": "AVAILABLE"}, "dateCreated": format!("2026-01-0{build}T12:00:00Z"),
        })
    };
    let images = json!({"imageSummaryList": (1..=4).map(image).collect::<Vec<_>>()});
    let policy = file(&folder, "policy.json", policy.to_string());
    let images = file(&folder, "images.json", images.to_string());
    let assumed = "count-honours-retain-at-least=true";
    let args = ["simulate", "--policy", &policy, "--inventory", &images, "--now", NOW, "--assume", assumed];
    let printed = run(&args).expect(0).stdout;
    assert!(
        printed.contains("RETAINED: in newest 3") && printed.contains("COUNT: beyond the newest 3"),
        "{printed}"
    );
}

#[test]
fn the_report_has_its_documented_shape() {
    let report = run(&simulate(&["--format", "json"])).expect(0).json();
    assert_eq!(report["now"], NOW);
    let codes: Vec<_> = report["diagnostics"]
        .as_array()
        .unwrap()
        .iter()
        .map(|found| found["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["ami-exclusions-orphan", "pin-on-some-rules", "ami-facts-missing"]);
    assert_eq!(
        report["inventory"]["skipped"],
        json!([{
            "source": "images.json",
            "path": "/imageSummaryList/31",
            "message": "the creation date `last Tuesday` is not a timestamp"
        }])
    );
    let [run] = report["runs"].as_array().unwrap().as_slice() else { panic!("not one run") };
    assert_eq!(run["at"], NOW);
    let images = run["images"].as_array().unwrap();
    assert_eq!(report["inventory"]["images"], images.len());
    let arns: Vec<_> = images.iter().map(|image| image["arn"].as_str().unwrap()).collect();
    assert!(arns.is_sorted(), "{arns:#?}");
    let shared = images.iter().find(|image| image["arn"].as_str().unwrap().ends_with("web-base/1.3.0/2"));
    assert_eq!(
        shared.unwrap(),
        &json!({
            "arn": "arn:aws:imagebuilder:us-west-2:123456789012:image/web-base/1.3.0/2",
            "before": "DISABLED", "after": "DELETED",
            "verdict": "DELETE", "reason": "AGE", "rule": 2, "status": "SUCCESS", "boundary": false,
            "otherReadings": [{
                "assumption": "policy-delete-keeps-image-when-ami-skipped", "value": "true",
                "verdict": "DELETE", "reason": "AGE", "rule": 2, "status": "SKIPPED", "after": "DISABLED",
            }],
            "outputs": [
                {
                    "id": "ami-082ca105906080f29", "kind": "AMI",
                    "region": "us-west-2", "accountId": "123456789012",
                    "verdict": "SKIP", "reason": "SHARED_ACCOUNT",
                    "snapshots": [
                        { "id": "snap-0f44930f7a30408da", "verdict": "SKIP", "reason": "SHARED_ACCOUNT" }
                    ]
                },
                {
                    "id": "ami-0a7be8be68b0b93bb", "kind": "AMI",
                    "region": "eu-west-1", "accountId": "123456789012",
                    "verdict": "DELETE", "reason": "AGE",
                    "snapshots": [{ "id": "snap-0b9d067e9baf2a7f2", "verdict": "DELETE", "reason": "AGE" }]
                }
            ]
        })
    );
}

#[test]
fn the_fixtures_meet_every_verdict() {
    let report = run(&simulate(&["--format", "json"])).json();
    let summary = report["runs"][0]["summary"].as_object().unwrap();
    assert_eq!(summary.len(), 6);
    assert!(summary.values().all(|count| count.as_u64() > Some(0)), "{summary:?}");
}

#[test]
fn every_day_is_a_run_that_starts_where_the_last_one_ended() {
    let report = run(&simulate(&["--format", "json", "--days", "3"])).expect(0).json();
    let runs = report["runs"].as_array().unwrap();
    let at: Vec<_> = runs.iter().map(|run| run["at"].as_str().unwrap()).collect();
    assert_eq!(at, ["23", "24", "25", "26"].map(|day| format!("2026-11-{day}T12:00:00Z")));
    for pair in runs.windows(2) {
        let find = |run: &Value, arn: &Value| {
            run["images"].as_array().unwrap().iter().find(|image| image["arn"] == *arn).cloned()
        };
        for image in pair[0]["images"].as_array().unwrap() {
            let next = find(&pair[1], &image["arn"]);
            if image["verdict"] == "DELETE" && image["status"] == "SUCCESS" {
                assert_eq!(next, None);
            } else {
                assert_eq!(next.unwrap()["before"], image["after"]);
            }
        }
    }
}

#[test]
fn csv_has_a_line_for_each_image_and_output_of_each_run() {
    let report = run(&simulate(&["--format", "json", "--days", "1"])).json();
    let mut expected = Vec::new();
    for run in report["runs"].as_array().unwrap() {
        for image in run["images"].as_array().unwrap() {
            expected.push((run["at"].clone(), image["arn"].clone(), image["verdict"].clone()));
            // There is nothing to count of an AMI that went earlier.
            let outputs = image["outputs"].as_array().unwrap().iter();
            for output in outputs.filter(|output| output["gone"] != true) {
                expected.push((run["at"].clone(), output["id"].clone(), output["verdict"].clone()));
                for snapshot in output["snapshots"].as_array().unwrap() {
                    expected.push((run["at"].clone(), snapshot["id"].clone(), snapshot["verdict"].clone()));
                }
            }
        }
    }
    let done = run(&simulate(&["--format", "csv", "--days", "1"])).expect(0);
    let mut lines = done.stdout.lines();
    let header = lines.next().unwrap();
    assert!(header.starts_with("run,kind,id,") && header.contains(",verdict,reason,"), "{header}");
    let actual: Vec<_> = lines
        .map(|line| {
            let cells: Vec<_> = line.split(',').collect();
            (json!(cells[0]), json!(cells[2]), json!(cells[9]))
        })
        .collect();
    assert_eq!(actual, expected);
}

#[test]
fn without_now_the_first_run_is_at_the_present() {
    let args = ["simulate", "--policy", "policy.json", "--inventory", "images.json", "--format", "json"];
    let report = run(&args).expect(0).json();
    let now = report["now"].as_str().unwrap();
    assert_eq!(now.len(), NOW.len(), "{now}");
    assert!(now.starts_with("20") && now.ends_with('Z'), "{now}");
    assert_eq!(report["runs"][0]["at"], now);
}

#[test]
fn every_spelling_of_now_is_one_instant() {
    let expected = run(&simulate(&["--format", "json"])).stdout;
    for now in ["2026-11-23T13:00:00+01:00", "2026-11-23 12:00:00", "1795435200"] {
        let mut args = simulate(&["--format", "json"]);
        let at = args.iter().position(|arg| *arg == NOW).unwrap();
        args[at] = now;
        assert_eq!(run(&args).expect(0).stdout, expected, "{now}");
    }
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    for format in ["table", "json", "csv", "markdown"] {
        let args = simulate(&["--format", format, "--days", "2"]);
        assert_eq!(run(&args).stdout, run(&args).stdout, "{format}");
    }
}

#[test]
fn the_order_of_the_exports_does_not_show() {
    let given = |exports: [&str; 3]| {
        let mut args = vec!["simulate", "--policy", "policy.json", "--now", NOW, "--format", "json"];
        args.extend(exports.iter().flat_map(|export| ["--inventory", export]));
        run(&args).expect(0).stdout
    };
    let [images, amis, permissions] = EXPORTS;
    let expected = given(EXPORTS);
    assert_eq!(given([permissions, amis, images]), expected);
    assert_eq!(given([amis, images, permissions]), expected);
}

#[test]
fn a_pipe_that_closes_early_is_no_failure() {
    for format in ["table", "json", "csv", "markdown"] {
        let mut command = afterimage(&simulate(&["--format", format, "--days", "200"]));
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!line.is_empty());
        assert_eq!(output.status.code(), Some(0), "{format}: {stderr}");
        assert!(!stderr.contains("panicked") && !stderr.contains("pipe"), "{format}: {stderr}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_failure() {
    for format in ["table", "json", "csv", "markdown"] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let done = done(afterimage(&simulate(&["--format", format])).stdout(full)).expect(2);
        done.says(&["cannot write the output"]);
    }
}

#[test]
fn colour_is_for_terminals_and_for_who_asks() {
    let plain = run(&simulate(&[])).expect(0);
    assert!(!plain.stdout.contains('\u{1b}') && !plain.stderr.contains('\u{1b}'));
    let forced = done(afterimage(&simulate(&[])).env("CLICOLOR_FORCE", "1")).expect(0);
    assert!(forced.stdout.contains("\u{1b}[1m\u{1b}[31mDELETE\u{1b}[0m "), "{}", forced.stdout);
    assert!(forced.stderr.contains("\u{1b}[33mwarning\u{1b}[0m "), "{}", forced.stderr);
    assert_eq!(without_colour(&forced.stdout), plain.stdout);
    let refused = done(afterimage(&simulate(&[])).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1"));
    assert_eq!(refused.stdout, plain.stdout);
    for format in ["json", "csv", "markdown"] {
        let done = done(afterimage(&simulate(&["--format", format])).env("CLICOLOR_FORCE", "1"));
        assert!(!done.stdout.contains('\u{1b}'), "{format}");
    }
}

fn without_colour(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let mut plain = parts.next().unwrap().to_owned();
    plain.extend(parts.map(|part| part.split_once('m').unwrap().1));
    plain
}

#[test]
fn an_export_cannot_steer_the_terminal_or_the_spreadsheet() {
    let folder = folder();
    let export = json!({ "imageSummaryList": [{
        "arn": "arn:aws:imagebuilder:us-west-2:123456789012:image/web-base\u{1b}[2J/1.0.0/1",
        "name": "web-base",
        "imageRecipe": { "name": "web-base", "version": "1.0.0" },
        "state": { "status": "FAILED" },
        "dateCreated": "2026-01-01T00:00:00Z",
        "outputResources": { "amis": [{ "image": "=1+1|<b>", "region": "us-west-2" }] }
    }] });
    let export = file(&folder, "forged.json", export.to_string());
    let args = ["simulate", "--policy", "policy.json", "--inventory", &export, "--now", NOW];
    let table = done(afterimage(&args).env("CLICOLOR_FORCE", "1")).expect(0);
    assert!(table.stdout.contains("web-base\u{fffd}[2J/1.0.0/1"), "{}", table.stdout);
    assert!(!table.stdout.contains("\u{1b}[2J"));
    let csv = run(&[&args[..], &["--format", "csv"]].concat()).expect(0);
    assert!(csv.stdout.contains(",AMI,'=1+1|<b>,"), "{}", csv.stdout);
    let markdown = run(&[&args[..], &["--format", "markdown"]].concat()).expect(0);
    assert!(markdown.stdout.contains("| =1+1\\|&lt;b> us-west-2 DELETE |"), "{}", markdown.stdout);
}

#[test]
fn what_is_freed_at_most_is_rounded_up() {
    let folder = folder();
    let policy = json!({
        "name": "fleet", "executionRole": "LifecycleRole", "resourceType": "AMI_IMAGE",
        "policyDetails": [{
            "action": {"type": "DELETE", "includeResources": {"amis": true, "snapshots": true}},
            "filter": {"type": "AGE", "value": 1, "unit": "DAYS"},
        }],
        "resourceSelection": {"recipes": [{"name": "web", "semanticVersion": "x.x.x"}]},
    });
    let policy = file(&folder, "policy.json", policy.to_string());
    let freed = |bytes: u64| {
        let exports = json!([
            {"imageSummaryList": [{
                "arn": "arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1", "type": "AMI",
                "state": {"status": "AVAILABLE"}, "dateCreated": "2024-01-01T00:00:00Z",
                "outputResources": {"amis": [{"region": "us-west-2", "image": "ami-1"}]},
            }]},
            {"Images": [{"ImageId": "ami-1", "BlockDeviceMappings": [{"Ebs": {"SnapshotId": "snap-1"}}]}]},
            {"Snapshots": [{"SnapshotId": "snap-1", "FullSnapshotSizeInBytes": bytes}]},
        ]);
        let exports = file(&folder, "exports.json", exports.to_string());
        let args = ["simulate", "--policy", &policy, "--inventory", &exports, "--now", NOW];
        run(&[&args[..], &["--price-snapshot", "0.05"]].concat()).expect(0).stdout
    };
    // 10.307 GiB, which cost 0.5153.
    let said = freed(11_066_512_282);
    assert!(said.contains("at most 10.4 GiB of snapshots freed, at most 0.52 a month"), "{said}");
    let said = freed(8 << 30);
    assert!(said.contains("at most 8.0 GiB of snapshots freed, at most 0.40 a month"), "{said}");
}
