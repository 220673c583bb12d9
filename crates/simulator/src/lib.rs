//! What a lifecycle policy does to an inventory, run by run.
//!
//! A [`Plan`] is a policy made ready for one inventory. [`Plan::run`] gives every image a verdict with a
//! reason, for one instant and one [`State`]; [`Plan::apply`] carries the state to the next run. Everything
//! else asks a run questions: [`Plan::outputs`], [`Plan::totals`], [`Plan::explain`], [`report()`].
//! [`Plan::forecast`] tells what years of runs do, and a [`Comparison`] sets two forecasts beside each other.
//!
//! There is no clock here: `now` is an argument. Reading documents and exports is the work of
//! `afterimage-policy` and `afterimage-inventory`; wording for people is the work of the command and the page.

mod ages;
mod amis;
mod assumptions;
mod calendar;
mod checks;
mod compare;
mod explain;
mod facts;
mod forecast;
mod markdown;
mod outputs;
mod overlaps;
mod plan;
mod ranked;
mod readings;
mod report;
mod risks;
mod run;
#[cfg(feature = "schema")]
pub mod schema;
mod selected;
pub mod spreadsheet;
mod storage;
mod usage;
mod verdict;

pub use assumptions::{Assumption, Assumptions, ParseAssumptionError, SETTINGS, Setting};
pub use calendar::{old_enough, reached};
pub use checks::{ALL_AMIS, LOAD_ALL_PAGES, check_exports, check_inventory, check_policy, inventory_checks};
pub use compare::report::ComparisonReport;
pub use compare::{ActionChanges, AmiChanges, Comparison, OutputChanges, Shift, Side, changes_of_outputs};
pub use explain::report::ExplanationReport;
pub use explain::{Considered, Explanation, Finding, Retention, RuleTrace};
pub use forecast::builds::{Builds, Cadence, Series, SeriesCounts, UnknownRecipe};
pub use forecast::nights::LONGEST_FORECAST;
pub use forecast::outputs::{OutputFate, OutputFates};
pub use forecast::report::ForecastReport;
pub use forecast::{Fate, Forecast, ForecastOptions, NewBuilds, NightTotals};
pub use markdown::markdown_cell;
pub use outputs::{Incomplete, Output, OutputCounts, OutputKind, SnapshotOutcome, Spared, Staying, Totals};
pub use overlaps::{Claim, FirstAction, ORDER_IS_UNKNOWN, Overlaps, overlaps};
pub use plan::Plan;
pub use readings::{OtherReading, OtherReadings, Threshold};
pub use report::{Report, report};
pub use risks::Risk;
pub use run::{Run, State, Summary};
pub use selected::selected;
pub use storage::{Rates, Storage, StorageMeter, gib, rounded_up};
pub use usage::{InUse, describe_reference};
pub use verdict::{Outcome, OutputVerdict, Reason, Verdict};
