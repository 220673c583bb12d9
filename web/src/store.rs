//! What the browser keeps between visits: the policies and the view. Never an inventory.

use std::collections::BTreeMap;

use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use web_sys::DomException;
use web_sys::Storage;

use crate::state::Saved;
use crate::state::Stamp;
use crate::state::Stored;
use crate::state::View;

// The origin may be shared with other pages of the same host.
const POLICIES: &str = "afterimage/1/policies/";
const OPEN: &str = "afterimage/1/open";
const VIEW: &str = "afterimage/1/view";
const ARN: &str = "afterimage/1/arn";
/// Where the only policy stood before there were several.
const POLICY: &str = "afterimage/1/policy";

/// What an earlier visit left. Damaged entries count as absent, and stay where they are.
pub(crate) struct Kept {
    pub policies: Vec<Saved>,
    /// The policy that was open in this tab, or else in the last one.
    pub open: Option<String>,
    pub view: View,
}

pub(crate) fn load() -> Kept {
    let known = policies().unwrap_or_default();
    let saved = |(id, stored): (&String, &Stored)| Saved {
        id: id.clone(),
        changed: stored.changed,
        text: stored.text.clone(),
    };
    let mut policies: Vec<Saved> = known.iter().map(saved).collect();
    if policies.is_empty()
        && let Some(text) = get::<String>(POLICY).filter(|text| is_document(text))
    {
        policies.push(Saved { id: FIRST.to_owned(), changed: 0, text: crate::state::parsed(&text).pretty() });
    }
    let session = session().and_then(|session| session.get_item(OPEN).ok().flatten());
    Kept { policies, open: session.or_else(|| get(OPEN)), view: get(VIEW).unwrap_or_default() }
}

/// The same in every tab, so that two first visits at once do not make two policies.
pub(crate) const FIRST: &str = "first";

pub(crate) fn is_document(text: &str) -> bool {
    matches!(afterimage_policy::json::Json::parse(text), Ok(afterimage_policy::json::Json::Object(_)))
}

/// The policies in the storage, or why there are none.
pub(crate) fn policies() -> Result<BTreeMap<String, Stored>, String> {
    let storage = local()?;
    let length = storage.length().map_err(|error| refusal(&error))?;
    let keys = (0..length).filter_map(|at| storage.key(at).ok().flatten());
    let policies = keys.filter_map(|key| {
        let id = key.strip_prefix(POLICIES)?.to_owned();
        let stored: Stored = get(&key)?;
        is_document(&stored.text).then_some((id, stored))
    });
    let mut found = BTreeMap::new();
    found.extend(policies);
    Ok(found)
}

/// Puts a policy into the storage, or takes it out.
pub(crate) fn write(id: &str, stored: Option<&Stored>) -> Result<(), String> {
    let key = format!("{POLICIES}{id}");
    match stored {
        Some(stored) => set(&key, stored)?,
        None => local()?.remove_item(&key).map_err(|error| refusal(&error))?,
    }
    // What stood there before there were several is one of them by now.
    local()?.remove_item(POLICY).map_err(|error| refusal(&error))
}

/// Whether an event tells of a policy that another tab has changed; without a key it tells of everything.
pub(crate) fn is_policy(key: Option<&str>) -> bool {
    key.is_none_or(|key| key.starts_with(POLICIES))
}

/// Keeps which policy is open, and the view.
pub(crate) fn save_view(view: &View, open: &str) -> Result<(), String> {
    if let Some(session) = session() {
        // The other place is enough for a tab that is alone.
        let _ = session.set_item(OPEN, open);
    }
    set(OPEN, &open)?;
    set(VIEW, view)
}

/// The ARN that a policy was last exported for.
pub(crate) fn arn() -> Option<String> {
    get(ARN)
}

/// Keeps the ARN, if the browser lets us: it is quickly typed again.
pub(crate) fn save_arn(arn: &str) {
    let _ = set(ARN, &arn);
}

/// A name that nothing else has, and the time.
pub(crate) fn stamp() -> Stamp {
    let at = js_sys::Date::now();
    // Half of the name is the time, so two that were made by chance alike must also be made at the same moment.
    Stamp { id: format!("{:x}-{:x}", at as u64, (js_sys::Math::random() * 4e9) as u32), at: at as i64 }
}

/// Why the browser does not keep something, as the end of a sentence.
pub(crate) fn refusal(error: &JsValue) -> String {
    match error.dyn_ref::<DomException>().map(DomException::name).as_deref() {
        Some("QuotaExceededError") => "its storage for this site is full".to_owned(),
        Some("SecurityError" | "InvalidStateError") => {
            "it allows this site no storage, as in some private windows".to_owned()
        }
        Some(name) => format!("its storage answers with {name}"),
        None => "it has no storage for this site".to_owned(),
    }
}

fn local() -> Result<Storage, String> {
    let storage = web_sys::window().map(|window| window.local_storage());
    let none = || "it has no storage for this site".to_owned();
    storage.ok_or_else(none)?.map_err(|error| refusal(&error))?.ok_or_else(none)
}

fn session() -> Option<Storage> {
    web_sys::window()?.session_storage().ok().flatten()
}

fn get<T: DeserializeOwned>(key: &str) -> Option<T> {
    serde_json::from_str(&local().ok()?.get_item(key).ok()??).ok()
}

fn set<T: Serialize>(key: &str, value: &T) -> Result<(), String> {
    let text = serde_json::to_string(value).map_err(|error| error.to_string())?;
    local()?.set_item(key, &text).map_err(|error| refusal(&error))
}
