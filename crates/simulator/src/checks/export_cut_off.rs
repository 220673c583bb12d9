//! A list of which more pages follow than were loaded. What counts as cut off is told by `inventory/src/pages.rs`.

use afterimage_inventory::CutOff;
use afterimage_inventory::Inventory;
use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Severity;

use crate::checks::words::quoted;

macro_rules! remedy {
    () => {
        "export without `--max-items` and `--no-paginate`, or load the pages that follow after it"
    };
}

/// How to have all of a list that is cut off.
pub const LOAD_ALL_PAGES: &str = remedy!();

pub(super) const CHECK: Check = Check {
    code: "export-cut-off",
    severity: Severity::Warning,
    title: "export of which more pages follow",
    help: concat!(
        "AWS ends a page with a token when the list goes on, and the list's last page, which has none, was not loaded. What is missing meets its fate all the same, and an image that is missing may be the newest of its version. To see all, ",
        remedy!(),
        "."
    ),
    basis: Basis::Documented(
        "https://docs.aws.amazon.com/imagebuilder/latest/APIReference/API_ListImageBuildVersions.html",
    ),
};

pub(super) fn run(inventory: &Inventory, found: &mut Findings<'_>) {
    for CutOff { source, list } in &inventory.cut_off {
        found.report(
            "",
            format!(
                "{} ends with a token, so more pages of `{list}` follow, and the last is not loaded",
                quoted(source)
            ),
            LOAD_ALL_PAGES,
        );
    }
}
