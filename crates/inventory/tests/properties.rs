//! What holds for every set of exports.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod facts;

use std::collections::BTreeSet;
use std::io::Write;

use afterimage_inventory::Inventory;
use afterimage_inventory::Loader;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::collection::btree_map;
use proptest::collection::btree_set;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::sample::select;
use serde_json::Map;
use serde_json::Value;
use serde_json::json;

fn config() -> ProptestConfig {
    ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn any_bytes_can_be_loaded(bytes in vec(any::<u8>(), 0..400), prefix in select(MAGIC.to_vec())) {
        load(&[[prefix, &bytes].concat()]);
    }

    #[test]
    fn a_file_that_was_damaged_can_be_loaded(
        elements in elements(),
        damage in vec((any::<Index>(), any::<Index>(), vec(any::<u8>(), 0..5)), 1..4),
        packed in any::<bool>(),
    ) {
        let text = packed_as(&documents(&elements), Packaging::Lines).into_bytes();
        let mut bytes = if packed { gzip(&text) } else { text };
        for (from, to, new) in damage {
            let (from, to) = (from.index(bytes.len() + 1), to.index(bytes.len() + 1));
            bytes.splice(from.min(to)..from.max(to).min(from.min(to) + 30), new);
        }
        load(&[bytes]);
    }

    #[test]
    fn any_value_in_any_place_is_skipped_where_it_stands(
        elements in elements(),
        changes in vec((any::<Index>(), value()), 1..4),
    ) {
        let mut export = Value::Array(documents(&elements));
        for (place, value) in changes {
            let pointers = pointers(&export);
            *export.pointer_mut(&pointers[place.index(pointers.len())]).unwrap() = value;
        }
        let mut loader = Loader::new();
        let loaded = loader.add("a", export.to_string().as_bytes());
        let inventory = loader.finish();
        facts::assert_invariants(&inventory);
        for skipped in &inventory.skipped {
            prop_assert!(export.pointer(&skipped.path).is_some(), "{:?} leads nowhere", skipped);
            prop_assert!(!skipped.message.is_empty() && !skipped.message.contains(char::is_control), "{:?}", skipped);
        }
        if let Err(refused) = loaded {
            prop_assert!(inventory.is_empty() && inventory.amis.is_empty() && inventory.skipped.is_empty());
            prop_assert!(!refused.message.is_empty() && !refused.help.is_empty());
        }
    }

    #[test]
    fn the_order_of_elements_does_not_matter((ordered, shuffled) in in_two_orders()) {
        prop_assert_eq!(facts_of(&[ordered]), facts_of(&[shuffled]));
    }

    #[test]
    fn the_order_of_exports_does_not_matter((ordered, shuffled) in in_two_orders()) {
        let single = |elements: Vec<Element>| elements.into_iter().map(|element| vec![element]).collect::<Vec<_>>();
        prop_assert_eq!(facts_of(&single(ordered)), facts_of(&single(shuffled)));
    }

    #[test]
    fn how_elements_are_divided_into_files_does_not_matter(
        elements in elements(),
        files in vec(any::<Index>(), 40),
        packagings in vec((select(Packaging::ALL.to_vec()), any::<bool>()), 4),
    ) {
        let mut divided = vec![Vec::new(); packagings.len()];
        for (element, file) in elements.iter().zip(files.iter().cycle()) {
            divided[file.index(packagings.len())].push(element.clone());
        }
        let files: Vec<Vec<u8>> = divided
            .iter()
            .zip(packagings)
            .filter(|(elements, _)| !elements.is_empty())
            .map(|(elements, (packaging, packed))| {
                let text = packed_as(&documents(elements), packaging).into_bytes();
                if packed { gzip(&text) } else { text }
            })
            .collect();
        prop_assert_eq!(facts::facts(&load(&files)), facts_of(&[elements]));
    }

    #[test]
    fn an_export_that_is_loaded_twice_says_nothing_new(elements in elements()) {
        prop_assert_eq!(facts_of(&[elements.clone(), elements.clone()]), facts_of(&[elements]));
    }

    #[test]
    fn what_is_written_as_exports_is_read_again(
        mut elements in elements(),
        details in vec(option::of("[a-z]{1,2}"), 5),
        (reason, deprecation) in (option::of("[a-z]"), option::of(moment())),
    ) {
        let members = ["platform", "osVersion", "imageSource", "sourcePipelineArn", "lifecycleExecutionId"];
        if let Some(Element::Image(image)) = elements.first_mut() {
            for (member, value) in members.into_iter().zip(&details) {
                image[member] = json!(value);
            }
            image["deprecationTime"] = json!(deprecation);
            if image["state"].is_object() {
                image["state"]["reason"] = json!(reason);
            }
        }
        let inventory = load(&[packed_as(&documents(&elements), Packaging::List).into_bytes()]);
        let again = load(&[inventory.to_exports().into_bytes()]);
        prop_assert_eq!(&again.skipped, &[]);
        let (before, after) = (facts::facts(&inventory), facts::facts(&again));
        for part in ["images", "snapshots"] {
            prop_assert_eq!(&before[part], &after[part]);
        }
        // An AMI that no image lists and of which nothing is known is not missed.
        let known = |facts: &Value| {
            let amis = facts["amis"].as_array().unwrap().iter();
            amis.filter(|ami| ami.as_object().unwrap().len() > 1).cloned().collect::<Vec<_>>()
        };
        prop_assert_eq!(known(&before), known(&after));
        prop_assert_eq!(told_of_images(&inventory), told_of_images(&again));
        if let Some(Element::Image(image)) = elements.first() {
            let arn = image["arn"].as_str().unwrap();
            let document = serde_json::to_value(inventory.image_document(inventory.find_image(arn).unwrap())).unwrap();
            for (member, value) in members.into_iter().zip(&details) {
                prop_assert_eq!(&document[member], &json!(value));
            }
        }
    }

    #[test]
    fn every_image_and_every_ami_has_its_row(elements in elements()) {
        let count = |of: fn(&Element) -> Option<&Value>| elements.iter().filter_map(of).map(Value::to_string).collect::<BTreeSet<_>>().len();
        let files = [packed_as(&documents(&elements), Packaging::List).into_bytes()];
        let inventory = load(&files);
        prop_assert_eq!(&inventory.skipped, &[]);
        prop_assert_eq!(inventory.len(), count(|element| match element {
            Element::Image(image) => Some(&image["arn"]),
            _ => None,
        }));
        prop_assert_eq!(inventory.amis.described.iter().filter(|&&described| described).count(), count(|element| match element {
            Element::Ami(ami) => Some(&ami["ImageId"]),
            _ => None,
        }));
    }
}

