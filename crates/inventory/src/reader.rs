//! A quick reader of elements that look like the one before them.
//!
//! AWS prints every element of a list alike: the same members in the same order with the same white space, and
//! many of the same values. So an element is not taken apart from its beginning. It is laid beside the element
//! before it, and as far as the two agree, byte for byte, it holds the same tokens. Where they part within a
//! value, that value alone is read. Where they part between values, JSON is read as usual up to the next value,
//! and the comparison goes on wherever the element before has a value in the same place.
//!
//! INVARIANT: the tokens are those that reading from the beginning would find. What a text means depends on the
//! text and on the place where reading it begins, and both are the same on either side.
//!
//! Only what is well-formed is read. At a mistake or at the end of the text the reader gives up without a word;
//! `serde_json` then says what is wrong.

use std::borrow::Cow;
use std::fmt;

use serde::de::Unexpected;
use serde_json::Number;

use crate::export;
use crate::instant::Instant;
use crate::scan::Scan;
use crate::text::Hash;
use crate::text::Text;
use crate::text::Texts;

/// A place in an element that somebody asks for. Its number is its position in the table of its element.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    /// The object or list around it.
    pub(crate) within: u16,
    /// Empty in a list.
    pub(crate) name: &'static str,
    pub(crate) value: Value,
}

/// What a value has to be. `null` is no value, except in lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Value {
    /// Text that is kept.
    Text,
    /// The same, which has to be there.
    Needed,
    /// Text that is kept, or something else, on which nothing depends.
    Detail,
    /// Text that is only looked at.
    Word,
    Flag,
    /// A whole number of 32 or 64 bits.
    Whole(u32),
    /// Text or a number.
    Moment,
    Any,
    Object(&'static str),
    /// An object of texts.
    Tags,
    List,
    /// A list that may hold `null`.
    Gaps,
}

/// Makes numbers for the members of an element, and its table.
macro_rules! members {
    ($(#[$doc:meta])* $element:ident: $($id:ident = $within:ident $name:literal $value:expr;)*) => {
        $(#[$doc])*
        pub(crate) mod $element {
            use crate::reader::Member;
            #[allow(unused_imports)]
            use crate::reader::Value::*;

            #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
            #[repr(u16)]
            enum Id { $($id),* }
            $(#[allow(dead_code)] pub(crate) const $id: u16 = Id::$id as u16;)*
            pub(crate) static MEMBERS: &[Member] = &[$(Member { within: $within, name: $name, value: $value }),*];
        }
    };
}

pub(crate) use members;

/// Reads the elements of one kind.
#[derive(Debug)]
pub(crate) struct Reader {
    members: &'static [Member],
    nodes: Vec<Node>,
    /// The element that is being read.
    tokens: Vec<Token>,
    /// Where the token of each member is; only for members that were seen.
    places: [u32; MOST_MEMBERS],
    /// Members that the element has, one bit each.
    seen: u64,
    /// The first value that is not what it has to be, and its token.
    flaw: Option<(usize, String)>,
    /// Tokens of texts that are kept and whose handles are not known.
    fresh: Vec<Fresh>,
    /// Whether the element has other members than the one before, or in another order.
    differs: bool,
    /// The element before, and its text.
    before: Vec<Token>,
    before_text: Vec<u8>,
}

const MOST_MEMBERS: usize = 64;
/// Members that nobody asks for are told apart, so that the comparison goes on behind the right one; not
/// without end.
const MOST_NODES: usize = 1000;
/// Tokens of an element that others are compared with.
const MOST_TOKENS: usize = 1000;
const ROOT: u16 = 0;

#[derive(Debug)]
struct Node {
    within: u16,
    /// `None` in a list.
    name: Option<Box<str>>,
    /// `None` when nobody asks for it.
    value: Option<Value>,
    children: Vec<u16>,
    /// Position in `children` of the member that is expected next.
    next: usize,
    /// Members that are forgotten when this one begins, since it stands in a list.
    below: u64,
    /// Members that have to be there when this one ends.
    needed: u64,
}

/// A value of an element, or one end of it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Token {
    node: u16,
    kind: Kind,
    duty: Duty,
    /// The handle of a text that is kept.
    text: Text,
    start: u32,
    end: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// An opening bracket of something that somebody asks for.
    Open,
    Close,
    /// A string without escapes.
    Plain,
    Escaped,
    /// A number or a word.
    Bare,
    /// Something in brackets that nobody asks for.
    Passed,
}

/// A text whose handle is looked for.
#[derive(Debug)]
struct Fresh {
    place: usize,
    hash: Hash,
}

/// What a token changes in what is known of its element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Duty {
    Nothing,
    /// It may come once.
    Once,
    /// It begins anew.
    Anew,
    /// It ends, and something has to have been there.
    Complete,
}

/// The reader gives up.
struct Stop;

/// Where to read on.
#[derive(Clone, Copy)]
enum State {
    /// Behind an opening bracket.
    Inside(u16),
    /// Behind a value.
    After(u16),
    /// Behind the name of a tag.
    Named(u16),
}

/// An element that has been read.
pub(crate) struct Element<'a> {
    text: &'a str,
    tokens: &'a [Token],
    places: &'a [u32; MOST_MEMBERS],
    seen: u64,
}

