//! From an edit of the policy's text to the finished run: what the page does at each keystroke.
#![expect(clippy::unwrap_used, reason = "a benchmark may stop at what it does not expect")]

use std::fmt::Write;
use std::sync::OnceLock;

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Loader;
use afterimage_policy::Policy;
use afterimage_simulator::Builds;
use afterimage_simulator::Cadence;
use afterimage_simulator::ForecastOptions;
use afterimage_simulator::Plan;
use afterimage_simulator::Run;
use afterimage_simulator::State;
use afterimage_simulator::Totals;
use divan::Bencher;

fn main() {
    divan::main();
}

/// 2026-11-23T12:00:00Z.
const NOW: Instant = Instant(1_795_435_200_000);
const RECIPES: [&str; 8] = ["web", "api", "worker", "batch", "build", "proxy", "queue", "report"];
const BUILDS: u32 = 500;

/// An inventory, and the state before the first run on it.
struct World {
    inventory: Inventory,
    state: State,
}

impl World {
    fn new(images: u32) -> Self {
        let versions = images.div_ceil(RECIPES.len() as u32 * BUILDS);
        let mut loader = Loader::new();
        for export in exports(versions) {
            loader.add("export", export.as_bytes()).unwrap();
        }
        let inventory = loader.finish();
        assert_eq!(inventory.len(), images as usize);
        let state = State::new(&inventory);
        Self { inventory, state }
    }

    fn hundred_thousand() -> &'static Self {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(|| Self::new(100_000))
    }

    fn million() -> &'static Self {
        static WORLD: OnceLock<World> = OnceLock::new();
        WORLD.get_or_init(|| Self::new(1_000_000))
    }

    /// The whole way that an edit goes.
    fn edit(&self, text: &str) -> (Run, Totals) {
        let reading = afterimage_policy::read(text);
        let policy = reading.policy().unwrap();
        let plan = Plan::new(&policy, &self.inventory);
        let found = afterimage_simulator::check_inventory(&plan, &self.inventory, reading.root(), NOW);
        divan::black_box(found);
        let run = plan.run(&self.inventory, &self.state, NOW);
        let totals = plan.totals(&self.inventory, &self.state, &run);
        (run, totals)
    }
}

/// Images, AMIs and launch permissions: every image has two AMIs, and every tenth AMI is shared.
fn exports(versions: u32) -> [String; 3] {
    let (mut images, mut amis, mut permissions) = (String::new(), String::new(), String::new());
    let mut number = 0_u32;
    for recipe in RECIPES {
        for (version, build) in (0..versions).flat_map(|v| (1..=BUILDS).map(move |b| (v, b))) {
            // Spread over three years, each build of a version at its own time of day.
            let created =
                NOW.plus_days(-i64::from((number * 7919) % 1100)).0 - i64::from(number % 86_400) * 1000;
            let status = match number % 20 {
                0..=11 => "AVAILABLE",
                12..=14 => "DEPRECATED",
                15 | 16 => "DISABLED",
                17 | 18 => "FAILED",
                _ => "TESTING",
            };
            let (owner, team, pin) =
                ("123456789012", number % 12, if number % 25 == 3 { "yes" } else { "no" });
            let _ = writeln!(
                images,
                r#"{{"arn": "arn:aws:imagebuilder:us-west-2:{owner}:image/{recipe}/1.{version}.0/{build}",
                "name": "{recipe}", "type": "AMI", "version": "1.{version}.0/{build}", "platform": "Linux",
                "state": {{"status": "{status}"}}, "owner": "{owner}", "dateCreated": {},
                "outputResources": {{"amis": [
                {{"region": "us-west-2", "image": "ami-{number:08x}0", "accountId": "{owner}"}},
                {{"region": "eu-west-1", "image": "ami-{number:08x}1", "accountId": "{owner}"}}]}},
                "tags": {{"Team": "team-{team}", "Pin": "{pin}"}}}}"#,
                created / 1000,
            );
            for part in 0..2 {
                let ami = number * 2 + part;
                let launched = match ami % 3 {
                    0 => {
                        format!(r#""LastLaunchedTime": {},"#, created / 1000 + i64::from(ami % 400) * 86_400)
                    }
                    _ => String::new(),
                };
                let _ = writeln!(
                    amis,
                    r#"{{"ImageId": "ami-{number:08x}{part}", "OwnerId": "{owner}", "Public": {}, {launched}
                    "Tags": [{{"Key": "CreatedBy", "Value": "EC2 Image Builder"}},
                    {{"Key": "Environment", "Value": "environment-{}"}}], "State": "available",
                    "BlockDeviceMappings": [{{"Ebs": {{"SnapshotId": "snap-{ami:08x}"}}}}]}}"#,
                    ami % 50 == 7,
                    ami % 5,
                );
                if ami % 10 == 1 {
                    let _ = writeln!(
                        permissions,
                        r#"{{"ImageId": "ami-{number:08x}{part}", "LaunchPermissions": [
                        {{"UserId": "2222333344{:02}"}}, {{"UserId": "444455556666"}}]}}"#,
                        ami % 90 + 10,
                    );
                }
            }
            number += 1;
        }
    }
    [images, amis, permissions]
}

