//! `afterimage simulate`: what the policy does, run by run.

use std::io::Write;

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_policy::Policy;
use afterimage_simulator::Outcome;
use afterimage_simulator::Reason;
use afterimage_simulator::Report;
use afterimage_simulator::Verdict;

use crate::CommandError;
use crate::PolicyIs;
use crate::args::Format;
use crate::args::SimulateArgs;
use crate::check;
use crate::input;
use crate::rows::ImageRow;
use crate::rows::View;
use crate::rows::kind;
use crate::table;
use crate::wording::counted;
use crate::wording::why;

pub(crate) fn run(args: &SimulateArgs, out: &mut impl Write) -> Result<PolicyIs, CommandError> {
    let reading = input::policy(&args.policy)?;
    let inventory = input::inventory(&args.inventory)?;
    let now = args.now.unwrap_or_else(input::now);
    let report = afterimage_simulator::report(&reading, &inventory, now, args.days);
    if args.format == Format::Json {
        serde_json::to_writer_pretty(&mut *out, &report)?;
        writeln!(out)?;
        return Ok(check::policy_is(report.diagnostics()));
    }
    if args.format == Format::Csv {
        csv(&report, &inventory, out)?;
    }
    let mut notes = anstream::stderr();
    check::print(report.diagnostics(), &mut notes)?;
    for skipped in &inventory.skipped {
        let style = table::AMBER;
        let path = if skipped.path.is_empty() { "/" } else { &skipped.path };
        writeln!(notes, "{style}skipped{style:#} {}: {path}: {}", skipped.source, skipped.message)?;
    }
    if let Some(policy) = reading.policy() {
        match args.format {
            Format::Table => tables(&report, &inventory, &policy, out)?,
            Format::Markdown => markdown(&report, &inventory, &policy, out)?,
            Format::Json | Format::Csv => {}
        }
    }
    Ok(check::policy_is(report.diagnostics()))
}

fn tables(
    report: &Report<'_>,
    inventory: &Inventory,
    policy: &Policy,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    report.for_each_run(|plan, state, run| {
        let view = View { inventory, plan, state, run };
        writeln!(out, "{}", heading(run.at))?;
        let considered = view.images().filter(|image| image.outcome.verdict != Verdict::Ignore);
        let rows: Vec<_> = considered.map(|image| row(&view, &image, policy)).collect();
        if !rows.is_empty() {
            let header = ["verdict", "image", "age", "state", "why", "outputs"];
            write!(out, "\n{}", table::render(header, rows))?;
        }
        writeln!(out, "\n{}", summary(&view))?;
        for line in ignored(&view) {
            writeln!(out, "{line}")?;
        }
        writeln!(out)?;
        Ok(())
    })
}

fn row(view: &View<'_>, image: &ImageRow<'_>, policy: &Policy) -> [String; 6] {
    let outcome = &image.outcome;
    let state = if image.before == image.after {
        image.before.to_owned()
    } else {
        format!("{} → {}", image.before, image.after)
    };
    [
        outcome.verdict.as_str().to_owned(),
        image.short.to_owned(),
        format!("{} d", image.age_days),
        state,
        format!("{}: {}{}", outcome.reason.as_str(), why(outcome, policy), marks(outcome)),
        outputs(view, image).join("\n"),
    ]
}

fn marks(outcome: &Outcome) -> String {
    let failed = if outcome.failed { "; will fail" } else { "" };
    let boundary = if outcome.boundary { "; boundary: may differ by a day" } else { "" };
    format!("{failed}{boundary}")
}

/// One line per output: what happens to it, and to its snapshots.
fn outputs(view: &View<'_>, image: &ImageRow<'_>) -> Vec<String> {
    let line = |output: &afterimage_simulator::Output| {
        let mut line = format!(
            "{} {} {}",
            view.text(output.id),
            view.text(output.region),
            fate(output.verdict.as_str(), output.reason)
        );
        let mut fates: Vec<(String, usize)> = Vec::new();
        for snapshot in &output.snapshots {
            let fate = fate(snapshot.verdict.as_str(), snapshot.reason);
            match fates.iter_mut().find(|(known, _)| *known == fate) {
                Some((_, count)) => *count = count.saturating_add(1),
                None => fates.push((fate, 1)),
            }
        }
        for (fate, count) in fates {
            line.push_str(&format!(", {} {fate}", counted(count, "snapshot")));
        }
        line
    };
    image.outputs.iter().map(line).collect()
}

/// The reason only where it says more than the image's own.
fn fate(verdict: &str, reason: Reason) -> String {
    match reason {
        Reason::Age | Reason::Count | Reason::FailedBuild => verdict.to_owned(),
        _ => format!("{verdict} ({})", reason.as_str()),
    }
}

fn heading(at: Instant) -> String {
    let day =
        at.to_utc().map_or_else(|| at.to_string(), |at| at.format("%a %-d %b %Y, %H:%M UTC").to_string());
    format!("Run on {day}")
}

