//! A list of which more pages follow than were loaded.

use afterimage_inventory::CutOff;
use afterimage_inventory::Inventory;
use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Severity;

use crate::checks::words::quoted;

pub(super) const CHECK: Check = Check {
    code: "export-cut-off",
    severity: Severity::Warning,
    title: "export of which more pages follow",
    help: "AWS ends a page with a token when the list goes on, and no page after it was loaded. What is missing meets its fate all the same, and an image that is missing may be the newest of its version. Export without `--max-items` and `--no-paginate`, or load the pages that follow, in their order.",
    basis: Basis::Documented(
        "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_ListImageBuildVersions.html",
    ),
};

pub(super) fn run(inventory: &Inventory, found: &mut Findings<'_>) {
    for CutOff { source, list } in &inventory.cut_off {
        found.report(
            "",
            format!(
                "{} ends with a token, so more pages of `{list}` follow, and none is loaded",
                quoted(source)
            ),
            "export without `--max-items` and `--no-paginate`, or load the pages that follow, in their order",
        );
    }
}
