//! The images, of which only the rows in view are in the document.
//!
//! An ARIA grid that keeps the keyboard on itself and names the active row: Up, Down, Page Up, Page Down, Home
//! and End move, Enter or Space explains the row, Escape closes the explanation.

use std::ops::Range;
use std::rc::Rc;

use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::Element;
use web_sys::HtmlElement;
use web_sys::ResizeObserver;
use yew::prelude::*;

use crate::protocol::By;
use crate::protocol::List;
use crate::protocol::Outcome;
use crate::protocol::OutputChanges;
use crate::protocol::Reply;
use crate::protocol::Request;
use crate::protocol::Row;
use crate::protocol::RuleEffect;
use crate::protocol::VersionLine;
use crate::protocol::Window;
use crate::state::Action;
use crate::state::Column;
use crate::text;
use crate::view::Call;
use crate::view::Dispatch;
use crate::view::focus;

/// Height of a row in pixels; the style sheet says the same.
const ROW: f64 = 34.0;
/// Height of the sticky head.
const HEAD: f64 = 34.0;
/// The tallest element that every browser still lays out; beyond it the scroll is scaled.
const TALLEST: f64 = 12_000_000.0;
/// Outputs that are drawn; the label counts them all.
const DOTS: usize = 3;
/// Rows beyond either edge that an answer brings, and that are drawn once the list is scrolled.
const MARGIN: u32 = 8;
/// Steps in which the place is told.
const STEP: u32 = 8;
/// Rows beyond either edge that are asked for after an answer, and how many of them are never missed.
const HELD: u32 = 256;
const NEVER_MISSED: u32 = 160;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub window: Rc<Window>,
    pub outcome: Rc<Outcome>,
    pub cursor: u32,
    pub open: Option<u32>,
    pub now: i64,
    /// The instant of tonight's run.
    pub tonight: i64,
    /// Which inventory this is, and which rows of it in which order: another list begins at its top.
    pub loaded: u32,
    pub list: List,
    /// The columns beside verdict and name.
    pub columns: Rc<[Column]>,
    /// They are the user's choice, whatever the width.
    pub chosen: bool,
    pub call: Call,
    pub dispatch: Dispatch,
}

/// Rows around the view, which come after the answer.
#[derive(Default)]
struct More {
    rows: Rc<Window>,
    /// The answer of which more rows are asked for; 0: none.
    awaited: u32,
    /// What was drawn last is not all that is in view.
    is_short: bool,
}

/// Where the rows of a table of any length are in a scroll box of bounded height.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Scale {
    rows: f64,
    /// Height of the box's content, and of what is seen of it.
    content: f64,
    seen: f64,
}

impl Scale {
    fn new(rows: u32, seen: f64) -> Self {
        let rows = f64::from(rows);
        Self { rows, content: (rows * ROW).min(TALLEST), seen }
    }

    /// Rows above the top of the box, with fractions.
    fn row_at(self, scroll: f64) -> f64 {
        let travel = (self.content - self.seen).max(1.0);
        let hidden = (self.rows - self.seen / ROW).max(0.0);
        (scroll / travel).clamp(0.0, 1.0) * hidden
    }

    /// The scroll at which this many rows are above the top.
    fn scroll_for(self, row: f64) -> f64 {
        let travel = (self.content - self.seen).max(0.0);
        let hidden = (self.rows - self.seen / ROW).max(1.0);
        (row / hidden).clamp(0.0, 1.0) * travel
    }

    /// Where a row is drawn, in pixels from the top of the content.
    fn top_of(self, row: f64, scroll: f64) -> f64 {
        scroll + (row - self.row_at(scroll)) * ROW
    }
}

