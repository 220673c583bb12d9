//! What the worker knows: the inventory, the last policy, and the run on screen. No DOM, no messages: values
//! in, values out, so that it is tested natively.

use afterimage_inventory::Feed;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Loader;
use afterimage_inventory::Status;
use afterimage_policy::Filter;
use afterimage_policy::Rule;
use afterimage_policy::Selection;
use afterimage_policy::Severity;
use afterimage_policy::Tag;
use afterimage_policy::Unit;
use afterimage_policy::model::normalised_name;
use afterimage_simulator as simulator;
use afterimage_simulator::OutputKind;
use afterimage_simulator::OutputVerdict;
use afterimage_simulator::Plan;
use afterimage_simulator::Reason;
use afterimage_simulator::Run;
use afterimage_simulator::State;
use afterimage_simulator::Verdict;

use crate::protocol::Answer;
use crate::protocol::Considered;
use crate::protocol::Counts;
use crate::protocol::Explained;
use crate::protocol::Explanation;
use crate::protocol::Fates;
use crate::protocol::Finding;
use crate::protocol::Level;
use crate::protocol::List;
use crate::protocol::Loaded;
use crate::protocol::NIGHTS;
use crate::protocol::Night;
use crate::protocol::Outcome;
use crate::protocol::OutputRow;
use crate::protocol::Problem;
use crate::protocol::Query;
use crate::protocol::Retention;
use crate::protocol::Row;
use crate::protocol::RuleEffect;
use crate::protocol::Skip;
use crate::protocol::Sort;
use crate::protocol::Step;
use crate::protocol::Window;

/// The inventory and everything worked out from it so far.
#[derive(Default)]
pub(crate) struct Engine {
    loader: Loader,
    inventory: Inventory,
    sources: Vec<String>,
    /// How many inventories there have been.
    number: u32,
    policy: Option<Compiled>,
    shown: Option<Shown>,
    listed: Option<Listed>,
    forecast: Option<Forecast>,
}

/// The policy, read and made ready.
struct Compiled {
    text: String,
    /// For which it was checked.
    now: i64,
    /// In the order of evaluation; empty while the policy has errors.
    rules: Vec<Rule>,
    plan: Option<Plan>,
    diagnostics: Vec<Problem>,
    export: Option<String>,
    selected: Vec<u32>,
}

/// The run on screen.
struct Shown {
    now: i64,
    day: u32,
    state: State,
    run: Run,
    /// What stays the same while the user scrolls and filters.
    outcome: Outcome,
}

/// The rows that pass the filters, in order.
struct Listed {
    list: List,
    rows: Vec<u32>,
}

/// The nights to come, one more at each idle moment.
struct Forecast {
    now: i64,
    state: State,
    nights: Vec<Night>,
    /// Per image: the night of its deprecation, disabling and deletion.
    events: Vec<[Option<u8>; 3]>,
}

/// Exports that are being read, one after the other; each is kept or refused by itself.
pub(crate) struct Loading {
    replace: bool,
    loader: Loader,
    sources: Vec<String>,
    /// Message and help.
    errors: Vec<(String, String)>,
    read: usize,
}

impl Loading {
    pub(crate) fn begin(&mut self, name: &str) -> Feed {
        std::mem::take(&mut self.loader).begin(name)
    }

    pub(crate) fn end(&mut self, name: String, feed: Feed) {
        let result;
        (self.loader, result) = feed.finish();
        match result {
            Ok(()) => {
                self.read += 1;
                self.sources.push(name);
            }
            Err(error) => self.errors.push((error.to_string(), error.help)),
        }
    }

    /// Gives up on an export.
    pub(crate) fn cancel(&mut self, name: &str, feed: Option<Feed>) {
        if let Some(feed) = feed {
            self.loader = feed.cancel();
        }
        let help = "load it again when you want it".to_owned();
        self.errors.push((format!("{name}: reading was cancelled"), help));
    }
}

impl Engine {
    /// Begins to read exports, on top of what is there or in its place.
    pub(crate) fn begin(&mut self, replace: bool) -> Loading {
        // Adding goes on with the loader itself: a copy would be as large as everything in it.
        let (loader, sources) = if replace {
            Default::default()
        } else {
            (std::mem::take(&mut self.loader), self.sources.clone())
        };
        Loading { replace, loader, sources, errors: Vec::new(), read: 0 }
    }

