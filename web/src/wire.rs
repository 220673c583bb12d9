//! Messages as bytes. Both ends are the same module, so nothing has to name its members.

use js_sys::Uint8Array;
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;

/// A message for the other end; `None` when it cannot be put into bytes, which no message of ours is.
pub(crate) fn written(message: &impl Serialize) -> Option<JsValue> {
    let bytes = postcard::to_allocvec(message).ok()?;
    Some(Uint8Array::from(bytes.as_slice()).into())
}

/// A message from the other end, or what is wrong with it.
pub(crate) fn read<T: DeserializeOwned>(message: &JsValue) -> Result<T, String> {
    let bytes = message.dyn_ref::<Uint8Array>().ok_or("it is no message")?;
    postcard::from_bytes(&bytes.to_vec()).map_err(|error| error.to_string())
}
