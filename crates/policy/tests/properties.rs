//! What holds for every document.

use afterimage_policy::Document;
use afterimage_policy::Form;
use afterimage_policy::Notation;
use afterimage_policy::Policy;
use afterimage_policy::Reading;
use afterimage_policy::Taken;
use afterimage_policy::Target;
use afterimage_policy::json::Json;
use afterimage_policy::json::escape;
use proptest::collection::btree_map;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::sample::select;
use proptest::sample::subsequence;
use serde_json::Number;

fn config() -> ProptestConfig {
    ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_text_can_be_read(text in any::<String>()) {
        sound(&text)?;
    }

    #[test]
    fn a_document_that_was_cut_and_pasted_can_be_read(
        document in document(),
        edits in vec((any::<Index>(), any::<Index>(), piece()), 1..4),
    ) {
        let mut text: Vec<char> = document.pretty().chars().collect();
        for (from, to, piece) in edits {
            let (from, to) = (from.index(text.len() + 1), to.index(text.len() + 1));
            text.splice(from.min(to)..from.max(to).min(from.min(to) + 40), piece.chars());
        }
        sound(&text.into_iter().collect::<String>())?;
    }

    #[test]
    fn any_value_in_any_place_is_diagnosed_where_it_stands(
        document in document(),
        changes in vec((any::<Index>(), any::<bool>(), change()), 1..4),
    ) {
        let mut document = document;
        for (place, anywhere, change) in changes {
            let mut pointers = pointers(&document);
            // Most places are deep in the document, but those near its root decide about the rest.
            pointers.retain(|pointer| anywhere || pointer.matches('/').count() <= 2);
            apply(&mut document, &pointers[place.index(pointers.len())], change);
        }
        sound(&document.pretty())?;
    }

    #[test]
    fn any_value_is_diagnosed_as_a_whole(document in value()) {
        sound(&document.pretty())?;
    }

    #[test]
    fn a_valid_policy_exports_as_it_was_written(policy in policy()) {
        let text = policy.pretty();
        let reading = afterimage_policy::read(&text);
        prop_assert!(!reading.has_errors(), "{:?}", reading.diagnostics);
        prop_assert_eq!(reading.create_request(), Some(text));
        let rules = reading.policy().unwrap().rules;
        prop_assert!(rules.is_sorted_by(|a, b| a.action < b.action));
        for rule in rules {
            let written = policy.pointer(&format!("/policyDetails/{}/action/type", rule.index));
            prop_assert_eq!(written, Some(&text_of(rule.action.as_str())));
        }
    }

    #[test]
    fn whatever_name_an_arn_ends_in_the_export_can_be_read(
        policy in policy(),
        name in "[a-z0-9_-]{1,4}|[a-z0-9_-]{126,130}",
    ) {
        let mut update = in_form(policy, FormOf::Update);
        let arn = format!("arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/{name}");
        update.set("/lifecyclePolicyArn", Json::String(arn));
        let reading = sound(&update.pretty())?;
        prop_assert_eq!(reading.has_errors(), !(3..=128).contains(&name.len()));
    }

    #[test]
    fn the_forms_of_a_policy_mean_the_same(policy in policy()) {
        let ownerless = |tree: &Json| {
            let reading = afterimage_policy::read_tree(tree);
            reading.policy().map(|policy| Policy { owner: None, ..policy })
        };
        let wanted = ownerless(&policy);
        prop_assert!(wanted.is_some());
        for form in [FormOf::Get, FormOf::Wrapped, FormOf::Update] {
            prop_assert_eq!(ownerless(&in_form(policy.clone(), form)), wanted.clone(), "{:?}", form);
        }
    }

    #[test]
    fn what_is_written_in_a_notation_reads_the_same(policy in policy(), target in target()) {
        let reading = afterimage_policy::read_tree(&policy);
        match reading.write(target, Some(&arn_of(&policy))) {
            Ok(written) => {
                let again = sound(&written.text)?;
                prop_assert!(!again.has_errors(), "{}: {:?}", written.text, again.diagnostics);
                prop_assert_eq!(said_by(target, &again.document), said_by(target, &reading.document), "{}", written.text);
                let rules = |reading: &Reading| reading.policy().map(|policy| policy.rules);
                prop_assert_eq!(rules(&again), rules(&reading));
                let twice = again.write(target, None);
                prop_assert_eq!(twice.map(|twice| twice.text), Ok(written.text));
            }
            Err(found) => {
                let codes: Vec<&str> = found.iter().map(|found| found.code).collect();
                prop_assert_eq!(codes, Vec::<&str>::new());
            }
        }
    }

    #[test]
    fn a_notation_that_was_cut_and_pasted_can_be_read(
        policy in policy(),
        target in target(),
        edits in vec((any::<Index>(), any::<Index>(), piece()), 1..4),
    ) {
        let reading = afterimage_policy::read_tree(&policy);
        let written = reading.write(target, Some(&arn_of(&policy))).map(|written| written.text);
        let mut text: Vec<char> = written.unwrap_or_default().chars().collect();
        for (from, to, piece) in edits {
            let (from, to) = (from.index(text.len() + 1), to.index(text.len() + 1));
            text.splice(from.min(to)..from.max(to).min(from.min(to) + 40), piece.chars());
        }
        sound(&text.into_iter().collect::<String>())?;
    }
}

