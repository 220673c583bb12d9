//! The loaded exports in the browser's own database, for the next visit: only if the user says so.
//!
//! Files are kept as they were given, compressed ones compressed. Nothing of them passes through here.

use std::cell::RefCell;
use std::rc::Rc;

use idb::Database;
use idb::Error;
use idb::ObjectStore;
use idb::TransactionMode;
use idb::TransactionResult;
use wasm_bindgen::JsCast;
use web_sys::File;

const STORE: &str = "exports";

/// The store numbers what it is given.
type Key = f64;

/// The database, and which of its files are in the hands of this page.
#[derive(Clone, Default)]
pub(crate) struct Exports(Rc<RefCell<Vec<(Key, File)>>>);

impl Exports {
    /// What an earlier visit kept, in its order.
    pub(crate) async fn read(&self) -> Result<Vec<File>, String> {
        let found = within(TransactionMode::ReadOnly, async |store| {
            let keys = keys(store).await?;
            let files = store.get_all(None, None)?.await?;
            Ok(keys
                .into_iter()
                .zip(files)
                .filter_map(|(key, file)| Some((key, file.dyn_into().ok()?)))
                .collect())
        });
        self.0.replace(found.await?);
        Ok(self.0.borrow().iter().map(|(_, file)| file.clone()).collect())
    }

    /// Keeps these exports in place of those that were kept; without any, nothing is left.
    ///
    /// Only what is new is written: exports are large, and Firefox now and then refuses a file of its database that
    /// is taken out and put back at once. Either all of it happens or nothing.
    pub(crate) async fn keep(&self, files: &[File]) -> Result<(), String> {
        let known = self.0.borrow().clone();
        let kept = within(TransactionMode::ReadWrite, async |store| {
            let stored = keys(store).await?;
            let mut kept = staying(&known, &stored, files);
            for file in &files[kept.len()..] {
                let key = store.add(file, None)?.await?;
                kept.push((key.as_f64().unwrap_or_default(), file.clone()));
            }
            for key in stored {
                if !kept.iter().any(|(kept, _)| *kept == key) {
                    store.delete(wasm_bindgen::JsValue::from(key))?.await?;
                }
            }
            Ok(kept)
        });
        self.0.replace(kept.await?);
        Ok(())
    }
}

/// The first of the wanted files that the store has already, in the wanted order.
fn staying<T: Clone + PartialEq>(known: &[(Key, T)], stored: &[Key], wanted: &[T]) -> Vec<(Key, T)> {
    let mut last = Key::NEG_INFINITY;
    let place = |file: &T| {
        let (key, _) =
            known.iter().find(|(key, known)| known == file && *key > last && stored.contains(key))?;
        last = *key;
        Some((*key, file.clone()))
    };
    wanted.iter().map_while(place).collect()
}

async fn keys(store: &ObjectStore) -> Result<Vec<Key>, Error> {
    Ok(store.get_all_keys(None, None)?.await?.iter().filter_map(|key| key.as_f64()).collect())
}

/// One transaction, done or undone as a whole.
async fn within<T>(
    mode: TransactionMode,
    work: impl AsyncFnOnce(&ObjectStore) -> Result<T, Error>,
) -> Result<T, String> {
    let done = async {
        let database = open().await?;
        let done = transact(&database, mode, work).await;
        database.close();
        done
    };
    done.await.map_err(|error: Error| refusal(&error))
}

async fn transact<T>(
    database: &Database,
    mode: TransactionMode,
    work: impl AsyncFnOnce(&ObjectStore) -> Result<T, Error>,
) -> Result<T, Error> {
    let transaction = database.transaction(&[STORE], mode)?;
    let store = transaction.object_store(STORE)?;
    match work(&store).await {
        Ok(value) => match transaction.await? {
            TransactionResult::Committed => Ok(value),
            // A disk may be found full only now.
            TransactionResult::Aborted => {
                Err(store.transaction().error().map_or(Error::DomExceptionNotFound, Error::DomException))
            }
        },
        Err(error) => {
            // Fails where the browser has undone it already.
            let _ = transaction.abort();
            Err(error)
        }
    }
}

// The origin may be shared with other pages of the same host.
async fn open() -> Result<Database, Error> {
    let store = ObjectStore::builder(STORE).auto_increment(true);
    Database::builder("afterimage").version(1).add_object_store(store).build().await
}

/// Why the browser does not keep something, as the end of a sentence.
fn refusal(error: &Error) -> String {
    let words = error.to_string();
    if words.contains("Quota") {
        "its storage for this site is full".to_owned()
    } else {
        format!("its database answers: {words}")
    }
}

#[cfg(test)]
mod tests {
    use super::staying;

    const KNOWN: [(f64, &str); 3] = [(1.0, "a"), (2.0, "b"), (4.0, "c")];
    const STORED: [f64; 4] = [1.0, 2.0, 3.0, 4.0];

    #[test]
    fn what_is_stored_already_is_not_written_again() {
        let all = staying(&KNOWN, &STORED, &["a", "b", "c"]);
        assert_eq!(all, KNOWN);
        let one_less_and_one_more = staying(&KNOWN, &STORED, &["b", "c", "d"]);
        assert_eq!(one_less_and_one_more, KNOWN[1..]);
    }

    #[test]
    fn what_comes_after_something_new_is_written_again() {
        assert_eq!(staying(&KNOWN, &STORED, &["a", "d", "c"]), KNOWN[..1]);
        assert_eq!(staying(&KNOWN, &STORED, &["b", "a"]), KNOWN[1..2]);
    }

    #[test]
    fn what_another_tab_took_away_is_written_again() {
        assert_eq!(staying(&KNOWN, &[1.0, 5.0], &["a", "b"]), KNOWN[..1]);
    }
}
