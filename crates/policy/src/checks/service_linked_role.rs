//! A service-linked role is a role, but none that a policy can run as.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::diagnostic::Severity;
use crate::model::Document;

pub(crate) const CHECK: Check = Check {
    code: "service-linked-role",
    severity: Severity::Warning,
    title: "service-linked role as the execution role",
    help: "Image Builder runs a lifecycle policy as a role of yours, and a service-linked role such as `AWSServiceRoleForImageBuilder` is not accepted as one. Name a role that trusts `imagebuilder.amazonaws.com` and has the managed policy `EC2ImageBuilderLifecycleExecutionPolicy`.",
    basis: Basis::Documented(source::CREATE),
};

pub(crate) fn run(document: &Document, found: &mut Findings<'_>) {
    let Some(role) = &document.execution_role else { return };
    let name = role.rsplit('/').next();
    if role.contains(":role/aws-service-role/") || name == Some("AWSServiceRoleForImageBuilder") {
        found.report(
            "/executionRole",
            "this is a service-linked role, and no lifecycle policy can run as one",
            "name a role of your own that trusts `imagebuilder.amazonaws.com`",
        );
    }
}
