use super::*;
use crate::engine::Engine;
use crate::engine::tests::engine;
use crate::engine::tests::load;
use crate::engine::tests::query;
use crate::protocol::List;
use crate::protocol::Query;
use crate::protocol::Spare;
use crate::sample;

const DAY: i64 = Instant::DAY;

struct Page {
    engine: Engine,
    ground: Ground,
    view: Viewed,
}

impl Page {
    fn new() -> Self {
        Self {
            engine: engine(),
            ground: Ground {
                policies: vec![("own".to_owned(), sample::POLICY.to_owned())],
                now: query().now,
                assume: Vec::new(),
            },
            view: Viewed { executions: 50, resources: 50, ..Viewed::default() },
        }
    }

    fn act(&mut self, act: Option<Act>) -> Served {
        let asked = Serve { ground: self.ground.clone(), act, view: self.view.clone() };
        self.engine.serve(&asked)
    }

    fn look(&mut self) -> Served {
        self.act(None)
    }

    fn run(&mut self, days: i64) -> Served {
        let to = self.look().now + days * DAY;
        let mut served = self.act(Some(Act::Run { to, of: None }));
        while let Some(to) = served.to {
            served = self.act(Some(Act::Run { to, of: Some(served.service) }));
        }
        assert_eq!(served.refused, None);
        served
    }

    fn update(&mut self, update: Update) -> Served {
        self.view.about = Some(update.image.clone());
        self.act(Some(Act::Update(update)))
    }

    /// ARN of the first image with a verdict tonight.
    fn image(&mut self, verdict: &str) -> String {
        let list = List { verdict: Some(verdict.to_owned()), ..List::default() };
        let row = self.engine.answer(&Query { list, ..query() }).window.rows[0].image;
        let crate::protocol::Explanation::Found(explained) = self.engine.explain(row) else {
            panic!("it is there")
        };
        explained.arn
    }

    fn resources(&mut self, id: &str, image: Option<&str>) -> Resources {
        self.view.open = Some(id.to_owned());
        self.view.image = image.map(str::to_owned);
        self.look().open.unwrap()
    }
}

fn count(impact: &Impact, key: &str) -> u32 {
    impact.counts.iter().find(|(known, _)| known == key).map_or(0, |(_, count)| *count)
}

fn renamed(name: &str) -> String {
    sample::POLICY.replace("nightly-ami-retention", name)
}

fn update_of(image: &str, status: &str) -> Update {
    Update { image: image.to_owned(), status: status.to_owned(), ..Update::default() }
}

#[test]
fn the_first_runs_are_those_on_screen() {
    let mut page = Page::new();
    for day in 0..3 {
        let shown = page.engine.answer(&Query { day, ..query() }).result.unwrap();
        let served = page.run(1);
        let newest = &served.executions[0];
        assert_eq!(newest.started, shown.at);
        for action in ["DEPRECATE", "DISABLE"] {
            assert_eq!(count(&newest.impact, action), shown.count(action), "{action} {day}");
        }
        assert_eq!(count(&newest.impact, "DELETE"), shown.deleted());
        assert_eq!(count(&newest.impact, "FAILED"), shown.failing.images);
        assert_eq!(served.executions.len(), day as usize + 1);
    }
}

#[test]
fn an_old_execution_whose_images_are_forgotten_does_not_say_that_it_had_none() {
    let mut page = Page::new();
    let served = page.run(40);
    let is_forgotten = |row: &&ExecutionRow| row.status == "FAILED" && row.impact.counts.is_empty();
    let old =
        served.executions.iter().find(is_forgotten).expect("a night on which deletions fail alone").clone();
    assert_eq!(crate::text::impact(&old.impact), "no longer listed");
    let open = page.resources(&old.id, None);
    assert!(open.rows.is_empty() && open.execution.impact.forgotten);
    assert!(served.executions.iter().take(7).all(|row| !row.impact.forgotten));
}

