//! The page and its worker, in one binary with two roles.
//!
//! `engine` answers questions about a policy and an inventory; `worker` runs it beside the page; everything
//! else draws. The page knows the messages of `protocol`, never the engine.

pub mod engine;
pub mod protocol;
pub mod sample;
