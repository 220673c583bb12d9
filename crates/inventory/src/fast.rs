//! A quick reader of the JSON that AWS writes.
//!
//! It reads a value from the beginning of a text whose end need not be there, so nobody has to look for the
//! end first, and passes over white space and unwanted members eight bytes at a time. It knows the plain cases
//! only: at an escape, a fraction, a wrong type, a member that comes twice or the end of the text it gives up
//! without a word, and `serde_json` reads the value again and says what is wrong with it.
//!
//! INVARIANT: what it reads, `serde_json` reads the same.

use std::fmt;

use serde::Deserialize;
use serde::de::DeserializeSeed;
use serde::de::Deserializer;
use serde::de::MapAccess;
use serde::de::SeqAccess;
use serde::de::Visitor;
use serde::forward_to_deserialize_any;

/// The value that the text begins with, and its length; `None` where `serde_json` has to look.
pub(crate) fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Option<(T, usize)> {
    let mut cursor = Cursor { text, rest: text.as_bytes(), depth: 0 };
    let value = T::deserialize(&mut cursor).ok()?;
    Some((value, cursor.at()))
}

struct Cursor<'a> {
    text: &'a str,
    /// What is still to be read of `text`.
    rest: &'a [u8],
    /// Brackets around.
    depth: u8,
}

/// Deeper than anything that is read, and far from the end of the stack.
const DEEPEST: u8 = 32;

/// The reader gives up.
#[derive(Debug)]
struct Stop;

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a plain value")
    }
}

impl std::error::Error for Stop {}

impl serde::de::Error for Stop {
    /// Nobody reads the message, so it is not written.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl<'a> Cursor<'a> {
    fn at(&self) -> usize {
        self.text.len().saturating_sub(self.rest.len())
    }

    #[inline]
    fn skip(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// The next byte that is no white space; it stays.
    #[inline]
    fn peek(&mut self) -> Result<u8, Stop> {
        loop {
            match self.rest {
                [b' ' | b'\n' | b'\r' | b'\t', after @ ..] => {
                    self.rest = after;
                    // Indentation is most of the white space, and a good part of an export.
                    while let Some(SPACES) = self.rest.first_chunk() {
                        self.skip(SPACES.len());
                    }
                }
                [byte, ..] => return Ok(*byte),
                [] => return Err(Stop),
            }
        }
    }

    #[inline]
    fn expect(&mut self, byte: u8) -> Result<(), Stop> {
        if self.peek()? != byte {
            return Err(Stop);
        }
        self.skip(1);
        Ok(())
    }

    /// The text of a string without escapes.
    #[inline]
    fn string(&mut self) -> Result<&'a str, Stop> {
        self.expect(b'"')?;
        let start = self.at();
        let length = plain(self.rest)?;
        self.skip(length.saturating_add(1));
        self.text.get(start..start.saturating_add(length)).ok_or(Stop)
    }

    fn word(&mut self, word: &[u8]) -> Result<(), Stop> {
        self.rest = self.rest.strip_prefix(word).ok_or(Stop)?;
        Ok(())
    }

