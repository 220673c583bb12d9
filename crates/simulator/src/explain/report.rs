//! An explanation as JSON: the image's row of the report, and the path to its verdict.

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_policy::Tag;
use serde::Serialize;
use serde::Serializer;

use crate::assumptions::Assumptions;
use crate::explain::Considered;
use crate::explain::Explanation;
use crate::explain::Finding;
use crate::explain::Retention;
use crate::explain::RuleTrace;
use crate::plan::Plan;
use crate::report::ImageRows;
use crate::report::ImageWire;
use crate::run::Run;
use crate::run::State;

/// Why one image gets its verdict on one day, with all that is needed to write it.
#[derive(Debug)]
pub struct ExplanationReport<'a> {
    inventory: &'a Inventory,
    plan: &'a Plan,
    now: Instant,
    state: State,
    run: Run,
    image: usize,
    explanation: Explanation,
}

impl<'a> ExplanationReport<'a> {
    /// About the run `days` days after the one at `now`, and an image's row. `None` when an earlier run deletes
    /// the image.
    pub fn new(
        plan: &'a Plan,
        inventory: &'a Inventory,
        now: Instant,
        days: u32,
        image: usize,
    ) -> Option<Self> {
        let mut state = State::new(inventory);
        let mut run = plan.run(inventory, &state, now);
        for day in 1..=days {
            plan.apply(inventory, &mut state, &run);
            run = plan.run(inventory, &state, now.plus_days(i64::from(day)));
        }
        let explanation = plan.explain(inventory, &state, &run, image)?;
        Some(Self { inventory, plan, now, state, run, image, explanation })
    }
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Explanation"))]
pub(crate) struct ExplanationWire<'a> {
    /// Instant of the first run.
    now: String,
    /// Instant of the run that is explained.
    at: String,
    /// Every assumption and its value.
    assumptions: Assumptions,
    /// The image as the report has it.
    image: ImageWire<'a>,
    considered: ConsideredWire,
    /// What the delete rule keeps of this image's recipe version; null without a delete rule or when the image
    /// is not considered.
    retention: Option<RetentionWire>,
    /// In the order of evaluation; empty when the image is not considered.
    rules: Vec<RuleWire<'a>>,
}

/// Which selector takes the image, or why none does.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Considered"))]
#[serde(rename_all = "lowercase")]
enum ConsideredWire {
    /// Index into `resourceSelection.recipes`.
    Recipe(usize),
    /// Index into the entries of `resourceSelection.tagMap`.
    Tag(usize),
    /// Not considered, for this reason.
    Not(#[cfg_attr(feature = "schema", schemars(with = "crate::verdict::Reason"))] &'static str),
}

/// An image's place among the considered images of its recipe version.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Retention"))]
struct RetentionWire {
    /// How many of the newest the delete rule keeps.
    keep: u32,
    /// How many count: considered, and neither failed nor cancelled.
    counted: u32,
    /// 1 is the newest; null when this image does not count.
    position: Option<u32>,
}

/// What one rule makes of an image.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "RuleTrace"))]
struct RuleWire<'a> {
    /// Index into `policyDetails`.
    rule: u8,
    #[cfg_attr(feature = "schema", schemars(with = "afterimage_policy::Action"))]
    action: &'static str,
    #[cfg_attr(feature = "schema", schemars(with = "FindingName"))]
    finding: &'static str,
    /// The excluded tag that the image carries.
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<TagWire<'a>>,
    /// For an age rule: the instant at which the image is old enough, past or to come.
    #[serde(skip_serializing_if = "Option::is_none")]
    reached: Option<String>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Tag"))]
struct TagWire<'a> {
    key: &'a str,
    value: &'a str,
}

/// What a rule makes of an image.
#[cfg(feature = "schema")]
#[derive(schemars::JsonSchema)]
#[schemars(rename = "Finding", rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(dead_code, reason = "read by the derive only")]
enum FindingName {
    /// The rule does not look at images in this state.
    OtherState,
    TooYoung,
    /// Inside the newest that the rule keeps.
    Retained,
    /// The image carries an excluded tag.
    Excluded,
    /// The rule acts.
    Acts,
    /// An earlier rule acts, or is assumed to end the evaluation.
    Waits,
}

impl Finding {
    fn name(&self) -> &'static str {
        match self {
            Self::OtherState => "OTHER_STATE",
            Self::TooYoung => "TOO_YOUNG",
            Self::Retained => "RETAINED",
            Self::Excluded(_) => "EXCLUDED",
            Self::Acts => "ACTS",
            Self::Waits => "WAITS",
        }
    }
}

impl Serialize for ExplanationReport<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = ImageRows::new(self.inventory, self.plan, &self.state, &self.run);
        let gone = || serde::ser::Error::custom("the image is not in the run");
        ExplanationWire {
            now: self.now.to_string(),
            at: self.run.at.to_string(),
            assumptions: self.plan.assumptions,
            image: rows.image(self.image).ok_or_else(gone)?,
            considered: match self.explanation.considered {
                Considered::Recipe(index) => ConsideredWire::Recipe(index),
                Considered::Tag(index) => ConsideredWire::Tag(index),
                Considered::No(reason) => ConsideredWire::Not(reason.as_str()),
            },
            retention: self
                .explanation
                .retention
                .map(|Retention { keep, counted, position }| RetentionWire { keep, counted, position }),
            rules: self.explanation.rules.iter().map(RuleWire::new).collect(),
        }
        .serialize(serializer)
    }
}

impl<'a> RuleWire<'a> {
    fn new(trace: &'a RuleTrace) -> Self {
        let tag = match &trace.finding {
            Finding::Excluded(Tag { key, value }) => Some(TagWire { key, value }),
            _ => None,
        };
        Self {
            rule: trace.rule,
            action: trace.action.as_str(),
            finding: trace.finding.name(),
            tag,
            reached: trace.reached.map(|at| at.to_string()),
        }
    }
}