impl Reader {
    pub(crate) fn new(members: &'static [Member]) -> Self {
        let mut reader = Self {
            members,
            nodes: Vec::new(),
            tokens: Vec::new(),
            places: [0; MOST_MEMBERS],
            seen: 0,
            flaw: None,
            fresh: Vec::new(),
            differs: false,
            before: Vec::new(),
            before_text: Vec::new(),
        };
        for member in members {
            let at_root = reader.nodes.is_empty();
            reader.node(member.within, Some(member.name).filter(|_| !at_root), Some(member.value));
        }
        reader
    }

    pub(crate) fn is_for(&self, members: &'static [Member]) -> bool {
        std::ptr::eq(self.members, members)
    }

    fn node(&mut self, within: u16, name: Option<&str>, value: Option<Value>) -> u16 {
        let id = self.nodes.len() as u16;
        let bit = bit(id);
        let around = self.nodes.get(usize::from(within));
        let is_nameless = around
            .is_some_and(|around| matches!(around.value, Some(Value::List | Value::Gaps | Value::Tags)));
        if value.is_some() {
            // Everything around learns of a member below it.
            let mut at = within;
            while let Some(around) = self.nodes.get_mut(usize::from(at)) {
                around.below |= bit;
                if at == ROOT {
                    break;
                }
                at = around.within;
            }
        }
        if let Some(around) = self.nodes.get_mut(usize::from(within)) {
            around.children.push(id);
            if value == Some(Value::Needed) {
                around.needed |= bit;
            }
        }
        let name = name.filter(|_| !is_nameless).map(Box::from);
        let (children, next, below, needed) = Default::default();
        self.nodes.push(Node { within, name, value, children, next, below, needed });
        id
    }

