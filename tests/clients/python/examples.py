"""Requests that the service takes, which together have every member that the model gives their operations."""

from served import NOW, ROLE, image, instant, pipeline, small_policy

AMI_EXCLUSIONS = {
    "isPublic": True,
    "regions": ["eu-west-1"],
    "sharedAccounts": ["444455556666"],
    "lastLaunched": {"value": 2, "unit": "WEEKS"},
    "tagMap": {"Environment": "production"},
}
RULES = [
    {
        "action": {
            "type": "DELETE",
            "includeResources": {"amis": True, "snapshots": True, "containers": False},
        },
        "filter": {"type": "AGE", "value": 2, "unit": "YEARS", "retainAtLeast": 3},
        "exclusionRules": {"tagMap": {"LifecyclePin": "retain"}, "amis": AMI_EXCLUSIONS},
    },
    {
        "action": {"type": "DISABLE", "includeResources": {"amis": True}},
        "filter": {"type": "AGE", "value": 12, "unit": "MONTHS"},
    },
    {"action": {"type": "DEPRECATE"}, "filter": {"type": "AGE", "value": 20, "unit": "WEEKS"}},
]
CONTAINER_RULE = {
    "action": {"type": "DELETE", "includeResources": {"containers": True}},
    "filter": {"type": "COUNT", "value": 1000},
}
BY_RECIPE = {
    "recipes": [
        {"name": "Web Base", "semanticVersion": "1.x.x"},
        {"name": "ci-runner", "semanticVersion": "0.0.0"},
    ]
}
NOON_TOMORROW = instant(NOW).replace(day=24)


def create(name, **members):
    return {
        "name": name,
        "description": "Every member there is",
        "status": "DISABLED",
        "executionRole": ROLE,
        "resourceType": "AMI_IMAGE",
        "policyDetails": RULES,
        "resourceSelection": BY_RECIPE,
        "tags": {"Owner": "platform", "an empty one": ""},
        "clientToken": f"create {name}",
        "dryRun": False,
        **members,
    }


def update(arn, **members):
    request = create("name", lifecyclePolicyArn=arn, clientToken=arn[-64:], status="ENABLED", **members)
    return {name: value for name, value in request.items() if name not in ("name", "tags", "dryRun")}


def everything(call):
    """Calls `call(operation, request)` with each example. What one answers is what a later one asks for."""
    arn = call("CreateLifecyclePolicy", create("Every member"))["lifecyclePolicyArn"]
    container = small_policy("containers", resourceType="CONTAINER_IMAGE", policyDetails=[CONTAINER_RULE])
    call("CreateLifecyclePolicy", container)
    call("UpdateLifecyclePolicy", update(arn))
    by_tag = {"resourceSelection": {"tagMap": {"Team": "web"}}, "clientToken": "another"}
    call("UpdateLifecyclePolicy", update(arn) | by_tag)
    call("GetLifecyclePolicy", {"lifecyclePolicyArn": arn})
    filters = [{"name": "status", "values": ["ENABLED"]}, {"name": "name", "values": ["no", "Every*"]}]
    token = call("ListLifecyclePolicies", {"maxResults": 1})["nextToken"]
    call("ListLifecyclePolicies", {"maxResults": 1, "nextToken": token})
    call("ListLifecyclePolicies", {"filters": filters, "maxResults": 100})

    available = image("web-base/1.4.0/16")
    change = {
        "resourceArn": available,
        "state": {"status": "DEPRECATED"},
        "executionRole": "A.Role_by-name",
        "includeResources": {"amis": True, "snapshots": False, "containers": False},
        "exclusionRules": {"amis": AMI_EXCLUSIONS},
        "updateAt": NOON_TOMORROW,
        "clientToken": "change",
    }
    execution = call("StartResourceStateUpdate", change)["lifecycleExecutionId"]
    call("CancelLifecycleExecution", {"lifecycleExecutionId": execution, "clientToken": "cancel"})
    execution = call("StartResourceStateUpdate", change | {"clientToken": "again"})["lifecycleExecutionId"]
    call("GetLifecycleExecution", {"lifecycleExecutionId": execution})
    executions = {"resourceArn": available, "maxResults": 1}
    token = call("ListLifecycleExecutions", executions)["nextToken"]
    call("ListLifecycleExecutions", executions | {"nextToken": token})
    outputs = {"lifecycleExecutionId": execution, "parentResourceId": available, "maxResults": 1}
    token = call("ListLifecycleExecutionResources", outputs)["nextToken"]
    call("ListLifecycleExecutionResources", outputs | {"nextToken": token})

    call("GetImage", {"imageBuildVersionArn": available})
    filters = [{"name": "type", "values": ["AMI"]}]
    versions = {"imageVersionArn": image("web-base/1.4.0"), "filters": filters, "maxResults": 2}
    token = call("ListImageBuildVersions", versions)["nextToken"]
    call("ListImageBuildVersions", versions | {"nextToken": token})
    images = {"imagePipelineArn": pipeline("web-base"), "filters": [{"name": "name", "values": ["web-base"]}]}
    token = call("ListImagePipelineImages", images | {"maxResults": 1})["nextToken"]
    call("ListImagePipelineImages", images | {"maxResults": 1, "nextToken": token})

    call("DeleteLifecyclePolicy", {"lifecyclePolicyArn": arn})
