//! The service: its state, and the way of a request through it.

use std::sync::Arc;

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;

use crate::exchange::Request;
use crate::exchange::Response;
use crate::settings::Settings;
use crate::settings::SettingsError;

/// The lifecycle API of one account and Region.
#[derive(Debug, Clone)]
pub struct Service {
    inventory: Arc<Inventory>,
    settings: Settings,
    now: Instant,
    revision: u64,
}

/// The clock cannot be moved there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    #[error("the clock stands at {now} and cannot go back to {to}")]
    Back { now: Instant, to: Instant },
    #[error("{to} is too far from {now}: the clock can be moved by at most {days} days at a time")]
    Far { now: Instant, to: Instant, days: u32 },
}

/// A state document that cannot be restored.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StateError {
    #[error("the state document is of version {found}, and this program knows {known} and older")]
    Newer { found: u64, known: u64 },
    #[error("the state document is broken: {0}")]
    Broken(String),
}

impl Service {
    /// A service that knows these images and nothing else yet.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be used.
    pub fn new(inventory: impl Into<Arc<Inventory>>, settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        Ok(Self { inventory: inventory.into(), now: settings.now, settings, revision: 0 })
    }

    /// Answers one request, whatever its bytes.
    pub fn handle(&mut self, request: &Request<'_>) -> Response {
        let _ = (request, &self.inventory, &self.settings);
        Response {
            status: 501,
            headers: vec![("content-type", "application/json".to_owned())],
            body: r#"{"message":"not implemented"}"#.to_owned(),
        }
    }

    /// Where the clock stands.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Moves the clock forward and does everything that is due on the way.
    ///
    /// # Errors
    ///
    /// When `to` is in the past or further away than one move may be; then nothing has happened.
    pub fn advance(&mut self, to: Instant) -> Result<(), ClockError> {
        if to < self.now {
            return Err(ClockError::Back { now: self.now, to });
        }
        self.now = to;
        self.revision = self.revision.wrapping_add(1);
        Ok(())
    }

    /// Counts changes, so that a front door knows when to save.
    pub fn revision(&self) -> u64 {
        self.revision
    }

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
