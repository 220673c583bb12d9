//! One run as rows of text, for the table and Markdown.

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Text;
use afterimage_policy::Policy;
use afterimage_policy::Rule;
use afterimage_policy::Tag;
use afterimage_simulator::OtherReadings;
use afterimage_simulator::Outcome;
use afterimage_simulator::Output;
use afterimage_simulator::Plan;
use afterimage_simulator::Reason;
use afterimage_simulator::Report;
use afterimage_simulator::Run;
use afterimage_simulator::State;
use afterimage_simulator::Storage;
use afterimage_simulator::StorageMeter;
use afterimage_simulator::Threshold;
use afterimage_simulator::Verdict;

use crate::CommandError;
use crate::consequences::in_use;
use crate::consequences::may_fail;
use crate::wording::boundary;
use crate::wording::counted;
use crate::wording::other_reading;
use crate::wording::plain;
use crate::wording::short;
use crate::wording::why;

/// A run with all that is needed to describe it.
pub(crate) struct View<'a> {
    pub(crate) inventory: &'a Inventory,
    pub(crate) policy: &'a Policy,
    pub(crate) plan: &'a Plan,
    pub(crate) state: &'a State,
    pub(crate) run: &'a Run,
    pub(crate) other_readings: &'a OtherReadings,
    /// What this run frees, and what all runs up to it free.
    pub(crate) freed: Storage,
    pub(crate) freed_so_far: Storage,
    /// The first of several runs.
    pub(crate) is_first: bool,
}

/// One image in one run.
pub(crate) struct ImageRow<'a> {
    pub(crate) row: usize,
    pub(crate) arn: &'a str,
    pub(crate) outcome: Outcome,
    pub(crate) before: &'static str,
    pub(crate) created: Instant,
    pub(crate) outputs: Vec<Output>,
}

