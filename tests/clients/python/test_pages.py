"""Every paginator that botocore has for the operations, with pages of every size, and while the lists change."""

import unittest

from served import OPERATIONS, image, method_of, pipeline, small_policy
from test_operations import Case

POLICIES = 30


class Pages(Case):
    arguments = ["--daily-run-at", "12:00"]

    def setUp(self):
        super().setUp()
        for number in range(POLICIES):
            self.create(f"policy {number:02}")
        rule = {
            "action": {"type": "DELETE", "includeResources": {"amis": True}},
            "filter": {"type": "AGE", "value": 1, "unit": "DAYS"},
        }
        recipes = {"recipes": [{"name": "web-base", "semanticVersion": "x.x.x"}]}
        self.arn = self.create("everything", policyDetails=[rule], resourceSelection=recipes)
        self.server.advance(days=12)
        executions = self.client.list_lifecycle_executions(resourceArn=self.arn)["lifecycleExecutions"]
        self.execution_id = min(executions, key=lambda found: found["startTime"])["lifecycleExecutionId"]

    def lists(self):
        """What each list is asked for, and the key of its items."""
        return {
            "ListLifecyclePolicies": ({}, "arn", POLICIES + 1),
            "ListLifecycleExecutions": ({"resourceArn": self.arn}, "lifecycleExecutionId", 12),
            "ListLifecycleExecutionResources": (
                {"lifecycleExecutionId": self.execution_id},
                "resourceId",
                27,
            ),
            "ListImageBuildVersions": ({}, "arn", 28),
            "ListImagePipelineImages": ({"imagePipelineArn": pipeline("build-agent")}, "arn", 15),
        }

    def test_each_list_is_the_same_in_pages_of_every_size(self):
        lists = self.lists()
        self.assertEqual(
            set(lists), {name for name in OPERATIONS if self.client.can_paginate(method_of(name))}
        )
        for operation, (request, key, least) in lists.items():
            paginator = self.client.get_paginator(method_of(operation))
            (result,) = paginator.result_keys
            wholes = []
            for size in (1, 2, 7, 25, 99, 100):
                pages = list(paginator.paginate(**request, PaginationConfig={"PageSize": size}))
                items = [item for page in pages for item in result.search(page)]
                self.assertTrue(all(len(result.search(page)) == size for page in pages[:-1]), operation)
                self.assertEqual(len(pages), max(1, -(-len(items) // size)), f"{operation} by {size}")
                wholes.append(items)
            self.assertTrue(all(items == wholes[0] for items in wholes), operation)
            keys = [item[key] for item in wholes[0]]
            self.assertEqual(len(keys), len(set(keys)), operation)
            self.assertGreaterEqual(len(keys), least, operation)
            usual = getattr(self.client, method_of(operation))(**request)
            self.assertEqual(len(result.search(usual)), min(25, len(keys)), operation)

    def test_what_stays_is_listed_once_while_the_rest_changes(self):
        """Between two pages some of what was listed goes, and other things come before, between and behind."""
        paginator = self.client.get_paginator("list_lifecycle_policies")
        listed = []
        for number, page in enumerate(paginator.paginate(PaginationConfig={"PageSize": 3})):
            page = [found["name"] for found in page["lifecyclePolicySummaryList"]]
            listed += page
            self.create(f"aaa {number}")
            self.create(f"policy {number * 3:02} and a half")
            self.create(f"zzz {number}")
            # The key of the page that comes next is gone.
            arn = f"arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/{page[-1].replace(' ', '-')}"
            self.client.delete_lifecycle_policy(lifecyclePolicyArn=arn)
            self.assertLess(number, 60, "the list never ends")
        self.assertEqual(len(listed), len(set(listed)))
        self.assertLessEqual({f"policy {number:02}" for number in range(POLICIES)}, set(listed))

    def test_images_that_go_move_nothing(self):
        paginator = self.client.get_paginator("list_image_build_versions")
        before = [found["arn"] for found in paginator.paginate().build_full_result()["imageSummaryList"]]
        listed = []
        for number, page in enumerate(paginator.paginate(PaginationConfig={"PageSize": 4})):
            page = [found["arn"] for found in page["imageSummaryList"]]
            listed += page
            gone = page[-1]
            self.server.send(
                "PUT",
                "/StartResourceStateUpdate",
                {
                    "resourceArn": gone,
                    "state": {"status": "DELETED"},
                    "executionRole": "role",
                    "includeResources": {"amis": True},
                    "clientToken": str(number),
                },
            )
        self.assertEqual(listed, before)

    def test_a_token_is_good_for_its_own_list_only(self):
        tokens = {}
        for operation, (request, _, _) in self.lists().items():
            call = getattr(self.client, method_of(operation))
            tokens[operation] = call(**request, maxResults=1)["nextToken"]
        for operation, (request, _, _) in self.lists().items():
            call = getattr(self.client, method_of(operation))
            token = tokens[operation]
            call(**request, nextToken=token)
            others = [other for name, other in tokens.items() if name != operation]
            for wrong in [*others, token[:-1], token + "0", token[::-1], "x", "%", "😀", " ", "0" * 65535]:
                self.refused("InvalidPaginationTokenException", call, **request, nextToken=wrong)
        # The same list, asked for in other words, is another list.
        call = self.client.list_image_build_versions
        token = call(imageVersionArn=image("data-node/2026.04.01"), maxResults=1)["nextToken"]
        other = {"imageVersionArn": image("data-node/2026.07.01"), "nextToken": token}
        self.refused("InvalidPaginationTokenException", call, **other)
        filters = [{"name": "type", "values": ["AMI"]}]
        self.refused("InvalidPaginationTokenException", call, filters=filters, nextToken=token)


if __name__ == "__main__":
    unittest.main()
