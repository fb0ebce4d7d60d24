import { expect } from "chai";
import { requireProvable } from "../../../core/compile/provable.ts";
import { costOf } from "../../../core/dispute/budget.ts";
import { Steps } from "../../../core/dispute/steps.ts";
import { TensorTree } from "../../../core/merkle/tensorTree.ts";
import { maxPool } from "../../../core/operators/accumulation/maxPool.ts";
import { Opcode, Rule, type Program } from "../../../core/program/types.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { positionsOf, type Window } from "../../../core/tensor/geometry.ts";
import { byteLength, sizeOf } from "../../../core/tensor/shape.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import type { Judge } from "../../../oracle/certify/judge.ts";
import { openTestJudge } from "../../support/chain.ts";
import { convict, type Lies } from "../../support/convictable.ts";

/** Windows over whole maps, padded along some axes: where one is cut, its lines no longer run on into each other. */
const WINDOWS: readonly (readonly [map: readonly number[], pads: readonly number[]])[] = [
  [[1000, 3], [0, 1]],
  [[1000, 5], [0, 3]],
  [[300, 4, 3], [0, 0, 1]],
  [[500, 2, 2], [0, 1, 0]],
  [[20, 50, 2], [3, 0, 1]],
  [[2000], [1999]],
];

function liesOf(dtype: DType, map: readonly number[], pads: readonly number[]): Lies {
  const ones = map.map(() => 1);
  const window: Window = { kernel: map, strides: ones, begins: pads, ends: pads, dilations: ones };
  const tensor = (dims: readonly number[], id: number): Tensor => ({ dtype, dims, perm: dims.map((_, axis) => axis), source: { kind: "computed", id } });
  const tensors = [tensor([1, 1, ...map], 0), tensor([1, 1, ...positionsOf(window, map)], 1)];
  const node = { name: "pool", op: "MaxPool", opcode: Opcode.MaxPool, rule: Rule.equal, chunk: 0, flags: 0, attributes: maxPool.attributes.encode({ window }), inputs: [tensors[0]], output: tensors[1] };
  const trees = tensors.map((t) => new TensorTree(t, new Uint8Array(byteLength(t))));
  const program: Program = { tensorCount: 2, inputs: [], outputs: [], nodes: [node] };
  return { program, computed: (id) => trees[id], constant: () => expect.fail("it has no constant") };
}

describe("a MaxPool that is taken can be convicted wherever its window is cut", function () {
  this.timeout(120_000);
  let judge: Judge;
  before(async () => {
    judge = await openTestJudge();
  });
  after(() => judge.close());

  for (const dtype of [DType.float32, DType.int8, DType.uint8])
    for (const [map, pads] of WINDOWS)
      it(`of type ${dtype} over [${map.join(", ")}], padded by [${pads.join(", ")}]`, async () => {
        const lies = liesOf(dtype, map, pads);
        const [node] = lies.program.nodes;
        requireProvable(lies.program);
        const whole = costOf(new Steps(lies.program, node).dearest(maxPool.demand!(node)));
        const size = sizeOf(node.output.dims);
        for (const element of new Set([0, 1, size >> 1, size - 1])) {
          const { verdict } = await convict(judge, lies, 0, element, 5n, whole);
          expect(verdict, `element ${element}`).to.deep.include({ convicts: true, revert: "", fits: true });
        }
      });
});
