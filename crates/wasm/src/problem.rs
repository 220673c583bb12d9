//! Why something cannot be done, on its way to becoming an `Error`.

use afterimage_inventory::LoadError;
use afterimage_policy::Diagnostic;
use afterimage_policy::Severity;
use serde::Serialize;

/// Why something cannot be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    pub message: String,
    /// What is wrong with the policy, when that is it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub diagnostics: Vec<Diagnostic>,
    /// Name of the export that cannot be used, when that is it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
}

impl Problem {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), diagnostics: Vec::new(), source: None, help: None }
    }

    /// The first error of a policy stands for all.
    pub(crate) fn policy(diagnostics: Vec<Diagnostic>) -> Self {
        let mut errors = diagnostics.iter().filter(|found| found.severity == Severity::Error);
        let first = errors.next().or(diagnostics.first());
        let (place, message) = first.map_or(("", ""), |found| (found.path.as_str(), found.message.as_str()));
        let place = if place.is_empty() { String::new() } else { format!("{place}: ") };
        let more = match errors.count() {
            0 => String::new(),
            more => format!(" (and {more} more)"),
        };
        let help = first.map(|found| found.help.clone());
        Self { message: format!("{place}{message}{more}"), help, ..Self::new("") }.with(diagnostics)
    }

    fn with(self, diagnostics: Vec<Diagnostic>) -> Self {
        Self { diagnostics, ..self }
    }
}

impl From<LoadError> for Problem {
    fn from(error: LoadError) -> Self {
        let message = error.to_string();
        Self { source: Some(error.source_name), help: Some(error.help), ..Self::new(message) }
    }
}

impl From<serde_json::Error> for Problem {
    fn from(error: serde_json::Error) -> Self {
        Self::new(format!("the answer cannot be written: {error}"))
    }
}
