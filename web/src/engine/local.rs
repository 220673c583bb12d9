//! The lifecycle API of this page: a service with a clock of its own on the loaded inventory. It is asked as a client
//! of AWS asks it, request by request, and what it answers is made rows of.

use std::collections::HashMap;
use std::sync::Arc;

use afterimage_inventory::Group;
use afterimage_inventory::GroupId;
use afterimage_inventory::ImageType;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::sort;
use afterimage_policy::json::Json;
use afterimage_policy::model::normalised_name;
use afterimage_service::Request;
use afterimage_service::Service;
use afterimage_service::Settings;
use serde_json::Value;
use serde_json::json;

use crate::engine::compiled::assumptions;
use crate::protocol::Act;
use crate::protocol::ExecutionRow;
use crate::protocol::Ground;
use crate::protocol::ImageNow;
use crate::protocol::Impact;
use crate::protocol::PolicyRow;
use crate::protocol::ResourceRow;
use crate::protocol::Resources;
use crate::protocol::Serve;
use crate::protocol::Served;
use crate::protocol::SnapshotState;
use crate::protocol::Spare;
use crate::protocol::Update;
use crate::protocol::Viewed;

/// The clock starts this long before tonight's run, so that the first run is the one on screen.
const BEFORE: i64 = 60_000;
/// Images that are looked at by daily runs in one turn of the worker, roughly.
const TURN: usize = 2_000_000;
const LONGEST_TURN: i64 = 92;
/// The most that one request lists.
const PAGE: u32 = 100;
/// Images of an execution that are counted.
const COUNTED: u32 = 1000;
/// AMIs of an image that are listed.
const OUTPUTS: u32 = 500;
/// Roles are not looked at, and an update must have one.
const ROLE: &str = "ImageBuilderLifecycleRole";

/// Where the local service is kept.
#[derive(Default)]
pub(super) struct Desk {
    local: Option<Local>,
    /// Services that there have been.
    begun: u32,
    /// Seconds that an execution takes for each image.
    pace: u32,
    /// An inventory took a service with it that had something to tell.
    lost: bool,
}

impl Desk {
    /// Lets go of the service and its inventory.
    pub(super) fn clear(&mut self) {
        let local = self.local.take();
        self.lost |= local.is_some_and(|local| local.touched);
    }

    pub(super) fn serve(&mut self, inventory: &Arc<Inventory>, asked: &Serve) -> Served {
        let ground = &asked.ground;
        if let Some(Act::Begin { pace }) = asked.act {
            (self.pace, self.local) = (pace, None);
        }
        // Nothing has happened yet, so the service may as well begin with what the page says now.
        let outlived = |local: &Local| !local.touched && !local.is_of(ground);
        if self.local.as_ref().is_none_or(outlived) {
            self.begun = self.begun.wrapping_add(1);
            match Local::new(inventory, ground, self.pace, self.begun) {
                Ok(local) => self.local = Some(local),
                Err(refused) => {
                    self.local = None;
                    return Served { refused: Some(refused), ..Served::default() };
                }
            }
        }
        let Some(local) = &mut self.local else { return Served::default() };
        local.follow(&ground.policies);
        let mut served = Served { lost: std::mem::take(&mut self.lost), ..Served::default() };
        match &asked.act {
            None | Some(Act::Begin { .. }) => Ok(()),
            Some(Act::Run { of: Some(of), .. }) if *of != local.number => Ok(()),
            Some(Act::Run { to, .. }) => local.run(*to, inventory.len()).map(|rest| served.to = rest),
            Some(Act::Cancel(id)) => local.cancel(id),
            Some(Act::Update(update)) => local.update(update).map(|id| served.started = id),
        }
        .unwrap_or_else(|refused| served.refused = Some(refused));
        local.show(&asked.view, &mut served);
        served.elsewhere = elsewhere(inventory, &served);
        if let Some(about) = &mut served.about {
            outputs(inventory, about);
        }
        served
    }
}

/// How many images are not at the service's home.
fn elsewhere(inventory: &Inventory, served: &Served) -> u32 {
    let count = |(group, number): (&Group, u32)| {
        let is_home =
            inventory.text(group.account) == served.account && inventory.text(group.region) == served.region;
        if is_home { 0 } else { inventory.group_rows(GroupId(number)).len() as u32 }
    };
    inventory.groups.iter().zip(0..).map(count).sum()
}

/// What the service is told of one of the page's policies.
struct Known {
    id: String,
    text: String,
    arn: Option<String>,
    refused: Option<String>,
}

