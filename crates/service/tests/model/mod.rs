//! The documented state machine, written down as plainly as possible: time goes by in ticks of half an hour, and
//! everything is a list that is looked through from the start.

use serde_json::Value;
use serde_json::json;

/// Seconds in a tick.
pub(crate) const TICK: i64 = 1800;
/// Ticks in a day.
const DAY: i64 = 48;
/// When the clock starts: 2026-06-01T00:00:00Z.
pub(crate) const START: i64 = 1_780_272_000;
pub(crate) const ACCOUNT: &str = "123456789012";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Available,
    Deprecate,
    Disable,
    Delete,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    Failed,
    Skipped,
    /// The AMI was gone before: a success of which nothing becomes.
    Gone,
}

#[derive(Debug, Clone)]
pub(crate) struct Ami {
    pub(crate) id: String,
    /// `State` of EC2.
    pub(crate) exported: &'static str,
    pub(crate) public: bool,
    pub(crate) protected: bool,
    pub(crate) state: Option<&'static str>,
}

#[derive(Debug, Clone)]
pub(crate) struct Image {
    pub(crate) recipe: &'static str,
    pub(crate) build: usize,
    /// In ticks, and never after the start.
    pub(crate) created: i64,
    /// `None`: its record is gone.
    pub(crate) status: Option<&'static str>,
    pub(crate) pinned: bool,
    pub(crate) amis: Vec<Ami>,
    /// In ticks.
    pub(crate) deprecation: Option<i64>,
    pub(crate) execution: Option<usize>,
}

#[derive(Debug, Clone)]
pub(crate) struct Rule {
    pub(crate) action: Action,
    /// Days, or how many to keep.
    pub(crate) age: Option<i64>,
    pub(crate) keep: usize,
    pub(crate) amis: bool,
    pub(crate) spares_pinned: bool,
    pub(crate) spares_public: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Policy {
    pub(crate) name: String,
    pub(crate) enabled: bool,
    pub(crate) recipe: &'static str,
    pub(crate) rules: Vec<Rule>,
}

#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) image: usize,
    pub(crate) action: Action,
    pub(crate) end: End,
    /// AMIs that the action is about, and how it ends for each.
    pub(crate) amis: Vec<(usize, End)>,
    pub(crate) began: Option<i64>,
    pub(crate) ended: Option<i64>,
    /// Others had changed the image when its turn came.
    pub(crate) late: bool,
}

#[derive(Debug, Clone)]
pub(crate) struct Execution {
    /// Name of the policy; `None`: a caller asked.
    pub(crate) policy: Option<String>,
    pub(crate) started: i64,
    pub(crate) status: &'static str,
    /// Tick of the next step, if it comes by itself.
    pub(crate) due: Option<i64>,
    pub(crate) ended: Option<i64>,
    pub(crate) items: Vec<Item>,
    /// It had items when it began.
    pub(crate) found_some: bool,
    pub(crate) in_run: u32,
}

#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) now: i64,
    /// Ticks that an image takes.
    pub(crate) takes: i64,
    pub(crate) per_run: Option<u32>,
    /// Tick of the day.
    pub(crate) run_at: i64,
    pub(crate) images: Vec<Image>,
    pub(crate) policies: Vec<Policy>,
    pub(crate) executions: Vec<Execution>,
}

impl Action {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Available => "AVAILABLE",
            Self::Deprecate => "DEPRECATE",
            Self::Disable => "DISABLE",
            Self::Delete => "DELETE",
        }
    }

    pub(crate) fn target(self) -> &'static str {
        match self {
            Self::Available => "AVAILABLE",
            Self::Deprecate => "DEPRECATED",
            Self::Disable => "DISABLED",
            Self::Delete => "DELETED",
        }
    }

    fn from(self) -> &'static [&'static str] {
        match self {
            Self::Available => &["DEPRECATED", "DISABLED"],
            Self::Deprecate => &["AVAILABLE"],
            Self::Disable => &["AVAILABLE", "DEPRECATED"],
            Self::Delete => &["AVAILABLE", "DEPRECATED", "DISABLED", "FAILED", "CANCELLED"],
        }
    }
}

