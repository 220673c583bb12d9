//! Random policies and inventories in which things meet: few names, versions, tags and accounts, and ages
//! that lie on and around the thresholds of the policy.

use afterimage_simulator::Assumptions;
use afterimage_simulator::SETTINGS;
use chrono::DateTime;
use chrono::Days;
use chrono::Months;
use chrono::TimeDelta;
use chrono::Utc;
use proptest::array::uniform6;
use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

/// Everything that a simulation takes.
#[derive(Debug, Clone)]
pub(crate) struct Scenario {
    pub(crate) now: DateTime<Utc>,
    pub(crate) days: u32,
    pub(crate) policy: Value,
    /// In order: one `imageSummaryList`, `get-image` answers, one `Images`, attribute documents, perhaps one
    /// `Snapshots`.
    pub(crate) exports: Vec<Value>,
    /// Names and values of assumptions that are not the defaults.
    pub(crate) assumed: Vec<(&'static str, &'static str)>,
}

impl Scenario {
    pub(crate) fn assumptions(&self) -> Assumptions {
        self.assumed.iter().fold(Assumptions::default(), |assumptions, (name, value)| {
            let (assumption, choice) = Assumptions::parse(&format!("{name}={value}")).unwrap();
            assumptions.with(assumption, choice)
        })
    }
}

/// The present in every month that is difficult, and in one that is not.
const NOWS: [&str; 10] = [
    "2026-11-23T12:00:00Z",
    "2026-11-30T12:00:00Z",
    "2026-03-28T03:00:00Z",
    "2026-03-30T12:00:00Z",
    "2026-03-31T00:00:00Z",
    "2026-03-01T00:00:00.001Z",
    "2025-02-28T18:30:00Z",
    "2024-02-29T06:00:00Z",
    "2028-02-29T23:59:59.999Z",
    "2027-01-01T00:00:00Z",
];
const AGES: [(u32, &str); 11] = [
    (1, "DAYS"),
    (2, "DAYS"),
    (30, "DAYS"),
    (1, "WEEKS"),
    (2, "WEEKS"),
    (1, "MONTHS"),
    (2, "MONTHS"),
    (3, "MONTHS"),
    (12, "MONTHS"),
    (1, "YEARS"),
    (4, "YEARS"),
];
const NAMES: [&str; 3] = ["web", "My App", "my_app"];
const VERSIONS: [&str; 4] = ["1.0.0", "1.0.01", "1.2.0", "2.0.0"];
const PATTERNS: [&str; 6] = ["x.x.x", "x.x.x", "1.x.x", "1.0.x", "1.0.0", "2.x.x"];
const ACCOUNTS: [&str; 3] = ["123456789012", "210987654321", "444455556666"];
const REGIONS: [&str; 3] = ["us-west-2", "us-east-1", "eu-west-1"];
const TAGS: [(&str, &str); 5] =
    [("A", "1"), ("A", "2"), ("DeprecatedBy", "EC2 Image Builder"), ("Keep", ""), ("Keep", "yes")];
const DAY: i64 = 86_400_000;

/// Bit `i` stands for entry `i` of one of the lists above.
type Bits = u8;

#[derive(Debug, Clone)]
struct RawPolicy {
    container: bool,
    status: Option<&'static str>,
    form: u8,
    recipes: Option<Vec<(usize, usize)>>,
    tags: Bits,
    /// For deprecate, disable and delete; at least one is made up where none is.
    rules: [Option<RawRule>; 3],
    turned: bool,
}

#[derive(Debug, Clone)]
struct RawRule {
    age: usize,
    count: Option<u32>,
    retain: Option<u32>,
    include: Option<(bool, bool)>,
    image_tags: Bits,
    amis: Option<RawExclusions>,
}

#[derive(Debug, Clone)]
struct RawExclusions {
    regions: Bits,
    public: Option<bool>,
    tags: Bits,
    shared: Bits,
    launched: Option<usize>,
}

