"""The same night in DuckDB: typed tables filled once, then one query with window functions.

Knows nothing of Afterimage's code, so equal counts speak for both.
usage: with_duckdb.py FOLDER NOW THREADS, 0 for all
"""

import json
import statistics
import sys
import time
from pathlib import Path

import duckdb

folder, now, threads = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
policy = json.loads((folder / "policy.json").read_text())
at = f"TIMESTAMP '{now}'"

BUILDING = "'PENDING', 'CREATING', 'BUILDING', 'IMPORTING', 'TESTING', 'DISTRIBUTING', 'INTEGRATING'"
IMAGES = """
{'arn': 'VARCHAR', 'type': 'VARCHAR', 'state': 'STRUCT(status VARCHAR)', 'dateCreated': 'TIMESTAMP',
 'buildType': 'VARCHAR', 'tags': 'MAP(VARCHAR, VARCHAR)',
 'outputResources': 'STRUCT(amis STRUCT(region VARCHAR, image VARCHAR)[])'}
"""
AMIS = """
{'ImageId': 'VARCHAR', 'Public': 'BOOLEAN', 'DeregistrationProtection': 'VARCHAR',
 'LastLaunchedTime': 'TIMESTAMP', 'Tags': 'STRUCT(Key VARCHAR, Value VARCHAR)[]'}
"""


def lines(name):
    """One element a line: DuckDB takes a whole document for one row, and holds it in memory."""
    out = folder / f"{name}.ndjson"
    with (folder / f"{name}.json").open() as read, out.open("w") as write:
        element = None
        for line in read:
            if line == "        {\n":
                element = []
            if element is None:
                continue
            if line.startswith("        }"):
                write.write("".join(element) + "}\n")
                element = None
            else:
                element.append(line.strip())
    return out


def load(db):
    db.execute(f"CREATE TYPE status AS ENUM ({BUILDING}, 'AVAILABLE', 'CANCELLED', 'FAILED', 'DEPRECATED', "
               "'DISABLED', 'DELETED')")
    images, amis = lines("images"), lines("amis")
    db.execute(f"""
        CREATE TABLE exported AS
        SELECT row_number() OVER () :: INTEGER AS id, * FROM read_json('{images}', columns = {IMAGES}, format = 'nd')
    """)
    # Recipe and version are what a policy selects by and counts in: text once, numbers in the query.
    db.execute("""
        CREATE TABLE images AS
        SELECT id, split_part(arn, '/', 2) AS recipe, split_part(arn, '/', 3) AS version,
            dense_rank() OVER (ORDER BY split_part(arn, '/', 2), split_part(arn, '/', 3)) :: INTEGER AS recipe_version,
            split_part(arn, '/', 4) :: INTEGER AS build,
            type = 'AMI' AS is_ami, state.status :: status AS status, dateCreated AS created,
            coalesce(buildType IN ('IMPORT', 'IMPORT_ISO'), false) AS imported, tags
        FROM exported
    """)
    db.execute(f"""
        CREATE TABLE outputs AS
        WITH listed AS (SELECT id, unnest(outputResources.amis) AS ami FROM exported),
        described AS (
            SELECT ImageId, Public, LastLaunchedTime,
                coalesce(DeregistrationProtection, 'disabled') <> 'disabled' AS protected,
                map_from_entries(Tags) AS tags
            FROM read_json('{amis}', columns = {AMIS}, format = 'nd')
        )
        SELECT id, ami.region AS region, coalesce(Public, false) AS public, LastLaunchedTime AS launched,
            coalesce(protected, false) AS protected, coalesce(tags, MAP {{}}) AS tags
        FROM listed LEFT JOIN described ON ImageId = ami.image
        ORDER BY id
    """)
    db.execute("DROP TABLE exported")
    for file in (images, amis):
        file.unlink()


def text(value):
    return "'" + value.replace("'", "''") + "'"


def any_tag(tags):
    pairs = [f"tags[{text(key)}] IS NOT DISTINCT FROM {text(value)}" for key, value in tags.items()]
    return "(" + " OR ".join(pairs or ["false"]) + ")"


def selection():
    """One IN list for each pattern of versions."""
    patterns = {}
    for recipe in policy["resourceSelection"]["recipes"]:
        name = recipe["name"].lower().replace(" ", "-").replace("_", "-")
        patterns.setdefault(recipe["semanticVersion"], []).append(name)
    conditions = []
    for pattern, names in patterns.items():
        nodes = [f"split_part(version, '.', {place}) = {text(node)}"
                 for place, node in enumerate(pattern.split("."), 1) if node != "x"]
        conditions.append(" AND ".join([f"recipe IN ({', '.join(map(text, names))})", *nodes]))
    return "(" + " OR ".join(f"({condition})" for condition in conditions) + ")"


LOOKS_AT = {
    "DEPRECATE": "status = 'AVAILABLE'",
    "DISABLE": "status IN ('AVAILABLE', 'DEPRECATED')",
    "DELETE": "true",
}


