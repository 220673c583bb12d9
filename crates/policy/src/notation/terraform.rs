//! Terraform: a resource `aws_imagebuilder_lifecycle_policy` in a configuration.
//!
//! Places are told as if the configuration were one tree:
//! `/resource/aws_imagebuilder_lifecycle_policy/LABEL/policy_detail/0/filter/unit`. The blocks `policy_detail`
//! and `recipe` may be repeated and are counted from 0; other blocks stand once and are not counted.
//!
//! Names and kinds of blocks are those of the provider's schema, `internal/service/imagebuilder/lifecycle_policy.go`
//! in `hashicorp/terraform-provider-aws`.

use std::collections::BTreeMap;
use std::ops::Range;

use hcl_edit::Span;
use hcl_edit::expr::Expression;
use hcl_edit::expr::ObjectKey;
use hcl_edit::expr::UnaryOperator;
use hcl_edit::parser::parse_body;
use hcl_edit::structure::Block;
use hcl_edit::structure::Body;
use hcl_edit::structure::Structure;
use hcl_edit::template::Element;
use serde_json::Number;

use crate::diagnostic::Diagnostic;
use crate::json::Json;
use crate::json::SyntaxError;
use crate::json::escape;
use crate::locate::Place;
use crate::locate::place;
use crate::notation::cloudformation::NotChosen;
use crate::notation::cloudformation::beside;
use crate::notation::cloudformation::choose;
use crate::notation::is_unprintable;
use crate::notation::members::POLICY;
use crate::notation::members::Shape;
use crate::notation::members::Spelling;
use crate::notation::members::Unresolved;

pub(crate) const TYPE: &str = "aws_imagebuilder_lifecycle_policy";

/// Far more than anybody writes; places are counted from the beginning of the text.
const MOST_BYTES: usize = 1 << 20;

/// The only member of an object that stands for an expression. No tag key holds these characters.
const EXPRESSION: &str = "${}";

/// Arguments and blocks that every resource may have, and those that the provider adds; none is part of the
/// policy.
pub(crate) const META: [&str; 10] = [
    "connection",
    "count",
    "depends_on",
    "for_each",
    "lifecycle",
    "provider",
    "provisioner",
    "region",
    "tags_all",
    "timeouts",
];

/// A policy in a configuration.
pub(crate) struct Found {
    pub(crate) resource: String,
    pub(crate) prefix: String,
    pub(crate) tree: Json,
    pub(crate) places: BTreeMap<String, Place>,
    /// Pointers into the document.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Whether a text is a Terraform configuration that defines a policy.
pub(crate) fn is_configuration(text: &str) -> bool {
    text.lines().map(str::trim_start).any(|line| {
        line.strip_prefix("resource").is_some_and(|rest| {
            rest.trim_start().trim_start_matches('"').starts_with(TYPE) && rest.starts_with([' ', '\t', '"'])
        })
    })
}

/// Why no policy was found.
pub(crate) enum Failure {
    Syntax(SyntaxError),
    Policy(NotChosen),
}

/// Finds the policy: the only one, or the one of this label.
pub(crate) fn find(text: &str, wanted: Option<&str>) -> Result<Found, Failure> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > MOST_BYTES {
        let message = "the configuration has more than 1 MB".to_owned();
        return Err(Failure::Syntax(SyntaxError { line: 1, column: 1, message }));
    }
    let body = parse_body(text).map_err(|error| {
        let location = error.location();
        let message = error.message().replace('\n', " ");
        Failure::Syntax(SyntaxError { line: location.line(), column: location.column(), message })
    })?;
    let label = |block: &Block, at: usize| block.labels.get(at).map(|label| label.as_str().to_owned());
    let policies: Vec<(String, &Block)> = body
        .get_blocks("resource")
        .filter(|block| label(block, 0).as_deref() == Some(TYPE))
        .map(|block| (label(block, 1).unwrap_or_default(), block))
        .collect();
    let name = |block: &&Block| match &block.body.get_attribute("name")?.value {
        Expression::String(name) => Some(name.value().clone()),
        _ => None,
    };
    let (resource, block) = choose(policies, wanted, ("", TYPE), name).map_err(Failure::Policy)?;
    let prefix = format!("/resource/{TYPE}/{}", escape(&resource));
    let mut walk = Walk { text, places: BTreeMap::new() };
    walk.place(&prefix, block.ident.span());
    let tree = walk.body(&block.body, &prefix, &Shape::Object(POLICY));
    let (mut diagnostics, mut kept) = (Vec::new(), Vec::new());
    if let Json::Object(members) = tree {
        for (name, value) in members {
            if META.contains(&name.as_str()) {
                diagnostics.push(beside(&prefix, &name));
            } else {
                kept.push((name, value));
            }
        }
    }
    Ok(Found { resource, prefix, tree: Json::Object(kept), places: walk.places, diagnostics })
}

