//! A second, slow simulator that says the same: JSON in, JSON out, one obvious step after the other.
//!
//! It shares no code with the first. Where the two differ, one of them is wrong.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use chrono::DateTime;
use chrono::Days;
use chrono::Months;
use chrono::NaiveTime;
use chrono::SecondsFormat;
use chrono::TimeDelta;
use chrono::Utc;
use serde_json::Value;
use serde_json::json;

type Time = DateTime<Utc>;

/// What is known of an AMI apart from its Region and account.
#[derive(Default)]
struct Ami {
    described: bool,
    created: Option<Time>,
    owner: Value,
    public: bool,
    tags: Vec<(String, String)>,
    launched: Option<Time>,
    /// From describe-image-attribute; the inner `None`: never.
    launched_attribute: Option<Option<Time>>,
    protected: bool,
    launch_permissions: Vec<Value>,
    snapshots: Vec<String>,
    tags_known: bool,
}

/// What is known of a snapshot.
#[derive(Default)]
struct Snapshot {
    /// Sizes in GiB of the volumes that AMIs make of it.
    listed: Vec<u64>,
    /// From describe-snapshots.
    row: Option<Value>,
}

/// Answers that are not the defaults, by the name of the assumption.
struct Assumed(BTreeMap<&'static str, &'static str>);

impl Assumed {
    fn is(&self, name: &str, value: &str) -> bool {
        self.0.get(name) == Some(&value)
    }
}

struct World {
    /// By ARN; the members of all exports together.
    images: BTreeMap<String, Value>,
    amis: BTreeMap<String, Ami>,
    /// Images that a run deleted.
    gone: BTreeSet<String>,
    /// AMIs that a run disabled, or somebody else before.
    sealed: BTreeSet<String>,
    snapshots: BTreeMap<String, Snapshot>,
    /// AMIs that a run deregistered, or somebody else before.
    deregistered: BTreeSet<String>,
    /// Snapshots and container images that are paid for no more.
    freed: BTreeSet<String>,
}

/// The report, with the codes, severities and places of the diagnostics that need an inventory.
pub(crate) fn report(
    document: &Value,
    exports: &[Value],
    assumed: &[(&'static str, &'static str)],
    now: Time,
    days: u32,
) -> Value {
    let assumed = &Assumed(assumed.iter().copied().collect());
    let (root, policy) = match document.get("lifecyclePolicy") {
        Some(policy) => ("/lifecyclePolicy", policy),
        None => ("", document),
    };
    let mut world = read(exports);
    let outputs: BTreeSet<String> = world.images.values().flat_map(ami_ids).collect();
    let snapshots = |id: &String| world.amis.get(id).map(|ami| ami.snapshots.clone()).unwrap_or_default();
    let snapshots: BTreeSet<String> = outputs.iter().flat_map(snapshots).collect();
    let containers: usize =
        world.images.values().map(|image| list(&image["outputResources"]["containers"]).len()).sum();
    let inventory = json!({
        "images": world.images.len(),
        "amis": outputs.len(),
        "snapshots": snapshots.len(),
        "containers": containers,
        "skipped": [],
    });
    let diagnostics = missing_facts(policy, root, &world, assumed);
    let mut runs = Vec::new();
    let mut accumulated = json!({});
    for day in 0..=days {
        let at = now + Days::new(u64::from(day));
        let mut images = run(policy, &world, assumed, at);
        add_risks(&world, &mut images);
        let mut storage = storage(&mut world, &images);
        for (name, value) in storage.as_object().unwrap() {
            accumulated[name] = json!(accumulated[name].as_u64().unwrap_or(0) + value.as_u64().unwrap());
        }
        storage["accumulated"] = accumulated.clone();
        runs.push(json!({
            "at": written(at), "summary": summary(&images), "storage": storage, "images": images,
        }));
        apply(&mut world, &images);
    }
    json!({ "now": written(now), "diagnostics": diagnostics, "inventory": inventory, "runs": runs })
}

// What the exports say.

