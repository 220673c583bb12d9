//! A comparison as JSON.

use afterimage_inventory::Inventory;
use afterimage_policy::Action;
use afterimage_policy::Diagnostic;
use serde::Serialize;
use serde::Serializer;

use crate::compare::ActionChanges;
use crate::compare::Comparison;
use crate::compare::Shift;
use crate::forecast::builds::UnknownRecipe;
use crate::forecast::report::FateWire;
use crate::forecast::report::ForecastReport;

/// Two forecasts and what differs between them.
#[derive(Debug)]
pub struct ComparisonReport<'a> {
    before: &'a ForecastReport<'a>,
    after: &'a ForecastReport<'a>,
    /// `None`: one of the policies has errors.
    comparison: Option<Comparison>,
}

impl<'a> ComparisonReport<'a> {
    pub fn new(before: &'a ForecastReport<'a>, after: &'a ForecastReport<'a>) -> Self {
        let forecasts = before.forecast().zip(after.forecast());
        let comparison = forecasts.map(|(old, new)| {
            if std::ptr::eq(before.inventory(), after.inventory()) {
                Comparison::of_policies(old, new)
            } else {
                Comparison::of_inventories((before.inventory(), old), (after.inventory(), new))
            }
        });
        Self { before, after, comparison }
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
    /// The images that meet another fate.
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
    /// Those that meet another fate.
    changed: usize,
    deprecate: ActionChanges,
    disable: ActionChanges,
    delete: ActionChanges,
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
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Change"))]
struct ChangeWire {
    #[cfg_attr(feature = "schema", schemars(with = "Action"))]
    action: &'static str,
    #[cfg_attr(feature = "schema", schemars(extend("enum" = ["NEWLY", "SPARED", "EARLIER", "LATER"])))]
    change: &'static str,
    /// For `EARLIER` and `LATER`.
    #[serde(skip_serializing_if = "Option::is_none")]
    days: Option<u32>,
}

impl Serialize for Changed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let report = self.0;
        let changed = report.comparison.iter().flat_map(|comparison| &comparison.changed);
        serializer.collect_seq(changed.filter_map(|&(old, new)| {
            let (old, new) = (old as usize, new as usize);
            let (before, after) = (report.before.forecast()?, report.after.forecast()?);
            let (old_fate, new_fate) = (before.fate(old)?, after.fate(new)?);
            let changes = Action::ALL.into_iter().filter_map(|action| {
                let (change, days) = match Shift::between(old_fate.night(action), new_fate.night(action)) {
                    Shift::Same => return None,
                    Shift::Newly => ("NEWLY", None),
                    Shift::Spared => ("SPARED", None),
                    Shift::Earlier(days) => ("EARLIER", Some(days)),
                    Shift::Later(days) => ("LATER", Some(days)),
                };
                Some(ChangeWire { action: action.as_str(), change, days })
            });
            Some(ImageWire {
                arn: report.before.inventory().arn(old),
                changes: changes.collect(),
                before: FateWire::new(before, &old_fate),
                after: FateWire::new(after, &new_fate),
            })
        }))
    }
}
