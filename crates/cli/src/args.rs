//! Arguments.

use std::path::PathBuf;

use afterimage_inventory::Instant;
use afterimage_simulator::Assumption;
use afterimage_simulator::Assumptions;
use afterimage_simulator::Builds;
use afterimage_simulator::Cadence;
use afterimage_simulator::ForecastOptions;
use afterimage_simulator::LONGEST_FORECAST;
use afterimage_simulator::SETTINGS;
use clap::ArgGroup;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;
use clap::builder::RangedI64ValueParser;

use crate::input;

/// See what an EC2 Image Builder lifecycle policy will do, before AWS does it
#[derive(Debug, Parser)]
#[command(name = "afterimage", version)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what the policy does to every image, tonight and on the days after
    Simulate(SimulateArgs),
    /// Show what the policy does over months and years, day by day
    Forecast(ForecastArgs),
    /// Show which images another policy, or another inventory, brings another fate
    Compare(CompareArgs),
    /// Show which images and AMIs more than one policy claims
    Overlaps(OverlapsArgs),
    /// Show what is wrong or surprising about the policy
    Check(CheckArgs),
    /// Print the policy in another notation
    Convert(ConvertArgs),
    /// Answer the Image Builder lifecycle API on this machine, with a clock that you move
    Serve(ServeArgs),
}

#[derive(Debug, clap::Args)]
pub(crate) struct SimulateArgs {
    /// Policy in any notation: API JSON, AWS CLI command, CloudFormation, Terraform; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// Logical ID or label of the policy, where the file defines several
    #[arg(long, value_name = "NAME")]
    pub(crate) resource: Option<String>,
    /// Inventory export, plain or gzip; repeat for several; `-` is standard input
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) inventory: Vec<PathBuf>,
    /// Instant of the first run, such as 2026-11-23T12:00:00Z [default: the present]
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(crate) now: Option<Instant>,
    /// Daily runs after the first
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) days: u32,
    #[command(flatten)]
    pub(crate) assume: AssumeArgs,
    /// Price of a GiB of EBS snapshot per month, to price the storage that is freed
    #[arg(long, value_name = "PRICE", value_parser = price)]
    pub(crate) price_snapshot: Option<f64>,
    /// Price of a GiB of archived EBS snapshot per month
    #[arg(long, value_name = "PRICE", value_parser = price)]
    pub(crate) price_archive: Option<f64>,
    /// Price of a GiB in ECR per month
    #[arg(long, value_name = "PRICE", value_parser = price)]
    pub(crate) price_ecr: Option<f64>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ForecastArgs {
    /// Policy in any notation: API JSON, AWS CLI command, CloudFormation, Terraform; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// Logical ID or label of the policy, where the file defines several
    #[arg(long, value_name = "NAME")]
    pub(crate) resource: Option<String>,
    /// Inventory export, plain or gzip; repeat for several; `-` is standard input
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) inventory: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) horizon: HorizonArgs,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, clap::Args)]
#[command(group = ArgGroup::new("other").args(["with", "with_inventory"]).required(true).multiple(true))]
pub(crate) struct CompareArgs {
    /// Policy in any notation: API JSON, AWS CLI command, CloudFormation, Terraform; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// Policy to compare with
    #[arg(long, value_name = "FILE")]
    pub(crate) with: Option<PathBuf>,
    /// Logical ID or label of the policy, where the file defines several
    #[arg(long, value_name = "NAME")]
    pub(crate) resource: Option<String>,
    /// Inventory export, plain or gzip; repeat for several; `-` is standard input
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) inventory: Vec<PathBuf>,
    /// Inventory export to compare with; repeat for several
    #[arg(long, value_name = "FILE")]
    pub(crate) with_inventory: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) horizon: HorizonArgs,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct OverlapsArgs {
    /// Policy in any notation; repeat for several
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) policy: Vec<PathBuf>,
    /// Inventory export, plain or gzip; repeat for several; `-` is standard input
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) inventory: Vec<PathBuf>,
    /// Instant of the first run, such as 2026-11-23T12:00:00Z [default: the present]
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(crate) now: Option<Instant>,
    /// Daily runs after the first
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) days: u32,
    #[command(flatten)]
    pub(crate) assume: AssumeArgs,
    #[arg(long, value_enum, default_value_t = OverlapsFormat::Table)]
    pub(crate) format: OverlapsFormat,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OverlapsFormat {
    Table,
    Json,
}

