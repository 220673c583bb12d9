//! Invented data for the first visit, with ages that are the same whenever it is opened.

use afterimage_inventory::Instant;
use serde_json::Value;
use serde_json::json;

/// A policy that shows every verdict on the sample inventory.
pub(crate) const POLICY: &str = include_str!("../sample/policy.json");

const ACCOUNT: &str = "123456789012";

const IMAGES: &str = "sample images";
const AMIS: &str = "sample AMIs";

/// Whether an export of this name is invented.
pub(crate) fn is_sample(source: &str) -> bool {
    source == IMAGES || source == AMIS
}

/// A list-image-build-versions export and a describe-images export, as of `now`.
pub(crate) fn exports(now: i64) -> Vec<(String, String)> {
    let mut images = Vec::new();
    let mut amis = Vec::new();
    // Recipe, version, age of the newest build, days between builds, builds.
    let series = [
        ("web-base", "1.3.0", 150, 9, 14),
        ("web-base", "1.4.0", 3, 11, 22),
        ("worker-gpu", "1.9.2", 209, 14, 4),
        ("worker-gpu", "2.1.0", 5, 13, 18),
        ("bastion", "1.0.0", 12, 40, 6),
    ];
    for (recipe, version, newest, step, builds) in series {
        for build in 1..=builds {
            let age = newest + step * (builds - build);
            let status = match (recipe, build) {
                ("web-base", 6 | 17) => "FAILED",
                ("web-base", 22) => "BUILDING",
                _ if age > 205 => "DISABLED",
                _ if age > 122 && build % 3 != 0 => "DEPRECATED",
                _ => "AVAILABLE",
            };
            let mut tags = json!({ "Team": recipe.split('-').next() });
            if build % 7 == 3 {
                tags["LifecyclePin"] = json!("retain");
            }
            let regions: &[&str] =
                if recipe == "bastion" { &["us-west-2"] } else { &["us-west-2", "eu-west-1"] };
            let outputs: Vec<Value> = regions
                .iter()
                .filter(|_| status != "FAILED" && status != "BUILDING")
                .map(|region| {
                    let id = format!("ami-{:017x}", hash(&format!("{recipe}{version}{build}{region}")));
                    amis.push(ami(&id, recipe, build, status, &date(now, age)));
                    json!({ "region": region, "image": id, "accountId": ACCOUNT })
                })
                .collect();
            images.push(json!({
                "arn": format!("arn:aws:imagebuilder:us-west-2:{ACCOUNT}:image/{recipe}/{version}/{build}"),
                "name": recipe,
                "type": "AMI",
                "version": format!("{version}/{build}"),
                "platform": "Linux",
                "state": { "status": status },
                "owner": ACCOUNT,
                "dateCreated": date(now, age),
                "outputResources": { "amis": outputs },
                "tags": tags,
                "buildType": "SCHEDULED"
            }));
        }
    }
    vec![
        (IMAGES.to_owned(), json!({ "imageSummaryList": images }).to_string()),
        (AMIS.to_owned(), json!({ "Images": amis }).to_string()),
    ]
}

fn ami(id: &str, recipe: &str, build: i64, status: &str, created: &str) -> Value {
    let snapshot = format!("snap-{:017x}", hash(id));
    let mut ami = json!({
        "ImageId": id,
        "OwnerId": ACCOUNT,
        "State": if status == "DISABLED" { "disabled" } else { "available" },
        "Public": recipe == "bastion" && build == 2,
        "CreationDate": created,
        "Tags": [{ "Key": "CreatedBy", "Value": "EC2 Image Builder" }],
        "BlockDeviceMappings": [{ "DeviceName": "/dev/xvda", "Ebs": { "SnapshotId": snapshot, "VolumeSize": 8 } }]
    });
    if recipe == "worker-gpu" && build == 2 {
        ami["DeregistrationProtection"] = json!("enabled-without-cooldown");
    }
    ami
}

fn date(now: i64, age: i64) -> String {
    // Builds end a while before the hour at which the sample is looked at.
    Instant(now - 7_380_000).plus_days(-age).to_string()
}

/// FNV-1a, cut to the digits that an AMI ID has room for.
fn hash(text: &str) -> u64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, mix)
}