/// Loads files; what can be read of them keeps the promises of the columns, in whatever pieces they come.
fn load(files: &[Vec<u8>]) -> Inventory {
    let mut loader = Loader::new();
    for (number, bytes) in files.iter().enumerate() {
        let before = facts::facts(&loader.finish());
        let name = format!("file {number}");
        let whole = loader.clone().add(&name, bytes.as_slice());
        // Sizes that differ from file to file, and are the same when a failure is looked at again.
        let mut size = bytes.len() % 13 + 1;
        let mut feed = loader.begin(&name);
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(size.min(rest.len()));
            let _ = feed.push(piece);
            rest = after;
            size = size * 7 % 61 + 1;
        }
        let result;
        (loader, result) = feed.finish();
        // Only gzip hands over what stood before damage, or does not, as it happens to have unpacked it.
        if bytes.starts_with(MAGIC[1]) {
            assert_eq!(result.is_ok(), whole.is_ok());
        } else {
            assert_eq!(result, whole);
        }
        if result.is_err() {
            assert_eq!(facts::facts(&loader.finish()), before);
        }
    }
    let inventory = loader.finish();
    facts::assert_invariants(&inventory);
    inventory
}

/// What the API would say of each image.
fn told_of_images(inventory: &Inventory) -> Value {
    (0..inventory.len()).map(|row| serde_json::to_value(inventory.image_document(row)).unwrap()).collect()
}

fn facts_of(files: &[Vec<Element>]) -> Value {
    let pack =
        |elements: &Vec<Element>| packed_as(&documents(elements), Packaging::Concatenation).into_bytes();
    let inventory = load(&files.iter().map(pack).collect::<Vec<_>>());
    assert_eq!(inventory.skipped, []);
    facts::facts(&inventory)
}

/// First bytes that make a reader take another way.
const MAGIC: [&[u8]; 7] =
    [b"", b"\x1f\x8b", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"{\"Images\":[", b"[["];

#[derive(Debug, Clone)]
enum Element {
    /// `ImageSummary`, or the `image` of get-image.
    Image(Value),
    Ami(Value),
    /// Answer of describe-image-attribute.
    Attribute(Value),
}

