//! Recipes or tags, one of them.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::diagnostic::Severity;
use crate::model::Document;

pub(crate) const CHECK: Check = Check {
    code: "no-selector",
    severity: Severity::Error,
    title: "selection by nothing",
    help: "A policy has to say which images it applies to. Select them by `recipes` or by `tagMap`.",
    basis: Basis::Documented(source::SELECTION),
};

pub(crate) fn run(document: &Document, found: &mut Findings<'_>) {
    let selection = document.resource_selection.as_ref();
    if selection.is_some_and(|selection| selection.recipes.is_none() && selection.tag_map.is_none())
        && !found.unreadable("/resourceSelection")
    {
        found.report(
            "/resourceSelection",
            "neither `recipes` nor `tagMap` says which images the policy applies to",
            "add one of them",
        );
    }
}
