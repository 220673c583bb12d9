//! Reading a document: every member that can be understood is, and every problem is named at its place.

use std::collections::HashSet;

use crate::checks;
use crate::checks::HANG_ON_TAKEN;
use crate::checks::Taken;
use crate::checks::is_about_combination;
use crate::diagnostic::Diagnostic;
use crate::diagnostic::Fix;
use crate::diagnostic::Operation;
use crate::diagnostic::Severity;
use crate::json::Json;
use crate::json::SyntaxError;
use crate::json::escape;
use crate::locate::Place;
use crate::locate::locate;
use crate::model::Action;
use crate::model::AmiExclusions;
use crate::model::AmiExclusionsDocument;
use crate::model::DetailDocument;
use crate::model::Document;
use crate::model::Exclusions;
use crate::model::ExclusionsDocument;
use crate::model::Filter;
use crate::model::FilterType;
use crate::model::Form;
use crate::model::Include;
use crate::model::IncludeDocument;
use crate::model::LastLaunched;
use crate::model::LastLaunchedDocument;
use crate::model::Owner;
use crate::model::Policy;
use crate::model::RecipeDocument;
use crate::model::RecipeSelector;
use crate::model::ResourceType;
use crate::model::Rule;
use crate::model::Selection;
use crate::model::SelectionDocument;
use crate::model::Tag;
use crate::model::Unit;
use crate::notation::members::Unresolved;
use crate::notation::source::Notation;
use crate::notation::source::Source;
use crate::shape;

/// A document as far as it was understood, and everything that is wrong with it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Reading {
    pub document: Document,
    /// Shape first, in the API's order of members; then what members say together.
    pub diagnostics: Vec<Diagnostic>,
    root: &'static str,
    /// What the document calls its policies, when it holds several and none of them was read, and the name of each;
    /// empty where that is not written out.
    pub choices: Vec<(String, String)>,
    /// The text is not in any notation.
    pub is_syntax_error: bool,
    /// What was read, to find places in; empty when it was a tree already.
    pub(crate) text: String,
    pub(crate) source: Source,
    /// What only the document's own tools can work out.
    pub(crate) unresolved: Vec<Unresolved>,
}

/// A policy in the API's shape that stood in another notation, and what was found on the way.
pub(crate) struct Given {
    pub(crate) source: Source,
    pub(crate) unresolved: Vec<Unresolved>,
    /// Canonical pointers.
    pub(crate) found: Vec<Diagnostic>,
    /// Pointers into the document.
    pub(crate) unknown: Vec<Diagnostic>,
}

/// Reads a policy document in any of the API's JSON forms, and in no other notation.
pub fn read_json(text: &str) -> Reading {
    match Json::parse(text) {
        Ok(tree) => Reading { text: text.to_owned(), ..read_tree(&tree) },
        Err(error) => syntax_error(Notation::Api, "JSON", &error),
    }
}

/// A text that is not well-formed.
pub(crate) fn syntax_error(notation: Notation, language: &str, error: &SyntaxError) -> Reading {
    let diagnostic = Diagnostic {
        code: "syntax",
        severity: Severity::Error,
        path: String::new(),
        message: format!(
            "line {}, column {}: not valid {language}: {}",
            error.line, error.column, error.message
        ),
        help: "mend the text at this place; everything before it is well-formed".to_owned(),
        fix: None,
    };
    let source = Source { notation, ..Source::default() };
    Reading { is_syntax_error: true, ..failed(vec![diagnostic], source) }
}

/// A document in which no policy is found.
pub(crate) fn failed(diagnostics: Vec<Diagnostic>, source: Source) -> Reading {
    Reading { diagnostics, source, ..Reading::default() }
}

/// Reads a policy that another notation was brought into the API's shape from.
pub(crate) fn read_given(policy: &Json, given: Given) -> Reading {
    let unresolved = given.unresolved;
    let mut reader = Reader {
        diagnostics: given.found,
        unresolved: unresolved.iter().map(|unresolved| unresolved.path.clone()).collect(),
        is_answer: false,
    };
    let document = reader.document(Node { json: policy, path: String::new() }, false);
    let mut found = reader.diagnostics;
    // An item that is not known stands in its list as null.
    found.retain(|found| found.code != "wrong-type" || !reader.unresolved.contains(&found.path));
    checks::run(&document, "", Taken::default(), &mut found);
    let located = found.into_iter().map(|found| given.source.located(found));
    let diagnostics = given.unknown.into_iter().chain(located).collect();
    Reading { document, diagnostics, unresolved, source: given.source, ..Reading::default() }
}

