//! An update replaces the whole policy, and an omitted status means ENABLED.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::diagnostic::Severity;
use crate::model::Document;
use crate::model::Form;

pub(crate) const CHECK: Check = Check {
    code: "update-enables",
    severity: Severity::Warning,
    title: "update without a status",
    help: "An update replaces the whole policy, and one without `status` enables it, even if it was disabled. Write `status` as it is meant to be.",
    basis: Basis::Documented(source::UPDATE_API),
};

pub(crate) fn run(document: &Document, found: &mut Findings<'_>) {
    if document.form == Form::Update && document.enabled.is_none() && !found.unreadable("/status") {
        found.report(
            "/status",
            "an update without `status` enables the policy, even one that was disabled",
            "write `status`",
        );
    }
}
