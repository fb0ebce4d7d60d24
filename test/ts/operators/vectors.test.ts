import { expect } from "chai";
import { getBytes } from "ethers";
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { operatorOf } from "../../../core/operators/index.ts";
import { decodeRow } from "../../../core/program/row.ts";
import { Opcode } from "../../../core/program/types.ts";
import { toRowMajor } from "../../../core/merkle/tensorTree.ts";
import { OPERATOR_CASES } from "../../operators/index.ts";
import { canonicalBits } from "../../operators/support/special.ts";
import { Verdicts } from "../../operators/support/verdicts.ts";
import { vectorsOf, type Vector } from "../../operators/support/vectors.ts";

const FOLDER = join(import.meta.dirname, "..", "..", "vectors", "ops");

/** The claims of a golden case, to contract, twin and exact reading. */
function judge(verdicts: Verdicts, name: string, { about, row, element, inputs, admissible, inadmissible }: Vector): void {
  const node = decodeRow(getBytes(row));
  expect(operatorOf(node.opcode).name, about).to.equal(name);
  const c = { node, inputs: node.inputs.map((tensor, i) => tensor && toRowMajor(tensor, getBytes(inputs[i]))) };
  for (const [claims, verdict] of [[admissible, true], [inadmissible, false]] as const)
    for (const claim of claims) verdicts.expect(about, c, element, BigInt(claim), canonicalBits(node.output.dtype, BigInt(claim)), verdict, true);
}

describe("golden cases, which test/solidity/ops/Vectors.t.sol reads as well", () => {
  for (const [name, cases] of OPERATOR_CASES)
    it(name, async () => {
      const file = join(FOLDER, `${name}.json`);
      if (process.env.OPG_WRITE_VECTORS === "1") {
        mkdirSync(dirname(file), { recursive: true });
        const vectors = await vectorsOf(cases, operatorOf(Opcode[name]).dot !== undefined);
        writeFileSync(file, `[\n${vectors.map((v) => `  ${JSON.stringify(v)}`).join(",\n")}\n]\n`);
      }
      const vectors = JSON.parse(readFileSync(file, "utf8")) as Vector[];
      const verdicts = new Verdicts();
      for (const one of vectors) judge(verdicts, name, one);
      await verdicts.settle();
      expect(verdicts.tally.forbidden, "claims that are inadmissible").to.be.greaterThan(5);
    });

  it("belong to operators", () => {
    expect(readdirSync(FOLDER).map((file) => basename(file, ".json"))).to.have.members(OPERATOR_CASES.map(([name]) => name));
  });
});
