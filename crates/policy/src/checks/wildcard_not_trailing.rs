//! Once a node is `x`, so is every node to its right. Documented for versions in general; whether the service
//! enforces it for policies is not.

use crate::check::Basis;
use crate::check::Check;
use crate::check::Findings;
use crate::check::source;
use crate::diagnostic::Severity;
use crate::model::Document;
use crate::shape;

pub(crate) const CHECK: Check = Check {
    code: "wildcard-not-trailing",
    severity: Severity::Error,
    title: "version with a number to the right of a wildcard",
    help: "Image Builder's versions take `x` from some place on to the end. Use `1.0.x`, `1.x.x` or `x.x.x`, or several recipes.",
    basis: Basis::Inferred(source::CREATE),
};

pub(crate) fn run(document: &Document, found: &mut Findings<'_>) {
    let recipes = document.resource_selection.iter().flat_map(|selection| &selection.recipes).flatten();
    for (index, recipe) in recipes.enumerate() {
        let Some(text) = &recipe.semantic_version else { continue };
        let Some(version) = shape::version(text) else { continue };
        let first = version.iter().position(Option::is_none).unwrap_or(version.len());
        if version.iter().skip(first).any(Option::is_some) {
            found.report(
                &format!("/resourceSelection/recipes/{index}/semanticVersion"),
                format!("`{text}` has a number to the right of an `x`"),
                "use `1.0.x`, `1.x.x` or `x.x.x`",
            );
        }
    }
}
