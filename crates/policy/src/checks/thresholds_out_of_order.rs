//! Deprecate, disable, delete at growing ages: no source enforces it, but one action a night makes another
//! order act later than it reads.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::checks::Taken;
use crate::diagnostic::Severity;
use crate::model::DetailDocument;
use crate::model::FilterType;
use crate::model::Unit;

pub(crate) const CHECK: Check = Check {
    code: "thresholds-out-of-order",
    severity: Severity::Warning,
    title: "ages that do not grow from deprecate to delete",
    help: "An image goes without the step whose age comes later, unless it is old enough for both at once, as it is at equal ages: then it takes one step a night. Let the ages grow from deprecate to disable to delete.",
    basis: Basis::Inferred(source::EXECUTION),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    let (Some(action), Some(mine)) = (rule.detail.action, Age::of(rule.detail, rule.taken)) else { return };
    let earlier = |comes: fn(&Age, &Age) -> bool| {
        let rules = rule.document.policy_details.iter();
        let known = rules.filter_map(|other| Some((other.action?, Age::of(other, rule.taken)?)));
        known.filter(|(other, age)| *other < action && comes(&mine, age)).map(|(other, _)| other).max()
    };
    let said = if let Some(other) = earlier(Age::is_lower) {
        format!("at a lower age than {}, so images go without that step", other.as_str())
    } else if let Some(other) = earlier(Age::eq) {
        format!(
            "at the same age as {}, and a night after it, since an image takes one step a night",
            other.as_str()
        )
    } else if let Some(other) = earlier(Age::is_near) {
        format!("at about the age of {}, and the length of the months decides which is first", other.as_str())
    } else {
        return;
    };
    found.report(
        "/filter/value",
        format!("{} comes {said}", action.as_str()),
        "let the ages grow from deprecate to disable to delete",
    );
}

#[derive(PartialEq)]
struct Age {
    /// Twelfths of a day, so that twelve months of the calendar are one year.
    length: u64,
    /// Months of the calendar: none in days and weeks.
    months: u64,
}

impl Age {
    fn of(detail: &DetailDocument, taken: Taken) -> Option<Self> {
        let is_age = detail.filter_type == Some(FilterType::Age);
        let value = detail.value.filter(|_| is_age).map(u64::from)?;
        let (length, months) = match detail.unit? {
            Unit::Days => (12, 0),
            Unit::Weeks => (84, 0),
            Unit::Months if taken.fixed_days => (360, 0),
            Unit::Years if taken.fixed_days => (4380, 0),
            Unit::Months => (365, 1),
            Unit::Years => (4380, 12),
        };
        Some(Self { length: value.saturating_mul(length), months: value.saturating_mul(months) })
    }

    fn is_lower(&self, other: &Self) -> bool {
        self.length < other.length && !self.is_near(other)
    }

    /// Whether months that are shorter or longer than others may turn the order about: by three days at most, and by
    /// a leap day in four years.
    fn is_near(&self, other: &Self) -> bool {
        let most = self.months.max(other.months).saturating_div(4).saturating_add(36);
        (self.months == 0) != (other.months == 0) && self.length.abs_diff(other.length) <= most
    }
}
