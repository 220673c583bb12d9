//! Recipes or tags, not both.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::diagnostic::Severity;
use crate::model::Document;

pub(crate) const CHECK: Check = Check {
    code: "two-selectors",
    severity: Severity::Error,
    title: "selection by recipes and by tags",
    help: "A policy selects images by recipes or by tags. Remove one of the two; to have both, write two policies.",
    basis: Basis::Documented(source::SELECTION),
};

pub(crate) fn run(document: &Document, found: &mut Findings<'_>) {
    let selection = document.resource_selection.as_ref();
    if selection.is_some_and(|selection| selection.recipes.is_some() && selection.tag_map.is_some()) {
        found.report(
            "/resourceSelection",
            "images are selected by `recipes` and by `tagMap`, and only one of them is allowed",
            "remove one; use two policies for both",
        );
    }
}
