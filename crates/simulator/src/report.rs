//! The machine-readable answer. It is written run by run, so that a long simulation is never held at once.

use std::convert::Infallible;

use afterimage_inventory::ImageUri;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Reference;
use afterimage_inventory::Skipped;
use afterimage_inventory::Text;
use afterimage_policy::Diagnostic;
use afterimage_policy::Reading;
use serde::Serialize;
use serde::Serializer;
use serde::ser::SerializeSeq;

use crate::assumptions::Assumptions;
use crate::checks::check_inventory;
use crate::checks::check_policy;
use crate::outputs::Output;
use crate::outputs::OutputKind;
use crate::plan::Plan;
use crate::readings::OtherReading;
use crate::readings::OtherReadings;
use crate::readings::Threshold;
use crate::risks::Risk;
use crate::run::Run;
use crate::run::State;
use crate::run::Summary;
use crate::storage::Rates;
use crate::storage::Storage;
use crate::storage::StorageMeter;
use crate::usage;
use crate::usage::Watch;

/// A simulation ready to be written; serialising it runs it.
#[derive(Debug)]
pub struct Report<'a> {
    inventory: &'a Inventory,
    /// `None`: the policy has errors, and nothing runs.
    plan: Option<Plan>,
    assumptions: Assumptions,
    diagnostics: Vec<Diagnostic>,
    now: Instant,
    days: u32,
    rates: Rates,
}

/// What the policy does to the inventory at `now` and on each of the `days` days after it.
pub fn report<'a>(
    reading: &Reading,
    inventory: &'a Inventory,
    assumptions: Assumptions,
    now: Instant,
    days: u32,
) -> Report<'a> {
    let mut diagnostics = check_policy(reading, assumptions);
    let plan = reading.policy().map(|policy| Plan::assuming(&policy, inventory, assumptions));
    if let Some(plan) = &plan {
        let found = check_inventory(plan, inventory, reading.root(), now);
        diagnostics.extend(found.into_iter().map(|found| reading.located(found)));
    }
    let rates = Rates::default();
    let mut report = Report { inventory, plan, assumptions, diagnostics, now, days, rates };
    let in_use = report.watch(reading.root());
    report.diagnostics.extend(in_use);
    report
}

impl Report<'_> {
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Prices the storage that runs free.
    #[must_use]
    pub fn at_rates(mut self, rates: Rates) -> Self {
        self.rates = rates;
        self
    }

    pub fn rates(&self) -> &Rates {
        &self.rates
    }

    /// What the runs take from those who use AMIs. Without references nothing runs for it.
    fn watch(&self, root: &str) -> Vec<Diagnostic> {
        let mut watch = Watch::new(self.inventory);
        if !self.inventory.references.is_empty() {
            let Ok(()) = self.for_each_run(|plan, state, run| {
                watch.see(plan, state, run);
                Ok::<_, Infallible>(())
            });
        }
        self.plan.as_ref().map_or_else(Vec::new, |plan| watch.finish(plan, root))
    }

    /// The policy made ready; `None` when it has errors.
    pub fn plan(&self) -> Option<&Plan> {
        self.plan.as_ref()
    }

    /// Shows every run in turn together with the state that it starts from.
    ///
    /// # Errors
    ///
    /// Stops at the first error that `show` returns, and returns it.
    pub fn for_each_run<E>(
        &self,
        mut show: impl FnMut(&Plan, &State, &Run) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(plan) = &self.plan else { return Ok(()) };
        let mut state = State::new(self.inventory);
        for day in 0..=self.days {
            let run = plan.run(self.inventory, &state, self.now.plus_days(i64::from(day)));
            show(plan, &state, &run)?;
            plan.apply(self.inventory, &mut state, &run);
        }
        Ok(())
    }
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Report"))]
pub(crate) struct ReportWire<'a> {
    /// Instant of the first run.
    now: String,
    /// Every assumption and its value.
    assumptions: Assumptions,
    diagnostics: &'a [Diagnostic],
    inventory: InventoryWire<'a>,
    /// One for each day; none when the policy has errors.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<RunWire<'static>>"))]
    runs: Runs<'a>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Inventory"))]
struct InventoryWire<'a> {
    images: usize,
    amis: usize,
    snapshots: usize,
    containers: usize,
    /// Elements of the exports that could not be used.
    skipped: &'a [Skipped],
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Run"))]
struct RunWire<'a> {
    at: String,
    summary: Summary,
    storage: StorageWire,
    /// Every image that exists at the start of the run, in byte order of the ARNs.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<ImageWire<'static>>"))]
    images: ImageRows<'a>,
}

impl Serialize for Report<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        ReportWire {
            now: self.now.to_string(),
            assumptions: self.assumptions,
            diagnostics: &self.diagnostics,
            inventory: InventoryWire {
                images: self.inventory.len(),
                amis: self.inventory.output_ami_count,
                snapshots: self.inventory.output_snapshot_count,
                containers: self.inventory.containers.len(),
                skipped: &self.inventory.skipped,
            },
            runs: Runs(self),
        }
        .serialize(serializer)
    }
}

