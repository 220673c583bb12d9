//! The words of the page: numbers, dates, verdicts and sentences. Everything a person reads that is more than
//! a label stands here, so that wording is reviewed in one place. The sentences are ours, not AWS's.

mod executions;

use afterimage_policy::json::Json;
use afterimage_simulator::rounded_up;
use chrono::DateTime;
use chrono::Datelike;
use chrono::NaiveDate;
use chrono::Timelike;
use chrono::Utc;

pub(crate) use crate::locale::date;
use crate::locale::full_date;
pub(crate) use crate::locale::instant;
pub(crate) use crate::locale::long_date;
pub(crate) use crate::locale::number;
use crate::locale::short_date;
use crate::protocol::Compared;
use crate::protocol::Considered;
use crate::protocol::Explained;
use crate::protocol::Finding;
use crate::protocol::Incomplete;
use crate::protocol::Level;
use crate::protocol::Loss;
use crate::protocol::Night;
use crate::protocol::Outcome;
use crate::protocol::OutputChanges;
use crate::protocol::Problem;
use crate::protocol::Row;
use crate::protocol::RuleEffect;
use crate::protocol::Step;
use crate::protocol::Taken;
use crate::state::ReferenceKind;

pub(crate) use executions::LOST;
pub(crate) use executions::clock;
pub(crate) use executions::deletion;
pub(crate) use executions::doing;
pub(crate) use executions::elsewhere;
pub(crate) use executions::image_name;
pub(crate) use executions::image_now;
pub(crate) use executions::impact;
pub(crate) use executions::resource;
pub(crate) use executions::runs;
pub(crate) use executions::sentence;
pub(crate) use executions::shown;
pub(crate) use executions::status;
pub(crate) use executions::told;

const DAY: i64 = 86_400_000;
/// Days that count as soon.
pub(crate) const SOON: usize = 30;

/// How a verdict is shown: class for its colour, shape, past participle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Look {
    pub class: &'static str,
    pub glyph: &'static str,
    pub word: &'static str,
}

const fn look_of(class: &'static str, glyph: &'static str, word: &'static str) -> Look {
    Look { class, glyph, word }
}

/// The look of a verdict of an image or an output.
pub(crate) fn look(verdict: &str) -> Look {
    match verdict {
        "DEPRECATE" => look_of("deprecate", "◔", "deprecated"),
        "DISABLE" => look_of("disable", "◑", "disabled"),
        "DELETE" => look_of("delete", "●", "deleted"),
        "SKIP" => look_of("skip", "⊘", "spared"),
        "KEEP" => look_of("keep", "○", "kept"),
        "LEFT" => look_of("left", "○", "stays as it is"),
        "BEHIND" => look_of("left", "⌁", "left behind"),
        "FAIL" => look_of("fail", "⚠", "will fail"),
        "STAYS" => look_of("skip", "◌", "record stays"),
        "GONE" => look_of("ignore", "·", "already gone"),
        _ => look_of("ignore", "·", "not in scope"),
    }
}

/// How a finding is shown: class for its colour, shape, word.
pub(crate) fn severity(level: Level) -> (&'static str, &'static str, &'static str) {
    match level {
        Level::Error => ("bad", "✕", "error"),
        Level::Warning => ("warn", "▲", "warning"),
        Level::Info => ("info", "ℹ", "note"),
    }
}

/// A rule's action as an instruction.
pub(crate) fn action(action: &str) -> &str {
    match action {
        "DEPRECATE" => "Deprecate",
        "DISABLE" => "Disable",
        "DELETE" => "Delete",
        other => other,
    }
}

/// A reason in a few words, for filters.
pub(crate) fn reason(reason: &str) -> &str {
    match reason {
        "AGE" => "by age",
        "COUNT" => "by count",
        "FAILED_BUILD" => "failed build",
        "IMAGE_TAG" => "image tag",
        "REGION" => "Region",
        "PUBLIC" => "public",
        "AMI_TAG" => "AMI tag",
        "SHARED_ACCOUNT" => "shared account",
        "LAST_LAUNCHED" => "launched lately",
        "RETAINED" => "among the newest",
        "TOO_YOUNG" => "too young",
        "NO_RULE_FOR_STATE" => "no rule for its state",
        "POLICY_DISABLED" => "policy disabled",
        "ALREADY_DELETED" => "already deleted",
        "OTHER_TYPE" => "other resource type",
        "OTHER_OWNER" => "other owner",
        "OTHER_REGION" => "other Region",
        "NOT_SELECTED" => "not selected",
        "BUILDING" => "still building",
        "NOT_INCLUDED" => "not included in the rule",
        "AMI_KEPT" => "its AMI stays",
        "DEREGISTRATION_PROTECTED" => "protected from deregistration",
        other => other,
    }
}

/// Why an image has its verdict, with the rule's own numbers.
pub(crate) fn why(row: &Row, rules: &[RuleEffect]) -> String {
    let rule = row.rule.and_then(|index| rules.iter().find(|rule| rule.rule == index));
    let age = rule.and_then(|rule| rule.age.clone()).unwrap_or_default();
    let keep = rule.map_or(0, |rule| rule.keep);
    let doing = rule.map_or("", |rule| rule.action.as_str());
    let sentence = match row.reason.as_str() {
        "AGE" => format!("{age} old or older"),
        "COUNT" => format!("beyond the newest {} of its recipe version", number(keep)),
        "FAILED_BUILD" => "failed builds are never retained".to_owned(),
        "IMAGE_TAG" => format!("an image tag exempts it from {}", gerund(doing)),
        "RETAINED" => format!("among the newest {} of its recipe version", number(keep)),
        "TOO_YOUNG" => format!("{} at {age}", future(doing)),
        "NO_RULE_FOR_STATE" => "no rule acts on images in this state".to_owned(),
        other => ignored(other).to_owned(),
    };
    let failing = row.amis.iter().filter(|fate| *fate == "FAIL").count() as u32;
    let sentence = match (row.fate.as_str(), failing) {
        ("FAIL", _) => format!("{sentence}, but the deletion is expected to fail"),
        ("STAYS", _) => format!("{sentence}, but its record stays while an exclusion spares an AMI"),
        (_, 0) => sentence,
        _ => {
            let them = counted(failing, "protected AMI", "protected AMIs");
            format!("{sentence}, though {them} cannot be deregistered")
        }
    };
    if row.boundary { format!("{sentence} (near a threshold)") } else { sentence }
}

