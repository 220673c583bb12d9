// Prints what the JavaScript evaluator counts in a generated fleet, in Node: `node count.mjs FOLDER NOW`.
import { openAsBlob, readFileSync } from "node:fs";
import { join } from "node:path";
import { evaluate, load } from "./evaluate.mjs";

const [folder, now] = process.argv.slice(2);
const policy = JSON.parse(readFileSync(join(folder, "policy.json"), "utf8"));
const files = ["images.json", "amis.json"].map((name) => openAsBlob(join(folder, name)));
const data = await load(...(await Promise.all(files)), false);
const { counts } = evaluate(policy, data, Date.parse(`${now}Z`));
console.log(JSON.stringify({ counts }));
