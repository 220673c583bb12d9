// Runs the JavaScript evaluator in a worker, as the page runs Afterimage.
import { evaluate, load } from "./evaluate.mjs";

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Milliseconds to get each file as text and to parse it, and nothing else; or why that cannot be done. */
async function parse(files) {
  const spent = { text: 0, parse: 0 };
  try {
    for (const file of files) {
      const start = performance.now();
      const text = await file.text();
      const read = performance.now();
      JSON.parse(text);
      spent.text += read - start;
      spent.parse += performance.now() - read;
    }
    return spent;
  } catch (error) {
    return { error: `${error.name}: ${error.message}` };
  }
}

async function measure(images, amis, policy, now) {
  const parsed = await parse([images, amis]);
  const start = performance.now();
  const data = await load(images, amis, "error" in parsed);
  const loading = performance.now() - start;
  const { counts } = evaluate(policy, data, now);
  const samples = [];
  while (samples.length < 3 || (samples.length < 25 && samples.reduce((sum, one) => sum + one) < 3000)) {
    const start = performance.now();
    evaluate(policy, data, now);
    samples.push(performance.now() - start);
  }
  return { parsed, load: loading, evaluate: median(samples), counts };
}

addEventListener("message", async ({ data: { images, amis, policy, now } }) => {
  try {
    postMessage(await measure(images, amis, policy, now));
  } catch (error) {
    postMessage({ error: String(error) });
  }
});
