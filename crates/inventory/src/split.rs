//! Text that is still coming, taken apart into documents and their elements.

use std::borrow::Cow;

use crate::export;
use crate::export::Flaw;
use crate::export::Members;
use crate::export::Place;
use crate::export::Readers;
use crate::export::WANTED;
use crate::load::Problem;
use crate::rows::Rows;
use crate::scan::Scan;
use crate::scan::lines;
use crate::scan::without_trailing_commas;

/// The longest text of one element, and of one string anywhere. AWS's own limits keep elements below a few
/// hundred kilobytes.
const LONGEST: usize = 64 * 1024 * 1024;
/// Lists around a document.
const DEEPEST: usize = 8;
/// Brackets in brackets, in what is passed over.
const DEEPEST_SKIPPED: usize = 1_000_000;

/// Reads JSON documents, one after the other, as far as their text is there.
#[derive(Debug)]
pub(crate) struct Split {
    source: String,
    /// Text from the first byte that is still needed.
    text: String,
    /// What of `text` has been read.
    at: usize,
    /// Lines before `text`, and bytes of the line it begins in.
    lines: usize,
    column: usize,
    /// Of the value at `at`.
    scan: Scan,
    readers: Readers,
    /// What is open, outermost first.
    open: Vec<Open>,
    next: Next,
    /// JSON pointer to the innermost list of documents, document or list of elements.
    path: String,
    /// Documents begun at the top, not counting those in lists.
    documents: usize,
    /// The first document that is no export. What follows is read all the same, because text that is no JSON
    /// is the worse mistake and comes first.
    refused: Option<Problem>,
}

#[derive(Debug)]
enum Open {
    /// A list of documents.
    List {
        index: usize,
        path: usize,
    },
    Document(Box<Document>),
    Elements {
        kind: export::Kind,
        index: usize,
        path: usize,
    },
    /// What nobody asked for.
    SkippedList,
    SkippedObject,
}

#[derive(Debug, Default)]
struct Document {
    /// Length of the path that leads here.
    path: usize,
    /// The member that is being read.
    member: String,
    /// A list or an element was found, so the document is none itself.
    is_known: bool,
    /// The list that was found last.
    list: Option<&'static str>,
    members: Members,
    /// The document itself, should it be an element; `None` when it is too long for one.
    text: Option<String>,
}

/// What the next token may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// A value, or the end of a list.
    Value,
    /// A name, or the end of an object.
    Name,
    Colon,
    MemberValue,
    /// A comma, or the end.
    After,
}

impl Split {
    pub(crate) fn new(source: &str) -> Self {
        Self {
            source: source.to_owned(),
            text: String::new(),
            at: 0,
            lines: 0,
            column: 0,
            scan: Scan::default(),
            readers: Readers::default(),
            open: Vec::new(),
            next: Next::Value,
            path: String::new(),
            documents: 0,
            refused: None,
        }
    }

    /// Where more text is added, and the number of lines before it.
    pub(crate) fn text(&mut self) -> (&mut String, usize) {
        (&mut self.text, self.lines)
    }

    /// Reads what is there.
    pub(crate) fn read(&mut self, rows: &mut Rows) -> Result<(), Problem> {
        while self.step(rows, false)? {}
        self.forget();
        Ok(())
    }

    /// Reads the rest; no more text comes.
    pub(crate) fn finish(&mut self, rows: &mut Rows) -> Result<(), Problem> {
        while self.step(rows, true)? {}
        match self.open.last() {
            Some(Open::Document(_) | Open::SkippedObject) => {
                Err(self.syntax(self.text.len(), "EOF while parsing an object"))
            }
            Some(_) => Err(self.syntax(self.text.len(), "EOF while parsing a list")),
            None if self.documents == 0 => Err(("holds no JSON document".to_owned(), WANTED.to_owned())),
            None => self.refused.take().map_or(Ok(()), Err),
        }
    }

    /// Drops the text that has been read. Text is moved only when most of it goes, so that each byte is moved
    /// a few times at most.
    fn forget(&mut self) {
        if self.at < self.text.len().saturating_sub(self.at) {
            return;
        }
        let read = self.text.as_bytes().get(..self.at).unwrap_or_default();
        (self.lines, self.column) = self.position(read.len());
        self.text.drain(..self.at);
        self.at = 0;
    }

    /// Lines before a byte of `text`, and bytes before it in its own.
    fn position(&self, at: usize) -> (usize, usize) {
        let before = self.text.as_bytes().get(..at).unwrap_or(self.text.as_bytes());
        match memchr::memrchr(b'\n', before) {
            Some(last) => {
                let lines = lines(before);
                (self.lines.saturating_add(lines), before.len().saturating_sub(last).saturating_sub(1))
            }
            None => (self.lines, self.column.saturating_add(before.len())),
        }
    }

