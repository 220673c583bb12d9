//! A forecast says what daily runs do, one after the other.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use afterimage_inventory::AmiId;
use afterimage_inventory::ImageType;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Status;
use afterimage_policy::Action;
use afterimage_policy::Policy;
use afterimage_policy::Selection;
use afterimage_policy::Tag;
use afterimage_simulator::ActionChanges;
use afterimage_simulator::Assumption;
use afterimage_simulator::Assumptions;
use afterimage_simulator::Builds;
use afterimage_simulator::Cadence;
use afterimage_simulator::Comparison;
use afterimage_simulator::Fate;
use afterimage_simulator::Forecast;
use afterimage_simulator::ForecastOptions;
use afterimage_simulator::LONGEST_FORECAST;
use afterimage_simulator::NightTotals;
use afterimage_simulator::OutputFate;
use afterimage_simulator::OutputKind;
use afterimage_simulator::OutputVerdict;
use afterimage_simulator::Plan;
use afterimage_simulator::Side;
use afterimage_simulator::State;
use afterimage_simulator::Verdict;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::Config;
use serde_json::Value;
use serde_json::json;

use crate::exports::images;
use crate::exports::inventory;
use crate::exports::leave;
use crate::exports::policy;
use crate::exports::rows;
use crate::exports::without_tag_of_deprecation;
use crate::generator::scenario;

mod exports;
mod generator;

/// The same, told by runs.
fn by_runs(plan: &Plan, inventory: &Inventory, from: Instant, days: u32) -> (Vec<Fate>, Vec<NightTotals>) {
    let mut state = State::new(inventory);
    let mut fates: Vec<Option<Fate>> = vec![None; inventory.len()];
    let mut nights = Vec::new();
    for day in 0..=days {
        let run = plan.run(inventory, &state, from.plus_days(i64::from(day)));
        let mut night = NightTotals::default();
        for (image, outcome) in run.outcomes().enumerate() {
            let Some(outcome) = outcome else { continue };
            let said = (outcome.verdict, outcome.reason);
            let fate = fates[image].get_or_insert(Fate {
                deprecated: None,
                disabled: None,
                deleted: None,
                refused: None,
                first: said,
                last: None,
            });
            fate.last = (day == days).then_some(said);
            night.failed += u32::from(outcome.fails());
            if outcome.stays {
                fate.refused = fate.refused.or(Some(day));
                continue;
            }
            let (when, count) = match outcome.verdict {
                Verdict::Deprecate => (&mut fate.deprecated, &mut night.deprecated),
                Verdict::Disable => (&mut fate.disabled, &mut night.disabled),
                Verdict::Delete => (&mut fate.deleted, &mut night.deleted),
                _ => continue,
            };
            *when = Some(day);
            *count += 1;
        }
        plan.apply(inventory, &mut state, &run);
        let left = (0..inventory.len()).filter(|&image| {
            let in_scope = fates[image].is_some_and(|fate| fate.first.0 != Verdict::Ignore);
            in_scope && state.status(image).is_some_and(|status| status != Status::Deleted)
        });
        night.remaining = left.count() as u32;
        nights.push(night);
    }
    (fates.into_iter().map(Option::unwrap).collect(), nights)
}

/// What becomes of every AMI and container image, told by runs.
fn outputs_by_runs(plan: &Plan, inventory: &Inventory, from: Instant, days: u32) -> Vec<OutputFate> {
    let mut state = State::new(inventory);
    let mut fates = vec![OutputFate::default(); inventory.amis.len() + inventory.containers.len()];
    for day in 0..=days {
        let run = plan.run(inventory, &state, from.plus_days(i64::from(day)));
        let before = state.clone();
        plan.apply(inventory, &mut state, &run);
        for (image, outcome) in run.outcomes().enumerate() {
            let Some(outcome) = outcome else { continue };
            let goes = outcome.verdict == Verdict::Delete && !outcome.stays;
            for output in plan.outputs(inventory, &before, &run, image) {
                let place = match output.kind {
                    OutputKind::Ami(ami) => ami.0 as usize,
                    OutputKind::Container(row) => inventory.amis.len() + row as usize,
                };
                let fate = &mut fates[place];
                let is_listed = |ami: AmiId| {
                    let listing = inventory.ami_outputs.image.iter().zip(&inventory.ami_outputs.ami);
                    let status = |&image: &u32| state.status(image as usize);
                    let is_there = |status: Status| status != Status::Deleted;
                    listing
                        .filter(|&(_, &other)| other == ami)
                        .any(|(image, _)| status(image).is_some_and(is_there))
                };
                let stays = match output.kind {
                    OutputKind::Ami(ami) => !is_listed(ami) && !state.is_deregistered(ami),
                    OutputKind::Container(_) => output.verdict != OutputVerdict::Delete,
                };
                if goes && stays {
                    fate.left = fate.left.or(Some(day));
                }
                if output.gone {
                    continue;
                }
                let when = match output.verdict {
                    OutputVerdict::Deprecate => &mut fate.deprecated,
                    OutputVerdict::Disable => &mut fate.disabled,
                    OutputVerdict::Delete => &mut fate.deleted,
                    OutputVerdict::Skip | OutputVerdict::Left | OutputVerdict::Fail => continue,
                };
                *when = when.or(Some(day));
                if output.snapshots.iter().any(|snapshot| snapshot.verdict == OutputVerdict::Delete) {
                    fate.snapshots = fate.snapshots.or(Some(day));
                }
            }
        }
    }
    fates
}

