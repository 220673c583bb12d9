//! An AWS CLI command, for instance for CloudShell.
//!
//! The command may stand anywhere in a script. Places are told in the request that it sends, wherever its members
//! stand on the command line; their lines and columns are those of the argument.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::json::Json;
use crate::json::SyntaxError;
use crate::locate::Place;
use crate::locate::place;
use crate::notation::members::Unresolved;
use crate::notation::printable;
use crate::notation::shell;
use crate::notation::shell::Dialect;
use crate::notation::shell::Word;
use crate::read::shown;

/// The request that a command sends.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) request: Json,
    pub(crate) unresolved: Vec<Unresolved>,
    /// Pointers into the request.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// By pointer into the request.
    pub(crate) places: BTreeMap<String, Place>,
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

/// What may stand before a command on its line, beside assignments and options.
const BEFORE: [&str; 17] = [
    "!", "$", "-", "=", "@", "do", "else", "env", "exec", "if", "nohup", "run:", "sudo", "then", "time",
    "until", "{",
];

/// Whether a text begins with a command for a lifecycle policy, or has one that creates or updates one.
pub(crate) fn is_command(text: &str) -> bool {
    first(text).is_some() || begin(text, 0).is_some()
}

/// Whether a text that is nothing else means to be a script.
pub(crate) fn is_script(text: &str) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_start();
    text.starts_with("#!") || (!text.starts_with(['{', '[']) && text.contains("aws imagebuilder"))
}

/// Where the command begins that a text begins with.
fn first(text: &str) -> Option<usize> {
    let from = text.len().saturating_sub(text.strip_prefix('\u{feff}').unwrap_or(text).len());
    let mut at = from;
    for line in text.get(from..)?.split_inclusive('\n') {
        let words = line.trim_start();
        if !words.is_empty() && !words.starts_with('#') {
            let command = words.strip_prefix('$').unwrap_or(words).trim_start();
            let at = at.saturating_add(line.len()).saturating_sub(command.len());
            return (is_aws(command) && text.contains("-lifecycle-policy")).then_some(at);
        }
        at = at.saturating_add(line.len());
    }
    None
}

/// Where the next command begins that creates or updates a policy.
fn begin(text: &str, from: usize) -> Option<usize> {
    let is_command = |&at: &usize| {
        let (Some(before), Some(rest)) = (text.get(..at), text.get(at..)) else { return false };
        let line = before.rsplit('\n').next().unwrap_or_default().trim_start_matches('\u{feff}');
        let part = line.rsplit([';', '&', '|', '(']).next().unwrap_or_default();
        let mut words = part.split_whitespace();
        let is_assignment = words.clone().next().is_some_and(is_assignment);
        let is_before =
            |word: &str| BEFORE.contains(&word) || word.starts_with(['-', '$']) || word.ends_with('>');
        let is_comment = ["#", "::", "REM "].iter().any(|mark| line.trim_start().starts_with(mark));
        let names = ["create-lifecycle-policy", "update-lifecycle-policy"];
        // The operation comes first, behind options of every command at most.
        let said = shell::continued_lines(rest).flat_map(str::split_whitespace).take(64);
        let mut said = said.skip_while(|word| *word != "imagebuilder");
        is_aws(rest)
            && !is_comment
            && (part.is_empty() || part.ends_with([' ', '\t']))
            && (is_assignment || words.all(is_before))
            && said.any(|word| names.contains(&word.trim_end_matches(['\\', '^', '`'])))
    };
    text.match_indices("aws").map(|(at, _)| at).filter(|&at| at >= from).find(is_command)
}

fn is_aws(rest: &str) -> bool {
    rest.strip_prefix("aws").is_some_and(|rest| {
        rest.strip_prefix(".exe").unwrap_or(rest).starts_with([' ', '\t', '\\', '^', '`'])
    })
}

/// `NAME=value`, before a command.
fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
    })
}

