//! What AWS does not document, or documents twice: each a named setting with a default.
//!
//! `docs/assumptions.md` holds the same table for readers; a test keeps the two in step.

use std::fmt;

use afterimage_policy::Action;
use afterimage_policy::Filter;
use afterimage_policy::Policy;
use afterimage_policy::Selection;
use afterimage_policy::Unit;
use serde::Serialize;
use serde::Serializer;

/// A question that AWS leaves open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Assumption {
    MonthArithmetic,
    AgeAtThreshold,
    FailedIgnoresAge,
    YoungImagesFillSlots,
    ActedOnImagesKeepSlots,
    DeletedImagesFillSlots,
    TieBreak,
    CountHonoursRetainAtLeast,
    RetainAtLeastOnEveryAction,
    ExclusionFallsThrough,
    PolicyDeleteKeepsImageWhenAmiSkipped,
    FailedOutputKeepsImage,
    LastLaunchedAtThreshold,
    RecipeNames,
    ImportedImagesMatchRecipes,
}

/// One row of the table of assumptions.
#[derive(Debug)]
pub struct Setting {
    pub assumption: Assumption,
    pub name: &'static str,
    /// Every answer that can be chosen; the first is the default.
    pub values: &'static [&'static str],
    pub question: &'static str,
    /// What the default rests on.
    pub basis: &'static str,
    /// Whether the answer can make a difference to this policy.
    matters: fn(&Policy) -> bool,
}

const NO: &[&str] = &["false", "true"];
const YES: &[&str] = &["true", "false"];

/// Every assumption, in the order of its declaration.
pub const SETTINGS: &[Setting] = &[
    Setting {
        assumption: Assumption::MonthArithmetic,
        name: "month-arithmetic",
        values: &["calendar-back", "calendar-forward", "fixed-days"],
        question: "How are months and years counted: back from the run on the calendar, forward from the \
                   creation on the calendar, or as 30 and 365 days?",
        basis: "unknown; the units carry the names of a calendar library's",
        matters: |policy| {
            policy.rules.iter().any(|rule| {
                let launched = rule.exclude.amis.last_launched.map(|period| period.unit);
                [age_unit(rule.filter), launched].into_iter().flatten().any(is_calendar)
            })
        },
    },
    Setting {
        assumption: Assumption::AgeAtThreshold,
        name: "age-at-threshold",
        values: &["eligible", "too-young"],
        question: "Is an image that is exactly as old as a rule asks old enough?",
        basis: "unknown; \"older than\" and \"must pass\" are both said",
        matters: |policy| policy.rules.iter().any(|rule| age_unit(rule.filter).is_some()),
    },
    Setting {
        assumption: Assumption::FailedIgnoresAge,
        name: "failed-ignores-age",
        values: NO,
        question: "Does an age-based delete rule take failed and cancelled builds before they reach the age?",
        basis: "sources disagree: they always qualify, yet the age is checked first",
        matters: |policy| delete_filter(policy).is_some_and(|filter| matches!(filter, Filter::Age { .. })),
    },
    Setting {
        assumption: Assumption::YoungImagesFillSlots,
        name: "young-images-fill-slots",
        values: YES,
        question: "Do images that are too young for an age-based delete rule count towards its `retainAtLeast`?",
        basis: "inferred; three texts favour it, the order of evaluation can be read otherwise",
        matters: |policy| {
            let by_age = delete_filter(policy).is_some_and(|filter| matches!(filter, Filter::Age { .. }));
            by_age && keeps_some(policy)
        },
    },
    Setting {
        assumption: Assumption::ActedOnImagesKeepSlots,
        name: "acted-on-images-keep-slots",
        values: YES,
        question: "Does an image that deprecate or disable acts on in a run still count as one of the newest \
                   that delete keeps in that run?",
        basis: "unknown; retention is said to be counted separately",
        matters: |policy| keeps_some(policy) && policy.rules.len() > 1,
    },
    Setting {
        assumption: Assumption::DeletedImagesFillSlots,
        name: "deleted-images-fill-slots",
        values: NO,
        question: "Do images that the export lists as DELETED count as ones that are kept?",
        basis: "unknown",
        matters: keeps_some,
    },
    Setting {
        assumption: Assumption::TieBreak,
        name: "tie-break",
        values: &["higher-build", "lower-build"],
        question: "Which of two images with the same creation date is the newer one?",
        basis: "unknown; build numbers increase",
        matters: keeps_some,
    },
    Setting {
        assumption: Assumption::CountHonoursRetainAtLeast,
        name: "count-honours-retain-at-least",
        values: NO,
        question: "Does `retainAtLeast` raise the number that a COUNT filter keeps?",
        basis: "unknown; the service accepts both members together",
        matters: |policy| {
            delete_filter(policy)
                .is_some_and(|filter| matches!(filter, Filter::Count { retain_at_least: 1.., .. }))
        },
    },
    Setting {
        assumption: Assumption::RetainAtLeastOnEveryAction,
        name: "retain-at-least-on-every-action",
        values: NO,
        question: "Does `retainAtLeast` on a deprecate or disable rule keep the newest images from it?",
        basis: "sources disagree: AWS's CDK module shows such policies, the documented evaluation has no such step",
        matters: |policy| {
            let floor = |filter| matches!(filter, Filter::Age { retain_at_least: 1.., .. });
            policy.rules.iter().any(|rule| rule.action != Action::Delete && floor(rule.filter))
        },
    },
    Setting {
        assumption: Assumption::ExclusionFallsThrough,
        name: "exclusion-falls-through",
        values: YES,
        question: "Are later rules still tried on an image that a tag spares from an earlier one?",
        basis: "inferred; every rule carries its own exclusions",
        matters: |policy| {
            policy.rules.len() > 1 && policy.rules.iter().any(|rule| !rule.exclude.image_tags.is_empty())
        },
    },
    Setting {
        assumption: Assumption::PolicyDeleteKeepsImageWhenAmiSkipped,
        name: "policy-delete-keeps-image-when-ami-skipped",
        values: NO,
        question: "Does a deleted image keep its record when an exclusion spares one of its AMIs?",
        basis: "sources disagree: not for policies, but for manual changes of state",
        matters: |policy| deletes_amis(policy),
    },
    Setting {
        assumption: Assumption::FailedOutputKeepsImage,
        name: "failed-output-keeps-image",
        values: YES,
        question: "Does an image keep its record when deleting one of its outputs fails?",
        basis: "inferred",
        matters: |policy| deletes_amis(policy),
    },
    Setting {
        assumption: Assumption::LastLaunchedAtThreshold,
        name: "last-launched-at-threshold",
        values: &["spared", "not-spared"],
        question: "Is an AMI spared whose last launch lies exactly at the edge of the period?",
        basis: "unknown; this is the careful reading of \"within\"",
        matters: |policy| policy.rules.iter().any(|rule| rule.exclude.amis.last_launched.is_some()),
    },
    Setting {
        assumption: Assumption::RecipeNames,
        name: "recipe-names",
        values: &["normalised", "exact"],
        question: "Are recipe names compared in lower case with hyphens for spaces and underscores?",
        basis: "inferred; the service treats names so everywhere else",
        matters: |policy| matches!(policy.selection, Selection::Recipes(_)),
    },
    Setting {
        assumption: Assumption::ImportedImagesMatchRecipes,
        name: "imported-images-match-recipes",
        values: NO,
        question: "Does an imported image match a recipe selector that has its name and version?",
        basis: "inferred; an imported image has no recipe",
        matters: |policy| matches!(policy.selection, Selection::Recipes(_)),
    },
];

