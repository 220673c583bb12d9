//! A comparison as JSON.

use afterimage_inventory::Inventory;
use afterimage_policy::Action;
use afterimage_policy::Diagnostic;
use serde::Serialize;
use serde::Serializer;

use crate::compare::ActionChanges;
use crate::compare::Comparison;
use crate::compare::OutputChanges;
use crate::compare::Pair;
use crate::compare::Shift;
use crate::compare::Side;
use crate::compare::visit_outputs;
use crate::forecast::builds::UnknownRecipe;
use crate::forecast::outputs::OutputFates;
use crate::forecast::report::FateWire;
use crate::forecast::report::ForecastReport;
use crate::outputs::OutputKind;

/// Two forecasts and what differs between them.
#[derive(Debug)]
pub struct ComparisonReport<'a> {
    before: &'a ForecastReport<'a>,
    after: &'a ForecastReport<'a>,
    /// What becomes of the outputs on either side; `None`: one of the policies has errors.
    outputs: Option<[OutputFates; 2]>,
    comparison: Option<Comparison>,
}

impl<'a> ComparisonReport<'a> {
    pub fn new(before: &'a ForecastReport<'a>, after: &'a ForecastReport<'a>) -> Self {
        let outputs = before.output_fates().zip(after.output_fates()).map(|(old, new)| [old, new]);
        let mut report = Self { before, after, outputs, comparison: None };
        report.comparison = report.sides().map(|[old, new]| {
            if std::ptr::eq(old.inventory, new.inventory) {
                Comparison::of_policies(old, new)
            } else {
                Comparison::of_inventories(old, new)
            }
        });
        report
    }

    /// What is compared; `None` when one of the policies has errors.
    pub fn sides(&self) -> Option<[Side<'_>; 2]> {
        let side = |report: &'a ForecastReport<'a>, outputs| {
            Some(Side { inventory: report.inventory(), forecast: report.forecast()?, outputs })
        };
        let [old, new] = self.outputs.as_ref()?;
        Some([side(self.before, old)?, side(self.after, new)?])
    }

    pub fn before(&self) -> &ForecastReport<'a> {
        self.before
    }

    pub fn after(&self) -> &ForecastReport<'a> {
        self.after
    }

    /// Recipes for which builds are expected and that neither side has in scope.
    pub fn unknown_recipes(&self) -> impl Iterator<Item = &UnknownRecipe> {
        let lacks =
            |recipe: &UnknownRecipe| self.after.unknown_recipes().any(|other| other.name == recipe.name);
        self.before.unknown_recipes().filter(move |recipe| lacks(recipe))
    }

    /// `None` when one of the policies has errors.
    pub fn comparison(&self) -> Option<&Comparison> {
        self.comparison.as_ref()
    }
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Comparison"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ComparisonWire<'a> {
    /// Instant of the first run.
    now: String,
    /// The last day that is looked at.
    until: Option<String>,
    diagnostics: DiagnosticsWire<'a>,
    summary: Option<SummaryWire>,
    /// The images that meet another fate, or whose outputs do.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<ImageWire<'static>>"))]
    images: Changed<'a>,
    /// Images that only the first inventory lists.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    only_before: Arns<'a>,
    /// Images that only the second inventory lists.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    only_after: Arns<'a>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ComparisonDiagnostics"))]
struct DiagnosticsWire<'a> {
    before: &'a [Diagnostic],
    after: &'a [Diagnostic],
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ComparisonSummary"))]
struct SummaryWire {
    /// Images that both inventories list.
    compared: u32,
    /// Those that meet another fate, or whose outputs do.
    changed: usize,
    deprecate: ActionChanges,
    disable: ActionChanges,
    delete: ActionChanges,
    #[serde(flatten)]
    outputs: OutputChanges,
}

impl Serialize for ComparisonReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let comparison = self.comparison.as_ref();
        let rows =
            |of: fn(&Comparison) -> &Vec<u32>| comparison.map_or([].as_slice(), |all| of(all).as_slice());
        ComparisonWire {
            now: self.before.now().to_string(),
            until: self.before.forecast().map(|forecast| forecast.at(forecast.last_night()).to_string()),
            diagnostics: DiagnosticsWire {
                before: self.before.diagnostics(),
                after: self.after.diagnostics(),
            },
            summary: comparison.map(|comparison| SummaryWire {
                compared: comparison.compared,
                changed: comparison.changed.len(),
                deprecate: comparison.deprecate,
                disable: comparison.disable,
                delete: comparison.delete,
                outputs: comparison.outputs,
            }),
            images: Changed(self),
            only_before: Arns(self.before.inventory(), rows(|all| &all.only_before)),
            only_after: Arns(self.after.inventory(), rows(|all| &all.only_after)),
        }
        .serialize(serializer)
    }
}