struct Runs<'a>(&'a Report<'a>);

impl Serialize for Runs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut meter = StorageMeter::new(self.0.inventory);
        let mut runs = serializer.serialize_seq(None)?;
        self.0.for_each_run(|plan, state, run| {
            let inventory = self.0.inventory;
            let images = ImageRows::new(inventory, plan, state, run);
            let freed = meter.run(plan, state, run);
            let storage = StorageWire {
                run: FreedWire::new(&freed, &self.0.rates),
                reason: freed.reasons().join("; "),
                accumulated: FreedWire::new(&meter.total, &self.0.rates),
            };
            runs.serialize_element(&RunWire { at: run.at.to_string(), summary: run.summary, storage, images })
        })?;
        runs.end()
    }
}

/// What a run frees, and what all runs up to it free.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Storage"))]
#[serde(rename_all = "camelCase")]
struct StorageWire {
    #[serde(flatten)]
    run: FreedWire,
    /// Why the numbers are bounds.
    reason: String,
    accumulated: FreedWire,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Freed"))]
#[serde(rename_all = "camelCase")]
struct FreedWire {
    snapshots: u32,
    snapshot_bytes_at_most: u64,
    archived_bytes_at_most: u64,
    snapshots_of_unknown_size: u32,
    containers: u32,
    container_bytes_at_most: u64,
    containers_of_unknown_size: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    monthly_price_at_most: Option<f64>,
}

impl FreedWire {
    fn new(freed: &Storage, rates: &Rates) -> Self {
        Self {
            snapshots: freed.snapshots,
            snapshot_bytes_at_most: freed.snapshot_bytes,
            archived_bytes_at_most: freed.archived_bytes,
            snapshots_of_unknown_size: freed.unknown_snapshots,
            containers: freed.containers,
            container_bytes_at_most: freed.container_bytes,
            containers_of_unknown_size: freed.unknown_containers,
            monthly_price_at_most: freed.monthly_price(rates),
        }
    }
}

/// Every image that exists at the start of a run, in byte order of the ARNs.
pub(crate) struct ImageRows<'a> {
    inventory: &'a Inventory,
    plan: &'a Plan,
    state: &'a State,
    run: &'a Run,
    other_readings: OtherReadings,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Image"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ImageWire<'a> {
    arn: &'a str,
    before: &'static str,
    after: &'static str,
    #[cfg_attr(feature = "schema", schemars(with = "crate::verdict::Verdict"))]
    verdict: &'static str,
    #[cfg_attr(feature = "schema", schemars(with = "crate::verdict::Reason"))]
    reason: &'static str,
    rule: Option<u8>,
    status: Option<&'static str>,
    boundary: bool,
    /// Where ages are near: when each is reached.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    thresholds: Vec<ThresholdWire>,
    /// Under which other assumption the image meets another fate, and which.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    other_readings: Vec<OtherReadingWire>,
    outputs: Vec<OutputWire<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Threshold"))]
struct ThresholdWire {
    rule: u8,
    earliest: String,
    latest: String,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "OtherReading"))]
struct OtherReadingWire {
    assumption: &'static str,
    value: &'static str,
    #[cfg_attr(feature = "schema", schemars(with = "crate::verdict::Verdict"))]
    verdict: &'static str,
    #[cfg_attr(feature = "schema", schemars(with = "crate::verdict::Reason"))]
    reason: &'static str,
    rule: Option<u8>,
    status: Option<&'static str>,
    after: &'static str,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Output"))]
#[serde(rename_all = "camelCase")]
struct OutputWire<'a> {
    id: &'a str,
    kind: &'static str,
    region: Option<&'a str>,
    account_id: Option<&'a str>,
    /// Of an AMI that was deregistered before the run: nothing is left to do, and verdict and reason are those that
    /// it would get.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    gone: bool,
    #[cfg_attr(feature = "schema", schemars(with = "crate::verdict::OutputVerdict"))]
    verdict: &'static str,
    #[cfg_attr(feature = "schema", schemars(with = "crate::verdict::Reason"))]
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshots: Option<Vec<SnapshotWire<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image_uris: Option<Vec<&'a str>>,
    /// Where the copies of a container image are, as far as its URIs tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    repositories: Vec<RepositoryWire<'a>>,
    /// Who refers to an AMI that is disabled or deleted.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    references: Vec<ReferenceWire<'a>>,
    /// What may make the action fail.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    risks: Vec<RiskWire>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Snapshot"))]
struct SnapshotWire<'a> {
    id: &'a str,
    #[cfg_attr(feature = "schema", schemars(with = "crate::verdict::OutputVerdict"))]
    verdict: &'static str,
    #[cfg_attr(feature = "schema", schemars(with = "crate::verdict::Reason"))]
    reason: &'static str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    risks: Vec<RiskWire>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Repository"))]
#[serde(rename_all = "camelCase")]
struct RepositoryWire<'a> {
    account_id: &'a str,
    region: &'a str,
    repository: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    tag: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    digest: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    size_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pushed_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_pulled_at: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Reference"))]
struct ReferenceWire<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Risk"))]
struct RiskWire {
    code: &'static str,
    message: String,
}

impl Serialize for ImageRows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.inventory.by_arn.iter().filter_map(|&row| self.image(row as usize)))
    }
}