/// An answer to every question: the defaults, unless changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Assumptions([u8; SETTINGS.len()]);

/// `NAME=VALUE` that is none of the table's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ParseAssumptionError(String);

impl Assumption {
    pub fn setting(self) -> &'static Setting {
        // INVARIANT: the table is in the order of the declaration; a test holds it.
        SETTINGS.get(self as usize).unwrap_or(&SETTINGS[0])
    }
}

impl Assumptions {
    /// Index into the setting's values; 0 is the default.
    pub fn choice(&self, assumption: Assumption) -> usize {
        self.0.get(assumption as usize).copied().unwrap_or_default().into()
    }

    pub fn value(&self, assumption: Assumption) -> &'static str {
        assumption.setting().values.get(self.choice(assumption)).copied().unwrap_or_default()
    }

    /// Whether a yes-or-no question is answered with yes.
    pub fn holds(&self, assumption: Assumption) -> bool {
        self.value(assumption) == "true"
    }

    /// These assumptions, but for one answer.
    #[must_use]
    pub fn with(mut self, assumption: Assumption, choice: usize) -> Self {
        let known = choice < assumption.setting().values.len();
        if let Some(chosen) = self.0.get_mut(assumption as usize).filter(|_| known) {
            *chosen = choice as u8;
        }
        self
    }

    /// The answers that are not the default, written `name=value`; empty where all are.
    pub fn changed(&self) -> Vec<String> {
        let changed = SETTINGS.iter().filter(|setting| self.choice(setting.assumption) > 0);
        changed.map(|setting| format!("{}={}", setting.name, self.value(setting.assumption))).collect()
    }

    /// Reads one answer, written `name=value`.
    ///
    /// # Errors
    ///
    /// Names what could have been written instead.
    pub fn parse(text: &str) -> Result<(Assumption, usize), ParseAssumptionError> {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        let name = name.trim().replace('_', "-");
        let setting = SETTINGS.iter().find(|setting| setting.name == name).ok_or_else(|| {
            let names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
            ParseAssumptionError(format!("`{name}` is no assumption; there are {}", names.join(", ")))
        })?;
        let choice = setting.values.iter().position(|known| *known == value.trim()).ok_or_else(|| {
            let values = setting.values.join("` or `");
            ParseAssumptionError(format!("`{name}` is `{values}`, not `{value}`"))
        })?;
        Ok((setting.assumption, choice))
    }

    /// Every other answer to one question that can make a difference to this policy.
    pub fn alternatives(self, policy: &Policy) -> impl Iterator<Item = (Assumption, usize)> {
        let settings = SETTINGS.iter().filter(|setting| (setting.matters)(policy));
        settings.flat_map(move |setting| {
            let chosen = self.choice(setting.assumption);
            (0..setting.values.len())
                .filter(move |&choice| choice != chosen)
                .map(|choice| (setting.assumption, choice))
        })
    }
}

