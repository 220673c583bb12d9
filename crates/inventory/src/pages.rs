//! The pages of lists that were loaded, and which lists go on after them.
//!
//! Every list ends with a page that has no token. A token does not say which page it leads to, so a page that is
//! missing between others cannot be seen; that the last one is missing can:
//!
//! - Images say in their ARNs of which Region and account their list is. A single page without a token there is the
//!   end of the one list that there is, so that all pages before it may come in any order, and pages of other Regions
//!   and accounts end nothing.
//! - Several pages without a token end several lists, of pipelines for instance. Which of the other pages belong to
//!   which list nothing tells but the order: a list is cut off when no list ends after its page.
//! - The order has to tell as well where elements do not name their Region, as AMIs, and where a page has none.

use crate::columns::CutOff;
use crate::sort;

/// The list whose elements have ARNs.
const IMAGES: &str = "imageSummaryList";
/// Images of Amazon are in the lists of every account.
const AMAZON: &str = "aws";
/// Only forged exports are of more Regions and accounts; what is beyond counts as not named.
const MOST_HOMES: usize = 1000;

#[derive(Debug, Clone, Default)]
pub(crate) struct Pages {
    loaded: Vec<Page>,
    /// What ARNs of images begin with, as far as a Region and an account.
    homes: Vec<String>,
    /// Those of the document that is being read.
    current: Vec<usize>,
}

#[derive(Debug, Clone)]
struct Page {
    source: String,
    list: &'static str,
    homes: Vec<usize>,
    goes_on: bool,
}

/// The pages of one list in one Region and account, or of those that name none, by their numbers.
struct Group {
    list: &'static str,
    home: Option<usize>,
    ends: usize,
    last_end: Option<usize>,
    last_open: Option<usize>,
}

impl Pages {
    /// An export begins: how many pages there are so far.
    pub(crate) fn begin(&mut self) -> usize {
        self.current.clear();
        self.loaded.len()
    }

    /// Takes back the pages that came after so many.
    pub(crate) fn truncate(&mut self, pages: usize) {
        self.loaded.truncate(pages);
    }

    /// An image with this ARN is in the document that is being read.
    #[inline]
    pub(crate) fn meet(&mut self, arn: &str) {
        // Neighbours are mostly of one account.
        let last = self.current.last().and_then(|&home| self.homes.get(home));
        if !last.is_some_and(|home| arn.starts_with(home.as_str())) {
            self.meet_other(arn);
        }
    }

    fn meet_other(&mut self, arn: &str) {
        let Some((before, _)) = arn.split_once(":image/") else { return };
        let Some(home) = arn.get(..before.len().saturating_add(1)) else { return };
        if before.rsplit(':').next() == Some(AMAZON) {
            return;
        }
        let known = self.homes.iter().position(|known| known == home);
        let at = known.unwrap_or(self.homes.len());
        if known.is_none() {
            if at == MOST_HOMES {
                return;
            }
            self.homes.push(home.to_owned());
        }
        // The last one is the one to compare with.
        self.current.retain(|&other| other != at);
        self.current.push(at);
    }

    /// A document ends, and is a page if it holds a list.
    pub(crate) fn end(&mut self, list: Option<&'static str>, source: &str, goes_on: bool) {
        let homes = std::mem::take(&mut self.current);
        if let Some(list) = list {
            let homes = if list == IMAGES { homes } else { Vec::new() };
            self.loaded.push(Page { source: source.to_owned(), list, homes, goes_on });
        }
    }

    /// The lists that go on, in the order of their last pages.
    pub(crate) fn cut_off(&self) -> Vec<CutOff> {
        let groups = self.groups();
        let open = |group: &Group| {
            let last = group.last_open.filter(|_| group.home.is_none() || group.ends != 1)?;
            let may_be_same = |other: &&Group| {
                let homes = [group.home, other.home];
                other.list == group.list && (group.home == other.home || homes.contains(&None))
            };
            let end = groups.iter().filter(may_be_same).filter_map(|other| other.last_end).max();
            (end < Some(last)).then_some(last)
        };
        let open = sort::distinct(groups.iter().filter_map(open));
        let pages = open.into_iter().filter_map(|page| self.loaded.get(page));
        pages.map(|page| CutOff { source: page.source.clone(), list: page.list }).collect()
    }

    fn groups(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = Vec::new();
        for (number, page) in self.loaded.iter().enumerate() {
            let unnamed = page.homes.is_empty().then_some(None);
            for home in page.homes.iter().copied().map(Some).chain(unnamed) {
                let known = groups.iter().position(|group| group.list == page.list && group.home == home);
                let known = known.unwrap_or_else(|| {
                    groups.push(Group { list: page.list, home, ends: 0, last_end: None, last_open: None });
                    groups.len().saturating_sub(1)
                });
                let Some(group) = groups.get_mut(known) else { continue };
                if page.goes_on {
                    group.last_open = Some(number);
                } else {
                    group.ends = group.ends.saturating_add(1);
                    group.last_end = Some(number);
                }
            }
        }
        groups
    }
}
