//! The document as it was written, and the policy that it means.

use crate::json::Json;

/// A key and its value, compared exactly.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tag {
    pub key: String,
    pub value: String,
}

impl Tag {
    /// Whether it is the one that Image Builder gives an AMI with its deprecation, and takes when it disables the AMI.
    pub fn is_of_deprecation(&self) -> bool {
        (self.key.as_str(), self.value.as_str()) == ("DeprecatedBy", "EC2 Image Builder")
    }
}

/// Which of the API's shapes the document has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// `CreateLifecyclePolicyRequest`.
    #[default]
    Create,
    /// `UpdateLifecyclePolicyRequest`: carries `lifecyclePolicyArn`.
    Update,
    /// `LifecyclePolicy`, alone or in the `lifecyclePolicy` wrapper of a get response: carries `arn`.
    Get,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum ResourceType {
    AmiImage,
    ContainerImage,
}

/// INVARIANT: ordered as the service evaluates them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "UPPERCASE", description = "What a rule does.")
)]
pub enum Action {
    Deprecate,
    Disable,
    Delete,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "UPPERCASE"))]
pub enum Unit {
    Days,
    Weeks,
    Months,
    Years,
}

/// Members that only AWS's answer has, of a policy that AWS holds. It also has empty `tags` where a request may not.
pub const ONLY_ANSWERED: [&str; 4] = ["arn", "dateCreated", "dateUpdated", "dateLastRun"];

/// The document as far as it was understood: a member that is missing or unreadable is `None`, and a
/// diagnostic says so. Members are those of the API, in the API's order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Document {
    pub form: Form,
    /// `arn` of a get response, `lifecyclePolicyArn` of an update request.
    pub arn: Option<String>,
    pub name: Option<String>,
    pub description: Option<String>,
    pub enabled: Option<bool>,
    pub execution_role: Option<String>,
    pub resource_type: Option<ResourceType>,
    pub policy_details: Vec<DetailDocument>,
    pub resource_selection: Option<SelectionDocument>,
    pub tags: Option<Vec<Tag>>,
    pub client_token: Option<String>,
    pub dry_run: Option<bool>,
    /// Timestamps of a get response, kept as they were spelled: nothing here reads them.
    pub date_created: Option<Json>,
    pub date_updated: Option<Json>,
    pub date_last_run: Option<Json>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DetailDocument {
    pub action: Option<Action>,
    pub include: Option<IncludeDocument>,
    pub filter_type: Option<FilterType>,
    pub value: Option<u32>,
    pub unit: Option<Unit>,
    pub retain_at_least: Option<u32>,
    pub exclusion_rules: Option<ExclusionsDocument>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "UPPERCASE"))]
pub enum FilterType {
    Age,
    Count,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", rename = "Include")
)]
pub struct IncludeDocument {
    pub amis: Option<bool>,
    pub snapshots: Option<bool>,
    pub containers: Option<bool>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", rename = "Exclusions")
)]
pub struct ExclusionsDocument {
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::tags", default))]
    pub tag_map: Option<Vec<Tag>>,
    pub amis: Option<AmiExclusionsDocument>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", rename = "AmiExclusions")
)]
pub struct AmiExclusionsDocument {
    pub is_public: Option<bool>,
    #[cfg_attr(feature = "schema", schemars(inner(length(min = 1, max = 1024))))]
    pub regions: Option<Vec<String>>,
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 1536), inner(regex(pattern = crate::schema::ACCOUNT))))]
    pub shared_accounts: Option<Vec<String>>,
    pub last_launched: Option<LastLaunchedDocument>,
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::tags", default))]
    pub tag_map: Option<Vec<Tag>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", rename = "LastLaunched")
)]
pub struct LastLaunchedDocument {
    #[cfg_attr(feature = "schema", schemars(required, range(min = 1, max = 365)))]
    pub value: Option<u32>,
    #[cfg_attr(feature = "schema", schemars(required))]
    pub unit: Option<Unit>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", rename = "Selection")
)]
pub struct SelectionDocument {
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 50)))]
    pub recipes: Option<Vec<RecipeDocument>>,
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::tags", default))]
    pub tag_map: Option<Vec<Tag>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(rename_all = "camelCase", rename = "Recipe")
)]
pub struct RecipeDocument {
    #[cfg_attr(feature = "schema", schemars(required, regex(pattern = crate::schema::NAME)))]
    pub name: Option<String>,
    #[cfg_attr(feature = "schema", schemars(required, regex(pattern = crate::schema::VERSION)))]
    pub semantic_version: Option<String>,
}