/// Who executions are listed of.
struct Subject {
    arn: String,
    /// Name of a policy, or the ARN of an image.
    name: String,
    by_hand: bool,
}

struct Local {
    service: Service,
    number: u32,
    /// Something has been run or changed.
    touched: bool,
    now: i64,
    assume: Vec<String>,
    known: Vec<Known>,
    subjects: Vec<Subject>,
    tokens: u64,
    /// Of executions that have ended.
    impacts: HashMap<String, Impact>,
}

impl Local {
    fn new(inventory: &Arc<Inventory>, ground: &Ground, pace: u32, number: u32) -> Result<Self, String> {
        let settings = Settings {
            now: Instant(ground.now.saturating_sub(BEFORE)),
            daily_run_at: (ground.now.rem_euclid(Instant::DAY) / 1000) as u32,
            seed: number.into(),
            seconds_per_resource: pace,
            assumptions: assumptions(&ground.assume),
            ..Settings::home_of(inventory, Instant(ground.now))
        };
        let service = Service::new(Arc::clone(inventory), settings).map_err(|error| error.to_string())?;
        Ok(Self {
            service,
            number,
            touched: false,
            now: ground.now,
            assume: ground.assume.clone(),
            known: Vec::new(),
            subjects: Vec::new(),
            tokens: 0,
            impacts: HashMap::new(),
        })
    }

    fn is_of(&self, ground: &Ground) -> bool {
        self.now == ground.now && self.assume == ground.assume
    }

    /// One request of the API: what it answers, or the error's name and words.
    fn send(&mut self, method: &str, target: &str, body: &str) -> Result<Value, String> {
        let response = self.service.handle(&Request { method, target, body: body.as_bytes() });
        let answer: Value = serde_json::from_str(&response.body).unwrap_or_default();
        if response.status == 200 {
            return Ok(answer);
        }
        let name = response.headers.iter().find(|(name, _)| *name == "x-amzn-errortype");
        let name = name.map_or("", |(_, name)| name.as_str());
        Err(format!("{name}: {}", text(&answer, "/message")))
    }

    fn token(&mut self) -> String {
        self.tokens = self.tokens.wrapping_add(1);
        format!("page-{}", self.tokens)
    }

    /// The items of a list, page by page, and whether there are more.
    fn list(
        &mut self,
        operation: &str,
        body: &Value,
        items: &str,
        most: u32,
    ) -> Result<(Vec<Value>, bool), String> {
        let mut all = Vec::new();
        let mut body = body.clone();
        loop {
            let left = most.saturating_sub(all.len() as u32);
            if left == 0 {
                return Ok((all, true));
            }
            body["maxResults"] = left.min(PAGE).into();
            let mut answer = self.send("POST", &format!("/{operation}"), &body.to_string())?;
            if let Some(Value::Array(list)) = answer.get_mut(items).map(Value::take) {
                all.extend(list);
            }
            match answer.get_mut("nextToken").map(Value::take) {
                Some(Value::String(token)) => body["nextToken"] = token.into(),
                _ => return Ok((all, false)),
            }
        }
    }

    /// Has the service know the page's policies as they are: what is new is created, what has changed is updated,
    /// and what is gone deleted. A policy that is renamed is another one to AWS.
    fn follow(&mut self, policies: &[(String, String)]) {
        let same = |(known, (id, text)): (&Known, &(String, String))| known.id == *id && known.text == *text;
        if self.known.len() == policies.len() && self.known.iter().zip(policies).all(same) {
            return;
        }
        let mut old = std::mem::take(&mut self.known);
        for known in &mut old {
            let text = policies.iter().find(|(id, _)| *id == known.id).map(|(_, text)| text);
            let stays = |arn: &str| text.is_some_and(|text| is_named(arn, text));
            if let Some(arn) = known.arn.take_if(|arn| !stays(arn)) {
                // It is there, so nothing is refused.
                let _ = self.send(
                    "DELETE",
                    &format!("/DeleteLifecyclePolicy?lifecyclePolicyArn={}", escaped(&arn)),
                    "",
                );
                let listed =
                    self.list("ListLifecycleExecutions", &json!({ "resourceArn": arn }), EXECUTIONS, 1);
                if listed.is_ok_and(|(executions, _)| executions.is_empty()) {
                    self.subjects.retain(|subject| subject.arn != arn);
                }
            }
        }
        for (id, text) in policies {
            let known = old.iter_mut().find(|known| known.id == *id);
            let (arn, same, refused) = known.map_or((None, false, None), |known| {
                (known.arn.take(), known.text == *text, known.refused.take())
            });
            let told = match &arn {
                Some(arn) if same && refused.is_none() => Ok(arn.clone()),
                _ => self.tell(text, arn.as_deref()),
            };
            let (arn, refused) = match told {
                Ok(arn) => (Some(arn), None),
                Err(refused) => (arn, Some(refused)),
            };
            self.known.push(Known { id: id.clone(), text: text.clone(), arn, refused });
        }
    }