/// Three rules with exclusions of images and AMIs. The text differs a little each time, as it does while
/// somebody types.
fn texts() -> Vec<String> {
    let recipes =
        RECIPES.map(|name| format!(r#"{{"name": "{name}", "semanticVersion": "x.x.x"}}"#)).join(",");
    let amis = |days: u32| {
        format!(
            r#"{{"isPublic": true, "regions": ["us-east-1"], "sharedAccounts": ["444455556666", "111122223333"],
            "lastLaunched": {{"value": {days}, "unit": "DAYS"}}, "tagMap": {{"Environment": "environment-3"}}}}"#
        )
    };
    let text = |days: u32| {
        format!(
            r#"{{"name": "nightly", "executionRole": "LifecycleRole", "resourceType": "AMI_IMAGE",
            "policyDetails": [
            {{"action": {{"type": "DEPRECATE", "includeResources": {{"amis": true}}}},
            "filter": {{"type": "AGE", "value": 3, "unit": "MONTHS"}},
            "exclusionRules": {{"tagMap": {{"Pin": "yes"}}, "amis": {amis}}}}},
            {{"action": {{"type": "DISABLE", "includeResources": {{"amis": true}}}},
            "filter": {{"type": "AGE", "value": {days}, "unit": "DAYS"}},
            "exclusionRules": {{"tagMap": {{"Pin": "yes"}}, "amis": {amis}}}}},
            {{"action": {{"type": "DELETE", "includeResources": {{"amis": true, "snapshots": true}}}},
            "filter": {{"type": "AGE", "value": 1, "unit": "YEARS", "retainAtLeast": 2}},
            "exclusionRules": {{"tagMap": {{"Pin": "yes", "Team": "team-7"}}, "amis": {amis}}}}}],
            "resourceSelection": {{"recipes": [{recipes}]}}}}"#,
            amis = amis(days / 6),
        )
    };
    (160..200).map(text).collect()
}

fn policy() -> Policy {
    let reading = afterimage_policy::read(&texts().swap_remove(0));
    reading.policy().unwrap()
}

#[divan::bench]
fn policy_edit(bencher: Bencher<'_, '_>) {
    let (world, mut texts) = (World::hundred_thousand(), texts().into_iter().cycle());
    bencher.with_inputs(|| texts.next()).bench_local_values(|text| world.edit(&text.unwrap()));
}

/// Skipped unless asked for: `cargo bench -p afterimage-simulator -- --include-ignored`.
#[divan::bench(ignore, sample_count = 20)]
fn policy_edit_of_a_million(bencher: Bencher<'_, '_>) {
    let (world, mut texts) = (World::million(), texts().into_iter().cycle());
    bencher.with_inputs(|| texts.next()).bench_local_values(|text| world.edit(&text.unwrap()));
}

#[divan::bench]
fn step_1_read_text(bencher: Bencher<'_, '_>) {
    let mut texts = texts().into_iter().cycle();
    bencher
        .with_inputs(|| texts.next())
        .bench_local_values(|text| afterimage_policy::read(&text.unwrap()).policy());
}

#[divan::bench]
fn step_2_check_inventory(bencher: Bencher<'_, '_>) {
    let world = World::hundred_thousand();
    let plan = Plan::new(&policy(), &world.inventory);
    bencher.bench_local(|| afterimage_simulator::check_inventory(&plan, &world.inventory, "", NOW));
}

#[divan::bench]
fn step_3_plan_new(bencher: Bencher<'_, '_>) {
    let (world, policy) = (World::hundred_thousand(), policy());
    bencher.bench_local(|| Plan::new(&policy, &world.inventory));
}

#[divan::bench]
fn step_4_plan_run(bencher: Bencher<'_, '_>) {
    let world = World::hundred_thousand();
    let plan = Plan::new(&policy(), &world.inventory);
    bencher.bench_local(|| plan.run(&world.inventory, &world.state, NOW));
}

#[divan::bench]
fn step_5_totals(bencher: Bencher<'_, '_>) {
    let world = World::hundred_thousand();
    let plan = Plan::new(&policy(), &world.inventory);
    let run = plan.run(&world.inventory, &world.state, NOW);
    bencher.bench_local(|| plan.totals(&world.inventory, &world.state, &run));
}

/// A year, night by night.
fn year(cadence: Cadence) -> ForecastOptions {
    ForecastOptions { from: NOW, days: 365, builds: Builds { general: cadence, recipes: Vec::new() } }
}

#[divan::bench]
fn forecast_of_a_year(bencher: Bencher<'_, '_>) {
    let world = World::hundred_thousand();
    let plan = Plan::new(&policy(), &world.inventory);
    bencher.bench_local(|| plan.forecast(&world.inventory, &year(Cadence::Stopped)));
}

#[divan::bench]
fn forecast_of_a_year_with_builds(bencher: Bencher<'_, '_>) {
    let world = World::hundred_thousand();
    let plan = Plan::new(&policy(), &world.inventory);
    bencher.bench_local(|| plan.forecast(&world.inventory, &year(Cadence::Observed)));
}

/// Skipped unless asked for: `cargo bench -p afterimage-simulator -- --include-ignored`.
#[divan::bench(ignore, sample_count = 20)]
fn forecast_of_a_year_of_a_million(bencher: Bencher<'_, '_>) {
    let world = World::million();
    let plan = Plan::new(&policy(), &world.inventory);
    bencher.bench_local(|| plan.forecast(&world.inventory, &year(Cadence::Stopped)));
}
