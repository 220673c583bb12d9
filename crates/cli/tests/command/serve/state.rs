//! What is there again after the server has ended, however it ended.

use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering;
use std::thread;

use serde_json::Value;

use crate::run::EXPORTS;
use crate::run::NOW;
use crate::run::file;
use crate::run::folder;
use crate::serve::server::Client;
use crate::serve::server::Server;
use crate::serve::server::refused;

fn path_in(folder: &tempfile::TempDir) -> String {
    folder.path().join("state.json").to_str().unwrap().to_owned()
}

fn parsed(path: &str) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn the_same_command_line_begins_and_continues() {
    let folder = folder();
    let path = path_in(&folder);
    let inventory = EXPORTS.map(|export| ["--inventory", export]).concat();
    let args = [&["--state", &path, "--account", "123456789012", "--daily-run-at", "03:30"], &inventory[..]]
        .concat();
    let server = Server::start(&args);
    assert!(parsed(&path).is_object(), "it is there before anybody is served");
    assert_eq!(server.advance(r#"{"days": 2}"#), "2026-11-25T12:00:00Z");
    server.kill();
    let server = Server::start(&args);
    assert_eq!(server.now(), "2026-11-25T12:00:00Z");
    server.kill();
    assert_eq!(Server::start_with(&["--state", &path]).now(), "2026-11-25T12:00:00Z");
}

#[test]
fn arguments_that_contradict_the_state_are_refused() {
    let folder = folder();
    let path = path_in(&folder);
    Server::start(&["--state", &path, "--inventory", "images.json"]).kill();
    let before = fs::read(&path).unwrap();
    for (option, value, words) in [
        (
            "--account",
            "111122223333",
            "was begun with --account 123456789012, and cannot continue with 111122223333",
        ),
        ("--region", "eu-west-1", "was begun with --region us-west-2, and cannot continue with eu-west-1"),
        (
            "--now",
            "2026-11-24T12:00:00Z",
            "with --now 2026-11-23T12:00:00Z, and cannot continue with 2026-11-24",
        ),
        ("--inventory", "amis.json", "was begun with --inventory other images"),
        (
            "--seconds-per-resource",
            "7",
            "was begun with --seconds-per-resource 0, and cannot continue with 7",
        ),
        ("--daily-run-at", "03:30", "was begun with --daily-run-at 00:00, and cannot continue with 03:30"),
        ("--assume", "young-images-fill-slots=false", "was begun with --assume other answers"),
    ] {
        let help = format!("help: leave {option} out to continue");
        refused(&["--state", &path, option, value], &["state.json: ", words, &help]);
    }
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_state_that_cannot_be_used_is_named_and_left_alone() {
    let folder = folder();
    let path = path_in(&folder);
    Server::start(&["--state", &path]).kill();
    let mut newer = parsed(&path);
    newer["version"] = 9999.into();
    for (name, content, words) in [
        ("newer.json", newer.to_string(), "is of version 9999, and this program knows"),
        ("empty.json", String::new(), "state document is broken"),
        (
            "cut.json",
            fs::read_to_string(&path).unwrap().split_at(40).0.to_owned(),
            "state document is broken",
        ),
        ("other.json", "{}".to_owned(), "state document is broken"),
    ] {
        let path = file(&folder, name, &content);
        refused(&["--state", &path], &[name, words, "help: name a file that is not there yet to begin anew"]);
        assert_eq!(fs::read_to_string(&path).unwrap(), content);
    }
    let bytes = file(&folder, "bytes.json", b"\xff\xfe");
    refused(&["--state", &bytes], &["bytes.json: cannot be read: "]);
    let place = folder.path().to_str().unwrap();
    refused(&["--state", place], &[place, ": is not a file"]);
    let nowhere = folder.path().join("nowhere/state.json");
    refused(&["--state", nowhere.to_str().unwrap()], &["state.json: cannot be written: "]);
}

#[test]
fn two_servers_do_not_share_a_state() {
    let folder = folder();
    let path = path_in(&folder);
    let server = Server::start(&["--state", &path]);
    let refuse = || refused(&["--state", &path], &["another server keeps its state there"]);
    refuse();
    // The file is another one by then.
    server.advance(r#"{"days": 1}"#);
    refuse();
    server.kill();
    assert_eq!(Server::start_with(&["--state", &path]).now(), "2026-11-24T12:00:00Z");
}

/// What is acknowledged is there again, whenever the server is killed, and the file is whole at any time.
#[test]
fn nothing_acknowledged_is_lost() {
    let folder = folder();
    let path = path_in(&folder);
    let mut last = NOW.to_owned();
    for round in 0_usize..8 {
        let server = Server::start(&["--state", &path, "--inventory", "images.json"]);
        assert!(server.now() >= last, "{} was acknowledged, {} is there", last, server.now());
        let port = server.port;
        let acknowledged = Mutex::new(Vec::new());
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let write = || {
                let mut client = Client::new(port);
                let request = client.request("PUT", "/_afterimage/clock", r#"{"advance": {"minutes": 1}}"#);
                while client.send(&request)
                    && let Some(answer) = client.answer()
                {
                    let now = answer.expect(200).json()["now"].as_str().unwrap().to_owned();
                    acknowledged.lock().unwrap().push(now);
                }
            };
            let writers = [scope.spawn(write), scope.spawn(write), scope.spawn(write)];
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    assert!(parsed(&path).is_object());
                }
            });
            // At another place in the stream each time; a writer that has ended has failed.
            while acknowledged.lock().unwrap().len() < 5 + 7 * round
                && !writers.iter().any(|writer| writer.is_finished())
            {
                thread::yield_now();
            }
            server.kill();
            is_over.store(true, Ordering::Relaxed);
        });
        last = acknowledged.into_inner().unwrap().into_iter().max().unwrap();
    }
    assert!(Server::start(&["--state", &path]).now() >= last);
}

