//! New versions of a recipe fall out of the scope of an exact version.

use afterimage_inventory::sort;
use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::RecipeSelector;
use afterimage_policy::Selection;
use afterimage_policy::Severity;
use afterimage_policy::source;

use crate::checks::survey::Survey;
use crate::checks::words;
use crate::checks::words::counted;
use crate::checks::words::listed;
use crate::checks::words::quoted;

pub(super) const CHECK: Check = Check {
    code: "newer-versions-unmanaged",
    severity: Severity::Warning,
    title: "exact version of a recipe that has newer ones",
    help: "Images of the newer versions are out of the policy's reach, and those of this one are no longer built, so the policy soon has nothing to do. Select them with a wildcard such as `1.x.x` or `x.x.x`, or add an entry for each.",
    basis: Basis::Documented(source::CREATE),
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    let Selection::Recipes(recipes) = &survey.policy.selection else { return };
    let text = |text| survey.inventory.text(text);
    for (index, selector) in recipes.iter().enumerate() {
        let Some(mine) = exact(selector) else { continue };
        // Of several exact versions the newest speaks for all.
        let newer_entry = |other: &RecipeSelector| {
            survey.names.alike(&other.name, &selector.name) && exact(other).is_some_and(|other| other > mine)
        };
        if recipes.iter().any(newer_entry) {
            continue;
        }
        let newer = survey
            .built_groups()
            .filter(|group| survey.names.agree(selector, survey.inventory, group))
            .filter(|group| !recipes.iter().any(|selector| survey.selects(selector, group)))
            .filter_map(|group| Some((version(text(group.version))?, text(group.version))))
            .filter(|(version, _)| *version > mine);
        let newer = sort::distinct(newer);
        if !newer.is_empty() {
            found.report(
                &format!("/resourceSelection/recipes/{index}/semanticVersion"),
                format!(
                    "{} {} leaves out {} of the recipe: {}",
                    quoted(&selector.name),
                    words::version(selector),
                    counted(newer.len(), "newer version"),
                    listed(newer.iter().rev().map(|(_, text)| text)),
                ),
                "select them with a wildcard such as `x.x.x`, or with an entry of their own",
            );
        }
    }
}

type Version = [u64; 3];

fn exact(selector: &RecipeSelector) -> Option<Version> {
    let [Some(_), Some(_), Some(_)] = &selector.version else { return None };
    version(&words::version(selector))
}

fn version(text: &str) -> Option<Version> {
    let mut nodes = text.split('.').map(|node| node.parse().ok());
    let version = [nodes.next()??, nodes.next()??, nodes.next()??];
    nodes.next().is_none().then_some(version)
}