    /// Creates a policy, or updates the one with this ARN.
    fn tell(&mut self, text: &str, arn: Option<&str>) -> Result<String, String> {
        let reading = afterimage_policy::read_json(text);
        // What is wrong stays in, for the service to say so.
        let request = reading.create_request().unwrap_or_else(|| text.to_owned());
        let mut request = crate::state::apart(&crate::state::parsed(&request));
        if !matches!(request, Json::Object(_)) {
            request = Json::Object(Vec::new());
        }
        request.set("/clientToken", Json::String(self.token()));
        let operation = match arn {
            None => "/CreateLifecyclePolicy",
            Some(arn) => {
                request.set("/lifecyclePolicyArn", Json::String(arn.to_owned()));
                "/UpdateLifecyclePolicy"
            }
        };
        let told = self.send("PUT", operation, &request.pretty())?;
        let arn = self::text(&told, "/lifecyclePolicyArn");
        if self.subjects.iter().all(|subject| subject.arn != arn) {
            let name = crate::state::name_of(text);
            self.subjects.push(Subject { arn: arn.clone(), name, by_hand: false });
        }
        Ok(arn)
    }

    /// Moves the clock as far as one turn goes; where it is still to go.
    fn run(&mut self, to: i64, images: usize) -> Result<Option<i64>, String> {
        let refuse = |error: afterimage_service::ClockError| error.to_string();
        self.service.check_move(Instant(to)).map_err(refuse)?;
        let work = images.saturating_mul(self.known.len()).max(1);
        let days = ((TURN / work) as i64).clamp(1, LONGEST_TURN);
        let stop = to.min(self.service.now().0.saturating_add(days * Instant::DAY));
        self.service.advance(Instant(stop)).map_err(refuse)?;
        self.touched = true;
        Ok(Some(to).filter(|to| stop < *to))
    }

    fn cancel(&mut self, id: &str) -> Result<(), String> {
        let body = json!({ "lifecycleExecutionId": id, "clientToken": self.token() });
        self.send("PUT", "/CancelLifecycleExecution", &body.to_string()).map(|_| ())
    }

    /// The ID of the execution that an update starts, when it is not done at once.
    fn update(&mut self, update: &Update) -> Result<Option<String>, String> {
        let Update { image, status, amis, snapshots, containers, at, spare } = update;
        let mut body = json!({
            "resourceArn": image,
            "state": { "status": status },
            "clientToken": self.token(),
        });
        let mut include = json!({});
        for (name, on) in [("amis", amis), ("snapshots", snapshots), ("containers", containers)] {
            if *on {
                include[name] = true.into();
                body["executionRole"] = ROLE.into();
            }
        }
        if include != json!({}) {
            body["includeResources"] = include;
        }
        if let Some(at) = at {
            body["updateAt"] = (at / 1000).into();
        }
        let exclude = exclusions(spare);
        if exclude != json!({}) {
            body["exclusionRules"] = json!({ "amis": exclude });
        }
        let done = self.send("PUT", "/StartResourceStateUpdate", &body.to_string())?;
        self.touched = true;
        let id = done.pointer("/lifecycleExecutionId").and_then(Value::as_str).map(str::to_owned);
        if id.is_some() && self.subjects.iter().all(|subject| subject.arn != *image) {
            self.subjects.push(Subject { arn: image.clone(), name: image.clone(), by_hand: true });
        }
        Ok(id)
    }

    fn show(&mut self, view: &Viewed, served: &mut Served) {
        let settings = self.service.settings();
        served.service = self.number;
        served.touched = self.touched;
        served.now = self.service.now().0;
        served.pace = settings.seconds_per_resource;
        served.account.clone_from(&settings.account);
        served.region.clone_from(&settings.region);
        let (of_day, now) = (i64::from(settings.daily_run_at) * 1000, served.now);
        served.next = now - (now - of_day).rem_euclid(Instant::DAY) + Instant::DAY;
        served.policies = self.policies();
        (served.executions, served.more) = self.executions(view);
        served.open = view.open.as_ref().and_then(|id| self.open(id, view));
        served.about = view.about.as_ref().map(|arn| self.about(arn));
    }