#[cfg(unix)]
#[test]
fn told_to_stop_it_ends_what_is_under_way() {
    for signal in ["TERM", "INT"] {
        let folder = folder();
        let path = path_in(&folder);
        let mut server = Server::start(&["--state", &path]);
        let mut idle = server.connect();
        idle.call("GET", "/_afterimage/clock", "").expect(200);
        let mut client = server.connect();
        let request = client.request("PUT", "/_afterimage/clock", r#"{"advance": {"days": 1}}"#);
        let (begin, end) = request.split_at(request.len() - 5);
        client.send(begin);
        // Answered after the beginning of the other request has come in.
        server.now();
        server.signal(signal);
        // Nobody is waited for who has nothing under way.
        assert!(idle.answer().is_none());
        client.send(end);
        let answer = client.answer().unwrap().expect(200);
        assert_eq!(answer.json()["now"], "2026-11-24T12:00:00Z");
        assert!(client.answer().is_none());
        assert_eq!(server.wait().code(), Some(0));
        assert!(std::net::TcpStream::connect(("127.0.0.1", server.port)).is_err());
        assert_eq!(Server::start_with(&["--state", &path]).now(), "2026-11-24T12:00:00Z");
    }
}

#[cfg(unix)]
#[test]
fn a_state_that_cannot_be_kept_is_not_acknowledged() {
    let folder = folder();
    let path = path_in(&folder);
    let server = Server::start(&["--state", &path]);
    let beside = Path::new(&path).with_added_extension("new");
    fs::create_dir(&beside).unwrap();
    let advance = || server.call("PUT", "/_afterimage/clock", r#"{"advance": {"days": 1}}"#);
    advance().expect(500).refuses("ServiceException", "cannot be written to its file");
    server.call("GET", "/_afterimage/clock", "").expect(500);
    fs::remove_dir(&beside).unwrap();
    advance().expect(200);
    server.kill();
    assert_eq!(Server::start_with(&["--state", &path]).now(), "2026-11-25T12:00:00Z");
}

#[cfg(unix)]
#[test]
fn a_link_and_the_permissions_of_a_state_stay() {
    use std::os::unix::fs::PermissionsExt;
    let folder = folder();
    let path = path_in(&folder);
    Server::start(&["--state", &path]).kill();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    let link = folder.path().join("link.json");
    std::os::unix::fs::symlink(&path, &link).unwrap();
    let server = Server::start_with(&["--state", link.to_str().unwrap()]);
    server.advance(r#"{"days": 1}"#);
    server.kill();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "{names:?}");
}
