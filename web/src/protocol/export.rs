//! The policy in a notation, and what it does as a file.

use afterimage_policy::Target;
use serde::Deserialize;
use serde::Serialize;

use super::Answer;
use super::Imported;
use super::Overlapping;
use super::Served;
use super::Taken;
use super::Window;

/// The notations that the page offers, in the order of its tabs.
pub(crate) const TARGETS: [Target; 7] = [
    Target::Create,
    Target::Update,
    Target::Cli,
    Target::CloudFormationYaml,
    Target::CloudFormationJson,
    Target::Terraform,
    Target::Cdk,
];

/// What answers a request of its own rather than changing what is on screen; in the order of the requests.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) enum Reply {
    Written(Written),
    Imported(Imported),
    Overlaps(Overlapping),
    /// Address of a file that the browser keeps until the next one is made; `None` when it does not keep it.
    File(Option<String>),
    Sheet(Box<Answer>),
    Taken(Taken),
    Rows(Window),
    Served(Box<Served>),
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(crate) struct Written {
    pub text: String,
    /// What the notation cannot say.
    pub remarks: Vec<String>,
    /// What is left out: where, what AWS takes instead, and what comes of it.
    pub filled: Vec<(String, String, String)>,
    /// Why there is no text: message and help.
    pub problems: Vec<(String, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Format {
    Csv,
    Json,
    Markdown,
}