fn read(exports: &[Value]) -> World {
    let mut world = World {
        images: BTreeMap::new(),
        amis: BTreeMap::new(),
        gone: BTreeSet::new(),
        sealed: BTreeSet::new(),
        snapshots: BTreeMap::new(),
        deregistered: BTreeSet::new(),
        freed: BTreeSet::new(),
    };
    for export in exports {
        for image in list(&export["imageSummaryList"]).iter().chain(export.get("image")) {
            let arn = image["arn"].as_str().unwrap().to_owned();
            merge(world.images.entry(arn).or_insert(json!({})), image);
        }
        for row in list(&export["Images"]) {
            describe(world.amis.entry(string(&row["ImageId"])).or_default(), row);
            if row["State"] == "deregistered" {
                world.deregistered.insert(string(&row["ImageId"]));
            }
            if row["State"] == "disabled" {
                world.sealed.insert(string(&row["ImageId"]));
            }
            for device in list(&row["BlockDeviceMappings"]) {
                let snapshot = world.snapshots.entry(string(&device["Ebs"]["SnapshotId"])).or_default();
                snapshot.listed.extend(device["Ebs"]["VolumeSize"].as_u64());
            }
        }
        for row in list(&export["Snapshots"]) {
            world.snapshots.entry(string(&row["SnapshotId"])).or_default().row = Some(row.clone());
        }
        if let Some(id) = export["ImageId"].as_str() {
            add_attribute(world.amis.entry(id.to_owned()).or_default(), export);
        }
    }
    world
}

/// Later members win; null is absent; only state and outputs are looked into.
fn merge(into: &mut Value, from: &Value) {
    for (name, value) in from.as_object().unwrap() {
        if matches!(name.as_str(), "state" | "outputResources") && into.get(name).is_some() {
            merge(&mut into[name], value);
        } else if !value.is_null() {
            into[name] = value.clone();
        }
    }
}

fn describe(ami: &mut Ami, row: &Value) {
    ami.described = true;
    ami.owner = row["OwnerId"].clone();
    ami.created = row["CreationDate"].as_str().map(time);
    ami.public = row["Public"] == true;
    ami.tags = list(&row["Tags"]).iter().map(|tag| (string(&tag["Key"]), string(&tag["Value"]))).collect();
    ami.tags_known = row["Tags"].is_array() || row["CreationDate"].is_string();
    ami.launched = row["LastLaunchedTime"].as_str().map(time);
    ami.protected = row["DeregistrationProtection"].as_str().is_some_and(|value| value != "disabled");
    let devices = list(&row["BlockDeviceMappings"]);
    ami.snapshots = devices.iter().map(|device| string(&device["Ebs"]["SnapshotId"])).collect();
}

fn add_attribute(ami: &mut Ami, document: &Value) {
    let members = document.as_object().unwrap();
    if let Some(permissions) = members.get("LaunchPermissions") {
        ami.launch_permissions = list(permissions).to_vec();
    }
    if let Some(launched) = members.get("LastLaunchedTime") {
        ami.launched_attribute = Some(launched["Value"].as_str().map(time));
    }
    if members.len() == 1 {
        ami.launched_attribute = Some(None);
    }
    if let Some(protection) = members.get("DeregistrationProtection") {
        let value = protection.as_str().or(protection["Value"].as_str());
        ami.protected = value.is_some_and(|value| value != "disabled");
    }
}

/// Region, account, name, version and build of an image's ARN.
fn arn(image: &Value) -> [String; 5] {
    let arn = string(&image["arn"]);
    let parts: Vec<&str> = arn.split([':', '/']).collect();
    [parts[3], parts[4], parts[6], parts[7], parts[8]].map(str::to_owned)
}

fn is_imported(image: &Value) -> bool {
    matches!(image["buildType"].as_str(), Some("IMPORT" | "IMPORT_ISO"))
}

/// Name, normalised, and version of the recipe: those of a recipe member, else those of the image itself.
fn recipe(image: &Value) -> (String, String) {
    let [_, _, name, version, _] = arn(image);
    let members = [&image["imageRecipe"], &image["containerRecipe"]];
    match members.into_iter().find(|member| member.is_object() && !is_imported(image)) {
        Some(member) => (normalised(&string(&member["name"])), string(&member["version"])),
        None => (normalised(&name), version),
    }
}

fn image_type(image: &Value) -> String {
    match image["type"].as_str() {
        Some(kind) => kind.to_owned(),
        None if image["imageRecipe"].is_object() => "AMI".to_owned(),
        None if image["containerRecipe"].is_object() => "DOCKER".to_owned(),
        None if !list(&image["outputResources"]["containers"]).is_empty() => "DOCKER".to_owned(),
        None => "AMI".to_owned(),
    }
}

