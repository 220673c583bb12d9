//! The vocabulary: what happens to an image or to one of its outputs, and why.

/// What a run does with an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// The action is predicted to fail, so the image keeps its state.
    pub failed: bool,
    /// Another instant within a day, or another documented month or year arithmetic, would change the verdict.
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