    /// Takes over what was read. What was loaded before stays when all exports failed.
    pub(crate) fn end(&mut self, loading: Loading) -> Loaded {
        let Loading { replace, mut loader, sources, errors, read } = loading;
        if read > 0 {
            // The old one goes first: both at once would need twice the memory.
            self.inventory = Inventory::default();
            self.inventory = loader.finish();
            self.number = self.number.wrapping_add(1);
            (self.loader, self.sources) = (loader, sources);
            (self.policy, self.shown, self.listed, self.forecast) = (None, None, None, None);
        } else if !replace {
            self.loader = loader;
        }
        let inventory = &self.inventory;
        let skip = |skip: &afterimage_inventory::Skipped| Skip {
            source: skip.source.clone(),
            path: skip.path.clone(),
            message: skip.message.clone(),
        };
        Loaded {
            worker_ms: 0.0,
            number: self.number,
            inventory: Counts {
                images: inventory.len() as u32,
                amis: inventory.output_ami_count as u32,
                snapshots: inventory.output_snapshot_count as u32,
                containers: inventory.containers.len() as u32,
            },
            errors,
            skipped: inventory.skipped.iter().map(skip).collect(),
            sources: self.sources.clone(),
        }
    }

    #[cfg(feature = "bench")]
    pub(crate) fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// What is on screen.
    pub(crate) fn answer(&mut self, query: &Query) -> Answer {
        let is_new = |policy: &Compiled| policy.text != query.policy || policy.now != query.now;
        if self.policy.as_ref().is_none_or(is_new) {
            self.policy = Some(Compiled::new(&query.policy, &self.inventory, query.now));
            (self.shown, self.forecast) = (None, None);
        }
        let Some(policy) = &self.policy else { return Answer::default() };
        let mut answer = Answer {
            generation: query.generation,
            diagnostics: policy.diagnostics.clone(),
            export: policy.export.clone(),
            ..Answer::default()
        };
        let Some(plan) = &policy.plan else { return answer };
        if self.shown.as_ref().is_none_or(|shown| (shown.now, shown.day) != (query.now, query.day)) {
            self.shown = Some(Shown::new(policy, plan, &self.inventory, query));
            self.listed = None;
        }
        if self.forecast.as_ref().is_some_and(|forecast| forecast.now != query.now) {
            self.forecast = None;
        }
        let Some(shown) = &self.shown else { return answer };
        if self.listed.as_ref().is_none_or(|listed| listed.list != query.list) {
            self.listed = Some(Listed::new(&query.list, &self.inventory, shown));
        }
        let listed = self.listed.as_ref().map_or([].as_slice(), |listed| &listed.rows);
        let first = query.first.min(listed.len() as u32);
        let window = listed.iter().skip(first as usize).take(query.rows as usize);
        let rows = window.filter_map(|&image| row(&self.inventory, plan, shown, image)).collect();
        answer.window = Window { matching: listed.len() as u32, first, rows };
        answer.result = Some(shown.outcome.clone());
        answer.nights = self.forecast.as_ref().map_or_else(Vec::new, |forecast| forecast.nights.clone());
        answer
    }