    /// A whole number of at most 18 digits.
    fn number(&mut self) -> Result<i64, Stop> {
        let negative = self.rest.first() == Some(&b'-');
        self.skip(usize::from(negative));
        let digits = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, after) = self.rest.split_at_checked(digits).ok_or(Stop)?;
        // Zero by itself has a sign in `serde_json`; and what follows has to be there, since a number may go on.
        let plain = match number {
            [b'0'] => !negative,
            [b'1'..=b'9', ..] => digits <= 18,
            _ => false,
        };
        if !plain || matches!(after.first(), None | Some(b'.' | b'e' | b'E')) {
            return Err(Stop);
        }
        self.rest = after;
        let value = number.iter().fold(0_i64, |value, digit| {
            value.wrapping_mul(10).wrapping_add(i64::from(digit.wrapping_sub(b'0')))
        });
        Ok(if negative { value.wrapping_neg() } else { value })
    }

    fn enter(&mut self) -> Result<(), Stop> {
        self.skip(1);
        self.depth = self.depth.saturating_add(1);
        if self.depth > DEEPEST { Err(Stop) } else { Ok(()) }
    }

    /// Passes over a value.
    fn pass(&mut self) -> Result<(), Stop> {
        match self.peek()? {
            b'"' => {
                let length = plain(self.rest.get(1..).unwrap_or_default())?;
                self.skip(length.saturating_add(2));
                Ok(())
            }
            open @ (b'{' | b'[') => {
                let close = if open == b'{' { b'}' } else { b']' };
                self.enter()?;
                let mut more = self.begin(close)?;
                while more {
                    if open == b'{' {
                        self.string()?;
                        self.expect(b':')?;
                    }
                    self.pass()?;
                    more = self.next(close)?;
                }
                Ok(())
            }
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number().map(|_| ()),
        }
    }

    /// After an opening bracket: whether there is anything in it.
    #[inline]
    fn begin(&mut self, close: u8) -> Result<bool, Stop> {
        if self.peek()? != close {
            return Ok(true);
        }
        self.skip(1);
        self.depth = self.depth.saturating_sub(1);
        Ok(false)
    }

    /// After something in brackets: whether there is more.
    #[inline]
    fn next(&mut self, close: u8) -> Result<bool, Stop> {
        match self.peek()? {
            b',' => {
                self.skip(1);
                Ok(true)
            }
            byte if byte == close => {
                self.skip(1);
                self.depth = self.depth.saturating_sub(1);
                Ok(false)
            }
            _ => Err(Stop),
        }
    }
}

const SPACES: &[u8; 8] = b"        ";

/// Bytes before the closing quote, when none of them is an escape or a control character.
#[inline]
fn plain(text: &[u8]) -> Result<usize, Stop> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x8080_8080_8080_8080;
    // The lowest byte that is marked is rightly marked: a borrow only goes to higher ones.
    let is_zero = |bytes: u64| bytes.wrapping_sub(ONES) & !bytes & HIGHS;
    let mut length: usize = 0;
    let mut rest = text;
    while let Some((eight, after)) = rest.split_first_chunk() {
        let bytes = u64::from_le_bytes(*eight);
        let quote = is_zero(bytes ^ (ONES * b'"' as u64));
        let escape = is_zero(bytes ^ (ONES * b'\\' as u64));
        let control = bytes.wrapping_sub(ONES * 0x20) & !bytes & HIGHS;
        let special = quote | escape | control;
        if special != 0 {
            let first = special & special.wrapping_neg();
            length = length.saturating_add((first.trailing_zeros() / 8) as usize);
            return if quote & first != 0 { Ok(length) } else { Err(Stop) };
        }
        length = length.saturating_add(8);
        rest = after;
    }
    let end = rest.iter().position(|byte| matches!(byte, b'"' | b'\\' | ..0x20)).ok_or(Stop)?;
    if rest.get(end) == Some(&b'"') { Ok(length.saturating_add(end)) } else { Err(Stop) }
}