#[component]
pub(super) fn Table(props: &Props) -> Html {
    let body = use_node_ref();
    let seen = use_state_eq(|| 600.0_f64);
    let scroll = use_state_eq(|| 0.0_f64);
    // The answer whose list was scrolled.
    let scrolled = use_state_eq(|| 0_u32);
    let more = use_mut_ref(More::default);
    let redraw = use_force_update();
    let generation = props.window.generation;
    let later = Some(Rc::clone(&more.borrow().rows)).filter(|rows| rows.generation == generation);
    let held = &later.unwrap_or_else(|| Rc::clone(&props.window));
    let matching = props.window.lines;
    let scale = Scale::new(matching, *seen);

    // The box is measured whenever it is laid out anew.
    {
        let (body, seen) = (body.clone(), seen.setter());
        use_effect_with((), move |()| {
            let target = body.cast::<Element>();
            let measure = Closure::<dyn Fn()>::new(move || {
                let height = body.cast::<Element>().map_or(0, |body| body.client_height());
                // A tab that is not shown has no height.
                if height > 0 {
                    seen.set((f64::from(height) - HEAD).max(ROW));
                }
            });
            let observer = ResizeObserver::new(measure.as_ref().unchecked_ref()).ok();
            if let (Some(observer), Some(target)) = (&observer, &target) {
                observer.observe(target);
            }
            move || {
                if let Some(observer) = observer {
                    observer.disconnect();
                }
                drop(measure);
            }
        });
    }
    {
        let (body, scroll) = (body.clone(), scroll.setter());
        use_effect_with((props.loaded, props.list.clone()), move |_| {
            if let Some(body) = body.cast::<Element>() {
                body.set_scroll_top(0);
                scroll.set(0.0);
            }
        });
    }
    // A shorter list moves the scroll by itself, without an event in every browser.
    {
        let (body, scroll) = (body.clone(), scroll.setter());
        use_effect_with(matching, move |_| {
            if let Some(body) = body.cast::<Element>() {
                scroll.set(f64::from(body.scroll_top()));
            }
        });
    }
    let top = scale.row_at(*scroll);
    let screen = (*seen / ROW) as u32 + 2;
    let around = |rows: u32| {
        let first = (top as u32).saturating_sub(rows);
        first..(top as u32 + screen + rows).min(matching)
    };
    {
        let (place, dispatch) = (around(MARGIN).start / STEP * STEP, props.dispatch.clone());
        use_effect_with((place, screen + 2 * MARGIN + STEP), move |&(first, rows)| {
            dispatch.emit(Action::Scroll { first, rows });
        });
    }
    let reach = if *scrolled == generation { MARGIN } else { 1 };
    let drawn = around(reach);
    {
        let there = held.first..held.first + held.rows.len() as u32;
        let lacks = move |rows: &Range<u32>| rows.start < there.start || rows.end > there.end;
        more.borrow_mut().is_short = lacks(&drawn);
        let ask = lacks(&around(NEVER_MISSED)).then(|| around(HELD));
        let (call, more) = (props.call.clone(), Rc::clone(&more));
        use_effect_with((ask, generation, held.first), move |(ask, generation, _)| {
            let (Some(ask), generation) = (ask, *generation) else { return };
            if std::mem::replace(&mut more.borrow_mut().awaited, generation) == generation {
                return;
            }
            let hear = Callback::from(move |reply| {
                let Reply::Rows(rows) = reply else { return };
                let mut more = more.borrow_mut();
                if more.awaited == generation {
                    more.awaited = 0;
                }
                if rows.generation == generation {
                    more.rows = Rc::new(rows);
                    if more.is_short {
                        redraw.force_update();
                    }
                }
            });
            let (first, rows) = (ask.start, ask.end.saturating_sub(ask.start));
            call.emit((Request::Rows { first, rows }, hear));
        });
    }
    let onscroll = {
        let (scroll, scrolled) = (scroll.setter(), scrolled.setter());
        Callback::from(move |event: Event| {
            let body = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            if let Some(body) = body {
                scroll.set(f64::from(body.scroll_top()));
                scrolled.set(generation);
            }
        })
    };
    // Keeps the active row in view when the keyboard moves it, and when its explanation takes the place.
    {
        let body = body.clone();
        use_effect_with((props.cursor, props.open.map(|_| *seen)), move |(cursor, _)| {
            let Some(body) = body.cast::<HtmlElement>() else { return };
            let (row, shown) = (f64::from(*cursor), scale.seen / ROW);
            let top = scale.row_at(f64::from(body.scroll_top()));
            if row < top {
                body.set_scroll_top(scale.scroll_for(row) as i32);
            } else if row + 1.0 > top + shown {
                body.set_scroll_top(scale.scroll_for(row + 1.0 - shown).ceil() as i32);
            }
        });
    }
    let image_at = |row: u32| {
        let row = held.rows.get(row.checked_sub(held.first)? as usize)?;
        row.version_line.is_none().then_some(row.image)
    };
    let onkeydown = {
        let (dispatch, cursor, page) = (props.dispatch.clone(), props.cursor, (*seen / ROW) as u32);
        let (image, open) = (image_at(cursor), props.open);
        let last = matching.saturating_sub(1);
        Callback::from(move |event: KeyboardEvent| {
            let action = match event.key().as_str() {
                "ArrowDown" => Action::Cursor(cursor.saturating_add(1).min(last)),
                "ArrowUp" => Action::Cursor(cursor.saturating_sub(1)),
                "PageDown" => Action::Cursor(cursor.saturating_add(page).min(last)),
                "PageUp" => Action::Cursor(cursor.saturating_sub(page)),
                "Home" => Action::Cursor(0),
                "End" => Action::Cursor(last),
                "Enter" | " " => match image {
                    Some(_) if image == open => {
                        event.prevent_default();
                        return focus("detail-title");
                    }
                    Some(image) => Action::Open(Some(image)),
                    None => return,
                },
                _ => return,
            };
            event.prevent_default();
            dispatch.emit(action);
        })
    };
    let first = drawn.start.max(held.first);
    let lines = held.rows.iter().zip(held.first..).filter(|(_, position)| drawn.contains(position));
    let lines = lines.map(|(row, position)| {
        // A row that leaves the view makes way for one that comes: changing it costs less than a new one.
        let key = position % (screen + 2 * reach);
        html! {
            <Line {key} window={Rc::clone(held)} {position} active={position == props.cursor} open={props.open == Some(row.image)}
                outcome={Rc::clone(&props.outcome)} now={props.now} tonight={props.tonight} columns={Rc::clone(&props.columns)}
                dispatch={props.dispatch.clone()} />
        }
    });
    let empty = if props.list.is_filtered() {
        "No image passes the filter and the search."
    } else {
        "No image is left."
    };
    let offset = scale.top_of(f64::from(first), *scroll);
    html! {
        <div class={classes!("table", (!props.chosen).then_some("fit"), props.list.differs.then_some("differs"))} ref={body} id="images" role="grid" tabindex="0" aria-label="Images" aria-rowcount={(matching + 1).to_string()}
            aria-colcount={(props.columns.len() + 2).to_string()} aria-activedescendant={image_at(props.cursor).filter(|_| drawn.contains(&props.cursor)).map(|_| format!("row-{}", props.cursor))}
            {onscroll} {onkeydown}>
            <div role="row" class="row head" aria-rowindex="1" key="head">
                { head("Verdict", "verdict", By::Verdict, props) }
                { head("Image", "img", By::Image, props) }
                { for props.columns.iter().map(|column| match column {
                    Column::Age => head("Age", "life", By::Age, props),
                    Column::Created => head("Created", "created", By::Age, props),
                    Column::State => head("State", "state", By::State, props),
                    Column::Why => head("Why", "why", By::Why, props),
                    Column::Outputs => head("Outputs", "dots", By::Outputs, props),
                }) }
            </div>
            if matching == 0 {
                <div class="empty" key="empty" role="row"><span role="gridcell">{ empty }{ wider(props) }</span></div>
            }
            <div key="body" class="body" role="rowgroup" ~style={format!("height:{}px", scale.content)}>
                <div class="rows" role="presentation" ~style={format!("transform:translateY({offset}px)")}>{ for lines }</div>
            </div>
        </div>
    }
}

