/**
 * `npm run fuzz:models`: mutates models that this project made, bytes and fields, and compiles each; of those that are taken it
 * certifies one in eight. Every one must be taken, or be refused with reasons. A crash of this program, one of its
 * faults, a verdict that is wrong and a case that takes too long are failures, which are listed with their number; the same seed
 * makes the same files.
 *
 *   --cases N     files, 20,000 by default
 *   --seed N      1 by default
 *   --from N      begins with this case
 *   --write FILE  writes the file of the case --from names, and ends
 *   --json        ends with the figures as one JSON object
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openHardhatJudge } from "../../oracle/certify/hardhatJudge.ts";
import { fuzz, mutant } from "./fuzz.ts";

const { values } = parseArgs({
  options: {
    cases: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    from: { type: "string", default: "0" },
    write: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const [cases, seed, from] = [values.cases, values.seed, values.from].map(Number);
if (values.write !== undefined) {
  writeFileSync(values.write, mutant(seed, from));
  process.exit(0);
}
const judge = await openHardhatJudge({ onBuild: () => console.error("building the contracts, which takes a minute") });
const result = await fuzz({ seed, from, cases, judge, onFailure: ({ number, why }) => console.error(`case ${number}: ${why}`), onProgress: (done) => done % 100 === 0 && console.error(`${done} of ${cases}`) });
await judge.close();
const { failures, ...figures } = result;
if (values.json) console.log(JSON.stringify({ seed, ...figures, failures }));
else console.log(`${figures.cases} files: ${figures.taken} taken, ${figures.refused} refused, ${figures.ended} of these because the runtime ended; ${failures.length} failures`);
process.exit(failures.length === 0 ? 0 : 1);