    /// One more night; the nights so far and whether they are all, or `None` when there is nothing more to
    /// look at.
    pub(crate) fn look_ahead(&mut self) -> Option<(Vec<Night>, bool)> {
        let plan = self.policy.as_ref()?.plan.as_ref()?;
        let now = self.shown.as_ref()?.now;
        let forecast = self.forecast.get_or_insert_with(|| Forecast {
            now,
            state: State::new(&self.inventory),
            nights: Vec::new(),
            events: vec![[None; 3]; self.inventory.len()],
        });
        let night = forecast.nights.len() as u32;
        if night >= NIGHTS {
            return None;
        }
        let run = plan.run(&self.inventory, &forecast.state, Instant(now).plus_days(i64::from(night)));
        for (events, outcome) in forecast.events.iter_mut().zip(run.outcomes()) {
            let slot = match outcome.filter(|outcome| !outcome.failed).map(|outcome| outcome.verdict) {
                Some(Verdict::Deprecate) => 0,
                Some(Verdict::Disable) => 1,
                Some(Verdict::Delete) => 2,
                _ => continue,
            };
            if let Some(event) = events.get_mut(slot) {
                *event = event.or(u8::try_from(night).ok());
            }
        }
        plan.apply(&self.inventory, &mut forecast.state, &run);
        let fail = run.outcomes().flatten().filter(|outcome| outcome.failed).count() as u32;
        let mut left = Night {
            deprecate: run.summary.deprecate,
            disable: run.summary.disable,
            delete: run.summary.delete.saturating_sub(fail),
            fail,
            ..Night::default()
        };
        for (image, outcome) in run.outcomes().enumerate() {
            if outcome.is_none_or(|outcome| outcome.verdict == Verdict::Ignore) {
                continue;
            }
            match forecast.state.status(image) {
                Some(Status::Available) => left.available += 1,
                Some(Status::Deprecated) => left.deprecated += 1,
                Some(Status::Disabled) => left.disabled += 1,
                Some(_) => left.other += 1,
                None => {}
            }
        }
        forecast.nights.push(left);
        Some((forecast.nights.clone(), night + 1 == NIGHTS))
    }

    /// Why one image has its verdict in the run on screen.
    pub(crate) fn explain(&self, image: u32) -> Explanation {
        let plan = self.policy.as_ref().and_then(|policy| policy.plan.as_ref());
        let (Some(plan), Some(shown)) = (plan, &self.shown) else { return Explanation::NoPolicy };
        let found = self.explained(plan, shown, image);
        found.map_or(Explanation::Gone, |explained| Explanation::Found(Box::new(explained)))
    }

    fn explained(&self, plan: &Plan, shown: &Shown, image: u32) -> Option<Explained> {
        let (inventory, row) = (&self.inventory, image as usize);
        let explanation = plan.explain(inventory, &shown.state, &shown.run, row)?;
        let tags = inventory.tag_sets.get(*inventory.images.tags.get(row)?);
        let text = |text| inventory.text(text).to_owned();
        let events = self.forecast.as_ref().and_then(|forecast| forecast.events.get(row));
        let events =
            events.into_iter().flatten().zip([Verdict::Deprecate, Verdict::Disable, Verdict::Delete]);
        Some(Explained {
            image,
            arn: inventory.arn(row).to_owned(),
            created: inventory.images.created.get(row)?.0,
            state: shown.state.status(row)?.as_str().to_owned(),
            tags: tags.iter().map(|&(key, value)| (text(key), text(value))).collect(),
            verdict: explanation.outcome.verdict.as_str().to_owned(),
            reason: explanation.outcome.reason.as_str().to_owned(),
            failed: explanation.outcome.failed,
            considered: match explanation.considered {
                simulator::Considered::Recipe(index) => Considered::Recipe(index as u32),
                simulator::Considered::Tag(index) => Considered::Tag(index as u32),
                simulator::Considered::No(_) => Considered::No,
            },
            retention: explanation.retention.map(|retention| Retention {
                keep: retention.keep,
                counted: retention.counted,
                position: retention.position,
            }),
            rules: explanation.rules.into_iter().map(step).collect(),
            outputs: explanation.outputs.iter().map(|output| output_row(inventory, output)).collect(),
            events: events
                .filter_map(|(night, verdict)| Some((u32::from((*night)?), verdict.as_str().to_owned())))
                .collect(),
            boundary: explanation.outcome.boundary,
        })
    }
}

impl Compiled {
    fn new(text: &str, inventory: &Inventory, now: i64) -> Self {
        let reading = afterimage_policy::read_json(text);
        let policy = reading.policy();
        let mut found = reading.diagnostics.clone();
        let plan = policy.as_ref().map(|policy| Plan::new(policy, inventory));
        if let Some(plan) = &plan {
            found.extend(simulator::check_inventory(plan, inventory, reading.root(), Instant(now)));
        }
        let diagnostics = found.into_iter().map(|diagnostic| Problem {
            code: diagnostic.code.to_owned(),
            severity: match diagnostic.severity {
                Severity::Error => Level::Error,
                Severity::Warning => Level::Warning,
                Severity::Info => Level::Info,
            },
            path: diagnostic.path,
            message: diagnostic.message,
            help: diagnostic.help,
        });
        Self {
            text: text.to_owned(),
            now,
            diagnostics: diagnostics.collect(),
            export: reading.create_request(),
            selected: policy.as_ref().map_or_else(Vec::new, |policy| selected(&policy.selection, inventory)),
            plan,
            rules: policy.map_or_else(Vec::new, |policy| policy.rules),
        }
    }
}

