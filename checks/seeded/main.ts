/**
 * `npm run seeded`: puts bugs into the contracts, one at a time, and shows that the stateful invariants
 * (test/solidity/invariant/) notice each of them. Fails if they do not hold on the contracts as they are, if a bug goes
 * unnoticed or is noticed by another check than those named for it, or if a check is the first to notice none.
 *
 *   --only PART    only bugs whose contract or name contains PART (may be repeated)
 *   --runs N       of the campaign, at most (default 256)
 *   --depth N      moves in a run (default 100)
 *   --seed N       of the moves (default 1)
 *   --json         verdicts as JSON on standard output
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { BUGS } from "./bugs.ts";
import { buildSuite, hunt } from "./campaign.ts";
import { checkOf, readChecks } from "./checks.ts";
import { faults, titleOf, type Verdict } from "./verdict.ts";

const { values } = parseArgs({
  options: {
    only: { type: "string", multiple: true, default: [""] },
    runs: { type: "string", default: "256" },
    depth: { type: "string", default: "100" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const limits = { runs: Number(values.runs), depth: Number(values.depth), seed: Number(values.seed) };
const checks = readChecks();
const bugs = BUGS.filter((bug) => values.only.some((part) => titleOf(bug).includes(part)));
if (bugs.length === 0) throw new Error(`no bug is called ${values.only.join(" or ")}`);

const suite = buildSuite();
const unchanged = await hunt(suite, undefined, limits);
if (unchanged.reason !== undefined) throw new Error(`the unchanged contracts fail: ${unchanged.reason}`);
console.error(`the unchanged contracts pass: ${unchanged.runs} runs of ${limits.depth} moves, ${unchanged.seconds.toFixed(1)} s`);

const verdicts: Verdict[] = [];
let next = 0;
const work = async (): Promise<void> => {
  while (next < bugs.length) {
    const at = next++;
    const found = await hunt(suite, bugs[at], limits);
    verdicts[at] = { bug: bugs[at], by: checkOf(found.reason ?? "", checks), ...found };
  }
};
await Promise.all(Array.from({ length: availableParallelism() }, work));

const found = faults(verdicts, checks, bugs.length === BUGS.length);
if (values.json) console.log(JSON.stringify({ unchanged, verdicts, faults: found }, undefined, 2));
else {
  console.log("| bug | caught by | runs | seconds |\n|---|---|--:|--:|");
  for (const { bug, reason, by, runs, seconds } of verdicts) console.log(`| ${titleOf(bug)} | ${by ?? reason ?? "nothing"} | ${runs} | ${seconds.toFixed(1)} |`);
  for (const fault of found) console.log(fault);
}
process.exit(found.length === 0 ? 0 : 1);