impl<'de> Deserializer<'de> for &mut Cursor<'de> {
    type Error = Stop;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        match self.peek()? {
            b'"' => visitor.visit_borrowed_str(self.string()?),
            b'{' => self.deserialize_map(visitor),
            b'[' => self.deserialize_seq(visitor),
            b't' => self.word(b"true").and_then(|()| visitor.visit_bool(true)),
            b'f' => self.word(b"false").and_then(|()| visitor.visit_bool(false)),
            b'n' => self.word(b"null").and_then(|()| visitor.visit_unit()),
            _ => match self.number()? {
                number @ 0.. => visitor.visit_u64(number.unsigned_abs()),
                number => visitor.visit_i64(number),
            },
        }
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        visitor.visit_borrowed_str(self.string()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.deserialize_str(visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if self.peek()? == b'n' {
            self.word(b"null")?;
            return visitor.visit_none();
        }
        visitor.visit_some(self)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if self.peek()? != b'{' {
            return Err(Stop);
        }
        self.enter()?;
        let mut members = Items { cursor: self, close: b'}', state: State::Before };
        let value = visitor.visit_map(&mut members)?;
        members.end().map(|()| value)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Stop> {
        self.deserialize_map(visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        if self.peek()? != b'[' {
            return Err(Stop);
        }
        self.enter()?;
        let mut items = Items { cursor: self, close: b']', state: State::Before };
        let value = visitor.visit_seq(&mut items)?;
        items.end().map(|()| value)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Stop> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Stop> {
        self.pass()?;
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64
    }

    /// Nothing in an export has these types; they have rules of their own.
    fn deserialize_char<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Stop> {
        Err(Stop)
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, _: V) -> Result<V::Value, Stop> {
        Err(Stop)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Stop> {
        Err(Stop)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        _: V,
    ) -> Result<V::Value, Stop> {
        Err(Stop)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        _: V,
    ) -> Result<V::Value, Stop> {
        Err(Stop)
    }
}

/// What stands in brackets.
struct Items<'c, 'de> {
    cursor: &'c mut Cursor<'de>,
    close: u8,
    state: State,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Before,
    Within,
    After,
}

impl Items<'_, '_> {
    /// Whether another one follows.
    #[inline]
    fn more(&mut self) -> Result<bool, Stop> {
        let more = match self.state {
            State::Before => self.cursor.begin(self.close)?,
            State::Within => self.cursor.next(self.close)?,
            State::After => false,
        };
        self.state = if more { State::Within } else { State::After };
        Ok(more)
    }

    /// A visitor that leaves before the end wanted something else.
    fn end(&self) -> Result<(), Stop> {
        if self.state == State::After { Ok(()) } else { Err(Stop) }
    }
}

impl<'de> MapAccess<'de> for &mut Items<'_, 'de> {
    type Error = Stop;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Stop> {
        if !self.more()? {
            return Ok(None);
        }
        let key = seed.deserialize(&mut *self.cursor)?;
        self.cursor.expect(b':')?;
        Ok(Some(key))
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Stop> {
        seed.deserialize(&mut *self.cursor)
    }
}

impl<'de> SeqAccess<'de> for &mut Items<'_, 'de> {
    type Error = Stop;

    #[inline]
    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Stop> {
        if !self.more()? {
            return Ok(None);
        }
        seed.deserialize(&mut *self.cursor).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use proptest::prelude::*;
    use serde_json::Value;

    #[test]
    fn what_is_plain_is_read_and_its_length_is_known() {
        for text in
            ["{}", "[]", "\"\"", "[1, -2 ,0,true,false , null]", "{\"a\" : {\"b\": [{}]}, \"ä\":\"ö\"}"]
        {
            let (value, length) = read::<Value>(&format!("{text}, and more")).expect(text);
            assert_eq!((value, length), (serde_json::from_str(text).unwrap(), text.len()));
        }
    }

    #[test]
    fn a_string_ends_at_its_quote_wherever_that_is() {
        for length in 0..40 {
            let inner = "x".repeat(length);
            assert_eq!(read::<&str>(&format!("\"{inner}\"")), Some((inner.as_str(), length + 2)));
            for (bad, at) in ["\\", "\u{1f}", "\n"].iter().zip(0..=length) {
                let text = format!("\"{}{bad}{}\"", &inner[..at], &inner[at..]);
                assert_eq!(read::<&str>(&text), None, "{text:?}");
            }
        }
    }

    #[test]
    fn what_is_not_plain_is_left_to_others() {
        let nested = "[".repeat(1000) + &"]".repeat(1000);
        for text in [
            "",
            "1",
            "-0,",
            "01,",
            "1.5,",
            "1e3,",
            "12345678901234567890,",
            "[1,]",
            "{\"a\":1,}",
            "[1",
            "{\"a\"",
            "tru",
            "\"a",
            "[1}",
            "{1:2}",
            &nested,
        ] {
            assert!(read::<Value>(text).is_none(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn it_never_reads_what_serde_json_reads_otherwise(text in r#"[\[\]{}",:0-9a-c\\ \n.eE\-\u{1}äntrufls]{0,24}"#, at in 0..12_usize) {
            let valid = r#"{"a": [1, "b\n", null], "c": {}}"#;
            let broken = format!("{}{text}{}", &valid[..at.min(valid.len())], &valid[at..]);
            for text in [&text, &broken] {
                if let Some((value, length)) = read::<Value>(text) {
                    prop_assert_eq!(serde_json::from_str::<Value>(&text[..length]).ok(), Some(value));
                }
                if let Some((serde::de::IgnoredAny, length)) = read(text) {
                    prop_assert!(serde_json::from_str::<Value>(&text[..length]).is_ok(), "{}", text);
                }
            }
        }
    }
}
