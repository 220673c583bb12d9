//! Identifiers: arbitrary to look at, and the same for the same seed and number.

use siphasher::sip128::Hasher128;
use siphasher::sip128::SipHasher24;
use std::hash::Hasher;

/// 128 bits that follow from a seed, a purpose and some bytes.
pub(crate) fn hash(seed: u64, purpose: &str, bytes: &[u8]) -> u128 {
    let mut hasher = SipHasher24::new_with_keys(seed, 0);
    hasher.write(purpose.as_bytes());
    // No purpose holds it, so that purpose and bytes cannot be mistaken for each other.
    hasher.write(&[0]);
    hasher.write(bytes);
    hasher.finish128().as_u128()
}

/// A UUID of version 4, as far as can be seen.
pub(crate) fn uuid(seed: u64, purpose: &str, number: u64) -> String {
    let bits = hash(seed, purpose, &number.to_le_bytes());
    let bits = bits & !(0xf << 76) & !(0x3 << 62) | 0x4 << 76 | 0x2 << 62;
    let digits = format!("{bits:032x}");
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_follow_from_seed_purpose_and_number() {
        let ids = [uuid(1, "a", 1), uuid(1, "a", 2), uuid(1, "b", 1), uuid(2, "a", 1)];
        for (at, id) in ids.iter().enumerate() {
            assert!(ids.iter().skip(at + 1).all(|other| other != id), "{ids:?}");
            assert_eq!(id.len(), 36);
            assert_eq!(id.as_bytes()[14], b'4', "{id}");
            assert!(b"89ab".contains(&id.as_bytes()[19]), "{id}");
        }
        assert_eq!(uuid(1, "a", 1), ids[0]);
    }
}
