//! Writing a reading in a notation.

use crate::diagnostic::Diagnostic;
use crate::diagnostic::Severity;
use crate::json::Json;
use crate::model::normalised_name;
use crate::notation::aws_cli;
use crate::notation::cdk;
use crate::notation::cloudformation;
use crate::notation::defaults::FilledIn;
use crate::notation::defaults::filled_in;
use crate::notation::printable;
use crate::notation::source::Notation;
use crate::notation::terraform;
use crate::notation::yaml;
use crate::read::Reading;
use crate::shape;

/// The notations that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// `CreateLifecyclePolicyRequest` as JSON.
    Create,
    /// `UpdateLifecyclePolicyRequest` as JSON.
    Update,
    /// An AWS CLI command that updates the policy when an ARN is given or stands in the document, and creates it
    /// otherwise.
    Cli,
    CloudFormationJson,
    CloudFormationYaml,
    Terraform,
    /// A TypeScript module for AWS CDK.
    Cdk,
}

/// A policy in a notation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    pub text: String,
    /// What the document says and the notation cannot, and what is to be looked at, each with the reason.
    pub remarks: Vec<String>,
}

impl Reading {
    /// The notation in which the document is written.
    pub fn notation(&self) -> Notation {
        self.source.notation
    }

    /// Name of the resource in its template or configuration.
    pub fn resource(&self) -> Option<&str> {
        self.source.resource.as_deref()
    }

    /// A finding whose pointer is in the API's shape, under [`Reading::root`], as one about the document.
    pub fn located(&self, found: Diagnostic) -> Diagnostic {
        self.source.located(found)
    }

    /// What the members that the document leaves out mean.
    pub fn filled_in(&self) -> Vec<FilledIn> {
        let written = |filled: &FilledIn| {
            !self.unresolved.iter().any(|unresolved| filled.path.starts_with(&unresolved.path))
        };
        let located = |filled: FilledIn| FilledIn { path: self.pointer(&filled.path), ..filled };
        filled_in(&self.document).into_iter().filter(written).map(located).collect()
    }

    /// The policy in a notation. `arn` is that of the policy to update, where the document has none.
    ///
    /// # Errors
    ///
    /// Why it cannot be written: the document's own errors, a value that only its own tools know, an ARN that is
    /// missing or of another policy, or something that the notation cannot say.
    pub fn write(&self, target: Target, arn: Option<&str>) -> Result<Written, Vec<Diagnostic>> {
        if self.has_errors() {
            return Err(self.diagnostics.clone());
        }
        let kept = self.kept_by(target)?;
        let update = match target {
            Target::Update => true,
            Target::Cli => arn.is_some() || self.document.arn.is_some(),
            _ => false,
        };
        let request = if update { self.update_request(arn)? } else { self.document.create_request() };
        let unsayable = match target {
            Target::CloudFormationJson | Target::CloudFormationYaml => {
                cloudformation::unsayable(&request, |_| false)
            }
            Target::Cdk => cloudformation::unsayable(&request, cdk::loses),
            _ => Vec::new(),
        };
        if !unsayable.is_empty() {
            return Err(unsayable.into_iter().map(|found| self.in_document(found)).collect());
        }
        let text = match target {
            Target::Create | Target::Update => printable(&request),
            Target::Cli => {
                let name = if update { "update-lifecycle-policy" } else { "create-lifecycle-policy" };
                aws_cli::command(&request, name)
            }
            Target::CloudFormationJson => {
                printable(&cloudformation::template(&request, self.logical_id(), kept))
            }
            Target::CloudFormationYaml => {
                yaml::write(&cloudformation::template(&request, self.logical_id(), kept))
            }
            Target::Terraform => {
                let label = self.resource().filter(|_| self.notation() == Notation::Terraform);
                terraform::configuration(&request, label, kept)
            }
            Target::Cdk => cdk::module(&request),
        };
        Ok(Written { text, remarks: self.remarks(target, update) })
    }

    fn logical_id(&self) -> Option<&str> {
        let template = matches!(self.notation(), Notation::CloudFormationJson | Notation::CloudFormationYaml);
        self.resource().filter(|_| template)
    }

