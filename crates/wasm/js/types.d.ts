// Written by the tests of this crate.

/** What a rule does. */
export type Action = "DEPRECATE" | "DISABLE" | "DELETE";

/** How one action changes for the images, or for the outputs, that both inventories list. */
export interface ActionChanges {
  after: number;
  /** How many the first forecast acts on. */
  before: number;
  earlier: number;
  later: number;
  /** Acted on in the second forecast only. */
  newly: number;
  /** Acted on in the first forecast only. */
  spared: number;
}

export interface AmiChanges {
  /** Deregistered. */
  delete: ActionChanges;
  deprecate: ActionChanges;
  disable: ActionChanges;
  /** They stay when the record of their image goes, so that no policy looks after them any more. */
  left: ActionChanges;
}

export interface AmiExclusions {
  isPublic?: boolean;
  lastLaunched?: LastLaunched;
  regions?: string[];
  sharedAccounts?: string[];
  tagMap?: Record<string, string>;
}

export interface Assumptions {
  /** Does an image that deprecate or disable acts on in a run still count as one of the newest that delete keeps in that run? */
  "acted-on-images-keep-slots": "true" | "false";
  /** Is an image that is exactly as old as a rule asks old enough? */
  "age-at-threshold": "eligible" | "too-young";
  /** Does `retainAtLeast` raise the number that a COUNT filter keeps? */
  "count-honours-retain-at-least": "false" | "true";
  /** Do images that the export lists as DELETED count as ones that are kept? */
  "deleted-images-fill-slots": "false" | "true";
  /** Are later rules still tried on an image that a tag spares from an earlier one? */
  "exclusion-falls-through": "true" | "false";
  /** Does an age-based delete rule take failed and cancelled builds before they reach the age? */
  "failed-ignores-age": "false" | "true";
  /** Does an image keep its record when deleting one of its outputs fails? */
  "failed-output-keeps-image": "true" | "false";
  /** Does an imported image match a recipe selector that has its name and version? */
  "imported-images-match-recipes": "false" | "true";
  /** Is an AMI spared whose last launch lies exactly at the edge of the period? */
  "last-launched-at-threshold": "spared" | "not-spared";
  /** How are months and years counted: back from the run on the calendar, forward from the creation on the calendar, or as 30 and 365 days? */
  "month-arithmetic": "calendar-back" | "calendar-forward" | "fixed-days";
  /** Does a deleted image keep its record when an exclusion spares one of its AMIs? */
  "policy-delete-keeps-image-when-ami-skipped": "false" | "true";
  /** Are recipe names compared in lower case with hyphens for spaces and underscores? */
  "recipe-names": "normalised" | "exact";
  /** Does `retainAtLeast` on a deprecate or disable rule keep the newest images from it? */
  "retain-at-least-on-every-action": "false" | "true";
  /** Which of two images with the same creation date is the newer one? */
  "tie-break": "higher-build" | "lower-build";
  /** Do images that are too young for an age-based delete rule count towards its `retainAtLeast`? */
  "young-images-fill-slots": "true" | "false";
}

/** New builds to expect; none unless given. */
export interface Builds {
  /** Of every recipe. */
  general?: Cadence;
  /** Of single recipes, by name. */
  recipes?: Record<string, Cadence>;
}

/** As often as each recipe version was built so far, or every so many days. */
export type Cadence = "none" | "observed" | number;

export interface Change {
  action: Action;
  change: "NEWLY" | "SPARED" | "EARLIER" | "LATER";
  /** For `EARLIER` and `LATER`. */
  days?: number;
}

export interface ChangedImage {
  after: Fate;
  arn: string;
  before: Fate;
  changes: Change[];
  /** The AMIs and container images that meet another fate. */
  outputs?: ChangedOutput[];
}

export interface ChangedOutput {
  changes: OutputChange[];
  id: string;
  kind: "AMI" | "CONTAINER";
}

export interface CheckInventoryOptions {
  /** Answers to questions that AWS leaves open, where they differ from the usual ones. */
  assume?: Partial<Assumptions>;
  /** Instant for which the inventory is looked at. */
  now: Date | string;
  /** Logical ID or label of the policy, where the text defines several. */
  resource?: string;
}