/// Ways out of a list that is empty.
fn wider(props: &Props) -> Html {
    let list = &props.list;
    let ways = [
        (!list.search.is_empty(), "Clear the search", Action::Search(String::new())),
        (list.verdict.is_some(), "Show every verdict", Action::Filter(None, None)),
        (list.differs, "Show all images", Action::Differs),
    ];
    let way = |(_, words, action): (bool, &'static str, Action)| {
        let onclick = props.dispatch.reform(move |_: MouseEvent| action.clone());
        html! { <>{ " " }<button type="button" class="btn small" {onclick}>{ words }</button></> }
    };
    ways.into_iter().filter(|way| way.0).map(way).collect()
}

#[derive(Properties)]
struct LineProps {
    window: Rc<Window>,
    /// Among all lines of the list.
    position: u32,
    active: bool,
    /// The explanation of the image is open.
    open: bool,
    outcome: Rc<Outcome>,
    now: i64,
    tonight: i64,
    columns: Rc<[Column]>,
    dispatch: Dispatch,
}

impl LineProps {
    fn row(&self) -> Option<&Row> {
        self.window.rows.get(self.position.checked_sub(self.window.first)? as usize)
    }
}

impl PartialEq for LineProps {
    /// A line is drawn anew when it says something else, wherever its row comes from.
    fn eq(&self, other: &Self) -> bool {
        let place = |line: &Self| (line.position, line.active, line.open, line.now, line.tonight);
        place(self) == place(other)
            && self.columns == other.columns
            && self.dispatch == other.dispatch
            && self.row() == other.row()
            && (Rc::ptr_eq(&self.outcome, &other.outcome) || self.outcome.rules == other.outcome.rules)
    }
}

