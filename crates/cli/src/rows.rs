//! One run as rows of text, for the table, CSV and Markdown.

use afterimage_inventory::Inventory;
use afterimage_inventory::Text;
use afterimage_simulator::Outcome;
use afterimage_simulator::Output;
use afterimage_simulator::OutputKind;
use afterimage_simulator::Plan;
use afterimage_simulator::Run;
use afterimage_simulator::State;

/// A run with all that is needed to describe it.
pub(crate) struct View<'a> {
    pub(crate) inventory: &'a Inventory,
    pub(crate) plan: &'a Plan,
    pub(crate) state: &'a State,
    pub(crate) run: &'a Run,
}

/// One image in one run.
pub(crate) struct ImageRow<'a> {
    pub(crate) arn: &'a str,
    /// `name/version/build`, the end of the ARN.
    pub(crate) short: &'a str,
    pub(crate) outcome: Outcome,
    pub(crate) before: &'static str,
    pub(crate) after: &'static str,
    pub(crate) age_days: i64,
    pub(crate) outputs: Vec<Output>,
}

impl<'a> View<'a> {
    /// Every image that exists at the start of the run, in byte order of the ARNs.
    pub(crate) fn images(&self) -> impl Iterator<Item = ImageRow<'a>> {
        self.inventory.by_arn.iter().filter_map(|&row| self.image(row as usize))
    }

    fn image(&self, image: usize) -> Option<ImageRow<'a>> {
        let outcome = self.run.outcome(image)?;
        let before = self.state.status(image)?;
        let arn = self.inventory.arn(image);
        let created = self.inventory.images.created.get(image)?;
        let age = self.run.at.0.saturating_sub(created.0);
        Some(ImageRow {
            arn,
            short: arn.split_once(":image/").map_or(arn, |(_, short)| short),
            outcome,
            before: before.as_str(),
            after: outcome.after(before).as_str(),
            age_days: age.div_euclid(afterimage_inventory::Instant::DAY),
            outputs: self.plan.outputs(self.inventory, self.state, self.run, image),
        })
    }

    pub(crate) fn text(&self, text: Text) -> &'a str {
        self.inventory.text(text)
    }
}

/// `AMI`, `CONTAINER`.
pub(crate) fn kind(output: &Output) -> &'static str {
    match output.kind {
        OutputKind::Ami(_) => "AMI",
        OutputKind::Container(_) => "CONTAINER",
    }
}
