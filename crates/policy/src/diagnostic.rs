//! What is wrong or surprising, and where.

use serde::Serialize;

/// One finding about a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Error,
    Warning,
    Info,
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