impl Ami {
    fn is_gone(&self) -> bool {
        self.exported == "deregistered" || self.state == Some("DELETED")
    }
}

impl Image {
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:imagebuilder:us-west-2:{ACCOUNT}:image/{}/1.0.0/{}", self.recipe, self.build)
    }

    pub(crate) fn can(&self, action: Action) -> bool {
        self.status.is_some_and(|status| action.from().contains(&status))
    }

    fn failed(&self) -> bool {
        matches!(self.status, Some("FAILED" | "CANCELLED"))
    }
}

impl Policy {
    pub(crate) fn arn(&self) -> String {
        format!("arn:aws:imagebuilder:us-west-2:{ACCOUNT}:lifecycle-policy/{}", self.name)
    }

    /// Everything of the create request but the token.
    pub(crate) fn document(&self) -> Value {
        let rule = |rule: &Rule| {
            let mut action = json!({ "type": rule.action.name() });
            if rule.amis {
                action["includeResources"] = json!({ "amis": true });
            }
            let filter = match rule.age {
                Some(days) if rule.keep > 0 => {
                    json!({ "type": "AGE", "value": days, "unit": "DAYS", "retainAtLeast": rule.keep })
                }
                Some(days) => json!({ "type": "AGE", "value": days, "unit": "DAYS" }),
                None => json!({ "type": "COUNT", "value": rule.keep }),
            };
            let mut excluded = json!({});
            if rule.spares_pinned {
                excluded["tagMap"] = json!({ "pin": "yes" });
            }
            if rule.spares_public {
                excluded["amis"] = json!({ "isPublic": true });
            }
            json!({ "action": action, "filter": filter, "exclusionRules": excluded })
        };
        json!({
            "name": self.name,
            "status": if self.enabled { "ENABLED" } else { "DISABLED" },
            "executionRole": "lifecycle",
            "resourceType": "AMI_IMAGE",
            "policyDetails": self.rules.iter().map(rule).collect::<Vec<_>>(),
            "resourceSelection": { "recipes": [{ "name": self.recipe, "semanticVersion": "x.x.x" }] },
        })
    }
}

impl Execution {
    pub(crate) fn is_open(&self) -> bool {
        self.ended.is_none()
    }

    fn current(&self) -> Option<usize> {
        self.items.iter().position(|item| item.ended.is_none())
    }
}

impl Model {
    pub(crate) fn advance(&mut self, ticks: i64) {
        for _ in 0..ticks {
            self.now += 1;
            for number in 0..self.executions.len() {
                if self.executions[number].due == Some(self.now) {
                    self.go_on(number);
                }
            }
            if self.now.rem_euclid(DAY) == self.run_at {
                self.daily_run();
            }
        }
    }

    fn daily_run(&mut self) {
        let mut policies: Vec<Policy> =
            self.policies.iter().filter(|policy| policy.enabled).cloned().collect();
        policies.sort_by(|a, b| a.name.cmp(&b.name));
        for policy in policies {
            let open = self
                .executions
                .iter()
                .position(|execution| execution.policy.as_ref() == Some(&policy.name) && execution.is_open());
            match open {
                Some(open) if self.executions[open].status == "PENDING" => self.resume(open),
                Some(_) => {}
                None => {
                    let items = self.identify(&policy);
                    self.start(Some(policy.name), items, None);
                }
            }
        }
    }

    pub(crate) fn start(&mut self, policy: Option<String>, items: Vec<Item>, at: Option<i64>) {
        self.executions.push(Execution {
            policy,
            started: self.now,
            status: "PENDING",
            due: at,
            ended: None,
            found_some: !items.is_empty(),
            items,
            in_run: 0,
        });
        self.forget();
        if at.is_none() {
            self.resume(self.executions.len() - 1);
        }
    }

