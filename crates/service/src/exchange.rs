//! What comes in and what goes out, free of any HTTP library.

/// One HTTP request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    pub method: &'a str,
    /// Path and query as sent, percent-encoded.
    pub target: &'a str,
    pub body: &'a [u8],
}

/// One HTTP response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    /// Names in lower case; `content-length` is left to whoever sends it.
    pub headers: Vec<(&'static str, String)>,
    /// JSON.
    pub body: String,
}
