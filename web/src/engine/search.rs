//! The search: words that an image must hold, and conditions such as `state:DISABLED` or `age>90d`.
//!
//! A condition is worked out once per search for everything that distinct images share, so that asking an image is
//! looking something up.

use afterimage_inventory::Group;
use afterimage_inventory::ImageUri;
use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Status;
use afterimage_inventory::Text;
use afterimage_policy::Unit;
use afterimage_simulator::Assumptions;
use afterimage_simulator::Plan;
use afterimage_simulator::Reason;
use afterimage_simulator::Verdict;
use afterimage_simulator::old_enough;

use crate::engine::nights::Forecast;
use crate::engine::shown::Shown;

/// What is asked of an image, and whether it must not be so.
pub(super) struct Search {
    terms: Vec<(bool, Test)>,
    /// What cannot be understood, in the user's words.
    pub(super) unread: Option<String>,
}

enum Test {
    /// In its ARN, its name or the ID of one of its AMIs, in lower case.
    Word(String),
    Groups(Vec<bool>),
    Rows(Vec<bool>),
    State(Status),
    Verdict(Verdict),
    Why(Reason),
    /// Created within one of these, which is old enough; or outside all of them.
    Old(Vec<(Instant, Instant)>),
    Young(Vec<(Instant, Instant)>),
    Boundary,
    Fails,
    Stays,
    InUse,
    /// In use, and disabled or deleted in this run.
    InUseTaken,
}

const KEYS: &str = "recipe, version, state, is, why, tag, region, account, ami, age and deleted";

impl Search {
    /// `forecast` is wanted when the text [`asks_for_nights`].
    pub(super) fn new(
        text: &str,
        inventory: &Inventory,
        forecast: Option<&Forecast>,
        assumptions: &Assumptions,
        now: Instant,
    ) -> Self {
        let mut search = Self { terms: Vec::new(), unread: None };
        for word in text.split_whitespace() {
            let (negated, bare) = match word.strip_prefix('-') {
                Some(rest) if !rest.is_empty() => (true, rest),
                _ => (false, word),
            };
            match test(bare, inventory, forecast, assumptions, now) {
                Ok(test) => search.terms.push((negated, test)),
                Err(message) => {
                    let before = search.unread.take().map(|before| before + "; ").unwrap_or_default();
                    search.unread = Some(before + &message);
                }
            }
        }
        search
    }

    /// Whether every image passes.
    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    pub(super) fn passes(&self, inventory: &Inventory, plan: &Plan, shown: &Shown, image: usize) -> bool {
        self.terms.iter().all(|(negated, test)| test.holds(inventory, plan, shown, image) != *negated)
    }
}

