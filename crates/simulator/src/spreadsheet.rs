//! One line per image, AMI, snapshot and container image of every run, but for AMIs that went earlier, as CSV.
//! `inventory/src/table.rs` reads it back.

use std::borrow::Cow;
use std::io;
use std::io::Write;

use afterimage_inventory::ImageType;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;

use crate::facts;
use crate::outputs::OutputKind;
use crate::plan::Plan;
use crate::report::Report;
use crate::risks::Risk;
use crate::run::Run;
use crate::run::State;
use crate::usage::describe_reference;
use crate::verdict::Reason;

const HEADER: [&str; 22] = [
    "run",
    "kind",
    "id",
    "parent",
    "region",
    "account",
    "created",
    "before",
    "after",
    "verdict",
    "reason",
    "rule",
    "status",
    "boundary",
    "earliest",
    "latest",
    "other readings",
    "in use by",
    "risks",
    "type",
    "tags",
    "facts",
];

/// Writes all runs. Without a policy, which is one with errors, the header alone.
///
/// # Errors
///
/// What `out` fails with.
pub fn write(report: &Report<'_>, inventory: &Inventory, out: &mut dyn Write) -> io::Result<()> {
    record(out, &HEADER)?;
    let mut is_first = true;
    report.for_each_run(|plan, state, run| {
        // An export is read from the rows of the first run.
        let with_facts = std::mem::replace(&mut is_first, false);
        rows(inventory, (plan, state, run), with_facts, out)
    })
}

fn rows(
    inventory: &Inventory,
    (plan, state, run): (&Plan, &State, &Run),
    with_facts: bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    let other_readings = plan.other_readings(inventory, state, run);
    let at = run.at.to_string();
    let images = &inventory.images;
    for row in inventory.by_arn.iter().map(|&row| row as usize) {
        let (Some(outcome), Some(before), Some(created)) =
            (run.outcome(row), state.status(row), images.created.get(row))
        else {
            continue;
        };
        let arn = inert(inventory.arn(row));
        let group = images.group.get(row).and_then(|id| inventory.groups.get(id.0 as usize));
        let owner = images.owner.get(row).map_or("", |&owner| inventory.text(owner));
        let near = || plan.thresholds(inventory, run.at, row);
        let thresholds = if outcome.boundary { near() } else { Vec::new() };
        let earliest = thresholds.iter().map(|threshold| threshold.earliest).min();
        let latest = thresholds.iter().map(|threshold| threshold.latest).max();
        let day = |at: Option<Instant>| at.map(Instant::day).unwrap_or_default();
        let readings = other_readings.of(row).iter().map(|other| {
            format!("{}={}: {}", other.assumption, other.value(), other.outcome.verdict.as_str())
        });
        let is_container = images.image_type.get(row) == Some(&ImageType::Docker);
        record(
            out,
            &[
                &at,
                "IMAGE",
                &arn,
                "",
                &inert(group.map_or("", |group| inventory.text(group.region))),
                &inert(owner),
                &created.to_string(),
                before.as_str(),
                outcome.after(before).as_str(),
                outcome.verdict.as_str(),
                outcome.reason.as_str(),
                &outcome.rule.map(|rule| rule.to_string()).unwrap_or_default(),
                outcome.execution_status().unwrap_or_default(),
                if outcome.boundary { "true" } else { "false" },
                &day(earliest),
                &day(latest),
                &readings.collect::<Vec<_>>().join("; "),
                "",
                "",
                if is_container { "DOCKER" } else { "AMI" },
                &facts::tags(inventory, row).to_string(),
                &(if with_facts { facts::image(inventory, row).to_string() } else { String::new() }),
            ],
        )?;
        for output in plan.outputs(inventory, state, run, row).into_iter().filter(|output| !output.gone) {
            let [id, region, account] =
                [output.id, output.region, output.account].map(|text| inert(inventory.text(text)));
            let mut below =
                |[kind, id, parent]: [&str; 3], verdict, reason: Reason, [users, risks]: [&str; 2]| {
                    let reason = reason.as_str();
                    record(
                        out,
                        &[
                            &at, kind, id, parent, &region, &account, "", "", "", verdict, reason, "", "",
                            "", "", "", "", users, risks, "", "", "",
                        ],
                    )
                };
            let users: Vec<String> = output
                .references(inventory)
                .iter()
                .map(|reference| describe_reference(inventory, reference))
                .collect();
            let codes = |risks: &[Risk]| risks.iter().map(|risk| risk.code()).collect::<Vec<_>>().join("; ");
            let kind = match output.kind {
                OutputKind::Ami(_) => "AMI",
                OutputKind::Container(_) => "CONTAINER",
            };
            let fate = output.verdict.as_str();
            below([kind, &id, &arn], fate, output.reason, [&users.join("; "), &codes(&output.risks)])?;
            for snapshot in &output.snapshots {
                let own = inert(inventory.text(snapshot.id));
                let fate = snapshot.verdict.as_str();
                below(["SNAPSHOT", &own, &id], fate, snapshot.reason, ["", &codes(&snapshot.risks)])?;
            }
        }
    }
    Ok(())
}

/// One line, with quotes where a cell needs them.
fn record(out: &mut dyn Write, cells: &[&str; HEADER.len()]) -> io::Result<()> {
    let mut line = String::new();
    for (at, cell) in cells.iter().enumerate() {
        if at > 0 {
            line.push(',');
        }
        if cell.contains(['"', ',', '\n', '\r']) {
            line.push('"');
            line.push_str(&cell.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(cell);
        }
    }
    line.push('\n');
    out.write_all(line.as_bytes())
}

/// Text that a spreadsheet does not take as a formula.
///
/// No ARN, ID, Region or account that AWS writes begins like this, so real data is never changed; an export
/// that somebody forged gets the apostrophe that spreadsheets hide.
pub fn inert(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_id_is_no_formula() {
        assert_eq!(inert("=HYPERLINK(\"https://example.com\")"), "'=HYPERLINK(\"https://example.com\")");
        assert_eq!(inert("@SUM(A1)"), "'@SUM(A1)");
        for id in ["arn:aws:imagebuilder:us-west-2:123456789012:image/web/1.0.0/1", "ami-0", "us-west-2", ""]
        {
            assert_eq!(inert(id), id);
        }
    }
}