fn ami_ids(image: &Value) -> Vec<String> {
    list(&image["outputResources"]["amis"]).iter().map(|ami| string(&ami["image"])).collect()
}

fn image_tags(image: &Value) -> Vec<(String, String)> {
    pairs(&image["tags"])
}

/// The recipe's name as it is displayed: of the spellings of one recipe version, the first.
fn displayed_recipe(world: &World, image: &Value) -> String {
    let shown = |image: &Value| {
        let members = [&image["imageRecipe"], &image["containerRecipe"]];
        let [_, _, in_arn, ..] = arn(image);
        let own = image["name"].as_str().unwrap_or(&in_arn);
        match members.into_iter().find(|member| member.is_object() && !is_imported(image)) {
            Some(member) => string(&member["name"]),
            None if normalised(own) == normalised(&in_arn) => own.to_owned(),
            None => in_arn,
        }
    };
    let all = world.images.values().filter(|other| group(other) == group(image));
    all.map(shown).min().unwrap()
}

/// What retention is counted in: Region, account, recipe and version.
fn group(image: &Value) -> (String, String, (String, String)) {
    let [region, account, ..] = arn(image);
    (region, account, recipe(image))
}

// What the policy looks at.

/// Why the policy does not consider an image.
fn ignored(policy: &Value, world: &World, assumed: &Assumed, image: &Value) -> Option<&'static str> {
    let status = string(&image["state"]["status"]);
    let [region, account, ..] = arn(image);
    if policy["status"] == "DISABLED" {
        return Some("POLICY_DISABLED");
    }
    if status == "DELETED" {
        return Some("ALREADY_DELETED");
    }
    let wanted = if policy["resourceType"] == "CONTAINER_IMAGE" { "DOCKER" } else { "AMI" };
    if image_type(image) != wanted {
        return Some("OTHER_TYPE");
    }
    if let Some(policy_arn) = policy["arn"].as_str().or(policy["lifecyclePolicyArn"].as_str()) {
        let parts: Vec<&str> = policy_arn.split(':').collect();
        if image["owner"].as_str().unwrap_or(&account) != parts[4] {
            return Some("OTHER_OWNER");
        }
        if region != parts[3] {
            return Some("OTHER_REGION");
        }
    }
    let selection = &policy["resourceSelection"];
    let by_tag = any_tag(&selection["tagMap"], &image_tags(image));
    let exact = assumed.is("recipe-names", "exact");
    let by_recipe = (!is_imported(image) || assumed.is("imported-images-match-recipes", "true"))
        && list(&selection["recipes"]).iter().any(|wanted| {
            let (name, version) = recipe(image);
            let pattern = string(&wanted["semanticVersion"]);
            let nodes: Vec<_> = pattern.split('.').zip(version.split('.')).collect();
            normalised(&string(&wanted["name"])) == name
                && (!exact || wanted["name"] == displayed_recipe(world, image))
                && nodes.iter().all(|(wanted, node)| *wanted == "x" || wanted == node)
        });
    if !by_tag && !by_recipe {
        return Some("NOT_SELECTED");
    }
    let finished = ["AVAILABLE", "DEPRECATED", "DISABLED", "FAILED", "CANCELLED"];
    if !finished.contains(&status.as_str()) {
        return Some("BUILDING");
    }
    None
}

/// Position in `policyDetails` and rule of an action.
fn rule_of<'a>(policy: &'a Value, action: &str) -> Option<(usize, &'a Value)> {
    list(&policy["policyDetails"]).iter().enumerate().find(|(_, rule)| rule["action"]["type"] == action)
}

fn takes_slot(image: &Value) -> bool {
    image["state"]["status"] != "FAILED" && image["state"]["status"] != "CANCELLED"
}

/// How many of the newest a rule keeps.
fn kept_by(rule: &Value, assumed: &Assumed) -> u64 {
    let filter = &rule["filter"];
    let retain = filter["retainAtLeast"].as_u64().unwrap_or(0);
    let honoured = assumed.is("count-honours-retain-at-least", "true");
    match (filter["type"] == "COUNT", rule["action"]["type"] == "DELETE") {
        (true, _) => filter["value"].as_u64().unwrap().max(if honoured { retain } else { 0 }),
        (false, true) => retain,
        (false, false) if assumed.is("retain-at-least-on-every-action", "true") => retain,
        (false, false) => 0,
    }
}

