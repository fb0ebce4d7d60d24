import { readFileSync } from "node:fs";
import { join } from "node:path";
import { getBytes } from "ethers";
import { toRowMajor } from "../../../core/merkle/tensorTree.ts";
import { decodeRow } from "../../../core/program/row.ts";
import { OPERATOR_CASES } from "../../operators/index.ts";
import type { Vector } from "../../operators/support/vectors.ts";
import { Judge } from "../../support/judge.ts";
import { expectUnchanged } from "../../support/snapshot.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "vectors", "ops");

/** Gas that a family takes for each of an operator's golden cases: of the dearest claim, right or wrong. */
async function gasOf(name: string): Promise<number[]> {
  const vectors = JSON.parse(readFileSync(join(FOLDER, `${name}.json`), "utf8")) as Vector[];
  const judge = new Judge();
  const ends: number[] = [];
  for (const { row, element, inputs, admissible, inadmissible } of vectors) {
    const node = decodeRow(getBytes(row));
    const c = { node, inputs: node.inputs.map((tensor, i) => tensor && toRowMajor(tensor, getBytes(inputs[i]))) };
    for (const claim of [...admissible, ...inadmissible]) judge.ask(c, element, BigInt(claim));
    ends.push(judge.asked);
  }
  await judge.settle();
  return ends.map((end, i) => Math.max(...judge.gas.slice(ends[i - 1] ?? 0, end)));
}

describe("gas of a judgement, which docs/operators.md states", () => {
  it("is that of the golden cases, the least and the most of every operator", async () => {
    const gas: Record<string, number> = {};
    for (const [name] of OPERATOR_CASES) {
      const own = await gasOf(name);
      gas[`${name}, least`] = Math.min(...own);
      gas[`${name}, most`] = Math.max(...own);
      if (process.env.OPG_FIGURES === "1") console.log(`${name}: ${Math.min(...own)} to ${Math.max(...own)} gas in ${own.length} cases`);
    }
    expectUnchanged("gas-operators", gas, 0);
  });
});
