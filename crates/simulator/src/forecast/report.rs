//! A forecast as JSON.

use afterimage_inventory::Group;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Text;
use afterimage_policy::Diagnostic;
use afterimage_policy::Reading;
use serde::Serialize;
use serde::Serializer;

use crate::assumptions::Assumptions;
use crate::checks::check_inventory;
use crate::checks::check_policy;
use crate::forecast::Fate;
use crate::forecast::Forecast;
use crate::forecast::ForecastOptions;
use crate::forecast::NewBuilds;
use crate::forecast::NightTotals;
use crate::forecast::builds::Series;
use crate::forecast::builds::UnknownRecipe;
use crate::forecast::builds::unknown;
use crate::forecast::outputs::OutputFates;
use crate::plan::Plan;
use crate::verdict::Reason;
use crate::verdict::Verdict;

/// A forecast with all that is needed to write it.
#[derive(Debug)]
pub struct ForecastReport<'a> {
    inventory: &'a Inventory,
    assumptions: Assumptions,
    from: Instant,
    diagnostics: Vec<Diagnostic>,
    /// `None`: the policy has errors, and nothing is forecast.
    plan: Option<Plan>,
    forecast: Option<Forecast>,
    unknown_recipes: Vec<UnknownRecipe>,
}

impl<'a> ForecastReport<'a> {
    pub fn assumptions(&self) -> Assumptions {
        self.assumptions
    }

    pub fn new(
        reading: &Reading,
        inventory: &'a Inventory,
        assumptions: Assumptions,
        options: &ForecastOptions,
    ) -> Self {
        let mut diagnostics = check_policy(reading, assumptions);
        let plan = reading.policy().map(|policy| Plan::assuming(&policy, inventory, assumptions));
        if let Some(plan) = &plan {
            let found = check_inventory(plan, inventory, reading.root(), options.from);
            diagnostics.extend(found.into_iter().map(|found| reading.located(found)));
        }
        let unknown_recipes = plan.as_ref().map(|plan| unknown(plan, inventory, &options.builds));
        let forecast = plan.as_ref().map(|plan| plan.forecast(inventory, options));
        Self {
            inventory,
            assumptions,
            from: options.from,
            diagnostics,
            plan,
            forecast,
            unknown_recipes: unknown_recipes.unwrap_or_default(),
        }
    }

    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Recipes for which builds are expected and that no image in scope is from: most likely misspelled.
    pub fn unknown_recipes(&self) -> impl Iterator<Item = &UnknownRecipe> {
        self.unknown_recipes.iter()
    }

    /// Instant of the first run.
    pub fn now(&self) -> Instant {
        self.from
    }

    pub fn inventory(&self) -> &'a Inventory {
        self.inventory
    }

    /// What becomes of the outputs; `None` when the policy has errors.
    pub(crate) fn output_fates(&self) -> Option<OutputFates> {
        Some(self.plan.as_ref()?.output_fates(self.inventory, self.forecast.as_ref()?))
    }

    /// `None` when the policy has errors.
    pub fn forecast(&self) -> Option<&Forecast> {
        self.forecast.as_ref()
    }
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Forecast"))]
#[serde(rename_all = "camelCase")]
pub(crate) struct ForecastWire<'a> {
    /// Instant of the first run.
    now: String,
    /// The last day that is looked at.
    until: Option<String>,
    /// Every assumption and its value.
    assumptions: Assumptions,
    diagnostics: &'a [Diagnostic],
    /// The last night that acts, when nothing happens after it however long one waits.
    settled_after: Option<String>,
    totals: Option<NightWire>,
    /// The nights on which something changes.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<NightWire>"))]
    nights: Nights<'a>,
    /// Every image, in byte order of the ARNs.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<ImageWire<'static>>"))]
    images: Images<'a>,
    /// The builds that are expected.
    new_builds: Vec<SeriesWire<'a>>,
}

impl Serialize for ForecastReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let forecast = self.forecast.as_ref();
        let night = |night: u32| forecast.map(|forecast| forecast.at(night).to_string());
        let series = forecast.map_or([].as_slice(), |forecast| &forecast.series);
        ForecastWire {
            now: self.from.to_string(),
            until: forecast.and_then(|forecast| night(forecast.last_night())),
            assumptions: self.assumptions,
            diagnostics: &self.diagnostics,
            settled_after: forecast.and_then(|forecast| forecast.settled_after).and_then(night),
            totals: forecast.map(|forecast| NightWire::new(&forecast.totals(), None)),
            nights: Nights(forecast),
            images: Images { inventory: self.inventory, forecast },
            new_builds: series.iter().map(|series| SeriesWire::new(self.inventory, series)).collect(),
        }
        .serialize(serializer)
    }
}

