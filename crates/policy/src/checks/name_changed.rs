//! Name and resource type cannot change: the name in the ARN is the policy's own, normalised.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::diagnostic::Operation;
use crate::diagnostic::Severity;
use crate::model::Document;
use crate::model::Form;
use crate::model::ONLY_ANSWERED;
use crate::model::normalised_name;
use crate::shape;

pub(crate) const CHECK: Check = Check {
    code: "name-changed",
    severity: Severity::Error,
    title: "name differs from that in the ARN",
    help: "The name in the ARN is the policy's own, and a policy cannot be renamed. Without the ARN and what else AWS answered it is a new policy under the new name; or take the name of the ARN.",
    basis: Basis::Documented(source::UPDATE_API),
};

pub(crate) fn run(document: &Document, found: &mut Findings<'_>) {
    let arn = document.arn.as_deref().and_then(shape::policy_arn);
    if let (Some((_, _, in_arn)), Some(name)) = (arn, &document.name)
        && normalised_name(name) != normalised_name(in_arn)
    {
        let finding = found.report(
            "/name",
            format!("the name `{name}` is not the `{in_arn}` of the ARN, and a policy cannot be renamed"),
            "leave out the ARN, for a new policy, or take the name of the ARN",
        );
        if document.form == Form::Get {
            let dates = [&document.date_created, &document.date_updated, &document.date_last_run];
            let there = std::iter::once(true).chain(dates.map(Option::is_some));
            let answered = ONLY_ANSWERED.into_iter().zip(there).filter(|(_, is_there)| *is_there);
            let no_tags = document.tags.as_ref().is_some_and(Vec::is_empty);
            let members = answered.map(|(member, _)| member).chain(no_tags.then_some("tags"));
            finding.fix(
                "make it a new policy, without the ARN",
                members.map(|member| Operation::remove(format!("/{member}"))),
            );
        }
    }
}
