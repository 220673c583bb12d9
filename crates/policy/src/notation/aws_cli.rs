//! An AWS CLI command, for instance for CloudShell.
//!
//! Places are told in the request that the command sends, wherever its members stand on the command line.

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::json::Json;
use crate::json::SyntaxError;
use crate::notation::members::Unresolved;
use crate::notation::printable;
use crate::notation::shell;
use crate::notation::shell::Word;
use crate::read::shown;

/// The request that a command sends.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) request: Json,
    pub(crate) unresolved: Vec<Unresolved>,
    /// Pointers into the request.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// The only member of an object that stands for a word in which the shell puts something. No tag key holds it.
const EXPRESSION: &str = "$";

const TEXTS: [(&str, &str); 7] = [
    ("--lifecycle-policy-arn", "lifecyclePolicyArn"),
    ("--name", "name"),
    ("--description", "description"),
    ("--status", "status"),
    ("--execution-role", "executionRole"),
    ("--resource-type", "resourceType"),
    ("--client-token", "clientToken"),
];
const TREES: [(&str, &str); 3] = [
    ("--policy-details", "policyDetails"),
    ("--resource-selection", "resourceSelection"),
    ("--tags", "tags"),
];
/// Options of every command that take a value; they say how the request is sent, not what it says.
const OTHERS: [&str; 11] = [
    "--ca-bundle",
    "--cli-binary-format",
    "--cli-connect-timeout",
    "--cli-error-format",
    "--cli-read-timeout",
    "--color",
    "--endpoint-url",
    "--output",
    "--profile",
    "--query",
    "--region",
];

/// Whether a text is a command for a lifecycle policy.
pub(crate) fn is_command(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    first.is_some_and(|line| {
        let line = line.strip_prefix('$').unwrap_or(line).trim_start();
        line.strip_prefix("aws").is_some_and(|rest| rest.starts_with([' ', '\t', '\\']))
    }) && text.contains("-lifecycle-policy")
}

/// Reads the command.
///
/// # Errors
///
/// The place and nature of the first mistake in the command's or an argument's syntax.
pub(crate) fn parse(text: &str) -> Result<Found, SyntaxError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (words, more) = shell::words(text)?;
    let mut found = Found { request: Json::Object(Vec::new()), ..Found::default() };
    if more {
        found.note(
            "several-commands",
            Severity::Warning,
            "",
            "what follows the command is not looked at".to_owned(),
            "give one command",
        );
    }
    let mut given: Vec<(&str, Json)> = Vec::new();
    let mut names = Vec::new();
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        let (option, inline) = match word.text.split_once('=') {
            Some((option, value)) if option.starts_with("--") => {
                (option, Some(Word { text: value.to_owned(), expands: word.expands }))
            }
            _ => (word.text.as_str(), None),
        };
        if !option.starts_with("--") {
            names.push(option);
            continue;
        }
        let mut value = || inline.clone().or_else(|| rest.next().cloned());
        if let Some((_, member)) = TEXTS.iter().find(|(name, _)| *name == option) {
            let Some(word) = value() else { return Err(without_value(option)) };
            found.text(member, &word, &mut given);
        } else if let Some((_, member)) = TREES.iter().find(|(name, _)| *name == option) {
            let Some(word) = value() else { return Err(without_value(option)) };
            if let Some(tree) = found.tree(option, member, &word)? {
                given.push((member, tree));
            }
        } else if option == "--cli-input-json" {
            let Some(word) = value() else { return Err(without_value(option)) };
            if let Some(tree) = found.tree(option, "", &word)? {
                found.request = tree;
            }
        } else if matches!(option, "--dry-run" | "--no-dry-run") {
            given.push(("dryRun", Json::Bool(option == "--dry-run")));
        } else if OTHERS.contains(&option) {
            value();
        } else if !is_switch(option) {
            found.note(
                "unknown-option",
                Severity::Warning,
                "",
                format!("`{}` is not an option that is looked at here", shown(option)),
                "nothing, if it has no say in the policy",
            );
        }
    }
    let known = ["create-lifecycle-policy", "update-lifecycle-policy"];
    if !matches!(names.as_slice(), ["imagebuilder", name, ..] if known.contains(name)) {
        found.note(
            "unknown-command",
            Severity::Error,
            "",
            format!("`{}` neither creates nor updates a lifecycle policy", shown(&names.join(" "))),
            "give an `aws imagebuilder create-lifecycle-policy` or `update-lifecycle-policy` command",
        );
    }
    // An option beats the member of the same name in `--cli-input-json`.
    for (member, value) in given {
        let pointer = format!("/{member}");
        found.request.remove(&pointer);
        found.request.set(&pointer, value);
    }
    Ok(found)
}

