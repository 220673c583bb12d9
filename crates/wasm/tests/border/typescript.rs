//! JSON Schema as TypeScript, as far as our own schemas go; anything else fails the test.

use std::fmt::Write;

use serde_json::Map;
use serde_json::Value;

/// A declaration for each of the schema's `$defs`.
pub(crate) fn declarations(schema: &Value) -> String {
    let mut out = String::new();
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        comment(definition, "", &mut out);
        if is_record(definition) {
            writeln!(out, "export interface {name} {}\n", written(definition, "")).unwrap();
        } else {
            writeln!(out, "export type {name} = {};\n", written(definition, "")).unwrap();
        }
    }
    out
}

fn is_record(schema: &Value) -> bool {
    schema["properties"].is_object() && schema.get("tsType").is_none()
}

fn comment(schema: &Value, indent: &str, out: &mut String) {
    if let Some(text) = schema["description"].as_str() {
        writeln!(out, "{indent}/** {} */", text.replace('\n', " ")).unwrap();
    }
}

fn written(schema: &Value, indent: &str) -> String {
    let Value::Object(members) = schema else {
        assert_eq!(schema, &Value::Bool(true), "a schema that nothing meets");
        return "unknown".to_owned();
    };
    let text = |name: &str| members.get(name).and_then(Value::as_str);
    if let Some(written) = text("tsType") {
        return written.to_owned();
    }
    if let Some(reference) = text("$ref") {
        return reference.strip_prefix("#/$defs/").unwrap().to_owned();
    }
    if let Some(value) = members.get("const") {
        return value.to_string();
    }
    if let Some(values) = members.get("enum") {
        return union(values.as_array().unwrap().iter().map(Value::to_string));
    }
    if let Some(choices) = members.get("anyOf").or(members.get("oneOf")) {
        return union(choices.as_array().unwrap().iter().map(|choice| written(choice, indent)));
    }
    match members.get("type") {
        Some(Value::String(name)) => typed(name, members, indent),
        Some(Value::Array(names)) => {
            union(names.iter().map(|name| typed(name.as_str().unwrap(), members, indent)))
        }
        // Nothing is said but what it is for.
        _ if members.keys().all(|name| name == "description" || name == "default") => "unknown".to_owned(),
        _ => panic!("no TypeScript for {schema}"),
    }
}

fn union(types: impl Iterator<Item = String>) -> String {
    let mut all: Vec<String> = Vec::new();
    types.for_each(|one| {
        if !all.contains(&one) {
            all.push(one);
        }
    });
    all.join(" | ")
}

fn typed(name: &str, members: &Map<String, Value>, indent: &str) -> String {
    match name {
        "string" | "boolean" | "null" => name.to_owned(),
        "integer" | "number" => "number".to_owned(),
        "array" => match written(&members["items"], indent) {
            item if item.contains(' ') => format!("({item})[]"),
            item => format!("{item}[]"),
        },
        "object" if members.contains_key("properties") => record(members, indent),
        "object" => format!("Record<string, {}>", written(&members["additionalProperties"], indent)),
        _ => panic!("no TypeScript for the type {name}"),
    }
}

fn record(members: &Map<String, Value>, indent: &str) -> String {
    let inner = format!("{indent}  ");
    let required = members.get("required").and_then(Value::as_array).cloned().unwrap_or_default();
    let mut out = "{\n".to_owned();
    for (name, schema) in members["properties"].as_object().unwrap() {
        comment(schema, &inner, &mut out);
        let key = if name.contains('-') { format!("{name:?}") } else { name.clone() };
        let mark = if required.contains(&Value::from(name.as_str())) { "" } else { "?" };
        writeln!(out, "{inner}{key}{mark}: {};", written(schema, &inner)).unwrap();
    }
    out + indent + "}"
}
