//! What is answered without asking the service.

use http_body_util::Full;
use hyper::Response;
use hyper::StatusCode;
use hyper::body::Bytes;
use hyper::header;
use hyper::header::HeaderValue;
use serde_json::json;

/// An answer in the shape of the API's errors, so that clients know what to make of it.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    pub(super) kind: &'static str,
    pub(super) message: String,
}

impl Refusal {
    /// What is asked for makes no sense.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, kind: "InvalidRequestException", message: message.into() }
    }

    pub(super) fn forbidden(message: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, kind: "ForbiddenException", message: message.into() }
    }
}

impl From<Refusal> for Response<Full<Bytes>> {
    fn from(Refusal { status, kind, message }: Refusal) -> Self {
        let mut response = json(status, &json!({ "message": message }));
        response.headers_mut().insert("x-amzn-errortype", HeaderValue::from_static(kind));
        response
    }
}

pub(super) fn json(status: StatusCode, body: &serde_json::Value) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
