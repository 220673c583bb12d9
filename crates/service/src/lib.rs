//! The EC2 Image Builder lifecycle API, answered from an inventory and a clock that is moved by hand.
//!
//! A [`Service`] takes one [`Request`] at a time, as it came over HTTP, and gives the [`Response`] that AWS
//! would give, with the executions that `afterimage-simulator` predicts. [`Service::advance`] moves its clock
//! and does every daily run on the way. [`Service::state`] is all that it knows, as one document.
//!
//! There is no socket, file, clock or random source here: those belong to the command and to the
//! WebAssembly module. Signatures are not looked at.

mod answer;
mod arn;
mod document;
mod error;
mod exchange;
mod execution;
mod executions;
mod faults;
mod filters;
mod idempotency;
mod ids;
mod images;
mod input;
mod page;
mod policies;
mod routes;
mod runs;
mod service;
mod settings;
mod shape;
mod updates;
mod words;

pub use document::StateError;
pub use exchange::{Request, Response};
pub use service::{ClockError, Service};
pub use settings::{Settings, SettingsError};
