//! Writing a document: the API's requests, members in the API's order.

use crate::json::Json;
use crate::model::AmiExclusionsDocument;
use crate::model::DetailDocument;
use crate::model::Document;
use crate::model::ExclusionsDocument;
use crate::model::FilterType;
use crate::model::LastLaunchedDocument;
use crate::model::SelectionDocument;
use crate::model::Tag;
use crate::shape;

impl Document {
    /// `CreateLifecyclePolicyRequest` with the members that the document has. A document that carries an ARN
    /// but no name gets the name in the ARN.
    pub fn create_request(&self) -> Json {
        let in_arn = self.arn.as_deref().and_then(shape::policy_arn).map(|(_, _, name)| name.to_owned());
        object([
            ("name", self.name.clone().or(in_arn).map(Json::String)),
            ("description", self.description.clone().map(Json::String)),
            ("status", self.enabled.map(|enabled| text(if enabled { "ENABLED" } else { "DISABLED" }))),
            ("executionRole", self.execution_role.clone().map(Json::String)),
            ("resourceType", self.resource_type.map(|kind| text(kind.as_str()))),
            ("policyDetails", Some(Json::Array(self.policy_details.iter().map(detail).collect()))),
            ("resourceSelection", self.resource_selection.as_ref().map(selection)),
            // A response may say `tags: {}`; a request may not.
            ("tags", self.tags.as_deref().filter(|tags| !tags.is_empty()).map(tag_map)),
            ("clientToken", self.client_token.clone().map(Json::String)),
            ("dryRun", self.dry_run.map(Json::Bool)),
        ])
    }

    /// `UpdateLifecyclePolicyRequest` with the members that the document has and an update takes.
    pub fn update_request(&self, arn: &str) -> Json {
        const ONLY_CREATE: [&str; 3] = ["name", "tags", "dryRun"];
        let mut members = vec![("lifecyclePolicyArn".to_owned(), text(arn))];
        if let Json::Object(create) = self.create_request() {
            members.extend(create.into_iter().filter(|(name, _)| !ONLY_CREATE.contains(&name.as_str())));
        }
        Json::Object(members)
    }
}

fn detail(detail: &DetailDocument) -> Json {
    let include = detail.include.map(|include| {
        object([
            ("amis", include.amis.map(Json::Bool)),
            ("snapshots", include.snapshots.map(Json::Bool)),
            ("containers", include.containers.map(Json::Bool)),
        ])
    });
    object([
        (
            "action",
            Some(object([
                ("type", detail.action.map(|action| text(action.as_str()))),
                ("includeResources", include),
            ])),
        ),
        (
            "filter",
            Some(object([
                (
                    "type",
                    detail.filter_type.map(|kind| match kind {
                        FilterType::Age => text("AGE"),
                        FilterType::Count => text("COUNT"),
                    }),
                ),
                ("value", detail.value.map(number)),
                ("unit", detail.unit.map(|unit| text(unit.as_str()))),
                ("retainAtLeast", detail.retain_at_least.map(number)),
            ])),
        ),
        ("exclusionRules", detail.exclusion_rules.as_ref().map(exclusions)),
    ])
}

fn exclusions(rules: &ExclusionsDocument) -> Json {
    object([
        ("tagMap", rules.tag_map.as_deref().map(tag_map)),
        ("amis", rules.amis.as_ref().map(ami_exclusions)),
    ])
}

fn ami_exclusions(rules: &AmiExclusionsDocument) -> Json {
    object([
        ("isPublic", rules.is_public.map(Json::Bool)),
        ("regions", rules.regions.as_deref().map(texts)),
        ("sharedAccounts", rules.shared_accounts.as_deref().map(texts)),
        ("lastLaunched", rules.last_launched.map(last_launched)),
        ("tagMap", rules.tag_map.as_deref().map(tag_map)),
    ])
}

fn last_launched(period: LastLaunchedDocument) -> Json {
    object([("value", period.value.map(number)), ("unit", period.unit.map(|unit| text(unit.as_str())))])
}

fn selection(selection: &SelectionDocument) -> Json {
    let recipes = selection.recipes.as_ref().map(|recipes| {
        let recipe = recipes.iter().map(|recipe| {
            object([
                ("name", recipe.name.clone().map(Json::String)),
                ("semanticVersion", recipe.semantic_version.clone().map(Json::String)),
            ])
        });
        Json::Array(recipe.collect())
    });
    object([("recipes", recipes), ("tagMap", selection.tag_map.as_deref().map(tag_map))])
}

fn tag_map(tags: &[Tag]) -> Json {
    Json::Object(tags.iter().map(|tag| (tag.key.clone(), text(&tag.value))).collect())
}

fn texts(items: &[String]) -> Json {
    Json::Array(items.iter().map(|item| text(item)).collect())
}

fn text(text: &str) -> Json {
    Json::String(text.to_owned())
}

fn number(value: u32) -> Json {
    Json::Number(value.into())
}

fn object<const N: usize>(members: [(&str, Option<Json>); N]) -> Json {
    let present = members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Json::Object(present.collect())
}
