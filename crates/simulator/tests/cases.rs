//! Runs every case in `tests/cases/simulation`: a policy, an inventory and what the report must say of them.
//!
//! A case is one JSON file with the members of [`Case`]. Its inventory is given as AWS exports, as the
//! shorthand of [`Image`], or both. What `expect` leaves out of a row is not looked at, but every image of a
//! stated run has to be mentioned.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Loader;
use afterimage_policy::Severity;
use afterimage_simulator::Assumptions;
use serde::Deserialize;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// What `docs/schema` says of a report.
static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let schema: Value = serde_json::from_str(include_str!("../../../docs/schema/report.json")).unwrap();
    jsonschema::validator_for(&schema).unwrap()
});

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// What the case shows.
    #[expect(dead_code, reason = "for the reader of the file")]
    note: String,
    /// Where AWS documents it.
    link: Option<String>,
    now: String,
    #[serde(default)]
    days: u32,
    policy: Value,
    #[serde(default)]
    images: Vec<Image>,
    #[serde(default)]
    exports: Vec<Value>,
    /// Each `name=value`.
    #[serde(default)]
    assume: Vec<String>,
    expect: Expect,
}

/// An image in a few words; what is left out is ordinary.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Image {
    #[serde(default = "Image::recipe")]
    recipe: String,
    #[serde(default = "Image::version")]
    version: String,
    build: u32,
    #[serde(default = "Image::account")]
    account: String,
    #[serde(default = "Image::region")]
    region: String,
    /// Days before `now`; or else `created`, as AWS writes it.
    age: Option<i64>,
    created: Option<Value>,
    #[serde(default = "Image::status")]
    status: String,
    #[serde(rename = "type", default = "Image::kind")]
    kind: String,
    owner: Option<String>,
    build_type: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    #[serde(default)]
    amis: Vec<Ami>,
    /// Each entry lists the URIs of one container image.
    #[serde(default)]
    containers: Vec<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Ami {
    /// Listed by the image and nowhere else.
    Unknown(String),
    Described(DescribedAmi),
}

/// An AMI that describe-images tells of as well.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct DescribedAmi {
    id: String,
    region: Option<String>,
    account_id: Option<String>,
    public: Option<bool>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
    /// Account IDs, or whole entries of `LaunchPermissions`.
    shared_with: Option<Vec<Value>>,
    launched: Option<String>,
    #[serde(default)]
    snapshots: Vec<String>,
    protection: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// All diagnostics, in any order: their codes, or objects of some of their members, with the title of
    /// `fix` (null: there is none).
    diagnostics: Option<Vec<Value>>,
    /// Codes of checks that the policy and its inventory only just miss.
    #[serde(default)]
    silent: Vec<String>,
    inventory: Option<Map<String, Value>>,
    /// One entry per run; null where nothing is said of a run.
    runs: Vec<Option<ExpectedRun>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedRun {
    at: Option<String>,
    summary: Option<Map<String, Value>>,
    storage: Option<Map<String, Value>>,
    /// By ARN, or by what follows `image/` in it: `"DELETE AGE"`, or an object of members of the row.
    images: BTreeMap<String, Value>,
}

impl Image {
    fn recipe() -> String {
        "web".to_owned()
    }

    fn version() -> String {
        "1.0.0".to_owned()
    }

    fn account() -> String {
        "123456789012".to_owned()
    }

    fn region() -> String {
        "us-west-2".to_owned()
    }

    fn status() -> String {
        "AVAILABLE".to_owned()
    }

    fn kind() -> String {
        "AMI".to_owned()
    }

    /// The image as list-image-build-versions writes it.
    fn summary(&self, now: Instant) -> Value {
        let node = self.recipe.to_lowercase().replace([' ', '_'], "-");
        let Self { account, region, version, build, .. } = self;
        let created = match (self.age, &self.created) {
            (Some(days), None) => json!(now.plus_days(-days).to_string()),
            (None, Some(created)) => created.clone(),
            _ => Value::Null,
        };
        let containers: Vec<_> =
            self.containers.iter().map(|uris| json!({ "region": region, "imageUris": uris })).collect();
        json!({
            "arn": format!("arn:aws:imagebuilder:{region}:{account}:image/{node}/{version}/{build}"),
            "name": self.recipe,
            "type": self.kind,
            "version": format!("{version}/{build}"),
            "state": { "status": self.status },
            "owner": self.owner.as_ref().unwrap_or(account),
            "dateCreated": created,
            "outputResources": {
                "amis": self.amis.iter().map(|ami| ami.output(self)).collect::<Vec<_>>(),
                "containers": containers,
            },
            "tags": self.tags,
            "buildType": self.build_type.as_deref().unwrap_or("USER_INITIATED"),
        })
    }
}

