//! Pages of lists, and the tokens that lead from one to the next.
//!
//! A token holds the key of the last item that was given, so that what comes and goes before it moves nothing.
//! It is good for one list, asked for in the same words, and carries a checksum.

use std::ops::Bound;

use crate::error::ApiError;
use crate::error::Code;
use crate::ids;
use crate::input::Input;
use crate::input::canonical;

const USUAL: usize = 25;
/// Items that are looked at for one page, as far as they do not pass its filters.
const MOST_LOOKED_AT: usize = 10_000;
const CHECKSUM: usize = 8;
const SCOPE: usize = 16;

/// Which part of a list is asked for.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    seed: u64,
    scope: [u8; SCOPE],
    size: usize,
    /// Key of the last item of the page before.
    pub(crate) after: Option<String>,
}

impl Page {
    /// Reads `maxResults` and `nextToken` of a valid request.
    pub(crate) fn read(seed: u64, operation: &str, input: &Input<'_>) -> Result<Self, ApiError> {
        let size = input.integer("maxResults").and_then(|size| usize::try_from(size).ok()).unwrap_or(USUAL);
        let asked = canonical(input.body, &["maxResults", "nextToken"]);
        let scope = ids::hash(seed, operation, asked.as_bytes()).to_le_bytes();
        let mut page = Self { seed, scope, size, after: None };
        if let Some(token) = input.text("nextToken") {
            let key = page.key(token).ok_or_else(|| {
                let message = "`nextToken` is not a token that this list gave for this request";
                ApiError::new(Code::InvalidPaginationToken, message)
            })?;
            page.after = Some(key);
        }
        Ok(page)
    }

    /// What comes after the page before, in a list that is ordered by its keys.
    pub(crate) fn range(&self) -> (Bound<&str>, Bound<&str>) {
        (self.after.as_deref().map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded)
    }

    /// The items of the page, and the token of the next one if there is any. `items` begin after the key.
    pub(crate) fn take<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        key: impl Fn(&T) -> String,
    ) -> (Vec<T>, Option<String>) {
        let mut items = items.into_iter();
        let page: Vec<T> = items.by_ref().take(self.size).collect();
        let more = items.next().is_some();
        let token = page.last().filter(|_| more).map(|last| self.token(&key(last)));
        (page, token)
    }

    /// Like [`Page::take`], of a list that is too long to be looked through for one page: of many items that do
    /// not pass, a page shows fewer than it has room for, and goes on where it ended.
    pub(crate) fn take_some<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        passes: impl Fn(&T) -> bool,
        key: impl Fn(&T) -> String,
    ) -> (Vec<T>, Option<String>) {
        let mut page: Vec<T> = Vec::new();
        for (looked_at, item) in items.into_iter().enumerate() {
            let passes = passes(&item);
            if passes && page.len() >= self.size {
                let token = page.last().map(|last| self.token(&key(last)));
                return (page, token);
            }
            let token = (looked_at >= MOST_LOOKED_AT).then(|| self.token(&key(&item)));
            if passes {
                page.push(item);
            }
            if token.is_some() {
                return (page, token);
            }
        }
        (page, None)
    }

    fn token(&self, key: &str) -> String {
        let mut bytes = self.scope.to_vec();
        bytes.extend(key.as_bytes());
        bytes.extend(self.checksum(&bytes));
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn key(&self, token: &str) -> Option<String> {
        let digits = token.as_bytes();
        let digit = |byte: u8| match byte {
            b'0'..=b'9' => Some(byte.wrapping_sub(b'0')),
            b'a'..=b'f' => Some(byte.wrapping_sub(b'a').wrapping_add(10)),
            _ => None,
        };
        let byte = |pair: &[u8]| match *pair {
            [high, low] => Some(digit(high)? << 4 | digit(low)?),
            _ => None,
        };
        let bytes: Vec<u8> = digits.chunks(2).map(byte).collect::<Option<_>>()?;
        let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
        let key = content.strip_prefix(&self.scope)?;
        (checksum == self.checksum(content)).then(|| String::from_utf8(key.to_vec()).ok())?
    }

    fn checksum(&self, bytes: &[u8]) -> [u8; CHECKSUM] {
        (ids::hash(self.seed, "page token", bytes) as u64).to_le_bytes()
    }
}

#[cfg(test)]
mod tests {
    use afterimage_policy::json::Json;

    use super::*;

    fn page(operation: &str, body: &str) -> Result<Page, ApiError> {
        let body = Json::parse(body).unwrap();
        Page::read(7, operation, &Input::of(&body))
    }

    #[test]
    fn a_token_leads_on_in_its_own_list_only() {
        let first = page("List", r#"{"filters": [], "maxResults": 2}"#).unwrap();
        let (items, token) = first.take(["a", "ä", "c"], |key| (*key).to_owned());
        let token = token.unwrap();
        assert_eq!(items, ["a", "ä"]);
        let next = |operation: &str, rest: &str| {
            page(operation, &format!(r#"{{"nextToken": "{token}", {rest}}}"#)).map(|page| page.after)
        };
        assert_eq!(next("List", r#""filters": [], "maxResults": 99"#), Ok(Some("ä".to_owned())));
        for (operation, rest) in [("Other", r#""filters": []"#), ("List", r#""filters": [1]"#)] {
            assert_eq!(next(operation, rest).unwrap_err().code, Code::InvalidPaginationToken);
        }
    }

    #[test]
    fn the_last_page_has_no_token() {
        let page = page("List", r#"{"maxResults": 3}"#).unwrap();
        assert_eq!(page.take([1, 2, 3], i32::to_string), (vec![1, 2, 3], None));
        assert_eq!(page.take([], i32::to_string), (vec![], None));
    }

    #[test]
    fn a_page_looks_at_so_many_items_only() {
        let all = 0..25_000;
        let passes = |item: &usize| item % 9_000 == 8_999;
        let (mut found, mut pages, mut after) = (Vec::new(), 0, None);
        loop {
            let mut page = page("List", r#"{"maxResults": 100}"#).unwrap();
            page.after = after;
            let start = page.after.as_deref().map_or(0, |key| key.parse::<usize>().unwrap() + 1);
            let (items, token) = page.take_some(all.clone().skip(start), passes, usize::to_string);
            found.extend(items);
            pages += 1;
            let Some(token) = token else { break };
            after = page.key(&token);
        }
        assert_eq!((found, pages), (vec![8_999, 17_999], 3));
        // A page that is full knows whether there is more.
        let page = page("List", r#"{"maxResults": 1}"#).unwrap();
        assert_eq!(page.take_some(0..9_001, passes, usize::to_string), (vec![8_999], None));
        let (items, token) = page.take_some([8_999, 3, 17_999], passes, usize::to_string);
        assert_eq!((items, page.key(&token.unwrap())), (vec![8_999], Some("8999".to_owned())));
    }

    #[test]
    fn every_changed_digit_of_a_token_is_noticed() {
        let page = page("List", r#"{"maxResults": 1}"#).unwrap();
        let token = page.take(["key", "next"], |key| (*key).to_owned()).1.unwrap();
        assert_eq!(page.key(&token), Some("key".to_owned()));
        for at in 0..token.len() {
            let mut changed = token.clone();
            let digit = if &token[at..=at] == "0" { "1" } else { "0" };
            changed.replace_range(at..=at, digit);
            assert_eq!(page.key(&changed), None);
            assert_eq!(page.key(&token[..at]), None);
        }
        for token in ["", "zz", "AB", "é"] {
            assert_eq!(page.key(token), None);
        }
    }
}