#[test]
fn what_is_shown_before_anything_runs() {
    let mut page = Page::new();
    let served = page.look();
    assert_eq!((served.now, served.next), (page.ground.now - BEFORE, page.ground.now));
    assert_eq!((served.account.as_str(), served.region.as_str()), ("123456789012", "us-west-2"));
    assert!(!served.touched && served.executions.is_empty() && !served.more);
    assert_eq!(served.policies.len(), 1);
    assert!(served.policies[0].enabled && served.policies[0].last_run.is_none());
    assert_eq!(page.run(1).policies[0].last_run, Some(page.ground.now));
}

#[test]
fn a_policy_with_errors_is_named_and_the_others_run() {
    let mut page = Page::new();
    let broken = renamed("broken").replace("\"value\": 90", "\"value\": 0");
    page.ground.policies.push(("broken".to_owned(), broken));
    page.ground.policies.push(("off".to_owned(), renamed("off").replace("ENABLED", "DISABLED")));
    page.ground.policies.push(("twin".to_owned(), sample::POLICY.to_owned()));
    page.ground.policies.push(("text".to_owned(), "[".to_owned()));
    let served = page.run(1);
    let [own, broken, off, twin, text] = served.policies.as_slice() else { panic!("five policies") };
    assert!(own.enabled && own.refused.is_none());
    assert_eq!((broken.name.as_str(), broken.arn.as_str()), ("broken", ""));
    let refused = broken.refused.as_deref().unwrap();
    assert!(
        refused.starts_with(
            "InvalidRequestException: 1 problem in the request: /policyDetails/0/filter/value: "
        ),
        "{refused}"
    );
    assert!(!off.enabled && off.refused.is_none());
    assert!(twin.refused.as_deref().unwrap().starts_with("ResourceAlreadyExistsException: "));
    assert!(text.refused.is_some());
    assert_eq!(served.executions.len(), 1);
    // What stood in the way is gone, so the twin takes its place.
    page.ground.policies.remove(0);
    assert!(page.look().policies[2].refused.is_none());
}

