//! Policies to begin with, each with what it is for.

use afterimage_policy::json::Json;

use crate::edit::all_recipes;
use crate::edit::shown;
use crate::protocol::Known;
use crate::state::parsed;

/// Stands for a recipe where none is known, so that a policy is valid; a warning says that it selects nothing.
const STAND_IN: &str = "my-recipe";

pub(crate) struct Template {
    pub title: &'static str,
    pub about: &'static str,
    /// Name, resource type and rules.
    text: &'static str,
}

pub(crate) const TEMPLATES: [Template; 5] = [
    Template {
        title: "Keep the newest 10",
        about: "Deletes what is beyond the newest 10 images of each recipe version, with AMIs and snapshots, whatever \
                its age. Each new recipe version begins its own count, and the old one keeps its 10 for ever.",
        text: r#"{"name": "keep-newest-10", "resourceType": "AMI_IMAGE", "policyDetails": [
            {"action": {"type": "DELETE", "includeResources": {"amis": true, "snapshots": true}},
             "filter": {"type": "COUNT", "value": 10}}]}"#,
    },
    Template {
        title: "Progressive age",
        about: "Deprecates after 90 days, disables after 120 and deletes after 180, one step a night, so an old fleet \
                takes three nights. The newest 2 of each recipe version are never deleted.",
        text: r#"{"name": "progressive-age", "resourceType": "AMI_IMAGE", "policyDetails": [
            {"action": {"type": "DEPRECATE", "includeResources": {"amis": true}},
             "filter": {"type": "AGE", "value": 90, "unit": "DAYS"}},
            {"action": {"type": "DISABLE", "includeResources": {"amis": true}},
             "filter": {"type": "AGE", "value": 120, "unit": "DAYS"}},
            {"action": {"type": "DELETE", "includeResources": {"amis": true, "snapshots": true}},
             "filter": {"type": "AGE", "value": 180, "unit": "DAYS", "retainAtLeast": 2}}]}"#,
    },
    Template {
        title: "Guarded delete",
        about: "Deletes after 180 days, but keeps the newest 5 of each recipe version and images tagged \
                Retain=true, and spares AMIs that are public or were launched within 60 days. A spared AMI outlives \
                its image and is left behind, with nothing that manages it.",
        text: r#"{"name": "guarded-delete", "resourceType": "AMI_IMAGE", "policyDetails": [
            {"action": {"type": "DELETE", "includeResources": {"amis": true, "snapshots": true}},
             "filter": {"type": "AGE", "value": 180, "unit": "DAYS", "retainAtLeast": 5},
             "exclusionRules": {"tagMap": {"Retain": "true"},
                "amis": {"isPublic": true, "lastLaunched": {"value": 60, "unit": "DAYS"}}}}]}"#,
    },
    Template {
        title: "Failed builds",
        about: "Keeps the newest 1000 images of each recipe version, which is as many as AWS lets a rule keep. \
                Failed and cancelled builds never count among them, so they alone are deleted, on the night after \
                the build; no exclusion tag holds them.",
        text: r#"{"name": "failed-builds", "resourceType": "AMI_IMAGE", "policyDetails": [
            {"action": {"type": "DELETE", "includeResources": {"amis": true, "snapshots": true}},
             "filter": {"type": "COUNT", "value": 1000}}]}"#,
    },
    Template {
        title: "Containers",
        about: "Deletes container images after 90 days together with what is in ECR, but keeps the newest 3 of each \
                recipe version. Containers can be deleted only, neither deprecated nor disabled.",
        text: r#"{"name": "containers", "resourceType": "CONTAINER_IMAGE", "policyDetails": [
            {"action": {"type": "DELETE", "includeResources": {"containers": true}},
             "filter": {"type": "AGE", "value": 90, "unit": "DAYS", "retainAtLeast": 3}}]}"#,
    },
];

impl Template {
    /// The policy, with the role and, when it acts on the same kind of image, the selection of the open one. Else it
    /// selects what the inventory has of its kind.
    pub(crate) fn beside(&self, open: &Json, base: &str, known: &Known) -> Json {
        let mut policy = parsed(self.text);
        let at = |member: &str| open.pointer(&format!("{base}/{member}")).cloned();
        let role = at("executionRole").unwrap_or_else(|| Json::String(String::new()));
        policy.set("/executionRole", role);
        policy.set("/status", Json::String("ENABLED".to_owned()));
        let kind = shown(policy.member("resourceType"));
        let is_alike = shown(at("resourceType").as_ref()) == kind;
        let fresh = || match known.recipes(kind == "CONTAINER_IMAGE") {
            [] => all_recipes(&[(STAND_IN.to_owned(), 0)]),
            known => all_recipes(known),
        };
        match at("resourceSelection").filter(|_| is_alike) {
            Some(selection) => policy.set("/resourceSelection", selection),
            None => policy.set("/resourceSelection/recipes", fresh()),
        }
        policy
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    #[test]
    fn every_template_is_valid_beside_a_valid_policy() {
        for template in &TEMPLATES {
            let known = [Vec::new(), vec![("app".to_owned(), 3)]];
            for container_recipes in known {
                let known = Known { container_recipes, ..Known::default() };
                let policy = template.beside(&parsed(sample::POLICY), "", &known);
                let reading = afterimage_policy::read_json(&policy.pretty());
                assert!(!reading.has_errors(), "{}: {:?}", template.title, reading.diagnostics);
            }
        }
    }

    #[test]
    fn a_template_takes_over_what_it_can() {
        let selection = |index: usize| {
            let known = Known { container_recipes: vec![("app".to_owned(), 3)], ..Known::default() };
            let policy = TEMPLATES[index].beside(&parsed(sample::POLICY), "", &known);
            policy.member("resourceSelection").cloned().unwrap()
        };
        let own = parsed(sample::POLICY).member("resourceSelection").cloned().unwrap();
        assert_eq!(selection(0), own);
        let of_containers = parsed(r#"{"recipes": [{"name": "app", "semanticVersion": "x.x.x"}]}"#);
        assert_eq!(selection(4), of_containers, "recipes of AMIs are none of containers");
    }
}