/** What is wrong or surprising about a policy. */
export interface CheckedPolicy {
  /** What the members that it leaves out mean. */
  defaults: FilledIn[];
  diagnostics: Diagnostic[];
}

export interface Comparison {
  diagnostics: ComparisonDiagnostics;
  /** The images that meet another fate, or whose outputs do. */
  images: ChangedImage[];
  /** Instant of the first run. */
  now: string;
  /** Images that only the second inventory lists. */
  onlyAfter: string[];
  /** Images that only the first inventory lists. */
  onlyBefore: string[];
  summary: ComparisonSummary | null;
  /** The last day that is looked at. */
  until: string | null;
}

export interface ComparisonDiagnostics {
  after: Diagnostic[];
  before: Diagnostic[];
}

/** What changes for outputs. */
export interface ComparisonSummary {
  amis: AmiChanges;
  /** Those that meet another fate, or whose outputs do. */
  changed: number;
  /** Images that both inventories list. */
  compared: number;
  /** Deleted container images. */
  containers: ActionChanges;
  delete: ActionChanges;
  deprecate: ActionChanges;
  disable: ActionChanges;
  /** Deleted snapshots, counted as the AMIs list them. */
  snapshots: ActionChanges;
}

/** Which selector takes the image, or why none does. */
export type Considered = {
  recipe: number;
} | {
  tag: number;
} | {
  not: Reason;
};

export interface ConvertOptions {
  /** ARN of the policy to update, where the text has none; `cli` then updates. */
  arn?: string;
  /** Logical ID or label of the policy, where the text defines several. */
  resource?: string;
  to: Notation;
}

/** A policy in another notation. */
export interface ConvertedPolicy {
  /** What the members that it leaves out mean. */
  defaults: FilledIn[];
  /** What the notation cannot say, and what is to be looked at. */
  remarks: string[];
  text: string;
}

/** The request that creates a policy. */
export interface CreateLifecyclePolicyRequest {
  clientToken?: string;
  description?: string;
  dryRun?: boolean;
  executionRole: string;
  name: string;
  policyDetails: Rule[];
  resourceSelection: Selection;
  resourceType: ResourceType;
  status?: Status;
  tags?: Record<string, string>;
}

/** One finding about a document. */
export interface Diagnostic {
  /** Stable name of the check, for instance `age-without-unit`. */
  code: string;
  /** The change that does it, where there is exactly one and it needs no decision. */
  fix?: Fix;
  /** What to do next. */
  help: string;
  /** What is wrong and why: no capital, no final stop, no line break. */
  message: string;
  /** JSON pointer (RFC 6901) into the document as it was given; a missing member is pointed at as if it were there. */
  path: string;
  severity: Severity;
}

export interface Exclusions {
  amis?: AmiExclusions;
  tagMap?: Record<string, string>;
}

export interface ExplainOptions {
  /** Answers to questions that AWS leaves open, where they differ from the usual ones. */
  assume?: Partial<Assumptions>;
  /** Days from the first run to the one that is explained, up to 1826; none unless given. */
  days?: number;
  /** ARN of the image. */
  image: string;
  /** Instant of the first run. */
  now: Date | string;
  /** Logical ID or label of the policy, where the text defines several. */
  resource?: string;
}

export interface Explanation {
  /** Every assumption and its value. */
  assumptions: Assumptions;
  /** Instant of the run that is explained. */
  at: string;
  considered: Considered;
  /** The image as the report has it. */
  image: Image;
  /** Instant of the first run. */
  now: string;
  /** What the delete rule keeps of this image's recipe version; null without a delete rule or when the image is not considered. */
  retention: Retention | null;
  /** In the order of evaluation; empty when the image is not considered. */
  rules: RuleTrace[];
}

/** What becomes of one image, with instants. */
export interface Fate {
  deleted: string | null;
  deprecated: string | null;
  disabled: string | null;
  /** What the first run decides. */
  first: VerdictAndReason;
  /** What the last run decides; null when the image is gone before it. */
  last: VerdictAndReason | null;
  /** The first night on which its deletion fails or waits for a spared AMI. */
  refused: string | null;
}

