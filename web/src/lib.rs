//! The page and its worker.
//!
//! One module with two roles: in a window it is the page, which only draws; in a worker it is the engine, which
//! owns the inventory. They speak [`protocol`]. Nothing here decides what a policy does: that is
//! `afterimage-simulator`.

mod bridge;
mod chunks;
mod edit;
mod engine;
mod exports;
mod link;
mod locale;
#[cfg(feature = "bench")]
mod measure;
mod pieces;
mod protocol;
mod sample;
mod state;
mod store;
mod templates;
mod text;
mod view;
mod wire;
mod worker;

use wasm_bindgen::JsCast;
use web_sys::DedicatedWorkerGlobalScope;

/// Takes the role that fits where the module was started.
pub fn run() {
    match js_sys::global().dyn_into::<DedicatedWorkerGlobalScope>() {
        Ok(scope) => {
            console_error_panic_hook::set_once();
            worker::run(scope);
        }
        Err(_) => view::mount(),
    }
}
