//! Changes to the policy document, made in place so that what the user typed is never rewritten.

use afterimage_policy::json::Json;

/// Recipes that a policy may name.
pub(crate) const MOST_RECIPES: usize = 50;

/// All of these recipes in all versions, or as many as a policy may name.
pub(crate) fn all_recipes(known: &[(String, u32)]) -> Json {
    let text = |text: &str| Json::String(text.to_owned());
    let recipe = |(name, _): &(String, u32)| {
        Json::Object(vec![("name".to_owned(), text(name)), ("semanticVersion".to_owned(), text("x.x.x"))])
    };
    Json::Array(known.iter().take(MOST_RECIPES).map(recipe).collect())
}

/// One change. Places are JSON pointers into the document as it was given.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Edit {
    /// Text as typed; nothing typed removes the member.
    Text(String, String),
    /// A number as typed. What is no whole number stays as text, for the diagnostics to speak of.
    Number(String, String),
    /// A member that is absent when false.
    Flag(String, bool),
    Put(String, Json),
    Remove(String),
    /// Adds to a list, which is made when it is missing.
    Append(String, Json),
    /// Key or value of the tag at this position. Positions, because keys are doubled while they are typed.
    TagKey(String, usize, String),
    TagValue(String, usize, String),
    TagAdd(String),
    TagRemove(String, usize),
    /// A JSON Patch (RFC 6902), as text.
    Patch(String),
    /// The whole document, as it is typed.
    Whole(Json),
}

impl Edit {
    /// Where the user is typing, so that a word is undone as one; `None` for a change that is whole.
    pub(crate) fn typing(&self) -> Option<String> {
        match self {
            Self::Text(place, _) | Self::Number(place, _) => Some(place.clone()),
            Self::TagKey(place, index, _) => Some(format!("{place}#key{index}")),
            Self::TagValue(place, index, _) => Some(format!("{place}#value{index}")),
            // No pointer begins so.
            Self::Whole(_) => Some("#whole".to_owned()),
            _ => None,
        }
    }

    /// Whether it only takes from what stands there: the last letter, or all.
    pub(crate) fn takes_from(&self, document: &Json) -> bool {
        let (Self::Text(place, typed) | Self::Number(place, typed)) = self else { return false };
        let before = shown(document.pointer(place));
        let mut shorter = before.chars();
        !before.is_empty() && (typed.is_empty() || shorter.next_back().is_some() && shorter.as_str() == typed)
    }

    pub(crate) fn apply(&self, document: &mut Json) {
        match self {
            Self::Text(place, typed) | Self::Number(place, typed) if typed.is_empty() => {
                take_away(document, place);
            }
            Self::Text(place, typed) => document.set(place, Json::String(typed.clone())),
            Self::Number(place, typed) => document.set(place, number(typed.trim())),
            Self::Flag(place, true) => document.set(place, Json::Bool(true)),
            Self::Flag(place, false) | Self::Remove(place) => {
                document.remove(place);
                prune(document, place);
            }
            Self::Put(place, value) => document.set(place, value.clone()),
            Self::Append(place, value) => match document.pointer_mut(place) {
                Some(Json::Array(items)) => items.push(value.clone()),
                _ => document.set(place, Json::Array(vec![value.clone()])),
            },
            Self::TagKey(place, index, typed) => {
                if let Some((key, _)) = tag(document, place, *index) {
                    key.clone_from(typed);
                }
            }
            Self::TagValue(place, index, typed) => {
                if let Some((_, value)) = tag(document, place, *index) {
                    *value = Json::String(typed.clone());
                }
            }
            Self::TagAdd(place) => {
                let fresh = (String::new(), Json::String(String::new()));
                match document.pointer_mut(place) {
                    Some(Json::Object(tags)) => tags.push(fresh),
                    _ => document.set(place, Json::Object(vec![fresh])),
                }
            }
            Self::TagRemove(place, index) => {
                if let Some(Json::Object(tags)) = document.pointer_mut(place)
                    && *index < tags.len()
                {
                    tags.remove(*index);
                }
                if document.pointer(place) == Some(&Json::Object(Vec::new())) {
                    document.remove(place);
                    prune(document, place);
                }
            }
            Self::Whole(whole) => document.clone_from(whole),
            Self::Patch(text) => {
                if let Ok(Json::Array(operations)) = Json::parse(text) {
                    operations.iter().for_each(|operation| patch(document, operation));
                }
            }
        }
    }
}

/// One operation of a JSON Patch; one that does not fit the document changes nothing.
fn patch(document: &mut Json, operation: &Json) {
    let text = |name: &str| match operation.member(name) {
        Some(Json::String(text)) => text.as_str(),
        _ => "",
    };
    let (place, kind) = (text("path"), text("op"));
    if kind == "remove" {
        document.remove(place);
        return;
    }
    let value = match kind {
        "move" => {
            let value = document.pointer(text("from")).cloned();
            document.remove(text("from"));
            value
        }
        _ => operation.member("value").cloned(),
    };
    let Some(value) = value else { return };
    let (parent, name) = place.rsplit_once('/').unwrap_or_default();
    match document.pointer_mut(parent) {
        Some(Json::Array(items)) if kind != "replace" => {
            let at = name.parse().unwrap_or(items.len());
            items.insert(at.min(items.len()), value);
        }
        _ => document.set(place, value),
    }
}

