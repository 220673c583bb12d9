//! `afterimage simulate`: what the policy does, run by run.

use std::io::Write;

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_policy::Policy;
use afterimage_simulator::Outcome;
use afterimage_simulator::Rates;
use afterimage_simulator::Reason;
use afterimage_simulator::Report;
use afterimage_simulator::Verdict;
use afterimage_simulator::markdown_cell as cell;
use afterimage_simulator::spreadsheet;

use crate::CommandError;
use crate::PolicyIs;
use crate::args::Format;
use crate::args::SimulateArgs;
use crate::check;
use crate::consequences;

use crate::input;
use crate::notes;
use crate::rows::HEADER;
use crate::rows::View;
use crate::rows::for_each_view;
use crate::table;
use crate::table::Line;
use crate::wording::BOUNDARY;
use crate::wording::OTHER_READINGS;
use crate::wording::assumed;

pub(crate) fn run(args: &SimulateArgs, out: &mut impl Write) -> Result<PolicyIs, CommandError> {
    input::standard_input_once([&args.policy].into_iter().chain(&args.inventory))?;
    let reading = input::policy(&args.policy, args.resource.as_deref())?;
    let inventory = input::inventory(&args.inventory)?;
    let now = args.now.unwrap_or_else(input::now);
    let assumptions = args.assume.chosen();
    let rates =
        Rates { snapshot: args.price_snapshot, archive: args.price_archive, container: args.price_ecr };
    let report =
        afterimage_simulator::report(&reading, &inventory, assumptions, now, args.days).at_rates(rates);
    let policy_is = check::policy_is(report.diagnostics());
    if args.format == Format::Json {
        serde_json::to_writer_pretty(&mut *out, &report)?;
        writeln!(out)?;
        return Ok(policy_is);
    }
    notes::diagnostics(report.diagnostics(), &reading, &args.policy)?;
    notes::skipped(&inventory)?;
    let policy = reading.policy();
    match (args.format, &policy) {
        (Format::Csv, _) => spreadsheet::write(&report, &inventory, &mut *out)?,
        (Format::Table, Some(policy)) => tables(&report, &inventory, policy, out)?,
        (Format::Markdown, Some(policy)) => markdown(&report, &inventory, policy, out)?,
        _ => {}
    }
    Ok(policy_is)
}

fn tables(
    report: &Report<'_>,
    inventory: &Inventory,
    policy: &Policy,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let width = input::width();
    for_each_view(report, inventory, policy, |view| {
        writeln!(out, "{}", heading(view.run.at))?;
        let row = |image| Line { cells: view.cells(&image), below: view.below(&image) };
        let rows: Vec<_> = view.listed().map(row).collect();
        if !rows.is_empty() {
            write!(out, "\n{}", table::render(HEADER, rows, width))?;
        }
        writeln!(out, "\n{}", summary(view, report.rates()).join("\n"))?;
        writeln!(out)?;
        Ok(())
    })
}

fn markdown(
    report: &Report<'_>,
    inventory: &Inventory,
    policy: &Policy,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    for_each_view(report, inventory, policy, |view| {
        writeln!(out, "## {}\n", heading(view.run.at))?;
        let lines = summary(view, report.rates()).join("\n");
        writeln!(out, "{}\n", anstream::adapter::strip_str(&lines).to_string().replace('\n', "  \n"))?;
        let mut images = view.listed().peekable();
        if images.peek().is_some() {
            writeln!(out, "| {} | outputs |\n|---|---|--:|---|---|---|", HEADER.join(" | "))?;
        }
        for image in images {
            let cells = view.cells(&image).map(|text| cell(&text));
            let outputs: Vec<_> = view.below(&image).iter().map(|text| cell(text.trim_start())).collect();
            writeln!(out, "| {} | {} |", cells.join(" | "), outputs.join("<br>"))?;
        }
        writeln!(out)?;
        Ok(())
    })
}

fn heading(at: Instant) -> String {
    let day =
        at.to_utc().map_or_else(|| at.to_string(), |at| at.format("%a %-d %b %Y, %H:%M UTC").to_string());
    format!("Run on {day}")
}

/// What the run does, in numbers: images, outputs, images that are left out of the table.
fn summary(view: &View<'_>, rates: &Rates) -> Vec<String> {
    let words = [
        (Verdict::Delete, "deleted"),
        (Verdict::Disable, "disabled"),
        (Verdict::Deprecate, "deprecated"),
        (Verdict::Skip, "spared"),
        (Verdict::Keep, "kept"),
        (Verdict::Ignore, "not considered"),
    ];
    let outcomes = || view.run.outcomes().flatten();
    let parts: Vec<String> = words
        .into_iter()
        .map(|(verdict, word)| {
            let style = table::style(verdict);
            let of_them = |stay: fn(&Outcome) -> bool, words: &str| {
                let count = outcomes().filter(|outcome| outcome.verdict == verdict && stay(outcome)).count();
                (count > 0).then(|| format!("{count} {words}"))
            };
            let left = [of_them(Outcome::fails, "will fail"), of_them(Outcome::waits, "leave the record")];
            let left: Vec<String> = left.into_iter().flatten().collect();
            let left = if left.is_empty() { String::new() } else { format!(" ({})", left.join(", ")) };
            format!("{style}{} {word}{style:#}{left}", view.run.summary.count(verdict))
        })
        .collect();
    let mut lines: Vec<String> = assumed(view.plan.assumptions()).into_iter().collect();
    lines.push(format!("images: {}", parts.join(", ")));
    let totals = view.plan.totals(view.inventory, view.state, view.run);
    for (noun, counts) in
        [("AMIs", totals.amis), ("snapshots", totals.snapshots), ("container images", totals.containers)]
    {
        let verbs = [
            (counts.deprecated, "deprecated"),
            (counts.disabled, "disabled"),
            (counts.deleted, "deleted"),
            (counts.skipped, "spared"),
            (counts.left, "left as they are"),
            (counts.failed, "will fail"),
        ];
        let parts: Vec<String> =
            verbs.into_iter().filter(|(n, _)| *n > 0).map(|(n, verb)| format!("{n} {verb}")).collect();
        if !parts.is_empty() {
            lines.push(format!("{noun}: {}", parts.join(", ")));
        }
    }
    lines.extend(consequences::summary(view, rates));
    let ignored: Vec<String> = Reason::ALL
        .into_iter()
        .map(|reason| {
            let ignored = outcomes().filter(|outcome| outcome.verdict == Verdict::Ignore);
            (reason, ignored.filter(|outcome| outcome.reason == reason).count())
        })
        .filter(|(_, count)| *count > 0)
        .map(|(reason, count)| format!("{count} {}", reason.as_str()))
        .collect();
    if !ignored.is_empty() {
        lines.push(format!("not considered: {}", ignored.join(", ")));
    }
    if !view.is_first && view.run.summary.keep > 0 {
        lines.push("kept images are listed in the first run only".to_owned());
    }
    if outcomes().any(|outcome| outcome.boundary) {
        lines.push(BOUNDARY.to_owned());
    }
    if !view.other_readings.all().is_empty() {
        lines.push(OTHER_READINGS.to_owned());
    }
    lines
}