    /// Reads one token or one value; whether there may be more to read.
    fn step(&mut self, rows: &mut Rows, end: bool) -> Result<bool, Problem> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let Some(space) = rest.iter().position(|byte| !matches!(byte, b' ' | b'\n' | b'\r' | b'\t')) else {
            self.at = self.text.len();
            return Ok(false);
        };
        self.at = self.at.saturating_add(space);
        let byte = rest.get(space).copied().unwrap_or_default();
        let is_object = matches!(self.open.last(), Some(Open::Document(_) | Open::SkippedObject));
        match (self.next, byte) {
            (Next::Name | Next::After, b'}') if is_object => self.close(rows)?,
            (Next::Value | Next::After, b']') if !is_object && !self.open.is_empty() => self.close(rows)?,
            // A comma before a closing bracket is forgiven: AWS's own examples have some, and people copy them.
            (Next::After, b',') => self.token(if is_object { Next::Name } else { Next::Value }),
            (Next::After, _) => {
                let wanted = if is_object { "expected `,` or `}`" } else { "expected `,` or `]`" };
                return Err(self.unexpected(wanted));
            }
            (Next::Colon, b':') => self.token(Next::MemberValue),
            (Next::Colon, _) => return Err(self.unexpected("expected `:`")),
            (Next::Name, b'"') => return self.name(end),
            (Next::Name, _) => return Err(self.unexpected("key must be a string")),
            (Next::Value | Next::MemberValue, _) => return self.value(byte, rows, end),
        }
        Ok(true)
    }

    /// Goes past a token of one byte.
    fn token(&mut self, next: Next) {
        self.at = self.at.saturating_add(1);
        self.next = next;
    }

    fn name(&mut self, end: bool) -> Result<bool, Problem> {
        let Some(length) = self.capture(end)? else { return Ok(false) };
        let name: String = match serde_json::from_str(self.captured(length)) {
            Ok(name) => name,
            Err(error) => return Err(self.invalid(&error)),
        };
        if let Some(Open::Document(document)) = self.open.last_mut() {
            document.member = name;
        }
        self.pass(length);
        self.next = Next::Colon;
        Ok(true)
    }

    fn value(&mut self, byte: u8, rows: &mut Rows, end: bool) -> Result<bool, Problem> {
        match self.open.last_mut() {
            None | Some(Open::List { .. }) => {
                match byte {
                    b'{' => {
                        let path = self.path.len();
                        self.begin_document();
                        let text = Some("{".to_owned());
                        self.open.push(Open::Document(Box::new(Document {
                            path,
                            text,
                            ..Document::default()
                        })));
                        self.token(Next::Name);
                    }
                    b'[' => {
                        let path = self.path.len();
                        self.begin_document();
                        if self.open.len() == DEEPEST {
                            self.refuse("is a list in too many lists");
                            self.path.truncate(path);
                            self.open(false);
                        } else {
                            self.open.push(Open::List { index: 0, path });
                            self.token(Next::Value);
                        }
                    }
                    _ => {
                        let Some(length) = self.capture(end)? else { return Ok(false) };
                        if let Err(error) = export::syntax(self.captured(length)) {
                            return Err(self.invalid(&error));
                        }
                        let path = self.path.len();
                        self.begin_document();
                        self.refuse("is not a JSON object");
                        self.path.truncate(path);
                        self.pass(length);
                        self.next = if self.open.is_empty() { Next::Value } else { Next::After };
                    }
                }
                Ok(true)
            }
            Some(Open::Document(document)) => {
                let path = self.path.len();
                if let Some((list, kind)) = export::list(&document.member) {
                    document.know();
                    document.list = Some(list);
                    self.path.push('/');
                    self.path.push_str(&document.member);
                    if byte != b'[' {
                        self.refuse("is not a list");
                        self.path.truncate(path);
                        return self.skip(byte, end);
                    }
                    self.open.push(Open::Elements { kind, index: 0, path });
                    self.token(Next::Value);
                    return Ok(true);
                }
                if let Some(kind) = export::single(&document.member).filter(|_| byte == b'{') {
                    document.know();
                    self.path.push('/');
                    self.path.push_str(&document.member);
                    let read = self.element(kind, None, rows, end);
                    self.path.truncate(path);
                    return read;
                }
                if document.text.is_none() { self.skip(byte, end) } else { self.hold(byte, end) }
            }
            Some(Open::Elements { kind, index, .. }) => {
                let (kind, index) = (*kind, *index);
                self.element(kind, Some(index), rows, end)
            }
            Some(Open::SkippedList | Open::SkippedObject) => self.skip(byte, end),
        }
    }

    /// Counts a document, and leads the path to it when it is in a list.
    fn begin_document(&mut self) {
        match self.open.last_mut() {
            Some(Open::List { index, .. }) => {
                self.path.push_str(&format!("/{index}"));
                *index = index.saturating_add(1);
            }
            _ => self.documents = self.documents.saturating_add(1),
        }
    }

    /// Goes past a closing bracket.
    fn close(&mut self, rows: &mut Rows) -> Result<(), Problem> {
        let closed = self.open.pop();
        self.token(if self.open.is_empty() { Next::Value } else { Next::After });
        match closed {
            Some(Open::Document(mut document)) => {
                let text = document.text.take().map(|text| text + "}");
                if !document.is_known {
                    let place = place(&self.source, self.documents, &self.path, None);
                    let flaw = match (document.members.recognise(&place), &text) {
                        (Ok(kind), Some(text)) => self.readers.read_whole(kind, rows, text, &place).err(),
                        (Ok(_), None) => Some(Flaw::Sense(TOO_LONG.to_owned())),
                        (Err(problem), _) => {
                            self.refused.get_or_insert(problem);
                            None
                        }
                    };
                    let reason = match flaw {
                        Some(Flaw::Sense(reason)) => Some(reason),
                        Some(Flaw::Json(error)) => Some(export::reason(&error)),
                        None => None,
                    };
                    if let Some(reason) = reason {
                        rows.skipped.push(self.place(None).skipped(&reason));
                    }
                }
                rows.pages.end(document.list, &self.source, document.members.goes_on);
                self.path.truncate(document.path);
            }
            Some(Open::Elements { path, .. } | Open::List { path, .. }) => self.path.truncate(path),
            _ => {}
        }
        Ok(())
    }

    /// Reads a whole element.
    fn element(
        &mut self,
        kind: export::Kind,
        index: Option<usize>,
        rows: &mut Rows,
        end: bool,
    ) -> Result<bool, Problem> {
        // Most elements are plain, and all there.
        if self.scan.is_new() {
            let start = self.text.get(self.at..).unwrap_or_default();
            let place = place(&self.source, self.documents, &self.path, index);
            if let Some((length, result)) = self.readers.read(kind, rows, start, &place) {
                if let Err(reason) = result {
                    rows.skipped.push(place.skipped(&reason));
                }
                if let Some(Open::Elements { index, .. }) = self.open.last_mut() {
                    *index = index.saturating_add(1);
                }
                self.pass(length);
                self.next = Next::After;
                return Ok(true);
            }
        }
        let is_object = self.text.as_bytes().get(self.at) == Some(&b'{');
        let length = match self.capture(end)? {
            Some(length) => length,
            None if self.is_too_long() => 0,
            None => return Ok(false),
        };
        if let Some(Open::Elements { index, .. }) = self.open.last_mut() {
            *index = index.saturating_add(1);
        }
        let place = place(&self.source, self.documents, &self.path, index);
        if length == 0 {
            rows.skipped.push(place.skipped(TOO_LONG));
            self.open(is_object);
            return Ok(true);
        }
        let text = self.text.get(self.at..self.at.saturating_add(length)).unwrap_or_default();
        let mut result = self.readers.read_whole(kind, rows, text, &place);
        if let Err(Flaw::Json(_)) = result {
            result = match mended(text) {
                Ok(text) => self.readers.read_whole(kind, rows, &text, &place),
                Err(error) => return Err(self.invalid(&error)),
            };
        }
        let reason = match result {
            Ok(()) => None,
            Err(Flaw::Sense(reason)) => Some(reason),
            Err(Flaw::Json(error)) => Some(export::reason(&error)),
        };
        if let Some(reason) = reason {
            rows.skipped.push(place.skipped(&reason));
        }
        self.pass(length);
        self.next = Next::After;
        Ok(true)
    }

    /// Keeps a member of a document that may be an element.
    fn hold(&mut self, byte: u8, end: bool) -> Result<bool, Problem> {
        let Some(length) = self.capture(end)? else {
            if self.is_too_long() {
                if let Some(Open::Document(document)) = self.open.last_mut() {
                    document.members.push(&document.member, if byte == b'{' { "{" } else { "[" });
                    document.text = None;
                }
                self.open(byte == b'{');
                return Ok(true);
            }
            return Ok(false);
        };
        let text = self.text.get(self.at..self.at.saturating_add(length)).unwrap_or_default();
        let value = match mended(text) {
            Ok(value) => value,
            Err(error) => return Err(self.invalid(&error)),
        };
        if let Some(Open::Document(document)) = self.open.last_mut() {
            document.members.push(&document.member, &value);
            if let Some(text) = &mut document.text {
                if text.len() > 1 {
                    text.push(',');
                }
                text.push_str(&serde_json::Value::from(document.member.as_str()).to_string());
                text.push(':');
                text.push_str(&value);
            }
            if document.text.as_ref().is_some_and(|text| text.len() > LONGEST) {
                document.text = None;
            }
        }
        self.pass(length);
        self.next = Next::After;
        Ok(true)
    }

    /// Passes over a value, or goes into it to pass over what is in it.
    fn skip(&mut self, byte: u8, end: bool) -> Result<bool, Problem> {
        if let b'{' | b'[' = byte {
            if self.open.len() > DEEPEST_SKIPPED {
                return Err(self.unexpected("too many brackets in brackets"));
            }
            if let Some(Open::Document(document)) = self.open.last_mut() {
                document.members.push(&document.member, if byte == b'{' { "{" } else { "[" });
            }
            self.open(byte == b'{');
            return Ok(true);
        }
        let Some(length) = self.capture(end)? else { return Ok(false) };
        if let Err(error) = export::syntax(self.captured(length)) {
            return Err(self.invalid(&error));
        }
        if let Some(Open::Document(document)) = self.open.last_mut() {
            let text = self.text.get(self.at..self.at.saturating_add(length)).unwrap_or_default();
            document.members.push(&document.member, text);
        }
        self.pass(length);
        self.next = Next::After;
        Ok(true)
    }

    /// Goes into a value that is passed over.
    fn open(&mut self, is_object: bool) {
        self.scan = Scan::default();
        self.open.push(if is_object { Open::SkippedObject } else { Open::SkippedList });
        self.token(if is_object { Next::Name } else { Next::Value });
    }

    /// Length of the value that begins here; `None` when its end is not there, or too far away.
    fn capture(&mut self, end: bool) -> Result<Option<usize>, Problem> {
        let text = self.text.get(self.at..).unwrap_or_default();
        let length = match self.scan.end(text.as_bytes()) {
            Some(length) => length,
            // Whatever ends here ends with the file, or is cut off and says so when it is read.
            None if end => text.len(),
            None if text.len() > LONGEST && !text.starts_with(['{', '[']) => {
                return Err((
                    format!("holds a text of more than {} MiB", LONGEST / 1024 / 1024),
                    "check that this is an export of AWS".to_owned(),
                ));
            }
            None => return Ok(None),
        };
        Ok(Some(length))
    }

    fn captured(&self, length: usize) -> &str {
        self.text.get(self.at..self.at.saturating_add(length)).unwrap_or_default()
    }

    fn is_too_long(&self) -> bool {
        self.text.len().saturating_sub(self.at) > LONGEST
    }

    /// Goes past a value.
    fn pass(&mut self, length: usize) {
        self.at = self.at.saturating_add(length);
        self.scan = Scan::default();
    }

    /// The document or list that the path leads to makes the export useless.
    fn refuse(&mut self, message: &str) {
        let problem = self.place(None).problem(message, WANTED);
        self.refused.get_or_insert(problem);
    }

    fn place(&self, index: Option<usize>) -> Place<'_> {
        place(&self.source, self.documents, &self.path, index)
    }

    /// The value that begins here is no JSON.
    fn invalid(&self, error: &serde_json::Error) -> Problem {
        let (line, column) = self.position(self.at);
        let column = if error.line() > 1 { error.column() } else { column.saturating_add(error.column()) };
        let line = line.saturating_add(error.line());
        problem(line, column, &export::reason(error))
    }

    fn unexpected(&self, message: &str) -> Problem {
        self.syntax(self.at.saturating_add(1), message)
    }

    fn syntax(&self, at: usize, message: &str) -> Problem {
        let (lines, column) = self.position(at);
        problem(lines.saturating_add(1), column, message)
    }
}

fn place<'a>(source: &'a str, documents: usize, path: &'a str, index: Option<usize>) -> Place<'a> {
    Place { source, number: documents.saturating_sub(1), path, index }
}

const TOO_LONG: &str = "is too long for anything that AWS exports";

impl Document {
    /// The document is not an element itself.
    fn know(&mut self) {
        self.is_known = true;
        self.text = None;
    }
}

fn problem(line: usize, column: usize, message: &str) -> Problem {
    (
        format!("line {line}, column {column}: not valid JSON: {message}"),
        "export again with `--output json`; a file that was cut off while it was written looks like this"
            .to_owned(),
    )
}

/// JSON, without commas before closing brackets; borrowed when there were none.
fn mended(text: &str) -> Result<Cow<'_, str>, serde_json::Error> {
    let Err(error) = export::syntax(text) else { return Ok(Cow::Borrowed(text)) };
    let mended = without_trailing_commas(text);
    if export::syntax(&mended).is_ok() { Ok(Cow::Owned(mended)) } else { Err(error) }
}
