//! Strings stored once.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use crate::scan::same;

/// Handle of a string in [`Texts`]: equal handles are equal strings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text(u32);

/// Every distinct string of an inventory, once, in one buffer.
#[derive(Debug, Clone)]
pub struct Texts {
    bytes: String,
    /// INVARIANT: `ends[i - 1]..ends[i]` is the range of string `i` in `bytes`.
    ends: Vec<u32>,
    /// Where each string is, by its hash: a power of two of slots, at most three of four full, and a string in the
    /// first free one from where its hash points to. Nearly every look at a large table waits for memory; here
    /// it is one look for nearly every string. The hash stays beside the string: a table that grows reads no
    /// string, and strings are compared only where all 32 bits agree.
    index: Vec<Slot>,
    /// Eight bits beside each slot, one for each string whose hash points there: where that of a hash is not set, its
    /// string is new. Many are, and these bits mostly stay in the processor's cache, where the table does not.
    sketch: Vec<u8>,
    /// New strings, which get their slots together: so the processor waits for all those slots at once.
    pending: Vec<Slot>,
    hasher: DefaultHashBuilder,
    full: bool,
}

/// New strings that wait for their slots.
const MOST_PENDING: usize = 64;

/// A string in the table.
#[derive(Debug, Clone, Copy)]
struct Slot {
    hash: u32,
    id: u32,
}

/// The hash of a string, and what stands in the first slot that it points to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hash {
    hash: u32,
    may_hold: bool,
    first: Slot,
}

impl Default for Hash {
    fn default() -> Self {
        Self { hash: 0, may_hold: false, first: Slot::FREE }
    }
}

impl Slot {
    const FREE: Self = Self { hash: 0, id: u32::MAX };
}

