//! Which rows carry a tag.

use hashbrown::HashMap;

use crate::columns::TagSetId;
use crate::columns::TagSets;
use crate::rows::TURN;
use crate::text::Text;

/// The tags of all images, or of all AMIs, key by key.
///
/// Image Builder tags each AMI with the ARN of its image, so nearly every AMI has a set of tags of its own. Who
/// carries one tag is seen in the values of its key alone, however many other tags there are.
#[derive(Debug, Clone, Default)]
pub struct TagIndex {
    /// Positions in `carriers`.
    keys: HashMap<Text, usize>,
    carriers: Vec<Carriers>,
}

/// Who carries a tag with one key.
#[derive(Debug, Clone, Default)]
struct Carriers {
    /// INVARIANT: ascending.
    rows: Vec<u32>,
    /// INVARIANT: parallel to `rows`.
    values: Vec<Text>,
}

impl TagIndex {
    /// `of_rows` names the tag set of each row.
    pub(crate) fn new(sets: &TagSets, of_rows: &[TagSetId]) -> Self {
        let mut index = Self::default();
        // The keys of the last set and where they are: most rows have the same.
        let mut last: Vec<(Text, usize)> = Vec::new();
        let mut first = 0_u32;
        for sets_of_rows in of_rows.chunks(TURN) {
            index.add(sets, sets_of_rows, first, &mut last);
            first = first.saturating_add(sets_of_rows.len() as u32);
        }
        index
    }

    #[inline(never)]
    fn add(&mut self, sets: &TagSets, of_rows: &[TagSetId], first: u32, last: &mut Vec<(Text, usize)>) {
        let of_rows: Vec<_> = of_rows.iter().map(|&set| sets.get(set)).collect();
        for (set, row) in of_rows.into_iter().zip(first..) {
            for (place, &(key, value)) in set.iter().enumerate() {
                let at = match last.get(place) {
                    Some(&(known, at)) if known == key => at,
                    _ => {
                        let at = self.at(key);
                        last.truncate(place);
                        last.push((key, at));
                        at
                    }
                };
                if let Some(carriers) = self.carriers.get_mut(at) {
                    carriers.rows.push(row);
                    carriers.values.push(value);
                }
            }
        }
    }

    fn at(&mut self, key: Text) -> usize {
        let next = self.carriers.len();
        let at = *self.keys.entry(key).or_insert(next);
        if at == next {
            self.carriers.push(Carriers::default());
        }
        at
    }

    /// Rows that carry a tag, in ascending order.
    pub fn carriers(&self, key: Text, value: Text) -> impl Iterator<Item = usize> {
        let carriers = self.keys.get(&key).and_then(|&at| self.carriers.get(at));
        let pairs = carriers.into_iter().flat_map(|of_key| of_key.rows.iter().zip(&of_key.values));
        pairs.filter(move |&(_, &known)| known == value).map(|(&row, _)| row as usize)
    }
}
