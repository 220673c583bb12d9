"""Holds every notation that `afterimage convert` writes against tools that know nothing of Afterimage.

For every document in tests/cases/policy/valid: the update request goes to botocore's model, the AWS CLI command
through bash to the request that it sends, both CloudFormation templates to PyYAML and cfn-lint, the Terraform
configuration to python-hcl2 and, where Terraform is installed, to `terraform fmt` and `terraform console`, the
CDK stack to the TypeScript compiler, and what aws-cdk-lib synthesises of it to the template.

Run it from the top of the work tree like check_exports.py; the argument is the folder with aws-cdk-lib's
node_modules.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import hcl2
import yaml
from check_exports import AFTERIMAGE, CASES, MODEL, REQUEST_ONLY, against_shape, as_text, pascal_case, run, written
from botocore.validate import ParamValidator
from cfnlint.api import lint
from cfnlint.decode.cfn_yaml import loads as cfn_loads
from hcl2.utils import process_escape_sequences

CREATE = MODEL.operation_model("CreateLifecyclePolicy").input_shape
UPDATE = MODEL.operation_model("UpdateLifecyclePolicy").input_shape
TOKEN = "00000000-0000-4000-8000-000000000000"
RESOURCES_PER_TEMPLATE = 200
NOTATIONS = ("create", "update", "cli", "cloudformation", "cloudformation-yaml", "terraform", "cdk")
# Notations that `--policy` takes.
READABLE = ("cli", "cloudformation", "cloudformation-yaml", "terraform")


def main():
    if not AFTERIMAGE.is_file():
        sys.exit(f"{AFTERIMAGE} is missing; run `cargo build -p afterimage-cli` first")
    cases = sorted((CASES / "valid").glob("*.json"))
    modules = Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        folder = Path(folder)
        texts = dict(zip([case.stem for case in cases], pool.map(lambda case: convert(case, folder), cases)))
        failures = {name: [] for name in texts}
        failures["oracles"] = blind_spots()
        checks = [
            pool.submit(each, judge, texts)
            for judge in (judge_update, judge_command, judge_templates, judge_configuration)
        ]
        checks += [
            pool.submit(judge_by_cfn_lint, texts),
            pool.submit(judge_by_terraform, texts, folder),
            pool.submit(judge_by_cdk, texts, folder, modules),
            pool.submit(each, lambda made: judge_reading(made, folder), texts),
        ]
        for check in checks:
            for name, problems in check.result().items():
                failures.setdefault(name, []).extend(problems)
    failed = {name: problems for name, problems in failures.items() if problems}
    for name, problems in failed.items():
        for problem in problems:
            print(f"{name}: {problem}")
    print(f"notations: {len(failures) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def each(judge, texts):
    def problems(made):
        try:
            return list(judge(made))
        except Exception as refusal:  # Each parser has errors of its own.
            return [f"{type(refusal).__name__}: {refusal}"]

    return {name: problems(made) for name, made in texts.items()}


def convert(case, folder):
    """What the command makes of a case, by notation; `request` is the create request as a value."""
    document = written(case, folder)
    made = {"name": case.stem}
    for notation in NOTATIONS:
        arguments = ["convert", "--policy", document, "--to", notation]
        if notation == "update":
            name = in_arn(made["request"]["name"])
            arguments += ["--arn", f"arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/{name}"]
        done = run(*arguments)
        if done.returncode != 0:
            sys.exit(f"{case.name} as {notation}: {done.stderr}")
        made[notation] = done.stdout
        if notation == "create":
            made["request"] = json.loads(done.stdout)
    return made


def in_arn(name):
    return re.sub("[ _]", "-", name).lower()


def judge_update(made):
    request = json.loads(made["update"])
    report = ParamValidator().validate({"clientToken": TOKEN, **request}, UPDATE)
    if report.has_errors():
        yield f"botocore: {report.generate_report()}"
    yield from (f"model: {problem}" for problem in against_shape(request, UPDATE, "request"))
    wanted = {name: value for name, value in made["request"].items() if name in UPDATE.members}
    if {name: value for name, value in request.items() if name != "lifecyclePolicyArn"} != wanted:
        yield f"the update is {request}"


def judge_command(made):
    arguments = sent(made["cli"])
    if arguments[:1] != ["imagebuilder"] or arguments[2:3] != ["--cli-input-json"] or len(arguments) != 4:
        yield f"bash makes of the command {arguments}"
        return
    wanted = {"create-lifecycle-policy": "create", "update-lifecycle-policy": "update"}[arguments[1]]
    request, wanted = json.loads(arguments[3]), json.loads(made[wanted])
    # The update was asked for with an ARN of our own.
    if {**request, "lifecyclePolicyArn": ""} != {**wanted, "lifecyclePolicyArn": ""}:
        yield f"the command sends {request}"


def sent(command):
    """The arguments that bash gives to `aws`."""
    script = 'aws() { printf "%s\\0" "$@"; }\n' + command
    # Interactive shells replace `!`; this one does it too.
    options = ["-o", "histexpand", "-o", "history"]
    done = subprocess.run(["bash", *options, "-s"], input=script, capture_output=True, encoding="utf-8", timeout=60)
    return done.stdout.split("\0")[:-1] if not done.stderr else [done.stderr]


def judge_templates(made):
    template = json.loads(made["cloudformation"])
    if yaml.safe_load(made["cloudformation-yaml"]) != template:
        yield "PyYAML reads the YAML as another template than the JSON"
    wanted = {name: value for name, value in made["request"].items() if name not in REQUEST_ONLY}
    (resource,) = template["Resources"].values()
    if resource != {"Type": "AWS::ImageBuilder::LifecyclePolicy", "Properties": pascal_case(wanted, CREATE)}:
        yield f"the template has {resource}"


def judge_by_cfn_lint(texts):
    """What cfn-lint says of the templates in YAML, warnings included, many resources at a time."""
    found = {}
    names = list(texts)
    for start in range(0, len(names), RESOURCES_PER_TEMPLATE):
        part = names[start : start + RESOURCES_PER_TEMPLATE]
        resources = {}
        for number, name in enumerate(part):
            try:
                template = cfn_loads(texts[name]["cloudformation-yaml"])
            except Exception as refusal:
                found.setdefault(name, []).append(f"cfn-lint: {refusal}")
                continue
            (resources[f"Policy{number}"],) = template["Resources"].values()
        if not resources:
            continue
        merged = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
        for match in lint(as_text(merged), regions=["us-east-1"]):
            path = [str(token) for token in getattr(match, "path", [])]
            name = part[int(path[1].removeprefix("Policy"))] if len(path) > 1 else part[0]
            found.setdefault(name, []).append(f"cfn-lint: {match.rule.id} at {'.'.join(path)}: {match.message}")
    return found


SINGULAR = {"policyDetails": "policy_detail", "recipes": "recipe"}


def snake_case(value, shape):
    """The value as the blocks and arguments of the provider."""
    if shape.type_name == "structure":
        out = {}
        for name, member in value.items():
            inner = shape.members[name]
            snake = SINGULAR.get(name) or re.sub("[A-Z]", lambda letter: "_" + letter.group().lower(), name)
            member = snake_case(member, inner)
            out[snake] = [member] if inner.type_name == "structure" else member
        return out
    if shape.type_name == "list":
        return [snake_case(item, shape.member) for item in value]
    return value


def judge_configuration(made):
    wanted = {name: value for name, value in made["request"].items() if name not in REQUEST_ONLY}
    (labelled,) = hcl2.loads(made["terraform"])["resource"]
    resource = without_quotes(labelled)["aws_imagebuilder_lifecycle_policy"]
    (arguments,) = resource.values()
    if arguments != snake_case(wanted, CREATE):
        yield f"python-hcl2 reads {arguments}"


def without_quotes(value):
    """Values of python-hcl2 as HCL means them."""
    if isinstance(value, dict):
        return {text_of(name): without_quotes(member) for name, member in value.items() if name != "__is_block__"}
    if isinstance(value, list):
        return [without_quotes(item) for item in value]
    return text_of(value) if isinstance(value, str) else value


def text_of(text):
    if not (len(text) > 1 and text.startswith('"') and text.endswith('"')):
        return text
    text = process_escape_sequences(text[1:-1])
    return text.replace("$${", "${").replace("%%{", "%{")


def judge_by_terraform(texts, folder):
    """Terraform's own layout, and its own reading of every tag map; nothing where it is not installed."""
    terraform = shutil.which("terraform")
    if terraform is None:
        print("notations: Terraform is not installed, so its own part is left out")
        return {}
    place = folder / "terraform"
    place.mkdir()
    for name, made in texts.items():
        (place / f"{name}.tf").write_text(made["terraform"], "utf-8", newline="\n")
    found = {}
    done = terraform_run(terraform, ["fmt", "-check", "-list=true"], place)
    for file in done.stdout.split():
        found.setdefault(Path(file).stem, []).append("`terraform fmt` would change the layout")
    if done.returncode not in (0, 3):
        found.setdefault("terraform fmt", []).append(done.stderr)
    maps = {name: tag_maps(made["terraform"]) for name, made in texts.items()}
    empty = folder / "console"
    empty.mkdir()
    expression = "jsonencode([" + ",".join(f"[{','.join(found)}]" for found in maps.values()) + "])\n"
    done = terraform_run(terraform, ["console"], empty, expression.replace("\n", " ") + "\n")
    answer = json.loads(json.loads(done.stdout)) if done.returncode == 0 else []
    if len(answer) != len(maps):
        found.setdefault("terraform console", []).append(done.stderr)
    for (name, made), told in zip(texts.items(), answer):
        wanted = list(all_tag_maps(snake_case({k: v for k, v in made["request"].items() if k not in REQUEST_ONLY}, CREATE)))
        key = lambda tags: json.dumps(tags, sort_keys=True)
        if sorted(told, key=key) != sorted(wanted, key=key):
            found.setdefault(name, []).append(f"Terraform reads the tags {told}")
    return found


