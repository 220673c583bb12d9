//! The errors of the API, and how rest-json writes them.

use afterimage_policy::Diagnostic;
use afterimage_policy::Severity;

/// An error with the API's name and status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Code {
    AccessDenied,
    CallRateLimitExceeded,
    Client,
    DryRunOperation,
    Forbidden,
    IdempotentParameterMismatch,
    InvalidPaginationToken,
    InvalidParameter,
    InvalidParameterCombination,
    InvalidParameterValue,
    InvalidRequest,
    ResourceAlreadyExists,
    ResourceDependency,
    ResourceInUse,
    ResourceNotFound,
    Service,
    ServiceQuotaExceeded,
    ServiceUnavailable,
    TooManyRequests,
    /// There is nothing at the path.
    UnknownOperation,
    /// There is, for another method.
    UnknownMethod,
}

/// Names, as `x-amzn-errortype` says them, and statuses.
const CODES: [(Code, &str, u16); 21] = [
    (Code::AccessDenied, "AccessDeniedException", 403),
    (Code::CallRateLimitExceeded, "CallRateLimitExceededException", 429),
    (Code::Client, "ClientException", 400),
    (Code::DryRunOperation, "DryRunOperationException", 412),
    (Code::Forbidden, "ForbiddenException", 403),
    (Code::IdempotentParameterMismatch, "IdempotentParameterMismatchException", 400),
    (Code::InvalidPaginationToken, "InvalidPaginationTokenException", 400),
    (Code::InvalidParameter, "InvalidParameterException", 400),
    (Code::InvalidParameterCombination, "InvalidParameterCombinationException", 400),
    (Code::InvalidParameterValue, "InvalidParameterValueException", 400),
    (Code::InvalidRequest, "InvalidRequestException", 400),
    (Code::ResourceAlreadyExists, "ResourceAlreadyExistsException", 400),
    (Code::ResourceDependency, "ResourceDependencyException", 400),
    (Code::ResourceInUse, "ResourceInUseException", 400),
    (Code::ResourceNotFound, "ResourceNotFoundException", 404),
    (Code::Service, "ServiceException", 500),
    (Code::ServiceQuotaExceeded, "ServiceQuotaExceededException", 402),
    (Code::ServiceUnavailable, "ServiceUnavailableException", 503),
    (Code::TooManyRequests, "TooManyRequestsException", 429),
    (Code::UnknownOperation, "UnknownOperationException", 404),
    (Code::UnknownMethod, "UnknownOperationException", 405),
];

impl Code {
    pub(crate) fn name(self) -> &'static str {
        self.row().1
    }

    pub(crate) fn status(self) -> u16 {
        self.row().2
    }

    /// The error of an operation that has this name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::of_operations().find(|row| row.1 == name).map(|row| row.0)
    }

    /// Names of the errors that operations have.
    pub(crate) fn names() -> impl Iterator<Item = &'static str> {
        Self::of_operations().map(|row| row.1)
    }

    fn of_operations() -> impl Iterator<Item = &'static (Self, &'static str, u16)> {
        CODES.iter().filter(|row| row.1 != Self::UnknownOperation.name())
    }

    fn row(self) -> (Self, &'static str, u16) {
        CODES.get(self as usize).copied().unwrap_or(CODES[0])
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

    /// One problem with a member of the request.
    pub(crate) fn at(path: &str, message: impl Into<String>) -> Self {
        let mut problems = Problems::default();
        problems.add(path, message);
        problems.into_error(Code::InvalidRequest)
    }

    pub(crate) fn not_found(what: &str, id: &str) -> Self {
        Self::new(Code::ResourceNotFound, format!("there is no {what} `{}`", shown(id)))
    }
}

/// Problems that a message spells out.
const MOST_SHOWN: usize = 100;

/// What is wrong with a request, and where: the first problems, and how many there are.
#[derive(Debug, Clone, Default)]
pub(crate) struct Problems {
    first: Vec<(String, String)>,
    number: usize,
}

impl Problems {
    /// `path` is a JSON pointer into the request.
    pub(crate) fn add(&mut self, path: impl Into<String>, message: impl Into<String>) {
        if self.first.len() < MOST_SHOWN {
            self.first.push((path.into(), message.into()));
        }
        self.number = self.number.saturating_add(1);
    }

    pub(crate) fn add_errors<'a>(&mut self, diagnostics: impl IntoIterator<Item = &'a Diagnostic>) {
        let errors = diagnostics.into_iter().filter(|found| found.severity == Severity::Error);
        errors.for_each(|found| self.add(found.path.as_str(), found.message.as_str()));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.number == 0
    }

    /// All problems in one error; `Ok` when there is none.
    pub(crate) fn into_result(self, code: Code) -> Result<(), ApiError> {
        if self.is_empty() { Ok(()) } else { Err(self.into_error(code)) }
    }

    fn into_error(self, code: Code) -> ApiError {
        let number = match self.number {
            1 => "1 problem".to_owned(),
            number => format!("{number} problems"),
        };
        let problem = |(path, message): &(String, String)| {
            let path = if path.is_empty() { "/" } else { path };
            format!("{}: {}", clipped(path, 300), clipped(message, 1000))
        };
        let mut problems: Vec<String> = self.first.iter().map(problem).collect();
        let rest = self.number.saturating_sub(self.first.len());
        if rest > 0 {
            problems.push(format!("and {rest} more"));
        }
        ApiError::new(code, format!("{number} in the request: {}", problems.join("; ")))
    }
}

/// A caller's words in a message: one line, and not endless.
pub(crate) fn shown(text: &str) -> String {
    clipped(text, 200)
}

fn clipped(text: &str, most: usize) -> String {
    let mut shown: String = text.chars().take(most).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.chars().nth(most).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_not_endless() {
        let mut problems = Problems::default();
        (0..=MOST_SHOWN + 1).for_each(|at| problems.add(format!("/{at}"), "wrong"));
        let message = problems.into_result(Code::InvalidRequest).unwrap_err().message;
        assert!(message.starts_with("102 problems in the request: /0: wrong; "), "{message}");
        assert!(message.ends_with("; /99: wrong; and 2 more"), "{message}");
        let long = "x".repeat(100_000);
        assert!(ApiError::at(&long, long.as_str()).message.len() < 1400);
    }

    #[test]
    fn every_code_has_its_own_row() {
        for (at, (code, ..)) in CODES.iter().enumerate() {
            assert_eq!(*code as usize, at);
        }
    }
}
