//! The file that keeps the state.
//!
//! It is never written to: each state is a file of its own that takes the place of the last one when it is complete
//! and on the disk. Whenever the process ends, there is one whole state under the name. The file that is in place
//! is also locked, so that no second server continues from it.

use std::fs;
use std::fs::File;
use std::fs::OpenOptions;
use std::fs::TryLockError;
use std::io;
use std::io::ErrorKind;
use std::io::Read;
use std::io::Write;
use std::path::Path;
use std::path::PathBuf;
use std::sync::Arc;

use afterimage_service::Service;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use crate::CommandError;
use crate::input;

/// The file that keeps the state of a running service.
pub(super) struct StateFile {
    path: PathBuf,
    newest: Mutex<Written>,
}

/// The two halves of a state; the first is the same each time.
type Parts = (Arc<str>, String);

/// What is on the disk.
struct Written {
    revision: u64,
    /// The lock ends with it.
    _lock: File,
}

/// A place for a state, and the lock on the file that is there.
pub(super) struct Place {
    path: PathBuf,
    _lock: Option<File>,
}

/// The state that an earlier service left; `None` where there is no file yet.
pub(super) fn open(path: &Path) -> Result<(Place, Option<String>), CommandError> {
    let unusable = |what: &str, error: &io::Error| {
        CommandError::Input(format!("{}: cannot be {what}: {error}", input::name(path)))
    };
    // A link stays a link: what it leads to is replaced.
    let found = match fs::canonicalize(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            return Ok((Place { path: path.to_owned(), _lock: None }, None));
        }
        found => found.map_err(|error| unusable("read", &error))?,
    };
    let mut file = File::open(&found).map_err(|error| unusable("read", &error))?;
    if !file.metadata().is_ok_and(|metadata| metadata.is_file()) {
        return Err(CommandError::Input(format!("{}: is not a file", input::name(path))));
    }
    lock(&file).map_err(|error| unusable("used", &error))?;
    let mut document = String::new();
    file.read_to_string(&mut document).map_err(|error| unusable("read", &error))?;
    Ok((Place { path: found, _lock: Some(file) }, Some(document)))
}

impl StateFile {
    /// Writes the state once, so that a place that cannot be written to is known before anybody is served.
    pub(super) fn begin(place: Place, service: &Service) -> Result<Self, CommandError> {
        let lock = replace(&place.path, &service.state_parts()).map_err(|error| {
            CommandError::Input(format!("{}: cannot be written: {error}", place.path.display()))
        })?;
        let newest = Mutex::new(Written { revision: service.revision(), _lock: lock });
        Ok(Self { path: place.path, newest })
    }

    /// Returns when a revision, or a later one, is on the disk.
    ///
    /// Those who come while a state is being written wait for one that holds what all of them changed. This must
    /// run to its end: dropped, it would let the next one write the same file at the same time.
    pub(super) async fn keep(&self, revision: u64, newest: impl FnOnce() -> (u64, Parts)) -> io::Result<()> {
        let mut written = self.newest.lock().await;
        if written.revision >= revision {
            return Ok(());
        }
        let (revision, document) = newest();
        let path = self.path.clone();
        let lock = spawn_blocking(move || replace(&path, &document)).await.map_err(io::Error::other)?;
        *written = Written { revision, _lock: lock? };
        Ok(())
    }
}

/// Puts a document in place of the file, whole or not at all, and returns it locked.
fn replace(path: &Path, (unchanging, changing): &Parts) -> io::Result<File> {
    // Beside it, for a file is only renamed within a file system. Always the same name, so that nothing is left
    // lying about by those that are killed.
    let beside = path.with_added_extension("new");
    let mut file = OpenOptions::new().create(true).write(true).truncate(false).open(&beside)?;
    lock(&file)?;
    if let Ok(metadata) = fs::metadata(path) {
        file.set_permissions(metadata.permissions())?;
    }
    file.set_len(0)?;
    file.write_all(unchanging.as_bytes())?;
    file.write_all(changing.as_bytes())?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    // The new name is on the disk when its folder is; Windows opens no folders, and needs none opened.
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| *folder != Path::new(""));
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(file)
}

fn lock(file: &File) -> io::Result<()> {
    file.try_lock().map_err(|error| match error {
        TryLockError::Error(error) => error,
        TryLockError::WouldBlock => {
            io::Error::new(ErrorKind::ResourceBusy, "another server keeps its state there")
        }
    })
}
