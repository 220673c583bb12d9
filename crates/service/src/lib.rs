//! The EC2 Image Builder lifecycle API, answered from an inventory and a clock that is moved by hand.
//!
//! A [`Service`] takes one [`Request`] at a time, as it came over HTTP, and gives the [`Response`] that AWS
//! would give, with the executions that `afterimage-simulator` predicts. [`Service::advance`] moves its clock
//! and does every daily run on the way. [`Service::state`] is all that it knows, as one document.
//!
//! # Example: a policy is created, and runs tomorrow
//!
//! ```
//! use afterimage_inventory::Instant;
//! use afterimage_inventory::Loader;
//! use afterimage_service::Request;
//! use afterimage_service::Service;
//! use afterimage_service::Settings;
//!
//! let now = Instant::parse("2026-11-23T12:00:00Z")?;
//! let mut service = Service::new(Loader::new().finish(), Settings::at(now))?;
//! let body = br#"{
//!   "name": "monthly", "executionRole": "lifecycle", "resourceType": "AMI_IMAGE",
//!   "policyDetails": [{"action": {"type": "DELETE"}, "filter": {"type": "AGE", "value": 1, "unit": "MONTHS"}}],
//!   "resourceSelection": {"tagMap": {"Team": "web"}}, "clientToken": "1"
//! }"#;
//! let created = service.handle(&Request { method: "PUT", target: "/CreateLifecyclePolicy", body });
//! assert_eq!(created.status, 200);
//! service.advance(now.plus_days(1))?;
//! let listed = service.handle(&Request { method: "POST", target: "/ListLifecyclePolicies", body: b"" });
//! assert!(listed.body.contains(r#""dateLastRun":1795478400"#), "{}", listed.body);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
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
