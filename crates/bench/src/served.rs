//! How the command answers the lifecycle API over loopback, with a large account behind it.

use std::error::Error;
use std::fs;
use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::Child;
use std::process::Command;
use std::process::Stdio;
use std::thread;
use std::time::Instant as Clock;

use serde_json::Value;
use serde_json::json;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

const POLICIES: usize = 100;
const NIGHTS: usize = 100;
/// Of each kind of request, one after the other, for its latency.
const SAMPLES: usize = 500;
/// Of all kinds, for requests a second.
const REQUESTS: usize = 20_000;
/// For how much memory they leave behind.
const MANY_REQUESTS: usize = 100_000;
const CONNECTIONS: usize = 4;

/// Measures the `afterimage` at `program` with the fleet in `folder`, and prints what it finds.
pub(crate) fn measure(program: &Path, folder: &Path) -> Result<()> {
    let state = folder.join("state.json");
    let _ = fs::remove_file(&state);
    let alone = Measured::of(program, folder, None)?;
    let kept = Measured::of(program, folder, Some(&state))?;
    println!("| | without `--state` | with `--state` |\n|---|---:|---:|");
    for ((name, alone), (_, kept)) in alone.rows.iter().zip(&kept.rows) {
        println!("| {name} | {alone} | {kept} |");
    }
    Ok(())
}

/// One column of the table.
struct Measured {
    rows: Vec<(String, String)>,
}

impl Measured {
    fn of(program: &Path, folder: &Path, state: Option<&Path>) -> Result<Self> {
        let start = Clock::now();
        let server = Server::start(program, folder, state)?;
        let started = start.elapsed();
        let mut client = server.connect()?;
        let mut rows = vec![("ready after, s".to_owned(), format!("{:.1}", started.as_secs_f64()))];
        let mut row = |name: &str, value: String| {
            eprintln!("{name}: {value}");
            rows.push((name.to_owned(), value));
        };

        let arns = create_policies(&mut client)?;
        let start = Clock::now();
        for _ in 0..NIGHTS {
            client.call("PUT", "/_afterimage/clock", &json!({"advance": {"days": 1}}))?;
        }
        row(
            &format!("a night of {POLICIES} policies, ms"),
            format!("{:.1}", milliseconds(start) / NIGHTS as f64),
        );
        if let Some(state) = state {
            row("state, MB", format!("{:.1}", fs::metadata(state)?.len() as f64 / 1e6));
        } else {
            row("state, MB", String::new());
        }

        let reads = Reads::find(&mut client, &arns)?;
        for (name, request) in &reads.0 {
            let mut samples = Vec::with_capacity(SAMPLES);
            for _ in 0..SAMPLES {
                let start = Clock::now();
                client.send(request)?;
                client.receive()?;
                samples.push(milliseconds(start));
            }
            samples.sort_by(f64::total_cmp);
            let at = |part: usize| samples.get(samples.len() * part / 100).copied().unwrap_or_default();
            row(&format!("{name}, ms, p50 and p99"), format!("{:.2}, {:.2}", at(50), at(99)));
        }
        let rate = server.rate(REQUESTS, |number| reads.at(number))?;
        row("reads a second", format!("{rate:.0}"));
        // With a large state each write takes a while, so there are fewer.
        let writes = if state.is_some() { 20 } else { REQUESTS };
        let rate = server.rate(writes, update)?;
        row("writes a second", format!("{rate:.0}"));
        let mixed = if state.is_some() { 200 } else { REQUESTS };
        let other =
            |number: usize| if number.is_multiple_of(20) { update(mixed + number) } else { reads.at(number) };
        let rate = server.rate(mixed, other)?;
        row("requests a second, one in twenty a write", format!("{rate:.0}"));

        let mut sizes = Vec::new();
        // The file changes nothing about what is held in memory for a request that only reads.
        if state.is_none() {
            sizes.push(server.memory()?);
            for _ in 0..4 {
                server.rate(MANY_REQUESTS / 4, |number| reads.at(number))?;
                sizes.push(server.memory()?);
            }
        }
        let sizes: Vec<String> = sizes.iter().map(|size| format!("{size:.1}")).collect();
        row("resident, in MB, before and after each quarter of 100 000 reads", sizes.join(", "));
        Ok(Self { rows })
    }
}

