//! The notations in which a policy is written, and the way between them.
//!
//! Each is recognised by its content. Its tree is brought into the API's shape ([`members`]), read as that, and
//! what was found is located in the document as it was given ([`source`]).

mod aws_cli;
mod cdk;
mod cloudformation;
mod defaults;
pub(crate) mod members;
mod shell;
pub(crate) mod source;
mod terraform;
mod terraform_json;
mod write;
mod yaml;

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::json::Json;
use crate::locate::Place;
use crate::notation::cloudformation::NotChosen;
use crate::notation::members::Import;
use crate::notation::members::Spelling;
use crate::notation::source::Notation;
use crate::notation::source::Source;
use crate::read::Given;
use crate::read::Reading;
use crate::read::failed;
use crate::read::read_given;
use crate::read::read_json;
use crate::read::syntax_error;

pub use defaults::FilledIn;
pub use defaults::FilledInValue;
pub use write::Target;
pub use write::Written;

/// Reads a policy in any notation.
///
/// # Example: a rule without a unit
///
/// ```
/// let reading = afterimage_policy::read(r#"{
///   "name": "nightly", "executionRole": "Role", "resourceType": "AMI_IMAGE",
///   "policyDetails": [{"action": {"type": "DELETE"}, "filter": {"type": "AGE", "value": 90}}],
///   "resourceSelection": {"tagMap": {"Team": "web"}}
/// }"#);
/// let error = &reading.diagnostics[0];
/// assert_eq!((error.code, error.path.as_str()), ("age-without-unit", "/policyDetails/0/filter/unit"));
/// assert_eq!(reading.document.name.as_deref(), Some("nightly"));
/// ```
///
/// # Example: the same in a template
///
/// ```
/// let reading = afterimage_policy::read("
/// Resources:
///   Nightly:
///     Type: AWS::ImageBuilder::LifecyclePolicy
///     Properties:
///       Name: nightly
///       ExecutionRole: Role
///       ResourceType: AMI_IMAGE
///       PolicyDetails: [{Action: {Type: DELETE}, Filter: {Type: AGE, Value: 90}}]
///       ResourceSelection: {TagMap: {Team: web}}
/// ");
/// let error = &reading.diagnostics[0];
/// assert_eq!(error.path, "/Resources/Nightly/Properties/PolicyDetails/0/Filter/Unit");
/// assert_eq!(reading.notation(), afterimage_policy::Notation::CloudFormationYaml);
/// ```
pub fn read(text: &str) -> Reading {
    read_resource(text, None)
}

/// Like [`read`]; `resource` chooses among several policies of a template or a configuration.
pub fn read_resource(text: &str, resource: Option<&str>) -> Reading {
    match Json::parse(text) {
        Ok(tree) if cloudformation::is_template(&tree) => {
            let (places, loose) = (BTreeMap::new(), BTreeMap::new());
            let mut reading = template(&tree, Notation::CloudFormationJson, places, &loose, resource);
            text.clone_into(&mut reading.text);
            reading
        }
        Ok(tree) if terraform_json::is_terraform(&tree) => {
            let mut reading = terraform_tree(&tree, resource);
            text.clone_into(&mut reading.text);
            reading
        }
        Ok(_) => read_json(text),
        Err(_) if terraform::is_configuration(text) => configuration(text, resource),
        Err(_) if aws_cli::is_command(text) && !text.contains(cloudformation::TYPE) => command(text),
        Err(_) if is_yaml_template(text) => match yaml::parse(text) {
            Ok(yaml) => {
                template(&yaml.tree, Notation::CloudFormationYaml, yaml.places, &yaml.loose, resource)
            }
            Err(error) => syntax_error(Notation::CloudFormationYaml, "YAML", &error),
        },
        Err(_) if aws_cli::is_script(text) => command(text),
        Err(error) => syntax_error(Notation::Api, "JSON", &error),
    }
}

/// Whether a tree means to be in one of the API's shapes, and not a template or Terraform's.
pub fn is_api_shape(tree: &Json) -> bool {
    matches!(tree, Json::Object(_))
        && !cloudformation::is_template(tree)
        && !terraform_json::is_terraform(tree)
}

/// JSON text in which no string holds a character that a terminal, a shell or an editor acts on.
fn printable(json: &Json) -> String {
    let mut out = String::new();
    for letter in json.pretty().chars() {
        if letter != '\n' && is_unprintable(letter) {
            // None of them lies beyond the first plane.
            out.push_str(&format!("\\u{:04x}", u32::from(letter)));
        } else {
            out.push(letter);
        }
    }
    out
}