#[test]
fn an_answer_of_aws_is_refused_for_its_own_faults_alone() {
    let mut page = Page::new();
    let policy = sample::POLICY.replace("\"value\": 90", "\"value\": 0");
    let policy = policy.replacen('{', r#"{"arn": "arn:aws:imagebuilder:us-west-2:1:x", "tags": {}, "#, 1);
    page.ground.policies[0].1 = format!(r#"{{"lifecyclePolicy": {policy}}}"#);
    let refused = page.look().policies[0].refused.clone().unwrap();
    assert!(refused.contains(": 1 problem in the request: /policyDetails/0/filter/value: "), "{refused}");
}

#[test]
fn the_policies_of_the_page_are_followed() {
    let mut page = Page::new();
    page.run(1);
    page.ground.policies[0].1 = sample::POLICY.replace("ENABLED", "DISABLED");
    let served = page.run(2);
    assert_eq!((served.policies[0].enabled, served.executions.len()), (false, 1));
    page.ground.policies[0].1 = renamed("another");
    let served = page.run(1);
    assert!(served.policies[0].arn.ends_with("/another"), "{:?}", served.policies);
    let subjects: Vec<&str> = served.executions.iter().map(|row| row.subject.as_str()).collect();
    assert_eq!(subjects, ["another", "nightly-ami-retention"]);
    // An edit that is refused leaves the version before.
    page.ground.policies[0].1 = renamed("another").replace("\"value\": 90", "\"value\": 0");
    let served = page.run(1);
    assert!(served.policies[0].refused.is_some() && served.policies[0].enabled);
    assert_eq!(served.executions.len(), 3);
    page.ground.policies.clear();
    let served = page.run(1);
    assert_eq!((served.policies.len(), served.executions.len()), (0, 3));
}

#[test]
fn an_execution_is_drilled_into() {
    let mut page = Page::new();
    let served = page.run(1);
    let id = served.executions[0].id.clone();
    let images = page.resources(&id, None);
    let total: u32 = images.execution.impact.counts.iter().map(|(_, count)| count).sum();
    assert_eq!(images.rows.len() as u32, total.min(50));
    let deleted = images.rows.iter().find(|row| row.action == "DELETE" && row.status == "SUCCESS").unwrap();
    assert!(deleted.why.starts_with("AGE: "), "{deleted:?}");
    let outputs = page.resources(&id, Some(&deleted.id));
    assert!(
        outputs.rows.iter().all(|row| row.id.starts_with("ami-") && row.snapshots.len() == 1),
        "{outputs:?}"
    );
    assert_eq!(outputs.image.as_ref(), Some(&deleted.id));
    page.view.resources = 2;
    let first = page.resources(&id, None);
    assert_eq!((first.rows.as_slice(), first.more), (&images.rows[..2], true));
}

#[test]
fn an_execution_is_cancelled_while_it_is_at_work() {
    let mut page = Page::new();
    page.act(Some(Act::Begin { pace: 86_400 / 4 }));
    let running = page.run(1).executions[0].clone();
    assert_eq!((running.status.as_str(), running.ended), ("IN_PROGRESS", None));
    assert!(count(&running.impact, "IN_PROGRESS") > 0);
    let served = page.act(Some(Act::Cancel(running.id.clone())));
    assert_eq!((served.executions[0].status.as_str(), served.refused), ("CANCELLING", None));
    let cancelled = page.run(1);
    let row = cancelled.executions.iter().find(|row| row.id == running.id).unwrap();
    assert_eq!(row.status, "CANCELLED");
    assert!(row.ended.is_some() && count(&row.impact, "SKIPPED") > 0);
    let refused = page.act(Some(Act::Cancel(running.id))).refused.unwrap();
    assert!(refused.starts_with("InvalidRequestException: "), "{refused}");
    assert_eq!(page.act(Some(Act::Begin { pace: 0 })).executions, []);
}

#[test]
fn an_image_is_changed_by_hand() {
    let mut page = Page::new();
    let image = page.image("KEEP");
    let served = page.update(update_of(&image, "DISABLED"));
    assert_eq!((served.refused, served.started), (None, None));
    let about = served.about.unwrap();
    assert_eq!((about.status.as_str(), about.is_container), ("DISABLED", false));
    assert_eq!((about.amis, about.snapshots, about.containers), (2, 2, 0));
    assert!(served.touched);
    let served = page.update(update_of(&image, "AVAILABLE"));
    assert_eq!(served.about.unwrap().status, "AVAILABLE");
    let refused = page.update(update_of(&image, "DELETED")).refused.unwrap();
    assert!(
        refused.starts_with("InvalidRequestException: 1 problem in the request: /includeResources: "),
        "{refused}"
    );
    let all = Update { amis: true, snapshots: true, ..update_of(&image, "DELETED") };
    let served = page.update(all.clone());
    let id = served.started.unwrap();
    assert_eq!(served.about.unwrap().status, "");
    assert_eq!((served.executions[0].subject.as_str(), served.executions[0].by_hand), (image.as_str(), true));
    let amis = page.resources(&id, Some(&image));
    assert_eq!(amis.execution.subject, image);
    assert!(
        amis.rows.iter().all(|row| row.status == "SUCCESS" && row.snapshots[0].status == "SUCCESS"),
        "{amis:?}"
    );
    assert!(page.update(all).refused.unwrap().starts_with("ResourceNotFoundException: "));
    // The result of the page knows nothing of it.
    assert_eq!(page.image("KEEP"), image);
}

#[test]
fn a_deprecation_is_scheduled_and_called_off() {
    let mut page = Page::new();
    let image = page.image("KEEP");
    let at = page.ground.now + 3 * DAY;
    let later = Update { at: Some(at), ..update_of(&image, "DEPRECATED") };
    let id = page.update(later.clone()).started.unwrap();
    assert_eq!(page.resources(&id, None).execution.status, "PENDING");
    let served = page.act(Some(Act::Cancel(id.clone())));
    assert_eq!(served.open.unwrap().execution.status, "CANCELLED");
    page.update(later);
    page.ground.policies.clear();
    assert_eq!(page.run(4).about.unwrap().status, "DEPRECATED");
    let past = Update { at: Some(at), ..update_of(&image, "DEPRECATED") };
    assert!(page.update(past).refused.unwrap().contains("/updateAt: "));
}

#[test]
fn amis_are_spared_by_region() {
    let mut page = Page::new();
    let image = page.image("KEEP");
    let spare = Spare {
        regions: vec!["eu-west-1".to_owned()],
        public: true,
        accounts: vec!["210987654321".to_owned()],
        launched: Some(3),
        tags: vec![("Team".to_owned(), "nobody".to_owned())],
    };
    let id = page.update(Update { amis: true, spare, ..update_of(&image, "DISABLED") }).started.unwrap();
    let amis = page.resources(&id, Some(&image));
    let of = |region: &str| amis.rows.iter().find(|row| row.region == region).unwrap();
    assert_eq!((of("us-west-2").status.as_str(), of("eu-west-1").status.as_str()), ("SUCCESS", "SKIPPED"));
    assert!(of("eu-west-1").reason.starts_with("REGION: "));
}

#[test]
fn another_inventory_ends_the_service_and_says_so() {
    let mut page = Page::new();
    let first = page.run(3);
    load(&mut page.engine, true, &sample::exports(page.ground.now));
    let stale = page.act(Some(Act::Run { to: first.now + DAY, of: Some(first.service) }));
    assert!(stale.lost && !stale.touched && stale.executions.is_empty());
    assert_ne!(stale.service, first.service);
    assert!(!page.look().lost);
}

#[test]
fn the_instant_of_the_page_counts_until_something_happens() {
    let mut page = Page::new();
    page.look();
    page.ground.now += 5 * DAY;
    assert_eq!(page.look().now, page.ground.now - BEFORE);
    let now = page.run(1).now;
    page.ground.now += 5 * DAY;
    page.ground.assume = vec!["failed-ignores-age=true".to_owned()];
    assert_eq!(page.look().now, now);
    assert!(page.act(Some(Act::Begin { pace: 0 })).now > now);
}

#[test]
fn the_clock_goes_far_in_turns_and_never_back() {
    let mut page = Page::new();
    let now = page.look().now;
    let served = page.act(Some(Act::Run { to: now + 400 * DAY, of: None }));
    assert_eq!((served.now, served.to), (now + LONGEST_TURN * DAY, Some(now + 400 * DAY)));
    let served = page.run(300);
    assert!(served.executions.len() == 50 && served.more);
    assert!(served.executions.is_sorted_by_key(|row| std::cmp::Reverse(row.started)));
    let refused = page.act(Some(Act::Run { to: now, of: None })).refused.unwrap();
    assert!(refused.contains("cannot go back"), "{refused}");
    let refused = page.act(Some(Act::Run { to: now + 9999 * DAY, of: None })).refused.unwrap();
    assert!(refused.contains("too far"), "{refused}");
}

#[test]
fn a_name_in_an_address_is_escaped() {
    assert_eq!(escaped("arn:aws:x/é &"), "arn:aws:x/%C3%A9%20%26");
}

#[test]
fn what_a_run_leaves_out_is_counted() {
    let image = |account: &str, build: u32| {
        format!(
            r#"{{"arn": "arn:aws:imagebuilder:us-west-2:{account}:image/web/1.0.0/{build}", "type": "AMI",
            "state": {{"status": "AVAILABLE"}}, "dateCreated": "2026-01-01T00:00:00Z", "version": "1.0.0/{build}"}}"#
        )
    };
    let images = [image("111122223333", 1), image("111122223333", 2), image("444455556666", 1)].join(",");
    let mut page = Page::new();
    assert_eq!(page.look().elsewhere, 0);
    let export = format!(r#"{{"imageSummaryList": [{images}]}}"#);
    load(&mut page.engine, true, &[("images.json".to_owned(), export)]);
    let served = page.look();
    assert_eq!((served.account.as_str(), served.elsewhere), ("111122223333", 1));
    let words = crate::text::elsewhere(1, &served.account, &served.region).unwrap();
    assert!(
        words.starts_with("▲ Only images of 111122223333 in us-west-2 are run here. 1 image of"),
        "{words}"
    );
}
