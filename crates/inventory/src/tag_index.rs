//! Which rows carry a tag.

use hashbrown::HashMap;

use crate::columns::TagSetId;
use crate::columns::TagSets;
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
        for (&set, row) in of_rows.iter().zip(0_u32..) {
            for (place, &(key, value)) in sets.get(set).iter().enumerate() {
                let at = match last.get(place) {
                    Some(&(known, at)) if known == key => at,
                    _ => {
                        let at = index.at(key);
                        last.truncate(place);
                        last.push((key, at));
                        at
                    }
                };
                if let Some(carriers) = index.carriers.get_mut(at) {
                    carriers.rows.push(row);
                    carriers.values.push(value);
                }
            }
        }
        index
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
