//! The errors of the API, and how rest-json writes them.

use afterimage_policy::Diagnostic;
use afterimage_policy::Severity;

/// An error with the API's name and status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    DryRunOperation,
    Forbidden,
    IdempotentParameterMismatch,
    InvalidPaginationToken,
    InvalidParameterCombination,
    InvalidRequest,
    MethodNotAllowed,
    ResourceAlreadyExists,
    ResourceInUse,
    ResourceNotFound,
    UnknownOperation,
}

impl Code {
    /// What `x-amzn-errortype` says.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::DryRunOperation => "DryRunOperationException",
            Self::Forbidden => "ForbiddenException",
            Self::IdempotentParameterMismatch => "IdempotentParameterMismatchException",
            Self::InvalidPaginationToken => "InvalidPaginationTokenException",
            Self::InvalidParameterCombination => "InvalidParameterCombinationException",
            Self::InvalidRequest => "InvalidRequestException",
            Self::MethodNotAllowed | Self::UnknownOperation => "UnknownOperationException",
            Self::ResourceAlreadyExists => "ResourceAlreadyExistsException",
            Self::ResourceInUse => "ResourceInUseException",
            Self::ResourceNotFound => "ResourceNotFoundException",
        }
    }

    pub(crate) fn status(self) -> u16 {
        match self {
            Self::Forbidden => 403,
            Self::ResourceNotFound | Self::UnknownOperation => 404,
            Self::MethodNotAllowed => 405,
            Self::DryRunOperation => 412,
            _ => 400,
        }
    }
}

/// Why a request is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    pub(crate) code: Code,
    pub(crate) message: String,
}

impl ApiError {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidRequest, message)
    }

    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        Self::new(Code::ResourceNotFound, format!("there is no {what} `{}`", shown(id)))
    }
}

/// What is wrong with a request, and where.
#[derive(Debug, Clone, Default)]
pub(crate) struct Problems(Vec<(String, String)>);

impl Problems {
    /// `path` is a JSON pointer into the request.
    pub(crate) fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        self.0.push((path.into(), message.into()));
    }

    pub(crate) fn add_errors<'a>(&mut self, diagnostics: impl IntoIterator<Item = &'a Diagnostic>) {
        let errors = diagnostics.into_iter().filter(|found| found.severity == Severity::Error);
        self.0.extend(errors.map(|found| (found.path.clone(), found.message.clone())));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All problems in one error; `Ok` when there is none.
    pub(crate) fn into_result(self, code: Code) -> Result<(), ApiError> {
        let number = match self.0.len() {
            0 => return Ok(()),
            1 => "1 problem".to_owned(),
            number => format!("{number} problems"),
        };
        let problem = |(path, message): &(String, String)| {
            let path = if path.is_empty() { "/" } else { path };
            format!("{path}: {message}")
        };
        let problems: Vec<String> = self.0.iter().map(problem).collect();
        Err(ApiError::new(code, format!("{number} in the request: {}", problems.join("; "))))
    }
}

/// A caller's words in a message: one line, and not endless.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 200;
    let mut shown: String = text.chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    shown
}
