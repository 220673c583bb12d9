//! `afterimage overlaps`: images and AMIs that more than one policy claims.

use std::io::Write;

use afterimage_policy::Reading;
use afterimage_simulator::Claim;
use afterimage_simulator::ORDER_IS_UNKNOWN;
use afterimage_simulator::Plan;
use afterimage_simulator::overlaps;

use crate::CommandError;
use crate::PolicyIs;
use crate::args::OverlapsArgs;
use crate::args::OverlapsFormat;
use crate::input;
use crate::notes;
use crate::wording::counted;
use crate::wording::day;
use crate::wording::plain;
use crate::wording::short;

pub(crate) fn run(args: &OverlapsArgs, out: &mut impl Write) -> Result<PolicyIs, CommandError> {
    input::standard_input_once(args.policy.iter().chain(&args.inventory))?;
    let readings: Vec<Reading> =
        args.policy.iter().map(|path| input::policy(path, None)).collect::<Result<_, _>>()?;
    let inventory = input::inventory(&args.inventory)?;
    notes::skipped(&inventory)?;
    notes::exports(&inventory)?;
    let now = args.now.unwrap_or_else(input::now);
    let mut plans = Vec::new();
    for (reading, file) in readings.iter().zip(&args.policy) {
        match reading.policy() {
            Some(policy) => {
                let plan = Plan::assuming(&policy, &inventory, args.assume.chosen());
                plans.push((file.display().to_string(), plan));
            }
            None => notes::diagnostics(&reading.diagnostics, reading, file)?,
        }
    }
    if plans.len() < readings.len() {
        return Ok(PolicyIs::Wrong);
    }
    let overlaps = overlaps(&plans, &inventory, now, args.days);
    let names = &overlaps.policies;
    match args.format {
        OverlapsFormat::Json => {
            serde_json::to_writer_pretty(&mut *out, &overlaps)?;
            writeln!(out)?;
        }
        OverlapsFormat::Table => {
            let images = overlaps.images.iter().map(|(image, claims)| (short(inventory.arn(*image)), claims));
            let amis = overlaps.amis.iter().map(|(ami, claims)| {
                (inventory.amis.id.get(ami.0 as usize).map_or("", |&id| inventory.text(id)), claims)
            });
            for (what, claims) in images.chain(amis) {
                writeln!(out, "{}", plain(what))?;
                for claim in claims {
                    writeln!(out, "  {}", words(claim, names))?;
                }
            }
            let (images, amis) = (overlaps.images.len(), overlaps.amis.len());
            let images = counted(images, "image");
            writeln!(out, "\nclaimed by more than one policy: {images}, {}", counted(amis, "AMI"))?;
            writeln!(out, "{ORDER_IS_UNKNOWN}")?;
        }
    }
    Ok(PolicyIs::Usable)
}

/// `a.json: DELETE on 2026-11-24 (AGE)`.
fn words(claim: &Claim, names: &[String]) -> String {
    let name = names.get(claim.policy).map_or("", String::as_str);
    match claim.first {
        Some(first) => {
            format!("{}: {} on {} ({})", plain(name), first.verdict, day(first.at), first.reason.as_str())
        }
        None => format!("{}: selects it, and does nothing to it in these runs", plain(name)),
    }
}
