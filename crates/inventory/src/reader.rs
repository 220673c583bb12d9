//! A quick reader of elements that look alike.
//!
//! AWS prints every element of a list alike: the same members in the same order with the same white space, and
//! many of the same values. So an element is not taken apart byte by byte. What stands between two values that
//! vary is one stretch of text, names and brackets and values that hardly vary among it. The reader remembers
//! each stretch that it met, and what followed it, with the tokens that are in it: an edge from one value to the
//! next. Where the text goes on like a known edge, its tokens are taken as they are, and the value behind it is
//! read. Anywhere else JSON is read as usual, and an edge is learned.
//!
//! INVARIANT: the tokens are those that reading from the beginning would find. What a stretch means depends on
//! its bytes and on the value that it follows, since a value's node says what is open around it. An edge ends
//! where a value begins, so that nothing in it can go on.
//!
//! Only what is well-formed is read. At a mistake or at the end of the text the reader gives up without a word;
//! `serde_json` then says what is wrong.

use std::borrow::Cow;
use std::fmt;

use serde::de::Unexpected;
use serde_json::Number;
use wide::u8x16;

use crate::export;
use crate::instant::Instant;
use crate::scan::Scan;
use crate::scan::begins_with;
use crate::scan::same;
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
    edges: Vec<Edge>,
    /// The texts of all edges, and their tokens, whose places count from where their edge begins.
    literals: Vec<u8>,
    learned: Vec<Token>,
    /// The edge that the last element began with.
    first: u32,
    /// The element that is being read.
    tokens: Vec<Token>,
    /// Where the token of each member is; only for members that were seen.
    places: [u32; MOST_MEMBERS],
    /// Members that the element has, one bit each.
    seen: u64,
    /// The first value that is not what it has to be.
    flaw: Option<String>,
    /// Tokens of texts that are kept and whose handles are not known.
    fresh: Vec<Fresh>,
}

const MOST_MEMBERS: usize = 64;
/// Members that nobody asks for are told apart, so that what is learned of one is not taken for another; not
/// without end.
const MOST_NODES: usize = 1000;
/// What is learned of a kind of elements, and of what follows one value.
const MOST_EDGES: usize = 4000;
const MOST_CHOICES: u32 = if cfg!(test) { 4 } else { 64 };
const MOST_LITERAL: usize = 16 * 1024;
/// The values of a member, and the names of tags, that are taken for part of the structure.
const MOST_VALUES: usize = if cfg!(test) { 1 } else { 6 };
const MOST_NAMES: usize = if cfg!(test) { 2 } else { 16 };
/// The longest value that is.
const MOST_FIXED: usize = 256;
const ROOT: u16 = 0;
/// Behind the end of the element.
const END: u16 = u16::MAX;
const NONE: u32 = u32::MAX;

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
    /// The name of a tag.
    is_name: bool,
    /// Values that were met, as long as they are few enough to be part of the structure.
    fixed: Vec<Box<str>>,
    varies: bool,
    /// The newest of the edges that begin behind this value, and how many there are.
    edge: u32,
    edges: u32,
}

/// A stretch of text that was met behind some value, up to the next value that varies.
#[derive(Debug, Clone, Copy)]
struct Edge {
    /// Ranges of `literals` and `learned`.
    literal: (u32, u32),
    tokens: (u32, u32),
    /// Members that are met, and members that are forgotten before or after.
    met: u64,
    forgotten: u64,
    /// Members that may not have been met before, and those that have to. Where that is not so, something is wrong.
    unmet: u64,
    needed: u64,
    /// The value that comes next.
    to: Slot,
    /// The next of the edges that begin behind the same value.
    sibling: u32,
    /// The edge that followed behind the next value when this one was met last.
    follower: u32,
    /// What the next value was, if it is a text that is kept.
    text: Text,
}

/// A place in which there may be any value.
#[derive(Debug, Clone, Copy)]
struct Slot {
    node: u16,
    /// Somebody asks for it.
    is_wanted: bool,
    is_kept: bool,
    /// It may be any string.
    is_free: bool,
    is_name: bool,
    duty: Duty,
}

/// A value of an element, or one end of it. Values that nobody asks for have none.
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
    Open,
    Close,
    /// A string without escapes.
    Plain,
    Escaped,
    /// A number or a word.
    Bare,
    /// Something in brackets whose inside nobody asks for.
    Passed,
}

