//! Requests that are let in, and those that are not.

use crate::run::NOW;
use crate::run::file;
use crate::run::folder;
use crate::serve::server::Client;
use crate::serve::server::Server;
use crate::serve::server::refused;

const CLOCK: &str = "/_afterimage/clock";

#[test]
fn each_server_takes_a_free_port_of_its_own() {
    let servers = [Server::start(&["--port", "0"]), Server::start(&[])];
    assert_ne!(servers[0].port, servers[1].port);
    for server in &servers {
        assert_eq!(server.now(), NOW);
    }
}

#[test]
fn a_port_in_use_is_named() {
    let server = Server::start(&[]);
    refused(
        &["--port", &server.port.to_string()],
        &[&format!("error: 127.0.0.1:{}: cannot be listened on: ", server.port), "help: choose another port"],
    );
}

#[test]
fn arguments_that_cannot_be_used_are_named() {
    for (args, words) in [
        (["--port", "65536"], "65536"),
        (["--now", "noon"], "`noon` is not a timestamp"),
        (["--account", "12"], "`12` is not twelve digits"),
        (["--region", "Ohio"], "`Ohio` is not the name of a Region"),
        (["--daily-run-at", "24:00"], "write a time of day like 03:30"),
        (["--daily-run-at", "3:30"], "write a time of day like 03:30"),
        (["--inventory", "nowhere.json"], "nowhere.json: cannot be read: "),
        (["--inventory", "policy.json"], "policy.json: is a lifecycle policy, not an inventory"),
    ] {
        refused(&args, &[words]);
    }
}