/// The documents in which these elements come: neighbours of a kind share a list.
fn documents(elements: &[Element]) -> Vec<Value> {
    let mut documents: Vec<Value> = Vec::new();
    let mut push = |member: &str, value: &Value| {
        let list = documents.last_mut().and_then(|last| last.get_mut(member)).and_then(Value::as_array_mut);
        match list {
            Some(list) => list.push(value.clone()),
            None => documents.push(match member {
                "" => value.clone(),
                "image" => json!({ "image": value }),
                _ => json!({ member: [value] }),
            }),
        }
    };
    for element in elements {
        match element {
            Element::Image(image) if image.get("imageRecipe").is_some() => push("image", image),
            Element::Image(image) => push("imageSummaryList", image),
            Element::Ami(ami) => push("Images", ami),
            Element::Attribute(attribute) => push("", attribute),
        }
    }
    documents
}

#[derive(Debug, Clone, Copy)]
enum Packaging {
    Concatenation,
    Lines,
    List,
    Pretty,
}

impl Packaging {
    const ALL: [Self; 4] = [Self::Concatenation, Self::Lines, Self::List, Self::Pretty];
}

fn packed_as(documents: &[Value], packaging: Packaging) -> String {
    let texts: Vec<String> = documents.iter().map(Value::to_string).collect();
    match packaging {
        Packaging::Concatenation => texts.concat(),
        Packaging::Lines => texts.join("\n") + "\n",
        Packaging::List => format!("[{}]", texts.join(",")),
        Packaging::Pretty => documents.iter().map(|document| format!("{document:#}\n")).collect(),
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn in_two_orders() -> impl Strategy<Value = (Vec<Element>, Vec<Element>)> {
    elements().prop_flat_map(|elements| (Just(elements.clone()), Just(elements).prop_shuffle()))
}

/// Elements that say nothing twice: an image may come in two elements, but then each has its own members.
fn elements() -> impl Strategy<Value = Vec<Element>> {
    let images =
        btree_set(arn(), 1..12).prop_flat_map(|arns| arns.into_iter().map(image).collect::<Vec<_>>());
    let amis = btree_set(ami_id(), 0..8).prop_flat_map(|ids| ids.into_iter().map(ami).collect::<Vec<_>>());
    (images, amis).prop_map(|(images, amis)| images.into_iter().chain(amis).flatten().collect())
}

fn arn() -> impl Strategy<Value = String> {
    let parts = (
        select(vec!["us-west-2", "eu-west-1"]),
        select(vec!["123456789012", "444455556666"]),
        select(vec!["web", "my-app"]),
        select(vec!["1.0.0", "1.10.0", "2019.12.03"]),
        0..30_u32,
    );
    parts.prop_map(|(region, account, name, version, build)| {
        format!("arn:aws:imagebuilder:{region}:{account}:image/{name}/{version}/{build}")
    })
}

fn ami_id() -> impl Strategy<Value = String> {
    (0..12_u32).prop_map(|number| format!("ami-{number}"))
}

/// One image in one or two elements.
fn image(arn: String) -> impl Strategy<Value = Vec<Element>> {
    let output = (ami_id(), option::of(Just("us-west-2")), option::of(Just("123456789012")))
        .prop_map(|(image, region, account)| json!({"image": image, "region": region, "accountId": account}));
    let container = vec("[a-z]{1,3}", 1..3).prop_map(|uris| json!({ "imageUris": uris }));
    let outputs = (option::of(vec(output, 0..3)), option::of(vec(container, 0..2)))
        .prop_map(|(amis, containers)| json!({"amis": amis, "containers": containers}));
    let recipe = (select(vec!["web", "Web", "My App"]), select(vec!["1.0.0", "2.0.0"]))
        .prop_map(|(name, version)| json!({"name": name, "version": version}));
    let status = select(vec!["AVAILABLE", "deprecated", "DISABLED", "FAILED", "BUILDING", "DELETED"]);
    let members = (
        status.prop_map(|status| json!({ "status": status })),
        moment(),
        option::of(select(vec!["web", "Web", "WEB", "other"]).prop_map(Value::from)),
        option::of(select(vec!["AMI", "DOCKER"]).prop_map(Value::from)),
        option::of(select(vec!["444455556666", "Amazon"]).prop_map(Value::from)),
        option::of(outputs),
        option::of(btree_map("[a-c]", "[a-c]?", 0..3).prop_map(|tags| json!(tags))),
        option::of(select(vec!["IMPORT", "SCHEDULED"]).prop_map(Value::from)),
        option::of(recipe),
    );
    (members, vec(any::<bool>(), 9)).prop_map(move |(members, second)| {
        let (state, created, name, kind, owner, outputs, tags, build, recipe) = members;
        let members = [
            ("state", Some(state)),
            ("dateCreated", Some(created)),
            ("name", name),
            ("type", kind),
            ("owner", owner),
            ("outputResources", outputs),
            ("tags", tags),
            ("buildType", build),
            ("imageRecipe", recipe),
        ];
        let part = |wanted: bool| {
            let chosen = members.iter().zip(&second).filter(|(_, second)| **second == wanted);
            let members = chosen.filter_map(|((name, value), _)| Some((name.to_string(), value.clone()?)));
            members.collect::<Map<_, _>>()
        };
        let with_arn = |mut part: Map<String, Value>| {
            part.insert("arn".to_owned(), json!(arn));
            Element::Image(Value::Object(part))
        };
        [part(false), part(true)].into_iter().filter(|part| !part.is_empty()).map(with_arn).collect()
    })
}

/// One AMI in up to four elements.
fn ami(id: String) -> impl Strategy<Value = Vec<Element>> {
    let snapshot = "snap-[0-9]".prop_map(|id| json!({ "Ebs": { "SnapshotId": id } }));
    let tag = |(key, value): (String, String)| json!({"Key": key, "Value": value});
    let tags =
        btree_map("[a-c]", "[a-c]?", 0..3).prop_map(move |tags| tags.into_iter().map(tag).collect::<Value>());
    let described =
        (any::<bool>(), option::of(moment()), tags, vec(snapshot, 0..3), option::of(Just("123456789012")));
    let permission = prop_oneof![
        "[0-9]{12}".prop_map(|account| json!({ "UserId": account })),
        Just(json!({ "Group": "all" })),
        Just(json!({ "OrganizationArn": "o" })),
    ];
    let launched = prop_oneof![
        moment().prop_map(|at| json!({ "LastLaunchedTime": { "Value": at } })),
        Just(json!({ "LastLaunchedTime": {} })),
        Just(json!({})),
    ];
    let protection = select(vec![json!("disabled"), json!("enabled"), json!({ "Value": "disabled" })]);
    let parts = (
        option::of(described),
        option::of(vec(permission, 0..3)),
        option::of(launched),
        option::of(protection),
    );
    parts.prop_map(move |(described, permissions, launched, protection)| {
        let mut elements = Vec::new();
        if let Some((public, launched, tags, devices, owner)) = described {
            elements.push(Element::Ami(json!({
                "ImageId": id, "Public": public, "LastLaunchedTime": launched, "Tags": tags,
                "BlockDeviceMappings": devices, "OwnerId": owner, "State": "available",
            })));
        }
        if let Some(permissions) = permissions {
            elements.push(Element::Attribute(json!({"ImageId": id, "LaunchPermissions": permissions})));
        }
        if let Some(mut launched) = launched {
            launched["ImageId"] = json!(id);
            elements.push(Element::Attribute(launched));
        }
        if let Some(protection) = protection {
            elements.push(Element::Attribute(json!({"ImageId": id, "DeregistrationProtection": protection})));
        }
        elements
    })
}

/// A few instants, so that images collide, in several spellings.
fn moment() -> impl Strategy<Value = Value> {
    select(vec![
        json!("2026-09-09T19:12:18.677Z"),
        json!("2026-09-09 19:12:18.677000+00:00"),
        json!("2026-09-09T11:12:18.677000-08:00"),
        json!(1_789_161_600),
        json!("1789161600.5"),
        json!("2022-02-10T02:03:18Z"),
    ])
}

/// Values that stand somewhere in an export, and anything else.
fn value() -> impl Strategy<Value = Value> {
    let words =
        ["", "AVAILABLE", "AMI", "ami-1", "2026-09-09T19:12:18.677Z", "arn:aws:imagebuilder:::image/a/b/1"];
    let names =
        ["arn", "state", "image", "Images", "ImageId", "imageSummaryList", "imageVersionList", "Tags", "x"];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        select(words.to_vec()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..5).prop_map(Value::Array),
            vec((select(names.to_vec()).prop_map(str::to_owned), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Pointers to every value.
fn pointers(json: &Value) -> Vec<String> {
    fn collect(json: &Value, path: &str, out: &mut Vec<String>) {
        out.push(path.to_owned());
        match json {
            Value::Object(members) => members.iter().for_each(|(name, value)| {
                let name = name.replace('~', "~0").replace('/', "~1");
                collect(value, &format!("{path}/{name}"), out);
            }),
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(at, item)| collect(item, &format!("{path}/{at}"), out));
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    collect(json, "", &mut out);
    out
}
