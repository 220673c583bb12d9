//! Words for people. Verdicts and reasons keep their names; these are the sentences around them.

use afterimage_policy::Filter;
use afterimage_policy::Policy;
use afterimage_simulator::Outcome;
use afterimage_simulator::Reason;

/// `1 image`, `2 images`.
pub(crate) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// Why an image gets its verdict, with the numbers of the rule.
pub(crate) fn why(outcome: &Outcome, policy: &Policy) -> String {
    let rule = policy.rules.iter().find(|rule| Some(rule.index) == outcome.rule.map(usize::from));
    let age = rule.and_then(|rule| match rule.filter {
        Filter::Age { value, unit, .. } => Some(format!("{value} {}", unit.as_str().to_lowercase())),
        Filter::Count { .. } => None,
    });
    let keep = rule.map_or(0, |rule| match rule.filter {
        Filter::Age { retain_at_least, .. } => retain_at_least,
        Filter::Count { keep } => keep,
    });
    let action = rule.map_or("", |rule| rule.action.as_str());
    match outcome.reason {
        Reason::Age => format!("at least {} old", age.unwrap_or_default()),
        Reason::Count => format!("not among the newest {keep} of its recipe version"),
        Reason::FailedBuild => "failed or cancelled build, never retained".to_owned(),
        Reason::ImageTag => format!("an excluded image tag stops {action}"),
        Reason::Retained => format!("among the newest {keep} of its recipe version"),
        Reason::TooYoung => format!("not {} old yet, for {action}", age.unwrap_or_default()),
        Reason::NoRuleForState => "no rule acts on images in this state".to_owned(),
        Reason::PolicyDisabled => "the policy is disabled".to_owned(),
        Reason::AlreadyDeleted => "exported as deleted".to_owned(),
        Reason::OtherType => "another resource type".to_owned(),
        Reason::OtherOwner => "owned by another account than the policy's".to_owned(),
        Reason::OtherRegion => "in another Region than the policy's".to_owned(),
        Reason::NotSelected => "no selector matches".to_owned(),
        Reason::Building => "a build is running; looked at again in the next run".to_owned(),
        other => other.as_str().to_owned(),
    }
}
