//! Words for people. Verdicts and reasons keep their names; these are the sentences around them.

use afterimage_policy::Filter;
use afterimage_policy::Rule;
use afterimage_policy::Tag;
use afterimage_simulator::Outcome;
use afterimage_simulator::Reason;

/// `1 image`, `2 images`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Why an image gets its verdict, with the numbers of the rule. `excluded` is the image's tag that the rule
/// excludes.
pub(crate) fn why(outcome: &Outcome, rule: Option<&Rule>, excluded: Option<&Tag>) -> String {
    let age = rule.map_or_else(String::new, |rule| match rule.filter {
        Filter::Age { value, unit, .. } => {
            counted(value as usize, unit.as_str().to_lowercase().trim_end_matches('s'))
        }
        Filter::Count { .. } => String::new(),
    });
    let keep = rule.map_or(0, |rule| match rule.filter {
        Filter::Age { retain_at_least, .. } => retain_at_least,
        Filter::Count { keep, .. } => keep,
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
    let failed = if outcome.failed { "; will fail" } else { "" };
    let boundary = if outcome.boundary { "; boundary" } else { "" };
    let colon = if sentence.is_empty() { "" } else { ": " };
    format!("{reason}{colon}{sentence}{failed}{boundary}")
}

/// What the words of [`why`] leave out.
pub(crate) const BOUNDARY: &str = "boundary: the hour of AWS's run, or the length of its months, decides";

/// Control characters would let an export steer the terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
