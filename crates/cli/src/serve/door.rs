//! Who is let in, and with how much luggage.

use std::net::IpAddr;
use std::time::Duration;

use http_body_util::BodyExt;
use http_body_util::Full;
use http_body_util::LengthLimitError;
use http_body_util::Limited;
use hyper::HeaderMap;
use hyper::Method;
use hyper::Request;
use hyper::Response;
use hyper::StatusCode;
use hyper::Uri;
use hyper::body::Body;
use hyper::body::Bytes;
use hyper::body::Incoming;
use hyper::header;
use hyper::header::HeaderValue;
use hyper::http::uri::Authority;
use hyper::http::uri::PathAndQuery;
use tokio::time::timeout;

use crate::serve::refusal::Refusal;

/// More than the largest request of the API, a policy with all that its limits allow.
const LARGEST_BODY: usize = 1 << 20;
/// A body that takes longer is not coming.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request that has come in as a whole.
pub(super) struct Visitor {
    pub(super) method: Method,
    pub(super) target: String,
    pub(super) body: Bytes,
}

/// The request, or why it is refused.
pub(super) async fn let_in(request: Request<Incoming>) -> Result<Visitor, Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    is_for_this_machine(&head.uri, &head.headers).map_err(Response::from)?;
    let body = read(body).await.map_err(|refusal| {
        let mut response = Response::from(refusal);
        // What is left of the body is not read, so nothing can follow it.
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        response
    })?;
    let target = head.uri.path_and_query().map_or("/", PathAndQuery::as_str).to_owned();
    Ok(Visitor { method: head.method, target, body })
}

/// A page that has its own name point at this machine (DNS rebinding) is given away by the name, and a page that
/// simply sends requests here by its origin.
fn is_for_this_machine(uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else {
        return Err(Refusal::invalid("a request needs one Host header"));
    };
    let host: Option<Authority> = Authority::try_from(host.as_bytes()).ok();
    if !host.as_ref().is_some_and(is_loopback) || uri.authority().is_some_and(|named| !is_loopback(named)) {
        return Err(Refusal::forbidden("the Host header has to name this machine: 127.0.0.1 or localhost"));
    }
    for origin in headers.get_all(header::ORIGIN) {
        let origin: Option<Uri> = Uri::try_from(origin.as_bytes()).ok();
        if !origin.as_ref().and_then(Uri::authority).is_some_and(is_loopback) {
            return Err(Refusal::forbidden("pages of other machines may not call this one"));
        }
    }
    Ok(())
}

fn is_loopback(named: &Authority) -> bool {
    let host = named.host();
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    // What stands before an `@` is no part of the name, and has no place in these headers.
    !named.as_str().contains('@')
        && (host.eq_ignore_ascii_case("localhost")
            || address.parse().is_ok_and(|address: IpAddr| address.to_canonical().is_loopback()))
}

async fn read(body: Incoming) -> Result<Bytes, Refusal> {
    let too_large = || Refusal {
        status: StatusCode::PAYLOAD_TOO_LARGE,
        kind: "RequestEntityTooLargeException",
        message: format!("a request has at most {LARGEST_BODY} bytes"),
    };
    if body.size_hint().lower() > LARGEST_BODY as u64 {
        return Err(too_large());
    }
    match timeout(PATIENCE, Limited::new(body, LARGEST_BODY).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(error)) => Err(Refusal::invalid(format!("the body cannot be read: {error}"))),
        Err(_) => Err(Refusal {
            status: StatusCode::REQUEST_TIMEOUT,
            kind: "RequestTimeoutException",
            message: format!("the body did not come within {} seconds", PATIENCE.as_secs()),
        }),
    }
}
