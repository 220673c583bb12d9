//! The state document.

use crate::service::Service;

/// A state document that cannot be restored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    #[error("the state document is of version {found}, and this program knows {known} and older")]
    Newer { found: u64, known: u64 },
    #[error("the state document is broken: {0}")]
    Broken(String),
}

impl Service {
    /// Everything that the service knows, as one JSON document: [`Service::restore`] needs nothing else.
    pub fn state(&self) -> String {
        "{}".to_owned()
    }

    /// The service that a state document describes.
    ///
    /// # Errors
    ///
    /// When the document is of a newer version, or broken, and where.
    pub fn restore(document: &str) -> Result<Self, StateError> {
        Err(StateError::Broken(format!("{} bytes that nothing reads yet", document.len())))
    }
}