/** A member that the document leaves out, and what the service takes instead. */
export interface FilledIn {
  /** What comes of it. */
  meaning: string;
  /** Pointer into the document, as if the member were there. */
  path: string;
  /** The value that means the same; `None` where no value does. */
  value: FilledInValue | null;
}

export type FilledInValue = boolean | string;

export interface Filter {
  retainAtLeast?: number;
  type: FilterType;
  unit?: Unit;
  value: number;
}

export type FilterType = "AGE" | "COUNT";

/** What a rule makes of an image. */
export type Finding = "TOO_YOUNG" | "OTHER_STATE" | "RETAINED" | "EXCLUDED" | "ACTS" | "WAITS";

/** A change of the document that ends a finding. */
export interface Fix {
  /** A JSON Patch (RFC 6902) of the document as it was given. INVARIANT: not empty. */
  patch: Operation[];
  /** What the change does, as an instruction: no capital, no final stop. */
  title: string;
}

export interface Forecast {
  /** Every assumption and its value. */
  assumptions: Assumptions;
  diagnostics: Diagnostic[];
  /** Every image, in byte order of the ARNs. */
  images: ForecastImage[];
  /** The builds that are expected. */
  newBuilds: Series[];
  /** The nights on which something changes. */
  nights: ForecastNight[];
  /** Instant of the first run. */
  now: string;
  /** The last night that acts, when nothing happens after it however long one waits. */
  settledAfter: string | null;
  totals: ForecastNight | null;
  /** The last day that is looked at. */
  until: string | null;
}

/** What becomes of one image, with instants. */
export interface ForecastImage {
  arn: string;
  deleted: string | null;
  deprecated: string | null;
  disabled: string | null;
  /** What the first run decides. */
  first: VerdictAndReason;
  /** What the last run decides; null when the image is gone before it. */
  last: VerdictAndReason | null;
  /** The first night on which its deletion fails or waits for a spared AMI. */
  refused: string | null;
}

export interface ForecastNight {
  at?: string;
  deleted: number;
  deprecated: number;
  disabled: number;
  failed: number;
  newBuilds: NewBuilds;
  /** Images in scope that are left. */
  remaining: number;
}

export interface ForecastOptions {
  /** Answers to questions that AWS leaves open, where they differ from the usual ones. */
  assume?: Partial<Assumptions>;
  builds?: Builds;
  /** Days after the first run, up to 1826; 365 unless given. */
  days?: number;
  /** Instant of the first run. */
  now: Date | string;
  /** Logical ID or label of the policy, where the text defines several. */
  resource?: string;
}

export interface Freed {
  archivedBytesAtMost: number;
  containerBytesAtMost: number;
  containers: number;
  containersOfUnknownSize: number;
  monthlyPriceAtMost?: number;
  snapshotBytesAtMost: number;
  snapshots: number;
  snapshotsOfUnknownSize: number;
}

export interface Image {
  after: string;
  arn: string;
  before: string;
  boundary: boolean;
  /** Under which other assumption the image meets another fate, and which. */
  otherReadings?: OtherReading[];
  outputs: Output[];
  reason: Reason;
  rule: number | null;
  status: string | null;
  /** Where ages are near: when each is reached. */
  thresholds?: Threshold[];
  verdict: Verdict;
}

export interface Include {
  amis?: boolean;
  containers?: boolean;
  snapshots?: boolean;
}

export interface Inventory {
  amis: number;
  containers: number;
  images: number;
  /** Elements of the exports that could not be used. */
  skipped: Skipped[];
  snapshots: number;
}

/** What an inventory holds. */
export interface InventoryFacts {
  amis: number;
  containers: number;
  images: number;
  /** Elements of the exports that could not be used. */
  skipped: Skipped[];
  snapshots: number;
}

export interface LastLaunched {
  unit: "DAYS" | "WEEKS" | "MONTHS" | "YEARS";
  value: number;
}

export interface NewBuilds {
  built: number;
  deleted: number;
  deprecated: number;
  disabled: number;
  remaining: number;
}

/** A notation that a policy can be written in. */
export type Notation = "create" | "update" | "cli" | "cloudformation" | "cloudformation-yaml" | "terraform" | "cdk";

