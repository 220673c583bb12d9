// Holds `afterimage check --format sarif` of every policy case against the published schema of SARIF 2.1.0,
// which @microsoft/jest-sarif carries, and replaces what its fixes say.
//
// Run it from the top of the work tree after `npm ci` here and `cargo build -p afterimage-cli`.

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const require = createRequire(import.meta.url);
const Ajv = require('ajv');
const target = process.env.CARGO_TARGET_DIR ?? 'target';
const afterimage = join(target, 'debug', process.platform === 'win32' ? 'afterimage.exe' : 'afterimage');

const ajv = new Ajv({ schemaId: 'auto', meta: false, unknownFormats: 'ignore', allErrors: true });
ajv.addMetaSchema(require('ajv/lib/refs/json-schema-draft-04.json'));
const valid = ajv.compile(require('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json'));

/** What the schema does not say but readers rely on. A command line has no places. */
function promises(log, hasPlaces) {
  const problems = [];
  const [run] = log.runs;
  const { rules } = run.tool.driver;
  for (const result of run.results) {
    if (rules[result.ruleIndex]?.id !== result.ruleId) problems.push(`${result.ruleId} is not its rule`);
    if (hasPlaces && !result.locations[0].physicalLocation?.region) problems.push(`${result.ruleId} has no region`);
  }
  const prints = run.results.map(result => JSON.stringify(result.partialFingerprints));
  if (new Set(prints).size !== prints.length) problems.push('two results have one fingerprint');
  return problems;
}

function problems(log, hasPlaces) {
  return valid(log) ? promises(log, hasPlaces) : valid.errors.map(error => `${error.dataPath} ${error.message}`);
}

/** The text with a fix of one line done. */
function fixed(text, { deletedRegion: region, insertedContent }) {
  const lines = text.split('\n').map(line => [...line]);
  const line = lines[region.startLine - 1];
  if (region.startLine !== region.endLine) throw new Error('a fix of several lines');
  line.splice(region.startColumn - 1, region.endColumn - region.startColumn, insertedContent.text);
  return lines.map(line => line.join('')).join('\n');
}

const folder = mkdtempSync(join(tmpdir(), 'afterimage-sarif-'));
const run = promisify(execFile);
async function check(name, text) {
  const path = join(folder, name);
  writeFileSync(path, text);
  const args = ['check', '--policy', path, '--format', 'sarif'];
  const done = await run(afterimage, args).catch(error => error);
  return done.code === 2 ? null : JSON.parse(done.stdout);
}

const failures = [];
let logs = 0;
let fixes = 0;
let sample = null;
for (const kind of ['valid', 'invalid']) {
  const cases = `tests/cases/policy/${kind}`;
  for (const name of readdirSync(cases)) {
    const { policy, text: given } = JSON.parse(readFileSync(join(cases, name), 'utf8'));
    const text = given ?? JSON.stringify(policy, null, 2);
    // Cases that shorten long text have nothing of their own to show here.
    if (text.includes('"repeat"')) continue;
    const log = await check(name, text);
    if (!log) continue;
    logs += 1;
    if (log.runs[0].results.length > 0) sample ??= log;
    failures.push(...problems(log, !given).map(problem => `${kind}/${name}: ${problem}`));
    for (const result of log.runs[0].results.filter(result => result.fixes)) {
      const [replacement] = result.fixes[0].artifactChanges[0].replacements;
      const after = await check(`fixed-${name}`, fixed(text, replacement));
      const print = result.partialFingerprints['codeAndPointer/v1'];
      fixes += 1;
      if (!after || after.runs[0].results.some(left => left.partialFingerprints['codeAndPointer/v1'] === print)) {
        failures.push(`${kind}/${name}: the fix of ${print} does not mend it`);
      }
    }
  }
}
rmSync(folder, { recursive: true });

// A validator that sees no mistake proves nothing.
const mistakes = {
  'no message': log => delete log.runs[0].results[0].message,
  'an unknown level': log => (log.runs[0].results[0].level = 'info'),
  'a line 0': log => (log.runs[0].results[0].locations[0].physicalLocation.region.startLine = 0),
  'an unknown member': log => (log.runs[0].results[0].severity = 'error'),
  'no tool': log => delete log.runs[0].tool,
  'another rule': log => (log.runs[0].results[0].ruleIndex = 0),
};
for (const [name, spoil] of Object.entries(mistakes)) {
  const broken = structuredClone(sample);
  spoil(broken);
  let found = false;
  try {
    found = problems(broken, true).length > 0;
  } catch {
    found = true;
  }
  if (!found) failures.push(`the oracle does not see ${name}`);
}
if (logs === 0 || fixes === 0) failures.push('there was nothing to look at');
for (const failure of failures) console.log(failure);
console.log(`${logs} SARIF logs and ${fixes} fixes looked at, ${failures.length} failed`);
process.exit(failures.length > 0 ? 1 : 0);
