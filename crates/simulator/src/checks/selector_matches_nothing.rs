//! An entry of the selection that fits no image of the exports, whatever its owner and state.

use afterimage_inventory::sort;
use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Selection;
use afterimage_policy::Severity;
use afterimage_policy::json::escape;

use crate::checks::survey::Survey;
use crate::checks::words;
use crate::checks::words::listed;
use crate::checks::words::meant;
use crate::checks::words::quoted;

pub(super) const CHECK: Check = Check {
    code: "selector-matches-nothing",
    severity: Severity::Warning,
    title: "recipe or tag that no image has",
    help: "The policy does nothing for such an entry. It is misspelled, or the exports lack the images it is for: compare it with what the exports have, and export again if need be.",
    basis: Basis::Advice,
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    let kind = survey.of_its_type();
    match &survey.policy.selection {
        Selection::Recipes(recipes) => {
            for (index, selector) in recipes.iter().enumerate() {
                if survey.built_groups().any(|group| survey.selects(selector, group)) {
                    continue;
                }
                let text = |text| survey.inventory.text(text);
                let same = survey
                    .built_groups()
                    .filter(|group| survey.names.agree(selector, survey.inventory, group));
                let versions = sort::distinct(same.map(|group| text(group.version)));
                let names = survey.built_groups().map(|group| text(group.recipe_name));
                let names = meant(&selector.name, names);
                let name = quoted(&selector.name);
                let recipe = if versions.is_empty() {
                    format!("a recipe {name}")
                } else {
                    format!("version `{}` of {name}", words::version(selector))
                };
                let help = if !versions.is_empty() {
                    format!("check the version; there are images of {}", listed(versions))
                } else if !names.is_empty() {
                    format!("check the spelling; there are images of {}", listed(names))
                } else {
                    format!("check the exports; none of their images{kind} was built from a recipe")
                };
                found.report(
                    &format!("/resourceSelection/recipes/{index}"),
                    format!("no image{kind} in the exports was built from {recipe}"),
                    help,
                );
            }
        }
        Selection::Tags(tags) => {
            for tag in tags {
                if !survey.on_images(&survey.tags, tag) && !survey.only_on_amis(tag) {
                    found.report(
                        &format!("/resourceSelection/tagMap/{}", escape(&tag.key)),
                        format!("no image{kind} in the exports has the tag {}", words::tag(tag)),
                        survey.instead_of(tag, &survey.tags),
                    );
                }
            }
        }
    }
}
