//! What was dropped on the page: files, and those in dropped folders.

use afterimage_inventory::sort;
use js_sys::Array;
use js_sys::Function;
use js_sys::Promise;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::DataTransfer;
use web_sys::File;
use web_sys::FileSystemDirectoryEntry;
use web_sys::FileSystemEntry;
use web_sys::FileSystemFileEntry;

use crate::pieces::text;

/// Files and folders of a drop. They have to be asked for at once: after the event the browser has forgotten them.
pub(crate) struct Dropped {
    files: Vec<File>,
    entries: Vec<FileSystemEntry>,
}

impl Dropped {
    pub(crate) fn new(data: &DataTransfer) -> Self {
        let items = data.items();
        let entries = (0..items.length()).filter_map(|index| items.get(index)?.webkit_get_as_entry().ok()?);
        let entries: Vec<FileSystemEntry> = entries.collect();
        if entries.iter().any(FileSystemEntry::is_directory) {
            Self { files: Vec::new(), entries }
        } else {
            Self { files: super::files(data.files()), entries: Vec::new() }
        }
    }

    /// All files, those of folders in the order of their names.
    pub(crate) async fn files(self) -> Vec<File> {
        let Self { mut files, entries: mut open } = self;
        open.reverse();
        while let Some(entry) = open.pop() {
            if let Some(folder) = entry.dyn_ref::<FileSystemDirectoryEntry>() {
                let mut inside = children(folder).await;
                sort::sort_by_key(&mut inside, |entry| std::cmp::Reverse(entry.name()));
                open.append(&mut inside);
            } else if let Some(file) = entry.dyn_ref::<FileSystemFileEntry>() {
                let file = asked(|found, failed| file.file_with_callback_and_callback(found, failed)).await;
                files.extend(file.and_then(|file| file.dyn_into::<File>().ok()).filter(is_wanted));
            }
        }
        files
    }
}

/// Bytes that no policy has.
const LARGEST_POLICY: f64 = 1024.0 * 1024.0;

/// The exports among some files, and the text of the first that is a policy.
pub(crate) async fn without_policy(files: Vec<File>) -> (Vec<File>, Option<String>) {
    let (mut exports, mut policy) = (Vec::new(), None);
    for file in files {
        let text = if policy.is_none() { policy_in(&file).await } else { None };
        match text {
            Some(text) => policy = Some(text),
            None => exports.push(file),
        }
    }
    (exports, policy)
}

/// The text of a file that is no export but a policy, in whatever notation.
async fn policy_in(file: &File) -> Option<String> {
    if file.size() > LARGEST_POLICY {
        return None;
    }
    let text = text(file).await.ok()?;
    let signs = [
        "policyDetails",
        "PolicyDetails",
        "policy_detail",
        "create-lifecycle-policy",
        "update-lifecycle-policy",
    ];
    signs.iter().any(|sign| text.contains(sign)).then_some(text)
}

/// Whether a file of a folder is somebody's data and not the system's.
pub(crate) fn is_wanted(file: &File) -> bool {
    !file.name().starts_with('.')
}

async fn children(folder: &FileSystemDirectoryEntry) -> Vec<FileSystemEntry> {
    let reader = folder.create_reader();
    let mut all = Vec::new();
    // A reader hands over some at a time, and none at the end.
    loop {
        let some = asked(|found, failed| {
            // A reader that refuses calls nobody, so there is nothing to wait for.
            if reader.read_entries_with_callback_and_callback(found, failed).is_err() {
                let _ = failed.call0(&JsValue::NULL);
            }
        });
        let some = some.await.map(|some| Array::from(&some)).unwrap_or_default();
        if some.length() == 0 {
            return all;
        }
        all.extend(some.iter().filter_map(|entry| entry.dyn_into::<FileSystemEntry>().ok()));
    }
}

/// The answer of a function that calls back; `None` when it fails.
async fn asked(ask: impl Fn(&Function, &Function)) -> Option<JsValue> {
    let promise = Promise::new(&mut |found, failed| ask(&found, &failed));
    JsFuture::from(promise).await.ok()
}
