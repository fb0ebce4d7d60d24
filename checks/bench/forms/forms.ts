/** `npm run bench -- --forms`: whole networks in canonical form beside plain onnxruntime. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { filledIn } from "../../marks.ts";
import { NETWORKS } from "../networks/index.ts";
import { openChain } from "../../../test/support/chain.ts";
import { met, showTargets } from "../target.ts";
import { openVerifierMeter } from "../verifierMeter.ts";
import { measureNetwork, type NetworkFigures } from "./figures.ts";
import { measureFunctions } from "./functions.ts";
import { formTargets, functionsTable, functionTargets, timesTable, verdictsTable } from "./table.ts";

const DOCUMENT = join(import.meta.dirname, "..", "..", "..", "docs", "benchmarks.md");

export interface FormsOptions {
  /** One network by its name; unless it is given all but those that differ from another in how Gelu is written. */
  readonly network: string | undefined;
  readonly rounds: number;
  readonly write: boolean;
  readonly json: boolean;
}

/** Whether every target is met. */
export async function showForms({ network, rounds, write, json }: FormsOptions, say: (line: string) => void, progress: (line: string) => void): Promise<boolean> {
  const chosen = NETWORKS.filter(({ name }) => network === undefined ? !name.includes(", Gelu") : name === network);
  if (chosen.length === 0) throw new Error(`there is no network ${network}, but ${NETWORKS.map(({ name }) => name).join("; ")}`);
  const meter = await openVerifierMeter(openChain);
  const figures: NetworkFigures[] = [];
  for (const each of chosen) {
    figures.push(await measureNetwork(each, rounds, meter, (step) => progress(`${each.name}: ${step}`)));
    progress(`${each.name}: ${JSON.stringify(figures.at(-1))}`);
  }
  progress("functions");
  const functions = await measureFunctions(meter);
  await meter.close();
  const parts = { networks: timesTable(figures), verdicts: verdictsTable(figures), functions: functionsTable(functions) };
  for (const part of Object.values(parts)) say(`\n${part}`);
  const targets = [...formTargets(figures), ...functionTargets(functions)];
  showTargets(targets, say);
  if (json) say(JSON.stringify({ forms: figures, functions, targets: targets.map((target) => ({ ...target, met: met(target) })) }));
  if (write && network === undefined) writeFileSync(DOCUMENT, filledIn("docs/benchmarks.md", readFileSync(DOCUMENT, "utf8"), parts));
  return targets.every(met);
}
