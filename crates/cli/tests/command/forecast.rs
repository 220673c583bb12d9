//! What `forecast` and `compare` print.

use serde_json::Value;
use serde_json::json;

use crate::golden;
use crate::run::file;
use crate::run::folder;
use crate::run::policy_with;
use crate::run::run;
use crate::run::simulate;

/// Arguments of a forecast or a comparison of the fixtures, and more.
fn ask<'a>(command: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut args = simulate(more);
    args[0] = command;
    args
}

#[test]
fn the_table_of_a_year() {
    let done = run(&ask("forecast", &[])).expect(0);
    golden::compare("forecast.txt", &done.stdout);
    golden::compare("notes.txt", &done.stderr);
}

#[test]
fn the_markdown_with_builds_to_come() {
    let done = run(&ask("forecast", &["--days", "60", "--builds", "observed", "--format", "markdown"]));
    golden::compare("forecast.md", &done.expect(0).stdout);
}

#[test]
fn the_csv_of_a_year() {
    golden::compare("forecast.csv", &run(&ask("forecast", &["--format", "csv"])).expect(0).stdout);
}

#[test]
fn a_forecast_agrees_with_the_runs_day_by_day() {
    let forecast = run(&ask("forecast", &["--days", "60", "--format", "json"])).expect(0).json();
    let runs = run(&simulate(&["--days", "60", "--format", "json"])).expect(0).json();
    let runs = runs["runs"].as_array().unwrap();
    let mut acted = 0;
    for image in forecast["images"].as_array().unwrap() {
        for (member, verdict) in [("deprecated", "DEPRECATE"), ("disabled", "DISABLE"), ("deleted", "DELETE")]
        {
            let on = runs.iter().find(|run| {
                let rows = run["images"].as_array().unwrap().iter();
                rows.filter(|row| row["arn"] == image["arn"])
                    .any(|row| row["verdict"] == verdict && row["status"] == "SUCCESS")
            });
            acted += u32::from(on.is_some());
            assert_eq!(image[member], on.map_or(Value::Null, |run| run["at"].clone()), "{image}");
        }
    }
    assert!(acted > 40);
    assert_eq!(forecast["until"], "2027-01-22T12:00:00Z");
    assert_eq!(forecast["settledAfter"], Value::Null);
    assert_eq!(forecast["newBuilds"], json!([]));
}

#[test]
fn builds_are_expected_as_they_are_asked_for() {
    let series = |builds: &[&str]| {
        let args: Vec<&str> = builds.iter().flat_map(|which| ["--builds", *which]).collect();
        let args = [args.as_slice(), &["--format", "json", "--days", "70"]].concat();
        let report = run(&ask("forecast", &args)).expect(0).json();
        let series = report["newBuilds"].as_array().unwrap();
        let facts =
            |one: &Value| (one["recipe"].as_str().unwrap().to_owned(), one["built"].as_u64().unwrap());
        series.iter().map(facts).collect::<Vec<_>>()
    };
    assert_eq!(series(&[]), []);
    assert_eq!(series(&["none"]), []);
    let weekly = series(&["7d"]);
    assert!(weekly.len() > 2 && weekly.iter().all(|(_, built)| *built == 10), "{weekly:?}");
    assert_eq!(series(&["none", "Web Base=14d"]), [("web-base".to_owned(), 5)]);
    assert!(series(&["observed"]).len() < weekly.len());
    let unknown =
        ["no image in scope is from the recipe `wbe-base`", "the recipes in scope are `web-base`, `"];
    for more in [&["forecast"][..], &["compare", "--with-inventory", "images.json"]] {
        let args = ask(more[0], &[&more[1..], &["--builds", "wbe-base=7d"]].concat());
        let done = run(&args).expect(2);
        assert_eq!(done.stdout, "");
        done.says(&unknown);
    }
    run(&ask("forecast", &["--builds", "weekly"])).expect(2).says(&["write none, observed", "RECIPE=7d"]);
    run(&ask("forecast", &["--days", "1827"])).expect(2).says(&["1827 is not in 0..=1826"]);
}

/// The fixtures' policy that keeps four of each version and disables after 100 days.
fn edited(folder: &tempfile::TempDir) -> String {
    let mut policy: Value =
        serde_json::from_str(&policy_with("/policyDetails/2/filter/retainAtLeast", json!(4))).unwrap();
    policy["policyDetails"][1]["filter"]["value"] = json!(100);
    file(folder, "edited.json", policy.to_string())
}

#[test]
fn the_table_of_two_policies() {
    let folder = folder();
    let edited = edited(&folder);
    let done = run(&ask("compare", &["--with", &edited])).expect(0);
    golden::compare("compare.txt", &done.stdout);
    let report = run(&ask("compare", &["--with", &edited, "--format", "json"])).expect(0).json();
    let delete = &report["summary"]["delete"];
    assert_eq!(report["summary"]["changed"], report["images"].as_array().unwrap().len());
    let spared = report["images"].as_array().unwrap().iter().filter(|image| {
        let changes = image["changes"].as_array().unwrap();
        changes.contains(&json!({ "action": "DELETE", "change": "SPARED" }))
    });
    assert_eq!(delete["spared"], spared.count());
    assert_eq!(
        delete["before"].as_u64(),
        Some(delete["after"].as_u64().unwrap() + delete["spared"].as_u64().unwrap())
    );
    let csv = run(&ask("compare", &["--with", &edited, "--format", "csv"])).expect(0).stdout;
    assert_eq!(csv.lines().count(), report["images"].as_array().unwrap().len() + 1);
}

#[test]
fn two_inventories_are_joined_by_arn() {
    let folder = folder();
    let mut images: Value = serde_json::from_str(&crate::run::fixture("images.json")).unwrap();
    let list = images["imageSummaryList"].as_array_mut().unwrap();
    let gone = list.remove(0)["arn"].clone();
    let mut more = list[0].clone();
    more["arn"] = json!("arn:aws:imagebuilder:us-west-2:123456789012:image/brand-new/1.0.0/1");
    let more = {
        list.push(more);
        list.last().unwrap()["arn"].clone()
    };
    let other = file(&folder, "later.json", images.to_string());
    let others = ["--with-inventory", &other, "--with-inventory", "amis.json"];
    let args = [others.as_slice(), &["--with-inventory", "launch-permissions.json"]].concat();
    let report = run(&ask("compare", &[args.as_slice(), &["--format", "json"]].concat())).expect(0).json();
    assert_eq!((&report["onlyBefore"], &report["onlyAfter"]), (&json!([gone]), &json!([more])));
    let markdown =
        run(&ask("compare", &[args.as_slice(), &["--format", "markdown"]].concat())).expect(0).stdout;
    assert!(markdown.contains("- brand-new/1.0.0/1"), "{markdown}");
}

#[test]
fn a_comparison_with_nothing_or_with_a_broken_policy_is_refused() {
    run(&ask("compare", &[])).expect(2).says(&["--with", "--with-inventory"]);
    let folder = folder();
    let broken = file(&folder, "broken.json", policy_with("/policyDetails/0/filter/unit", Value::Null));
    let done = run(&ask("compare", &["--with", &broken])).expect(1);
    assert_eq!(done.stdout, "");
    done.says(&["nothing is simulated"]);
    let report = run(&ask("compare", &["--with", &broken, "--format", "json"])).expect(1).json();
    assert_eq!((&report["summary"], &report["images"]), (&Value::Null, &json!([])));
    let report = run(&["forecast", "--policy", &broken, "--inventory", "images.json", "--format", "json"]);
    assert_eq!(report.expect(1).json()["totals"], Value::Null);
}
