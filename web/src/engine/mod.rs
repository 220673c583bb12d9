//! What the worker knows: the inventory, the last policy, and the run on screen. No DOM, no messages: values
//! in, values out, so that it is tested natively.

mod compared;
mod compiled;
mod explained;
mod export;
mod import;
mod known;
mod listed;
mod loading;
mod local;
mod loss;
mod nights;
mod overlaps;
mod search;
mod shown;

use std::sync::Arc;

use afterimage_inventory::Inventory;
use afterimage_inventory::Loader;
use afterimage_simulator::OtherReadings;
use afterimage_simulator::SETTINGS;
use afterimage_simulator::Setting;

use crate::engine::compared::Difference;
use crate::engine::compared::Reference;
use crate::engine::compiled::Compiled;
use crate::engine::explained::explained;
use crate::engine::known::known;
use crate::engine::listed::Listed;
use crate::engine::local::Desk;
use crate::engine::loss::loss;
use crate::engine::loss::taken;
use crate::engine::nights::Forecast;
use crate::engine::search::asks_for_nights;
use crate::engine::shown::Shown;
use crate::protocol::Answer;
use crate::protocol::Counts;
use crate::protocol::Explained;
use crate::protocol::Explanation;
use crate::protocol::Loaded;
use crate::protocol::Loss;
use crate::protocol::Overlapping;
use crate::protocol::Query;
use crate::protocol::Question;
use crate::protocol::Response;
use crate::protocol::Serve;
use crate::protocol::Served;
use crate::protocol::Skip;
use crate::protocol::Taken;
use crate::protocol::Window;

pub(crate) use crate::engine::export::write;
pub(crate) use crate::engine::import::import;
pub(crate) use crate::engine::loading::Loading;

