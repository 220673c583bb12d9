//! The report as JSON Schema (draft 2020-12).

use std::borrow::Cow;

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use schemars::json_schema;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

use crate::assumptions::Assumptions;
use crate::assumptions::SETTINGS;
use crate::report::ReportWire;

/// The schema of what [`crate::report()`] writes.
pub fn report() -> Value {
    afterimage_policy::schema::generate::<ReportWire<'static>>(SchemaSettings::draft2020_12().for_serialize())
}

impl JsonSchema for Assumptions {
    fn schema_name() -> Cow<'static, str> {
        "Assumptions".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
        let setting = |setting: &crate::assumptions::Setting| {
            let schema = json!({ "description": setting.question, "enum": setting.values });
            (setting.name.to_owned(), schema)
        };
        let properties: Map<String, Value> = SETTINGS.iter().map(setting).collect();
        json_schema!({ "type": "object", "properties": properties, "required": names })
    }
}