struct Arns<'a>(&'a Inventory, &'a [u32]);

impl Serialize for Arns<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.1.iter().map(|&row| self.0.arn(row as usize)))
    }
}

/// The images that meet another fate.
struct Changed<'a>(&'a ComparisonReport<'a>);

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ChangedImage"))]
struct ImageWire<'a> {
    arn: &'a str,
    before: FateWire,
    after: FateWire,
    changes: Vec<ChangeWire>,
    /// The AMIs and container images that meet another fate.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    outputs: Vec<OutputWire<'a>>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ChangedOutput"))]
struct OutputWire<'a> {
    id: &'a str,
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["AMI", "CONTAINER"])))]
    kind: &'static str,
    changes: Vec<OutputChangeWire>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "OutputChange"))]
struct OutputChangeWire {
    /// `LEFT`: the record of the image goes, and the output stays. `DELETE_SNAPSHOTS`: its snapshots go.
    #[cfg_attr(
        feature = "schema",
        schemars(extend("enum" = ["DEPRECATE", "DISABLE", "DELETE", "LEFT", "DELETE_SNAPSHOTS"]))
    )]
    event: &'static str,
    #[serde(flatten)]
    change: ShiftWire,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Change"))]
struct ChangeWire {
    #[cfg_attr(feature = "schema", schemars(with = "Action"))]
    action: &'static str,
    #[serde(flatten)]
    change: ShiftWire,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct ShiftWire {
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["NEWLY", "SPARED", "EARLIER", "LATER"])))]
    change: &'static str,
    /// For `EARLIER` and `LATER`.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
}

impl ShiftWire {
    fn between(before: Option<u32>, after: Option<u32>) -> Option<Self> {
        let (change, days) = match Shift::between(before, after) {
            Shift::Same => return None,
            Shift::Newly => ("NEWLY", None),
            Shift::Spared => ("SPARED", None),
            Shift::Earlier(days) => ("EARLIER", Some(days)),
            Shift::Later(days) => ("LATER", Some(days)),
        };
        Some(Self { change, days })
    }
}

impl<'a> OutputWire<'a> {
    /// `None`: the output meets the same fate.
    fn new(inventory: &'a Inventory, pair: &Pair) -> Option<Self> {
        let [old, new] = &pair.fates;
        let events = [
            ("DEPRECATE", old.deprecated, new.deprecated),
            ("DISABLE", old.disabled, new.disabled),
            ("DELETE", old.deleted, new.deleted),
            ("LEFT", old.left, new.left),
            ("DELETE_SNAPSHOTS", old.snapshots, new.snapshots),
        ];
        let change = |(event, before, after)| {
            Some(OutputChangeWire { event, change: ShiftWire::between(before, after)? })
        };
        let changes: Vec<OutputChangeWire> = events.into_iter().filter_map(change).collect();
        let (kind, id) = match pair.output {
            OutputKind::Ami(ami) => ("AMI", inventory.amis.id.get(ami.0 as usize)),
            OutputKind::Container(row) => ("CONTAINER", inventory.containers.uris(row as usize).first()),
        };
        let id = id.map_or("", |&id| inventory.text(id));
        (!changes.is_empty()).then_some(Self { id, kind, changes })
    }
}

impl Serialize for Changed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.0;
        let changed = report.comparison.iter().flat_map(|comparison| &comparison.changed);
        serializer.collect_seq(changed.filter_map(|&(old, new)| {
            let sides = report.sides()?;
            let [before, after] = sides.map(|side| side.forecast);
            let (old_fate, new_fate) = (before.fate(old as usize)?, after.fate(new as usize)?);
            let changes = Action::ALL.into_iter().filter_map(|action| {
                let change = ShiftWire::between(old_fate.night(action), new_fate.night(action))?;
                Some(ChangeWire { action: action.as_str(), change })
            });
            let inventory = report.before.inventory();
            let mut outputs = Vec::new();
            visit_outputs(sides, (old, new), |pair| outputs.extend(OutputWire::new(inventory, &pair)));
            Some(ImageWire {
                arn: inventory.arn(old as usize),
                changes: changes.collect(),
                outputs,
                before: FateWire::new(before, &old_fate),
                after: FateWire::new(after, &new_fate),
            })
        }))
    }
}
