//! Random sequences of requests and clock moves against the plain model in `model`: after each step everything
//! that the API tells is what the model says.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod model;

use std::collections::BTreeSet;

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Loader;
use afterimage_service::Request;
use afterimage_service::Service;
use afterimage_service::Settings;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use serde_json::json;

use model::ACCOUNT;
use model::Action;
use model::Ami;
use model::End;
use model::Image;
use model::Item;
use model::Model;
use model::Policy;
use model::Rule;
use model::START;
use model::TICK;

const RECIPES: [&str; 2] = ["base", "web"];
const NAMES: [&str; 4] = ["alpha", "beta", "gamma", "delta"];

/// One step. Numbers choose among what there is.
#[derive(Debug, Clone)]
enum Step {
    Create(Policy),
    Update(Policy),
    Delete(usize),
    Advance(i64),
    Change {
        image: usize,
        action: Action,
        amis: bool,
        spares_public: bool,
        after: Option<i64>,
    },
    Cancel(usize),
    /// The last change again, and again with something else in it.
    Repeat,
    Restore,
    /// The next page of a list, or its first.
    Walk {
        list: usize,
        size: usize,
    },
}

/// A list that is walked through page by page while things change.
#[derive(Debug, Default, Clone)]
struct Walk {
    token: Option<String>,
    seen: Vec<String>,
    /// What was there all the time.
    lasting: BTreeSet<String>,
}

struct Run {
    service: Service,
    model: Model,
    /// IDs in the order in which executions began.
    ids: Vec<String>,
    tokens: usize,
    /// Target, body and answer of the last change that went well.
    last: Option<(&'static str, Value, Value)>,
    walks: [Walk; 3],
}

fn rules() -> impl Strategy<Value = Vec<Rule>> {
    let rule = (any::<bool>(), 1..120_i64, 1..4_usize, any::<[bool; 4]>()).prop_map(
        |(present, days, keep, [counts, amis, spares_pinned, spares_public])| {
            (present, days, keep, counts, amis, spares_pinned, spares_public)
        },
    );
    vec(rule, 3).prop_map(|choices| {
        let actions = [Action::Deprecate, Action::Disable, Action::Delete];
        let mut rules = Vec::new();
        for (action, (present, days, keep, counts, amis, spares_pinned, spares_public)) in
            actions.into_iter().zip(choices)
        {
            let delete = action == Action::Delete;
            // A policy has at least one rule.
            if present || delete && rules.is_empty() {
                let age = (!(delete && counts)).then_some(days);
                // On other rules it has no effect, and the model knows none.
                let keep = if age.is_none() || delete { keep } else { 0 };
                rules.push(Rule { action, age, keep, amis, spares_pinned, spares_public });
            }
        }
        rules
    })
}

fn policy() -> impl Strategy<Value = Policy> {
    (select(&NAMES), prop::bool::weighted(0.8), select(&RECIPES), rules())
        .prop_map(|(name, enabled, recipe, rules)| Policy { name: name.to_owned(), enabled, recipe, rules })
}

fn step() -> impl Strategy<Value = Step> {
    let actions = select(&[Action::Available, Action::Deprecate, Action::Disable, Action::Delete]);
    let change =
        (0..8_usize, actions, any::<bool>(), any::<bool>(), prop::option::weighted(0.3, -2..100_i64));
    prop_oneof![
        3 => policy().prop_map(Step::Create),
        2 => policy().prop_map(Step::Update),
        1 => (0..4_usize).prop_map(Step::Delete),
        6 => prop_oneof![1..10_i64, Just(48), 40..200_i64].prop_map(Step::Advance),
        4 => change.prop_map(|(image, action, amis, spares_public, after)| Step::Change { image, action, amis, spares_public, after }),
        2 => (0..64_usize).prop_map(Step::Cancel),
        1 => Just(Step::Repeat),
        1 => Just(Step::Restore),
        3 => (0..3_usize, 1..4_usize).prop_map(|(list, size)| Step::Walk { list, size }),
    ]
}

fn images() -> impl Strategy<Value = Vec<Image>> {
    let exported = select(&["available", "available", "available", "disabled", "deregistered"]);
    let ami = (exported, any::<bool>(), prop::bool::weighted(0.2));
    let image = (
        select(&RECIPES),
        0..130_i64 * 48,
        select(&[
            "AVAILABLE",
            "AVAILABLE",
            "AVAILABLE",
            "DEPRECATED",
            "DISABLED",
            "FAILED",
            "CANCELLED",
            "BUILDING",
        ]),
        any::<bool>(),
        vec(ami, 0..3),
    );
    vec(image, 1..8).prop_map(|images| {
        let image = |(at, (recipe, age, status, pinned, amis)): (usize, (_, i64, _, _, Vec<_>))| Image {
            recipe,
            build: at + 1,
            created: -age,
            status: Some(status),
            pinned,
            amis: amis
                .into_iter()
                .enumerate()
                .map(|(number, (exported, public, protected))| Ami {
                    id: format!("ami-{at:08x}{number:09x}"),
                    exported,
                    public: public && exported != "disabled",
                    protected,
                    state: None,
                })
                .collect(),
            deprecation: None,
            execution: None,
        };
        images.into_iter().enumerate().map(image).collect()
    })
}

fn instant(tick: i64) -> Instant {
    Instant((START + tick * TICK) * 1000)
}

fn inventory(images: &[Image]) -> Inventory {
    let summaries: Vec<Value> = images
        .iter()
        .map(|image| {
            let ami = |ami: &Ami| json!({ "region": "us-west-2", "image": ami.id, "accountId": ACCOUNT });
            json!({
                "arn": image.arn(), "name": image.recipe, "type": "AMI", "owner": ACCOUNT,
                "state": { "status": image.status }, "dateCreated": instant(image.created).to_string(),
                "tags": if image.pinned { json!({ "pin": "yes" }) } else { json!({}) },
                "outputResources": { "amis": image.amis.iter().map(ami).collect::<Vec<_>>() },
            })
        })
        .collect();
    let amis: Vec<Value> = images
        .iter()
        .flat_map(|image| &image.amis)
        .map(|ami| {
            let protection = if ami.protected { "enabled-without-cooldown" } else { "disabled" };
            // What is disabled has lost its launch permissions, whatever else is exported.
            let public = ami.public || ami.exported == "disabled";
            json!({ "ImageId": ami.id, "State": ami.exported, "Public": public, "DeregistrationProtection": protection })
        })
        .collect();
    let exports = json!([{ "imageSummaryList": summaries }, { "Images": amis }]).to_string();
    let mut loader = Loader::new();
    loader.add("model", exports.as_bytes()).unwrap();
    loader.finish()
}

/// The state, but for how many requests and changes there were.
fn without_counters(service: &Service) -> Value {
    let mut state: Value = serde_json::from_str(&service.state()).unwrap();
    state["changes"]["requests"] = Value::Null;
    state["changes"]["revision"] = Value::Null;
    state
}

impl Run {
    fn call(&mut self, method: &str, target: &str, body: &Value) -> (u16, Value) {
        let body = if *body == Value::Null { String::new() } else { body.to_string() };
        let response = self.service.handle(&Request { method, target, body: body.as_bytes() });
        (response.status, serde_json::from_str(&response.body).unwrap())
    }

