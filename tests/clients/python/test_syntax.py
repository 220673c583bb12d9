"""Requests, member by member as the model of the API has them: taken as they should be, refused as they should not."""

import copy
import datetime
import unittest
import urllib.parse

import examples
from served import MODEL, OPERATIONS, Server, broken_limits, members, method_of, paths


class Taken(unittest.TestCase):
    def test_every_member_of_every_operation_is_taken(self):
        sent, answered = set(), set()
        with Server() as server:
            client = server.client()

            def call(operation, request):
                answer = getattr(client, method_of(operation))(**request)
                shape = MODEL.operation_model(operation).input_shape
                sent.update((operation, path) for path in paths(request, shape))
                answered.add(operation)
                return answer

            examples.everything(call)
        self.assertEqual(client.complaints, [])
        self.assertEqual(answered, set(OPERATIONS))
        known = {
            (operation, path)
            for operation in OPERATIONS
            for path, _ in members(MODEL.operation_model(operation).input_shape)
        }
        self.assertEqual(sorted(known - sent), [])

    def test_null_is_a_member_that_is_not_there(self):
        with Server() as server:
            request = examples.create("nulls")
            for name in ("description", "status", "tags", "dryRun"):
                request[name] = None
            request["policyDetails"] = copy.deepcopy(request["policyDetails"])
            request["policyDetails"][0]["exclusionRules"]["amis"]["regions"] = None
            self.assertEqual(server.send("PUT", "/CreateLifecyclePolicy", request)[0], 200)
            policy = server.client().get_lifecycle_policy(lifecyclePolicyArn=ARN.format("nulls"))[
                "lifecyclePolicy"
            ]
            self.assertEqual(policy["status"], "ENABLED")
            self.assertNotIn("description", policy)

    def test_a_member_of_a_later_model_is_let_pass(self):
        with Server() as server:
            request = examples.create("later") | {"priority": 3}
            self.assertEqual(server.send("PUT", "/CreateLifecyclePolicy", request)[0], 200)
            self.assertEqual(server.send("POST", "/ListLifecyclePolicies", {"sortBy": "name"})[0], 200)

    def test_arns_in_a_query_come_as_clients_write_them(self):
        with Server() as server:
            server.client().create_lifecycle_policy(**examples.create("quoted"))
            arn = ARN.format("quoted")
            for written in (
                arn,
                urllib.parse.quote(arn, safe=""),
                urllib.parse.quote(arn, safe="-._~/:"),
                arn.replace(":", "%3a"),
            ):
                status, _, document = server.send("GET", f"/GetLifecyclePolicy?lifecyclePolicyArn={written}")
                self.assertEqual((status, document["lifecyclePolicy"]["arn"]), (200, arn), written)
            for query in (
                "",
                "?",
                "?lifecyclePolicyArn",
                "?lifecyclePolicyArn=",
                "?lifecyclePolicyArn=%zz",
                "?arn=x",
            ):
                status, kind, _ = server.send("GET", f"/GetLifecyclePolicy{query}")
                self.assertEqual((status, kind), (400, "InvalidRequestException"), query)


ARN = "arn:aws:imagebuilder:us-west-2:123456789012:lifecycle-policy/{}"


def wrong_values(shape):
    """Values that a member must not have: of another type, or just beyond one of its limits."""
    limits = shape.metadata
    kind = shape.type_name
    yield {"string": 5, "boolean": "true", "integer": "5", "timestamp": "soon"}.get(kind, "text")
    if kind == "integer":
        yield from (limits["min"] - 1, limits["max"] + 1, 1.5)
    elif kind == "string":
        if shape.enum:
            yield shape.enum[0].lower()
        for length in (limits.get("min", 0) - 1, limits.get("max", 0) + 1):
            if length >= 0 and length != 1:
                yield "a" * length
        if "pattern" in limits:
            yield "§"
    elif kind in ("list", "map"):
        yield {} if kind == "list" else []
        if limits.get("min"):
            yield [] if kind == "list" else {}
    if kind == "map":
        yield {str(number): "" for number in range(limits["max"] + 1)}
        yield from ({"k" * 129: ""}, {"aws:key": ""}, {"": ""}, {"key": "v" * 257}, {"key": 5})


def put(value, path, new):
    """The value with another one at a path, which is a list of names and indices; `None` takes it out."""
    value = copy.deepcopy(value)
    place = value
    for step in path[:-1]:
        place = place[step]
    if new is None:
        del place[path[-1]]
    else:
        place[path[-1]] = new
    return value


