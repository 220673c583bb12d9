//! Strings stored once.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;
use hashbrown::HashTable;

/// Handle of a string in [`Texts`]: equal handles are equal strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text(u32);

/// Every distinct string of an inventory, once, in one buffer.
#[derive(Debug, Clone)]
pub struct Texts {
    bytes: String,
    /// INVARIANT: `ends[i - 1]..ends[i]` is the range of string `i` in `bytes`.
    ends: Vec<u32>,
    /// Strings by their hash, which stays beside them: a table that grows reads no string, and strings are
    /// compared only where all 32 bits agree.
    index: HashTable<(u32, u32)>,
    hasher: DefaultHashBuilder,
    full: bool,
}

impl Default for Texts {
    fn default() -> Self {
        let mut texts = Self {
            bytes: String::new(),
            ends: Vec::new(),
            index: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            full: false,
        };
        texts.intern("");
        texts
    }
}

impl Text {
    /// The empty string, which every [`Texts`] holds first.
    pub const EMPTY: Self = Self(0);

    /// Different strings have different ones, counting up from 0.
    pub(crate) fn number(self) -> u32 {
        self.0
    }
}

impl Texts {
    /// Whether a string was left out because there was no room.
    pub(crate) fn is_full(&self) -> bool {
        self.full
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Forgets all strings but the first.
    pub(crate) fn truncate(&mut self, length: usize) {
        self.index.retain(|(_, id)| (*id as usize) < length);
        self.ends.truncate(length);
        self.bytes.truncate(self.ends.last().map_or(0, |&end| end as usize));
        self.full = false;
    }

    pub fn get(&self, text: Text) -> &str {
        slice(&self.bytes, &self.ends, text.0)
    }

    /// The handle of a string, if the inventory holds it at all.
    pub fn find(&self, value: &str) -> Option<Text> {
        let short = self.short(value);
        let found = self.index.find(spread(short), |entry| self.is(entry, short, value));
        found.map(|&(_, id)| Text(id))
    }

    /// The handle of a string, stored if it is new. When four gigabytes are full it is the empty string
    /// instead, and [`Texts::is_full`] says so.
    pub(crate) fn intern(&mut self, value: &str) -> Text {
        let short = self.short(value);
        if let Some(&(_, id)) = self.index.find(spread(short), |entry| self.is(entry, short, value)) {
            return Text(id);
        }
        let end = self.bytes.len().checked_add(value.len()).and_then(|end| u32::try_from(end).ok());
        let (Ok(id), Some(end)) = (u32::try_from(self.ends.len()), end) else {
            self.full = true;
            return Text::EMPTY;
        };
        self.bytes.push_str(value);
        self.ends.push(end);
        self.index.insert_unique(spread(short), (short, id), |&(short, _)| spread(short));
        Text(id)
    }

    fn short(&self, value: &str) -> u32 {
        self.hasher.hash_one(value) as u32
    }

    fn is(&self, entry: &(u32, u32), short: u32, value: &str) -> bool {
        entry.0 == short && slice(&self.bytes, &self.ends, entry.1) == value
    }
}

/// A table looks at the highest bits of a hash and at the lowest.
fn spread(short: u32) -> u64 {
    u64::from(short).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

fn slice<'a>(bytes: &'a str, ends: &[u32], id: u32) -> &'a str {
    let start = id.checked_sub(1).and_then(|i| ends.get(i as usize)).copied().unwrap_or(0);
    let end = ends.get(id as usize).copied().unwrap_or(start);
    bytes.get(start as usize..end as usize).unwrap_or("")
}
