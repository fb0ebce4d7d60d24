import { expect } from "chai";
import { openVerifierMeter } from "../../../checks/bench/verifierMeter.ts";
import { openChain } from "../../support/chain.ts";
import { PRICES } from "../../../core/dispute/budget.ts";
import { Prover } from "../../../core/dispute/proof.ts";
import { TensorTree, toCommitOrder } from "../../../core/merkle/tensorTree.ts";
import { twin } from "../../../core/operators/index.ts";
import { byteLength } from "../../../core/tensor/shape.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule, type Node } from "../../../core/program/types.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import { Random } from "../../support/random.ts";

describe("what a convolution reads", function () {
  let meter: Awaited<ReturnType<typeof openVerifierMeter>>;
  before(async () => {
    meter = await openVerifierMeter(openChain);
  });
  after(() => meter.close());

  /** Gas of the same element of a 1-D convolution of 64 taps and 8 channels, its input in some layout. */
  async function gasOf(op: "Conv" | "QLinearConv", perm: readonly number[], dilation: number): Promise<number> {
    const random = new Random(12);
    const quantised = op === "QLinearConv";
    const operand = quantised ? DType.uint8 : DType.float32;
    const tensor = (dtype: DType, dims: readonly number[], id: number, order = dims.map((_, a) => a)): Tensor => ({ dtype, dims, perm: order, source: { kind: "computed", id } });
    const [x, w] = [[1, 8, 64 * dilation], [1, 8, 64]];
    const scalar = (dtype: DType, id: number) => tensor(dtype, [], id);
    const inputs = quantised
      ? [tensor(operand, x, 0, [...perm]), scalar(DType.float32, 1), scalar(operand, 2), tensor(operand, w, 3), scalar(DType.float32, 4), scalar(operand, 5), scalar(DType.float32, 6), scalar(operand, 7), undefined]
      : [tensor(operand, x, 0, [...perm]), tensor(operand, w, 1), undefined];
    const count = inputs.length - 1;
    const output = tensor(operand, [1, 1, 64 * dilation - 63 * dilation], count);
    const node: Node & { name: string; op: string } = {
      ...{ name: op, op, opcode: Opcode[op], rule: quantised ? Rule.equal : Rule.gemv, chunk: 0, flags: 0 },
      ...{ attributes: [1, 64, 1, 0, 0, dilation], inputs, output },
    };
    const trees = [...inputs.slice(0, count), output].map((t) => {
      const raw = Uint8Array.from({ length: byteLength(t!) }, (_, i) => (t!.dtype === DType.float32 ? [random.int(0, 255), 0, 0x80, 0x3f][i % 4] : random.int(0, 255)));
      return new TensorTree(t!, toCommitOrder(t!, raw));
    });
    const prover = new Prover({ tensorCount: count + 1, inputs: [], outputs: [], nodes: [node] }, { computed: (id) => trees[id], constant: () => trees[0] });
    const { proof, admissible } = prover.prove(twin, 0, 0);
    const { convicts, execution } = await meter.measure(prover.programRoot, prover.traceRoot, proof);
    expect(convicts).to.equal(!admissible);
    return execution;
  }

  for (const op of ["Conv", "QLinearConv"] as const)
    it(`${op}: neighbouring taps are read as one line, whether taps or channels lie together, and taps at equal distances too`, async () => {
      const channelsTogether = await gasOf(op, [0, 2, 1], 1);
      const tapsTogether = await gasOf(op, [0, 1, 2], 1);
      const dilated = await gasOf(op, [0, 1, 2], 2);
      // 512 products; looking for the place of each would take some 600 gas. QLinearConv has a line for every tap, of channels.
      for (const gas of [tapsTogether, dilated]) expect(gas - channelsTogether).to.be.lessThan(512 * 200);
    });

  it("a window that lies in the padding for the most part takes no more than the budget says", async () => {
    const random = new Random(13);
    const u8 = (dims: readonly number[], id: number, perm = dims.map((_, a) => a)): Tensor => ({ dtype: DType.uint8, dims, perm, source: { kind: "computed", id } });
    const scale = (id: number): Tensor => ({ ...u8([], id), dtype: DType.float32 });
    const inputs = [u8([1, 2, 30, 142], 0, [2, 3, 1, 0]), scale(1), u8([], 2), u8([2, 1, 31, 425], 3, [0, 1, 3, 2]), scale(4), u8([], 5), scale(6), u8([], 7), undefined];
    const output = u8([1, 2, 4, 70], 8);
    const node: Node & { name: string; op: string } = {
      ...{ name: "padded", op: "QLinearConv", opcode: Opcode.QLinearConv, rule: Rule.equal, chunk: 0, flags: 0 },
      ...{ attributes: [2, 31, 425, 1, 1, 7, 382, 0, 0, 1, 1], inputs, output },
    };
    const trees = [...inputs.slice(0, 8), output].map((t) => new TensorTree(t!, Uint8Array.from({ length: byteLength(t!) }, () => (t!.dtype === DType.float32 ? 0x3e : random.int(0, 255)))));
    const prover = new Prover({ tensorCount: 9, inputs: [], outputs: [], nodes: [node] }, { computed: (id) => trees[id], constant: () => trees[0] });
    for (const element of [0, 137, 559]) {
      const { proof } = prover.prove(twin, 0, element);
      const { transaction } = await meter.measure(prover.programRoot, prover.traceRoot, proof);
      expect(prover.cost(0, element, "0x", 31 * 425, true).gas).to.be.greaterThan(transaction + PRICES.game);
    }
  });
});