impl Ami {
    fn output(&self, image: &Image) -> Value {
        let (id, region, account) = match self {
            Self::Unknown(id) => (id, None, None),
            Self::Described(ami) => (&ami.id, ami.region.as_ref(), ami.account_id.as_ref()),
        };
        let (region, account) = (region.unwrap_or(&image.region), account.unwrap_or(&image.account));
        json!({ "image": id, "region": region, "accountId": account })
    }

    /// The row of describe-images and the answers of describe-image-attribute.
    fn facts(&self) -> (Option<Value>, Vec<Value>) {
        let Self::Described(ami) = self else { return (None, Vec::new()) };
        let mut row = json!({
            "ImageId": ami.id,
            "State": "available",
            "Tags": ami.tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect::<Vec<_>>(),
            "BlockDeviceMappings":
                ami.snapshots.iter().map(|id| json!({ "Ebs": { "SnapshotId": id } })).collect::<Vec<_>>(),
        });
        if let Some(public) = ami.public {
            row["Public"] = json!(public);
        }
        if let Some(launched) = &ami.launched {
            row["LastLaunchedTime"] = json!(launched);
        }
        if let Some(protection) = &ami.protection {
            row["DeregistrationProtection"] = json!(protection);
        }
        let permissions = ami.shared_with.iter().map(|with| {
            let entry = |entry: &Value| match entry {
                Value::String(account) => json!({ "UserId": account }),
                entry => entry.clone(),
            };
            json!({ "ImageId": ami.id, "LaunchPermissions": with.iter().map(entry).collect::<Vec<_>>() })
        });
        (Some(row), permissions.collect())
    }
}

impl Case {
    fn assumptions(&self) -> Assumptions {
        self.assume.iter().fold(Assumptions::default(), |assumptions, text| {
            let (assumption, choice) = Assumptions::parse(text).unwrap();
            assumptions.with(assumption, choice)
        })
    }

    fn inventory(&self, now: Instant) -> Inventory {
        let images: Vec<Value> = self.images.iter().map(|image| image.summary(now)).collect();
        let (rows, permissions): (Vec<_>, Vec<_>) =
            self.images.iter().flat_map(|image| &image.amis).map(Ami::facts).unzip();
        let rows: Vec<Value> = rows.into_iter().flatten().collect();
        let permissions: Vec<Value> = permissions.into_iter().flatten().collect();
        let mut loader = Loader::new();
        let mut add = |name: &str, export: &Value| {
            loader.add(name, export.to_string().as_bytes()).unwrap();
        };
        if !images.is_empty() {
            add("images", &json!({ "imageSummaryList": images }));
        }
        if !rows.is_empty() {
            add("amis", &json!({ "Images": rows }));
        }
        if !permissions.is_empty() {
            add("permissions", &json!(permissions));
        }
        for (index, export) in self.exports.iter().enumerate() {
            add(&format!("exports/{index}"), export);
        }
        loader.finish()
    }