/// The text of an expression.
pub(crate) fn expression(json: &Json) -> Option<String> {
    match json {
        Json::Object(members) => match members.as_slice() {
            [(name, Json::String(text))] if name == EXPRESSION => Some(text.clone()),
            _ => None,
        },
        _ => None,
    }
}

struct Walk<'a> {
    text: &'a str,
    places: BTreeMap<String, Place>,
}

impl Walk<'_> {
    fn place(&mut self, pointer: &str, span: Option<Range<usize>>) {
        if let Some(place) = span.and_then(|span| place(self.text, span)) {
            self.places.insert(pointer.to_owned(), place);
        }
    }

    /// A block's content as an object; blocks that may be repeated become a list.
    fn body(&mut self, body: &Body, pointer: &str, shape: &Shape) -> Json {
        let inner = |name: &str| match shape {
            Shape::Object(members) | Shape::List(members) => members
                .iter()
                .find(|member| Spelling::Snake.of(member.name) == name)
                .map_or(Shape::Text, |member| member.shape),
            _ => Shape::Text,
        };
        let mut out: Vec<(String, Json)> = Vec::new();
        for structure in body {
            match structure {
                Structure::Attribute(attribute) => {
                    let name = attribute.key.as_str().to_owned();
                    let pointer = format!("{pointer}/{}", escape(&name));
                    let value = self.value(&attribute.value, &pointer);
                    self.place(&pointer, attribute.value.span());
                    out.push((name, value));
                }
                Structure::Block(block) if block.has_ident("dynamic") => {
                    let name = block.labels.first().map_or("dynamic", |label| label.as_str()).to_owned();
                    self.place(&format!("{pointer}/{}", escape(&name)), block.ident.span());
                    let item = marked(format!("dynamic \"{name}\""));
                    // Beside written blocks it is one item more, of which only Terraform knows how many it is.
                    let is_beside = body.get_blocks(&name).next().is_some();
                    match out.iter_mut().find(|(earlier, _)| *earlier == name) {
                        Some((_, Json::Array(items))) => items.push(item),
                        _ if is_beside && matches!(inner(&name), Shape::List(_)) => {
                            out.push((name, Json::Array(vec![item])));
                        }
                        _ => out.push((name, item)),
                    }
                }
                Structure::Block(block) => {
                    let name = block.ident.as_str().to_owned();
                    let shape = inner(&name);
                    let pointer = format!("{pointer}/{}", escape(&name));
                    if matches!(shape, Shape::List(_)) {
                        let found = out.iter_mut().find(|(earlier, _)| *earlier == name);
                        let count = match found.as_ref() {
                            Some((_, Json::Array(items))) => items.len(),
                            _ => 0,
                        };
                        let item_pointer = format!("{pointer}/{count}");
                        self.place(&item_pointer, block.ident.span());
                        if count == 0 {
                            self.place(&pointer, block.ident.span());
                        }
                        let item = self.body(&block.body, &item_pointer, &shape);
                        match out.iter_mut().find(|(earlier, _)| *earlier == name) {
                            Some((_, Json::Array(items))) => items.push(item),
                            _ => out.push((name, Json::Array(vec![item]))),
                        }
                    } else {
                        self.place(&pointer, block.ident.span());
                        let value = self.body(&block.body, &pointer, &shape);
                        out.push((name, value));
                    }
                }
            }
        }
        Json::Object(out)
    }

    fn value(&mut self, expression: &Expression, pointer: &str) -> Json {
        self.literal(expression, pointer).unwrap_or_else(|| {
            let source = expression.span().and_then(|span| self.text.get(span));
            marked(source.unwrap_or_default().to_owned())
        })
    }

    /// `None`: only Terraform knows the value.
    fn literal(&mut self, expression: &Expression, pointer: &str) -> Option<Json> {
        Some(match expression {
            Expression::Null(_) => Json::Null,
            Expression::Bool(value) => Json::Bool(*value.value()),
            Expression::Number(value) => number(value.value())?,
            Expression::String(text) => Json::String(text.value().clone()),
            Expression::HeredocTemplate(heredoc) => {
                let mut text = String::new();
                for element in &heredoc.template {
                    match element {
                        Element::Literal(literal) => text.push_str(literal.as_str()),
                        _ => return None,
                    }
                }
                Json::String(text)
            }
            Expression::Parenthesis(inner) => self.literal(inner.inner(), pointer)?,
            Expression::UnaryOp(operation) if *operation.operator.value() == UnaryOperator::Neg => {
                match self.literal(&operation.expr, pointer)? {
                    Json::Number(number) => Json::Number(serde_json::from_str(&format!("-{number}")).ok()?),
                    _ => return None,
                }
            }
            Expression::Array(items) => Json::Array(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, item)| {
                        let pointer = format!("{pointer}/{index}");
                        self.place(&pointer, item.span());
                        self.value(item, &pointer)
                    })
                    .collect(),
            ),
            Expression::Object(object) => {
                let mut members = Vec::new();
                for (key, value) in object {
                    let key = match key {
                        ObjectKey::Ident(name) => name.as_str().to_owned(),
                        ObjectKey::Expression(key) => match self.literal(key, pointer)? {
                            Json::String(text) => text,
                            Json::Number(number) => number.to_string(),
                            Json::Bool(value) => value.to_string(),
                            _ => return None,
                        },
                    };
                    let pointer = format!("{pointer}/{}", escape(&key));
                    self.place(&pointer, value.expr().span());
                    let value = self.value(value.expr(), &pointer);
                    members.push((key, value));
                }
                Json::Object(members)
            }
            _ => return None,
        })
    }
}

