//! Words that the messages of several checks are made of.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use afterimage_inventory::AmiId;
use afterimage_inventory::Group;
use afterimage_inventory::ImageType;
use afterimage_inventory::TagSetId;
use afterimage_inventory::sort;
use afterimage_policy::RecipeSelector;
use afterimage_policy::Tag;

use crate::checks::survey::Survey;
use crate::selected::image_type;

/// More examples than this help nobody.
const EXAMPLES: usize = 3;

/// `1 image`, `2 images`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The first few of some names, and how many more there are.
pub(crate) fn listed<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    let mut names = names.into_iter();
    let mut words: Vec<String> = names.by_ref().take(EXAMPLES).map(|name| quoted(name.as_ref())).collect();
    match (names.count(), words.pop()) {
        (_, None) => String::new(),
        (0, Some(last)) if words.is_empty() => last,
        (0, Some(last)) => format!("{} and {last}", words.join(", ")),
        (more, Some(last)) => {
            words.push(last);
            format!("{} and {more} more", words.join(", "))
        }
    }
}

pub(super) fn tag(tag: &Tag) -> String {
    quoted(&format!("{}={}", tag.key, tag.value))
}

/// Somebody's words in a message: one line, and not endless.
pub(crate) fn quoted(text: &str) -> String {
    const MOST: usize = 80;
    let mut shown: String = text.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

/// The version as a policy writes it.
pub(super) fn version(selector: &RecipeSelector) -> String {
    selector.version.each_ref().map(|node| node.as_deref().unwrap_or("x")).join(".")
}

impl<'a> Survey<'a> {
    /// What follows the word image where the exports have images of another type, which a policy never selects.
    pub(super) fn of_its_type(&self) -> &'static str {
        let wanted = image_type(self.policy);
        match wanted {
            _ if self.inventory.images.image_type.iter().all(|its| *its == wanted) => "",
            ImageType::Ami => " of type AMI",
            ImageType::Docker => " of type DOCKER",
        }
    }

    /// The recipe version that a group is.
    pub(super) fn named(&self, group: &Group) -> String {
        format!("{} {}", self.inventory.text(group.recipe_name), self.inventory.text(group.version))
    }

    /// Some AMI in scope, for the reader to try a command on.
    pub(super) fn an_ami(&self) -> &'a str {
        let AmiId(row) = self.amis.first.unwrap_or(AmiId(0));
        self.inventory.amis.id.get(row as usize).map_or("AMI", |&id| self.inventory.text(id))
    }

    /// What the exports have where a tag is not found: other values of its key, or other keys.
    pub(super) fn instead_of(&self, tag: &Tag, sets: &[bool]) -> String {
        let tags = || {
            let used = sets.iter().enumerate().filter(|(_, used)| **used);
            used.flat_map(|(set, _)| self.inventory.tag_sets.get(TagSetId(set as u32)))
                .map(|&(key, value)| (self.inventory.text(key), self.inventory.text(value)))
        };
        let values = meant(&tag.value, tags().filter(|(key, _)| *key == tag.key).map(|(_, value)| value));
        if !values.is_empty() {
            return format!("check the spelling; the values of {} are {}", quoted(&tag.key), listed(values));
        }
        let keys = meant(&tag.key, tags().map(|(key, _)| key));
        if keys.is_empty() {
            return "check the exports; those in them have no tags".to_owned();
        }
        format!("check the spelling; the keys are {}", listed(keys))
    }
}

/// Each of some names once: first what is most likely meant by a name that is none of them, then the most frequent.
pub(crate) fn meant<'a>(written: &str, names: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names {
        let count = counts.entry(name).or_default();
        *count = count.saturating_add(1);
    }
    let rank = |(name, count): (&'a str, usize)| {
        let far = if name.eq_ignore_ascii_case(written) { 0 } else { slips(written, name) };
        (far, Reverse(count), name)
    };
    let mut ranked: Vec<_> = counts.into_iter().map(rank).collect();
    sort::sort(&mut ranked);
    ranked.into_iter().map(|(.., name)| name).collect()
}

/// How many letters are to be put in, left out or replaced, of either case, for one name to become the other; three
/// slips are another name, and so is half of a short one.
fn slips(written: &str, name: &str) -> usize {
    const MOST: usize = 3;
    let letters = |text: &str| text.chars().map(|letter| letter.to_ascii_lowercase()).collect::<Vec<char>>();
    // One that is much longer is not looked at further than tells so.
    let near = |text: &str| text.len() <= written.len().saturating_add(4 * MOST);
    if !near(name) || written.len() > 256 {
        return MOST;
    }
    let (from, to) = (letters(written), letters(name));
    if from.len().abs_diff(to.len()) >= MOST {
        return MOST;
    }
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (at, letter) in from.iter().enumerate() {
        let mut next = vec![at.saturating_add(1)];
        for ((other, &left_out), &replaced) in to.iter().zip(row.iter().skip(1)).zip(&row) {
            let put_in = next.last().copied().unwrap_or_default().saturating_add(1);
            let replaced = replaced.saturating_add(usize::from(letter != other));
            next.push(put_in.min(left_out.saturating_add(1)).min(replaced));
        }
        row = next;
    }
    let slips = row.last().copied().unwrap_or_default();
    if slips.saturating_mul(2) >= from.len().max(1) { MOST } else { slips.clamp(1, MOST) }
}