/// What runs of the nights of a forecast leave.
fn state_by_runs(plan: &Plan, inventory: &Inventory, forecast: &Forecast, days: u32) -> State {
    let mut state = State::new(inventory);
    for night in 0..days {
        let run = plan.run(inventory, &state, forecast.at(night));
        plan.apply(inventory, &mut state, &run);
    }
    state
}

fn fates(forecast: &Forecast) -> Vec<Fate> {
    (0..forecast.len()).map(|image| forecast.fate(image).unwrap()).collect()
}

/// Makes every rule act on AMIs, and disable and delete those only that are not deprecated.
fn spare_deprecated(policy: &mut Policy) {
    let tag = Tag { key: "DeprecatedBy".to_owned(), value: "EC2 Image Builder".to_owned() };
    for rule in policy.rules.iter_mut() {
        rule.include.amis = true;
        if rule.action != Action::Deprecate {
            rule.exclude.amis.tags = vec![tag.clone()];
        }
    }
}

fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn a_forecast_is_run_after_run(
        scenario in scenario(),
        days in select(vec![0_u32, 1, 3, 40, 130]),
    ) {
        let days = days + scenario.days;
        let (policy, inventory) = (policy(&scenario), inventory(&scenario.exports));
        let plan = Plan::assuming(&policy, &inventory, scenario.assumptions());
        let from = Instant::from_utc(scenario.now);
        let forecast = plan.forecast(&inventory, &ForecastOptions { from, days, builds: Builds::default() });
        let (by_runs, nights) = by_runs(&plan, &inventory, from, days);
        prop_assert_eq!(fates(&forecast), by_runs);
        prop_assert_eq!(&forecast.nights, &nights);
    }

    #[test]
    fn a_forecast_follows_the_tag_of_a_deprecation_as_runs_do(
        scenario in scenario(),
        keeps in 0..=1_usize,
        days in select(vec![3_u32, 40, 130, 400]),
    ) {
        let (mut policy, inventory) = (policy(&scenario), inventory(&scenario.exports));
        spare_deprecated(&mut policy);
        let waits = Assumption::PolicyDeleteKeepsImageWhenAmiSkipped;
        let assumptions = Assumptions::default().with(waits, keeps);
        let plan = Plan::assuming(&policy, &inventory, assumptions);
        let from = Instant::from_utc(scenario.now);
        let forecast = plan.forecast(&inventory, &ForecastOptions { from, days, builds: Builds::default() });
        let (by_runs, nights) = by_runs(&plan, &inventory, from, days);
        prop_assert_eq!(fates(&forecast), by_runs);
        prop_assert_eq!(&forecast.nights, &nights);
        let state = state_by_runs(&plan, &inventory, &forecast, days);
        prop_assert_eq!(plan.state_before(&inventory, &forecast, days), state);
    }

    #[test]
    fn outputs_meet_the_fates_that_runs_bring_them(
        scenario in scenario(),
        days in select(vec![0_u32, 3, 40]),
    ) {
        let (policy, inventory) = (policy(&scenario), inventory(&scenario.exports));
        let plan = Plan::assuming(&policy, &inventory, scenario.assumptions());
        let from = Instant::from_utc(scenario.now);
        let forecast = plan.forecast(&inventory, &ForecastOptions { from, days, builds: Builds::default() });
        let fates = plan.output_fates(&inventory, &forecast);
        let amis = (0..inventory.amis.len() as u32).map(|ami| OutputKind::Ami(AmiId(ami)));
        let outputs = amis.chain((0..inventory.containers.len() as u32).map(OutputKind::Container));
        let told: Vec<OutputFate> = outputs.map(|output| fates.fate(output)).collect();
        prop_assert_eq!(told, outputs_by_runs(&plan, &inventory, from, days));
    }

    #[test]
    fn the_state_before_a_night_is_what_runs_leave(
        scenario in scenario(),
        days in select(vec![0_u32, 1, 2, 7, 40]),
    ) {
        let (policy, inventory) = (policy(&scenario), inventory(&scenario.exports));
        let plan = Plan::assuming(&policy, &inventory, scenario.assumptions());
        let from = Instant::from_utc(scenario.now);
        let forecast =
            plan.forecast(&inventory, &ForecastOptions { from, days: days + 20, builds: Builds::default() });
        let state = state_by_runs(&plan, &inventory, &forecast, days);
        prop_assert_eq!(plan.state_before(&inventory, &forecast, days), state);
    }

    #[test]
    fn nothing_happens_after_a_forecast_has_settled(
        scenario in scenario(),
        days in select(vec![0_u32, 3, 40]),
    ) {
        let (policy, inventory) = (policy(&scenario), inventory(&scenario.exports));
        let plan = Plan::assuming(&policy, &inventory, scenario.assumptions());
        let from = Instant::from_utc(scenario.now);
        let forecast = |days| plan.forecast(&inventory, &ForecastOptions { from, days, builds: Builds::default() });
        let (short, long) = (forecast(days), forecast(LONGEST_FORECAST));
        let acts = |night: &NightTotals| night.deprecated + night.disabled + night.deleted > 0;
        let last = long.nights.iter().rposition(acts).unwrap_or(0);
        if let Some(settled) = short.settled_after {
            prop_assert_eq!(settled as usize, last);
        }
    }
}

