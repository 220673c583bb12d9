"""Every error that the model gives the operations, as boto3 raises it."""

import json
import tempfile
import unittest
from pathlib import Path

import botocore.exceptions
import examples
from served import MODEL, OPERATIONS, Server, image, method_of, pipeline, policy_arn, small_policy
from test_operations import Case

EXECUTION = "lce-00000000-0000-0000-0000-000000000000"
CHANGE = {
    "resourceArn": image("web-base/1.4.0/16"),
    "state": {"status": "DEPRECATED"},
    "executionRole": "role",
    "includeResources": {"amis": True},
}
# A request of each operation that has nothing wrong with it.
REQUESTS = {
    "CreateLifecyclePolicy": small_policy("policy"),
    "UpdateLifecyclePolicy": examples.update(policy_arn("policy")),
    "GetLifecyclePolicy": {"lifecyclePolicyArn": policy_arn("policy")},
    "ListLifecyclePolicies": {},
    "DeleteLifecyclePolicy": {"lifecyclePolicyArn": policy_arn("policy")},
    "StartResourceStateUpdate": CHANGE,
    "CancelLifecycleExecution": {"lifecycleExecutionId": EXECUTION},
    "GetLifecycleExecution": {"lifecycleExecutionId": EXECUTION},
    "ListLifecycleExecutions": {"resourceArn": policy_arn("policy")},
    "ListLifecycleExecutionResources": {"lifecycleExecutionId": EXECUTION},
    "GetImage": {"imageBuildVersionArn": image("web-base/1.4.0/16")},
    "ListImageBuildVersions": {},
    "ListImagePipelineImages": {"imagePipelineArn": pipeline("web-base")},
}


class Asked(Case):
    def test_each_modelled_error_of_each_operation_is_raised_when_it_is_asked_for(self):
        for operation in OPERATIONS:
            call = getattr(self.client, method_of(operation))
            for shape in MODEL.operation_model(operation).error_shapes:
                fault = {"operation": operation, "error": shape.name}
                status, _, _ = self.server.send("PUT", "/_afterimage/faults", {"faults": [fault]})
                self.assertEqual(status, 200, fault)
                response = self.refused(shape.name, call, **REQUESTS[operation])
                self.assertTrue(response["Error"]["Message"], fault)
        self.assertEqual(self.server.send("GET", "/_afterimage/faults")[2], {"faults": []})

    def test_a_client_gets_over_an_error_that_passes(self):
        patient = self.server.client(retries={"total_max_attempts": 5, "mode": "standard"})
        fault = {"operation": "ListLifecyclePolicies", "error": "ServiceUnavailableException", "times": 2}
        self.server.send("PUT", "/_afterimage/faults", {"faults": [fault]})
        answer = patient.list_lifecycle_policies()
        self.assertEqual(answer["ResponseMetadata"]["RetryAttempts"], 2)


