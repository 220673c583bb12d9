"""What the thirteen operations do, through boto3."""

import datetime
import json
import unittest

from served import (
    EXPORTS,
    NOW,
    Server,
    entered,
    fixture_policy,
    image,
    instant,
    pipeline,
    policy_arn,
    small_policy,
)


class Case(unittest.TestCase):
    """A server of its own for each test; every answer has kept to the model in the end."""

    arguments = []
    settings = {}

    def setUp(self):
        self.server = entered(self, Server(*self.arguments))
        self.client = self.server.client(**self.settings)
        self.addCleanup(lambda: self.assertEqual(self.client.complaints, []))

    def refused(self, error, call, **request):
        with self.assertRaises(getattr(self.client.exceptions, error)) as caught:
            call(**request)
        return caught.exception.response

    def create(self, name="small", **members):
        return self.client.create_lifecycle_policy(**small_policy(name, **members))["lifecyclePolicyArn"]

    def policy(self, arn):
        return self.client.get_lifecycle_policy(lifecyclePolicyArn=arn)["lifecyclePolicy"]

    def names(self, **request):
        listed = self.client.list_lifecycle_policies(**request)["lifecyclePolicySummaryList"]
        return [policy["name"] for policy in listed]

    def image(self, build):
        return self.client.get_image(imageBuildVersionArn=image(build))["image"]

    def execution(self, number):
        return self.client.get_lifecycle_execution(lifecycleExecutionId=number)["lifecycleExecution"]


class Policies(Case):
    def test_a_policy_is_what_was_created(self):
        request = fixture_policy()
        answer = self.client.create_lifecycle_policy(**request, clientToken="token")
        arn = policy_arn("golden-ami-retention")
        self.assertEqual((answer["lifecyclePolicyArn"], answer["clientToken"]), (arn, "token"))
        policy = self.policy(arn)
        self.assertEqual(policy, {**request, "arn": arn, "dateCreated": instant(NOW)})

    def test_a_name_is_taken_once_however_it_is_written(self):
        arn = self.create("My Small_policy")
        self.assertEqual(arn, policy_arn("my-small-policy"))
        self.assertEqual(self.policy(arn)["name"], "My Small_policy")
        for name in ("My Small_policy", "my-small-policy", "MY_SMALL POLICY"):
            request = small_policy(name)
            self.refused("ResourceAlreadyExistsException", self.client.create_lifecycle_policy, **request)

    def test_an_update_replaces_everything(self):
        arn = self.create(description="Old", status="DISABLED", tags={"Owner": "me"})
        changed = {name: value for name, value in small_policy("x").items() if name != "name"}
        changed["policyDetails"] = [{"action": {"type": "DELETE"}, "filter": {"type": "COUNT", "value": 7}}]
        self.server.advance(hours=2)
        self.client.update_lifecycle_policy(lifecyclePolicyArn=arn, **changed)
        policy = self.policy(arn)
        self.assertEqual(
            (policy["status"], policy["tags"], policy["name"]), ("ENABLED", {"Owner": "me"}, "small")
        )
        self.assertNotIn("description", policy)
        self.assertEqual(policy["policyDetails"], changed["policyDetails"])
        self.assertEqual(policy["dateUpdated"] - policy["dateCreated"], datetime.timedelta(hours=2))
        other = {**changed, "resourceType": "CONTAINER_IMAGE"}
        self.refused(
            "InvalidRequestException", self.client.update_lifecycle_policy, lifecyclePolicyArn=arn, **other
        )

    def test_a_deleted_policy_is_gone(self):
        arn = self.create()
        self.assertEqual(
            self.client.delete_lifecycle_policy(lifecyclePolicyArn=arn)["lifecyclePolicyArn"], arn
        )
        for call in (self.client.get_lifecycle_policy, self.client.delete_lifecycle_policy):
            self.refused("ResourceNotFoundException", call, lifecyclePolicyArn=arn)
        self.assertEqual(self.names(), [])
        self.assertEqual(self.create(), arn)

    def test_policies_are_filtered(self):
        for name, status in (("web one", "ENABLED"), ("web two", "DISABLED"), ("data", "ENABLED")):
            self.create(name, status=status)
        rule = [{"action": {"type": "DELETE"}, "filter": {"type": "COUNT", "value": 7}}]
        self.create("web box", resourceType="CONTAINER_IMAGE", policyDetails=rule)
        for filters, names in [
            ([("name", ["web*"])], ["web box", "web one", "web two"]),
            ([("name", ["*o*", "data"])], ["data", "web box", "web one", "web two"]),
            ([("name", ["*two"])], ["web two"]),
            ([("name", ["web"])], []),
            ([("name", ["Web*"])], []),
            ([("status", ["DISABLED"])], ["web two"]),
            ([("resourceType", ["CONTAINER_IMAGE"])], ["web box"]),
            ([("name", ["web*"]), ("status", ["ENABLED"])], ["web box", "web one"]),
        ]:
            filters = [{"name": name, "values": values} for name, values in filters]
            self.assertEqual(self.names(filters=filters), names, filters)
        unknown = [{"name": "colour", "values": ["red"]}]
        self.refused("InvalidRequestException", self.client.list_lifecycle_policies, filters=unknown)

    def test_a_dry_run_leaves_nothing(self):
        request = small_policy("dry", dryRun=True)
        response = self.refused("DryRunOperationException", self.client.create_lifecycle_policy, **request)
        self.assertEqual(response["ResponseMetadata"]["HTTPStatusCode"], 412)
        self.assertEqual(self.names(), [])
        wrong = small_policy("dry", dryRun=True, resourceSelection={})
        self.refused("InvalidRequestException", self.client.create_lifecycle_policy, **wrong)


