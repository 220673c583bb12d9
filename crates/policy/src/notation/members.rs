//! The members of a policy, and how each notation spells them.
//!
//! The API's names are the canonical ones: every notation is brought into the API's shape before it is read,
//! so that there is one reader and one set of checks, and places are translated back afterwards.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::json::Json;
use crate::json::escape;
use crate::json::tokens;
use crate::read::meant;
use crate::read::name_of;
use crate::read::shown;

/// What stands in a member.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Shape {
    Text,
    Whole,
    Flag,
    Texts,
    /// The keys are the user's own.
    Tags,
    Object(&'static [Member]),
    List(&'static [Member]),
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    /// The API's name.
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
}

const fn member(name: &'static str, shape: Shape) -> Member {
    Member { name, shape }
}

/// What every notation can say of a policy, in the API's order.
pub(crate) const POLICY: &[Member] = &[
    member("name", Shape::Text),
    member("description", Shape::Text),
    member("status", Shape::Text),
    member("executionRole", Shape::Text),
    member("resourceType", Shape::Text),
    member("policyDetails", Shape::List(DETAIL)),
    member("resourceSelection", Shape::Object(SELECTION)),
    member("tags", Shape::Tags),
];
const DETAIL: &[Member] = &[
    member("action", Shape::Object(ACTION)),
    member("filter", Shape::Object(FILTER)),
    member("exclusionRules", Shape::Object(EXCLUSIONS)),
];
const ACTION: &[Member] = &[member("type", Shape::Text), member("includeResources", Shape::Object(INCLUDE))];
const INCLUDE: &[Member] =
    &[member("amis", Shape::Flag), member("snapshots", Shape::Flag), member("containers", Shape::Flag)];
const FILTER: &[Member] = &[
    member("type", Shape::Text),
    member("value", Shape::Whole),
    member("unit", Shape::Text),
    member("retainAtLeast", Shape::Whole),
];
const EXCLUSIONS: &[Member] = &[member("tagMap", Shape::Tags), member("amis", Shape::Object(AMIS))];
const AMIS: &[Member] = &[
    member("isPublic", Shape::Flag),
    member("regions", Shape::Texts),
    member("sharedAccounts", Shape::Texts),
    member("lastLaunched", Shape::Object(LAST_LAUNCHED)),
    member("tagMap", Shape::Tags),
];
const LAST_LAUNCHED: &[Member] = &[member("value", Shape::Whole), member("unit", Shape::Text)];
const SELECTION: &[Member] = &[member("recipes", Shape::List(RECIPE)), member("tagMap", Shape::Tags)];
const RECIPE: &[Member] = &[member("name", Shape::Text), member("semanticVersion", Shape::Text)];

/// Members whose value decides nothing about an image: a policy can be simulated without knowing them.
const SOFT: [&str; 4] = ["/name", "/description", "/executionRole", "/tags"];

/// How a notation spells the names of members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Spelling {
    #[default]
    Camel,
    Pascal,
    /// Terraform: words joined by `_`, and a block that may be repeated is named in the singular.
    Snake,
}

impl Spelling {
    pub(crate) fn of(self, name: &str) -> String {
        match self {
            Self::Camel => name.to_owned(),
            Self::Pascal => {
                let mut letters = name.chars();
                letters.next().map_or_else(String::new, |first| {
                    first.to_ascii_uppercase().to_string() + letters.as_str()
                })
            }
            Self::Snake => match name {
                "policyDetails" => "policy_detail".to_owned(),
                "recipes" => "recipe".to_owned(),
                _ => name.chars().fold(String::new(), |mut out, letter| {
                    if letter.is_ascii_uppercase() {
                        out.push('_');
                    }
                    out.push(letter.to_ascii_lowercase());
                    out
                }),
            },
        }
    }

    /// The pointer that this notation has for a canonical pointer.
    pub(crate) fn pointer(self, canonical: &str) -> String {
        self.follow(canonical).0
    }

    /// A value for a canonical pointer, as this notation spells it.
    pub(crate) fn export_at(self, canonical: &str, value: &Json) -> Json {
        match self.follow(canonical).1 {
            Some(shape) => self.export_as(value, shape),
            None => value.clone(),
        }
    }

    /// This notation's pointer for a canonical one, and what stands there.
    fn follow(self, canonical: &str) -> (String, Option<Shape>) {
        let mut shape = Some(Shape::Object(POLICY));
        let mut out = String::new();
        for token in tokens(canonical) {
            let (name, next) = match shape {
                Some(Shape::Object(members)) => {
                    let next = members.iter().find(|member| member.name == token).map(|member| member.shape);
                    (if next.is_some() { self.of(&token) } else { token }, next)
                }
                Some(Shape::List(members)) => (token, Some(Shape::Object(members))),
                Some(Shape::Texts | Shape::Tags) => (token, Some(Shape::Text)),
                _ => (token, None),
            };
            out.push('/');
            out.push_str(&escape(&name));
            shape = next;
        }
        (out, shape)
    }

