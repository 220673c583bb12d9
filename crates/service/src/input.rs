//! What a request says, once its bytes are understood.

use afterimage_inventory::Instant;
use afterimage_inventory::sort;
use afterimage_policy::Reading;
use afterimage_policy::json::Json;

use crate::error::ApiError;
use crate::exchange::Request;
use crate::routes::Operation;
use crate::routes::Where;

/// The members of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Input<'a> {
    pub(crate) body: &'a Json,
    /// The policy that the request carries, without errors.
    pub(crate) policy: Option<&'a Reading>,
}

impl<'a> Input<'a> {
    pub(crate) fn of(body: &'a Json) -> Self {
        Self { body, policy: None }
    }

    /// The member of this name, if it is there and not null.
    pub(crate) fn get(&self, name: &str) -> Option<&'a Json> {
        self.body.member(name).filter(|value| **value != Json::Null)
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'a str> {
        match self.get(name)? {
            Json::String(text) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some(&Json::Bool(true))
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(integer)
    }

    pub(crate) fn instant(&self, name: &str) -> Option<Instant> {
        self.get(name).and_then(instant)
    }

    pub(crate) fn object(&self, name: &str) -> Option<Input<'a>> {
        let body = self.get(name)?;
        matches!(body, Json::Object(_)).then_some(Input::of(body))
    }

    pub(crate) fn list(&self, name: &str) -> Option<&'a [Json]> {
        match self.get(name)? {
            Json::Array(items) => Some(items),
            _ => None,
        }
    }

    pub(crate) fn texts(&self, name: &str) -> Vec<&'a str> {
        let items = self.list(name).unwrap_or_default();
        items
            .iter()
            .filter_map(|item| if let Json::String(text) = item { Some(text.as_str()) } else { None })
            .collect()
    }
}

/// A whole number, however it is spelled.
pub(crate) fn integer(value: &Json) -> Option<i64> {
    let Json::Number(number) = value else { return None };
    number.as_i64().or_else(|| {
        let value = number.as_f64().filter(|value| value.fract() == 0.0 && value.abs() < 1e15)?;
        Some(value as i64)
    })
}

/// Seconds since 1970.
pub(crate) fn instant(value: &Json) -> Option<Instant> {
    let Json::Number(number) = value else { return None };
    Instant::from_epoch_seconds(number.as_f64()?)
}

/// The members of a request, from its body or from its query.
pub(crate) fn read(operation: &Operation, request: &Request<'_>) -> Result<Json, ApiError> {
    match operation.input {
        Where::Query => {
            let query = request.target.split_once('?').map_or("", |(_, query)| query);
            let members = form_urlencoded::parse(query.as_bytes());
            Ok(Json::Object(
                members.map(|(name, value)| (name.into_owned(), Json::String(value.into_owned()))).collect(),
            ))
        }
        Where::Body => read_body(request.body),
    }
}

/// The object in a body; an empty body is an empty object.
pub(crate) fn read_body(body: &[u8]) -> Result<Json, ApiError> {
    let text = std::str::from_utf8(body).map_err(|error| {
        ApiError::invalid(format!("the body is not UTF-8 from byte {} on", error.valid_up_to()))
    })?;
    if text.trim().is_empty() {
        return Ok(Json::Object(Vec::new()));
    }
    let tree = Json::parse(text).map_err(|error| {
        let (line, column, message) = (error.line, error.column, error.message);
        ApiError::invalid(format!("the body is no JSON: line {line}, column {column}: {message}"))
    })?;
    match tree {
        Json::Object(_) => Ok(tree),
        other => Err(ApiError::invalid(format!("the body is {}, not an object", other.kind()))),
    }
}

/// How many values there are in a tree, itself among them.
pub(crate) fn count(value: &Json) -> usize {
    let below = match value {
        Json::Object(members) => members.iter().map(|(_, value)| count(value)).sum(),
        Json::Array(items) => items.iter().map(count).sum::<usize>(),
        _ => 0,
    };
    below.saturating_add(1)
}

/// A text that is the same for requests that say the same: members in order, null left out, and without some.
pub(crate) fn canonical(body: &Json, without: &[&str]) -> String {
    let mut out = String::new();
    write_canonical(body, without, &mut out);
    out
}

fn write_canonical(value: &Json, without: &[&str], out: &mut String) {
    match value {
        Json::Object(members) => {
            let present =
                |(name, value): &&(String, Json)| *value != Json::Null && !without.contains(&name.as_str());
            let mut members: Vec<&(String, Json)> = members.iter().filter(present).collect();
            sort::sort_by(&mut members, |a, b| a.0.cmp(&b.0));
            out.push('{');
            for (name, value) in members {
                out.push_str(&text(&Json::String(name.clone())));
                out.push(':');
                write_canonical(value, &[], out);
                out.push(',');
            }
            out.push('}');
        }
        Json::Array(items) => {
            out.push('[');
            for item in items {
                write_canonical(item, &[], out);
                out.push(',');
            }
            out.push(']');
        }
        other => out.push_str(&text(other)),
    }
}

fn text(value: &Json) -> String {
    // Writing into memory has nothing to fail at.
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_the_same_has_the_same_canonical_text() {
        let canonical = |text: &str| canonical(&Json::parse(text).unwrap(), &["t"]);
        assert_eq!(
            canonical(r#"{"b": [1], "a": {"y": 1, "x": null}, "t": 5}"#),
            canonical(r#"{"a":{"y":1},"b":[1]}"#)
        );
        assert_ne!(canonical(r#"{"a": {"t": 1}}"#), canonical(r#"{"a": {}}"#));
        assert_ne!(canonical(r#"{"a": ["b", "c"]}"#), canonical(r#"{"a": ["b,c"]}"#));
        assert_ne!(canonical(r#"{"a": "1"}"#), canonical(r#"{"a": 1}"#));
    }
}