def places(value, shape, path=()):
    """Each place of a request with its shape, and whether it is required there."""
    if shape.type_name == "structure":
        for name, member in value.items():
            yield [*path, name], shape.members[name], name in shape.required_members
            yield from places(member, shape.members[name], [*path, name])
    elif shape.type_name == "list":
        for index, item in enumerate(value):
            yield [*path, index], shape.member, False
            yield from places(item, shape.member, [*path, index])


class Refused(unittest.TestCase):
    def test_every_limit_of_every_member_is_kept(self):
        """Each request has one member that is wrong; the message names it."""
        with Server() as server:
            requests = []
            client = server.client()

            def call(operation, request):
                requests.append((operation, request))
                return getattr(client, method_of(operation))(**request)

            examples.everything(call)
            tried = set()
            for operation, request in requests:
                shape = MODEL.operation_model(operation).input_shape
                for path, member, required in places(request, shape):
                    wrong = [*wrong_values(member), *([None] if required else [])]
                    if member.type_name == "list" and "max" in member.metadata:
                        item = request
                        for step in path:
                            item = item[step]
                        wrong.append(item * (member.metadata["max"] + 1))
                    for value in wrong:
                        self.refuse(server, operation, put(request, path, value), path, value)
                        tried.add(
                            (operation, "/".join("0" if isinstance(step, int) else step for step in path))
                        )
        self.assertGreater(len(tried), 100)

    def refuse(self, server, operation, request, path, value):
        http = MODEL.operation_model(operation).http
        where = f"{operation} {path} {str(value)[:80]!r}"
        if http["method"] in ("GET", "DELETE"):
            if isinstance(value, int):
                return
            query = urllib.parse.urlencode(request)
            status, kind, document = server.send(http["method"], f"{http['requestUri']}?{query}")
        else:
            status, kind, document = server.send(http["method"], http["requestUri"], on_the_wire(request))
        if kind != "InvalidRequestException" or status != 400:
            self.fail(f"{where}: {status} {kind} {document}")
        self.assertIn("/" + "/".join(map(str, path)), document["message"], where)

    def test_all_problems_are_told_at_once(self):
        with Server() as server:
            request = examples.create("x" * 200, executionRole="", status="on", clientToken="")
            request["policyDetails"] = [{"action": {"type": "HIDE"}, "filter": {"type": "AGE", "value": 0}}]
            status, kind, document = server.send("PUT", "/CreateLifecyclePolicy", request)
            self.assertEqual((status, kind), (400, "InvalidRequestException"))
            for path in (
                "/name",
                "/executionRole",
                "/status",
                "/clientToken",
                "/policyDetails/0/action/type",
            ):
                self.assertIn(path, document["message"])

    def test_what_is_no_json_object_is_refused(self):
        with Server() as server:
            for body in ([], "text", 5, None):
                status, kind, _ = server.send("PUT", "/CreateLifecyclePolicy", body)
                self.assertEqual((status, kind), (400, "InvalidRequestException"), body)
            self.assertEqual(
                server.send("POST", "/NoSuchOperation", {})[:2], (404, "UnknownOperationException")
            )
            self.assertEqual(server.send("GET", "/CreateLifecyclePolicy")[0], 405)


class Blind(unittest.TestCase):
    """Answers that are wrong on purpose: a judge that takes one of them proves nothing."""

    def test_the_judge_sees_what_is_wrong(self):
        from served import problems

        shape = MODEL.operation_model("GetLifecycleExecution").output_shape
        good = {
            "lifecycleExecutionId": "lce-" + "0" * 8 + "-0000-0000-0000-" + "0" * 12,
            "startTime": 1788990149.801,
        }
        self.assertEqual(list(problems({"lifecycleExecution": good}, shape, "")), [])
        for name, value in [
            ("lifecycleExecutionId", "lce-1"),
            ("startTime", "2026-11-23T12:00:00Z"),
            ("state", {"status": "RUNNING"}),
            ("resourcesImpactedSummary", {"hasImpactedResources": 1}),
            ("unknown", 1),
        ]:
            self.assertEqual(
                len(list(problems({"lifecycleExecution": good | {name: value}}, shape, ""))), 1, name
            )
        self.assertEqual(len(list(broken_limits("", MODEL.shape_for("NonEmptyString")))), 1)


def on_the_wire(value):
    """Timestamps as numbers."""
    if isinstance(value, dict):
        return {name: on_the_wire(member) for name, member in value.items()}
    if isinstance(value, list):
        return [on_the_wire(item) for item in value]
    return value.timestamp() if isinstance(value, datetime.datetime) else value


if __name__ == "__main__":
    unittest.main()
