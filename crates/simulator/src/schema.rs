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
use crate::compare::report::ComparisonReport;
use crate::compare::report::ComparisonWire;
use crate::explain::report::ExplanationReport;
use crate::explain::report::ExplanationWire;
use crate::forecast::report::ForecastReport;
use crate::forecast::report::ForecastWire;
use crate::report::Report;
use crate::report::ReportWire;

/// The schema of what [`crate::report()`] writes.
pub fn report() -> Value {
    afterimage_policy::schema::generate::<Report<'_>>(SchemaSettings::draft2020_12().for_serialize())
}

/// What is written by hand has the schema of what it is written as.
macro_rules! written_as {
    ($($report:ty => $wire:ty),* $(,)?) => {$(
        impl JsonSchema for $report {
            fn schema_name() -> Cow<'static, str> {
                <$wire>::schema_name()
            }

            fn json_schema(generator: &mut SchemaGenerator) -> Schema {
                <$wire>::json_schema(generator)
            }
        }
    )*};
}

written_as! {
    Report<'_> => ReportWire<'_>,
    ForecastReport<'_> => ForecastWire<'_>,
    ComparisonReport<'_> => ComparisonWire<'_>,
    ExplanationReport<'_> => ExplanationWire<'_>,
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
