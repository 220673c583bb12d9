//! The engine and the service for JavaScript: what the npm package wraps.
//!
//! This is the border and nothing else. What is asked and what is answered crosses it as JSON text, which
//! `JSON.parse` reads faster than objects are built one by one; exports and HTTP bodies cross as bytes. What
//! goes wrong is thrown as the JSON of a [`Problem`], and a panic as `{"panic": …}`. `js/core.ts` makes
//! objects, classes and errors of all that.

pub mod answers;
pub mod arguments;
pub mod ask;
mod problem;
#[cfg(feature = "schema")]
pub mod schema;

use std::sync::Arc;

use afterimage_inventory as inventory;
use afterimage_inventory::Feed;
use afterimage_inventory::Instant;
use afterimage_inventory::Loader;
use afterimage_service as service;
use afterimage_service::Request;
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

pub use crate::problem::Problem;

type Thrown<T> = Result<T, JsValue>;

fn thrown<T>(result: Result<T, impl Into<Problem>>) -> Thrown<T> {
    result.map_err(|problem| json(&problem.into()))
}

fn json(value: &impl Serialize) -> JsValue {
    JsValue::from_str(&serde_json::to_string(value).unwrap_or_default())
}

/// A panic leaves no module that could go on, so it is thrown with its message rather than a bare trap.
#[wasm_bindgen(start)]
fn start() {
    std::panic::set_hook(Box::new(|info| {
        #[derive(Serialize)]
        struct Panic {
            panic: String,
        }
        wasm_bindgen::throw_val(json(&Panic { panic: info.to_string() }));
    }));
}

#[wasm_bindgen(js_name = parsePolicy)]
pub fn parse_policy(policy: &str, options: &str) -> Thrown<String> {
    thrown(ask::parse_policy(policy, options))
}

#[wasm_bindgen(js_name = checkPolicy)]
pub fn check_policy(policy: &str, options: &str) -> Thrown<String> {
    thrown(ask::check_policy(policy, options))
}

#[wasm_bindgen(js_name = checkInventory)]
pub fn check_inventory(policy: &str, inventory: &Inventory, options: &str) -> Thrown<String> {
    thrown(ask::check_inventory_too(policy, &inventory.0, options))
}

#[wasm_bindgen(js_name = convertPolicy)]
pub fn convert_policy(policy: &str, options: &str) -> Thrown<String> {
    thrown(ask::convert_policy(policy, options))
}

#[wasm_bindgen]
pub fn simulate(policy: &str, inventory: &Inventory, options: &str) -> Thrown<String> {
    thrown(ask::simulate(policy, &inventory.0, options))
}

#[wasm_bindgen]
pub fn forecast(policy: &str, inventory: &Inventory, options: &str) -> Thrown<String> {
    thrown(ask::forecast(policy, &inventory.0, options))
}

#[wasm_bindgen]
pub fn compare(
    policy: &str,
    inventory: &Inventory,
    with_policy: &str,
    with_inventory: &Inventory,
    options: &str,
) -> Thrown<String> {
    thrown(ask::compare((policy, &inventory.0), (with_policy, &with_inventory.0), options))
}

#[wasm_bindgen]
pub fn explain(policy: &str, inventory: &Inventory, options: &str) -> Thrown<String> {
    thrown(ask::explain(policy, &inventory.0, options))
}

/// Everything that was loaded.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Inventory(Arc<inventory::Inventory>);

#[wasm_bindgen]
impl Inventory {
    pub fn facts(&self) -> Thrown<String> {
        thrown(ask::facts(&self.0))
    }
}

/// Exports that are being read, one after the other.
#[wasm_bindgen]
#[derive(Debug, Default)]
pub struct Loading {
    loader: Loader,
    feed: Option<Feed>,
}

#[wasm_bindgen]
impl Loading {
    #[wasm_bindgen(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins an export.
    pub fn begin(&mut self, name: &str) {
        self.feed = Some(std::mem::take(&mut self.loader).begin(name));
    }

    /// Reads the next bytes of the export.
    pub fn push(&mut self, bytes: &[u8]) -> Thrown<()> {
        thrown(self.feed.as_mut().map_or(Ok(()), |feed| feed.push(bytes)))
    }

    /// Images and AMIs that were read so far.
    pub fn rows(&self) -> usize {
        self.feed.as_ref().map_or(0, |feed| feed.progress().rows)
    }

    /// Ends the export.
    pub fn end(&mut self) -> Thrown<()> {
        let Some(feed) = self.feed.take() else { return Ok(()) };
        let (loader, result) = feed.finish();
        self.loader = loader;
        thrown(result)
    }

    /// The inventory of all exports that have ended.
    pub fn finish(mut self) -> Inventory {
        Inventory(Arc::new(self.loader.finish()))
    }
}

/// The lifecycle API, with a clock that is moved by hand.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Service(service::Service);

#[wasm_bindgen]
impl Service {
    #[wasm_bindgen(constructor)]
    pub fn new(inventory: &Inventory, options: &str) -> Thrown<Self> {
        let options: arguments::ServiceOptions = thrown(arguments::read(options))?;
        let started = service::Service::new(Arc::clone(&inventory.0), options.settings(&inventory.0));
        thrown(started.map_err(|error| Problem::new(error.to_string()))).map(Self)
    }

    /// The service that [`Service::state`] wrote.
    pub fn restore(state: &str) -> Thrown<Self> {
        thrown(service::Service::restore(state).map_err(|error| Problem::new(error.to_string()))).map(Self)
    }

    pub fn handle(&mut self, method: &str, target: &str, body: &[u8]) -> Reply {
        Reply(self.0.handle(&Request { method, target, body }))
    }

    pub fn now(&self) -> String {
        self.0.now().to_string()
    }

    pub fn advance(&mut self, step: &str) -> Thrown<()> {
        let step: arguments::Step = thrown(arguments::read(step))?;
        self.advance_until(step.from(self.0.now()))
    }

    #[wasm_bindgen(js_name = advanceTo)]
    pub fn advance_to(&mut self, instant: &str) -> Thrown<()> {
        let at = Instant::parse(instant);
        let at = at.map_err(|error| Problem::new(format!("{error}; write it like 2026-11-23T12:00:00Z")));
        self.advance_until(thrown(at)?)
    }

    fn advance_until(&mut self, at: Instant) -> Thrown<()> {
        thrown(self.0.advance(at).map_err(|error| Problem::new(error.to_string())))
    }

    pub fn revision(&self) -> f64 {
        self.0.revision() as f64
    }

    pub fn state(&self) -> String {
        self.0.state()
    }
}

/// What the service answers. The glue asks for the global `Response`, so no class may have that name.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Reply(service::Response);

#[wasm_bindgen]
impl Reply {
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// Names and values in turn.
    pub fn headers(&self) -> Vec<String> {
        let pairs = self.0.headers.iter();
        pairs.flat_map(|(name, value)| [(*name).to_owned(), value.clone()]).collect()
    }

    /// The body, which ends the reply.
    pub fn body(self) -> Vec<u8> {
        self.0.body.into_bytes()
    }
}