/// A line of the table: an image, or a recipe version.
#[component]
fn Line(props: &LineProps) -> Html {
    let LineProps { position, active, open, outcome, now, tonight, columns, dispatch, .. } = props;
    let (position, open) = (*position, *open);
    let Some(row) = props.row() else { return Html::default() };
    if let Some(version) = row.version_line {
        return version_line(row, version, position, *active, columns.len() + 2, dispatch);
    }
    let rules = &outcome.rules;
    let limit = rules.iter().filter_map(|rule| rule.about_days).fold(30.0, f64::max) * 1.33;
    let onclick = {
        let (dispatch, image) = (dispatch.clone(), row.image);
        Callback::from(move |_: MouseEvent| {
            dispatch.emit(Action::Cursor(position));
            dispatch.emit(Action::Open(if open { None } else { Some(image) }));
        })
    };
    let look = text::look(&row.fate);
    let is_same = row.shifts.is_empty() && row.output_shifts == OutputChanges::default();
    let why = if is_same { text::why(row, rules) } else { text::shifted(row, *tonight) };
    html! {
        <div role="row" id={format!("row-{position}")} aria-rowindex={(position + 2).to_string()} aria-selected={open.to_string()}
            class={classes!("row", active.then_some("active"))} data-verdict={row.verdict.clone()} {onclick}>
            <span role="gridcell" class="verdict" aria-expanded={open.to_string()}><span class={classes!("chip", look.class)}><span aria-hidden="true">{ look.glyph }</span>{ " " }{ look.word }</span></span>
            <span role="gridcell" class="img"><b>{ row.name.clone() }</b>{ " " }<code>{ row.version.clone() }</code></span>
            { for columns.iter().map(|column| match column {
                Column::Age => html! { <span role="gridcell" class="life">{ life(row, rules, *now, limit) }<span class="age" title={text::date(row.created)}>{ text::age(row.created, *now) }</span></span> },
                Column::Created => html! { <span role="gridcell" class="created">{ text::date(row.created) }</span> },
                Column::State => html! { <span role="gridcell" class="state">{ change(row) }</span> },
                Column::Why => html! { <span role="gridcell" class="why" title={why.clone()}>{ why.clone() }</span> },
                Column::Outputs => html! { <span role="gridcell" class="dots">{ dots(&row.amis) }{ uses(row.uses) }</span> },
            }) }
        </div>
    }
}

/// The head of a column, which orders by it.
fn head(name: &'static str, class: &'static str, by: By, props: &Props) -> Html {
    let sort = props.list.sort;
    let is_chosen = sort.by == by && !props.list.grouped;
    let (order, arrow) = match (is_chosen, sort.down) {
        (false, _) => (None, ""),
        (true, false) => (Some("ascending"), " ▲"),
        (true, true) => (Some("descending"), " ▼"),
    };
    let onclick = props.dispatch.reform(move |_: MouseEvent| Action::Sort(by));
    html! {
        <span role="columnheader" {class} aria-sort={order}>
            <button type="button" class="link" {onclick}>{ name }<span aria-hidden="true">{ arrow }</span></button>
        </span>
    }
}

/// The line of a recipe version, with the slots of the images that it keeps.
fn version_line(
    row: &Row,
    version: VersionLine,
    position: u32,
    active: bool,
    columns: usize,
    dispatch: &Dispatch,
) -> Html {
    let onclick = dispatch.reform(move |_: MouseEvent| Action::Cursor(position));
    let slots = version.keep.min(10);
    let filled = version.taken.min(slots);
    let slots_drawn = format!("{}{}", "●".repeat(filled as usize), "○".repeat((slots - filled) as usize));
    let kept = (version.keep > 0).then(|| text::slots(version.keep, version.taken));
    html! {
        <div role="row" id={format!("row-{position}")} aria-rowindex={(position + 2).to_string()}
            class={classes!("row", "version", active.then_some("active"))} {onclick}>
            <span role="gridcell" aria-colspan={columns.to_string()}><b>{ row.name.clone() }</b>{ " " }<code>{ row.version.clone() }</code>
                <span class="soft">{ text::counted(version.images, "image", "images") }</span>
                if let Some(kept) = kept {
                    <span class="slots keep" aria-hidden="true">{ slots_drawn }</span>
                    <span class="soft">{ kept }</span>
                }
            </span>
        </div>
    }
}

/// How often something refers to an AMI that goes.
fn uses(uses: u32) -> Html {
    if uses == 0 {
        return Html::default();
    }
    html! {
        <span class="warn" title={text::counted(uses, "use elsewhere", "uses elsewhere")}>
            { if uses > 99 { "▲99+".to_owned() } else { format!("▲{uses}") } }<span class="sr">{ if uses == 1 { " use elsewhere" } else { " uses elsewhere" } }</span>
        </span>
    }
}

