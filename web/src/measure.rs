//! An evaluation by itself, without what the page does around it; only in builds for `cargo xtask bench`.

use afterimage_bench::Counts;
use afterimage_bench::Night;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_simulator::State;
use serde::Deserialize;
use serde::Serialize;

/// Beside [`crate::protocol::Request`], of which the page knows no more than it needs.
#[derive(Deserialize)]
enum Request {
    Measure { policy: String, now: i64 },
}

#[derive(Serialize)]
enum Response {
    /// Median of several evaluations in milliseconds, and what they count.
    Measured { evaluate: f64, counts: Counts },
}

/// The answer to a message, if it is one for here.
pub(crate) fn answer(message: &str, inventory: &Inventory, clock: impl Fn() -> f64) -> Option<String> {
    let Request::Measure { policy, now } = serde_json::from_str(message).ok()?;
    let state = State::new(inventory);
    let night = || Night::new(&policy, inventory, &state, Instant(now));
    let counts = night()?.counts(inventory, &state);
    let sample = |_| {
        let start = clock();
        let night = night();
        let spent = clock() - start;
        drop(night);
        spent
    };
    let mut samples: Vec<f64> = (0..21).map(sample).collect();
    samples.sort_by(f64::total_cmp);
    let evaluate = samples.get(samples.len() / 2).copied()?;
    serde_json::to_string(&Response::Measured { evaluate, counts }).ok()
}
