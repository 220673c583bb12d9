//! Name and resource type cannot change: the name in the ARN is the policy's own, normalised.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::diagnostic::Severity;
use crate::model::Document;
use crate::model::normalised_name;
use crate::shape;

pub(crate) const CHECK: Check = Check {
    code: "name-changed",
    severity: Severity::Error,
    title: "name differs from that in the ARN",
    help: "The name in the ARN is the policy's own, and a policy cannot be renamed. Create a new policy under the new name, or take the name of the ARN.",
    basis: Basis::Documented(source::UPDATE_API),
};

pub(crate) fn run(document: &Document, found: &mut Findings<'_>) {
    let arn = document.arn.as_deref().and_then(shape::policy_arn);
    if let (Some((_, _, in_arn)), Some(name)) = (arn, &document.name)
        && normalised_name(name) != normalised_name(in_arn)
    {
        found.report(
            "/name",
            format!("the name `{name}` is not the `{in_arn}` of the ARN, and a policy cannot be renamed"),
            "create a new policy, or take the name of the ARN",
        );
    }
}