/// How many images each selector matches by itself, whatever their type, owner or state.
fn selected(selection: &Selection, inventory: &Inventory) -> Vec<u32> {
    let images = &inventory.images;
    match selection {
        Selection::Recipes(recipes) => {
            let mut per_group = vec![0_u32; inventory.groups.len()];
            for (group, _) in images.group.iter().zip(&images.imported).filter(|(_, imported)| !**imported) {
                if let Some(count) = per_group.get_mut(group.0 as usize) {
                    *count += 1;
                }
            }
            let count = |selector: &afterimage_policy::RecipeSelector| {
                let groups = inventory.groups.iter().zip(&per_group);
                let matching = groups.filter(|(group, _)| {
                    selector.matches(inventory.text(group.recipe), inventory.text(group.version))
                });
                matching.map(|(_, count)| count).sum()
            };
            recipes.iter().map(count).collect()
        }
        Selection::Tags(tags) => {
            let mut per_set = vec![0_u32; inventory.tag_sets.len()];
            for set in &images.tags {
                if let Some(count) = per_set.get_mut(set.0 as usize) {
                    *count += 1;
                }
            }
            let count = |tag: &Tag| {
                let wanted = (inventory.texts.find(&tag.key), inventory.texts.find(&tag.value));
                let (Some(key), Some(value)) = wanted else { return 0 };
                let holds = |set: usize| {
                    let id = afterimage_inventory::TagSetId(set as u32);
                    inventory.tag_sets.get(id).contains(&(key, value))
                };
                per_set.iter().enumerate().filter(|(set, _)| holds(*set)).map(|(_, count)| count).sum()
            };
            tags.iter().map(count).collect()
        }
    }
}