/// The same seen from the other side.
fn turned(changes: ActionChanges) -> ActionChanges {
    let ActionChanges { before, after, newly, spared, earlier, later } = changes;
    ActionChanges {
        before: after,
        after: before,
        newly: spared,
        spared: newly,
        earlier: later,
        later: earlier,
    }
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn a_comparison_reads_the_same_in_both_directions(scenario in scenario(), other in scenario()) {
        let inventory = inventory(&scenario.exports);
        let options =
            ForecastOptions { from: Instant::from_utc(scenario.now), days: 90, builds: Builds::default() };
        let plans = [&scenario, &other].map(|scenario| Plan::assuming(&policy(scenario), &inventory, scenario.assumptions()));
        let [a, b] = plans.each_ref().map(|plan| plan.forecast(&inventory, &options));
        let [of_a, of_b] = [(&plans[0], &a), (&plans[1], &b)]
            .map(|(plan, forecast)| plan.output_fates(&inventory, forecast));
        let a = Side { inventory: &inventory, forecast: &a, outputs: &of_a };
        let b = Side { inventory: &inventory, forecast: &b, outputs: &of_b };
        let (there, back) = (Comparison::of_policies(a, b), Comparison::of_policies(b, a));
        prop_assert_eq!(&there.changed, &back.changed);
        for action in Action::ALL {
            let changes = there.changes(action);
            prop_assert_eq!(turned(*changes), *back.changes(action));
            prop_assert_eq!(changes.before + changes.newly, changes.after + changes.spared);
        }
        let (outputs, turned_outputs) = (&there.outputs, &back.outputs);
        prop_assert_eq!(turned(outputs.amis.delete), turned_outputs.amis.delete);
        prop_assert_eq!(turned(outputs.amis.left), turned_outputs.amis.left);
        prop_assert_eq!(turned(outputs.snapshots), turned_outputs.snapshots);
        prop_assert_eq!(turned(outputs.containers), turned_outputs.containers);
        let joined = Comparison::of_inventories(a, b);
        let mut changed = joined.changed.clone();
        prop_assert!(changed.is_sorted_by_key(|&(row, _)| inventory.arn(row as usize)));
        changed.sort_unstable();
        // Of images that list the same AMI, the first one tells what is apart from it.
        prop_assert_eq!(Comparison { changed, apart: there.apart, ..joined }, there);
        prop_assert!(Comparison::of_policies(a, a).changed.is_empty());
    }
}