    /// Values that only the document's own tools know stay what they are in the same tool's notation.
    fn kept_by(&self, target: Target) -> Result<&[crate::notation::members::Unresolved], Vec<Diagnostic>> {
        let stays = match self.notation() {
            Notation::CloudFormationJson | Notation::CloudFormationYaml => {
                matches!(target, Target::CloudFormationJson | Target::CloudFormationYaml)
            }
            Notation::Terraform => target == Target::Terraform,
            Notation::Api | Notation::Cli | Notation::TerraformJson => false,
        };
        if stays || self.unresolved.is_empty() {
            return Ok(&self.unresolved);
        }
        let mut found = self.diagnostics.clone();
        for diagnostic in found.iter_mut().filter(|diagnostic| diagnostic.code == "value-from-elsewhere") {
            diagnostic.severity = Severity::Error;
            diagnostic.help = "write the value itself; the other notation cannot ask for it".to_owned();
        }
        Err(found)
    }

    fn update_request(&self, arn: Option<&str>) -> Result<Json, Vec<Diagnostic>> {
        let problem = |code, message: String, help: &str| {
            let path = self.pointer("/lifecyclePolicyArn");
            vec![Diagnostic {
                code,
                severity: Severity::Error,
                path,
                message,
                help: help.to_owned(),
                fix: None,
            }]
        };
        let Some(arn) = arn.or(self.document.arn.as_deref()) else {
            let message = "an update names the policy by its ARN, and the document has none".to_owned();
            return Err(problem("missing-arn", message, "give the ARN with `--arn`"));
        };
        let Some((_, _, in_arn)) = shape::policy_arn(arn) else {
            let message = format!("`{}` is not the ARN of a lifecycle policy", crate::read::shown(arn));
            let help = "use arn:aws:imagebuilder:REGION:ACCOUNT:lifecycle-policy/NAME";
            return Err(problem("invalid-arn", message, help));
        };
        if let Some(name) = &self.document.name
            && normalised_name(name) != normalised_name(in_arn)
        {
            let message = format!("the ARN is that of `{in_arn}`, and this policy is named `{name}`");
            return Err(problem(
                "name-changed",
                message,
                "give the ARN of this policy; policies are not renamed",
            ));
        }
        Ok(self.document.update_request(arn))
    }

    fn remarks(&self, target: Target, update: bool) -> Vec<String> {
        let document = &self.document;
        let tags = document.tags.as_ref().is_some_and(|tags| !tags.is_empty());
        let request = matches!(target, Target::Create | Target::Update | Target::Cli);
        let role_name = document.execution_role.as_deref().is_some_and(|role| !role.starts_with("arn:"));
        let recipes = document.resource_selection.as_ref().and_then(|selection| selection.recipes.as_deref());
        let mut versions =
            recipes.unwrap_or_default().iter().filter_map(|recipe| recipe.semantic_version.as_deref());
        let has_wildcard = versions.any(|version| version.contains('x'));
        let remarks = [
            (
                update && tags,
                "left out: `tags`: an update leaves tags as they are; use `aws imagebuilder tag-resource`",
            ),
            (
                (update || !request) && document.dry_run.is_some(),
                "left out: `dryRun`: only a create request has it",
            ),
            (!request && document.client_token.is_some(), "left out: `clientToken`: only requests have it"),
            (
                target == Target::Terraform && role_name,
                "look at: `execution_role`: the provider takes the ARN of a role only, and this is a name",
            ),
            // Its schema wanted numbers until https://github.com/hashicorp/terraform-provider-aws/pull/47443.
            (
                target == Target::Terraform && has_wildcard,
                "look at: `semantic_version`: the provider takes wildcards since its releases of April 2026 alone; for an older one name each version, or select by tags",
            ),
        ];
        remarks.into_iter().filter(|(is, _)| *is).map(|(_, remark)| remark.to_owned()).collect()
    }

    /// Where a canonical pointer leads in the document.
    fn pointer(&self, canonical: &str) -> String {
        let blank = Diagnostic {
            code: "",
            severity: Severity::Info,
            path: canonical.to_owned(),
            message: String::new(),
            help: String::new(),
            fix: None,
        };
        self.in_document(blank).path
    }

    /// [`Reading::located`] for a canonical pointer, without [`Reading::root`].
    fn in_document(&self, mut found: Diagnostic) -> Diagnostic {
        found.path = format!("{}{}", self.root(), found.path);
        self.located(found)
    }
}
