//! Why one image has its verdict in the run on screen.

use afterimage_inventory::AmiId;
use afterimage_inventory::ImageUri;
use afterimage_inventory::Inventory;
use afterimage_inventory::Text;
use afterimage_simulator as simulator;
use afterimage_simulator::OtherReading;
use afterimage_simulator::OtherReadings;
use afterimage_simulator::OutputKind;
use afterimage_simulator::OutputVerdict;
use afterimage_simulator::Plan;
use afterimage_simulator::Risk;
use afterimage_simulator::State;
use afterimage_simulator::Verdict;

use crate::engine::nights::Forecast;
use crate::engine::short;
use crate::engine::shown::Shown;
use crate::protocol::Considered;
use crate::protocol::Explained;
use crate::protocol::Finding;
use crate::protocol::OutputRow;
use crate::protocol::ReadingRow;
use crate::protocol::Retention;
use crate::protocol::SnapshotRow;
use crate::protocol::Step;

/// Letters of a tag's value, which AWS limits, and an export may not.
const LONGEST_TAG: usize = 256;
/// The fate of an AMI that went earlier.
pub(super) const GONE: &str = "GONE";
/// The fate of an output that stays when the record of its image goes.
const BEHIND: &str = "BEHIND";
/// References to an AMI that are told one by one.
const MOST_USES: usize = 20;

/// `readings` are those of the run that is shown, once they are worked out.
pub(super) fn explained(
    inventory: &Inventory,
    plan: &Plan,
    shown: &Shown,
    forecast: Option<&Forecast>,
    readings: Option<&OtherReadings>,
    image: u32,
) -> Option<Explained> {
    let row = image as usize;
    let explanation = plan.explain(inventory, &shown.state, &shown.run, row)?;
    let tags = inventory.tag_sets.get(*inventory.images.tags.get(row)?);
    let text = |text| {
        let whole = inventory.text(text);
        let mut shown: String = whole.chars().take(LONGEST_TAG).collect();
        if shown.len() < whole.len() {
            shown.push('…');
        }
        shown
    };
    let events = forecast.map(|forecast| forecast.events(row)).unwrap_or_default();
    Some(Explained {
        image,
        arn: inventory.arn(row).to_owned(),
        created: inventory.images.created.get(row)?.0,
        state: shown.state.status(row)?.as_str().to_owned(),
        tags: tags.iter().map(|&(key, value)| (text(key), text(value))).collect(),
        reason: explanation.outcome.reason.as_str().to_owned(),
        fate: image_fate(&explanation.outcome).to_owned(),
        considered: match explanation.considered {
            simulator::Considered::Recipe(index) => Considered::Recipe(index as u32),
            simulator::Considered::Tag(index) => Considered::Tag(index as u32),
            simulator::Considered::No(_) => Considered::No,
        },
        retention: explanation.retention.map(|retention| Retention {
            keep: retention.keep,
            counted: retention.counted,
            position: retention.position,
        }),
        rules: explanation.rules.into_iter().map(|trace| step(trace, plan)).collect(),
        outputs: if explanation.outputs.is_empty() {
            let is_considered = !matches!(explanation.considered, simulator::Considered::No(_));
            untouched(
                inventory,
                &shown.state,
                row,
                if is_considered { Verdict::Keep } else { Verdict::Ignore },
            )
        } else {
            let outcome = &explanation.outcome;
            explanation.outputs.iter().map(|output| output_row(inventory, shown, outcome, output)).collect()
        },
        events: events.into_iter().map(|(night, verdict)| (night, verdict.as_str().to_owned())).collect(),
        boundary: explanation.outcome.boundary,
        thresholds: plan
            .thresholds(inventory, shown.run.at, row)
            .into_iter()
            .map(|threshold| (u32::from(threshold.rule), threshold.earliest.0, threshold.latest.0))
            .collect(),
        readings: readings.map(|readings| readings.of(row).iter().map(reading).collect()),
        listed: false,
    })
}

fn reading(other: &OtherReading) -> ReadingRow {
    ReadingRow {
        name: other.assumption.setting().name.to_owned(),
        value: other.value().to_owned(),
        fate: image_fate(&other.outcome).to_owned(),
        reason: other.outcome.reason.as_str().to_owned(),
    }
}

/// The verdict on an image, or what keeps a deletion from taking it.
pub(super) fn image_fate(outcome: &simulator::Outcome) -> &'static str {
    match outcome {
        outcome if outcome.fails() => "FAIL",
        outcome if outcome.waits() => "STAYS",
        outcome => outcome.verdict.as_str(),
    }
}

