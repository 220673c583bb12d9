//! What holds for every policy and every inventory.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use afterimage_inventory::GroupId;
use afterimage_inventory::ImageType;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Loader;
use afterimage_inventory::Status;
use afterimage_policy::Action;
use afterimage_policy::Filter;
use afterimage_policy::ResourceType;
use afterimage_policy::Rule;
use afterimage_simulator::Assumption;
use afterimage_simulator::Builds;
use afterimage_simulator::Considered;
use afterimage_simulator::Explanation;
use afterimage_simulator::Finding;
use afterimage_simulator::ForecastOptions;
use afterimage_simulator::LONGEST_FORECAST;
use afterimage_simulator::Outcome;
use afterimage_simulator::Output;
use afterimage_simulator::OutputCounts;
use afterimage_simulator::OutputKind;
use afterimage_simulator::OutputVerdict;
use afterimage_simulator::Plan;
use afterimage_simulator::Reason;
use afterimage_simulator::SETTINGS;
use afterimage_simulator::Spared;
use afterimage_simulator::State;
use afterimage_simulator::Verdict;
use afterimage_simulator::check_inventory;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::Config;
use serde_json::Value;
use serde_json::json;

use crate::exports::images;
use crate::exports::inventory;
use crate::exports::leave;
use crate::exports::policy;
use crate::exports::rows;
use crate::exports::without_tag_of_deprecation;
use crate::generator::Scenario;
use crate::generator::scenario;

mod exports;
mod generator;

fn plan(scenario: &Scenario, inventory: &Inventory) -> Plan {
    Plan::assuming(&policy(scenario), inventory, scenario.assumptions())
}

/// The report with the fates under other assumptions, which obey their own laws.
fn whole_report(scenario: &Scenario) -> Value {
    let reading = afterimage_policy::read(&scenario.policy.to_string());
    let inventory = inventory(&scenario.exports);
    let now = Instant::from_utc(scenario.now);
    let report =
        afterimage_simulator::report(&reading, &inventory, scenario.assumptions(), now, scenario.days);
    serde_json::to_value(report).unwrap()
}

fn report(scenario: &Scenario) -> Value {
    let mut report = whole_report(scenario);
    for run in report["runs"].as_array_mut().unwrap() {
        for row in run["images"].as_array_mut().unwrap() {
            row.as_object_mut().unwrap().remove("otherReadings");
        }
    }
    report
}

/// Scenarios in which no image comes twice in a list and no two answers tell of the same one, so that
/// nothing in them is merged by order.
fn without_twins() -> impl Strategy<Value = Scenario> {
    scenario().prop_map(|mut scenario| {
        let mut listed = BTreeSet::new();
        let mut answered = BTreeSet::new();
        for export in &mut scenario.exports {
            if let Some(images) = images(export) {
                images.retain(|image| listed.insert(image["arn"].to_string()));
            }
        }
        scenario.exports.retain(|export| match export.get("image") {
            Some(image) => answered.insert(image["arn"].to_string()),
            None => true,
        });
        scenario
    })
}

/// Scenarios of [`without_twins`] under the default assumptions.
fn as_documented() -> impl Strategy<Value = Scenario> {
    without_twins().prop_map(|scenario| Scenario { assumed: Vec::new(), ..scenario })
}

/// The items in the order of random keys.
fn shuffle(items: &mut Vec<Value>, keys: &[u8]) {
    let mut keyed: Vec<_> = keys.iter().cycle().zip(std::mem::take(items)).collect();
    keyed.sort_by_key(|(key, _)| **key);
    *items = keyed.into_iter().map(|(_, item)| item).collect();
}