    /// Everything in which the report differs from what is expected.
    fn problems(&self) -> Vec<String> {
        let mut problems = Vec::new();
        if self.link.as_ref().is_some_and(|link| !link.starts_with("https://")) {
            problems.push("link: is no address".to_owned());
        }
        for image in self.images.iter().filter(|image| image.age.is_some() == image.created.is_some()) {
            problems.push(format!("images: build {} needs one of `age` and `created`", image.build));
        }
        let now = Instant::parse(&self.now).unwrap();
        let reading = afterimage_policy::read(&self.policy.to_string());
        let inventory = self.inventory(now);
        let report = afterimage_simulator::report(&reading, &inventory, self.assumptions(), now, self.days);
        let report = serde_json::to_value(&report).unwrap();
        problems.extend(SCHEMA.iter_errors(&report).map(|error| format!("schema: {error}")));
        let mut codes: Vec<&str> =
            list(&report["diagnostics"]).iter().filter_map(|found| found["code"].as_str()).collect();
        codes.sort_unstable();
        match &self.expect.diagnostics {
            Some(expected) => {
                let code =
                    |expected: &Value| expected.as_str().or(expected["code"].as_str()).map(str::to_owned);
                let mut expected_codes: Vec<_> = expected.iter().filter_map(code).collect();
                expected_codes.sort_unstable();
                compare("diagnostics", &json!(expected_codes), &json!(codes), &mut problems);
                for expected in expected.iter().filter_map(Value::as_object) {
                    let found = list(&report["diagnostics"]);
                    if !found
                        .iter()
                        .any(|found| expected.iter().all(|(name, value)| said(found, name) == value))
                    {
                        problems
                            .push(format!("diagnostics: expected {}, actual {found:#?}", json!(expected)));
                    }
                }
            }
            None if list(&report["diagnostics"]).iter().any(|found| found["severity"] == "error") => {
                problems.push(format!("the policy has errors: {codes:?}"));
            }
            None => {}
        }
        for code in self.expect.silent.iter().filter(|code| codes.contains(&code.as_str())) {
            problems.push(format!("diagnostics: {code} is not silent"));
        }
        problems.extend(self.useless_fixes(&inventory, now, &report));
        if let Some(expected) = &self.expect.inventory {
            members("inventory", expected, &report["inventory"], &mut problems);
        }
        let (expected, actual) = (&self.expect.runs, list(&report["runs"]));
        compare("number of runs", &json!(expected.len()), &json!(actual.len()), &mut problems);
        for (day, (expected, actual)) in expected.iter().zip(actual).enumerate() {
            if let Some(expected) = expected {
                expected.compare(&format!("run {day}"), actual, &mut problems);
            }
        }
        problems
    }
}

impl Case {
    /// What a fix leaves of its finding, and what it adds.
    fn useless_fixes(&self, inventory: &Inventory, now: Instant, report: &Value) -> Vec<String> {
        let mut problems = Vec::new();
        for found in list(&report["diagnostics"]).iter().filter(|found| !found["fix"].is_null()) {
            let patch: json_patch::Patch = serde_json::from_value(found["fix"]["patch"].clone()).unwrap();
            let mut policy = self.policy.clone();
            json_patch::patch(&mut policy, &patch).unwrap();
            let reading = afterimage_policy::read(&policy.to_string());
            let fixed = afterimage_simulator::report(&reading, inventory, self.assumptions(), now, 0);
            for left in fixed.diagnostics() {
                if left.code == found["code"] && left.path == found["path"]
                    || left.severity == Severity::Error
                {
                    problems.push(format!("the fix of {} leaves {left:?}", found["code"]));
                }
            }
        }
        problems
    }
}

/// A member of a diagnostic; of its fix, the title.
fn said<'a>(found: &'a Value, member: &str) -> &'a Value {
    if member == "fix" { &found["fix"]["title"] } else { &found[member] }
}

impl ExpectedRun {
    fn compare(&self, place: &str, actual: &Value, problems: &mut Vec<String>) {
        if let Some(at) = &self.at {
            compare(&format!("{place}: at"), &json!(at), &actual["at"], problems);
        }
        if let Some(summary) = &self.summary {
            members(&format!("{place}: summary"), summary, &actual["summary"], problems);
        }
        if let Some(storage) = &self.storage {
            members(&format!("{place}: storage"), storage, &actual["storage"], problems);
        }
        let mut rows: BTreeMap<&str, &Value> =
            list(&actual["images"]).iter().map(|row| (row["arn"].as_str().unwrap(), row)).collect();
        let arns = list(&actual["images"]).iter().filter_map(|row| row["arn"].as_str());
        if !rows.keys().copied().eq(arns) {
            problems.push(format!("{place}: the images are not in the order of their ARNs"));
        }
        for (name, expected) in &self.images {
            let place = format!("{place}: {name}");
            let end = format!(":image/{name}");
            let arns: Vec<&str> =
                rows.keys().copied().filter(|arn| arn == name || arn.ends_with(&end)).collect();
            match arns.as_slice() {
                [] => problems.push(format!("{place}: is not in the report")),
                [arn] => row(&place, expected, rows.remove(arn).unwrap(), problems),
                _ => problems.push(format!("{place}: may be several, write the whole ARN")),
            }
        }
        for (arn, row) in rows {
            problems.push(format!("{place}: {arn} is {}, and the case does not mention it", verdict(row)));
        }
    }
}