/// A text whose handle is looked for.
#[derive(Debug)]
struct Fresh {
    place: usize,
    /// The edge before it.
    edge: u32,
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
            edges: Vec::new(),
            literals: Vec::new(),
            learned: Vec::new(),
            first: NONE,
            tokens: Vec::new(),
            places: [0; MOST_MEMBERS],
            seen: 0,
            flaw: None,
            fresh: Vec::new(),
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
        let is_name =
            around.is_some_and(|around| around.value == Some(Value::Tags) && around.children.is_empty());
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
        let (children, next, below, needed, fixed) = Default::default();
        let (varies, edge, edges) = (false, NONE, 0);
        self.nodes.push(Node {
            within,
            name,
            value,
            children,
            next,
            below,
            needed,
            is_name,
            fixed,
            varies,
            edge,
            edges,
        });
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
        (self.flaw, self.seen) = (None, 0);
        let length = self.follow(text, texts).ok()?;
        if let Some(flaw) = self.flaw.take() {
            return Some((length, Err(flaw.chars().take(200).collect())));
        }
        self.intern(text, texts);
        Some((length, Ok(Element { text, tokens: &self.tokens, places: &self.places, seen: self.seen })))
    }

    /// Reads the object that the text begins with; its length.
    fn follow(&mut self, text: &str, texts: &mut Texts) -> Result<usize, Stop> {
        let bytes = text.as_bytes();
        let (mut at, mut node, mut before, mut guess) = (0, ROOT, NONE, self.first);
        loop {
            let (next, edge);
            match self.find(bytes.get(at..).ok_or(Stop)?, node, guess) {
                Some((found, length)) => {
                    next = self.repeat(found, at as u32)?;
                    at = at.wrapping_add(length);
                    edge = found;
                }
                None => (next, at, edge) = self.learn(text, at, node, texts)?,
            }
            if edge != guess {
                match self.edges.get_mut(before as usize) {
                    Some(before) => before.follower = edge,
                    None if node == ROOT => self.first = edge,
                    None => {}
                }
            }
            if next.node == END {
                return Ok(at);
            }
            let inside = bytes.get(at..).and_then(|rest| rest.strip_prefix(b"\""));
            let end = match inside.and_then(plain) {
                Some(length) if next.is_free || !next.is_wanted => {
                    let end = at.wrapping_add(length).wrapping_add(2);
                    if next.is_wanted {
                        self.plain(next, edge, at as u32, end as u32);
                    }
                    end
                }
                _ => self.other(text, at, next, edge)?,
            };
            (at, node, before) = (end, next.node, edge);
            guess = self.edges.get(edge as usize).map_or(NONE, |edge| edge.follower);
        }
    }

    /// Takes a string without escapes where one belongs.
    #[inline]
    fn plain(&mut self, slot: Slot, edge: u32, start: u32, end: u32) {
        let place = self.tokens.len();
        if slot.is_kept {
            self.fresh.push(Fresh { place, edge, hash: Hash::default() });
        }
        let (node, duty, kind, text) = (slot.node, slot.duty, Kind::Plain, Text::EMPTY);
        let token = Token { node, kind, duty, text, start, end };
        if duty == Duty::Once {
            if self.seen & bit(node) != 0 {
                account(&self.nodes, &token, &mut self.seen, &mut self.flaw);
            }
            self.seen |= bit(node);
            self.found(node, place);
        }
        self.tokens.push(token);
    }

    /// Reads any other value where a varying one stands; its end.
    fn other(&mut self, text: &str, at: usize, slot: Slot, edge: u32) -> Result<usize, Stop> {
        let (end, kind) = if slot.is_name { end_of_string(text, at)? } else { end_of_value(text, at)? };
        if slot.is_wanted {
            if slot.is_kept && matches!(kind, Kind::Plain | Kind::Escaped) {
                self.fresh.push(Fresh { place: self.tokens.len(), edge, hash: Hash::default() });
            }
            self.leaf(text, slot.node, kind, at, end);
        }
        Ok(end)
    }

    #[inline]
    fn found(&mut self, member: u16, place: usize) {
        if let Some(known) = self.places.get_mut(usize::from(member)) {
            *known = place as u32;
        }
    }

    /// The edge behind a value that the rest of the text begins with, and its length.
    #[inline]
    fn find(&self, rest: &[u8], node: u16, guess: u32) -> Option<(u32, usize)> {
        let begins = |edge: &Edge| {
            let literal = self.literals.get(edge.literal.0 as usize..edge.literal.1 as usize)?;
            // A value is to come, and no space, and no end of a list.
            let is_whole = edge.to.node == END
                || !matches!(
                    rest.get(literal.len()),
                    None | Some(b' ' | b'\n' | b'\r' | b'\t' | b']' | b'}')
                );
            (begins_with(rest, literal) && is_whole).then_some(literal.len())
        };
        if let Some(edge) = self.edges.get(guess as usize)
            && let Some(length) = begins(edge)
        {
            return Some((guess, length));
        }
        let mut at = self.nodes.get(usize::from(node))?.edge;
        while let Some(edge) = self.edges.get(at as usize) {
            if at != guess
                && let Some(length) = begins(edge)
            {
                return Some((at, length));
            }
            at = edge.sibling;
        }
        None
    }

    /// Takes the tokens of an edge.
    #[inline]
    fn repeat(&mut self, edge: u32, at: u32) -> Result<Slot, Stop> {
        let edge = self.edges.get(edge as usize).ok_or(Stop)?;
        let learned = self.learned.get(edge.tokens.0 as usize..edge.tokens.1 as usize).ok_or(Stop)?;
        if self.seen & edge.unmet != 0 || self.seen & edge.needed != edge.needed {
            for token in learned {
                account(&self.nodes, token, &mut self.seen, &mut self.flaw);
            }
        }
        self.seen = self.seen & !edge.forgotten | edge.met;
        let first = self.tokens.len();
        self.tokens.extend(learned.iter().map(|token| Token {
            start: token.start.wrapping_add(at),
            end: token.end.wrapping_add(at),
            ..*token
        }));
        for (place, token) in (first as u32..).zip(learned) {
            if token.duty == Duty::Once
                && let Some(known) = self.places.get_mut(usize::from(token.node))
            {
                *known = place;
            }
        }
        Ok(edge.to)
    }

    /// Reads JSON from behind a value up to the next one that varies, or to the end of the element, and
    /// remembers it. The node of that value, where it begins, and what was learned.
    #[cold]
    fn learn(
        &mut self,
        text: &str,
        from: usize,
        node: u16,
        texts: &mut Texts,
    ) -> Result<(Slot, usize, u32), Stop> {
        let bytes = text.as_bytes();
        let first = self.tokens.len();
        let (mut at, mut state) = (from, State::After(node));
        if node == ROOT {
            if bytes.first() != Some(&b'{') {
                return Err(Stop);
            }
            self.push(ROOT, Kind::Open, 0, 1);
            (at, state) = (1, State::Inside(ROOT));
        }
        let to = loop {
            let (place, byte) = match state {
                State::After(ROOT) => break END,
                _ => after_space(bytes, at)?,
            };
            let (node, place) = match state {
                State::After(name) if self.get(name)?.is_name => {
                    let value = *self.get(self.get(name)?.within)?.children.last().ok_or(Stop)?;
                    (value, after_colon(bytes, place)?)
                }
                State::Inside(node) | State::After(node) => {
                    let is_first = matches!(state, State::Inside(_));
                    let around = if is_first { node } else { self.get(node)?.within };
                    let value = self.get(around)?.value;
                    let is_list = matches!(value, Some(Value::List | Value::Gaps));
                    if byte == if is_list { b']' } else { b'}' } {
                        at = place.saturating_add(1);
                        self.push(around, Kind::Close, place, at);
                        state = State::After(around);
                        continue;
                    }
                    let place = match (is_first, byte) {
                        (true, _) => place,
                        (false, b',') => after_space(bytes, place.saturating_add(1))?.0,
                        _ => return Err(Stop),
                    };
                    if is_list || value == Some(Value::Tags) {
                        (*self.get(around)?.children.first().ok_or(Stop)?, place)
                    } else {
                        let (node, end) = self.name(text, place, around)?;
                        (node, after_colon(bytes, end)?)
                    }
                }
            };
            let Node { value, is_name, .. } = *self.get(node)?;
            let opens = match value {
                Some(Value::Object(_) | Value::Tags) => Some(&b'{'),
                Some(Value::List | Value::Gaps) => Some(&b'['),
                _ => None,
            };
            if opens.is_some() && bytes.get(place) == opens {
                at = place.saturating_add(1);
                self.push(node, Kind::Open, place, at);
                state = State::Inside(node);
                continue;
            }
            let (end, kind) = if is_name { end_of_string(text, place)? } else { end_of_value(text, place)? };
            // INVARIANT: something that may be opened is never one that varies, or the text before it would be
            // taken for its own edge where it is opened.
            if opens.is_none() && self.varies(node, text.get(place..end).ok_or(Stop)?) {
                at = place;
                break node;
            }
            if let Some(wanted) = value {
                self.leaf(text, node, kind, place, end);
                if is_kept(wanted)
                    && matches!(kind, Kind::Plain | Kind::Escaped)
                    && let Some(token) = self.tokens.last_mut()
                {
                    token.text = texts.intern(&string(text, token).unwrap_or_default());
                }
            }
            (at, state) = (end, State::After(node));
        };
        let literal = bytes.get(from..at).unwrap_or_default();
        let to = self.slot(to);
        let edge = self.remember(literal, first, from as u32, node, to);
        Ok((to, at, edge))
    }

    fn slot(&self, node: u16) -> Slot {
        let known = self.nodes.get(usize::from(node));
        let value = known.and_then(|node| node.value);
        let free = |value| is_kept(value) || matches!(value, Value::Word | Value::Moment | Value::Any);
        let is_named = known.is_some_and(|node| node.name.is_some());
        Slot {
            node,
            is_wanted: value.is_some(),
            is_kept: value.is_some_and(is_kept),
            is_free: value.is_some_and(free),
            is_name: known.is_some_and(|node| node.is_name),
            duty: if value.is_some() && is_named { Duty::Once } else { Duty::Nothing },
        }
    }

    /// Adds an edge with the tokens from the first on, if there is room and nothing is wrong with them.
    fn remember(&mut self, literal: &[u8], first: usize, from: u32, node: u16, to: Slot) -> u32 {
        let id = self.edges.len();
        let (mut met, mut forgotten, mut unmet, mut needed) = (0, 0, 0, 0);
        for token in self.tokens.get(first..).unwrap_or_default() {
            let node = self.nodes.get(usize::from(token.node));
            match token.duty {
                Duty::Nothing => {}
                Duty::Once => {
                    met |= bit(token.node);
                    unmet |= bit(token.node) & !forgotten;
                }
                Duty::Anew => {
                    let below = node.map_or(0, |node| node.below);
                    met &= !below;
                    forgotten |= below;
                }
                Duty::Complete => needed |= node.map_or(0, |node| node.needed) & !met,
            }
        }
        let is_full = id == MOST_EDGES || literal.len() > MOST_LITERAL;
        let Some(node) = self.nodes.get_mut(usize::from(node)) else { return NONE };
        if self.flaw.is_some() || is_full || node.edges == MOST_CHOICES {
            return NONE;
        }
        let start = (self.literals.len() as u32, self.learned.len() as u32);
        self.literals.extend_from_slice(literal);
        let tokens = self.tokens.get(first..).unwrap_or_default().iter();
        self.learned.extend(tokens.map(|token| Token {
            start: token.start.wrapping_sub(from),
            end: token.end.wrapping_sub(from),
            ..*token
        }));
        let sibling = std::mem::replace(&mut node.edge, id as u32);
        node.edges = node.edges.saturating_add(1);
        self.edges.push(Edge {
            literal: (start.0, self.literals.len() as u32),
            tokens: (start.1, self.learned.len() as u32),
            met,
            forgotten,
            unmet,
            needed,
            to,
            sibling,
            follower: NONE,
            text: Text::EMPTY,
        });
        id as u32
    }

    /// Whether a member has, or had, too many values for one of them to be expected.
    fn varies(&mut self, node: u16, value: &str) -> bool {
        let Some(node) = self.nodes.get_mut(usize::from(node)) else { return true };
        if node.varies || node.fixed.iter().any(|known| **known == *value) {
            return node.varies;
        }
        let most = if node.is_name || node.value == Some(Value::Needed) { MOST_NAMES } else { MOST_VALUES };
        node.varies = node.fixed.len() == most || value.len() > MOST_FIXED;
        if node.varies {
            node.fixed = Vec::new();
        } else {
            node.fixed.push(value.into());
        }
        node.varies
    }

    /// Finds the handles of new texts. Most of the time of that is spent waiting for memory, so all are asked for
    /// before the first is used.
    fn intern(&mut self, text: &str, texts: &mut Texts) {
        for fresh in &mut self.fresh {
            let Some(token) = self.tokens.get_mut(fresh.place) else { continue };
            let last = self.edges.get(fresh.edge as usize).map_or(Text::EMPTY, |edge| edge.text);
            let inside = inside(text, token);
            if token.kind == Kind::Plain && same(texts.bytes(last), inside.as_bytes()) {
                token.text = last;
                fresh.place = usize::MAX;
            } else {
                fresh.hash = texts.hash(inside);
            }
        }
        for fresh in &mut self.fresh {
            texts.prepare(&mut fresh.hash);
        }
        for fresh in &self.fresh {
            let Some(token) = self.tokens.get_mut(fresh.place) else { continue };
            token.text = match token.kind {
                Kind::Plain => texts.intern_hashed(inside(text, token), fresh.hash),
                _ => texts.intern(&string(text, token).unwrap_or_default()),
            };
            if let Some(edge) = self.edges.get_mut(fresh.edge as usize) {
                edge.text = token.text;
            }
        }
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
                self.flaw.get_or_insert_with(|| export::reason(&error));
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

    /// Takes a value without its inside.
    #[inline]
    fn leaf(&mut self, text: &str, node: u16, kind: Kind, start: usize, end: usize) {
        if self.flaw.is_none() {
            self.flaw = self.unfit(text.get(start..end).unwrap_or_default(), node, kind);
        }
        self.push(node, kind, start, end);
    }

    #[inline]
    fn push(&mut self, node: u16, kind: Kind, start: usize, end: usize) {
        let duty = match self.nodes.get(usize::from(node)) {
            Some(Node { value: None, .. }) | None => Duty::Nothing,
            Some(Node { needed: 0, .. }) if kind == Kind::Close => Duty::Nothing,
            Some(_) if kind == Kind::Close => Duty::Complete,
            Some(Node { name: None, .. }) if kind == Kind::Open => Duty::Anew,
            Some(Node { name: None, .. }) => Duty::Nothing,
            Some(_) => Duty::Once,
        };
        let token = Token { node, kind, duty, text: Text::EMPTY, start: start as u32, end: end as u32 };
        account(&self.nodes, &token, &mut self.seen, &mut self.flaw);
        if duty == Duty::Once
            && let Some(known) = self.places.get_mut(usize::from(node))
        {
            *known = self.tokens.len() as u32;
        }
        self.tokens.push(token);
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
        self.tokens.get(place).and_then(|token| string(self.text, token))
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

/// Does what a token says of its element: it may come twice, or end without something that has to be there.
fn account(nodes: &[Node], token: &Token, seen: &mut u64, flaw: &mut Option<String>) {
    let node = nodes.get(usize::from(token.node));
    let name = |node: Option<&Node>| node.and_then(|node| node.name.clone()).unwrap_or_default();
    match token.duty {
        Duty::Nothing => {}
        Duty::Once => {
            let bit = bit(token.node);
            if *seen & bit != 0 {
                flaw.get_or_insert_with(|| format!("duplicate field `{}`", name(node)));
            }
            *seen |= bit;
        }
        Duty::Anew => *seen &= !node.map_or(0, |node| node.below),
        Duty::Complete => {
            let missing = node.map_or(0, |node| node.needed) & !*seen;
            if missing != 0 {
                let missing = nodes.get(missing.trailing_zeros() as usize);
                flaw.get_or_insert_with(|| format!("missing field `{}`", name(missing)));
            }
        }
    }
}

/// Whether a text in such a place is kept.
fn is_kept(value: Value) -> bool {
    matches!(value, Value::Text | Value::Needed | Value::Detail)
}

/// What is between the quotes of a string.
fn inside<'a>(text: &'a str, token: &Token) -> &'a str {
    let end = (token.end as usize).saturating_sub(1);
    text.get((token.start as usize).saturating_add(1)..end).unwrap_or_default()
}

