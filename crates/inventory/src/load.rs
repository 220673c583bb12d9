//! Exports in, one inventory out.
//!
//! Bytes become text (`decode.rs`), text is taken apart into documents and their elements while it comes
//! (`split.rs`, `export.rs`), and what an element says is merged, member by member, into rows of handles and
//! numbers. [`Loader::finish`] sorts those into columns. No more of an export is held than one piece of it
//! and one element.

use std::io::Read;

use crate::columns::Inventory;
use crate::decode::Decode;
use crate::decode::unreadable;
use crate::rows::Rows;
use crate::split::Split;
use crate::table::BEGINNING;
use crate::table::Table;

/// A file that could not be read at all; nothing of it was kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{source_name}: {message}")]
pub struct LoadError {
    /// The file's name as the caller gave it.
    pub source_name: String,
    /// What is wrong and where: line and column, or a JSON pointer.
    pub message: String,
    /// What to do next.
    pub help: String,
}

/// Message and help.
pub(crate) type Problem = (String, String);

/// Collects exports; [`Loader::finish`] sorts them into an [`Inventory`].
///
/// # Example: one image
///
/// ```
/// let export = r#"{"imageSummaryList": [{
///   "arn": "arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1",
///   "state": {"status": "AVAILABLE"}, "dateCreated": "2026-09-09T19:12:18.677Z"
/// }, {"arn": "nonsense"}]}"#;
/// let mut loader = afterimage_inventory::Loader::new();
/// loader.add("images.json", export.as_bytes())?;
/// let inventory = loader.finish();
/// assert_eq!(inventory.len(), 1);
/// assert_eq!(inventory.skipped[0].path, "/imageSummaryList/1");
/// # Ok::<(), afterimage_inventory::LoadError>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Loader {
    rows: Rows,
}

impl Loader {
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads one export: a JSON document, several, or a list of them, or the table that `afterimage simulate
    /// --format csv` writes, plain or gzip. When it fails, the loader holds what it held before.
    ///
    /// # Errors
    ///
    /// What makes the export unusable as a whole; a broken element is only skipped.
    pub fn add(&mut self, source_name: &str, mut export: impl Read) -> Result<(), LoadError> {
        let mut feed = std::mem::take(self).begin(source_name);
        let mut piece = vec![0; PIECE];
        loop {
            match export.read(&mut piece) {
                Ok(0) => break,
                // The feed remembers what is wrong; reading on would be for nothing.
                Ok(length) => match feed.push(piece.get(..length).unwrap_or_default()) {
                    Ok(()) => {}
                    Err(_) => break,
                },
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    feed.fail(&error);
                    break;
                }
            }
        }
        let (loader, result) = feed.finish();
        *self = loader;
        result
    }

    /// Begins an export whose bytes come piece by piece; [`Feed::finish`] or [`Feed::cancel`] gives the loader
    /// back.
    ///
    /// # Example: an export in two pieces
    ///
    /// ```
    /// let mut feed = afterimage_inventory::Loader::new().begin("images.json");
    /// feed.push(br#"{"imageSummaryList": [{"arn": "nonsense"}, {"#)?;
    /// assert_eq!(feed.progress().bytes, 44);
    /// feed.push(br#"}]}"#)?;
    /// let (mut loader, result) = feed.finish();
    /// assert_eq!((result, loader.finish().skipped.len()), (Ok(()), 2));
    /// # Ok::<(), afterimage_inventory::LoadError>(())
    /// ```
    pub fn begin(mut self, source_name: &str) -> Feed {
        self.rows.begin();
        Feed {
            loader: self,
            decode: Decode::default(),
            split: Split::new(source_name),
            table: None,
            is_told: false,
            source_name: source_name.to_owned(),
            bytes: 0,
            expected: 0,
            failed: None,
        }
    }

    /// Whether any image was read so far, and not AMIs alone.
    pub fn has_images(&self) -> bool {
        self.rows.has_images()
    }

    /// The inventory of everything added so far. The loader can go on: more exports may follow.
    pub fn finish(&mut self) -> Inventory {
        self.rows.finish()
    }
}

/// Bytes that are looked at together. Small enough to stay in a processor's cache between being copied and
/// being read.
const PIECE: usize = 128 * 1024;

/// Bytes after which an export shows how much memory the rest of it takes.
const SAMPLE: u64 = 2 * 1024 * 1024;

