//! Exports without a single image.

use afterimage_inventory::Inventory;
use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Severity;

pub(super) const CHECK: Check = Check {
    code: "no-images",
    severity: Severity::Warning,
    title: "exports without an image",
    help: "Nothing can be said of what the policy does, and that nothing is deleted means nothing. A wrong Region or profile makes such exports. Export the images with `aws imagebuilder list-image-build-versions` of the account and Region of the policy.",
    basis: Basis::Advice,
};

pub(super) fn run(inventory: &Inventory, found: &mut Findings<'_>) {
    if inventory.is_empty() {
        found.report(
            "",
            "there is no image in the exports",
            "check the Region and the profile of `aws imagebuilder list-image-build-versions`, and load what it writes",
        );
    }
}
