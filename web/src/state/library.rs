//! The saved policies: what is done to them here, and how two tabs keep from overwriting each other. No storage
//! and no clock: what the browser holds comes in as values.

use std::collections::BTreeMap;
use std::rc::Rc;

use afterimage_inventory::sort;
use afterimage_policy::ONLY_ANSWERED;
use afterimage_policy::json::Json;
use afterimage_policy::model::normalised_name;
use serde::Deserialize;
use serde::Serialize;

use super::Document;
use super::Draft;
use super::Origin;
use super::Parked;
use super::Reference;
use super::ReferenceKind;
use super::State;
use crate::edit::shown;

/// Policies whose steps are remembered while another one is open.
const REMEMBERED: usize = 20;

/// Steps of work that a notice of a deletion stays for.
const STEPS_NOTICED: u8 = 3;

/// A policy as the page knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Saved {
    pub id: String,
    /// Milliseconds since 1970.
    pub changed: i64,
    pub text: String,
}

/// A policy as it stands in the browser's storage. Each write counts the revision up, so a tab that has not seen
/// the last one notices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stored {
    pub revision: u32,
    pub changed: i64,
    pub text: String,
}

/// A new name and the time, which the page takes from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub id: String,
    pub at: i64,
}

/// What travels in a link: never an inventory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Shared {
    pub policy: String,
    pub as_of: String,
    pub day: u32,
    pub assume: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Keep {
    /// A policy beside the others.
    New(Json, Stamp),
    Open(String),
    Duplicate(String, Stamp),
    Rename(String, String),
    /// Enables or disables.
    Switch(String),
    /// The stamp is for a fresh policy, should this be the last one.
    Delete(String, Stamp),
    Undelete,
    Dismiss,
    /// What a look into the storage has found.
    Found(Vec<Finding>),
    /// What a link holds.
    Shared(Box<Shared>, Stamp),
    SaveDraft,
    DropDraft,
    Say(Notice),
}

/// One line above the page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Notice {
    /// The flag: another tab did it.
    Deleted(Saved, bool),
    /// Ids of the other tab's version and of this tab's, which is a copy now.
    Conflict(String, String),
    /// A link is in the clipboard, or here when the clipboard is closed.
    Link(Option<String>),
    Fault(String),
}

/// A policy from a link, which is kept once it is edited or asked for; what was open before, and under which
/// settings.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Unkept {
    before: String,
    settings: Shared,
    /// The policy as it came.
    policy: Document,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Library {
    /// In the order in which they were made.
    pub entries: Vec<Saved>,
    pub current: String,
    pub notice: Option<Notice>,
    pub draft: Option<Unkept>,
    shelf: Vec<(String, History)>,
    /// Steps of work since the notice.
    since: u8,
}

type History = (Vec<Draft>, Vec<Draft>, Parked, Option<Rc<Origin>>);

/// A row of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Short enough for a line, and never empty.
    pub name: String,
    pub enabled: bool,
    pub kind: String,
    pub rules: usize,
}

impl Library {
    /// The policies of an earlier visit, and the one to open among them.
    pub(crate) fn new(entries: Vec<Saved>, current: String) -> Self {
        Self { entries, current, notice: None, draft: None, shelf: Vec::new(), since: 0 }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Saved> {
        self.entries.iter().find(|entry| entry.id == id)
    }

    /// Another step of work; a notice of what is over and done with does not stay in its way for long.
    pub(super) fn go_on(&mut self) {
        self.since = self.since.saturating_add(1);
        if self.since > STEPS_NOTICED && matches!(self.notice, Some(Notice::Deleted(..) | Notice::Link(None)))
        {
            self.notice = None;
        }
    }

    fn get_mut(&mut self, id: &str) -> Option<&mut Saved> {
        self.entries.iter_mut().find(|entry| entry.id == id)
    }
}

/// Pointer to the policy: into the wrapper of a get response, or to the document itself.
pub(crate) fn base(document: &Json) -> &'static str {
    if document.member("lifecyclePolicy").is_some() { "/lifecyclePolicy" } else { "" }
}

/// The name of a policy as it stands there; empty without one.
pub(crate) fn name(document: &Json) -> String {
    shown(document.pointer(&format!("{}/name", base(document))))
}

