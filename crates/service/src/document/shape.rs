//! The members of a state document. Instants are milliseconds since 1970.

use std::borrow::Cow;
use std::collections::HashMap;

use afterimage_policy::json::Json;
use serde::Deserialize;
use serde::Serialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
pub(super) struct VersionDocument {
    pub(super) version: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct StateDocument<'a> {
    #[serde(rename = "version")]
    pub(super) _version: u64,
    pub(super) settings: SettingsDocument,
    #[serde(borrow)]
    pub(super) exports: &'a RawValue,
    #[serde(borrow)]
    pub(super) changes: ChangesDocument<'a>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct SettingsDocument {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) now: i64,
    pub(super) seed: u64,
    pub(super) seconds_per_resource: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) resources_per_run: Option<u32>,
    pub(super) daily_run_at: u32,
    pub(super) assumptions: HashMap<String, String>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ChangesDocument<'a> {
    pub(super) now: i64,
    pub(super) requests: u64,
    pub(super) revision: u64,
    pub(super) policies: Vec<PolicyDocument>,
    #[serde(borrow)]
    pub(super) executions: Vec<ExecutionDocument<'a>>,
    #[serde(borrow)]
    pub(super) images: Vec<ImageDocument<'a>>,
    #[serde(borrow)]
    pub(super) amis: Vec<AmiDocument<'a>>,
    #[serde(borrow)]
    pub(super) answered: Vec<AnsweredDocument<'a>>,
    pub(super) faults: Json,
}

/// A policy as get-lifecycle-policy tells it, but for the instants.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct PolicyDocument {
    pub(super) created: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) updated: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_run: Option<i64>,
    /// The create request that would make it.
    pub(super) request: Json,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ExecutionDocument<'a> {
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) policy: Option<Cow<'a, str>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<Cow<'a, str>>,
    pub(super) started: i64,
    /// Name of the phase, and its instant where it has one.
    pub(super) phase: (PhaseName, Option<i64>),
    pub(super) done: u32,
    pub(super) done_in_run: u32,
    #[serde(borrow)]
    pub(super) resources: Vec<ResourceDocument<'a>>,
    /// How many more there were, of which nothing became.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) forgotten: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum PhaseName {
    Paused,
    Scheduled,
    Running,
    Cancelling,
    Success,
    Failed,
    Cancelled,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ResourceDocument<'a> {
    #[serde(borrow)]
    pub(super) image: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) action: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) reason: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub(super) end: Cow<'a, str>,
    pub(super) changes: bool,
    #[serde(borrow, default, skip_serializing_if = "Vec::is_empty")]
    pub(super) outputs: Vec<OutputDocument<'a>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) began: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended: Option<i64>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct OutputDocument<'a> {
    pub(super) at: u32,
    #[serde(borrow)]
    pub(super) end: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) reason: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) gone: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) snapshots: Option<(Cow<'a, str>, Cow<'a, str>)>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct ImageDocument<'a> {
    #[serde(borrow)]
    pub(super) arn: Cow<'a, str>,
    /// Where it is not the one that was loaded; `DELETED`: its record is gone.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) status: Option<Cow<'a, str>>,
    /// Where it is not the one that was loaded; null: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "present")]
    pub(super) deprecation: Option<Option<i64>>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) execution: Option<Cow<'a, str>>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AmiDocument<'a> {
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub(super) state: Option<Cow<'a, str>>,
    /// Its launch permissions are gone.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) sealed: bool,
    #[serde(default, skip_serializing_if = "is_false")]
    pub(super) deregistered: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct AnsweredDocument<'a> {
    #[serde(borrow)]
    pub(super) token: Cow<'a, str>,
    pub(super) at: i64,
    /// What was asked, as a hash.
    #[serde(borrow)]
    pub(super) request: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) answer: Cow<'a, str>,
}

/// A member that is there, even if it is null.
fn present<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<i64>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}

fn is_false(flag: &bool) -> bool {
    !flag
}
