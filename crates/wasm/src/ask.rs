//! The questions: texts and an inventory in, JSON out.

use afterimage_inventory::Inventory;
use afterimage_policy::Reading;
use afterimage_policy::Target;
use afterimage_policy::read_resource;
use afterimage_simulator::ComparisonReport;
use afterimage_simulator::ExplanationReport;
use afterimage_simulator::ForecastOptions;
use afterimage_simulator::ForecastReport;
use afterimage_simulator::Plan;
use afterimage_simulator::UnknownRecipe;
use afterimage_simulator::check_inventory;
use afterimage_simulator::report;
use serde_json::to_string;

use crate::answers::CheckedPolicy;
use crate::answers::ConvertedPolicy;
use crate::answers::InventoryFacts;
use crate::answers::ParsedPolicy;
use crate::arguments;
use crate::arguments::At;
use crate::arguments::CheckInventoryOptions;
use crate::arguments::ConvertOptions;
use crate::arguments::ExplainOptions;
use crate::arguments::PolicyOptions;
use crate::arguments::SimulateOptions;
use crate::arguments::read;
use crate::problem::Problem;

/// JSON, or why there is none.
pub type Answer = Result<String, Problem>;

pub fn parse_policy(policy: &str, options: &str) -> Answer {
    let PolicyOptions { resource } = read(options)?;
    let reading = read_resource(policy, resource.as_deref());
    // A value that only the document's own tools know is none that a request could carry.
    reading.write(Target::Create, None).map_err(Problem::policy)?;
    Ok(to_string(&ParsedPolicy {
        policy: reading.document.create_request(),
        notation: reading.notation().as_str(),
        resource: reading.resource().map(str::to_owned),
        defaults: reading.filled_in(),
        diagnostics: reading.diagnostics,
    })?)
}

pub fn check_policy(policy: &str, options: &str) -> Answer {
    let PolicyOptions { resource } = read(options)?;
    checked(read_resource(policy, resource.as_deref()))
}

/// Also what is surprising about the policy for this inventory.
pub fn check_inventory_too(policy: &str, inventory: &Inventory, options: &str) -> Answer {
    let CheckInventoryOptions { resource, now: At(now), assume } = read(options)?;
    let mut reading = read_resource(policy, resource.as_deref());
    reading.diagnostics = afterimage_simulator::check_policy(&reading, assume.0);
    if let Some(policy) = reading.policy() {
        let plan = Plan::assuming(&policy, inventory, assume.0);
        for found in check_inventory(&plan, inventory, reading.root(), now) {
            let found = reading.located(found);
            reading.diagnostics.push(found);
        }
    }
    checked(reading)
}

fn checked(reading: Reading) -> Answer {
    Ok(to_string(&CheckedPolicy { defaults: reading.filled_in(), diagnostics: reading.diagnostics })?)
}

pub fn convert_policy(policy: &str, options: &str) -> Answer {
    let ConvertOptions { to, arn, resource } = read(options)?;
    let reading = read_resource(policy, resource.as_deref());
    let written = reading.write(to.into(), arn.as_deref()).map_err(Problem::policy)?;
    let defaults = reading.filled_in();
    Ok(to_string(&ConvertedPolicy { text: written.text, remarks: written.remarks, defaults })?)
}

pub fn facts(inventory: &Inventory) -> Answer {
    Ok(to_string(&InventoryFacts::new(inventory))?)
}

pub fn simulate(policy: &str, inventory: &Inventory, options: &str) -> Answer {
    let SimulateOptions { resource, now: At(now), days, assume, prices } = read(options)?;
    let rates = prices.rates()?;
    let reading = usable(policy, resource.as_deref())?;
    Ok(to_string(&report(&reading, inventory, assume.0, now, days).at_rates(rates))?)
}

pub fn forecast(policy: &str, inventory: &Inventory, options: &str) -> Answer {
    let options: arguments::ForecastOptions = read(options)?;
    let reading = usable(policy, options.resource.as_deref())?;
    let assumptions = options.assume.0;
    let report = ForecastReport::new(&reading, inventory, assumptions, &horizon(options));
    known_builds(report.unknown_recipes())?;
    Ok(to_string(&report)?)
}

/// What a second policy, a second inventory or both change.
pub fn compare(before: (&str, &Inventory), after: (&str, &Inventory), options: &str) -> Answer {
    let options: arguments::ForecastOptions = read(options)?;
    let old = usable(before.0, options.resource.as_deref())?;
    let new = usable(after.0, options.resource.as_deref())?;
    let assumptions = options.assume.0;
    let horizon = horizon(options);
    let before = ForecastReport::new(&old, before.1, assumptions, &horizon);
    let after = ForecastReport::new(&new, after.1, assumptions, &horizon);
    let report = ComparisonReport::new(&before, &after);
    known_builds(report.unknown_recipes())?;
    Ok(to_string(&report)?)
}

fn known_builds<'a>(mut unknown: impl Iterator<Item = &'a UnknownRecipe>) -> Result<(), Problem> {
    unknown.next().map_or(Ok(()), |recipe| {
        let message = format!("the option `builds.recipes` cannot be used: {recipe}");
        Err(Problem { help: Some(recipe.help.clone()), ..Problem::new(message) })
    })
}

fn horizon(options: arguments::ForecastOptions) -> ForecastOptions {
    ForecastOptions { from: options.now.0, days: options.days, builds: options.builds.expected() }
}

pub fn explain(policy: &str, inventory: &Inventory, options: &str) -> Answer {
    let ExplainOptions { resource, image, now: At(now), days, assume } = read(options)?;
    let reading = usable(policy, resource.as_deref())?;
    let policy = reading.policy().ok_or_else(|| Problem::policy(reading.diagnostics.clone()))?;
    let arn = |&row: &u32| inventory.arn(row as usize).cmp(&image);
    let found = inventory.by_arn.binary_search_by(arn).ok();
    let row = found.and_then(|place| inventory.by_arn.get(place));
    let row = row.ok_or_else(|| Problem::new(format!("the inventory has no image `{image}`")))?;
    let plan = Plan::assuming(&policy, inventory, assume.0);
    let explained = ExplanationReport::new(&plan, inventory, now, days, *row as usize);
    let gone = || Problem::new(format!("an earlier run deletes `{image}`"));
    Ok(to_string(&explained.ok_or_else(gone)?)?)
}

/// The policy, which has no errors.
fn usable(policy: &str, resource: Option<&str>) -> Result<Reading, Problem> {
    let reading = read_resource(policy, resource);
    if reading.policy().is_some() { Ok(reading) } else { Err(Problem::policy(reading.diagnostics)) }
}
