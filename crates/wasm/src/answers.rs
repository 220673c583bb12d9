//! What is answered, where the simulator has no report of its own.

use afterimage_inventory::Inventory;
use afterimage_inventory::Skipped;
use afterimage_policy::Diagnostic;
use afterimage_policy::FilledIn;
use afterimage_policy::json::Json;
use serde::Serialize;

/// A policy without errors.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ParsedPolicy {
    /// The request that creates it.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::create_request"))]
    pub(crate) policy: Json,
    /// Name of the notation that it was written in.
    pub(crate) notation: &'static str,
    /// Its logical ID in a template, or its label in Terraform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) resource: Option<String>,
    /// What is surprising about it.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What the members that it leaves out mean.
    pub(crate) defaults: Vec<FilledIn>,
}

/// What is wrong or surprising about a policy.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct CheckedPolicy {
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// What the members that it leaves out mean.
    pub(crate) defaults: Vec<FilledIn>,
}

/// A policy in another notation.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct ConvertedPolicy {
    pub(crate) text: String,
    /// What the notation cannot say, and what is to be looked at.
    pub(crate) remarks: Vec<String>,
    /// What the members that it leaves out mean.
    pub(crate) defaults: Vec<FilledIn>,
}

/// What an inventory holds.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub struct InventoryFacts<'a> {
    images: usize,
    amis: usize,
    snapshots: usize,
    containers: usize,
    /// Elements of the exports that could not be used.
    skipped: &'a [Skipped],
}

impl<'a> InventoryFacts<'a> {
    pub(crate) fn new(inventory: &'a Inventory) -> Self {
        Self {
            images: inventory.len(),
            amis: inventory.output_ami_count,
            snapshots: inventory.output_snapshot_count,
            containers: inventory.containers.len(),
            skipped: &inventory.skipped,
        }
    }
}
