//! The policy document as JSON Schema (draft 2020-12): what reading finds in one member at a time.
//!
//! What members say together is left to the checks. JSON null counts as absent, as it does for [`crate::read`].

use schemars::JsonSchema;
use schemars::Schema;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use schemars::json_schema;
use schemars::transform::RecursiveTransform;
use serde_json::Value;

use crate::model::Action;
use crate::model::ExclusionsDocument;
use crate::model::FilterType;
use crate::model::IncludeDocument;
use crate::model::ResourceType;
use crate::model::SelectionDocument;
use crate::model::Unit;

/// These say what the functions of `shape.rs` do; the cases in `tests/cases/policy` hold the two together.
pub(crate) const NAME: &str = "^[A-Za-z0-9_-][A-Za-z0-9_ -]{1,126}[A-Za-z0-9_-]$";
pub(crate) const ACCOUNT: &str = "^[0-9]{12}$";
/// Wildcards at the end only.
pub(crate) const VERSION: &str = "^([0-9]+\\.([0-9]+\\.([0-9]+|x)|x\\.x)|x\\.x\\.x)$";
const ROLE: &str = "^(arn:aws(-[a-z]+)*:iam::[0-9]{12}:role/)?[A-Za-z0-9_+=,.@/-]+$";
const ARN: &str = "^arn:aws(-[a-z]+)*:imagebuilder:[a-z]{2,}(-[a-z]+)+-[0-9]+:(aws|[0-9]{12}):lifecycle-policy/[a-z0-9_-]{3,128}$";
const TAG_KEY: &str = "^(?!aws:)[A-Za-z0-9 \\t\\n\\u000B\\f\\r_.:/=+@-]{1,128}$";

/// The schema of every form of the API.
pub fn policy() -> Value {
    generate::<Policy>(SchemaSettings::draft2020_12().for_deserialize())
}

/// The schema of a type, in which objects have no other members than those it names.
pub fn generate<T: JsonSchema>(settings: SchemaSettings) -> Value {
    let close = RecursiveTransform(|schema: &mut Schema| {
        if schema.get("properties").is_some() && schema.get("additionalProperties").is_none() {
            schema.insert("additionalProperties".to_owned(), Value::Bool(false));
        }
    });
    settings.with_transform(close).into_generator().into_root_schema_for::<T>().to_value()
}

/// A lifecycle policy of EC2 Image Builder.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "read by the derive only")]
enum Policy {
    Create(CreateLifecyclePolicyRequest),
    Update(UpdateLifecyclePolicyRequest),
    Get(#[schemars(schema_with = "with_arn")] LifecyclePolicy),
    Response(GetLifecyclePolicyResponse),
}

/// The request that creates a policy.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "read by the derive only")]
pub struct CreateLifecyclePolicyRequest {
    #[schemars(regex(pattern = NAME))]
    name: String,
    #[schemars(length(min = 1, max = 1024))]
    description: Option<String>,
    status: Option<Status>,
    #[schemars(length(min = 1, max = 2048), regex(pattern = ROLE))]
    execution_role: String,
    resource_type: ResourceType,
    #[schemars(length(min = 1, max = 3))]
    policy_details: Vec<Rule>,
    resource_selection: SelectionDocument,
    #[schemars(schema_with = "tags", default)]
    tags: (),
    #[schemars(length(min = 1, max = 64))]
    client_token: Option<String>,
    dry_run: Option<bool>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "read by the derive only")]
struct UpdateLifecyclePolicyRequest {
    #[schemars(length(max = 1024), regex(pattern = ARN))]
    lifecycle_policy_arn: String,
    #[schemars(length(min = 1, max = 1024))]
    description: Option<String>,
    status: Option<Status>,
    #[schemars(length(min = 1, max = 2048), regex(pattern = ROLE))]
    execution_role: String,
    resource_type: ResourceType,
    #[schemars(length(min = 1, max = 3))]
    policy_details: Vec<Rule>,
    resource_selection: SelectionDocument,
    #[schemars(length(min = 1, max = 64))]
    client_token: Option<String>,
}

/// Goes by its name, or by the name in its ARN.
#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase", extend("anyOf" = [{"required": ["arn"]}, {"required": ["name"]}]))]
#[expect(dead_code, reason = "read by the derive only")]
struct LifecyclePolicy {
    #[schemars(length(max = 1024), regex(pattern = ARN))]
    arn: Option<String>,
    #[schemars(regex(pattern = NAME))]
    name: Option<String>,
    #[schemars(length(min = 1, max = 1024))]
    description: Option<String>,
    status: Option<Status>,
    #[schemars(length(min = 1, max = 2048), regex(pattern = ROLE))]
    execution_role: String,
    resource_type: ResourceType,
    #[schemars(length(min = 1, max = 3))]
    policy_details: Vec<Rule>,
    resource_selection: SelectionDocument,
    date_created: Option<Timestamp>,
    date_updated: Option<Timestamp>,
    date_last_run: Option<Timestamp>,
    #[schemars(schema_with = "tags_of_a_response", default)]
    tags: (),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "read by the derive only")]
struct GetLifecyclePolicyResponse {
    lifecycle_policy: LifecyclePolicy,
    request_id: Option<Value>,
    #[schemars(rename = "ResponseMetadata")]
    response_metadata: Option<Value>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "UPPERCASE")]
#[expect(dead_code, reason = "read by the derive only")]
enum Status {
    Enabled,
    Disabled,
}

/// As the writer of the response spells it.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "read by the derive only")]
enum Timestamp {
    Text(String),
    Number(f64),
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "read by the derive only")]
struct Rule {
    action: RuleAction,
    filter: Filter,
    exclusion_rules: Option<ExclusionsDocument>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "read by the derive only")]
struct RuleAction {
    r#type: Action,
    include_resources: Option<IncludeDocument>,
}

#[derive(JsonSchema)]
#[schemars(rename_all = "camelCase")]
#[expect(dead_code, reason = "read by the derive only")]
struct Filter {
    r#type: FilterType,
    #[schemars(range(min = 1, max = 1000))]
    value: u32,
    unit: Option<Unit>,
    #[schemars(range(min = 1, max = 10))]
    retain_at_least: Option<u32>,
}

fn with_arn(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = generator.subschema_for::<LifecyclePolicy>();
    schema.insert("required".to_owned(), serde_json::json!(["arn"]));
    schema
}

pub(crate) fn tags(_: &mut SchemaGenerator) -> Schema {
    tag_map(1)
}

fn tags_of_a_response(_: &mut SchemaGenerator) -> Schema {
    tag_map(0)
}

fn tag_map(least: usize) -> Schema {
    json_schema!({
        "type": ["object", "null"],
        "minProperties": least,
        "maxProperties": 50,
        "propertyNames": { "pattern": TAG_KEY },
        "additionalProperties": { "type": "string", "maxLength": 256 },
    })
}

/// The reader's tree of any JSON.
impl JsonSchema for crate::json::Json {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Json".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        true.into()
    }
}