    fn read(&mut self, method: &str, target: &str, body: &Value) -> Value {
        let (status, answer) = self.call(method, target, body);
        assert_eq!(status, 200, "{target} {answer}");
        answer
    }

    /// Sends a change with a token of its own.
    fn change(&mut self, target: &'static str, mut body: Value) -> (u16, Value) {
        self.tokens += 1;
        body["clientToken"] = json!(format!("token-{}", self.tokens));
        let (status, answer) = self.call("PUT", target, &body);
        if status == 200 {
            self.last = Some((target, body, answer.clone()));
        }
        (status, answer)
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Create(policy) => {
                let (status, answer) = self.change("/CreateLifecyclePolicy", policy.document());
                if self.model.policies.iter().any(|known| known.name == policy.name) {
                    assert_eq!(status, 400, "{answer}");
                } else {
                    assert_eq!(
                        (status, &answer["lifecyclePolicyArn"]),
                        (200, &json!(policy.arn())),
                        "{answer}"
                    );
                    self.model.policies.push(policy.clone());
                }
            }
            Step::Update(policy) => {
                let mut body = policy.document();
                body["lifecyclePolicyArn"] = json!(policy.arn());
                let (status, answer) = self.change("/UpdateLifecyclePolicy", body);
                match self.model.policies.iter().position(|known| known.name == policy.name) {
                    None => assert_eq!(status, 404, "{answer}"),
                    Some(at) => {
                        assert_eq!(status, 200, "{answer}");
                        self.model.policies[at] = policy.clone();
                        if !policy.enabled {
                            self.model.cancel_of(&policy.name);
                        }
                    }
                }
            }
            Step::Delete(name) => {
                let name = NAMES[*name];
                let arn = format!("arn:aws:imagebuilder:us-west-2:{ACCOUNT}:lifecycle-policy/{name}");
                let (status, _) = self.call(
                    "DELETE",
                    &format!("/DeleteLifecyclePolicy?lifecyclePolicyArn={arn}"),
                    &Value::Null,
                );
                let known = self.model.policies.iter().position(|known| known.name == name);
                assert_eq!(status, if known.is_some() { 200 } else { 404 });
                if let Some(at) = known {
                    self.model.policies.remove(at);
                    self.model.cancel_of(name);
                }
            }
            Step::Advance(ticks) => {
                let (mut in_steps, start) = (self.service.clone(), self.model.now);
                self.model.advance(*ticks);
                self.service.advance(instant(self.model.now)).unwrap();
                assert!(self.service.advance(instant(self.model.now - 1)).is_err());
                for tick in [start + ticks / 3, start + ticks / 2, self.model.now] {
                    in_steps.advance(instant(tick)).unwrap();
                }
                assert_eq!(without_counters(&in_steps), without_counters(&self.service));
            }
            Step::Change { image, action, amis, spares_public, after } => {
                self.change_image(*image % self.model.images.len(), *action, *amis, *spares_public, *after);
            }
            Step::Cancel(number) => self.cancel(*number),
            Step::Repeat => {
                if let Some((target, mut body, answer)) = self.last.clone() {
                    let before = without_counters(&self.service);
                    assert_eq!(self.call("PUT", target, &body), (200, answer));
                    body["executionRole"] = json!("another");
                    if target == "/CancelLifecycleExecution" {
                        body["lifecycleExecutionId"] = json!("lce-00000000-0000-0000-0000-000000000000");
                    } else if target == "/StartResourceStateUpdate" {
                        body["includeResources"] = json!({});
                    }
                    let (status, answer) = self.call("PUT", target, &body);
                    assert_eq!(status, 400, "{answer}");
                    assert!(answer["message"].as_str().unwrap().contains("clientToken"), "{answer}");
                    assert_eq!(without_counters(&self.service), before);
                }
            }
            Step::Restore => {
                let state = self.service.state();
                self.service = Service::restore(&state).unwrap();
                assert_eq!(self.service.state(), state);
            }
            Step::Walk { list, size } => self.walk(*list, *size),
        }
        if matches!(step, Step::Advance(_)) {
            // Tokens are remembered for a day, and this may have been one.
            self.last = None;
        }
    }