/// The notations that can be read again.
fn target() -> impl Strategy<Value = Target> {
    select(vec![
        Target::Create,
        Target::Update,
        Target::Cli,
        Target::CloudFormationJson,
        Target::CloudFormationYaml,
        Target::Terraform,
    ])
}

fn arn_of(policy: &Json) -> String {
    let Some(Json::String(name)) = policy.member("name") else { return String::new() };
    let name = afterimage_policy::model::normalised_name(name);
    format!("arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/{name}")
}

/// The part of a document that a notation can say.
fn said_by(target: Target, document: &Document) -> Document {
    let document = document.clone();
    match target {
        Target::Create => document,
        Target::Update | Target::Cli => {
            Document { form: Form::Update, arn: None, name: None, tags: None, dry_run: None, ..document }
        }
        _ => Document { client_token: None, dry_run: None, ..document },
    }
}

/// What holds of every reading, whatever was read.
fn sound(text: &str) -> Result<Reading, TestCaseError> {
    let reading = afterimage_policy::read(text);
    let tree = Json::parse(text).unwrap_or(Json::Null);
    for diagnostic in &reading.diagnostics {
        let parent = diagnostic.path.rsplit_once('/').and_then(|(parent, _)| tree.pointer(parent));
        let leads = tree.pointer(&diagnostic.path).is_some() || matches!(parent, Some(Json::Object(_)));
        let is_json = matches!(reading.notation(), Notation::Api | Notation::CloudFormationJson);
        prop_assert!(leads || !is_json, "{:?} leads nowhere", diagnostic);
        if reading.notation() == Notation::Api && !reading.is_syntax_error {
            prop_assert!(reading.place(&diagnostic.path).is_some(), "{:?} has no place", diagnostic);
        }
        let words = [&diagnostic.message, &diagnostic.help];
        prop_assert!(words.iter().all(|words| !words.is_empty()), "{:?}", diagnostic);
        prop_assert!(words.iter().all(|words| !words.contains(char::is_control)), "{:?}", diagnostic);
    }
    prop_assert_eq!(&reading.diagnostics_taking(Taken::default()), &reading.diagnostics);
    prop_assert_eq!(reading.policy().is_some(), !reading.has_errors());
    if let Some(export) = reading.create_request() {
        let again = afterimage_policy::read(&export);
        prop_assert!(!again.has_errors(), "{export}: {:?}", again.diagnostics);
        prop_assert_eq!(again.create_request(), Some(export));
        let rules = |reading: &Reading| reading.policy().map(|policy| policy.rules);
        prop_assert_eq!(rules(&again), rules(&reading));
    }
    Ok(reading)
}