/// The ARN of a policy that AWS has, as an answer or an update request says it; empty without one.
pub(crate) fn arn(document: &Json) -> String {
    let arn = |member| shown(document.pointer(&format!("{}/{member}", base(document))));
    let answered = arn("arn");
    if answered.is_empty() { arn("lifecyclePolicyArn") } else { answered }
}

/// What a policy is called: an update names it by its ARN alone. Empty where nothing says so.
pub(crate) fn title(document: &Json) -> String {
    let name = name(document);
    let in_arn = || arn(document).rsplit_once('/').map(|(_, name)| name.to_owned()).unwrap_or_default();
    if name.is_empty() { in_arn() } else { name }
}

pub(crate) fn summary(document: &Json) -> Summary {
    let base = base(document);
    let at = |member: &str| document.pointer(&format!("{base}/{member}"));
    let name = title(document);
    Summary {
        name: if name.is_empty() { "without a name".to_owned() } else { name.chars().take(80).collect() },
        enabled: shown(at("status")) != "DISABLED",
        kind: shown(at("resourceType")),
        rules: match at("policyDetails") {
            Some(Json::Array(rules)) => rules.len(),
            _ => 0,
        },
    }
}

/// What a policy in a text is called in lists.
pub(crate) fn name_of(text: &str) -> String {
    summary(&parsed(text)).name
}

pub(crate) fn parsed(text: &str) -> Json {
    Json::parse(text).unwrap_or(Json::Null)
}

fn set(document: &mut Json, member: &str, text: &str) {
    let place = format!("{}/{member}", base(document));
    document.set(&place, Json::String(text.to_owned()));
}

/// A policy as one that AWS does not know yet, under this name: an ARN and its dates are those of another.
fn renamed(document: &Json, name: &str) -> Json {
    let mut new = apart(document);
    set(&mut new, "name", name);
    new
}

/// A policy without what only AWS says of one that it holds.
pub(crate) fn apart(document: &Json) -> Json {
    let mut own = document.pointer(base(document)).cloned().unwrap_or_default();
    for member in ONLY_ANSWERED.into_iter().chain(["lifecyclePolicyArn"]) {
        own.remove(&format!("/{member}"));
    }
    if matches!(own.member("tags"), Some(Json::Object(tags)) if tags.is_empty()) {
        own.remove("/tags");
    }
    own
}

/// The name in the ARN, which is written in AWS's own way.
fn is_in_arn(document: &Json, name: &str) -> bool {
    let arn = shown(document.pointer(&format!("{}/arn", base(document))));
    arn.rsplit_once('/').is_some_and(|(_, own)| own == normalised_name(name))
}

fn rename(document: &mut Json, name: &str) {
    if is_in_arn(document, name) {
        set(document, "name", name);
    } else {
        *document = renamed(document, name);
    }
}

fn switch(document: &mut Json) {
    let status = if summary(document).enabled { "DISABLED" } else { "ENABLED" };
    set(document, "status", status);
}

/// The name of a copy: `X copy`, `X copy 2` and so on.
fn copied(text: &str, entries: &[Saved]) -> Json {
    let document = parsed(text);
    let name = title(&document);
    let taken: Vec<String> = entries.iter().map(|entry| name_of(&entry.text)).collect();
    let first = format!("{name} copy");
    let others = (2..).map(|number| format!("{name} copy {number}"));
    let free = std::iter::once(first).chain(others).find(|name| !taken.contains(name));
    renamed(&document, free.unwrap_or_default().trim())
}

/// A document with a name that no other has.
fn unlike(document: Json, entries: &[Saved]) -> Json {
    let name = summary(&document).name;
    let is_taken = entries.iter().any(|entry| name_of(&entry.text) == name);
    if is_taken { copied(&document.pretty(), entries) } else { document }
}

/// A policy to begin with: what is missing is what the problems ask for.
pub(crate) fn fresh() -> Json {
    let text = r#"{"name": "new-policy", "status": "ENABLED", "executionRole": "", "resourceType": "AMI_IMAGE",
        "policyDetails": [], "resourceSelection": {"recipes": [{"name": "", "semanticVersion": "x.x.x"}]}}"#;
    parsed(text)
}

impl State {
    /// The open policy's document as it is, every other one's as it was left; without one from a link.
    pub(crate) fn policies(&self) -> Vec<Saved> {
        let mut entries = self.library.entries.clone();
        let open = entries.iter_mut().find(|entry| entry.id == self.library.current);
        if let Some(entry) = open {
            self.document.text().clone_into(&mut entry.text);
        }
        entries
    }

