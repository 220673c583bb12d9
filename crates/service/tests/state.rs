//! What is refused of state documents and of settings and clock moves, and what the documents promise.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use afterimage_inventory::Instant;
use afterimage_inventory::Loader;
use afterimage_service::ClockError;
use afterimage_service::Request;
use afterimage_service::Response;
use afterimage_service::Service;
use afterimage_service::Settings;
use afterimage_service::SettingsError;
use afterimage_service::StateError;
use serde_json::Value;
use serde_json::json;

const FLEET: &str = include_str!("../../../tests/cases/service/inventories/fleet.json");

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn put(service: &mut Service, target: &str, body: &Value) -> Response {
    let response = service.handle(&Request { method: "PUT", target, body: body.to_string().as_bytes() });
    assert_eq!(response.status, 200, "{}", response.body);
    response
}

/// A service with a policy that is at work, a change by hand that is scheduled, and a fault.
fn busy() -> Service {
    let mut loader = Loader::new();
    loader.add("fleet", FLEET.as_bytes()).unwrap();
    let settings = Settings { seconds_per_resource: 60, ..Settings::at(at("2026-06-01T12:00:00Z")) };
    let mut service = Service::new(loader.finish(), settings).unwrap();
    let policy = json!({
        "name": "Delete", "executionRole": "lifecycle", "resourceType": "AMI_IMAGE", "clientToken": "1",
        "policyDetails": [{ "action": { "type": "DELETE", "includeResources": { "amis": true, "snapshots": true } },
            "filter": { "type": "AGE", "value": 80, "unit": "DAYS" } }],
        "resourceSelection": { "tagMap": { "team": "web" } }, "tags": { "a": "b" },
    });
    put(&mut service, "/CreateLifecyclePolicy", &policy);
    let update = json!({
        "resourceArn": "arn:aws:imagebuilder:us-west-2:123456789012:image/web-base/1.0.0/1",
        "state": { "status": "DEPRECATED" }, "updateAt": 1_790_000_000, "clientToken": "2",
    });
    put(&mut service, "/StartResourceStateUpdate", &update);
    put(&mut service, "/_afterimage/faults", &json!({ "faults": [{ "error": "ServiceException" }] }));
    service.advance(at("2026-06-02T00:01:30Z")).unwrap();
    service
}