impl Shown {
    fn new(policy: &Compiled, plan: &Plan, inventory: &Inventory, query: &Query) -> Self {
        let mut state = State::new(inventory);
        let at = |day: u32| Instant(query.now).plus_days(i64::from(day));
        for day in 0..query.day {
            let run = plan.run(inventory, &state, at(day));
            plan.apply(inventory, &mut state, &run);
        }
        let run = plan.run(inventory, &state, at(query.day));
        let totals = plan.totals(inventory, &state, &run);
        let fates = |counts: simulator::OutputCounts| Fates {
            deleted: counts.deleted,
            skipped: counts.skipped,
            left: counts.left,
            failed: counts.failed,
        };
        let mut reasons = [[0_u32; Reason::ALL.len()]; Verdict::ALL.len()];
        let mut acts = [0_u32; 8];
        for outcome in run.outcomes().flatten() {
            if let Some(count) = reasons
                .get_mut(outcome.verdict as usize)
                .and_then(|reasons| reasons.get_mut(outcome.reason as usize))
            {
                *count += 1;
            }
            let rule = outcome.rule.filter(|_| outcome.verdict.is_action());
            if let Some(count) = rule.and_then(|rule| acts.get_mut(usize::from(rule))) {
                *count += 1;
            }
        }
        let named = |(verdict, counts): (Verdict, [u32; Reason::ALL.len()])| {
            let of = |(reason, count): (Reason, u32)| {
                (verdict.as_str().to_owned(), reason.as_str().to_owned(), count)
            };
            Reason::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0).map(of).collect::<Vec<_>>()
        };
        let effect = |rule: &Rule| {
            let spared = totals.spared.iter().find(|spared| usize::from(spared.rule) == rule.index);
            let spared = spared.copied().unwrap_or_default();
            let (about_days, age, keep) = match rule.filter {
                Filter::Age { value, unit, retain_at_least } => {
                    let (days, word) = match unit {
                        Unit::Days => (1.0, "day"),
                        Unit::Weeks => (7.0, "week"),
                        Unit::Months => (30.44, "month"),
                        Unit::Years => (365.25, "year"),
                    };
                    let plural = if value == 1 { "" } else { "s" };
                    (Some(f64::from(value) * days), Some(format!("{value} {word}{plural}")), retain_at_least)
                }
                Filter::Count { keep, .. } => (None, None, keep),
            };
            RuleEffect {
                rule: rule.index as u32,
                action: rule.action.as_str().to_owned(),
                acts: acts.get(rule.index).copied().unwrap_or(0),
                spared_images: spared.images,
                spared_amis: spared.region
                    + spared.public
                    + spared.ami_tag
                    + spared.shared_account
                    + spared.last_launched,
                about_days,
                age,
                keep,
            }
        };
        // A failing deletion still takes the AMIs that are not protected, but its image stays.
        let (mut failing_amis, mut failing_snapshots) = (0, 0);
        let failed = run.outcomes().enumerate().filter(|(_, o)| o.is_some_and(|o| o.failed));
        for output in failed.flat_map(|(image, _)| plan.outputs(inventory, &state, &run, image)) {
            failing_amis += u32::from(output.verdict == OutputVerdict::Delete);
            let gone = |snapshot: &&simulator::SnapshotOutcome| snapshot.verdict == OutputVerdict::Delete;
            failing_snapshots += output.snapshots.iter().filter(gone).count() as u32;
        }
        let mut amis = fates(totals.amis);
        amis.deleted = amis.deleted.saturating_sub(failing_amis);
        let mut snapshots = fates(totals.snapshots);
        snapshots.deleted = snapshots.deleted.saturating_sub(failing_snapshots);
        let outcome = Outcome {
            at: run.at.0,
            day: query.day,
            verdicts: Verdict::ALL.map(|v| (v.as_str().to_owned(), run.summary.count(v))).to_vec(),
            reasons: Verdict::ALL.into_iter().zip(reasons).flat_map(named).collect(),
            rules: policy.rules.iter().map(effect).collect(),
            selected: policy.selected.clone(),
            amis,
            snapshots,
            containers: fates(totals.containers),
            failing: run.outcomes().flatten().filter(|outcome| outcome.failed).count() as u32,
            failing_amis,
            failing_snapshots,
        };
        Self { now: query.now, day: query.day, state, run, outcome }
    }
}

impl Listed {
    fn new(list: &List, inventory: &Inventory, shown: &Shown) -> Self {
        let search = list.search.trim().to_lowercase();
        let passes = |image: usize| {
            let Some(outcome) = shown.run.outcome(image) else { return false };
            list.verdict.as_ref().is_none_or(|verdict| outcome.verdict.as_str() == verdict)
                && list.reason.as_ref().is_none_or(|reason| outcome.reason.as_str() == reason)
                && search.split_whitespace().all(|word| found(inventory, image, word))
        };
        let mut rows: Vec<u32> =
            (0..inventory.len()).filter(|&image| passes(image)).map(|image| image as u32).collect();
        let created = |row: &u32| inventory.images.created.get(*row as usize).copied();
        match list.sort {
            Sort::Recipe => {}
            Sort::Verdict => {
                rows.sort_by_key(|&row| {
                    let outcome = shown.run.outcome(row as usize);
                    std::cmp::Reverse(outcome.map(|outcome| match outcome.verdict {
                        Verdict::Delete => 5,
                        Verdict::Disable => 4,
                        Verdict::Deprecate => 3,
                        Verdict::Skip => 2,
                        Verdict::Keep => 1,
                        Verdict::Ignore => 0,
                    }))
                });
            }
            Sort::Oldest => rows.sort_by_key(created),
        }
        Self { list: list.clone(), rows }
    }
}

fn found(inventory: &Inventory, image: usize, search: &str) -> bool {
    let holds = |text: &str| text.to_lowercase().contains(search);
    let name = inventory.images.name.get(image).copied();
    holds(inventory.arn(image))
        || name.is_some_and(|name| holds(inventory.text(name)))
        || inventory.images.ami_outputs(image).any(|row| {
            let ami =
                inventory.ami_outputs.ami.get(row).and_then(|ami| inventory.amis.id.get(ami.0 as usize));
            ami.is_some_and(|&id| holds(inventory.text(id)))
        })
}