/// Reads a policy document that is a tree already.
pub fn read_tree(tree: &Json) -> Reading {
    let mut reader = Reader::default();
    let wrapped = tree.member("lifecyclePolicy");
    let root = if wrapped.is_some() { "/lifecyclePolicy" } else { "" };
    if wrapped.is_some() {
        reader.members(Node { json: tree, path: String::new() }, WRAPPER);
    }
    let node = Node { json: wrapped.unwrap_or(tree), path: root.to_owned() };
    let document = reader.document(node, wrapped.is_some());
    let mut diagnostics = reader.diagnostics;
    checks::run(&document, root, Taken::default(), &mut diagnostics);
    Reading { document, diagnostics, root, ..Reading::default() }
}

const WRAPPER: &[&str] = &["lifecyclePolicy", "requestId", "ResponseMetadata"];
const CREATE: &[&str] = &[
    "name",
    "description",
    "status",
    "executionRole",
    "resourceType",
    "policyDetails",
    "resourceSelection",
    "tags",
    "clientToken",
    "dryRun",
];
const UPDATE: &[&str] = &[
    "lifecyclePolicyArn",
    "description",
    "status",
    "executionRole",
    "resourceType",
    "policyDetails",
    "resourceSelection",
    "clientToken",
];
const GET: &[&str] = &[
    "arn",
    "name",
    "description",
    "status",
    "executionRole",
    "resourceType",
    "policyDetails",
    "resourceSelection",
    "dateCreated",
    "dateUpdated",
    "dateLastRun",
    "tags",
];

impl Reading {
    pub fn has_errors(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// The diagnostics, where something else is taken for granted than what AWS's texts suggest.
    pub fn diagnostics_taking(&self, taken: Taken) -> Vec<Diagnostic> {
        let mut found = self.diagnostics.clone();
        if self.has_errors() {
            // What could not be read is known to the first look only.
            found.retain(|found| taken == Taken::default() || !HANG_ON_TAKEN.contains(&found.code));
            return found;
        }
        found.retain(|found| !is_about_combination(found.code));
        let mut combined = Vec::new();
        checks::run(&self.document, self.root, taken, &mut combined);
        found.extend(combined.into_iter().map(|found| self.located(found)));
        found
    }

    /// JSON pointer of the policy in its document: `/lifecyclePolicy` for a get response, else empty.
    pub fn root(&self) -> &'static str {
        self.root
    }

    /// Where in the text a pointer leads; a missing member is placed at the object that lacks it.
    pub fn place(&self, pointer: &str) -> Option<Place> {
        let blocks = self.notation() == Notation::TerraformJson;
        self.source.place(pointer).or_else(|| locate(&self.text, pointer, blocks))
    }

    /// The policy, when the document has no error.
    pub fn policy(&self) -> Option<Policy> {
        if self.has_errors() { None } else { strict(&self.document) }
    }

    /// The create request as pretty JSON, ready for `--cli-input-json`, when the document has no error.
    pub fn create_request(&self) -> Option<String> {
        (!self.has_errors() && self.unresolved.is_empty()).then(|| self.document.create_request().pretty())
    }
}

/// A value and where it stands.
#[derive(Clone)]
struct Node<'a> {
    json: &'a Json,
    path: String,
}

#[derive(Default)]
struct Reader {
    diagnostics: Vec<Diagnostic>,
    /// Places of values that only the document's own tools know: they are not missing.
    unresolved: Vec<String>,
    /// The document is an answer, in which an empty member says nothing.
    is_answer: bool,
}

