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
    index: HashTable<u32>,
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
        self.index.retain(|id| (*id as usize) < length);
        self.ends.truncate(length);
        self.bytes.truncate(self.ends.last().map_or(0, |&end| end as usize));
        self.full = false;
    }

    pub fn get(&self, text: Text) -> &str {
        slice(&self.bytes, &self.ends, text.0)
    }

    /// The handle of a string, if the inventory holds it at all.
    pub fn find(&self, value: &str) -> Option<Text> {
        let hash = self.hasher.hash_one(value);
        self.index.find(hash, |&i| slice(&self.bytes, &self.ends, i) == value).map(|&i| Text(i))
    }

    /// The handle of a string, stored if it is new. When four gigabytes are full it is the empty string
    /// instead, and [`Texts::is_full`] says so.
    pub(crate) fn intern(&mut self, value: &str) -> Text {
        if let Some(text) = self.find(value) {
            return text;
        }
        let end = self.bytes.len().checked_add(value.len()).and_then(|end| u32::try_from(end).ok());
        let (Ok(id), Some(end)) = (u32::try_from(self.ends.len()), end) else {
            self.full = true;
            return Text::EMPTY;
        };
        self.bytes.push_str(value);
        self.ends.push(end);
        let Self { bytes, ends, index, hasher, .. } = self;
        index.insert_unique(hasher.hash_one(value), id, |&i| hasher.hash_one(slice(bytes, ends, i)));
        Text(id)
    }
}

fn slice<'a>(bytes: &'a str, ends: &[u32], id: u32) -> &'a str {
    let start = id.checked_sub(1).and_then(|i| ends.get(i as usize)).copied().unwrap_or(0);
    let end = ends.get(id as usize).copied().unwrap_or(start);
    bytes.get(start as usize..end as usize).unwrap_or("")
}