fn row(inventory: &Inventory, plan: &Plan, shown: &Shown, image: u32) -> Option<Row> {
    let at = image as usize;
    let outcome = shown.run.outcome(at)?;
    let before = shown.state.status(at)?;
    let images = &inventory.images;
    let group = inventory.groups.get(images.group.get(at)?.0 as usize)?;
    let arn = inventory.arn(at);
    let own = inventory.text(*images.name.get(at)?);
    let name = inventory.text(group.recipe_name);
    let name = if normalised_name(own) == normalised_name(name) { own } else { name };
    let outputs = plan.outputs(inventory, &shown.state, &shown.run, at);
    let mut amis: Vec<String> = outputs.iter().map(|output| output.verdict.as_str().to_owned()).collect();
    if amis.is_empty() {
        let count = images.ami_outputs(at).len() + images.containers(at).len();
        let fate = if outcome.verdict == Verdict::Ignore { outcome.verdict } else { Verdict::Keep };
        amis = vec![fate.as_str().to_owned(); count];
    }
    Some(Row {
        image,
        name: short(name),
        version: short(arn.splitn(3, '/').nth(2).unwrap_or_default()),
        created: images.created.get(at)?.0,
        before: before.as_str().to_owned(),
        after: outcome.after(before).as_str().to_owned(),
        verdict: outcome.verdict.as_str().to_owned(),
        reason: outcome.reason.as_str().to_owned(),
        rule: outcome.rule.map(u32::from),
        failed: outcome.failed,
        boundary: outcome.boundary,
        amis,
    })
}

/// Text from an export may be endless; a cell shows its beginning.
fn short(text: &str) -> String {
    text.chars().take(120).collect()
}

fn step(trace: simulator::RuleTrace) -> Step {
    Step {
        rule: u32::from(trace.rule),
        action: trace.action.as_str().to_owned(),
        finding: match trace.finding {
            simulator::Finding::OtherState => Finding::OtherState,
            simulator::Finding::TooYoung => Finding::TooYoung,
            simulator::Finding::Retained => Finding::Retained,
            simulator::Finding::Excluded(tag) => Finding::Excluded(short(&tag.key), short(&tag.value)),
            simulator::Finding::Acts => Finding::Acts,
            simulator::Finding::Waits => Finding::Waits,
        },
        reached: trace.reached.map(|at| at.0),
    }
}

