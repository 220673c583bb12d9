// A conversation of the AWS SDK with the service, for Node and for a page: all operations, all paginators, errors
// as the SDK's classes.

const region = "us-west-2";
const arn = (resource) => `arn:aws:imagebuilder:${region}:123456789012:${resource}`;
const pipeline = arn("image-pipeline/nightly");
const version = arn("image/web-base/1.4.0");

/** The exports of the fixtures, with a pipeline that builds one recipe version. */
export function withPipeline(images) {
  const export_ = JSON.parse(images);
  for (const image of export_.imageSummaryList) {
    if (image.arn?.startsWith(version)) image.sourcePipelineArn = pipeline;
  }
  return new TextEncoder().encode(JSON.stringify(export_));
}

export async function converse({ ImageBuilderService, Inventory }, sdk, { exports, policy }) {
  const inventory = await Inventory.load(exports);
  const now = new Date("2026-11-23T12:00:00Z");
  const service = new ImageBuilderService({ inventory, now, secondsPerResource: 60 });
  // The service keeps what it needs.
  inventory.free();
  const connect = ({ requestHandler }) => {
    const credentials = { accessKeyId: "nobody", secretAccessKey: "nothing" };
    return new sdk.ImagebuilderClient({ region, credentials, requestHandler });
  };
  const client = connect(service);
  const send = (name, input, options) => client.send(new sdk[`${name}Command`](input), options);
  const refused = async (error, name, input, on = client) => {
    const thrown = await on.send(new sdk[`${name}Command`](input)).then(() => "an answer", (thrown) => thrown);
    if (!(thrown instanceof sdk[error])) throw new Error(`${name}: ${thrown} is no ${error}`);
    equal(`${name} ${error}`, thrown.name, error);
    return thrown;
  };
  const pages = async (name, input, list, pageSize, on = client) => {
    const all = [];
    let count = 0;
    for await (const page of sdk[`paginate${name}`]({ client: on, pageSize }, input)) {
      if (page[list].length > pageSize) throw new Error(`${name}: a page of ${page[list].length}`);
      all.push(...page[list]);
      count += 1;
    }
    equal(`${name}: pages`, count, Math.max(1, Math.ceil(all.length / pageSize)));
    return all;
  };

  // Policies
  const dry = connect(service);
  // The SDK leaves out members that came to the API after it.
  const dryRun = (next) => (call) => {
    const body = new TextDecoder().decode(call.request.body);
    call.request.body = JSON.stringify({ ...JSON.parse(body), dryRun: true });
    return next(call);
  };
  dry.middlewareStack.add(dryRun, { step: "build" });
  await refused("DryRunOperationException", "CreateLifecyclePolicy", policy, dry);
  const clientToken = "first";
  const { lifecyclePolicyArn } = await send("CreateLifecyclePolicy", { ...policy, clientToken });
  equal("ARN", lifecyclePolicyArn, arn("lifecycle-policy/golden-ami-retention"));
  const again = await send("CreateLifecyclePolicy", { ...policy, clientToken });
  equal("once", again.lifecyclePolicyArn, lifecyclePolicyArn);
  const other = { ...policy, description: "another", clientToken };
  await refused("IdempotentParameterMismatchException", "CreateLifecyclePolicy", other);
  await refused("ResourceAlreadyExistsException", "CreateLifecyclePolicy", policy);
  const wrong = await refused("InvalidRequestException", "CreateLifecyclePolicy", { ...policy, policyDetails: [] });
  equal("status", wrong.$metadata.httpStatusCode, 400);
  const description = "as it shall be";
  const { name, tags, ...members } = policy;
  await send("UpdateLifecyclePolicy", { ...members, description, lifecyclePolicyArn });
  const ageless = { action: { type: "DELETE" }, filter: { type: "AGE", value: 90 } };
  await refused("InvalidParameterCombinationException", "UpdateLifecyclePolicy", {
    ...members,
    policyDetails: [ageless],
    lifecyclePolicyArn,
  });
  await refused("ForbiddenException", "GetLifecyclePolicy", {
    lifecyclePolicyArn: lifecyclePolicyArn.replace("123456789012", "210987654321"),
  });
  const { lifecyclePolicy } = await send("GetLifecyclePolicy", { lifecyclePolicyArn });
  equal("description", lifecyclePolicy.description, description);
  equal("dates are dates", lifecyclePolicy.dateCreated.toISOString(), now.toISOString());
  equal("rules", lifecyclePolicy.policyDetails, policy.policyDetails);
  for (let i = 0; i < 26; i += 1) {
    await send("CreateLifecyclePolicy", { ...policy, name: `other-${i}`, status: "DISABLED" });
  }
  const summaries = await pages("ListLifecyclePolicies", {}, "lifecyclePolicySummaryList", 10);
  equal("policies", new Set(summaries.map((policy) => policy.arn)).size, 27);
  const filters = [{ name: "name", values: ["other-1*"] }];
  const filtered = await pages("ListLifecyclePolicies", { filters }, "lifecyclePolicySummaryList", 5);
  equal("policies filtered", filtered.length, 11);
  await refused("InvalidPaginationTokenException", "ListLifecyclePolicies", { nextToken: "made up" });

  // Executions
  service.advanceTo("2026-11-24T00:05:00Z");
  const executions = { resourceArn: lifecyclePolicyArn };
  const [first] = await pages("ListLifecycleExecutions", executions, "lifecycleExecutions", 1);
  equal("while it runs", first.state.status, "IN_PROGRESS");
  const { lifecycleExecutionId } = first;
  await send("CancelLifecycleExecution", { lifecycleExecutionId });
  service.advance({ hours: 11, minutes: 55 });
  equal("clock", service.now, "2026-11-24T12:00:00Z");
  const { lifecycleExecution } = await send("GetLifecycleExecution", { lifecycleExecutionId });
  equal("cancelled", lifecycleExecution.state.status, "CANCELLED");
  service.advance({ days: 2 });
  const nights = await pages("ListLifecycleExecutions", executions, "lifecycleExecutions", 1);
  equal("nights", nights.length, 3);
  const ended = nights.filter((night) => night.state.status === "SUCCESS" || night.state.status === "FAILED");
  equal("nights that ended", ended.length, 2);
  const counts = [];
  for (const { lifecycleExecutionId } of nights) {
    const resources = await pages("ListLifecycleExecutionResources", { lifecycleExecutionId }, "resources", 3);
    counts.push(resources.length);
    const deleted = resources.find(({ action }) => action.name === "DELETE");
    if (!deleted) continue;
    const drill = { lifecycleExecutionId, parentResourceId: deleted.resourceId };
    const outputs = await pages("ListLifecycleExecutionResources", drill, "resources", 1);
    equal("outputs", outputs.every(({ resourceId }) => /^(ami|snap)-/.test(resourceId)), true);
  }
  equal("something happened", counts.some((count) => count > 3), true);

  // Images
  const builds = await pages("ListImageBuildVersions", { imageVersionArn: version }, "imageSummaryList", 5);
  const built = await pages("ListImagePipelineImages", { imagePipelineArn: pipeline }, "imageSummaryList", 5);
  equal("pipeline", built.map((image) => image.arn).sort(), builds.map((image) => image.arn).sort());
  equal("states", builds.some((image) => image.state.status === "DISABLED"), true);
  const available = builds.find((image) => image.state.status === "AVAILABLE").arn;
  const updateAt = new Date("2026-11-27T00:00:00Z");
  const state = { status: "DEPRECATED" };
  const later = { resourceArn: available, state, updateAt };
  await send("StartResourceStateUpdate", later);
  await refused("ResourceInUseException", "StartResourceStateUpdate", later);
  service.advanceTo(updateAt);
  service.advance({ hours: 1 });
  const { image } = await send("GetImage", { imageBuildVersionArn: available });
  equal("deprecated", image.state.status, "DEPRECATED");
  const unknown = arn("image/web-base/1.4.0/999");
  await refused("ResourceNotFoundException", "StartResourceStateUpdate", { resourceArn: unknown, state });

  // The document
  const restored = ImageBuilderService.restore(service.state());
  equal("restored", restored.state(), service.state());
  equal("clock of the restored", restored.now, service.now);
  const there = await pages("ListLifecycleExecutions", executions, "lifecycleExecutions", 2, connect(restored));
  const here = await pages("ListLifecycleExecutions", executions, "lifecycleExecutions", 2);
  equal("executions of the restored", there, here);
  restored.free();

  await send("DeleteLifecyclePolicy", { lifecyclePolicyArn });
  await refused("ResourceNotFoundException", "GetLifecyclePolicy", { lifecyclePolicyArn });

  // Errors that were asked for: the SDK tries again after some, and gives others to its caller.
  const faults = [
    { error: "ServiceUnavailableException", operation: "GetImage", times: 2 },
    { error: "ServiceQuotaExceededException", operation: "CreateLifecyclePolicy" },
    { error: "ResourceDependencyException", operation: "DeleteLifecyclePolicy" },
  ];
  const ask = { method: "PUT", path: "/_afterimage/faults", body: JSON.stringify({ faults }) };
  const { response } = await service.requestHandler.handle(ask);
  equal("faults", response.statusCode, 200);
  const persistent = await send("GetImage", { imageBuildVersionArn: available });
  equal("attempts", persistent.$metadata.attempts, 3);
  await refused("ServiceQuotaExceededException", "CreateLifecyclePolicy", policy);
  await refused("ResourceDependencyException", "DeleteLifecyclePolicy", { lifecyclePolicyArn });

  // A call that is given up changes nothing.
  const { revision } = service;
  const given = new AbortController();
  const late = send("CreateLifecyclePolicy", policy, { abortSignal: given.signal });
  given.abort();
  equal("aborted", await late.then(() => "answered", (thrown) => thrown.name), "AbortError");
  const never = send("CreateLifecyclePolicy", policy, { abortSignal: AbortSignal.abort() });
  equal("aborted before", await never.then(() => "answered", (thrown) => thrown.name), "AbortError");
  equal("unchanged", service.revision, revision);

  client.destroy();
  service.free();
  const freed = await connect(service).send(new sdk.ListLifecyclePoliciesCommand()).catch((thrown) => thrown);
  equal("freed", freed.message, "the service was freed");
  return "done";
}

function equal(what, actual, expected) {
  const [given, wanted] = [actual, expected].map((value) => JSON.stringify(value));
  if (given !== wanted) throw new Error(`${what}: ${given}, not ${wanted}`);
}
