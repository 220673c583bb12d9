//! CDK TypeScript: a stack with a `CfnLifecyclePolicy`. It is written only.

use crate::json::Json;
use crate::notation::is_unprintable;
use crate::notation::members::Spelling;

/// Whether aws-cdk-lib loses a tag of this key on the way to the template, as it does with an object's prototype.
pub(crate) fn loses(key: &str) -> bool {
    key == "__proto__"
}

/// A module that exports a stack with the policy.
pub(crate) fn module(canonical: &Json) -> String {
    let mut props = String::new();
    value(&Spelling::Camel.export(canonical), 2, &mut props);
    format!(
        "import * as cdk from 'aws-cdk-lib';\n\
         import * as imagebuilder from 'aws-cdk-lib/aws-imagebuilder';\n\
         import {{ Construct }} from 'constructs';\n\
         \n\
         export class LifecyclePolicyStack extends cdk.Stack {{\n  \
           constructor(scope: Construct, id: string, props?: cdk.StackProps) {{\n    \
             super(scope, id, props);\n    \
             new imagebuilder.CfnLifecyclePolicy(this, 'LifecyclePolicy', {props});\n  \
           }}\n\
         }}\n"
    )
}

fn value(json: &Json, indent: usize, out: &mut String) {
    let (inner, margin) = ("  ".repeat(indent.saturating_add(1)), "  ".repeat(indent));
    match json {
        Json::Object(members) if !members.is_empty() => {
            out.push_str("{\n");
            for (name, member) in members {
                out.push_str(&format!("{inner}{}: ", key(name)));
                value(member, indent.saturating_add(1), out);
                out.push_str(",\n");
            }
            out.push_str(&format!("{margin}}}"));
        }
        Json::Array(items) if !items.is_empty() => {
            out.push_str("[\n");
            for item in items {
                out.push_str(&inner);
                value(item, indent.saturating_add(1), out);
                out.push_str(",\n");
            }
            out.push_str(&format!("{margin}]"));
        }
        Json::Object(_) => out.push_str("{}"),
        Json::Array(_) => out.push_str("[]"),
        Json::String(text) => out.push_str(&string(text)),
        Json::Null => out.push_str("undefined"),
        Json::Bool(value) => out.push_str(&value.to_string()),
        Json::Number(number) => out.push_str(&number.to_string()),
    }
}

fn key(name: &str) -> String {
    let word = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric());
    if word { name.to_owned() } else { string(name) }
}

fn string(text: &str) -> String {
    let mut out = String::from("'");
    for letter in text.chars() {
        match letter {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            _ if is_unprintable(letter) => {
                out.push_str(&format!("\\u{:04x}", u32::from(letter)));
            }
            _ => out.push(letter),
        }
    }
    out.push('\'');
    out
}