#[derive(Debug, Clone)]
struct RawImage {
    name: usize,
    version: usize,
    build: u32,
    account: usize,
    region: usize,
    status: &'static str,
    kind: Option<&'static str>,
    owner: Option<usize>,
    build_type: Option<&'static str>,
    recipe: Option<(bool, usize, usize)>,
    created: RawAge,
    tags: Option<Bits>,
    /// AMI, Region and account of each.
    amis: Vec<(usize, Option<usize>, Option<usize>)>,
    containers: usize,
    /// State and tags come from a get-image answer, and the list tells something older.
    split: bool,
}

/// A moment some age before now, give or take.
#[derive(Debug, Clone)]
struct RawAge {
    /// One of the policy's own ages where there is one, else one of [`AGES`].
    age: usize,
    /// Months of 30 days and years of 365.
    fixed: bool,
    jitter: i64,
}

#[derive(Debug, Clone)]
struct RawAmi {
    described: bool,
    created: Option<RawAge>,
    owner: Option<usize>,
    public: Option<bool>,
    tags: Option<Bits>,
    /// Carries Image Builder's own tag.
    created_by: bool,
    launched: Option<RawAge>,
    state: Option<&'static str>,
    protection: Option<&'static str>,
    snapshots: Option<Bits>,
    /// Accounts, everybody, an organisation.
    permissions: Option<(Bits, bool, bool)>,
    launched_attribute: Option<Option<RawAge>>,
    protection_attribute: Option<(bool, &'static str)>,
}

pub(crate) fn scenario() -> impl Strategy<Value = Scenario> {
    let days = prop_oneof![3 => Just(0), 1 => 1..=4_u32];
    // On the heap: so large a strategy as one value does not fit a test thread's stack.
    let scenario = (
        select(NOWS.to_vec()),
        days,
        policy().boxed(),
        vec(image().boxed(), 0..12),
        uniform6(ami().boxed()),
        (assumed(), prop::option::weighted(0.4, uniform6(of(0..8_u8)))),
    );
    scenario.prop_map(|(now, days, policy, images, amis, (assumed, snapshots))| {
        let mut scenario = assemble(now, days, &policy, &images, &amis);
        scenario.exports.extend(snapshots.map(described_snapshots));
        Scenario { assumed, ..scenario }
    })
}

/// The answer of describe-snapshots. Bits: written bytes, archived, tagged by Image Builder.
fn described_snapshots(snapshots: [Option<Bits>; 6]) -> Value {
    let row = |(index, bits): (usize, Bits)| {
        let tags = if bits & 4 != 0 {
            json!([{ "Key": "CreatedBy", "Value": "EC2 Image Builder" }])
        } else {
            Value::Null
        };
        json!({
            "SnapshotId": format!("snap-{index}"),
            "VolumeSize": if index == 5 { Value::Null } else { json!(10 + index) },
            "FullSnapshotSizeInBytes": if bits & 1 != 0 { json!(1_000_000_007 * index) } else { Value::Null },
            "StorageTier": if bits & 2 != 0 { "archive" } else { "standard" },
            "Tags": tags,
        })
    };
    let rows = snapshots.into_iter().enumerate().filter_map(|(index, bits)| Some((index, bits?)));
    json!({ "Snapshots": rows.map(row).collect::<Vec<_>>() })
}

/// Mostly the defaults; else a few other answers.
fn assumed() -> impl Strategy<Value = Vec<(&'static str, &'static str)>> {
    let others: Vec<_> = SETTINGS
        .iter()
        .flat_map(|setting| setting.values.iter().skip(1).map(|value| (setting.name, *value)))
        .collect();
    prop_oneof![1 => Just(Vec::new()), 1 => vec(select(others), 1..4)]
}

fn policy() -> impl Strategy<Value = RawPolicy> {
    let status = prop_oneof![12 => Just(None), 12 => Just(Some("ENABLED")), 1 => Just(Some("DISABLED"))];
    let recipes = vec((name(), 0..PATTERNS.len()), 1..4);
    let rules = (of(rule()), of(rule()), prop::option::weighted(0.9, rule()));
    (
        prop::bool::weighted(0.15),
        status,
        0..4_u8,
        prop::option::weighted(0.7, recipes),
        7..32_u8,
        rules,
        any::<bool>(),
    )
        .prop_map(|(container, status, form, recipes, tags, rules, turned)| RawPolicy {
            container,
            status,
            form,
            recipes,
            tags,
            rules: rules.into(),
            turned,
        })
}

/// Mostly the first, and the two spellings of another.
fn name() -> impl Strategy<Value = usize> {
    prop_oneof![8 => Just(0_usize), 1 => 1..NAMES.len()]
}

fn rule() -> impl Strategy<Value = RawRule> {
    let exclusions = (
        few_bits(3),
        prop::option::weighted(0.4, prop::bool::weighted(0.8)),
        few_bits(5),
        few_bits(3),
        of(0..AGES.len()),
    );
    let exclusions = exclusions.prop_map(|(regions, public, tags, shared, launched)| RawExclusions {
        regions,
        public,
        tags,
        shared,
        launched,
    });
    let include = prop::option::weighted(0.9, (prop::bool::weighted(0.85), any::<bool>()));
    let amis = prop::option::weighted(0.6, exclusions);
    let count = prop::option::weighted(0.6, 1..=2_u32);
    (0..AGES.len(), count, of(1..=2_u32), include, few_bits(5), amis).prop_map(
        |(age, count, retain, include, image_tags, amis)| RawRule {
            age,
            count,
            retain,
            include,
            image_tags,
            amis,
        },
    )
}

fn image() -> impl Strategy<Value = RawImage> {
    let mostly_first = || prop_oneof![9 => Just(0_usize), 1 => 0..3_usize];
    let place = (name(), mostly_first(), 1..6_u32, mostly_first(), mostly_first());
    let status = prop_oneof![
        10 => Just("AVAILABLE"),
        4 => Just("DEPRECATED"),
        3 => Just("DISABLED"),
        3 => select(vec!["FAILED", "CANCELLED"]),
        1 => select(vec!["PENDING", "CREATING", "BUILDING", "TESTING", "DISTRIBUTING", "INTEGRATING"]),
        1 => Just("DELETED"),
    ];
    let kind =
        prop_oneof![8 => Just(Some("")), 1 => Just(None), 1 => Just(Some("AMI")), 1 => Just(Some("DOCKER"))];
    let build_type = prop_oneof![
        8 => Just(None),
        4 => Just(Some("SCHEDULED")),
        1 => select(vec!["IMPORT", "IMPORT_ISO"]).prop_map(Some),
    ];
    let recipe = prop::option::weighted(0.15, (any::<bool>(), 0..NAMES.len(), 0..VERSIONS.len()));
    let facts = (status, kind, prop::option::weighted(0.9, mostly_first()), build_type, recipe);
    let amis = vec((0..6_usize, prop::option::weighted(0.9, 0..3_usize), of(0..3_usize)), 0..4);
    let rest = (age(), prop::option::weighted(0.9, few_bits(5)), amis, 0..3_usize, prop::bool::weighted(0.1));
    (place, facts, rest).prop_map(
        |(
            (name, version, build, account, region),
            (status, kind, owner, build_type, recipe),
            (created, tags, amis, containers, split),
        )| RawImage {
            name,
            version,
            build,
            account,
            region,
            status,
            kind,
            owner,
            build_type,
            recipe,
            created,
            tags,
            amis,
            containers,
            split,
        },
    )
}

fn age() -> impl Strategy<Value = RawAge> {
    let jitter = prop_oneof![
        4 => Just(0),
        2 => select(vec![1, -1, DAY, -DAY, DAY + 1, DAY - 1, -DAY - 1, 1 - DAY]),
        2 => select(vec![DAY / 2, -DAY / 2, DAY / 4, -DAY / 4]),
        4 => -6 * DAY..6 * DAY,
        2 => -200 * DAY..40 * DAY,
    ];
    (0..AGES.len(), prop::bool::weighted(0.2), jitter).prop_map(|(age, fixed, jitter)| RawAge {
        age,
        fixed,
        jitter,
    })
}

fn ami() -> impl Strategy<Value = RawAmi> {
    let protection =
        || select(vec!["disabled", "disabled", "enabled-without-cooldown", "enabled-with-cooldown"]);
    let row = (
        prop::bool::weighted(0.8),
        of(0..3_usize),
        of(prop::bool::weighted(0.3)),
        (of(few_bits(5)), prop::bool::weighted(0.8)),
        prop::option::weighted(0.4, age()),
        prop::option::weighted(0.2, select(vec!["available", "disabled", "deregistered"])),
        prop::option::weighted(0.3, protection()),
        prop::option::weighted(0.8, 0..16_u8),
        prop::option::weighted(0.15, age()),
    );
    let attributes = (
        prop::option::weighted(0.4, (few_bits(3), prop::bool::weighted(0.1), prop::bool::weighted(0.2))),
        prop::option::weighted(0.2, of(age())),
        prop::option::weighted(0.1, (any::<bool>(), protection())),
    );
    (row, attributes).prop_map(
        |(
            (described, owner, public, (tags, created_by), launched, state, protection, snapshots, created),
            (permissions, launched_attribute, protection_attribute),
        )| RawAmi {
            described,
            created,
            owner,
            public,
            tags,
            created_by,
            launched,
            state,
            protection,
            snapshots,
            permissions,
            launched_attribute,
            protection_attribute,
        },
    )
}

/// Often none, else few.
fn few_bits(count: u32) -> impl Strategy<Value = Bits> {
    let one = (0..count).prop_map(|bit| 1 << bit);
    prop_oneof![2 => Just(0), 2 => one, 1 => 0..(1_u8 << count)]
}

fn assemble(now: &str, days: u32, policy: &RawPolicy, images: &[RawImage], amis: &[RawAmi; 6]) -> Scenario {
    let now: DateTime<Utc> = now.parse().unwrap();
    let own: Vec<usize> = policy.rules().iter().map(|(_, rule)| rule.age).collect();
    let moment = |raw: &RawAge| {
        let (value, unit) = AGES[own.get(raw.age % 4).copied().unwrap_or(raw.age)];
        text(before(now, value, unit, raw.fixed) + TimeDelta::milliseconds(raw.jitter))
    };
    let summary = |(index, image): (usize, &RawImage)| image.summary(index, policy.container, &moment);
    let summaries: Vec<Value> = images.iter().enumerate().map(summary).collect();
    let mut exports = Vec::new();
    for (image, summary) in images.iter().zip(&summaries).filter(|(image, _)| image.split) {
        exports.push(json!({ "image": {
            "arn": summary["arn"],
            "state": { "status": image.status },
            "tags": image.tags.map(tag_map),
            "name": null,
        } }));
    }
    exports.insert(0, json!({ "imageSummaryList": summaries }));
    let rows = amis.iter().enumerate().filter(|(_, ami)| ami.described);
    exports.push(json!({ "Images": rows.map(|(index, ami)| ami.row(index, &moment)).collect::<Vec<_>>() }));
    let attributes = amis.iter().enumerate().flat_map(|(index, ami)| ami.attributes(index, &moment));
    exports.extend(attributes);
    Scenario { now, days, policy: policy.document(), exports, assumed: Vec::new() }
}

impl RawPolicy {
    /// Action and rule; a container policy only deletes.
    fn rules(&self) -> Vec<(&'static str, RawRule)> {
        let actions = ["DEPRECATE", "DISABLE", "DELETE"];
        let mut rules: Vec<_> = actions
            .into_iter()
            .zip(&self.rules)
            .filter(|(action, _)| !self.container || *action == "DELETE")
            .filter_map(|(action, rule)| Some((action, rule.clone()?)))
            .collect();
        if rules.is_empty() {
            let rule = RawRule {
                age: 2,
                count: None,
                retain: None,
                include: Some((true, true)),
                image_tags: 0,
                amis: None,
            };
            rules.push(("DELETE", rule));
        }
        if self.turned {
            rules.reverse();
        }
        rules
    }