impl Reader {
    fn document(&mut self, node: Node<'_>, wrapped: bool) -> Document {
        let has = |name: &str| node.json.member(name).is_some_and(|value| *value != Json::Null);
        let (form, known, arn) = if has("lifecyclePolicyArn") {
            (Form::Update, UPDATE, "lifecyclePolicyArn")
        } else if wrapped || has("arn") {
            (Form::Get, GET, "arn")
        } else {
            (Form::Create, CREATE, "arn")
        };
        self.is_answer = form == Form::Get;
        let members = self.members(node, known);
        let in_arn = members.get(arn);
        let arn = in_arn.as_ref().and_then(|node| self.arn(node));
        let name = match members.get("name") {
            Some(node) => self.name(&node),
            None if in_arn.is_some() => None,
            None => self.missing(&members, "name", "the policy needs a name of 3 to 128 characters"),
        };
        Document {
            form,
            arn,
            name,
            description: members.get("description").and_then(|node| self.text(&node, 1, 1024)),
            enabled: members
                .get("status")
                .and_then(|node| self.one_of(&node, &[("ENABLED", true), ("DISABLED", false)])),
            execution_role: match members.get("executionRole") {
                Some(node) => self.role(&node),
                None => self.missing(&members, "executionRole", "name the IAM role that the service assumes"),
            },
            resource_type: match members.get("resourceType") {
                Some(node) => self.one_of(
                    &node,
                    &[
                        ("AMI_IMAGE", ResourceType::AmiImage),
                        ("CONTAINER_IMAGE", ResourceType::ContainerImage),
                    ],
                ),
                None => self.missing(&members, "resourceType", "write `AMI_IMAGE` or `CONTAINER_IMAGE`"),
            },
            policy_details: match members.get("policyDetails") {
                Some(node) => self
                    .list(&node, 1, 3)
                    .map_or_else(Vec::new, |items| items.into_iter().map(|item| self.detail(item)).collect()),
                None => {
                    self.missing::<()>(&members, "policyDetails", "add at least one rule");
                    Vec::new()
                }
            },
            resource_selection: match members.get("resourceSelection") {
                Some(node) => self.selection(node),
                None => self.missing(&members, "resourceSelection", "select images by recipes or by tags"),
            },
            tags: members.get("tags").and_then(|node| self.tags(&node, form == Form::Get)),
            client_token: members.get("clientToken").and_then(|node| self.text(&node, 1, 64)),
            dry_run: members.get("dryRun").and_then(|node| self.boolean(&node)),
            date_created: members.get("dateCreated").and_then(|node| self.timestamp(&node)),
            date_updated: members.get("dateUpdated").and_then(|node| self.timestamp(&node)),
            date_last_run: members.get("dateLastRun").and_then(|node| self.timestamp(&node)),
        }
    }

    fn detail(&mut self, node: Node<'_>) -> DetailDocument {
        let members = self.members(node, &["action", "filter", "exclusionRules"]);
        let mut detail = DetailDocument::default();
        match members.get("action") {
            Some(node) => {
                let action = self.members(node, &["type", "includeResources"]);
                detail.action = match action.get("type") {
                    Some(node) => self.one_of(&node, &Action::ALL.map(|action| (action.as_str(), action))),
                    None => self.missing(&action, "type", "write `DEPRECATE`, `DISABLE` or `DELETE`"),
                };
                detail.include = action.get("includeResources").and_then(|node| self.include(node));
            }
            None => {
                self.missing::<()>(&members, "action", "say what the rule does");
            }
        }
        match members.get("filter") {
            Some(node) => {
                let filter = self.members(node, &["type", "value", "unit", "retainAtLeast"]);
                detail.filter_type = match filter.get("type") {
                    Some(node) => {
                        self.one_of(&node, &[("AGE", FilterType::Age), ("COUNT", FilterType::Count)])
                    }
                    None => self.missing(&filter, "type", "write `AGE` or `COUNT`"),
                };
                detail.value = match filter.get("value") {
                    Some(node) => self.integer(&node, 1, 1000),
                    None => self.missing(&filter, "value", "write a whole number from 1 to 1000"),
                };
                detail.unit = filter.get("unit").and_then(|node| self.unit(&node));
                detail.retain_at_least =
                    filter.get("retainAtLeast").and_then(|node| self.integer(&node, 1, 10));
            }
            None => {
                self.missing::<()>(&members, "filter", "say which images the rule acts on");
            }
        }
        detail.exclusion_rules = members.get("exclusionRules").and_then(|node| self.exclusions(node));
        detail
    }

