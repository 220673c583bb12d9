//! The vocabulary: what happens to an image or to one of its outputs, and why.

use std::ops::RangeInclusive;

use afterimage_policy::Action;

/// What a run does with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum Verdict {
    Deprecate,
    Disable,
    Delete,
    /// A rule would have acted; an exclusion stopped it.
    Skip,
    /// Considered, and left as it is.
    Keep,
    /// Not considered by this policy in this run.
    Ignore,
}

/// What a run does with an AMI, a snapshot or a container image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum OutputVerdict {
    Deprecate,
    Disable,
    Delete,
    Skip,
    /// Stays as it is although its image is acted on.
    Left,
    /// The action is tried and refused.
    Fail,
}

/// Why. The names are ours: AWS publishes none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum Reason {
    Age,
    Count,
    FailedBuild,
    ImageTag,
    Retained,
    TooYoung,
    NoRuleForState,
    PolicyDisabled,
    AlreadyDeleted,
    OtherType,
    OtherOwner,
    OtherRegion,
    NotSelected,
    Building,
    Region,
    Public,
    AmiTag,
    SharedAccount,
    LastLaunched,
    NotIncluded,
    DeregistrationProtected,
    AmiKept,
}

/// The verdict on one image in one run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    pub verdict: Verdict,
    pub reason: Reason,
    /// Index into `policyDetails` as the user wrote them.
    pub rule: Option<u8>,
    /// The action is predicted to fail.
    pub failed: bool,
    /// The image keeps its state although a rule acts: its deletion fails, or is assumed to wait for an AMI
    /// that an exclusion spares.
    pub stays: bool,
    /// Another instant within a day, another way to count months and years, or an age counted from the end of
    /// a build that took more than a day, would change the verdict.
    pub boundary: bool,
}

impl Verdict {
    pub const ALL: [Self; 6] =
        [Self::Deprecate, Self::Disable, Self::Delete, Self::Skip, Self::Keep, Self::Ignore];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deprecate => "DEPRECATE",
            Self::Disable => "DISABLE",
            Self::Delete => "DELETE",
            Self::Skip => "SKIP",
            Self::Keep => "KEEP",
            Self::Ignore => "IGNORE",
        }
    }

    pub fn is_action(self) -> bool {
        matches!(self, Self::Deprecate | Self::Disable | Self::Delete)
    }
}

impl OutputVerdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deprecate => "DEPRECATE",
            Self::Disable => "DISABLE",
            Self::Delete => "DELETE",
            Self::Skip => "SKIP",
            Self::Left => "LEFT",
            Self::Fail => "FAIL",
        }
    }
}

impl Reason {
    /// Why an image is not considered, in the order in which the first that holds is given.
    pub(crate) const CONSIDERATION: [Self; 7] = [
        Self::PolicyDisabled,
        Self::AlreadyDeleted,
        Self::OtherType,
        Self::OtherOwner,
        Self::OtherRegion,
        Self::NotSelected,
        Self::Building,
    ];

    pub const ALL: [Self; 22] = [
        Self::Age,
        Self::Count,
        Self::FailedBuild,
        Self::ImageTag,
        Self::Retained,
        Self::TooYoung,
        Self::NoRuleForState,
        Self::PolicyDisabled,
        Self::AlreadyDeleted,
        Self::OtherType,
        Self::OtherOwner,
        Self::OtherRegion,
        Self::NotSelected,
        Self::Building,
        Self::Region,
        Self::Public,
        Self::AmiTag,
        Self::SharedAccount,
        Self::LastLaunched,
        Self::NotIncluded,
        Self::DeregistrationProtected,
        Self::AmiKept,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Age => "AGE",
            Self::Count => "COUNT",
            Self::FailedBuild => "FAILED_BUILD",
            Self::ImageTag => "IMAGE_TAG",
            Self::Retained => "RETAINED",
            Self::TooYoung => "TOO_YOUNG",
            Self::NoRuleForState => "NO_RULE_FOR_STATE",
            Self::PolicyDisabled => "POLICY_DISABLED",
            Self::AlreadyDeleted => "ALREADY_DELETED",
            Self::OtherType => "OTHER_TYPE",
            Self::OtherOwner => "OTHER_OWNER",
            Self::OtherRegion => "OTHER_REGION",
            Self::NotSelected => "NOT_SELECTED",
            Self::Building => "BUILDING",
            Self::Region => "REGION",
            Self::Public => "PUBLIC",
            Self::AmiTag => "AMI_TAG",
            Self::SharedAccount => "SHARED_ACCOUNT",
            Self::LastLaunched => "LAST_LAUNCHED",
            Self::NotIncluded => "NOT_INCLUDED",
            Self::DeregistrationProtected => "DEREGISTRATION_PROTECTED",
            Self::AmiKept => "AMI_KEPT",
        }
    }
}

