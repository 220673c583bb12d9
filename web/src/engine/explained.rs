//! Why one image has its verdict in the run on screen.

use afterimage_inventory::Inventory;
use afterimage_simulator as simulator;
use afterimage_simulator::OutputKind;
use afterimage_simulator::Plan;

use crate::engine::nights::Forecast;
use crate::engine::short;
use crate::engine::shown::Shown;
use crate::protocol::Considered;
use crate::protocol::Explained;
use crate::protocol::Finding;
use crate::protocol::OutputRow;
use crate::protocol::Retention;
use crate::protocol::Step;

pub(super) fn explained(
    inventory: &Inventory,
    plan: &Plan,
    shown: &Shown,
    forecast: Option<&Forecast>,
    image: u32,
) -> Option<Explained> {
    let row = image as usize;
    let explanation = plan.explain(inventory, &shown.state, &shown.run, row)?;
    let tags = inventory.tag_sets.get(*inventory.images.tags.get(row)?);
    let text = |text| inventory.text(text).to_owned();
    let events = forecast.map(|forecast| forecast.events(row)).unwrap_or_default();
    Some(Explained {
        image,
        arn: inventory.arn(row).to_owned(),
        created: inventory.images.created.get(row)?.0,
        state: shown.state.status(row)?.as_str().to_owned(),
        tags: tags.iter().map(|&(key, value)| (text(key), text(value))).collect(),
        verdict: explanation.outcome.verdict.as_str().to_owned(),
        reason: explanation.outcome.reason.as_str().to_owned(),
        failed: explanation.outcome.failed,
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
        rules: explanation.rules.into_iter().map(step).collect(),
        outputs: explanation.outputs.iter().map(|output| output_row(inventory, output)).collect(),
        events: events.into_iter().map(|(night, verdict)| (night, verdict.as_str().to_owned())).collect(),
        boundary: explanation.outcome.boundary,
    })
}

fn step(trace: simulator::RuleTrace) -> Step {
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
    }
}

fn output_row(inventory: &Inventory, output: &simulator::Output) -> OutputRow {
    let text = |text| short(inventory.text(text));
    let snapshot = |snapshot: &simulator::SnapshotOutcome| {
        (text(snapshot.id), snapshot.verdict.as_str().to_owned(), snapshot.reason.as_str().to_owned())
    };
    OutputRow {
        id: text(output.id),
        kind: match output.kind {
            OutputKind::Ami(_) => "AMI".to_owned(),
            OutputKind::Container(_) => "container".to_owned(),
        },
        region: text(output.region),
        account: text(output.account),
        verdict: output.verdict.as_str().to_owned(),
        reason: output.reason.as_str().to_owned(),
        snapshots: output.snapshots.iter().map(snapshot).collect(),
    }
}