/// How many of the deletions leave their image, behind their number; nothing where none does.
pub(crate) fn of_them_stay(failing: u32, waiting: u32) -> String {
    let part = |images: u32, words: &str| match images {
        0 => String::new(),
        _ => format!(", {} {words}", number(images)),
    };
    part(failing, "will fail") + &part(waiting, "leave the record")
}

/// Why an image is not considered.
fn ignored(why: &str) -> &str {
    match why {
        "POLICY_DISABLED" => "the policy is disabled",
        "ALREADY_DELETED" => "was deleted before the export",
        "OTHER_TYPE" => "the policy acts on another type of image",
        "OTHER_OWNER" => "belongs to another account than the policy",
        "OTHER_REGION" => "is in another Region than the policy",
        "NOT_SELECTED" => "no selector matches it",
        "BUILDING" => "still building: looked at once the build has ended",
        other => reason(other),
    }
}

/// What a mark near a threshold means under these rules.
pub(crate) fn boundary(rules: &[RuleEffect]) -> &'static str {
    let calendar = |rule: &RuleEffect| {
        rule.age.as_ref().is_some_and(|age| age.contains("month") || age.contains("year"))
    };
    if rules.iter().any(calendar) {
        "▲ Near a threshold: another hour of the run, or another way to count months, changes this verdict."
    } else {
        "▲ Near a threshold: another hour of the run changes this verdict."
    }
}

/// Between which days a rule's age is reached.
pub(crate) fn threshold(&(rule, earliest, latest): &(u32, i64, i64), rules: &[RuleEffect]) -> String {
    let name = rules.iter().find(|effect| effect.rule == rule).map_or("", |effect| action(&effect.action));
    format!("{name}: old enough on {} at the earliest, {} at the latest. ", date(earliest), date(latest))
}

fn gerund(action: &str) -> &'static str {
    match action {
        "DEPRECATE" => "deprecation",
        "DISABLE" => "disabling",
        _ => "deletion",
    }
}

fn future(action: &str) -> &'static str {
    match action {
        "DEPRECATE" => "due to be deprecated",
        "DISABLE" => "due to be disabled",
        _ => "due to be deleted",
    }
}

/// What one rule makes of an image.
pub(crate) fn finding(step: &Step, explained: &Explained, state: &str, now: i64) -> String {
    let age = days(now - explained.created);
    let keep = step.keep;
    let reached = step.reached.map(date).unwrap_or_default();
    match &step.finding {
        Finding::OtherState => format!("Does not look at images that are {}.", state.to_lowercase()),
        Finding::TooYoung => {
            let kept = explained.retention.filter(|_| step.action == "DELETE");
            let kept =
                kept.is_some_and(|place| place.position.is_some_and(|position| position <= place.keep));
            let kept =
                if kept { format!(" Now among the newest {keep}, which are kept.") } else { String::new() };
            format!("{age} old; reaches the rule's age on {reached}.{kept}")
        }
        Finding::Retained => format!("Kept: among the newest {keep} of its recipe version."),
        Finding::Excluded(key, value) => format!("Spared: the image is tagged {key}={value}."),
        Finding::Waits => "Applies too, but an image takes one action per night.".to_owned(),
        Finding::Acts => {
            let failed =
                if explained.reason == "FAILED_BUILD" { " A failed build is never retained." } else { "" };
            if step.reached.is_some() {
                format!("Acts: {age} old, the rule's age was reached on {reached}.{failed}")
            } else if failed.is_empty() {
                format!("Acts: not among the newest {keep} of its recipe version.")
            } else {
                format!("Acts.{failed}")
            }
        }
    }
}

/// What the delete rule keeps of a recipe version: slots, and how many of them an image takes.
pub(crate) fn slots(keep: u32, taken: u32) -> String {
    let free = match keep - taken.min(keep) {
        0 => String::new(),
        free => format!(", {} free", counted(free, "slot is", "slots are")),
    };
    format!("keeps its newest {} from deletion{free}", number(keep))
}

/// Which part of the policy looks at the image, and its place in its recipe version.
pub(crate) fn standing(explained: &Explained) -> String {
    let by = match explained.considered {
        Considered::Recipe(index) => format!("Selected by recipe {}", index + 1),
        Considered::Tag(index) => format!("Selected by image tag {}", index + 1),
        Considered::No => return format!("Not considered in this run: {}.", ignored(&explained.reason)),
    };
    let place = explained.retention.map(|retention| match retention.position {
        Some(1) => format!("; the newest of {} that count in its recipe version", retention.counted),
        Some(position) => {
            format!("; number {position} from the newest of {} in its recipe version", retention.counted)
        }
        None => "; takes no retention slot".to_owned(),
    });
    format!("{by}{}.", place.unwrap_or_default())
}