#[test]
fn a_broken_document_is_refused_with_the_place() {
    let state: Value = serde_json::from_str(&busy().state()).unwrap();
    let policy = "/changes/policies/0";
    let (first, second) = ("/changes/executions/0", "/changes/executions/1");
    for (pointer, value, expected) in [
        ("/version", json!(2), "the state document is of version 2, and this program knows 1 and older"),
        ("/version", json!(0), "/version: there is no version 0"),
        ("/version", json!("1"), "expected u64 at line 1"),
        ("/settings/account", json!("1"), "/settings: the account `1` is not twelve digits"),
        (
            "/settings/assumptions",
            json!({ "nonsense": "x" }),
            "/settings/assumptions: `nonsense` is no assumption",
        ),
        ("/exports", json!({ "a": 1 }), "/exports: is no export that can be used"),
        (
            "/exports/0/imageSummaryList/0/arn",
            json!("x"),
            "/exports/0/imageSummaryList/0: `x` is not the ARN",
        ),
        ("/changes/now", json!(0), "/changes/now: the clock does not stand"),
        ("/changes/now", json!(i64::MAX), "/changes/now: the clock does not stand"),
        (
            &format!("{policy}/request/policyDetails/0/filter/value"),
            json!(0),
            &format!("{policy}/request/policyDetails/0/filter/value: "),
        ),
        (&format!("{policy}/nonsense"), json!(0), "unknown field `nonsense`"),
        (
            &format!("{second}/id"),
            state["changes"]["executions"][0]["id"].clone(),
            "/changes/executions/1/id: another execution has the same ID",
        ),
        (
            &format!("{second}/resources/0/outputs/0/at"),
            json!(999),
            "/resources/0/outputs/0/at: the image has no such output",
        ),
        (&format!("{first}/image"), json!("x"), &format!("{first}/image: there is no image `x`")),
        (
            &format!("{first}/policy"),
            json!("x"),
            &format!("{first}: an execution is of a policy or of an image"),
        ),
        (
            &format!("{first}/phase/1"),
            Value::Null,
            &format!("{first}/phase: every phase but PAUSED has an instant"),
        ),
        (&format!("{second}/phase/1"), json!(0), &format!("{second}/phase: what was due is not done")),
        (&format!("{second}/done"), json!(9), &format!("{second}/done: more is done")),
        (
            &format!("{second}/resources/0/action"),
            json!("SELL"),
            &format!("{second}/resources/0/action: `SELL` is none of `AVAILABLE`"),
        ),
        (
            &format!("{second}/resources/0/reason"),
            json!("?"),
            &format!("{second}/resources/0/reason: `?` is none of `AGE`"),
        ),
        (
            &format!("{second}/resources/0/outputs/0/end"),
            json!("?"),
            &format!("{second}/resources/0/outputs/0/end: `?` is none of `SUCCESS`"),
        ),
        (
            "/changes/images/0/status",
            json!("OLD"),
            "/changes/images/0/status: `OLD` is no status of an image",
        ),
        (
            "/changes/images/0/execution",
            json!("lce"),
            "/changes/images/0/execution: there is no execution `lce`",
        ),
        ("/changes/amis/0/id", json!("ami"), "/changes/amis/0: there is no AMI `ami`"),
        ("/changes/amis/0/state", json!("OLD"), "/changes/amis/0/state: `OLD` is none of `AVAILABLE`"),
        ("/changes/answered/0/request", json!("x"), "/changes/answered/0/request: it is no hash"),
        (
            "/changes/faults/0/error",
            json!("x"),
            "/changes: 1 problem in the request: /faults/0/error: `x` is none of",
        ),
        ("/changes/requests", Value::Null, "invalid type: null, expected u64 at line 1"),
    ] {
        let mut broken = state.clone();
        let (parent, last) = pointer.rsplit_once('/').unwrap();
        match broken.pointer_mut(parent).unwrap() {
            Value::Object(members) => drop(members.insert(last.to_owned(), value)),
            Value::Array(items) => items[last.parse::<usize>().unwrap()] = value,
            _ => unreachable!(),
        }
        let error = Service::restore(&broken.to_string()).unwrap_err();
        assert!(error.to_string().contains(expected), "{pointer}: {error}");
        assert_eq!(
            matches!(error, StateError::Newer { .. }),
            pointer == "/version" && expected.contains("version 2")
        );
    }
    for text in ["", "{", "[]", "{\"version\": 1}"] {
        assert!(matches!(Service::restore(text), Err(StateError::Broken(_))), "{text}");
    }
}

#[test]
fn two_policies_of_one_name_are_refused() {
    let mut state: Value = serde_json::from_str(&busy().state()).unwrap();
    let policies = state["changes"]["policies"].as_array_mut().unwrap();
    policies.push(policies[0].clone());
    let error = Service::restore(&state.to_string()).unwrap_err().to_string();
    assert!(error.ends_with("/changes/policies/1: another policy has the same name"), "{error}");
}

#[test]
fn two_open_executions_of_one_policy_are_refused() {
    let mut state: Value = serde_json::from_str(&busy().state()).unwrap();
    let executions = state["changes"]["executions"].as_array_mut().unwrap();
    let mut again = executions[1].clone();
    again["id"] = json!("lce-00000000-0000-0000-0000-000000000000");
    executions.push(again);
    let error = Service::restore(&state.to_string()).unwrap_err().to_string();
    assert!(error.contains("/changes/executions/2: an execution of the same policy or image"), "{error}");
}

#[test]
fn the_same_requests_make_the_same_document() {
    assert_eq!(busy().state(), busy().state());
}

#[test]
fn one_half_of_the_document_stays_as_it_is() {
    let mut service = busy();
    let (before, changes) = service.state_parts();
    service.advance(at("2026-06-05T00:00:00Z")).unwrap();
    let (after, later) = service.state_parts();
    assert!(Arc::ptr_eq(&before, &after));
    assert_ne!(changes, later);
    assert_eq!(service.state(), format!("{after}{later}"));
    // A restored service writes both halves alike, whatever made them.
    assert_eq!(Service::restore(&service.state()).unwrap().state(), service.state());
}

