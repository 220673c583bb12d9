//! Exports that are being read.

use afterimage_inventory::Feed;
use afterimage_inventory::Loader;

/// Exports that are being read, one after the other; each is kept or refused by itself.
pub(crate) struct Loading {
    pub(super) replace: bool,
    pub(super) loader: Loader,
    pub(super) sources: Vec<String>,
    /// Message and help.
    pub(super) errors: Vec<(String, String)>,
    pub(super) read: usize,
}

impl Loading {
    pub(crate) fn begin(&mut self, name: &str) -> Feed {
        std::mem::take(&mut self.loader).begin(name)
    }

    pub(crate) fn end(&mut self, name: String, feed: Feed) {
        let result;
        (self.loader, result) = feed.finish();
        match result {
            Ok(()) => {
                self.read += 1;
                self.sources.push(name);
            }
            Err(error) => self.errors.push((error.to_string(), error.help)),
        }
    }

    /// Gives up on an export.
    pub(crate) fn cancel(&mut self, name: &str, feed: Option<Feed>) {
        if let Some(feed) = feed {
            self.loader = feed.cancel();
        }
        let help = "load it again when you want it".to_owned();
        self.errors.push((format!("{name}: reading was cancelled"), help));
    }
}
