//! A text that is a policy in some notation.

use afterimage_policy::Diagnostic;
use afterimage_policy::Document;
use afterimage_policy::Form;
use afterimage_policy::Notation;
use afterimage_policy::Reading;
use afterimage_policy::json::Json;
use afterimage_policy::read_resource;

use crate::engine::compiled::level;
use crate::engine::export::filled_in;
use crate::protocol::Found;
use crate::protocol::Imported;
use crate::protocol::Level;
use crate::protocol::Problem;

/// Members that only the tools of another notation may know, and what stands for them here. Neither decides what happens
/// to an image, and without them nothing is simulated.
const STAND_INS: [(&str, &str); 2] =
    [("name", "imported-policy"), ("executionRole", "PLACEHOLDER-execution-role")];

/// A warning for each member of a policy that is still stood for, so that it is not exported unseen.
pub(super) fn stood_for(reading: &Reading) -> Vec<Problem> {
    let document = &reading.document;
    let values = [document.name.as_deref(), document.execution_role.as_deref()];
    let still = STAND_INS.iter().zip(values).filter(|((_, stand_in), value)| *value == Some(*stand_in));
    let problem = |(member, stand_in): &(&str, &str)| Problem {
        code: "stand-in".to_owned(),
        severity: Level::Warning,
        path: format!("{}/{member}", reading.root()),
        message: format!("`{stand_in}` stands for a value that only the imported text's own tools know"),
        help: format!("put in the `{member}` that is meant, or AWS takes this one"),
        fix: None,
    };
    still.map(|(stand_in, _)| problem(stand_in)).collect()
}

/// Reads a policy in any notation; `resource` chooses among several.
pub(crate) fn import(text: &str, resource: Option<&str>) -> Imported {
    let reading = read_resource(text, resource);
    let is_api = reading.notation() == Notation::Api;
    let mut policy = as_told(&reading.document);
    let is_update = reading.document.form == Form::Update;
    let mut stand_ins = Vec::new();
    for (member, stand_in) in STAND_INS {
        let has_member = policy.member(member).is_some() || is_update && member == "name";
        if !is_api && !has_member {
            policy.set(&format!("/{member}"), Json::String(stand_in.to_owned()));
            stand_ins.push((member.to_owned(), stand_in.to_owned()));
        }
    }
    Imported {
        notation: reading.notation().as_str().to_owned(),
        is_api,
        policy: is_policy(&reading).then(|| policy.pretty()),
        stand_ins,
        left_out: reading
            .diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.code == "value-from-elsewhere")
            .map(|diagnostic| diagnostic.message.clone())
            .collect(),
        found: reading.diagnostics.iter().map(|diagnostic| found(&reading, diagnostic)).collect(),
        filled: filled_in(&reading),
        choices: reading.choices,
    }
}

/// The document as JSON: with its ARN, where the text is of a policy that AWS has.
fn as_told(document: &Document) -> Json {
    let Some(arn) = &document.arn else { return document.create_request() };
    if document.form == Form::Update {
        return document.update_request(arn);
    }
    let mut policy = document.create_request();
    if let Json::Object(members) = &mut policy {
        members.insert(0, ("arn".to_owned(), Json::String(arn.clone())));
    }
    policy
}

/// Whether something of a policy was understood.
fn is_policy(reading: &Reading) -> bool {
    let document = &reading.document;
    document.name.is_some()
        || document.arn.is_some()
        || document.execution_role.is_some()
        || !document.policy_details.is_empty()
        || document.resource_selection.is_some()
}

