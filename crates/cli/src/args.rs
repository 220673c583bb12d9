//! Arguments.

use std::path::PathBuf;

use afterimage_inventory::Instant;
use afterimage_simulator::Assumption;
use afterimage_simulator::Assumptions;
use afterimage_simulator::SETTINGS;
use clap::Parser;
use clap::Subcommand;
use clap::ValueEnum;

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
    /// Show what is wrong or surprising about the policy
    Check(CheckArgs),
    /// Print the policy in another notation
    Convert(ConvertArgs),
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
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
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

fn instant(text: &str) -> Result<Instant, String> {
    Instant::parse(text).map_err(|error| format!("{error}; write it like 2026-11-23T12:00:00Z"))
}