#[derive(Debug, Clone)]
enum Change {
    Put(Json),
    Add(String, Json),
    Repeat,
    Remove,
}

fn apply(document: &mut Json, pointer: &str, change: Change) {
    match change {
        Change::Put(value) => match document.pointer_mut(pointer) {
            Some(place) => *place = value,
            None => unreachable!("the pointer was taken from the document"),
        },
        Change::Remove => document.remove(pointer),
        Change::Add(name, value) => match document.pointer_mut(pointer) {
            Some(Json::Object(members)) => members.push((name, value)),
            Some(Json::Array(items)) => items.push(value),
            _ => {}
        },
        Change::Repeat => match document.pointer_mut(pointer) {
            Some(Json::Object(members)) => members.extend(members.first().cloned()),
            Some(Json::Array(items)) => items.extend(items.first().cloned()),
            _ => {}
        },
    }
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => value().prop_map(Change::Put),
        2 => (member_name(), value()).prop_map(|(name, value)| Change::Add(name, value)),
        1 => Just(Change::Repeat),
        1 => Just(Change::Remove),
    ]
}

/// Pointers to every value of the document.
fn pointers(document: &Json) -> Vec<String> {
    fn collect(json: &Json, path: &str, out: &mut Vec<String>) {
        out.push(path.to_owned());
        match json {
            Json::Object(members) => {
                for (name, _) in members {
                    let path = format!("{path}/{}", escape(name));
                    if let Some(value) = json.member(name) {
                        collect(value, &path, out);
                    }
                }
            }
            Json::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    collect(item, &format!("{path}/{index}"), out);
                }
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    collect(document, "", &mut out);
    out
}

fn piece() -> impl Strategy<Value = String> {
    let marks =
        ["{", "}", "[", "]", ",", ":", "\"", "\\", "null", "0", "-", "1e9", "\u{feff}", "\\ud800", ""];
    prop_oneof![select(marks.to_vec()).prop_map(str::to_owned), any::<String>()]
}

const NAMES: [&str; 34] = [
    "name",
    "description",
    "status",
    "executionRole",
    "resourceType",
    "policyDetails",
    "resourceSelection",
    "tags",
    "clientToken",
    "dryRun",
    "arn",
    "lifecyclePolicyArn",
    "lifecyclePolicy",
    "dateCreated",
    "action",
    "type",
    "includeResources",
    "amis",
    "snapshots",
    "containers",
    "filter",
    "value",
    "unit",
    "retainAtLeast",
    "exclusionRules",
    "tagMap",
    "isPublic",
    "regions",
    "sharedAccounts",
    "lastLaunched",
    "recipes",
    "semanticVersion",
    "aws:x",
    "",
];

fn member_name() -> impl Strategy<Value = String> {
    prop_oneof![select(NAMES.to_vec()).prop_map(str::to_owned), any::<String>()]
}

/// Values that stand somewhere in a policy, values just beside them, and anything else.
fn value() -> impl Strategy<Value = Json> {
    let words = [
        "",
        "ab",
        "abc",
        "AGE",
        "COUNT",
        "DEPRECATE",
        "DISABLE",
        "DELETE",
        "DAYS",
        "YEARS",
        "ENABLED",
        "DISABLED",
        "AMI_IMAGE",
        "CONTAINER_IMAGE",
        "1.0.0",
        "x.x.x",
        "1.x.3",
        "123456789012",
        "arn:aws:iam::123456789012:role/Role",
        "arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/abc",
        "arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/a",
    ];
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::Bool),
        select(vec![-1, 0, 1, 10, 11, 365, 366, 1000, 1001]).prop_map(|n: i64| Json::Number(n.into())),
        any::<i64>().prop_map(|n| Json::Number(n.into())),
        any::<f64>().prop_map(|n| Number::from_f64(n).map_or(Json::Null, Json::Number)),
        select(words.to_vec()).prop_map(text_of),
        any::<String>().prop_map(Json::String),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Json::Array),
            vec((member_name(), inner), 0..5).prop_map(Json::Object),
        ]
    })
}