    /// What a link to this page holds.
    pub(crate) fn shared(&self) -> Shared {
        Shared {
            policy: self.document.text().to_owned(),
            as_of: self.as_of.clone(),
            day: self.day,
            assume: self.assume.clone(),
        }
    }

    /// A policy from a link counts as the user's own once it is edited.
    pub(super) fn adopt_draft(&mut self) {
        if self.library.draft.as_ref().is_some_and(|draft| draft.policy != self.document) {
            self.keep(Keep::SaveDraft);
        }
    }

    pub(super) fn keep(&mut self, keep: Keep) {
        self.library.entries = self.policies();
        match &keep {
            Keep::Found(_) | Keep::Undelete => {}
            Keep::Say(_) | Keep::Delete(..) => self.library.since = 0,
            // Another thing done with policies.
            _ => {
                self.library.since = STEPS_NOTICED;
                self.library.go_on();
            }
        }
        match keep {
            Keep::New(document, stamp) => {
                let document = unlike(document, &self.library.entries);
                self.add(stamp, &document);
            }
            Keep::Open(id) => self.show(&id),
            Keep::Duplicate(id, stamp) => {
                if let Some(entry) = self.library.get(&id) {
                    let copy = copied(&entry.text, &self.library.entries);
                    self.add(stamp, &copy);
                }
            }
            Keep::Rename(id, name) => self.rewrite(&id, |document| rename(document, name.trim())),
            Keep::Switch(id) => self.rewrite(&id, switch),
            Keep::Delete(id, stamp) => self.delete(&id, stamp, false),
            Keep::Undelete => {
                if let Some(Notice::Deleted(entry, _)) = self.library.notice.take()
                    && self.library.get(&entry.id).is_none()
                {
                    let id = entry.id.clone();
                    self.library.entries.push(entry);
                    self.show(&id);
                }
            }
            Keep::Dismiss => self.library.notice = None,
            Keep::Found(findings) => findings.into_iter().for_each(|finding| self.find(finding)),
            Keep::Shared(shared, stamp) => self.arrive(*shared, stamp.id),
            Keep::SaveDraft => {
                if self.library.draft.take().is_some() {
                    let id = self.library.current.clone();
                    let text = self.document.text().to_owned();
                    self.library.entries.push(Saved { id, changed: self.now, text });
                }
            }
            Keep::DropDraft => {
                if let Some(draft) = self.library.draft.take() {
                    self.settle(draft.settings);
                    self.show(&draft.before);
                }
            }
            Keep::Say(notice) => self.library.notice = Some(notice),
        }
    }

    fn add(&mut self, Stamp { id, at }: Stamp, document: &Json) {
        self.library.entries.push(Saved { id: id.clone(), changed: at, text: document.pretty() });
        self.show(&id);
    }

    /// Opens a saved policy. One from a link that was never kept stays behind.
    fn show(&mut self, id: &str) {
        let Some(document) = self.library.get(id).map(|entry| parsed(&entry.text)) else { return };
        if let Some(draft) = self.library.draft.take() {
            self.settle(draft.settings);
        }
        self.put(id.to_owned(), document);
    }

    /// Puts a policy on the desk, with its own steps, and those of the last one on the shelf.
    fn put(&mut self, id: String, document: Json) {
        if id == self.library.current {
            return;
        }
        let (past, future) = (std::mem::take(&mut self.past), std::mem::take(&mut self.future));
        let left = (past, future, std::mem::take(&mut self.parked), self.origin.take());
        let before = std::mem::replace(&mut self.library.current, id);
        let shelf = &mut self.library.shelf;
        shelf.retain(|(known, _)| *known != before);
        shelf.push((before, left));
        if shelf.len() > REMEMBERED {
            shelf.remove(0);
        }
        if let Some(at) = shelf.iter().position(|(known, _)| *known == self.library.current) {
            (self.past, self.future, self.parked, self.origin) = shelf.remove(at).1;
        }
        self.typing = None;
        let last = std::mem::replace(&mut self.document, document.into());
        self.reference = Reference { document: self.document.clone(), kind: ReferenceKind::Opened };
        (self.compared, self.open, self.explained) = (None, None, None);
        // What another policy does is not the last result of this one. Of the same text the worker has said all there
        // is to say, and is not asked again.
        if last != self.document {
            (self.result, self.window, self.nights) = (None, Rc::default(), Rc::default());
            (self.loss, self.foreseen, self.stale) = (None, false, false);
        }
    }