/// A row against `"VERDICT REASON"` or against some of its members; for an output, `"id VERDICT REASON"`.
fn row(place: &str, expected: &Value, actual: &Value, problems: &mut Vec<String>) {
    match expected {
        Value::Object(expected) => members(place, expected, actual, problems),
        expected => compare(place, expected, &json!(verdict(actual)), problems),
    }
}

fn members(place: &str, expected: &Map<String, Value>, actual: &Value, problems: &mut Vec<String>) {
    for (name, expected) in expected {
        let place = format!("{place}: {name}");
        match actual.get(name) {
            // An empty list of these is left out.
            None if matches!(name.as_str(), "risks" | "references") && *expected == json!([]) => {}
            None => problems.push(format!("{place}: the report has no such member")),
            Some(Value::Array(risks)) if name == "risks" => {
                // A case names the code, or expects the message as well.
                let told = |(at, risk): (usize, &Value)| match expected.get(at) {
                    Some(Value::Object(_)) => risk.clone(),
                    _ => risk["code"].clone(),
                };
                let told: Value = risks.iter().enumerate().map(told).collect();
                compare(&place, expected, &told, problems);
            }
            Some(Value::Array(rows)) if matches!(name.as_str(), "outputs" | "snapshots" | "skipped") => {
                let expected = list(expected);
                if expected.len() != rows.len() {
                    let rows: Vec<String> = rows.iter().map(verdict).collect();
                    problems.push(format!("{place}: expected {}, actual {rows:?}", json!(expected)));
                    continue;
                }
                for (index, (expected, actual)) in expected.iter().zip(rows).enumerate() {
                    row(&format!("{place} {index}"), expected, actual, problems);
                }
            }
            Some(actual) => compare(&place, expected, actual, problems),
        }
    }
}

fn compare(place: &str, expected: &Value, actual: &Value, problems: &mut Vec<String>) {
    if expected != actual {
        problems.push(format!("{place}: expected {expected}, actual {actual}"));
    }
}

/// `"DELETE AGE"` for an image, `"ami-1 DELETE AGE"` for an output.
fn verdict(row: &Value) -> String {
    let words = ["id", "verdict", "reason"].into_iter().filter_map(|name| row[name].as_str());
    words.collect::<Vec<_>>().join(" ")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[expect(clippy::disallowed_methods, reason = "the cases are files")]
fn files() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/cases/simulation");
    let mut files: Vec<_> = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty(), "no cases in {}", folder.display());
    let name = |file: &Path| file.file_name().unwrap().to_string_lossy().into_owned();
    files.iter().map(|file| (name(file), fs::read_to_string(file).unwrap())).collect()
}

#[test]
fn every_check_has_a_case_that_fires_it_and_one_that_only_just_does_not() {
    let (mut fired, mut silent) = (BTreeSet::new(), BTreeSet::new());
    for (_, text) in files() {
        let expect = serde_json::from_str::<Case>(&text).unwrap().expect;
        let code = |found: &Value| found.as_str().or(found["code"].as_str()).map(str::to_owned);
        fired.extend(expect.diagnostics.iter().flatten().filter_map(code));
        silent.extend(expect.silent);
    }
    let registered: BTreeSet<String> =
        afterimage_simulator::inventory_checks().map(|check| check.code.to_owned()).collect();
    assert_eq!(
        registered.len(),
        afterimage_simulator::inventory_checks().count(),
        "a code is registered twice"
    );
    assert_eq!(registered.difference(&fired).collect::<Vec<_>>(), [""; 0], "no case fires them");
    assert_eq!(registered.difference(&silent).collect::<Vec<_>>(), [""; 0], "no case only just misses them");
    assert_eq!(silent.difference(&registered).collect::<Vec<_>>(), [""; 0], "there are no such checks");
}

#[test]
fn every_case_gets_the_report_it_expects() {
    let files = files();
    let mut failed = Vec::new();
    for (name, text) in &files {
        let problems = match serde_json::from_str::<Case>(text) {
            Ok(case) => case.problems(),
            Err(error) => vec![error.to_string()],
        };
        if !problems.is_empty() {
            failed.push(format!("{name}\n    {}", problems.join("\n    ")));
        }
    }
    assert!(failed.is_empty(), "{} of {} cases fail:\n\n{}\n", failed.len(), files.len(), failed.join("\n"));
}
