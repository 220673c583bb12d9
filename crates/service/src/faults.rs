//! Errors that the next requests get because somebody wants to see what a client does then.
//!
//! AWS has no such thing. It stands at a path of its own, `/_afterimage/faults`: PUT replaces the list of
//! faults, GET tells it.

use afterimage_policy::json::Json;
use serde::Serialize;

use crate::answer::Answer;
use crate::error::ApiError;
use crate::error::Code;
use crate::error::Problems;
use crate::error::shown;
use crate::exchange::Request;
use crate::input;
use crate::input::Input;
use crate::routes;
use crate::service::Service;
use crate::shape;
use crate::shape::Kind;
use crate::shape::Member;
use crate::shape::optional;
use crate::shape::required;
use crate::shape::text;

pub(crate) const PATH: &str = "/_afterimage/faults";

/// An error, and who gets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Fault {
    /// `None`: any operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) operation: Option<String>,
    /// Name of the error.
    pub(crate) error: &'static str,
    /// What the error says, where it is not to say that it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// How many requests get it.
    pub(crate) times: u32,
}

const MEMBERS: &[Member] = &[required(
    "faults",
    Kind::List {
        least: 0,
        most: 100,
        item: &Kind::Structure(&[
            optional("operation", text(1, 64)),
            required("error", text(1, 64)),
            optional("message", text(1, 1024)),
            optional("times", Kind::Integer { least: 1, most: 1_000_000 }),
        ]),
    },
)];

/// The faults in a document.
pub(crate) fn read(body: &Json) -> Result<Vec<Fault>, ApiError> {
    let mut problems = Problems::default();
    shape::check(body, MEMBERS, "", &mut problems);
    let mut faults = Vec::new();
    for (index, fault) in Input::of(body).list("faults").unwrap_or_default().iter().enumerate() {
        let fault = Input::of(fault);
        let operation = fault.text("operation");
        if let Some(name) = operation.filter(|name| !routes::is_operation(name)) {
            problems.add(
                format!("/faults/{index}/operation"),
                format!("there is no operation `{}`", shown(name)),
            );
        }
        let name = fault.text("error").unwrap_or_default();
        let Some(code) = Code::named(name) else {
            let known: Vec<&str> = Code::names().collect();
            let message = format!("`{}` is none of `{}`", shown(name), known.join("`, `"));
            problems.add(format!("/faults/{index}/error"), message);
            continue;
        };
        faults.push(Fault {
            operation: operation.map(str::to_owned),
            error: code.name(),
            message: fault.text("message").map(str::to_owned),
            times: fault.integer("times").and_then(|times| times.try_into().ok()).unwrap_or(1),
        });
    }
    problems.into_result(Code::InvalidRequest)?;
    Ok(faults)
}

impl Service {
    /// Answers a request about faults.
    pub(crate) fn answer_about_faults(&mut self, request: &Request<'_>) -> Result<Answer, ApiError> {
        #[derive(Serialize)]
        struct Body<'a> {
            faults: &'a [Fault],
        }
        match request.method {
            "GET" => {}
            "PUT" => {
                self.faults = read(&input::read_body(request.body)?)?;
                self.changed();
            }
            _ => return Err(ApiError::new(Code::UnknownMethod, "faults are told with GET and set with PUT")),
        }
        Ok(Answer::new(&Body { faults: &self.faults }))
    }

    /// Takes one of the faults that are meant for an operation.
    pub(crate) fn take_fault(&mut self, operation: &str) -> Result<(), ApiError> {
        let is_meant = |fault: &Fault| fault.operation.as_deref().is_none_or(|meant| meant == operation);
        let Some(at) = self.faults.iter().position(is_meant) else { return Ok(()) };
        let Some(fault) = self.faults.get_mut(at) else { return Ok(()) };
        let code = Code::named(fault.error).unwrap_or(Code::Service);
        let message = fault.message.clone();
        fault.times = fault.times.saturating_sub(1);
        if fault.times == 0 {
            self.faults.remove(at);
        }
        self.changed();
        let usual = || format!("this error was asked for at {PATH}");
        Err(ApiError::new(code, message.unwrap_or_else(usual)))
    }
}