/// One part of the headline: plain, or coloured with the verdict's class.
pub(crate) type Span = (Option<&'static str>, String);

/// The sentence that answers everything: the chosen night, then the first deletion.
pub(crate) fn headline(outcome: &Outcome, nights: &[Night], loss: Option<&Loss>, now: i64) -> Vec<Span> {
    let count = |name: &str| outcome.count(name);
    let when =
        if outcome.day == 0 { "Tonight".to_owned() } else { format!("On {},", day_from(outcome.at, now)) };
    let mut spans = vec![(None, format!("{when} "))];
    let acts: Vec<(&'static str, u32, &str)> = ["DEPRECATE", "DISABLE", "DELETE"]
        .iter()
        .map(|name| {
            let count = if *name == "DELETE" { outcome.deleted() } else { count(name) };
            (look(name).class, count, look(name).word)
        })
        .filter(|(_, count, _)| *count > 0)
        .collect();
    let is_idle = count("IGNORE") == outcome.total();
    if is_idle {
        spans = vec![(Some("warn"), none_in_scope(outcome.total())), (None, " ".to_owned())];
    } else if acts.is_empty() {
        let nothing =
            if count("DELETE") > 0 { "no image changes its state" } else { "nothing happens to any image" };
        spans.push((None, format!("{nothing}. ")));
    }
    for (at, (class, count, word)) in acts.iter().enumerate() {
        let noun = if at == 0 { if *count == 1 { " image is" } else { " images are" } } else { "" };
        spans.push((Some(*class), format!("{}{noun} {word}", number(*count))));
        let end = acts.len() - 1;
        let joint = if at == end {
            ". "
        } else if at + 1 == end {
            " and "
        } else {
            ", "
        };
        spans.push((None, joint.to_owned()));
    }
    let mut left = |class: &'static str, why: &Incomplete, words: String| {
        if why.images > 0 {
            spans.push((Some(class), words));
            let taken = taken(why.amis, why.snapshots, 0);
            let taken = if taken.is_empty() { ". ".to_owned() } else { format!(", after taking {taken}. ") };
            spans.push((None, taken));
        }
    };
    let them = counted(outcome.failing.images, "deletion is", "deletions are");
    left("delete", &outcome.failing, format!("{them} expected to fail"));
    let them = counted(outcome.waiting.images, "deletion leaves the record", "deletions leave the record");
    left("skip", &outcome.waiting, format!("{them}, because an exclusion spares an AMI"));
    if outcome.deleted() > 0 {
        let lost = lost(outcome);
        if !lost.is_empty() {
            let storage = loss.filter(|loss| loss.day == outcome.day && loss.bytes > 0.0);
            let storage = storage.map_or_else(String::new, |loss| format!(", up to {}", size(loss.bytes)));
            spans.push((None, format!("With the deleted go {lost}{storage}.")));
        }
        if outcome.left_behind() > 0 {
            let behind = counted(outcome.left_behind(), "AMI is left behind", "AMIs are left behind");
            let space = if lost.is_empty() { "" } else { " " };
            spans.push((Some("left"), format!("{space}{behind}")));
            let it = if outcome.left_behind() == 1 { "it" } else { "them" };
            spans.push((None, format!(": nothing manages {it} any more.")));
        }
        tell_more(&mut spans, nights, outcome.day as usize);
        return spans;
    }
    let from = outcome.day as usize + 1;
    let before = nights.iter().take(from).any(|night| night.delete > 0);
    let nothing = if before { "Nothing more" } else { "Nothing" };
    match nights.iter().enumerate().skip(from).find(|(_, night)| night.delete > 0) {
        Some((day, night)) => {
            let at = now + day as i64 * DAY;
            spans.push((None, format!("{nothing} is deleted before {}, when ", day_from(at, now))));
            let (noun, verb) = if night.delete == 1 { ("image", "goes") } else { ("images", "go") };
            spans.push((Some("delete"), format!("{} {noun} {verb}", number(night.delete))));
            let loss = loss.filter(|loss| loss.day as usize == day);
            spans.push((None, loss.map_or_else(|| ".".to_owned(), with)));
            tell_more(&mut spans, nights, day);
        }
        None if nights.len() > from && !is_idle => {
            let last = now + (nights.len() as i64 - 1) * DAY;
            spans.push((None, format!("{nothing} is deleted up to {}.", day_from(last, now))));
        }
        None => {}
    }
    spans
}

fn none_in_scope(images: u32) -> String {
    match images {
        0 => "▲ There are no images, so nothing can happen.".to_owned(),
        1 => "▲ The only image is not in this policy's scope.".to_owned(),
        _ => format!("▲ None of the {} images is in this policy's scope.", number(images)),
    }
}

/// What goes in the days after a deletion, which may be more than the one that was named.
fn tell_more(spans: &mut Vec<Span>, nights: &[Night], day: usize) {
    let more: u32 = nights.iter().skip(day + 1).take(30).map(|night| night.delete).sum();
    if more > 0 {
        let joint = if spans.last().is_some_and(|(_, words)| words.ends_with(' ')) { "" } else { " " };
        spans.push((None, joint.to_owned()));
        spans.push((Some("delete"), format!("{} more", number(more))));
        spans.push((None, " within the 30 days after.".to_owned()));
    }
}

/// What the policy does within a year that its reference does not.
pub(crate) fn compared(compared: &Compared, reference: &ReferenceKind) -> Vec<Span> {
    let against = match reference {
        ReferenceKind::Opened => "Against the policy as you opened it".to_owned(),
        ReferenceKind::Marked => "Against the policy as you marked it".to_owned(),
        ReferenceKind::Other(name) => format!("Against {name}"),
    };
    let mut parts: Vec<Span> = Vec::new();
    let mut counted_so_far = 0;
    for (name, change) in
        [("DELETE", compared.delete), ("DISABLE", compared.disable), ("DEPRECATE", compared.deprecate)]
    {
        let Look { class, word, .. } = look(name);
        let mut part = |count: u32, class: &'static str, words: String| {
            if count > 0 {
                counted_so_far += count;
                parts.push((Some(class), format!("{} {words}", number(count))));
            }
        };
        part(change.newly, class, format!("more {word}"));
        part(change.spared, "keep", format!("no longer {word}"));
        part(change.earlier, class, format!("{word} earlier"));
        part(change.later, "keep", format!("{word} later"));
    }
    // These change within images that are counted already, or alone.
    let outputs = output_changes(&compared.outputs);
    let any_output = !outputs.is_empty();
    parts.extend(outputs.into_iter().map(|(class, words)| (Some(class), words)));
    if parts.is_empty() {
        let words = match compared.changed {
            0 => "nothing meets another fate within a year.".to_owned(),
            changed => format!(
                "{} for another reason within a year.",
                counted(changed, "image stays or goes", "images stay or go")
            ),
        };
        return vec![(None, format!("{against}, {words}"))];
    }
    let mut spans = vec![(None, format!("{against}: "))];
    for (at, part) in parts.into_iter().enumerate() {
        if at > 0 {
            spans.push((None, ", ".to_owned()));
        }
        spans.push(part);
    }
    let all = counted(compared.changed, "image", "images");
    let others = if compared.changed > counted_so_far && !any_output {
        ", some of them for another reason alone"
    } else {
        ""
    };
    spans.push((None, format!(" within a year; {all} in all{others}.")));
    spans
}