    fn document(&self) -> Value {
        let rules: Vec<_> =
            self.rules().iter().map(|(action, rule)| rule.document(action, self.container)).collect();
        let mut policy = json!({
            "executionRole": "LifecycleRole",
            "resourceType": if self.container { "CONTAINER_IMAGE" } else { "AMI_IMAGE" },
            "policyDetails": rules,
            "resourceSelection": match &self.recipes {
                Some(recipes) => json!({ "recipes": recipes.iter().map(|&(name, pattern)| json!({
                    "name": NAMES[name], "semanticVersion": PATTERNS[pattern],
                })).collect::<Vec<_>>() }),
                None => json!({ "tagMap": tag_map(self.tags) }),
            },
            "status": self.status,
        });
        let arn = format!("arn:aws:imagebuilder:{}:{}:lifecycle-policy/tidy", REGIONS[0], ACCOUNTS[0]);
        match self.form {
            0 => policy["lifecyclePolicyArn"] = json!(arn),
            1 => {
                policy["arn"] = json!(arn);
                policy["name"] = json!("tidy");
                policy = json!({ "lifecyclePolicy": policy });
            }
            _ => policy["name"] = json!("tidy"),
        }
        policy
    }
}

impl RawRule {
    fn document(&self, action: &str, container: bool) -> Value {
        let (value, unit) = AGES[self.age];
        let filter = match self.count.filter(|_| action == "DELETE") {
            Some(count) => json!({ "type": "COUNT", "value": count, "retainAtLeast": self.retain }),
            None => json!({ "type": "AGE", "value": value, "unit": unit, "retainAtLeast": self.retain }),
        };
        let include = self.include.map(|(own, snapshots)| match (container, action) {
            (true, _) => json!({ "containers": own }),
            (false, "DELETE") => json!({ "amis": own, "snapshots": own && snapshots }),
            (false, _) => json!({ "amis": own }),
        });
        let amis = self.amis.as_ref().filter(|_| !container).map(RawExclusions::document);
        json!({
            "action": { "type": action, "includeResources": include },
            "filter": filter,
            "exclusionRules": { "tagMap": some_tags(self.image_tags), "amis": amis },
        })
    }
}

impl RawExclusions {
    fn document(&self) -> Value {
        json!({
            "regions": picked(self.regions, &REGIONS),
            "isPublic": self.public,
            "tagMap": some_tags(self.tags),
            "sharedAccounts": Some(picked(self.shared, &ACCOUNTS)).filter(|list| !list.is_empty()),
            "lastLaunched": self.launched.map(|age| json!({ "value": AGES[age].0, "unit": AGES[age].1 })),
        })
    }
}

impl RawImage {
    fn summary(&self, index: usize, container: bool, moment: &impl Fn(&RawAge) -> String) -> Value {
        let name = NAMES[self.name];
        let node = name.to_lowercase().replace([' ', '_'], "-");
        let (region, account) = (REGIONS[self.region], ACCOUNTS[self.account]);
        let (version, build) = (VERSIONS[self.version], self.build);
        let expected = if container { "DOCKER" } else { "AMI" };
        let amis = self.amis.iter().map(|&(ami, region, account)| {
            json!({
                "image": format!("ami-{ami}"),
                "region": region.map(|region| REGIONS[region]),
                "accountId": account.map(|account| ACCOUNTS[account]),
            })
        });
        let containers = (0..self.containers).map(|part| {
            json!({
                "region": region,
                "imageUris": [format!("repo/{index}:{part}"), format!("repo/{index}:{part}-latest")],
            })
        });
        let mut summary = json!({
            "arn": format!("arn:aws:imagebuilder:{region}:{account}:image/{node}/{version}/{build}"),
            "name": name,
            "type": self.kind.map(|kind| if kind.is_empty() { expected } else { kind }),
            "version": format!("{version}/{build}"),
            "state": { "status": if self.split { "BUILDING" } else { self.status } },
            "owner": self.owner.map(|owner| ACCOUNTS[owner]),
            "dateCreated": moment(&self.created),
            "outputResources": {
                "amis": amis.collect::<Vec<_>>(),
                "containers": containers.collect::<Vec<_>>(),
            },
            "tags": if self.split { Some(tag_map(1)) } else { self.tags.map(tag_map) },
            "buildType": self.build_type,
        });
        if let Some((docker, name, version)) = self.recipe {
            let member = if docker { "containerRecipe" } else { "imageRecipe" };
            summary[member] = json!({ "name": NAMES[name], "version": VERSIONS[version] });
        }
        summary
    }
}

impl RawAmi {
    fn row(&self, index: usize, moment: &impl Fn(&RawAge) -> String) -> Value {
        let tag = |(key, value): (String, Value)| json!({ "Key": key, "Value": value });
        let snapshots = |bits: Bits| -> Vec<Value> {
            let set = (0..4).filter(|bit| bits & (1 << bit) != 0);
            set.map(|bit| {
                let volume = [Value::Null, json!(8), json!(8 + index)][(index + bit) % 3].clone();
                json!({ "Ebs": { "SnapshotId": format!("snap-{}", (index + bit) % 6), "VolumeSize": volume } })
            })
            .collect()
        };
        let tags = self.tags.map(|bits| {
            let mut tags = tag_map(bits);
            if self.created_by {
                tags.insert("CreatedBy".to_owned(), json!("EC2 Image Builder"));
            }
            tags
        });
        json!({
            "ImageId": format!("ami-{index}"),
            "CreationDate": self.created.as_ref().map(moment),
            "OwnerId": self.owner.map(|owner| ACCOUNTS[owner]),
            "Public": self.public,
            "Tags": tags.map(|tags| tags.into_iter().map(tag).collect::<Vec<_>>()),
            "LastLaunchedTime": self.launched.as_ref().map(moment),
            "State": self.state,
            "DeregistrationProtection": self.protection,
            "BlockDeviceMappings": self.snapshots.map(snapshots),
        })
    }

