"""A running `afterimage serve`, and clients of it that hold every answer against AWS's own model of the API."""

import datetime
import json
import os
import re
import signal
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

# No setting of whoever runs this reaches the clients.
for name in [name for name in os.environ if name.startswith("AWS_")]:
    del os.environ[name]
os.environ.update(
    AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull, AWS_EC2_METADATA_DISABLED="true"
)

import boto3  # noqa: E402
import botocore.config  # noqa: E402
import botocore.session  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "tests" / "fixtures"
EXPORTS = [FIXTURES / name for name in ("images.json", "amis.json", "launch-permissions.json")]
AFTERIMAGE = (
    Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    / "debug"
    / ("afterimage.exe" if os.name == "nt" else "afterimage")
)
ACCOUNT = "123456789012"
REGION = "us-west-2"
NOW = "2026-11-23T12:00:00Z"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/LifecycleRole"
MODEL = botocore.session.get_session().get_service_model("imagebuilder")
OPERATIONS = [
    "CreateLifecyclePolicy",
    "UpdateLifecyclePolicy",
    "GetLifecyclePolicy",
    "ListLifecyclePolicies",
    "DeleteLifecyclePolicy",
    "StartResourceStateUpdate",
    "CancelLifecycleExecution",
    "GetLifecycleExecution",
    "ListLifecycleExecutions",
    "ListLifecycleExecutionResources",
    "GetImage",
    "ListImageBuildVersions",
    "ListImagePipelineImages",
]
# What the service answers in spite of its model, as Terraform's provider shows.
BEYOND_THE_MODEL = {"ResourceNotFoundException": 404}