/// Whether fewer than `keep` newer images of the same recipe version hold a slot.
fn is_retained(
    policy: &Value,
    world: &World,
    assumed: &Assumed,
    image: &Value,
    keep: u64,
    now: Time,
) -> bool {
    let newness = |image: &Value| {
        let build: i64 = arn(image)[4].parse().unwrap();
        let arn = string(&image["arn"]);
        if assumed.is("tie-break", "lower-build") {
            (created(image), -build, Some(arn), None)
        } else {
            (created(image), build, None, Some(std::cmp::Reverse(arn)))
        }
    };
    let counts = |other: &Value| {
        let mut considered = ignored(policy, world, assumed, other).is_none();
        if other["state"]["status"] == "DELETED" && assumed.is("deleted-images-fill-slots", "true") {
            let mut alive = other.clone();
            alive["state"]["status"] = json!("AVAILABLE");
            considered = ignored(policy, world, assumed, &alive).is_none();
            return considered;
        }
        let delete = rule_of(policy, "DELETE").filter(|(_, rule)| rule["filter"]["type"] == "AGE");
        let young = delete.is_some_and(|(_, rule)| !is_old_enough(rule, created(other), assumed, now));
        let acted_on = || {
            let old_enough = |rule: &Value| is_old_enough(rule, created(other), assumed, now);
            let (verdict, ..) = decide(policy, world, assumed, other, now, &old_enough);
            matches!(verdict, "DEPRECATE" | "DISABLE")
        };
        considered
            && takes_slot(other)
            && !(young && assumed.is("young-images-fill-slots", "false"))
            && !(assumed.is("acted-on-images-keep-slots", "false") && acted_on())
    };
    let mut newer = world.existing().filter(|other| group(other) == group(image));
    takes_slot(image)
        && keep > 0
        && newer.by_ref().filter(|other| newness(other) > newness(image) && counts(other)).count()
            < keep as usize
}

// What a run decides.

impl World {
    fn existing(&self) -> impl Iterator<Item = &Value> {
        self.images.iter().filter(|(arn, _)| !self.gone.contains(*arn)).map(|(_, image)| image)
    }
}

fn run(policy: &Value, world: &World, assumed: &Assumed, now: Time) -> Vec<Value> {
    world.existing().map(|image| row(policy, world, assumed, image, now)).collect()
}

fn row(policy: &Value, world: &World, assumed: &Assumed, image: &Value, now: Time) -> Value {
    let before = string(&image["state"]["status"]);
    if let Some(reason) = ignored(policy, world, assumed, image) {
        return json!({
            "arn": image["arn"], "before": before, "after": before, "verdict": "IGNORE", "reason": reason,
            "rule": null, "status": null, "boundary": false, "outputs": [],
        });
    }
    let created = created(image);
    let decide = |old_enough: &dyn Fn(&Value) -> bool| decide(policy, world, assumed, image, now, old_enough);
    let at = |instant: Time| decide(&|rule| is_old_enough(rule, created, assumed, instant));
    let (verdict, reason, rule) = at(now);
    let inclusive = !assumed.is("age-at-threshold", "too-young");
    let ways = ["calendar-back", "calendar-forward", "fixed-days"].map(|arithmetic| {
        decide(&|rule| {
            let order = compare(&rule["filter"], created, now, arithmetic);
            order.is_gt() || (order.is_eq() && inclusive)
        })
    });
    let built = ami_ids(image).into_iter().filter_map(|id| world.amis.get(&id)?.created);
    let end = built.max().filter(|end| *end > created + Days::new(1));
    let from_the_end = end.map(|end| decide(&|rule| is_old_enough(rule, end, assumed, now)));
    let boundary = instants_within_a_day(now, created)
        .into_iter()
        .map(at)
        .chain(ways)
        .chain(from_the_end)
        .any(|(other, ..)| other != verdict);
    let acts = matches!(verdict, "DEPRECATE" | "DISABLE" | "DELETE");
    let outputs = match rule.filter(|_| acts) {
        Some(rule) => outputs(&policy["policyDetails"][rule], world, assumed, image, (verdict, reason), now),
        None => Vec::new(),
    };
    let failed = outputs.iter().any(|output| output["verdict"] == "FAIL");
    let skipped = |output: &Value| output["verdict"] == "SKIP" && output["gone"] != true;
    let spared = verdict == "DELETE" && outputs.iter().any(skipped);
    let stays = failed && !assumed.is("failed-output-keeps-image", "false")
        || spared && assumed.is("policy-delete-keeps-image-when-ami-skipped", "true");
    let after = match verdict {
        _ if stays => before.as_str(),
        "DEPRECATE" => "DEPRECATED",
        "DISABLE" => "DISABLED",
        "DELETE" => "DELETED",
        _ => before.as_str(),
    };
    let status = match verdict {
        "SKIP" => Some("SKIPPED"),
        "KEEP" => None,
        _ if failed => Some("FAILED"),
        _ if stays => Some("SKIPPED"),
        _ => Some("SUCCESS"),
    };
    json!({
        "arn": image["arn"], "before": before, "after": after, "verdict": verdict, "reason": reason,
        "rule": rule, "status": status, "boundary": boundary, "outputs": outputs,
    })
}

