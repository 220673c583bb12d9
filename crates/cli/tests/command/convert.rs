//! `afterimage convert`.

use serde_json::Value;
use serde_json::json;

use crate::run::file;
use crate::run::fixture;
use crate::run::folder;
use crate::run::policy_with;
use crate::run::run;
use crate::run::run_with_input;

#[test]
fn a_create_request_stays_what_it_is() {
    let done = run(&["convert", "--policy", "policy.json", "--to", "create"]).expect(0);
    let (given, printed): (Value, Value) =
        (serde_json::from_str(&fixture("policy.json")).unwrap(), done.json());
    assert_eq!(printed, given);
    let note =
        "filled in: /policyDetails/0/exclusionRules/amis/isPublic is `false`: public AMIs are not spared\n";
    assert_eq!(done.stderr, note);
    let again = run_with_input(&["convert", "--policy", "-", "--to", "create"], done.stdout.as_bytes());
    assert_eq!(again.expect(0).stdout, done.stdout);
}

#[test]
fn a_get_response_becomes_a_create_request() {
    let folder = folder();
    let mut policy: Value = serde_json::from_str(&fixture("policy.json")).unwrap();
    policy["arn"] =
        json!("arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/golden-ami-retention");
    policy["dateCreated"] = json!("2026-09-09T19:34:38.409000+00:00");
    let get = file(&folder, "get.json", json!({ "lifecyclePolicy": policy }).to_string());
    let printed = run(&["convert", "--policy", &get, "--to", "create"]).expect(0).json();
    assert_eq!(printed, serde_json::from_str::<Value>(&fixture("policy.json")).unwrap());
}

#[test]
fn a_command_updates_the_policy_that_the_document_names() {
    let folder = folder();
    let arn = "arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/golden-ami-retention";
    let mut policy: Value = serde_json::from_str(&fixture("policy.json")).unwrap();
    policy["arn"] = json!(arn);
    let get = file(&folder, "get.json", policy.to_string());
    let done = run(&["convert", "--policy", &get, "--to", "cli"]).expect(0);
    let request = "aws imagebuilder update-lifecycle-policy --cli-input-json '{\n  \"lifecyclePolicyArn\": ";
    assert!(done.stdout.starts_with(&format!("{request}\"{arn}\"")), "{}", done.stdout);
    done.says(&["left out: `tags`: "]);
}

