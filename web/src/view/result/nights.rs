//! What is left over the coming nights, and the slider that chooses the night. The slider is a range input, so
//! arrow keys, Home and End work as in any other; a bar of the chart can be clicked as well.

use wasm_bindgen::JsCast;
use web_sys::Element;
use web_sys::MouseEvent as WebMouseEvent;
use yew::prelude::*;

use crate::protocol::NIGHTS;
use crate::protocol::Night;
use crate::state::Action;
use crate::state::State;
use crate::text;
use crate::view::Dispatch;
use crate::view::value;

// Units of the drawing, which is stretched to the width of its place.
const STEP: f64 = 20.0;
const WIDTH: f64 = STEP * NIGHTS as f64;
const HEIGHT: f64 = 64.0;
const TICKS: f64 = 18.0;

pub(super) fn nights(state: &State, dispatch: &Dispatch) -> Html {
    let nights = state.nights.as_slice();
    let choose = dispatch.reform(|event: InputEvent| Action::Day(value(&event).parse().unwrap_or(0)));
    let click = dispatch.reform(|event: MouseEvent| {
        // The arrow keys go on from where the pointer was.
        crate::view::focus("day");
        Action::Day(clicked(&event))
    });
    let chosen = text::night(state.day, state.now, state.forecast().get(state.day as usize));
    let tallest = nights.iter().map(left).max().unwrap_or(0).max(1);
    let busiest = nights.iter().map(acts).max().unwrap_or(0).max(1);
    let bars = nights.iter().enumerate().map(|(day, night)| bar(day, night, tallest, busiest));
    let legend = [
        ("keep", "available"),
        ("deprecate", "deprecated"),
        ("disable", "disabled"),
        ("ignore", "failed or cancelled"),
    ];
    let end = text::date(state.now + i64::from(NIGHTS - 1) * 86_400_000);
    html! {
        <div class="chart">
            <div class="cap">
                <h2>{ "What is left" }</h2>
                { for legend.iter().map(|(class, word)| html! {
                    <span class={classes!("key", *class)}><span class="glyph" aria-hidden="true">{ "■" }</span>{ *word }</span>
                }) }
                <span class="wide">{ "ticks: acted on that night" }</span>
            </div>
            <svg class="bars" viewBox={format!("0 0 {WIDTH} {}", HEIGHT + TICKS)} preserveAspectRatio="none"
                aria-hidden="true" onclick={click}>
                <rect class="chosen" x={(f64::from(state.day) * STEP).to_string()} y="0" width={STEP.to_string()}
                    height={(HEIGHT + TICKS).to_string()} />
                { for bars }
                <line class="base" x1="0" x2={WIDTH.to_string()} y1={HEIGHT.to_string()} y2={HEIGHT.to_string()} />
            </svg>
            <input type="range" id="day" min="0" max={(NIGHTS - 1).to_string()} step="1" value={state.day.to_string()}
                oninput={choose} aria-label="Night" aria-valuetext={chosen.clone()} />
            <div class="ends">
                <span>{ text::date(state.now) }</span>
                <output for="day" id="night">{ chosen }</output>
                <span>{ end }</span>
            </div>
        </div>
    }
}

fn left(night: &Night) -> u32 {
    night.available + night.deprecated + night.disabled + night.other
}

fn acts(night: &Night) -> u32 {
    night.deprecate.max(night.disable).max(night.delete)
}

/// One night: what is left above the line, what is acted on below it.
fn bar(day: usize, night: &Night, tallest: u32, busiest: u32) -> Html {
    let x = day as f64 * STEP;
    let mut y = HEIGHT;
    let states = [
        (night.available, "keep"),
        (night.deprecated, "deprecate"),
        (night.disabled, "disable"),
        (night.other, "ignore"),
    ];
    let stacked = states.into_iter().filter(|(count, _)| *count > 0).map(|(count, class)| {
        let height = f64::from(count) / f64::from(tallest) * (HEIGHT - 2.0);
        y -= height;
        html! { <rect class={classes!("state", class)} x={(x + 1.0).to_string()} y={y.to_string()} width={(STEP - 2.0).to_string()} height={height.to_string()} /> }
    });
    let stacked: Html = stacked.collect();
    let actions = [(night.deprecate, "deprecate"), (night.disable, "disable"), (night.delete, "delete")];
    // The root makes a single image visible beside a night of thousands.
    let length = |count: u32| 3.0 + (f64::from(count) / f64::from(busiest)).sqrt() * (TICKS - 5.0);
    let ticks = actions.iter().enumerate().filter(|(_, (count, _))| *count > 0).map(|(slot, (count, class))| {
        let x = x + 3.0 + slot as f64 * 5.0;
        html! { <rect class={*class} x={x.to_string()} y={(HEIGHT + 2.0).to_string()} width="4" height={length(*count).to_string()} /> }
    });
    html! { <g key={day}>{ stacked }{ for ticks }</g> }
}

/// The night below the pointer.
fn clicked(event: &WebMouseEvent) -> u32 {
    let chart = event.current_target().and_then(|target| target.dyn_into::<Element>().ok());
    let Some(place) = chart.map(|chart| chart.get_bounding_client_rect()) else { return 0 };
    let part = (f64::from(event.client_x()) - place.left()) / place.width().max(1.0);
    (part * f64::from(NIGHTS)).clamp(0.0, f64::from(NIGHTS - 1)) as u32
}