    fn include(&mut self, node: Node<'_>) -> Option<IncludeDocument> {
        self.object(&node)?;
        let members = self.members(node, &["amis", "snapshots", "containers"]);
        let mut flag = |name| members.get(name).and_then(|node| self.boolean(&node));
        Some(IncludeDocument {
            amis: flag("amis"),
            snapshots: flag("snapshots"),
            containers: flag("containers"),
        })
    }

    fn exclusions(&mut self, node: Node<'_>) -> Option<ExclusionsDocument> {
        self.object(&node)?;
        let members = self.members(node, &["tagMap", "amis"]);
        Some(ExclusionsDocument {
            tag_map: self.filled(&members, "tagMap").and_then(|node| self.tags(&node, false)),
            amis: members.get("amis").and_then(|node| self.ami_exclusions(node)),
        })
    }

    fn ami_exclusions(&mut self, node: Node<'_>) -> Option<AmiExclusionsDocument> {
        self.object(&node)?;
        let members =
            self.members(node, &["isPublic", "regions", "sharedAccounts", "lastLaunched", "tagMap"]);
        Some(AmiExclusionsDocument {
            is_public: members.get("isPublic").and_then(|node| self.boolean(&node)),
            regions: members.get("regions").and_then(|node| {
                let items = self.list(&node, 0, usize::MAX)?;
                Some(items.into_iter().filter_map(|item| self.text(&item, 1, 1024)).collect())
            }),
            shared_accounts: self.filled(&members, "sharedAccounts").and_then(|node| {
                let items = self.list(&node, 1, 1536)?;
                Some(items.into_iter().filter_map(|item| self.account(&item)).collect())
            }),
            last_launched: members.get("lastLaunched").and_then(|node| self.last_launched(node)),
            tag_map: self.filled(&members, "tagMap").and_then(|node| self.tags(&node, false)),
        })
    }

    fn last_launched(&mut self, node: Node<'_>) -> Option<LastLaunchedDocument> {
        self.object(&node)?;
        let members = self.members(node, &["value", "unit"]);
        Some(LastLaunchedDocument {
            value: match members.get("value") {
                Some(node) => self.integer(&node, 1, 365),
                None => self.missing(&members, "value", "write a whole number from 1 to 365"),
            },
            unit: match members.get("unit") {
                Some(node) => self.unit(&node),
                None => self.missing(&members, "unit", "write `DAYS`, `WEEKS`, `MONTHS` or `YEARS`"),
            },
        })
    }

    fn selection(&mut self, node: Node<'_>) -> Option<SelectionDocument> {
        self.object(&node)?;
        let members = self.members(node, &["recipes", "tagMap"]);
        Some(SelectionDocument {
            recipes: self.filled(&members, "recipes").and_then(|node| {
                let items = self.list(&node, 1, 50)?;
                Some(items.into_iter().map(|item| self.recipe(item)).collect())
            }),
            tag_map: self.filled(&members, "tagMap").and_then(|node| self.tags(&node, false)),
        })
    }

    fn recipe(&mut self, node: Node<'_>) -> RecipeDocument {
        let members = self.members(node, &["name", "semanticVersion"]);
        RecipeDocument {
            name: match members.get("name") {
                Some(node) => self.name(&node),
                None => self.missing(&members, "name", "name the recipe"),
            },
            semantic_version: match members.get("semanticVersion") {
                Some(node) => self.version(&node),
                None => self.missing(
                    &members,
                    "semanticVersion",
                    "write a version such as `1.0.0`, or `x.x.x` for every version",
                ),
            },
        }
    }

    fn arn(&mut self, node: &Node<'_>) -> Option<String> {
        let text = self.text(node, 0, 1024)?;
        let message = match shape::policy_arn(&text) {
            // The ARN ends in the policy's name, and a document without a name goes by it.
            Some((_, _, name)) if shape::is_name(name) => return Some(text),
            Some((_, _, name)) => format!("the ARN ends in `{}`, which is not a valid name", shown(name)),
            None => format!("`{}` is not the ARN of a lifecycle policy", shown(&text)),
        };
        self.error(
            "invalid-arn",
            node,
            message,
            "use arn:aws:imagebuilder:REGION:ACCOUNT:lifecycle-policy/NAME, with a name of 3 to 128 characters",
        );
        None
    }

