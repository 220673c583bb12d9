//! The service treats names that differ in case, spaces and underscores as one. That it does so for the names
//! in a policy is an assumption, and the reader should know that it was made.

use afterimage_policy::Basis;
use afterimage_policy::Check;
use afterimage_policy::Findings;
use afterimage_policy::Operation;
use afterimage_policy::Selection;
use afterimage_policy::Severity;
use afterimage_policy::json::Json;
use afterimage_policy::source;

use crate::checks::survey::Survey;
use crate::checks::words::quoted;

pub(super) const CHECK: Check = Check {
    code: "recipe-name-spelling",
    severity: Severity::Info,
    title: "recipe name in another spelling than in the exports",
    help: "The service writes names in lower case, with hyphens for spaces and underscores, and takes names that differ only so for the same. That it does so for the names in a policy is an assumption. Write the name as the exports do, and nothing hangs on it.",
    basis: Basis::Inferred(source::CREATE_API),
};

pub(super) fn run(survey: &Survey<'_>, found: &mut Findings<'_>) {
    let Selection::Recipes(recipes) = &survey.policy.selection else { return };
    for (index, selector) in recipes.iter().enumerate() {
        let groups = survey.inventory.groups.iter().filter(|group| survey.selects(selector, group));
        let mut names = groups.map(|group| survey.inventory.text(group.recipe_name));
        let Some(first) = names.next().filter(|&name| name != selector.name) else { continue };
        if names.all(|name| name != selector.name) {
            let place = format!("/resourceSelection/recipes/{index}/name");
            let (mine, theirs) = (quoted(&selector.name), quoted(first));
            found
                .report(
                    &place,
                    format!("{mine} is taken to select images of the recipe {theirs}"),
                    format!("write {theirs}, as the exports do"),
                )
                .fix(format!("write {theirs}"), [Operation::replace(place, Json::String(first.to_owned()))]);
        }
    }
}
