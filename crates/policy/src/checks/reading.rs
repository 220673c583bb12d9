//! What reading a document finds by itself, member by member: the limits of the API's shapes. The findings
//! are made in `read.rs`; here is what they mean.

use crate::check::Basis;
use crate::check::Check;
use crate::check::source;
use crate::diagnostic::Severity;

pub(crate) const ALL: &[Check] = &[
    error(
        "syntax",
        "text that is no document",
        "The text breaks off being well-formed at the place that is named. Mend it there; everything before it is well-formed.",
        source::JSON,
    ),
    Check {
        code: "unknown-member",
        severity: Severity::Warning,
        title: "member that the API's shape does not have",
        help: "The member is left out, and so is what it was to say. Correct its name, or take it out.",
        basis: Basis::Documented(source::CREATE_API),
    },
    error(
        "duplicate-member",
        "member or tag that stands in an object twice",
        "Most readers silently take the last one. Keep one.",
        source::JSON,
    ),
    error(
        "missing-member",
        "required member that is missing",
        "The service refuses a request without it. Add it.",
        source::CREATE_API,
    ),
    error(
        "wrong-type",
        "value of the wrong type",
        "The service refuses a value of another type, such as a number in quotes. Write it as the API has it.",
        source::CREATE_API,
    ),
    error(
        "out-of-range",
        "number outside its range",
        "Ages and counts go from 1 to 1000, `retainAtLeast` from 1 to 10, a period of recent launches from 1 to 365. Write a number in the range.",
        source::FILTER,
    ),
    error(
        "unknown-value",
        "word that the API does not have",
        "The API's words are in capitals and have no other spelling. Write one of those that are listed.",
        source::CREATE_API,
    ),
    error(
        "size",
        "list or map with too few or too many entries",
        "A policy has one to three rules and one to fifty recipes or tags; a map that is there is not empty. Leave an empty one out where it is optional, and spread a long one over several policies.",
        source::CREATE_API,
    ),
    Check {
        code: "empty-in-answer",
        severity: Severity::Info,
        title: "empty list or map in an answer of the service",
        help: "Some clients print members that are not there as empty ones. It counts as absent; a request with it would be refused.",
        basis: Basis::Advice,
    },
    error(
        "length",
        "text that is too short or too long",
        "The service refuses text outside these limits. Shorten it, or leave it out where it is optional.",
        source::CREATE_API,
    ),
    error(
        "invalid-arn",
        "ARN that is not of a lifecycle policy",
        "The ARN says which policy is updated. Copy it from the policy itself.",
        source::UPDATE_API,
    ),
    error(
        "invalid-name",
        "name that the API does not allow",
        "Names of policies and recipes have 3 to 128 letters, digits, hyphens and underscores, with spaces only inside.",
        source::CREATE_API,
    ),
    error(
        "invalid-role",
        "execution role that is neither a name nor an ARN",
        "Write the name of an IAM role, or its ARN. A service-linked role does not do.",
        source::CREATE_API,
    ),
    error(
        "invalid-account",
        "account that is not twelve digits",
        "Account IDs are strings of twelve digits: in quotes, with leading zeros, without hyphens.",
        source::AMI_EXCLUSIONS,
    ),
    error(
        "invalid-version",
        "recipe version that is not three numbers or wildcards",
        "Write three numbers such as `1.0.0`, with `x` for any: `1.0.x`, `1.x.x`, `x.x.x`. Builds are not part of it.",
        source::CREATE,
    ),
    error(
        "invalid-tag-key",
        "tag key that AWS does not allow",
        "Tag keys have 1 to 128 letters, digits, spaces and _ . : / = + - @, and do not begin with `aws:`.",
        source::CREATE_API,
    ),
];

const fn error(code: &'static str, title: &'static str, help: &'static str, at: &'static str) -> Check {
    Check { code, severity: Severity::Error, title, help, basis: Basis::Documented(at) }
}