/// The inventory and everything worked out from it so far.
#[derive(Default)]
pub(crate) struct Engine {
    loader: Loader,
    /// Shared with the local service.
    inventory: Arc<Inventory>,
    sources: Vec<String>,
    /// How many inventories there have been.
    number: u32,
    policy: Option<Compiled>,
    shown: Option<Shown>,
    listed: Option<Listed>,
    /// Of the query that was answered last.
    generation: u32,
    forecast: Option<Forecast>,
    /// What goes with the first deletions was said of the run on screen.
    is_loss_said: bool,
    reference: Option<Reference>,
    /// How the policy differs from the reference, once it is worked out: nothing when one of them has errors.
    difference: Option<Option<Difference>>,
    is_difference_said: bool,
    /// What other answers make of the run on screen, and the image for which they are wanted.
    readings: Option<OtherReadings>,
    wanted: Option<u32>,
    desk: Desk,
    are_questions_said: bool,
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
        let Loading { replace, mut loader, sources, mut errors, read } = loading;
        // A forgotten file of AMIs must not take the place of everything.
        let is_part = replace && read > 0 && !loader.has_images() && !self.inventory.is_empty();
        if is_part {
            let message = format!("{}: no images are in it, so it takes nobody's place", sources.join(", "));
            let help = "choose “add to it” and load it again; what was loaded before is still there";
            errors.push((message, help.to_owned()));
        }
        if read > 0 && !is_part {
            // The old one goes first: both at once would need twice the memory.
            self.desk.clear();
            self.inventory = Arc::default();
            self.inventory = Arc::new(loader.finish());
            self.number = self.number.wrapping_add(1);
            (self.loader, self.sources) = (loader, sources);
            (self.policy, self.shown, self.listed, self.forecast) = (None, None, None, None);
            (self.reference, self.difference) = (None, None);
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
            cut_off: inventory.cut_off.iter().map(|page| page.source.clone()).collect(),
            sources: self.sources.clone(),
            known: known(inventory),
        }
    }

    /// What several policies select.
    pub(crate) fn overlaps(&self, policies: &[String], now: i64, assume: &[String]) -> Overlapping {
        overlaps::overlaps(policies, now, assume, &self.inventory)
    }

    pub(crate) fn images(&self) -> usize {
        self.inventory.len()
    }

    #[cfg(feature = "bench")]
    pub(crate) fn inventory(&self) -> &Inventory {
        &self.inventory
    }

    /// What is on screen.
    pub(crate) fn answer(&mut self, query: &Query) -> Answer {
        let is_new = |policy: &Compiled| {
            policy.text != query.policy || policy.now != query.now || policy.assume != query.assume
        };
        let mut last = None;
        if self.policy.as_ref().is_none_or(is_new) {
            let before = self.policy.take();
            self.policy = Some(Compiled::new(query, &self.inventory, before));
            (self.forecast, self.difference) = (None, None);
            last = self.shown.take();
        }
        let as_enabled = self.policy.as_ref().is_some_and(|policy| policy.disabled);
        if !self
            .reference
            .as_ref()
            .map_or(query.reference.is_empty(), |reference| reference.is_of(query, as_enabled))
        {
            self.reference = Reference::new(query, as_enabled);
            (self.listed, self.difference) = (None, None);
        }
        if query.list.differs {
            self.compare();
        }
        if query.day > 0 || asks_for_nights(&query.list.search) {
            self.foresee();
        }
        let Some(policy) = &self.policy else { return Answer::default() };
        let mut answer = Answer {
            generation: query.generation,
            diagnostics: policy.diagnostics(),
            matters: policy.matters.clone(),
            foreseen: self.forecast.as_ref().is_some_and(|forecast| forecast.said),
            ..Answer::default()
        };
        let Some(plan) = &policy.plan else { return answer };
        if self.shown.as_ref().is_none_or(|shown| shown.day != query.day) {
            let last = last.or_else(|| self.shown.take());
            self.shown = Some(Shown::new(policy, plan, &self.inventory, self.forecast.as_ref(), query, last));
            (self.listed, self.readings) = (None, None);
            self.is_loss_said = false;
        }
        let Some(shown) = &self.shown else { return answer };
        if self.listed.as_ref().is_none_or(|listed| listed.list != query.list) {
            let difference = self.difference.as_ref().and_then(Option::as_ref);
            self.listed = Some(Listed::new(
                &query.list,
                &self.inventory,
                plan,
                shown,
                difference,
                self.forecast.as_ref(),
            ));
        }
        answer.result = Some(shown.outcome.clone());
        // A report asks beside the screen.
        self.generation = self.generation.max(query.generation);
        answer.window = self.window(query.first, query.rows).unwrap_or_default();
        answer
    }

    /// Rows of the list.
    pub(crate) fn window(&self, first: u32, rows: u32) -> Option<Window> {
        let plan = self.policy.as_ref()?.plan.as_ref()?;
        let (shown, listed) = (self.shown.as_ref()?, self.listed.as_ref()?);
        let lines = listed.lines.len() as u32;
        let first = first.min(lines);
        let mut rows = listed.rows(&self.inventory, plan, shown, first, rows);
        let both = self.reference.as_ref().zip(self.forecast.as_ref()).filter(|_| listed.list.differs);
        if let (Some((reference, forecast)), Some(Some(difference))) = (both, &self.difference) {
            for row in rows.iter_mut().filter(|row| row.version_line.is_none()) {
                difference.tell(&self.inventory, reference, forecast, row);
            }
        }
        Some(Window {
            generation: self.generation,
            matching: listed.images,
            lines,
            unread: listed.unread.clone(),
            first,
            rows,
        })
    }

    /// Works out what can wait until nobody asks: one thing at a time, `None` when there is nothing more.
    pub(crate) fn idle(&mut self) -> Option<Response> {
        let policy = self.policy.as_mut()?;
        if policy.check(&self.inventory) {
            return Some(Response::Checked { diagnostics: policy.diagnostics() });
        }
        self.foresee();
        if let Some(forecast) = self.forecast.as_mut().filter(|forecast| !forecast.said) {
            forecast.said = true;
            return Some(Response::Nights { nights: forecast.nights.clone() });
        }
        if !self.is_loss_said {
            // Without a plan there is no forecast.
            if self.forecast.is_none() || self.shown.is_none() {
                return None;
            }
            self.is_loss_said = true;
            return Some(Response::Loss(self.loss()));
        }
        self.compare();
        let is_said = std::mem::replace(&mut self.is_difference_said, true);
        if let Some(difference) = self.difference.as_ref().filter(|_| !is_said) {
            return Some(Response::Compared(difference.as_ref().map(|difference| difference.totals)));
        }
        if !std::mem::replace(&mut self.are_questions_said, true) {
            return Some(Response::Questions(questions()));
        }
        let image = self.wanted.take()?;
        let (policy, shown) = (self.policy.as_ref()?, self.shown.as_ref()?);
        let readings = policy.plan.as_ref()?.other_readings(&self.inventory, &shown.state, &shown.run);
        self.readings = Some(readings);
        Some(Response::Explained { image, explained: self.explained(image) })
    }

    /// What goes with the images that are deleted first.
    fn loss(&self) -> Option<Loss> {
        let policy = self.policy.as_ref()?;
        let (plan, forecast) = (policy.plan.as_ref()?, self.forecast.as_ref()?);
        loss(policy, plan, &self.inventory, forecast, self.shown.as_ref()?)
    }

    /// What is deleted soon beside images.
    pub(crate) fn taken(&mut self) -> Taken {
        self.foresee();
        let plan = self.policy.as_ref().and_then(|policy| policy.plan.as_ref());
        plan.zip(self.forecast.as_ref())
            .map_or_else(Taken::default, |(plan, forecast)| taken(plan, &self.inventory, forecast))
    }

    /// Compares the policy with its reference, once.
    fn compare(&mut self) {
        if self.difference.is_some() || self.reference.is_none() {
            return;
        }
        self.foresee();
        let plan = self.policy.as_ref().and_then(|policy| policy.plan.as_ref());
        let all = self.reference.as_ref().zip(self.forecast.as_ref()).zip(plan);
        self.difference = all
            .map(|((reference, forecast), plan)| Difference::new(reference, plan, forecast, &self.inventory));
        self.is_difference_said = false;
    }

    /// Makes the forecast, once.
    fn foresee(&mut self) {
        let Some(policy) = self.policy.as_ref().filter(|_| self.forecast.is_none()) else { return };
        self.forecast = policy.plan.as_ref().map(|plan| Forecast::new(plan, &self.inventory, policy.now));
    }

    /// Does something on the local service, and shows it.
    pub(crate) fn serve(&mut self, asked: &Serve) -> Served {
        self.desk.serve(&self.inventory, asked)
    }

    /// Why one image has its verdict in the run on screen.
    pub(crate) fn explain(&mut self, image: u32) -> Explanation {
        self.wanted = self.readings.is_none().then_some(image);
        self.explained(image)
    }

    fn explained(&self, image: u32) -> Explanation {
        let plan = self.policy.as_ref().and_then(|policy| policy.plan.as_ref());
        let (Some(plan), Some(shown)) = (plan, &self.shown) else { return Explanation::NoPolicy };
        let (forecast, readings) = (self.forecast.as_ref(), self.readings.as_ref());
        let found = explained(&self.inventory, plan, shown, forecast, readings, image);
        let listed = self.listed.as_ref().is_some_and(|listed| listed.lines.contains(&image));
        found.map_or(Explanation::Gone, |found| Explanation::Found(Box::new(Explained { listed, ..found })))
    }
}

