//! Reading a document.

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::model::Document;
use crate::model::Policy;

/// A document as far as it was understood, and everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    pub document: Document,
    pub diagnostics: Vec<Diagnostic>,
}

impl Reading {
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The policy, when the document has no error.
    pub fn policy(&self) -> Option<Policy> {
        None
    }

    /// JSON pointer of the policy in its document: `/lifecyclePolicy` for a get response, else empty.
    pub fn root(&self) -> &str {
        ""
    }
}