/// What happens to outputs apart from their images, each with how it looks.
fn output_changes(changes: &OutputChanges) -> Vec<(&'static str, String)> {
    const KINDS: [(&str, &str, &str, &str); 6] = [
        ("AMI", "AMIs", "deleted", "delete"),
        ("AMI", "AMIs", "left behind", "left"),
        ("snapshot", "snapshots", "deleted", "delete"),
        ("container image", "container images", "deleted", "delete"),
        ("AMI", "AMIs", "disabled", "disable"),
        ("AMI", "AMIs", "deprecated", "deprecate"),
    ];
    let mut parts = Vec::new();
    for ((one, many, verb, class), change) in KINDS.into_iter().zip(changes) {
        let mut part = |count: u32, class: &'static str, more: &str, words: String| {
            if count > 0 {
                let noun = if count == 1 { one } else { many };
                parts.push((class, format!("{}{more} {noun} {words}", number(count))));
            }
        };
        part(change.newly, class, " more", verb.to_owned());
        part(change.spared, "keep", "", format!("no longer {verb}"));
        part(change.earlier, class, "", format!("{verb} earlier"));
        part(change.later, "keep", "", format!("{verb} later"));
    }
    parts
}

/// A day in full; with its year when that is another one.
fn day_from(at: i64, now: i64) -> String {
    if year(at) == year(now) { long_date(at) } else { full_date(at) }
}

fn year(at: i64) -> Option<i32> {
    DateTime::<Utc>::from_timestamp_millis(at).map(|at| at.year())
}

/// A day below the chart; with its year when that is another one.
pub(crate) fn axis_date(at: i64, now: i64) -> String {
    match year(at) {
        Some(there) if Some(there) != year(now) => format!("{} {there}", short_date(at)),
        _ => short_date(at),
    }
}

/// A night within a sentence.
pub(crate) fn on_night(night: u32, now: i64) -> String {
    if night == 0 { "tonight".to_owned() } else { format!("on {}", date(now + i64::from(night) * DAY)) }
}

/// How an image's nights move against the reference.
pub(crate) fn shifted(row: &Row, now: i64) -> String {
    // Two of them fit into a cell.
    let on = |night: u32| match night {
        0 => "tonight".to_owned(),
        _ => format!("on {}", axis_date(now + i64::from(night) * DAY, now)),
    };
    let words = row.shifts.iter().map(|(action, before, after)| {
        let word = look(action).word;
        if action == "FAIL" {
            return match after {
                Some(after) => format!("its deletion fails {}", on(*after)),
                None => "its deletion no longer fails".to_owned(),
            };
        }
        match (*before, *after) {
            (Some(before), Some(after)) => format!("{word} {} instead of {}", on(after), on(before)),
            (None, Some(after)) => format!("{word} {}, and not at all before", on(after)),
            (Some(before), None) => format!("no longer {word} {}", on(before)),
            (None, None) => String::new(),
        }
    });
    let outputs = output_changes(&row.output_shifts).into_iter().map(|(_, words)| words);
    words.chain(outputs).collect::<Vec<_>>().join("; ")
}

/// What a later night's images take along.
fn with(loss: &Loss) -> String {
    let taken = taken(loss.amis, loss.snapshots, loss.containers);
    match (taken.is_empty(), loss.bytes > 0.0) {
        (true, _) => ".".to_owned(),
        (false, true) => format!(" with {taken}, up to {}.", size(loss.bytes)),
        (false, false) => format!(" with {taken}."),
    }
}

/// AMIs that something else needs, of those that go.
pub(crate) fn in_use(loss: &Loss) -> Option<String> {
    let words = match loss.in_use {
        0 => return None,
        1 => "1 AMI in use is disabled or deleted".to_owned(),
        more => format!("{} AMIs in use are disabled or deleted", number(more)),
    };
    Some(format!("▲ {words}"))
}

/// The line below the sentence of a report, where nothing can be pressed.
pub(crate) fn below(outcome: &Outcome, loss: Option<&Loss>) -> String {
    let in_use = loss.and_then(in_use).map_or_else(String::new, |words| format!(" {words}."));
    format!("{}{in_use}{}", scope(outcome), loss.map(bounds).unwrap_or_default())
}

/// Why the size of what is lost is a bound, and what it leaves out.
pub(crate) fn bounds(loss: &Loss) -> String {
    if loss.bounds.is_empty() {
        return String::new();
    }
    let what =
        if loss.bytes > 0.0 { "Storage is at most what is said" } else { "Freed storage is not known" };
    format!(" {what}: {}.", loss.bounds.join("; "))
}

/// Bytes in the unit that leaves one to four digits.
pub(crate) fn size(bytes: f64) -> String {
    let (mut count, mut unit) = (bytes, "bytes");
    for larger in ["KiB", "MiB", "GiB", "TiB", "PiB"] {
        if count >= 1024.0 {
            (count, unit) = (count / 1024.0, larger);
        }
    }
    let tenths = rounded_up(count, 10.0);
    if count >= 100.0 || tenths.fract() == 0.0 {
        format!("{} {unit}", number(rounded_up(count, 1.0) as u32))
    } else {
        format!("{tenths:.1} {unit}")
    }
}

/// What goes along with the images of a night.
fn lost(outcome: &Outcome) -> String {
    taken(outcome.amis.deleted, outcome.snapshots.deleted, outcome.containers.deleted)
}

fn taken(amis: u32, snapshots: u32, containers: u32) -> String {
    let parts = [
        (amis, "AMI", "AMIs"),
        (snapshots, "snapshot", "snapshots"),
        (containers, "container image", "container images"),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|part| part.0 > 0).map(|part| counted(part.0, part.1, part.2)).collect();
    listed(&parts)
}

/// The scope in one line below the headline.
pub(crate) fn scope(outcome: &Outcome) -> String {
    let count = |name: &str| outcome.count(name);
    let total = outcome.total();
    let scope = total - count("IGNORE");
    let mut line = format!(
        "{} of {} in scope; {} kept, {} spared by a tag.",
        number(scope),
        counted(total, "image", "images"),
        number(count("KEEP")),
        number(count("SKIP")),
    );
    if outcome.amis.skipped > 0 {
        let behind = match outcome.behind.skipped {
            0 => String::new(),
            some => format!(", {} of them left behind", number(some)),
        };
        let amis = counted(outcome.amis.skipped, "AMI", "AMIs");
        line.push_str(&format!(" {amis} spared by an exception{behind}."));
    }
    let left = outcome.amis.left.saturating_sub(outcome.behind.left);
    if left > 0 {
        let left = counted(left, "AMI stays as it is", "AMIs stay as they are");
        line.push_str(&format!(" {left}."));
    }
    if outcome.amis.failed > 0 {
        line.push_str(&format!(
            " {} cannot be deregistered.",
            counted(outcome.amis.failed, "protected AMI", "protected AMIs")
        ));
    }
    line
}