    fn change_image(
        &mut self,
        image: usize,
        action: Action,
        amis: bool,
        spares_public: bool,
        after: Option<i64>,
    ) {
        let subject = &self.model.images[image];
        let mut body = json!({ "resourceArn": subject.arn(), "state": { "status": action.target() } });
        if amis {
            body["includeResources"] = json!({ "amis": true });
            body["executionRole"] = json!("lifecycle");
        }
        if spares_public {
            body["exclusionRules"] = json!({ "amis": { "isPublic": true } });
        }
        if let Some(after) = after {
            body["updateAt"] = json!(START + (self.model.now + after) * TICK);
        }
        let at = after.map(|after| self.model.now + after);
        let can = subject.can(action);
        let restores = action == Action::Available;
        let scheduled = self.model.scheduled(image).filter(|_| restores && can && after.is_none());
        let expected = match subject.status {
            None => 404,
            _ if action == Action::Delete && !amis => 400,
            _ if after.is_some_and(|after| after <= 0 || action != Action::Deprecate) => 400,
            _ if !can => 400,
            _ if (amis || after.is_some()) && self.model.is_busy(image, scheduled) => 400,
            _ => 200,
        };
        let (status, answer) = self.change("/StartResourceStateUpdate", body);
        assert_eq!(status, expected, "{answer}");
        if expected != 200 {
            return;
        }
        if let Some(number) = scheduled {
            self.model.cancel(number);
        }
        if !amis && at.is_none() {
            assert_eq!(answer["lifecycleExecutionId"], Value::Null);
            self.model.change(image, action);
            return;
        }
        assert!(answer["lifecycleExecutionId"].is_string(), "{answer}");
        let amis = if amis { self.model.amis(image, action, spares_public) } else { Vec::new() };
        let any = |wanted: End| amis.iter().any(|(_, end)| *end == wanted);
        let end = if any(End::Failed) {
            End::Failed
        } else if action == Action::Delete && any(End::Skipped) {
            End::Skipped
        } else {
            End::Success
        };
        self.model.start(
            None,
            vec![Item { image, action, end, amis, began: None, ended: None, late: false }],
            at,
        );
    }

