//! Requests that are repeated with their `clientToken`.

use std::collections::HashMap;
use std::collections::VecDeque;

use afterimage_inventory::Instant;

use crate::answer::Answer;

/// How long a token is remembered: AWS says at least a day for EC2, to which Image Builder refers.
const LIFE: i64 = Instant::DAY;
/// How many are remembered at most, oldest forgotten first, so that a clock that stands still costs no memory.
const MOST: usize = 10_000;

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answered {
    pub(crate) at: Instant,
    /// Operation and parameters.
    pub(crate) request: u128,
    pub(crate) answer: Answer,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct Idempotency {
    by_token: HashMap<String, Answered>,
    /// INVARIANT: the tokens of `by_token`, oldest first.
    order: VecDeque<String>,
}

impl Idempotency {
    /// What was answered to a token that is still remembered.
    pub(crate) fn find(&self, token: &str, now: Instant) -> Option<&Answered> {
        self.by_token.get(token).filter(|answered| now.0.saturating_sub(answered.at.0) < LIFE)
    }

    pub(crate) fn add(&mut self, token: &str, answered: Answered) {
        self.forget(answered.at);
        if self.by_token.insert(token.to_owned(), answered).is_none() {
            self.order.push_back(token.to_owned());
        }
    }

    /// Forgets what is too old, and what there is no room for.
    fn forget(&mut self, now: Instant) {
        while let Some(oldest) = self.order.front() {
            if self.order.len() < MOST && self.find(oldest, now).is_some() {
                break;
            }
            if let Some(oldest) = self.order.pop_front() {
                self.by_token.remove(&oldest);
            }
        }
    }

    /// Tokens and what was answered, oldest first.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &Answered)> {
        self.order.iter().filter_map(|token| Some((token.as_str(), self.by_token.get(token)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(at: i64) -> Answered {
        Answered { at: Instant(at), request: 0, answer: Answer(String::new()) }
    }

    #[test]
    fn a_token_is_forgotten_after_a_day() {
        let mut known = Idempotency::default();
        known.add("a", answered(0));
        assert!(known.find("a", Instant(LIFE - 1)).is_some());
        assert!(known.find("a", Instant(LIFE)).is_none());
        known.add("b", answered(LIFE));
        assert_eq!(known.iter().map(|(token, _)| token).collect::<Vec<_>>(), ["b"]);
    }

    #[test]
    fn there_is_room_for_so_many_tokens_only() {
        let mut known = Idempotency::default();
        for token in 0..MOST + 5 {
            known.add(&token.to_string(), answered(0));
        }
        assert_eq!((known.by_token.len(), known.order.len()), (MOST, MOST));
        assert!(known.find("4", Instant(0)).is_none() && known.find("5", Instant(0)).is_some());
    }
}
