//! The state document: everything that a service knows, as one JSON document.
//!
//! It has two parts. What never changes, the settings and the inventory, comes first and is written once; what
//! does change follows.

mod read;
mod shape;
mod write;

use std::sync::Arc;

use afterimage_inventory::Loader;
use serde::Serialize;

use crate::service::Service;

use read::at;
use shape::StateDocument;
use shape::VersionDocument;

/// The version that is written.
const VERSION: u64 = 1;

/// A state document that cannot be restored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    #[error("the state document is of version {found}, and this program knows {known} and older")]
    Newer { found: u64, known: u64 },
    /// What is wrong, and where: a line and column, or a JSON pointer.
    #[error("the state document is broken: {0}")]
    Broken(String),
}

impl Service {
    /// Everything that the service knows, as one JSON document: [`Service::restore`] needs nothing else.
    pub fn state(&self) -> String {
        let (unchanging, changing) = self.state_parts();
        format!("{unchanging}{changing}")
    }

    /// The two halves of [`Service::state`]: one that stays the same for as long as the service lives, and can
    /// be large, and one that does not.
    pub fn state_parts(&self) -> (Arc<str>, String) {
        let unchanging = self.exports.get_or_init(|| {
            let settings = json(&write::settings_document(self.settings()));
            let exports = self.inventory.to_exports();
            format!(r#"{{"version":{VERSION},"settings":{settings},"exports":{exports},"changes":"#).into()
        });
        (Arc::clone(unchanging), json(&self.changes_document()) + "}\n")
    }

    /// The service that a state document describes.
    ///
    /// # Errors
    ///
    /// When the document is of a newer version, or broken, and where.
    pub fn restore(document: &str) -> Result<Self, StateError> {
        let broken = |error: serde_json::Error| StateError::Broken(error.to_string());
        let VersionDocument { version } = serde_json::from_str(document).map_err(broken)?;
        if version > VERSION {
            return Err(StateError::Newer { found: version, known: VERSION });
        }
        if version == 0 {
            return Err(at("/version", "there is no version 0"));
        }
        let StateDocument { settings, exports, changes, .. } =
            serde_json::from_str(document).map_err(broken)?;
        let mut loader = Loader::new();
        let loaded = loader.add("/exports", exports.get().as_bytes());
        loaded.map_err(|error| at(&error.source_name, error.message))?;
        let inventory = loader.finish();
        if let Some(skipped) = inventory.skipped.first() {
            return Err(at(&format!("/exports{}", skipped.path), &skipped.message));
        }
        let settings = settings.read()?;
        let mut service =
            Self::new(inventory, settings).map_err(|error| at("/settings", error.to_string()))?;
        service.read_changes(changes)?;
        Ok(service)
    }
}

fn json(value: &impl Serialize) -> String {
    // Strings and numbers have nothing to fail at.
    serde_json::to_string(value).unwrap_or_default()
}