/// Reads the first command that creates or updates a policy.
///
/// # Errors
///
/// The place and nature of the first mistake in the command's or an argument's syntax.
pub(crate) fn parse(text: &str) -> Result<Found, SyntaxError> {
    let mut reader = Reader { text, dialect: Dialect::Bash, found: Found::default() };
    let Some(from) = begin(text, 0) else {
        if let Some(at) = first(text) {
            reader.place("", at..at.saturating_add("aws".len()));
        }
        reader.note(
            "unknown-command",
            Severity::Error,
            "",
            "no command here creates or updates a lifecycle policy".to_owned(),
            "give an `aws imagebuilder create-lifecycle-policy` or `update-lifecycle-policy` command",
        );
        return Ok(reader.found);
    };
    reader.dialect = Dialect::of(text.get(from..).unwrap_or_default());
    reader.found.request = Json::Object(Vec::new());
    reader.place("", from..from.saturating_add("aws".len()));
    let (words, end) = shell::words(text, from)?;
    if begin(text, end).is_some() {
        reader.note(
            "several-commands",
            Severity::Warning,
            "",
            "only the first command for a lifecycle policy is looked at, and there are more".to_owned(),
            "give one command",
        );
    }
    let mut given: Vec<(&str, Json)> = Vec::new();
    let mut rest = words.iter().skip(1);
    while let Some(word) = rest.next() {
        let (option, inline) = match word.text.split_once('=') {
            Some((option, value)) if option.starts_with("--") => {
                (option, Some(Word { text: value.to_owned(), ..word.clone() }))
            }
            _ => (word.text.as_str(), None),
        };
        if !option.starts_with("--") {
            continue;
        }
        let mut value = || inline.clone().or_else(|| rest.next().cloned());
        if let Some((_, member)) = TEXTS.iter().find(|(name, _)| *name == option) {
            let Some(word) = value() else { return Err(reader.without_value(option, word)) };
            reader.text(member, &word, &mut given);
        } else if let Some((_, member)) = TREES.iter().find(|(name, _)| *name == option) {
            let Some(word) = value() else { return Err(reader.without_value(option, word)) };
            if let Some(tree) = reader.tree(option, member, &word)? {
                given.push((member, tree));
            }
        } else if option == "--cli-input-json" {
            let Some(word) = value() else { return Err(reader.without_value(option, word)) };
            if let Some(tree) = reader.tree(option, "", &word)? {
                reader.found.request = tree;
            }
        } else if matches!(option, "--dry-run" | "--no-dry-run") {
            given.push(("dryRun", Json::Bool(option == "--dry-run")));
        } else if OTHERS.contains(&option) {
            value();
        } else if !is_switch(option) {
            reader.note(
                "unknown-option",
                Severity::Warning,
                "",
                format!("`{}` is not an option that is looked at here", shown(option)),
                "nothing, if it has no say in the policy",
            );
        }
    }
    // An option beats the member of the same name in `--cli-input-json`.
    for unresolved in &reader.found.unresolved {
        reader.found.request.remove(&unresolved.path);
    }
    for (member, value) in given {
        let pointer = format!("/{member}");
        reader.found.request.remove(&pointer);
        reader.found.request.set(&pointer, value);
    }
    Ok(reader.found)
}

struct Reader<'a> {
    text: &'a str,
    dialect: Dialect,
    found: Found,
}