    fn cancel(&mut self, number: usize) {
        if self.model.executions.is_empty() {
            return;
        }
        let number = number % self.model.executions.len();
        let id = self.ids[number].clone();
        let (status, answer) =
            self.change("/CancelLifecycleExecution", json!({ "lifecycleExecutionId": id }));
        assert_eq!(status, if self.model.executions[number].is_open() { 200 } else { 400 }, "{answer}");
        self.model.cancel(number);
    }

    /// Keys of what a list holds now.
    fn items(&self, list: usize) -> BTreeSet<String> {
        match list {
            0 => self.model.policies.iter().map(Policy::arn).collect(),
            1 => self.model.images.iter().filter(|image| image.status.is_some()).map(Image::arn).collect(),
            _ => {
                let numbered = self.model.executions.iter().zip(&self.ids);
                numbered
                    .filter(|(execution, _)| execution.policy.as_deref() == Some(NAMES[0]))
                    .map(|(_, id)| id.clone())
                    .collect()
            }
        }
    }

    fn walk(&mut self, list: usize, size: usize) {
        let present = self.items(list);
        let mut walk = std::mem::take(&mut self.walks[list]);
        if walk.token.is_none() {
            walk = Walk { lasting: present.clone(), ..Walk::default() };
        }
        let (target, items, key, mut body) = match list {
            0 => ("/ListLifecyclePolicies", "lifecyclePolicySummaryList", "arn", json!({})),
            1 => ("/ListImageBuildVersions", "imageSummaryList", "arn", json!({})),
            _ => {
                let arn = format!("arn:aws:imagebuilder:us-west-2:{ACCOUNT}:lifecycle-policy/{}", NAMES[0]);
                (
                    "/ListLifecycleExecutions",
                    "lifecycleExecutions",
                    "lifecycleExecutionId",
                    json!({ "resourceArn": arn }),
                )
            }
        };
        body["maxResults"] = json!(size);
        if let Some(token) = &walk.token {
            body["nextToken"] = json!(token);
        }
        let answer = self.read("POST", target, &body);
        let page = answer[items].as_array().unwrap();
        assert!(page.len() <= size);
        for item in page {
            let key = item[key].as_str().unwrap().to_owned();
            assert!(present.contains(&key), "{key} is there");
            assert!(!walk.seen.contains(&key), "{key} comes once");
            walk.seen.push(key);
        }
        walk.token = answer["nextToken"].as_str().map(str::to_owned);
        if walk.token.is_none() {
            assert!(walk.lasting.iter().all(|key| walk.seen.contains(key)), "{walk:?} leaves nothing out");
        }
        self.walks[list] = walk;
    }

    /// Compares everything that can be asked.
    fn check(&mut self) {
        self.check_policies();
        self.check_executions();
        self.check_images();
        for list in 0..self.walks.len() {
            let present = self.items(list);
            self.walks[list].lasting.retain(|key| present.contains(key));
        }
    }

    fn check_policies(&mut self) {
        let answer = self.read("POST", "/ListLifecyclePolicies", &json!({ "maxResults": 100 }));
        let mut policies = self.model.policies.clone();
        policies.sort_by_key(|policy| policy.name.clone());
        let told: Vec<&str> = answer["lifecyclePolicySummaryList"]
            .as_array()
            .unwrap()
            .iter()
            .map(|policy| policy["arn"].as_str().unwrap())
            .collect();
        assert_eq!(told, policies.iter().map(Policy::arn).collect::<Vec<_>>());
        for policy in policies {
            let target = format!("/GetLifecyclePolicy?lifecyclePolicyArn={}", policy.arn());
            let answer = self.read("GET", &target, &Value::Null);
            for (member, value) in policy.document().as_object().unwrap() {
                assert_eq!(&answer["lifecyclePolicy"][member], value, "{member} of {}", policy.name);
            }
        }
    }