def terraform_run(terraform, arguments, place, text=None):
    return subprocess.run(
        [terraform, *arguments], cwd=place, input=text, capture_output=True, encoding="utf-8", timeout=60
    )


def tag_maps(configuration):
    """The maps of a configuration, one argument a line, with commas between the lines."""
    bodies = re.findall(r"^ *(?:tags|tag_map) = \{\n(.*?)^ *\}$", configuration, re.MULTILINE | re.DOTALL)
    return ["{" + ",".join(body.strip("\n").split("\n")) + "}" for body in bodies]


def all_tag_maps(value):
    if isinstance(value, dict):
        for name, member in value.items():
            if name in ("tags", "tag_map"):
                yield member
            else:
                yield from all_tag_maps(member)
    elif isinstance(value, list):
        for item in value:
            yield from all_tag_maps(item)


SYNTHESISE = """
const cdk = require('aws-cdk-lib');
const assertions = require('aws-cdk-lib/assertions');
const templates = {};
for (const name of JSON.parse(process.argv[2])) {
  const { LifecyclePolicyStack } = require(`./${name}`);
  templates[name] = assertions.Template.fromStack(new LifecyclePolicyStack(new cdk.App(), 'Stack')).toJSON();
}
process.stdout.write(JSON.stringify(templates));
"""


