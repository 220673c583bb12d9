//! Terraform in JSON: a configuration (`.tf.json`), and what `terraform show -json` prints of a plan or a state.
//!
//! Blocks stand there as lists, also those that stand once; places leave their positions out, as in a configuration
//! in HCL. A plan and a state have the values of every expression that is known.

use crate::diagnostic::Diagnostic;
use crate::json::Json;
use crate::json::escape;
use crate::notation::cloudformation::NotChosen;
use crate::notation::cloudformation::beside;
use crate::notation::cloudformation::choose;
use crate::notation::cloudformation::name;
use crate::notation::members::POLICY;
use crate::notation::members::Shape;
use crate::notation::members::Spelling;
use crate::notation::terraform::META;
use crate::notation::terraform::TYPE;
use crate::notation::terraform::marked;

/// Values that the provider works out, none of which is part of the policy.
const COMPUTED: [&str; 4] = ["arn", "id", "region", "tags_all"];

/// What the provider works out where nothing is written, and then it is false.
const FLAGS: [&str; 3] = ["amis", "containers", "snapshots"];

/// Far more modules than anybody nests.
const DEEPEST: usize = 32;

/// A policy in the document.
pub(crate) struct Found {
    /// Its address in a plan or a state, else its label.
    pub(crate) resource: String,
    pub(crate) prefix: String,
    pub(crate) tree: Json,
    /// Of the policy at AWS, where there is one already.
    pub(crate) arn: Option<String>,
    /// Pointers into the document.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// Whether a tree is Terraform's and not the API's.
pub(crate) fn is_terraform(tree: &Json) -> bool {
    values(tree).is_some() || tree.member("resource").is_some_and(|resource| resource.member(TYPE).is_some())
}

/// The values of a plan or a state, and their pointer.
fn values(tree: &Json) -> Option<(&'static str, &Json)> {
    tree.member("format_version")?;
    let planned = tree.member("planned_values").map(|values| ("/planned_values", values));
    planned.or_else(|| tree.member("values").map(|values| ("/values", values)))
}

/// Finds the policy: the only one, or the one of this address or label.
pub(crate) fn find(tree: &Json, wanted: Option<&str>) -> Result<Found, NotChosen> {
    let mut policies = Vec::new();
    match values(tree) {
        Some((place, values)) => {
            if let Some(module) = values.member("root_module") {
                of_module(module, &format!("{place}/root_module"), DEEPEST, &mut policies);
            }
        }
        None => of_configuration(tree, &mut policies),
    }
    let (resource, (prefix, policy)) =
        choose(policies, wanted, ("", TYPE), |(_, policy)| name(policy.member("name")?))?;
    let mut policy = policy.clone();
    let change = change(tree, &resource);
    if let Some(unknown) = change.and_then(|change| change.member("after_unknown")) {
        mark(&mut policy, unknown);
    }
    let is_configuration = values(tree).is_none();
    let arn = if is_configuration { None } else { arn(&policy, change) };
    let mut diagnostics = Vec::new();
    if let Json::Object(members) = &mut policy {
        members.retain(|(name, _)| {
            let is_other = is_configuration && META.contains(&name.as_str());
            if is_other {
                diagnostics.push(beside(&prefix, name));
            }
            !is_other && (is_configuration || !COMPUTED.contains(&name.as_str()))
        });
    }
    let tree = as_blocks(&policy, Shape::Object(POLICY), is_configuration);
    Ok(Found { resource, prefix, tree, arn, diagnostics })
}

/// A policy by its address or label: pointer, and values or arguments.
type Named<'a> = (String, (String, &'a Json));

/// Policies of a module and of those in it.
fn of_module<'a>(module: &'a Json, place: &str, deep: usize, out: &mut Vec<Named<'a>>) {
    for (index, resource) in items(module, "resources") {
        let is_policy = resource.member("type") == Some(&Json::String(TYPE.to_owned()));
        if let (true, Some(Json::String(address)), Some(values)) =
            (is_policy, resource.member("address"), resource.member("values"))
        {
            out.push((address.clone(), (format!("{place}/resources/{index}/values"), values)));
        }
    }
    for (index, module) in items(module, "child_modules").filter(|_| deep > 0) {
        of_module(module, &format!("{place}/child_modules/{index}"), deep.saturating_sub(1), out);
    }
}

