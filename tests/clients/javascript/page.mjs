// What a bundler makes one script of.
import * as sdk from "@aws-sdk/client-imagebuilder";
import init, * as afterimage from "afterimage-wasm";
import { converse } from "./scenario.mjs";

export async function run({ images, others, policy, now }) {
  const bytes = async (address) => (await fetch(address)).body;
  const load = async () => afterimage.Inventory.load(await Promise.all([images, ...others].map(bytes)));
  const early = await load().catch((error) => error.message);
  await init();
  await init();
  const inventory = await load();
  const report = JSON.stringify(afterimage.simulate(policy, inventory, { now }));
  const exports = [new Uint8Array(await (await fetch(images)).arrayBuffer()), ...(await Promise.all(others.map(bytes)))];
  const conversation = await converse(afterimage, sdk, { exports, policy: JSON.parse(policy) });
  return { early, report, conversation };
}