/// A number in its shortest spelling; anything else stays text, so that no digit typed is lost.
fn number(typed: &str) -> Json {
    match typed.parse::<u32>() {
        Ok(value) if value.to_string() == typed => Json::Number(value.into()),
        _ => Json::String(typed.to_owned()),
    }
}

fn tag<'a>(document: &'a mut Json, place: &str, index: usize) -> Option<&'a mut (String, Json)> {
    match document.pointer_mut(place)? {
        Json::Object(tags) => tags.get_mut(index),
        _ => None,
    }
}

/// Takes a member away, or empties an item of a list, whose neighbours keep their places.
fn take_away(document: &mut Json, place: &str) {
    let parent = place.rsplit_once('/').map_or("", |(parent, _)| parent);
    if matches!(document.pointer(parent), Some(Json::Array(_))) {
        document.set(place, Json::String(String::new()));
    } else {
        document.remove(place);
    }
}

/// Removes the containers that a removal has left empty: the service refuses an empty tag map or list.
fn prune(document: &mut Json, place: &str) {
    let mut place = place;
    while let Some((parent, _)) = place.rsplit_once('/') {
        let name = parent.rsplit('/').next().unwrap_or_default();
        let optional =
            matches!(name, "includeResources" | "exclusionRules" | "amis" | "regions" | "sharedAccounts");
        let empty = match document.pointer(parent) {
            Some(Json::Object(members)) => members.is_empty(),
            Some(Json::Array(items)) => items.is_empty(),
            _ => false,
        };
        if !optional || !empty {
            return;
        }
        document.remove(parent);
        place = parent;
    }
}

/// What a text field shows for a value.
pub(crate) fn shown(value: Option<&Json>) -> String {
    match value {
        Some(Json::String(text)) => text.clone(),
        Some(Json::Null) | None => String::new(),
        Some(other) => other.pretty().trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(document: &str, edits: &[Edit]) -> String {
        let mut tree = Json::parse(document).unwrap();
        for edit in edits {
            edit.apply(&mut tree);
        }
        serde_json::to_string(&tree).unwrap()
    }

    #[test]
    fn a_number_stays_as_it_was_typed() {
        let typed = |text: &str| edited("{}", &[Edit::Number("/a".to_owned(), text.to_owned())]);
        assert_eq!(typed("90"), r#"{"a":90}"#);
        assert_eq!(typed("090"), r#"{"a":"090"}"#);
        assert_eq!(typed("9 days"), r#"{"a":"9 days"}"#);
        assert_eq!(typed("99999999999"), r#"{"a":"99999999999"}"#);
        assert_eq!(typed(""), "{}");
    }

    #[test]
    fn the_last_exception_takes_its_containers_along() {
        let document = r#"{"exclusionRules":{"amis":{"isPublic":true,"regions":["a"]}}}"#;
        let flag = Edit::Flag("/exclusionRules/amis/isPublic".to_owned(), false);
        let region = Edit::Remove("/exclusionRules/amis/regions/0".to_owned());
        assert_eq!(
            edited(document, std::slice::from_ref(&flag)),
            r#"{"exclusionRules":{"amis":{"regions":["a"]}}}"#
        );
        assert_eq!(edited(document, &[flag, region]), "{}");
    }

    #[test]
    fn a_doubled_key_keeps_both_tags() {
        let map = || "/tagMap".to_owned();
        let edits = [
            Edit::TagAdd(map()),
            Edit::TagKey(map(), 0, "a".to_owned()),
            Edit::TagAdd(map()),
            Edit::TagKey(map(), 1, "a".to_owned()),
            Edit::TagValue(map(), 1, "2".to_owned()),
        ];
        assert_eq!(edited("{}", &edits), r#"{"tagMap":{"a":"","a":"2"}}"#);
        let removed = [&edits[..], &[Edit::TagRemove(map(), 0)]].concat();
        assert_eq!(edited("{}", &removed), r#"{"tagMap":{"a":"2"}}"#);
    }

    #[test]
    fn an_emptied_item_keeps_its_place() {
        let edits = [Edit::Text("/regions/0".to_owned(), String::new())];
        assert_eq!(edited(r#"{"regions":["a","b"]}"#, &edits), r#"{"regions":["","b"]}"#);
    }

    #[test]
    fn a_patch_adds_replaces_moves_and_removes() {
        let patched = |document: &str, patch: &str| edited(document, &[Edit::Patch(patch.to_owned())]);
        let add = r#"[{"op":"add","path":"/a/1","value":2},{"op":"add","path":"/b","value":"x"}]"#;
        assert_eq!(patched(r#"{"a":[1,3]}"#, add), r#"{"a":[1,2,3],"b":"x"}"#);
        let rest = r#"[{"op":"replace","path":"/a/0","value":9},{"op":"move","from":"/b","path":"/c"},{"op":"remove","path":"/d"}]"#;
        assert_eq!(patched(r#"{"a":[1],"b":2,"d":3}"#, rest), r#"{"a":[9],"c":2}"#);
        assert_eq!(patched("{}", r#"[{"op":"move","from":"/b","path":"/c"}]"#), "{}");
    }

    #[test]
    fn an_edit_that_leads_nowhere_changes_nothing() {
        let document = r#"{"name":"x"}"#;
        let edits = [
            Edit::TagKey("/name".to_owned(), 3, "k".to_owned()),
            Edit::TagRemove("/none".to_owned(), 0),
            Edit::Remove("/name/deep/er".to_owned()),
        ];
        assert_eq!(edited(document, &edits), document);
    }
}
