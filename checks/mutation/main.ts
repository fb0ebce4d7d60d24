/**
 * `npm run mutate`: changes the contracts in every small way and runs the Solidity tests against each change. Fails if
 * fewer than 95 % of a folder's mutants are noticed, if one that is not listed in test/mutation/survivors.json goes
 * unnoticed, or if a listed one does not.
 *
 *   --only PART    only files whose name contains PART (may be repeated)
 *   --sample N     N mutants drawn at random, by --seed S (default 1)
 *   --json         verdicts as JSON on standard output
 */
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { scopes } from "../instrument/scope.ts";
import { campaign, type Verdict } from "./campaign.ts";
import { sampler } from "./sample.ts";
import { faults, readSurvivors } from "./survivors.ts";

const LEAST = 95;

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [""] },
    sample: { type: "string" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const started = performance.now();
const progress = (line: string): void => console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${line}`);
const choose = sampler(values.sample === undefined ? undefined : Number(values.sample), Number(values.seed));

const files: string[] = [];
const verdicts: Verdict[] = [];
let stillborn = 0;
for (const scope of scopes()) {
  const own = scope.files.filter((file) => values.only.some((part) => file.includes(part)));
  if (own.length === 0) continue;
  const done = await campaign(own, scope.tests, choose, progress);
  files.push(...own);
  verdicts.push(...done.verdicts);
  stillborn += done.stillborn;
}

const found = faults(verdicts, readSurvivors(), files, values.sample === undefined);
const scores = [...new Set(files.map((file) => dirname(file)))].map((folder) => {
  const own = verdicts.filter((v) => dirname(v.name.file) === folder);
  const killed = own.filter((v) => v.fate === "killed").length;
  return { folder, mutants: own.length, killed, percent: own.length === 0 ? 100 : (100 * killed) / own.length };
});
// A share is meant of a whole folder.
const whole = values.sample === undefined && values.only.includes("");
for (const { folder, percent } of scores) if (whole && percent < LEAST) found.push(`${folder}: only ${percent.toFixed(1)} % of the mutants are killed`);

if (values.json) console.log(JSON.stringify({ scores, stillborn, verdicts, faults: found }, undefined, 2));
else {
  for (const { folder, mutants, killed, percent } of scores) console.log(`${folder}: ${killed} of ${mutants} mutants killed, ${percent.toFixed(1)} %`);
  console.log(`${stillborn} changes were no program; ${((performance.now() - started) / 1000).toFixed(0)} s`);
  for (const fault of found) console.log(fault);
}
process.exit(found.length === 0 ? 0 : 1);
