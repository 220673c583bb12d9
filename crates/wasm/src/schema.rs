//! Everything that crosses the border as JSON Schema, of which a test makes the TypeScript types.

use afterimage_policy::schema::CreateLifecyclePolicyRequest;
use afterimage_policy::schema::generate;
use afterimage_simulator::ComparisonReport;
use afterimage_simulator::ExplanationReport;
use afterimage_simulator::ForecastReport;
use afterimage_simulator::Report;
use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use schemars::json_schema;
use schemars::transform::RecursiveTransform;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::answers::CheckedPolicy;
use crate::answers::ConvertedPolicy;
use crate::answers::InventoryFacts;
use crate::answers::ParsedPolicy;
use crate::arguments::CheckInventoryOptions;
use crate::arguments::ConvertOptions;
use crate::arguments::ExplainOptions;
use crate::arguments::ForecastOptions;
use crate::arguments::PolicyOptions;
use crate::arguments::ServiceOptions;
use crate::arguments::SimulateOptions;
use crate::arguments::Step;
use crate::problem::Problem;

#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by the derive only")]
struct Arguments {
    policy: CreateLifecyclePolicyRequest,
    policy_options: PolicyOptions,
    check_inventory: CheckInventoryOptions,
    convert: ConvertOptions,
    simulate: SimulateOptions,
    forecast: ForecastOptions,
    explain: ExplainOptions,
    service: ServiceOptions,
    step: Step,
}

#[derive(JsonSchema)]
#[expect(dead_code, reason = "read by the derive only")]
struct Answers {
    parsed: ParsedPolicy,
    checked: CheckedPolicy,
    converted: ConvertedPolicy,
    inventory: InventoryFacts<'static>,
    report: Report<'static>,
    forecast: ForecastReport<'static>,
    comparison: ComparisonReport<'static>,
    explanation: ExplanationReport<'static>,
    problem: Problem,
}

/// One schema whose `$defs` are all types, for a reader that looks at nothing else.
pub fn all() -> Value {
    let settings = SchemaSettings::draft2020_12;
    let mut types = definitions(generate::<Arguments>(present(settings().for_deserialize())));
    types.extend(definitions(generate::<Answers>(present(settings().for_serialize()))));
    json!({ "$schema": "https://json-schema.org/draft/2020-12/schema", "$defs": types })
}

fn definitions(mut schema: Value) -> Map<String, Value> {
    match schema.get_mut("$defs").map(Value::take) {
        Some(Value::Object(types)) => types,
        _ => Map::new(),
    }
}

/// A member that may be absent is not null besides.
fn present(settings: SchemaSettings) -> SchemaSettings {
    settings.with_transform(RecursiveTransform(|schema: &mut Schema| {
        let required = schema.get("required").cloned().unwrap_or_default();
        let is_required =
            |name: &str| required.as_array().is_some_and(|all| all.iter().any(|required| required == name));
        let Some(Value::Object(members)) = schema.get_mut("properties") else { return };
        for (_, member) in members.iter_mut().filter(|(name, _)| !is_required(name)) {
            without_null(member);
        }
    }))
}

fn without_null(schema: &mut Value) {
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|name| name != "null");
    }
    if let Some(Value::Array(choices)) = schema.get_mut("anyOf") {
        choices.retain(|choice| choice.get("type").is_none_or(|name| name != "null"));
    }
}

/// Defined beside the arguments.
pub(crate) fn create_request(_: &mut SchemaGenerator) -> Schema {
    json_schema!({ "$ref": "#/$defs/CreateLifecyclePolicyRequest" })
}
