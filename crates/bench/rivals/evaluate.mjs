// What a competent engineer writes in an afternoon: JSON.parse, maps, a sort and plain loops. It knows nothing
// of Afterimage's code, so equal counts speak for both.

/** Everything that a policy looks at, out of one element of `imageSummaryList`. */
function image(element) {
  const [, name, version, build] = element.arn.split(":")[5].split("/");
  return {
    arn: element.arn,
    recipe: name,
    version,
    build: Number(build),
    type: element.type,
    status: element.state.status,
    created: Date.parse(element.dateCreated),
    imported: element.buildType === "IMPORT" || element.buildType === "IMPORT_ISO",
    tags: element.tags,
    amis: (element.outputResources.amis ?? []).map((ami) => ({ region: ami.region, id: ami.image })),
  };
}

/** The same out of one element of `Images`. */
function ami(element) {
  return {
    public: element.Public,
    protected: (element.DeregistrationProtection ?? "disabled") !== "disabled",
    tags: Object.fromEntries((element.Tags ?? []).map((tag) => [tag.Key, tag.Value])),
    launched: element.LastLaunchedTime ? Date.parse(element.LastLaunchedTime) : null,
  };
}

/** Calls `add` with each element of the list in an export, which is parsed as a whole. */
async function whole(file, add) {
  const document = JSON.parse(await file.text());
  for (const element of document.imageSummaryList ?? document.Images) add(element);
}

/** The same for a file that no string can hold: cut between elements, which the command line indents. */
async function pieces(file, add) {
  const end = "\n        }";
  let rest = "";
  for await (const text of file.stream().pipeThrough(new TextDecoderStream())) {
    rest += text;
    const cut = rest.lastIndexOf(end);
    if (cut < 0) continue;
    const begin = rest.indexOf("\n        {");
    for (const element of JSON.parse(`[${rest.slice(begin, cut + end.length)}]`)) add(element);
    rest = rest.slice(cut + end.length);
  }
}

/** Images, and AMIs by ID. */
export async function load(imagesFile, amisFile, inPieces) {
  const read = inPieces ? pieces : whole;
  const images = [];
  const amis = new Map();
  await read(imagesFile, (element) => images.push(image(element)));
  await read(amisFile, (element) => amis.set(element.ImageId, ami(element)));
  return { images, amis };
}

const BUILDING = new Set(["PENDING", "CREATING", "BUILDING", "IMPORTING", "TESTING", "DISTRIBUTING", "INTEGRATING"]);
const ORDER = ["DEPRECATE", "DISABLE", "DELETE"];

/** The latest creation that is old enough. */
function cutoff(now, { value, unit }) {
  const at = new Date(now);
  if (unit === "DAYS" || unit === "WEEKS") return now - value * (unit === "DAYS" ? 1 : 7) * 86_400_000;
  const day = at.getUTCDate();
  at.setUTCDate(1);
  at.setUTCMonth(at.getUTCMonth() - value * (unit === "YEARS" ? 12 : 1));
  const last = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1, 0)).getUTCDate();
  at.setUTCDate(Math.min(day, last));
  return at.getTime();
}

const hasAny = (tags, wanted) => Object.entries(wanted).some(([key, value]) => tags?.[key] === value);