fn summary(view: &View<'_>) -> String {
    let words = [
        (Verdict::Deprecate, "deprecated"),
        (Verdict::Disable, "disabled"),
        (Verdict::Delete, "deleted"),
        (Verdict::Skip, "spared"),
        (Verdict::Keep, "kept"),
        (Verdict::Ignore, "not considered"),
    ];
    let parts: Vec<String> = words
        .into_iter()
        .map(|(verdict, word)| {
            let style = table::style(verdict);
            format!("{style}{} {word}{style:#}", view.run.summary.count(verdict))
        })
        .collect();
    let totals = view.plan.totals(view.inventory, view.state, view.run);
    let mut line = parts.join(", ");
    for (noun, counts) in
        [("AMI", totals.amis), ("snapshot", totals.snapshots), ("container image", totals.containers)]
    {
        let verbs = [
            (counts.acted, "acted on"),
            (counts.skipped, "spared"),
            (counts.left, "left as they are"),
            (counts.failed, "will fail"),
        ];
        let parts: Vec<String> =
            verbs.into_iter().filter(|(n, _)| *n > 0).map(|(n, verb)| format!("{n} {verb}")).collect();
        if !parts.is_empty() {
            line.push_str(&format!("\n{noun}s: {}", parts.join(", ")));
        }
    }
    line
}

/// Images that the policy does not look at are counted by reason, not listed.
fn ignored(view: &View<'_>) -> Vec<String> {
    let count = |reason: Reason| {
        let outcomes = view.run.outcomes.iter().flatten();
        outcomes.filter(|outcome| outcome.verdict == Verdict::Ignore && outcome.reason == reason).count()
    };
    let reasons: Vec<String> = Reason::ALL
        .into_iter()
        .map(|reason| (reason, count(reason)))
        .filter(|(_, count)| *count > 0)
        .map(|(reason, count)| format!("{count} {}", reason.as_str()))
        .collect();
    if reasons.is_empty() {
        return Vec::new();
    }
    vec![format!("not considered: {} (listed with --format csv or json)", reasons.join(", "))]
}

fn csv(report: &Report<'_>, inventory: &Inventory, out: &mut impl Write) -> Result<(), CommandError> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "run", "kind", "id", "parent", "region", "account", "created", "before", "after", "verdict",
        "reason", "rule", "status", "boundary",
    ])?;
    report.for_each_run(|plan, state, run| -> Result<(), CommandError> {
        let view = View { inventory, plan, state, run };
        let at = run.at.to_string();
        let at = at.as_str();
        for image in view.images() {
            let row = inventory.find_image(image.arn).unwrap_or_default();
            let group = inventory.images.group.get(row).and_then(|id| inventory.groups.get(id.0 as usize));
            let owner = inventory.images.owner.get(row).map_or("", |&owner| view.text(owner));
            let created = inventory.images.created.get(row).map(ToString::to_string).unwrap_or_default();
            csv.write_record([
                at,
                "IMAGE",
                image.arn,
                "",
                group.map_or("", |group| view.text(group.region)),
                owner,
                created.as_str(),
                image.before,
                image.after,
                image.outcome.verdict.as_str(),
                image.outcome.reason.as_str(),
                image.outcome.rule.map(|rule| rule.to_string()).unwrap_or_default().as_str(),
                image.outcome.execution_status().unwrap_or_default(),
                if image.outcome.boundary { "true" } else { "false" },
            ])?;
            for output in &image.outputs {
                let id = view.text(output.id);
                let fixed = |kind, id, parent, verdict, reason: Reason| {
                    let (region, account) = (view.text(output.region), view.text(output.account));
                    [at, kind, id, parent, region, account, "", "", "", verdict, reason.as_str(), "", "", ""]
                };
                csv.write_record(fixed(kind(output), id, image.arn, output.verdict.as_str(), output.reason))?;
                for snapshot in &output.snapshots {
                    let (verdict, reason) = (snapshot.verdict.as_str(), snapshot.reason);
                    csv.write_record(fixed("SNAPSHOT", view.text(snapshot.id), id, verdict, reason))?;
                }
            }
        }
        Ok(())
    })?;
    csv.flush()?;
    Ok(())
}

fn markdown(
    report: &Report<'_>,
    inventory: &Inventory,
    policy: &Policy,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let cell = |text: &str| text.replace('\\', "\\\\").replace('|', "\\|").replace('\n', "<br>");
    report.for_each_run(|plan, state, run| {
        let view = View { inventory, plan, state, run };
        writeln!(out, "## {}\n", heading(run.at))?;
        writeln!(out, "{}\n", anstream::adapter::strip_str(&summary(&view)))?;
        writeln!(out, "| verdict | image | age | state | why | outputs |\n|---|---|--:|---|---|---|")?;
        for image in view.images() {
            let row = row(&view, &image, policy).map(|text| cell(&text));
            writeln!(out, "| {} |", row.join(" | "))?;
        }
        writeln!(out)?;
        Ok(())
    })
}
