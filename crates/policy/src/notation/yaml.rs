//! YAML, as CloudFormation has it: version 1.1's scalars, short forms of functions, no aliases.

use std::collections::BTreeMap;

use saphyr_parser::Event;
use saphyr_parser::Parser;
use saphyr_parser::ScalarStyle;
use saphyr_parser::Span;
use saphyr_parser::Tag;

use crate::json::Json;
use crate::json::SyntaxError;
use crate::json::escape;
use crate::locate::Place;
use crate::notation::is_unprintable;

/// A template is at most 1 MB, and what is nested deeper than this is no template.
const MOST_BYTES: usize = 4 << 20;
const DEEPEST: usize = 64;

/// A YAML document as a tree.
#[derive(Debug, Default)]
pub(crate) struct Yaml {
    pub(crate) tree: Json,
    /// By JSON pointer; of a member, the place of its value.
    pub(crate) places: BTreeMap<String, Place>,
    /// Scalars without quotes that YAML 1.1 reads as something that is written in another way, by pointer.
    pub(crate) loose: BTreeMap<String, String>,
}

/// Reads one document.
///
/// # Errors
///
/// The place and nature of the first syntax error. An alias, a key that is no string and a second document are
/// errors too, because CloudFormation takes none of them; so nothing can grow beyond the text's own size.
pub(crate) fn parse(text: &str) -> Result<Yaml, SyntaxError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > MOST_BYTES {
        return Err(error(start(1, 0), "the document has more than 4 MB"));
    }
    let mut builder = Builder::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|problem| {
            let marker = problem.marker();
            error(start(marker.line(), marker.col()), problem.info())
        })?;
        builder.event(event, place(span))?;
    }
    Ok(builder.yaml)
}

/// A list or a mapping that is still open.
struct Open {
    json: Json,
    /// In a mapping, the key whose value comes next.
    key: Option<String>,
    pointer: String,
    function: Option<String>,
}

#[derive(Default)]
struct Builder {
    yaml: Yaml,
    open: Vec<Open>,
    documents: usize,
}