/// A rule as a sentence of a report.
pub(crate) fn in_words(rule: &RuleEffect) -> String {
    let action = action(&rule.action);
    let mut words = match &rule.age {
        Some(age) => format!("{action} images {age} old or older"),
        None => format!("{action} images beyond the newest {} of each recipe version", rule.keep),
    };
    if rule.age.is_some() && rule.keep > 0 {
        words.push_str(&format!(", but keep the newest {} of each recipe version", rule.keep));
    }
    match rule.takes.as_slice() {
        [] => words.push_str(". Nothing of theirs is touched"),
        takes => words.push_str(&format!(", with their {}", listed(takes))),
    }
    if !rule.except.is_empty() {
        words.push_str(&format!(". Except {}", rule.except.join("; ")));
    }
    words.push('.');
    words
}

/// Nights that a report lists.
const LISTED_NIGHTS: usize = 12;

/// The nights to come that act, after the chosen one, and what those after them do in one.
pub(crate) fn nights_to_come(nights: &[Night], day: u32, now: i64) -> Vec<String> {
    let acts = |night: &Night| night.deprecate + night.disable + night.delete > 0;
    let to_come = || (0..).zip(nights).skip(day as usize + 1).filter(|(_, one)| acts(one));
    let mut lines: Vec<String> =
        to_come().take(LISTED_NIGHTS).map(|(day, one)| night(day, now, Some(one))).collect();
    let rest = || to_come().skip(LISTED_NIGHTS).map(|(_, one)| one);
    let count = rest().count() as u32;
    if count > 0 {
        let sum = |of: fn(&Night) -> u32| number(rest().map(of).sum());
        lines.push(format!(
            "{} more within a year: {} deprecated, {} disabled and {} deleted",
            counted(count, "night", "nights"),
            sum(|one| one.deprecate),
            sum(|one| one.disable),
            sum(|one| one.delete),
        ));
    }
    lines
}

/// What becomes of the outputs of an image, by number.
pub(crate) fn outputs(verdicts: &[String]) -> String {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for verdict in verdicts {
        match counts.iter_mut().find(|(known, _)| known == verdict) {
            Some((_, count)) => *count += 1,
            None => counts.push((verdict, 1)),
        }
    }
    let words = counts.iter().map(|(verdict, count)| format!("{count} {}", look(verdict).word));
    words.collect::<Vec<_>>().join(", ")
}

/// An answer to what AWS leaves open.
pub(crate) fn answer(value: &str) -> String {
    match value {
        "true" => "yes".to_owned(),
        "false" => "no".to_owned(),
        other => other.replace('-', " "),
    }
}

/// How a report answers what AWS leaves open, by the answers that are not the default.
pub(crate) fn assumed(answers: &[String]) -> String {
    match answers {
        [] => "Assumed where AWS leaves it open: nothing but the defaults.".to_owned(),
        some => format!("Assumed where AWS leaves it open: {}; else the defaults.", some.join(", ")),
    }
}

/// What is said beside the result of a disabled policy.
pub(crate) const DISABLED: &str =
    "This policy is disabled: AWS does nothing. This is what enabling it would do.";

/// What the policy takes away within the nights looked ahead: said before it leaves the page.
pub(crate) fn blast_radius(outcome: &Outcome, nights: &[Night], with: &Taken) -> String {
    let scope = outcome.total() - outcome.count("IGNORE") + nights_before(outcome, nights);
    let soon = nights.get(..=SOON).unwrap_or(nights);
    let sum = |of: fn(&Night) -> u32| soon.iter().map(of).sum::<u32>();
    let (deletes, disables, deprecates) = (sum(|n| n.delete), sum(|n| n.disable), sum(|n| n.deprecate));
    if scope == 0 {
        return "No image is in scope, so nothing is deleted.".to_owned();
    }
    let all: u32 = nights.iter().map(|night| night.delete).sum();
    let later = if all > deletes {
        format!(" Within a year it deletes {}.", counted(all, "image", "images"))
    } else {
        String::new()
    };
    let share = (f64::from(deletes) / f64::from(scope) * 100.0).round();
    let with = taken(with.amis, with.snapshots, with.containers);
    // Not those of its images alone: a deletion that fails takes some along as well.
    let with = if with.is_empty() { with } else { format!(", {with}") };
    let once = if outcome.disabled { "Disabled, it does nothing. Once enabled: within" } else { "Within" };
    format!(
        "{once} {} it deletes {} of {} ({share} %){with}, disables {} and deprecates {}.{later}",
        counted(soon.len().saturating_sub(1) as u32, "day", "days"),
        number(deletes),
        counted(scope, "image in scope", "images in scope"),
        counted(disables, "image", "images"),
        number(deprecates),
    )
}

/// Images deleted in the nights before the chosen one, which its counts do not hold any more.
fn nights_before(outcome: &Outcome, nights: &[Night]) -> u32 {
    nights.iter().take(outcome.day as usize).map(|night| night.delete).sum()
}

/// A night of the forecast with what it leaves.
pub(crate) fn night_in_full(day: u32, now: i64, night: Option<&Night>) -> String {
    let acts = self::night(day, now, night);
    let Some(night) = night else { return acts };
    let left = [
        (night.available, "available"),
        (night.deprecated, "deprecated"),
        (night.disabled, "disabled"),
        (night.other, "failed or cancelled"),
    ];
    let left = left.iter().filter(|part| part.0 > 0).map(|part| format!("{} {}", number(part.0), part.1));
    let left: Vec<String> = left.collect();
    if left.is_empty() { acts } else { format!("{acts}. Left: {}", listed(&left)) }
}