class Server:
    """`with Server() as server:` runs one on a free port."""

    def __init__(self, *arguments, inventory=EXPORTS, now=NOW):
        command = [AFTERIMAGE, "serve", *map(str, arguments)]
        command += ["--now", now] if now else []
        for export in inventory:
            command += ["--inventory", export]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8"
        )
        line = self.process.stdout.readline()
        found = re.fullmatch(r"listening on (http://127\.0\.0\.1:\d+)\n", line)
        if not found:
            self.process.wait()
            raise RuntimeError(f"afterimage serve does not start: {line!r}")
        self.address = found[1]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        self.process.stdout.close()
        if os.name != "nt" and code != 0:
            raise RuntimeError(f"afterimage serve exits with {code}")

    def send(self, method, target, body=None):
        """Status, error type and document of an answer, without any client between."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + target, data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, None, json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.headers["x-amzn-errortype"], json.load(error)

    def clock(self, change=None):
        """Where the clock stands, after moving it."""
        status, _, document = self.send("PUT" if change else "GET", "/_afterimage/clock", change)
        if status != 200:
            raise RuntimeError(f"the clock answers {status}: {document}")
        return document["now"]

    def advance(self, **span):
        return self.clock({"advance": span})

    def client(self, **settings):
        """A boto3 client; what is wrong with any answer that it gets stands in its `complaints`."""
        client = boto3.session.Session("an-id", "a-key", region_name=REGION).client(
            "imagebuilder",
            endpoint_url=self.address,
            config=botocore.config.Config(**{"retries": {"total_max_attempts": 1}} | settings),
        )
        client.complaints = []
        client.meta.events.register(
            "before-parse.imagebuilder", lambda **answer: judge(client.complaints, **answer)
        )
        return client


def judge(complaints, operation_model, response_dict, **_):
    """Holds a raw answer against the model of its operation."""
    status, headers = response_dict["status_code"], response_dict["headers"]
    document = json.loads(response_dict["body"])
    where = f"{operation_model.name} {status}"
    if headers.get("content-type") != "application/json":
        complaints.append(f"{where}: content-type {headers.get('content-type')}")
    if not re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", headers.get("x-amzn-requestid", "")):
        complaints.append(f"{where}: x-amzn-requestid {headers.get('x-amzn-requestid')}")
    if status == 200:
        complaints += (
            f"{where} {problem}" for problem in problems(document, operation_model.output_shape, "")
        )
        return
    modelled = {
        shape.name: shape.metadata["error"]["httpStatusCode"] for shape in operation_model.error_shapes
    }
    kind = headers.get("x-amzn-errortype")
    if (modelled | BEYOND_THE_MODEL).get(kind) != status:
        complaints.append(f"{where}: {kind} is no error of this operation, or has another status")
    if set(document) != {"message"} or not isinstance(document["message"], str) or not document["message"]:
        complaints.append(f"{where}: an error has a message and nothing else, not {document}")


TYPES = {
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    # Seconds since 1970 in the body of a rest-json answer, in a year that dates can be.
    "timestamp": lambda value: isinstance(value, (int, float)) and 0 < value < 253402300800,
    "list": lambda value: isinstance(value, list),
    "map": lambda value: isinstance(value, dict),
    "structure": lambda value: isinstance(value, dict),
}


def problems(value, shape, path):
    """What a value of an answer has against its shape: unknown members, other types, broken limits."""
    if not TYPES[shape.type_name](value):
        yield f"{path}: {value!r} is no {shape.type_name}"
        return
    yield from (f"{path}: {value!r} breaks {limit}" for limit in broken_limits(value, shape))
    if shape.type_name == "structure":
        for name, member in value.items():
            if name not in shape.members:
                yield f"{path}/{name}: is unknown"
            else:
                yield from problems(member, shape.members[name], f"{path}/{name}")
        yield from (f"{path}/{name}: is missing" for name in shape.required_members if name not in value)
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield from problems(item, shape.member, f"{path}/{index}")
    elif shape.type_name == "map":
        for key, item in value.items():
            yield from problems(key, shape.key, f"{path}/{key}")
            yield from problems(item, shape.value, f"{path}/{key}")


def broken_limits(value, shape):
    limits = shape.metadata
    # Tags that are not there are an empty map in AWS's own answers.
    length = value if shape.type_name == "integer" else len(value) if hasattr(value, "__len__") else 0
    if "min" in limits and length < limits["min"] and value != {}:
        yield f"min {limits['min']}"
    if "max" in limits and length > limits["max"]:
        yield f"max {limits['max']}"
    if shape.type_name == "string" and shape.enum and value not in shape.enum:
        yield f"enum {shape.enum}"
    if "pattern" in limits and shape.type_name == "string" and not re.search(limits["pattern"], value):
        yield f"pattern {limits['pattern']}"


def members(shape, path=""):
    """Every member that a request can have: its path, with `0` for an item and `*` for a key, and its shape."""
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield f"{path}/{name}", member
            yield from members(member, f"{path}/{name}")
    elif shape.type_name == "list":
        yield f"{path}/0", shape.member
        yield from members(shape.member, f"{path}/0")
    elif shape.type_name == "map":
        yield f"{path}/*", shape.value
        yield from members(shape.value, f"{path}/*")


def paths(value, shape, path=""):
    """The paths of `members` that a request has."""
    if shape.type_name == "structure":
        for name, member in value.items():
            yield f"{path}/{name}"
            yield from paths(member, shape.members[name], f"{path}/{name}")
    elif shape.type_name == "list":
        for item in value:
            yield f"{path}/0"
            yield from paths(item, shape.member, f"{path}/0")
    elif shape.type_name == "map":
        for item in value.values():
            yield f"{path}/*"
            yield from paths(item, shape.value, f"{path}/*")


def entered(case, context):
    """What a context manager gives; it is left when the test case ends."""
    result = context.__enter__()
    case.addCleanup(context.__exit__, None, None, None)
    return result


def method_of(operation):
    """The method of a boto3 client: `ListLifecyclePolicies` is `list_lifecycle_policies`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", operation).lower()


def instant(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def image(build):
    return f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:image/{build}"


def pipeline(name):
    return f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:image-pipeline/{name}"


def policy_arn(name):
    return f"arn:aws:imagebuilder:{REGION}:{ACCOUNT}:lifecycle-policy/{name}"


def fixture_policy():
    """The policy of the fixtures as a create request."""
    return json.loads((FIXTURES / "policy.json").read_text("utf-8"))


def small_policy(name, **members):
    """A policy that acts on nothing in the fixtures."""
    return {
        "name": name,
        "executionRole": ROLE,
        "resourceType": "AMI_IMAGE",
        "policyDetails": [
            {
                "action": {"type": "DELETE", "includeResources": {"amis": True, "snapshots": True}},
                "filter": {"type": "COUNT", "value": 10},
            }
        ],
        "resourceSelection": {"tagMap": {"Nobody": "has this"}},
        **members,
    }
