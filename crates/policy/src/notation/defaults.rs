//! What an omitted member means.

use serde::Serialize;

use crate::model::Action;
use crate::model::Document;
use crate::model::FilterType;
use crate::model::ResourceType;

/// A member that the document leaves out, and what the service takes instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FilledIn {
    /// Pointer into the document, as if the member were there.
    pub path: String,
    /// The value that means the same; `None` where no value does.
    pub value: Option<FilledInValue>,
    /// What comes of it.
    pub meaning: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum FilledInValue {
    Flag(bool),
    Word(&'static str),
}

/// Everything that is filled in, with canonical pointers. Documented in the API model, but for the include
/// flags, whose default is inferred from AWS's examples.
pub(crate) fn filled_in(document: &Document) -> Vec<FilledIn> {
    let mut out = Vec::new();
    let mut omitted = |path: String, value, meaning| out.push(FilledIn { path, value, meaning });
    if document.enabled.is_none() {
        omitted("/status".to_owned(), Some(FilledInValue::Word("ENABLED")), "the policy runs");
    }
    for (index, detail) in document.policy_details.iter().enumerate() {
        let place = format!("/policyDetails/{index}");
        let include = detail.include.unwrap_or_default();
        let delete = detail.action == Some(Action::Delete);
        let no = Some(FilledInValue::Flag(false));
        let mut flag = |name: &str, written: Option<bool>, meaning| {
            if written.is_none() {
                omitted(format!("{place}/action/includeResources/{name}"), no, meaning);
            }
        };
        match document.resource_type {
            Some(ResourceType::AmiImage) => {
                flag("amis", include.amis, "the rule leaves AMIs alone");
                if delete {
                    flag("snapshots", include.snapshots, "the rule leaves snapshots alone");
                }
            }
            Some(ResourceType::ContainerImage) => {
                flag("containers", include.containers, "the rule leaves container images alone");
            }
            None => {}
        }
        if delete && detail.filter_type == Some(FilterType::Age) && detail.retain_at_least.is_none() {
            let meaning = "no floor: every image of a recipe version may be deleted";
            omitted(format!("{place}/filter/retainAtLeast"), None, meaning);
        }
        let amis = detail.exclusion_rules.as_ref().and_then(|rules| rules.amis.as_ref());
        if include.amis == Some(true) && amis.is_none_or(|amis| amis.is_public.is_none()) {
            let path = format!("{place}/exclusionRules/amis/isPublic");
            omitted(path, no, "public AMIs are not spared");
        }
    }
    out
}
