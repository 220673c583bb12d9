"""Daily runs: as the clock moves, the service does what `afterimage simulate` says."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from served import AFTERIMAGE, EXPORTS, Server, fixture_policy, image, instant
from test_operations import Case

NIGHTS = 5
FIRST = "2026-11-24T12:00:00Z"
ACTIONS = ("DEPRECATE", "DISABLE", "DELETE")


def simulate(policy, *arguments):
    """The runs of `afterimage simulate` from the first night on."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "policy.json"
        file.write_text(json.dumps(policy, default=str), "utf-8")
        command = [AFTERIMAGE, "simulate", "--policy", file, "--now", FIRST, "--days", str(NIGHTS - 1)]
        for export in EXPORTS:
            command += ["--inventory", export]
        done = subprocess.run(
            [*command, "--format", "json", *arguments], capture_output=True, encoding="utf-8"
        )
    report = json.loads(done.stdout)
    assert len(report["runs"]) == NIGHTS, done.stderr
    return report["runs"]


class Nights(Case):
    arguments = ["--daily-run-at", "12:00"]

    def states(self):
        pages = self.client.get_paginator("list_image_build_versions").paginate().search("imageSummaryList")
        return {found["arn"]: found["state"]["status"] for found in pages}

    def resources(self, execution, **parent):
        pages = self.client.get_paginator("list_lifecycle_execution_resources")
        found = pages.paginate(lifecycleExecutionId=execution, **parent).search("resources")
        return {resource["resourceId"]: resource for resource in found}

    def compare(self, policy, arguments=()):
        arn = self.client.create_lifecycle_policy(**policy)["lifecyclePolicyArn"]
        runs = simulate(self.policy(arn), *arguments)
        acted = set()
        for night, run in enumerate(runs):
            before = self.states()
            self.assertEqual(self.server.advance(days=1), run["at"])
            executions = self.client.list_lifecycle_executions(resourceArn=arn, maxResults=100)[
                "lifecycleExecutions"
            ]
            self.assertEqual(len(executions), night + 1)
            execution = max(executions, key=lambda found: found["startTime"])
            self.assertEqual(execution["lifecyclePolicyArn"], arn)
            self.assertEqual(execution["startTime"], instant(run["at"]))
            self.compare_night(run, execution, before)
            acted.update(found["verdict"] for found in run["images"])
            self.assertEqual(self.policy(arn)["dateLastRun"], instant(run["at"]))
        return acted

    def compare_night(self, run, execution, before):
        predicted = {found["arn"]: found for found in run["images"]}
        concerned = {arn: found for arn, found in predicted.items() if found["status"]}
        resources = self.resources(execution["lifecycleExecutionId"])
        self.assertEqual(set(resources), set(concerned))
        self.assertEqual(execution["resourcesImpactedSummary"]["hasImpactedResources"], bool(concerned))
        failed = any(found["status"] == "FAILED" for found in concerned.values())
        self.assertEqual(execution["state"]["status"], "FAILED" if failed else "SUCCESS")
        after = self.states()
        for arn, found in predicted.items():
            if arn not in before:
                # Exported as belonging to somebody else, or elsewhere.
                self.assertEqual(found["verdict"], "IGNORE", arn)
                continue
            self.assertEqual(before[arn], found["before"], arn)
            self.assertEqual(after.get(arn, "DELETED"), found["after"], arn)
        for arn, found in concerned.items():
            resource = resources[arn]
            self.assertEqual(resource["state"]["status"], found["status"], arn)
            if found["verdict"] in ACTIONS:
                self.assertEqual(resource["action"]["name"], found["verdict"], arn)
                if found["status"] == "SUCCESS" and arn in after:
                    self.assertEqual(
                        self.image(arn.split(":image/")[1])["lifecycleExecutionId"],
                        execution["lifecycleExecutionId"],
                    )
            self.compare_outputs(
                found, self.resources(execution["lifecycleExecutionId"], parentResourceId=arn)
            )

    def compare_outputs(self, found, outputs):
        states = {"SKIP": "SKIPPED", "FAIL": "FAILED"}
        told = {output["id"]: output for output in found["outputs"] if output["verdict"] != "LEFT"}
        self.assertEqual(set(outputs), set(told), found["arn"])
        for name, output in told.items():
            # What a failed deletion took on an earlier night is done, and nothing is below it any more.
            is_gone = output.get("gone")
            expected = "SUCCESS" if is_gone else states.get(output["verdict"], "SUCCESS")
            self.assertEqual(outputs[name]["state"]["status"], expected, name)
            self.assertEqual(outputs[name]["region"], output["region"], name)
            snapshots = {
                snapshot["id"]: states.get(snapshot["verdict"], "SUCCESS")
                for snapshot in output.get("snapshots", [])
                if snapshot["verdict"] != "LEFT" and not is_gone
            }
            listed = {
                snapshot["snapshotId"]: snapshot["state"]["status"]
                for snapshot in outputs[name].get("snapshots", [])
            }
            self.assertEqual(listed, snapshots, name)


