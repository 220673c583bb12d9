//! A server, and a client that knows no more HTTP than it needs.

use std::io::BufRead;
use std::io::BufReader;
use std::io::Read;
use std::io::Write;
use std::net::TcpStream;
use std::process::Child;
use std::process::ExitStatus;
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::run::Done;
use crate::run::NOW;
use crate::run::afterimage;

/// A running server; it ends with the value.
pub(super) struct Server {
    child: Child,
    pub(super) port: u16,
}

impl Server {
    /// Starts with the clock at the fixtures' instant.
    #[track_caller]
    pub(super) fn start(more: &[&str]) -> Self {
        Self::start_with(&[&["--now", NOW], more].concat())
    }

    #[track_caller]
    pub(super) fn start_with(args: &[&str]) -> Self {
        let mut command = afterimage(&[&["serve"], args].concat());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port = line.strip_prefix("listening on http://127.0.0.1:").unwrap().trim_end().parse().unwrap();
        Self { child, port }
    }

    pub(super) fn connect(&self) -> Client {
        Client::new(self.port)
    }

    #[track_caller]
    pub(super) fn call(&self, method: &str, target: &str, body: &str) -> Answer {
        self.connect().call(method, target, body)
    }

    #[track_caller]
    pub(super) fn now(&self) -> String {
        let answer = self.call("GET", "/_afterimage/clock", "").expect(200);
        answer.json()["now"].as_str().unwrap().to_owned()
    }

    #[track_caller]
    pub(super) fn advance(&self, by: &str) -> String {
        let answer = self.call("PUT", "/_afterimage/clock", &format!(r#"{{"advance": {by}}}"#)).expect(200);
        answer.json()["now"].as_str().unwrap().to_owned()
    }

    /// Sends a signal by its name.
    #[cfg(unix)]
    pub(super) fn signal(&self, name: &str) {
        let kill = std::process::Command::new("kill")
            .args([format!("-{name}"), self.child.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
    }

    pub(super) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    /// Ends it without notice.
    pub(super) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

/// Starts a server that has to refuse, with these words; one that does not is ended.
#[track_caller]
pub(super) fn refused(args: &[&str], words: &[&str]) {
    let mut command = afterimage(&[&["serve"], args].concat());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdout = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut stdout).unwrap();
    if !stdout.is_empty() {
        child.kill().unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(stdout, "");
    Done { code: output.status.code(), stdout, stderr }.expect(2).says(words);
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One connection.
pub(super) struct Client {
    stream: BufReader<TcpStream>,
    port: u16,
}

impl Client {
    pub(super) fn new(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        // A server that is held up fails the test, sooner than its own patience ends.
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream.set_write_timeout(Some(Duration::from_secs(20))).unwrap();
        Self { stream: BufReader::new(stream), port }
    }

    /// Sends bytes; `false` when the server has closed the connection.
    pub(super) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.get_mut().write_all(bytes.as_ref()).is_ok()
    }

    /// Gives up sending as soon as nothing is taken for a moment.
    pub(super) fn hurry(&self) {
        self.stream.get_ref().set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    }

    /// Says that nothing more comes.
    pub(super) fn end(&mut self) {
        let _ = self.stream.get_mut().shutdown(std::net::Shutdown::Write);
    }

    /// A request with what it needs.
    pub(super) fn request(&self, method: &str, target: &str, body: &str) -> String {
        let port = self.port;
        let length = body.len();
        format!(
            "{method} {target} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: {length}\r\n\r\n{body}"
        )
    }

    #[track_caller]
    pub(super) fn call(&mut self, method: &str, target: &str, body: &str) -> Answer {
        let request = self.request(method, target, body);
        self.send(request);
        self.answer().unwrap()
    }

    /// The next answer; `None` when the connection ends.
    #[track_caller]
    pub(super) fn answer(&mut self) -> Option<Answer> {
        let mut line = String::new();
        self.stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        let status = line.split(' ').nth(1).unwrap().parse().unwrap();
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
            let Some((name, value)) = line.trim_end().split_once(": ") else { break };
            headers.push((name.to_ascii_lowercase(), value.to_owned()));
        }
        let mut answer = Answer { status, headers, body: String::new() };
        let length = answer.header("content-length").map_or(0, |length| length.parse().unwrap());
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).ok()?;
        answer.body = String::from_utf8(body).unwrap();
        Some(answer)
    }

    /// Everything that is still sent until the connection ends; `None` when it does not.
    pub(super) fn rest(&mut self) -> Option<Vec<u8>> {
        let mut rest = Vec::new();
        match self.stream.read_to_end(&mut rest) {
            Err(error) if error.kind() != std::io::ErrorKind::ConnectionReset => None,
            _ => Some(rest),
        }
    }
}

#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    headers: Vec<(String, String)>,
    pub(super) body: String,
}

impl Answer {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    #[track_caller]
    pub(super) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:#?}");
        self
    }

    #[track_caller]
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    /// The error's name, and its message holds these words.
    #[track_caller]
    pub(super) fn refuses(&self, kind: &str, words: &str) {
        assert_eq!(self.header("x-amzn-errortype"), Some(kind), "{self:#?}");
        let message = self.json()["message"].as_str().unwrap().to_owned();
        assert!(message.contains(words), "`{words}` is not in: {message}");
    }
}