def judge_by_cdk(texts, folder, modules):
    """The TypeScript compiler's word on every stack, and the template that comes of it."""
    place = folder / "cdk"
    place.mkdir()
    (place / "node_modules").symlink_to(modules, target_is_directory=True)
    files = {f"policy{number}": name for number, name in enumerate(texts)}
    for file, name in files.items():
        (place / f"{file}.ts").write_text(texts[name]["cdk"], "utf-8", newline="\n")
    options = {"strict": True, "target": "es2022", "module": "node16", "skipLibCheck": True, "types": ["node"]}
    (place / "tsconfig.json").write_text(json.dumps({"compilerOptions": {**options, "outDir": "out"}}))
    (place / "package.json").write_text("{}")
    node = [shutil.which("node"), str(modules / "typescript" / "bin" / "tsc")]
    done = subprocess.run([*node, "-p", "."], cwd=place, capture_output=True, encoding="utf-8", timeout=300)
    found = {}
    for line in done.stdout.splitlines():
        name = files.get(line.split(".ts")[0], "tsc")
        found.setdefault(name, []).append(f"tsc: {line}")
    if found:
        return found
    (place / "out" / "synthesise.js").write_text(SYNTHESISE)
    script = [node[0], "out/synthesise.js", json.dumps(list(files))]
    done = subprocess.run(script, cwd=place, capture_output=True, encoding="utf-8", timeout=300)
    if done.returncode != 0:
        return {"aws-cdk-lib": [done.stderr]}
    for file, template in json.loads(done.stdout).items():
        (told,) = template["Resources"].values()
        (wanted,) = json.loads(texts[files[file]]["cloudformation"])["Resources"].values()
        if without_empty(told["Properties"]) != without_empty(wanted["Properties"]):
            found.setdefault(files[file], []).append(f"aws-cdk-lib synthesises {told}")
    return found


