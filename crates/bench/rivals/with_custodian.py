"""Cloud Custodian's own filters over the same export, without an account: which images each rule would take.

Selection, states, ages, image tags and retention (`reduce`) can be said in its language. What can not: reasons
for keeping, and AMIs, because no filter joins the two exports.
usage: with_custodian.py FOLDER NOW
"""

import json
import logging
import statistics
import sys
import time
from datetime import datetime
from pathlib import Path

from c7n.policy import PolicyCollection
from c7n.config import Config
from c7n.resources import load_resources
from dateutil.relativedelta import relativedelta

logging.disable(logging.CRITICAL)
folder, now = Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2])
policy = json.loads((folder / "policy.json").read_text())

FAILED = ["FAILED", "CANCELLED"]
STATES = {"DEPRECATE": ["AVAILABLE"], "DISABLE": ["AVAILABLE", "DEPRECATED"],
          "DELETE": ["AVAILABLE", "DEPRECATED", "DISABLED"]}


def member(key, value, op="in"):
    return {"type": "value", "key": key, "op": op, "value": value}


def selected():
    patterns = []
    for recipe in policy["resourceSelection"]["recipes"]:
        name = recipe["name"].lower().replace(" ", "-").replace("_", "-")
        nodes = [node for node in recipe["semanticVersion"].split(".") if node != "x"]
        patterns.append(name + "/" + "".join(node + "[.]" for node in nodes))
    return [
        member("type", "AMI" if policy["resourceType"] == "AMI_IMAGE" else "DOCKER", "eq"),
        {"not": [member("buildType", ["IMPORT", "IMPORT_ISO"])]},
        member("arn", f"[^/]+/({'|'.join(patterns)})", "regex"),
    ]


def old(rule):
    filter_ = rule["filter"]
    if filter_["type"] != "AGE":
        return []
    cutoff = now - relativedelta(**{filter_["unit"].lower(): filter_["value"]})
    # The spelling of the export sorts like the instants themselves, which is far quicker than parsing them.
    return [member("dateCreated", cutoff.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "lte")]


def unpinned(rule):
    tags = rule.get("exclusionRules", {}).get("tagMap", {})
    return [{"not": [member(f'tags."{key}"', value, "eq")]} for key, value in tags.items()]


def policies():
    rules = sorted(policy["policyDetails"], key=lambda rule: list(STATES).index(rule["action"]["type"]))
    earlier, written = [], []
    for rule in rules:
        action = rule["action"]["type"]
        takes = [member("state.status", STATES[action]), *old(rule), *unpinned(rule)]
        retention = []
        if action == "DELETE":
            keep = rule["filter"].get("retainAtLeast", 0) if rule["filter"]["type"] == "AGE" else rule["filter"]["value"]
            retention = [member("state.status", STATES[action]), {
                "type": "reduce", "group-by": {"key": "arn", "value_regex": "[^/]+/(.+/.+)/"},
                "sort-by": "dateCreated", "order": "desc", "discard": keep}]
            written.append((action, [*selected(), member("state.status", FAILED), *old(rule)]))
        written.append((action, [*selected(), *retention, *takes, *({"not": one} for one in earlier)]))
        earlier.append(takes)
    return written


load_resources(("aws.ami",))
written = policies()
document = {"policies": [{"name": f"rule-{place}", "resource": "aws.ami", "filters": filters}
                         for place, (_, filters) in enumerate(written)]}
start = time.perf_counter()
images = json.loads((folder / "images.json").read_text())["imageSummaryList"]
# Its type for AMIs stands in for images, for which it has none; a negated filter looks for the ID of that type.
for image in images:
    image["ImageId"] = image["arn"]
loading = time.perf_counter() - start
collection = PolicyCollection.from_data(document, Config.empty(region="us-west-2", account_id="123456789012"))


def evaluate():
    counts = {}
    for (action, _), one in zip(written, collection):
        taken = len(one.resource_manager.filter_resources(images))
        counts[action] = counts.get(action, 0) + taken
    return counts


samples = []
while not samples or (len(samples) < 3 and sum(samples) < 10):
    start = time.perf_counter()
    counts = evaluate()
    samples.append(time.perf_counter() - start)
print(json.dumps({"load": loading * 1e3, "evaluate": statistics.median(samples) * 1e3, "counts": {"taken": counts}}))
