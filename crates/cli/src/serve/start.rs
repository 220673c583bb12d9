//! What the service is started with: anew from the arguments, or from the state that an earlier one left.

use std::fmt::Display;
use std::path::Path;

use afterimage_service::Service;
use afterimage_service::Settings;

use crate::CommandError;
use crate::args::ServeArgs;
use crate::input;
use crate::notes;

/// A service that knows what the arguments say.
pub(super) fn begun(args: &ServeArgs) -> Result<Service, CommandError> {
    let inventory = input::inventory(&args.inventory)?;
    notes::skipped(&inventory)?;
    if !args.inventory.is_empty() {
        notes::exports(&inventory)?;
    }
    let mut settings = Settings::home_of(&inventory, args.now.unwrap_or_else(input::now));
    if let Some(account) = &args.account {
        settings.account.clone_from(account);
    }
    if let Some(region) = &args.region {
        settings.region.clone_from(region);
    }
    if let Some(seconds) = args.seconds_per_resource {
        settings.seconds_per_resource = seconds;
    }
    if args.resources_per_run.is_some() {
        settings.resources_per_run = args.resources_per_run;
    }
    if let Some(second) = args.daily_run_at {
        settings.daily_run_at = second;
    }
    settings.assumptions = args.assume.chosen();
    Service::new(inventory, settings).map_err(|error| CommandError::Input(error.to_string()))
}

/// The service that an earlier one left in a state file.
///
/// The arguments that began it may be repeated, so that one command line begins and continues. Others would have to
/// be obeyed against what the state says, or ignored: they are refused.
pub(super) fn continued(args: &ServeArgs, path: &Path, document: &str) -> Result<Service, CommandError> {
    let service = Service::restore(document).map_err(|error| {
        let help = "name a file that is not there yet to begin anew";
        CommandError::Input(format!("{}: {error}\n  help: {help}", input::name(path)))
    })?;
    let began = service.settings();
    let refuse = |option: &str, is: &dyn Display, wanted: &dyn Display| {
        let file = input::name(path);
        let message = format!("{file}: was begun with {option} {is}, and cannot continue with {wanted}");
        let help = format!("leave {option} out to continue, or name another file to begin anew");
        Err(CommandError::Input(format!("{message}\n  help: {help}")))
    };
    if let Some(account) = args.account.as_ref().filter(|&account| *account != began.account) {
        return refuse("--account", &began.account, account);
    }
    if let Some(region) = args.region.as_ref().filter(|&region| *region != began.region) {
        return refuse("--region", &began.region, region);
    }
    if let Some(now) = args.now.filter(|&now| now != began.now) {
        return refuse("--now", &began.now, &now);
    }
    if let Some(seconds) = args.seconds_per_resource.filter(|&it| it != began.seconds_per_resource) {
        return refuse("--seconds-per-resource", &began.seconds_per_resource, &seconds);
    }
    if let Some(most) = args.resources_per_run.filter(|&most| Some(most) != began.resources_per_run) {
        let all = || "all".to_owned();
        let is = began.resources_per_run.map_or_else(all, |most| most.to_string());
        return refuse("--resources-per-run", &is, &most);
    }
    if let Some(second) = args.daily_run_at.filter(|&second| second != began.daily_run_at) {
        return refuse("--daily-run-at", &time_of_day(began.daily_run_at), &time_of_day(second));
    }
    if args.assume.is_given() && args.assume.chosen() != began.assumptions {
        return refuse("--assume", &"other answers", &"these");
    }
    if !args.inventory.is_empty() {
        let inventory = input::inventory(&args.inventory)?;
        // What a service was begun with is the half of its state that never changes.
        let same = Service::new(inventory, began.clone()).is_ok_and(|again| {
            let ((again, _), (kept, _)) = (again.state_parts(), service.state_parts());
            again == kept
        });
        if !same {
            return refuse("--inventory", &"other images", &"these");
        }
    }
    Ok(service)
}

fn time_of_day(second: u32) -> String {
    format!("{:02}:{:02}", second / 3600, second / 60 % 60)
}