    fn policies(&mut self) -> Vec<PolicyRow> {
        let listed = self.list("ListLifecyclePolicies", &json!({}), "lifecyclePolicySummaryList", u32::MAX);
        let listed = listed.map(|(policies, _)| policies).unwrap_or_default();
        let row = |known: &Known| {
            let own = listed.iter().find(|policy| Some(text(policy, "/arn")) == known.arn);
            PolicyRow {
                name: own.map_or_else(|| crate::state::name_of(&known.text), |own| text(own, "/name")),
                arn: known.arn.clone().unwrap_or_default(),
                enabled: own.is_some_and(|own| text(own, "/status") == "ENABLED"),
                last_run: own.and_then(|own| millis(own, "/dateLastRun")),
                refused: known.refused.clone(),
            }
        };
        self.known.iter().map(row).collect()
    }

    /// The newest executions, and whether there are more.
    fn executions(&mut self, view: &Viewed) -> (Vec<ExecutionRow>, bool) {
        let is_wanted = |subject: &&Subject| view.policy.as_ref().is_none_or(|policy| *policy == subject.arn);
        let wanted: Vec<(String, String, bool)> = self
            .subjects
            .iter()
            .filter(is_wanted)
            .map(|subject| (subject.arn.clone(), subject.name.clone(), subject.by_hand))
            .collect();
        let (mut rows, mut more) = (Vec::new(), false);
        for (arn, name, by_hand) in wanted {
            let asked = json!({ "resourceArn": arn });
            let listed = self.list("ListLifecycleExecutions", &asked, EXECUTIONS, view.executions);
            let (listed, has_more) = listed.unwrap_or_default();
            more |= has_more;
            rows.extend(listed.iter().map(|execution| {
                let row = ExecutionRow {
                    id: text(execution, "/lifecycleExecutionId"),
                    subject: name.clone(),
                    by_hand,
                    started: millis(execution, "/startTime").unwrap_or_default(),
                    ended: millis(execution, "/endTime"),
                    status: text(execution, "/state/status"),
                    reason: text(execution, "/state/reason"),
                    impact: Impact::default(),
                };
                (row, has_images(execution))
            }));
        }
        sort::sort_by_key(&mut rows, |(row, _)| std::cmp::Reverse(row.started));
        more |= rows.len() > view.executions as usize;
        rows.truncate(view.executions as usize);
        // Only those on screen are counted.
        let counted = rows.into_iter().map(|(row, has_images)| {
            let impact = self.impact(&row.id, row.ended.is_some(), has_images);
            ExecutionRow { impact, ..row }
        });
        (counted.collect(), more)
    }

    /// What an execution makes of its images, if it has any.
    fn impact(&mut self, id: &str, has_ended: bool, has_images: bool) -> Impact {
        if let Some(impact) = self.impacts.get(id) {
            return impact.clone();
        }
        let listed = self.list(RESOURCES, &json!({ "lifecycleExecutionId": id }), "resources", COUNTED);
        let (resources, more) = listed.unwrap_or_default();
        let mut counts = ENDS.map(|key| (key.to_owned(), 0));
        for resource in &resources {
            let status = text(resource, "/state/status");
            let key = if status == "SUCCESS" { text(resource, "/action/name") } else { status };
            if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == key) {
                *count += 1;
            }
        }
        let counts: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
        let impact = Impact { forgotten: has_images && counts.is_empty(), counts, more };
        if has_ended {
            self.impacts.insert(id.to_owned(), impact.clone());
        }
        impact
    }

    /// One execution with its images, or with the AMIs of one of them.
    fn open(&mut self, id: &str, view: &Viewed) -> Option<Resources> {
        let target = format!("/GetLifecycleExecution?lifecycleExecutionId={}", escaped(id));
        let found = self.send("GET", &target, "").ok()?;
        let execution = found.get("lifecycleExecution")?;
        let policy = text(execution, "/lifecyclePolicyArn");
        let mut asked = json!({ "lifecycleExecutionId": id });
        let most = match &view.image {
            None => view.resources,
            Some(image) => {
                asked["parentResourceId"] = image.as_str().into();
                OUTPUTS
            }
        };
        let (resources, more) = self.list(RESOURCES, &asked, "resources", most).unwrap_or_default();
        let ended = millis(execution, "/endTime");
        let impact = self.impact(id, ended.is_some(), has_images(execution));
        let of = |subject: &&Subject| subject.arn == policy;
        let by_hand = policy.is_empty();
        let subject = if by_hand {
            // It is about one image, which is the first.
            let first = self.list(RESOURCES, &json!({ "lifecycleExecutionId": id }), "resources", 1);
            first.ok().and_then(|(list, _)| Some(text(list.first()?, "/resourceId"))).unwrap_or_default()
        } else {
            self.subjects.iter().find(of).map_or_else(String::new, |subject| subject.name.clone())
        };
        Some(Resources {
            execution: ExecutionRow {
                id: id.to_owned(),
                subject,
                by_hand,
                started: millis(execution, "/startTime").unwrap_or_default(),
                ended,
                status: text(execution, "/state/status"),
                reason: text(execution, "/state/reason"),
                impact,
            },
            image: view.image.clone(),
            rows: resources.iter().map(resource).collect(),
            more,
        })
    }

    fn about(&mut self, arn: &str) -> ImageNow {
        let target = format!("/GetImage?imageBuildVersionArn={}", escaped(arn));
        let image = self.send("GET", &target, "").unwrap_or_default();
        ImageNow {
            arn: arn.to_owned(),
            status: text(&image, "/image/state/status"),
            deprecation: millis(&image, "/image/deprecationTime"),
            ..ImageNow::default()
        }
    }
}