    /// Reads the object that the text begins with. Its length, and what it says or why that is not what it
    /// should be.
    pub(crate) fn read<'a>(
        &'a mut self,
        text: &'a str,
        texts: &mut Texts,
    ) -> Option<(usize, Result<Element<'a>, String>)> {
        self.tokens.clear();
        self.fresh.clear();
        (self.flaw, self.differs) = (None, false);
        let length = self.compare(text).ok()?;
        if self.differs {
            self.index();
        }
        if let Some((_, flaw)) = self.flaw.take() {
            self.before.clear();
            return Some((length, Err(flaw.chars().take(200).collect())));
        }
        self.intern(text, texts);
        let tokens = if self.tokens.len() > MOST_TOKENS {
            self.before.clear();
            &self.tokens
        } else {
            self.before_text.clear();
            self.before_text.extend_from_slice(text.as_bytes().get(..length).unwrap_or_default());
            std::mem::swap(&mut self.tokens, &mut self.before);
            &self.before
        };
        Some((length, Ok(Element { text, tokens, places: &self.places, seen: self.seen })))
    }

    /// Finds the handles of new texts. Most of the time of that is spent waiting for memory, so all are asked for
    /// before the first is used.
    fn intern(&mut self, text: &str, texts: &mut Texts) {
        let inside = |token: &Token| {
            let end = (token.end as usize).saturating_sub(1);
            text.get((token.start as usize).saturating_add(1)..end).unwrap_or_default()
        };
        for fresh in &mut self.fresh {
            let Some(token) = self.tokens.get(fresh.place) else { continue };
            fresh.hash = texts.hash(inside(token));
        }
        for fresh in &self.fresh {
            let Some(token) = self.tokens.get_mut(fresh.place) else { continue };
            token.text = match token.kind {
                Kind::Plain => texts.intern_hashed(inside(token), fresh.hash),
                _ => {
                    let quoted = text.get(token.start as usize..token.end as usize).unwrap_or_default();
                    texts.intern(&serde_json::from_str::<String>(quoted).unwrap_or_default())
                }
            };
        }
    }

    /// Reads an object beside the one before; its length.
    fn compare(&mut self, text: &str) -> Result<usize, Stop> {
        let bytes = text.as_bytes();
        if bytes.first() != Some(&b'{') {
            return Err(Stop);
        }
        // The next token of the element before that nothing has been compared with, and the places up to which
        // the two have been compared.
        let (mut i, mut old, mut new) = (0, 0, 0);
        if self.before.is_empty() {
            self.push(ROOT, Kind::Open, 0, 1);
            match self.from(text, State::Inside(ROOT), 0)? {
                Some(found) => (i, old, new) = found,
                None => return self.length(),
            }
        }
        loop {
            let common =
                common(self.before_text.get(old..).unwrap_or_default(), bytes.get(new..).unwrap_or_default());
            let reached = old.saturating_add(common);
            let shift = (new as u32).wrapping_sub(old as u32);
            let mut next = None;
            while let Some(&token) = self.before.get(i) {
                let end = token.end as usize;
                // A number may go on.
                if end > reached || end == reached && token.kind == Kind::Bare {
                    next = Some(token);
                    break;
                }
                i = i.saturating_add(1);
                let start = token.start.wrapping_add(shift);
                self.tokens.push(Token { start, end: token.end.wrapping_add(shift), ..token });
            }
            let Some(token) = next else { return self.length() };
            let start = token.start.wrapping_add(shift) as usize;
            let found = if reached > token.start as usize && token.kind == Kind::Plain {
                // What is equal of a string is plain.
                let from = new.saturating_add(common);
                match plain(bytes.get(from..).unwrap_or_default()) {
                    Some(length) => {
                        let end = from.saturating_add(length).saturating_add(1);
                        let (start, end) = (start as u32, end as u32);
                        if token.text != Text::EMPTY || self.is_kept(token.node) {
                            self.fresh.push(Fresh { place: self.tokens.len(), hash: Hash::default() });
                        }
                        self.tokens.push(Token { start, end, ..token });
                        Some((i.saturating_add(1), token.end as usize, end as usize))
                    }
                    None => {
                        self.value(text, start, token.node)?;
                        self.meet(i)
                    }
                }
            } else if token.kind != Kind::Close
                && (reached > token.start as usize
                    || reached == token.start as usize && self.is_value(bytes.get(start), token.kind))
            {
                match self.value(text, start, token.node)? {
                    State::Inside(_) => None,
                    _ => self.meet(i),
                }
            } else {
                None
            };
            (i, old, new) = match found {
                Some(found) => found,
                None => {
                    let last = *self.tokens.last().ok_or(Stop)?;
                    let state = match last.kind {
                        Kind::Open => State::Inside(last.node),
                        _ if self.is_name(last.node) => State::Named(last.node),
                        _ => State::After(last.node),
                    };
                    match self.from(text, state, i)? {
                        Some(found) => found,
                        None => return self.length(),
                    }
                }
            };
        }
    }

    /// Whether another value stands where the element before has one. Where that is text it may be the name of
    /// a tag, which is nothing else; and a list may end.
    fn is_value(&self, byte: Option<&u8>, before: Kind) -> bool {
        matches!(before, Kind::Open | Kind::Bare | Kind::Passed)
            && matches!(byte, Some(b'"' | b'{' | b'[' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'))
    }

    fn length(&self) -> Result<usize, Stop> {
        self.tokens.last().map(|token| token.end as usize).ok_or(Stop)
    }

    /// Where the element before has a value in the same place as the last token.
    fn meet(&mut self, i: usize) -> Option<(usize, usize, usize)> {
        let last = self.tokens.last()?;
        let same = |token: &Token| token.node == last.node && !matches!(token.kind, Kind::Open | Kind::Close);
        let rest = self.before.get(i..).unwrap_or_default();
        let found = match rest.iter().position(same) {
            Some(found) => found.saturating_add(i),
            None => self.before.get(..i)?.iter().position(same)?,
        };
        let token = self.before.get(found)?;
        self.differs |= found != i;
        Some((found.saturating_add(1), token.end as usize, last.end as usize))
    }

    /// Reads JSON until the element before has a value in the same place, or to the end of the element.
    fn from(
        &mut self,
        text: &str,
        mut state: State,
        i: usize,
    ) -> Result<Option<(usize, usize, usize)>, Stop> {
        let bytes = text.as_bytes();
        self.differs = true;
        loop {
            if let State::After(ROOT) = state {
                return Ok(None);
            }
            let (at, byte) = after_space(bytes, self.length()?)?;
            let (node, at) = match state {
                State::Named(name) => {
                    let value = *self.get(self.get(name)?.within)?.children.last().ok_or(Stop)?;
                    (value, after_colon(bytes, at)?)
                }
                State::Inside(node) | State::After(node) => {
                    let is_first = matches!(state, State::Inside(_));
                    let around = if is_first { node } else { self.get(node)?.within };
                    let value = self.get(around)?.value;
                    let is_list = matches!(value, Some(Value::List | Value::Gaps));
                    if byte == if is_list { b']' } else { b'}' } {
                        self.push(around, Kind::Close, at, at.saturating_add(1));
                        state = State::After(around);
                        continue;
                    }
                    let at = match (is_first, byte) {
                        (true, _) => at,
                        (false, b',') => after_space(bytes, at.saturating_add(1))?.0,
                        _ => return Err(Stop),
                    };
                    if is_list {
                        (*self.get(around)?.children.first().ok_or(Stop)?, at)
                    } else if value == Some(Value::Tags) {
                        let name = *self.get(around)?.children.first().ok_or(Stop)?;
                        let (end, kind) = end_of_string(text, at)?;
                        self.leaf(text, name, kind, at, end);
                        state = State::Named(name);
                        continue;
                    } else {
                        let (node, end) = self.name(text, at, around)?;
                        (node, after_colon(bytes, end)?)
                    }
                }
            };
            state = self.value(text, at, node)?;
            if let State::After(_) = state
                && let Some(found) = self.meet(i)
            {
                return Ok(Some(found));
            }
        }
    }

    fn is_kept(&self, node: u16) -> bool {
        let value = self.nodes.get(usize::from(node)).and_then(|node| node.value);
        matches!(value, Some(Value::Text | Value::Needed | Value::Detail))
    }

    /// Whether this is the name of a tag.
    fn is_name(&self, node: u16) -> bool {
        let around =
            self.nodes.get(usize::from(node)).and_then(|node| self.nodes.get(usize::from(node.within)));
        around
            .is_some_and(|around| around.value == Some(Value::Tags) && around.children.first() == Some(&node))
    }

    fn get(&self, node: u16) -> Result<&Node, Stop> {
        self.nodes.get(usize::from(node)).ok_or(Stop)
    }

    /// The member whose name begins here, and where its name ends.
    fn name(&mut self, text: &str, at: usize, around: u16) -> Result<(u16, usize), Stop> {
        let (end, kind) = end_of_string(text, at)?;
        let quoted = text.get(at..end).ok_or(Stop)?;
        let name: Cow<'_, str> = match kind {
            Kind::Plain => quoted.get(1..quoted.len().saturating_sub(1)).ok_or(Stop)?.into(),
            _ => serde_json::from_str::<String>(quoted).map(Cow::Owned).unwrap_or_else(|error| {
                let place = self.tokens.len();
                self.flaw.get_or_insert_with(|| (place, export::reason(&error)));
                Cow::Borrowed("")
            }),
        };
        let object = self.get(around)?;
        let names = |&(_, &child): &(usize, &u16)| {
            self.nodes.get(usize::from(child)).and_then(|node| node.name.as_deref()) == Some(&*name)
        };
        let children = || object.children.iter().enumerate();
        let found = children().skip(object.next).chain(children().take(object.next)).find(names);
        let (next, node) = match found {
            Some((place, &node)) => (place.saturating_add(1), node),
            None if self.nodes.len() < MOST_NODES => {
                (object.children.len(), self.node(around, Some(&name), None))
            }
            // One that stands for all others.
            None => {
                let nameless = |&&child: &&u16| {
                    self.nodes.get(usize::from(child)).is_some_and(|node| node.name.is_none())
                };
                match object.children.iter().find(nameless) {
                    Some(&node) => (0, node),
                    None => (0, self.node(around, None, None)),
                }
            }
        };
        if let Some(object) = self.nodes.get_mut(usize::from(around)) {
            object.next = next;
        }
        Ok((node, end))
    }

    /// Reads the value that begins here, or only its opening bracket.
    fn value(&mut self, text: &str, at: usize, node: u16) -> Result<State, Stop> {
        let byte = *text.as_bytes().get(at).ok_or(Stop)?;
        let wanted = self.get(node)?.value;
        let opens = match wanted {
            Some(Value::Object(_) | Value::Tags) => byte == b'{',
            Some(Value::List | Value::Gaps) => byte == b'[',
            _ => false,
        };
        if opens {
            self.push(node, Kind::Open, at, at.saturating_add(1));
            return Ok(State::Inside(node));
        }
        let (end, kind) = end_of_value(text, at)?;
        self.leaf(text, node, kind, at, end);
        Ok(State::After(node))
    }

    /// Takes a value without its inside.
    fn leaf(&mut self, text: &str, node: u16, kind: Kind, start: usize, end: usize) {
        if matches!(kind, Kind::Plain | Kind::Escaped) && self.is_kept(node) {
            self.fresh.push(Fresh { place: self.tokens.len(), hash: Hash::default() });
        }
        self.push(node, kind, start, end);
        if self.flaw.is_none() {
            let flaw = self.unfit(text.get(start..end).unwrap_or_default(), node, kind);
            self.flaw = flaw.map(|flaw| (self.tokens.len().saturating_sub(1), flaw));
        }
    }

    fn push(&mut self, node: u16, kind: Kind, start: usize, end: usize) {
        let duty = match self.nodes.get(usize::from(node)) {
            Some(Node { value: None, .. }) | None => Duty::Nothing,
            Some(node) if kind == Kind::Close => {
                if node.needed == 0 {
                    Duty::Nothing
                } else {
                    Duty::Complete
                }
            }
            Some(Node { name: None, .. }) if kind == Kind::Open => Duty::Anew,
            Some(Node { name: None, .. }) => Duty::Nothing,
            Some(_) => Duty::Once,
        };
        self.tokens.push(Token { node, kind, duty, text: Text::EMPTY, start: start as u32, end: end as u32 });
    }

    /// Finds the token of each member, and the first one that comes twice or not at all.
    fn index(&mut self) {
        self.seen = 0;
        let name = |node: Option<&Node>| node.and_then(|node| node.name.clone()).unwrap_or_default();
        let until = self.flaw.as_ref().map_or(self.tokens.len(), |(place, _)| *place);
        for (place, token) in self.tokens.iter().enumerate().take(until) {
            let node = self.nodes.get(usize::from(token.node));
            match token.duty {
                Duty::Nothing => {}
                Duty::Once => {
                    let bit = bit(token.node);
                    if self.seen & bit != 0 {
                        self.flaw = Some((place, format!("duplicate field `{}`", name(node))));
                        return;
                    }
                    self.seen |= bit;
                    if let Some(known) = self.places.get_mut(usize::from(token.node)) {
                        *known = place as u32;
                    }
                }
                Duty::Anew => self.seen &= !node.map_or(0, |node| node.below),
                Duty::Complete => {
                    let missing = node.map_or(0, |node| node.needed) & !self.seen;
                    if missing != 0 {
                        let missing = self.nodes.get(missing.trailing_zeros() as usize);
                        self.flaw = Some((place, format!("missing field `{}`", name(missing))));
                        return;
                    }
                }
            }
        }
    }

    /// Why a value is not what it has to be.
    fn unfit(&self, token: &str, node: u16, kind: Kind) -> Option<String> {
        let node = self.nodes.get(usize::from(node))?;
        let wanted = node.value?;
        let around = self.nodes.get(usize::from(node.within)).and_then(|node| node.value);
        let is_null = token == "null";
        let in_list = around == Some(Value::List);
        if is_null && wanted != Value::Needed && !in_list {
            return None;
        }
        let expected = match (wanted, kind) {
            (Value::Any, _) | (Value::Text | Value::Needed | Value::Word | Value::Moment, Kind::Plain) => {
                return None;
            }
            (Value::Text | Value::Needed | Value::Detail | Value::Word | Value::Moment, Kind::Escaped) => {
                return serde_json::from_str::<String>(token).err().map(|error| export::reason(&error));
            }
            (Value::Detail, _) => return None,
            (Value::Flag, Kind::Bare) if token == "true" || token == "false" => return None,
            (Value::Whole(_), Kind::Bare) if token.parse::<u32>().is_ok() => return None,
            (Value::Whole(64), Kind::Bare) if token.parse::<u64>().is_ok() => return None,
            (Value::Moment, Kind::Bare) if !is_null && token != "true" && token != "false" => {
                return serde_json::from_str::<f64>(token).err().map(|error| export::reason(&error));
            }
            (Value::Text | Value::Needed | Value::Word, _) => "a string",
            (Value::Flag, _) => "a boolean",
            (Value::Whole(64), _) => "u64",
            (Value::Whole(_), _) => "u32",
            (Value::Moment, _) => "a timestamp",
            (Value::Object(expected), _) => expected,
            (Value::Tags, _) => "an object of tags",
            (Value::List | Value::Gaps, _) => "a sequence",
        };
        Some(mismatch(token, expected))
    }
}