#[test]
fn the_clock_goes_forward_and_not_too_far() {
    let mut service = busy();
    let (now, revision) = (service.now(), service.revision());
    let back = Instant(now.0 - 1);
    assert_eq!(service.advance(back), Err(ClockError::Back { now, to: back }));
    let far = now.plus_days(1827);
    assert!(matches!(service.advance(far), Err(ClockError::Far { .. })));
    assert!(matches!(service.advance(Instant(i64::MAX)), Err(ClockError::Far { .. })));
    assert_eq!(service.advance(now), Ok(()));
    assert_eq!((service.now(), service.revision()), (now, revision));
    assert_eq!(service.advance(now.plus_days(1826)), Ok(()));
    assert_eq!(service.revision(), revision + 1);

    let mut last = Service::new(Loader::new().finish(), Settings::at(at("9999-12-31T00:00:00Z"))).unwrap();
    assert!(matches!(last.advance(last.now().plus_days(1)), Err(ClockError::Far { .. })));
    assert_eq!(last.advance(at("9999-12-31T23:59:59.999Z")), Ok(()));
}

#[test]
fn most_images_decide_whose_service_it_is() {
    let home = |exports: &str| {
        let mut loader = Loader::new();
        loader.add("exports", exports.as_bytes()).unwrap();
        let settings = Settings::home_of(&loader.finish(), Instant(0));
        (settings.account, settings.region)
    };
    let image = |region: &str, account: &str, build: u32| {
        let arn = format!("arn:aws:imagebuilder:{region}:{account}:image/web/1.0.0/{build}");
        json!({ "arn": arn, "state": { "status": "AVAILABLE" }, "dateCreated": "2026-01-01T00:00:00Z" })
    };
    let exports = |images: &[Value]| json!({ "imageSummaryList": images }).to_string();
    let pair = |account: &str, region: &str| (account.to_owned(), region.to_owned());
    let (a, b) = ("111122223333", "444455556666");
    let of_b = [image("us-east-1", b, 1), image("us-east-1", b, 2), image("eu-west-1", a, 1)];
    assert_eq!(home(&exports(&of_b)), pair(b, "us-east-1"));
    assert_eq!(home(&exports(&of_b[1..])), pair(a, "eu-west-1"));
    assert_eq!(home(&exports(&[image("nowhere", "aws", 1)])), pair("123456789012", "us-west-2"));
}

#[test]
fn a_service_can_be_handed_to_another_thread() {
    fn can<T: Send + Sync>() {}
    can::<Service>();
}

#[test]
fn a_policy_of_absurd_size_is_refused() {
    let mut service = busy();
    put(&mut service, "/_afterimage/faults", &json!({ "faults": [] }));
    let regions = vec!["us-east-1"; 10_000];
    let body =
        json!({ "policyDetails": [{ "exclusionRules": { "amis": { "regions": regions } } }] }).to_string();
    let target = "/CreateLifecyclePolicy";
    let response = service.handle(&Request { method: "PUT", target, body: body.as_bytes() });
    assert_eq!(response.status, 400);
    assert!(response.body.contains("values, more than any policy"), "{}", response.body);
}

#[test]
fn no_request_is_answered_with_a_long_message() {
    let mut service = busy();
    put(&mut service, "/_afterimage/faults", &json!({ "faults": [] }));
    let zeros = vec![0; 200_000];
    let long = "A b".repeat(100_000);
    let tags = (0..5000).map(|at| (format!("aws:{at}{}", "x".repeat(150)), json!(0)));
    let tags: Value = Value::Object(tags.collect());
    let image = "arn:aws:imagebuilder:us-west-2:123456789012:image/web-base/1.0.0/1";
    for (method, target, body) in [
        ("POST", "/ListLifecyclePolicies", json!({ "filters": zeros })),
        (
            "PUT",
            "/StartResourceStateUpdate",
            json!({ "resourceArn": image, "clientToken": "t", "state": { "status": "DEPRECATED" },
                "exclusionRules": { "amis": { "regions": zeros, "tagMap": tags } } }),
        ),
        ("PUT", "/CreateLifecyclePolicy", json!({ "resourceSelection": { "tagMap": tags } })),
        ("PUT", "/CreateLifecyclePolicy", json!({ "name": long, "description": long, "status": long })),
        ("PUT", "/CreateLifecyclePolicy", json!({ "tags": { &long: long }, "executionRole": long })),
        ("POST", "/ListLifecycleExecutions", json!({ "resourceArn": long, "nextToken": long })),
        ("PUT", "/_afterimage/faults", json!({ "faults": zeros })),
    ] {
        let body = body.to_string();
        let response = service.handle(&Request { method, target, body: body.as_bytes() });
        assert_eq!(response.status, 400, "{target}");
        assert!(response.body.len() < 50_000, "{target}: {}", response.body.len());
    }
}

