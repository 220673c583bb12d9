//! What the browser keeps between visits: the policy and the view, never an export.

use afterimage_policy::json::Json;
use gloo_storage::LocalStorage;
use gloo_storage::Storage;

use crate::state::View;

// The origin may be shared with other pages of the same host.
const POLICY: &str = "afterimage/1/policy";
const VIEW: &str = "afterimage/1/view";
const ARN: &str = "afterimage/1/arn";

/// What an earlier visit left. Damaged entries count as absent.
pub(crate) fn load() -> (Option<Json>, View) {
    let policy = LocalStorage::get::<String>(POLICY).ok().and_then(|text| Json::parse(&text).ok());
    (policy, LocalStorage::get(VIEW).unwrap_or_default())
}

/// Keeps the policy; false when the browser refuses.
pub(crate) fn save_policy(document: &Json) -> bool {
    LocalStorage::set(POLICY, document.pretty()).is_ok()
}

/// Keeps the view; false when the browser refuses.
pub(crate) fn save_view(view: &View) -> bool {
    LocalStorage::set(VIEW, view).is_ok()
}

/// The ARN that a policy was last exported for.
pub(crate) fn arn() -> Option<String> {
    LocalStorage::get(ARN).ok()
}

/// Keeps the ARN, if the browser lets us: it is quickly typed again.
pub(crate) fn save_arn(arn: &str) {
    let _ = LocalStorage::set(ARN, arn);
}
