//! Bytes as they come, text as it is: gzip, byte order marks, UTF-16.

use std::io::Write;

use flate2::write::MultiGzDecoder;

use crate::load::LoadError;
use crate::load::Problem;

/// Turns the bytes of a file into text, piece by piece.
#[derive(Debug, Default)]
pub(crate) struct Decode {
    packing: Packing,
    encoding: Encoding,
    /// First bytes that do not yet say what they are, or part of a character.
    pending: Vec<u8>,
}

/// Told by the magic number.
#[derive(Debug, Default)]
enum Packing {
    #[default]
    Unknown,
    Plain,
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
}

/// Told by the byte order mark; a shell on Windows writes UTF-16.
#[derive(Debug, Default, Clone, Copy)]
enum Encoding {
    #[default]
    Unknown,
    Utf8,
    Utf16(fn([u8; 2]) -> u16),
}

/// Packed bytes that are unpacked at a time: they become at most a thousand times as many.
const PACKED: usize = 4096;

impl Decode {
    /// Adds the text of these bytes to `text`; `lines` are those before it.
    pub(crate) fn push(&mut self, bytes: &[u8], text: &mut String, lines: usize) -> Result<(), Problem> {
        match &mut self.packing {
            Packing::Plain => self.plain(bytes, text, lines, false),
            Packing::Gzip(_) => self.gzip(bytes, text, lines),
            Packing::Unknown => {
                self.pending.extend_from_slice(bytes);
                if self.pending.len() < 2 { Ok(()) } else { self.begin(text, lines) }
            }
        }
    }

    /// Says that no more bytes come.
    pub(crate) fn finish(&mut self, text: &mut String, lines: usize) -> Result<(), Problem> {
        if matches!(self.packing, Packing::Unknown) {
            self.begin(text, lines)?;
        }
        if let Packing::Gzip(decoder) = &mut self.packing {
            decoder.try_finish().map_err(|error| unreadable(&error))?;
            let plain = std::mem::take(decoder.get_mut());
            self.plain(&plain, text, lines, false)?;
        }
        self.plain(&[], text, lines, true)
    }

    fn begin(&mut self, text: &mut String, lines: usize) -> Result<(), Problem> {
        let first = std::mem::take(&mut self.pending);
        if first.starts_with(&[0x1f, 0x8b]) {
            self.packing = Packing::Gzip(Box::new(MultiGzDecoder::new(Vec::new())));
            return self.gzip(&first, text, lines);
        }
        self.packing = Packing::Plain;
        self.plain(&first, text, lines, false)
    }

    fn gzip(&mut self, bytes: &[u8], text: &mut String, lines: usize) -> Result<(), Problem> {
        for packed in bytes.chunks(PACKED) {
            let Packing::Gzip(decoder) = &mut self.packing else { return Ok(()) };
            decoder.write_all(packed).map_err(|error| unreadable(&error))?;
            let mut plain = std::mem::take(decoder.get_mut());
            self.plain(&plain, text, lines, false)?;
            plain.clear();
            if let Packing::Gzip(decoder) = &mut self.packing {
                *decoder.get_mut() = plain;
            }
        }
        Ok(())
    }

    fn plain(&mut self, bytes: &[u8], text: &mut String, lines: usize, end: bool) -> Result<(), Problem> {
        let joined;
        let bytes = if self.pending.is_empty() {
            bytes
        } else {
            self.pending.extend_from_slice(bytes);
            joined = std::mem::take(&mut self.pending);
            joined.as_slice()
        };
        let bytes = match self.encoding {
            Encoding::Unknown if bytes.len() < 3 && !end => {
                self.pending = bytes.to_vec();
                return Ok(());
            }
            Encoding::Unknown => {
                let (encoding, mark) = match bytes {
                    [0xff, 0xfe, ..] => (Encoding::Utf16(u16::from_le_bytes), 2),
                    [0xfe, 0xff, ..] => (Encoding::Utf16(u16::from_be_bytes), 2),
                    [0xef, 0xbb, 0xbf, ..] => (Encoding::Utf8, 3),
                    _ => (Encoding::Utf8, 0),
                };
                self.encoding = encoding;
                bytes.get(mark..).unwrap_or_default()
            }
            _ => bytes,
        };
        match self.encoding {
            Encoding::Utf16(order) => self.utf16(bytes, order, text, end),
            _ => self.utf8(bytes, text, lines, end),
        }
    }

    fn utf8(&mut self, bytes: &[u8], text: &mut String, lines: usize, end: bool) -> Result<(), Problem> {
        let error = match simdutf8::compat::from_utf8(bytes) {
            Ok(all) => {
                text.push_str(all);
                return Ok(());
            }
            Err(error) => error,
        };
        let (valid, rest) = bytes.split_at_checked(error.valid_up_to()).unwrap_or((&[], bytes));
        text.push_str(std::str::from_utf8(valid).unwrap_or_default());
        if error.error_len().is_none() && !end {
            self.pending = rest.to_vec();
            return Ok(());
        }
        let line = text.matches('\n').count().saturating_add(lines).saturating_add(1);
        Err((format!("line {line}: is not valid UTF-8"), SAVE.to_owned()))
    }

    fn utf16(
        &mut self,
        bytes: &[u8],
        order: fn([u8; 2]) -> u16,
        text: &mut String,
        end: bool,
    ) -> Result<(), Problem> {
        let (mut pairs, rest) = bytes.as_chunks::<2>();
        if !end {
            // The second half of a character may be still to come.
            if let [before @ .., last] = pairs
                && (0xd800..0xdc00).contains(&order(*last))
            {
                self.pending.extend_from_slice(last);
                pairs = before;
            }
            self.pending.extend_from_slice(rest);
        }
        let units = pairs.iter().map(|&pair| order(pair));
        let halved = char::decode_utf16(units)
            .try_for_each(|character| character.map(|character| text.push(character)))
            .is_err();
        if halved || end && !rest.is_empty() {
            return Err(("is not valid UTF-16".to_owned(), SAVE.to_owned()));
        }
        Ok(())
    }
}

const SAVE: &str = "save it as UTF-8";

/// The text of a file that is read whole: UTF-8 or UTF-16, plain or gzip.
///
/// # Errors
///
/// Its bytes are no text.
///
/// # Example: what a shell on Windows writes
///
/// ```
/// let bytes = [0xff, 0xfe, b'{', 0, b'}', 0];
/// assert_eq!(afterimage_inventory::text("policy.json", &bytes).as_deref(), Ok("{}"));
/// ```
pub fn text(source_name: &str, bytes: &[u8]) -> Result<String, LoadError> {
    let (mut decode, mut text) = (Decode::default(), String::new());
    let decoded = decode.push(bytes, &mut text, 0).and_then(|()| decode.finish(&mut text, 0));
    decoded.map(|()| text).map_err(|(message, help)| LoadError {
        source_name: source_name.to_owned(),
        message,
        help,
    })
}

/// What to say of a file that its owner cannot hand over whole.
pub(crate) fn unreadable(error: &std::io::Error) -> Problem {
    (format!("cannot be read: {error}"), "check that the file is whole and readable".to_owned())
}
