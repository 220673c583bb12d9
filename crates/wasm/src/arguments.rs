//! What callers may ask for: the options of each function, as JSON.

use std::collections::BTreeMap;

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_policy::Target;
use afterimage_service::Settings;
use afterimage_simulator as simulator;
use afterimage_simulator::Assumptions;
use afterimage_simulator::LONGEST_FORECAST;
use serde::Deserialize;
use serde::Deserializer;
use serde::de::DeserializeOwned;
use serde::de::Error;

use crate::problem::Problem;

/// Reads options.
///
/// # Errors
///
/// What is wrong with them, and the member that it is wrong with.
pub(crate) fn read<T: DeserializeOwned>(options: &str) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_str(options);
    serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let message = error.inner().to_string();
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(message, _)| message);
        match error.path().to_string().as_str() {
            "." => Problem::new(format!("the options cannot be used: {message}")),
            path => Problem::new(format!("the option `{path}` cannot be used: {message}")),
        }
    })
}

/// An instant, such as 2026-11-23T12:00:00Z.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline, with = "String", extend("tsType" = "Date | string")))]
pub struct At(pub(crate) Instant);

impl<'de> Deserialize<'de> for At {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let unlike = |error| D::Error::custom(format!("{error}; write it like 2026-11-23T12:00:00Z"));
        Instant::parse(&text).map(At).map_err(unlike)
    }
}

/// Answers to questions that AWS leaves open, where they differ from the usual ones.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline, with = "Assumptions", extend("tsType" = "Partial<Assumptions>")))]
pub struct Assume(pub(crate) Assumptions);

impl<'de> Deserialize<'de> for Assume {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let given = BTreeMap::<String, String>::deserialize(deserializer)?;
        let answer = |chosen: Assumptions, (name, value): (&String, &String)| {
            let (assumption, choice) = Assumptions::parse(&format!("{name}={value}"))?;
            Ok(chosen.with(assumption, choice))
        };
        let chosen = given.iter().try_fold(Assumptions::default(), answer);
        chosen.map(Assume).map_err(|error: simulator::ParseAssumptionError| D::Error::custom(error))
    }
}

#[derive(Debug, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PolicyOptions {
    /// Logical ID or label of the policy, where the text defines several.
    pub(crate) resource: Option<String>,
}

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CheckInventoryOptions {
    /// Logical ID or label of the policy, where the text defines several.
    pub(crate) resource: Option<String>,
    /// Instant for which the inventory is looked at.
    pub(crate) now: At,
    #[serde(default)]
    pub(crate) assume: Assume,
}

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConvertOptions {
    pub(crate) to: Notation,
    /// ARN of the policy to update, where the text has none; `cli` then updates.
    pub(crate) arn: Option<String>,
    /// Logical ID or label of the policy, where the text defines several.
    pub(crate) resource: Option<String>,
}

/// A notation that a policy can be written in.
#[derive(Debug, Clone, Copy, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Notation {
    Create,
    Update,
    Cli,
    Cloudformation,
    CloudformationYaml,
    Terraform,
    Cdk,
}

impl From<Notation> for Target {
    fn from(notation: Notation) -> Self {
        match notation {
            Notation::Create => Self::Create,
            Notation::Update => Self::Update,
            Notation::Cli => Self::Cli,
            Notation::Cloudformation => Self::CloudFormationJson,
            Notation::CloudformationYaml => Self::CloudFormationYaml,
            Notation::Terraform => Self::Terraform,
            Notation::Cdk => Self::Cdk,
        }
    }
}

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SimulateOptions {
    /// Logical ID or label of the policy, where the text defines several.
    pub(crate) resource: Option<String>,
    /// Instant of the first run.
    pub(crate) now: At,
    /// Daily runs after the first; none unless given.
    #[serde(default)]
    pub(crate) days: u32,
    #[serde(default)]
    pub(crate) assume: Assume,
    #[serde(default)]
    pub(crate) prices: Prices,
}

/// Prices per GiB and month, in any currency.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Prices {
    /// Of EBS snapshots.
    snapshot: Option<f64>,
    /// Of archived EBS snapshots.
    archive: Option<f64>,
    /// In ECR.
    ecr: Option<f64>,
}

impl Prices {
    /// # Errors
    ///
    /// A price below zero.
    pub(crate) fn rates(self) -> Result<simulator::Rates, Problem> {
        let Self { snapshot, archive, ecr } = self;
        for (name, price) in [("snapshot", snapshot), ("archive", archive), ("ecr", ecr)] {
            if price.is_some_and(|price| price < 0.0) {
                let message = "the price is below zero";
                return Err(Problem::new(format!("the option `prices.{name}` cannot be used: {message}")));
            }
        }
        Ok(simulator::Rates { snapshot, archive, container: ecr })
    }
}

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ForecastOptions {
    /// Logical ID or label of the policy, where the text defines several.
    pub(crate) resource: Option<String>,
    /// Instant of the first run.
    pub(crate) now: At,
    /// Days after the first run, up to 1826; 365 unless given.
    #[serde(default = "year", deserialize_with = "days")]
    pub(crate) days: u32,
    #[serde(default)]
    pub(crate) builds: Builds,
    #[serde(default)]
    pub(crate) assume: Assume,
}