    /// Of all but the newest seven executions of each policy only those images are kept of which something
    /// became.
    fn forget(&mut self) {
        for number in 0..self.executions.len() {
            let policy = self.executions[number].policy.clone();
            let newer = &self.executions[number + 1..];
            if policy.is_some() && newer.iter().filter(|newer| newer.policy == policy).count() >= 7 {
                self.executions[number].items.retain(|item| {
                    let changed = item.end == End::Success && !item.late;
                    item.ended.is_some() && (changed || item.amis.iter().any(|(_, end)| *end == End::Success))
                });
            }
        }
    }

    fn resume(&mut self, number: usize) {
        self.executions[number].in_run = 0;
        self.begin_next(number);
    }

    fn begin_next(&mut self, number: usize) {
        loop {
            let (now, takes, per_run) = (self.now, self.takes, self.per_run);
            let execution = &mut self.executions[number];
            execution.due = None;
            let Some(next) = execution.current() else {
                let failed = execution.items.iter().any(|item| item.end == End::Failed);
                execution.status = if failed { "FAILED" } else { "SUCCESS" };
                execution.ended = Some(now);
                return;
            };
            if per_run == Some(execution.in_run) {
                execution.status = "PENDING";
                return;
            }
            execution.status = "IN_PROGRESS";
            execution.items[next].began = Some(now);
            if takes > 0 {
                execution.due = Some(now + takes);
                return;
            }
            self.finish(number);
        }
    }

    fn go_on(&mut self, number: usize) {
        match self.executions[number].status {
            "PENDING" => {
                let image = &mut self.images[self.executions[number].items[0].image];
                if image.status == Some("AVAILABLE") {
                    image.deprecation = Some(self.now);
                }
                self.resume(number);
            }
            "CANCELLING" => {
                self.finish(number);
                self.end_cancelled(number);
            }
            _ => {
                self.finish(number);
                self.begin_next(number);
            }
        }
    }

    fn end_cancelled(&mut self, number: usize) {
        let execution = &mut self.executions[number];
        (execution.status, execution.ended, execution.due) = ("CANCELLED", Some(self.now), None);
    }

    fn finish(&mut self, number: usize) {
        let execution = &mut self.executions[number];
        let current = execution.current().unwrap();
        execution.in_run += 1;
        let item = &mut execution.items[current];
        item.ended = Some(self.now);
        let image = &mut self.images[item.image];
        if !image.can(item.action) {
            let succeed = |end: &mut End| {
                if *end == End::Failed {
                    *end = End::Success
                }
            };
            item.late = true;
            succeed(&mut item.end);
            item.amis.iter_mut().for_each(|(_, end)| succeed(end));
            return;
        }
        let acted = item.amis.iter().any(|(_, end)| *end == End::Success);
        for &(ami, end) in &item.amis {
            let ami = &mut image.amis[ami];
            if end == End::Success && !ami.is_gone() {
                ami.state = Some(item.action.target());
                // Disabled AMIs are nobody's but their owner's, for ever.
                ami.public &= item.action != Action::Disable;
            }
        }
        let (end, image, action) = (item.end, item.image, item.action);
        if end == End::Success || acted {
            self.images[image].execution = Some(number);
        }
        if end == End::Success {
            self.change(image, action);
        }
    }

    pub(crate) fn change(&mut self, image: usize, action: Action) {
        let image = &mut self.images[image];
        image.status = (action != Action::Delete).then_some(action.target());
        match action {
            Action::Available => image.deprecation = None,
            Action::Deprecate => image.deprecation = Some(self.now),
            Action::Disable | Action::Delete => {}
        }
    }

    pub(crate) fn cancel(&mut self, number: usize) {
        let execution = &mut self.executions[number];
        match execution.status {
            "IN_PROGRESS" => execution.status = "CANCELLING",
            "PENDING" => {
                self.end_cancelled(number);
            }
            _ => {}
        }
    }

