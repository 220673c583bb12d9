//! Links that hold a policy, the instant and the assumptions. They stand in the address's fragment, which browsers
//! send to nobody.

use js_sys::Array;
use js_sys::Function;
use js_sys::Reflect;
use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::Blob;
use web_sys::ReadableStreamDefaultReader;
use web_sys::ReadableStreamReadResult;
use web_sys::ReadableWritablePair;

use crate::state::Shared;

/// The number is that of what follows, should it ever be something else.
const PREFIX: &str = "#p1=";
/// Bytes of a policy with its settings; one that becomes larger is no policy.
const MOST: usize = 4 * 1024 * 1024;
/// Not without a checksum: a damaged link must not become another policy.
const FORMAT: &str = "deflate";

/// Whether a fragment is meant to hold a policy, of this version or another.
pub(crate) fn is_link(fragment: &str) -> bool {
    let version = fragment.strip_prefix("#p").and_then(|rest| rest.split_once('='));
    version
        .is_some_and(|(version, _)| !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The address of this page with a fragment that holds all this.
pub(crate) async fn write(shared: &Shared) -> Option<String> {
    let text = serde_json::to_vec(shared).ok()?;
    let pair = stream("CompressionStream").ok()?;
    let packed = through(&text, &pair).await.ok()??;
    let window = web_sys::window()?;
    let binary: String = packed.iter().map(|byte| char::from(*byte)).collect();
    let coded = window.btoa(&binary).ok()?.replace('+', "-").replace('/', "_");
    let address = window.location().href().ok()?;
    let page = address.split('#').next().unwrap_or_default();
    Some(format!("{page}{PREFIX}{}", coded.trim_end_matches('=')))
}

/// What a fragment holds, or why it cannot be opened.
pub(crate) async fn read(fragment: &str) -> Result<Shared, &'static str> {
    const DAMAGED: &str =
        "This link is damaged, or was cut off on its way. Ask for it again. Nothing has changed here.";
    let Some(coded) = fragment.strip_prefix(PREFIX) else {
        return Err(
            "This link was made by a newer version of this page. Reload the page and open the link again.",
        );
    };
    // A browser that is too old for the format is told apart from a link that is broken.
    let Ok(pair) = stream("DecompressionStream") else {
        return Err("This browser is too old to open such a link.");
    };
    let window = web_sys::window().ok_or(DAMAGED)?;
    let binary = window.atob(&coded.replace('-', "+").replace('_', "/")).map_err(|_| DAMAGED)?;
    // Each of the characters is a byte.
    let packed: Vec<u8> = binary.chars().map(|char| char as u8).collect();
    let text = through(&packed, &pair).await.ok().flatten().ok_or(DAMAGED)?;
    let shared: Shared = serde_json::from_slice(&text).map_err(|_| DAMAGED)?;
    crate::store::is_document(&shared.policy).then_some(shared).ok_or(DAMAGED)
}

/// One of the browser's two transformations, which `web-sys` counts as unstable.
fn stream(class: &str) -> Result<ReadableWritablePair, JsValue> {
    let class: Function = Reflect::get(&js_sys::global(), &class.into())?.dyn_into()?;
    Ok(Reflect::construct(&class, &Array::of1(&FORMAT.into()))?.unchecked_into())
}

/// What comes out of a transformation; `None` when it is too much.
async fn through(bytes: &[u8], pair: &ReadableWritablePair) -> Result<Option<Vec<u8>>, JsValue> {
    let blob = Blob::new_with_u8_array_sequence(&Array::of1(&Uint8Array::from(bytes)))?;
    let reader = ReadableStreamDefaultReader::new(&blob.stream().pipe_through(pair))?;
    let mut whole = Vec::new();
    loop {
        let read: ReadableStreamReadResult = JsFuture::from(reader.read()).await?.unchecked_into();
        if read.get_done() == Some(true) {
            return Ok(Some(whole));
        }
        whole.extend(read.get_value().unchecked_into::<Uint8Array>().to_vec());
        if whole.len() > MOST {
            // Whoever made it is not waiting for an answer.
            let _ = reader.cancel();
            return Ok(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::is_link;

    #[test]
    fn other_fragments_are_left_alone() {
        assert!(is_link("#p1=abc") && is_link("#p23="));
        assert!(!is_link("") && !is_link("#policies") && !is_link("#p=1") && !is_link("#px="));
    }
}
