//! CloudFormation: `AWS::ImageBuilder::LifecyclePolicy` in a template.

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::json::Json;
use crate::json::escape;
use crate::notation::members::Spelling;
use crate::notation::members::Unresolved;
use crate::notation::members::unknown;
use crate::read::shown;

pub(crate) const TYPE: &str = "AWS::ImageBuilder::LifecyclePolicy";

/// What a resource may say beside its type and properties; none of it is part of the policy.
const ATTRIBUTES: [&str; 7] = [
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

/// A policy in a template.
pub(crate) struct Found<'a> {
    /// Logical ID; `None` where the properties stand alone.
    pub(crate) resource: Option<String>,
    /// Pointer of the properties.
    pub(crate) prefix: String,
    pub(crate) properties: &'a Json,
    /// Pointers into the document.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Whether a tree is CloudFormation's and not the API's.
pub(crate) fn is_template(tree: &Json) -> bool {
    let is_policy = |json: &Json| json.member("Type") == Some(&Json::String(TYPE.to_owned()));
    let holds_policy = match tree {
        Json::Object(members) => members.iter().any(|(_, value)| is_policy(value)),
        _ => false,
    };
    let names = ["AWSTemplateFormatVersion", "Resources", "PolicyDetails"];
    names.iter().any(|name| tree.member(name).is_some()) || is_policy(tree) || holds_policy
}

/// Finds the policy: the only one, or the one of this logical ID. A single resource, a part of `Resources` and
/// properties alone are taken too.
pub(crate) fn find<'a>(tree: &'a Json, wanted: Option<&str>) -> Result<Found<'a>, NotChosen> {
    if let Some(properties) = tree.member("Properties") {
        return Ok(found(tree, None, String::new(), properties));
    }
    if tree.member("PolicyDetails").is_some() {
        let prefix = String::new();
        return Ok(Found { resource: None, prefix, properties: tree, diagnostics: Vec::new() });
    }
    let (place, resources) = match tree.member("Resources") {
        Some(resources) => ("/Resources", resources),
        None => ("", tree),
    };
    let Json::Object(members) = resources else {
        let problem =
            problem("no-policy", place, "`Resources` is no mapping".to_owned(), "name resources in it");
        return Err(NotChosen { problem, choices: Vec::new() });
    };
    let policies = members
        .iter()
        .filter(|(_, resource)| resource.member("Type") == Some(&Json::String(TYPE.to_owned())))
        .map(|(name, resource)| (name.clone(), resource));
    let policy_name = |resource: &&Json| name(resource.member("Properties")?.member("Name")?);
    let (name, resource) = choose(policies.collect(), wanted, (place, TYPE), policy_name)?;
    let prefix = format!("{place}/{}", escape(&name));
    let properties = resource.member("Properties").unwrap_or(&Json::Null);
    Ok(found(resource, Some(name), prefix, properties))
}

/// Why no policy was taken out of a document that may hold several, and those that it holds; see [`Reading::choices`].
///
/// [`Reading::choices`]: crate::Reading::choices
pub(crate) struct NotChosen {
    pub(crate) problem: Box<Diagnostic>,
    pub(crate) choices: Vec<(String, String)>,
}

/// The name of a policy, where it is written out.
pub(crate) fn name(json: &Json) -> Option<String> {
    if let Json::String(name) = json { Some(name.clone()) } else { None }
}

/// Of policies by what the document calls them, the only one or the one that is wanted.
pub(crate) fn choose<T>(
    mut policies: Vec<(String, T)>,
    wanted: Option<&str>,
    (place, kind): (&str, &str),
    name: impl Fn(&T) -> Option<String>,
) -> Result<(String, T), NotChosen> {
    let at = match wanted {
        Some(wanted) => policies.iter().position(|(own, _)| own == wanted),
        None => (policies.len() == 1).then_some(0),
    };
    if let Some(at) = at {
        return Ok(policies.swap_remove(at));
    }
    let named = |(own, policy): (String, T)| (own, name(&policy).unwrap_or_default());
    Err(not_chosen(place, kind, wanted, policies.into_iter().map(named).collect()))
}

fn not_chosen(place: &str, kind: &str, wanted: Option<&str>, choices: Vec<(String, String)>) -> NotChosen {
    let listed = choices.iter().map(|(own, _)| format!("`{}`", shown(own))).collect::<Vec<_>>().join(", ");
    let problem = match (wanted, choices.as_slice()) {
        (_, []) => problem(
            "no-policy",
            place,
            format!("there is no `{kind}` in the document"),
            "give the document that defines the policy",
        ),
        (Some(wanted), _) => problem(
            "no-policy",
            place,
            format!("there is no `{kind}` named `{}`; there is {listed}", shown(wanted)),
            "choose one of them with `--resource NAME`",
        ),
        (None, _) => problem(
            "several-policies",
            place,
            format!("the document has {} policies: {listed}", choices.len()),
            "choose one of them with `--resource NAME`",
        ),
    };
    NotChosen { problem, choices }
}