/// What AWS leaves open.
fn questions() -> Vec<Question> {
    let question = |setting: &Setting| Question {
        name: setting.name.to_owned(),
        values: setting.values.iter().map(|value| (*value).to_owned()).collect(),
        question: setting.question.to_owned(),
        basis: setting.basis.to_owned(),
    };
    SETTINGS.iter().map(question).collect()
}

/// Text from an export may be endless; a cell shows its beginning.
fn short(text: &str) -> String {
    crate::text::visible(&text.chars().take(120).collect::<String>())
}

#[cfg(test)]
mod tests {
    use afterimage_inventory::Instant;

    use super::*;
    use crate::protocol::Fates;
    use crate::protocol::Finding;
    use crate::protocol::Level;
    use crate::protocol::List;
    use crate::protocol::NIGHTS;
    use crate::protocol::Outcome;
    use crate::protocol::OutputChanges;
    use crate::protocol::changing;
    use crate::sample;
    use crate::state::ReferenceKind;
    use crate::text;

    const NOW: i64 = 1_795_435_200_000;

    pub(super) fn load(engine: &mut Engine, replace: bool, exports: &[(String, String)]) -> Loaded {
        let mut loading = engine.begin(replace);
        for (name, text) in exports {
            let mut feed = loading.begin(name);
            let _ = feed.push(text.as_bytes());
            loading.end(name.clone(), feed);
        }
        engine.end(loading)
    }

    pub(super) fn engine() -> Engine {
        let mut engine = Engine::default();
        let loaded = load(&mut engine, true, &sample::exports(NOW));
        assert_eq!((loaded.errors.len(), loaded.skipped.len()), (0, 0));
        engine
    }

    /// The image whose deletion fails has another AMI, which goes.
    fn engine_with_one_protected_ami() -> Engine {
        let mut exports = sample::exports(NOW);
        for (_, text) in &mut exports {
            *text = text.replacen("\"DeregistrationProtection\":\"enabled-without-cooldown\",", "", 1);
        }
        let mut engine = Engine::default();
        load(&mut engine, true, &exports);
        engine
    }