fn test(
    word: &str,
    inventory: &Inventory,
    forecast: Option<&Forecast>,
    assumptions: &Assumptions,
    now: Instant,
) -> Result<Test, String> {
    if let Some(rest) = word.strip_prefix("deleted").filter(|rest| rest.starts_with(['<', '>'])) {
        let (sign, count, unit) = span("deleted", rest)?;
        let days = f64::from(count) * days(unit);
        let night = |image| forecast.and_then(|forecast| forecast.fates.fate(image)?.deleted);
        let holds = |night: u32| if sign == '<' { f64::from(night) < days } else { f64::from(night) >= days };
        return Ok(Test::Rows((0..inventory.len()).map(|image| night(image).is_some_and(holds)).collect()));
    }
    if let Some(test) = word.strip_prefix("age").and_then(|rest| age(rest, assumptions, now)) {
        return test;
    }
    match word {
        "boundary" => return Ok(Test::Boundary),
        "fails" => return Ok(Test::Fails),
        "stays" => return Ok(Test::Stays),
        "in-use" => return Ok(Test::InUse),
        "in-use:taken" => return Ok(Test::InUseTaken),
        _ => {}
    }
    // ARNs hold colons, too.
    let Some((key, value)) = word.split_once(':').filter(|_| !word.starts_with("arn:")) else {
        return Ok(Test::Word(word.to_lowercase()));
    };
    let wanted = value.to_lowercase();
    let groups = |text: fn(&Inventory, &Group) -> [Text; 2]| {
        let holds =
            |group| text(inventory, group).iter().any(|&text| contains(inventory.text(text), &wanted));
        Test::Groups(inventory.groups.iter().map(holds).collect())
    };
    Ok(match key {
        "recipe" => groups(|_, group| [group.recipe, group.recipe_name]),
        "version" => {
            let begins = |group: &Group| {
                let rest = inventory.text(group.version).strip_prefix(value);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.') || value.ends_with('.'))
            };
            Test::Groups(inventory.groups.iter().map(begins).collect())
        }
        "region" => {
            let (amis, containers) = (&inventory.ami_outputs.region, &inventory.containers.region);
            with_output(inventory, &wanted, amis, Some(containers), |uri| uri.region)
        }
        "account" => with_output(inventory, &wanted, &inventory.ami_outputs.account, None, |uri| uri.account),
        "state" => Test::State(Status::parse(value).ok_or_else(|| format!("there is no state `{value}`"))?),
        "is" => Test::Verdict(verdict(&wanted).ok_or_else(|| {
            format!("`is:` takes deprecated, disabled, deleted, spared, kept or ignored, not `{value}`")
        })?),
        "why" => Test::Why(reason(value).ok_or_else(|| {
            let known: Vec<String> = Reason::ALL.iter().map(|reason| plain(reason.as_str())).collect();
            format!("there is no reason `{value}`; there are {}", known.join(", "))
        })?),
        "tag" => Test::Rows(tagged(inventory, value)),
        "ami" => Test::Word(wanted),
        _ => return Err(format!("`{key}:` is not known; there are {KEYS}")),
    })
}

/// Images with an output in a place that holds a text: an AMI, or a copy of a container image.
fn with_output(
    inventory: &Inventory,
    wanted: &str,
    of_amis: &[Text],
    of_containers: Option<&Vec<Text>>,
    of_copy: for<'a> fn(&ImageUri<'a>) -> &'a str,
) -> Test {
    let named = |text: Option<&Text>| text.is_some_and(|&text| contains(inventory.text(text), wanted));
    let is_copy = |&uri: &Text| contains(of_copy(&ImageUri::parse(inventory.text(uri))), wanted);
    let is_container = |row: usize| {
        named(of_containers.and_then(|texts| texts.get(row)))
            || inventory.containers.uris(row).iter().any(is_copy)
    };
    let holds = |image: usize| {
        inventory.images.ami_outputs(image).any(|row| named(of_amis.get(row)))
            || inventory.images.containers(image).any(is_container)
    };
    Test::Rows((0..inventory.len()).map(holds).collect())
}

/// Images with a tag, or with any value of a key.
fn tagged(inventory: &Inventory, wanted: &str) -> Vec<bool> {
    let (key, value) = wanted.split_once('=').map_or((wanted, None), |(key, value)| (key, Some(value)));
    let key = inventory.texts.find(key);
    let value = value.map(|value| inventory.texts.find(value));
    let holds = |tags: &[(Text, Text)]| {
        tags.iter().any(|&(k, v)| Some(k) == key && value.is_none_or(|value| Some(v) == value))
    };
    inventory.images.tags.iter().map(|&set| holds(inventory.tag_sets.get(set))).collect()
}

/// What stands behind `age`: `>90d`, `<=2w`, counted as a rule counts it. `None`: the word is no condition.
fn age(rest: &str, assumptions: &Assumptions, now: Instant) -> Option<Result<Test, String>> {
    if !rest.starts_with(['<', '>', ':']) {
        return None;
    }
    Some(span("age", rest).map(|(sign, count, unit)| {
        let old = old_enough(count, unit, now, assumptions);
        if sign == '<' { Test::Young(old) } else { Test::Old(old) }
    }))
}