/// An object of every name and its value.
impl Serialize for Assumptions {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(SETTINGS.iter().map(|setting| (setting.name, self.value(setting.assumption))))
    }
}

impl fmt::Display for Assumption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.setting().name)
    }
}

fn age_unit(filter: Filter) -> Option<Unit> {
    match filter {
        Filter::Age { unit, .. } => Some(unit),
        Filter::Count { .. } => None,
    }
}

fn is_calendar(unit: Unit) -> bool {
    matches!(unit, Unit::Months | Unit::Years)
}

fn delete_filter(policy: &Policy) -> Option<Filter> {
    policy.rules.iter().find(|rule| rule.action == Action::Delete).map(|rule| rule.filter)
}

/// Whether a rule may keep any image for being new. Other rules than delete do so under
/// `retain-at-least-on-every-action`.
fn keeps_some(policy: &Policy) -> bool {
    policy.rules.iter().any(|rule| match rule.filter {
        Filter::Age { retain_at_least, .. } => retain_at_least > 0,
        Filter::Count { .. } => true,
    })
}

fn deletes_amis(policy: &Policy) -> bool {
    policy.rules.iter().any(|rule| rule.action == Action::Delete && rule.include.amis)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_declaration() {
        for (position, setting) in SETTINGS.iter().enumerate() {
            assert_eq!(setting.assumption as usize, position, "{}", setting.name);
            assert!(setting.values.len() > 1);
        }
    }

    /// `AFTERIMAGE_UPDATE_GOLDEN` writes the table anew.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "the document is a file")]
    fn the_document_holds_the_same_table() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/assumptions.md");
        let document = std::fs::read_to_string(&path).unwrap();
        let (head, rest) = document.split_once("<!-- settings -->\n").unwrap();
        let (table, tail) = rest.split_once("<!-- /settings -->\n").unwrap();
        let mut expected = "| name | values | question | basis |\n|---|---|---|---|\n".to_owned();
        for Setting { name, values, question, basis, .. } in SETTINGS {
            let values = values.join("`, `");
            expected.push_str(&format!("| `{name}` | `{values}` | {question} | {basis} |\n"));
        }
        if std::env::var_os("AFTERIMAGE_UPDATE_GOLDEN").is_some() {
            let renewed = format!("{head}<!-- settings -->\n{expected}<!-- /settings -->\n{tail}");
            std::fs::write(&path, renewed).unwrap();
        } else {
            assert_eq!(table, expected, "renew it with AFTERIMAGE_UPDATE_GOLDEN=1");
        }
    }

    #[test]
    fn an_answer_is_read_by_name_and_anything_else_is_refused() {
        let (assumption, choice) = Assumptions::parse("month_arithmetic = fixed-days").unwrap();
        let assumptions = Assumptions::default().with(assumption, choice);
        assert_eq!(assumptions.value(Assumption::MonthArithmetic), "fixed-days");
        assert_eq!(Assumptions::default().with(assumption, 3), Assumptions::default());
        for (text, part) in [
            ("failed-ignores-age", "`failed-ignores-age` is `false` or `true`, not ``"),
            ("failed-ignores-age=yes", "not `yes`"),
            ("failed=true", "`failed` is no assumption; there are month-arithmetic, "),
        ] {
            let error = Assumptions::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{error}");
        }
    }
}
