//! What is wrong or surprising, and where.

use serde::Serialize;

use crate::json::Json;

/// One finding about a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Diagnostic {
    /// Stable name of the check, for instance `age-without-unit`.
    pub code: &'static str,
    pub severity: Severity,
    /// JSON pointer (RFC 6901) into the document as it was given; a missing member is pointed at as if it
    /// were there.
    pub path: String,
    /// What is wrong and why: no capital, no final stop, no line break.
    pub message: String,
    /// What to do next.
    pub help: String,
    /// The change that does it, where there is exactly one and it needs no decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<Fix>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
    Info,
}

/// A change of the document that ends a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Fix {
    /// What the change does, as an instruction: no capital, no final stop.
    pub title: String,
    /// A JSON Patch (RFC 6902) of the document as it was given. INVARIANT: not empty.
    pub patch: Vec<Operation>,
}

/// One operation of a JSON Patch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Operation {
    Add { path: String, value: Json },
    Replace { path: String, value: Json },
    Remove { path: String },
    Move { from: String, path: String },
}

impl Severity {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Info => "info",
        }
    }
}

impl Operation {
    pub fn add(path: impl Into<String>, value: Json) -> Self {
        Self::Add { path: path.into(), value }
    }

    pub fn replace(path: impl Into<String>, value: Json) -> Self {
        Self::Replace { path: path.into(), value }
    }

    pub fn remove(path: impl Into<String>) -> Self {
        Self::Remove { path: path.into() }
    }

    /// The same operation below a pointer.
    fn below(self, root: &str) -> Self {
        let below = |path: String| format!("{root}{path}");
        match self {
            Self::Add { path, value } => Self::Add { path: below(path), value },
            Self::Replace { path, value } => Self::Replace { path: below(path), value },
            Self::Remove { path } => Self::Remove { path: below(path) },
            Self::Move { from, path } => Self::Move { from: below(from), path: below(path) },
        }
    }
}

impl Fix {
    /// A fix whose operations are given from `root` on.
    pub fn new(root: &str, title: impl Into<String>, patch: impl IntoIterator<Item = Operation>) -> Self {
        let patch = patch.into_iter().map(|operation| operation.below(root)).collect();
        Self { title: title.into(), patch }
    }
}
