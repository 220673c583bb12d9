//! The service: its state, and the way of a request through it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::OnceLock;

use afterimage_inventory::Instant;
use afterimage_inventory::Inventory;
use afterimage_inventory::Text;
use afterimage_simulator::State;

use crate::answer::Answer;
use crate::error::ApiError;
use crate::error::Code;
use crate::error::Problems;
use crate::exchange::Request;
use crate::exchange::Response;
use crate::execution::Executions;
use crate::faults;
use crate::faults::Fault;
use crate::idempotency::Answered;
use crate::idempotency::Idempotency;
use crate::ids;
use crate::input;
use crate::input::Input;
use crate::input::canonical;
use crate::policies;
use crate::policies::StoredPolicy;
use crate::routes;
use crate::routes::Call;
use crate::routes::Handler;
use crate::routes::Operation;
use crate::runs::Changes;
use crate::runs::next_daily_run;
use crate::settings::Settings;
use crate::settings::SettingsError;
use crate::shape;

/// The lifecycle API of one account and Region.
#[derive(Debug, Clone)]
pub struct Service {
    settings: Settings,
    pub(crate) inventory: Arc<Inventory>,
    /// The Region of the settings, if any image is of it.
    pub(crate) region: Option<Text>,
    /// The inventory as a document, once somebody asks for the state.
    pub(crate) exports: OnceLock<Arc<str>>,
    pub(crate) now: Instant,
    pub(crate) next_run: Instant,
    /// By normalised name.
    pub(crate) policies: BTreeMap<String, StoredPolicy>,
    pub(crate) executions: Executions,
    /// What executions have made of the images.
    pub(crate) state: State,
    pub(crate) changes: Changes,
    pub(crate) answered: Idempotency,
    pub(crate) faults: Vec<Fault>,
    pub(crate) requests: u64,
    pub(crate) revision: u64,
}

/// The clock cannot be moved there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    #[error("the clock stands at {now} and cannot go back to {to}")]
    Back { now: Instant, to: Instant },
    #[error(
        "{to} is too far from {now}: the clock is moved by at most {days} days at a time, until the year 9999"
    )]
    Far { now: Instant, to: Instant, days: u32 },
}

impl Service {
    /// A service that knows these images and no policy yet.
    ///
    /// # Errors
    ///
    /// The first setting that cannot be used.
    pub fn new(inventory: impl Into<Arc<Inventory>>, settings: Settings) -> Result<Self, SettingsError> {
        settings.check()?;
        let inventory = inventory.into();
        Ok(Self {
            state: State::new(&inventory),
            region: inventory.texts.find(&settings.region),
            inventory,
            exports: OnceLock::new(),
            now: settings.now,
            next_run: next_daily_run(settings.now, settings.daily_run_at),
            settings,
            policies: BTreeMap::new(),
            executions: Executions::default(),
            changes: Changes::default(),
            answered: Idempotency::default(),
            faults: Vec::new(),
            requests: 0,
            revision: 0,
        })
    }

    /// What the service was started with.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where the clock stands.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// Counts changes, so that a front door knows when to save.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    pub(crate) fn changed(&mut self) {
        self.revision = self.revision.wrapping_add(1);
    }

    /// Answers one request, whatever its bytes.
    pub fn handle(&mut self, request: &Request<'_>) -> Response {
        self.requests = self.requests.wrapping_add(1);
        let id = ids::uuid(self.settings.seed, "request", self.requests);
        let mut headers =
            vec![("content-type", "application/json".to_owned()), ("x-amzn-requestid", id.clone())];
        match self.answer(request, &id) {
            Ok(Answer(body)) => Response { status: 200, headers, body },
            Err(ApiError { code, message }) => {
                headers.push(("x-amzn-errortype", code.name().to_owned()));
                if code == Code::UnknownMethod {
                    headers
                        .extend(routes::method_of(request.target).map(|method| ("allow", method.to_owned())));
                }
                let body = serde_json::json!({ "message": message }).to_string();
                Response { status: code.status(), headers, body }
            }
        }
    }

    fn answer(&mut self, request: &Request<'_>, request_id: &str) -> Result<Answer, ApiError> {
        if routes::path(request.target) == faults::PATH {
            return self.answer_about_faults(request);
        }
        let operation = routes::find(request)?;
        self.take_fault(operation.name)?;
        let body = input::read(operation, request)?;
        let mut problems = Problems::default();
        shape::check(&body, operation.members, "", &mut problems);
        let is_shape_sound = problems.is_empty();
        let reading = operation.policy.map(|form| policies::read(form, &body)).transpose()?;
        let mut code = Code::InvalidRequest;
        if let Some(reading) = &reading {
            problems.add_errors(&reading.diagnostics);
            if is_shape_sound && policies::only_combinations(operation.policy, reading) {
                code = Code::InvalidParameterCombination;
            }
        }
        problems.into_result(code)?;
        let input = Input { body: &body, policy: reading.as_ref() };
        match operation.answer {
            Handler::Read(answer) => answer(self, &input, &Call { operation: operation.name, request_id }),
            Handler::Change(answer) => {
                let answer = answer(self, &input)?;
                self.changed();
                Ok(answer)
            }
            Handler::Once(answer) => self.once(operation, &input, answer),
        }
    }

    /// Answers a request the first time, and says the same again when it is repeated.
    fn once(
        &mut self,
        operation: &Operation,
        input: &Input<'_>,
        answer: fn(&mut Self, &Input<'_>) -> Result<Answer, ApiError>,
    ) -> Result<Answer, ApiError> {
        let token = input.text("clientToken").unwrap_or_default();
        let asked = canonical(input.body, &["clientToken"]);
        let request = ids::hash(self.settings.seed, operation.name, asked.as_bytes());
        if let Some(answered) = self.answered.find(token, self.now) {
            if answered.request == request {
                return Ok(answered.answer.clone());
            }
            let message = "`clientToken` belongs to a request with other parameters";
            return Err(ApiError::new(Code::IdempotentParameterMismatch, message));
        }
        let answer = answer(self, input)?;
        self.answered.add(token, Answered { at: self.now, request, answer: answer.clone() });
        self.changed();
        Ok(answer)
    }

    /// The ID of the execution that begins next.
    pub(crate) fn next_execution_id(&self) -> String {
        format!("lce-{}", ids::uuid(self.settings.seed, "execution", self.executions.len() as u64))
    }
}
