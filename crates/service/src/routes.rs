//! The operations: where they are found, what they take, and who answers.

use afterimage_policy::Form;

use crate::answer::Answer;
use crate::arn;
use crate::error::ApiError;
use crate::error::Code;
use crate::exchange::Request;
use crate::executions;
use crate::images;
use crate::input::Input;
use crate::policies;
use crate::service::Service;
use crate::shape::Kind;
use crate::shape::Member;
use crate::shape::matching;
use crate::shape::optional;
use crate::shape::required;
use crate::shape::text;
use crate::updates;

/// Where the members of a request stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Where {
    Query,
    Body,
}

/// One operation of the API.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    method: &'static str,
    pub(crate) input: Where,
    /// Members of the request. Those of a policy are left to its reader.
    pub(crate) members: &'static [Member],
    pub(crate) policy: Option<Form>,
    pub(crate) answer: Handler,
}

/// How an operation is answered.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Handler {
    /// Changes nothing.
    Read(fn(&Service, &Input<'_>, &Call<'_>) -> Result<Answer, ApiError>),
    Change(fn(&mut Service, &Input<'_>) -> Result<Answer, ApiError>),
    /// Changes something, and not again when the request is repeated with its `clientToken`.
    Once(fn(&mut Service, &Input<'_>) -> Result<Answer, ApiError>),
}

/// What a handler may want to know of the call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) operation: &'static str,
    pub(crate) request_id: &'a str,
}

const ANY_SIZE: usize = usize::MAX;
const POLICY_ARN: Kind = matching(1024, arn::is_policy, "the ARN of a lifecycle policy");
const EXECUTION_ID: Kind = matching(ANY_SIZE, arn::is_execution, "the ID of a lifecycle execution");
const BUILD_ARN: Kind = matching(ANY_SIZE, arn::is_image_build, "the ARN of an image build version");
const VERSION_ARN: Kind = matching(ANY_SIZE, arn::is_image_version, "the ARN of an image version");
const IMAGE_ARN: Kind = matching(ANY_SIZE, arn::is_image, "the ARN of an image");
const PIPELINE_ARN: Kind = matching(ANY_SIZE, arn::is_pipeline, "the ARN of an image pipeline");
const ANY_ARN: Kind = matching(ANY_SIZE, arn::is_any, "the ARN of an Image Builder resource");
const ROLE: Kind = Kind::Text(crate::shape::Text {
    least: 1,
    most: 2048,
    pattern: Some((afterimage_policy::shape::is_role, "the name or ARN of an IAM role")),
});
const CLIENT_TOKEN: Member = required("clientToken", text(1, 64));
const MAX_RESULTS: Member = optional("maxResults", Kind::Integer { least: 1, most: 100 });
const NEXT_TOKEN: Member = optional("nextToken", text(1, 65_535));
const FILTERS: Member = optional(
    "filters",
    Kind::List {
        least: 1,
        most: 10,
        item: &Kind::Structure(&[
            optional("name", matching(1024, is_filter_name, "the name of a filter")),
            optional(
                "values",
                Kind::List {
                    least: 1,
                    most: 10,
                    item: &matching(1024, is_filter_value, "a value to filter by"),
                },
            ),
        ]),
    },
);
const UNIT: Kind = Kind::OneOf(&["DAYS", "WEEKS", "MONTHS", "YEARS"]);
const AMI_EXCLUSIONS: Kind = Kind::Structure(&[
    optional("isPublic", Kind::Boolean),
    optional("regions", Kind::List { least: 0, most: usize::MAX, item: &text(1, 1024) }),
    optional(
        "sharedAccounts",
        Kind::List {
            least: 1,
            most: 1536,
            item: &matching(ANY_SIZE, afterimage_policy::shape::is_account, "an account of twelve digits"),
        },
    ),
    optional(
        "lastLaunched",
        Kind::Structure(&[required("value", Kind::Integer { least: 1, most: 365 }), required("unit", UNIT)]),
    ),
    optional("tagMap", Kind::Tags),
]);

const OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateLifecyclePolicy",
        method: "PUT",
        input: Where::Body,
        members: &[CLIENT_TOKEN],
        policy: Some(Form::Create),
        answer: Handler::Once(policies::create),
    },
    Operation {
        name: "UpdateLifecyclePolicy",
        method: "PUT",
        input: Where::Body,
        members: &[required("lifecyclePolicyArn", POLICY_ARN), CLIENT_TOKEN],
        policy: Some(Form::Update),
        answer: Handler::Once(policies::update),
    },
    Operation {
        name: "GetLifecyclePolicy",
        method: "GET",
        input: Where::Query,
        members: &[required("lifecyclePolicyArn", POLICY_ARN)],
        policy: None,
        answer: Handler::Read(policies::get),
    },
    Operation {
        name: "ListLifecyclePolicies",
        method: "POST",
        input: Where::Body,
        members: &[FILTERS, MAX_RESULTS, NEXT_TOKEN],
        policy: None,
        answer: Handler::Read(policies::list),
    },
    Operation {
        name: "DeleteLifecyclePolicy",
        method: "DELETE",
        input: Where::Query,
        members: &[required("lifecyclePolicyArn", POLICY_ARN)],
        policy: None,
        answer: Handler::Change(policies::delete),
    },
    Operation {
        name: "StartResourceStateUpdate",
        method: "PUT",
        input: Where::Body,
        members: &[
            required("resourceArn", BUILD_ARN),
            required(
                "state",
                Kind::Structure(&[optional(
                    "status",
                    Kind::OneOf(&["AVAILABLE", "DELETED", "DEPRECATED", "DISABLED"]),
                )]),
            ),
            optional("executionRole", ROLE),
            optional(
                "includeResources",
                Kind::Structure(&[
                    optional("amis", Kind::Boolean),
                    optional("snapshots", Kind::Boolean),
                    optional("containers", Kind::Boolean),
                ]),
            ),
            optional("exclusionRules", Kind::Structure(&[optional("amis", AMI_EXCLUSIONS)])),
            optional("updateAt", Kind::Timestamp),
            CLIENT_TOKEN,
        ],
        policy: None,
        answer: Handler::Once(updates::start),
    },
    Operation {
        name: "CancelLifecycleExecution",
        method: "PUT",
        input: Where::Body,
        members: &[required("lifecycleExecutionId", EXECUTION_ID), CLIENT_TOKEN],
        policy: None,
        answer: Handler::Once(executions::cancel),
    },
    Operation {
        name: "GetLifecycleExecution",
        method: "GET",
        input: Where::Query,
        members: &[required("lifecycleExecutionId", EXECUTION_ID)],
        policy: None,
        answer: Handler::Read(executions::get),
    },
    Operation {
        name: "ListLifecycleExecutions",
        method: "POST",
        input: Where::Body,
        members: &[MAX_RESULTS, NEXT_TOKEN, required("resourceArn", ANY_ARN)],
        policy: None,
        answer: Handler::Read(executions::list),
    },
    Operation {
        name: "ListLifecycleExecutionResources",
        method: "POST",
        input: Where::Body,
        members: &[
            required("lifecycleExecutionId", EXECUTION_ID),
            optional("parentResourceId", text(1, 1024)),
            MAX_RESULTS,
            NEXT_TOKEN,
        ],
        policy: None,
        answer: Handler::Read(executions::list_resources),
    },
    Operation {
        name: "GetImage",
        method: "GET",
        input: Where::Query,
        members: &[required("imageBuildVersionArn", IMAGE_ARN)],
        policy: None,
        answer: Handler::Read(images::get),
    },
    Operation {
        name: "ListImageBuildVersions",
        method: "POST",
        input: Where::Body,
        members: &[optional("imageVersionArn", VERSION_ARN), FILTERS, MAX_RESULTS, NEXT_TOKEN],
        policy: None,
        answer: Handler::Read(images::list_build_versions),
    },
    Operation {
        name: "ListImagePipelineImages",
        method: "POST",
        input: Where::Body,
        members: &[required("imagePipelineArn", PIPELINE_ARN), FILTERS, MAX_RESULTS, NEXT_TOKEN],
        policy: None,
        answer: Handler::Read(images::list_pipeline_images),
    },
];