/** One night: images by verdict and AMIs by verdict and reason, and the verdicts themselves. */
export function evaluate(policy, { images, amis }, now) {
  const normalised = (name) => name.toLowerCase().replace(/[ _]/g, "-");
  const selectors = new Map();
  for (const { name, semanticVersion } of policy.resourceSelection.recipes) {
    const versions = selectors.get(normalised(name)) ?? [];
    versions.push(semanticVersion.split("."));
    selectors.set(normalised(name), versions);
  }
  const rules = policy.policyDetails
    .map((rule) => ({
      action: rule.action.type,
      include: rule.action.includeResources ?? {},
      age: rule.filter.type === "AGE" ? cutoff(now, rule.filter) : Infinity,
      reason: rule.filter.type,
      keep: rule.filter.type === "AGE" ? (rule.filter.retainAtLeast ?? 0) : rule.filter.value,
      tags: rule.exclusionRules?.tagMap ?? {},
      amis: rule.exclusionRules?.amis ?? {},
      launched: rule.exclusionRules?.amis?.lastLaunched ? cutoff(now, rule.exclusionRules.amis.lastLaunched) : Infinity,
    }))
    .sort((a, b) => ORDER.indexOf(a.action) - ORDER.indexOf(b.action));
  const looksAt = {
    DEPRECATE: (status) => status === "AVAILABLE",
    DISABLE: (status) => status === "AVAILABLE" || status === "DEPRECATED",
    DELETE: () => true,
  };

  const ignored = (image) => {
    if (image.status === "DELETED") return "ALREADY_DELETED";
    if (image.type !== (policy.resourceType === "AMI_IMAGE" ? "AMI" : "DOCKER")) return "OTHER_TYPE";
    const nodes = image.version.split(".");
    const selected = selectors.get(image.recipe)?.some((version) =>
      version.every((node, at) => node === "x" || node === nodes[at]));
    if (image.imported || !selected) return "NOT_SELECTED";
    return BUILDING.has(image.status) ? "BUILDING" : null;
  };

  const decide = (image, slot) => {
    let skipped = null;
    let kept = null;
    let young = null;
    const failed = image.status === "FAILED" || image.status === "CANCELLED";
    for (const rule of rules) {
      if (!looksAt[rule.action](image.status)) continue;
      if (image.created > rule.age) young ??= rule;
      else if (rule.action === "DELETE" && failed) return ["DELETE", "FAILED_BUILD", rule];
      else if (rule.action === "DELETE" && slot <= rule.keep) kept = rule;
      else if (hasAny(image.tags, rule.tags)) skipped ??= rule;
      else return [rule.action, rule.reason, rule];
    }
    if (skipped) return ["SKIP", "IMAGE_TAG", skipped];
    if (kept) return ["KEEP", "RETAINED", kept];
    return young ? ["KEEP", "TOO_YOUNG", young] : ["KEEP", "NO_RULE_FOR_STATE", null];
  };

  const fate = (output, rule, verdict, reason) => {
    if (!rule.include.amis) return "LEFT/NOT_INCLUDED";
    if (rule.amis.regions?.includes(output.region)) return "SKIP/REGION";
    const ami = amis.get(output.id);
    if (ami) {
      if (rule.amis.isPublic && ami.public) return "SKIP/PUBLIC";
      if (rule.amis.tagMap && hasAny(ami.tags, rule.amis.tagMap)) return "SKIP/AMI_TAG";
      if (ami.launched !== null && ami.launched >= rule.launched) return "SKIP/LAST_LAUNCHED";
      if (verdict === "DELETE" && ami.protected) return "FAIL/DEREGISTRATION_PROTECTED";
    }
    return `${verdict}/${reason}`;
  };

  const verdicts = new Map();
  const groups = new Map();
  for (const image of images) {
    const reason = ignored(image);
    if (reason) {
      verdicts.set(image, ["IGNORE", reason, null]);
      continue;
    }
    const key = `${image.recipe}/${image.version}`;
    const group = groups.get(key);
    if (group) group.push(image);
    else groups.set(key, [image]);
  }
  for (const group of groups.values()) {
    group.sort((a, b) => b.created - a.created || b.build - a.build);
    let slot = 0;
    for (const image of group) {
      if (image.status !== "FAILED" && image.status !== "CANCELLED") slot += 1;
      verdicts.set(image, decide(image, slot));
    }
  }
  const counts = { images: {}, amis: {} };
  for (const [image, [verdict, reason, rule]] of verdicts) {
    const key = `${verdict}/${reason}`;
    counts.images[key] = (counts.images[key] ?? 0) + 1;
    if (!ORDER.includes(verdict)) continue;
    for (const output of image.amis) {
      const key = fate(output, rule, verdict, reason);
      counts.amis[key] = (counts.amis[key] ?? 0) + 1;
    }
  }
  return { counts, verdicts };
}
