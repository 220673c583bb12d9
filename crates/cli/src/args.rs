//! Arguments.

use std::path::PathBuf;

use afterimage_inventory::Instant;
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
    /// Policy: create or update request, or get-lifecycle-policy response; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// Inventory export, plain or gzip; repeat for several; `-` is standard input
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) inventory: Vec<PathBuf>,
    /// Instant of the first run, such as 2026-11-23T12:00:00Z [default: the present]
    #[arg(long, value_name = "INSTANT", value_parser = instant)]
    pub(crate) now: Option<Instant>,
    /// Daily runs after the first
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) days: u32,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Policy: create or update request, or get-lifecycle-policy response; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// Inventory export to check the policy against; repeat for several
    #[arg(long, value_name = "FILE")]
    pub(crate) inventory: Vec<PathBuf>,
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(crate) format: CheckFormat,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ConvertArgs {
    /// Policy: create or update request, or get-lifecycle-policy response; `-` is standard input
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: PathBuf,
    /// Notation to print
    #[arg(long, value_enum)]
    pub(crate) to: Notation,
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
}

fn instant(text: &str) -> Result<Instant, String> {
    Instant::parse(text).map_err(|error| format!("{error}; write it like 2026-11-23T12:00:00Z"))
}