    /// A message with the names of members as this notation spells them.
    pub(crate) fn words(self, text: &str) -> String {
        if self == Self::Camel {
            return text.to_owned();
        }
        let spelled = text
            .split('`')
            .enumerate()
            .map(|(at, part)| if at % 2 == 1 && is_member(part) { self.of(part) } else { part.to_owned() });
        spelled.collect::<Vec<_>>().join("`")
    }

    /// A policy in the API's shape as this notation spells it, members in the API's order.
    pub(crate) fn export(self, canonical: &Json) -> Json {
        self.export_as(canonical, Shape::Object(POLICY))
    }

    fn export_as(self, canonical: &Json, shape: Shape) -> Json {
        match (shape, canonical) {
            (Shape::Object(members), Json::Object(_)) => {
                let present = members.iter().filter_map(|member| {
                    let value = canonical.member(member.name)?;
                    Some((self.of(member.name), self.export_as(value, member.shape)))
                });
                Json::Object(present.collect())
            }
            (Shape::List(members), Json::Array(items)) => {
                Json::Array(items.iter().map(|item| self.export_as(item, Shape::Object(members))).collect())
            }
            _ => canonical.clone(),
        }
    }
}

fn is_member(name: &str) -> bool {
    fn within(members: &[Member], name: &str) -> bool {
        members.iter().any(|member| {
            member.name == name
                || match member.shape {
                    Shape::Object(inner) | Shape::List(inner) => within(inner, name),
                    _ => false,
                }
        })
    }
    within(POLICY, name)
}

/// A value that only the notation's own tool can work out: a CloudFormation function, a Terraform expression,
/// a variable of the shell.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unresolved {
    /// Canonical pointer.
    pub(crate) path: String,
    /// As it stood: an object with one member that is no member of a policy.
    pub(crate) expression: Json,
}

impl Unresolved {
    /// What is said about it: an error where the value decides about images, else a warning.
    pub(crate) fn diagnostic(&self, shown_as: &str) -> Diagnostic {
        let soft = is_soft(&self.path);
        let name = name_of(&self.path);
        Diagnostic {
            code: if soft { "value-from-elsewhere" } else { "unresolved-value" },
            severity: if soft { Severity::Warning } else { Severity::Error },
            message: format!(
                "{name} is worked out elsewhere, by `{}`, so its value is not known here",
                shown(shown_as)
            ),
            help: if soft {
                "nothing that happens to images depends on it; write the value to convert the policy to another \
                 notation"
                    .to_owned()
            } else {
                "write the value itself".to_owned()
            },
            path: self.path.clone(),
            fix: None,
        }
    }
}