fn config() -> Config {
    Config { cases: 2000, failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_order_of_the_exported_images_does_not_matter(
        scenario in without_twins(),
        keys in prop::collection::vec(any::<u8>(), 13),
    ) {
        let mut shuffled = scenario.clone();
        for export in &mut shuffled.exports {
            for list in ["imageSummaryList", "Images"] {
                if let Some(items) = export.get_mut(list).and_then(Value::as_array_mut) {
                    shuffle(items, &keys);
                }
            }
        }
        // Lists stay before the answers that complete them.
        let (mut answers, mut others): (Vec<_>, Vec<_>) =
            shuffled.exports.into_iter().partition(|export| export.get("image").is_some());
        let list = others.remove(0);
        shuffle(&mut answers, &keys);
        shuffled.exports = [vec![list], answers, others].concat();
        prop_assert_eq!(report(&scenario), report(&shuffled));
    }

    #[test]
    fn a_selection_that_matches_nothing_acts_on_nothing(mut scenario in scenario(), by_tag: bool) {
        let selection = if by_tag {
            json!({ "tagMap": { "Nobody": "has this" } })
        } else {
            json!({ "recipes": [{ "name": "nobody", "semanticVersion": "x.x.x" }] })
        };
        match scenario.policy.get_mut("lifecyclePolicy") {
            Some(policy) => policy["resourceSelection"] = selection,
            None => scenario.policy["resourceSelection"] = selection,
        }
        let report = report(&scenario);
        for run in 0..=scenario.days as usize {
            prop_assert_eq!(rows(&report, run).len(), report["inventory"]["images"].as_u64().unwrap() as usize);
            for row in rows(&report, run).into_values() {
                prop_assert_eq!(&row["verdict"], "IGNORE");
                prop_assert_eq!(&row["before"], &row["after"]);
                prop_assert_eq!(&row["outputs"], &json!([]));
            }
        }
    }

    #[test]
    fn one_more_image_never_saves_another(
        scenario in as_documented(),
        index: Index,
        status in prop::sample::select(vec!["AVAILABLE", "DEPRECATED", "DISABLED"]),
    ) {
        let Some(more) = with_one_more(&scenario, index, "2030-01-01T00:00:00Z", status) else { return Ok(()) };
        let (before, after) = (report(&scenario), report(&more));
        let after = rows(&after, 0);
        for (arn, row) in rows(&before, 0) {
            // What is acted on stays so. What was only kept or skipped may lose its place among the newest.
            if matches!(row["verdict"].as_str().unwrap(), "DEPRECATE" | "DISABLE" | "DELETE" | "IGNORE") {
                prop_assert_eq!(&row, &after[&arn]);
            } else {
                let verdict = after[&arn]["verdict"].as_str().unwrap();
                prop_assert!(matches!(verdict, "DELETE" | "SKIP" | "KEEP"), "{} {}", row, after[&arn]);
                prop_assert!(verdict != "KEEP" || row["verdict"] == "KEEP", "{} {}", row, after[&arn]);
            }
        }
    }

    #[test]
    fn one_more_old_image_changes_no_other(scenario in as_documented(), index: Index) {
        let Some(more) = with_one_more(&scenario, index, "1999-01-01T00:00:00Z", "AVAILABLE") else {
            return Ok(())
        };
        let (before, mut after) = (rows(&report(&scenario), 0), rows(&report(&more), 0));
        after.retain(|arn, _| before.contains_key(arn));
        prop_assert_eq!(before, after);
    }

    #[test]
    fn one_more_image_that_is_not_counted_changes_no_other(
        scenario in as_documented(),
        index: Index,
        status in prop::sample::select(vec!["FAILED", "CANCELLED", "TESTING", "DELETED"]),
    ) {
        let Some(more) = with_one_more(&scenario, index, "2030-01-01T00:00:00Z", status) else { return Ok(()) };
        let (before, mut after) = (rows(&report(&scenario), 0), rows(&report(&more), 0));
        after.retain(|arn, _| before.contains_key(arn));
        prop_assert_eq!(before, after);
    }

    #[test]
    fn the_newest_of_each_recipe_version_survive(scenario in as_documented()) {
        let (policy, inventory) = (policy(&scenario), inventory(&scenario.exports));
        let plan = Plan::new(&policy, &inventory);
        let keep = policy.rules.iter().map(|rule| match rule.filter {
            Filter::Count { keep, .. } => keep,
            Filter::Age { retain_at_least, .. } if rule.action == Action::Delete => retain_at_least,
            Filter::Age { .. } => 0,
        });
        let keep = keep.max().unwrap_or(0) as usize;
        let state = State::new(&inventory);
        let run = plan.run(&inventory, &state, Instant::from_utc(scenario.now));
        let mut groups: BTreeMap<GroupId, Vec<bool>> = BTreeMap::new();
        for image in 0..inventory.len() {
            let outcome = run.outcome(image).unwrap();
            let counted = !matches!(state.status(image), Some(Status::Failed | Status::Cancelled));
            if counted && outcome.verdict != Verdict::Ignore {
                let deleted = outcome.verdict == Verdict::Delete;
                groups.entry(inventory.images.group[image]).or_default().push(!deleted);
            }
        }
        for newest_first in groups.values() {
            prop_assert!(newest_first.iter().take(keep).all(|&survives| survives));
        }
    }

    #[test]
    fn a_revised_plan_decides_what_a_fresh_one_does(
        scenario in scenario(),
        other in scenario(),
        parts in prop::sample::subsequence(vec!["status", "resourceType", "policyDetails", "resourceSelection"], 0..4),
    ) {
        let inventory = inventory(&scenario.exports);
        let mut edited = scenario.clone();
        for part in parts {
            edited.policy[part] = other.policy[part].clone();
        }
        let Some(policy) = afterimage_policy::read(&edited.policy.to_string()).policy() else { return Ok(()) };
        for assumptions in [scenario.assumptions(), other.assumptions()] {
            let fresh = Plan::assuming(&policy, &inventory, assumptions);
            let revised = plan(&scenario, &inventory).revised(&policy, &inventory, assumptions);
            let state = State::new(&inventory);
            let at = Instant::from_utc(scenario.now);
            let runs = [&fresh, &revised].map(|plan| plan.run(&inventory, &state, at));
            prop_assert_eq!(&runs[0], &runs[1]);
            let totals = [&fresh, &revised].map(|plan| plan.totals(&inventory, &state, &runs[0]));
            prop_assert_eq!(&totals[0], &totals[1]);
        }
    }

    #[test]
    fn counts_that_need_no_pass_are_those_of_the_images(scenario in scenario()) {
        let inventory = inventory(&scenario.exports);
        let plan = plan(&scenario, &inventory);
        let mut state = State::new(&inventory);
        for day in 0..2 {
            let run = plan.run(&inventory, &state, Instant::from_utc(scenario.now).plus_days(day));
            let outcomes = || (0..inventory.len()).filter_map(|image| Some((image, run.outcome(image)?)));
            for (verdict, reason, rule, images) in run.counts() {
                let alike = outcomes().filter(|(_, o)| (o.verdict, o.reason, o.rule) == (verdict, reason, rule));
                prop_assert!(images as usize <= alike.count());
            }
            prop_assert_eq!(run.counts().map(|(.., images)| images as usize).sum::<usize>(), outcomes().count());
            let staying = plan.staying(&inventory, &state, &run);
            let kept = |images: &mut dyn Iterator<Item = usize>| -> u32 {
                let outputs = images.flat_map(|image| plan.outputs(&inventory, &state, &run, image));
                let stays = |output: &Output| {
                    let is_ami = matches!(output.kind, OutputKind::Ami(_));
                    is_ami && !output.gone && output.verdict != OutputVerdict::Delete
                };
                outputs.filter(stays).count() as u32
            };
            let sum = |counts: OutputCounts| counts.skipped + counts.left + counts.failed;
            // Nothing manages an AMI any more when the last image that lists it goes.
            let mut after = state.clone();
            plan.apply(&inventory, &mut after, &run);
            let is_there = |image: u32| after.status(image as usize).is_some_and(|s| s != Status::Deleted);
            let listings = || inventory.ami_outputs.image.iter().zip(&inventory.ami_outputs.ami);
            let held: BTreeSet<_> = listings().filter(|(image, _)| is_there(**image)).map(|(_, ami)| *ami).collect();
            let deleted = outcomes().filter(|(_, o)| o.verdict == Verdict::Delete && !o.stays);
            let behind: BTreeSet<_> = deleted
                .flat_map(|(image, _)| plan.outputs(&inventory, &state, &run, image))
                .filter(|output| !output.gone && output.verdict != OutputVerdict::Delete)
                .filter_map(|output| if let OutputKind::Ami(ami) = output.kind { Some(ami) } else { None })
                .filter(|ami| !held.contains(ami))
                .collect();
            let staying_images = &mut outcomes().filter(|(_, o)| o.stays).map(|(image, _)| image);
            let expected = kept(staying_images) + behind.len() as u32;
            prop_assert_eq!(sum(plan.totals(&inventory, &state, &run).behind), expected);
            for (counted, stays) in [
                (staying.failing, Outcome::fails as fn(&Outcome) -> bool),
                (staying.waiting, Outcome::waits),
            ] {
                let images: Vec<usize> = outcomes().filter(|(_, o)| stays(o)).map(|(image, _)| image).collect();
                let outputs = images.iter().flat_map(|&image| plan.outputs(&inventory, &state, &run, image));
                let outputs: Vec<_> = outputs.filter(|output| !output.gone).collect();
                let gone = |verdict: OutputVerdict| u32::from(verdict == OutputVerdict::Delete);
                let below = |output: &Output| output.snapshots.iter().map(|one| gone(one.verdict)).sum::<u32>();
                prop_assert_eq!(counted.images as usize, images.len());
                prop_assert_eq!(sum(counted.kept), kept(&mut images.iter().copied()));
                prop_assert_eq!(counted.amis, outputs.iter().map(|output| gone(output.verdict)).sum::<u32>());
                prop_assert_eq!(counted.snapshots, outputs.iter().map(below).sum::<u32>());
            }
            let rank = |o: Outcome| (o.verdict != Verdict::Keep).then_some(o.reason as u8);
            let mut ranked: Vec<(u8, u32)> =
                outcomes().filter_map(|(image, o)| Some((rank(o)?, image as u32))).collect();
            ranked.sort();
            prop_assert_eq!(run.ranked(rank), ranked.into_iter().map(|(_, image)| image).collect::<Vec<_>>());
            plan.apply(&inventory, &mut state, &run);
        }
    }

    #[test]
    fn an_explanation_leads_to_the_verdict(scenario in scenario()) {
        let inventory = inventory(&scenario.exports);
        let plan = plan(&scenario, &inventory);
        let ages_bind = scenario.assumptions().value(Assumption::FailedIgnoresAge) == "false";
        let mut state = State::new(&inventory);
        for day in 0..=scenario.days {
            let at = Instant::from_utc(scenario.now).plus_days(i64::from(day));
            let run = plan.run(&inventory, &state, at);
            for image in 0..inventory.len() {
                let explanation = plan.explain(&inventory, &state, &run, image);
                prop_assert_eq!(explanation.is_some(), run.outcome(image).is_some());
                let Some(explanation) = explanation else { continue };
                prop_assert_eq!(Some(explanation.outcome), run.outcome(image));
                prop_assert_eq!(&explanation.outputs, &plan.outputs(&inventory, &state, &run, image));
                let found = conclusion(&explanation, state.status(image).unwrap());
                let outcome = explanation.outcome;
                prop_assert_eq!(found, (outcome.verdict, outcome.reason, outcome.rule), "{:?}", explanation);
                for rule in &explanation.rules {
                    let reached = rule.reached.is_none_or(|reached| reached <= at);
                    if rule.finding == Finding::TooYoung {
                        // Counting back from the end of a month starts over at midnight.
                        prop_assert!(!reached || rule.reached > Some(at.plus_days(-4)));
                    } else if rule.finding != Finding::OtherState && ages_bind {
                        prop_assert!(reached);
                    }
                }
            }
            plan.apply(&inventory, &mut state, &run);
        }
    }

    #[test]
    fn what_checks_say_of_the_nights_to_come_is_so(scenario in scenario()) {
        let inventory = inventory(&scenario.exports);
        let plan = plan(&scenario, &inventory);
        let now = Instant::from_utc(scenario.now);
        let found = check_inventory(&plan, &inventory, "", now);
        let rules = policy(&scenario).rules;
        let said = |code: &'static str| found.iter().filter(move |found| found.code == code);
        let options = ForecastOptions { from: now, days: LONGEST_FORECAST, builds: Builds::default() };
        for never in said("rule-never-acts") {
            let place = |rule: &&Rule| never.path == format!("/policyDetails/{}", rule.index);
            let action = rules.iter().find(place).unwrap().action;
            let nights = plan.forecast(&inventory, &options).nights;
            let acts = nights.iter().any(|night| match action {
                Action::Deprecate => night.deprecated > 0,
                Action::Disable => night.disabled > 0,
                Action::Delete => night.deleted + night.failed > 0,
            });
            prop_assert!(!acts, "{}", never.message);
        }
        for emptied in said("version-emptied") {
            let mut state = State::new(&inventory);
            let wanted = match policy(&scenario).resource_type {
                ResourceType::AmiImage => ImageType::Ami,
                ResourceType::ContainerImage => ImageType::Docker,
            };
            let images = &inventory.images;
            let available = |&image: &usize| {
                images.status[image] == Status::Available && images.image_type[image] == wanted
            };
            let available: Vec<usize> = (0..inventory.len()).filter(available).collect();
            for day in 0..3 {
                let run = plan.run(&inventory, &state, now.plus_days(day));
                plan.apply(&inventory, &mut state, &run);
            }
            let of = |image: &usize| inventory.images.group[*image];
            let left: BTreeSet<GroupId> =
                available.iter().filter(|image| state.status(**image).is_some()).map(of).collect();
            let gone: BTreeSet<GroupId> = available.iter().map(of).filter(|group| !left.contains(group)).collect();
            let (_, said) = emptied.message.split_once(" of ").unwrap();
            let versions: usize = said.split(' ').next().unwrap().parse().unwrap();
            // More may have come of age.
            prop_assert!(versions <= gone.len(), "{:?} are gone: {}", gone, emptied.message);
        }
    }

    #[test]
    fn totals_count_what_the_rows_list(scenario in scenario()) {
        let inventory = inventory(&scenario.exports);
        let plan = plan(&scenario, &inventory);
        let mut state = State::new(&inventory);
        for day in 0..=scenario.days {
            let run = plan.run(&inventory, &state, Instant::from_utc(scenario.now).plus_days(i64::from(day)));
            let totals = plan.totals(&inventory, &state, &run);
            let (mut amis, mut snapshots, mut containers) = <(OutputCounts, OutputCounts, OutputCounts)>::default();
            let mut spared: Vec<Spared> =
                policy(&scenario).rules.iter().map(|rule| Spared { rule: rule.index as u8, ..Spared::default() }).collect();
            let mut verdicts = BTreeMap::new();
            for image in 0..inventory.len() {
                let Some(outcome) = run.outcome(image) else { continue };
                *verdicts.entry(outcome.verdict).or_insert(0) += 1;
                let mut spared = spared.iter_mut().find(|spared| Some(spared.rule) == outcome.rule);
                if let (Verdict::Skip, Some(spared)) = (outcome.verdict, &mut spared) {
                    spared.images += 1;
                }
                let outputs = plan.outputs(&inventory, &state, &run, image);
                for output in outputs.into_iter().filter(|output| !output.gone) {
                    let spared = spared.as_mut().unwrap();
                    match output.kind {
                        OutputKind::Ami(_) => count(&mut amis, output.verdict),
                        OutputKind::Container(_) => count(&mut containers, output.verdict),
                    }
                    output.snapshots.iter().for_each(|snapshot| count(&mut snapshots, snapshot.verdict));
                    match output.reason {
                        Reason::Region => spared.region += 1,
                        Reason::Public => spared.public += 1,
                        Reason::AmiTag => spared.ami_tag += 1,
                        Reason::SharedAccount => spared.shared_account += 1,
                        Reason::LastLaunched => spared.last_launched += 1,
                        _ => {}
                    }
                }
            }
            prop_assert_eq!((totals.amis, totals.snapshots, totals.containers), (amis, snapshots, containers));
            prop_assert_eq!(totals.spared, spared);
            for verdict in Verdict::ALL {
                let counted = verdicts.get(&verdict).copied().unwrap_or(0);
                prop_assert_eq!(run.summary.count(verdict), counted);
            }
            plan.apply(&inventory, &mut state, &run);
        }
    }

    #[test]
    fn other_readings_are_the_fates_under_other_assumptions(mut scenario in scenario()) {
        scenario.days = 0;
        let fate = |row: &Value| [row["verdict"].clone(), row["after"].clone()];
        let mut told = BTreeSet::new();
        let mine = rows(&whole_report(&scenario), 0);
        for (arn, row) in &mine {
            for other in row["otherReadings"].as_array().into_iter().flatten() {
                let members = ["assumption", "value", "verdict", "reason", "rule", "status", "after"];
                told.insert((arn.clone(), members.map(|name| other[name].to_string())));
            }
        }
        let chosen = scenario.assumptions();
        for setting in SETTINGS {
            for value in setting.values.iter().filter(|value| **value != chosen.value(setting.assumption)) {
                let mut other = scenario.clone();
                other.assumed.push((setting.name, value));
                for (arn, row) in rows(&report(&other), 0) {
                    if fate(&row) != fate(&mine[&arn]) {
                        let head = [json!(setting.name).to_string(), json!(value).to_string()];
                        let rest = ["verdict", "reason", "rule", "status", "after"].map(|name| row[name].to_string());
                        let members = [head.as_slice(), &rest].concat().try_into().unwrap();
                        prop_assert!(told.remove(&(arn, members)), "{} under {}={}", row, setting.name, value);
                    }
                }
            }
        }
        prop_assert!(told.is_empty(), "{:?}", told);
    }

    #[test]
    fn whoever_uses_an_ami_changes_no_verdict(scenario in scenario(), bits in 0..64_u8) {
        let mut used = scenario.clone();
        let versions: Vec<_> = (0..6_u8)
            .filter(|index| bits & (1 << index) != 0)
            .map(|index| json!({
                "LaunchTemplateId": "lt-0",
                "VersionNumber": index,
                "LaunchTemplateData": { "ImageId": format!("ami-{index}") },
            }))
            .collect();
        used.exports.push(json!({ "LaunchTemplateVersions": versions }));
        let mut with = report(&used);
        let mut named = 0;
        for output in with["runs"].as_array_mut().unwrap().iter_mut().flat_map(outputs) {
            let references = output.as_object_mut().unwrap().remove("references");
            named += usize::from(references.is_some());
            prop_assert!(references.is_none() || output["verdict"] == "DISABLE" || output["verdict"] == "DELETE");
        }
        let found = with["diagnostics"].as_array_mut().unwrap();
        let count = found.len();
        found.retain(|found| found["code"] != "ami-in-use");
        prop_assert_eq!(found.len() < count, named > 0);
        prop_assert_eq!(with, report(&scenario));
    }

    #[test]
    fn a_later_run_is_a_first_run_on_what_the_one_before_left(mut scenario in scenario()) {
        scenario.days = 3;
        without_tag_of_deprecation(&mut scenario);
        // How a recipe is displayed hangs on the images that are left.
        scenario.assumed.retain(|(name, _)| *name != "recipe-names");
        let whole = report(&scenario);
        for day in 1..=3 {
            let left = rows(&whole, day - 1);
            scenario.exports = leave(&scenario.exports, &left);
            let now = scenario.now + chrono::Days::new(day as u64);
            let fresh = report(&Scenario { now, days: 0, ..scenario.clone() });
            // What is freed is counted in the first run that frees it.
            let [mut fresh, mut later] = [&fresh["runs"][0], &whole["runs"][day]].map(Value::clone);
            for run in [&mut fresh, &mut later] {
                run.as_object_mut().unwrap().remove("storage");
            }
            prop_assert_eq!(fresh, later);
        }
    }

    #[test]
    fn the_table_of_a_run_gives_the_same_run_again(scenario in scenario()) {
        let reading = afterimage_policy::read(&scenario.policy.to_string());
        let inventory = inventory(&scenario.exports);
        let now = Instant::from_utc(scenario.now);
        let of = |inventory| afterimage_simulator::report(&reading, inventory, scenario.assumptions(), now, 0);
        let mut table = Vec::new();
        afterimage_simulator::spreadsheet::write(&of(&inventory), &inventory, &mut table).unwrap();
        let mut loader = Loader::new();
        loader.add("table.csv", table.as_slice()).unwrap();
        let read = loader.finish();
        prop_assert_eq!(&read.skipped, &[]);
        let [written, read] = [&inventory, &read].map(|inventory| serde_json::to_value(of(inventory)).unwrap());
        prop_assert_eq!(rows(&written, 0), rows(&read, 0));
    }
}

/// The scenario with a copy of one image: another build of the same recipe version, created at this time.
fn with_one_more(scenario: &Scenario, index: Index, created: &str, status: &str) -> Option<Scenario> {
    let mut scenario = scenario.clone();
    let images = scenario.exports.iter_mut().find_map(images)?;
    let mut copy = images.get(index.index(images.len().max(1)))?.clone();
    let arn = copy["arn"].as_str()?;
    copy["arn"] = json!(format!("{}/99", arn.rsplit_once('/')?.0));
    copy["dateCreated"] = json!(created);
    copy["state"]["status"] = json!(status);
    images.push(copy);
    Some(scenario)
}

fn outputs(run: &mut Value) -> impl Iterator<Item = &mut Value> {
    let images = run["images"].as_array_mut().unwrap().iter_mut();
    images.flat_map(|row| row["outputs"].as_array_mut().unwrap())
}

/// The verdict that the findings of an explanation amount to.
fn conclusion(explanation: &Explanation, status: Status) -> (Verdict, Reason, Option<u8>) {
    if let Considered::No(reason) = explanation.considered {
        return (Verdict::Ignore, reason, None);
    }
    let first =
        |wanted: &dyn Fn(&Finding) -> bool| explanation.rules.iter().find(|rule| wanted(&rule.finding));
    if let Some(rule) = first(&|finding| *finding == Finding::Acts) {
        let failed_build = matches!(status, Status::Failed | Status::Cancelled);
        let (verdict, by_age) = match rule.action {
            Action::Deprecate => (Verdict::Deprecate, Reason::Age),
            Action::Disable => (Verdict::Disable, Reason::Age),
            Action::Delete if failed_build => (Verdict::Delete, Reason::FailedBuild),
            Action::Delete => (Verdict::Delete, Reason::Age),
        };
        let by_count = rule.reached.is_none() && by_age == Reason::Age;
        return (verdict, if by_count { Reason::Count } else { by_age }, Some(rule.rule));
    }
    if let Some(rule) = first(&|finding| matches!(finding, Finding::Excluded(_))) {
        return (Verdict::Skip, Reason::ImageTag, Some(rule.rule));
    }
    if let Some(rule) = first(&|finding| *finding == Finding::Retained) {
        return (Verdict::Keep, Reason::Retained, Some(rule.rule));
    }
    if let Some(rule) = first(&|finding| *finding == Finding::TooYoung) {
        return (Verdict::Keep, Reason::TooYoung, Some(rule.rule));
    }
    (Verdict::Keep, Reason::NoRuleForState, None)
}

fn count(counts: &mut OutputCounts, verdict: OutputVerdict) {
    match verdict {
        OutputVerdict::Deprecate => counts.deprecated += 1,
        OutputVerdict::Disable => counts.disabled += 1,
        OutputVerdict::Delete => counts.deleted += 1,
        OutputVerdict::Skip => counts.skipped += 1,
        OutputVerdict::Left => counts.left += 1,
        OutputVerdict::Fail => counts.failed += 1,
    }
}