proptest! {
    // Every night is read from exports anew, which takes its time.
    #![proptest_config(config(600))]

    #[test]
    fn builds_to_come_are_images_like_any_other(
        mut scenario in scenario(),
        general in select(vec![Cadence::Days(1), Cadence::Days(3), Cadence::Observed]),
    ) {
        without_tag_of_deprecation(&mut scenario);
        // The spelling of a name that decides may leave with an image.
        let assumptions = scenario.assumptions().with(Assumption::RecipeNames, 0);
        let (policy, inventory) = (policy(&scenario), inventory(&scenario.exports));
        let plan = Plan::assuming(&policy, &inventory, assumptions);
        let from = Instant::from_utc(scenario.now);
        let days = 9;
        let builds = Builds { general, recipes: Vec::new() };
        let forecast = plan.forecast(&inventory, &ForecastOptions { from, days, builds });
        let mut to_come: Vec<(Instant, Value)> = Vec::new();
        for (index, series) in forecast.series.iter().enumerate() {
            for (number, created) in (1..).map(|step| Instant(series.last.0 + series.interval * step))
                .filter(|&created| created > from)
                .take_while(|&created| created <= from.plus_days(i64::from(days)))
                .enumerate()
            {
                let rows = (series.like, series.before);
                to_come.push((created, like(&policy, &inventory, rows, index * 100 + number, created)));
            }
        }
        let is_new = |row: &Value| row["arn"].as_str().unwrap().rsplit('/').next().unwrap().parse::<u32>().unwrap() >= 1000;
        let mut exports = scenario.exports.clone();
        let mut totals = Vec::new();
        for day in 0..=days {
            let at = from.plus_days(i64::from(day));
            let mut night = NightTotals::default();
            to_come.retain(|(created, image)| {
                let there = *created <= at;
                if there {
                    exports.iter_mut().find_map(images).unwrap().push(image.clone());
                    night.new_builds.built += 1;
                }
                !there
            });
            let reading = afterimage_policy::read(&scenario.policy.to_string());
            let now = self::inventory(&exports);
            let report = afterimage_simulator::report(&reading, &now, assumptions, at, 0);
            let report = serde_json::to_value(report).unwrap();
            let rows = rows(&report, 0);
            for row in rows.values() {
                let left = row["after"] != "DELETED" && row["verdict"] != "IGNORE";
                night.failed += u32::from(row["status"] == "FAILED" && left);
                if is_new(row) { night.new_builds.remaining += u32::from(left) } else { night.remaining += u32::from(left) }
                if row["before"] == row["after"] {
                    continue;
                }
                let new = &mut night.new_builds;
                let count = match (is_new(row), row["verdict"].as_str().unwrap()) {
                    (false, "DEPRECATE") => &mut night.deprecated,
                    (false, "DISABLE") => &mut night.disabled,
                    (false, "DELETE") => &mut night.deleted,
                    (true, "DEPRECATE") => &mut new.deprecated,
                    (true, "DISABLE") => &mut new.disabled,
                    (true, "DELETE") => &mut new.deleted,
                    other => panic!("{other:?}"),
                };
                *count += 1;
            }
            exports = leave(&exports, &rows);
            totals.push(night);
        }
        prop_assert_eq!(&forecast.nights, &totals);
    }
}

/// An image of the same recipe version as the newest and the one before it, that is just built.
fn like(
    policy: &Policy,
    inventory: &Inventory,
    (row, before): (usize, Option<usize>),
    number: usize,
    created: Instant,
) -> Value {
    let images = &inventory.images;
    let group = &inventory.groups[images.group[row].0 as usize];
    let arn = inventory.arn(row).rsplit_once('/').unwrap().0;
    let tags = |row: usize| inventory.tag_sets.get(images.tags[row]).iter();
    let is_selected = |key: &str, value: &str| match &policy.selection {
        Selection::Tags(tags) => tags.iter().any(|tag| tag.key == key && tag.value == value),
        Selection::Recipes(_) => false,
    };
    let tags: serde_json::Map<String, Value> = tags(row)
        .map(|tag| (tag, inventory.text(tag.0), inventory.text(tag.1)))
        .filter(|&(tag, key, value)| {
            is_selected(key, value) || before.is_none_or(|before| tags(before).any(|other| other == tag))
        })
        .map(|(_, key, value)| (key.to_owned(), json!(value)))
        .collect();
    let (kind, recipe) = match images.image_type[row] {
        ImageType::Ami => ("AMI", "imageRecipe"),
        ImageType::Docker => ("DOCKER", "containerRecipe"),
    };
    json!({
        "arn": format!("{arn}/{}", 1000 + number),
        "name": inventory.text(images.name[row]),
        "type": kind,
        "owner": inventory.text(images.owner[row]),
        "dateCreated": created.to_string(),
        "state": { "status": "AVAILABLE" },
        "tags": tags,
        "buildType": images.imported[row].then_some("IMPORT"),
        recipe: { "name": inventory.text(group.recipe_name), "version": inventory.text(group.version) },
    })
}