/// A sign, and the time behind it.
fn span(key: &str, rest: &str) -> Result<(char, u32, Unit), String> {
    let unread = || format!("`{key}{rest}` cannot be read; write for instance {key}<90d, with d, w, m or y");
    let sign = rest.chars().next().ok_or_else(unread)?;
    let value = rest.trim_start_matches(['<', '>', ':', '=']);
    let split = value.len().saturating_sub(value.chars().next_back().map_or(0, char::len_utf8));
    let (count, unit) = value.split_at(split);
    let unit = match unit {
        "d" => Unit::Days,
        "w" => Unit::Weeks,
        "m" => Unit::Months,
        "y" => Unit::Years,
        _ => return Err(unread()),
    };
    let count = count.parse::<u32>().ok().filter(|count| *count < 1_000_000);
    Ok((sign, count.ok_or_else(unread)?, unit))
}

/// Roughly, for nights to come.
fn days(unit: Unit) -> f64 {
    match unit {
        Unit::Days => 1.0,
        Unit::Weeks => 7.0,
        Unit::Months => 30.44,
        Unit::Years => 365.25,
    }
}

fn is_within(created: Instant, old: &[(Instant, Instant)]) -> bool {
    old.iter().any(|&(from, to)| from <= created && created <= to)
}

/// Whether a search looks at nights to come.
pub(super) fn asks_for_nights(text: &str) -> bool {
    text.contains("deleted<") || text.contains("deleted>")
}

fn verdict(word: &str) -> Option<Verdict> {
    Some(match word {
        "deprecated" | "deprecate" => Verdict::Deprecate,
        "disabled" | "disable" => Verdict::Disable,
        "deleted" | "delete" => Verdict::Delete,
        "spared" | "skip" => Verdict::Skip,
        "kept" | "keep" => Verdict::Keep,
        "ignored" | "ignore" | "out" => Verdict::Ignore,
        _ => return None,
    })
}

/// `shared-account` or `SHARED_ACCOUNT`.
fn reason(word: &str) -> Option<Reason> {
    let word = plain(word);
    Reason::ALL.into_iter().find(|reason| plain(reason.as_str()) == word)
}

fn plain(word: &str) -> String {
    word.to_lowercase().replace('_', "-")
}

/// Whether a text holds another one, which is in lower case, in whatever case.
fn contains(text: &str, wanted: &str) -> bool {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    let Some(&first) = wanted.first() else { return true };
    let upper = first.to_ascii_uppercase();
    let mut rest = text;
    while let Some(at) = rest.iter().position(|&byte| byte == first || byte == upper) {
        let Some(here) = rest.get(at..) else { return false };
        if here.len() < wanted.len() {
            return false;
        }
        if here.iter().zip(wanted).all(|(byte, wanted)| byte.to_ascii_lowercase() == *wanted) {
            return true;
        }
        rest = here.get(1..).unwrap_or_default();
    }
    false
}