/// The state before and after.
fn change(row: &Row) -> Html {
    let before = row.before.to_lowercase();
    if row.before == row.after {
        return html! { { before } };
    }
    html! { <>{ before }{ " → " }<b>{ row.after.to_lowercase() }</b></> }
}

/// One dot per AMI or container image, coloured by what happens to it.
fn dots(outputs: &[String]) -> Html {
    let label = text::outputs(outputs);
    if outputs.is_empty() {
        return html! { <span class="soft usual">{ "none" }</span> };
    }
    // What does not go as its image goes comes first, and stays where there is no room for the rest.
    let look = |verdict: &String| {
        let look = text::look(verdict);
        (!matches!(look.class, "fail" | "skip" | "left"), look)
    };
    let (usual, others): (Vec<_>, Vec<_>) = outputs.iter().map(look).partition(|(is_usual, _)| *is_usual);
    html! {
        <span role="img" aria-label={label.clone()} title={label}>
            { for others.iter().chain(&usual).take(DOTS).map(|(is_usual, look)| {
                html! { <span class={classes!("dot", look.class, is_usual.then_some("usual"))} aria-hidden="true">{ look.glyph }</span> }
            }) }
            if outputs.len() > DOTS { <span class="usual">{ "+" }</span> }
        </span>
    }
}

/// A line from the image's creation to the policy's last threshold, coloured by the phases it passes through,
/// with a ring where the image stands.
fn life(row: &Row, rules: &[RuleEffect], now: i64, limit: f64) -> Html {
    const WIDTH: f64 = 120.0;
    let age = (now - row.created) as f64 / 86_400_000.0;
    // The ring stands out at both ends.
    let x = |days: f64| 6.0 + days.clamp(0.0, limit) / limit * WIDTH;
    // The policy's phases mean nothing to an image that it does not look at.
    let scope = row.verdict != "IGNORE";
    let mut marks: Vec<(f64, &'static str)> = vec![(0.0, if scope { "keep" } else { "ignore" })];
    let thresholds = rules.iter().filter_map(|rule| Some((rule.about_days?, text::look(&rule.action).class)));
    marks.extend(thresholds.filter(|_| scope));
    let ends = marks.iter().skip(1).map(|(from, _)| *from).chain([limit]);
    let phases: Vec<(f64, f64, &'static str)> =
        marks.iter().zip(ends).map(|((from, class), to)| (*from, to.max(*from), *class)).collect();
    let line = |from: f64, to: f64, class: &'static str, width: &'static str, key: String| {
        html! { <line {key} class={classes!(class, (width == "2").then_some("ahead"))} x1={x(from).to_string()} x2={x(to).to_string()} y1="9" y2="9" stroke-width={width} /> }
    };
    html! {
        <svg class="line" width={(WIDTH + 12.0).to_string()} height="18" aria-hidden="true">
            { for phases.iter().enumerate().map(|(at, (from, to, class))| line(*from, *to, class, "2", format!("a{at}"))) }
            { for phases.iter().enumerate().filter(|(_, (from, ..))| age > *from)
                .map(|(at, (from, to, class))| line(*from, to.min(age), class, "4", format!("b{at}"))) }
            <circle key="ring" class={text::look(&row.verdict).class} cx={x(age).to_string()} cy="9" r="4" stroke-width="2.5" />
        </svg>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_table_scrolls_pixel_by_pixel() {
        let scale = Scale::new(100, 340.0);
        assert_eq!(scale.content, 3400.0);
        assert_eq!(scale.row_at(34.0), 1.0);
        assert_eq!(scale.top_of(0.0, 34.0), 0.0);
    }

    #[test]
    fn both_ends_of_a_long_table_can_be_reached() {
        let scale = Scale::new(1_000_000, 680.0);
        assert_eq!(scale.content, TALLEST);
        assert_eq!(scale.row_at(0.0), 0.0);
        assert_eq!(scale.row_at(TALLEST - 680.0), 999_980.0);
        assert_eq!(scale.scroll_for(999_980.0), TALLEST - 680.0);
        let last = scale.top_of(999_999.0, TALLEST - 680.0);
        assert!((last + ROW - TALLEST).abs() < 0.001, "the last row ends where the content ends: {last}");
    }

    #[test]
    fn a_table_that_fits_does_not_scroll() {
        let scale = Scale::new(3, 340.0);
        assert_eq!((scale.row_at(0.0), scale.top_of(2.0, 0.0)), (0.0, 68.0));
        assert_eq!(Scale::new(0, 340.0).row_at(10.0), 0.0);
    }
}