/// A string's text.
fn string<'a>(text: &'a str, token: &Token) -> Option<Cow<'a, str>> {
    match token.kind {
        Kind::Plain => Some(Cow::Borrowed(inside(text, token))),
        Kind::Escaped => serde_json::from_str::<String>(text.get(token.start as usize..token.end as usize)?)
            .ok()
            .map(Cow::Owned),
        _ => None,
    }
}

fn bit(node: u16) -> u64 {
    1_u64.checked_shl(u32::from(node)).unwrap_or(0)
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
    let mut length: usize = 0;
    let mut rest = text;
    while let Some((bytes, after)) = rest.split_first_chunk() {
        let bytes = u8x16::new(*bytes);
        let control = bytes.min(u8x16::splat(0x1f)).simd_eq(bytes);
        let quote = bytes.simd_eq(u8x16::splat(b'"'));
        let special = (quote | control | bytes.simd_eq(u8x16::splat(b'\\'))).to_bitmask();
        if special != 0 {
            let first = special.trailing_zeros();
            let is_quote = quote.to_bitmask() >> first & 1 == 1;
            return is_quote.then(|| length.wrapping_add(first as usize));
        }
        length = length.wrapping_add(16);
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

    /// What a reader finds: the element's length, and each value that is asked for, as it stands there and as it is
    /// kept; or what is wrong.
    type Found = Option<(usize, Result<Vec<(u16, String, String)>, String>)>;

    fn found(reader: &mut Reader, texts: &mut Texts, text: &str) -> Found {
        let (length, element) = reader.read(text, texts)?;
        let wanted = |token: &&Token| usize::from(token.node) < MEMBERS.len();
        let shown = |token: &Token| {
            let raw = text[token.start as usize..token.end as usize].to_owned();
            (token.node, raw, texts.get(token.text).to_owned())
        };
        Some((length, element.map(|element| element.tokens.iter().filter(wanted).map(shown).collect())))
    }

    fn value(json: &Json, path: &str) -> Option<String> {
        json.pointer(path).and_then(Json::as_str).map(str::to_owned)
    }

    /// Whole elements, and pieces that change one into another.
    const ELEMENTS: [&str; 12] = [
        r#"{}"#,
        r#"{"arn": "a", "state": {"status": "AVAILABLE"}, "tags": {"k": "v"}, "other": 1}"#,
        r#"{"arn":"ab","tags":{"k":"v","l":"w"},"state":{"status":"b"},"outputResources":{"amis":[{"image":"i"}]}}"#,
        r#"{"arn": "ä\"b", "outputResources": {"amis": [], "containers": [{"imageUris": ["u", "v"]}]}, "n": 80}"#,
        r#"{"outputResources": {"amis": [null, {"region": "r", "image": "i", "x": [1, {"y": "]"}]}]}, "n": 8}"#,
        r#"{"arn": null, "dateCreated": 12, "tags": {}, "other": [true, {"tags": "}"}], "last": false}"#,
        r#"{"dateCreated": "2026-09-09T19:12:18.677Z", "state": null, "arn": "a", "tags": {"k": null}}"#,
        r#"{"arn": "a", "imageRecipe": {"name": "n", "version": "1"}, "type": "AMI", "name": "x"}"#,
        r#"{"arn": "c", "tags": {"m": "x", "l": "y"}, "outputResources": {"containers": [{"imageUris": ["w"]}]}}"#,
        r#"{"arn": "d", "tags": {}, "outputResources": {"containers": [{"imageUris": []}]}}"#,
        r#"{"arn": "e", "tags": {"n": "z"}, "outputResources": {"containers": [{"imageUris": ["x", "y"]}]}}"#,
        r#"{"arn": "f", "tags": { "k": "z"}, "outputResources": {"containers": [{"imageUris": [ "z"]}]}}"#,
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
        vec(element, 1..10)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 20_000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn what_came_before_changes_nothing(elements in elements()) {
            let (mut reader, mut texts) = (Reader::new(MEMBERS), Texts::default());
            for text in elements {
                let text = text + ", {";
                let alone = found(&mut Reader::new(MEMBERS), &mut Texts::default(), &text);
                prop_assert_eq!(found(&mut reader, &mut texts, &text), alone, "{}", text);
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
                    prop_assert_eq!(element.text(ARN).map(|arn| texts.get(arn).to_owned()), value(&json, "/arn"), "{}", text);
                    let mut tags = element.list(TAGS);
                    let tags = std::iter::from_fn(|| {
                        let (key, of) = (element.next(tags.as_mut()?)?, element.next(tags.as_mut()?)?);
                        let [key, of] = [element.text_in(key, TAG_KEY), element.text_in(of, TAG_VALUE)];
                        Some((texts.get(key?).to_owned(), of.map(|of| texts.get(of).to_owned())))
                    });
                    let tags: std::collections::BTreeMap<_, _> = tags.collect();
                    let object = json.pointer("/tags").and_then(Json::as_object);
                    let object = object.into_iter().flatten().map(|(key, of)| (key.clone(), of.as_str().map(str::to_owned)));
                    prop_assert_eq!(tags, object.collect::<std::collections::BTreeMap<_, _>>(), "{}", text);
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
}
