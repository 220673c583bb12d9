//! The loaded exports in the browser's own database, for the next visit: only if the user says so.
//!
//! Files are kept as they were given, compressed ones compressed. Nothing of them passes through here.

use std::error::Error as _;

use rexie::ObjectStore;
use rexie::Rexie;
use rexie::Store;
use rexie::TransactionMode;
use wasm_bindgen::JsCast;
use web_sys::File;

const STORE: &str = "exports";

/// The exports that an earlier visit kept, in their order.
pub(crate) async fn kept() -> Result<Vec<File>, String> {
    let found = async {
        let database = open().await?;
        let transaction = database.transaction(&[STORE], TransactionMode::ReadOnly)?;
        transaction.store(STORE)?.get_all(None, None).await
    };
    let found = found.await.map_err(refusal)?;
    Ok(found.into_iter().filter_map(|file| file.dyn_into::<File>().ok()).collect())
}

/// Keeps these exports in place of those that were kept; without any, nothing is left.
pub(crate) async fn keep(files: &[File]) -> Result<(), String> {
    let done = async {
        let database = open().await?;
        let transaction = database.transaction(&[STORE], TransactionMode::ReadWrite)?;
        let store = transaction.store(STORE)?;
        match fill(&store, files).await {
            Ok(()) => transaction.done().await.map(|_| ()),
            Err(error) => {
                // What was kept before stays, rather than a part of what is new.
                let _ = transaction.abort().await;
                Err(error)
            }
        }
    };
    done.await.map_err(refusal)
}

async fn fill(store: &Store, files: &[File]) -> rexie::Result<()> {
    store.clear().await?;
    for file in files {
        store.add(file, None).await?;
    }
    Ok(())
}

// The origin may be shared with other pages of the same host.
async fn open() -> rexie::Result<Rexie> {
    let store = ObjectStore::new(STORE).auto_increment(true);
    Rexie::builder("afterimage").version(1).add_object_store(store).build().await
}

/// Why the browser does not keep something, as the end of a sentence.
fn refusal(error: rexie::Error) -> String {
    let words = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    if words.contains("Quota") {
        "its storage for this site is full".to_owned()
    } else {
        format!("its database answers: {words}")
    }
}