/// What `serde_json` says of a value in a place where something else belongs.
pub(crate) fn mismatch(token: &str, expected: &str) -> String {
    let invalid = |found: &dyn fmt::Display| format!("invalid type: {found}, expected {expected}");
    match token.as_bytes().first() {
        Some(b'{') => invalid(&Unexpected::Map),
        Some(b'[') => invalid(&Unexpected::Seq),
        Some(b'n') => invalid(&"null"),
        Some(b't' | b'f') => invalid(&Unexpected::Bool(token == "true")),
        Some(b'"') => match serde_json::from_str::<String>(token) {
            Ok(text) => invalid(&Unexpected::Str(&text)),
            Err(error) => export::reason(&error),
        },
        _ => match serde_json::from_str::<Number>(token) {
            Ok(number) => {
                let found = match (number.as_u64(), number.as_i64(), number.as_f64()) {
                    (Some(number), ..) => Unexpected::Unsigned(number),
                    (_, Some(number), _) => Unexpected::Signed(number),
                    (.., number) => Unexpected::Float(number.unwrap_or_default()),
                };
                if matches!(expected, "u32" | "u64") && !matches!(found, Unexpected::Float(_)) {
                    format!("invalid value: {found}, expected {expected}")
                } else {
                    invalid(&found)
                }
            }
            Err(error) => export::reason(&error),
        },
    }
}

