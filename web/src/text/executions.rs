//! Words of the local service: its clock, its executions, and what a change by hand takes along.

use super::Look;
use super::counted;
use super::date;
use super::listed;
use super::look;
use super::look_of;
use super::minute;
use super::number;
use super::taken;
use crate::protocol::ImageNow;
use crate::protocol::Impact;
use crate::protocol::Update;

/// A day and a time of day.
pub(crate) fn clock(at: i64) -> String {
    let minute = minute(at);
    format!("{}, {} UTC", date(at), minute.get(11..).unwrap_or_default())
}

/// How the state of an execution or of a resource is shown.
pub(crate) fn status(status: &str) -> Look {
    match status {
        "SUCCESS" => look_of("keep", "✓", "succeeded"),
        "FAILED" => look_of("fail", "⚠", "failed"),
        "SKIPPED" => look_of("skip", "⊘", "skipped"),
        "IN_PROGRESS" => look_of("disable", "◐", "in progress"),
        "PENDING" => look_of("ignore", "◌", "pending"),
        "CANCELLING" => look_of("deprecate", "✕", "cancelling"),
        "CANCELLED" => look_of("ignore", "✕", "cancelled"),
        _ => look_of("ignore", "·", "unknown"),
    }
}

/// How a resource is shown: what became of it, or the state of what is to become.
pub(crate) fn resource(action: &str, state: &str) -> Look {
    match (state, action) {
        ("SUCCESS", "AVAILABLE") => look_of("keep", "○", "restored"),
        ("SUCCESS", _) => look(action),
        ("IN_PROGRESS", _) => look_of("ignore", "◌", "to go"),
        _ => status(state),
    }
}

/// What is done to a resource.
pub(crate) fn doing(action: &str) -> &'static str {
    match action {
        "DEPRECATE" => "to be deprecated",
        "DISABLE" => "to be disabled",
        "DELETE" => "to be deleted",
        _ => "to be restored",
    }
}

/// Images of an execution in numbers: how many succeeded in what, and what the others are.
pub(crate) fn impact(impact: &Impact) -> String {
    let is_done = |key: &str| matches!(key, "DEPRECATE" | "DISABLE" | "DELETE" | "AVAILABLE");
    let (done, others): (Vec<_>, Vec<_>) = impact.counts.iter().partition(|(key, _)| is_done(key));
    let words = |look: Look, count: u32| format!("{} {}", number(count), look.word);
    let parts: Vec<String> =
        done.iter().map(|(key, count)| words(resource(key, "SUCCESS"), *count)).collect();
    let succeeded: u32 = done.iter().map(|(_, count)| count).sum();
    let succeeded =
        (succeeded > 0).then(|| format!("{} ({})", words(status("SUCCESS"), succeeded), parts.join(", ")));
    let others = others.iter().map(|(state, count)| words(resource("", state), *count));
    let parts: Vec<String> = succeeded.into_iter().chain(others).collect();
    let counted: u32 = impact.counts.iter().map(|(_, count)| count).sum();
    match (parts.is_empty(), impact.more) {
        (true, _) if impact.forgotten => "no longer listed".to_owned(),
        (true, _) => "none".to_owned(),
        (false, false) => parts.join(", "),
        (false, true) => format!("of the first {}: {}", number(counted), parts.join(", ")),
    }
}

/// Name and version in the ARN of an image.
pub(crate) fn image_name(arn: &str) -> String {
    let name = arn.split_once(":image/").map_or(arn, |(_, name)| name);
    name.replacen('/', " ", 1)
}

/// A reason of the service, without the name in front of it.
pub(crate) fn told(reason: &str) -> &str {
    reason.split_once(": ").map_or(reason, |(_, words)| words)
}

/// Such a reason as a sentence.
pub(crate) fn sentence(reason: &str) -> String {
    let mut letters = told(reason).chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    format!("{first}{}.", letters.as_str())
}

/// What an image is on the local service.
pub(crate) fn image_now(about: &ImageNow, now: i64) -> String {
    let state = if about.status.is_empty() {
        "the image is not there".to_owned()
    } else {
        format!("the image is {}", about.status.to_lowercase())
    };
    let due = about.deprecation.filter(|at| *at > now);
    let due = due.map_or_else(String::new, |at| format!(", and due to be deprecated on {}", clock(at)));
    format!("On the local service, where it is {}, {state}{due}.", clock(now))
}