    fn rewrite(&mut self, id: &str, edit: impl FnOnce(&mut Json)) {
        if id == self.library.current {
            self.change(None, |document, _| edit(document));
        } else if let Some(entry) = self.library.get_mut(id) {
            let mut document = parsed(&entry.text);
            edit(&mut document);
            entry.text = document.pretty();
        }
    }

    fn delete(&mut self, id: &str, stamp: Stamp, elsewhere: bool) {
        let Some(at) = self.library.entries.iter().position(|entry| entry.id == id) else { return };
        let gone = self.library.entries.remove(at);
        self.library.notice = Some(Notice::Deleted(gone, elsewhere));
        if id == self.library.current {
            let next = self.library.entries.iter().max_by_key(|entry| entry.changed);
            match next.map(|entry| entry.id.clone()) {
                Some(next) => self.show(&next),
                None => self.add(stamp, &fresh()),
            }
        }
    }

    fn find(&mut self, finding: Finding) {
        match finding {
            Finding::Wrote(id, at) => {
                if let Some(entry) = self.library.get_mut(&id) {
                    entry.changed = at;
                }
            }
            Finding::Theirs(theirs) => {
                let document = parsed(&theirs.text);
                if theirs.id == self.library.current {
                    self.change(None, |old, _| *old = document);
                }
                match self.library.get_mut(&theirs.id) {
                    Some(entry) => *entry = theirs,
                    None => self.library.entries.push(theirs),
                }
            }
            Finding::Gone(id, stamp) => self.delete(&id, stamp, true),
            Finding::Both(theirs, stamp) => {
                let Some(entry) = self.library.get_mut(&theirs.id) else { return };
                let (id, mine) = (theirs.id.clone(), std::mem::replace(entry, theirs));
                let copy = copied(&mine.text, &self.library.entries);
                let kept = Saved { id: stamp.id.clone(), changed: stamp.at, text: copy.pretty() };
                self.library.entries.push(kept);
                if id == self.library.current {
                    // The steps belong to the text that this tab went on with.
                    self.library.current.clone_from(&stamp.id);
                    self.change(None, |old, _| *old = copy);
                }
                self.library.notice = Some(Notice::Conflict(id, stamp.id));
            }
        }
    }

    /// Opens what a link holds. Nothing that is saved is touched.
    fn arrive(&mut self, shared: Shared, id: String) {
        let document = parsed(&shared.policy);
        let before = match &self.library.draft {
            Some(draft) => draft.clone(),
            None => Unkept {
                before: self.library.current.clone(),
                settings: self.shared(),
                policy: Document::default(),
            },
        };
        self.library.draft = Some(Unkept { policy: document.clone().into(), ..before });
        self.settle(shared);
        self.put(id, document);
    }

    /// Takes over instant, night and assumptions.
    fn settle(&mut self, settings: Shared) {
        if let Some(now) = crate::text::parse_minute(&settings.as_of) {
            (self.now, self.as_of) = (now, settings.as_of);
        }
        self.day = settings.day.min(crate::protocol::NIGHTS - 1);
        self.assume = settings.assume;
    }
}

/// What a look into the storage has found.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Finding {
    /// This tab's text is kept, since then.
    Wrote(String, i64),
    /// Another tab has made or changed it, and this one has not.
    Theirs(Saved),
    /// Another tab has deleted it, and this one has not changed it.
    Gone(String, Stamp),
    /// Both have changed it: theirs, and the stamp for a copy of mine.
    Both(Saved, Stamp),
}

/// What is to be done about one policy, given what this tab last saw of it, what is there now, and what this tab
/// has made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Nothing,
    /// The texts are the same, whoever wrote them.
    Note,
    Write,
    Remove,
    Take,
    Drop,
    Part,
}