impl Default for Texts {
    fn default() -> Self {
        let mut texts = Self {
            bytes: String::new(),
            ends: Vec::new(),
            index: vec![Slot::FREE; 16],
            sketch: vec![0; 16],
            pending: Vec::new(),
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

    /// The handle of such a number.
    pub(crate) fn from_number(number: u32) -> Self {
        Self(number)
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
        self.settle();
        let kept = std::mem::take(&mut self.index);
        self.index = vec![Slot::FREE; kept.len()];
        self.sketch = vec![0; kept.len()];
        for slot in kept.into_iter().filter(|slot| (slot.id as usize) < length) {
            self.insert(slot);
        }
        self.ends.truncate(length);
        self.bytes.truncate(self.ends.last().map_or(0, |&end| end as usize));
        self.full = false;
    }

    /// Makes room for so many times as many strings as have come since there were `length`.
    pub(crate) fn expect(&mut self, length: usize, more: f64) {
        let strings = self.ends.len().saturating_sub(length) as f64 * more;
        let start = length.checked_sub(1).and_then(|last| self.ends.get(last)).map_or(0, |&end| end as usize);
        let bytes = self.bytes.len().saturating_sub(start) as f64 * more;
        // Where there is not so much memory it may still be enough.
        let _ = self.ends.try_reserve_exact(strings as usize);
        let _ = self.bytes.try_reserve_exact(bytes as usize);
        self.make_room(self.ends.len().saturating_add(strings as usize));
    }

    pub fn get(&self, text: Text) -> &str {
        slice(&self.bytes, &self.ends, text.0)
    }

    #[inline]
    pub(crate) fn bytes(&self, text: Text) -> &[u8] {
        slice_of_bytes(&self.bytes, &self.ends, text.0)
    }

    /// The handle of a string, if the inventory holds it at all.
    pub fn find(&self, value: &str) -> Option<Text> {
        self.look(value, self.hash_of(value))
    }

    /// The handle of a string, stored if it is new. When four gigabytes are full it is the empty string
    /// instead, and [`Texts::is_full`] says so.
    pub(crate) fn intern(&mut self, value: &str) -> Text {
        let hash = self.hash_of(value);
        self.look(value, hash).unwrap_or_else(|| self.insert_new(value, hash))
    }

    /// The first half of [`Texts::intern`]. That of several strings at once takes hardly longer than that of one.
    #[inline]
    pub(crate) fn hash(&self, value: &str) -> Hash {
        let hash = self.hash_of(value);
        Hash { hash, may_hold: self.may_hold(hash), first: Slot::FREE }
    }

    /// What comes between the halves, for all strings.
    #[inline]
    pub(crate) fn prepare(&self, hash: &mut Hash) {
        if hash.may_hold
            && let Some(first) = self.slots(hash.hash).next().and_then(|at| self.index.get(at))
        {
            hash.first = *first;
        }
    }

    /// The second half.
    #[inline]
    pub(crate) fn intern_hashed(&mut self, value: &str, Hash { hash, first, .. }: Hash) -> Text {
        if first.id != Slot::FREE.id
            && first.hash == hash
            && same(self.bytes(Text(first.id)), value.as_bytes())
        {
            return Text(first.id);
        }
        self.look(value, hash).unwrap_or_else(|| self.insert_new(value, hash))
    }

    fn insert_new(&mut self, value: &str, hash: u32) -> Text {
        let end = self.bytes.len().checked_add(value.len()).and_then(|end| u32::try_from(end).ok());
        let id = u32::try_from(self.ends.len()).ok().filter(|&id| id != Slot::FREE.id);
        let (Some(id), Some(end)) = (id, end) else {
            self.full = true;
            return Text::EMPTY;
        };
        self.bytes.push_str(value);
        self.ends.push(end);
        self.mark(hash);
        self.pending.push(Slot { hash, id });
        if self.pending.len() == MOST_PENDING {
            self.settle();
        }
        Text(id)
    }

    /// Gives new strings their slots.
    fn settle(&mut self) {
        self.make_room(self.ends.len());
        let first = |slot: &Slot| {
            self.slots(slot.hash).next().and_then(|at| self.index.get(at)).map_or(0, |slot| slot.id)
        };
        std::hint::black_box(self.pending.iter().map(first).fold(0, u32::wrapping_add));
        for at in 0..self.pending.len() {
            if let Some(&slot) = self.pending.get(at) {
                self.insert(slot);
            }
        }
        self.pending.clear();
    }

    /// Whether there may be a string with this hash.
    #[inline]
    fn may_hold(&self, hash: u32) -> bool {
        let bits = self.slots(hash).next().and_then(|at| self.sketch.get(at)).copied().unwrap_or_default();
        bits >> (hash >> 29) & 1 == 1
    }

    #[inline]
    fn mark(&mut self, hash: u32) {
        if let Some(bits) = self.slots(hash).next().and_then(|at| self.sketch.get_mut(at)) {
            *bits |= 1 << (hash >> 29);
        }
    }

    /// Has slots for so many strings.
    fn make_room(&mut self, strings: usize) {
        if strings / 3 < self.index.len() / 4 {
            return;
        }
        let count = strings.saturating_mul(4).div_euclid(3).saturating_add(4).next_power_of_two();
        self.sketch = vec![0; count];
        for slot in std::mem::replace(&mut self.index, vec![Slot::FREE; count]) {
            if slot.id != Slot::FREE.id {
                self.insert(slot);
            }
        }
        for at in 0..self.pending.len() {
            if let Some(&Slot { hash, .. }) = self.pending.get(at) {
                self.mark(hash);
            }
        }
    }

    fn hash_of(&self, value: &str) -> u32 {
        self.hasher.hash_one(value) as u32
    }

    /// Slots from where a hash points to.
    #[inline]
    fn slots(&self, hash: u32) -> impl Iterator<Item = usize> + use<> {
        let mask = self.index.len().wrapping_sub(1);
        (hash as usize..).map(move |at| at & mask)
    }

    #[inline]
    fn look(&self, value: &str, hash: u32) -> Option<Text> {
        if !self.may_hold(hash) {
            return None;
        }
        for at in self.slots(hash) {
            let slot = self.index.get(at)?;
            if slot.id == Slot::FREE.id {
                break;
            }
            if slot.hash == hash && same(self.bytes(Text(slot.id)), value.as_bytes()) {
                return Some(Text(slot.id));
            }
        }
        let is_it = |slot: &&Slot| slot.hash == hash && same(self.bytes(Text(slot.id)), value.as_bytes());
        self.pending.iter().find(is_it).map(|slot| Text(slot.id))
    }

    fn insert(&mut self, slot: Slot) {
        self.mark(slot.hash);
        for at in self.slots(slot.hash) {
            match self.index.get_mut(at) {
                Some(free) if free.id == Slot::FREE.id => return *free = slot,
                Some(_) => {}
                None => return,
            }
        }
    }
}

#[inline]
fn range(ends: &[u32], id: u32) -> std::ops::Range<usize> {
    let start = id.checked_sub(1).and_then(|i| ends.get(i as usize)).copied().unwrap_or(0);
    let end = ends.get(id as usize).copied().unwrap_or(start);
    start as usize..end as usize
}

fn slice<'a>(bytes: &'a str, ends: &[u32], id: u32) -> &'a str {
    bytes.get(range(ends, id)).unwrap_or("")
}

/// The same, without a look at where characters begin.
#[inline]
fn slice_of_bytes<'a>(bytes: &'a str, ends: &[u32], id: u32) -> &'a [u8] {
    bytes.as_bytes().get(range(ends, id)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_string_has_one_handle_from_its_first_look_on() {
        let mut texts = Texts::default();
        let names: Vec<String> = (0..1_000).map(|number| format!("snap-{number:08x}")).collect();
        let mut handles = Vec::new();
        for (at, name) in names.iter().enumerate() {
            assert_eq!(texts.find(name), None);
            let handle = texts.intern(name);
            // Before it has a slot, and after others got theirs.
            assert_eq!((texts.intern(name), texts.find(name)), (handle, Some(handle)));
            let mut hash = texts.hash(&names[at / 2]);
            texts.prepare(&mut hash);
            handles.push(handle);
            assert_eq!(texts.intern_hashed(&names[at / 2], hash), handles[at / 2]);
        }
        assert_eq!(texts.len(), names.len() + 1);
        // Two strings that were asked for together, and are the same.
        let hashes = ["new", "new"].map(|name| texts.hash(name));
        let [one, other] = hashes.map(|hash| texts.intern_hashed("new", hash));
        assert_eq!(one, other);
        texts.truncate(501);
        let found = names.iter().map(|name| texts.find(name));
        assert!(found.eq(handles.iter().enumerate().map(|(at, &handle)| (at < 500).then_some(handle))));
        assert_eq!(
            handles.iter().take(500).map(|&handle| texts.get(handle)).collect::<Vec<_>>(),
            names[..500]
        );
    }
}
