//! A text that is a policy in some notation.

use serde::Deserialize;
use serde::Serialize;

use super::Level;

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Imported {
    pub notation: String,
    /// It is the JSON that the page edits, as it stands.
    pub is_api: bool,
    /// The policy as a request, or as an answer where it has an ARN, as far as it was understood; `None` when there is none in the text.
    pub policy: Option<String>,
    /// Members that only the text's own tools know, with what stands for each here.
    pub stand_ins: Vec<(String, String)>,
    /// What was not taken over, because only those tools know its value.
    pub left_out: Vec<String>,
    /// What the text calls its policies, when it holds several and none was chosen, and the name of each.
    pub choices: Vec<(String, String)>,
    pub found: Vec<Found>,
    /// What is left out: where, what AWS takes instead, and what comes of it.
    pub filled: Vec<(String, String, String)>,
}

/// A diagnostic with its place in the text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Found {
    pub severity: Level,
    /// Line and column, from 1, when they are known.
    pub at: Option<(u32, u32)>,
    pub path: String,
    pub message: String,
    pub help: String,
}
