//! How far a file has been read, for whoever waits at a terminal.

use std::io::IsTerminal;
use std::io::Read;
use std::io::Write;
use std::time::Duration;
use std::time::Instant;

use crate::wording::plain;

/// Reading that is done before this says nothing.
const PATIENCE: Duration = Duration::from_secs(1);
const PACE: Duration = Duration::from_millis(200);

/// Passes bytes on and says on standard error how many there were; its line is gone when it is dropped.
pub(crate) struct Watched<R> {
    from: R,
    name: String,
    bytes: u64,
    /// When to say the next word; `None` where nobody looks.
    next: Option<Instant>,
    is_shown: bool,
}

impl<R: Read> Watched<R> {
    pub(crate) fn new(from: R, name: &str) -> Self {
        let next = std::io::stderr().is_terminal().then(|| Instant::now() + PATIENCE);
        Self { from, name: plain(name), bytes: 0, next, is_shown: false }
    }
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let read = self.from.read(to)?;
        self.bytes = self.bytes.saturating_add(read as u64);
        let now = Instant::now();
        if self.next.is_some_and(|next| now >= next) {
            self.next = Some(now + PACE);
            self.is_shown = true;
            let mut terminal = std::io::stderr();
            // A terminal that is gone has nobody to tell.
            let _ = write!(terminal, "\r\x1b[Kreading {}: {} MB", self.name, self.bytes / 1_000_000);
            let _ = terminal.flush();
        }
        Ok(read)
    }
}

impl<R> Drop for Watched<R> {
    fn drop(&mut self) {
        if self.is_shown {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}
