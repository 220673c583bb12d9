//! Reasons in words. AWS publishes none of its own; these are Afterimage's, and begin with the name that the
//! simulator gives the reason.

use afterimage_simulator::Reason;

use crate::execution::Phase;
use crate::execution::Status;

pub(crate) const ASKED_FOR: &str = "ASKED_FOR: a StartResourceStateUpdate request asked for it";
pub(crate) const NOT_REACHED: &str =
    "NOT_REACHED: the execution was cancelled before it came to this resource";

pub(crate) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Age => "AGE: the image has reached the age of the rule",
        Reason::Count => "COUNT: newer images of its recipe version fill the count of the rule",
        Reason::FailedBuild => "FAILED_BUILD: the build failed or was cancelled",
        Reason::ImageTag => "IMAGE_TAG: the image has a tag that the rule excludes",
        Reason::Region => "REGION: the AMI is in a Region that is excluded",
        Reason::Public => "PUBLIC: the AMI is public, and public AMIs are excluded",
        Reason::AmiTag => "AMI_TAG: the AMI has a tag that is excluded",
        Reason::SharedAccount => "SHARED_ACCOUNT: the AMI is shared with an account that is excluded",
        Reason::LastLaunched => "LAST_LAUNCHED: the AMI was launched lately",
        Reason::DeregistrationProtected => {
            "DEREGISTRATION_PROTECTED: the AMI is protected from deregistration"
        }
        Reason::AmiKept => "AMI_KEPT: the AMI stays, and so does its snapshot",
        Reason::NotIncluded => "NOT_INCLUDED: the action does not include the resource",
        // No execution lists a resource for these.
        other => other.as_str(),
    }
}

/// Why an execution is in its phase, where the phase alone does not say it.
pub(crate) fn phase(phase: Phase) -> Option<&'static str> {
    match phase {
        Phase::Paused => Some("PAUSED: the execution goes on with the next daily run"),
        Phase::Scheduled(_) => Some("SCHEDULED: the execution waits for the time that was asked for"),
        Phase::Ended(_, Status::Failed) => {
            Some("RESOURCE_FAILED: the action on at least one resource failed")
        }
        Phase::Running(_) | Phase::Cancelling(_) | Phase::Ended(..) => None,
    }
}