#[derive(Debug, Clone, Copy)]
enum FormOf {
    Create,
    Update,
    Get,
    Wrapped,
}

/// A valid document in any of the forms.
fn document() -> impl Strategy<Value = Json> {
    let form = select(vec![FormOf::Create, FormOf::Update, FormOf::Get, FormOf::Wrapped]);
    (policy(), form).prop_map(|(policy, form)| in_form(policy, form))
}

fn in_form(mut policy: Json, form: FormOf) -> Json {
    let arn = |name: &str| {
        let name = afterimage_policy::model::normalised_name(name);
        text_of(&format!("arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/{name}"))
    };
    let Some(Json::String(name)) = policy.member("name").cloned() else { return policy };
    match form {
        FormOf::Create => return policy,
        FormOf::Update => {
            policy.set("/lifecyclePolicyArn", arn(&name));
            for pointer in ["/name", "/tags", "/dryRun"] {
                policy.remove(pointer);
            }
        }
        FormOf::Get | FormOf::Wrapped => {
            policy.set("/arn", arn(&name));
            policy.set("/dateCreated", text_of("2026-09-09T19:34:38.409000+00:00"));
            policy.remove("/clientToken");
            policy.remove("/dryRun");
        }
    }
    match form {
        FormOf::Wrapped => object(vec![("lifecyclePolicy", Some(policy))]),
        _ => policy,
    }
}

/// A valid create request, members in the API's order.
fn policy() -> impl Strategy<Value = Json> {
    any::<bool>().prop_flat_map(|container| {
        let parts = (
            name(),
            option::of(vec(any::<char>(), 1..1025).prop_map(|text| Json::String(text.into_iter().collect()))),
            option::of(select(vec!["ENABLED", "DISABLED"]).prop_map(text_of)),
            "(arn:aws(-[a-z]{1,3})?:iam::[0-9]{12}:role/)?[a-zA-Z_0-9+=,.@/-]{1,64}".prop_map(Json::String),
            rules(container),
            prop_oneof![
                vec(recipe(), 1..6).prop_map(|recipes| object(vec![("recipes", Some(Json::Array(recipes)))])),
                tags().prop_map(|tags| object(vec![("tagMap", Some(tags))])),
            ],
            option::of(tags()),
            option::of("\\PC{1,64}".prop_map(Json::String)),
            option::of(any::<bool>().prop_map(Json::Bool)),
        );
        let kind = if container { "CONTAINER_IMAGE" } else { "AMI_IMAGE" };
        parts.prop_map(move |(name, description, status, role, rules, selection, tags, token, dry_run)| {
            object(vec![
                ("name", Some(name)),
                ("description", description),
                ("status", status),
                ("executionRole", Some(role)),
                ("resourceType", Some(text_of(kind))),
                ("policyDetails", Some(Json::Array(rules))),
                ("resourceSelection", Some(selection)),
                ("tags", tags),
                ("clientToken", token),
                ("dryRun", dry_run),
            ])
        })
    })
}

fn rules(container: bool) -> impl Strategy<Value = Vec<Json>> {
    let all = if container { vec!["DELETE"] } else { vec!["DEPRECATE", "DISABLE", "DELETE"] };
    let most = all.len();
    subsequence(all, 1..=most)
        .prop_shuffle()
        .prop_flat_map(move |actions| actions.into_iter().map(|it| rule(it, container)).collect::<Vec<_>>())
}