def query():
    rules = sorted(policy["policyDetails"], key=lambda rule: list(LOOKS_AT).index(rule["action"]["type"]))
    acts, skips, young, kept, fates = [], [], [], "false", []
    for rule in rules:
        action, filter_ = rule["action"]["type"], rule["filter"]
        looks = LOOKS_AT[action]
        old = "true"
        if filter_["type"] == "AGE":
            old = f"created <= {at} - INTERVAL {filter_['value']} {filter_['unit']}"
        free = "true"
        if action == "DELETE":
            keep = filter_.get("retainAtLeast", 0) if filter_["type"] == "AGE" else filter_["value"]
            acts.append(f"WHEN {old} AND NOT counts THEN 'DELETE/FAILED_BUILD'")
            free, kept = f"place > {keep}", f"{old} AND place <= {keep}"
        exclusions = rule.get("exclusionRules", {})
        pinned = any_tag(exclusions.get("tagMap", {}))
        acts.append(f"WHEN {looks} AND {old} AND {free} AND NOT {pinned} THEN '{action}/{filter_['type']}'")
        skips.append(f"{looks} AND {old} AND {free} AND {pinned}")
        young.append(f"{looks} AND NOT {old}")
        amis, fate = exclusions.get("amis", {}), []
        if not rule["action"].get("includeResources", {}).get("amis"):
            fate.append("WHEN true THEN 'LEFT/NOT_INCLUDED'")
        if amis.get("regions"):
            fate.append(f"WHEN region IN ({', '.join(map(text, amis['regions']))}) THEN 'SKIP/REGION'")
        if amis.get("isPublic"):
            fate.append("WHEN public THEN 'SKIP/PUBLIC'")
        if amis.get("tagMap"):
            fate.append(f"WHEN {any_tag(amis['tagMap'])} THEN 'SKIP/AMI_TAG'")
        if launched := amis.get("lastLaunched"):
            fate.append(f"WHEN launched >= {at} - INTERVAL {launched['value']} {launched['unit']} THEN 'SKIP/LAST_LAUNCHED'")
        if action == "DELETE":
            fate.append("WHEN protected THEN 'FAIL/DEREGISTRATION_PROTECTED'")
        fates.append(f"WHEN verdict LIKE '{action}/%' THEN CASE {' '.join(fate)} ELSE verdict END")
    newline = "\n            "
    return f"""
    WITH considered AS (
        SELECT id, recipe_version, build, status, created, tags,
            CASE WHEN status = 'DELETED' THEN 'IGNORE/ALREADY_DELETED'
                WHEN is_ami <> {policy['resourceType'] == 'AMI_IMAGE'} THEN 'IGNORE/OTHER_TYPE'
                WHEN imported OR NOT {selection()} THEN 'IGNORE/NOT_SELECTED'
                WHEN status IN ({BUILDING}) THEN 'IGNORE/BUILDING' END AS ignored
        FROM images
    ), ranked AS (
        SELECT id, status, created, tags, status NOT IN ('FAILED', 'CANCELLED') AS counts,
            row_number() OVER (PARTITION BY recipe_version, counts ORDER BY created DESC, build DESC) AS place
        FROM considered WHERE ignored IS NULL
    ), decided AS MATERIALIZED (
        SELECT id, CASE
            {newline.join(acts)}
            WHEN {' OR '.join(f'({skip})' for skip in skips)} THEN 'SKIP/IMAGE_TAG'
            WHEN {kept} THEN 'KEEP/RETAINED'
            WHEN {' OR '.join(f'({one})' for one in young)} THEN 'KEEP/TOO_YOUNG'
            ELSE 'KEEP/NO_RULE_FOR_STATE' END AS verdict
        FROM ranked
    )
    SELECT 'images' AS what, ignored AS fate, count(*) FROM considered WHERE ignored IS NOT NULL GROUP BY ignored
    UNION ALL SELECT 'images', verdict, count(*) FROM decided GROUP BY verdict
    UNION ALL SELECT 'amis', CASE {newline.join(fates)} END AS fate, count(*)
        FROM decided JOIN outputs USING (id)
        WHERE {' OR '.join(f"verdict LIKE '{action}/%'" for action in LOOKS_AT)} GROUP BY fate
    """


db = duckdb.connect(config={"threads": threads} if threads else {})
start = time.perf_counter()
load(db)
loading = time.perf_counter() - start
sql = query()
rows = db.execute(sql).fetchall()
samples = []
while len(samples) < 5 or (len(samples) < 25 and sum(samples) < 1.5):
    start = time.perf_counter()
    db.execute(sql).fetchall()
    samples.append(time.perf_counter() - start)
counts = {"images": {}, "amis": {}}
for what, fate, count in rows:
    counts[what][fate] = count
print(json.dumps({"load": loading * 1e3, "evaluate": statistics.median(samples) * 1e3, "counts": counts}))