class Earned(Case):
    """Errors that come of what is asked for, and of nothing else."""

    arguments = ["--seconds-per-resource", "60"]

    def test_each_error_has_a_request_that_earns_it(self):
        client = self.client
        arn = self.create("policy")
        foreign = policy_arn("policy").replace("123456789012", "210987654321")
        execution = client.start_resource_state_update(**CHANGE)["lifecycleExecutionId"]
        missing = policy_arn("missing")
        update = {name: value for name, value in examples.update(arn).items() if name != "clientToken"}
        both = update | {"resourceSelection": examples.BY_RECIPE | {"tagMap": {"a": "b"}}}
        token = {"nextToken": "not from here"}
        for error, call, request in [
            ("InvalidRequestException", client.create_lifecycle_policy, small_policy("no")),
            ("ResourceAlreadyExistsException", client.create_lifecycle_policy, small_policy("policy")),
            ("DryRunOperationException", client.create_lifecycle_policy, small_policy("new", dryRun=True)),
            ("InvalidParameterCombinationException", client.update_lifecycle_policy, both),
            ("InvalidRequestException", client.update_lifecycle_policy, update | {"status": "ON"}),
            (
                "ResourceNotFoundException",
                client.update_lifecycle_policy,
                update | {"lifecyclePolicyArn": missing},
            ),
            ("ForbiddenException", client.update_lifecycle_policy, update | {"lifecyclePolicyArn": foreign}),
            ("InvalidRequestException", client.get_lifecycle_policy, {"lifecyclePolicyArn": "arn"}),
            ("ResourceNotFoundException", client.get_lifecycle_policy, {"lifecyclePolicyArn": missing}),
            ("ForbiddenException", client.get_lifecycle_policy, {"lifecyclePolicyArn": foreign}),
            ("InvalidPaginationTokenException", client.list_lifecycle_policies, token),
            ("InvalidRequestException", client.list_lifecycle_policies, {"maxResults": 101}),
            ("ResourceNotFoundException", client.delete_lifecycle_policy, {"lifecyclePolicyArn": missing}),
            ("ForbiddenException", client.delete_lifecycle_policy, {"lifecyclePolicyArn": foreign}),
            ("ResourceInUseException", client.start_resource_state_update, CHANGE),
            (
                "ResourceInUseException",
                client.start_resource_state_update,
                CHANGE | {"resourceArn": image("web-base/1.4.0/17")},
            ),
            (
                "ResourceNotFoundException",
                client.start_resource_state_update,
                CHANGE | {"resourceArn": image("web-base/1.4.0/99")},
            ),
            (
                "ForbiddenException",
                client.start_resource_state_update,
                CHANGE
                | {"resourceArn": image("shared-base/3.0.0/12").replace("123456789012", "210987654321")},
            ),
            (
                "InvalidRequestException",
                client.start_resource_state_update,
                CHANGE | {"resourceArn": image("web-base/1.4.0/15")},
            ),
            ("InvalidRequestException", client.get_lifecycle_execution, {"lifecycleExecutionId": "lce-1"}),
            (
                "ResourceNotFoundException",
                client.get_lifecycle_execution,
                {"lifecycleExecutionId": EXECUTION},
            ),
            (
                "ResourceNotFoundException",
                client.cancel_lifecycle_execution,
                {"lifecycleExecutionId": EXECUTION},
            ),
            (
                "InvalidRequestException",
                client.list_lifecycle_executions,
                {"resourceArn": pipeline("web-base")},
            ),
            (
                "InvalidPaginationTokenException",
                client.list_lifecycle_executions,
                {"resourceArn": arn} | token,
            ),
            (
                "InvalidPaginationTokenException",
                client.list_lifecycle_execution_resources,
                {"lifecycleExecutionId": execution} | token,
            ),
            (
                "ResourceNotFoundException",
                client.get_image,
                {"imageBuildVersionArn": image("web-base/1.4.0/99")},
            ),
            ("InvalidRequestException", client.get_image, {"imageBuildVersionArn": pipeline("web-base")}),
            ("InvalidPaginationTokenException", client.list_image_build_versions, token),
            (
                "InvalidPaginationTokenException",
                client.list_image_pipeline_images,
                {"imagePipelineArn": pipeline("web-base")} | token,
            ),
        ]:
            with self.subTest(error=error, request=request):
                self.refused(error, call, **request)
        # What has ended is not cancelled.
        self.server.advance(hours=1)
        self.assertEqual(self.execution(execution)["state"]["status"], "SUCCESS")
        self.refused(
            "InvalidRequestException", client.cancel_lifecycle_execution, lifecycleExecutionId=execution
        )


class Kept(unittest.TestCase):
    def test_a_change_that_cannot_be_kept_is_a_service_exception(self):
        with tempfile.TemporaryDirectory() as folder:
            state = Path(folder) / "state.json"
            with Server("--state", state) as server:
                client = server.client()
                # Nothing can take the place of the file any more.
                beside = state.with_name("state.json.new")
                beside.mkdir()
                with self.assertRaises(client.exceptions.ServiceException):
                    client.create_lifecycle_policy(**small_policy("kept"), clientToken="token")
                beside.rmdir()
                arn = client.create_lifecycle_policy(**small_policy("kept"), clientToken="token")[
                    "lifecyclePolicyArn"
                ]
                self.assertIn(arn, json.dumps(json.loads(state.read_text("utf-8"))))
            with Server("--state", state, inventory=[], now=None) as server:
                names = [
                    found["name"]
                    for found in server.client().list_lifecycle_policies()["lifecyclePolicySummaryList"]
                ]
                self.assertEqual(names, ["kept"])

    def test_other_hosts_are_forbidden(self):
        with Server() as server:
            client = server.client()
            client.meta.events.register(
                "before-send.imagebuilder",
                lambda request, **_: request.headers.__setitem__("Host", "example.com"),
            )
            with self.assertRaises(client.exceptions.ForbiddenException):
                client.list_lifecycle_policies()

    def test_a_policy_that_is_too_large_is_refused_before_it_is_read(self):
        with Server() as server:
            client = server.client()
            with self.assertRaises(botocore.exceptions.ClientError) as caught:
                client.list_lifecycle_policies(nextToken="x" * (1 << 20))
            self.assertEqual(caught.exception.response["ResponseMetadata"]["HTTPStatusCode"], 413)


if __name__ == "__main__":
    unittest.main()