fn year() -> u32 {
    365
}

fn days<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let days = u32::deserialize(deserializer)?;
    if days <= LONGEST_FORECAST {
        return Ok(days);
    }
    Err(D::Error::custom(format!("{days} days are more than {LONGEST_FORECAST}")))
}

/// New builds to expect; none unless given.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Builds {
    /// Of every recipe.
    #[serde(default)]
    general: Cadence,
    /// Of single recipes, by name.
    #[serde(default)]
    recipes: BTreeMap<String, Cadence>,
}

/// As often as each recipe version was built so far, or every so many days.
#[derive(Debug, Clone, Copy, Default)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(with = "String", extend("tsType" = "\"none\" | \"observed\" | number")))]
pub struct Cadence(simulator::Cadence);

impl<'de> Deserialize<'de> for Cadence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Wire {
            Word(String),
            Days(u32),
        }
        let cadence = match Wire::deserialize(deserializer) {
            Ok(Wire::Word(word)) if word == "none" => Some(simulator::Cadence::Stopped),
            Ok(Wire::Word(word)) if word == "observed" => Some(simulator::Cadence::Observed),
            Ok(Wire::Days(days)) if days > 0 => Some(simulator::Cadence::Days(days)),
            _ => None,
        };
        cadence
            .map(Cadence)
            .ok_or_else(|| D::Error::custom("write \"none\", \"observed\" or a whole number of days"))
    }
}

impl Builds {
    pub(crate) fn expected(self) -> simulator::Builds {
        let recipes = self.recipes.into_iter().map(|(recipe, Cadence(cadence))| (recipe, cadence));
        simulator::Builds { general: self.general.0, recipes: recipes.collect() }
    }
}

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExplainOptions {
    /// Logical ID or label of the policy, where the text defines several.
    pub(crate) resource: Option<String>,
    /// ARN of the image.
    pub(crate) image: String,
    /// Instant of the first run.
    pub(crate) now: At,
    /// Days from the first run to the one that is explained, up to 1826; none unless given.
    #[serde(default, deserialize_with = "days")]
    pub(crate) days: u32,
    #[serde(default)]
    pub(crate) assume: Assume,
}

#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ServiceOptions {
    /// Where the clock starts.
    now: At,
    /// The account that calls: twelve digits; unless given, the one that most images are of.
    account: Option<String>,
    /// The Region that is called; unless given, the one that most images are of.
    region: Option<String>,
    /// Execution IDs and request IDs follow from it; 0 unless given.
    seed: Option<u32>,
    /// Simulated time that an execution takes for each image; with 0, which is usual, it ends when it begins.
    seconds_per_resource: Option<u32>,
    /// Images that an execution works on before it pauses until the next daily run; all of them unless given.
    resources_per_run: Option<u32>,
    /// Second of the day, in UTC, at which the daily runs begin; 0 unless given.
    daily_run_at: Option<u32>,
    #[serde(default)]
    assume: Assume,
}

impl ServiceOptions {
    pub(crate) fn settings(self, inventory: &Inventory) -> Settings {
        let usual = Settings::home_of(inventory, self.now.0);
        Settings {
            account: self.account.unwrap_or(usual.account),
            region: self.region.unwrap_or(usual.region),
            now: usual.now,
            seed: self.seed.map_or(usual.seed, u64::from),
            seconds_per_resource: self.seconds_per_resource.unwrap_or(usual.seconds_per_resource),
            resources_per_run: self.resources_per_run,
            daily_run_at: self.daily_run_at.unwrap_or(usual.daily_run_at),
            assumptions: self.assume.0,
        }
    }
}

/// How far a clock is moved.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    #[serde(default)]
    days: u32,
    #[serde(default)]
    hours: u32,
    #[serde(default)]
    minutes: u32,
    #[serde(default)]
    seconds: u32,
}

impl Step {
    pub(crate) fn from(self, now: Instant) -> Instant {
        let Self { days, hours, minutes, seconds } = self;
        let parts = [(days, 86_400), (hours, 3600), (minutes, 60), (seconds, 1)];
        let seconds = parts
            .into_iter()
            .fold(0_i64, |sum, (count, unit)| sum.saturating_add(i64::from(count).saturating_mul(unit)));
        Instant(now.0.saturating_add(seconds.saturating_mul(1000)))
    }
}