/// The outputs of an image that the run leaves alone.
fn untouched(inventory: &Inventory, state: &State, image: usize, verdict: Verdict) -> Vec<OutputRow> {
    let verdict = verdict.as_str();
    let text = |text: Option<&Text>| text.map(|&text| short(inventory.text(text))).unwrap_or_default();
    let outputs = &inventory.ami_outputs;
    let amis = inventory.images.ami_outputs(image).filter_map(|row| {
        let ami = *outputs.ami.get(row)?;
        let (used_by, uses) = used_by(inventory, ami);
        Some(OutputRow {
            id: text(inventory.amis.id.get(ami.0 as usize)),
            kind: "AMI".to_owned(),
            region: text(outputs.region.get(row)),
            account: text(outputs.account.get(row)),
            verdict: if state.is_deregistered(ami) { GONE } else { verdict }.to_owned(),
            used_by,
            uses,
            ..OutputRow::default()
        })
    });
    let containers = inventory.images.containers(image).map(|row| {
        let uris = inventory.containers.uris(row);
        OutputRow {
            id: text(uris.first()),
            kind: "container".to_owned(),
            region: text(inventory.containers.region.get(row)),
            verdict: verdict.to_owned(),
            bytes: container_bytes(inventory, row),
            uris: uris.iter().skip(1).map(|uri| text(Some(uri))).collect(),
            ..OutputRow::default()
        }
    });
    amis.chain(containers).collect()
}

/// Who refers to an AMI: the first of them in words, and how many there are.
fn used_by(inventory: &Inventory, ami: AmiId) -> (Vec<String>, u32) {
    let references = inventory.references.of(ami);
    let words = references.iter().take(MOST_USES);
    let words = words.map(|reference| short(&simulator::describe_reference(inventory, reference)));
    (words.collect(), references.len() as u32)
}

/// What a registry holds for a container image, in the first repository that is known.
fn container_bytes(inventory: &Inventory, row: usize) -> Option<f64> {
    let uris = inventory.containers.uris(row).iter();
    let mut sizes = uris.filter_map(|&uri| {
        let uri = ImageUri::parse(inventory.text(uri));
        inventory.registry.image(&inventory.texts, &uri)?.1.size
    });
    sizes.next().map(|size| size as f64)
}

fn step(trace: simulator::RuleTrace, plan: &Plan) -> Step {
    Step {
        rule: u32::from(trace.rule),
        action: trace.action.as_str().to_owned(),
        finding: match trace.finding {
            simulator::Finding::OtherState => Finding::OtherState,
            simulator::Finding::TooYoung => Finding::TooYoung,
            simulator::Finding::Retained => Finding::Retained,
            simulator::Finding::Excluded(tag) => Finding::Excluded(short(&tag.key), short(&tag.value)),
            simulator::Finding::Acts => Finding::Acts,
            simulator::Finding::Waits => Finding::Waits,
        },
        reached: trace.reached.map(|at| at.0),
        keep: plan.keeps(usize::from(trace.rule)),
    }
}

/// What the page says of an output of an image of which this is decided.
pub(super) fn fate(
    inventory: &Inventory,
    shown: &Shown,
    outcome: &simulator::Outcome,
    output: &simulator::Output,
) -> &'static str {
    let is_held = |kind| match kind {
        OutputKind::Ami(ami) => shown.run.leaves_listed(inventory, &shown.state, ami),
        OutputKind::Container(_) => false,
    };
    let record_goes = outcome.verdict == Verdict::Delete && !outcome.stays;
    match output.verdict {
        _ if output.gone => GONE,
        // A failure is said as such: the words beside the image count them.
        OutputVerdict::Skip | OutputVerdict::Left if record_goes && !is_held(output.kind) => BEHIND,
        verdict => verdict.as_str(),
    }
}

fn output_row(
    inventory: &Inventory,
    shown: &Shown,
    outcome: &simulator::Outcome,
    output: &simulator::Output,
) -> OutputRow {
    let text = |text| short(inventory.text(text));
    let risks = |risks: &[Risk]| risks.iter().map(|risk| risk.message(inventory)).collect();
    let snapshot = |snapshot: &simulator::SnapshotOutcome| SnapshotRow {
        id: text(snapshot.id),
        // The snapshot of an AMI that goes is nobody's any more.
        verdict: match (output.verdict, snapshot.verdict) {
            (OutputVerdict::Delete, OutputVerdict::Left) => BEHIND,
            (_, verdict) => verdict.as_str(),
        }
        .to_owned(),
        reason: snapshot.reason.as_str().to_owned(),
        bytes: inventory.snapshots.size(snapshot.snapshot).map(|size| size.bytes() as f64),
        risks: risks(&snapshot.risks),
    };
    let (used_by, uses) = match output.kind {
        OutputKind::Ami(ami) => used_by(inventory, ami),
        OutputKind::Container(_) => (Vec::new(), 0),
    };
    let (bytes, uris) = match output.kind {
        OutputKind::Ami(_) => (None, Vec::new()),
        OutputKind::Container(row) => {
            let uris = inventory.containers.uris(row as usize).iter().skip(1);
            (container_bytes(inventory, row as usize), uris.map(|&uri| text(uri)).collect())
        }
    };
    OutputRow {
        id: text(output.id),
        kind: match output.kind {
            OutputKind::Ami(_) => "AMI".to_owned(),
            OutputKind::Container(_) => "container".to_owned(),
        },
        region: text(output.region),
        account: text(output.account),
        verdict: fate(inventory, shown, outcome, output).to_owned(),
        reason: if output.gone { String::new() } else { output.reason.as_str().to_owned() },
        bytes,
        uris,
        risks: risks(&output.risks),
        used_by,
        uses,
        snapshots: output.snapshots.iter().filter(|_| !output.gone).map(snapshot).collect(),
    }
}