impl Found {
    fn note(&mut self, code: &'static str, severity: Severity, path: &str, message: String, help: &str) {
        let (path, help) = (path.to_owned(), help.to_owned());
        self.diagnostics.push(Diagnostic { code, severity, path, message, help, fix: None });
    }

    fn text(&mut self, member: &'static str, word: &Word, given: &mut Vec<(&str, Json)>) {
        if word.expands {
            self.unknown(member, word);
        } else if !self.is_elsewhere(member, word) {
            given.push((member, Json::String(word.text.clone())));
        }
    }

    fn unknown(&mut self, member: &str, word: &Word) {
        let unresolved = unresolved(member, word);
        self.diagnostics.push(unresolved.diagnostic(None, &word.text));
        self.unresolved.push(unresolved);
    }

    /// The value of an option that takes JSON; `None` where it is not on the command line.
    fn tree(&mut self, option: &str, member: &str, word: &Word) -> Result<Option<Json>, SyntaxError> {
        if word.expands {
            self.unknown(member, word);
            return Ok(None);
        }
        if self.is_elsewhere(member, word) {
            return Ok(None);
        }
        if !word.text.trim_start().starts_with(['{', '[']) {
            if let (true, Some(tags)) = (member == "tags", shorthand_tags(&word.text)) {
                return Ok(Some(tags));
            }
            self.note(
                "shorthand",
                Severity::Error,
                &pointer(member),
                format!("the value of `{option}` is not JSON, and the AWS CLI's shorthand is not read"),
                "write the value as JSON",
            );
            self.unresolved.push(unresolved(member, word));
            return Ok(None);
        }
        Json::parse(&word.text).map(Some).map_err(|mut error| {
            error.message = format!("in the value of `{option}`: {}", error.message);
            error
        })
    }

    fn is_elsewhere(&mut self, member: &str, word: &Word) -> bool {
        let elsewhere = ["file://", "fileb://"].iter().any(|scheme| word.text.starts_with(scheme));
        if elsewhere {
            self.note(
                "in-another-file",
                Severity::Error,
                &pointer(member),
                format!("the command reads `{}`, which is not part of this text", shown(&word.text)),
                "give that file, or write its content into the command",
            );
            self.unresolved.push(unresolved(member, word));
        }
        elsewhere
    }
}

/// `member` is empty for the whole request.
fn pointer(member: &str) -> String {
    if member.is_empty() { String::new() } else { format!("/{member}") }
}

fn unresolved(member: &str, word: &Word) -> Unresolved {
    let expression = Json::Object(vec![(EXPRESSION.to_owned(), Json::String(word.text.clone()))]);
    Unresolved { path: pointer(member), expression }
}

fn is_switch(option: &str) -> bool {
    matches!(
        option,
        "--debug"
            | "--no-verify-ssl"
            | "--no-paginate"
            | "--no-sign-request"
            | "--no-cli-pager"
            | "--cli-auto-prompt"
            | "--no-cli-auto-prompt"
            | "--v2-debug"
    )
}

/// `key=value,key=value`: the shorthand of a map of strings, without quotes.
fn shorthand_tags(text: &str) -> Option<Json> {
    let member = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        let plain = !value.contains(['"', '\'', '[', ']', '{', '}']);
        plain.then(|| (key.to_owned(), Json::String(value.to_owned())))
    };
    Some(Json::Object(text.split(',').map(member).collect::<Option<_>>()?))
}

fn without_value(option: &str) -> SyntaxError {
    SyntaxError { line: 1, column: 1, message: format!("`{option}` has no value") }
}

/// A command that bash, also at a prompt, takes as it is meant.
///
/// INVARIANT: between the quotes stand no `'` and no control character but the line breaks of the layout.
pub(crate) fn command(request: &Json, name: &str) -> String {
    // In JSON, `'` stands in strings only.
    let text = printable(request).replace('\'', "\\u0027");
    format!("aws imagebuilder {name} --cli-input-json '{}'\n", text.trim_end())
}