class Idempotency(Case):
    def test_a_repeated_request_is_answered_the_same_and_done_once(self):
        create = lambda: self.client.create_lifecycle_policy(**small_policy("once"), clientToken="one")
        first = create()
        self.assertEqual(create()["lifecyclePolicyArn"], first["lifecyclePolicyArn"])
        self.client.delete_lifecycle_policy(lifecyclePolicyArn=first["lifecyclePolicyArn"])
        create()
        self.assertEqual(self.names(), [])
        # A token lives for a day.
        self.server.advance(days=1)
        create()
        self.assertEqual(self.names(), ["once"])

    def test_a_token_belongs_to_one_request(self):
        self.create("one", clientToken="token")
        other = small_policy("two", clientToken="token")
        self.refused("IdempotentParameterMismatchException", self.client.create_lifecycle_policy, **other)
        change = {
            "resourceArn": image("web-base/1.4.0/16"),
            "state": {"status": "DEPRECATED"},
            "executionRole": "role",
            "includeResources": {"amis": True},
            "clientToken": "change",
        }
        first = self.client.start_resource_state_update(**change)
        self.assertEqual(
            self.client.start_resource_state_update(**change)["lifecycleExecutionId"],
            first["lifecycleExecutionId"],
        )
        other = {**change, "state": {"status": "DISABLED"}}
        self.refused("IdempotentParameterMismatchException", self.client.start_resource_state_update, **other)


class Images(Case):
    def test_images_are_those_of_the_export(self):
        exported = json.loads(EXPORTS[0].read_text("utf-8"))["imageSummaryList"]
        own = {
            found["arn"]: found
            for found in exported
            if found["arn"].split(":")[3:5] == ["us-west-2", "123456789012"]
            and found["dateCreated"][0] == "2"
        }
        pages = self.client.get_paginator("list_image_build_versions").paginate().search("imageSummaryList")
        listed = {found["arn"]: found for found in pages}
        self.assertEqual(set(listed), set(own))
        for arn, found in listed.items():
            for name in ("name", "version", "platform", "state", "owner", "tags", "buildType", "imageSource"):
                self.assertEqual(found[name], own[arn][name], f"{arn} {name}")
            self.assertEqual(instant(found["dateCreated"]), instant(own[arn]["dateCreated"]))
            self.assertEqual(
                [ami["image"] for ami in found["outputResources"].get("amis", [])],
                [ami["image"] for ami in own[arn]["outputResources"].get("amis", [])],
            )

    def test_an_image_is_found_by_its_build_or_its_latest_version(self):
        for asked, build in [
            ("web-base/1.4.0/14", "web-base/1.4.0/14"),
            ("web-base/1.4.0", "web-base/1.4.0/16"),
            ("web-base/1.x.x", "web-base/1.4.0/16"),
            ("web-base/x.x.x", "web-base/1.4.0/16"),
        ]:
            self.assertEqual(self.image(asked)["arn"], image(build), asked)
        self.assertNotIn("owner", self.image("web-base/1.4.0/14"))
        for asked in ("web-base/1.4.0/99", "web-base/9.x.x", "nothing/1.0.0/1"):
            with self.assertRaises(self.client.exceptions.ResourceNotFoundException):
                self.image(asked)

    def test_images_of_a_pipeline_and_a_version(self):
        images = self.client.list_image_pipeline_images(
            imagePipelineArn=pipeline("data-node"), maxResults=100
        )
        names = {found["name"] for found in images["imageSummaryList"]}
        self.assertEqual((names, len(images["imageSummaryList"])), ({"data-node"}, 6))
        images = self.client.list_image_build_versions(imageVersionArn=image("data-node/2026.07.01"))
        self.assertEqual(
            [found["arn"] for found in images["imageSummaryList"]],
            [image("data-node/2026.07.01/1"), image("data-node/2026.07.01/2")],
        )


if __name__ == "__main__":
    unittest.main()
