//! Where a JSON value ends, without reading what is in it.

use memchr::memchr_iter;
use memchr::memchr2;
use wide::u8x16;

/// Finds the end of one value, across as many looks at a growing text as it takes.
///
/// Brackets are counted, not matched, and nothing is checked: whoever reads the value finds what is wrong in
/// it. Each byte is looked at once, however small the pieces are in which it comes.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    seen: usize,
    depth: usize,
    quoted: bool,
}

impl Scan {
    /// Whether nothing has been looked at yet.
    pub(crate) fn is_new(&self) -> bool {
        self.seen == 0
    }

    /// Length of the value that `text` begins with; `None` while its end is not there. A number or word at
    /// the very end of the text may go on, so it has none either.
    pub(crate) fn end(&mut self, text: &[u8]) -> Option<usize> {
        let is_word = |byte: &u8| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.') || !byte.is_ascii()
        };
        if !matches!(text.first(), Some(b'"' | b'{' | b'[')) {
            let rest = text.get(self.seen..)?;
            let length = rest.iter().position(|byte| !is_word(byte)).unwrap_or(rest.len());
            self.seen = self.seen.saturating_add(length);
            // Something that no value begins with is taken by itself.
            return (self.seen < text.len()).then_some(self.seen.max(1));
        }
        loop {
            if self.quoted {
                let at = memchr2(b'"', b'\\', text.get(self.seen..)?);
                let Some(at) = at.and_then(|at| self.seen.checked_add(at)) else {
                    self.seen = text.len();
                    return None;
                };
                self.quoted = text.get(at) == Some(&b'\\');
                // What follows a backslash may not be there yet, and is passed over all the same.
                self.seen = at.saturating_add(if self.quoted { 2 } else { 1 });
                if !self.quoted && self.depth == 0 {
                    return Some(self.seen);
                }
            }
            let rest = text.get(self.seen..)?;
            if self.quoted {
                continue;
            }
            let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'{' | b'[' | b'}' | b']'))
            else {
                self.seen = text.len();
                return None;
            };
            self.seen = self.seen.saturating_add(at).saturating_add(1);
            match rest.get(at) {
                Some(b'"') => self.quoted = true,
                Some(b'{' | b'[') => self.depth = self.depth.saturating_add(1),
                _ => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 {
                        return Some(self.seen);
                    }
                }
            }
        }
    }
}

/// Whether a text begins with another.
#[inline]
pub(crate) fn begins_with(text: &[u8], beginning: &[u8]) -> bool {
    text.get(..beginning.len()).is_some_and(|text| same(text, beginning))
}

/// Whether two texts are equal. In WebAssembly `==` is a call of a loop that goes byte by byte.
#[inline]
pub(crate) fn same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let ((a32, rest), (b32, other)) = (a.as_chunks::<32>(), b.as_chunks::<32>());
    let both = |x: &[[u8; 16]], y: &[[u8; 16]]| {
        let [[x, u], [y, v]] =
            [x, y].map(|half| [0, 1].map(|at| u8x16::new(half.get(at).copied().unwrap_or_default())));
        (x.simd_eq(y) & u.simd_eq(v)).all()
    };
    if !a32.iter().zip(b32).all(|(x, y)| both(x.as_chunks().0, y.as_chunks().0)) {
        return false;
    }
    let equal = |x: &[u8; 16], y: &[u8; 16]| u8x16::new(*x).simd_eq(u8x16::new(*y)).all();
    if let (Some(x), Some(y)) = (rest.first_chunk(), other.first_chunk())
        && !equal(x, y)
    {
        return false;
    }
    // The last bytes of all, together with some that are known to be equal.
    if let (Some(x), Some(y)) = (a.last_chunk(), b.last_chunk()) {
        return rest.is_empty() || equal(x, y);
    }
    let word = |text: &[u8; 8]| u64::from_le_bytes(*text);
    match (a.first_chunk(), b.first_chunk(), a.last_chunk(), b.last_chunk()) {
        (Some(x), Some(y), Some(u), Some(v)) => (word(x) ^ word(y)) | (word(u) ^ word(v)) == 0,
        _ => a.iter().zip(b).all(|(x, y)| x == y),
    }
}

/// Line breaks in a text.
pub(crate) fn lines(text: &[u8]) -> usize {
    memchr_iter(b'\n', text).count()
}

/// Blanks commas that stand before a closing bracket, so that every other character keeps its place.
pub(crate) fn without_trailing_commas(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut comma = None;
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => {
                quoted = !quoted;
                comma = None;
            }
            _ if quoted => {}
            b',' => comma = Some(at),
            b'}' | b']' => {
                if let Some(byte) = comma.take().and_then(|at| bytes.get_mut(at)) {
                    *byte = b' ';
                }
            }
            _ if byte.is_ascii_whitespace() => {}
            _ => comma = None,
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The end, when the text comes whole and when it comes byte by byte.
    fn end(text: &str) -> Option<usize> {
        let whole = Scan::default().end(text.as_bytes());
        let mut scan = Scan::default();
        let piecewise = (1..=text.len()).find_map(|length| scan.end(&text.as_bytes()[..length]));
        assert_eq!(whole, piecewise, "{text}");
        whole
    }

    #[test]
    fn a_value_ends_where_its_brackets_close() {
        for (value, rest) in [
            ("{}", ",1"),
            (r#"{"a": [1, {"b": "}]\""}], "c\\": "\\"}"#, "}"),
            (r#""a\"b""#, ": 1"),
            (r#""\\""#, "\""),
            ("[[[]]]", "]"),
            ("-1.5e+7", ","),
            ("true", "}"),
            ("12", " 34"),
            ("12", "[34]"),
            ("a", "\"b\""),
            ("?", "?"),
        ] {
            assert_eq!(end(&format!("{value}{rest}")), Some(value.len()), "{value}{rest}");
        }
    }

    #[test]
    fn line_breaks_are_counted_wherever_they_are() {
        let text = "\n\n\u{b}\t\u{8a}\u{10a}\n12345\n\n\n\n\n\n\n\n\n\n\n\n\r\n";
        for from in (0..text.len()).filter(|&from| text.is_char_boundary(from)) {
            assert_eq!(lines(&text.as_bytes()[from..]), text[from..].matches('\n').count());
        }
    }

    #[test]
    fn texts_are_the_same_when_all_their_bytes_are() {
        let text = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLM";
        for length in 0..text.len() {
            assert!(same(&text[..length], &text.to_vec()[..length]));
            assert!(begins_with(text, &text[..length]) && !begins_with(&text[..length], text));
            for at in 0..length {
                let mut other = text.to_vec();
                other[at] = b'~';
                assert!(!same(&text[..length], &other[..length]), "{length} {at}");
            }
        }
    }

    #[test]
    fn a_value_that_is_cut_off_has_no_end() {
        for text in ["", "{", "[{}", "\"a", "\"a\\\"", "\"\\", "12", "nul"] {
            assert_eq!(end(text), None, "{text}");
        }
    }
}