#[test]
fn a_command_updates_the_policy_that_a_state_of_terraform_knows() {
    let case = include_str!("../../../../tests/cases/policy/notations/terraform-state.json");
    let case: Value = serde_json::from_str(case).unwrap();
    let state: String = case["text"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let done = run_with_input(&["convert", "--policy", "-", "--to", "cli"], state.as_bytes()).expect(0);
    let arn = case["arn"].as_str().unwrap();
    assert!(done.stdout.starts_with("aws imagebuilder update-lifecycle-policy "), "{}", done.stdout);
    assert!(done.stdout.contains(&format!("\"lifecyclePolicyArn\": \"{arn}\"")), "{}", done.stdout);
}

#[test]
fn what_the_provider_of_terraform_refuses_is_said() {
    let folder = folder();
    let selecting = |version: &str| {
        let recipes = json!([{ "name": "web-base", "semanticVersion": version }]);
        let policy = file(&folder, "policy.json", policy_with("/resourceSelection/recipes", recipes));
        run(&["convert", "--policy", &policy, "--to", "terraform"]).expect(0).stderr
    };
    assert!(selecting("1.x.x").contains("look at: `semantic_version`: "));
    assert!(!selecting("1.2.0").contains("semantic_version"));
}

#[test]
fn a_policy_with_errors_is_not_converted() {
    let folder = folder();
    let wrong = file(&folder, "wrong.json", policy_with("/resourceType", json!("AMI")));
    let done = run(&["convert", "--policy", &wrong, "--to", "create"]).expect(1);
    assert_eq!(done.stdout, "");
    done.says(&["error /resourceType: ", "the policy has 1 error", "nothing is converted"]);
}

#[test]
fn every_notation_that_can_be_read_comes_back() {
    let given: Value = serde_json::from_str(&fixture("policy.json")).unwrap();
    for notation in ["create", "cli", "cloudformation", "cloudformation-yaml", "terraform"] {
        let written = run(&["convert", "--policy", "policy.json", "--to", notation]).expect(0).stdout;
        let read = ["convert", "--policy", "-", "--to", "create"];
        assert_eq!(run_with_input(&read, written.as_bytes()).expect(0).json(), given, "{notation}");
        let checked = run_with_input(&["check", "--policy", "-"], written.as_bytes()).expect(0);
        assert!(checked.stdout.ends_with("the policy is valid, with 1 warning\n"), "{}", checked.stdout);
    }
}

#[test]
fn an_update_needs_the_policy_s_own_arn() {
    let arn = "arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/golden-ami-retention";
    let update = ["convert", "--policy", "policy.json", "--to", "update"];
    run(&update).expect(1).says(&["error /lifecyclePolicyArn: ", "[missing-arn]"]);
    let other = arn.replace("golden", "other");
    run(&[&update[..], &["--arn", &other]].concat()).expect(1).says(&["[name-changed]"]);
    run(&[&update[..], &["--arn", "golden"]].concat()).expect(1).says(&["[invalid-arn]"]);
    let done = run(&[&update[..], &["--arn", arn]].concat()).expect(0);
    let request = done.json();
    assert_eq!((&request["lifecyclePolicyArn"], request.get("name")), (&json!(arn), None));
    done.says(&["left out: `tags`: "]);
    let command = run(&["convert", "--policy", "policy.json", "--to", "cli", "--arn", arn]).expect(0).stdout;
    assert!(command.starts_with("aws imagebuilder update-lifecycle-policy --cli-input-json '{"), "{command}");
}

#[test]
fn functions_stay_in_cloudformation_and_go_nowhere_else() {
    let folder = folder();
    let yaml = run(&["convert", "--policy", "policy.json", "--to", "cloudformation-yaml"]).expect(0).stdout;
    let role = yaml.lines().find(|line| line.contains("ExecutionRole")).unwrap();
    let yaml = yaml.replace(role, "      ExecutionRole: !GetAtt Role.Arn");
    let template = file(&folder, "template.txt", yaml);
    let json = run(&["convert", "--policy", &template, "--to", "cloudformation"]).expect(0).json();
    let properties = &json["Resources"]["LifecyclePolicy"]["Properties"];
    assert_eq!(properties["ExecutionRole"], json!({"Fn::GetAtt": ["Role", "Arn"]}));
    let done = run(&["convert", "--policy", &template, "--to", "create"]).expect(1);
    assert_eq!(done.stdout, "");
    done.says(&["error /Resources/LifecyclePolicy/Properties/ExecutionRole: ", "[value-from-elsewhere]"]);
    run(&["check", "--policy", &template]).expect(0);
}

#[test]
fn one_of_several_policies_is_chosen_by_its_name() {
    let folder = folder();
    let one = run(&["convert", "--policy", "policy.json", "--to", "terraform"]).expect(0).stdout;
    let two = file(&folder, "two.tf", format!("{one}{}", one.replace("golden_ami_retention", "other")));
    let convert = ["convert", "--policy", &two, "--to", "terraform"];
    run(&convert).expect(1).says(&["[several-policies]", "`golden_ami_retention`, `other`"]);
    let chosen = run(&[&convert[..], &["--resource", "golden_ami_retention"]].concat()).expect(0).stdout;
    assert_eq!(chosen, one);
}

#[test]
fn what_a_notation_would_turn_into_something_else_is_refused() {
    let folder = folder();
    for (pointer, value, refused) in [
        ("/tags", json!({"Ref": "x"}), &["cloudformation", "cloudformation-yaml", "cdk"][..]),
        ("/tags", json!({"Fn::Sub": "x", "b": "y"}), &["cloudformation", "cloudformation-yaml", "cdk"]),
        ("/tags", json!({"__proto__": "x"}), &["cdk"]),
        ("/description", json!("{{resolve:ssm:x}}"), &["cloudformation", "cloudformation-yaml", "cdk"]),
    ] {
        let policy = file(&folder, "policy.json", policy_with(pointer, value));
        for notation in ["create", "cli", "cloudformation", "cloudformation-yaml", "terraform", "cdk"] {
            let done = run(&["convert", "--policy", &policy, "--to", notation]);
            let done = done.expect(i32::from(refused.contains(&notation)));
            assert_eq!(done.stderr.contains("[not-in-notation]"), refused.contains(&notation), "{notation}");
        }
    }
}