    fn name(&mut self, node: &Node<'_>) -> Option<String> {
        let text = self.string(node)?;
        if shape::is_name(&text) {
            return Some(text);
        }
        self.error(
            "invalid-name",
            node,
            format!("`{}` is not a valid name", shown(&text)),
            "use 3 to 128 letters, digits, `-` and `_`, with spaces only inside",
        );
        None
    }

    fn role(&mut self, node: &Node<'_>) -> Option<String> {
        let text = self.text(node, 1, 2048)?;
        if shape::is_role(&text) {
            return Some(text);
        }
        self.error(
            "invalid-role",
            node,
            format!("`{}` is neither the name nor the ARN of an IAM role", shown(&text)),
            "use the role's name, or arn:aws:iam::ACCOUNT:role/NAME",
        );
        None
    }

    fn account(&mut self, node: &Node<'_>) -> Option<String> {
        let account =
            |digits: String| Some(digits).filter(|digits| shape::is_account(digits)).map(Json::String);
        let Some(text) = self.string(node) else {
            if let Json::Number(number) = node.json {
                self.rewrite(account(number.to_string()));
            }
            return None;
        };
        if shape::is_account(&text) {
            return Some(text);
        }
        self.error(
            "invalid-account",
            node,
            format!("`{}` is not an account ID", shown(&text)),
            "use the twelve digits, as a string",
        );
        self.rewrite(account(text.replace(['-', ' '], "")));
        None
    }

    fn version(&mut self, node: &Node<'_>) -> Option<String> {
        let text = self.string(node)?;
        if shape::version(&text).is_some() {
            return Some(text);
        }
        self.error(
            "invalid-version",
            node,
            format!("`{}` is not a recipe version", shown(&text)),
            "write three numbers such as `1.0.0`, with `x` for any: `1.0.x`, `1.x.x`, `x.x.x`",
        );
        // Other tools write the wildcard so.
        let meant = text.replace(['X', '*'], "x");
        self.rewrite(shape::version(&meant).map(|_| Json::String(meant)));
        None
    }

    fn unit(&mut self, node: &Node<'_>) -> Option<Unit> {
        let all = [Unit::Days, Unit::Weeks, Unit::Months, Unit::Years];
        self.one_of(node, &all.map(|unit| (unit.as_str(), unit)))
    }

    fn timestamp(&mut self, node: &Node<'_>) -> Option<Json> {
        if matches!(node.json, Json::String(_) | Json::Number(_)) {
            return Some(node.json.clone());
        }
        self.wrong_type(node, "a timestamp");
        None
    }

    fn tags(&mut self, node: &Node<'_>, may_be_empty: bool) -> Option<Vec<Tag>> {
        let members = self.object(node)?.to_vec();
        let least = usize::from(!may_be_empty);
        self.size(node, members.len(), least, 50, "tags");
        self.duplicates(node, &members);
        let mut tags = Vec::new();
        for (key, value) in &members {
            let place = Node { json: value, path: format!("{}/{}", node.path, escape(key)) };
            let length = key.chars().count();
            if !(1..=128).contains(&length) {
                self.error(
                    "invalid-tag-key",
                    &place,
                    format!("the tag key `{}` has {length} characters", shown(key)),
                    "use 1 to 128 characters",
                );
            } else if key.starts_with("aws:") {
                self.error(
                    "invalid-tag-key",
                    &place,
                    format!("the tag key `{}` begins with `aws:`, which AWS keeps for itself", shown(key)),
                    "use a key of your own",
                );
            } else if !shape::is_tag_key(key) {
                self.error(
                    "invalid-tag-key",
                    &place,
                    format!("the tag key `{}` has a character that is not allowed", shown(key)),
                    "use letters, digits, spaces and _ . : / = + - @",
                );
            }
            if let Some(value) = self.text(&place, 0, 256) {
                tags.push(Tag { key: key.clone(), value });
            }
        }
        Some(tags)
    }

    fn text(&mut self, node: &Node<'_>, least: usize, most: usize) -> Option<String> {
        let text = self.string(node)?;
        let length = text.chars().count();
        if (least..=most).contains(&length) {
            return Some(text);
        }
        let help = if least == 0 {
            format!("use at most {most} characters")
        } else {
            format!("use {least} to {most} characters")
        };
        self.error("length", node, holds(node, length, "characters"), &help);
        None
    }

