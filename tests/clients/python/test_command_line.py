"""The AWS CLI: its thirteen commands, pointed at the server with `--endpoint-url`."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import examples
from served import (
    OPERATIONS,
    REGION,
    ROLE,
    Server,
    entered,
    image,
    method_of,
    pipeline,
    policy_arn,
    small_policy,
)

AWS = Path(sys.executable).with_name("aws")


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.server = entered(self, Server())
        self.used = set()

    def run_aws(self, command, *options):
        arguments = [sys.executable, AWS, "imagebuilder", command, "--endpoint-url", self.server.address]
        keys = {"AWS_ACCESS_KEY_ID": "an-id", "AWS_SECRET_ACCESS_KEY": "a-key", "AWS_DEFAULT_REGION": REGION}
        self.used.add(command)
        return subprocess.run(
            [*arguments, "--output", "json", *options],
            env=os.environ | keys,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
        )

    def aws(self, command, *options):
        done = self.run_aws(command, *options)
        self.assertEqual((done.returncode, done.stderr), (0, ""), f"{command} {options}")
        return json.loads(done.stdout)

    def test_every_command_is_answered(self):
        request = small_policy("from the shell")
        arn = self.aws(
            "create-lifecycle-policy",
            "--name",
            request["name"],
            "--execution-role",
            ROLE,
            "--resource-type",
            "AMI_IMAGE",
            "--policy-details",
            json.dumps(request["policyDetails"]),
            "--resource-selection",
            "tagMap={Nobody=has this}",
        )["lifecyclePolicyArn"]
        self.assertEqual(arn, policy_arn("from-the-shell"))
        self.aws(
            "update-lifecycle-policy",
            "--lifecycle-policy-arn",
            arn,
            "--execution-role",
            ROLE,
            "--resource-type",
            "AMI_IMAGE",
            "--policy-details",
            "action={type=DELETE},filter={type=AGE,value=1,unit=DAYS}",
            "--resource-selection",
            "recipes=[{name=web-base,semanticVersion=1.4.0}]",
        )
        policy = self.aws("get-lifecycle-policy", "--lifecycle-policy-arn", arn)["lifecyclePolicy"]
        self.assertEqual(policy["policyDetails"][0]["filter"], {"type": "AGE", "value": 1, "unit": "DAYS"})
        listed = self.aws(
            "list-lifecycle-policies", "--filters", "name=name,values=from*", "--max-items", "5"
        )
        self.assertEqual([found["arn"] for found in listed["lifecyclePolicySummaryList"]], [arn])

        self.server.advance(days=1)
        (execution,) = self.aws("list-lifecycle-executions", "--resource-arn", arn)["lifecycleExecutions"]
        number = execution["lifecycleExecutionId"]
        execution = self.aws("get-lifecycle-execution", "--lifecycle-execution-id", number)[
            "lifecycleExecution"
        ]
        self.assertEqual(execution["state"]["status"], "SUCCESS")
        # Two pages, one after the other.
        resources = ["list-lifecycle-execution-resources", "--lifecycle-execution-id", number]
        first = self.aws(*resources, "--max-items", "3")
        rest = self.aws(*resources, "--starting-token", first["NextToken"])
        whole = self.aws(*resources, "--page-size", "2")["resources"]
        self.assertEqual(first["resources"] + rest["resources"], whole)

        build = image("data-node/2026.07.01/1")
        started = self.aws(
            "start-resource-state-update",
            "--resource-arn",
            build,
            "--state",
            "status=DEPRECATED",
            "--execution-role",
            ROLE,
            "--include-resources",
            "amis=true",
            "--update-at",
            "2026-12-24T18:00:00Z",
        )
        number = started["lifecycleExecutionId"]
        found = self.aws("get-image", "--image-build-version-arn", build)["image"]
        self.assertEqual((found["state"]["status"], "deprecationTime" in found), ("AVAILABLE", True))
        self.assertEqual(
            self.aws("cancel-lifecycle-execution", "--lifecycle-execution-id", number)[
                "lifecycleExecutionId"
            ],
            number,
        )
        versions = self.aws("list-image-build-versions", "--image-version-arn", image("data-node/2026.07.01"))
        self.assertEqual([found["arn"] for found in versions["imageSummaryList"]][0], build)
        images = self.aws("list-image-pipeline-images", "--image-pipeline-arn", pipeline("data-node"))
        self.assertEqual(len(images["imageSummaryList"]), 6)
        self.assertEqual(
            self.aws("delete-lifecycle-policy", "--lifecycle-policy-arn", arn), {"lifecyclePolicyArn": arn}
        )
        self.assertEqual(self.used, {method_of(operation).replace("_", "-") for operation in OPERATIONS})

    def test_a_skeleton_that_is_filled_in_creates_a_policy(self):
        skeleton = self.aws("create-lifecycle-policy", "--generate-cli-skeleton")
        example = examples.create("from a skeleton")
        # The AWS CLI brings a model of its own, which is older than that of botocore.
        del example["dryRun"]
        request = filled_in(skeleton, example)
        self.aws("create-lifecycle-policy", "--cli-input-json", json.dumps(request))
        arn = policy_arn("from-a-skeleton")
        policy = self.aws("get-lifecycle-policy", "--lifecycle-policy-arn", arn)["lifecyclePolicy"]
        for name in ("policyDetails", "resourceSelection", "tags", "description", "status"):
            self.assertEqual(policy[name], request[name], name)

    def test_an_error_is_told_by_its_name(self):
        done = self.run_aws("get-lifecycle-policy", "--lifecycle-policy-arn", policy_arn("missing"))
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(
            done.stderr, r"An error occurred \(ResourceNotFoundException\).*there is no lifecycle policy"
        )

    def test_an_export_of_the_served_account_is_an_inventory(self):
        """What the CLI exports from here is what this was started with."""
        exported = self.aws("list-image-build-versions")
        file = Path(entered(self, tempfile.TemporaryDirectory())) / "exported.json"
        file.write_text(json.dumps(exported), "utf-8")
        with Server(inventory=[file]) as again:
            listed = again.send("POST", "/ListImageBuildVersions", {"maxResults": 100})[2]["imageSummaryList"]
        self.assertEqual(listed, exported["imageSummaryList"])


def filled_in(skeleton, example):
    """The example, for which the skeleton has a place for every member."""
    if isinstance(example, dict):
        is_map = set(skeleton) == {"KeyName"}
        missing = set() if is_map else set(example) - set(skeleton)
        assert not missing, f"the skeleton does not have {missing}"
        return {
            name: filled_in(skeleton.get(name, skeleton.get("KeyName")), member)
            for name, member in example.items()
        }
    if isinstance(example, list):
        return [filled_in(skeleton[0], item) for item in example]
    assert isinstance(skeleton, type(example)), f"the skeleton has {skeleton!r} where {example!r} is"
    return example


if __name__ == "__main__":
    unittest.main()
