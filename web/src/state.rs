//! Everything the page knows, and how it changes. No DOM here: actions in, state out.

mod document;
mod library;

use std::rc::Rc;

use afterimage_inventory::sort;
use afterimage_policy::json::Json;
use serde::Deserialize;
use serde::Serialize;

use crate::edit::Edit;
use crate::protocol::Answer;
use crate::protocol::By;
use crate::protocol::Compared;
use crate::protocol::Explained;
use crate::protocol::Explanation;
use crate::protocol::Ground;
use crate::protocol::List;
use crate::protocol::Loaded;
use crate::protocol::Loss;
use crate::protocol::NIGHTS;
use crate::protocol::Night;
use crate::protocol::Outcome;
use crate::protocol::Problem;
use crate::protocol::Query;
use crate::protocol::Question;
use crate::protocol::Reading;
use crate::protocol::Response;
use crate::protocol::Sort;
use crate::protocol::Window;
use crate::text;

pub(crate) use document::Document;
pub(crate) use library::Keep;
pub(crate) use library::Library;
pub(crate) use library::Notice;
pub(crate) use library::Saved;
pub(crate) use library::Shared;
pub(crate) use library::Stamp;
pub(crate) use library::Stored;
pub(crate) use library::apart;
pub(crate) use library::arn;
pub(crate) use library::base;
pub(crate) use library::fresh;
pub(crate) use library::name;
pub(crate) use library::name_of;
pub(crate) use library::parsed;
pub(crate) use library::summary;
pub(crate) use library::sync;
pub(crate) use library::title;

/// Steps that can be undone.
const UNDO_DEPTH: usize = 200;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    pub document: Document,
    past: Vec<Draft>,
    future: Vec<Draft>,
    /// Where the last edit was typed; a further key there belongs to the same step.
    typing: Option<String>,
    /// Rules, filters and selections that were switched off, by a name of their own, so that switching back
    /// brings them back.
    parked: Parked,

    /// Where the policy was taken over from, when that was another notation.
    pub origin: Option<Rc<Origin>>,

    /// The instant of tonight's run as typed, to the minute, and as last understood.
    pub as_of: String,
    pub now: i64,
    pub day: u32,
    pub list: List,
    pub first: u32,
    pub rows: u32,
    /// Columns that are not shown; `None`: as it fits the width.
    pub hidden: Option<Vec<Column>>,

    pub panel: Option<Panel>,
    /// The execution of the local service that is open, and how often something was done there.
    pub execution: Option<Rc<str>>,
    pub acted: u32,
    pub tab: Tab,
    pub theme: Theme,
    /// The row that the keyboard is on, and the image whose explanation is open.
    pub cursor: u32,
    pub open: Option<u32>,

    /// The last answer, apart from what stands beside it here.
    pub answer: Rc<Answer>,
    pub diagnostics: Rc<Vec<Problem>>,
    /// The last good result, and whether the policy has errors since.
    pub result: Option<Rc<Outcome>>,
    pub stale: bool,
    pub window: Rc<Window>,
    pub nights: Rc<Vec<Night>>,
    /// Nights in the chart.
    pub range: u32,
    /// The nights are all there, and those of the result on screen.
    pub foreseen: bool,
    /// What goes with the images that the result on screen deletes first, once it is known.
    pub loss: Option<Rc<Loss>>,
    pub reference: Reference,
    /// How the policy differs from the reference, and whether that is still to be worked out anew.
    pub compared: Option<Compared>,
    pub comparing: bool,
    pub explained: Option<Rc<Explained>>,
    /// The open image is deleted before the chosen night.
    pub gone: bool,
    pub loaded: Rc<Loaded>,
    pub sample: bool,
    /// Loads that are under way.
    pub loading: u32,
    /// How far the first of them has come, when it takes long.
    pub reading: Option<Rc<Reading>>,
    /// The last load had something refused while the panel that says so was not open.
    pub unseen: bool,
    pub add: bool,
    /// Whether exports are kept for the next visit, as the user said, and why the browser does not.
    pub keeps: bool,
    pub unkept: Option<String>,
    /// A policy that was dropped on the page.
    pub dropped: Option<Rc<str>>,
    /// Names of exports that were loaded before the page was opened anew.
    pub forgotten: Vec<String>,
    /// Regions and profile that the commands name.
    pub regions: String,
    pub profile: String,
    /// What AWS leaves open, and the answers that are not the default, as `name=value`.
    pub questions: Rc<Vec<Question>>,
    pub assume: Vec<String>,
    pub failure: Option<String>,
    /// Why the browser keeps nothing, or not all.
    pub unsaved: Option<String>,
    pub library: Library,
}