type Decision = (&'static str, &'static str, Option<usize>);

/// The verdict, where `old_enough` answers for the rules with an age.
fn decide(
    policy: &Value,
    world: &World,
    assumed: &Assumed,
    image: &Value,
    now: Time,
    old_enough: &dyn Fn(&Value) -> bool,
) -> Decision {
    let status = string(&image["state"]["status"]);
    let mut skipped = None;
    let mut retained = None;
    let mut young = None;
    for (action, looks_at) in [
        ("DEPRECATE", ["AVAILABLE"].as_slice()),
        ("DISABLE", &["AVAILABLE", "DEPRECATED"]),
        ("DELETE", &["AVAILABLE", "DEPRECATED", "DISABLED", "FAILED", "CANCELLED"]),
    ] {
        let Some((index, rule)) = rule_of(policy, action) else { continue };
        if !looks_at.contains(&status.as_str()) {
            continue;
        }
        let age = rule["filter"]["type"] == "AGE";
        let failed = action == "DELETE" && !takes_slot(image);
        if age && !old_enough(rule) && !(failed && assumed.is("failed-ignores-age", "true")) {
            young = young.or(Some(index));
        } else if failed {
            return ("DELETE", "FAILED_BUILD", Some(index));
        } else if is_retained(policy, world, assumed, image, kept_by(rule, assumed), now) {
            retained = retained.or(Some(index));
        } else if any_tag(&rule["exclusionRules"]["tagMap"], &image_tags(image)) {
            skipped = skipped.or(Some(index));
            if assumed.is("exclusion-falls-through", "false") {
                break;
            }
        } else {
            return (action, if age { "AGE" } else { "COUNT" }, Some(index));
        }
    }
    if skipped.is_some() {
        ("SKIP", "IMAGE_TAG", skipped)
    } else if retained.is_some() {
        ("KEEP", "RETAINED", retained)
    } else if young.is_some() {
        ("KEEP", "TOO_YOUNG", young)
    } else {
        ("KEEP", "NO_RULE_FOR_STATE", None)
    }
}