    pub(crate) fn cancel_of(&mut self, policy: &str) {
        let open = |execution: &Execution| execution.policy.as_deref() == Some(policy) && execution.is_open();
        if let Some(number) = self.executions.iter().position(open) {
            self.cancel(number);
        }
    }

    /// The change of an image that waits for its time.
    pub(crate) fn scheduled(&self, image: usize) -> Option<usize> {
        self.executions.iter().position(|execution| {
            execution.policy.is_none()
                && execution.status == "PENDING"
                && execution.due.is_some()
                && execution.items[0].image == image
        })
    }

    /// When an image was deprecated, or will be.
    pub(crate) fn deprecation(&self, image: usize) -> Option<i64> {
        let available = self.images[image].status == Some("AVAILABLE");
        let scheduled = self.scheduled(image).filter(|_| available);
        scheduled.map_or(self.images[image].deprecation, |number| self.executions[number].due)
    }

    /// Whether an execution has an image before it or under way; one does not count.
    pub(crate) fn is_busy(&self, image: usize, but: Option<usize>) -> bool {
        self.executions
            .iter()
            .enumerate()
            .filter(|(number, execution)| execution.is_open() && Some(*number) != but)
            .any(|(_, execution)| {
                execution.items.iter().any(|item| item.image == image && item.ended.is_none())
            })
    }

    /// AMIs that an action with these exclusions is about.
    pub(crate) fn amis(&self, image: usize, action: Action, spares_public: bool) -> Vec<(usize, End)> {
        let end = |ami: &Ami| {
            if ami.is_gone() {
                End::Gone
            } else if spares_public && ami.public {
                End::Skipped
            } else if action == Action::Delete && ami.protected {
                End::Failed
            } else {
                End::Success
            }
        };
        self.images[image].amis.iter().enumerate().map(|(at, ami)| (at, end(ami))).collect()
    }

    /// What a policy would do now.
    fn identify(&self, policy: &Policy) -> Vec<Item> {
        let is_building = |image: &Image| image.status == Some("BUILDING");
        let selected =
            |image: &Image| image.recipe == policy.recipe && image.status.is_some() && !is_building(image);
        let mut order: Vec<usize> = (0..self.images.len()).filter(|&at| selected(&self.images[at])).collect();
        order.sort_by_key(|&at| (-self.images[at].created, -(self.images[at].build as i64)));
        let mut items = Vec::new();
        for (position, &at) in order.iter().enumerate() {
            let image = &self.images[at];
            let newer = order[..position].iter().filter(|&&newer| !self.images[newer].failed()).count();
            let mut skipped = None;
            let acting =
                [Action::Deprecate, Action::Disable, Action::Delete].into_iter().find_map(|action| {
                    let rule = policy.rules.iter().find(|rule| rule.action == action)?;
                    if action != Action::Delete && !image.can(action) {
                        return None;
                    }
                    let old_enough = rule.age.is_none_or(|days| self.now - image.created >= days * DAY);
                    if !old_enough {
                        return None;
                    }
                    let delete = action == Action::Delete;
                    if delete && image.failed() {
                        return Some(rule);
                    }
                    if delete && newer < rule.keep {
                        return None;
                    }
                    if rule.spares_pinned && image.pinned {
                        skipped = skipped.or(Some(action));
                        return None;
                    }
                    Some(rule)
                });
            let item = |action, end, amis| Item {
                image: at,
                action,
                end,
                amis,
                began: None,
                ended: None,
                late: false,
            };
            if let Some(rule) = acting {
                let amis =
                    if rule.amis { self.amis(at, rule.action, rule.spares_public) } else { Vec::new() };
                let failed = amis.iter().any(|(_, end)| *end == End::Failed);
                items.push(item(rule.action, if failed { End::Failed } else { End::Success }, amis));
            } else if let Some(action) = skipped {
                items.push(item(action, End::Skipped, Vec::new()));
            }
        }
        items
    }
}
