//! The EC2 Image Builder lifecycle policy document: read, check, write.
//!
//! [`read`] takes any text, in the API's JSON or another notation, and returns the [`Document`] as far as it was understood together with every
//! [`Diagnostic`]. A document without errors yields a [`Policy`], the strict form that the simulator takes,
//! and can be written in every notation. [`read_json`] knows the API's JSON only, without the parsers of the others.
//!
//! This crate knows nothing of images: what a policy does to an inventory is `afterimage-simulator`'s work.

mod check;
mod checks;
pub mod diagnostic;
pub mod json;
mod locate;
pub mod model;
mod notation;
mod read;
#[cfg(feature = "schema")]
pub mod schema;
pub mod shape;
mod write;

pub use check::{Basis, Check, Finding, Findings, source};
pub use checks::{Taken, checks, is_about_combination};
pub use diagnostic::{Diagnostic, Fix, Operation, Severity};
pub use locate::Place;
pub use model::{
    Action, AmiExclusions, Document, Exclusions, Filter, Form, Include, LastLaunched, ONLY_ANSWERED, Owner,
    Policy, RecipeSelector, ResourceType, Rule, Selection, Tag, Unit,
};
pub use notation::source::Notation;
pub use notation::{FilledIn, FilledInValue, Target, Written, is_api_shape, read, read_resource};
pub use read::{Reading, read_json, read_tree};