/// A policy that disables after 30 days and deletes after 10, but for images with a pin and public AMIs.
fn hasty() -> Value {
    json!({
        "name": "hasty", "executionRole": "Role", "resourceType": "AMI_IMAGE",
        "policyDetails": [
            { "action": { "type": "DISABLE", "includeResources": { "amis": true } },
              "filter": { "type": "AGE", "value": 30, "unit": "DAYS" } },
            { "action": { "type": "DELETE", "includeResources": { "amis": true } },
              "filter": { "type": "AGE", "value": 10, "unit": "DAYS" },
              "exclusionRules": { "tagMap": { "Keep": "yes" }, "amis": { "isPublic": true } } }
        ],
        "resourceSelection": { "recipes": [{ "name": "web", "semanticVersion": "x.x.x" }] },
    })
}

/// A pinned image of this age and another one that list the same AMI, which is public.
fn sharing(pinned: i64, other: i64, protection: &str) -> Inventory {
    let from = Instant::parse("2026-11-23T12:00:00Z").unwrap();
    let image = |build: u32, age: i64, tags: Value| {
        json!({
            "arn": format!("arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/{build}"),
            "name": "web", "type": "AMI", "version": format!("1.0.0/{build}"), "owner": "123456789012",
            "dateCreated": from.plus_days(-age).to_string(), "state": { "status": "AVAILABLE" }, "tags": tags,
            "outputResources": { "amis": [{ "region": "us-west-2", "image": "ami-1" }] },
        })
    };
    inventory(&[
        json!({ "imageSummaryList": [image(1, pinned, json!({ "Keep": "yes" })), image(2, other, json!({}))] }),
        json!({ "Images": [{ "ImageId": "ami-1", "Public": true, "DeregistrationProtection": protection }] }),
    ])
}

/// Row of the second image, in a forecast that is compared with runs.
#[track_caller]
fn other(inventory: &Inventory, assumptions: Assumptions) -> Fate {
    let policy = afterimage_policy::read(&hasty().to_string()).policy().unwrap();
    let plan = Plan::assuming(&policy, inventory, assumptions);
    let from = Instant::parse("2026-11-23T12:00:00Z").unwrap();
    let forecast = plan.forecast(inventory, &ForecastOptions { from, days: 40, builds: Builds::default() });
    let (by_runs, nights) = by_runs(&plan, inventory, from, 40);
    assert_eq!(fates(&forecast), by_runs);
    assert_eq!(forecast.nights, nights);
    let row = inventory.find_image("arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/2");
    forecast.fate(row.unwrap()).unwrap()
}

#[test]
fn an_ami_that_another_image_takes_out_of_public_view_fails_a_deletion_after_that_night_only() {
    // The other image is disabled on night 2, and its AMI is no longer spared for being public.
    let protected = |age| other(&sharing(28, age, "enabled-without-cooldown"), Assumptions::default());
    assert_eq!((protected(8).deleted, protected(8).refused), (Some(2), None));
    assert_eq!((protected(7).deleted, protected(7).refused), (None, Some(3)));
}

#[test]
fn a_deletion_that_waits_for_a_spared_ami_goes_through_when_another_image_is_disabled() {
    let keeps = Assumptions::default().with(Assumption::PolicyDeleteKeepsImageWhenAmiSkipped, 1);
    let fate = other(&sharing(28, 12, "disabled"), keeps);
    assert_eq!((fate.refused, fate.deleted), (Some(0), Some(3)));
}