pub(crate) fn marked(expression: String) -> Json {
    Json::Object(vec![(EXPRESSION.to_owned(), Json::String(expression))])
}

fn number(number: &hcl_edit::Number) -> Option<Json> {
    let whole = number.as_u64().map(Number::from).or_else(|| number.as_i64().map(Number::from));
    whole.or_else(|| number.as_f64().and_then(Number::from_f64)).map(Json::Number)
}

/// A configuration with the policy as its only resource, as `terraform fmt` leaves it.
pub(crate) fn configuration(canonical: &Json, resource: Option<&str>, kept: &[Unresolved]) -> String {
    let mut canonical = canonical.clone();
    for unresolved in kept {
        canonical.set(&unresolved.path, unresolved.expression.clone());
    }
    let label = match resource {
        Some(label) => label.to_owned(),
        None => label(canonical.member("name")),
    };
    let mut out = format!("resource \"{TYPE}\" {} {{\n", string(&label));
    block(&canonical, Shape::Object(POLICY), 1, &mut out);
    out.push_str("}\n");
    out
}

/// A label that Terraform takes: letters, digits and `_`.
fn label(name: Option<&Json>) -> String {
    let Some(Json::String(name)) = name else { return "policy".to_owned() };
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    let label: String = name.chars().map(plain).collect();
    if label.starts_with(|c: char| c.is_ascii_alphabetic()) { label } else { format!("policy_{label}") }
}

fn block(json: &Json, shape: Shape, indent: usize, out: &mut String) {
    let Shape::Object(members) = shape else { return };
    let margin = "  ".repeat(indent);
    let present = || {
        members.iter().filter_map(|member| {
            let value = json.member(member.name)?;
            Some((Spelling::Snake.of(member.name), value, member.shape))
        })
    };
    let mut lines = Vec::new();
    let mut maps = Vec::new();
    for (name, value, shape) in present() {
        let is_expression = expression(value).is_some();
        match shape {
            Shape::Object(_) | Shape::List(_) => {}
            Shape::Tags if !is_expression => maps.push((name, value)),
            _ => lines.push((name, argument(value))),
        }
    }
    let mut parts = Vec::new();
    if !lines.is_empty() {
        parts.push(aligned(&lines, &margin));
    }
    for (name, tags) in maps {
        let Json::Object(tags) = tags else { continue };
        let tags: Vec<(String, String)> =
            tags.iter().map(|(key, value)| (string(key), argument(value))).collect();
        let inner = aligned(&tags, &format!("{margin}  "));
        parts.push(format!("{margin}{name} = {{\n{inner}{margin}}}\n"));
    }
    for (name, value, shape) in present() {
        let (items, shape) = match (shape, value) {
            (Shape::Object(_), Json::Object(_)) => (std::slice::from_ref(value), shape),
            (Shape::List(members), Json::Array(items)) => (items.as_slice(), Shape::Object(members)),
            _ => continue,
        };
        for item in items {
            let mut inner = String::new();
            block(item, shape, indent.saturating_add(1), &mut inner);
            parts.push(if inner.is_empty() {
                format!("{margin}{name} {{\n{margin}}}\n")
            } else {
                format!("{margin}{name} {{\n{inner}{margin}}}\n")
            });
        }
    }
    out.push_str(&parts.join("\n"));
}

/// `terraform fmt` puts the equals signs of neighbouring lines below each other.
fn aligned(lines: &[(String, String)], margin: &str) -> String {
    let widest = lines.iter().map(|(name, _)| name.chars().count()).max().unwrap_or_default();
    let line = |(name, value): &(String, String)| format!("{margin}{name:widest$} = {value}\n");
    lines.iter().map(line).collect()
}

fn argument(json: &Json) -> String {
    if let Some(text) = expression(json) {
        return text;
    }
    match json {
        Json::String(text) => string(text),
        Json::Array(items) => format!("[{}]", items.iter().map(argument).collect::<Vec<_>>().join(", ")),
        Json::Bool(value) => value.to_string(),
        Json::Number(number) => number.to_string(),
        Json::Null | Json::Object(_) => "null".to_owned(),
    }
}

/// A string in quotes in which nothing is an interpolation.
fn string(text: &str) -> String {
    let mut out = String::from("\"");
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '$' | '%' if letters.peek() == Some(&'{') => {
                out.push(letter);
                out.push(letter);
            }
            _ if is_unprintable(letter) => {
                out.push_str(&format!("\\u{:04X}", u32::from(letter)));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}
