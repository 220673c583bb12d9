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
    /// Where the rows of each key stand in `rows` and `values`.
    keys: HashMap<Text, (usize, usize)>,
    /// INVARIANT: ascending within a key.
    rows: Vec<u32>,
    /// INVARIANT: parallel to `rows`.
    values: Vec<Text>,
}

impl TagIndex {
    /// `of_rows` names the tag set of each row.
    pub(crate) fn new(sets: &TagSets, of_rows: &[TagSetId]) -> Self {
        let mut keys: HashMap<Text, (usize, usize)> = HashMap::new();
        let tags = || {
            of_rows
                .iter()
                .zip(0_u32..)
                .flat_map(|(&set, row)| sets.get(set).iter().map(move |&(key, value)| (row, key, value)))
        };
        for (_, key, _) in tags() {
            let (_, count) = keys.entry(key).or_default();
            *count = count.saturating_add(1);
        }
        let mut length: usize = 0;
        for (start, end) in keys.values_mut() {
            let count = *end;
            (*start, *end) = (length, length);
            length = length.saturating_add(count);
        }
        let (mut rows, mut values) = (vec![0; length], vec![Text::EMPTY; length]);
        for (row, key, value) in tags() {
            let Some((_, end)) = keys.get_mut(&key) else { continue };
            if let (Some(row_there), Some(value_there)) = (rows.get_mut(*end), values.get_mut(*end)) {
                (*row_there, *value_there) = (row, value);
            }
            *end = end.saturating_add(1);
        }
        Self { keys, rows, values }
    }

    /// Rows that carry a tag, in ascending order.
    pub fn carriers(&self, key: Text, value: Text) -> impl Iterator<Item = usize> {
        let (start, end) = self.keys.get(&key).copied().unwrap_or_default();
        let rows = self.rows.get(start..end).unwrap_or_default();
        let values = self.values.get(start..end).unwrap_or_default();
        rows.iter().zip(values).filter(move |&(_, &known)| known == value).map(|(&row, _)| row as usize)
    }
}