/// What a deletion by hand takes along, and what it leaves.
pub(crate) fn deletion(about: &ImageNow, update: &Update) -> String {
    let of = |count: u32, on: bool| if on { count } else { 0 };
    let parts = |amis: bool, snapshots: bool, containers: bool| {
        taken(of(about.amis, amis), of(about.snapshots, snapshots), of(about.containers, containers))
    };
    let goes = parts(update.amis, update.snapshots, update.containers);
    let stays = parts(!update.amis, !update.snapshots, !update.containers);
    let with = if goes.is_empty() { String::new() } else { format!(" with {goes}") };
    let left = if stays.is_empty() { String::new() } else { format!(" Left without an image: {stays}.") };
    format!("Deletes {}{with}; nothing brings it back.{left}", image_name(&about.arn))
}

/// Why a service has started over.
pub(crate) const LOST: &str = "Another inventory was loaded, so the local service has started over.";

/// How many of a list are shown.
pub(crate) fn shown(count: usize, one: &str, many: &str) -> String {
    format!("The first {}.", counted(count as u32, one, many))
}

/// Names of policies that run, in a sentence.
pub(crate) fn runs(names: &[String], next: i64) -> String {
    if names.is_empty() {
        return "No policy is enabled, so a day's run does nothing.".to_owned();
    }
    let verb = if names.len() == 1 { "runs" } else { "run" };
    format!("{} {verb} next on {}.", listed(names), clock(next))
}

/// What a run here leaves out although the page's result counts it.
pub(crate) fn elsewhere(images: u32, account: &str, region: &str) -> Option<String> {
    let verb = if images == 1 { "is" } else { "are" };
    let left_out = counted(images, "image", "images");
    (images > 0).then(|| {
        format!(
            "▲ Only images of {account} in {region} are run here. {left_out} of other accounts or Regions {verb} left \
             out, and counted in the result of the page."
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_435_200_000;

    #[test]
    fn an_execution_is_counted_in_words() {
        let counts = [("DISABLE", 2), ("DELETE", 3), ("FAILED", 1), ("SKIPPED", 994)];
        let counts: Vec<(String, u32)> = counts.map(|(key, count)| (key.to_owned(), count)).into();
        let words = "5 succeeded (2 disabled, 3 deleted), 1 failed, 994 skipped";
        assert_eq!(impact(&Impact { counts: counts.clone(), ..Impact::default() }), words);
        assert_eq!(
            impact(&Impact { counts, more: true, forgotten: false }),
            format!("of the first 1,000: {words}")
        );
        let failed = Impact { counts: vec![("FAILED".to_owned(), 2)], ..Impact::default() };
        assert_eq!(impact(&failed), "2 failed");
        assert_eq!(impact(&Impact::default()), "none");
    }

    #[test]
    fn a_deletion_says_what_it_takes_and_what_it_leaves() {
        let arn = "arn:aws:imagebuilder:us-west-2:1:image/web/1.0.0/2".to_owned();
        let about = ImageNow { arn, amis: 2, snapshots: 2, ..ImageNow::default() };
        let all = Update { amis: true, snapshots: true, ..Update::default() };
        assert_eq!(
            deletion(&about, &all),
            "Deletes web 1.0.0/2 with 2 AMIs and 2 snapshots; nothing brings it back."
        );
        let amis = Update { snapshots: false, ..all };
        assert!(deletion(&about, &amis).ends_with("Left without an image: 2 snapshots."));
    }

    #[test]
    fn a_reason_is_told_without_its_name() {
        assert_eq!(sentence("PAUSED: the execution goes on"), "The execution goes on.");
        assert_eq!(told("AGE: old: very"), "old: very");
    }

    #[test]
    fn an_image_is_called_by_its_name_and_version() {
        assert_eq!(image_name("arn:aws:imagebuilder:us-west-2:1:image/web/1.0.0/2"), "web 1.0.0/2");
        assert_eq!(image_name("anything"), "anything");
    }

    #[test]
    fn the_clock_tells_the_day_and_the_time() {
        assert_eq!(clock(NOW), "Mon, 23 Nov 2026, 12:00 UTC");
        let about = ImageNow {
            status: "AVAILABLE".to_owned(),
            deprecation: Some(NOW + 60_000),
            ..ImageNow::default()
        };
        assert_eq!(
            image_now(&about, NOW),
            "On the local service, where it is Mon, 23 Nov 2026, 12:00 UTC, the image is available, and due to be \
             deprecated on Mon, 23 Nov 2026, 12:01 UTC."
        );
    }
}