/// A column of the table that may be hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Column {
    Age,
    Created,
    State,
    Why,
    Outputs,
}

/// The day of creation stands in the age already.
const HIDDEN: [Column; 1] = [Column::Created];

/// What the open policy is compared with.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Reference {
    pub document: Document,
    pub kind: ReferenceKind,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum ReferenceKind {
    /// The policy as it was when it was opened.
    #[default]
    Opened,
    /// The policy as it was when the user said so.
    Marked,
    /// Another policy, by its name.
    Other(String),
}

type Parked = Vec<(String, Json)>;

/// What a policy was taken over from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Origin {
    pub notation: String,
    /// What was not taken over, as the import said it.
    pub left_out: Vec<String>,
}

/// A step of the history: what is parked belongs to the document that it was taken from.
#[derive(Debug, Clone, PartialEq)]
struct Draft {
    document: Document,
    parked: Parked,
    origin: Option<Rc<Origin>>,
    /// What was compared with, where the step to the next draft has changed it.
    reference: Option<Reference>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Panel {
    Load,
    Document,
    Export,
    Assumptions,
    Keys,
    Policies,
    Executions,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Tab {
    Policy,
    #[default]
    Result,
    Images,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Action {
    Edit(Edit),
    /// Puts away what stands at a place under one name, and puts there what another name holds.
    Swap {
        place: String,
        park: String,
        fetch: String,
        otherwise: Json,
    },
    /// Takes a rule out of the document and keeps it under a name.
    Park {
        place: String,
        name: String,
    },
    /// Adds a rule that was put away, or a fresh one.
    Unpark {
        list: String,
        name: String,
        otherwise: Json,
    },
    /// Changes what the policy acts on, with everything that the other kind of image does not know put away.
    ActsOn(&'static str),
    Undo,
    Redo,
    /// A policy comes from outside: one of another name is compared with itself from now on, another form of the same
    /// policy with what was compared with before.
    Replace(Json),
    /// Says where the policy that has just come is from.
    From(Rc<Origin>),
    /// Shows a text that may hold a policy.
    Dropped(Rc<str>),
    AsOf(String),
    Day(u32),
    /// Nights in the chart; the chosen one comes along.
    Range(u32),
    Filter(Option<String>, Option<String>),
    Search(String),
    /// Orders by a column; again turns it round, and once more goes back to actions first.
    Sort(By),
    /// Gives each recipe version a line of its own, or takes it away.
    Group,
    /// Lists only images that meet another fate than under the reference, or all again.
    Differs,
    /// Compares with the policy as it is now.
    Mark,
    /// Compares with another policy.
    CompareWith(Json),
    /// Goes back to what the policy is compared with.
    Revert,
    /// Shows a column or hides it.
    Column(Column),
    /// Shows the columns that fit the width.
    ColumnsFit,
    /// The rows that are on screen.
    Scroll {
        first: u32,
        rows: u32,
    },
    Cursor(u32),
    Open(Option<u32>),
    Panel(Option<Panel>),
    /// Shows an execution of the local service, or all of them.
    Execution(Option<Rc<str>>),
    /// Something was done on the local service.
    Acted,
    /// Closes what was opened last.
    Escape,
    Tab(Tab),
    Theme,
    /// Whether exports are added to what is loaded.
    Add(bool),
    /// Whether exports are kept for the next visit.
    Keeps(bool),
    Unkept(Option<String>),
    /// Another answer to a question that AWS leaves open.
    Assume(String, String),
    AssumeDefaults,
    /// Regions and profile for the commands.
    Aws(String, String),
    Loading,
    Heard(Box<Response>),
    Failed(String),
    Unsaved(Option<String>),
    Keep(Keep),
}

/// What survives a reload beside the policy.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct View {
    /// `None`: the instant at which the page is opened.
    pub as_of: Option<String>,
    pub day: u32,
    pub search: String,
    pub sort: Sort,
    pub grouped: bool,
    pub theme: Theme,
    pub sources: Vec<String>,
    /// The user wants exports to be kept for the next visit.
    pub keeps: bool,
    pub regions: String,
    pub profile: String,
    pub assume: Vec<String>,
    pub range: Option<u32>,
    pub hidden: Option<Vec<Column>>,
    /// What the open policy is compared with, by the policy's id.
    pub reference: Option<(String, ReferenceKind, String)>,
    /// What the open policy was taken over from, by the policy's id.
    pub origin: Option<(String, Origin)>,
}

impl State {
    /// The state of a fresh page at `now`, with what an earlier visit left.
    pub(crate) fn new(document: Json, view: View, now: i64) -> Self {
        let opened = text::minute(now);
        let as_of = view.as_of.filter(|typed| text::parse_minute(typed).is_some()).unwrap_or(opened);
        Self {
            document: document.into(),
            past: Vec::new(),
            future: Vec::new(),
            typing: None,
            parked: Vec::new(),
            origin: None,
            now: text::parse_minute(&as_of).unwrap_or(now),
            as_of,
            day: view.day.min(NIGHTS - 1),
            list: List { search: view.search, sort: view.sort, grouped: view.grouped, ..List::default() },
            first: 0,
            rows: 16,
            hidden: view.hidden,
            panel: None,
            execution: None,
            acted: 0,
            tab: Tab::default(),
            theme: view.theme,
            cursor: 0,
            open: None,
            answer: Rc::default(),
            diagnostics: Rc::default(),
            result: None,
            stale: false,
            window: Rc::default(),
            nights: Rc::default(),
            range: view.range.unwrap_or(120).clamp(1, NIGHTS - 1),
            foreseen: false,
            loss: None,
            reference: Reference::default(),
            compared: None,
            comparing: false,
            explained: None,
            gone: false,
            loaded: Rc::default(),
            sample: true,
            loading: 0,
            reading: None,
            unseen: false,
            add: false,
            dropped: None,
            keeps: view.keeps,
            unkept: None,
            forgotten: view.sources,
            regions: view.regions,
            profile: view.profile,
            questions: Rc::default(),
            assume: view.assume,
            failure: None,
            unsaved: None,
            library: Library::new(Vec::new(), String::new()),
        }
    }

    /// The nights to come, once they are known.
    pub(crate) fn forecast(&self) -> &[Night] {
        if self.foreseen { &self.nights } else { &[] }
    }

    /// Whether exports take the place of what is loaded: always that of the sample, but never that of a load
    /// that is under way.
    pub(crate) fn replaces(&self) -> bool {
        if self.sample { self.loading == 0 } else { !self.add }
    }

    /// The question that the worker is to answer for this state.
    pub(crate) fn query(&self) -> Query {
        Query {
            generation: 0,
            policy: self.document.text().to_owned(),
            reference: if self.differs() { self.reference.document.text() } else { "" }.to_owned(),
            now: self.now,
            day: self.day,
            assume: self.assume.clone(),
            list: self.list.clone(),
            first: self.first,
            rows: self.rows,
        }
    }

    /// What the local service begins with and follows.
    pub(crate) fn ground(&self) -> Ground {
        let policies = self.policies().into_iter().map(|saved| (saved.id, saved.text)).collect();
        Ground { policies, now: self.now, assume: self.assume.clone() }
    }

    /// What an outlived page leaves for the next visit; `opened` is when it was opened.
    pub(crate) fn view(&self, opened: i64) -> View {
        View {
            as_of: Some(self.as_of.clone()).filter(|as_of| *as_of != text::minute(opened)),
            day: self.day,
            search: self.list.search.clone(),
            sort: self.list.sort,
            grouped: self.list.grouped,
            theme: self.theme,
            sources: if self.sample { self.forgotten.clone() } else { self.loaded.sources.clone() },
            keeps: self.keeps,
            regions: self.regions.clone(),
            profile: self.profile.clone(),
            assume: self.assume.clone(),
            range: Some(self.range),
            hidden: self.hidden.clone(),
            reference: self.differs().then(|| {
                let Reference { document, kind } = self.reference.clone();
                (self.library.current.clone(), kind, document.text().to_owned())
            }),
            origin: self.origin.as_deref().map(|origin| (self.library.current.clone(), origin.clone())),
        }
    }

    /// Pointer to the policy in the document.
    pub(crate) fn base(&self) -> &'static str {
        base(&self.document)
    }

    pub(crate) fn can_undo(&self) -> bool {
        !self.past.is_empty()
    }

    pub(crate) fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }

    pub(crate) fn reduce(mut self, action: Action) -> Self {
        match action {
            Action::Edit(edit) => {
                // What was typed and then rubbed out is two steps, so that undo brings it back.
                let rubs = if edit.takes_from(&self.document) { "#rubs" } else { "" };
                let typing = edit.typing().map(|place| place + rubs);
                self.change(typing, |document, _| edit.apply(document));
            }
            Action::Swap { place, park, fetch, otherwise } => self.change(None, |document, parked| {
                let value = take(parked, &fetch).unwrap_or(otherwise);
                if let Some(old) = document.pointer(&place) {
                    parked.push((park, old.clone()));
                }
                document.set(&place, value);
            }),
            Action::Park { place, name } => self.change(None, |document, parked| {
                if let Some(rule) = document.pointer(&place) {
                    take(parked, &name);
                    parked.push((name, rule.clone()));
                }
                document.remove(&place);
            }),
            Action::Unpark { list, name, otherwise } => self.change(None, |document, parked| {
                Edit::Append(list, take(parked, &name).unwrap_or(otherwise)).apply(document);
            }),
            Action::ActsOn(kind) => {
                let base = self.base();
                self.change(None, |document, parked| acts_on(document, parked, base, kind));
            }
            Action::Undo => {
                if let Some(draft) = self.past.pop() {
                    let left = self.exchange(draft);
                    self.future.push(left);
                }
            }
            Action::Redo => {
                if let Some(draft) = self.future.pop() {
                    let left = self.exchange(draft);
                    self.past.push(left);
                }
            }
            Action::Replace(document) => self.replace(document),
            Action::From(origin) => self.origin = Some(origin),
            Action::Dropped(text) => {
                (self.panel, self.dropped) = (Some(Panel::Document), Some(text));
            }
            Action::AsOf(typed) => {
                if let Some(now) = text::parse_minute(&typed) {
                    self.now = now;
                }
                self.as_of = typed;
            }
            Action::Range(range) => {
                self.range = range.clamp(1, NIGHTS - 1);
                self.day = self.day.min(self.range);
            }
            Action::Day(day) => self.day = day.min(NIGHTS - 1),
            Action::Filter(verdict, reason) => {
                (self.list.verdict, self.list.reason) = (verdict, reason);
                self.begin_anew();
            }
            Action::Search(search) => {
                self.list.search = search;
                self.begin_anew();
            }
            Action::Sort(by) => {
                let Sort { by: now, down } = self.list.sort;
                self.list.sort = match (now == by, down) {
                    (false, _) => Sort { by, down: false },
                    (true, false) => Sort { by, down: true },
                    (true, true) => Sort::default(),
                };
                self.list.grouped = false;
                self.begin_anew();
            }
            Action::Group => {
                self.list.grouped = !self.list.grouped;
                self.begin_anew();
            }
            Action::Column(column) => {
                let hidden = self.hidden.get_or_insert_with(|| HIDDEN.to_vec());
                if hidden.contains(&column) {
                    hidden.retain(|hidden| *hidden != column);
                } else {
                    hidden.push(column);
                }
            }
            Action::ColumnsFit => self.hidden = None,
            Action::Differs => {
                self.list.differs = !self.list.differs;
                self.begin_anew();
            }
            Action::Mark => {
                self.reference = Reference { document: self.document.clone(), kind: ReferenceKind::Marked };
            }
            Action::CompareWith(document) => {
                let kind = ReferenceKind::Other(summary(&document).name);
                self.reference = Reference { document: document.into(), kind };
                self.panel = None;
            }
            Action::Revert => {
                let document = (*self.reference.document).clone();
                self.change(None, |old, _| *old = document);
            }
            Action::Scroll { first, rows } => (self.first, self.rows) = (first, rows),
            Action::Cursor(row) => self.cursor = row,
            Action::Open(image) => {
                self.open = image;
                (self.explained, self.gone) = (None, false);
            }
            Action::Panel(panel) => {
                (self.panel, self.dropped) = (panel, None);
                self.unseen &= panel != Some(Panel::Load);
            }
            Action::Execution(id) => {
                (self.execution, self.panel, self.dropped) = (id, Some(Panel::Executions), None);
            }
            Action::Acted => self.acted = self.acted.wrapping_add(1),
            Action::Escape if self.panel.is_some() => (self.panel, self.dropped) = (None, None),
            Action::Escape => (self.open, self.explained) = (None, None),
            Action::Tab(tab) => self.tab = tab,
            Action::Theme => {
                self.theme = match self.theme {
                    Theme::System => Theme::Light,
                    Theme::Light => Theme::Dark,
                    Theme::Dark => Theme::System,
                };
            }
            Action::Add(add) => self.add = add,
            Action::Keeps(keeps) => (self.keeps, self.unkept) = (keeps, None),
            Action::Unkept(why) => self.unkept = why,
            Action::Assume(name, value) => {
                self.assume.retain(|answer| answer.split_once('=').is_none_or(|(known, _)| known != name));
                let question = self.questions.iter().find(|question| question.name == name);
                if question.is_some_and(|question| question.values.first() != Some(&value)) {
                    self.assume.push(format!("{name}={value}"));
                    sort::sort(&mut self.assume);
                }
            }
            Action::AssumeDefaults => self.assume.clear(),
            Action::Aws(regions, profile) => (self.regions, self.profile) = (regions, profile),
            Action::Loading => self.loading += 1,
            Action::Heard(response) => self.hear(*response),
            Action::Failed(message) => {
                self.failure = Some(message);
                self.loading = 0;
            }
            Action::Unsaved(why) => self.unsaved = why,
            Action::Keep(keep) => self.keep(keep),
        }
        self.adopt_draft();
        self.list.differs &= self.differs();
        self
    }

    /// Another list begins at its top.
    fn begin_anew(&mut self) {
        (self.cursor, self.first) = (0, 0);
    }

    /// Whether the worker has said what there is to say of the policy: what is wrong with it, or what it does.
    pub(crate) fn is_answered(&self) -> bool {
        self.failure.is_some() || self.answer.generation > 0 && (self.stale || self.foreseen)
    }

    /// Whether a column of the table is shown.
    pub(crate) fn shows(&self, column: Column) -> bool {
        !self.hidden.as_deref().unwrap_or(&HIDDEN).contains(&column)
    }

    /// Whether there is something to compare.
    pub(crate) fn differs(&self) -> bool {
        self.reference.document != self.document && *self.reference.document != Json::Null
    }

    fn hear(&mut self, response: Response) {
        match response {
            Response::Questions(questions) => self.questions = Rc::new(questions),
            Response::Reply(_) => {}
            Response::Reading(reading) => self.reading = Some(Rc::new(reading)),
            Response::Loaded(loaded) => {
                self.reading = None;
                self.unseen = !loaded.errors.is_empty() && self.panel != Some(Panel::Load);
                let changed = loaded.number != self.loaded.number;
                // The sample comes first, and nobody asked for it.
                let is_asked = self.loaded.number > 0;
                self.loading = self.loading.saturating_sub(u32::from(is_asked));
                self.sample = loaded.sources.iter().all(|source| crate::sample::is_sample(source));
                if !self.sample {
                    self.forgotten = Vec::new();
                }
                if changed {
                    (self.open, self.explained) = (None, None);
                    self.begin_anew();
                    // An invalid policy has no result on this inventory, and that on the last one is no help.
                    if self.stale {
                        (self.result, self.window) = (None, Rc::default());
                    }
                }
                self.loaded = Rc::new(loaded);
            }
            Response::Answer(mut answer) => {
                if answer.generation < self.answer.generation {
                    return;
                }
                let window = std::mem::take(&mut answer.window);
                match answer.result.take() {
                    Some(result) => {
                        // Until the worker has looked ahead anew, the old nights are drawn but not spoken of.
                        self.foreseen = answer.foreseen;
                        if !answer.foreseen {
                            (self.loss, self.comparing) = (None, true);
                        }
                        if self.result.as_deref() != Some(&result) {
                            self.result = Some(Rc::new(result));
                            self.loss = None;
                        }
                        self.window = Rc::new(window);
                        self.cursor = self.cursor.min(self.window.lines.saturating_sub(1));
                        self.stale = false;
                    }
                    None => self.stale = true,
                }
                self.say(std::mem::take(&mut answer.diagnostics));
                self.answer = Rc::new(*answer);
            }
            Response::Nights { nights } => (self.foreseen, self.nights) = (true, Rc::new(nights)),
            Response::Loss(loss) => self.loss = loss.map(Rc::new),
            Response::Compared(compared) => (self.compared, self.comparing) = (compared, false),
            Response::Checked { diagnostics } => self.say(diagnostics),
            Response::Explained { image, explained } if self.open == Some(image) => {
                self.gone = explained == Explanation::Gone;
                match explained {
                    Explanation::Found(explained) => self.explained = Some(Rc::new(*explained)),
                    Explanation::Gone => self.explained = None,
                    // The last explanation stays beside the last result.
                    Explanation::NoPolicy => {}
                }
            }
            Response::Explained { .. } => {}
        }
    }

    /// Takes over what is said of the policy, which mostly is what was said before.
    fn say(&mut self, diagnostics: Vec<Problem>) {
        if *self.diagnostics != diagnostics {
            self.diagnostics = Rc::new(diagnostics);
        }
    }

    /// Puts a draft in place; returns the one that was there.
    fn exchange(&mut self, draft: Draft) -> Draft {
        self.typing = None;
        Draft {
            document: std::mem::replace(&mut self.document, draft.document),
            parked: std::mem::replace(&mut self.parked, draft.parked),
            origin: std::mem::replace(&mut self.origin, draft.origin),
            reference: draft.reference.map(|reference| std::mem::replace(&mut self.reference, reference)),
        }
    }

    fn replace(&mut self, document: Json) {
        let name = |document: &Document| summary(document).name;
        let is_other = summary(&document).name != name(&self.reference.document);
        let document = Document::from(document);
        let reference = Reference { document: document.clone(), kind: ReferenceKind::Opened };
        let reference = is_other.then_some(reference);
        let draft = Draft { document, parked: Vec::new(), origin: None, reference };
        self.step(None, draft);
    }

    fn change(&mut self, typing: Option<String>, edit: impl FnOnce(&mut Json, &mut Parked)) {
        let mut document = (*self.document).clone();
        let mut parked = self.parked.clone();
        edit(&mut document, &mut parked);
        let origin = self.origin.clone();
        self.step(typing, Draft { document: document.into(), parked, origin, reference: None });
    }

    fn step(&mut self, typing: Option<String>, draft: Draft) {
        if draft.document == self.document {
            return;
        }
        let same = self.typing.clone();
        let old = self.exchange(draft);
        if typing.is_none() || typing != same {
            self.library.go_on();
            self.past.push(old);
            if self.past.len() > UNDO_DEPTH {
                self.past.remove(0);
            }
        }
        self.typing = typing;
        self.future.clear();
    }
}

/// A container policy has delete rules alone, which know neither AMIs nor snapshots.
fn acts_on(document: &mut Json, parked: &mut Parked, base: &str, kind: &str) {
    let place = format!("{base}/resourceType");
    let (old, list) = (crate::edit::shown(document.pointer(&place)), format!("{base}/policyDetails"));
    document.set(&place, Json::String(kind.to_owned()));
    let rules = match document.pointer(&list) {
        Some(Json::Array(rules)) => rules.clone(),
        _ => return,
    };
    if old == kind || !matches!(old.as_str(), "AMI_IMAGE" | "CONTAINER_IMAGE") {
        return;
    }
    // The rules as they were under the old kind, and as they were when the new one was left.
    let (mut rest, mut fresh) = (Vec::new(), Vec::new());
    for mut rule in rules {
        let action = crate::edit::shown(rule.pointer("/action/type"));
        let name = |kind: &str| format!("{kind}:{action}");
        let back = take(parked, &name(kind));
        rest.push((name(&old), rule.clone()));
        let container = kind == "CONTAINER_IMAGE";
        if container && action != "DELETE" {
            continue;
        }
        if let Some(back) = back.as_ref().and_then(|back| back.pointer("/action/includeResources")) {
            rule.set("/action/includeResources", back.clone());
        } else if container {
            let include = vec![("containers".to_owned(), Json::Bool(true))];
            rule.set("/action/includeResources", Json::Object(include));
        } else {
            let on = |name: &str| (name.to_owned(), Json::Bool(true));
            rule.set("/action/includeResources", Json::Object(vec![on("amis"), on("snapshots")]));
        }
        if container {
            Edit::Remove("/exclusionRules/amis".to_owned()).apply(&mut rule);
        } else if let Some(amis) = back.as_ref().and_then(|back| back.pointer("/exclusionRules/amis")) {
            rule.set("/exclusionRules/amis", amis.clone());
        }
        fresh.push(rule);
    }
    if kind == "AMI_IMAGE" {
        let earlier: Vec<Json> = ["DEPRECATE", "DISABLE"]
            .iter()
            .filter_map(|action| take(parked, &format!("{kind}:{action}")))
            .collect();
        fresh.splice(0..0, earlier);
    }
    for (name, rule) in rest {
        take(parked, &name);
        parked.push((name, rule));
    }
    document.set(&list, Json::Array(fresh));
}

fn take(parked: &mut Parked, name: &str) -> Option<Json> {
    let at = parked.iter().rposition(|(key, _)| key == name)?;
    Some(parked.remove(at).1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_435_200_000;

    fn state() -> State {
        State::new(Json::parse(crate::sample::POLICY).unwrap(), View::default(), NOW)
    }

    fn typed(place: &str, text: &str) -> Action {
        Action::Edit(Edit::Text(place.to_owned(), text.to_owned()))
    }

    #[test]
    fn a_word_is_undone_as_one() {
        let before = state();
        let mut after = before.clone();
        for word in ["n", "ne", "new"] {
            after = after.reduce(typed("/name", word));
        }
        assert_eq!(after.document.pointer("/name"), Some(&Json::String("new".to_owned())));
        after = after.reduce(typed("/description", "d")).reduce(Action::Undo);
        assert_eq!(after.document.pointer("/name"), Some(&Json::String("new".to_owned())));
        let undone = after.clone().reduce(Action::Undo);
        assert_eq!(undone.document, before.document);
        assert!(!undone.can_undo() && undone.can_redo());
        assert_eq!(undone.reduce(Action::Redo).document, after.document);
    }

    #[test]
    fn what_is_rubbed_out_again_comes_back_by_undo() {
        let mut typing = state();
        let texts = ["2", "20", "200", "20", "2", "", "3"];
        for text in texts {
            let edit = Edit::Number("/policyDetails/2/filter/value".to_owned(), text.to_owned());
            typing = typing.reduce(Action::Edit(edit));
        }
        let mut seen = Vec::new();
        while typing.can_undo() {
            typing = typing.reduce(Action::Undo);
            seen.push(crate::edit::shown(typing.document.pointer("/policyDetails/2/filter/value")));
        }
        assert_eq!(seen[..2], ["", "200"], "{seen:?}");
        assert_eq!(seen.len(), 3, "{seen:?}");
    }

    #[test]
    fn an_import_is_undone_with_what_it_was_compared_with() {
        let opened = state();
        let reference = Reference { document: opened.document.clone(), kind: ReferenceKind::Marked };
        let before = State { reference, ..opened }.reduce(typed("/description", "mine"));
        let replaced = before.clone().reduce(Action::Replace(Json::Object(Vec::new())));
        assert_eq!(replaced.reference.document, replaced.document);
        let undone = replaced.clone().reduce(Action::Undo);
        assert_eq!((&undone.document, &undone.reference), (&before.document, &before.reference));
        let redone = undone.reduce(Action::Redo);
        assert_eq!((&redone.document, &redone.reference), (&replaced.document, &replaced.reference));
        // What is marked since belongs to the policy that came.
        let marked = replaced.reduce(typed("/name", "other")).reduce(Action::Mark);
        let edited = marked.clone().reduce(Action::Undo);
        assert_eq!(edited.reference, marked.reference);
        let undone = edited.reduce(Action::Undo);
        assert_eq!(undone.reference, before.reference);
        assert_eq!(undone.reduce(Action::Redo).reference, marked.reference);
    }

    #[test]
    fn where_an_import_is_from_is_known_until_it_is_undone() {
        let other = Json::parse(r#"{"name": "other"}"#).unwrap();
        let origin = Rc::new(Origin { notation: "Terraform".to_owned(), left_out: Vec::new() });
        let imported = state().reduce(Action::Replace(other)).reduce(Action::From(Rc::clone(&origin)));
        let edited = imported.reduce(typed("/description", "mine"));
        assert_eq!(edited.origin, Some(Rc::clone(&origin)));
        let undone = edited.reduce(Action::Undo).reduce(Action::Undo);
        assert_eq!(undone.origin, None);
        let redone = undone.reduce(Action::Redo);
        assert_eq!(redone.origin, Some(origin));
        assert_eq!(redone.reduce(Action::Replace(Json::Object(Vec::new()))).origin, None);
    }

    #[test]
    fn another_form_of_the_same_policy_is_compared_with_what_was_open() {
        let opened = state();
        let reference = Reference { document: opened.document.clone(), kind: ReferenceKind::Opened };
        let before = State { reference, ..opened };
        let mut other = (*before.document).clone();
        other.set("/description", Json::String("other".to_owned()));
        let replaced = before.clone().reduce(Action::Replace(other));
        assert_eq!(replaced.reference, before.reference);
        assert!(replaced.differs());
    }

    #[test]
    fn a_rule_switched_off_and_on_is_the_same_rule() {
        let before = state();
        let park = Action::Park { place: "/policyDetails/2".to_owned(), name: "DELETE".to_owned() };
        let off = before.clone().reduce(park);
        assert_eq!(off.document.pointer("/policyDetails/2"), None);
        let on = off.reduce(Action::Unpark {
            list: "/policyDetails".to_owned(),
            name: "DELETE".to_owned(),
            otherwise: Json::Null,
        });
        assert_eq!(on.document, before.document);
    }

    #[test]
    fn what_is_parked_is_undone_with_its_document() {
        let park = || Action::Park { place: "/policyDetails/2".to_owned(), name: "DELETE".to_owned() };
        let unpark = || Action::Unpark {
            list: "/policyDetails".to_owned(),
            name: "DELETE".to_owned(),
            otherwise: Json::Null,
        };
        let before = state();
        let again = before.clone().reduce(park()).reduce(unpark()).reduce(Action::Undo).reduce(unpark());
        assert_eq!(again.document, before.document);
        let other = Json::parse(r#"{"policyDetails":[]}"#).unwrap();
        let imported = before.reduce(park()).reduce(Action::Replace(other)).reduce(unpark());
        assert_eq!(imported.document.pointer("/policyDetails/0"), Some(&Json::Null));
    }

    #[test]
    fn a_container_policy_is_valid_and_the_ami_policy_comes_back() {
        let before = state();
        let container = before.clone().reduce(Action::ActsOn("CONTAINER_IMAGE"));
        let reading = afterimage_policy::read(&container.document.pretty());
        assert!(!reading.has_errors(), "{:?}", reading.diagnostics);
        assert_eq!(container.clone().reduce(Action::ActsOn("AMI_IMAGE")).document, before.document);
        assert_eq!(container.reduce(Action::Undo).document, before.document);
    }

    #[test]
    fn nights_of_another_policy_are_not_spoken_of() {
        let nights = vec![Night::default(); NIGHTS as usize];
        let answer = |generation, nights: &[Night]| {
            let result = Some(Outcome::default());
            let answer = Answer { generation, result, foreseen: !nights.is_empty(), ..Answer::default() };
            Action::Heard(Box::new(Response::Answer(Box::new(answer))))
        };
        let heard = Action::Heard(Box::new(Response::Nights { nights: nights.clone() }));
        let known = state().reduce(heard.clone()).reduce(answer(1, &nights));
        assert_eq!(known.forecast().len(), nights.len());
        let edited = known.reduce(answer(2, &[]));
        assert_eq!((edited.forecast().len(), edited.nights.len()), (0, nights.len()));
        assert_eq!(edited.reduce(heard).forecast().len(), nights.len());
    }

    #[test]
    fn exports_loaded_one_after_the_other_do_not_replace_each_other() {
        let first = state();
        assert!(first.replaces());
        assert!(!first.reduce(Action::Loading).replaces());
    }

    #[test]
    fn an_invalid_policy_keeps_the_last_result() {
        let good = Answer { generation: 1, result: Some(Outcome::default()), ..Answer::default() };
        let bad = Answer { generation: 2, ..Answer::default() };
        let heard = |state: State, answer: &Answer| {
            state.reduce(Action::Heard(Box::new(Response::Answer(Box::new(answer.clone())))))
        };
        let shown = heard(heard(state(), &good), &bad);
        assert!(shown.result.is_some() && shown.stale);
        let late = heard(shown.clone(), &good);
        assert_eq!(late, shown, "an older answer than the newest is dropped");
    }

    #[test]
    fn a_half_typed_instant_keeps_the_last_one() {
        let before = state();
        let after = before.clone().reduce(Action::AsOf("2026-1".to_owned()));
        assert_eq!((after.now, after.as_of.as_str()), (before.now, "2026-1"));
        let after = after.reduce(Action::AsOf("2026-11-23T12:00".to_owned()));
        assert_eq!(after.now, NOW);
    }

    #[test]
    fn the_view_survives_a_reload() {
        let mut left = state().reduce(Action::AsOf("2027-01-31T08:30".to_owned())).reduce(Action::Day(3));
        left = left.reduce(Action::Search("web".to_owned())).reduce(Action::Theme);
        let text = serde_json::to_string(&left.view(NOW)).unwrap();
        let back = State::new((*left.document).clone(), serde_json::from_str(&text).unwrap(), NOW + 5_000);
        assert_eq!(
            (back.now, back.day, back.list.search, back.theme),
            (left.now, 3, left.list.search, Theme::Light)
        );
    }

    #[test]
    fn an_edit_differs_from_the_policy_as_it_was_opened_until_it_is_marked_or_taken_back() {
        let document = parsed(crate::sample::POLICY);
        let mut state = State::new(document.clone(), View::default(), 0);
        assert!(!state.differs(), "nothing to compare with yet");
        state.reference = Reference { document: document.into(), kind: ReferenceKind::Opened };
        let edit = |state: State, name: &str| {
            state.reduce(Action::Edit(Edit::Text("/name".to_owned(), name.to_owned())))
        };
        let edited = edit(state, "other").reduce(Action::Differs);
        assert!(edited.differs() && edited.list.differs && !edited.query().reference.is_empty());
        let back = edited.clone().reduce(Action::Revert);
        assert!(
            !back.differs() && !back.list.differs && back.can_undo() && back.query().reference.is_empty()
        );
        let marked = edited.reduce(Action::Mark);
        assert!(!marked.differs() && !marked.list.differs);
        assert_eq!(edit(marked, "third").reference.kind, ReferenceKind::Marked);
    }
}