fn rule(action: &'static str, container: bool) -> impl Strategy<Value = Json> + use<> {
    let flag = || option::of(any::<bool>());
    let include = option::of((flag(), flag(), flag())).prop_map(move |flags| {
        let (amis, snapshots, containers) = flags?;
        let off = |flag: Option<bool>| flag.map(|_| false);
        let (amis, snapshots, containers) = if container {
            (off(amis), off(snapshots), containers)
        } else if action == "DELETE" && amis == Some(true) {
            (amis, snapshots, off(containers))
        } else {
            (amis, off(snapshots), off(containers))
        };
        Some(object(vec![
            ("amis", amis.map(Json::Bool)),
            ("snapshots", snapshots.map(Json::Bool)),
            ("containers", containers.map(Json::Bool)),
        ]))
    });
    let filter = (any::<bool>(), 1..=1000_u32, unit(), option::of(1..=10_u32)).prop_map(
        move |(count, value, unit, retain)| {
            let count = count && action == "DELETE";
            object(vec![
                ("type", Some(text_of(if count { "COUNT" } else { "AGE" }))),
                ("value", Some(number(value))),
                ("unit", (!count).then_some(unit)),
                ("retainAtLeast", retain.map(number)),
            ])
        },
    );
    let exclusions = option::of((option::of(tags()), option::of(ami_exclusions()))).prop_map(move |rules| {
        let (tags, amis) = rules?;
        Some(object(vec![("tagMap", tags), ("amis", amis.filter(|_| !container))]))
    });
    (include, filter, exclusions).prop_map(move |(include, filter, exclusions)| {
        object(vec![
            ("action", Some(object(vec![("type", Some(text_of(action))), ("includeResources", include)]))),
            ("filter", Some(filter)),
            ("exclusionRules", exclusions),
        ])
    })
}

fn ami_exclusions() -> impl Strategy<Value = Json> {
    let list = |items: Vec<String>| Json::Array(items.into_iter().map(Json::String).collect());
    let last = (1..=365_u32, unit())
        .prop_map(|(value, unit)| object(vec![("value", Some(number(value))), ("unit", Some(unit))]));
    let parts = (
        option::of(any::<bool>().prop_map(Json::Bool)),
        option::of(vec("\\PC{1,20}", 0..4).prop_map(list)),
        option::of(vec("[0-9]{12}", 1..4).prop_map(list)),
        option::of(last),
        option::of(tags()),
    );
    parts.prop_map(|(public, regions, accounts, last, tags)| {
        object(vec![
            ("isPublic", public),
            ("regions", regions),
            ("sharedAccounts", accounts),
            ("lastLaunched", last),
            ("tagMap", tags),
        ])
    })
}

fn recipe() -> impl Strategy<Value = Json> {
    let version = prop_oneof![
        "[0-9]{1,4}\\.[0-9]{1,2}\\.[0-9]{1,2}",
        "[0-9]{1,4}\\.[0-9]{1,2}\\.x",
        "[0-9]{1,4}\\.x\\.x",
        Just("x.x.x".to_owned()),
    ];
    (name(), version).prop_map(|(name, version)| {
        object(vec![("name", Some(name)), ("semanticVersion", Some(Json::String(version)))])
    })
}

fn name() -> impl Strategy<Value = Json> {
    "[-_A-Za-z0-9][-_A-Za-z0-9 ]{1,126}[-_A-Za-z0-9]".prop_map(Json::String)
}

fn tags() -> impl Strategy<Value = Json> {
    let key = "[a-zA-Z0-9 \\t_.:/=+@-]{1,128}".prop_filter("AWS keeps these", |key| !key.starts_with("aws:"));
    let member = |(key, value): (String, Vec<char>)| (key, Json::String(value.into_iter().collect()));
    btree_map(key, vec(any::<char>(), 0..257), 1..6)
        .prop_map(move |tags| tags.into_iter().map(member).collect::<Vec<_>>())
        .prop_shuffle()
        .prop_map(Json::Object)
}

fn unit() -> impl Strategy<Value = Json> {
    select(vec!["DAYS", "WEEKS", "MONTHS", "YEARS"]).prop_map(text_of)
}

fn number(value: u32) -> Json {
    Json::Number(value.into())
}

fn text_of(text: &str) -> Json {
    Json::String(text.to_owned())
}

fn object(members: Vec<(&str, Option<Json>)>) -> Json {
    Json::Object(members.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect())
}