class Progressive(Nights):
    def test_each_night_is_as_it_was_simulated(self):
        acted = self.compare(fixture_policy())
        self.assertLessEqual({*ACTIONS, "SKIP", "KEEP", "IGNORE"}, acted)

    def test_each_night_of_containers_is_as_it_was_simulated(self):
        policy = fixture_policy() | {
            "resourceType": "CONTAINER_IMAGE",
            "resourceSelection": {"recipes": [{"name": "ci-runner", "semanticVersion": "x.x.x"}]},
            "policyDetails": [
                {
                    "action": {"type": "DELETE", "includeResources": {"containers": True}},
                    "filter": {"type": "COUNT", "value": 1},
                }
            ],
        }
        self.assertIn("DELETE", self.compare(policy))

    def test_a_disabled_policy_does_not_run(self):
        arn = self.client.create_lifecycle_policy(**fixture_policy() | {"status": "DISABLED"})[
            "lifecyclePolicyArn"
        ]
        before = self.states()
        self.server.advance(days=3)
        self.assertEqual(self.states(), before)
        self.assertEqual(self.client.list_lifecycle_executions(resourceArn=arn)["lifecycleExecutions"], [])


class Assuming(Nights):
    arguments = [*Nights.arguments, "--assume", "policy-delete-keeps-image-when-ami-skipped=true"]

    def test_each_night_under_another_assumption_is_as_it_was_simulated(self):
        self.compare(fixture_policy(), self.arguments[2:])


class Elsewhere(Nights):
    arguments = [*Nights.arguments, "--region", "eu-west-1"]
    settings = {}

    def test_a_policy_looks_at_its_own_region(self):
        self.compare(fixture_policy())


class Restarted(unittest.TestCase):
    def test_a_night_between_two_servers_is_a_night(self):
        """With a restart after each night the end is the same as without."""
        with tempfile.TemporaryDirectory() as folder:
            arguments = ["--state", Path(folder) / "state.json", "--daily-run-at", "12:00"]
            for night in range(NIGHTS):
                with Server(*arguments) as server:
                    if night == 0:
                        server.client().create_lifecycle_policy(**fixture_policy())
                    server.advance(days=1)
            with Server(*arguments) as restarted, Server("--daily-run-at", "12:00") as straight:
                straight.client().create_lifecycle_policy(**fixture_policy())
                straight.advance(days=NIGHTS)
                self.assertEqual(restarted.clock(), straight.clock())
                for request in (
                    ("POST", "/ListImageBuildVersions", {"maxResults": 100}),
                    ("POST", "/ListLifecyclePolicies", {}),
                ):
                    (_, _, one), (_, _, other) = restarted.send(*request), straight.send(*request)
                    one.pop("requestId", None), other.pop("requestId", None)
                    self.assertEqual(one, other)


