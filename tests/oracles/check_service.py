"""Holds what the lifecycle API answers in tests/cases/service against botocore's model of Image Builder.

Every request that is answered well has the method and the path of its operation, and its answer has members,
types, patterns and enumerations of the output shape and nothing else. Every error has the status that the model
gives it, and is one of the operation's own or one of those that AWS is known to give beside them. Every operation,
and every member that its answers can have as far as Afterimage knows it, comes up at least once.

Run it from the top of the work tree like check_exports.py.
"""

import json
import sys
from pathlib import Path

from check_exports import MODEL, against_shape

CASES = Path("tests/cases/service")
OPERATIONS = (
    "CreateLifecyclePolicy UpdateLifecyclePolicy GetLifecyclePolicy ListLifecyclePolicies DeleteLifecyclePolicy "
    "StartResourceStateUpdate CancelLifecycleExecution GetLifecycleExecution ListLifecycleExecutions "
    "ListLifecycleExecutionResources GetImage ListImageBuildVersions ListImagePipelineImages"
).split()
# Given for what does not exist although most operations do not model it, and for what is no operation; and on demand,
# what accounts meet of any operation.
BESIDE = {
    "AccessDeniedException",
    "InvalidParameterException",
    "ResourceNotFoundException",
    "TooManyRequestsException",
    "UnknownOperationException",
}
# Settings of the build, which no lifecycle policy looks at and the inventory does not hold.
NOT_KNOWN = {
    "distributionConfiguration",
    "enhancedImageMetadataEnabled",
    "executionRole",
    "imageScanningConfiguration",
    "imageTestsConfiguration",
    "infrastructureConfiguration",
    "loggingConfiguration",
    "scanState",
    "sourcePipelineName",
    "workflows",
}
WHOLE = ("LifecyclePolicy", "LifecycleExecution", "LifecycleExecutionResource", "Image", "ImageSummary")
TYPES = {"structure": dict, "list": list, "map": dict, "string": str, "boolean": bool, "integer": int}


def main():
    told = {}
    answered, failures = set(), []
    for case in sorted(CASES.glob("*.json")):
        for number, step in enumerate(json.loads(case.read_text())["steps"]):
            method, _, target = step.get("request", "").partition(" ")
            name = target.partition("?")[0].strip("/")
            if name not in OPERATIONS:
                continue
            operation = MODEL.operation_model(name)
            place = f"{case.name}, step {number}"
            if "error" in step:
                failures += [f"{place}: {problem}" for problem in error(operation, step)]
                continue
            answered.add(name)
            if (method, f"/{name}") != (operation.http["method"], operation.http["requestUri"]):
                failures.append(f"{place}: {name} is not called with {method}")
            failures += members(step["answer"], operation.output_shape, place, told)
            failures += against_shape(without_captures(step["answer"]), operation.output_shape, place)
    failures += [f"{name} is never answered" for name in OPERATIONS if name not in answered]
    for shape in WHOLE:
        missing = set(MODEL.shape_for(shape).members) - told.get(shape, set())
        failures += [f"no answer has {shape}.{name}" for name in sorted(missing - NOT_KNOWN)]
    for failure in failures:
        print(failure)
    if failures:
        sys.exit(f"{len(failures)} problems")
    print(f"the answers of {len(answered)} operations fit the model")


def error(operation, step):
    shapes = {shape.name: shape for shape in operation.error_shapes}
    name = step["error"]
    if name in shapes:
        status = shapes[name].metadata["error"]["httpStatusCode"]
        if status != step["status"]:
            yield f"{name} has the status {status}, not {step['status']}"
    elif name not in BESIDE:
        yield f"{operation.name} has no {name}"


def members(value, shape, place, told):
    """Members that the shape does not have, and values of another type."""
    if is_capture(value):
        return
    kind = shape.type_name
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not (is_number if kind == "timestamp" else isinstance(value, TYPES[kind])):
        yield f"{place}: {value!r} is no {kind}"
    elif kind == "structure":
        told.setdefault(shape.name, set()).update(value)
        for name, member in value.items():
            if name in shape.members:
                yield from members(member, shape.members[name], f"{place}.{name}", told)
            else:
                yield f"{place}: {shape.name} has no member {name}"
    elif kind == "list":
        for index, item in enumerate(value):
            yield from members(item, shape.member, f"{place}[{index}]", told)


def is_capture(value):
    return isinstance(value, str) and value.startswith("${")


def without_captures(value):
    """The answer without what only a run of the case can tell, and without tags that AWS also gives as none."""
    if isinstance(value, dict):
        kept = {name: member for name, member in value.items() if not is_capture(member) and member != {}}
        return {name: without_captures(member) for name, member in kept.items()}
    if isinstance(value, list):
        return [without_captures(item) for item in value if not is_capture(item)]
    return value


if __name__ == "__main__":
    main()
