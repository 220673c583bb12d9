//! Exports in, one inventory out.

use std::io::Read;

use crate::columns::Inventory;

/// An export that could not be read at all; nothing of it was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{source_name}: {message}")]
pub struct LoadError {
    /// The export's name as the caller gave it.
    pub source_name: String,
    /// What is wrong and where: line and column, or a JSON pointer.
    pub message: String,
    /// What to do next.
    pub help: String,
}

/// Collects exports; [`Loader::finish`] sorts them into an [`Inventory`].
#[derive(Debug, Clone, Default)]
pub struct Loader {}

impl Loader {
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one export. When it fails, the loader holds what it held before.
    pub fn add(&mut self, _source_name: &str, _export: impl Read) -> Result<(), LoadError> {
        Ok(())
    }

    /// The inventory of everything added so far. The loader can go on: more exports may follow.
    pub fn finish(&self) -> Inventory {
        Inventory::default()
    }
}