class Slow(Nights):
    """Executions that take their time can be watched and cancelled."""

    arguments = [*Nights.arguments, "--seconds-per-resource", "60"]

    def test_an_execution_is_cancelled_after_the_image_it_is_at_work_on(self):
        arn = self.client.create_lifecycle_policy(**fixture_policy())["lifecyclePolicyArn"]
        self.server.clock({"now": FIRST})
        self.server.advance(minutes=2)
        (execution,) = self.client.list_lifecycle_executions(resourceArn=arn)["lifecycleExecutions"]
        number = execution["lifecycleExecutionId"]
        self.assertEqual(execution["state"]["status"], "IN_PROGRESS")
        self.assertNotIn("endTime", execution)
        states = [found["state"]["status"] for found in self.resources(number).values()]
        self.assertIn("IN_PROGRESS", states)
        done = self.states()

        answer = self.client.cancel_lifecycle_execution(lifecycleExecutionId=number)
        self.assertEqual(answer["lifecycleExecutionId"], number)
        self.assertEqual(self.execution(number)["state"]["status"], "CANCELLING")
        self.server.advance(minutes=1)
        execution = self.execution(number)
        self.assertEqual(execution["state"]["status"], "CANCELLED")
        self.assertEqual(execution["endTime"], instant("2026-11-24T12:03:00Z"))
        changed = {found for found, state in self.states().items() if done.get(found) != state}
        gone = set(done) - set(self.states())
        self.assertEqual(len(changed | gone), 1)
        # Nothing more happens, and the next night there is another execution.
        before = self.states()
        self.server.advance(hours=20)
        self.assertEqual(self.states(), before)
        self.server.advance(hours=4)
        self.assertEqual(
            len(self.client.list_lifecycle_executions(resourceArn=arn)["lifecycleExecutions"]), 2
        )

    def test_disabling_or_deleting_a_policy_cancels_what_it_does(self):
        for end in ("disable", "delete"):
            with self.subTest(end):
                request = fixture_policy() | {"name": end}
                arn = self.client.create_lifecycle_policy(**request)["lifecyclePolicyArn"]
                self.server.advance(days=1, minutes=1)
                (execution,) = self.client.list_lifecycle_executions(resourceArn=arn)["lifecycleExecutions"]
                if end == "delete":
                    self.client.delete_lifecycle_policy(lifecyclePolicyArn=arn)
                else:
                    changed = {k: v for k, v in request.items() if k not in ("name", "tags")} | {
                        "status": "DISABLED"
                    }
                    self.client.update_lifecycle_policy(lifecyclePolicyArn=arn, **changed)
                number = execution["lifecycleExecutionId"]
                self.assertEqual(self.execution(number)["state"]["status"], "CANCELLING")
                self.server.advance(minutes=5)
                self.assertEqual(self.execution(number)["state"]["status"], "CANCELLED")


class InParts(Nights):
    arguments = [*Nights.arguments, "--resources-per-run", "4", "--seconds-per-resource", "1"]

    def test_an_execution_pauses_and_goes_on_the_next_night(self):
        arn = self.client.create_lifecycle_policy(**fixture_policy())["lifecyclePolicyArn"]
        self.server.advance(days=1, hours=1)
        (execution,) = self.client.list_lifecycle_executions(resourceArn=arn)["lifecycleExecutions"]
        number = execution["lifecycleExecutionId"]
        self.assertEqual(execution["state"]["status"], "PENDING")
        seen = len(self.resources(number))
        self.server.advance(days=1)
        self.assertEqual(
            len(self.client.list_lifecycle_executions(resourceArn=arn)["lifecycleExecutions"]), 1
        )
        self.assertEqual(self.execution(number)["state"]["status"], "PENDING")
        self.assertEqual(len(self.resources(number)), seen)
        self.client.cancel_lifecycle_execution(lifecycleExecutionId=number)
        self.assertEqual(self.execution(number)["state"]["status"], "CANCELLED")


