//! Scenarios as the engine takes them, and exports as they would be after a run, so that the next one can be asked
//! for anew.

use std::collections::BTreeMap;

use afterimage_inventory::Inventory;
use afterimage_inventory::Loader;
use afterimage_policy::Policy;
use serde_json::Value;
use serde_json::json;

use crate::generator::Scenario;

pub(crate) fn inventory(exports: &[Value]) -> Inventory {
    let mut loader = Loader::new();
    for (index, export) in exports.iter().enumerate() {
        loader.add(&index.to_string(), export.to_string().as_bytes()).unwrap();
    }
    loader.finish()
}

pub(crate) fn policy(scenario: &Scenario) -> Policy {
    afterimage_policy::read(&scenario.policy.to_string()).policy().unwrap()
}

/// The rows of one run by ARN.
pub(crate) fn rows(report: &Value, run: usize) -> BTreeMap<String, Value> {
    let rows = report["runs"][run]["images"].as_array().unwrap();
    let mut rows: BTreeMap<_, _> =
        rows.iter().map(|row| (row["arn"].as_str().unwrap().to_owned(), row.clone())).collect();
    // Whether a snapshot may stay hangs on other images.
    for output in rows.values_mut().flat_map(|row| row["outputs"].as_array_mut().unwrap()) {
        for snapshot in output.get_mut("snapshots").and_then(Value::as_array_mut).into_iter().flatten() {
            snapshot.as_object_mut().unwrap().remove("risks");
        }
    }
    rows
}

pub(crate) fn images(export: &mut Value) -> Option<&mut Vec<Value>> {
    export.get_mut("imageSummaryList")?.as_array_mut()
}

/// Another tag takes the place of that of a deprecation, which [`leave`] cannot give to an AMI that no export describes.
pub(crate) fn without_tag_of_deprecation(scenario: &mut Scenario) {
    for document in scenario.exports.iter_mut().chain([&mut scenario.policy]) {
        *document = serde_json::from_str(&document.to_string().replace("DeprecatedBy", "B")).unwrap();
    }
}

/// The exports as they would be after a run.
pub(crate) fn leave(exports: &[Value], rows: &BTreeMap<String, Value>) -> Vec<Value> {
    let after = |image: &Value| {
        let row = rows.get(image["arn"].as_str()?)?;
        (row["after"] != "DELETED" || row["before"] == "DELETED").then(|| row["after"].clone())
    };
    let outputs = rows.values().flat_map(|row| row["outputs"].as_array().unwrap());
    let outputs: Vec<&Value> = outputs.collect();
    let ids = |verdict: &str| -> Vec<&Value> {
        let with = |output: &&&Value| output["verdict"] == verdict;
        outputs.iter().filter(with).map(|output| &output["id"]).collect()
    };
    let (mut disabled, deleted) = (ids("DISABLE"), ids("DELETE"));
    let described = exports.iter().filter_map(|export| export.get("Images")?.as_array()).flatten();
    disabled.extend(described.filter(|ami| ami["State"] == "disabled").map(|ami| &ami["ImageId"]));
    let mut exports = exports.to_vec();
    exports.retain(|export| export.get("image").is_none_or(|image| after(image).is_some()));
    for export in &mut exports {
        if let Some(images) = images(export) {
            images.retain(|image| after(image).is_some());
            for image in images {
                image["state"]["status"] = after(image).unwrap();
            }
        }
        if let Some(image) = export.get_mut("image") {
            image["state"]["status"] = after(image).unwrap();
        }
        for ami in export.get_mut("Images").and_then(Value::as_array_mut).into_iter().flatten() {
            if disabled.contains(&&ami["ImageId"]) {
                ami["Public"] = json!(false);
            }
        }
        if export.get("LaunchPermissions").is_some() && disabled.contains(&&export["ImageId"]) {
            export["LaunchPermissions"] = json!([]);
        }
    }
    let gone: Vec<_> = deleted.iter().map(|id| json!({ "ImageId": id, "State": "deregistered" })).collect();
    exports.push(json!({ "Images": gone }));
    exports
}