fn output_row(inventory: &Inventory, output: &simulator::Output) -> OutputRow {
    let text = |text| short(inventory.text(text));
    let snapshot = |snapshot: &simulator::SnapshotOutcome| {
        (text(snapshot.id), snapshot.verdict.as_str().to_owned(), snapshot.reason.as_str().to_owned())
    };
    OutputRow {
        id: text(output.id),
        kind: match output.kind {
            OutputKind::Ami(_) => "AMI".to_owned(),
            OutputKind::Container(_) => "container".to_owned(),
        },
        region: text(output.region),
        account: text(output.account),
        verdict: output.verdict.as_str().to_owned(),
        reason: output.reason.as_str().to_owned(),
        snapshots: output.snapshots.iter().map(snapshot).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    const NOW: i64 = 1_795_435_200_000;

    fn load(engine: &mut Engine, replace: bool, exports: &[(String, String)]) -> Loaded {
        let mut loading = engine.begin(replace);
        for (name, text) in exports {
            let mut feed = loading.begin(name);
            let _ = feed.push(text.as_bytes());
            loading.end(name.clone(), feed);
        }
        engine.end(loading)
    }

    fn engine() -> Engine {
        let mut engine = Engine::default();
        let loaded = load(&mut engine, true, &sample::exports(NOW));
        assert_eq!((loaded.errors.len(), loaded.skipped.len()), (0, 0));
        engine
    }

    fn query() -> Query {
        Query { policy: sample::POLICY.to_owned(), now: NOW, rows: 50, ..Query::default() }
    }

    #[test]
    fn the_sample_shows_every_verdict() {
        let mut engine = engine();
        let answer = engine.answer(&query());
        assert!(answer.diagnostics.iter().all(|problem| problem.severity != Level::Error));
        let (outcome, window) = (answer.result.unwrap(), answer.window);
        assert!(outcome.verdicts.iter().all(|(_, count)| *count > 0), "{:?}", outcome.verdicts);
        let images: u32 = outcome.verdicts.iter().map(|(_, count)| count).sum();
        assert_eq!(window.matching, images);
    }

    #[test]
    fn filters_count_what_the_summary_counts() {
        let mut engine = engine();
        let all = engine.answer(&query()).result.unwrap();
        for (verdict, count) in &all.verdicts {
            let narrowed =
                Query { list: List { verdict: Some(verdict.clone()), ..List::default() }, ..query() };
            assert_eq!(engine.answer(&narrowed).window.matching, *count);
        }
        let found = engine
            .answer(&Query { list: List { search: "WEB-base/1.4".to_owned(), ..List::default() }, ..query() })
            .window
            .matching;
        assert!(found > 0 && found < all.verdicts.iter().map(|(_, count)| count).sum());
    }

    #[test]
    fn the_nights_add_up_to_the_days_on_screen() {
        let mut engine = engine();
        engine.answer(&query());
        let mut nights = Vec::new();
        while let Some((more, _)) = engine.look_ahead() {
            nights = more;
        }
        assert_eq!(nights.len(), NIGHTS as usize);
        for day in [0, 1, 2, 9] {
            let shown = engine.answer(&Query { day, ..query() }).result.unwrap();
            let count = |name| shown.verdicts.iter().find(|(verdict, _)| verdict == name).unwrap().1;
            let night = nights[day as usize];
            assert_eq!((night.deprecate, night.disable), (count("DEPRECATE"), count("DISABLE")));
            assert_eq!(night.delete + night.fail, count("DELETE"));
            assert_eq!(night.fail, shown.failing);
        }
    }

    #[test]
    fn a_broken_file_leaves_what_was_loaded() {
        let mut engine = engine();
        let before = engine.inventory.len();
        let loaded = load(&mut engine, true, &[("broken.json".to_owned(), "{".to_owned())]);
        assert_eq!(loaded.errors.len(), 1);
        assert_eq!(loaded.inventory.images as usize, before);
    }

    #[test]
    fn a_cancelled_file_leaves_what_was_loaded() {
        let mut engine = engine();
        let before = engine.inventory.len();
        let mut loading = engine.begin(false);
        let mut feed = loading.begin("more.json");
        let _ = feed
            .push(br#"{"imageSummaryList": [{"arn": "arn:aws:imagebuilder:us-west-2:1:image/a/1.0.0/1"}"#);
        loading.cancel("more.json", Some(feed));
        let loaded = engine.end(loading);
        assert_eq!((loaded.errors.len(), loaded.inventory.images as usize), (1, before));
        let more = r#"{"imageSummaryList": [{"arn": "arn:aws:imagebuilder:us-west-2:1:image/b/1.0.0/1",
            "state": {"status": "AVAILABLE"}, "dateCreated": "2026-01-01T00:00:00.000Z"}]}"#;
        let loaded = load(&mut engine, false, &[("more.json".to_owned(), more.to_owned())]);
        assert_eq!((loaded.skipped.len(), loaded.inventory.images as usize), (0, before + 1));
    }

    #[test]
    fn an_invalid_policy_has_problems_and_no_result() {
        let mut engine = engine();
        let answer = engine.answer(&Query { policy: "{}".to_owned(), ..query() });
        assert_eq!((answer.result, answer.export), (None, None));
        assert!(!answer.diagnostics.is_empty());
    }

    #[test]
    fn an_explanation_tells_every_rule() {
        let mut engine = engine();
        let deleted =
            Query { list: List { verdict: Some("DELETE".to_owned()), ..List::default() }, ..query() };
        let image = engine.answer(&deleted).window.rows[0].image;
        let Explanation::Found(explained) = engine.explain(image) else { panic!("the image is there") };
        assert_eq!(explained.rules.len(), 3);
        assert_eq!(explained.rules.iter().filter(|step| step.finding == Finding::Acts).count(), 1);
    }
}
