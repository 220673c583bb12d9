//! Clients that are slow, gone or mad.

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::run::NOW;
use crate::serve::server::Client;
use crate::serve::server::Server;

const CLOCK: &str = "/_afterimage/clock";

/// More than the server has open at once.
const MANY: usize = 200;

#[test]
fn clients_that_keep_the_server_waiting_hold_nobody_up() {
    let server = Server::start(&[]);
    let head = |client: &mut Client| client.send("GET / HTTP/1.1\r\nHost: local");
    let body =
        |client: &mut Client| client.send("PUT / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{");
    let silent = |_: &mut Client| true;
    let ways: [&dyn Fn(&mut Client) -> bool; 3] = [&head, &body, &silent];
    for way in ways {
        let mut clients: Vec<Client> = (0..MANY).map(|_| server.connect()).collect();
        for client in &mut clients {
            way(client);
        }
        assert_eq!(server.now(), NOW);
        // Byte by byte they are no quicker.
        for client in &mut clients {
            client.send("x");
        }
        assert_eq!(server.now(), NOW);
    }
}

#[test]
fn clients_that_do_not_read_hold_nobody_up() {
    let server = Server::start(&[]);
    let mut clients: Vec<Client> = (0..4).map(|_| server.connect()).collect();
    for client in &mut clients {
        let requests = client.request("GET", CLOCK, "").repeat(1000);
        // The answers fill what the system holds for them, and then no more requests are taken.
        client.hurry();
        while client.send(&requests) {}
    }
    assert_eq!(server.now(), NOW);
    let others: Vec<Client> = (0..MANY).map(|_| server.connect()).collect();
    assert_eq!(server.now(), NOW);
    drop(others);
}

#[test]
fn clients_that_go_away_hold_nobody_up() {
    let server = Server::start(&[]);
    for _ in 0..MANY {
        let mut client = server.connect();
        let request = client.request("GET", CLOCK, "");
        client.send(request);
    }
    assert_eq!(server.now(), NOW);
}

#[test]
fn many_clients_at_once_are_all_answered() {
    let server = Server::start(&[]);
    let ask = |mut client: Client| {
        let request = client.request("GET", CLOCK, "");
        client.send(request);
        client
    };
    // None of them goes before all are answered.
    let clients: Vec<Client> = (0..MANY).map(|_| ask(server.connect())).collect();
    for mut client in clients {
        assert_eq!(client.answer().unwrap().expect(200).json()["now"], NOW);
    }
}

#[test]
fn a_client_that_says_it_has_finished_is_answered() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    let request = client.request("GET", CLOCK, "");
    client.send(request);
    client.end();
    assert_eq!(client.answer().unwrap().expect(200).json()["now"], NOW);
}

/// Bytes of a request with some of them replaced, left out or put in.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let whole = prop_oneof![
        Just("GET /_afterimage/clock HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        Just("GET /GetImage?imageBuildVersionArn=arn%3Aaws HTTP/1.1\r\nHost: localhost\r\n\r\n"),
        Just("POST /ListLifecyclePolicies HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}"),
        Just(
            "PUT /CreateLifecyclePolicy HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n\
             2\r\n{}\r\n0\r\n\r\n"
        ),
    ];
    let damage =
        proptest::collection::vec((any::<prop::sample::Index>(), any::<Option<u8>>(), any::<bool>()), 0..6);
    (whole, damage).prop_map(|(whole, damage)| {
        let mut bytes = whole.as_bytes().to_vec();
        for (at, byte, puts_in) in damage {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match byte {
                Some(byte) if puts_in => bytes.insert(at, byte),
                Some(byte) => bytes[at] = byte,
                None => {
                    bytes.remove(at);
                }
            }
        }
        bytes
    })
}

#[test]
fn whatever_bytes_come_the_server_lives_on() {
    let server = Server::start(&[]);
    let noise = proptest::collection::vec(any::<u8>(), 0..600);
    let bytes = prop_oneof![1 => noise, 3 => damaged()];
    TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })
        .run(&bytes, |bytes| {
            let mut client = server.connect();
            client.send(&bytes);
            client.end();
            prop_assert!(client.rest().is_some(), "the connection stays open");
            prop_assert_eq!(server.now(), NOW);
            Ok(())
        })
        .unwrap();
}
