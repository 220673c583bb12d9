//! What is left over the coming nights, and the handle that chooses the night.
//!
//! The handle is a range input, so arrow keys, Home and End work as in any other; the chart can be clicked and
//! dragged over as well. What is drawn is also there as a table.

use std::rc::Rc;

use wasm_bindgen::JsCast;
use web_sys::Element;
use web_sys::HtmlDetailsElement;
use web_sys::HtmlElement;
use yew::prelude::*;

use crate::protocol::NIGHTS;
use crate::protocol::Night;
use crate::protocol::changing;
use crate::state::Action;
use crate::text;
use crate::view::Dispatch;
use crate::view::element;
use crate::view::value;

const DAY: i64 = 86_400_000;
// Units of the drawing, which is stretched to the width of its place.
const WIDTH: f64 = 1000.0;
const HEIGHT: f64 = 96.0;
const TICKS: f64 = 18.0;
/// Days from tonight to the last night of the chart, and their names.
const RANGES: [(u32, &str); 3] = [(30, "30 d"), (120, "120 d"), (NIGHTS - 1, "1 y")];
/// Dates below the chart.
const DATES: u32 = 5;

#[derive(Properties, PartialEq)]
pub(super) struct Props {
    pub nights: Rc<Vec<Night>>,
    /// The nights are those of the result on screen.
    pub foreseen: bool,
    pub day: u32,
    pub now: i64,
    pub range: u32,
    pub dispatch: Dispatch,
}