    fn string(&mut self, node: &Node<'_>) -> Option<String> {
        match node.json {
            Json::String(text) => Some(text.clone()),
            _ => {
                self.wrong_type(node, "a string");
                None
            }
        }
    }

    fn boolean(&mut self, node: &Node<'_>) -> Option<bool> {
        match node.json {
            Json::Bool(value) => Some(*value),
            _ => {
                self.wrong_type(node, "true or false");
                self.rewrite(match node.json {
                    Json::String(text) => text.trim().parse().ok().map(Json::Bool),
                    _ => None,
                });
                None
            }
        }
    }

    fn integer(&mut self, node: &Node<'_>, least: u32, most: u32) -> Option<u32> {
        let help = format!("write a whole number from {least} to {most}, without quotes");
        let number = match node.json {
            Json::Number(number) => number,
            Json::String(text) => {
                let message = format!("{} `{}` is text, not a number", name_of(&node.path), shown(text));
                self.error("wrong-type", node, message, &help);
                let number = text.trim().parse::<u32>().ok().filter(|number| (least..=most).contains(number));
                self.rewrite(number.map(|number| Json::Number(number.into())));
                return None;
            }
            _ => {
                self.wrong_type(node, "a whole number");
                return None;
            }
        };
        // A whole number that is too long for 64 bits arrives as a floating point number.
        let huge = number.as_f64().is_some_and(|value| value.abs() >= 1e18);
        if !number.is_i64() && !number.is_u64() && !huge {
            let message = format!("{} `{number}` is not a whole number", name_of(&node.path));
            self.error("wrong-type", node, message, &help);
            return None;
        }
        let value = number.as_u64().and_then(|value| u32::try_from(value).ok());
        let value = value.filter(|value| (least..=most).contains(value));
        if value.is_none() {
            let message = format!("{} `{number}` is not from {least} to {most}", name_of(&node.path));
            self.error("out-of-range", node, message, &help);
        }
        value
    }

    fn one_of<T: Copy>(&mut self, node: &Node<'_>, values: &[(&str, T)]) -> Option<T> {
        let text = self.string(node)?;
        if let Some((_, value)) = values.iter().find(|(name, _)| *name == text) {
            return Some(*value);
        }
        let names: Vec<String> = values.iter().map(|(name, _)| format!("`{name}`")).collect();
        self.error(
            "unknown-value",
            node,
            format!("{} `{}` is not one of {}", name_of(&node.path), shown(&text), names.join(", ")),
            &format!("write {}, in capitals", names.join(" or ")),
        );
        // In another case, `DAY` for `DAYS`, or the state for the action: `DELETED` for `DELETE`.
        let plain = |word: &str| word.to_uppercase().trim_end_matches(['S', 'D']).to_owned();
        let meant = values.iter().find(|(name, _)| plain(name) == plain(&text));
        self.rewrite(meant.map(|(name, _)| Json::String((*name).to_owned())));
        None
    }