/// How an image may come out of an execution: actions that succeeded, and states.
const ENDS: [&str; 7] = ["DEPRECATE", "DISABLE", "DELETE", "AVAILABLE", "FAILED", "SKIPPED", "IN_PROGRESS"];
const EXECUTIONS: &str = "lifecycleExecutions";
const RESOURCES: &str = "ListLifecycleExecutionResources";

/// Whether an execution is about any image, be it listed or not.
fn has_images(execution: &Value) -> bool {
    execution.pointer("/resourcesImpactedSummary/hasImpactedResources") == Some(&Value::Bool(true))
}

/// Counts what an image was loaded with.
fn outputs(inventory: &Inventory, about: &mut ImageNow) {
    let Some(image) = inventory.find_image(&about.arn) else { return };
    about.is_container = inventory.images.image_type.get(image) == Some(&ImageType::Docker);
    about.containers = inventory.images.containers(image).len() as u32;
    let amis = inventory.images.ami_outputs(image).filter_map(|row| inventory.ami_outputs.ami.get(row));
    for ami in amis {
        about.amis += 1;
        about.snapshots += inventory.amis.snapshots(*ami).len() as u32;
    }
}

/// AMI exclusions as the API writes them.
fn exclusions(spare: &Spare) -> Value {
    let mut exclude = json!({});
    if spare.public {
        exclude["isPublic"] = true.into();
    }
    if !spare.regions.is_empty() {
        exclude["regions"] = spare.regions.clone().into();
    }
    if !spare.accounts.is_empty() {
        exclude["sharedAccounts"] = spare.accounts.clone().into();
    }
    if let Some(days) = spare.launched {
        exclude["lastLaunched"] = json!({ "value": days, "unit": "DAYS" });
    }
    for (key, value) in &spare.tags {
        exclude["tagMap"][key] = value.as_str().into();
    }
    exclude
}

fn resource(resource: &Value) -> ResourceRow {
    let snapshot = |snapshot: &Value| SnapshotState {
        id: text(snapshot, "/snapshotId"),
        status: text(snapshot, "/state/status"),
        reason: text(snapshot, "/state/reason"),
    };
    ResourceRow {
        id: text(resource, "/resourceId"),
        account: text(resource, "/accountId"),
        region: text(resource, "/region"),
        action: text(resource, "/action/name"),
        why: text(resource, "/action/reason"),
        status: text(resource, "/state/status"),
        reason: text(resource, "/state/reason"),
        ended: millis(resource, "/endTime"),
        snapshots: match resource.get("snapshots") {
            Some(Value::Array(snapshots)) => snapshots.iter().map(snapshot).collect(),
            _ => Vec::new(),
        },
    }
}

/// A string in an answer, empty when it is not there.
fn text(answer: &Value, pointer: &str) -> String {
    answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A time in an answer, which has it in seconds.
fn millis(answer: &Value, pointer: &str) -> Option<i64> {
    let seconds = answer.pointer(pointer).and_then(Value::as_f64)?;
    Some((seconds * 1000.0).round() as i64)
}

/// Whether a policy's ARN is that of the name in a text.
fn is_named(arn: &str, policy: &str) -> bool {
    let document = afterimage_policy::read_json(policy).document;
    let name = document.name.as_deref().map(normalised_name);
    arn.rsplit_once('/').map(|(_, own)| own) == name.as_deref()
}

/// A value in the query of an address.
fn escaped(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~:/".contains(&byte);
    value
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests;