#[component]
pub(super) fn Nights(props: &Props) -> Html {
    let hovered = use_state_eq(|| None::<u32>);
    let as_table = use_state_eq(|| false);
    let (now, day) = (props.now, props.day);
    // A night that was chosen on a wider chart stays in view.
    let range = props.range.max(day).min(NIGHTS - 1);
    let nights = props.nights.get(..=range as usize).unwrap_or(&props.nights);
    let known = |day: u32| props.nights.get(day as usize).filter(|_| props.foreseen);
    let choose = props.dispatch.reform(|event: InputEvent| Action::Day(value(&event).parse().unwrap_or(0)));
    let onpointerdown = props.dispatch.reform(move |event: PointerEvent| {
        // The arrow keys go on from where the pointer was.
        if let Some(day) = element("day").and_then(|day| day.dyn_into::<HtmlElement>().ok()) {
            // Without the scrolling of the page's own `focus`: the chart is where the pointer is.
            let _ = day.focus();
        }
        event.prevent_default();
        // A drag goes on outside of the chart. A pointer that is gone by now cannot be captured, and need not be.
        if let Some(chart) = chart(&event) {
            let _ = chart.set_pointer_capture(event.pointer_id());
        }
        Action::Day(pointed(&event, range))
    });
    let onpointermove = {
        let (dispatch, hovered) = (props.dispatch.clone(), hovered.setter());
        Callback::from(move |event: PointerEvent| {
            let day = pointed(&event, range);
            hovered.set(Some(day));
            if event.buttons() & 1 == 1 {
                dispatch.emit(Action::Day(day));
            }
        })
    };
    let onpointerleave = {
        let hovered = hovered.setter();
        Callback::from(move |_: PointerEvent| hovered.set(None))
    };
    let ontoggle = {
        let open = as_table.setter();
        Callback::from(move |event: Event| {
            let details = event.target().and_then(|target| target.dyn_into::<HtmlDetailsElement>().ok());
            open.set(details.is_some_and(|details| details.open()));
        })
    };
    let chosen = text::night(day, now, known(day));
    let told = match *hovered {
        Some(day) => text::night_in_full(day, now, known(day)),
        None => chosen.clone(),
    };
    let legend = [
        ("keep", "○", "available"),
        ("deprecate", "◔", "deprecated"),
        ("disable", "◑", "disabled"),
        ("ignore", "·", "failed or cancelled"),
    ];
    let top = round_up(nights.iter().map(left).max().unwrap_or(0));
    let step = WIDTH / f64::from(range + 1);
    let mark = |class: &'static str, day: u32| {
        html! { <rect {class} x={(f64::from(day) * step).to_string()} y="0" width={step.max(2.0).to_string()} height={(HEIGHT + TICKS).to_string()} /> }
    };
    html! {
        <div class="chart" data-foreseen={props.foreseen.to_string()}>
            <div class="cap">
                <h2>{ "What is left in scope" }</h2>
                { for legend.iter().map(|(class, glyph, word)| html! {
                    <span class={classes!("key", *class)}><span class="glyph" aria-hidden="true">{ *glyph }</span>{ *word }</span>
                }) }
                <span class="wide">{ "ticks below: acted on that night" }</span>
                <span class="seg" role="group" aria-label="Nights in the chart">
                    { for RANGES.iter().map(|&(nights, name)| {
                        let onclick = props.dispatch.reform(move |_: MouseEvent| Action::Range(nights));
                        html! { <button type="button" {onclick} aria-pressed={(props.range == nights).to_string()}>{ name }</button> }
                    }) }
                </span>
            </div>
            <div class="plot">
                <div class="scale" aria-hidden="true"><span>{ text::number(top) }</span><span>{ text::number(top / 2) }</span><span>{ "0" }</span></div>
                <svg class="bars" viewBox={format!("0 0 {WIDTH} {}", HEIGHT + TICKS)} preserveAspectRatio="none"
                    aria-hidden="true" {onpointerdown} {onpointermove} {onpointerleave}>
                    <path class="grid" d={format!("M0 0.5H{WIDTH}M0 {}H{WIDTH}", HEIGHT / 2.0)} />
                    { areas(nights, top, step) }
                    { ticks(nights, step) }
                    <path class="base" d={format!("M0 {HEIGHT}H{WIDTH}")} />
                    { mark("chosen", day) }
                    if let Some(day) = *hovered { { mark("pointed", day) } }
                </svg>
                // The handle's middle stands below the middle of its night.
                <input type="range" id="day" min="0" max={range.to_string()} step="1" value={day.to_string()}
                    ~style={format!("--night:{}%", 100.0 / f64::from(range + 1))}
                    oninput={choose} aria-label="Night" aria-valuetext={chosen} />
                <div class="dates" aria-hidden="true">
                    { for (0..DATES).map(|at| {
                        let night = at * range / (DATES - 1);
                        let place = format!("inset-inline-start:{:.2}%", middle(night, range) * 100.0);
                        html! { <span ~style={place}>{ text::axis_date(now + i64::from(night) * DAY, now) }</span> }
                    }) }
                </div>
            </div>
            <output for="day" id="night">{ told }</output>
            <details class="as-table" {ontoggle}>
                <summary>{ "As a table" }</summary>
                if *as_table { { table(nights, now) } }
            </details>
        </div>
    }
}

fn left(night: &Night) -> u32 {
    night.available + night.deprecated + night.disabled + night.other
}

/// A number of images of a night.
type Count = fn(&Night) -> u32;

/// The next number that is easy to halve and to read: 1, 2 or 4 with zeros, or 6 or 8.
fn round_up(count: u32) -> u32 {
    let mut unit = 1_u32;
    while unit.saturating_mul(10) <= count {
        unit = unit.saturating_mul(10);
    }
    let steps = [1, 2, 4, 6, 8, 10].map(|step: u32| step.saturating_mul(unit));
    steps.into_iter().find(|&step| step >= count && step > 1).unwrap_or(count.max(2))
}