/** One operation of a JSON Patch. */
export type Operation = {
  op: "add";
  path: string;
  value: unknown;
} | {
  op: "replace";
  path: string;
  value: unknown;
} | {
  op: "remove";
  path: string;
} | {
  from: string;
  op: "move";
  path: string;
};

export interface OtherReading {
  after: string;
  assumption: string;
  reason: Reason;
  rule: number | null;
  status: string | null;
  value: string;
  verdict: Verdict;
}

export interface Output {
  accountId: string | null;
  /** Of an AMI that was deregistered before the run: nothing is left to do, and verdict and reason are those that it would get. */
  gone?: boolean;
  id: string;
  imageUris?: string[];
  kind: string;
  reason: Reason;
  /** Who refers to an AMI that is disabled or deleted. */
  references?: Reference[];
  region: string | null;
  /** Where the copies of a container image are, as far as its URIs tell. */
  repositories?: Repository[];
  /** What may make the action fail. */
  risks?: Risk[];
  snapshots?: Snapshot[];
  verdict: OutputVerdict;
}

export interface OutputChange {
  change: "NEWLY" | "SPARED" | "EARLIER" | "LATER";
  /** For `EARLIER` and `LATER`. */
  days?: number;
  /** `LEFT`: the record of the image goes, and the output stays. `DELETE_SNAPSHOTS`: its snapshots go. */
  event: "DEPRECATE" | "DISABLE" | "DELETE" | "LEFT" | "DELETE_SNAPSHOTS";
}

/** What a run does with an AMI, a snapshot or a container image. */
export type OutputVerdict = "DEPRECATE" | "DISABLE" | "DELETE" | "SKIP" | "LEFT" | "FAIL";

/** A policy without errors. */
export interface ParsedPolicy {
  /** What the members that it leaves out mean. */
  defaults: FilledIn[];
  /** What is surprising about it. */
  diagnostics: Diagnostic[];
  /** Name of the notation that it was written in. */
  notation: string;
  /** The request that creates it. */
  policy: CreateLifecyclePolicyRequest;
  /** Its logical ID in a template, or its label in Terraform. */
  resource?: string;
}

export interface PolicyOptions {
  /** Logical ID or label of the policy, where the text defines several. */
  resource?: string;
}

/** Prices per GiB and month, in any currency. */
export interface Prices {
  /** Of archived EBS snapshots. */
  archive?: number;
  /** In ECR. */
  ecr?: number;
  /** Of EBS snapshots. */
  snapshot?: number;
}

/** Why something cannot be done. */
export interface Problem {
  /** What is wrong with the policy, when that is it. */
  diagnostics?: Diagnostic[];
  /** What to do next. */
  help?: string;
  message: string;
  /** Name of the export that cannot be used, when that is it. */
  source?: string;
}

/** Why. The names are ours: AWS publishes none. */
export type Reason = "AGE" | "COUNT" | "FAILED_BUILD" | "IMAGE_TAG" | "RETAINED" | "TOO_YOUNG" | "NO_RULE_FOR_STATE" | "POLICY_DISABLED" | "ALREADY_DELETED" | "OTHER_TYPE" | "OTHER_OWNER" | "OTHER_REGION" | "NOT_SELECTED" | "BUILDING" | "REGION" | "PUBLIC" | "AMI_TAG" | "SHARED_ACCOUNT" | "LAST_LAUNCHED" | "NOT_INCLUDED" | "DEREGISTRATION_PROTECTED" | "AMI_KEPT";

export interface Recipe {
  name: string;
  semanticVersion: string;
}

export interface Reference {
  detail?: string;
  id: string;
  name?: string;
  type: string;
}

export interface Report {
  /** Every assumption and its value. */
  assumptions: Assumptions;
  diagnostics: Diagnostic[];
  inventory: Inventory;
  /** Instant of the first run. */
  now: string;
  /** One for each day; none when the policy has errors. */
  runs: Run[];
}

export interface Repository {
  accountId: string;
  digest?: string;
  lastPulledAt?: string;
  pushedAt?: string;
  region: string;
  repository: string;
  sizeBytes?: number;
  tag?: string;
}

export type ResourceType = "AMI_IMAGE" | "CONTAINER_IMAGE";

