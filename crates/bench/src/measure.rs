//! How long the engine takes natively, and what reading its columns once takes.

use std::hint::black_box;
use std::time::Duration;
use std::time::Instant as Clock;

use afterimage_bench::Counts;
use afterimage_bench::NOW;
use afterimage_bench::Night;
use afterimage_inventory::Inventory;
use afterimage_simulator::Builds;
use afterimage_simulator::ForecastOptions;
use afterimage_simulator::Plan;
use afterimage_simulator::State;
use serde::Serialize;

/// What a row of the table says.
#[derive(Debug, Serialize)]
pub(crate) struct Measured {
    /// Milliseconds, like everything below.
    pub(crate) load: f64,
    pub(crate) evaluate: f64,
    /// Parts of `evaluate`.
    pub(crate) plan: f64,
    pub(crate) run: f64,
    pub(crate) totals: f64,
    pub(crate) floor: f64,
    /// A year of nights, without new builds.
    pub(crate) forecast: f64,
    pub(crate) counts: Counts,
}

/// Measures everything but loading; `None` when the policy has errors.
pub(crate) fn measure(inventory: &Inventory, policy: &str, load: Duration) -> Option<Measured> {
    let state = State::new(inventory);
    let night = Night::new(policy, inventory, &state, NOW)?;
    let year = ForecastOptions { from: NOW, days: 365, builds: Builds::default() };
    Some(Measured {
        load: milliseconds(load),
        evaluate: median(|| Night::new(black_box(policy), inventory, &state, NOW)),
        plan: median(|| {
            afterimage_policy::read(black_box(policy)).policy().map(|policy| Plan::new(&policy, inventory))
        }),
        run: median(|| night.plan.run(inventory, &state, NOW)),
        totals: median(|| night.plan.totals(inventory, &state, &night.run)),
        floor: median(|| read_once(black_box(inventory))),
        forecast: median(|| night.plan.forecast(inventory, &year)),
        counts: night.counts(inventory, &state),
    })
}

/// Sums each column that a run with its totals depends on, row after row: less work is not possible.
fn read_once(inventory: &Inventory) -> [u64; 11] {
    let Inventory { images, ami_outputs: outputs, amis, .. } = inventory;
    let rows = 0..images.group.len();
    [
        images.group.iter().map(|group| u64::from(group.0)).sum(),
        images.created.iter().fold(0, |sum: u64, at| sum.wrapping_add(at.0 as u64)),
        images.status.iter().map(|&status| status as u64).sum(),
        images.image_type.iter().map(|&kind| kind as u64).sum(),
        images.imported.iter().map(|&imported| u64::from(imported)).sum(),
        images.tags.iter().map(|tags| u64::from(tags.0)).sum(),
        rows.map(|image| images.ami_outputs(image).end as u64).sum(),
        outputs.ami.iter().zip(&outputs.region).fold(0, |sum: u64, (ami, region)| {
            sum.wrapping_add(u64::from(ami.0)).wrapping_add(u64::from(*region == black_box(*region)))
        }),
        amis.public
            .iter()
            .zip(&amis.protected)
            .map(|(&public, &protected)| u64::from(public) + u64::from(protected))
            .sum(),
        amis.tags.iter().map(|tags| u64::from(tags.0)).sum(),
        amis.launched.iter().flatten().fold(0, |sum: u64, at| sum.wrapping_add(at.0 as u64)),
    ]
}

/// Median of several runs after one that does not count: at least five, and more while they are quick.
pub(crate) fn median<T>(mut work: impl FnMut() -> T) -> f64 {
    const ENOUGH: Duration = Duration::from_millis(1500);
    black_box(work());
    let begin = Clock::now();
    let mut samples = Vec::new();
    while samples.len() < 5 || (samples.len() < 101 && begin.elapsed() < ENOUGH) {
        let start = Clock::now();
        let result = black_box(work());
        samples.push(start.elapsed());
        drop(result);
    }
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().map_or(0.0, milliseconds)
}

pub(crate) fn milliseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e3
}
