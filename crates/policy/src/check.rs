//! What every check has in common, here and in the simulator.

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Fix;
use crate::diagnostic::Operation;
use crate::diagnostic::Severity;

/// A check, for those who read about it: SARIF rules and `docs/checks.md` are made of this.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// Stable name: the code of its diagnostics.
    pub code: &'static str,
    pub severity: Severity,
    /// What is found, in a few words.
    pub title: &'static str,
    /// Why it matters and what to do, in sentences.
    pub help: &'static str,
    pub basis: Basis,
}

/// How it is known that there is a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// AWS says so, at this address.
    Documented(&'static str),
    /// It follows from what AWS says or from what its own tools do, at this address.
    Inferred(&'static str),
    /// It follows from what the policy and the exports say; the judgement is ours.
    Advice,
}

/// Public pages that checks refer to.
pub mod source {
    pub const RULES: &str =
        "https://docs.aws.amazon.com/imagebuilder/latest/userguide/image-lifecycle-rules.html";
    pub const EXECUTION: &str =
        "https://docs.aws.amazon.com/imagebuilder/latest/userguide/lifecycle-policy-execution.html";
    pub const CREATE: &str =
        "https://docs.aws.amazon.com/imagebuilder/latest/userguide/create-lifecycle-policies.html";
    pub const CREATE_API: &str =
        "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_CreateLifecyclePolicy.html";
    pub const UPDATE_API: &str =
        "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_UpdateLifecyclePolicy.html";
    pub const FILTER: &str =
        "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyDetailFilter.html";
    pub const INCLUDE: &str = "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyDetailActionIncludeResources.html";
    pub const AMI_EXCLUSIONS: &str = "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyDetailExclusionRulesAmis.html";
    pub const SELECTION: &str = "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_LifecyclePolicyResourceSelection.html";
    pub const STATE_UPDATE: &str =
        "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_StartResourceStateUpdate.html";
    pub const SAMPLE: &str =
        "https://github.com/aws-samples/amazon-ec2-image-builder-samples/tree/HEAD/lifecycle";
    pub const CDK: &str =
        "https://docs.aws.amazon.com/cdk/api/v2/docs/@aws-cdk_aws-imagebuilder-alpha.LifecyclePolicy.html";
    pub const EC2_ATTRIBUTE: &str =
        "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImageAttribute.html";
    pub const EC2_DISABLE: &str = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/disable-an-ami.html";
    pub const CLOUDFORMATION: &str = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-imagebuilder-lifecyclepolicy.html";
    pub const YAML: &str =
        "https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html";
    pub const JSON: &str = "https://www.rfc-editor.org/rfc/rfc8259";
}

/// Where a check puts what it finds.
#[derive(Debug)]
pub struct Findings<'a> {
    check: &'a Check,
    /// Pointer that the check's places start from.
    root: &'a str,
    pub(crate) out: &'a mut Vec<Diagnostic>,
}

/// A finding, to which a fix can be added.
#[derive(Debug)]
pub struct Finding<'a> {
    root: &'a str,
    fix: Option<&'a mut Option<Fix>>,
}

impl<'a> Findings<'a> {
    pub fn new(check: &'a Check, root: &'a str, out: &'a mut Vec<Diagnostic>) -> Self {
        Self { check, root, out }
    }

    /// Reports a problem at a place below the root.
    pub fn report(
        &mut self,
        place: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> Finding<'_> {
        self.out.push(Diagnostic {
            code: self.check.code,
            severity: self.check.severity,
            path: format!("{}{place}", self.root),
            message: message.into(),
            help: help.into(),
            fix: None,
        });
        Finding { root: self.root, fix: self.out.last_mut().map(|diagnostic| &mut diagnostic.fix) }
    }

    /// Whether something stands at this place that could not be read: then it is not absent, and reading it
    /// has already said what is wrong.
    pub(crate) fn unreadable(&self, place: &str) -> bool {
        let path = format!("{}{place}", self.root);
        self.out.iter().any(|diagnostic| {
            diagnostic.severity == Severity::Error
                && diagnostic
                    .path
                    .strip_prefix(&path)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    }
}

impl Finding<'_> {
    /// Says how the finding can be ended; pointers start from the check's root.
    pub fn fix(self, title: impl Into<String>, patch: impl IntoIterator<Item = Operation>) {
        if let Some(fix) = self.fix {
            *fix = Some(Fix::new(self.root, title, patch));
        }
    }
}
