//! A JSON tree that keeps what a map loses: the order of members and members that appear twice.
//!
//! The page edits this tree in place, so that what the user typed is never rewritten and a half-typed
//! duplicate key does not swallow its twin.

use std::fmt;

use serde::Deserialize;
use serde::Deserializer;
use serde::Serialize;
use serde::Serializer;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde::ser::SerializeMap;
use serde_json::Number;

/// One JSON value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Json {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    Array(Vec<Json>),
    /// INVARIANT: members in document order; a key may appear more than once.
    Object(Vec<(String, Json)>),
}

/// The text is no JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    pub line: usize,
    pub column: usize,
    /// What the parser expected.
    pub message: String,
}

impl Json {
    /// Reads one JSON document; a byte order mark is tolerated.
    ///
    /// # Errors
    ///
    /// The place and nature of the first syntax error.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        serde_json::from_str(text).map_err(|error| {
            let whole = error.to_string();
            let message = whole.split(" at line ").next().unwrap_or_default().to_owned();
            SyntaxError { line: error.line(), column: error.column(), message }
        })
    }

    /// The document as text, two spaces a level, ending in a line break.
    pub fn pretty(&self) -> String {
        // Writing a tree of strings and numbers into memory has nothing to fail at.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }

    /// What a value is called in a message.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// The member of this name; the last one, should there be several.
    pub fn member(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object(members) => members.iter().rev().find(|(key, _)| key == name).map(|(_, v)| v),
            _ => None,
        }
    }

    /// The value that a JSON pointer (RFC 6901) leads to.
    pub fn pointer(&self, pointer: &str) -> Option<&Self> {
        tokens(pointer).try_fold(self, |node, token| match node {
            Self::Object(_) => node.member(&token),
            Self::Array(items) => items.get(token.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// Like [`Json::pointer`], to change the value.
    pub fn pointer_mut(&mut self, pointer: &str) -> Option<&mut Self> {
        tokens(pointer).try_fold(self, |node, token| match node {
            Self::Object(members) => {
                members.iter_mut().rev().find(|(key, _)| *key == token).map(|(_, value)| value)
            }
            Self::Array(items) => items.get_mut(token.parse::<usize>().ok()?),
            _ => None,
        })
    }

    /// Puts a value where a pointer leads, making the objects on the way. An index at the end of a list
    /// appends. Does nothing where the way leads through a value that has no members.
    pub fn set(&mut self, pointer: &str, value: Self) {
        let mut node = self;
        for token in tokens(pointer) {
            if *node == Self::Null {
                *node = Self::Object(Vec::new());
            }
            node = match node {
                Self::Object(members) => {
                    let at = members.iter().rposition(|(key, _)| *key == token).unwrap_or_else(|| {
                        members.push((token, Self::Null));
                        members.len().saturating_sub(1)
                    });
                    match members.get_mut(at) {
                        Some((_, value)) => value,
                        None => return,
                    }
                }
                Self::Array(items) => {
                    let Ok(at) = token.parse::<usize>() else { return };
                    if at == items.len() {
                        items.push(Self::Null);
                    }
                    match items.get_mut(at) {
                        Some(item) => item,
                        None => return,
                    }
                }
                _ => return,
            };
        }
        *node = value;
    }

    /// Takes away the value that a pointer leads to.
    pub fn remove(&mut self, pointer: &str) {
        let Some((parent, last)) = pointer.rsplit_once('/') else { return };
        let last = unescape(last);
        match self.pointer_mut(parent) {
            Some(Self::Object(members)) => members.retain(|(key, _)| *key != last),
            Some(Self::Array(items)) => {
                if let Some(at) = last.parse::<usize>().ok().filter(|&at| at < items.len()) {
                    items.remove(at);
                }
            }
            _ => {}
        }
    }
}

/// A member name as a JSON pointer writes it.
pub fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

fn unescape(token: &str) -> String {
    token.replace("~1", "/").replace("~0", "~")
}

/// The member names and indices of a JSON pointer.
pub(crate) fn tokens(pointer: &str) -> impl Iterator<Item = String> {
    pointer.split('/').skip(1).map(unescape)
}

impl<'de> Deserialize<'de> for Json {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Tree;

        impl<'de> Visitor<'de> for Tree {
            type Value = Json;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON value")
            }

            fn visit_unit<E>(self) -> Result<Json, E> {
                Ok(Json::Null)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Json, E> {
                Ok(Json::Bool(value))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Json, E> {
                Ok(Json::Number(value.into()))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Json, E> {
                Ok(Json::Number(value.into()))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Json, E> {
                Ok(Number::from_f64(value).map_or(Json::Null, Json::Number))
            }

            fn visit_str<E>(self, value: &str) -> Result<Json, E> {
                Ok(Json::String(value.to_owned()))
            }

            fn visit_string<E>(self, value: String) -> Result<Json, E> {
                Ok(Json::String(value))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    items.push(item);
                }
                Ok(Json::Array(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Json::Object(members))
            }
        }

        deserializer.deserialize_any(Tree)
    }
}

impl Serialize for Json {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(value) => value.serialize(serializer),
            Self::String(value) => serializer.serialize_str(value),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (key, value) in members {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_order_and_duplicates() {
        let text = "{\n  \"b\": 1,\n  \"a\": [],\n  \"b\": {}\n}\n";
        assert_eq!(Json::parse(text).unwrap().pretty(), text);
    }

    #[test]
    fn edits_at_pointers() {
        let mut tree = Json::parse(r#"{"a/b": [{"x": 1}]}"#).unwrap();
        tree.set("/a~1b/0/y", Json::Bool(true));
        tree.set("/a~1b/1", Json::Null);
        tree.set("/new/deep", Json::String("v".into()));
        tree.remove("/a~1b/0/x");
        assert_eq!(serde_json::to_string(&tree).unwrap(), r#"{"a/b":[{"y":true},null],"new":{"deep":"v"}}"#);
        assert_eq!(tree.pointer("/new/deep"), Some(&Json::String("v".into())));
        assert_eq!(tree.pointer("/new/deep/er"), None);
        let before = tree.clone();
        tree.set("/new/deep/er", Json::Null);
        tree.remove("/nowhere/at/all");
        assert_eq!(tree, before);
    }

    #[test]
    fn names_the_place_of_a_syntax_error() {
        let error = Json::parse("{\n  \"a\": ]").unwrap_err();
        assert_eq!((error.line, error.column), (2, 8));
        assert_eq!(error.message, "expected value");
    }
}
