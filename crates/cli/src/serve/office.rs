//! The service at work: one request at a time, and no answer before its change is on the disk.

use std::cell::RefCell;
use std::io;

use afterimage_inventory::Instant;
use afterimage_service::ClockError;
use afterimage_service::Request;
use afterimage_service::Service;
use http_body_util::Full;
use hyper::Response;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header;
use hyper::header::HeaderName;
use hyper::header::HeaderValue;
use serde_json::json;
use tokio::sync::Mutex;
use tokio::task::yield_now;

use crate::serve::clock;
use crate::serve::refusal;
use crate::serve::refusal::Refusal;
use crate::serve::state::StateFile;

/// The service, the file that keeps its state, and who moves its clock.
pub(super) struct Office {
    service: RefCell<Service>,
    file: Option<StateFile>,
    /// Held by whoever moves the clock.
    moving: Mutex<()>,
}

impl Office {
    pub(super) fn new(service: Service, file: Option<StateFile>) -> Self {
        Self { service: RefCell::new(service), file, moving: Mutex::new(()) }
    }

    /// Answers a request. A change is kept before anybody hears of it, and an answer that shows a change of
    /// somebody else waits for that one too: what was once seen is never lost.
    ///
    /// This must run to its end, even if nobody waits for the answer any more: see [`StateFile::keep`].
    pub(super) async fn answer(&self, method: &str, target: &str, body: &[u8]) -> Response<Full<Bytes>> {
        let response = match target.split_once('?').map_or(target, |(path, _)| path) {
            clock::PATH => self.clock(method, body).await.unwrap_or_else(Response::from),
            _ => self.call(&Request { method, target, body }),
        };
        match self.keep().await {
            Ok(()) => response,
            Err(error) => Refusal {
                status: StatusCode::INTERNAL_SERVER_ERROR,
                kind: "ServiceException",
                message: format!(
                    "the state cannot be written to its file, and what changed is lost when the server stops: {error}"
                ),
            }
            .into(),
        }
    }

    /// Brings the state that is on the disk up to date.
    pub(super) async fn keep(&self) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let newest = || {
            let service = self.service.borrow();
            (service.revision(), service.state_parts())
        };
        let revision = self.service.borrow().revision();
        file.keep(revision, newest).await
    }

    fn call(&self, request: &Request<'_>) -> Response<Full<Bytes>> {
        let answer = self.service.borrow_mut().handle(request);
        let mut response = Response::new(Full::from(answer.body));
        *response.status_mut() =
            StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        for (name, value) in answer.headers {
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().append(HeaderName::from_static(name), value);
            }
        }
        response
    }

    /// Tells where the clock stands, after moving it if that is asked for.
    async fn clock(&self, method: &str, body: &[u8]) -> Result<Response<Full<Bytes>>, Refusal> {
        match method {
            "GET" | "HEAD" => {}
            "PUT" => {
                let change = clock::read(body).map_err(Refusal::invalid)?;
                // Two moves at once would make the second start from where the first is on its way.
                let _moving = self.moving.lock().await;
                let to = change.from(self.service.borrow().now()).map_err(Refusal::invalid)?;
                self.advance(to).await.map_err(|error| Refusal::invalid(error.to_string()))?;
            }
            _ => {
                let mut response = Response::from(Refusal {
                    status: StatusCode::METHOD_NOT_ALLOWED,
                    kind: "UnknownOperationException",
                    message: "the clock is read with GET and moved with PUT".to_owned(),
                });
                response.headers_mut().insert(header::ALLOW, HeaderValue::from_static("GET, HEAD, PUT"));
                return Ok(response);
            }
        }
        let now = self.service.borrow().now();
        Ok(refusal::json(StatusCode::OK, &json!({ "now": now.to_string() })))
    }

    /// Moves the clock a day at a time, so that a long way keeps nobody waiting for its end.
    async fn advance(&self, to: Instant) -> Result<(), ClockError> {
        self.service.borrow().check_move(to)?;
        loop {
            let next = self.service.borrow().now().plus_days(1).min(to);
            self.service.borrow_mut().advance(next)?;
            if next == to {
                return Ok(());
            }
            yield_now().await;
        }
    }
}
