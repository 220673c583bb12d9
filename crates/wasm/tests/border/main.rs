//! `js/types.d.ts` says what the types say, and the answers are as they say.
#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod typescript;

use std::path::Path;

use afterimage_inventory::Loader;
use afterimage_wasm::ask;
use serde_json::Value;
use serde_json::json;

const POLICY: &str = include_str!("../../../../tests/fixtures/policy.json");

/// `AFTERIMAGE_UPDATE_GOLDEN=1` writes them anew.
#[test]
#[expect(clippy::disallowed_methods, reason = "the types are a file")]
fn the_typescript_types_are_in_step() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("js/types.d.ts");
    let text = typescript::declarations(&afterimage_wasm::schema::all());
    let text = format!("// Written by the tests of this crate.\n\n{}\n", text.trim_end());
    if std::env::var_os("AFTERIMAGE_UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    let differing = written.lines().zip(text.lines()).find(|(a, b)| a != b);
    assert!(written == text, "types.d.ts is out of step: {differing:#?}");
}

/// Whether an answer has a type of the schema.
fn has_type(name: &str, answer: &ask::Answer) {
    let mut schema = afterimage_wasm::schema::all();
    schema["$ref"] = json!(format!("#/$defs/{name}"));
    let answer: Value = serde_json::from_str(answer.as_ref().unwrap()).unwrap();
    if let Err(error) = jsonschema::validator_for(&schema).unwrap().validate(&answer) {
        panic!("{name}: {}: {error}", error.instance_path());
    }
    assert!(!jsonschema::validator_for(&schema).unwrap().is_valid(&json!({})), "{name} takes anything");
}

#[test]
fn answers_are_as_their_types_say() {
    let mut loader = Loader::new();
    let exports = [
        include_str!("../../../../tests/fixtures/images.json"),
        include_str!("../../../../tests/fixtures/amis.json"),
        include_str!("../../../../tests/fixtures/launch-permissions.json"),
        r#"{"imageSummaryList": [{"arn": 7}]}"#,
    ];
    for export in exports {
        loader.add("export", export.as_bytes()).unwrap();
    }
    let inventory = loader.finish();
    let now = r#"{"now": "2026-11-23T12:00:00Z"}"#;
    has_type("ParsedPolicy", &ask::parse_policy(POLICY, "{}"));
    has_type("CheckedPolicy", &ask::check_policy(POLICY, "{}"));
    has_type("CheckedPolicy", &ask::check_policy("{", "{}"));
    has_type("CheckedPolicy", &ask::check_inventory_too(POLICY, &inventory, now));
    has_type("ConvertedPolicy", &ask::convert_policy(POLICY, r#"{"to": "cloudformation-yaml"}"#));
    has_type("InventoryFacts", &ask::facts(&inventory));
    let prices = r#"{"now": "2026-11-23T12:00:00Z", "days": 3, "prices": {"snapshot": 0.05}}"#;
    has_type("Report", &ask::simulate(POLICY, &inventory, prices));
    let builds =
        r#"{"now": "2026-11-23T12:00:00Z", "builds": {"general": "observed", "recipes": {"web-base": 7}}}"#;
    has_type("Forecast", &ask::forecast(POLICY, &inventory, builds));
    let other = POLICY.replace("90", "60");
    has_type("Comparison", &ask::compare((POLICY, &inventory), (&other, &inventory), now));
    for row in 0..inventory.len() {
        let options = json!({ "now": "2026-11-23T12:00:00Z", "image": inventory.arn(row) }).to_string();
        has_type("Explanation", &ask::explain(POLICY, &inventory, &options));
    }
}

#[test]
fn what_cannot_be_done_says_why() {
    let inventory = Loader::new().finish();
    let message = |answer: ask::Answer| answer.unwrap_err().message;
    let simulate = |options: &str| message(ask::simulate(POLICY, &inventory, options));
    assert_eq!(simulate("{}"), "the options cannot be used: missing field `now`");
    assert_eq!(
        simulate(r#"{"now": "yesterday"}"#),
        "the option `now` cannot be used: `yesterday` is not a timestamp; write it like 2026-11-23T12:00:00Z"
    );
    let now = r#""now": "2026-11-23T12:00:00Z""#;
    assert!(
        simulate(&format!("{{{now}, \"dayz\": 1}}"))
            .starts_with("the option `dayz` cannot be used: unknown field")
    );
    assert!(simulate(&format!("{{{now}, \"days\": -1}}")).starts_with("the option `days` cannot be used"));
    assert!(
        simulate(&format!("{{{now}, \"assume\": {{\"tie-break\": \"x\"}}}}")).contains("`tie-break` is `")
    );
    assert!(simulate(&format!("{{{now}, \"prices\": {{\"ecr\": -1}}}}")).contains("`prices.ecr`"));
    let forecast = |options: &str| message(ask::forecast(POLICY, &inventory, options));
    assert_eq!(
        forecast(&format!("{{{now}, \"days\": 1827}}")),
        "the option `days` cannot be used: 1827 days are more than 1826"
    );
    let unknown = format!("{{{now}, \"builds\": {{\"recipes\": {{\"web\": 0.5}}}}}}");
    assert_eq!(
        forecast(&unknown),
        "the option `builds.recipes.web` cannot be used: write \"none\", \"observed\" or a whole number of days"
    );
    let explain = ask::explain(POLICY, &inventory, &format!("{{{now}, \"image\": \"arn:aws:x\"}}"));
    assert_eq!(message(explain), "the inventory has no image `arn:aws:x`");
}

#[test]
fn a_policy_with_errors_is_not_simulated() {
    let inventory = Loader::new().finish();
    let wrong =
        POLICY.replace("\"value\": 90", "\"value\": 0").replace("\"unit\": \"DAYS\"", "\"unit\": \"DAY\"");
    let problem = ask::simulate(&wrong, &inventory, r#"{"now": "2026-11-23T12:00:00Z"}"#).unwrap_err();
    let first = problem.diagnostics.first().unwrap();
    assert!(
        problem.message.starts_with(&format!("{}: {} (and ", first.path, first.message)),
        "{}",
        problem.message
    );
    assert_eq!(problem.help.as_ref(), Some(&first.help));
    assert!(ask::parse_policy(&wrong, "{}").is_err_and(|parsed| parsed.diagnostics == problem.diagnostics));
    let checked: Value = serde_json::from_str(&ask::check_policy(&wrong, "{}").unwrap()).unwrap();
    assert_eq!(checked["diagnostics"], serde_json::to_value(&problem.diagnostics).unwrap());
}
