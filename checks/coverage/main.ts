/**
 * `npm run coverage:contracts`: which statements and branches of the contracts the Solidity tests reach. Fails below 98 %
 * of a folder's branches or statements, and where test/coverage/unreached.json does not agree with what was found.
 * `--json` prints everything as JSON.
 */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "../instrument/compile.ts";
import { scopes } from "../instrument/scope.ts";
import type { Feature } from "./features.ts";
import { measure, type Measured } from "./measure.ts";

const LEAST = 98;

/** What no test can reach, and why. */
type Unreached = Feature & { readonly reason: string };

const keyOf = ({ kind, file, function: fn, code, way, nth }: Feature): string => [kind, file, fn, code, way, nth ?? 1].join(" | ");

const measured: Measured[] = [];
for (const { files, tests } of scopes()) {
  console.error(`${files.length} files, ${tests.length} files of tests`);
  measured.push(...(await measure(files, tests)));
}
const argued = JSON.parse(readFileSync(join(root, "test", "coverage", "unreached.json"), "utf8")) as Unreached[];
const missing = new Set(measured.filter(({ done }) => !done).map(({ feat }) => keyOf(feat)));
const listed = new Set(argued.map(keyOf));
const faults = [
  ...[...missing].filter((key) => !listed.has(key)).map((key) => `not reached: ${key}`),
  ...[...listed].filter((key) => !missing.has(key)).map((key) => `listed, but reached or gone: ${key}`),
  ...argued.filter(({ reason }) => reason.trim() === "").map((entry) => `listed without a reason: ${keyOf(entry)}`),
];
const scores = [...new Set(measured.map(({ feat }) => dirname(feat.file)))].flatMap((folder) =>
  (["branch", "statement"] as const).map((kind) => {
    const own = measured.filter(({ feat }) => dirname(feat.file) === folder && feat.kind === kind);
    const reached = own.filter(({ done }) => done).length;
    return { folder, kind, all: own.length, reached, percent: own.length === 0 ? 100 : (100 * reached) / own.length };
  }),
);
for (const { folder, kind, percent } of scores) if (percent < LEAST) faults.push(`${folder}: only ${percent.toFixed(1)} % of the ${kind}s`);

if (process.argv.includes("--json")) console.log(JSON.stringify({ scores, missing: [...missing], faults }, undefined, 2));
else {
  for (const { folder, kind, all, reached, percent } of scores) console.log(`${folder}: ${reached} of ${all} ${kind === "branch" ? "branches" : "statements"}, ${percent.toFixed(1)} %`);
  for (const fault of faults) console.log(fault);
}
process.exit(faults.length === 0 ? 0 : 1);
