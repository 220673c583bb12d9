//! A delete without its resources removes records only.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::checks::RuleView;
use crate::checks::add_include;
use crate::diagnostic::Severity;
use crate::model::Action;
use crate::model::ResourceType;

pub(crate) const CHECK: Check = Check {
    code: "deletes-record-only",
    severity: Severity::Warning,
    title: "DELETE that includes no resources",
    help: "The record of the image goes, its AMIs, snapshots or container images stay and keep costing, and no policy reaches them any more. Include them.",
    basis: Basis::Documented(source::SAMPLE),
};

pub(crate) fn run(rule: &RuleView<'_>, found: &mut Findings<'_>) {
    const INCLUDE: &str = "/action/includeResources";
    if rule.detail.action != Some(Action::Delete) || found.unreadable(INCLUDE) {
        return;
    }
    let include = rule.include();
    let on = |flag: Option<bool>| flag == Some(true);
    // A flag that says `false` was written on purpose; what to do about it is for its author to say.
    let unsaid = include.amis.is_none() && include.snapshots.is_none() && include.containers.is_none();
    let (message, help, flags): (_, _, &[&str]) = match rule.document.resource_type {
        Some(ResourceType::AmiImage) if !on(include.amis) && !on(include.snapshots) => (
            "only image records are deleted; their AMIs and snapshots stay and keep costing",
            "include `amis` and `snapshots`",
            &["amis", "snapshots"],
        ),
        Some(ResourceType::ContainerImage) if !on(include.containers) => (
            "only image records are deleted; their container images stay in the repository",
            "include `containers`",
            &["containers"],
        ),
        _ => return,
    };
    let finding = found.report(INCLUDE, message, help);
    if unsaid {
        finding.fix(help, add_include(rule, flags));
    }
}