impl<'a> Element<'a> {
    /// Whether a member is there and is not `null`.
    pub(crate) fn has(&self, member: u16) -> bool {
        self.token(member).is_some()
    }

    fn token(&self, member: u16) -> Option<usize> {
        if self.seen & bit(member) == 0 {
            return None;
        }
        let place = *self.places.get(usize::from(member))? as usize;
        self.is_given(place).then_some(place)
    }

    fn is_given(&self, place: usize) -> bool {
        match self.tokens.get(place) {
            Some(Token { kind: Kind::Bare, start, .. }) => {
                self.text.as_bytes().get(*start as usize) != Some(&b'n')
            }
            token => token.is_some(),
        }
    }

    pub(crate) fn str(&self, member: u16) -> Option<Cow<'a, str>> {
        self.token(member).and_then(|place| self.str_at(place))
    }

    fn str_at(&self, place: usize) -> Option<Cow<'a, str>> {
        let token = self.tokens.get(place)?;
        match token.kind {
            Kind::Plain => {
                let end = (token.end as usize).saturating_sub(1);
                self.text.get((token.start as usize).saturating_add(1)..end).map(Cow::Borrowed)
            }
            Kind::Escaped => serde_json::from_str::<String>(self.raw_at(place)?).ok().map(Cow::Owned),
            _ => None,
        }
    }

    fn raw_at(&self, place: usize) -> Option<&'a str> {
        let token = self.tokens.get(place)?;
        self.text.get(token.start as usize..token.end as usize)
    }

    /// The handle of a text.
    pub(crate) fn text(&self, member: u16) -> Option<Text> {
        self.token(member).and_then(|place| self.tokens.get(place)).map(|token| token.text)
    }

    pub(crate) fn flag(&self, member: u16) -> Option<bool> {
        self.raw(member).map(|token| token == "true")
    }

    /// A whole number, if it is one and not too large.
    pub(crate) fn whole(&self, member: u16) -> Option<u64> {
        self.raw(member).and_then(|token| token.parse().ok())
    }

    /// A timestamp in any spelling, or the text that is none.
    pub(crate) fn moment(&self, member: u16) -> Option<Result<Instant, String>> {
        let place = self.token(member)?;
        if let Some(text) = self.str_at(place) {
            return Some(Instant::parse(&text).map_err(|error| error.0));
        }
        let seconds: f64 = serde_json::from_str(self.raw_at(place)?).ok()?;
        Some(Instant::from_epoch_seconds(seconds).ok_or_else(|| seconds.to_string()))
    }

    /// What is in a list or an object of tags.
    pub(crate) fn list(&self, member: u16) -> Option<Items> {
        let place = self.token(member)?;
        Some(Items { member, at: place.saturating_add(1) })
    }

    /// The next item. Names and values of tags are items by themselves.
    #[inline]
    pub(crate) fn next(&self, items: &mut Items) -> Option<Item> {
        let from = items.at;
        let token = self.tokens.get(from)?;
        if token.kind == Kind::Close && token.node == items.member {
            return None;
        }
        let is_end = |end: &Token| end.kind == Kind::Close && end.node == token.node;
        let rest = self.tokens.get(from..).unwrap_or_default();
        let length = match token.kind {
            Kind::Open => rest.iter().position(is_end)?.saturating_add(1),
            _ => 1,
        };
        items.at = from.saturating_add(length);
        Some(Item { from, to: items.at })
    }

    /// Where a member of an item is.
    #[inline]
    fn find(&self, item: Item, member: u16) -> Option<usize> {
        let tokens = self.tokens.get(item.from..item.to)?;
        let is_it = |token: &Token| token.node == member && token.kind != Kind::Close;
        let place = tokens.iter().position(is_it)?.saturating_add(item.from);
        self.is_given(place).then_some(place)
    }

    pub(crate) fn list_in(&self, item: Item, member: u16) -> Option<Items> {
        let place = self.find(item, member)?;
        Some(Items { member, at: place.saturating_add(1) })
    }

    pub(crate) fn str_in(&self, item: Item, member: u16) -> Option<Cow<'a, str>> {
        self.find(item, member).and_then(|place| self.str_at(place))
    }

    pub(crate) fn text_in(&self, item: Item, member: u16) -> Option<Text> {
        self.find(item, member).and_then(|place| self.tokens.get(place)).map(|token| token.text)
    }

    pub(crate) fn whole_in(&self, item: Item, member: u16) -> Option<u64> {
        self.find(item, member).and_then(|place| self.raw_at(place)).and_then(|token| token.parse().ok())
    }

    /// A value as it stands in the text.
    pub(crate) fn raw(&self, member: u16) -> Option<&'a str> {
        self.token(member).and_then(|place| self.raw_at(place))
    }
}