fn found(reading: &Reading, diagnostic: &Diagnostic) -> Found {
    let place = reading.place(&diagnostic.path).filter(|_| !reading.is_syntax_error);
    Found {
        severity: level(diagnostic.severity),
        at: place.map(|place| (place.line as u32, place.column as u32)),
        path: diagnostic.path.clone(),
        message: diagnostic.message.clone(),
        help: diagnostic.help.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::write;
    use crate::protocol::TARGETS;
    use crate::sample;

    const ARN: &str = "arn:aws:imagebuilder:us-west-2:111122223333:lifecycle-policy/nightly-ami-retention";

    #[test]
    fn what_the_page_writes_it_reads_again() {
        let original = import(sample::POLICY, None);
        assert!(original.is_api);
        let details = |text: &str| {
            let tree = afterimage_policy::json::Json::parse(text).unwrap();
            tree.member("policyDetails").cloned().unwrap()
        };
        // CDK is written only.
        for target in 0..TARGETS.len() as u32 - 1 {
            let text = write(sample::POLICY, target, ARN).text;
            let imported = import(&text, None);
            let policy = imported.policy.expect("there is a policy");
            assert_eq!(
                details(&policy),
                details(original.policy.as_deref().unwrap()),
                "{}",
                imported.notation
            );
        }
    }

    #[test]
    fn what_is_at_aws_keeps_its_arn() {
        let command = import(&write(sample::POLICY, 2, ARN).text, None);
        let state = format!(
            r#"{{"format_version": "1.0", "values": {{"root_module": {{"resources": [{{
                "address": "aws_imagebuilder_lifecycle_policy.it", "mode": "managed",
                "type": "aws_imagebuilder_lifecycle_policy", "name": "it", "values": {{
                    "arn": "{ARN}", "name": "nightly-ami-retention", "tags": {{"Team": "base"}},
                    "execution_role": "role/lifecycle", "resource_type": "AMI_IMAGE", "status": "ENABLED",
                    "policy_detail": [{{
                        "action": [{{"type": "DELETE"}}], "filter": [{{"type": "COUNT", "value": 3}}]
                    }}],
                    "resource_selection": [{{"tag_map": {{"a": "b"}}}}]
                }}
            }}]}}}}}}"#
        );
        for (imported, form) in [(command, Form::Update), (import(&state, None), Form::Get)] {
            let (policy, notation) = (imported.policy.unwrap(), imported.notation);
            let reading = afterimage_policy::read_json(&policy);
            assert!(!reading.has_errors(), "{notation}: {:?}", reading.diagnostics);
            assert_eq!(reading.document.arn.as_deref(), Some(ARN), "{notation}: {policy}");
            assert_eq!(
                (reading.document.form, imported.stand_ins),
                (form, Vec::new()),
                "{notation}: {policy}"
            );
            assert_eq!(policy.contains("Team"), form == Form::Get, "an update knows no tags: {policy}");
            assert_eq!(crate::state::name_of(&policy), "nightly-ami-retention", "{policy}");
        }
    }

    #[test]
    fn a_template_of_several_policies_names_them() {
        let one = write(sample::POLICY, 5, "").text;
        let two = format!("{one}\n{}", one.replace("\"nightly_ami_retention\"", "\"other\""));
        let imported = import(&two, None);
        assert_eq!((imported.choices.len(), imported.policy), (2, None), "{:?}", imported.found);
        let named = |(id, name): &(String, String)| !id.is_empty() && name == "nightly-ami-retention";
        assert!(imported.choices.iter().all(named), "{:?}", imported.choices);
        let template = |name: &str| {
            format!(r#"{{"Type": "AWS::ImageBuilder::LifecyclePolicy", "Properties": {{"Name": {name}}}}}"#)
        };
        let [one, ref_to] = [template(r#""nightly""#), template(r#"{"Ref": "Name"}"#)];
        let choices = import(&format!(r#"{{"Resources": {{"One": {one}, "Two": {ref_to}}}}}"#), None).choices;
        let named = |(id, name): (&str, &str)| (id.to_owned(), name.to_owned());
        assert_eq!(choices, [("One", "nightly"), ("Two", "")].map(named));
        let plan = |label: &str| format!(r#""{label}": {{"name": "{label}-policy"}}"#);
        let plan = format!(
            r#"{{"resource": {{"aws_imagebuilder_lifecycle_policy": {{{}, {}}}}}}}"#,
            plan("a"),
            plan("b")
        );
        assert_eq!(import(&plan, None).choices, [("a", "a-policy"), ("b", "b-policy")].map(named));
        let chosen = import(&two, Some(&imported.choices[1].0));
        assert!(chosen.policy.is_some() && chosen.choices.is_empty());
    }

    #[test]
    fn what_only_terraform_knows_is_stood_for() {
        let text = write(sample::POLICY, 5, "").text;
        let role = text.lines().find(|line| line.contains("execution_role")).unwrap();
        let imported = import(&text.replace(role, "  execution_role = var.role"), None);
        let policy = imported.policy.unwrap();
        assert_eq!(imported.stand_ins.len(), 1, "{:?}", imported.found);
        assert_eq!(imported.left_out.len(), 1, "{:?}", imported.left_out);
        assert!(imported.left_out[0].contains("var.role"), "{:?}", imported.left_out);
        let reading = afterimage_policy::read_json(&policy);
        assert!(reading.policy().is_some());
        let problems = stood_for(&reading);
        let [problem] = problems.as_slice() else { panic!("{problems:?}") };
        assert_eq!((problem.severity, problem.path.as_str()), (Level::Warning, "/executionRole"));
        assert_eq!(stood_for(&afterimage_policy::read_json(sample::POLICY)), []);
    }

    #[test]
    fn what_is_wrong_has_its_place() {
        let imported = import("{\n  \"name\": \"x\",\n  \"status\": \"ON\"\n}", None);
        assert!(imported.found.iter().any(|found| found.path == "/status" && found.at == Some((3, 13))));
        assert_eq!(import("once upon a time", None).policy, None);
    }
}