impl Builder {
    fn event(&mut self, event: Event<'_>, at: Place) -> Result<(), SyntaxError> {
        match event {
            Event::DocumentStart(_) => {
                self.documents = self.documents.saturating_add(1);
                if self.documents > 1 {
                    return Err(error(at, "a second document begins here"));
                }
            }
            Event::Alias(_) => {
                return Err(error(at, "an alias stands here, and CloudFormation has none"));
            }
            Event::Scalar(text, style, _, tag) => {
                if let Some(Open { json: Json::Object(_), key: key @ None, .. }) = self.open.last_mut() {
                    *key = Some(text.into_owned());
                    return Ok(());
                }
                let pointer = self.pointer(at)?;
                let (value, function) = match tag.as_deref() {
                    Some(tag) if is_string(tag) => (Json::String(text.into_owned()), None),
                    Some(tag) if !tag.is_yaml_core_schema() => {
                        (Json::String(text.into_owned()), Some(tag.suffix.clone()))
                    }
                    _ if style == ScalarStyle::Plain => {
                        let value = scalar(&text);
                        if written(&value) != text {
                            self.yaml.loose.insert(pointer, text.into_owned());
                        }
                        (value, None)
                    }
                    _ => (Json::String(text.into_owned()), None),
                };
                self.put(called(function.as_deref(), value));
            }
            Event::SequenceStart(_, tag) => self.opened(Json::Array(Vec::new()), tag.as_deref(), at)?,
            Event::MappingStart(_, tag) => self.opened(Json::Object(Vec::new()), tag.as_deref(), at)?,
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(done) = self.open.pop() {
                    self.put(called(done.function.as_deref(), done.json));
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn opened(&mut self, json: Json, tag: Option<&Tag>, at: Place) -> Result<(), SyntaxError> {
        if self.open.len() >= DEEPEST {
            return Err(error(at, "values are nested too deeply"));
        }
        let pointer = self.pointer(at)?;
        let function = tag.filter(|tag| !tag.is_yaml_core_schema()).map(|tag| tag.suffix.clone());
        self.open.push(Open { json, key: None, pointer, function });
        Ok(())
    }

    /// The pointer of the value that begins here.
    fn pointer(&mut self, at: Place) -> Result<String, SyntaxError> {
        let pointer = match self.open.last() {
            None => String::new(),
            Some(Open { json: Json::Array(items), pointer, .. }) => format!("{pointer}/{}", items.len()),
            Some(Open { key: Some(key), pointer, .. }) => format!("{pointer}/{}", escape(key)),
            Some(_) => return Err(error(at, "a key that is no string stands here")),
        };
        self.yaml.places.insert(pointer.clone(), at);
        Ok(pointer)
    }

    fn put(&mut self, value: Json) {
        match self.open.last_mut() {
            None => self.yaml.tree = value,
            Some(open) => match &mut open.json {
                Json::Array(items) => items.push(value),
                Json::Object(members) => members.extend(open.key.take().map(|key| (key, value))),
                _ => {}
            },
        }
    }
}

fn is_string(tag: &Tag) -> bool {
    tag.is_yaml_core_schema() && tag.suffix == "str"
}

/// The long form of CloudFormation's short form of a function.
fn called(function: Option<&str>, value: Json) -> Json {
    let Some(function) = function else { return value };
    let (name, value) = match (function, value) {
        ("Ref" | "Condition", value) => (function.to_owned(), value),
        ("GetAtt", Json::String(text)) => {
            let (resource, attribute) = text.split_once('.').unwrap_or((&text, ""));
            let parts = [resource, attribute].map(|part| Json::String(part.to_owned()));
            ("Fn::GetAtt".to_owned(), Json::Array(parts.to_vec()))
        }
        (_, value) => (format!("Fn::{function}"), value),
    };
    Json::Object(vec![(name, value)])
}

/// A scalar without quotes. What YAML 1.1 reads as a number in another base, or with `_` or `:`, stays text.
fn scalar(text: &str) -> Json {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Json::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => return Json::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            return Json::Bool(false);
        }
        _ => {}
    }
    let decimal =
        |text: &str| text.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !text.starts_with('.');
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let leading_zero = unsigned.len() > 1 && unsigned.starts_with('0') && !unsigned.starts_with("0.");
    if unsigned.is_empty() || !decimal(unsigned) || leading_zero {
        return Json::String(text.to_owned());
    }
    let plain = text.strip_prefix('+').unwrap_or(text);
    serde_json::from_str(plain).map_or_else(|_| Json::String(text.to_owned()), Json::Number)
}

/// How a value that was read from a scalar is usually written. Text that some reader takes for a number is
/// never written like that.
fn written(value: &Json) -> String {
    match value {
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => number.to_string(),
        Json::String(text) if !is_number_to_some(text) => text.clone(),
        _ => String::new(),
    }
}

/// Octal, hexadecimal and binary numbers, numbers with `_`, `:` or an exponent, infinities.
fn is_number_to_some(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let lower = unsigned.to_ascii_lowercase();
    let digits = lower.starts_with(|c: char| c.is_ascii_digit())
        && lower.chars().all(|c| c.is_ascii_hexdigit() || "_:xo.+-".contains(c))
        && (lower.starts_with("0x")
            || !lower.chars().any(|c| "abcdf".contains(c))
            || lower.starts_with("0b"))
        && lower.matches('.').count() < 2
        && !lower.contains('-');
    digits || matches!(lower.as_str(), ".inf" | ".nan")
}

/// The parser tells the end of a scalar; of a list or a mapping, where it begins.
fn place(span: Span) -> Place {
    let (from, to) = (span.start, span.end);
    let begin = start(from.line(), from.col());
    if (to.line(), to.col()) <= (from.line(), from.col()) {
        return begin;
    }
    Place { end_line: to.line(), end_column: to.col().saturating_add(1), ..begin }
}

/// The first character of a place; the parser counts columns from 0.
fn start(line: usize, column: usize) -> Place {
    let column = column.saturating_add(1);
    Place { line, column, end_line: line, end_column: column.saturating_add(1) }
}

fn error(at: Place, message: &str) -> SyntaxError {
    SyntaxError { line: at.line, column: at.column, message: message.to_owned() }
}

/// A tree as YAML that versions 1.1 and 1.2 read alike: block style, and quotes wherever a string could be
/// taken for anything else.
pub(crate) fn write(tree: &Json) -> String {
    let mut out = String::new();
    block(tree, 0, &mut out);
    out
}

fn block(json: &Json, indent: usize, out: &mut String) {
    let margin = "  ".repeat(indent);
    match json {
        Json::Object(members) if !members.is_empty() => {
            for (at, (key, value)) in members.iter().enumerate() {
                // The first member of an item of a list stands behind its dash.
                if at > 0 || out.is_empty() || out.ends_with('\n') {
                    out.push_str(&margin);
                }
                out.push_str(&string(key));
                out.push(':');
                nested(value, indent, out);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for item in items {
                out.push_str(&margin);
                out.push('-');
                if matches!(item, Json::Object(members) if !members.is_empty()) {
                    out.push(' ');
                    block(item, indent.saturating_add(1), out);
                } else {
                    nested(item, indent, out);
                }
            }
        }
        _ => {
            out.push_str(&flow(json));
            out.push('\n');
        }
    }
}

fn nested(value: &Json, indent: usize, out: &mut String) {
    let is_block = match value {
        Json::Object(members) => !members.is_empty(),
        Json::Array(items) => !items.is_empty(),
        _ => false,
    };
    out.push(if is_block { '\n' } else { ' ' });
    block(value, indent.saturating_add(1), out);
}

fn flow(json: &Json) -> String {
    match json {
        Json::String(text) => string(text),
        Json::Array(_) => "[]".to_owned(),
        Json::Object(_) => "{}".to_owned(),
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => number.to_string(),
    }
}

fn string(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'))
        && matches!(scalar(text), Json::String(_))
        // One letter is a boolean to the letter of YAML 1.1.
        && text.len() > 1;
    // The names of CloudFormation's types and functions.
    let name = text.starts_with("AWS::ImageBuilder::") || text.starts_with("Fn::");
    if plain || (name && text.chars().all(|c| c.is_ascii_alphanumeric() || c == ':') && !text.ends_with(':'))
    {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ if is_unprintable(letter) => {
                out.push_str(&format!("\\u{:04X}", u32::from(letter)));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compact(text: &str) -> String {
        serde_json::to_string(&parse(text).unwrap().tree).unwrap()
    }

    #[test]
    fn short_forms_of_functions_become_long_ones() {
        assert_eq!(
            compact("a: !Ref b\nc: !GetAtt d.e.f\ng: !Sub [x, {y: 1}]\nh: !If [i, 1, 2]"),
            r#"{"a":{"Ref":"b"},"c":{"Fn::GetAtt":["d","e.f"]},"g":{"Fn::Sub":["x",{"y":1}]},"h":{"Fn::If":["i",1,2]}}"#
        );
    }

    #[test]
    fn scalars_are_those_of_yaml_1_1() {
        assert_eq!(
            compact("[yes, Off, 'yes', !!str 1, 10, -3, 1.5, 1.0.0, 010, 0x10, 1_000, 1:30, ~, '']"),
            r#"[true,false,"yes","1",10,-3,1.5,"1.0.0","010","0x10","1_000","1:30",null,""]"#
        );
        let loose: Vec<String> = parse("[true, yes, 1, 010, a, 1.0.0, +1, 1:30, 2026-11-23, d41d8cd9, 12e3]")
            .unwrap()
            .loose
            .into_values()
            .collect();
        assert_eq!(loose, ["yes", "12e3", "010", "+1", "1:30"]);
    }

    #[test]
    fn duplicates_and_order_are_kept() {
        assert_eq!(compact("b: 1\na: 2\nb: 3"), r#"{"b":1,"a":2,"b":3}"#);
    }

    #[test]
    fn what_cloudformation_does_not_take_is_named_with_its_place() {
        let place = |text: &str| {
            let error = parse(text).unwrap_err();
            (error.line, error.column)
        };
        assert_eq!(place("a: &x 1\nb: *x"), (2, 4));
        assert_eq!(place("a: 1\n---\nb: 1"), (2, 1));
        assert_eq!(place("a:\n  ? [b]\n  : c"), (2, 5));
        assert_eq!(place("a: [1,\nb"), (2, 1));
        assert_eq!(place(&"[".repeat(100)).0, 1);
    }

    #[test]
    fn what_is_written_reads_the_same() {
        let tree = Json::parse(
            r#"{"y": "no", "a b": [], "c": {}, "d": [{"e": "1", "f": [1, true]}, "\u0000\u0085\ufeff\"\\'"],
                "e": "on", "": "x: y # z", "g": "- a", "h": "AWS::ImageBuilder::LifecyclePolicy",
                "i": {"Fn::GetAtt": ["A", "B"]}, "j": "2010-09-09", "k": "~", "l": "\ud83d\ude00"}"#,
        )
        .unwrap();
        let text = write(&tree);
        assert_eq!(parse(&text).unwrap().tree, tree, "{text}");
    }
}