/// A request of each kind that only reads.
struct Reads(Vec<(String, Vec<u8>)>);

impl Reads {
    fn find(client: &mut Client, arns: &[String]) -> Result<Self> {
        let arn = arns.first().ok_or("there are no policies")?;
        let mut reads = Vec::new();
        let mut page = |client: &mut Client, name: &str, path: &str, body: &Value| -> Result<Value> {
            let answer = client.call("POST", path, body)?;
            reads.push((name.to_owned(), request("POST", path, &body.to_string())));
            Ok(answer)
        };
        page(client, "first page of 25 policies", "/ListLifecyclePolicies", &json!({}))?;
        page(client, "all 100 policies", "/ListLifecyclePolicies", &json!({"maxResults": 100}))?;
        let mut executions = Value::Null;
        for number in arns.iter().take(20) {
            executions = client.call("POST", "/ListLifecycleExecutions", &json!({"resourceArn": number}))?;
        }
        let body = json!({"resourceArn": arn, "maxResults": 100});
        page(client, "100 executions of a policy", "/ListLifecycleExecutions", &body)?;
        // The largest of a policy's executions.
        let mut most = (0, Value::Null);
        for execution in executions["lifecycleExecutions"].as_array().into_iter().flatten() {
            let body = json!({"lifecycleExecutionId": execution["lifecycleExecutionId"], "maxResults": 100});
            let found = client.call("POST", "/ListLifecycleExecutionResources", &body)?;
            let found = found["resources"].as_array().map_or(0, Vec::len);
            most = if found >= most.0 { (found, body) } else { most };
        }
        let name = format!("{} resources of an execution", most.0);
        page(client, &name, "/ListLifecycleExecutionResources", &most.1)?;
        let mut body = json!({"maxResults": 100});
        let images = page(client, "first page of 100 images", "/ListImageBuildVersions", &body)?;
        for _ in 0..300 {
            body["nextToken"] = client.call("POST", "/ListImageBuildVersions", &body)?["nextToken"].take();
        }
        page(client, "page 301 of 100 images", "/ListImageBuildVersions", &body)?;
        let body = json!({"filters": [{"name": "name", "values": ["*-gateway"]}], "maxResults": 100});
        page(client, "100 images by name", "/ListImageBuildVersions", &body)?;
        let pipeline = "arn:aws:imagebuilder:us-west-2:123456789012:image-pipeline/web-base";
        let body = json!({"imagePipelineArn": pipeline, "maxResults": 100});
        page(client, "100 images of a pipeline", "/ListImagePipelineImages", &body)?;

        let image = &images["imageSummaryList"][50]["arn"];
        let execution = &executions["lifecycleExecutions"][0]["lifecycleExecutionId"];
        for (name, path, value) in [
            ("one image", "/GetImage?imageBuildVersionArn", image),
            ("one policy", "/GetLifecyclePolicy?lifecyclePolicyArn", &json!(arn)),
            ("one execution", "/GetLifecycleExecution?lifecycleExecutionId", execution),
        ] {
            let target = format!("{path}={}", value.as_str().ok_or("there is none")?);
            client.call("GET", &target, &Value::Null)?;
            reads.push((name.to_owned(), request("GET", &target, "")));
        }
        Ok(Self(reads))
    }

    fn at(&self, number: usize) -> Vec<u8> {
        self.0.get(number % self.0.len()).map(|(_, request)| request.clone()).unwrap_or_default()
    }
}

/// Policies of three rules, for one recipe each; they act on a good part of its images in time.
fn create_policies(client: &mut Client) -> Result<Vec<String>> {
    let kinds = ["base", "api", "worker", "runner", "db", "gateway"];
    let teams =
        ["web", "data", "mobile", "billing", "search", "platform", "security", "media", "edge", "batch"];
    let recipes = teams.iter().flat_map(|team| kinds.iter().map(move |kind| format!("{team}-{kind}")));
    let recipes: Vec<String> = recipes.collect();
    let mut arns = Vec::new();
    for (number, recipe) in (0..POLICIES).zip(recipes.iter().cycle()) {
        let rule = |action: &str, days: u32| {
            json!({"action": {"type": action, "includeResources": {"amis": true}},
                   "filter": {"type": "AGE", "value": days, "unit": "DAYS"}})
        };
        let policy = json!({
            "name": format!("policy {number}"),
            "executionRole": "role",
            "resourceType": "AMI_IMAGE",
            "policyDetails": [rule("DEPRECATE", 700), rule("DISABLE", 800), rule("DELETE", 900)],
            "resourceSelection": {"recipes": [{"name": recipe, "semanticVersion": "x.x.x"}]},
            "clientToken": format!("policy {number}"),
        });
        let answer = client.call("PUT", "/CreateLifecyclePolicy", &policy)?;
        arns.push(answer["lifecyclePolicyArn"].as_str().ok_or("there is no ARN")?.to_owned());
    }
    Ok(arns)
}

