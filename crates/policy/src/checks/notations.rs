//! What reading a notation other than the API's own finds. The findings are made in `notation`; here is what
//! they mean.

use crate::check::Basis;
use crate::check::Check;
use crate::check::source;
use crate::diagnostic::Severity;

pub(crate) const ALL: &[Check] = &[
    Check {
        code: "no-policy",
        severity: Severity::Error,
        title: "document that defines no lifecycle policy",
        help: "A template or a configuration has a policy in a resource of the type that is named. Give the document that has it, or the name of one that is there.",
        basis: Basis::Documented(source::CLOUDFORMATION),
    },
    Check {
        code: "several-policies",
        severity: Severity::Error,
        title: "document that defines several lifecycle policies",
        help: "One policy is looked at at a time. Choose it by its logical ID or its label.",
        basis: Basis::Advice,
    },
    Check {
        code: "unresolved-value",
        severity: Severity::Error,
        title: "value that decides about images and is worked out elsewhere",
        help: "A function of CloudFormation, an expression of Terraform or a variable of the shell stands where the value is needed to say what happens. Write the value itself.",
        basis: Basis::Advice,
    },
    Check {
        code: "value-from-elsewhere",
        severity: Severity::Warning,
        title: "value that is worked out elsewhere",
        help: "Nothing that happens to images depends on it, so the policy can be simulated. It stays as it is when the policy is written for the same tool; for another one, write the value itself.",
        basis: Basis::Advice,
    },
    Check {
        code: "not-part-of-policy",
        severity: Severity::Info,
        title: "attribute of the resource that is no part of the policy",
        help: "It tells CloudFormation or Terraform how to handle the resource. Carry it over by hand when the policy is converted.",
        basis: Basis::Documented(source::CLOUDFORMATION),
    },
    Check {
        code: "needs-quotes",
        severity: Severity::Warning,
        title: "text without quotes that YAML takes for something else",
        help: "Version 1.1 of YAML, which CloudFormation reads, has more words for true and false and more spellings of numbers than version 1.2. Write it in quotes.",
        basis: Basis::Documented(source::YAML),
    },
    Check {
        code: "unknown-command",
        severity: Severity::Error,
        title: "AWS CLI command that makes no lifecycle policy",
        help: "Only `create-lifecycle-policy` and `update-lifecycle-policy` carry a policy. Give one of them.",
        basis: Basis::Documented(source::CREATE_API),
    },
    Check {
        code: "unknown-option",
        severity: Severity::Warning,
        title: "option that is not looked at",
        help: "The command may say more about the policy than is seen here. Look whether the option does.",
        basis: Basis::Advice,
    },
    Check {
        code: "several-commands",
        severity: Severity::Warning,
        title: "more than one command",
        help: "Only the first command is looked at. Give one.",
        basis: Basis::Advice,
    },
    Check {
        code: "shorthand",
        severity: Severity::Error,
        title: "value in the AWS CLI's shorthand",
        help: "The shorthand leaves out types, which only the AWS CLI knows. Write the value as JSON.",
        basis: Basis::Advice,
    },
    Check {
        code: "in-another-file",
        severity: Severity::Error,
        title: "value that the command reads from a file",
        help: "Nothing beside the given text is read. Give that file, or write its content into the command.",
        basis: Basis::Advice,
    },
];