    fn list<'a>(&mut self, node: &Node<'a>, least: usize, most: usize) -> Option<Vec<Node<'a>>> {
        let Json::Array(items) = node.json else {
            self.wrong_type(node, "a list");
            return None;
        };
        self.size(node, items.len(), least, most, "entries");
        let item = |(index, json)| Node { json, path: format!("{}/{index}", node.path) };
        Some(items.iter().enumerate().map(item).collect())
    }

    fn object<'a>(&mut self, node: &Node<'a>) -> Option<&'a [(String, Json)]> {
        match node.json {
            Json::Object(members) => Some(members),
            _ => {
                self.wrong_type(node, "an object");
                None
            }
        }
    }

    fn members<'a>(&mut self, node: Node<'a>, known: &'static [&'static str]) -> Members<'a> {
        // Where nothing stands, the object's own absence is the problem, not that of its members.
        let Some(members) = self.object(&node) else {
            return Members { members: &[], known, path: node.path, broken: true };
        };
        self.duplicates(&node, members);
        for (name, _) in members.iter().filter(|(name, _)| !known.contains(&name.as_str())) {
            let meant = meant(known, name);
            self.diagnostics.push(Diagnostic {
                code: "unknown-member",
                severity: Severity::Warning,
                path: format!("{}/{}", node.path, escape(name)),
                message: format!("`{}` is not a member of the API's shape; it is left out", shown(name)),
                help: match meant {
                    Some(meant) => format!("write `{meant}`"),
                    None => format!("members here are {}", known.join(", ")),
                },
                fix: meant.filter(|&meant| !members.iter().any(|(name, _)| name == meant)).map(|meant| {
                    let from = format!("/{}", escape(name));
                    let rename = Operation::Move { from, path: format!("/{meant}") };
                    Fix::new(&node.path, format!("write `{meant}`"), [rename])
                }),
            });
        }
        Members { members, known, path: node.path, broken: false }
    }

    /// An optional list or map, unless it is an empty one of an answer.
    fn filled<'a>(&mut self, members: &Members<'a>, name: &str) -> Option<Node<'a>> {
        let node = members.get(name)?;
        let is_empty = match node.json {
            Json::Array(items) => items.is_empty(),
            Json::Object(members) => members.is_empty(),
            _ => false,
        };
        if !(self.is_answer && is_empty) {
            return Some(node);
        }
        self.diagnostics.push(Diagnostic {
            code: "empty-in-answer",
            severity: Severity::Info,
            path: node.path.clone(),
            message: format!(
                "{} is empty, which means in an answer that it is not there",
                name_of(&node.path)
            ),
            help: "take it out before the document is sent as a request, which must not have it empty"
                .to_owned(),
            fix: Some(Fix::new(&node.path, format!("take `{name}` out"), [Operation::remove("")])),
        });
        None
    }

    fn duplicates(&mut self, node: &Node<'_>, members: &[(String, Json)]) {
        let mut seen = HashSet::new();
        for (name, value) in members {
            if !seen.insert(name) {
                let place = Node { json: value, path: format!("{}/{}", node.path, escape(name)) };
                self.error(
                    "duplicate-member",
                    &place,
                    format!("`{}` stands here more than once", shown(name)),
                    "keep one; most readers would silently take the last",
                );
            }
        }
    }

    fn size(&mut self, node: &Node<'_>, size: usize, least: usize, most: usize, what: &str) {
        if (least..=most).contains(&size) {
            return;
        }
        let help = if size < least {
            match name_of(&node.path).as_str() {
                "`policyDetails`" => "add at least one rule".to_owned(),
                _ => format!("add at least {least}, or leave the member out where it is optional"),
            }
        } else {
            format!("use at most {most}")
        };
        self.error("size", node, holds(node, size, what), &help);
    }

    fn missing<T>(&mut self, members: &Members<'_>, name: &str, help: &str) -> Option<T> {
        let path = format!("{}/{name}", members.path);
        if !members.broken && !self.unresolved.contains(&path) {
            let place = Node { json: &Json::Null, path };
            self.error("missing-member", &place, format!("`{name}` is missing"), help);
        }
        None
    }

    fn wrong_type(&mut self, node: &Node<'_>, wanted: &str) {
        let message = format!("{} is {}, not {wanted}", name_of(&node.path), node.json.kind());
        self.error("wrong-type", node, message, &format!("write {wanted}"));
    }

    /// Gives the last finding the fix of writing another value in its place.
    fn rewrite(&mut self, value: Option<Json>) {
        if let (Some(value), Some(last)) = (value, self.diagnostics.last_mut()) {
            // Writing a string or a number into memory has nothing to fail at.
            let title = format!("write {}", serde_json::to_string(&value).unwrap_or_default());
            last.fix = Some(Fix::new(&last.path, title, [Operation::replace("", value)]));
        }
    }

    fn error(&mut self, code: &'static str, node: &Node<'_>, message: String, help: &str) {
        self.diagnostics.push(Diagnostic {
            code,
            severity: Severity::Error,
            path: node.path.clone(),
            message,
            help: help.to_owned(),
            fix: None,
        });
    }
}

/// The members of one object; JSON null counts as absent, and so does what the shape does not have.
struct Members<'a> {
    members: &'a [(String, Json)],
    known: &'static [&'static str],
    path: String,
    broken: bool,
}