/// The nights on which something changes.
struct Nights<'a>(Option<&'a Forecast>);

impl Serialize for Nights<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let nights = self.0.into_iter().flat_map(|forecast| {
            forecast.events().map(|(night, totals)| NightWire::new(totals, Some(forecast.at(night))))
        });
        serializer.collect_seq(nights)
    }
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ForecastNight"))]
#[serde(rename_all = "camelCase")]
struct NightWire {
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<String>,
    deprecated: u32,
    disabled: u32,
    deleted: u32,
    failed: u32,
    /// Images in scope that are left.
    remaining: u32,
    new_builds: NewBuildsWire,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "NewBuilds"))]
struct NewBuildsWire {
    built: u32,
    deprecated: u32,
    disabled: u32,
    deleted: u32,
    remaining: u32,
}

impl NightWire {
    fn new(totals: &NightTotals, at: Option<Instant>) -> Self {
        let NewBuilds { built, deprecated, disabled, deleted, remaining } = totals.new_builds;
        Self {
            at: at.map(|at| at.to_string()),
            deprecated: totals.deprecated,
            disabled: totals.disabled,
            deleted: totals.deleted,
            failed: totals.failed,
            remaining: totals.remaining,
            new_builds: NewBuildsWire { built, deprecated, disabled, deleted, remaining },
        }
    }
}

/// Every image, in byte order of the ARNs.
struct Images<'a> {
    inventory: &'a Inventory,
    forecast: Option<&'a Forecast>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "ForecastImage"))]
struct ImageWire<'a> {
    arn: &'a str,
    #[serde(flatten)]
    fate: FateWire,
}

impl Serialize for Images<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let images = self.forecast.into_iter().flat_map(|forecast| {
            self.inventory.by_arn.iter().filter_map(move |&row| {
                let fate = FateWire::new(forecast, &forecast.fate(row as usize)?);
                Some(ImageWire { arn: self.inventory.arn(row as usize), fate })
            })
        });
        serializer.collect_seq(images)
    }
}

/// What becomes of one image, with instants.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Fate"))]
pub(crate) struct FateWire {
    deprecated: Option<String>,
    disabled: Option<String>,
    deleted: Option<String>,
    /// The first night on which its deletion fails or waits for a spared AMI.
    refused: Option<String>,
    /// What the first run decides.
    first: VerdictWire,
    /// What the last run decides; null when the image is gone before it.
    last: Option<VerdictWire>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "VerdictAndReason"))]
struct VerdictWire {
    #[cfg_attr(feature = "schema", schemars(with = "Verdict"))]
    verdict: &'static str,
    #[cfg_attr(feature = "schema", schemars(with = "Reason"))]
    reason: &'static str,
}

impl FateWire {
    pub(crate) fn new(forecast: &Forecast, fate: &Fate) -> Self {
        let at = |night: Option<u32>| night.map(|night| forecast.at(night).to_string());
        let said = |(verdict, reason): (Verdict, Reason)| VerdictWire {
            verdict: verdict.as_str(),
            reason: reason.as_str(),
        };
        Self {
            deprecated: at(fate.deprecated),
            disabled: at(fate.disabled),
            deleted: at(fate.deleted),
            refused: at(fate.refused),
            first: said(fate.first),
            last: fate.last.map(said),
        }
    }
}

/// The expected builds of one recipe version.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Series"))]
#[serde(rename_all = "camelCase")]
struct SeriesWire<'a> {
    recipe: &'a str,
    version: &'a str,
    account: &'a str,
    region: &'a str,
    last_build: String,
    interval_seconds: i64,
    built: u32,
    deprecated: u32,
    disabled: u32,
    deleted: u32,
}

impl<'a> SeriesWire<'a> {
    fn new(inventory: &'a Inventory, series: &Series) -> Self {
        let group = inventory.groups.get(series.group);
        let text = |of: fn(&Group) -> Text| group.map_or("", |group| inventory.text(of(group)));
        Self {
            recipe: text(|group| group.recipe_name),
            version: text(|group| group.version),
            account: text(|group| group.account),
            region: text(|group| group.region),
            last_build: series.last.to_string(),
            interval_seconds: series.interval / 1000,
            built: series.counts.built,
            deprecated: series.counts.deprecated,
            disabled: series.counts.disabled,
            deleted: series.counts.deleted,
        }
    }
}
