//! `afterimage forecast`: what the policy does over months and years, day by day.

use std::io::Write;

use afterimage_simulator::Forecast;
use afterimage_simulator::ForecastReport;
use afterimage_simulator::NightTotals;
use afterimage_simulator::spreadsheet::inert;

use crate::CommandError;
use crate::PolicyIs;
use crate::args::ForecastArgs;
use crate::args::Format;
use crate::check;
use crate::input;
use crate::notes;
use crate::table;
use crate::wording::assumed;
use crate::wording::counted;
use crate::wording::day;

pub(crate) fn run(args: &ForecastArgs, out: &mut impl Write) -> Result<PolicyIs, CommandError> {
    input::standard_input_once([&args.policy].into_iter().chain(&args.inventory))?;
    let reading = input::policy(&args.policy, args.resource.as_deref())?;
    let inventory = input::inventory(&args.inventory)?;
    let report =
        ForecastReport::new(&reading, &inventory, args.horizon.assume.chosen(), &args.horizon.options());
    input::builds(report.unknown_recipes())?;
    let policy_is = check::policy_is(report.diagnostics());
    if args.format == Format::Json {
        serde_json::to_writer_pretty(&mut *out, &report)?;
        writeln!(out)?;
        return Ok(policy_is);
    }
    notes::diagnostics(report.diagnostics(), &reading, &args.policy)?;
    notes::skipped(&inventory)?;
    match (args.format, report.forecast()) {
        (Format::Csv, forecast) => spreadsheet(&report, forecast, out)?,
        (Format::Markdown, Some(forecast)) => markdown(&report, forecast, out)?,
        (_, Some(forecast)) => {
            writeln!(out, "{}", headline(&report, forecast).join("\n"))?;
            let rows = rows(forecast);
            if !rows.is_empty() {
                let table = if forecast.series.is_empty() {
                    table::columns(HEADER, rows.into_iter().map(|(own, _)| own).collect(), 1)
                } else {
                    let rows = rows.into_iter().map(|(own, new)| with_builds(own, new));
                    table::columns(with_builds(HEADER, NEW), rows.collect(), 1)
                };
                write!(out, "\n{table}")?;
            }
        }
        (_, None) => {}
    }
    Ok(policy_is)
}

const HEADER: [&str; 6] = ["day", "deprecate", "disable", "delete", "fail", "left in scope"];
/// About builds to come, of which only the expected ones are known.
const NEW: [&str; 3] = ["new", "new deleted", "new left"];

fn with_builds<T>(own: [T; 6], new: [T; 3]) -> [T; 9] {
    let [a, b, c, d, e, f] = own;
    let [g, h, i] = new;
    [a, b, c, d, e, f, g, h, i]
}

/// One line per day on which something changes. Builds that appear in between stand in the next line.
fn rows(forecast: &Forecast) -> Vec<([String; 6], [String; 3])> {
    let number = |count: u32| if count == 0 { "·".to_owned() } else { count.to_string() };
    let mut built = forecast.nights.iter().map(|night| night.new_builds.built);
    let mut seen = 0;
    let row = |(night, totals): (u32, &NightTotals)| {
        let since = (night.saturating_add(1)).saturating_sub(seen) as usize;
        seen = night.saturating_add(1);
        let appeared = built.by_ref().take(since).fold(0, u32::saturating_add);
        let new = &totals.new_builds;
        let own = [
            day(forecast.at(night)),
            number(totals.deprecated),
            number(totals.disabled),
            number(totals.deleted),
            number(totals.failed),
            totals.remaining.to_string(),
        ];
        (own, [number(appeared), number(new.deleted), new.remaining.to_string()])
    };
    forecast.events().map(row).collect()
}

fn markdown(
    report: &ForecastReport<'_>,
    forecast: &Forecast,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    writeln!(out, "{}", headline(report, forecast).join("  \n"))?;
    let has_builds = !forecast.series.is_empty();
    let new = if has_builds { NEW.as_slice() } else { &[] };
    let header: Vec<&str> = HEADER.iter().chain(new).copied().collect();
    let rows = rows(forecast);
    if !rows.is_empty() {
        writeln!(
            out,
            "\n| {} |\n|---|{}",
            header.join(" | "),
            "--:|".repeat(header.len().saturating_sub(1))
        )?;
    }
    for (own, new) in rows {
        let new = if has_builds { new.as_slice() } else { &[] };
        let cells: Vec<&str> = own.iter().chain(new).map(String::as_str).collect();
        writeln!(out, "| {} |", cells.join(" | "))?;
    }
    Ok(())
}

/// One line per image. Without a forecast, which is one of a policy with errors, the header alone.
fn spreadsheet(
    report: &ForecastReport<'_>,
    forecast: Option<&Forecast>,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "arn",
        "deprecated",
        "disabled",
        "deleted",
        "refused",
        "first_verdict",
        "first_reason",
        "last_verdict",
        "last_reason",
    ])?;
    let inventory = report.inventory();
    for &row in &inventory.by_arn {
        let Some((forecast, fate)) = forecast.and_then(|all| Some((all, all.fate(row as usize)?))) else {
            continue;
        };
        let at = |night: Option<u32>| night.map(|night| forecast.at(night).to_string()).unwrap_or_default();
        let (verdict, reason) = fate.first;
        let (last_verdict, last_reason) =
            fate.last.map_or(("", ""), |(verdict, reason)| (verdict.as_str(), reason.as_str()));
        csv.write_record([
            &*inert(inventory.arn(row as usize)),
            &at(fate.deprecated),
            &at(fate.disabled),
            &at(fate.deleted),
            &at(fate.refused),
            verdict.as_str(),
            reason.as_str(),
            last_verdict,
            last_reason,
        ])?;
    }
    Ok(csv.flush()?)
}

/// The forecast in a few sentences.
fn headline(report: &ForecastReport<'_>, forecast: &Forecast) -> Vec<String> {
    let totals = forecast.totals();
    let last = day(forecast.at(forecast.last_night()));
    let first = (0_u32..).zip(&forecast.nights).find(|(_, night)| night.deleted > 0);
    let mut lines = vec![match first {
        Some((night, first)) => format!(
            "The first deletion is on {}, of {}; {} of {} in scope are deleted by {last}.",
            day(forecast.at(night)),
            counted(first.deleted as usize, "image"),
            totals.deleted,
            counted(forecast.in_scope as usize, "image"),
        ),
        None => format!("No image is deleted by {last}."),
    }];
    lines.push(format!("On the way {} are deprecated and {} disabled.", totals.deprecated, totals.disabled));
    if let Some(failed) = forecast.nights.last().map(|night| night.failed).filter(|&failed| failed > 0) {
        lines.push(format!("{} will fail every night.", counted(failed as usize, "deletion")));
    }
    match forecast.settled_after {
        Some(night) => lines.push(format!("Nothing more happens after {}.", day(forecast.at(night)))),
        None => lines.push("More may happen after that day.".to_owned()),
    }
    if !forecast.series.is_empty() {
        lines.push(format!(
            "Apart from these, {} of {} are expected: {} deleted, {} left.",
            counted(totals.new_builds.built as usize, "new build"),
            counted(forecast.series.len(), "recipe version"),
            totals.new_builds.deleted,
            totals.new_builds.remaining,
        ));
    }
    lines.extend(assumed(report.assumptions()));
    lines
}