/// What a forecast covers.
#[derive(Debug, clap::Args)]
pub(crate) struct HorizonArgs {
    /// Instant of the first run, such as 2026-11-23T12:00:00Z [default: the present]
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    now: Option<Instant>,
    /// Days after the first run, up to five years
    #[arg(long, value_name = "N", default_value_t = 365, value_parser = days())]
    days: u32,
    /// New builds to expect: none, observed (as often as each recipe version was built so far), every so many
    /// days such as 7d, or RECIPE=7d for one recipe; repeat for several recipes
    #[arg(long, value_name = "WHICH", value_parser = cadence)]
    builds: Vec<(Option<String>, Cadence)>,
    #[command(flatten)]
    pub(crate) assume: AssumeArgs,
}

impl HorizonArgs {
    /// The last of several cadences for everything wins.
    pub(crate) fn options(&self) -> ForecastOptions {
        let mut builds = Builds::default();
        for (recipe, cadence) in &self.builds {
            match recipe {
                Some(recipe) => builds.recipes.push((recipe.clone(), *cadence)),
                None => builds.general = *cadence,
            }
        }
        ForecastOptions { from: self.now.unwrap_or_else(input::now), days: self.days, builds }
    }
}

fn days() -> RangedI64ValueParser<u32> {
    RangedI64ValueParser::new().range(0..=i64::from(LONGEST_FORECAST))
}

fn cadence(text: &str) -> Result<(Option<String>, Cadence), String> {
    let (recipe, every) = match text.rsplit_once('=') {
        Some((recipe, every)) => (Some(recipe.to_owned()), every),
        None => (None, text),
    };
    let cadence = match every {
        "none" => Some(Cadence::Stopped),
        "observed" => Some(Cadence::Observed),
        _ => every
            .strip_suffix('d')
            .and_then(|days| days.parse().ok())
            .filter(|&days| days > 0)
            .map(Cadence::Days),
    };
    let cadence = cadence.ok_or("write none, observed, a number of days such as 7d, or RECIPE=7d")?;
    Ok((recipe, cadence))
}

#[derive(Debug, clap::Args)]
pub(crate) struct AssumeArgs {
    /// Answer a question that AWS leaves open differently; repeat for several
    #[arg(
        long = "assume",
        value_name = "NAME=VALUE",
        value_parser = assumption,
        long_help = assumptions_help(),
    )]
    given: Vec<(Assumption, usize)>,
}

impl AssumeArgs {
    pub(crate) fn is_given(&self) -> bool {
        !self.given.is_empty()
    }

    /// The defaults with what was given; the last of several answers wins.
    pub(crate) fn chosen(&self) -> Assumptions {
        let with = |chosen: Assumptions, &(assumption, choice): &(Assumption, usize)| {
            chosen.with(assumption, choice)
        };
        self.given.iter().fold(Assumptions::default(), with)
    }
}

fn assumption(text: &str) -> Result<(Assumption, usize), String> {
    Assumptions::parse(text).map_err(|error| error.to_string())
}

fn assumptions_help() -> String {
    let mut help = "Answer a question that AWS leaves open differently; repeat for several.\n\n\
                    The first value is the default:"
        .to_owned();
    for setting in SETTINGS {
        help.push_str(&format!("\n\n{}={}\n  {}", setting.name, setting.values.join("|"), setting.question));
    }
    help
}

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Policy in any notation: API JSON, AWS CLI command, CloudFormation, Terraform; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// Logical ID or label of the policy, where the file defines several
    #[arg(long, value_name = "NAME")]
    pub(crate) resource: Option<String>,
    /// Inventory export to check the policy against; repeat for several
    #[arg(long, value_name = "FILE")]
    pub(crate) inventory: Vec<PathBuf>,
    /// Instant for which the inventory is looked at [default: the present]
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(crate) now: Option<Instant>,
    #[command(flatten)]
    pub(crate) assume: AssumeArgs,
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) format: CheckFormat,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ConvertArgs {
    /// Policy in any notation; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// Logical ID or label of the policy, where the file defines several
    #[arg(long, value_name = "NAME")]
    pub(crate) resource: Option<String>,
    /// Notation to print
    #[arg(long, value_enum)]
    pub(crate) to: Notation,
    /// ARN of the policy to update, where the file has none; `--to cli` then updates
    #[arg(long, value_name = "ARN")]
    pub(crate) arn: Option<String>,
}