/// Control characters, line breaks that only some know, marks of the byte order and what is no character.
fn is_unprintable(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

/// Whether a text that is no JSON means to be a template.
fn is_yaml_template(text: &str) -> bool {
    let signs = ["AWSTemplateFormatVersion", "Resources:", "PolicyDetails:", cloudformation::TYPE];
    let is_json = text.trim_start_matches('\u{feff}').trim_start().starts_with(['{', '[']);
    !is_json && signs.iter().any(|sign| text.contains(sign))
}

fn command(text: &str) -> Reading {
    match aws_cli::parse(text) {
        Err(error) => syntax_error(Notation::Cli, "shell command", &error),
        Ok(found) => {
            let source = Source { notation: Notation::Cli, places: found.places, ..Source::default() };
            let is_unusable = |found: &Diagnostic| found.path.is_empty() && found.severity == Severity::Error;
            if found.diagnostics.iter().any(is_unusable) {
                return failed(found.diagnostics, source);
            }
            let given =
                Given { source, unresolved: found.unresolved, found: found.diagnostics, unknown: Vec::new() };
            read_given(&found.request, given)
        }
    }
}

fn template(
    tree: &Json,
    notation: Notation,
    places: BTreeMap<String, Place>,
    loose: &BTreeMap<String, String>,
    resource: Option<&str>,
) -> Reading {
    let found = match cloudformation::find(tree, resource) {
        Ok(found) => found,
        Err(none) => return not_chosen(none, Source { notation, places, ..Source::default() }),
    };
    let mut import = Import {
        spelling: Spelling::Pascal,
        prefix: &found.prefix,
        loose,
        expression: cloudformation::expression,
        unknown: found.diagnostics,
        found: Vec::new(),
        unresolved: Vec::new(),
    };
    let policy = import.policy(found.properties);
    let Import { unknown, found: notes, unresolved, .. } = import;
    let source = Source {
        notation,
        resource: found.resource,
        spelling: Spelling::Pascal,
        prefix: found.prefix,
        places,
    };
    read_given(&policy, Given { source, unresolved, found: notes, unknown })
}

fn configuration(text: &str, resource: Option<&str>) -> Reading {
    let notation = Notation::Terraform;
    let found = match terraform::find(text, resource) {
        Ok(found) => found,
        Err(terraform::Failure::Syntax(error)) => return syntax_error(notation, "HCL", &error),
        Err(terraform::Failure::Policy(none)) => {
            return not_chosen(none, Source { notation, ..Source::default() });
        }
    };
    let mut reading =
        terraform_policy(&found.tree, None, notation, found.resource, found.prefix, found.diagnostics);
    reading.source.places = found.places;
    // What only Terraform works out stands in its plan.
    for found in reading.diagnostics.iter_mut().filter(|found| found.code == "unresolved-value") {
        found.help.push_str("; or give what `terraform show -json` prints of a plan, which has the values");
    }
    reading
}

fn terraform_tree(tree: &Json, resource: Option<&str>) -> Reading {
    let notation = Notation::TerraformJson;
    match terraform_json::find(tree, resource) {
        Ok(found) => {
            let (tree, arn) = (&found.tree, found.arn);
            terraform_policy(tree, arn, notation, found.resource, found.prefix, found.diagnostics)
        }
        Err(none) => not_chosen(none, Source { notation, ..Source::default() }),
    }
}

fn not_chosen(NotChosen { problem, choices }: NotChosen, source: Source) -> Reading {
    let mut reading = failed(vec![*problem], source);
    reading.choices = choices;
    reading
}

/// Reads a policy that is spelled as the AWS provider has it. `arn` is that of the one at AWS.
fn terraform_policy(
    tree: &Json,
    arn: Option<String>,
    notation: Notation,
    resource: String,
    prefix: String,
    diagnostics: Vec<Diagnostic>,
) -> Reading {
    let mut import = Import {
        spelling: Spelling::Snake,
        prefix: &prefix,
        loose: &BTreeMap::new(),
        expression: terraform::expression,
        unknown: diagnostics,
        found: Vec::new(),
        unresolved: Vec::new(),
    };
    let mut policy = import.policy(tree);
    if let (Json::Object(members), Some(arn)) = (&mut policy, arn) {
        members.push(("arn".to_owned(), Json::String(arn)));
    }
    let Import { unknown, found: notes, unresolved, .. } = import;
    let source = Source {
        notation,
        resource: Some(resource),
        spelling: Spelling::Snake,
        prefix,
        places: BTreeMap::new(),
    };
    read_given(&policy, Given { source, unresolved, found: notes, unknown })
}