/// A walk through a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Items {
    member: u16,
    at: usize,
}

/// The tokens of an item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    from: usize,
    to: usize,
}

fn bit(node: u16) -> u64 {
    1_u64.checked_shl(u32::from(node)).unwrap_or(0)
}

/// Length of what two texts begin with alike.
#[inline]
fn common(a: &[u8], b: &[u8]) -> usize {
    let ((a8, _), (b8, _)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    let difference = |(x, y): (&[u8; 8], &[u8; 8])| u64::from_le_bytes(*x) ^ u64::from_le_bytes(*y);
    let found = a8.iter().zip(b8).position(|pair| difference(pair) != 0);
    let length = found.unwrap_or(a8.len().min(b8.len())).wrapping_mul(8);
    let (a, b) = (a.get(length..).unwrap_or_default(), b.get(length..).unwrap_or_default());
    match (a.first_chunk(), b.first_chunk()) {
        (Some(x), Some(y)) => length.wrapping_add((difference((x, y)).trailing_zeros() / 8) as usize),
        _ => length.wrapping_add(a.iter().zip(b).take_while(|(x, y)| x == y).count()),
    }
}

/// The next byte that is no white space, and where it is.
#[inline]
fn after_space(text: &[u8], mut at: usize) -> Result<(usize, u8), Stop> {
    loop {
        match *text.get(at).ok_or(Stop)? {
            b' ' | b'\n' | b'\r' | b'\t' => at = at.saturating_add(1),
            byte => return Ok((at, byte)),
        }
    }
}

/// Where the value behind a colon begins.
fn after_colon(text: &[u8], at: usize) -> Result<usize, Stop> {
    match after_space(text, at)? {
        (colon, b':') => Ok(after_space(text, colon.saturating_add(1))?.0),
        _ => Err(Stop),
    }
}

/// Where the string that begins here ends.
fn end_of_string(text: &str, at: usize) -> Result<(usize, Kind), Stop> {
    let bytes = text.as_bytes().get(at..).ok_or(Stop)?;
    let [b'"', inside @ ..] = bytes else { return Err(Stop) };
    if let Some(length) = plain(inside) {
        return Ok((at.saturating_add(length).saturating_add(2), Kind::Plain));
    }
    let end = at.saturating_add(Scan::default().end(bytes).ok_or(Stop)?);
    export::syntax(text.get(at..end).ok_or(Stop)?).map_err(|_| Stop)?;
    Ok((end, Kind::Escaped))
}

/// Where the value that begins here ends.
fn end_of_value(text: &str, at: usize) -> Result<(usize, Kind), Stop> {
    let bytes = text.as_bytes().get(at..).ok_or(Stop)?;
    let checked = |length: usize| {
        export::syntax(text.get(at..at.saturating_add(length)).ok_or(Stop)?).map_err(|_| Stop)?;
        Ok(length)
    };
    let (length, kind) = match bytes.first().ok_or(Stop)? {
        b'"' => return end_of_string(text, at),
        b'{' | b'[' => (checked(Scan::default().end(bytes).ok_or(Stop)?)?, Kind::Passed),
        b't' if bytes.starts_with(b"true") => (4, Kind::Bare),
        b'f' if bytes.starts_with(b"false") => (5, Kind::Bare),
        b'n' if bytes.starts_with(b"null") => (4, Kind::Bare),
        _ => {
            let belongs =
                |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'-' | b'+' | b'.' | b'e' | b'E');
            let length = bytes.iter().position(|byte| !belongs(byte)).ok_or(Stop)?;
            let is_simple = match bytes.get(..length) {
                Some([b'0']) => true,
                Some([b'1'..=b'9', digits @ ..]) => digits.iter().all(u8::is_ascii_digit),
                _ => false,
            };
            (if is_simple { length } else { checked(length)? }, Kind::Bare)
        }
    };
    Ok((at.saturating_add(length), kind))
}