fn outputs(
    rule: &Value,
    world: &World,
    assumed: &Assumed,
    image: &Value,
    (verdict, reason): (&str, &str),
    now: Time,
) -> Vec<Value> {
    let include = &rule["action"]["includeResources"];
    let unknown = Ami::default();
    let mut outputs = Vec::new();
    for output in list(&image["outputResources"]["amis"]) {
        let id = string(&output["image"]);
        let ami = world.amis.get(&id).unwrap_or(&unknown);
        let gone = world.deregistered.contains(&id);
        let exclusion =
            exclusion(&rule["exclusionRules"]["amis"], assumed, output, ami, world.sealed.contains(&id), now);
        let (ami_verdict, ami_reason) = match exclusion {
            _ if include["amis"] != true => ("LEFT", "NOT_INCLUDED"),
            Some(exclusion) => ("SKIP", exclusion),
            None if verdict == "DELETE" && ami.protected && !gone => ("FAIL", "DEREGISTRATION_PROTECTED"),
            None => (verdict, reason),
        };
        let (snapshot_verdict, snapshot_reason) = match ami_verdict {
            "FAIL" => ("LEFT", "AMI_KEPT"),
            "DELETE" if include["snapshots"] != true => ("LEFT", "NOT_INCLUDED"),
            _ => (ami_verdict, ami_reason),
        };
        let snapshot =
            |id: &String| json!({ "id": id, "verdict": snapshot_verdict, "reason": snapshot_reason });
        let listed = if verdict == "DELETE" { ami.snapshots.as_slice() } else { &[] };
        outputs.push(json!({
            "id": id,
            "kind": "AMI",
            "region": output["region"],
            "accountId": if output["accountId"].is_null() { &ami.owner } else { &output["accountId"] },
            "verdict": ami_verdict,
            "reason": ami_reason,
            "snapshots": listed.iter().map(snapshot).collect::<Vec<_>>(),
        }));
        if gone {
            outputs.last_mut().unwrap()["gone"] = json!(true);
        }
    }
    for container in list(&image["outputResources"]["containers"]) {
        let included = include["containers"] == true;
        outputs.push(json!({
            "id": container["imageUris"][0],
            "kind": "CONTAINER",
            "region": container["region"],
            "accountId": null,
            "verdict": if included { verdict } else { "LEFT" },
            "reason": if included { reason } else { "NOT_INCLUDED" },
            "imageUris": container["imageUris"],
        }));
    }
    outputs
}

/// The first exclusion that spares an AMI.
fn exclusion(
    rules: &Value,
    assumed: &Assumed,
    output: &Value,
    ami: &Ami,
    sealed: bool,
    now: Time,
) -> Option<&'static str> {
    let permissions = if sealed { &[] } else { ami.launch_permissions.as_slice() };
    let everybody = permissions.iter().any(|entry| entry["Group"] == "all");
    let public = everybody || (ami.public && !sealed);
    if list(&rules["regions"]).contains(&output["region"]) {
        return Some("REGION");
    }
    if rules["isPublic"] == true && public {
        return Some("PUBLIC");
    }
    if any_tag(&rules["tagMap"], &ami.tags) {
        return Some("AMI_TAG");
    }
    let shared = |account: &Value| permissions.iter().any(|entry| entry["UserId"] == *account);
    if list(&rules["sharedAccounts"]).iter().any(shared) {
        return Some("SHARED_ACCOUNT");
    }
    let launched = ami.launched_attribute.unwrap_or(ami.launched);
    let period = &rules["lastLaunched"];
    let at_the_edge = !assumed.is("last-launched-at-threshold", "not-spared");
    let recent = |launched| {
        let order = compare(period, launched, now, arithmetic(assumed));
        order.is_lt() || (order.is_eq() && at_the_edge)
    };
    if period.is_object() && launched.is_some_and(recent) {
        return Some("LAST_LAUNCHED");
    }
    None
}

fn is_tagged(tags: &[(String, String)]) -> bool {
    tags.contains(&("CreatedBy".to_owned(), "EC2 Image Builder".to_owned()))
}

/// Adds the codes of what may make an action fail, where there is any.
fn add_risks(world: &World, images: &mut [Value]) {
    let outputs = images.iter().flat_map(|row| list(&row["outputs"]));
    let deleted = outputs.filter(|output| output["verdict"] == "DELETE").map(|output| string(&output["id"]));
    let deleted: BTreeSet<String> = deleted.chain(world.deregistered.iter().cloned()).collect();
    for row in images {
        let account = string(&row["arn"]).split(':').nth(4).unwrap().to_owned();
        for output in row["outputs"].as_array_mut().unwrap() {
            if output["gone"] == true {
                continue;
            }
            let id = string(&output["id"]);
            let mut risks = Vec::new();
            if let Some(ami) = world.amis.get(&id).filter(|ami| ami.tags_known && !is_tagged(&ami.tags)) {
                assert!(ami.described);
                risks.push("created-by-tag");
            }
            if output["accountId"].as_str().is_some_and(|owner| owner != account) {
                risks.push("other-account");
            }
            let acts = matches!(output["verdict"].as_str(), Some("DEPRECATE" | "DISABLE" | "DELETE"));
            if acts && !risks.is_empty() {
                output["risks"] = json!(risks);
            }
            for snapshot in output.get_mut("snapshots").and_then(Value::as_array_mut).into_iter().flatten() {
                let name = string(&snapshot["id"]);
                let mut risks = Vec::new();
                let uses = |(other, ami): (&String, &Ami)| {
                    *other != id && ami.snapshots.contains(&name) && !deleted.contains(other)
                };
                if world.amis.iter().any(uses) {
                    risks.push("shared-snapshot");
                }
                let tags = world.snapshots.get(&name).and_then(|snapshot| snapshot.row.as_ref());
                if tags.is_some_and(|row| list(&row["Tags"]).is_empty()) {
                    risks.push("created-by-tag");
                }
                if snapshot["verdict"] == "DELETE" && !risks.is_empty() {
                    snapshot["risks"] = json!(risks);
                }
            }
        }
    }
}