/// A night of the forecast, for the slider and for screen readers.
pub(crate) fn night(day: u32, now: i64, night: Option<&Night>) -> String {
    let when = date(now + i64::from(day) * DAY);
    let name = if day == 0 { format!("Tonight, {when}") } else { when };
    let Some(night) = night else { return name };
    let parts = [
        (night.deprecate, "deprecated"),
        (night.disable, "disabled"),
        (night.delete, "deleted"),
        (night.fail, if night.fail == 1 { "deletion that fails" } else { "deletions that fail" }),
    ];
    let parts: Vec<String> =
        parts.iter().filter(|part| part.0 > 0).map(|part| format!("{} {}", number(part.0), part.1)).collect();
    if parts.is_empty() { format!("{name}: nothing") } else { format!("{name}: {}", listed(&parts)) }
}

/// Where a diagnostic points, in the words of the form.
pub(crate) fn place(path: &str, actions: &[String]) -> String {
    let path = path.strip_prefix("/lifecyclePolicy").unwrap_or(path);
    let mut tokens = path.split('/').skip(1);
    let words = match tokens.next() {
        None => return "the document".to_owned(),
        Some("policyDetails") => match tokens.next() {
            None => "rules".to_owned(),
            Some(index) => {
                let rule = index.parse::<usize>().ok().and_then(|index| actions.get(index));
                let rule = rule.filter(|rule| !rule.is_empty());
                rule.map_or_else(
                    || {
                        index
                            .parse::<usize>()
                            .map_or_else(|_| "rules".to_owned(), |index| format!("rule {}", index + 1))
                    },
                    |rule| format!("{} rule", action(rule)),
                )
            }
        },
        Some("resourceSelection") => "selection".to_owned(),
        Some("executionRole") => "role".to_owned(),
        Some("resourceType") => "acts on".to_owned(),
        Some("tags") => "tags of the policy".to_owned(),
        Some("clientToken") => "client token".to_owned(),
        Some("dryRun") => "dry run".to_owned(),
        Some(first) => first.to_owned(),
    };
    // Entries of a list are counted as the form counts them.
    let rest: Vec<String> = tokens
        .map(|token| {
            let plain = || token.replace("~1", "/").replace("~0", "~");
            token.parse::<usize>().map_or_else(|_| plain(), |index| (index + 1).to_string())
        })
        .collect();
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let member = member(&rest).unwrap_or_else(|| rest.join(" "));
    if member.is_empty() { words } else { format!("{words}, {member}") }
}

/// Where a problem is; what is wrong with the exports has no place in the policy.
pub(crate) fn place_of(problem: &Problem, actions: &[String]) -> String {
    if problem.code == "export-cut-off" { "the inventory".to_owned() } else { place(&problem.path, actions) }
}

/// A member of a rule or of the selection as the form calls it.
fn member(way: &[&str]) -> Option<String> {
    let words = match way {
        ["action", "includeResources", "amis"] => "its AMIs",
        ["action", "includeResources", "snapshots"] => "their snapshots",
        ["action", "includeResources", "containers"] => "its container images",
        ["action", "includeResources"] => "what goes along",
        ["filter", "type" | "value"] | ["filter"] => "age or number",
        ["filter", "unit"] => "unit of the age",
        ["filter", "retainAtLeast"] => "newest kept",
        ["exclusionRules"] => "exceptions",
        ["exclusionRules", "amis"] => "exceptions for AMIs",
        ["exclusionRules", "amis", "isPublic"] => "exception for public AMIs",
        ["exclusionRules", "amis", "regions", ..] => "exception for AMIs in a Region",
        ["exclusionRules", "amis", "sharedAccounts", ..] => "exception for shared AMIs",
        ["exclusionRules", "amis", "lastLaunched", ..] => "exception for AMIs launched lately",
        ["exclusionRules", "tagMap", key @ ..] => return Some(tagged("exception for images", key)),
        ["exclusionRules", "amis", "tagMap", key @ ..] => return Some(tagged("exception for AMIs", key)),
        ["tagMap", key @ ..] => return Some(tagged("images", key)),
        ["recipes", number, member] => {
            let member = if *member == "semanticVersion" { "version" } else { member };
            return Some(format!("recipe {number}, {member}"));
        }
        ["recipes", number] => return Some(format!("recipe {number}")),
        _ => return None,
    };
    Some(words.to_owned())
}

fn tagged(what: &str, key: &[&str]) -> String {
    let key = key.iter().map(|key| visible(key)).collect::<Vec<_>>().join(" ");
    if key.is_empty() { format!("{what} with a tag") } else { format!("{what} tagged {key}") }
}

/// Somebody's words with what a reader does not see in them: controls, marks that turn the order round, and letters
/// without a width.
pub(crate) fn visible(text: &str) -> String {
    let is_unseen = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
    };
    if !text.contains(is_unseen) {
        return text.to_owned();
    }
    let letter = |letter: char| match is_unseen(letter) {
        true => format!("⟨U+{:04X}⟩", u32::from(letter)),
        false => letter.to_string(),
    };
    text.chars().map(letter).collect()
}

/// Whether an error is that something is not filled in yet: nothing is wrong with it so far.
pub(crate) fn is_blank(problem: &Problem, document: &Json) -> bool {
    let is_empty = |value: &Json| match value {
        Json::String(text) => text.is_empty(),
        Json::Array(items) => items.is_empty(),
        _ => false,
    };
    problem.severity == Level::Error && document.pointer(&problem.path).is_some_and(is_empty)
}

/// What is to be filled in at a place.
pub(crate) fn to_fill_in(path: &str) -> &'static str {
    match path.strip_prefix("/lifecyclePolicy").unwrap_or(path) {
        "/executionRole" => "the IAM role that the policy runs as",
        "/policyDetails" => "one rule at least, switched on here",
        path if path.starts_with("/resourceSelection/recipes/") => "the recipe whose images it is about",
        _ => "it is empty so far",
    }
}

/// How many errors there are, and how many of them only wait to be filled in.
pub(crate) fn errors(problems: &[Problem], document: &Json) -> (u32, u32) {
    let errors = problems.iter().filter(|problem| problem.severity == Level::Error);
    let (blank, wrong): (Vec<_>, Vec<_>) = errors.partition(|problem| is_blank(problem, document));
    (wrong.len() as u32, blank.len() as u32)
}

/// `1 image`, `2 images`.
pub(crate) fn counted(count: u32, one: &str, many: &str) -> String {
    format!("{} {}", number(count), if count == 1 { one } else { many })
}

