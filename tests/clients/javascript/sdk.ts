// Compiled beside the AWS SDK, with Node's types in place of the DOM's.

import { CreateLifecyclePolicyCommand, ImagebuilderClient } from "@aws-sdk/client-imagebuilder";
import type { GetLifecyclePolicyCommandOutput, ImagebuilderClientConfig } from "@aws-sdk/client-imagebuilder";
import { createReadStream } from "node:fs";
import { ImageBuilderService, Inventory, checkPolicy, parsePolicy } from "afterimage-wasm";

const inventory = await Inventory.load(createReadStream("images.json"));
const service = new ImageBuilderService({ inventory, now: "2026-11-23T12:00:00Z" });
/** Of all that a client takes, what is a handler. */
type Handler = Extract<NonNullable<ImagebuilderClientConfig["requestHandler"]>, { handle: unknown }>;
const requestHandler: Handler = service.requestHandler;
const client = new ImagebuilderClient({ region: "us-west-2", requestHandler });
const { policy } = parsePolicy("{}");
await client.send(new CreateLifecyclePolicyCommand({ ...policy, clientToken: "token" }));
declare const found: GetLifecyclePolicyCommandOutput;
checkPolicy(found.lifecyclePolicy ?? {});