    fn check_executions(&mut self) {
        // The newest come first in each list, so the new ones are the first of each.
        let subjects: BTreeSet<Option<String>> =
            self.model.executions.iter().map(|execution| execution.policy.clone()).collect();
        let mut told: Vec<Value> = Vec::new();
        for name in subjects.into_iter().flatten() {
            let arn = format!("arn:aws:imagebuilder:us-west-2:{ACCOUNT}:lifecycle-policy/{name}");
            told.extend(self.list_executions(&arn));
        }
        for image in self.model.images.clone() {
            told.extend(self.list_executions(&image.arn()));
        }
        assert_eq!(told.len(), self.model.executions.len());
        for number in self.ids.len()..self.model.executions.len() {
            let expected = self.model.executions[number].clone();
            let arn = match &expected.policy {
                Some(name) => format!("arn:aws:imagebuilder:us-west-2:{ACCOUNT}:lifecycle-policy/{name}"),
                None => self.model.images[expected.items[0].image].arn(),
            };
            let mut list = self.list_executions(&arn);
            list.reverse();
            let new =
                list.iter().map(|execution| execution["lifecycleExecutionId"].as_str().unwrap().to_owned());
            let new = new.into_iter().find(|id| !self.ids.contains(id)).unwrap();
            self.ids.push(new);
        }
        for number in 0..self.model.executions.len() {
            let (expected, id) = (self.model.executions[number].clone(), self.ids[number].clone());
            let answer =
                self.read("GET", &format!("/GetLifecycleExecution?lifecycleExecutionId={id}"), &Value::Null);
            let execution = &answer["lifecycleExecution"];
            let place = format!("execution {number}: {execution}, not {expected:?}");
            let seconds = |tick: i64| json!(START + tick * TICK);
            assert_eq!(execution["state"]["status"], expected.status, "{place}");
            assert_eq!(execution["startTime"], seconds(expected.started), "{place}");
            assert_eq!(execution["endTime"], expected.ended.map_or(Value::Null, seconds), "{place}");
            assert_eq!(
                execution["resourcesImpactedSummary"]["hasImpactedResources"], expected.found_some,
                "{place}"
            );
            let body = json!({ "lifecycleExecutionId": id, "maxResults": 100 });
            let answer = self.read("POST", "/ListLifecycleExecutionResources", &body);
            assert_eq!(answer["lifecycleExecutionState"]["status"], expected.status, "{place}");
            let resources = answer["resources"].as_array().unwrap();
            assert_eq!(resources.len(), expected.items.len(), "{place}");
            for (resource, item) in resources.iter().zip(&expected.items) {
                let arn = self.model.images[item.image].arn();
                assert_eq!(resource["resourceId"], arn, "{place}");
                assert_eq!(resource["action"]["name"], item.action.name(), "{place}");
                let status = |ended: Option<i64>, end: End| match (ended, expected.status, end) {
                    (None, "CANCELLED", _) | (Some(_), _, End::Skipped) => "SKIPPED",
                    (None, ..) => "IN_PROGRESS",
                    (Some(_), _, End::Success | End::Gone) => "SUCCESS",
                    (Some(_), _, End::Failed) => "FAILED",
                };
                assert_eq!(resource["state"]["status"], status(item.ended, item.end), "{place}: {resource}");
                assert_eq!(resource["startTime"], item.began.map_or(Value::Null, seconds), "{place}");
                assert_eq!(resource["endTime"], item.ended.map_or(Value::Null, seconds), "{place}");
                let body = json!({ "lifecycleExecutionId": id, "parentResourceId": arn });
                let answer = self.read("POST", "/ListLifecycleExecutionResources", &body);
                let told = answer["resources"].as_array().unwrap().iter().map(|output| {
                    (
                        output["resourceId"].as_str().unwrap().to_owned(),
                        output["state"]["status"].as_str().unwrap().to_owned(),
                    )
                });
                // EC2 is told of a scheduled deprecation at once.
                let is_scheduled = expected.policy.is_none() && item.began != Some(expected.started);
                let of_amis = if is_scheduled { Some(expected.started) } else { item.ended };
                let amis = item.amis.iter().map(|&(ami, end)| {
                    (self.model.images[item.image].amis[ami].id.clone(), status(of_amis, end).to_owned())
                });
                assert_eq!(told.collect::<Vec<_>>(), amis.collect::<Vec<_>>(), "{place}");
            }
        }
    }

    fn list_executions(&mut self, arn: &str) -> Vec<Value> {
        let mut executions = Vec::new();
        let mut body = json!({ "resourceArn": arn, "maxResults": 100 });
        loop {
            let answer = self.read("POST", "/ListLifecycleExecutions", &body);
            executions.extend(answer["lifecycleExecutions"].as_array().unwrap().clone());
            match answer["nextToken"].as_str() {
                Some(token) => body["nextToken"] = json!(token),
                None => return executions,
            }
        }
    }