def without_empty(value):
    """CDK leaves out what is empty."""
    if isinstance(value, dict):
        members = {name: without_empty(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member not in ({}, [])}
    return [without_empty(item) for item in value] if isinstance(value, list) else value


def judge_reading(made, folder):
    """`convert` of what was converted gives the request again."""
    for notation in READABLE:
        file = folder / f"{made['name']}.{notation}"
        file.write_text(made[notation], "utf-8", newline="\n")
        done = run("convert", "--policy", str(file), "--to", "create")
        wanted = made["request"]
        if notation != "cli":
            wanted = {name: value for name, value in wanted.items() if name not in REQUEST_ONLY}
        elif "update-lifecycle-policy" in made["cli"][:60]:
            wanted = {name: value for name, value in wanted.items() if name in UPDATE.members or name == "name"}
        read = json.loads(done.stdout) if done.returncode == 0 else None
        if read and notation == "cli" and "update-lifecycle-policy" in made["cli"][:60]:
            # An update names the policy by its ARN only, which spells the name in its own way.
            read, wanted = ({**request, "name": in_arn(request["name"])} for request in (read, wanted))
        if read != wanted:
            yield f"read from {notation} it is {done.stdout}{done.stderr}"


def blind_spots():
    """Texts that are broken on purpose: an oracle that takes one of them proves nothing."""
    request = {"name": "abc", "executionRole": "R", "resourceType": "AMI_IMAGE", "tags": {"a": "b'c"}}
    made = {
        "request": request,
        "create": json.dumps(request),
        "update": json.dumps({**request, "lifecyclePolicyArn": "x"}),
        "cli": f"aws imagebuilder create-lifecycle-policy --cli-input-json '{json.dumps(request)}'",
        "cloudformation": json.dumps(
            {"Resources": {"P": {"Type": "AWS::ImageBuilder::LifecyclePolicy", "Properties": {"Name": "abd"}}}}
        ),
        "cloudformation-yaml": "Resources: {P: {Type: AWS::ImageBuilder::LifecyclePolicy, Properties: {Name: no}}}",
        "terraform": 'resource "aws_imagebuilder_lifecycle_policy" "p" {\n  name = "ab$${c}"\n tags = {}\n}\n',
        "cdk": "import * as i from 'aws-cdk-lib/aws-imagebuilder';\nnew i.CfnLifecyclePolicy(this, 'x', {});\n",
    }
    with tempfile.TemporaryDirectory() as folder:
        told = {
            "update": list(judge_update(made)),
            "command": list(judge_command(made)),
            "templates": list(judge_templates(made)),
            "configuration": list(judge_configuration(made)),
            "cfn-lint": list(judge_by_cfn_lint({"p": made}).values()),
            "cdk": list(judge_by_cdk({"p": made}, Path(folder), Path(sys.argv[1]).resolve()).values()),
        }
        if shutil.which("terraform"):
            told["terraform"] = list(judge_by_terraform({"p": made}, Path(folder)).values())
    return [f"{oracle} does not see a mistake" for oracle, problems in told.items() if not problems]


if __name__ == "__main__":
    sys.exit(main())
