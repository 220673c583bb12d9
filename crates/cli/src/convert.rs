//! `afterimage convert`: the policy in another notation.

use std::io::Write;

use afterimage_policy::FilledInValue;
use afterimage_policy::Reading;
use afterimage_policy::Target;

use crate::CommandError;
use crate::PolicyIs;
use crate::args::ConvertArgs;
use crate::args::Notation;
use crate::check;
use crate::input;
use crate::wording::plain;

pub(crate) fn run(args: &ConvertArgs, out: &mut impl Write) -> Result<PolicyIs, CommandError> {
    let reading = input::policy(&args.policy, args.resource.as_deref())?;
    let mut notes = anstream::stderr();
    match reading.write(target(args.to), args.arn.as_deref()) {
        Ok(written) => {
            out.write_all(written.text.as_bytes())?;
            filled_in(&reading, &mut notes)?;
            for remark in written.remarks {
                writeln!(notes, "{remark}")?;
            }
            Ok(PolicyIs::Usable)
        }
        Err(diagnostics) => {
            check::print(&diagnostics, &reading, &args.policy, &mut notes)?;
            writeln!(notes, "{}; nothing is converted", check::summary(&diagnostics))?;
            Ok(PolicyIs::Wrong)
        }
    }
}

fn target(notation: Notation) -> Target {
    match notation {
        Notation::Create => Target::Create,
        Notation::Update => Target::Update,
        Notation::Cli => Target::Cli,
        Notation::Cloudformation => Target::CloudFormationJson,
        Notation::CloudformationYaml => Target::CloudFormationYaml,
        Notation::Terraform => Target::Terraform,
        Notation::Cdk => Target::Cdk,
    }
}

/// What the members that stay away mean, one line each.
fn filled_in(reading: &Reading, notes: &mut impl Write) -> std::io::Result<()> {
    for filled in reading.filled_in() {
        let value = match filled.value {
            Some(FilledInValue::Flag(value)) => format!(" is `{value}`"),
            Some(FilledInValue::Word(word)) => format!(" is `{word}`"),
            None => " is absent".to_owned(),
        };
        writeln!(notes, "filled in: {}{value}: {}", plain(&filled.path), filled.meaning)?;
    }
    Ok(())
}