/// One shape per state, stacked. Each night is a step: between two runs nothing changes.
fn areas(nights: &[Night], top: u32, step: f64) -> Html {
    let states: [(&'static str, Count); 4] = [
        ("keep", |night| night.available),
        ("deprecate", |night| night.deprecated),
        ("disable", |night| night.disabled),
        ("ignore", |night| night.other),
    ];
    let height = |count: u32| HEIGHT - f64::from(count) / f64::from(top.max(1)) * HEIGHT;
    let mut below = vec![0_u32; nights.len()];
    let shapes = states.iter().map(|(class, count)| {
        let mut d = String::new();
        for (day, (night, under)) in nights.iter().zip(&below).enumerate() {
            let over = under + count(night);
            let start = if day == 0 { 'M' } else { 'L' };
            d.push_str(&format!(
                "{start}{:.1} {:.1}H{:.1}",
                day as f64 * step,
                height(over),
                (day + 1) as f64 * step
            ));
        }
        for (day, under) in below.iter().enumerate().rev() {
            d.push_str(&format!("V{:.1}H{:.1}", height(*under), day as f64 * step));
        }
        for (under, night) in below.iter_mut().zip(nights) {
            *under += count(night);
        }
        html! { <path class={classes!("state", *class)} {d} /> }
    });
    shapes.collect()
}

/// One shape per action, with a tick on each night that it acts on; deletions that fail have one where their number
/// changes.
fn ticks(nights: &[Night], step: f64) -> Html {
    let actions: [(&'static str, Count); 4] = [
        ("deprecate", |night| night.deprecate),
        ("disable", |night| night.disable),
        ("delete", |night| night.delete),
        ("fail", |night| night.fail),
    ];
    let busiest = nights.iter().map(Night::acts).max();
    let busiest = f64::from(busiest.unwrap_or(0).max(1));
    let width = (step / 4.0).clamp(0.9, 4.0);
    let shapes = actions.iter().enumerate().map(|(slot, (class, count))| {
        let mut d = String::new();
        let is_marked = |night: &Night, changes: bool| match *class {
            "fail" => changes,
            _ => count(night) > 0,
        };
        for (day, night, _) in changing(nights).filter(|(_, night, changes)| is_marked(night, *changes)) {
            // The root makes a single image visible beside a night of thousands.
            let length = 3.0 + (f64::from(count(night)) / busiest).sqrt().min(1.0) * (TICKS - 5.0);
            let x = f64::from(day) * step + slot as f64 * width;
            d.push_str(&format!("M{x:.1} {:.1}h{width:.1}v{length:.1}h-{width:.1}z", HEIGHT + 2.0));
        }
        html! { <path class={*class} {d} /> }
    });
    shapes.collect()
}

/// The nights on which something happens, in words.
fn table(nights: &[Night], now: i64) -> Html {
    let heads = ["Night", "deprecated", "disabled", "deleted", "deletions that fail", "left"];
    html! {
        <div class="scroll" tabindex="0" role="region" aria-label="The nights as a table">
            <table>
                <thead><tr>{ for heads.iter().map(|head| html! { <th scope="col">{ *head }</th> }) }</tr></thead>
                <tbody>
                    { for changing(nights).map(|(day, night, _)| {
                        let counts = [night.deprecate, night.disable, night.delete, night.fail, left(night)];
                        html! {
                            <tr key={day}><th scope="row">{ text::date(now + i64::from(day) * DAY) }</th>
                                { for counts.iter().map(|count| html! { <td>{ text::number(*count) }</td> }) }</tr>
                        }
                    }) }
                </tbody>
            </table>
        </div>
    }
}

/// Where the middle of a night stands, from 0 to 1.
fn middle(night: u32, range: u32) -> f64 {
    (f64::from(night) + 0.5) / f64::from(range + 1)
}

/// Yew listens at the root of the page, so that the current target is not the chart.
fn chart(event: &PointerEvent) -> Option<Element> {
    let inside = event.target().and_then(|target| target.dyn_into::<Element>().ok());
    inside.and_then(|inside| inside.closest(".bars").ok().flatten())
}

/// The night below the pointer.
fn pointed(event: &PointerEvent, range: u32) -> u32 {
    let Some(place) = chart(event).map(|chart| chart.get_bounding_client_rect()) else { return 0 };
    let part = (f64::from(event.client_x()) - place.left()) / place.width().max(1.0);
    (part * f64::from(range + 1)).clamp(0.0, f64::from(range)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_ends_at_a_number_that_halves() {
        let counts = [0, 1, 2, 3, 57, 64, 100, 101, 952, 1_000_000];
        assert_eq!(counts.map(round_up), [2, 2, 2, 4, 60, 80, 100, 200, 1000, 1_000_000]);
    }
}
