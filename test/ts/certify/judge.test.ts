import { expect } from "chai";
import { Interface } from "ethers";
import { openHardhatJudge } from "../../../oracle/certify/hardhatJudge.ts";
import { commitRun } from "../../../oracle/certify/certify.ts";
import { TRANSACTION_BYTES, TRANSACTION_GAS, transactionFits } from "../../../oracle/core/dispute/budget.ts";
import { Prover } from "../../../oracle/core/dispute/proof.ts";
import { LEAF } from "../../../oracle/core/merkle/tensorTree.ts";
import { twin } from "../../../oracle/core/ops/index.ts";
import { compile } from "../../../oracle/core/program/compile.ts";
import { outputId } from "../../../oracle/core/program/program.ts";
import { commitStrides, offsetOf, unravel } from "../../../oracle/core/program/types.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { readModel } from "../../../models/digits.ts";

describe("the judge", () => {
  it("tells what fits a transaction from what does not", () => {
    expect(transactionFits(100, TRANSACTION_GAS)).to.equal(true);
    expect(transactionFits(100, TRANSACTION_GAS + 1)).to.equal(false);
    expect(transactionFits(TRANSACTION_BYTES - 100, 1000)).to.equal(false);
  });

  it("asks the game: what it says is what a conviction takes from the challenge to the end", async () => {
    const judge = await openHardhatJudge();
    const compiled = await compile(readModel("digits-cnn"), { runtime: ortRuntime });
    const trees = await commitRun(compiled, ortRuntime, 1);
    for (const [index, node] of compiled.program.nodes.entries()) {
      const honest = new Prover(compiled.program, trees);
      const right = honest.prove(twin, index, 3);
      expect(right.admissible).to.equal(true);
      const admitted = await judge.judge(honest.programRoot, honest.traceRoot, right.proof);
      expect(admitted).to.include({ convicts: false, fits: true, revert: "" });
      // A NaN convicts wherever the inputs are numbers.
      const tree = trees.computed(outputId(node));
      const at = offsetOf(unravel(3, node.output.dims), commitStrides(node.output.dims, node.output.perm));
      const value = tree.data.slice(4 * at, 4 * at + 4);
      tree.data.set([0, 0, 0xc0, 0x7f], 4 * at);
      tree.update([Math.floor((4 * at) / LEAF)]);
      const liar = new Prover(compiled.program, trees);
      const { proof, admissible } = liar.prove(twin, index, 3);
      expect(admissible).to.equal(false);
      const verdict = await judge.judge(liar.programRoot, liar.traceRoot, proof);
      expect(verdict).to.include({ convicts: true, fits: true, revert: "" });
      // The game slashes and stores besides what the judgement takes.
      expect(verdict.gas).to.be.greaterThan(admitted.gas);
      tree.data.set(value, 4 * at);
      tree.update([Math.floor((4 * at) / LEAF)]);
    }
    await judge.close();
  });

  it("comes with the reason where the contracts revert", async () => {
    const judge = await openHardhatJudge();
    const compiled = await compile(readModel("digits-mlp"), { runtime: ortRuntime });
    const prover = new Prover(compiled.program, await commitRun(compiled, ortRuntime, 1));
    const { proof } = prover.prove(twin, 0, 3);
    const foreign = `0x${"11".repeat(32)}`;
    const selector = new Interface(["error NotInProgram(bytes32,bytes32)"]).getError("NotInProgram")!.selector;
    const verdict = await judge.judge(foreign, prover.traceRoot, proof);
    expect(verdict.convicts).to.equal(undefined);
    expect(verdict.revert).to.match(new RegExp(`^reverted with ${selector}`));
    await judge.close();
  });
});