    pub(super) fn query() -> Query {
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
    fn what_is_said_is_heard_as_it_was_said() {
        let mut engine = engine();
        let edited = Query { reference: sample::POLICY.replace("180", "150"), ..query() };
        let answer = engine.answer(&edited);
        let image = answer.window.rows[0].image;
        let mut said = vec![Response::Answer(Box::new(answer))];
        said.push(Response::Explained { image, explained: engine.explain(image) });
        said.extend(std::iter::from_fn(|| engine.idle()));
        assert_eq!(said.len(), 8);
        for response in said {
            let bytes = postcard::to_allocvec(&response).unwrap();
            assert_eq!(postcard::from_bytes::<Response>(&bytes).unwrap(), response);
        }
    }

    #[test]
    fn a_disabled_policy_does_what_enabling_it_would_do() {
        let mut engine = engine();
        let disabled = sample::POLICY.replace("\"ENABLED\"", "\"DISABLED\"");
        let enabled = engine.answer(&query()).result.unwrap();
        assert!(!enabled.disabled);
        let found = engine.answer(&Query { policy: disabled.clone(), ..query() }).result.unwrap();
        assert_eq!(found, Outcome { disabled: true, ..enabled });
        // What is compared counts alike, unless the policy does what its disabled reference does not.
        let changed = |engine: &mut Engine, query: &Query| {
            engine.answer(query);
            let said = std::iter::from_fn(|| engine.idle()).filter_map(|found| match found {
                Response::Compared(totals) => totals,
                _ => None,
            });
            said.last().unwrap().changed
        };
        let switched = Query { policy: disabled.clone(), reference: sample::POLICY.to_owned(), ..query() };
        assert_eq!(changed(&mut engine, &switched), 0);
        let back = Query { reference: disabled, ..query() };
        assert!(changed(&mut engine, &back) > 0);
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
        while let Some(found) = engine.idle() {
            if let Response::Nights { nights: all } = found {
                nights = all;
            }
        }
        assert_eq!(nights.len(), NIGHTS as usize);
        for day in [0, 1, 2, 9, 100, 365] {
            let shown = engine.answer(&Query { day, ..query() }).result.unwrap();
            let count = |name| shown.verdicts.iter().find(|(verdict, _)| verdict == name).unwrap().1;
            let night = nights[day as usize];
            assert_eq!((night.deprecate, night.disable), (count("DEPRECATE"), count("DISABLE")));
            assert_eq!(night.delete + night.fail, count("DELETE"));
            assert_eq!(night.fail, shown.failing.images);
        }
    }

    #[test]
    fn a_search_finds_outputs_where_they_are() {
        let arn = "arn:aws:imagebuilder:us-west-2:1:container-recipe/app/1.0.0";
        let image = |build: u32, outputs: &str| {
            format!(
                r#"{{"arn": "{}/{build}", "type": "DOCKER", "version": "1.0.0/{build}", "state": {{"status": "AVAILABLE"}},
                "dateCreated": "2026-01-0{build}T00:00:00.000Z", "outputResources": {outputs}}}"#,
                arn.replace("container-recipe", "image")
            )
        };
        let copy =
            |account: &str, region: &str| format!(r#""{account}.dkr.ecr.{region}.amazonaws.com/app:1""#);
        let both = format!(
            r#"{{"containers": [{{"region": "us-west-2", "imageUris": [{}, {}]}}]}}"#,
            copy("111122223333", "us-west-2"),
            copy("444455556666", "eu-west-1")
        );
        let list = format!(r#"{{"imageSummaryList": [{}, {}]}}"#, image(1, &both), image(2, "{}"));
        let mut engine = Engine::default();
        load(&mut engine, true, &[("list.json".to_owned(), list)]);
        let mut found = |search: &str| {
            let list = List { search: search.to_owned(), ..List::default() };
            let rows = engine.answer(&Query { list, ..query() }).window.rows;
            rows.into_iter().map(|row| row.version).collect::<Vec<_>>()
        };
        for search in ["region:eu-west-1", "region:us-west-2", "account:444455556666"] {
            assert_eq!(found(search), ["1.0.0/1"], "{search}");
        }
        assert_eq!(found("region:ap-south-1"), Vec::<String>::new());
    }

    #[test]
    fn the_nights_that_are_listed_are_those_of_the_command() {
        let mut engine = engine();
        let mut fails_alone = false;
        for days in [180, 210, 240, 270, 300] {
            let mut policy: serde_json::Value = serde_json::from_str(sample::POLICY).unwrap();
            let rules = policy["policyDetails"].as_array_mut().unwrap();
            rules.retain(|rule| rule["action"]["type"] == "DELETE");
            rules[0]["filter"]["value"] = days.into();
            engine.answer(&Query { policy: policy.to_string(), ..query() });
            while engine.idle().is_some() {}
            let forecast = engine.forecast.as_ref().unwrap();
            let of_command: Vec<u32> = forecast.fates.events().map(|(night, _)| night).collect();
            let listed: Vec<u32> = changing(&forecast.nights).map(|(night, _, _)| night).collect();
            assert_eq!(listed, of_command, "{days}");
            fails_alone |= changing(&forecast.nights).any(|(_, night, changes)| changes && night.acts() == 0);
        }
        assert!(fails_alone);
    }

    #[test]
    fn a_deletion_that_fails_counts_the_same_everywhere_under_both_readings() {
        for (assume, stays) in [(vec![], true), (vec!["failed-output-keeps-image=false".to_owned()], false)] {
            let mut engine = engine();
            let query = Query { assume, ..query() };
            let answer = engine.answer(&query).result.unwrap();
            let failing = if stays { 2 } else { 0 };
            let rule = answer.rules.iter().find(|rule| rule.action == "DELETE").unwrap();
            assert_eq!(
                (answer.failing.images, rule.failing, rule.acts),
                (failing, failing, answer.count("DELETE"))
            );
            assert!(answer.amis.failed > 0);
            let nights = std::iter::from_fn(|| engine.idle()).find_map(|found| match found {
                Response::Nights { nights } => Some(nights),
                _ => None,
            });
            let tonight = nights.unwrap()[0];
            assert_eq!((tonight.delete, tonight.fail), (answer.count("DELETE") - failing, failing));
            let search = |search: &str| Query {
                list: List { search: search.to_owned(), ..List::default() },
                ..query.clone()
            };
            assert_eq!(engine.answer(&search("fails")).window.matching, failing);
            let row = engine.answer(&search("why:deregistration-protected")).window.rows[0].clone();
            let why = crate::text::why(&row, &answer.rules);
            let wanted =
                if stays { "is expected to fail" } else { "2 protected AMIs cannot be deregistered" };
            assert!((row.fate == "FAIL") == stays && why.ends_with(wanted), "{why}");
        }
    }

    #[test]
    fn a_deletion_that_waits_for_a_spared_ami_leaves_the_image_everywhere() {
        let mut engine = engine();
        let assume = vec!["policy-delete-keeps-image-when-ami-skipped=true".to_owned()];
        let exceptions = r#""exclusionRules": { "amis": { "regions": ["eu-west-1"] }, "#;
        let policy = sample::POLICY.replace(r#""exclusionRules": { "#, exceptions);
        let query = Query { assume, policy, ..query() };
        let found = engine.answer(&query).result.unwrap();
        let waiting = found.waiting.images;
        assert!(waiting > 0 && found.waiting.amis > 0);
        let rule = found.rules.iter().find(|rule| rule.action == "DELETE").unwrap();
        assert_eq!((rule.waiting, rule.acts), (waiting, found.count("DELETE")));
        let mut loss = None;
        while let Some(response) = engine.idle() {
            match response {
                Response::Nights { nights } => {
                    assert_eq!((nights[0].delete, nights[0].fail), (found.deleted(), found.failing.images));
                }
                Response::Loss(found) => loss = found,
                _ => {}
            }
        }
        let loss = loss.filter(|loss| loss.day == 0).unwrap();
        assert_eq!((loss.amis, loss.snapshots), (found.amis.deleted, found.snapshots.deleted));
        let mut search = |search: &str| {
            let list = List { search: search.to_owned(), ..List::default() };
            engine.answer(&Query { list, ..query.clone() }).window
        };
        let all = search("stays");
        assert_eq!(all.matching, waiting + found.failing.images);
        let row = search("stays -fails").rows[0].clone();
        let why = crate::text::why(&row, &found.rules);
        assert!(why.ends_with("its record stays while an exclusion spares an AMI"), "{why}");
        let Explanation::Found(explained) = engine.explain(row.image) else { panic!("{row:?}") };
        assert_eq!((row.fate.as_str(), explained.fate.as_str(), row.after), ("STAYS", "STAYS", row.before));
    }

    #[test]
    fn an_age_in_a_search_is_that_of_the_chosen_night() {
        let mut engine = engine();
        let mut created = |search: &str| {
            let list = List { search: search.to_owned(), ..List::default() };
            let rows = engine.answer(&Query { list, day: 30, ..query() }).window.rows;
            rows.into_iter().map(|row| row.created).collect::<Vec<_>>()
        };
        let limit = Instant(NOW).plus_days(30 - 180).0;
        let (old, young) = (created("age>180d"), created("age<180d"));
        assert!(old.iter().all(|&at| at <= limit) && young.iter().all(|&at| at > limit));
        let tonight = Instant(NOW).plus_days(-180).0;
        assert!(old.iter().any(|&at| at > tonight), "not old enough before that night");
        assert!(!young.is_empty());
    }

    #[test]
    fn a_reason_names_the_number_that_is_assumed_to_be_kept() {
        let mut engine = engine();
        let mut policy: serde_json::Value = serde_json::from_str(sample::POLICY).unwrap();
        let rules = policy["policyDetails"].as_array_mut().unwrap();
        let delete = rules.iter_mut().find(|rule| rule["action"]["type"] == "DELETE").unwrap();
        delete["filter"] = serde_json::json!({"type": "COUNT", "value": 1, "retainAtLeast": 3});
        let assume = vec!["count-honours-retain-at-least=true".to_owned()];
        let list = List { search: "why:retained".to_owned(), ..List::default() };
        let query = Query { policy: policy.to_string(), assume, list, ..query() };
        let answer = engine.answer(&query);
        assert!(answer.diagnostics.iter().all(|problem| problem.code != "count-ignores-retain"));
        let row = answer.window.rows[0].clone();
        let why = crate::text::why(&row, &answer.result.unwrap().rules);
        assert_eq!(why, "among the newest 3 of its recipe version");
        let Explanation::Found(explained) = engine.explain(row.image) else { panic!("{row:?}") };
        let step = explained.rules.iter().find(|step| step.action == "DELETE").unwrap();
        let found = crate::text::finding(step, &explained, &explained.state, NOW);
        assert_eq!(found, "Kept: among the newest 3 of its recipe version.");
    }

    #[test]
    fn a_recipe_version_says_how_many_of_its_images_keep_a_slot() {
        let mut engine = engine();
        let list = List { grouped: true, ..List::default() };
        let rows = engine.answer(&Query { list, rows: 500, ..query() }).window.rows;
        let mut versions = rows.chunk_by(|_, next| next.version_line.is_none());
        let mut acted_on = 0;
        let mut are_out = versions.by_ref().map(|lines| {
            let [version, images @ ..] = lines else { panic!() };
            let mut holding = 0;
            for image in images {
                let Explanation::Found(explained) = engine.explain(image.image) else { panic!("{image:?}") };
                let place = explained.retention.and_then(|place| place.position);
                let holds = place.is_some_and(|place| place <= version.version_line.unwrap().keep);
                holding += u32::from(holds);
                acted_on += u32::from(holds && image.reason != "RETAINED");
            }
            let line = version.version_line.unwrap();
            assert_eq!((line.images as usize, line.taken), (images.len(), holding), "{version:?}");
            images.iter().all(|image| image.verdict == "IGNORE")
        });
        assert!(
            are_out.by_ref().any(|is_out| is_out) && are_out.all(|is_out| is_out),
            "the others come first"
        );
        assert!(acted_on > 0, "an image may keep its slot whatever is done to it");
    }

    #[test]
    fn the_amis_in_use_that_go_are_found_with_their_images() {
        let mut exports = sample::exports(NOW);
        let all: Vec<String> = {
            let mut engine = engine();
            let rows = engine.answer(&Query { rows: 500, ..query() }).window.rows;
            let explained = rows.iter().map(|row| engine.explain(row.image));
            let outputs = explained.filter_map(|found| match found {
                Explanation::Found(found) => Some(found.outputs),
                _ => None,
            });
            outputs.flatten().filter(|output| output.kind == "AMI").map(|output| output.id).collect()
        };
        let versions: Vec<_> = all
            .iter()
            .enumerate()
            .map(|(at, id)| {
                serde_json::json!({"LaunchTemplateId": format!("lt-{at}"), "LaunchTemplateName": "web",
                    "VersionNumber": 1, "DefaultVersion": true, "LaunchTemplateData": {"ImageId": id}})
            })
            .collect();
        let uses = serde_json::json!({"LaunchTemplateVersions": versions}).to_string();
        exports.push(("uses.json".to_owned(), uses));
        let mut engine = Engine::default();
        load(&mut engine, true, &exports);
        let mut found = |search: &str| {
            let list = List { search: search.to_owned(), ..List::default() };
            engine.answer(&Query { list, rows: 500, ..query() }).window.rows
        };
        let (taken, used) = (found("in-use:taken"), found("in-use"));
        assert!(!taken.is_empty() && taken.len() < used.len());
        assert!(
            taken.iter().all(|row| row.uses > 0 && ["DISABLE", "DELETE"].contains(&row.verdict.as_str()))
        );
    }

    #[test]
    fn an_explanation_knows_whether_the_table_lists_its_image() {
        let mut engine = engine();
        let image = engine.answer(&query()).window.rows[0].image;
        let mut is_listed = |search: &str| {
            let list = List { search: search.to_owned(), ..List::default() };
            engine.answer(&Query { list, ..query() });
            let Explanation::Found(explained) = engine.explain(image) else { panic!() };
            explained.listed
        };
        assert_eq!([is_listed(""), is_listed("-is:deleted")], [true, false]);
    }

    #[test]
    fn every_condition_that_cannot_be_read_is_named() {
        let mut engine = engine();
        let list = List { search: "stat:DISABLED web why:nothing".to_owned(), ..List::default() };
        let unread = engine.answer(&Query { list, ..query() }).window.unread.unwrap();
        assert!(
            unread.contains("`stat:` is not known") && unread.contains("no reason `nothing`"),
            "{unread}"
        );
    }

    #[test]
    fn outputs_of_an_image_out_of_scope_are_out_of_scope() {
        let mut engine = engine();
        let list = List { verdict: Some("IGNORE".to_owned()), ..List::default() };
        let rows = engine.answer(&Query { list, ..query() }).window.rows;
        let mut seen = 0;
        for row in rows {
            let Explanation::Found(explained) = engine.explain(row.image) else { panic!("{row:?}") };
            seen += explained.outputs.len();
            assert!(explained.outputs.iter().all(|output| output.verdict == "IGNORE"), "{explained:?}");
        }
        assert!(seen > 0);
    }

    #[test]
    fn what_a_failed_deletion_takes_is_gone_the_next_night() {
        let mut engine = engine_with_one_protected_ami();
        let mut on = |day| {
            let list = List { search: "fails".to_owned(), ..List::default() };
            let answer = engine.answer(&Query { day, list, ..query() });
            let row = answer.window.rows[0].clone();
            let Explanation::Found(explained) = engine.explain(row.image) else { panic!("{row:?}") };
            let failing = answer.result.unwrap().failing;
            let taken = (failing.amis, failing.snapshots);
            let said =
                explained.outputs.iter().map(|output| (output.verdict.clone(), output.snapshots.len()));
            (row.amis, said.collect::<Vec<_>>(), taken)
        };
        let said = |first: &str, snapshots| {
            let fates = [first.to_owned(), "FAIL".to_owned()];
            (fates.to_vec(), fates.into_iter().zip([snapshots, 1]).collect::<Vec<_>>())
        };
        let (dots, outputs) = said("DELETE", 1);
        assert_eq!(on(0), (dots, outputs, (1, 1)));
        let (dots, outputs) = said("GONE", 0);
        assert_eq!(on(1), (dots, outputs, (0, 0)));
    }

    #[test]
    fn an_ami_that_is_gone_is_gone_in_the_row_of_an_image_that_stays() {
        let mut exports = sample::exports(NOW);
        for (_, text) in &mut exports {
            *text = text
                .replace("\"State\":\"available\"", "\"State\":\"deregistered\"")
                .replace("\"State\":\"disabled\"", "\"State\":\"deregistered\"");
        }
        let mut engine = Engine::default();
        load(&mut engine, true, &exports);
        let list = List { verdict: Some("KEEP".to_owned()), ..List::default() };
        let rows = engine.answer(&Query { list, ..query() }).window.rows;
        let dots: Vec<&String> = rows.iter().flat_map(|row| &row.amis).collect();
        assert!(!dots.is_empty() && dots.iter().all(|dot| *dot == "GONE"), "{dots:?}");
    }

    #[test]
    fn an_edit_on_a_later_night_has_its_nights_said() {
        let mut engine = engine();
        let later = Query { day: 3, ..query() };
        engine.answer(&later);
        while engine.idle().is_some() {}
        assert!(engine.answer(&later).foreseen);
        let edited = Query { policy: sample::POLICY.replace("180", "500"), ..later };
        assert!(!engine.answer(&edited).foreseen);
        let found: Vec<Response> = std::iter::from_fn(|| engine.idle()).collect();
        assert!(found.iter().any(|found| matches!(found, Response::Nights { .. })));
        assert!(engine.answer(&edited).foreseen);
    }

    #[test]
    fn the_first_deletion_tells_what_goes_with_it() {
        let mut engine = engine();
        let mut loss = |policy: &str, day| {
            let query = Query { policy: policy.to_owned(), day, ..query() };
            let outcome = engine.answer(&query).result.unwrap();
            let found = std::iter::from_fn(|| engine.idle());
            let loss = found.filter_map(|found| if let Response::Loss(loss) = found { loss } else { None });
            (outcome, loss.last())
        };
        let (tonight, first) = loss(sample::POLICY, 0);
        let first = first.unwrap();
        assert_eq!(
            (first.day, first.amis, first.snapshots),
            (0, tonight.amis.deleted, tonight.snapshots.deleted)
        );
        let policy = sample::POLICY.replace("180", "500");
        let (_, later) = loss(&policy, 0);
        let later = later.unwrap();
        assert!(later.day > 0 && later.amis > 0);
        let (that, again) = loss(&policy, later.day);
        assert_eq!(again, Some(later.clone()));
        assert_eq!((later.amis, later.snapshots), (that.amis.deleted, that.snapshots.deleted));
    }

    #[test]
    fn what_goes_soon_is_what_goes_night_after_night() {
        let mut engine = engine();
        let policy = sample::POLICY.replace("180", "190");
        let ask = |day| Query { policy: policy.clone(), day, ..query() };
        let mut sum = Taken::default();
        for day in 0..=text::SOON as u32 {
            let outcome = engine.answer(&ask(day)).result.unwrap();
            sum.amis += outcome.amis.deleted;
            sum.snapshots += outcome.snapshots.deleted;
        }
        assert!(sum.amis > engine.answer(&ask(0)).result.unwrap().amis.deleted);
        assert_eq!(engine.taken(), sum);
        engine.answer(&Query { policy: "{}".to_owned(), ..query() });
        assert_eq!(engine.taken(), Taken::default());
    }

    #[test]
    fn a_policy_is_compared_with_its_reference() {
        let mut engine = engine();
        let edited = Query {
            policy: sample::POLICY.replace("180", "150"),
            reference: sample::POLICY.to_owned(),
            ..query()
        };
        let said = |engine: &mut Engine| {
            let found = std::iter::from_fn(|| engine.idle());
            found
                .filter_map(|found| if let Response::Compared(totals) = found { totals } else { None })
                .collect::<Vec<_>>()
        };
        engine.answer(&edited);
        let all = said(&mut engine);
        let [totals] = all.as_slice() else { panic!("said once: {all:?}") };
        assert!(totals.delete.earlier > 0 && totals.delete.later == 0, "{totals:?}");
        let only = Query { list: List { differs: true, ..List::default() }, ..edited.clone() };
        let window = engine.answer(&only).window;
        assert_eq!(window.matching, totals.changed);
        assert!(window.rows.iter().all(|row| !row.shifts.is_empty()), "{:?}", window.rows);
        assert_eq!(totals.outputs, OutputChanges::default(), "what goes with its image is said of the image");
        // Another answer to what AWS leaves open counts for both.
        let assumed = Query { assume: vec!["month-arithmetic=fixed-days".to_owned()], ..only.clone() };
        assert_eq!(engine.answer(&assumed).window.matching, totals.changed);
        // The same text is no other, and one with errors cannot be compared.
        engine.answer(&Query { reference: edited.policy.clone(), ..edited.clone() });
        assert_eq!(said(&mut engine)[0].changed, 0);
        engine.answer(&Query { reference: "{}".to_owned(), ..edited.clone() });
        assert_eq!(said(&mut engine), []);
        engine.answer(&Query { reference: String::new(), ..edited });
        assert_eq!(said(&mut engine), []);
    }

    #[test]
    fn amis_that_stay_when_their_record_goes_are_counted_and_marked() {
        let mut engine = engine();
        let (pin, more) = (r#""retain" } }"#, r#""retain" }, "amis": { "regions": ["eu-west-1"] } }"#);
        let all = Query { rows: 5000, ..query() };
        let behind = |engine: &mut Engine, query: &Query| {
            let answer = engine.answer(query);
            let marks = answer.window.rows.iter().flat_map(|row| &row.amis);
            let marked = marks.filter(|mark| *mark == "BEHIND").count();
            let outcome = answer.result.unwrap();
            assert_eq!(outcome.left_behind() as usize, marked);
            let words = text::headline(&outcome, &[], None, NOW).into_iter();
            let words: String = words.map(|(_, words)| words).collect();
            assert_eq!(words.contains(" left behind: nothing manages"), marked > 0, "{words}");
            outcome.behind
        };
        assert_eq!(behind(&mut engine, &all), Fates::default());
        let policy = sample::POLICY.replace(pin, more);
        let found = behind(&mut engine, &Query { policy: policy.clone(), ..all.clone() });
        assert!(found.skipped > 0 && found.left == 0);
        // Kept together with its record, an AMI is not left behind.
        let assume = vec!["policy-delete-keeps-image-when-ami-skipped=true".to_owned()];
        assert_eq!(behind(&mut engine, &Query { policy, assume, ..all.clone() }), Fates::default());
        let policy = sample::POLICY
            .replace(r#""amis": true, "snapshots": true"#, r#""amis": false, "snapshots": false"#);
        let found = behind(&mut engine, &Query { policy, ..all });
        assert!(found.left > 0 && found.skipped == 0);
    }

    #[test]
    fn an_ami_that_another_image_lists_is_not_left_behind() {
        let image = |build: u32, created: &str| {
            format!(
                r#"{{"arn": "arn:aws:imagebuilder:us-west-2:111122223333:image/web/1.0.0/{build}", "type": "AMI",
                "state": {{"status": "AVAILABLE"}}, "dateCreated": "{created}", "version": "1.0.0/{build}",
                "outputResources": {{"amis": [{{"region": "us-west-2", "image": "ami-1"}}]}}}}"#
            )
        };
        let images = [image(1, "2026-01-01T00:00:00Z"), image(2, "2026-02-01T00:00:00Z")].join(",");
        let export = format!(r#"{{"imageSummaryList": [{images}]}}"#);
        let mut engine = Engine::default();
        load(&mut engine, true, &[("images.json".to_owned(), export)]);
        let mut marks = |keep: &str| {
            let policy = format!(
                r#"{{"name": "web", "executionRole": "r", "resourceType": "AMI_IMAGE", "policyDetails": [{{
                "action": {{"type": "DELETE"}},
                "filter": {{"type": "AGE", "value": 30, "unit": "DAYS"{keep}}}}}],
                "resourceSelection": {{"recipes": [{{"name": "web", "semanticVersion": "x.x.x"}}]}}}}"#
            );
            let answer = engine.answer(&Query { policy, rows: 10, ..query() });
            let outcome = answer.result.unwrap();
            let marks: Vec<String> = answer.window.rows.into_iter().flat_map(|row| row.amis).collect();
            (outcome.deleted(), outcome.left_behind(), marks)
        };
        let said = |marks: [&str; 2]| marks.map(str::to_owned).to_vec();
        assert_eq!(marks(r#", "retainAtLeast": 1"#), (1, 0, said(["LEFT", "KEEP"])));
        assert_eq!(marks(""), (2, 1, said(["BEHIND", "BEHIND"])));
    }

    #[test]
    fn outputs_that_meet_another_fate_than_under_the_reference_are_told_where_their_images_do_not() {
        let mut engine = engine();
        let compare = |engine: &mut Engine, from: &str, to: &str| {
            assert!(sample::POLICY.contains(from), "{from}");
            let edited = Query {
                policy: sample::POLICY.replace(from, to),
                reference: sample::POLICY.to_owned(),
                list: List { differs: true, ..List::default() },
                ..query()
            };
            let window = engine.answer(&edited).window;
            let found = std::iter::from_fn(|| engine.idle());
            let said = |found| if let Response::Compared(totals) = found { totals } else { None };
            let totals = found.filter_map(said).last().unwrap();
            assert_eq!(window.matching, totals.changed);
            assert!(window.rows.iter().all(|row| row.output_shifts != OutputChanges::default()));
            let words = |spans: Vec<text::Span>| spans.into_iter().map(|(_, text)| text).collect::<String>();
            (totals, words(text::compared(&totals, &ReferenceKind::Opened)))
        };
        let (kept, words) = compare(&mut engine, "\"snapshots\": true", "\"snapshots\": false");
        let [amis, left, snapshots, ..] = kept.outputs;
        assert_eq!((amis, left), Default::default(), "the AMIs go all the same");
        assert!(snapshots.spared > 0 && snapshots.newly == 0);
        assert!(words.contains("snapshots no longer deleted within a year"), "{words}");
        assert_eq!((kept.delete, kept.disable, kept.deprecate), Default::default());
        let (pin, more) = (r#""retain" } }"#, r#""retain" }, "amis": { "regions": ["eu-west-1"] } }"#);
        let (exempt, words) = compare(&mut engine, pin, more);
        let [amis, left, ..] = exempt.outputs;
        assert!(amis.spared > 0 && left.newly >= amis.spared, "{exempt:?}");
        assert!(words.contains("AMIs no longer deleted, "), "{words}");
        assert!(words.contains("more AMIs left behind, "), "{words}");
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
    fn a_file_without_images_takes_nobodys_place() {
        let mut engine = engine();
        let before = engine.inventory.len();
        let amis = r#"{"Images": [{"ImageId": "ami-00000000000000001", "OwnerId": "123456789012"}]}"#;
        let loaded = load(&mut engine, true, &[("amis.json".to_owned(), amis.to_owned())]);
        assert!(loaded.errors[0].0.contains("amis.json") && loaded.errors[0].1.contains("add to it"));
        assert_eq!(loaded.inventory.images as usize, before);
        let loaded = load(&mut engine, false, &[("amis.json".to_owned(), amis.to_owned())]);
        assert_eq!((loaded.errors.len(), loaded.inventory.images as usize), (0, before));
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
        let page = |token: &str| format!(r#"{{"imageSummaryList": [], "nextToken": "{token}"}}"#);
        for (token, cut_off) in [("x", vec!["page.json".to_owned()]), ("", Vec::new())] {
            let loaded = load(&mut engine, false, &[("page.json".to_owned(), page(token))]);
            assert_eq!(loaded.cut_off, cut_off);
        }
    }

    #[test]
    fn more_rows_are_those_of_the_list_on_screen() {
        let mut engine = engine();
        let query = Query { generation: 7, rows: 5, ..query() };
        let all = engine.answer(&Query { rows: 50, ..query.clone() }).window;
        engine.answer(&query);
        let more = engine.window(20, 10).unwrap();
        assert_eq!((more.generation, more.first, more.lines), (7, 20, all.lines));
        assert_eq!(more.rows, all.rows[20..30]);
        assert_eq!(engine.window(all.lines + 1, 10).unwrap().rows, []);
        engine.answer(&Query { policy: "{}".to_owned(), ..query });
        assert_eq!(engine.window(0, 10), None);
    }

    #[test]
    fn an_edit_counts_what_a_fresh_engine_counts() {
        let mut edited = engine();
        let tonight = query();
        let other = |policy: String, day: u32| Query { policy, day, ..tonight.clone() };
        let queries = [
            other(sample::POLICY.replace("180", "150"), 0),
            other(sample::POLICY.replace("180", "150"), 40),
            other(sample::POLICY.replace("x.x.x", "1.x.x"), 40),
            other("{}".to_owned(), 0),
            tonight.clone(),
        ];
        for query in &queries {
            let (again, fresh) = (edited.answer(query), engine().answer(query));
            assert_eq!((again.result, again.window.rows), (fresh.result, fresh.window.rows));
        }
    }

    #[test]
    fn an_invalid_policy_has_problems_and_no_result() {
        let mut engine = engine();
        let answer = engine.answer(&Query { policy: "{}".to_owned(), ..query() });
        assert_eq!(answer.result, None);
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
        // What other answers make of it comes later, once.
        assert_eq!(explained.readings, None);
        let later = std::iter::from_fn(|| engine.idle());
        let later: Vec<_> = later.filter(|found| matches!(found, Response::Explained { .. })).collect();
        let [Response::Explained { explained: Explanation::Found(again), .. }] = later.as_slice() else {
            panic!("{later:?}")
        };
        assert!(again.readings.is_some());
        let Explanation::Found(third) = engine.explain(image) else { panic!("the image is there") };
        assert_eq!(&third, again);
        assert!(engine.idle().is_none());
    }

    #[test]
    fn an_image_that_is_left_alone_still_has_its_outputs() {
        let mut engine = engine();
        let kept = Query { list: List { verdict: Some("KEEP".to_owned()), ..List::default() }, ..query() };
        let row = engine.answer(&kept).window.rows.iter().find(|row| !row.amis.is_empty()).unwrap().clone();
        let Explanation::Found(explained) = engine.explain(row.image) else { panic!("the image is there") };
        assert_eq!(explained.outputs.len(), row.amis.len());
        assert!(explained.outputs.iter().all(|output| output.id.starts_with("ami-")));
    }
}
