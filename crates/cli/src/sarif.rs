//! `check --format sarif`: SARIF 2.1.0, which code hosts show beside the lines of a change.
//!
//! Columns count Unicode scalar values. A fix is included when it replaces one value of a JSON text, since
//! only then its text is certain; the JSON answer has the others.

use std::collections::BTreeMap;
use std::path::Path;

use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Diagnostic;
use afterimage_policy::Fix;
use afterimage_policy::Notation;
use afterimage_policy::Operation;
use afterimage_policy::Place;
use afterimage_policy::Reading;
use afterimage_policy::Severity;
use serde_json::Value;
use serde_json::json;

use crate::input;

pub(crate) fn log(diagnostics: &[Diagnostic], reading: &Reading, file: &Path) -> Value {
    let rules: Vec<&Check> =
        afterimage_policy::checks().chain(afterimage_simulator::inventory_checks()).collect();
    let uri = (!input::is_standard_input(file)).then(|| uri(file));
    let mut seen = BTreeMap::new();
    let results: Vec<Value> = diagnostics
        .iter()
        .map(|found| {
            let twins: &mut usize = seen.entry((found.code, &found.path)).or_default();
            *twins = twins.saturating_add(1);
            result(found, *twins, &rules, reading, uri.as_deref())
        })
        .collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "afterimage",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.into_iter().map(rule).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(check: &Check) -> Value {
    let mut rule = json!({
        "id": check.code,
        "name": pascal_case(check.code),
        "shortDescription": { "text": check.title },
        "help": { "text": check.help },
        "defaultConfiguration": { "level": level(check.severity) },
    });
    if let Basis::Documented(address) | Basis::Inferred(address) = check.basis
        && let Some(rule) = rule.as_object_mut()
    {
        rule.insert("helpUri".to_owned(), json!(address));
    }
    rule
}

fn result(found: &Diagnostic, twin: usize, rules: &[&Check], reading: &Reading, uri: Option<&str>) -> Value {
    let mut location = json!({
        "logicalLocations": [{ "fullyQualifiedName": found.path, "kind": "value" }],
    });
    let place = reading.place(&found.path);
    if let (Some(uri), Some(location)) = (uri, location.as_object_mut()) {
        let mut physical = json!({ "artifactLocation": { "uri": uri } });
        if let (Some(place), Some(physical)) = (place, physical.as_object_mut()) {
            physical.insert("region".to_owned(), region(place));
        }
        location.insert("physicalLocation".to_owned(), physical);
    }
    let mut result = json!({
        "ruleId": found.code,
        "level": level(found.severity),
        "message": { "text": format!("{}; {}", found.message, found.help) },
        "locations": [location],
        // Lines come and go; what is said of which member stays.
        "partialFingerprints": { "codeAndPointer/v1": format!("{}:{}:{twin}", found.code, found.path) },
    });
    if let Some(result) = result.as_object_mut() {
        if let Some(index) = rules.iter().position(|rule| rule.code == found.code) {
            result.insert("ruleIndex".to_owned(), json!(index));
        }
        let fix = found.fix.as_ref().zip(uri).and_then(|(fix, uri)| replacement(fix, reading, uri));
        if let Some(fix) = fix {
            result.insert("fixes".to_owned(), json!([fix]));
        }
    }
    result
}

/// The fix as a change of text, where it is exactly known.
fn replacement(fix: &Fix, reading: &Reading, uri: &str) -> Option<Value> {
    let is_json = matches!(reading.notation(), Notation::Api | Notation::CloudFormationJson);
    let [Operation::Replace { path, value }] = fix.patch.as_slice() else { return None };
    let place = reading.place(path).filter(|_| is_json)?;
    Some(json!({
        "description": { "text": fix.title },
        "artifactChanges": [{
            "artifactLocation": { "uri": uri },
            "replacements": [{
                "deletedRegion": region(place),
                "insertedContent": { "text": serde_json::to_string(value).ok()? },
            }],
        }],
    }))
}

fn region(Place { line, column, end_line, end_column }: Place) -> Value {
    json!({ "startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

/// `age-without-unit` as `AgeWithoutUnit`.
fn pascal_case(code: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    code.split('-').map(word).collect()
}

/// A path as a URI reference: relative ones stay so, as pipelines expect of files in their repository.
fn uri(file: &Path) -> String {
    let path = file.display().to_string().replace(std::path::MAIN_SEPARATOR, "/");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    let encoded: String = path
        .bytes()
        .map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") })
        .collect();
    match (file.is_absolute(), encoded.starts_with('/')) {
        (false, _) => encoded,
        (true, true) => format!("file://{encoded}"),
        (true, false) => format!("file:///{encoded}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri(Path::new("a/b c.json")), "a/b%20c.json");
        assert_eq!(uri(Path::new("a:é.json")), "a%3A%C3%A9.json");
        #[cfg(unix)]
        assert_eq!(uri(Path::new("/tmp/p.json")), "file:///tmp/p.json");
    }
}