/// `a`, `a and b`, `a, b and c`.
fn listed(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// `1 day`, `206 days`.
fn days(milliseconds: i64) -> String {
    let days = milliseconds.div_euclid(DAY);
    if days == 1 { "1 day".to_owned() } else { format!("{days} days") }
}

/// Whole days between two instants, shortly.
pub(crate) fn age(created: i64, now: i64) -> String {
    format!("{} d", (now - created).div_euclid(DAY))
}

/// The spelling of a `datetime-local` control, read as UTC.
pub(crate) fn minute(at: i64) -> String {
    let Some(at) = DateTime::<Utc>::from_timestamp_millis(at) else { return String::new() };
    let (year, month, day) = (at.year(), at.month(), at.day());
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}", at.hour(), at.minute())
}

pub(crate) fn parse_minute(typed: &str) -> Option<i64> {
    let (date, time) = typed.split_once('T')?;
    let part = |text: &str, at: usize, by: char, digits: usize| {
        let part = text.split(by).nth(at)?;
        let is_whole = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<u32>().ok().filter(|_| is_whole)
    };
    let year = part(date, 0, '-', 4)? as i32;
    let day = NaiveDate::from_ymd_opt(year, part(date, 1, '-', 2)?, part(date, 2, '-', 2)?)?;
    // Some browsers write the seconds too.
    let seconds = if time.len() > 5 { part(time, 2, ':', 2)? } else { 0 };
    let at = day.and_hms_opt(part(time, 0, ':', 2)?, part(time, 1, ':', 2)?, seconds)?;
    let is_whole = matches!((date.len(), time.len()), (10, 5 | 8));
    // Image Builder is younger, and a mistyped year should not count as an answer.
    (is_whole && (2000..3000).contains(&year)).then(|| at.and_utc().timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_795_435_200_000;

    fn outcome(deprecate: u32, disable: u32, delete: u32) -> Outcome {
        let verdicts = [("DEPRECATE", deprecate), ("DISABLE", disable), ("DELETE", delete), ("IGNORE", 2)];
        let verdicts = verdicts.map(|(verdict, count)| (verdict.to_owned(), count)).to_vec();
        Outcome { at: NOW, verdicts, ..Outcome::default() }
    }

    fn said(spans: &[Span]) -> String {
        spans.iter().map(|(_, text)| text.as_str()).collect()
    }

    #[test]
    fn the_headline_says_what_the_first_deletion_takes_along() {
        let mut nights = vec![Night::default(); 30];
        nights[3].delete = 1;
        let bytes = 1.15 * 1024_f64.powi(4);
        let loss = Loss { day: 3, amis: 2, snapshots: 3, bytes, ..Loss::default() };
        let said = said(&headline(&outcome(0, 0, 0), &nights, Some(&loss), NOW));
        assert!(said.ends_with("when 1 image goes with 2 AMIs and 3 snapshots, up to 1.2 TiB."), "{said}");
    }

    #[test]
    fn a_report_says_that_what_goes_is_in_use() {
        let loss = Loss { in_use: 2, bytes: 1.0, bounds: vec!["a guess".to_owned()], ..Loss::default() };
        let words = below(&outcome(0, 0, 1), Some(&loss));
        let end = " ▲ 2 AMIs in use are disabled or deleted. Storage is at most what is said: a guess.";
        assert!(words.ends_with(end), "{words}");
    }

    #[test]
    fn sizes_are_rounded_up() {
        let gib = 1024_f64.powi(3);
        let sizes =
            [8.0 * gib, 8.01 * gib, 10.2 * gib, 100.2 * gib, 1500.0 * gib, 11310.0 * gib, 12.0].map(size);
        assert_eq!(sizes, ["8 GiB", "8.1 GiB", "10.2 GiB", "101 GiB", "1.5 TiB", "11.1 TiB", "12 bytes"]);
    }

    #[test]
    fn the_headline_names_the_first_deletion() {
        let mut nights = vec![Night::default(); 30];
        nights[3].delete = 96;
        assert_eq!(
            said(&headline(&outcome(1412, 37, 0), &nights, None, NOW)),
            "Tonight 1,412 images are deprecated and 37 disabled. Nothing is deleted before Thursday 26 \
             November, when 96 images go."
        );
        nights[20].delete = 1500;
        let all = said(&headline(&outcome(0, 0, 0), &nights, None, NOW));
        assert!(all.ends_with("when 96 images go. 1,500 more within the 30 days after."), "{all}");
        let all = said(&headline(&outcome(0, 0, 1), &nights, None, NOW));
        assert_eq!(all, "Tonight 1 image is deleted. 1,596 more within the 30 days after.");
        (nights[3].delete, nights[20].delete) = (0, 0);
        let mut idle = outcome(0, 0, 0);
        idle.verdicts.push(("KEEP".to_owned(), 1));
        assert_eq!(
            said(&headline(&idle, &nights, None, NOW)),
            "Tonight nothing happens to any image. Nothing is deleted up to Tuesday 22 December."
        );
    }

    #[test]
    fn a_policy_without_images_is_no_all_clear() {
        let nights = vec![Night::default(); 30];
        let said = |outcome: &Outcome| said(&headline(outcome, &nights, None, NOW));
        assert_eq!(said(&outcome(0, 0, 0)), "▲ None of the 2 images is in this policy's scope. ");
        assert_eq!(said(&Outcome::default()), "▲ There are no images, so nothing can happen. ");
    }

    #[test]
    fn the_headline_of_a_deletion_says_what_goes_along() {
        let mut outcome = outcome(0, 0, 2);
        (outcome.amis.deleted, outcome.snapshots.deleted, outcome.day) = (2, 1, 1);
        outcome.failing.images = 1;
        assert_eq!(
            said(&headline(&outcome, &[], None, NOW)),
            "On Monday 23 November, 1 image is deleted. 1 deletion is expected to fail. With the deleted go 2 AMIs \
             and 1 snapshot."
        );
        outcome.waiting = Incomplete { images: 1, amis: 3, snapshots: 0 };
        assert_eq!(
            said(&headline(&outcome, &[], None, NOW)),
            "On Monday 23 November, no image changes its state. 1 deletion is expected to fail. 1 deletion leaves \
             the record, because an exclusion spares an AMI, after taking 3 AMIs. "
        );
    }

    #[test]
    fn a_count_of_deletions_says_how_many_of_them_leave_the_image() {
        let said = [(0, 0), (1, 0), (1200, 2)].map(|(failing, waiting)| of_them_stay(failing, waiting));
        assert_eq!(said, ["", ", 1 will fail", ", 1,200 will fail, 2 leave the record"]);
    }

    #[test]
    fn the_blast_radius_counts_all_nights() {
        let night = Night { deprecate: 1, disable: 2, delete: 3, ..Night::default() };
        assert_eq!(
            blast_radius(&outcome(4, 3, 5), &[night, night], &Taken::default()),
            "Within 1 day it deletes 6 of 12 images in scope (50 %), disables 4 images and deprecates 2."
        );
        let taken = Taken { amis: 8, snapshots: 1, containers: 0 };
        assert_eq!(
            blast_radius(&outcome(4, 3, 5), &[night, night], &taken),
            "Within 1 day it deletes 6 of 12 images in scope (50 %), 8 AMIs and 1 snapshot, disables 4 \
             images and deprecates 2."
        );
        let disabled = Outcome { disabled: true, ..outcome(4, 3, 5) };
        assert_eq!(
            blast_radius(&disabled, &[night, night], &Taken::default()),
            "Disabled, it does nothing. Once enabled: within 1 day it deletes 6 of 12 images in scope (50 %), \
             disables 4 images and deprecates 2."
        );
    }

    #[test]
    fn minutes_are_read_as_they_are_written() {
        assert_eq!(minute(NOW), "2026-11-23T12:00");
        assert_eq!(parse_minute("2026-11-23T12:00"), Some(NOW));
        assert_eq!(parse_minute("2026-11-23T12:00:00"), Some(NOW));
        let wrong = [
            "",
            "2026-11-23",
            "2026-13-01T00:00",
            "2026-11-23T24:00",
            "1999-01-01T00:00",
            "2026-11-23T1:00",
            "2026-11-23T12:00:000",
            "2026-11-23-1T12:00",
        ];
        assert_eq!(wrong.map(parse_minute), [None; 8]);
    }

    #[test]
    fn a_pointer_is_read_as_a_place_of_the_form() {
        let actions = ["DELETE".to_owned()];
        assert_eq!(
            place("/lifecyclePolicy/policyDetails/0/filter/value", &actions),
            "Delete rule, age or number"
        );
        let places = [
            (
                "policyDetails/0/exclusionRules/amis/sharedAccounts/1",
                "Delete rule, exception for shared AMIs",
            ),
            ("policyDetails/0/exclusionRules/amis/isPublic", "Delete rule, exception for public AMIs"),
            (
                "policyDetails/0/exclusionRules/tagMap/Team~1Of",
                "Delete rule, exception for images tagged Team/Of",
            ),
            ("policyDetails/1/action/somethingNew", "rule 2, action somethingNew"),
            ("resourceSelection/recipes/0/semanticVersion", "selection, recipe 1, version"),
            ("executionRole", "role"),
        ];
        for (path, words) in places {
            assert_eq!(place(&format!("/{path}"), &actions), words);
        }
        assert_eq!(place("/name", &actions), "name");
        assert_eq!(place("", &actions), "the document");
    }

    #[test]
    fn what_is_not_seen_is_told() {
        assert_eq!(visible("rtl=\u{202e}gnp.exe\0"), "rtl=⟨U+202E⟩gnp.exe⟨U+0000⟩");
        assert_eq!(visible("web Größe 日本"), "web Größe 日本");
    }

    #[test]
    fn a_fresh_policy_waits_to_be_filled_in_and_is_not_wrong() {
        let told = |document: &Json| {
            let reading = afterimage_policy::read(&document.pretty());
            let found = reading.diagnostics.iter();
            let found = found.filter(|found| found.severity == afterimage_policy::Severity::Error);
            let problem = |found: &afterimage_policy::Diagnostic| Problem {
                code: found.code.to_owned(),
                severity: Level::Error,
                path: found.path.clone(),
                message: found.message.clone(),
                help: found.help.clone(),
                fix: None,
            };
            errors(&found.map(problem).collect::<Vec<_>>(), document)
        };
        let mut document = crate::state::fresh();
        assert_eq!(told(&document), (0, 3));
        document.set("/executionRole", Json::String("no role!".to_owned()));
        assert_eq!(told(&document), (1, 2));
        document.remove("/executionRole");
        assert_eq!(told(&document), (1, 2), "what was emptied is missing");
    }

    #[test]
    fn slots_that_are_free_are_counted() {
        let said = [(2, 2), (2, 1), (5, 1)].map(|(keep, taken)| slots(keep, taken));
        let free = ["", ", 1 slot is free", ", 4 slots are free"];
        let keeps = [2, 2, 5].map(|keep| format!("keeps its newest {keep} from deletion"));
        assert_eq!(
            said.to_vec(),
            keeps.iter().zip(free).map(|(keeps, free)| keeps.clone() + free).collect::<Vec<_>>()
        );
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1000, 1_234_567].map(number), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn an_edit_is_told_by_what_it_changes() {
        use crate::protocol::Change;
        let words = |compared: &Compared| {
            let spans = super::compared(compared, &ReferenceKind::Opened);
            spans.into_iter().map(|(_, words)| words).collect::<String>()
        };
        let delete = Change { newly: 14, spared: 3, earlier: 0, later: 2 };
        assert_eq!(
            words(&Compared { changed: 19, delete, ..Compared::default() }),
            "Against the policy as you opened it: 14 more deleted, 3 no longer deleted, 2 deleted later within a year; 19 images in all."
        );
        assert!(
            words(&Compared { changed: 20, delete, ..Compared::default() })
                .ends_with("; 20 images in all, some of them for another reason alone.")
        );
        assert!(words(&Compared::default()).ends_with("nothing meets another fate within a year."));
        let shifts = |before, after| {
            let shifts = vec![("DELETE".to_owned(), before, after)];
            shifted(&Row { shifts, ..Row::default() }, 0)
        };
        assert_eq!(shifts(Some(1), None), "no longer deleted on 2 Jan");
        assert_eq!(shifts(None, Some(0)), "deleted tonight, and not at all before");
        assert_eq!(shifts(Some(1), Some(0)), "deleted tonight instead of on 2 Jan");
    }
}