impl<'a> ImageRows<'a> {
    pub(crate) fn new(inventory: &'a Inventory, plan: &'a Plan, state: &'a State, run: &'a Run) -> Self {
        let other_readings = plan.other_readings(inventory, state, run);
        Self { inventory, plan, state, run, other_readings }
    }

    pub(crate) fn image(&self, image: usize) -> Option<ImageWire<'_>> {
        let outcome = self.run.outcome(image)?;
        let before = self.state.status(image)?;
        let outputs = self.plan.outputs(self.inventory, self.state, self.run, image);
        let near = |image| self.plan.thresholds(self.inventory, self.run.at, image);
        let thresholds = if outcome.boundary { near(image) } else { Vec::new() };
        let threshold = |threshold: &Threshold| ThresholdWire {
            rule: threshold.rule,
            earliest: threshold.earliest.day(),
            latest: threshold.latest.day(),
        };
        let other_reading = |other: &OtherReading| OtherReadingWire {
            assumption: other.assumption.setting().name,
            value: other.value(),
            verdict: other.outcome.verdict.as_str(),
            reason: other.outcome.reason.as_str(),
            rule: other.outcome.rule,
            status: other.outcome.execution_status(),
            after: other.outcome.after(before).as_str(),
        };
        Some(ImageWire {
            arn: self.inventory.arn(image),
            before: before.as_str(),
            after: outcome.after(before).as_str(),
            verdict: outcome.verdict.as_str(),
            reason: outcome.reason.as_str(),
            rule: outcome.rule,
            status: outcome.execution_status(),
            boundary: outcome.boundary,
            thresholds: thresholds.iter().map(threshold).collect(),
            other_readings: self.other_readings.of(image).iter().map(other_reading).collect(),
            outputs: outputs.iter().map(|output| self.output(output)).collect(),
        })
    }

    fn output(&self, output: &Output) -> OutputWire<'_> {
        let known = |text: Text| (text != Text::EMPTY).then(|| self.inventory.text(text));
        let text = |&text: &Text| self.inventory.text(text);
        let snapshots = output.snapshots.iter().map(|snapshot| SnapshotWire {
            id: self.inventory.text(snapshot.id),
            verdict: snapshot.verdict.as_str(),
            reason: snapshot.reason.as_str(),
            risks: self.risks(&snapshot.risks),
        });
        let reference = |reference: &Reference| ReferenceWire {
            kind: reference.kind.as_str(),
            id: self.inventory.text(reference.id),
            name: self.inventory.text(reference.name),
            detail: usage::detail(reference),
        };
        let (kind, snapshots, image_uris) = match output.kind {
            OutputKind::Ami(_) => ("AMI", Some(snapshots.collect()), None),
            OutputKind::Container(row) => {
                let uris = self.inventory.containers.uris(row as usize);
                ("CONTAINER", None, Some(uris.iter().map(text).collect()))
            }
        };
        OutputWire {
            id: self.inventory.text(output.id),
            kind,
            region: known(output.region),
            account_id: known(output.account),
            gone: output.gone,
            verdict: output.verdict.as_str(),
            reason: output.reason.as_str(),
            snapshots,
            image_uris,
            repositories: self.repositories(output.kind),
            references: output.references(self.inventory).iter().map(reference).collect(),
            risks: self.risks(&output.risks),
        }
    }

    fn risks(&self, risks: &[Risk]) -> Vec<RiskWire> {
        let wire = |risk: &Risk| RiskWire { code: risk.code(), message: risk.message(self.inventory) };
        risks.iter().map(wire).collect()
    }

    fn repositories(&self, kind: OutputKind) -> Vec<RepositoryWire<'_>> {
        let OutputKind::Container(row) = kind else { return Vec::new() };
        let uris = self.inventory.containers.uris(row as usize).iter();
        let uris = uris.map(|&uri| ImageUri::parse(self.inventory.text(uri)));
        uris.filter(|uri| !uri.account.is_empty())
            .map(|uri| {
                let image =
                    self.inventory.registry.image(&self.inventory.texts, &uri).map(|(_, image)| image);
                RepositoryWire {
                    account_id: uri.account,
                    region: uri.region,
                    repository: uri.repository,
                    tag: uri.tag,
                    digest: uri.digest,
                    size_bytes: image.and_then(|image| image.size),
                    pushed_at: image.and_then(|image| image.pushed).map(|at| at.to_string()),
                    last_pulled_at: image.and_then(|image| image.pulled).map(|at| at.to_string()),
                }
            })
            .collect()
    }
}