fn found<'a>(resource: &'a Json, name: Option<String>, place: String, properties: &'a Json) -> Found<'a> {
    let mut diagnostics = Vec::new();
    if let Json::Object(members) = resource {
        let others = members.iter().filter(|(name, _)| name != "Type" && name != "Properties");
        for (name, _) in others {
            if ATTRIBUTES.contains(&name.as_str()) {
                diagnostics.push(beside(&place, name));
            } else {
                let known: Vec<String> = ["Type", "Properties"].map(str::to_owned).to_vec();
                diagnostics.push(unknown(name, &known, &place));
            }
        }
    }
    Found { resource: name, prefix: format!("{place}/Properties"), properties, diagnostics }
}

/// Something that belongs to the template or the configuration, not to the policy.
pub(crate) fn beside(place: &str, name: &str) -> Diagnostic {
    Diagnostic {
        code: "not-part-of-policy",
        severity: Severity::Info,
        path: format!("{place}/{}", escape(name)),
        message: format!("`{}` is no part of the policy and is not looked at", shown(name)),
        help: "carry it over by hand when the policy is converted".to_owned(),
        fix: None,
    }
}

fn problem(code: &'static str, path: &str, message: String, help: &str) -> Box<Diagnostic> {
    let (path, help) = (path.to_owned(), help.to_owned());
    Box::new(Diagnostic { code, severity: Severity::Error, path, message, help, fix: None })
}

/// The text of a function, or of a string that CloudFormation replaces when it deploys.
pub(crate) fn expression(json: &Json) -> Option<String> {
    match json {
        Json::Object(members) => match members.as_slice() {
            [(name, _)] if is_function(name) => serde_json::to_string(json).ok(),
            _ => None,
        },
        Json::String(text) if is_dynamic(text) => Some(text.clone()),
        _ => None,
    }
}

fn is_function(name: &str) -> bool {
    name == "Ref" || name.starts_with("Fn::")
}

fn is_dynamic(text: &str) -> bool {
    text.contains("{{resolve:")
}

/// What a template cannot say: strings that it would replace, and tags that it would take for functions or that
/// the tool on the way to it `loses`.
pub(crate) fn unsayable(canonical: &Json, loses: fn(&str) -> bool) -> Vec<Diagnostic> {
    let mut out = Vec::new();
    visit(canonical, "", &mut |path, text, is_key| {
        let message = if !is_key && is_dynamic(text) {
            "CloudFormation would replace the `{{resolve:` in this text".to_owned()
        } else if is_key && is_function(text) {
            format!("CloudFormation would take the tag `{}` for a function", shown(text))
        } else if is_key && loses(text) {
            format!("aws-cdk-lib would lose the tag `{}`", shown(text))
        } else {
            return;
        };
        out.push(*problem("not-in-notation", path, message, "use another notation, or other words"));
    });
    out
}

/// Every string and every member name with its pointer.
fn visit(json: &Json, path: &str, see: &mut impl FnMut(&str, &str, bool)) {
    match json {
        Json::String(text) => see(path, text, false),
        Json::Object(members) => {
            for (name, value) in members {
                let path = format!("{path}/{}", escape(name));
                see(&path, name, true);
                visit(value, &path, see);
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                visit(item, &format!("{path}/{index}"), see);
            }
        }
        _ => {}
    }
}

/// A template with the policy as its only resource.
pub(crate) fn template(canonical: &Json, resource: Option<&str>, kept: &[Unresolved]) -> Json {
    let mut canonical = canonical.clone();
    for unresolved in kept {
        canonical.set(&unresolved.path, unresolved.expression.clone());
    }
    let text = |text: &str| Json::String(text.to_owned());
    let policy = Json::Object(vec![
        ("Type".to_owned(), text(TYPE)),
        ("Properties".to_owned(), Spelling::Pascal.export(&canonical)),
    ]);
    let name = resource.unwrap_or("LifecyclePolicy").to_owned();
    Json::Object(vec![
        ("AWSTemplateFormatVersion".to_owned(), text("2010-09-09")),
        ("Resources".to_owned(), Json::Object(vec![(name, policy)])),
    ])
}