#[test]
fn a_deletion_that_waits_for_a_spared_ami_goes_through_when_another_image_takes_it() {
    // Only the second image lists its AMI in the Region that is excluded.
    let mut policy = hasty();
    policy["policyDetails"][1]["exclusionRules"] = json!({ "amis": { "regions": ["eu-west-1"] } });
    let policy = afterimage_policy::read(&policy.to_string()).policy().unwrap();
    let from = Instant::parse("2026-11-23T12:00:00Z").unwrap();
    let ami = |id: &str, region: &str| json!({ "region": region, "image": id });
    let image = |build: u32, age: i64, amis: Value| {
        json!({
            "arn": format!("arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/{build}"),
            "name": "web", "type": "AMI", "owner": "123456789012",
            "dateCreated": from.plus_days(-age).to_string(), "state": { "status": "AVAILABLE" },
            "outputResources": { "amis": amis },
        })
    };
    for (assumption, choice) in [(Assumption::TieBreak, 0), (Assumption::ActedOnImagesKeepSlots, 1)] {
        let keeps = Assumptions::default().with(Assumption::PolicyDeleteKeepsImageWhenAmiSkipped, 1);
        let assumptions = keeps.with(assumption, choice);
        let list = [
            image(1, 8, json!([ami("ami-1", "us-west-2")])),
            image(2, 9, json!([ami("ami-1", "eu-west-1")])),
            // Its own deletion takes what spared it.
            image(3, 9, json!([ami("ami-2", "eu-west-1"), ami("ami-2", "us-west-2")])),
        ];
        let inventory = inventory(&[json!({ "imageSummaryList": list })]);
        let plan = Plan::assuming(&policy, &inventory, assumptions);
        let forecast =
            plan.forecast(&inventory, &ForecastOptions { from, days: 9, builds: Builds::default() });
        let (by_runs, nights) = by_runs(&plan, &inventory, from, 9);
        assert_eq!(fates(&forecast), by_runs);
        assert_eq!(forecast.nights, nights);
        let fates = [2, 3].map(|build| {
            let arn = format!("arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/{build}");
            let fate = forecast.fate(inventory.find_image(&arn).unwrap()).unwrap();
            (fate.refused, fate.deleted)
        });
        assert_eq!(fates, [(Some(1), Some(3)), (Some(1), Some(2))]);
    }
}

#[test]
fn a_deletion_that_fails_counts_as_one_only_where_the_image_stays() {
    let counts = |keeps| {
        let assumptions = Assumptions::default().with(Assumption::FailedOutputKeepsImage, keeps);
        let policy = afterimage_policy::read(&hasty().to_string()).policy().unwrap();
        let inventory = sharing(28, 7, "enabled-without-cooldown");
        let plan = Plan::assuming(&policy, &inventory, assumptions);
        let from = Instant::parse("2026-11-23T12:00:00Z").unwrap();
        let options = ForecastOptions { from, days: 4, builds: Builds::default() };
        let nights = plan.forecast(&inventory, &options).nights;
        nights.iter().map(|night| (night.disabled, night.deleted, night.failed)).collect::<Vec<_>>()
    };
    // The pinned image is disabled on night 2, so that nothing spares the AMI of the other any more.
    assert_eq!(counts(0), [(0, 0, 0), (0, 0, 0), (1, 0, 0), (0, 0, 1), (0, 0, 1)]);
    assert_eq!(counts(1), [(0, 0, 0), (0, 0, 0), (1, 0, 0), (0, 1, 0), (0, 0, 0)]);
}

/// Builds to come that are deleted within 40 days, of a version whose newest images have these tags.
fn deleted_builds(tags: &[Value]) -> u32 {
    let from = Instant::parse("2026-11-23T12:00:00Z").unwrap();
    let image = |(build, tags): (usize, &Value)| {
        json!({
            "arn": format!("arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/{build}"),
            "name": "web", "type": "AMI", "owner": "123456789012", "state": { "status": "AVAILABLE" },
            "dateCreated": from.plus_days(build as i64 - 3).to_string(), "tags": tags,
        })
    };
    let inventory =
        inventory(&[json!({ "imageSummaryList": tags.iter().enumerate().map(image).collect::<Vec<_>>() })]);
    let policy = afterimage_policy::read(&hasty().to_string()).policy().unwrap();
    let builds = Builds { general: Cadence::Days(7), recipes: Vec::new() };
    let forecast =
        Plan::new(&policy, &inventory).forecast(&inventory, &ForecastOptions { from, days: 40, builds });
    forecast.totals().new_builds.deleted
}

#[test]
fn a_pin_on_the_newest_image_alone_is_not_expected_of_builds_to_come() {
    let (pin, none) = (json!({ "Keep": "yes", "Team": "web" }), json!({ "Team": "web" }));
    assert!(deleted_builds(&[none.clone(), none.clone()]) > 0);
    assert!(deleted_builds(&[none.clone(), pin.clone()]) > 0);
    assert_eq!(deleted_builds(&[none.clone(), pin.clone(), pin.clone()]), 0);
    assert_eq!(deleted_builds(&[pin]), 0);
}
