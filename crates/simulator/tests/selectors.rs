//! Which selector an image is said to be selected by, and how many images each has, under the assumptions.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Loader;
use afterimage_policy::Policy;
use afterimage_simulator::Assumptions;
use afterimage_simulator::Considered;
use afterimage_simulator::Plan;
use afterimage_simulator::State;
use afterimage_simulator::selected;
use serde_json::Value;
use serde_json::json;

const NOW: &str = "2026-11-23T12:00:00Z";

/// Two spellings of one name, as the service treats names elsewhere.
fn policy() -> Policy {
    selecting(&json!({"recipes": [
        {"name": "My Web", "semanticVersion": "x.x.x"},
        {"name": "my-web", "semanticVersion": "x.x.x"},
    ]}))
}

fn selecting(selection: &Value) -> Policy {
    let policy = json!({
        "name": "fleet", "executionRole": "LifecycleRole", "resourceType": "AMI_IMAGE",
        "policyDetails": [
            {"action": {"type": "DEPRECATE"}, "filter": {"type": "AGE", "value": 90, "unit": "DAYS"}},
        ],
        "resourceSelection": selection,
    });
    afterimage_policy::read(&policy.to_string()).policy().unwrap()
}

/// One image that was built, one that was imported, and one with containers.
fn inventory() -> Inventory {
    let image = |build: u32, kind: &str, build_type: &str| {
        json!({
            "arn": format!("arn:aws:imagebuilder:us-west-2:123456789012:image/my-web/1.0.0/{build}"),
            "name": "my-web", "type": kind, "tags": {"Team": "web"}, "state": {"status": "AVAILABLE"}, "buildType": build_type,
            "dateCreated": "2026-01-01T00:00:00Z",
        })
    };
    let images = json!({"imageSummaryList": [
        image(1, "AMI", "USER_INITIATED"), image(2, "AMI", "IMPORT"), image(3, "DOCKER", "USER_INITIATED"),
    ]});
    let mut loader = Loader::new();
    loader.add("images", images.to_string().as_bytes()).unwrap();
    loader.finish()
}

fn assuming(answer: &str) -> Assumptions {
    let (assumption, choice) = Assumptions::parse(answer).unwrap();
    Assumptions::default().with(assumption, choice)
}

#[test]
fn an_explanation_names_the_selector_that_selects() {
    let (policy, inventory) = (policy(), inventory());
    let built = (0..inventory.len()).find(|&image| inventory.arn(image).ends_with("/1")).unwrap();
    for (answer, selector) in [("recipe-names=normalised", 0), ("recipe-names=exact", 1)] {
        let plan = Plan::assuming(&policy, &inventory, assuming(answer));
        let state = State::new(&inventory);
        let run = plan.run(&inventory, &state, Instant::parse(NOW).unwrap());
        let explanation = plan.explain(&inventory, &state, &run, built).unwrap();
        assert_eq!(explanation.considered, Considered::Recipe(selector), "{answer}");
    }
}

#[test]
fn a_selector_counts_the_images_that_it_selects() {
    let (policy, inventory) = (policy(), inventory());
    for (answer, counts) in [
        ("recipe-names=normalised", [1, 1]),
        ("recipe-names=exact", [0, 1]),
        ("imported-images-match-recipes=true", [2, 2]),
    ] {
        assert_eq!(selected(&policy, &inventory, &assuming(answer)), counts, "{answer}");
    }
}

#[test]
fn a_tag_counts_the_images_of_the_type_of_the_policy() {
    let policy = selecting(&json!({"tagMap": {"Team": "web", "Tier": "web"}}));
    assert_eq!(selected(&policy, &inventory(), &Assumptions::default()), [2, 0]);
}