#[test]
fn what_is_skipped_every_night_is_not_kept_for_ever() {
    let image = |build: u32| {
        let arn = format!("arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/{build}");
        json!({ "arn": arn, "state": { "status": "AVAILABLE" }, "dateCreated": "2026-01-01T00:00:00Z",
            "owner": "123456789012", "tags": if build == 1 { json!({}) } else { json!({ "pin": "yes" }) } })
    };
    let exports = json!({ "imageSummaryList": (1..=40).map(image).collect::<Vec<_>>() }).to_string();
    let mut loader = Loader::new();
    loader.add("exports", exports.as_bytes()).unwrap();
    let mut service = Service::new(loader.finish(), Settings::at(at("2026-06-01T12:00:00Z"))).unwrap();
    let policy = json!({
        "name": "delete", "executionRole": "lifecycle", "resourceType": "AMI_IMAGE", "clientToken": "1",
        "policyDetails": [{ "action": { "type": "DELETE" }, "filter": { "type": "AGE", "value": 1, "unit": "DAYS" },
            "exclusionRules": { "tagMap": { "pin": "yes" } } }],
        "resourceSelection": { "recipes": [{ "name": "web", "semanticVersion": "x.x.x" }] },
    });
    put(&mut service, "/CreateLifecyclePolicy", &policy);
    service.advance(at("2026-06-02T12:00:00Z")).unwrap();
    let ask = |service: &mut Service, target: &str, body: Value| {
        let body = body.to_string();
        let response = service.handle(&Request { method: "POST", target, body: body.as_bytes() });
        (response.status, serde_json::from_str::<Value>(&response.body).unwrap())
    };
    let arn = "arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/delete";
    let (_, executions) = ask(&mut service, "/ListLifecycleExecutions", json!({ "resourceArn": arn }));
    let first = &executions["lifecycleExecutions"][0]["lifecycleExecutionId"];
    let page = json!({ "lifecycleExecutionId": first, "maxResults": 10 });
    let (_, resources) = ask(&mut service, "/ListLifecycleExecutionResources", page);
    assert_eq!(resources["resources"].as_array().unwrap().len(), 10);
    let next =
        json!({ "lifecycleExecutionId": first, "maxResults": 10, "nextToken": resources["nextToken"] });

    // The newest seven tell all, so the first one still does after six more nights.
    service.advance(at("2026-06-08T12:00:00Z")).unwrap();
    assert_eq!(ask(&mut service, "/ListLifecycleExecutionResources", next.clone()).0, 200);
    let size = service.state_parts().1.len();
    service.advance(at("2026-06-09T12:00:00Z")).unwrap();
    let (status, refused) = ask(&mut service, "/ListLifecycleExecutionResources", next);
    assert_eq!(status, 400, "{refused}");
    let whole = json!({ "lifecycleExecutionId": first });
    let (_, resources) = ask(&mut service, "/ListLifecycleExecutionResources", whole);
    let kept = resources["resources"].as_array().unwrap();
    assert_eq!(kept.len(), 1);
    assert_eq!(kept[0]["state"]["status"], "SUCCESS");
    let (_, executions) = ask(&mut service, "/ListLifecycleExecutions", json!({ "resourceArn": arn }));
    for execution in executions["lifecycleExecutions"].as_array().unwrap() {
        assert_eq!(execution["resourcesImpactedSummary"]["hasImpactedResources"], true);
    }
    service.advance(at("2027-06-09T12:00:00Z")).unwrap();
    let grown = service.state_parts().1.len() - size;
    assert!(grown < 366 * 300, "{grown} bytes in 366 nights");
    assert_eq!(Service::restore(&service.state()).unwrap().state(), service.state());
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let usual = Settings::at(at("2026-06-01T12:00:00Z"));
    for (settings, expected) in [
        (
            Settings { account: "12345678901x".to_owned(), ..usual.clone() },
            SettingsError::Account("12345678901x".to_owned()),
        ),
        (
            Settings { region: "us-west".to_owned(), ..usual.clone() },
            SettingsError::Region("us-west".to_owned()),
        ),
        (Settings { now: Instant(-1), ..usual.clone() }, SettingsError::Now(Instant(-1))),
        (Settings { resources_per_run: Some(0), ..usual.clone() }, SettingsError::ResourcesPerRun),
        (Settings { daily_run_at: 86_400, ..usual.clone() }, SettingsError::DailyRunAt(86_400)),
    ] {
        assert_eq!(Service::new(Loader::new().finish(), settings).err(), Some(expected));
    }
    assert!(Service::new(Loader::new().finish(), usual).is_ok());
}
