//! Images that more than one policy selects.

use serde::Deserialize;
use serde::Serialize;

/// Each policy is simulated alone, over a year.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Overlapping {
    /// Places, among those that were given, of policies that have errors and are left out.
    pub broken: Vec<u32>,
    /// Images that several policies select, and how many of them more than one acts on.
    pub selected: u32,
    pub acted_on: u32,
    /// Some of the images: first those that more than one acts on, the soonest of them first.
    pub images: Vec<Overlap>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Overlap {
    pub name: String,
    pub version: String,
    /// Place of the policy, and what it does first and on which night; nothing within the year when `None`.
    pub claims: Vec<(u32, Option<(String, u32)>)>,
}