fn step(known: Option<&Stored>, stored: Option<&Stored>, mine: Option<&str>) -> Step {
    let text = |stored: Option<&Stored>| stored.map(|stored| stored.text.clone());
    let unchanged = mine == text(known).as_deref();
    let unseen = known.map(|known| (known.revision, &known.text))
        != stored.map(|stored| (stored.revision, &stored.text));
    match (mine, stored) {
        (Some(mine), Some(stored)) if stored.text == *mine => {
            if unseen {
                Step::Note
            } else {
                Step::Nothing
            }
        }
        (None, None) => Step::Nothing,
        (Some(_), _) if !unseen => Step::Write,
        (None, Some(_)) if !unseen => Step::Remove,
        // What one tab deletes and the other changes stays.
        (None, Some(_)) => Step::Take,
        (Some(_), Some(_)) if unchanged => Step::Take,
        (Some(_), None) if unchanged => Step::Drop,
        (Some(_), None) => Step::Write,
        (Some(_), Some(_)) => Step::Part,
    }
}

/// Brings what this tab knows and what is stored together. `write` puts one policy into the storage or, without
/// one, takes it out; it fails when the browser refuses, and then the policy counts as unsaved.
pub(crate) fn sync<E>(
    known: &mut BTreeMap<String, Stored>,
    stored: &BTreeMap<String, Stored>,
    mine: &[Saved],
    mut stamp: impl FnMut() -> Stamp,
    mut write: impl FnMut(&str, Option<&Stored>) -> Result<(), E>,
) -> (Vec<Finding>, Option<E>) {
    let ids = sort::distinct(mine.iter().map(|entry| &entry.id).chain(stored.keys()));
    let (mut findings, mut refused) = (Vec::new(), None);
    for id in ids {
        let ours = mine.iter().find(|entry| entry.id == *id);
        let there = stored.get(id);
        let saved =
            |stored: &Stored| Saved { id: id.clone(), changed: stored.changed, text: stored.text.clone() };
        match (step(known.get(id), there, ours.map(|ours| ours.text.as_str())), ours, there) {
            (Step::Write, Some(ours), _) => {
                let at = stamp().at;
                let last = there.or(known.get(id)).map_or(0, |last| last.revision);
                let next = Stored { revision: last.wrapping_add(1), changed: at, text: ours.text.clone() };
                match write(id, Some(&next)) {
                    Ok(()) => {
                        known.insert(id.clone(), next);
                        findings.push(Finding::Wrote(id.clone(), at));
                    }
                    Err(error) => refused = Some(error),
                }
            }
            (Step::Remove, ..) => match write(id, None) {
                Ok(()) => drop(known.remove(id)),
                Err(error) => refused = Some(error),
            },
            (Step::Note, _, Some(there)) => {
                known.insert(id.clone(), there.clone());
                findings.push(Finding::Wrote(id.clone(), there.changed));
            }
            (Step::Take, _, Some(there)) => {
                known.insert(id.clone(), there.clone());
                findings.push(Finding::Theirs(saved(there)));
            }
            (Step::Drop, ..) => {
                known.remove(id);
                findings.push(Finding::Gone(id.clone(), stamp()));
            }
            (Step::Part, _, Some(there)) => {
                known.insert(id.clone(), there.clone());
                findings.push(Finding::Both(saved(there), stamp()));
            }
            _ => {}
        }
    }
    known.retain(|id, _| stored.contains_key(id) || mine.iter().any(|entry| entry.id == *id));
    (findings, refused)
}

#[cfg(test)]
mod tests {
    use super::super::Action;
    use super::super::View;
    use super::*;

    const NOW: i64 = 1_795_435_200_000;

    /// A browser's storage.
    type Disk = BTreeMap<String, Stored>;

    /// A tab: what it shows and what it has seen.
    struct Tab {
        state: State,
        known: Disk,
        stamps: u32,
        name: &'static str,
    }

    impl Tab {
        fn new(name: &'static str, disk: &Disk) -> Self {
            let entry = |(id, stored): (&String, &Stored)| Saved {
                id: id.clone(),
                changed: stored.changed,
                text: stored.text.clone(),
            };
            let mut entries: Vec<Saved> = disk.iter().map(entry).collect();
            if entries.is_empty() {
                let text = parsed(crate::sample::POLICY).pretty();
                entries.push(Saved { id: "first".to_owned(), changed: NOW, text });
            }
            let document = parsed(&entries[0].text);
            let library = Library::new(entries.clone(), entries[0].id.clone());
            let state = State { library, ..State::new(document, View::default(), NOW) };
            Self { state, known: disk.clone(), stamps: 0, name }
        }

        fn stamp(&mut self) -> Stamp {
            self.stamps += 1;
            Stamp { id: format!("{}{}", self.name, self.stamps), at: NOW + i64::from(self.stamps) }
        }