pub(crate) fn is_soft(canonical: &str) -> bool {
    SOFT.iter()
        .any(|soft| canonical.strip_prefix(soft).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// A notation's tree on its way into the API's shape.
pub(crate) struct Import<'a> {
    pub(crate) spelling: Spelling,
    /// Pointer of the policy in the document.
    pub(crate) prefix: &'a str,
    /// Scalars without quotes whose text is not the text of their value, by pointer into the document.
    pub(crate) loose: &'a BTreeMap<String, String>,
    /// The text of an expression, where the value is one.
    pub(crate) expression: fn(&Json) -> Option<String>,
    /// Pointers into the document.
    pub(crate) unknown: Vec<Diagnostic>,
    /// Canonical pointers.
    pub(crate) found: Vec<Diagnostic>,
    pub(crate) unresolved: Vec<Unresolved>,
}

impl Import<'_> {
    pub(crate) fn policy(&mut self, given: &Json) -> Json {
        self.value(given, Shape::Object(POLICY), "").unwrap_or(Json::Null)
    }

    /// `None`: there is nothing, or nothing that can be known here.
    fn value(&mut self, given: &Json, shape: Shape, path: &str) -> Option<Json> {
        let source = format!("{}{}", self.prefix, self.spelling.pointer(path));
        if let Some(text) = (self.expression)(given) {
            // A CloudFormation template says "no such member" by a function.
            if *given == no_value() {
                return None;
            }
            let unresolved = Unresolved { path: path.to_owned(), expression: given.clone() };
            self.found.push(unresolved.diagnostic(&text));
            self.unresolved.push(unresolved);
            return None;
        }
        Some(match (shape, given) {
            (Shape::Object(members), Json::Object(written)) => {
                Json::Object(self.members(written, members, path, &source))
            }
            (Shape::List(members), Json::Array(items)) => self.items(items, Shape::Object(members), path),
            (Shape::Texts, Json::Array(items)) => self.items(items, Shape::Text, path),
            (Shape::Tags, Json::Object(tags)) => self.tags(tags, path)?,
            (Shape::Text, Json::Bool(_) | Json::Number(_) | Json::String(_)) => {
                self.text(given, path, &source)
            }
            // CloudFormation and Terraform take a number or a boolean that is written as a string.
            (Shape::Whole, Json::String(text)) => match text.parse::<u64>() {
                Ok(number) if number.to_string() == *text => Json::Number(number.into()),
                _ => given.clone(),
            },
            (Shape::Flag, Json::String(text)) if text == "true" => Json::Bool(true),
            (Shape::Flag, Json::String(text)) if text == "false" => Json::Bool(false),
            _ => given.clone(),
        })
    }

    /// Tags of which none can be known are not a map without tags.
    fn tags(&mut self, tags: &[(String, Json)], path: &str) -> Option<Json> {
        let tag = |(key, value): &(String, Json)| {
            let path = format!("{path}/{}", escape(key));
            Some((key.clone(), self.value(value, Shape::Text, &path)?))
        };
        let known: Vec<(String, Json)> = tags.iter().filter_map(tag).collect();
        (tags.is_empty() || !known.is_empty()).then_some(Json::Object(known))
    }

    /// An item that cannot be known stays as null, so that the others keep their places.
    fn items(&mut self, items: &[Json], shape: Shape, path: &str) -> Json {
        let item = |(index, item): (usize, &Json)| {
            self.value(item, shape, &format!("{path}/{index}")).unwrap_or(Json::Null)
        };
        Json::Array(items.iter().enumerate().map(item).collect())
    }

    fn members(
        &mut self,
        written: &[(String, Json)],
        members: &'static [Member],
        path: &str,
        source: &str,
    ) -> Vec<(String, Json)> {
        let mut out = Vec::new();
        for (name, value) in written {
            let known = members.iter().find(|member| self.spelling.of(member.name) == *name);
            if let Some(member) = known {
                let path = format!("{path}/{}", member.name);
                out.extend(
                    self.value(value, member.shape, &path).map(|value| (member.name.to_owned(), value)),
                );
            } else {
                let names: Vec<String> = members.iter().map(|member| self.spelling.of(member.name)).collect();
                self.unknown.push(unknown(name, &names, source));
            }
        }
        out
    }

    /// CloudFormation and Terraform turn a number or a boolean into a string where one is needed.
    fn text(&mut self, given: &Json, path: &str, source: &str) -> Json {
        if let Some(raw) = self.loose.get(source) {
            self.found.push(Diagnostic {
                code: "needs-quotes",
                severity: Severity::Warning,
                path: path.to_owned(),
                message: format!("`{}` without quotes is not a string to every reader of YAML", shown(raw)),
                help: "write it in quotes".to_owned(),
                fix: None,
            });
            return Json::String(raw.clone());
        }
        Json::String(match given {
            Json::String(text) => text.clone(),
            Json::Bool(value) => value.to_string(),
            Json::Number(number) => number.to_string(),
            _ => String::new(),
        })
    }
}

/// A member that the shape does not have.
pub(crate) fn unknown(name: &str, known: &[String], place: &str) -> Diagnostic {
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    Diagnostic {
        code: "unknown-member",
        severity: Severity::Warning,
        path: format!("{place}/{}", escape(name)),
        message: format!("`{}` is not a member of a lifecycle policy here; it is left out", shown(name)),
        help: match meant(&known, name) {
            Some(meant) => format!("write `{meant}`"),
            None => format!("members here are {}", known.join(", ")),
        },
        fix: None,
    }
}

fn no_value() -> Json {
    Json::Object(vec![("Ref".to_owned(), Json::String("AWS::NoValue".to_owned()))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_spelled_as_each_notation_has_them() {
        assert_eq!(Spelling::Pascal.of("retainAtLeast"), "RetainAtLeast");
        assert_eq!(Spelling::Snake.of("retainAtLeast"), "retain_at_least");
        assert_eq!(Spelling::Snake.of("policyDetails"), "policy_detail");
    }

    #[test]
    fn pointers_keep_tag_keys_and_positions() {
        let pointer = "/policyDetails/0/exclusionRules/amis/tagMap/isPublic";
        assert_eq!(Spelling::Pascal.pointer(pointer), "/PolicyDetails/0/ExclusionRules/Amis/TagMap/isPublic");
        assert_eq!(
            Spelling::Snake.pointer("/resourceSelection/recipes/1/semanticVersion"),
            "/resource_selection/recipe/1/semantic_version"
        );
        assert_eq!(Spelling::Snake.pointer("/tags/a~1b"), "/tags/a~1b");
    }

    #[test]
    fn messages_name_members_as_they_are_written() {
        assert_eq!(Spelling::Snake.words("keep `retainAtLeast`: 1, `x`"), "keep `retain_at_least`: 1, `x`");
    }
}