    fn attributes(&self, index: usize, moment: &impl Fn(&RawAge) -> String) -> Vec<Value> {
        let id = format!("ami-{index}");
        let mut documents = Vec::new();
        if let Some((accounts, all, organization)) = self.permissions {
            let mut entries: Vec<_> =
                picked(accounts, &ACCOUNTS).into_iter().map(|account| json!({ "UserId": account })).collect();
            entries.extend(all.then(|| json!({ "Group": "all" })));
            entries.extend(organization.then(|| json!({ "OrganizationArn": ACCOUNTS[2] })));
            documents.push(json!({ "ImageId": id, "LaunchPermissions": entries }));
        }
        match &self.launched_attribute {
            Some(Some(raw)) => {
                documents.push(json!({ "ImageId": id, "LastLaunchedTime": { "Value": moment(raw) } }));
            }
            Some(None) => documents.push(json!({ "ImageId": id })),
            None => {}
        }
        if let Some((wrapped, value)) = self.protection_attribute {
            let value = if wrapped { json!({ "Value": value }) } else { json!(value) };
            documents.push(json!({ "ImageId": id, "DeregistrationProtection": value }));
        }
        documents
    }
}

fn picked<'a>(bits: Bits, list: &[&'a str]) -> Vec<&'a str> {
    list.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0).map(|(_, &item)| item).collect()
}

fn tag_map(bits: Bits) -> Map<String, Value> {
    let set = TAGS.iter().enumerate().filter(|(bit, _)| bits & (1 << bit) != 0);
    set.map(|(_, &(key, value))| (key.to_owned(), json!(value))).collect()
}

/// A policy's tag maps are not empty.
fn some_tags(bits: Bits) -> Option<Map<String, Value>> {
    Some(tag_map(bits)).filter(|tags| !tags.is_empty())
}

fn before(now: DateTime<Utc>, value: u32, unit: &str, fixed: bool) -> DateTime<Utc> {
    let days = |length: u64| now.checked_sub_days(Days::new(length * u64::from(value)));
    let months = |count: u32| now.checked_sub_months(Months::new(count));
    let at = match (unit, fixed) {
        ("DAYS", _) => days(1),
        ("WEEKS", _) => days(7),
        ("MONTHS", true) => days(30),
        ("MONTHS", false) => months(value),
        (_, true) => days(365),
        (_, false) => months(12 * value),
    };
    at.unwrap()
}

fn text(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}