class Updates(Nights):
    """StartResourceStateUpdate."""

    BUILD = "web-base/1.4.0/16"

    def start(self, status, build=BUILD, amis=True, **members):
        included = {"executionRole": "role", "includeResources": {"amis": True}} if amis else {}
        request = {"resourceArn": image(build), "state": {"status": status}, **included, **members}
        return self.client.start_resource_state_update(**request)

    def test_an_image_goes_through_its_states_and_back(self):
        for status in ("DEPRECATED", "AVAILABLE", "DISABLED", "AVAILABLE", "DEPRECATED", "DISABLED"):
            number = self.start(status)["lifecycleExecutionId"]
            found = self.image(self.BUILD)
            self.assertEqual((found["state"]["status"], found["lifecycleExecutionId"]), (status, number))
            for ami in found["outputResources"]["amis"]:
                self.assertEqual(ami["state"]["status"], status)
            if status != "DISABLED":
                self.assertEqual("deprecationTime" in found, status == "DEPRECATED")
            execution = self.execution(number)
            self.assertNotIn("lifecyclePolicyArn", execution)
            self.assertEqual(execution["state"]["status"], "SUCCESS")
        executions = self.client.list_lifecycle_executions(resourceArn=image(self.BUILD))[
            "lifecycleExecutions"
        ]
        self.assertEqual(len(executions), 6)
        self.start("DELETED", includeResources={"amis": True, "snapshots": True})
        self.assertNotIn(image(self.BUILD), self.states())

    def test_without_resources_the_image_changes_at_once_and_alone(self):
        answer = self.start("DEPRECATED", amis=False)
        self.assertNotIn("lifecycleExecutionId", answer)
        found = self.image(self.BUILD)
        self.assertEqual(found["state"]["status"], "DEPRECATED")
        self.assertNotIn("lifecycleExecutionId", found)

    def test_a_deprecation_waits_for_its_time(self):
        at = instant("2026-11-25T06:30:00Z")
        number = self.start("DEPRECATED", updateAt=at)["lifecycleExecutionId"]
        self.assertEqual(self.image(self.BUILD)["deprecationTime"], at)
        self.server.clock({"now": "2026-11-25T06:29:59Z"})
        self.assertEqual(self.image(self.BUILD)["state"]["status"], "AVAILABLE")
        self.server.clock({"now": "2026-11-25T06:30:00Z"})
        self.assertEqual(self.image(self.BUILD)["state"]["status"], "DEPRECATED")
        self.assertEqual(self.execution(number)["state"]["status"], "SUCCESS")

    def test_a_scheduled_deprecation_is_cancelled(self):
        at = instant("2026-11-25T06:30:00Z")
        number = self.start("DEPRECATED", updateAt=at)["lifecycleExecutionId"]
        self.client.cancel_lifecycle_execution(lifecycleExecutionId=number)
        self.assertEqual(self.execution(number)["state"]["status"], "CANCELLED")
        self.assertNotIn("deprecationTime", self.image(self.BUILD))
        self.server.advance(days=3)
        self.assertEqual(self.image(self.BUILD)["state"]["status"], "AVAILABLE")

    def test_what_does_not_go_together_is_refused(self):
        for status, members in [
            ("DELETED", {"includeResources": {"amis": False}}),
            ("DEPRECATED", {"includeResources": {"amis": True, "snapshots": True}}),
            ("DEPRECATED", {"includeResources": {"containers": True}}),
            ("DISABLED", {"updateAt": instant("2026-12-01T00:00:00Z")}),
            ("DEPRECATED", {"updateAt": instant("2026-11-23T12:00:00Z")}),
            ("AVAILABLE", {}),
            ("DELETED", {"amis": False}),
            ("DEPRECATED", {"build": "ci-runner/1.0.0/1"}),
            ("AVAILABLE", {"build": "web-base/1.4.0/15"}),
        ]:
            with self.assertRaises(self.client.exceptions.InvalidRequestException, msg=f"{status} {members}"):
                self.start(status, **members)

    def test_an_image_whose_ami_is_spared_is_not_deleted(self):
        rules = {"amis": {"regions": ["eu-west-1"]}}
        number = self.start("DELETED", exclusionRules=rules)["lifecycleExecutionId"]
        outputs = self.resources(number, parentResourceId=image(self.BUILD))
        self.assertEqual(
            {found["region"]: found["state"]["status"] for found in outputs.values()},
            {"us-west-2": "SUCCESS", "eu-west-1": "SKIPPED"},
        )
        self.assertEqual(self.states()[image(self.BUILD)], "AVAILABLE")

    def test_a_restored_image_may_be_deprecated_again(self):
        build = "web-base/1.4.0/4"
        self.start("AVAILABLE", build=build)
        self.client.create_lifecycle_policy(**fixture_policy())
        self.server.advance(days=1)
        self.assertEqual(self.states()[image(build)], "DEPRECATED")


if __name__ == "__main__":
    unittest.main()