/// Shows every run in turn, ready to be described.
pub(crate) fn for_each_view(
    report: &Report<'_>,
    inventory: &Inventory,
    policy: &Policy,
    mut show: impl FnMut(&View<'_>) -> Result<(), CommandError>,
) -> Result<(), CommandError> {
    let mut is_first = true;
    let mut meter = StorageMeter::new(inventory);
    report.for_each_run(|plan, state, run| {
        let other_readings = &plan.other_readings(inventory, state, run);
        let freed = meter.run(plan, state, run);
        let freed_so_far = meter.total;
        let view =
            View { inventory, policy, plan, state, run, other_readings, freed, freed_so_far, is_first };
        show(&view)?;
        is_first = false;
        Ok(())
    })
}

/// The words for an image: verdict, `name/version/build`, age, state, reason.
pub(crate) const HEADER: [&str; 5] = ["verdict", "image", "age", "state", "why"];

impl<'a> View<'a> {
    /// Every image that exists at the start of the run, in byte order of the ARNs.
    pub(crate) fn images(&self) -> impl Iterator<Item = ImageRow<'a>> {
        self.inventory.by_arn.iter().filter_map(|&row| self.image(row as usize))
    }

    /// The images to show to people: what is lost first, and each recipe version newest first. Images that
    /// the policy does not consider are left out, and after the first run those that are kept.
    pub(crate) fn listed(&self) -> impl Iterator<Item = ImageRow<'a>> {
        let shown: &[Verdict] =
            &[Verdict::Delete, Verdict::Disable, Verdict::Deprecate, Verdict::Skip, Verdict::Keep];
        let shown = if self.is_first { shown } else { &shown[..4] };
        let has =
            |row: usize, verdict| self.run.outcome(row).is_some_and(|outcome| outcome.verdict == verdict);
        shown.iter().flat_map(move |&verdict| {
            (0..self.inventory.len()).filter(move |&row| has(row, verdict)).filter_map(|row| self.image(row))
        })
    }

    fn image(&self, row: usize) -> Option<ImageRow<'a>> {
        let outcome = self.run.outcome(row)?;
        let before = self.state.status(row)?;
        Some(ImageRow {
            row,
            arn: self.inventory.arn(row),
            outcome,
            before: before.as_str(),
            created: self.inventory.images.created.get(row).copied()?,
            outputs: self.plan.outputs(self.inventory, self.state, self.run, row),
        })
    }

    pub(crate) fn cells(&self, image: &ImageRow<'_>) -> [String; 5] {
        let age = self.run.at.0.saturating_sub(image.created.0).div_euclid(Instant::DAY);
        let rule =
            self.policy.rules.iter().find(|rule| Some(rule.index) == image.outcome.rule.map(usize::from));
        let excluded = rule
            .filter(|_| image.outcome.reason == Reason::ImageTag)
            .and_then(|rule| self.excluded(image.row, rule));
        let keep = rule.map_or(0, |rule| self.plan.keeps(rule.index));
        [
            image.outcome.verdict.as_str().to_owned(),
            plain(short(image.arn)),
            format!("{age} d"),
            image.before.to_owned(),
            plain(&why(&image.outcome, rule, keep, excluded)),
        ]
    }

    /// For an image at a boundary, when it reaches the ages that are near.
    pub(crate) fn thresholds(&self, image: &ImageRow<'_>) -> Vec<Threshold> {
        let near = || self.plan.thresholds(self.inventory, self.run.at, image.row);
        if image.outcome.boundary { near() } else { Vec::new() }
    }

    /// What is said below the cells: what AWS leaves open, then the outputs.
    pub(crate) fn below(&self, image: &ImageRow<'_>) -> Vec<String> {
        [self.open(image), self.fates(image)].concat()
    }

    /// What AWS leaves open about the image.
    fn open(&self, image: &ImageRow<'_>) -> Vec<String> {
        let thresholds = self.thresholds(image);
        let readings = self.other_readings.of(image.row);
        thresholds.iter().map(boundary).chain(readings.iter().map(other_reading)).collect()
    }

    /// The first tag of the image that a rule excludes.
    fn excluded<'r>(&self, row: usize, rule: &'r Rule) -> Option<&'r Tag> {
        let own = self.inventory.tag_sets.get(*self.inventory.images.tags.get(row)?);
        let carries = |tag: &&Tag| {
            own.iter().any(|&(key, value)| (self.text(key), self.text(value)) == (&*tag.key, &*tag.value))
        };
        rule.exclude.image_tags.iter().find(carries)
    }

    /// What happens to each output, and to its snapshots.
    fn fates(&self, image: &ImageRow<'_>) -> Vec<String> {
        let mut lines = Vec::new();
        for output in &image.outputs {
            let own = match output.gone {
                true => "already gone".to_owned(),
                false => fate(output.verdict.as_str(), output.reason),
            };
            let mut line = [output.id, output.region]
                .map(|text| plain(self.text(text)))
                .into_iter()
                .filter(|word| !word.is_empty())
                .chain([own.clone()])
                .collect::<Vec<_>>()
                .join(" ");
            let mut below: Vec<(String, usize)> = Vec::new();
            for snapshot in output.snapshots.iter().filter(|_| !output.gone) {
                let fate = fate(snapshot.verdict.as_str(), snapshot.reason);
                match below.iter_mut().find(|(known, _)| *known == fate) {
                    Some((_, count)) => *count = count.saturating_add(1),
                    None => below.push((fate, 1)),
                }
            }
            let (same, other): (Vec<_>, Vec<_>) = below.into_iter().partition(|(fate, _)| *fate == own);
            for (_, count) in same {
                line.push_str(&format!(", with {}", counted(count, "snapshot")));
            }
            lines.push(line);
            lines.extend(
                other.iter().map(|(fate, count)| format!("  {} {fate}", counted(*count, "snapshot"))),
            );
            let users = in_use(self.inventory, output.references(self.inventory));
            let risks = may_fail(self.inventory, output);
            lines.extend(users.into_iter().chain(risks).map(|line| format!("  {line}")));
        }
        lines
    }

    pub(crate) fn text(&self, text: Text) -> &'a str {
        self.inventory.text(text)
    }
}

/// The reason only where it says more than the image's own.
fn fate(verdict: &str, reason: Reason) -> String {
    match reason {
        Reason::Age | Reason::Count | Reason::FailedBuild => verdict.to_owned(),
        _ => format!("{verdict} ({})", reason.as_str()),
    }
}