/// What a run frees that no earlier run freed.
fn storage(world: &mut World, images: &[Value]) -> Value {
    let (mut snapshots, mut unknown, mut containers) = (0, 0, 0);
    let (mut standard, mut archived) = (0, 0);
    let outputs = images.iter().flat_map(|row| list(&row["outputs"]));
    for output in outputs.filter(|output| output["gone"] != true) {
        if output["kind"] == "CONTAINER" && output["verdict"] == "DELETE" {
            containers += u64::from(world.freed.insert(string(&output["id"])));
        }
        for snapshot in list(&output["snapshots"]) {
            let kept = list(&snapshot["risks"]).contains(&json!("shared-snapshot"));
            let id = string(&snapshot["id"]);
            if snapshot["verdict"] != "DELETE" || kept || !world.freed.insert(id.clone()) {
                continue;
            }
            snapshots += 1;
            let Snapshot { listed, row } = &world.snapshots[&id];
            let row = row.clone().unwrap_or_default();
            let gib = row["VolumeSize"].as_u64().or(listed.iter().min().copied());
            let full = row["FullSnapshotSizeInBytes"].as_u64().filter(|bytes| *bytes > 0);
            match full.or(gib.map(|gib| gib * 1024 * 1024 * 1024)) {
                Some(bytes) if row["StorageTier"] == "archive" => archived += bytes,
                Some(bytes) => standard += bytes,
                None => unknown += 1,
            }
        }
    }
    json!({
        "snapshots": snapshots,
        "snapshotBytesAtMost": standard,
        "archivedBytesAtMost": archived,
        "snapshotsOfUnknownSize": unknown,
        "containers": containers,
        "containerBytesAtMost": 0,
        "containersOfUnknownSize": containers,
    })
}

fn summary(images: &[Value]) -> Value {
    let mut summary = json!({});
    for verdict in ["DEPRECATE", "DISABLE", "DELETE", "SKIP", "KEEP", "IGNORE"] {
        summary[verdict] = json!(images.iter().filter(|row| row["verdict"] == verdict).count());
    }
    summary
}

/// What the next run starts from.
fn apply(world: &mut World, images: &[Value]) {
    for row in images {
        let arn = string(&row["arn"]);
        if row["verdict"] == "DELETE" && row["after"] == "DELETED" {
            world.gone.insert(arn.clone());
        }
        if let Some(image) = world.images.get_mut(&arn) {
            image["state"]["status"] = row["after"].clone();
        }
    }
    let outputs = || images.iter().flat_map(|row| list(&row["outputs"]));
    let with = |verdict: &'static str| outputs().filter(move |output| output["verdict"] == verdict);
    let tag = ("DeprecatedBy".to_owned(), "EC2 Image Builder".to_owned());
    for output in with("DEPRECATE").filter(|output| output["kind"] == "AMI") {
        world.amis.entry(string(&output["id"])).or_default().tags.push(tag.clone());
    }
    for output in with("DISABLE") {
        world.sealed.insert(string(&output["id"]));
        if let Some(ami) = world.amis.get_mut(&string(&output["id"])) {
            ami.tags.retain(|known| *known != tag);
        }
    }
    for output in with("DELETE") {
        world.deregistered.insert(string(&output["id"]));
    }
}

