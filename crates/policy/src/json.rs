//! A JSON tree that keeps what a map loses: the order of members and members that appear twice.
//!
//! The page edits this tree in place, so that what the user typed is never rewritten and a half-typed
//! duplicate key does not swallow its twin.

use serde_json::Number;

/// One JSON value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Json>),
    /// INVARIANT: members in document order; a key may appear more than once.
    Object(Vec<(String, Json)>),
}
