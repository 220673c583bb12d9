//! Where a policy stood in the text that was read.

use std::collections::BTreeMap;

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Fix;
use crate::diagnostic::Operation;
use crate::locate::Place;
use crate::notation::members::Spelling;

/// The notations that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Notation {
    /// JSON in one of the API's shapes.
    #[default]
    Api,
    /// An `aws imagebuilder create-lifecycle-policy` or `update-lifecycle-policy` command.
    Cli,
    CloudFormationJson,
    CloudFormationYaml,
    Terraform,
    /// Terraform's configuration, plan or state in JSON.
    TerraformJson,
}

impl Notation {
    /// Its name in a sentence.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Api => "API JSON",
            Self::Cli => "AWS CLI command",
            Self::CloudFormationJson => "CloudFormation JSON",
            Self::CloudFormationYaml => "CloudFormation YAML",
            Self::Terraform => "Terraform",
            Self::TerraformJson => "Terraform JSON",
        }
    }
}

/// The notation of a document, and the way from the API's names to the document's.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Source {
    pub(crate) notation: Notation,
    /// Logical ID in a template, label or address in Terraform.
    pub(crate) resource: Option<String>,
    pub(crate) spelling: Spelling,
    /// Pointer of the policy in the document; empty for the API's shapes, whose pointers are complete.
    pub(crate) prefix: String,
    /// By pointer into the document.
    pub(crate) places: BTreeMap<String, Place>,
}

impl Source {
    /// A finding about the API's shape, as a finding about the document.
    pub(crate) fn located(&self, mut found: Diagnostic) -> Diagnostic {
        if self.notation == Notation::Api {
            return found;
        }
        found.path = self.pointer(&found.path);
        found.message = self.spelling.words(&found.message);
        found.help = self.spelling.words(&found.help);
        found.fix = found.fix.and_then(|fix| self.fix(fix));
        found
    }

    fn pointer(&self, canonical: &str) -> String {
        format!("{}{}", self.prefix, self.spelling.pointer(canonical))
    }

    /// A patch of the template; a configuration and a command are no trees that a patch could change.
    fn fix(&self, fix: Fix) -> Option<Fix> {
        if matches!(self.notation, Notation::Cli | Notation::Terraform | Notation::TerraformJson) {
            return None;
        }
        let operation = |operation| match operation {
            Operation::Add { path, value } => {
                Operation::add(self.pointer(&path), self.spelling.export_at(&path, &value))
            }
            Operation::Replace { path, value } => {
                Operation::replace(self.pointer(&path), self.spelling.export_at(&path, &value))
            }
            Operation::Remove { path } => Operation::remove(self.pointer(&path)),
            Operation::Move { from, path } => {
                Operation::Move { from: self.pointer(&from), path: self.pointer(&path) }
            }
        };
        let patch = fix.patch.into_iter().map(operation).collect();
        Some(Fix { title: self.spelling.words(&fix.title), patch })
    }

    /// Line and column of a pointer into the document, or of the nearest value around it.
    pub(crate) fn place(&self, mut pointer: &str) -> Option<Place> {
        loop {
            if let Some(place) = self.places.get(pointer) {
                return Some(*place);
            }
            pointer = pointer.rsplit_once('/')?.0;
        }
    }
}
