//! How long the lifecycle API takes to answer, and whether its memory grows with requests.

use std::hint::black_box;
use std::io::Write;
use std::time::Instant as Clock;

use afterimage_bench::NOW;
use afterimage_inventory::Inventory;
use afterimage_service::Request;
use afterimage_service::Service;
use afterimage_service::Settings;
use serde_json::Value;
use serde_json::json;

use crate::Result;
use crate::measure::median;
use crate::measure::milliseconds;

const POLICIES: usize = 100;
const DAYS: i64 = 100;
const REQUESTS: u32 = 100_000;

/// Prints what every request takes, with a hundred policies that have each run a hundred times.
pub(crate) fn measure(inventory: Inventory) -> Result<()> {
    let images = inventory.len();
    let mut service = Service::new(inventory, Settings::at(NOW))?;
    for number in 0..POLICIES {
        create(&mut service, number, 2 + number)?;
    }
    let start = Clock::now();
    service.advance(NOW.plus_days(DAYS))?;
    let nights = milliseconds(start.elapsed());
    let policy = format!("arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/{}", name(0));
    let call = |service: &mut Service, target: &str, body: &Value| answer(service, "POST", target, body);

    let mut rows: Vec<(&str, f64)> = vec![("100 nights of 100 policies", nights)];
    let first = json!({ "maxResults": 100 });
    let executions = json!({ "maxResults": 100, "resourceArn": policy });
    let newest = call(&mut service, "/ListLifecycleExecutions", &executions)?;
    let oldest =
        newest["lifecycleExecutions"].as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
    let resources = json!({ "maxResults": 100, "lifecycleExecutionId": oldest["lifecycleExecutionId"] });
    let filtered = json!({ "maxResults": 100, "filters": [{ "name": "version", "values": ["0.0.0/0"] }] });
    let pipeline = json!({ "maxResults": 100, "imagePipelineArn": "arn:aws:imagebuilder:us-west-2:123456789012:image-pipeline/web-base" });
    for (what, target, body) in [
        ("ListLifecyclePolicies, 100 policies", "/ListLifecyclePolicies", &first),
        ("ListLifecycleExecutions, 100 executions", "/ListLifecycleExecutions", &executions),
        ("ListLifecycleExecutionResources, 100 images", "/ListLifecycleExecutionResources", &resources),
        ("ListImageBuildVersions, 100 images", "/ListImageBuildVersions", &first),
        ("ListImageBuildVersions, a filter that nothing passes", "/ListImageBuildVersions", &filtered),
        ("ListImagePipelineImages, 100 images", "/ListImagePipelineImages", &pipeline),
    ] {
        rows.push((what, median(|| call(&mut service, target, body).map(drop))));
        let page = call(&mut service, target, body)?;
        if let Some(token) = page["nextToken"].as_str() {
            let mut body = body.clone();
            body["nextToken"] = json!(token);
            rows.push(("  the page after it", median(|| call(&mut service, target, &body).map(drop))));
        }
    }
    let get = format!("/GetLifecyclePolicy?lifecyclePolicyArn={policy}");
    rows.push(("GetLifecyclePolicy", median(|| answer(&mut service, "GET", &get, &Value::Null).map(drop))));
    let (unchanging, changing) = service.state_parts();
    rows.push(("state, the part that changes", median(|| service.state_parts().1)));
    let state = format!("{unchanging}{changing}");
    let start = Clock::now();
    black_box(Service::restore(&state)?);
    rows.push(("restore", milliseconds(start.elapsed())));

    let before = resident();
    let start = Clock::now();
    for number in 0..REQUESTS {
        match number % 4 {
            0 => drop(create(&mut service, POLICIES, number as usize)),
            1 => drop(answer(
                &mut service,
                "DELETE",
                &format!(
                    "/DeleteLifecyclePolicy?lifecyclePolicyArn=arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/{}",
                    name(POLICIES)
                ),
                &Value::Null,
            )?),
            2 => drop(call(&mut service, "/ListLifecyclePolicies", &json!({}))?),
            _ => drop(answer(&mut service, "GET", &get, &Value::Null)?),
        }
    }
    let each = milliseconds(start.elapsed()) / f64::from(REQUESTS);
    rows.push(("each of 100,000 mixed requests", each));
    let mut out = std::io::stdout().lock();
    writeln!(
        out,
        "{images} images, {POLICIES} policies, {} executions; milliseconds",
        POLICIES as i64 * DAYS
    )?;
    for (what, time) in rows {
        writeln!(out, "{time:>12.3}  {what}")?;
    }
    let megabyte = 1_048_576;
    writeln!(
        out,
        "state: {} MiB that never change, {} that do",
        unchanging.len() / megabyte,
        changing.len() / megabyte
    )?;
    if let (Some(before), Some(after)) = (before, resident()) {
        writeln!(out, "memory: {} MiB before those requests, {} after", before / 1024, after / 1024)?;
    }
    Ok(())
}

fn name(number: usize) -> String {
    format!("policy-{number:03}")
}

/// Makes a policy that deprecates the images of every recipe that are older than so many days.
fn create(service: &mut Service, number: usize, token: usize) -> Result<Value> {
    let body = json!({
        "name": name(number), "executionRole": "lifecycle", "resourceType": "AMI_IMAGE",
        "policyDetails": [{
            "action": { "type": "DEPRECATE", "includeResources": { "amis": true } },
            "filter": { "type": "AGE", "value": 2 + number, "unit": "WEEKS" },
        }],
        "resourceSelection": { "tagMap": { "Environment": "production", "Team": "web" } },
        "clientToken": format!("token-{token}"),
    });
    answer(service, "PUT", "/CreateLifecyclePolicy", &body)
}

fn answer(service: &mut Service, method: &str, target: &str, body: &Value) -> Result<Value> {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let response = service.handle(&Request { method, target, body: body.as_bytes() });
    match response.status {
        200 => Ok(serde_json::from_str(&response.body)?),
        _ => Err(format!("{target}: {}", response.body).into()),
    }
}

/// Kibibytes that the process holds, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}