    fn check_images(&mut self) {
        let answer = self.read("POST", "/ListImageBuildVersions", &json!({ "maxResults": 100 }));
        let mut told = answer["imageSummaryList"].as_array().unwrap().iter();
        let mut images = self.model.images.clone();
        for (at, image) in images.iter_mut().enumerate() {
            image.deprecation = self.model.deprecation(at);
        }
        images.sort_by_key(Image::arn);
        for image in images {
            let arn = image.arn();
            let (code, answer) =
                self.call("GET", &format!("/GetImage?imageBuildVersionArn={arn}"), &Value::Null);
            let Some(status) = image.status else {
                assert_eq!(code, 404, "{answer}");
                continue;
            };
            for known in [&answer["image"], told.next().unwrap()] {
                let place = format!("{known}, not {image:?}");
                assert_eq!(known["arn"], arn, "{place}");
                assert_eq!(known["state"]["status"], status, "{place}");
                let seconds = |tick: i64| json!(START + tick * TICK);
                assert_eq!(
                    known["deprecationTime"],
                    image.deprecation.map_or(Value::Null, seconds),
                    "{place}"
                );
                let execution = image.execution.map_or(Value::Null, |number| json!(self.ids[number]));
                assert_eq!(known["lifecycleExecutionId"], execution, "{place}");
                for (at, ami) in image.amis.iter().enumerate() {
                    let known = &known["outputResources"]["amis"][at];
                    assert_eq!(known["image"], ami.id, "{place}");
                    assert_eq!(
                        known["state"]["status"],
                        ami.state.map_or(Value::Null, Value::from),
                        "{place}"
                    );
                }
            }
        }
        assert!(told.next().is_none());
    }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(600))]

    #[test]
    fn the_service_does_what_the_model_says(
        images in images(),
        takes in select(&[0, 0, 1, 3, 40_i64]),
        per_run in prop::option::weighted(0.3, 1..3_u32),
        run_at in select(&[0, 24_i64]),
        steps in vec(step(), 1..40),
    ) {
        let settings = Settings {
            seconds_per_resource: (takes * TICK) as u32,
            resources_per_run: per_run,
            daily_run_at: (run_at * TICK) as u32,
            ..Settings::at(instant(0))
        };
        let mut run = Run {
            service: Service::new(inventory(&images), settings).unwrap(),
            model: Model { now: 0, takes, per_run, run_at, images, policies: Vec::new(), executions: Vec::new() },
            ids: Vec::new(),
            tokens: 0,
            last: None,
            walks: Default::default(),
        };
        for step in &steps {
            run.step(step);
            run.check();
        }
    }

}

proptest! {
    #![proptest_config(config(2000))]

    #[test]
    fn no_request_makes_the_service_fall_over(
        method in "GET|PUT|POST|DELETE|[A-Z]{1,3}",
        target in "/?(CreateLifecyclePolicy|GetImage|ListImageBuildVersions|StartResourceStateUpdate|_afterimage/faults|.{0,9})(\\?.{0,40})?",
        body in prop_oneof![vec(any::<u8>(), 0..60), "[\\[\\]{}\":,a-z0-9]{0,60}".prop_map(String::into_bytes)],
    ) {
        let mut service = Service::new(inventory(&[]), Settings::at(instant(0))).unwrap();
        let response = service.handle(&Request { method: &method, target: &target, body: &body });
        let answer: Value = serde_json::from_str(&response.body).unwrap();
        prop_assert_eq!(response.status == 200, answer.get("message").is_none());
    }

    #[test]
    fn no_document_makes_restoring_fall_over(
        images in images(),
        steps in vec(step(), 1..8),
        cut in any::<prop::sample::Index>(),
        bytes in "[0-9a-z\"{},:-]{0,4}",
    ) {
        let mut run = Run {
            service: Service::new(inventory(&images), Settings::at(instant(0))).unwrap(),
            model: Model { now: 0, takes: 0, per_run: None, run_at: 0, images, policies: Vec::new(), executions: Vec::new() },
            ids: Vec::new(),
            tokens: 0,
            last: None,
            walks: Default::default(),
        };
        for step in steps.iter().filter(|step| !matches!(step, Step::Cancel(_) | Step::Walk { .. })) {
            run.step(step);
        }
        let mut state = run.service.state();
        let at = cut.index(state.len());
        let end = (at + bytes.len()).min(state.len());
        state.replace_range(at..end, &bytes);
        if let Ok(mut service) = Service::restore(&state) {
            let later = service.now().plus_days(3);
            let _ = service.advance(later);
            service.state();
        }
    }
}