/// Bytes before the closing quote, when none of them is an escape or a control character.
#[inline]
fn plain(text: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The lowest byte that is marked is rightly marked: a borrow only goes to higher ones.
    let is_zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes & HIGHS;
    let mut length: usize = 0;
    let mut rest = text;
    while let Some((eight, after)) = rest.split_first_chunk() {
        let bytes = u64::from_le_bytes(*eight);
        let quote = is_zero(bytes ^ (ONES * b'"' as u64));
        let escape = is_zero(bytes ^ (ONES * b'\\' as u64));
        let control = bytes.wrapping_sub(ONES * 0x20) & !bytes & HIGHS;
        let special = quote | escape | control;
        if special != 0 {
            let first = special & special.wrapping_neg();
            length = length.saturating_add((first.trailing_zeros() / 8) as usize);
            return (quote & first != 0).then_some(length);
        }
        length = length.saturating_add(8);
        rest = after;
    }
    let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20))?;
    (rest.get(end) == Some(&b'"')).then(|| length.saturating_add(end))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::element::image::*;

    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::Index;
    use proptest::sample::select;
    use serde_json::Value as Json;

    /// What a reader finds: the element's length, and each value that is asked for; or what is wrong.
    type Found = Option<(usize, Result<Vec<(u16, String)>, String>)>;

    fn found(reader: &mut Reader, text: &str) -> Found {
        let (length, element) = reader.read(text, &mut Texts::default())?;
        let wanted = |token: &&Token| usize::from(token.node) < MEMBERS.len();
        let shown = |token: &Token| (token.node, text[token.start as usize..token.end as usize].to_owned());
        Some((length, element.map(|element| element.tokens.iter().filter(wanted).map(shown).collect())))
    }

    fn value(json: &Json, path: &str) -> Option<String> {
        json.pointer(path).and_then(Json::as_str).map(str::to_owned)
    }

    /// Whole elements, and pieces that change one into another.
    const ELEMENTS: [&str; 8] = [
        r#"{}"#,
        r#"{"arn": "a", "state": {"status": "AVAILABLE"}, "tags": {"k": "v"}, "other": 1}"#,
        r#"{"arn":"ab","tags":{"k":"v","l":"w"},"state":{"status":"b"},"outputResources":{"amis":[{"image":"i"}]}}"#,
        r#"{"arn": "ä\"b", "outputResources": {"amis": [], "containers": [{"imageUris": ["u", "v"]}]}, "n": 80}"#,
        r#"{"outputResources": {"amis": [null, {"region": "r", "image": "i", "x": [1, {"y": "]"}]}]}, "n": 8}"#,
        r#"{"arn": null, "dateCreated": 12, "tags": {}, "other": [true, {"tags": "}"}], "last": false}"#,
        r#"{"dateCreated": "2026-09-09T19:12:18.677Z", "state": null, "arn": "a", "tags": {"k": null}}"#,
        r#"{"arn": "a", "imageRecipe": {"name": "n", "version": "1"}, "type": "AMI", "name": "x"}"#,
    ];
    const PIECES: [&str; 26] = [
        "\"",
        "\\",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "0",
        "-1",
        "1.5",
        "e3",
        "null",
        "true",
        "ä",
        "\u{1}",
        "\\u00e4",
        "\\ud800",
        "\"arn\": \"z\", ",
        "\"tags\": {\"m\": \"n\"}, ",
        "\"k\": 7",
        "}, {",
        "{}",
        "[]",
    ];

    /// Elements that were changed a little, one after the other.
    fn elements() -> impl Strategy<Value = Vec<String>> {
        let change = (any::<Index>(), 0..4_usize, select(PIECES.to_vec()));
        let element = (select(ELEMENTS.to_vec()), vec(change, 0..3)).prop_map(|(element, changes)| {
            let mut text = element.to_owned();
            for (at, length, piece) in changes {
                let places: Vec<usize> = text.char_indices().map(|(at, _)| at).chain([text.len()]).collect();
                let from = at.index(places.len());
                text.replace_range(places[from]..places[(from + length).min(places.len() - 1)], piece);
            }
            text
        });
        vec(element, 1..6)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_came_before_changes_nothing(elements in elements()) {
            let mut reader = Reader::new(MEMBERS);
            for text in elements {
                let text = text + ", {";
                let alone = found(&mut Reader::new(MEMBERS), &text);
                prop_assert_eq!(found(&mut reader, &text), alone, "{}", text);
            }
        }

        #[test]
        fn it_reads_what_serde_json_reads(elements in elements()) {
            let (mut reader, mut texts) = (Reader::new(MEMBERS), Texts::default());
            for text in elements {
                let mut values = serde_json::Deserializer::from_str(&text).into_iter::<serde::de::IgnoredAny>();
                let length = values.next().and_then(Result::ok).map(|_| values.byte_offset());
                let length = length.filter(|_| text.starts_with('{'));
                let read = reader.read(&text, &mut texts);
                prop_assert_eq!(read.as_ref().map(|(length, _)| *length), length, "{}", text);
                if let Some((length, Ok(element))) = read
                    && let Ok(json) = serde_json::from_str::<Json>(&text[..length])
                {
                    for (member, path) in [(ARN, "/arn"), (STATUS, "/state/status"), (TYPE, "/type"), (CREATED, "/dateCreated")] {
                        prop_assert_eq!(element.str(member).map(Cow::into_owned), value(&json, path), "{}", text);
                    }
                    let mut amis = element.list(AMIS);
                    let amis = std::iter::from_fn(|| amis.as_mut().and_then(|amis| element.next(amis)));
                    let amis: Vec<_> = amis.map(|ami| element.str_in(ami, AMI_ID).map(Cow::into_owned)).collect();
                    let list = json.pointer("/outputResources/amis").and_then(Json::as_array);
                    let list: Vec<_> = list.into_iter().flatten().map(|ami| value(ami, "/image")).collect();
                    prop_assert_eq!(amis, list, "{}", text);
                }
            }
        }
    }

    #[test]
    fn a_string_ends_at_its_quote_wherever_that_is() {
        for length in 0..40 {
            let inner = "x".repeat(length);
            assert_eq!(plain(format!("{inner}\" and more").as_bytes()), Some(length));
            for (bad, at) in ["\\", "\u{1f}", "\n"].iter().zip(0..=length) {
                let text = format!("{}{bad}{}\"", &inner[..at], &inner[at..]);
                assert_eq!(plain(text.as_bytes()), None, "{text:?}");
            }
        }
    }

    #[test]
    fn texts_are_alike_up_to_the_first_byte_that_differs() {
        let text = "0123456789abcdefghijklmnopq";
        for length in 0..text.len() {
            for at in 0..length {
                let other = text[..at].to_owned() + "~" + &text[at + 1..length];
                assert_eq!(common(text.as_bytes(), other.as_bytes()), at);
                assert_eq!(common(other.as_bytes(), &text.as_bytes()[..length]), at);
            }
            assert_eq!(common(text.as_bytes(), &text.as_bytes()[..length]), length);
        }
    }
}
