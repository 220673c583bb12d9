//! Answers to requests that went well.

use afterimage_inventory::EpochSeconds;
use afterimage_inventory::Instant;
use serde::Serialize;

/// The body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer(pub(crate) String);

impl Answer {
    pub(crate) fn new(body: &impl Serialize) -> Self {
        // Strings, numbers and lists of them have nothing to fail at.
        Self(serde_json::to_string(body).unwrap_or_default())
    }
}

/// A timestamp that may be missing.
pub(crate) fn seconds(at: Option<Instant>) -> Option<EpochSeconds> {
    at.map(EpochSeconds)
}