/// An export that is being read.
#[derive(Debug)]
pub struct Feed {
    loader: Loader,
    decode: Decode,
    split: Split,
    /// When the export is the table of the command line; `None` also while its first bytes do not tell.
    table: Option<Table>,
    is_told: bool,
    source_name: String,
    bytes: u64,
    /// Bytes that are to come in all; 0 when that is not known, or of no more use.
    expected: u64,
    failed: Option<LoadError>,
}

/// How far an export has been read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Bytes of the export, packed if they are packed.
    pub bytes: u64,
    /// Images and AMIs that the loader holds.
    pub rows: usize,
}

impl Feed {
    /// Says how many bytes are to come, so that memory for what they hold is asked for at once. More or fewer may
    /// come.
    pub fn expect(&mut self, bytes: u64) {
        self.expected = bytes;
    }

    /// Reads the next bytes.
    ///
    /// # Errors
    ///
    /// What makes the export unusable as a whole. The feed takes nothing from then on and `finish` says the
    /// same, so it may as well be ignored here.
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), LoadError> {
        for piece in bytes.chunks(PIECE) {
            let result = self.read(piece);
            self.check(result)?;
        }
        Ok(())
    }

    /// Refuses the export, because its bytes cannot be had.
    pub fn fail(&mut self, error: &std::io::Error) {
        // The feed remembers it for `finish`.
        let _ = self.check(Err(unreadable(error)));
    }

    pub fn progress(&self) -> Progress {
        Progress { bytes: self.bytes, rows: self.loader.rows.len() }
    }

    /// The loader: with everything that the export holds, or as it was before when the export is refused.
    pub fn finish(mut self) -> (Loader, Result<(), LoadError>) {
        let result = self.end();
        let result = self.check(result);
        match result {
            Ok(()) => self.loader.rows.commit(),
            Err(_) => self.loader.rows.rollback(),
        }
        (self.loader, result)
    }

    /// The loader as it was before.
    pub fn cancel(mut self) -> Loader {
        self.loader.rows.rollback();
        self.loader
    }

    fn read(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        if self.failed.is_some() {
            return Ok(());
        }
        self.bytes = self.bytes.saturating_add(bytes.len() as u64);
        let (text, lines) = self.split.text();
        let lines = self.table.as_ref().map_or(lines, Table::lines);
        let decoded = self.decode.push(bytes, text, lines);
        // What stands before bytes that are no text comes first, in whatever pieces the bytes come.
        self.text(false)?;
        if self.bytes >= SAMPLE && self.expected > self.bytes {
            let more = self.expected.saturating_sub(self.bytes) as f64 / self.bytes as f64;
            self.loader.rows.expect(more);
            self.expected = 0;
        }
        decoded
    }

    fn end(&mut self) -> Result<(), Problem> {
        if self.failed.is_some() {
            return Ok(());
        }
        let (text, lines) = self.split.text();
        let lines = self.table.as_ref().map_or(lines, Table::lines);
        let decoded = self.decode.finish(text, lines);
        self.text(true)?;
        decoded?;
        match &mut self.table {
            Some(table) => table.finish(&mut self.loader.rows)?,
            None => self.split.finish(&mut self.loader.rows)?,
        }
        if self.loader.rows.is_full() {
            return Err((
                "holds more than 4 GiB of distinct text".to_owned(),
                "load fewer exports at a time".to_owned(),
            ));
        }
        Ok(())
    }

    /// Reads the text that is there, as what it is.
    fn text(&mut self, end: bool) -> Result<(), Problem> {
        let (text, _) = self.split.text();
        if !self.is_told {
            if !end && text.len() < BEGINNING.len() && BEGINNING.starts_with(text.as_str()) {
                return Ok(());
            }
            self.is_told = true;
            if text.starts_with(BEGINNING) {
                self.table = Some(Table::new(&self.source_name));
            }
        }
        match &mut self.table {
            Some(_) if text.is_empty() => Ok(()),
            Some(table) => {
                let text = std::mem::take(text);
                table.read(&text, &mut self.loader.rows)
            }
            None => self.split.read(&mut self.loader.rows),
        }
    }

    /// The first thing that went wrong, now or before.
    fn check(&mut self, result: Result<(), Problem>) -> Result<(), LoadError> {
        if let Err((message, help)) = result
            && self.failed.is_none()
        {
            self.failed = Some(LoadError { source_name: self.source_name.clone(), message, help });
        }
        self.failed.clone().map_or(Ok(()), Err)
    }
}
