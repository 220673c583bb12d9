//! One line per image, AMI, snapshot and container image of every run. `inventory/src/table.rs` reads it back.

use std::borrow::Cow;
use std::io::Write;

use afterimage_inventory::ImageType;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_policy::Policy;
use afterimage_simulator::Reason;
use afterimage_simulator::Report;
use afterimage_simulator::Risk;
use afterimage_simulator::describe_reference;

use crate::CommandError;
use crate::facts;
use crate::rows::for_each_view;
use crate::rows::kind;

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

/// Without a policy, which is one with errors, the header alone.
pub(crate) fn write(
    report: &Report<'_>,
    inventory: &Inventory,
    policy: Option<&Policy>,
    out: &mut impl Write,
) -> Result<(), CommandError> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(HEADER)?;
    let Some(policy) = policy else { return Ok(csv.flush()?) };
    for_each_view(report, inventory, policy, |view| {
        let at = view.run.at.to_string();
        let at = at.as_str();
        for image in view.images() {
            let group = inventory.images.group.get(image.row);
            let region = group.and_then(|id| inventory.groups.get(id.0 as usize)).map(|group| group.region);
            let owner = inventory.images.owner.get(image.row);
            let thresholds = view.thresholds(&image);
            let earliest = thresholds.iter().map(|threshold| threshold.earliest).min();
            let latest = thresholds.iter().map(|threshold| threshold.latest).max();
            let day = |at: Option<Instant>| at.map(Instant::day).unwrap_or_default();
            let readings = view.other_readings.of(image.row).iter().map(|other| {
                format!("{}={}: {}", other.assumption, other.value(), other.outcome.verdict.as_str())
            });
            let readings = readings.collect::<Vec<_>>().join("; ");
            csv.write_record([
                at,
                "IMAGE",
                &inert(image.arn),
                "",
                &inert(region.map_or("", |region| view.text(region))),
                &inert(owner.map_or("", |&owner| view.text(owner))),
                image.created.to_string().as_str(),
                image.before,
                image.after,
                image.outcome.verdict.as_str(),
                image.outcome.reason.as_str(),
                image.outcome.rule.map(|rule| rule.to_string()).unwrap_or_default().as_str(),
                image.outcome.execution_status().unwrap_or_default(),
                if image.outcome.boundary { "true" } else { "false" },
                day(earliest).as_str(),
                day(latest).as_str(),
                readings.as_str(),
                "",
                "",
                if inventory.images.image_type.get(image.row) == Some(&ImageType::Docker) {
                    "DOCKER"
                } else {
                    "AMI"
                },
                facts::tags(inventory, image.row).to_string().as_str(),
                // An export is read from the rows of the first run.
                (if view.is_first { facts::image(inventory, image.row).to_string() } else { String::new() })
                    .as_str(),
            ])?;
            for output in &image.outputs {
                let [id, region, account] =
                    [output.id, output.region, output.account].map(|text| inert(view.text(text)));
                let mut below =
                    |[kind, id, parent]: [&str; 3], verdict, reason: Reason, [users, risks]: [&str; 2]| {
                        let reason = reason.as_str();
                        csv.write_record([
                            at, kind, id, parent, &*region, &*account, "", "", "", verdict, reason, "", "",
                            "", "", "", "", users, risks, "", "", "",
                        ])
                    };
                let users: Vec<String> = output
                    .references(inventory)
                    .iter()
                    .map(|reference| describe_reference(inventory, reference))
                    .collect();
                let codes =
                    |risks: &[Risk]| risks.iter().map(|risk| risk.code()).collect::<Vec<_>>().join("; ");
                below(
                    [kind(output), &id, &inert(image.arn)],
                    output.verdict.as_str(),
                    output.reason,
                    [&users.join("; "), &codes(&output.risks)],
                )?;
                for snapshot in &output.snapshots {
                    let own = inert(view.text(snapshot.id));
                    below(
                        ["SNAPSHOT", &own, &id],
                        snapshot.verdict.as_str(),
                        snapshot.reason,
                        ["", &codes(&snapshot.risks)],
                    )?;
                }
            }
        }
        Ok(())
    })?;
    Ok(csv.flush()?)
}

/// Text that a spreadsheet does not take as a formula.
///
/// No ARN, ID, Region or account that AWS writes begins like this, so real data is never changed; an export
/// that somebody forged gets the apostrophe that spreadsheets hide.
pub(crate) fn inert(text: &str) -> Cow<'_, str> {
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
