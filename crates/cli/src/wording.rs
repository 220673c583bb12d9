//! Words for people. Verdicts and reasons keep their names; these are the sentences around them.

use afterimage_inventory::Instant;
use afterimage_policy::Filter;
use afterimage_policy::Rule;
use afterimage_policy::Tag;
use afterimage_simulator::Assumptions;
use afterimage_simulator::OtherReading;
use afterimage_simulator::Outcome;
use afterimage_simulator::Reason;
use afterimage_simulator::Threshold;

/// `1 image`, `2 images`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `Mon 23 Nov 2026`.
pub(crate) fn day(at: Instant) -> String {
    at.to_utc().map_or_else(|| at.to_string(), |at| at.format("%a %-d %b %Y").to_string())
}

/// `name/version/build`.
pub(crate) fn short(arn: &str) -> &str {
    arn.split_once(":image/").map_or(arn, |(_, short)| short)
}

/// Why an image gets its verdict, with the numbers of the rule. `keep` is how many of the newest images it leaves
/// alone, `excluded` the image's tag that it excludes.
pub(crate) fn why(outcome: &Outcome, rule: Option<&Rule>, keep: u32, excluded: Option<&Tag>) -> String {
    let age = rule.map_or_else(String::new, |rule| match rule.filter {
        Filter::Age { value, unit, .. } => {
            counted(value as usize, unit.as_str().to_lowercase().trim_end_matches('s'))
        }
        Filter::Count { .. } => String::new(),
    });
    let action = rule.map_or("", |rule| rule.action.as_str());
    let sentence = match outcome.reason {
        Reason::Age => format!("{age} or older"),
        Reason::Count => format!("beyond the newest {keep}"),
        Reason::FailedBuild => "never kept".to_owned(),
        Reason::ImageTag => match excluded {
            Some(tag) => format!("{}={} stops {action}", tag.key, tag.value),
            None => format!("stops {action}"),
        },
        Reason::Retained => format!("in newest {keep}"),
        Reason::TooYoung => format!("under {age}"),
        _ => String::new(),
    };
    let reason = outcome.reason.as_str();
    let failed = match (outcome.failed, outcome.stays) {
        (true, true) => "; will fail",
        (true, false) => "; an AMI will fail",
        (false, true) => "; its record stays",
        (false, false) => "",
    };
    let boundary = if outcome.boundary { "; boundary" } else { "" };
    let colon = if sentence.is_empty() { "" } else { ": " };
    format!("{reason}{colon}{sentence}{failed}{boundary}")
}

/// `boundary: reaches its age from 2026-11-29 to 2026-12-02`.
pub(crate) fn boundary(threshold: &Threshold) -> String {
    format!("boundary: reaches its age from {} to {}", threshold.earliest.day(), threshold.latest.day())
}

/// `DELETE if failed-ignores-age=true`.
pub(crate) fn other_reading(other: &OtherReading) -> String {
    let stays = if other.outcome.stays { ", the record kept," } else { "" };
    format!("{}{stays} if {}={}", other.outcome.verdict.as_str(), other.assumption, other.value())
}

/// `assumed: NAME=VALUE` of the answers that are not the default.
pub(crate) fn assumed(assumptions: Assumptions) -> Option<String> {
    let changed = assumptions.changed();
    (!changed.is_empty()).then(|| format!("assumed: {}", changed.join(", ")))
}

/// What the words of [`why`] leave out.
pub(crate) const BOUNDARY: &str = "boundary: the hour of AWS's run, or the length of its months, decides";
pub(crate) const OTHER_READINGS: &str =
    "if NAME=VALUE: AWS leaves it open; `--assume NAME=VALUE` takes that reading";

/// Control characters would let an export steer the terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