impl Reader<'_> {
    fn note(&mut self, code: &'static str, severity: Severity, path: &str, message: String, help: &str) {
        let (path, help) = (path.to_owned(), help.to_owned());
        self.found.diagnostics.push(Diagnostic { code, severity, path, message, help, fix: None });
    }

    fn place(&mut self, pointer: &str, range: Range<usize>) {
        if let Some(place) = place(self.text, range) {
            self.found.places.insert(pointer.to_owned(), place);
        }
    }

    fn text(&mut self, member: &'static str, word: &Word, given: &mut Vec<(&str, Json)>) {
        self.place(&pointer(member), word.range.clone());
        if word.expands {
            self.unknown(member, word);
        } else if !self.is_elsewhere(member, word) {
            given.push((member, Json::String(word.text.clone())));
        }
    }

    fn unknown(&mut self, member: &str, word: &Word) {
        let unresolved = unresolved(member, word);
        let mut diagnostic = unresolved.diagnostic(&word.text);
        if word.text.contains("<<") {
            "give the document between `<<` and its end by itself".clone_into(&mut diagnostic.help);
        }
        self.found.diagnostics.push(diagnostic);
        self.found.unresolved.push(unresolved);
    }

    /// The value of an option that takes JSON; `None` where it is not on the command line.
    fn tree(&mut self, option: &str, member: &str, word: &Word) -> Result<Option<Json>, SyntaxError> {
        self.place(&pointer(member), word.range.clone());
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
            let is_quoted = self.dialect == Dialect::Cmd && word.text.starts_with('\'');
            let (message, help) = if is_quoted {
                (
                    "the command prompt does not know the quotes `'`",
                    "write `\"` around the value and `\\\"` inside",
                )
            } else {
                ("the value is not JSON, and the AWS CLI's shorthand is not read", "write the value as JSON")
            };
            self.note("shorthand", Severity::Error, &pointer(member), format!("`{option}`: {message}"), help);
            self.found.unresolved.push(unresolved(member, word));
            return Ok(None);
        }
        let parsed = Json::parse(&word.text).or_else(|error| match self.dialect {
            // Older versions of PowerShell lose `"` on the way to a command, unless `\` stands before it.
            Dialect::PowerShell => Json::parse(&word.text.replace("\\\"", "\"")).map_err(|_| error),
            Dialect::Bash | Dialect::Cmd => Err(error),
        });
        parsed.map(Some).map_err(|error| self.in_value(option, word, error))
    }

    /// A mistake in the JSON of a value, told at its place in the script.
    fn in_value(&self, option: &str, word: &Word, error: SyntaxError) -> SyntaxError {
        let message = format!("in the value of `{option}`: {}", error.message);
        let Some(start) = place(self.text, word.range.clone()) else {
            return SyntaxError { message, ..error };
        };
        let raw = self.text.get(word.range.clone()).unwrap_or_default();
        // Between plain quotes, the value is the text.
        let inner = raw.get(1..raw.len().saturating_sub(1));
        let (line, column) = match (inner == Some(&word.text), error.line) {
            (false, _) => (start.line, start.column),
            (true, 1) => (start.line, start.column.saturating_add(error.column)),
            (true, line) => (start.line.saturating_add(line).saturating_sub(1), error.column),
        };
        SyntaxError { line, column, message }
    }

    fn is_elsewhere(&mut self, member: &str, word: &Word) -> bool {
        let elsewhere = ["file://", "fileb://"].iter().any(|scheme| word.text.starts_with(scheme));
        if elsewhere {
            let (what, help) = if self.text.contains("<<") {
                (
                    "a file, and nothing is executed here",
                    "give the document between `<<` and its end by itself",
                )
            } else {
                ("not part of this text", "give that file, or write its content into the command")
            };
            let message = format!("the command reads `{}`, which is {what}", shown(&word.text));
            self.note("in-another-file", Severity::Error, &pointer(member), message, help);
            self.found.unresolved.push(unresolved(member, word));
        }
        elsewhere
    }

    fn without_value(&self, option: &str, word: &Word) -> SyntaxError {
        let (line, column) =
            place(self.text, word.range.clone()).map_or((1, 1), |place| (place.line, place.column));
        SyntaxError { line, column, message: format!("`{option}` has no value") }
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

/// A command that bash, also at a prompt, takes as it is meant.
///
/// INVARIANT: between the quotes stand no `'` and no control character but the line breaks of the layout.
pub(crate) fn command(request: &Json, name: &str) -> String {
    // In JSON, `'` stands in strings only.
    let text = printable(request).replace('\'', "\\u0027");
    format!("aws imagebuilder {name} --cli-input-json '{}'\n", text.trim_end())
}
