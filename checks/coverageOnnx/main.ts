/**
 * `npm run coverage:onnx -- FOLDER`: certifies every model of a folder, its `*.onnx` files or, as the operator tests of the ONNX
 * project lie, the `model.onnx` of every folder in it, and writes what became of them into docs/coverage.md: taken, or refused
 * with every reason; gas of the dearest verdict, time, memory. One chain is asked for all of them; a model that ends the process
 * that works on it is refused, and the others go on. Ends with code 1 where a verdict is wrong.
 *
 * Where a model's inputs must be known when it is compiled, and the test of the ONNX project lies beside it, they get the test's values.
 *
 *   --dims FILE      sizes of symbolic dimensions, and values of inputs: {"FILE.onnx": {"NAME": N, "$values": {"INPUT": [0]}}};
 *                    FOLDER/dims.json by default
 *   --elements N     elements of every node that the contracts are asked about, 8 by default; 0 compiles only, which is quicker
 *   --only TEXT      models whose name contains TEXT
 *   --seconds N      for which one model may take, 600 by default
 *   --name TEXT      heading of the folder's part of the page; the folder's own name by default
 *   --out FILE       the page, docs/coverage.md by default; with "-" none is written
 *   --json           ends with everything as one JSON object
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Judge } from "../../oracle/certify/judge.ts";
import { openHardhatJudge } from "../../oracle/certify/hardhatJudge.ts";
import { Certifier } from "./certifier.ts";
import { modelsIn } from "./models.ts";
import { withSection } from "./page.ts";
import { isTaken, reasons, rowOf, section, type Row } from "./report.ts";

const PAGE = join(import.meta.dirname, "..", "..", "docs", "coverage.md");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    dims: { type: "string" },
    elements: { type: "string", default: "8" },
    only: { type: "string", default: "" },
    seconds: { type: "string", default: "600" },
    name: { type: "string" },
    out: { type: "string", default: PAGE },
    json: { type: "boolean", default: false },
  },
});
const [folder] = positionals;
if (positionals.length !== 1 || !existsSync(folder)) {
  console.error("name one folder of models: npm run coverage:onnx -- FOLDER");
  process.exit(2);
}
const elements = Number(values.elements);
const say = (line: string): void => console.error(line);

let opened: Promise<Judge> | undefined;
const judge = (): Promise<Judge> => (opened ??= openHardhatJudge({ onBuild: () => say("building the contracts, which takes a minute") }));
const certifier = new Certifier(judge, 1000 * Number(values.seconds));

const models = modelsIn(folder, values.dims).filter(({ name }) => name.includes(values.only));
const rows: Row[] = [];
for (const [i, model] of models.entries()) {
  const row = rowOf(model, await certifier.certify({ model, elements }));
  rows.push(row);
  const what = row.wrong.length > 0 ? `JUDGED WRONG: ${row.wrong[0]}` : row.faults.length === 0 ? `taken, ${row.gas} gas${row.bound.length > 0 ? `, with ${row.bound.join(", ")} bound` : ""}` : row.faults.map(({ name, op, why }) => `${name} (${op}): ${why}`).join("; ");
  say(`${i + 1} of ${models.length}  ${model.name}: ${what} (${(row.ms / 1000).toFixed(1)} s)`);
}
certifier.close();
await (await opened)?.close();

const name = values.name ?? basename(resolve(folder));
if (values.out !== "-") {
  const page = existsSync(values.out) ? readFileSync(values.out, "utf8") : "";
  writeFileSync(values.out, withSection(page, name, section(rows, elements)));
}
const taken = rows.filter(isTaken).length;
if (values.json) console.log(JSON.stringify({ name, models: rows.length, taken, reasons: Object.fromEntries(reasons(rows)), rows }));
else {
  for (const [reason, count] of reasons(rows)) console.log(`${String(count).padStart(4)}  ${reason}`);
  console.log(`${taken} of ${rows.length} taken`);
}
process.exit(rows.some(({ wrong }) => wrong.length > 0) ? 1 : 0);