/// What a run decides about an image, apart from how the action ends: a row of [`DECISIONS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decision(u8);

/// Everything that can be decided. The action names the rule, since a policy has one rule per action.
const DECISIONS: [(Verdict, Reason, Option<Action>); 22] = {
    use Action as A;
    use Reason as R;
    use Verdict as V;
    [
        (V::Ignore, R::PolicyDisabled, None),
        (V::Ignore, R::AlreadyDeleted, None),
        (V::Ignore, R::OtherType, None),
        (V::Ignore, R::OtherOwner, None),
        (V::Ignore, R::OtherRegion, None),
        (V::Ignore, R::NotSelected, None),
        (V::Ignore, R::Building, None),
        (V::Keep, R::NoRuleForState, None),
        (V::Keep, R::TooYoung, Some(A::Deprecate)),
        (V::Keep, R::TooYoung, Some(A::Disable)),
        (V::Keep, R::TooYoung, Some(A::Delete)),
        (V::Keep, R::Retained, Some(A::Deprecate)),
        (V::Keep, R::Retained, Some(A::Disable)),
        (V::Keep, R::Retained, Some(A::Delete)),
        (V::Skip, R::ImageTag, Some(A::Deprecate)),
        (V::Skip, R::ImageTag, Some(A::Disable)),
        (V::Skip, R::ImageTag, Some(A::Delete)),
        (V::Deprecate, R::Age, Some(A::Deprecate)),
        (V::Disable, R::Age, Some(A::Disable)),
        (V::Delete, R::Age, Some(A::Delete)),
        (V::Delete, R::Count, Some(A::Delete)),
        (V::Delete, R::FailedBuild, Some(A::Delete)),
    ]
};

impl Decision {
    pub(crate) const COUNT: usize = DECISIONS.len();

    /// INVARIANT: the numbers of the decisions to act.
    pub(crate) const ACTS: RangeInclusive<u8> = 17..=21;

    /// The decision with this number, below [`Self::COUNT`].
    pub(crate) fn numbered(number: u8) -> Self {
        Self(number)
    }

    pub(crate) fn number(self) -> u8 {
        self.0
    }

    pub(crate) fn new(verdict: Verdict, reason: Reason, action: Option<Action>) -> Self {
        let row = DECISIONS.iter().position(|&row| row == (verdict, reason, action));
        debug_assert!(row.is_some(), "{verdict:?} {reason:?} {action:?}");
        Self(row.unwrap_or_default() as u8)
    }

    pub(crate) fn ignore(reason: Reason) -> Self {
        Self::new(Verdict::Ignore, reason, None)
    }

    pub(crate) fn verdict(self) -> Verdict {
        self.row().0
    }

    pub(crate) fn reason(self) -> Reason {
        self.row().1
    }

    /// The action of the rule that decides.
    pub(crate) fn action(self) -> Option<Action> {
        self.row().2
    }

    fn row(self) -> (Verdict, Reason, Option<Action>) {
        DECISIONS.get(usize::from(self.0)).copied().unwrap_or(DECISIONS[0])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_decisions_to_act_are_the_last_ones() {
        for number in 0..Decision::COUNT as u8 {
            let decision = Decision::numbered(number);
            assert_eq!(Decision::ACTS.contains(&number), decision.verdict().is_action(), "{decision:?}");
        }
    }
}