/// The operation that a request asks for.
pub(crate) fn find(request: &Request<'_>) -> Result<&'static Operation, ApiError> {
    let path = path(request.target);
    let name = path.strip_prefix('/').unwrap_or_default();
    let operation = OPERATIONS.iter().find(|operation| operation.name == name).ok_or_else(|| {
        let message = format!("there is no operation at `{}`", crate::error::shown(path));
        ApiError::new(Code::UnknownOperation, message)
    })?;
    if operation.method != request.method {
        let (name, method) = (operation.name, operation.method);
        return Err(ApiError::new(Code::UnknownMethod, format!("{name} is called with {method}")));
    }
    Ok(operation)
}

pub(crate) fn is_operation(name: &str) -> bool {
    OPERATIONS.iter().any(|operation| operation.name == name)
}

/// The method of the operation at a path, for those who use another.
pub(crate) fn method_of(target: &str) -> Option<&'static str> {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    OPERATIONS
        .iter()
        .find(|operation| path.strip_prefix('/') == Some(operation.name))
        .map(|found| found.method)
}

/// The path in a target.
pub(crate) fn path(target: &str) -> &str {
    target.split(['?', '#']).next().unwrap_or_default()
}

fn is_filter_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_filter_value(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"./_ :,{}\"*-".contains(&b))
}
