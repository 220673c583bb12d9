//! What totals count, where months that are counted forward make a launch old enough between two that are not, and
//! where an earlier night took AMIs.

use afterimage_inventory::Instant;
use afterimage_inventory::Loader;
use afterimage_simulator::Assumptions;
use afterimage_simulator::OutputVerdict;
use afterimage_simulator::Plan;
use afterimage_simulator::State;
use afterimage_simulator::StorageMeter;
use serde_json::json;

/// A month after 29 January is 28 February, so in the morning of that day its launches are a month old while
/// those of the evening before are not.
const LAUNCHES: [(&str, bool); 4] = [
    ("2026-01-28T06:00:00Z", true),
    ("2026-01-28T18:00:00Z", false),
    ("2026-01-29T06:00:00Z", true),
    ("2026-01-29T18:00:00Z", false),
];

#[test]
fn a_launch_on_a_day_that_is_clamped_onto_today_spares_no_ami() {
    let policy = json!({
        "name": "fleet", "executionRole": "LifecycleRole", "resourceType": "AMI_IMAGE",
        "policyDetails": [{
            "action": {"type": "DELETE", "includeResources": {"amis": true}},
            "filter": {"type": "AGE", "value": 1, "unit": "YEARS"},
            "exclusionRules": {"amis": {"lastLaunched": {"value": 1, "unit": "MONTHS"}}},
        }],
        "resourceSelection": {"recipes": [{"name": "web", "semanticVersion": "x.x.x"}]},
    });
    let ami = |number: usize| format!("ami-000000000000000{number}");
    let outputs: Vec<_> =
        (0..LAUNCHES.len()).map(|at| json!({"region": "us-west-2", "image": ami(at)})).collect();
    let described: Vec<_> = LAUNCHES
        .iter()
        .enumerate()
        .map(|(at, (launched, _))| json!({"ImageId": ami(at), "LastLaunchedTime": launched}))
        .collect();
    let image = json!({
        "arn": "arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1", "type": "AMI",
        "state": {"status": "AVAILABLE"}, "dateCreated": "2024-01-01T00:00:00Z",
        "outputResources": {"amis": outputs},
    });
    let mut loader = Loader::new();
    loader.add("images", json!({"imageSummaryList": [image]}).to_string().as_bytes()).unwrap();
    loader.add("amis", json!({"Images": described}).to_string().as_bytes()).unwrap();
    let inventory = loader.finish();
    let policy = afterimage_policy::read(&policy.to_string()).policy().unwrap();
    let (assumption, choice) = Assumptions::parse("month-arithmetic=calendar-forward").unwrap();
    let plan = Plan::assuming(&policy, &inventory, Assumptions::default().with(assumption, choice));
    let state = State::new(&inventory);
    let run = plan.run(&inventory, &state, Instant::parse("2026-02-28T12:00:00Z").unwrap());

    let fates: Vec<bool> = plan
        .outputs(&inventory, &state, &run, 0)
        .iter()
        .map(|output| output.verdict == OutputVerdict::Delete)
        .collect();
    assert_eq!(fates, LAUNCHES.map(|(_, deleted)| deleted));
    let totals = plan.totals(&inventory, &state, &run);
    assert_eq!((totals.amis.deleted, totals.amis.skipped), (2, 2));
}

#[test]
fn what_a_failed_deletion_took_is_not_counted_again_the_next_night() {
    let policy = json!({
        "name": "fleet", "executionRole": "LifecycleRole", "resourceType": "AMI_IMAGE",
        "policyDetails": [{
            "action": {"type": "DELETE", "includeResources": {"amis": true, "snapshots": true}},
            "filter": {"type": "AGE", "value": 1, "unit": "DAYS"},
        }],
        "resourceSelection": {"recipes": [{"name": "web", "semanticVersion": "x.x.x"}]},
    });
    let ami = |id: &str, protection: &str| {
        json!({
            "ImageId": id, "DeregistrationProtection": protection,
            "BlockDeviceMappings": [{"Ebs": {"SnapshotId": id.replace("ami", "snap")}}],
        })
    };
    let image = json!({
        "arn": "arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1", "type": "AMI",
        "state": {"status": "AVAILABLE"}, "dateCreated": "2024-01-01T00:00:00Z",
        "outputResources": {"amis": [
            {"region": "us-west-2", "image": "ami-1"}, {"region": "us-west-2", "image": "ami-2"},
        ]},
    });
    let amis = json!({"Images": [ami("ami-1", "enabled-without-cooldown"), ami("ami-2", "disabled")]});
    let mut loader = Loader::new();
    loader.add("images", json!({"imageSummaryList": [image]}).to_string().as_bytes()).unwrap();
    loader.add("amis", amis.to_string().as_bytes()).unwrap();
    let inventory = loader.finish();
    let plan = Plan::new(&afterimage_policy::read(&policy.to_string()).policy().unwrap(), &inventory);
    let mut state = State::new(&inventory);
    let nights = [0, 1, 2].map(|night| {
        let now = Instant::parse("2026-02-28T12:00:00Z").unwrap();
        let run = plan.run(&inventory, &state, now.plus_days(night));
        let totals = plan.totals(&inventory, &state, &run);
        let freed = StorageMeter::new(&inventory).run(&plan, &state, &run).snapshots;
        plan.apply(&inventory, &mut state, &run);
        let (amis, snapshots) = (totals.amis, totals.snapshots);
        (run.summary.delete, amis.failed, amis.deleted, snapshots.left, snapshots.deleted, freed)
    });
    assert_eq!(nights, [(1, 1, 1, 1, 1, 1), (1, 1, 0, 1, 0, 0), (1, 1, 0, 1, 0, 0)]);
}