        fn act(&mut self, keep: Keep) {
            self.state = self.state.clone().reduce(Action::Keep(keep));
        }

        fn name(&mut self, name: &str) {
            let edit = crate::edit::Edit::Text("/name".to_owned(), name.to_owned());
            self.state = self.state.clone().reduce(Action::Edit(edit));
        }

        /// Syncs until nothing is left to do; the answer is whether the storage refused.
        fn sync(&mut self, disk: &mut Disk) -> bool {
            loop {
                let (mine, before) = (self.state.policies(), disk.clone());
                let mut known = std::mem::take(&mut self.known);
                let write = |id: &str, stored: Option<&Stored>| {
                    match stored {
                        Some(stored) if stored.text.contains("too long") => return Err(()),
                        Some(stored) => drop(disk.insert(id.to_owned(), stored.clone())),
                        None => drop(disk.remove(id)),
                    }
                    Ok(())
                };
                let (findings, refused) = sync(&mut known, &before, &mine, || self.stamp(), write);
                self.known = known;
                if findings.is_empty() {
                    return refused.is_some();
                }
                self.act(Keep::Found(findings));
            }
        }

        fn names(&self) -> Vec<String> {
            self.state.policies().iter().map(|entry| name_of(&entry.text)).collect()
        }

        fn open(&self) -> String {
            summary(&self.state.document).name
        }
    }

    fn two() -> (Tab, Tab, Disk) {
        let mut disk = Disk::new();
        let mut one = Tab::new("a", &disk);
        one.sync(&mut disk);
        let two = Tab::new("b", &disk);
        (one, two, disk)
    }

    #[test]
    fn what_is_edited_is_kept_and_opened_again() {
        let (mut one, _, mut disk) = two();
        one.name("edited");
        one.sync(&mut disk);
        let stamp = one.stamp();
        one.act(Keep::New(fresh(), stamp));
        assert_eq!((one.open().as_str(), one.state.can_undo()), ("new-policy", false));
        one.sync(&mut disk);
        let mut later = Tab::new("c", &disk);
        assert_eq!(later.names().len(), 2);
        later.act(Keep::Open("first".to_owned()));
        assert_eq!(later.open(), "edited");
        assert_eq!(disk["first"].revision, 2);
    }

    #[test]
    fn each_policy_has_its_own_steps() {
        let (mut one, ..) = two();
        one.name("edited");
        let stamp = one.stamp();
        one.act(Keep::Duplicate("first".to_owned(), stamp));
        assert_eq!(one.open(), "edited copy");
        one.name("mine");
        one.act(Keep::Open("first".to_owned()));
        one.state = one.state.reduce(Action::Undo);
        assert_eq!(one.names(), ["nightly-ami-retention", "mine"]);
        assert!(one.state.can_redo());
    }

    #[test]
    fn a_deleted_policy_comes_back() {
        let (mut one, _, mut disk) = two();
        let stamp = one.stamp();
        one.act(Keep::Duplicate("first".to_owned(), stamp));
        one.sync(&mut disk);
        let (id, stamp) = (one.state.library.current.clone(), one.stamp());
        one.act(Keep::Delete(id, stamp));
        one.sync(&mut disk);
        assert_eq!((one.names().len(), disk.len()), (1, 1));
        one.act(Keep::Undelete);
        one.sync(&mut disk);
        assert_eq!((one.open().as_str(), disk.len()), ("nightly-ami-retention copy", 2));
        for id in ["first", "a2"] {
            let stamp = one.stamp();
            one.act(Keep::Delete(id.to_owned(), stamp));
        }
        assert_eq!(one.names(), ["new-policy"], "there is always one");
    }

    #[test]
    fn a_policy_that_is_not_open_is_renamed_and_switched() {
        let (mut one, ..) = two();
        let stamp = one.stamp();
        one.act(Keep::New(fresh(), stamp));
        one.act(Keep::Rename("first".to_owned(), " other ".to_owned()));
        one.act(Keep::Switch("first".to_owned()));
        let first = summary(&parsed(&one.state.library.get("first").unwrap().text));
        assert_eq!((first.name.as_str(), first.enabled, first.rules), ("other", false, 3));
        assert_eq!(one.open(), "new-policy");
    }