/// A change of its own for each number: another version of a policy.
fn update(number: usize) -> Vec<u8> {
    let policy = json!({
        "lifecyclePolicyArn": format!("arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/policy-{}", number % POLICIES),
        "executionRole": "role",
        "description": format!("version {number}"),
        "resourceType": "AMI_IMAGE",
        "status": "DISABLED",
        "policyDetails": [{"action": {"type": "DELETE"}, "filter": {"type": "COUNT", "value": 1 + number % 900}}],
        "resourceSelection": {"tagMap": {"Nobody": "has this"}},
        "clientToken": format!("{number} {:?}", thread::current().id()),
    });
    request("PUT", "/UpdateLifecyclePolicy", &policy.to_string())
}

/// A running server; it ends with the value.
struct Server {
    child: Child,
    port: u16,
}

impl Server {
    fn start(program: &Path, folder: &Path, state: Option<&Path>) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["serve", "--now", "2026-11-23T12:00:00Z"]);
        for export in ["images.json", "amis.json"] {
            command.arg("--inventory").arg(folder.join(export));
        }
        if let Some(state) = state {
            command.arg("--state").arg(state);
        }
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("there is no output")?).read_line(&mut line)?;
        let port = line.trim_end().rsplit(':').next().unwrap_or_default();
        let port = port.parse().map_err(|_| format!("the server says `{line}`"))?;
        Ok(Self { child, port })
    }

    fn connect(&self) -> Result<Client> {
        let stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_nodelay(true)?;
        Ok(Client(BufReader::new(stream)))
    }

    /// Requests a second over a few connections, each of which has one request under way at a time.
    fn rate(&self, requests: usize, request: impl Fn(usize) -> Vec<u8> + Sync) -> Result<f64> {
        let start = Clock::now();
        thread::scope(|scope| {
            let work = |first: usize| {
                let request = &request;
                move || -> Result<()> {
                    let mut client = self.connect()?;
                    for number in (first..requests).step_by(CONNECTIONS) {
                        client.send(&request(number))?;
                        client.receive()?;
                    }
                    Ok(())
                }
            };
            let threads: Vec<_> = (0..CONNECTIONS).map(|first| scope.spawn(work(first))).collect();
            threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| "a client stopped")?)
        })?;
        Ok(requests as f64 / start.elapsed().as_secs_f64())
    }

    /// Resident, in megabytes.
    fn memory(&self) -> Result<f64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
        let kilobytes: f64 = line.trim().trim_end_matches(" kB").parse()?;
        Ok(kilobytes * 1024.0 / 1e6)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One connection that is kept open.
struct Client(BufReader<TcpStream>);

impl Client {
    fn call(&mut self, method: &str, target: &str, body: &Value) -> Result<Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.send(&request(method, target, &body))?;
        Ok(serde_json::from_slice(&self.receive()?)?)
    }

    fn send(&mut self, request: &[u8]) -> Result<()> {
        Ok(self.0.get_mut().write_all(request)?)
    }

    /// The body of an answer that is no error.
    fn receive(&mut self) -> Result<Vec<u8>> {
        let (mut status, mut length) = (String::new(), 0);
        self.0.read_line(&mut status)?;
        loop {
            let mut line = String::new();
            self.0.read_line(&mut line)?;
            if line.trim_end().is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim_end().parse()?;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        if status.contains(" 200 ") {
            Ok(body)
        } else {
            Err(format!("{} {}", status.trim_end(), String::from_utf8_lossy(&body)).into())
        }
    }
}

fn request(method: &str, target: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("{method} {target} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-length: {length}\r\n\r\n{body}")
        .into_bytes()
}

fn milliseconds(since: Clock) -> f64 {
    since.elapsed().as_secs_f64() * 1e3
}