#[derive(Debug, clap::Args)]
#[command(
    long_about = "Answer the Image Builder lifecycle API on this machine, with a clock that you move.\n\n\
    Point a client at the address that is printed. GET /_afterimage/clock tells the time; PUT moves it forward, \
    with {\"now\": \"2026-12-01T12:00:00Z\"} or {\"advance\": {\"days\": 3}} (also hours, minutes), and does \
    every daily run on the way. Signatures are not checked, and only this machine is answered."
)]
pub(crate) struct ServeArgs {
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) port: u16,
    /// Account that calls, twelve digits [default: that of most images, or 123456789012]
    #[arg(long, value_name = "ID")]
    pub(crate) account: Option<String>,
    /// Region that is called [default: that of most images, or us-west-2]
    #[arg(long, value_name = "NAME")]
    pub(crate) region: Option<String>,
    /// Instant at which the clock starts, such as 2026-11-23T12:00:00Z [default: the present]
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(crate) now: Option<Instant>,
    /// Inventory export, plain or gzip; repeat for several; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) inventory: Vec<PathBuf>,
    /// File that keeps everything, the inventory included: written after each change before it is answered, and
    /// continued from when it is there. Options that contradict it are refused, those that began it may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Seconds that an execution takes for each resource, on the clock that you move [default: 0]
    #[arg(long, value_name = "N")]
    pub(crate) seconds_per_resource: Option<u32>,
    /// Resources that an execution acts on before it pauses until the next daily run [default: all]
    #[arg(long, value_name = "N")]
    pub(crate) resources_per_run: Option<u32>,
    /// Time of day, in UTC, at which the daily runs begin [default: 00:00]
    #[arg(long, value_name = "HH:MM", value_parser = time_of_day)]
    pub(crate) daily_run_at: Option<u32>,
    #[command(flatten)]
    pub(crate) assume: AssumeArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Table,
    Json,
    Csv,
    Markdown,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    Text,
    Json,
    /// SARIF 2.1.0, for pipelines that annotate a change
    Sarif,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Notation {
    /// Create request, for `aws imagebuilder create-lifecycle-policy --cli-input-json`
    Create,
    /// Update request, for `aws imagebuilder update-lifecycle-policy --cli-input-json`
    Update,
    /// AWS CLI command, for CloudShell
    Cli,
    /// CloudFormation template in JSON
    Cloudformation,
    /// CloudFormation template in YAML
    CloudformationYaml,
    /// Terraform configuration
    Terraform,
    /// AWS CDK stack in TypeScript
    Cdk,
}

fn price(text: &str) -> Result<f64, String> {
    let price = text.parse().ok().filter(|price: &f64| price.is_finite() && *price >= 0.0);
    price.ok_or_else(|| "write a price like 0.05".to_owned())
}

/// Seconds since midnight.
fn time_of_day(text: &str) -> Result<u32, String> {
    let parts = text.split_once(':').filter(|(hours, minutes)| hours.len() == 2 && minutes.len() == 2);
    let number = |text: &str, limit: u32| text.parse().ok().filter(|&number: &u32| number < limit);
    let seconds =
        parts.and_then(|(hours, minutes)| Some(number(hours, 24)? * 3600 + number(minutes, 60)? * 60));
    seconds.ok_or_else(|| "write a time of day like 03:30".to_owned())
}

fn instant(text: &str) -> Result<Instant, String> {
    Instant::parse(text).map_err(|error| format!("{error}; write it like 2026-11-23T12:00:00Z"))
}
