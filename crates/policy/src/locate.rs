//! Where in a JSON text a pointer leads. Asked only for what is shown, so the tree need not carry places.

use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::Deserializer;
use serde::de::MapAccess;
use serde::de::Visitor;
use serde_json::value::RawValue;

use crate::json::tokens;

/// A stretch of text; lines and columns count from 1, columns in Unicode scalar values, and the end is just
/// behind the last character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub line: usize,
    pub column: usize,
    pub end_line: usize,
    pub end_column: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Where the value of a pointer stands; for a missing member, where the object begins that lacks it.
///
/// With `blocks`, the pointer leaves out the positions of blocks that stand once, as those into Terraform's JSON do.
pub(crate) fn locate(text: &str, pointer: &str, blocks: bool) -> Option<Place> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut here: &str = serde_json::from_str::<&RawValue>(text).ok()?.get();
    let mut is_there = true;
    for token in tokens(pointer) {
        if blocks {
            here = block(here, &token);
            // A block that may be repeated and stands once may be there without its list.
            if token == "0" && here.starts_with('{') && child(here, &token).is_none() {
                continue;
            }
        }
        match child(here, &token) {
            Some(value) => here = value.get(),
            None => {
                is_there = false;
                break;
            }
        }
    }
    let from = offset(text, here)?;
    let length = if is_there { here.len() } else { here.chars().next().map_or(0, char::len_utf8) };
    place(text, from..from.checked_add(length)?)
}

fn child<'a>(json: &'a str, token: &str) -> Option<&'a RawValue> {
    if json.starts_with('[') {
        let items: Vec<&RawValue> = serde_json::from_str(json).ok()?;
        return items.get(token.parse::<usize>().ok()?).copied();
    }
    let members: Members<'a> = serde_json::from_str(json).ok()?;
    // Of several, the last one is the one that readers take.
    members.0.into_iter().rev().find(|(name, _)| name == token).map(|(_, value)| value)
}

/// The block that a token leads into: the first one of a list, where the token is no position in it.
fn block<'a>(json: &'a str, token: &str) -> &'a str {
    let is_position = token.bytes().all(|byte| byte.is_ascii_digit());
    if !json.starts_with('[') || is_position {
        return json;
    }
    let items: Vec<&RawValue> = serde_json::from_str(json).unwrap_or_default();
    items.first().map_or(json, |first| first.get())
}

/// Where a part of a text begins in it.
fn offset(text: &str, part: &str) -> Option<usize> {
    part.as_ptr().addr().checked_sub(text.as_ptr().addr())
}

/// Lines and columns of a stretch of bytes.
pub(crate) fn place(text: &str, range: Range<usize>) -> Option<Place> {
    let at = |end: usize| {
        let before = text.get(..end)?;
        let line = before.matches('\n').count().saturating_add(1);
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
        Some((line, column))
    };
    let ((line, column), (end_line, end_column)) = (at(range.start)?, at(range.end)?);
    Some(Place { line, column, end_line, end_column })
}

/// The members of an object as text, in order, twins too.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members<'de>, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "\u{feff}{\n  \"name\": \"é\", \"a/b\": [\n    {\"x\": 1},\n    2\n  ],\n  \"name\": null\n}\n";

    fn start(pointer: &str) -> Option<(usize, usize)> {
        locate(TEXT, pointer, false).map(|place| (place.line, place.column))
    }

    #[test]
    fn a_pointer_leads_to_the_line_and_column_of_its_value() {
        assert_eq!(start(""), Some((1, 1)));
        assert_eq!(start("/a~1b"), Some((2, 23)));
        assert_eq!(start("/a~1b/0/x"), Some((3, 11)));
        assert_eq!(start("/a~1b/1"), Some((4, 5)));
    }

    #[test]
    fn of_a_member_that_stands_twice_the_last_is_meant() {
        assert_eq!(start("/name"), Some((6, 11)));
    }

    #[test]
    fn a_missing_member_is_placed_at_the_object_that_lacks_it() {
        let place = Place { line: 3, column: 5, end_line: 3, end_column: 6 };
        let locate = |pointer| locate(TEXT, pointer, false);
        assert_eq!(locate("/a~1b/0/y"), Some(place));
        assert_eq!(locate("/a~1b/0/y/z"), Some(place));
        assert_eq!(
            locate("/a~1b/7"),
            locate("/a~1b").map(|list| Place { end_line: 2, end_column: list.column + 1, ..list })
        );
    }

    #[test]
    fn a_value_ends_behind_its_last_character() {
        let end = locate(TEXT, "/a~1b", false).map(|place| (place.end_line, place.end_column));
        assert_eq!(end, Some((5, 4)));
    }

    #[test]
    fn text_that_is_no_json_has_no_places() {
        assert_eq!(locate("{", "", false), None);
    }
}