/// A policy without errors: what the service would accept, with its defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Account and Region, known only when the document carries an ARN.
    pub owner: Option<Owner>,
    /// The account that the role's ARN names. It is the policy's own, but for a placeholder in a template.
    pub role_account: Option<String>,
    pub enabled: bool,
    pub resource_type: ResourceType,
    pub selection: Selection,
    /// INVARIANT: at most one per action, sorted by action: the order of evaluation.
    pub rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    pub account: String,
    pub region: String,
}

/// INVARIANT: not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    Recipes(Vec<RecipeSelector>),
    Tags(Vec<Tag>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecipeSelector {
    /// As written; compare with [`normalised_name`].
    pub name: String,
    /// Major, minor, patch; `None` is the wildcard `x`. Nodes compare as text: `03` is not `3`.
    pub version: [Option<String>; 3],
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// Position in `policyDetails` as the user wrote them.
    pub index: usize,
    pub action: Action,
    pub filter: Filter,
    pub include: Include,
    pub exclude: Exclusions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Filter {
    /// `retain_at_least` 0: no floor. It has an effect on a delete rule only.
    Age { value: u32, unit: Unit, retain_at_least: u32 },
    /// Keep the newest `keep` of each recipe version; on a delete rule only. `retain_at_least` beside it has
    /// no documented effect.
    Count { keep: u32, retain_at_least: u32 },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Include {
    pub amis: bool,
    pub snapshots: bool,
    pub containers: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Exclusions {
    /// Tags of the image resource; any one of them protects the image and its outputs.
    pub image_tags: Vec<Tag>,
    pub amis: AmiExclusions,
}

/// INVARIANT: fields in the order in which the service looks at them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AmiExclusions {
    pub regions: Vec<String>,
    pub public: bool,
    pub tags: Vec<Tag>,
    pub shared_accounts: Vec<String>,
    pub last_launched: Option<LastLaunched>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastLaunched {
    pub value: u32,
    pub unit: Unit,
}

/// The name as Image Builder writes it into ARNs: lower case, spaces and underscores as hyphens.
/// Names that differ only in this are the same name to the service.
pub fn normalised_name(name: &str) -> String {
    name.chars().map(normalised).collect()
}

fn normalised(letter: char) -> char {
    if matches!(letter, ' ' | '_') { '-' } else { letter.to_ascii_lowercase() }
}

impl Action {
    pub const ALL: [Self; 3] = [Self::Deprecate, Self::Disable, Self::Delete];

    /// The API's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deprecate => "DEPRECATE",
            Self::Disable => "DISABLE",
            Self::Delete => "DELETE",
        }
    }
}

impl Unit {
    /// The API's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Days => "DAYS",
            Self::Weeks => "WEEKS",
            Self::Months => "MONTHS",
            Self::Years => "YEARS",
        }
    }
}

impl ResourceType {
    /// The API's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AmiImage => "AMI_IMAGE",
            Self::ContainerImage => "CONTAINER_IMAGE",
        }
    }
}

impl RecipeSelector {
    /// Whether the name means a recipe of this normalised one.
    pub fn matches_name(&self, normalised: &str) -> bool {
        // Asked of every recipe version at every key press, so no name is written down for it.
        self.name.len() == normalised.len() && self.name.chars().map(self::normalised).eq(normalised.chars())
    }

    /// The name as Image Builder writes it into ARNs.
    pub fn normalised_name(&self) -> String {
        normalised_name(&self.name)
    }

    pub fn matches_version(&self, version: &str) -> bool {
        let mut nodes = version.split('.');
        let matched = self
            .version
            .iter()
            .all(|wanted| nodes.next().is_some_and(|node| wanted.as_ref().is_none_or(|w| w == node)));
        matched && nodes.next().is_none()
    }
}