/** An image's place among the considered images of its recipe version. */
export interface Retention {
  /** How many count: considered, and neither failed nor cancelled. */
  counted: number;
  /** How many of the newest the delete rule keeps. */
  keep: number;
  /** 1 is the newest; null when this image does not count. */
  position: number | null;
}

export interface Risk {
  code: string;
  message: string;
}

export interface Rule {
  action: RuleAction;
  exclusionRules?: Exclusions;
  filter: Filter;
}

export interface RuleAction {
  includeResources?: Include;
  type: Action;
}

/** What one rule makes of an image. */
export interface RuleTrace {
  action: Action;
  finding: Finding;
  /** For an age rule: the instant at which the image is old enough, past or to come. */
  reached?: string;
  /** Index into `policyDetails`. */
  rule: number;
  /** The excluded tag that the image carries. */
  tag?: Tag;
}

export interface Run {
  at: string;
  /** Every image that exists at the start of the run, in byte order of the ARNs. */
  images: Image[];
  storage: Storage;
  summary: Summary;
}

export interface Selection {
  recipes?: Recipe[];
  tagMap?: Record<string, string>;
}

/** The expected builds of one recipe version. */
export interface Series {
  account: string;
  built: number;
  deleted: number;
  deprecated: number;
  disabled: number;
  intervalSeconds: number;
  lastBuild: string;
  recipe: string;
  region: string;
  version: string;
}

export interface ServiceOptions {
  /** The account that calls: twelve digits; unless given, the one that most images are of. */
  account?: string;
  /** Answers to questions that AWS leaves open, where they differ from the usual ones. */
  assume?: Partial<Assumptions>;
  /** Second of the day, in UTC, at which the daily runs begin; 0 unless given. */
  dailyRunAt?: number;
  /** Where the clock starts. */
  now: Date | string;
  /** The Region that is called; unless given, the one that most images are of. */
  region?: string;
  /** Images that an execution works on before it pauses until the next daily run; all of them unless given. */
  resourcesPerRun?: number;
  /** Simulated time that an execution takes for each image; with 0, which is usual, it ends when it begins. */
  secondsPerResource?: number;
  /** Execution IDs and request IDs follow from it; 0 unless given. */
  seed?: number;
}

export type Severity = "error" | "warning" | "info";

export interface SimulateOptions {
  /** Answers to questions that AWS leaves open, where they differ from the usual ones. */
  assume?: Partial<Assumptions>;
  /** Daily runs after the first; none unless given. */
  days?: number;
  /** Instant of the first run. */
  now: Date | string;
  prices?: Prices;
  /** Logical ID or label of the policy, where the text defines several. */
  resource?: string;
}

/** An element of an export that could not be used. */
export interface Skipped {
  message: string;
  /** JSON pointer into that export. */
  path: string;
  /** The export's name as the caller gave it. */
  source: string;
}

export interface Snapshot {
  id: string;
  reason: Reason;
  risks?: Risk[];
  verdict: OutputVerdict;
}

export type Status = "ENABLED" | "DISABLED";

/** How far a clock is moved. */
export interface Step {
  days?: number;
  hours?: number;
  minutes?: number;
  seconds?: number;
}

/** What a run frees, and what all runs up to it free. */
export interface Storage {
  accumulated: Freed;
  archivedBytesAtMost: number;
  containerBytesAtMost: number;
  containers: number;
  containersOfUnknownSize: number;
  monthlyPriceAtMost?: number;
  /** Why the numbers are bounds. */
  reason: string;
  snapshotBytesAtMost: number;
  snapshots: number;
  snapshotsOfUnknownSize: number;
}

/** How many images got each verdict. */
export interface Summary {
  DELETE: number;
  DEPRECATE: number;
  DISABLE: number;
  IGNORE: number;
  KEEP: number;
  SKIP: number;
}

export interface Tag {
  key: string;
  value: string;
}

export interface Threshold {
  earliest: string;
  latest: string;
  rule: number;
}

export type Unit = "DAYS" | "WEEKS" | "MONTHS" | "YEARS";

/** What a run does with an image. */
export type Verdict = "DEPRECATE" | "DISABLE" | "DELETE" | "SKIP" | "KEEP" | "IGNORE";

export interface VerdictAndReason {
  reason: Reason;
  verdict: Verdict;
}