/// Policies of a configuration.
fn of_configuration<'a>(tree: &'a Json, out: &mut Vec<Named<'a>>) {
    if let Some(Json::Object(labels)) = tree.member("resource").and_then(|resource| resource.member(TYPE)) {
        for (label, arguments) in labels {
            let arguments = match arguments {
                Json::Array(blocks) => blocks.first().unwrap_or(&Json::Null),
                arguments => arguments,
            };
            out.push((label.clone(), (format!("/resource/{TYPE}/{}", escape(label)), arguments)));
        }
    }
}

fn items<'a>(json: &'a Json, list: &str) -> impl Iterator<Item = (usize, &'a Json)> {
    let items = match json.member(list) {
        Some(Json::Array(items)) => items.as_slice(),
        _ => &[],
    };
    items.iter().enumerate()
}

/// What a plan does to a resource. What it does not know of it is in `after_unknown`: a tree with `true` in the places
/// of values that only applying tells.
fn change<'a>(tree: &'a Json, address: &str) -> Option<&'a Json> {
    let address = Json::String(address.to_owned());
    // A deposed one has the address of the one that has taken its place.
    let is_it = |resource: &Json| {
        resource.member("address") == Some(&address) && resource.member("deposed").is_none()
    };
    items(tree, "resource_changes").find(|(_, resource)| is_it(resource))?.1.member("change")
}

/// The ARN of a policy in a state, or in a plan that leaves it or updates it. What a plan replaces is gone afterwards,
/// and its ARN is that of no policy to update.
fn arn(policy: &Json, change: Option<&Json>) -> Option<String> {
    let text = |value: &Json| match value.member("arn") {
        Some(Json::String(arn)) => Some(arn.clone()),
        _ => None,
    };
    let creates = |change: &Json| {
        items(change, "actions").any(|(_, action)| *action == Json::String("create".to_owned()))
    };
    match change {
        Some(change) if creates(change) => None,
        change => text(policy).or_else(|| change?.member("before").and_then(text)),
    }
}

fn mark(value: &mut Json, unknown: &Json) {
    match (unknown, value) {
        (Json::Bool(true), value) => *value = marked("(known after apply)".to_owned()),
        (Json::Object(unknown), Json::Object(members)) => {
            for (name, unknown) in unknown {
                match members.iter_mut().find(|(member, _)| member == name) {
                    Some((_, value)) => mark(value, unknown),
                    None if *unknown == Json::Bool(true) && !FLAGS.contains(&name.as_str()) => {
                        let mut value = Json::Null;
                        mark(&mut value, unknown);
                        members.push((name.clone(), value));
                    }
                    None => {}
                }
            }
        }
        (Json::Array(unknown), Json::Array(items)) => {
            for (value, unknown) in items.iter_mut().zip(unknown) {
                mark(value, unknown);
            }
        }
        _ => {}
    }
}

/// The tree that the same would be in HCL: a block that stands once is no list, and what is empty is not there.
fn as_blocks(json: &Json, shape: Shape, has_templates: bool) -> Json {
    match (shape, json) {
        (_, Json::String(text)) if has_templates && text.contains("${") => marked(text.clone()),
        (_, Json::Array(items)) if items.is_empty() => Json::Null,
        (Shape::Tags, Json::Object(tags)) if tags.is_empty() => Json::Null,
        (Shape::Object(_), Json::Array(items)) if items.len() == 1 => {
            items.first().map_or(Json::Null, |item| as_blocks(item, shape, has_templates))
        }
        (Shape::Object(members), Json::Object(written)) => {
            let inner = |name: &str| {
                let member = members.iter().find(|member| Spelling::Snake.of(member.name) == name);
                member.map_or(Shape::Text, |member| member.shape)
            };
            let value =
                |(name, value): &(String, Json)| (name.clone(), as_blocks(value, inner(name), has_templates));
            Json::Object(written.iter().map(value).collect())
        }
        (Shape::List(members), Json::Array(items)) => Json::Array(
            items.iter().map(|item| as_blocks(item, Shape::Object(members), has_templates)).collect(),
        ),
        (Shape::List(members), Json::Object(_)) => {
            Json::Array(vec![as_blocks(json, Shape::Object(members), has_templates)])
        }
        (Shape::Texts, Json::Array(items)) => {
            Json::Array(items.iter().map(|item| as_blocks(item, Shape::Text, has_templates)).collect())
        }
        (Shape::Tags, Json::Object(tags)) => {
            let tag =
                |(key, value): &(String, Json)| (key.clone(), as_blocks(value, Shape::Text, has_templates));
            Json::Object(tags.iter().map(tag).collect())
        }
        _ => json.clone(),
    }
}