    #[test]
    fn another_tab_sees_what_is_saved() {
        let (mut one, mut two, mut disk) = two();
        one.name("edited");
        one.sync(&mut disk);
        two.sync(&mut disk);
        assert_eq!((two.open().as_str(), &two.state.library.notice), ("edited", &None));
        two.state = two.state.reduce(Action::Undo);
        two.sync(&mut disk);
        one.sync(&mut disk);
        assert_eq!(one.open(), "nightly-ami-retention");
    }

    #[test]
    fn what_both_have_changed_is_kept_twice() {
        let (mut one, mut two, mut disk) = two();
        one.name("one");
        two.name("two");
        one.sync(&mut disk);
        two.sync(&mut disk);
        one.sync(&mut disk);
        assert_eq!(two.names(), ["one", "two copy"]);
        assert_eq!((one.names(), one.open().as_str()), (two.names(), "one"));
        let Some(Notice::Conflict(theirs, mine)) = two.state.library.notice.clone() else { panic!() };
        assert_eq!((two.open().as_str(), &mine), ("two copy", &two.state.library.current));
        two.act(Keep::Open(theirs));
        assert_eq!(two.open(), "one");
    }

    /// A tab with an answer of AWS open, whose policy has no tags.
    fn answered() -> Tab {
        let mut tab = Tab::new("a", &Disk::new());
        let mut policy = parsed(crate::sample::POLICY);
        let arn = "arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/nightly-ami-retention";
        policy.set("/arn", Json::String(arn.to_owned()));
        policy.set("/dateCreated", Json::String("2026-09-09T19:34:38Z".to_owned()));
        policy.set("/tags", Json::Object(Vec::new()));
        let answer = Json::Object(vec![("lifecyclePolicy".to_owned(), policy)]);
        tab.state = tab.state.reduce(Action::Replace(answer));
        tab
    }

    fn is_new(policy: &Json) -> bool {
        let reading = afterimage_policy::read(&policy.pretty());
        !reading.has_errors() && reading.document.arn.is_none() && !policy.pretty().contains("dateCreated")
    }

    #[test]
    fn a_copy_and_a_renamed_policy_are_new_to_aws() {
        let mut tab = answered();
        let stamp = tab.stamp();
        tab.act(Keep::Duplicate("first".to_owned(), stamp));
        assert_eq!(tab.open(), "nightly-ami-retention copy");
        assert!(is_new(&tab.state.document), "{}", tab.state.document.text());

        let mut tab = answered();
        tab.act(Keep::Rename("first".to_owned(), "Nightly AMI retention".to_owned()));
        assert!(!is_new(&tab.state.document), "the same name in another spelling");
        tab.act(Keep::Rename("first".to_owned(), "weekly".to_owned()));
        assert_eq!(tab.open(), "weekly");
        assert!(is_new(&tab.state.document), "{}", tab.state.document.text());
        tab.state = tab.state.reduce(Action::Undo);
        assert!(tab.state.document.text().contains("lifecycle-policy/nightly-ami-retention"));
    }

    #[test]
    fn a_copy_that_two_tabs_make_is_new_to_aws() {
        let mut disk = Disk::new();
        let mut one = answered();
        one.sync(&mut disk);
        let mut two = Tab::new("b", &disk);
        let describe = |tab: &mut Tab, words: &str| {
            let place = "/lifecyclePolicy/description".to_owned();
            let edit = Action::Edit(crate::edit::Edit::Text(place, words.to_owned()));
            tab.state = tab.state.clone().reduce(edit);
        };
        describe(&mut one, "one");
        describe(&mut two, "two");
        one.sync(&mut disk);
        two.sync(&mut disk);
        assert_eq!(two.open(), "nightly-ami-retention copy");
        assert!(is_new(&two.state.document), "{}", two.state.document.text());
    }

    #[test]
    fn the_way_back_from_a_deletion_leaves_when_work_goes_on() {
        let (mut tab, ..) = two();
        let deleted = |tab: &Tab| matches!(tab.state.library.notice, Some(Notice::Deleted(..)));
        let delete = |tab: &mut Tab| {
            let (copy, stamp) = (tab.stamp(), tab.stamp());
            tab.act(Keep::Duplicate("first".to_owned(), copy.clone()));
            tab.act(Keep::Delete(copy.id, stamp));
        };
        delete(&mut tab);
        tab.act(Keep::Found(Vec::new()));
        let step = |tab: &mut Tab, member: &str| {
            let edit = crate::edit::Edit::Text(format!("/{member}"), "words".to_owned());
            tab.state = tab.state.clone().reduce(Action::Edit(edit));
        };
        for member in ["description", "name", "executionRole"] {
            step(&mut tab, member);
        }
        assert!(deleted(&tab));
        step(&mut tab, "clientToken");
        assert!(!deleted(&tab));
        delete(&mut tab);
        assert!(deleted(&tab));
        let stamp = tab.stamp();
        tab.act(Keep::Duplicate("first".to_owned(), stamp));
        assert!(!deleted(&tab));
    }

