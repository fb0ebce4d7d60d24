import { expect } from "chai";
import { dataLength } from "ethers";
import { NOTHING, TRANSACTION_BYTES, TRANSACTION_GAS, costOf, fits, furthest, proofBytes, transactionFits, type Step } from "../../../core/dispute/budget.ts";
import { Prover } from "../../../core/dispute/proof.ts";
import { Steps } from "../../../core/dispute/steps.ts";
import { LEAF } from "../../../core/merkle/tensorTree.ts";
import { twinOf, twin } from "../../../core/operators/index.ts";
import { outputId } from "../../../core/program/program.ts";
import { byteLength } from "../../../core/tensor/shape.ts";
import { isInline, type Tensor } from "../../../core/tensor/tensor.ts";
import { isCanonical } from "../../../core/tensor/canonical.ts";
import { BytesReader } from "../../../core/tensor/reader.ts";
import { RecordingReader } from "../../../core/merkle/recordingReader.ts";
import { drawProgram } from "../../support/drawnPrograms.ts";
import { Random } from "../../support/random.ts";

const step = (leaves: number): Step => ({ rowBytes: 100, rowPath: 3, tensors: [NOTHING, { leaves, siblings: 5, path: 2, lines: 1 }], carried: 0, work: {} });

describe("the budget", () => {
  /** What an opening leaves out: whole words of zeros behind the tensor's end, if its last leaf holds that. */
  const leftOut = (tensor: Tensor, last: number): number => {
    const end = byteLength(tensor) - LEAF * last;
    return end > 0 && end < LEAF ? LEAF - 32 * Math.ceil(end / 32) : 0;
  };

  it("counts the bytes of a proof to the byte, as if no leaf ended in padding", () => {
    const random = new Random(8);
    let compared = 0;
    while (compared < 60) {
      const { program, trees, constants } = drawProgram(random);
      const prover = new Prover(program, { computed: (id) => trees[id], constant: (root) => constants.get(root)! });
      for (const [index, node] of program.nodes.entries()) {
        const { reduction } = twinOf(node);
        if (reduction !== undefined && reduction.length(node) > 3_000) continue;
        // A claim that is not in canonical form convicts by itself: its proof opens no input.
        if (!isCanonical(node.output.dtype, new BytesReader(node.output, trees[outputId(node)].data).bits(0))) continue;
        const { proof } = prover.prove(twin, index, 0);
        const readers = node.inputs.map((t) => t && new RecordingReader(new BytesReader(t, (t.source.kind === "computed" ? trees[t.source.id] : constants.get(t.source.root)!).data)));
        twinOf(node).admissible(node, 0, 0n, readers);
        const shown = new Steps(program, node).step(readers, {}, { concluding: true, carried: 0 });
        // A conclusion counts a leaf of every input: this one opens what it has read.
        if (readers.some((reader) => reader?.leaves.size === 0)) continue;
        const ends = readers.map((reader) => (reader === undefined || isInline(reader.tensor) ? 0 : leftOut(reader.tensor, Math.max(...reader.leaves))));
        const omitted = ends.reduce((sum, bytes) => sum + bytes, leftOut(node.output, 0));
        expect(proofBytes(shown) - omitted, `${node.op} of ${outputId(node)}`).to.equal(dataLength(proof));
        compared++;
      }
    }
  });

  it("knows both ends of a transaction", () => {
    expect(fits(costOf(step(100)))).to.equal(true);
    expect(costOf(step(124)).bytes).to.be.greaterThan(TRANSACTION_BYTES - 2 * LEAF);
    expect(fits(costOf(step(126)))).to.equal(false);
    const dear = (chainProducts: number): Step => ({ ...step(1), work: { chainProducts } });
    expect(fits(costOf(dear(30_000)))).to.equal(true);
    expect(fits(costOf(dear(60_000)))).to.equal(false);
    expect(costOf(dear(60_000)).gas).to.be.greaterThan(TRANSACTION_GAS);
    expect(transactionFits(TRANSACTION_BYTES - 200, TRANSACTION_GAS)).to.equal(true);
    expect(transactionFits(TRANSACTION_BYTES - 199, TRANSACTION_GAS)).to.equal(false);
    expect(transactionFits(100, TRANSACTION_GAS + 1)).to.equal(false);
  });

  it("goes as far as it can, and tells where not one position fits", () => {
    for (const length of [0, 1, 2, 17, 1000])
      for (const guess of [1, 3, 64, 5000])
        for (const limit of [0, 1, 2, 16, 17, 999, 1000, 2000])
          for (const from of [0, 1, 16].filter((at) => at <= length)) {
            const asked = new Set<number>();
            const until = furthest(from, length, guess, (position) => {
              expect(position).to.be.within(from + 1, length);
              expect(asked.has(position), "asked twice").to.equal(false);
              asked.add(position);
              return position <= limit;
            });
            expect(until, `${from} of ${length}, ${limit} fit, guess ${guess}`).to.equal(Math.max(from, Math.min(limit, length)));
          }
  });
});