impl Test {
    fn holds(&self, inventory: &Inventory, plan: &Plan, shown: &Shown, image: usize) -> bool {
        let images = &inventory.images;
        let outcome = || shown.run.outcome(image);
        match self {
            Self::Word(word) => {
                let id = |row: usize| inventory.amis.id.get(inventory.ami_outputs.ami.get(row)?.0 as usize);
                contains(inventory.arn(image), word)
                    || images.name.get(image).is_some_and(|&name| contains(inventory.text(name), word))
                    || images
                        .ami_outputs(image)
                        .any(|row| id(row).is_some_and(|&id| contains(inventory.text(id), word)))
            }
            Self::Groups(groups) => {
                images.group.get(image).and_then(|group| groups.get(group.0 as usize)) == Some(&true)
            }
            Self::Rows(rows) => rows.get(image) == Some(&true),
            Self::State(status) => shown.state.status(image) == Some(*status),
            Self::Verdict(verdict) => outcome().is_some_and(|outcome| outcome.verdict == *verdict),
            Self::Why(reason) => outcome().is_some_and(|outcome| {
                outcome.reason == *reason
                    || outcome.verdict.is_action()
                        && plan.outputs(inventory, &shown.state, &shown.run, image).iter().any(|output| {
                            !output.gone
                                && (output.reason == *reason
                                    || output.snapshots.iter().any(|one| one.reason == *reason))
                        })
            }),
            Self::Old(old) => images.created.get(image).is_some_and(|created| is_within(*created, old)),
            Self::Young(old) => images.created.get(image).is_some_and(|created| !is_within(*created, old)),
            Self::Boundary => outcome().is_some_and(|outcome| outcome.boundary),
            Self::Fails => outcome().is_some_and(|outcome| outcome.fails()),
            Self::Stays => outcome().is_some_and(|outcome| outcome.stays),
            Self::InUse => {
                let ami = |row: usize| inventory.ami_outputs.ami.get(row).copied();
                images
                    .ami_outputs(image)
                    .any(|row| ami(row).is_some_and(|ami| !inventory.references.of(ami).is_empty()))
            }
            Self::InUseTaken => {
                let outputs = || plan.outputs(inventory, &shown.state, &shown.run, image);
                Self::InUse.holds(inventory, plan, shown, image)
                    && outputs().iter().any(|output| !output.references(inventory).is_empty())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_in_any_case() {
        assert!(contains("Web-Base", "web-b") && contains("xWeb", "web") && contains("", ""));
        assert!(!contains("we", "web") && !contains("wweeb", "web"));
        assert!(contains("wwweb", "web"));
    }

    #[test]
    fn an_age_names_the_instant_of_creation() {
        let now = Instant(100 * 86_400_000);
        let at = |rest: &str| match age(rest, &Assumptions::default(), now) {
            Some(Ok(Test::Old(old))) => ("until", old[0].1.0 / 86_400_000),
            Some(Ok(Test::Young(old))) => ("after", old[0].1.0 / 86_400_000),
            Some(Err(_)) => ("unread", 0),
            _ => ("none", 0),
        };
        assert_eq!(at(">90d"), ("until", 10));
        assert_eq!(at("<=2w"), ("after", 86));
        for wrong in [">", ">90", ">d", "<xd", ">1é", ">-1d", ">1.5y"] {
            assert_eq!(at(wrong), ("unread", 0), "{wrong}");
        }
        assert_eq!(at("nt"), ("none", 0));
    }

    #[test]
    fn an_image_exactly_as_old_as_a_rule_asks_is_found_as_the_rule_finds_it() {
        let now = Instant::parse("2027-03-31T12:00:00Z").unwrap();
        let found = |rest: &str, created: &str, assume: &str| {
            let assumptions = crate::engine::compiled::assumptions(&[assume.to_owned()]);
            let created = Instant::parse(created).unwrap();
            match age(rest, &assumptions, now) {
                Some(Ok(Test::Old(old))) => is_within(created, &old),
                Some(Ok(Test::Young(old))) => !is_within(created, &old),
                _ => panic!("{rest}"),
            }
        };
        let year = "2026-03-31T12:00:00Z";
        assert!(found(">1y", year, "") && found(">12m", year, "") && !found("<1y", year, ""));
        assert!(!found(">1y", year, "age-at-threshold=too-young"), "a rule does not take it either");
        // 30 days, or back to the last day of February.
        let month = "2027-03-01T00:00:00Z";
        assert!(!found(">1m", month, "") && found(">1m", month, "month-arithmetic=fixed-days"));
    }

    #[test]
    fn reasons_are_written_in_either_way() {
        assert_eq!(reason("shared-account"), Some(Reason::SharedAccount));
        assert_eq!(reason("SHARED_ACCOUNT"), Some(Reason::SharedAccount));
        assert_eq!(reason("nobody"), None);
    }
}