/// The first rule whose AMI exclusions ask for facts that an AMI in scope has not got.
fn missing_facts(policy: &Value, root: &str, world: &World, assumed: &Assumed) -> Vec<Value> {
    let asks = |rule: &Value| {
        let amis = &rule["exclusionRules"]["amis"];
        let asked = ["tagMap", "sharedAccounts", "lastLaunched"].iter().any(|name| !amis[name].is_null());
        rule["action"]["includeResources"]["amis"] == true && (asked || amis["isPublic"] == true)
    };
    let mut rules =
        ["DEPRECATE", "DISABLE", "DELETE"].into_iter().filter_map(|action| rule_of(policy, action));
    let Some((index, _)) = rules.find(|(_, rule)| asks(rule)) else { return Vec::new() };
    let considered = world.images.values().filter(|image| ignored(policy, world, assumed, image).is_none());
    let unknown = |id: &String| !world.amis.get(id).is_some_and(|ami| ami.described);
    if !considered.flat_map(ami_ids).any(|id| unknown(&id)) {
        return Vec::new();
    }
    vec![json!({
        "code": "ami-facts-missing",
        "severity": "warning",
        "path": format!("{root}/policyDetails/{index}/exclusionRules/amis"),
    })]
}

// Ages.

fn arithmetic(assumed: &Assumed) -> &'static str {
    assumed.0.get("month-arithmetic").copied().unwrap_or("calendar-back")
}

fn is_old_enough(rule: &Value, created: Time, assumed: &Assumed, now: Time) -> bool {
    let order = compare(&rule["filter"], created, now, arithmetic(assumed));
    order.is_gt() || (order.is_eq() && !assumed.is("age-at-threshold", "too-young"))
}

/// How old something is beside a period.
fn compare(period: &Value, created: Time, now: Time, arithmetic: &str) -> std::cmp::Ordering {
    match arithmetic {
        "calendar-forward" => now.cmp(&forward(created, period)),
        "fixed-days" => fixed(now, period).cmp(&created),
        _ => back(now, period).cmp(&created),
    }
}

/// A number and a unit as months, or as days.
enum Length {
    Days(u64),
    Months(u32),
}

fn length(period: &Value) -> Length {
    let value = period["value"].as_u64().unwrap();
    match period["unit"].as_str().unwrap() {
        "DAYS" => Length::Days(value),
        "WEEKS" => Length::Days(7 * value),
        "MONTHS" => Length::Months(value as u32),
        _ => Length::Months(12 * value as u32),
    }
}

/// `now` minus the period, on the calendar.
fn back(now: Time, period: &Value) -> Time {
    match length(period) {
        Length::Days(days) => now - Days::new(days),
        Length::Months(months) => now - Months::new(months),
    }
}

/// The creation plus the period, on the calendar.
fn forward(created: Time, period: &Value) -> Time {
    match length(period) {
        Length::Days(days) => created + Days::new(days),
        Length::Months(months) => created + Months::new(months),
    }
}

/// `now` minus the period, with months of 30 and years of 365 days.
fn fixed(now: Time, period: &Value) -> Time {
    let days = match period["unit"].as_str().unwrap() {
        "DAYS" => 1,
        "WEEKS" => 7,
        "MONTHS" => 30,
        _ => 365,
    };
    now - Days::new(days * period["value"].as_u64().unwrap())
}

/// The instants within a day of now at which anything can change: an age counted back from now is reached or
/// lost only at midnight or at the time of day at which the image was created.
fn instants_within_a_day(now: Time, created: Time) -> Vec<Time> {
    let (first, last) = (now - Days::new(1), now + Days::new(1));
    let mut instants = vec![first, last];
    for date in [first, now, last].map(|at| at.date_naive()) {
        for time in [NaiveTime::MIN, created.time()] {
            let at = date.and_time(time).and_utc();
            instants.extend([at, at - TimeDelta::milliseconds(1)]);
        }
    }
    instants.retain(|at| (first..=last).contains(at));
    instants
}

// Small things.

fn created(image: &Value) -> Time {
    time(image["dateCreated"].as_str().unwrap())
}

fn time(text: &str) -> Time {
    text.parse().unwrap()
}

fn written(at: Time) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}

fn normalised(name: &str) -> String {
    name.to_lowercase().replace([' ', '_'], "-")
}

fn any_tag(wanted: &Value, tags: &[(String, String)]) -> bool {
    pairs(wanted).iter().any(|pair| tags.contains(pair))
}

fn pairs(map: &Value) -> Vec<(String, String)> {
    let members = map.as_object().into_iter().flatten();
    members.map(|(key, value)| (key.clone(), string(value))).collect()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
