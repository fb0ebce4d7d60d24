import { expect } from "chai";
import { Interface } from "ethers";
import { openVerifierMeter } from "../../../checks/bench/verifierMeter.ts";
import { openHardhatJudge } from "../../../oracle/certify/hardhatJudge.ts";
import type { Judge } from "../../../oracle/certify/judge.ts";
import { commitRun } from "../../../oracle/certify/certify.ts";
import { TRANSACTION_BYTES, TRANSACTION_GAS, transactionFits } from "../../../core/dispute/budget.ts";
import { Prover } from "../../../core/dispute/proof.ts";
import { LEAF, TensorTree } from "../../../core/merkle/tensorTree.ts";
import { twin } from "../../../core/operators/index.ts";
import { compile } from "../../../core/compile/compile.ts";
import { outputId } from "../../../core/program/program.ts";
import { commitOffset, sizeOf } from "../../../core/tensor/shape.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule } from "../../../core/program/types.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { readModel } from "../../../models/digits.ts";
import { openChain, openTestJudge } from "../../support/chain.ts";
import { Random } from "../../support/random.ts";

/** On the chain that users have, and on the one that tests have. */
const CHAINS: readonly (readonly [string, () => Promise<Judge>])[] = [
  ["Hardhat's chain", openHardhatJudge],
  ["the chain of the tests", openTestJudge],
];

const random = new Random(6);
/** A product of numbers so far apart that each takes the slow path of a chain, with a wrong sum. */
const liar = (k: number): Prover => {
  const tensor = (dims: number[], id: number): Tensor => ({ dtype: DType.float32, dims, perm: dims.map((_, a) => a), source: { kind: "computed", id } });
  const tensors = [tensor([1, k], 0), tensor([k, 1], 1), tensor([1, 1], 2)];
  const draw = (t: Tensor) => new Uint8Array(Float32Array.from({ length: sizeOf(t.dims) }, (_, i) => (1 + random.unit()) * 2 ** (i % 2 === 0 ? 50 : -50)).buffer);
  const trees = tensors.map((t) => new TensorTree(t, draw(t)));
  const node = { opcode: Opcode.MatMul, rule: Rule.chain, chunk: 0, flags: 0, attributes: [], inputs: tensors.slice(0, 2), output: tensors[2], name: "n", op: "MatMul" };
  return new Prover({ tensorCount: 3, inputs: [], outputs: [], nodes: [node] }, { computed: (id) => trees[id], constant: () => trees[0] });
};

describe("the judge", () => {
  it("tells what fits a transaction from what does not", () => {
    expect(transactionFits(100, TRANSACTION_GAS)).to.equal(true);
    expect(transactionFits(100, TRANSACTION_GAS + 1)).to.equal(false);
    expect(transactionFits(TRANSACTION_BYTES - 100, 1000)).to.equal(false);
  });

  it("says that a proof fits only if the game convicts by it within a transaction, not if the verifier alone answers", async () => {
    const meter = await openVerifierMeter(openChain);
    const judge = await openTestJudge();
    const alone = async (k: number) => {
      const prover = liar(k);
      const { proof, admissible } = prover.prove(twin, 0, 0);
      expect(admissible).to.equal(false);
      return { prover, proof, ...(await meter.measure(prover.programRoot, prover.traceRoot, proof)) };
    };
    const [less, more] = [await alone(2_000), await alone(4_000)];
    const perProduct = (more.transaction - less.transaction) / 2_000;
    for (const [gas, mined] of [[15_500_000, true], [16_400_000, false], [16_700_000, false]] as const) {
      const { prover, proof, convicts, transaction } = await alone(Math.round(4_000 + (gas - more.transaction) / perProduct));
      expect(convicts).to.equal(true);
      expect(transaction).to.be.within(gas - 150_000, TRANSACTION_GAS);
      const verdict = await judge.judge(prover.programRoot, prover.traceRoot, proof);
      expect(verdict.fits, String(transaction)).to.equal(mined);
      expect(verdict.convicts).to.equal(mined ? true : undefined);
      if (mined) continue;
      expect(verdict.revert).to.equal(`ran out of ${TRANSACTION_GAS} gas`);
      // In pieces it is convicted whatever it takes.
      const { pieces, proof: last } = prover.provePieces(twin, 0, 0);
      expect(pieces.length).to.be.at.least(1);
      expect(await judge.judge(prover.programRoot, prover.traceRoot, last, pieces)).to.include({ convicts: true, fits: true });
    }
    await judge.close();
    await meter.close();
  });

  for (const [where, open] of CHAINS)
    describe(`on ${where}`, () => {
      let judge: Judge;
      before(async () => {
        judge = await open();
      });
      after(() => judge.close());

      it("asks the game: what it says is what a conviction takes from the challenge to the end", async () => {
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
          const at = commitOffset(node.output, 3);
          const value = tree.data.slice(4 * at, 4 * at + 4);
          tree.data.set([0, 0, 0xc0, 0x7f], 4 * at);
          tree.update([Math.floor((4 * at) / LEAF)]);
          const lie = new Prover(compiled.program, trees);
          const { proof, admissible } = lie.prove(twin, index, 3);
          expect(admissible).to.equal(false);
          const verdict = await judge.judge(lie.programRoot, lie.traceRoot, proof);
          expect(verdict).to.include({ convicts: true, fits: true, revert: "" });
          // The game slashes and stores besides what the judgement takes.
          expect(verdict.gas).to.be.greaterThan(admitted.gas);
          tree.data.set(value, 4 * at);
          tree.update([Math.floor((4 * at) / LEAF)]);
        }
      });

      it("says what a transaction ran out of, and convicts in pieces", async () => {
        const prover = liar(1_000);
        const { proof } = prover.prove(twin, 0, 0);
        const whole = await judge.judge(prover.programRoot, prover.traceRoot, proof);
        expect(whole).to.include({ convicts: true, fits: true });
        const less = whole.gas - 100_000;
        const short = await judge.judge(prover.programRoot, prover.traceRoot, proof, [], [less]);
        expect(short).to.include({ convicts: undefined, fits: false, revert: `ran out of ${less} gas` });
        const { pieces, proof: last } = prover.provePieces(twin, 0, 0, { bytes: TRANSACTION_BYTES, gas: 3_000_000 });
        expect(pieces.length).to.be.at.least(1);
        expect(await judge.judge(prover.programRoot, prover.traceRoot, last, pieces)).to.include({ convicts: true, fits: true });
      });

      it("comes with the reason where the contracts revert", async () => {
        const compiled = await compile(readModel("digits-mlp"), { runtime: ortRuntime });
        const prover = new Prover(compiled.program, await commitRun(compiled, ortRuntime, 1));
        const { proof } = prover.prove(twin, 0, 3);
        const foreign = `0x${"11".repeat(32)}`;
        const selector = new Interface(["error NotInProgram(bytes32,bytes32)"]).getError("NotInProgram")!.selector;
        const verdict = await judge.judge(foreign, prover.traceRoot, proof);
        expect(verdict.convicts).to.equal(undefined);
        expect(verdict.revert).to.match(new RegExp(`^reverted with ${selector}`));
      });
    });
});