impl<'a> Members<'a> {
    fn get(&self, name: &str) -> Option<Node<'a>> {
        let (_, json) =
            self.members.iter().rev().find(|(key, _)| key == name && self.known.contains(&name))?;
        (*json != Json::Null).then(|| Node { json, path: format!("{}/{}", self.path, escape(name)) })
    }
}

/// The member that a name was probably meant to be.
pub(crate) fn meant<'a>(known: &[&'a str], name: &str) -> Option<&'a str> {
    let plain = |text: &str| text.replace(['_', '-'], "").to_lowercase();
    let name = plain(name);
    known.iter().copied().find(|known| {
        let known = plain(known);
        known == name || known.strip_suffix('s') == Some(&name) || name.strip_suffix('s') == Some(&known)
    })
}

/// How much a member holds, which is too much or too little.
fn holds(node: &Node<'_>, count: usize, what: &str) -> String {
    let name = name_of(&node.path);
    if count == 0 { format!("{name} is empty") } else { format!("{name} has {count} {what}") }
}

/// What a place is called in a message: its last member name.
pub(crate) fn name_of(path: &str) -> String {
    let name = path.split('/').rev().find(|token| token.parse::<usize>().is_err());
    match name {
        None | Some("") => "the document".to_owned(),
        Some(name) => format!("`{}`", shown(&name.replace("~1", "/").replace("~0", "~"))),
    }
}

/// A user's words in a message: one line, and not endless.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 80;
    let mut shown: String = text.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}

/// The policy that an error-free document means.
fn strict(document: &Document) -> Option<Policy> {
    let selection = document.resource_selection.as_ref()?;
    let selection = match (&selection.recipes, &selection.tag_map) {
        (Some(recipes), None) => Selection::Recipes(
            recipes
                .iter()
                .map(|recipe| {
                    let version = shape::version(recipe.semantic_version.as_deref()?)?;
                    Some(RecipeSelector { name: recipe.name.clone()?, version })
                })
                .collect::<Option<_>>()?,
        ),
        (None, Some(tags)) => Selection::Tags(tags.clone()),
        _ => return None,
    };
    let mut rules = document
        .policy_details
        .iter()
        .enumerate()
        .map(|(index, detail)| {
            let value = detail.value?;
            let filter = match detail.filter_type? {
                FilterType::Age => Filter::Age {
                    value,
                    unit: detail.unit?,
                    retain_at_least: detail.retain_at_least.unwrap_or(0),
                },
                FilterType::Count => {
                    Filter::Count { keep: value, retain_at_least: detail.retain_at_least.unwrap_or(0) }
                }
            };
            let include = detail.include.unwrap_or_default();
            Some(Rule {
                index,
                action: detail.action?,
                filter,
                include: Include {
                    amis: include.amis.unwrap_or(false),
                    snapshots: include.snapshots.unwrap_or(false),
                    containers: include.containers.unwrap_or(false),
                },
                exclude: strict_exclusions(detail.exclusion_rules.as_ref())?,
            })
        })
        .collect::<Option<Vec<_>>>()?;
    rules.sort_by_key(|rule| rule.action);
    Some(Policy {
        owner: document
            .arn
            .as_deref()
            .and_then(shape::policy_arn)
            .map(|(account, region, _)| Owner { account: account.to_owned(), region: region.to_owned() }),
        role_account: document.execution_role.as_deref().and_then(shape::role_account).map(str::to_owned),
        enabled: document.enabled.unwrap_or(true),
        resource_type: document.resource_type?,
        selection,
        rules,
    })
}

fn strict_exclusions(written: Option<&ExclusionsDocument>) -> Option<Exclusions> {
    let Some(written) = written else { return Some(Exclusions::default()) };
    let amis = written.amis.clone().unwrap_or_default();
    let last_launched = match amis.last_launched {
        Some(last) => Some(LastLaunched { value: last.value?, unit: last.unit? }),
        None => None,
    };
    Some(Exclusions {
        image_tags: written.tag_map.clone().unwrap_or_default(),
        amis: AmiExclusions {
            regions: amis.regions.unwrap_or_default(),
            public: amis.is_public.unwrap_or(false),
            tags: amis.tag_map.unwrap_or_default(),
            shared_accounts: amis.shared_accounts.unwrap_or_default(),
            last_launched,
        },
    })
}