    #[test]
    fn the_same_change_in_both_is_no_conflict() {
        let (mut one, mut two, mut disk) = two();
        one.name("same");
        two.name("same");
        one.sync(&mut disk);
        two.sync(&mut disk);
        assert_eq!((two.names(), &two.state.library.notice), (vec!["same".to_owned()], &None));
    }

    #[test]
    fn what_another_tab_deletes_goes_with_a_way_back_but_never_with_changes() {
        let (mut one, mut two, mut disk) = two();
        let stamp = one.stamp();
        one.act(Keep::Delete("first".to_owned(), stamp));
        one.sync(&mut disk);
        let mut edited = Tab::new("c", &disk);
        edited.state = two.state.clone();
        edited.known = two.known.clone();
        edited.name("edited");
        two.sync(&mut disk);
        assert_eq!(two.names(), ["new-policy"]);
        two.act(Keep::Undelete);
        assert_eq!(two.open(), "nightly-ami-retention");
        edited.sync(&mut disk);
        assert!(edited.names().contains(&"edited".to_owned()), "{:?}", edited.names());
        // And a policy that was changed elsewhere is not deleted unseen.
        one.sync(&mut disk);
        two.known = disk.clone();
        edited.name("edited again");
        edited.sync(&mut disk);
        let stamp = one.stamp();
        one.act(Keep::Delete("first".to_owned(), stamp));
        one.sync(&mut disk);
        assert!(one.names().contains(&"edited again".to_owned()));
    }

    #[test]
    fn what_the_browser_refuses_stays_unsaved_and_is_tried_again() {
        let (mut one, _, mut disk) = two();
        one.name("too long");
        assert!(one.sync(&mut disk));
        assert_eq!(name_of(&disk["first"].text), "nightly-ami-retention");
        one.name("short");
        assert!(!one.sync(&mut disk));
        assert_eq!(name_of(&disk["first"].text), "short");
    }

    #[test]
    fn a_link_to_what_is_on_screen_leaves_it_there() {
        let (mut one, ..) = two();
        one.state.result = Some(std::rc::Rc::default());
        let stamp = one.stamp();
        let mut shared = one.state.shared();
        let asked = one.state.query();
        one.act(Keep::Shared(Box::new(shared.clone()), stamp));
        // The same question is not asked again.
        assert_eq!(one.state.query(), asked);
        assert!(one.state.result.is_some());
        shared.policy = shared.policy.replace("nightly-ami-retention", "theirs");
        let stamp = one.stamp();
        one.act(Keep::Shared(Box::new(shared), stamp));
        assert!(one.state.query() != asked && one.state.result.is_none());
    }

    #[test]
    fn a_link_opens_beside_what_is_saved() {
        let (mut one, _, mut disk) = two();
        let mut shared = one.state.shared();
        shared.policy = shared.policy.replace("nightly-ami-retention", "theirs");
        shared.as_of = "2027-01-31T08:30".to_owned();
        shared.assume = vec!["month-arithmetic=fixed-days".to_owned()];
        let before = (one.state.as_of.clone(), one.state.assume.clone());
        let stamp = one.stamp();
        one.act(Keep::Shared(Box::new(shared.clone()), stamp));
        assert_eq!((one.open().as_str(), one.state.shared()), ("theirs", shared.clone()));
        one.sync(&mut disk);
        assert_eq!(disk.len(), 1, "it is not saved by itself");
        one.act(Keep::DropDraft);
        assert_eq!(one.open(), "nightly-ami-retention");
        assert_eq!((one.state.as_of.clone(), one.state.assume.clone()), before);
        let stamp = one.stamp();
        one.act(Keep::Shared(Box::new(shared), stamp));
        one.name("mine now");
        one.sync(&mut disk);
        assert_eq!((one.names().len(), disk.len()), (2, 2));
    }
}
