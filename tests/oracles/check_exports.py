"""Holds the policy cases against tools that know nothing of Afterimage.

Every document in tests/cases/policy/valid has to pass `afterimage check`, and what `afterimage convert`
makes of it has to be accepted by botocore's parameter validation, by the limits in botocore's model of the
service, and, as a CloudFormation resource, by cfn-lint. Every document in tests/cases/policy/invalid has to
be refused.

Run it from the top of the work tree with the packages of requirements.txt installed, after
`cargo build -p afterimage-cli`.
"""

import copy
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import botocore.session
import cfnlint.api
from botocore.validate import ParamValidator

CASES = Path("tests/cases/policy")
AFTERIMAGE = Path(os.environ.get("CARGO_TARGET_DIR", "target")) / "debug" / (
    "afterimage.exe" if os.name == "nt" else "afterimage"
)
# CloudFormation takes 500 resources a template.
RESOURCES_PER_TEMPLATE = 200
# Members of a create request that CloudFormation does not have.
REQUEST_ONLY = ("clientToken", "dryRun")


def main():
    if not CASES.is_dir():
        sys.exit(f"{CASES} is missing; run this from the top of the work tree")
    if not AFTERIMAGE.is_file():
        sys.exit(f"{AFTERIMAGE} is missing; run `cargo build -p afterimage-cli` first")
    valid, invalid = (sorted((CASES / kind).glob("*.json")) for kind in ("valid", "invalid"))
    if not valid or not invalid:
        sys.exit(f"{CASES} has no cases")

    failures = {f"oracle {name}": problems for name, problems in mistakes_nobody_sees().items()}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        exported = list(pool.map(lambda case: export(case, Path(folder)), valid))
        refused = list(pool.map(lambda case: refuse(case, Path(folder)), invalid))
    for case, (request, problems) in zip(valid, exported):
        failures[f"valid/{case.name}"] = problems
        if request is not None:
            problems += refusals_by_botocore(request) + refusals_by_model(request)
    for case, problems in zip(invalid, refused):
        failures[f"invalid/{case.name}"] = problems
    requests = {f"valid/{case.name}": request for case, (request, _) in zip(valid, exported)}
    for case, problems in refusals_by_cfn_lint(requests).items():
        failures[case] += problems

    failed = {case: problems for case, problems in failures.items() if problems}
    for case, problems in failed.items():
        for problem in problems:
            print(f"{case}: {problem}")
    print(f"{len(failures) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


def export(case, folder):
    """The create request that comes of a valid case, and what is wrong with getting it."""
    document = written(case, folder)
    problems = []
    checked = run("check", "--policy", document, "--format", "json")
    if checked.returncode != 0:
        problems.append(f"`check` exits {checked.returncode}: {checked.stdout}{checked.stderr}")
    elif any(found["severity"] == "error" for found in json.loads(checked.stdout)["diagnostics"]):
        problems.append(f"`check` exits 0 in spite of errors: {checked.stdout}")
    converted = run("convert", "--policy", document, "--to", "create")
    if converted.returncode != 0:
        problems.append(f"`convert` exits {converted.returncode}: {converted.stderr}")
        return None, problems
    return json.loads(converted.stdout), problems


def refuse(case, folder):
    """What is wrong with the refusal of an invalid case."""
    document = written(case, folder)
    # Text that is no JSON is unusable input, anything else an invalid policy.
    codes = {found["code"] for found in json.loads(case.read_text("utf-8"))["diagnostics"]}
    status = 2 if codes == {"syntax"} else 1
    problems = []
    for arguments in (["check", "--format", "json"], ["convert", "--to", "create"]):
        done = run(*arguments, "--policy", document)
        if done.returncode != status:
            problems.append(f"`{arguments[0]}` exits {done.returncode} instead of {status}: {done.stderr}")
        if arguments[0] == "convert" and done.stdout:
            problems.append(f"`convert` prints a policy: {done.stdout}")
    return problems


def written(case, folder):
    """The document of a case, as a file."""
    content = json.loads(case.read_text("utf-8"))
    text = content["text"] if "text" in content else json.dumps(expanded(content["policy"]), ensure_ascii=False)
    file = folder / f"{case.parent.name}-{case.name}"
    file.write_bytes(text.encode("utf-8"))
    return str(file)


def expanded(value):
    """The value with every `{"repeat": …, "times": …}` written out."""
    if isinstance(value, list):
        return [expanded(item) for item in value]
    if isinstance(value, dict):
        if set(value) == {"repeat", "times"}:
            return value["repeat"] * value["times"]
        return {name: expanded(member) for name, member in value.items()}
    return value


def run(*arguments):
    return subprocess.run(
        [str(AFTERIMAGE), *arguments], capture_output=True, encoding="utf-8", stdin=subprocess.DEVNULL, timeout=60
    )


MODEL = botocore.session.get_session().get_service_model("imagebuilder")
CREATE = MODEL.operation_model("CreateLifecyclePolicy").input_shape


def refusals_by_botocore(request):
    """Missing and unknown members, wrong types, least lengths: what an SDK looks at before it sends."""
    request = {"clientToken": "00000000-0000-4000-8000-000000000000", **request}
    report = ParamValidator().validate(request, CREATE)
    return [f"botocore: {line}" for line in report.generate_report().splitlines() if report.has_errors()]


def refusals_by_model(request):
    """Values, patterns and limits in the model of the service, which the SDK leaves to the service."""
    return [f"model: {problem}" for problem in against_shape(request, CREATE, "request")]


PYTHON_TYPES = {"structure": dict, "map": dict, "list": list, "string": str, "integer": int, "boolean": bool}
# Has no limits, in whatever spelling.
PYTHON_TYPES["timestamp"] = ()


def against_shape(value, shape, place):
    if not isinstance(value, PYTHON_TYPES[shape.type_name]):
        # Types are botocore's own part.
        return
    if shape.type_name == "structure":
        for name, member in value.items():
            if name in shape.members:
                yield from against_shape(member, shape.members[name], f"{place}.{name}")
        return
    if shape.type_name == "boolean":
        return
    size = value if shape.type_name == "integer" else len(value)
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and size < least:
        yield f"{place}: {size} is less than {least}"
    if most is not None and size > most:
        yield f"{place}: {size} is more than {most}"
    if shape.type_name == "string":
        if shape.enum and value not in shape.enum:
            yield f"{place}: {value!r} is not one of {shape.enum}"
        pattern = shape.metadata.get("pattern")
        if pattern and not matches(pattern, value):
            yield f"{place}: {value!r} does not match {pattern}"
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from against_shape(item, shape.member, f"{place}[{index}]")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from against_shape(key, shape.key, f"{place} key")
            yield from against_shape(item, shape.value, f"{place}.{key}")


def matches(pattern, value):
    """Patterns are Java's: `\\s` and `\\w` are ASCII, and `$` does not stand before a last line break."""
    anchored = pattern.startswith("^") and pattern.endswith("$")
    compiled = re.compile(pattern, re.ASCII)
    return bool(compiled.fullmatch(value) if anchored else compiled.search(value))


def refusals_by_cfn_lint(requests):
    """What cfn-lint says of each request as a CloudFormation resource, warnings included."""
    found = {}
    cases = [case for case, request in requests.items() if request is not None]
    for start in range(0, len(cases), RESOURCES_PER_TEMPLATE):
        part = cases[start : start + RESOURCES_PER_TEMPLATE]
        names = {f"Policy{number}": case for number, case in enumerate(part)}
        template = {
            "AWSTemplateFormatVersion": "2010-09-09",
            "Resources": {
                name: {
                    "Type": "AWS::ImageBuilder::LifecyclePolicy",
                    "Properties": pascal_case(
                        {member: value for member, value in requests[case].items() if member not in REQUEST_ONLY},
                        CREATE,
                    ),
                }
                for name, case in names.items()
            },
        }
        for match in cfnlint.api.lint(as_text(template), regions=["us-east-1"]):
            # Findings about the template as a whole have no path.
            path = [str(token) for token in getattr(match, "path", [])]
            case = names.get(path[1] if len(path) > 1 else None, part[0])
            found.setdefault(case, []).append(f"cfn-lint: {match.rule.id} at {'.'.join(path)}: {match.message}")
    return found


def as_text(template):
    """JSON as cfn-lint reads it, which is as YAML: no control characters, and none beyond the first plane escaped."""
    text = json.dumps(template, ensure_ascii=False)
    return re.sub("[\x7f-\x9f\ufeff\ufffe\uffff]", lambda letter: f"\\u{ord(letter.group()):04x}", text)


def pascal_case(value, shape):
    """The value with CloudFormation's spelling of member names; tag keys stay as they are."""
    if shape.type_name == "structure":
        return {
            name[:1].upper() + name[1:]: pascal_case(member, shape.members[name]) if name in shape.members else member
            for name, member in value.items()
        }
    if shape.type_name == "list":
        return [pascal_case(item, shape.member) for item in value]
    return value


GOOD = {
    "name": "example",
    "executionRole": "ExampleRole",
    "resourceType": "AMI_IMAGE",
    "policyDetails": [
        {
            "action": {"type": "DELETE", "includeResources": {"amis": True, "snapshots": True}},
            "filter": {"type": "AGE", "value": 90, "unit": "DAYS", "retainAtLeast": 1},
            "exclusionRules": {"amis": {"sharedAccounts": ["123456789012"]}},
        }
    ],
    "resourceSelection": {"recipes": [{"name": "web", "semanticVersion": "x.x.x"}]},
    "tags": {"Team": "web"},
}

FILTER = ("policyDetails", 0, "filter")
ACCOUNTS = ("policyDetails", 0, "exclusionRules", "amis", "sharedAccounts")
# What is broken, the value that breaks it (None takes the member away), and who has to see it.
BROKEN = [
    ("a missing member", ("executionRole",), None, "botocore cfn-lint"),
    ("an unknown member", ("schedule",), "daily", "botocore cfn-lint"),
    ("a wrong type", (*FILTER, "value"), "90", "botocore"),
    ("a value below its range", (*FILTER, "value"), 0, "botocore model cfn-lint"),
    ("a value above its range", (*FILTER, "value"), 1001, "model cfn-lint"),
    ("a floor above its range", (*FILTER, "retainAtLeast"), 11, "model cfn-lint"),
    ("an unknown unit", (*FILTER, "unit"), "HOURS", "model cfn-lint"),
    ("a name that is too long", ("name",), "n" * 129, "model cfn-lint"),
    ("a name with a line break", ("name",), "example\n", "model"),
    ("a description that is too long", ("description",), "d" * 1025, "model cfn-lint"),
    ("no rules", ("policyDetails",), [], "botocore model cfn-lint"),
    ("four rules", ("policyDetails",), GOOD["policyDetails"] * 4, "model cfn-lint"),
    ("an account of eleven digits", ACCOUNTS, ["12345678901"], "model cfn-lint"),
    ("too many accounts", ACCOUNTS, ["123456789012"] * 1537, "model cfn-lint"),
    ("a version of two numbers", ("resourceSelection", "recipes", 0, "semanticVersion"), "1.0", "model cfn-lint"),
    ("a tag key that AWS keeps", ("tags",), {"aws:x": "1"}, "model"),
    ("too many tags", ("tags",), {f"Key{number}": "" for number in range(51)}, "model"),
]


def mistakes_nobody_sees():
    """Requests that are broken on purpose: an oracle that takes one of them proves nothing."""
    requests = {}
    for name, path, value, _ in BROKEN:
        request = copy.deepcopy(GOOD)
        *parents, last = path
        place = request
        for token in parents:
            place = place[token]
        if value is None:
            del place[last]
        else:
            place[last] = value
        requests[name] = request
    linted = refusals_by_cfn_lint({"good": GOOD, **requests})
    problems = {"good": refusals_by_botocore(GOOD) + refusals_by_model(GOOD) + linted.get("good", [])}
    for name, _, _, oracles in BROKEN:
        request = requests[name]
        seen = refusals_by_botocore(request) + refusals_by_model(request) + linted.get(name, [])
        blind = [oracle for oracle in oracles.split() if not any(line.startswith(oracle) for line in seen)]
        problems[name] = [f"{oracle} does not see it" for oracle in blind]
    return problems


if __name__ == "__main__":
    sys.exit(main())