#[test]
fn an_inventory_brings_its_account_and_region() {
    let folder = folder();
    let image = "arn:aws:imagebuilder:eu-west-1:210987654321:image/web/1.0.0/1";
    let created = r#""dateCreated": "2026-01-01T00:00:00Z", "state": {"status": "AVAILABLE"}"#;
    let inventory =
        file(&folder, "one.json", format!(r#"{{"imageSummaryList": [{{"arn": "{image}", {created}}}]}}"#));
    let listed = |more: &[&str]| {
        let server = Server::start(&[&["--inventory", &inventory], more].concat());
        let listed = server.call("POST", "/ListImageBuildVersions", "{}").expect(200).json();
        listed["imageSummaryList"].as_array().unwrap().len()
    };
    assert_eq!(listed(&[]), 1);
    assert_eq!(listed(&["--region", "us-west-2"]), 0);
    assert_eq!(listed(&["--account", "123456789012"]), 0);
}

#[test]
fn the_clock_moves_forward() {
    let server = Server::start(&[]);
    assert_eq!(server.advance(r#"{"days": 3}"#), "2026-11-26T12:00:00Z");
    assert_eq!(server.advance(r#"{"hours": 1, "minutes": 30}"#), "2026-11-26T13:30:00Z");
    let set = server.call("PUT", CLOCK, r#"{"now": "2027-01-01T00:00:00+01:00"}"#).expect(200);
    assert_eq!(set.body, r#"{"now":"2026-12-31T23:00:00Z"}"#);
    assert_eq!(set.header("content-type"), Some("application/json"));
    // Where it stands already is no way back.
    server.call("PUT", CLOCK, r#"{"now": "2026-12-31T23:00:00Z"}"#).expect(200);
    let back = server.call("PUT", CLOCK, r#"{"now": "2026-12-31T22:59:59Z"}"#).expect(400);
    back.refuses("InvalidRequestException", "cannot go back");
    server.call("PUT", CLOCK, r#"{"advance": {"days": 99999999}}"#).expect(400);
    server.call("PUT", CLOCK, r#"{"advance": {"days": 9999999999999999}}"#).expect(400);
    server.call("PUT", CLOCK, r#"{"now": "9999-12-31T00:00:00Z"}"#).expect(400);
    server.call("PUT", CLOCK, r#"{"advance": {"fortnights": 1}}"#).expect(400);
    assert_eq!(server.now(), "2026-12-31T23:00:00Z");
    let wrong = server.call("POST", CLOCK, "{}").expect(405);
    assert_eq!(wrong.header("allow"), Some("GET, HEAD, PUT"));
    server.call("GET", "/_afterimage/clocks", "").expect(404);
}

#[test]
fn only_this_machine_is_answered() {
    let server = Server::start(&[]);
    let head = |lines: &str| {
        let mut client = server.connect();
        client.send(format!("GET {CLOCK} HTTP/1.1\r\n{lines}\r\n"));
        client.answer().unwrap()
    };
    for host in ["127.0.0.1", "127.0.0.1:1", "localhost", "LocalHost:80", "[::1]", "[::1]:8080", "127.8.8.8"]
    {
        head(&format!("Host: {host}\r\n")).expect(200);
    }
    for host in
        ["example.com", "127.0.0.1.example.com", "localhost.example.com:80", "10.0.0.1", "[::2]", "", ":80"]
    {
        head(&format!("Host: {host}\r\n"))
            .expect(403)
            .refuses("ForbiddenException", "127.0.0.1 or localhost");
    }
    for host in ["example.com@127.0.0.1", "127.0.0.1@example.com", "127.0.0.1 example.com", "0x7f.1"] {
        head(&format!("Host: {host}\r\n")).expect(403);
    }
    head("").expect(400).refuses("InvalidRequestException", "one Host header");
    head("Host: 127.0.0.1\r\nHost: example.com\r\n").expect(400);

    for origin in ["http://localhost:8080", "http://127.0.0.1", "https://[::1]:3000"] {
        head(&format!("Host: 127.0.0.1\r\nOrigin: {origin}\r\n")).expect(200);
    }
    for origin in ["https://example.com", "null", "", "http://127.0.0.1.example.com", "localhost.example.com"]
    {
        let refused = head(&format!("Host: 127.0.0.1\r\nOrigin: {origin}\r\n")).expect(403);
        refused.refuses("ForbiddenException", "pages of other machines");
    }

    let mut client = server.connect();
    client.send(format!("GET http://example.com{CLOCK} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"));
    client.answer().unwrap().expect(403);
    let mut client = server.connect();
    client.send(format!("GET http://localhost{CLOCK} HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    client.answer().unwrap().expect(200);
}

#[test]
fn a_body_over_one_mebibyte_is_refused_unread() {
    let server = Server::start(&[]);
    let head = |more: &str| format!("PUT {CLOCK} HTTP/1.1\r\nHost: localhost\r\n{more}\r\n\r\n");
    let refused = |client: &mut Client| {
        let answer = client.answer().unwrap().expect(413);
        answer.refuses("RequestEntityTooLargeException", "1048576");
        assert_eq!(answer.header("connection"), Some("close"));
    };
    // The answer comes before a byte of the body does.
    let mut client = server.connect();
    client.send(head("Content-Length: 1048577"));
    refused(&mut client);
    let mut client = server.connect();
    client.send(head("Content-Length: 1048577\r\nExpect: 100-continue"));
    refused(&mut client);
    // It arrives with a client that sends everything before it listens.
    let mut client = server.connect();
    client.send(head("Content-Length: 4000000"));
    assert!(client.send(vec![b' '; 4_000_000]), "the connection is closed while the client sends");
    refused(&mut client);
    // A body of unknown length is read as far as it may go.
    let mut client = server.connect();
    client.send(head("Transfer-Encoding: chunked"));
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000));
    for _ in 0..17 {
        client.send(&chunk);
    }
    refused(&mut client);

    let body = format!("{{\"advance\": {{\"days\": 1}}{}}}", " ".repeat((1 << 20) - 24));
    assert_eq!(body.len(), 1 << 20);
    server.call("PUT", CLOCK, &body).expect(200);
}

#[test]
fn requests_sent_at_once_are_answered_one_after_the_other() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    let requests: String = (1..=20)
        .map(|hours| client.request("PUT", CLOCK, &format!(r#"{{"advance": {{"hours": {hours}}}}}"#)))
        .collect();
    client.send(requests);
    let mut last = String::new();
    for _ in 1..=20 {
        let now = client.answer().unwrap().expect(200).json()["now"].as_str().unwrap().to_owned();
        assert!(last < now, "{last} {now}");
        last = now;
    }
    // 210 hours after the start.
    assert_eq!(last, "2026-12-02T06:00:00Z");
    assert_eq!(client.call("GET", CLOCK, "").expect(200).json()["now"], last);
}

#[test]
fn what_is_no_http_is_refused() {
    let server = Server::start(&[]);
    for text in [
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
        "GET /\u{0} HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\nNo colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: localhost\r\n\r folded: x\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
        "PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx",
        "PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\nx",
        "PUT / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    ] {
        let mut client = server.connect();
        client.send(text);
        client.end();
        let answer = client.answer();
        assert!(answer.is_none_or(|answer| answer.status == 400), "{text:?}");
        assert_eq!(client.rest().map(|rest| rest.len()), Some(0), "{text:?}");
    }
    let mut client = server.connect();
    client.send(format!("GET / HTTP/1.1\r\nHost: localhost\r\nX: {}\r\n\r\n", "x".repeat(1 << 17)));
    client.answer().unwrap().expect(431);
    assert_eq!(server.now(), NOW);
}
