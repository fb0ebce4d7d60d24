import { expect } from "chai";
import { TensorTree, toCommitOrder } from "../../../core/merkle/tensorTree.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { byteLength } from "../../../core/tensor/shape.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import { createCommitter } from "../../../oracle/runtime/committing.ts";
import { Random } from "../../support/random.ts";

const MIB = 2 ** 20;

describe("committing threads", () => {
  const random = new Random(77);
  const tensor = (dtype: DType, dims: number[], perm: number[], id: number): Tensor => ({ dtype, dims, perm, source: { kind: "computed", id } });
  /** One that is cut into pieces, one of these rearranged before, many small ones, an empty one. */
  const tensors = [
    tensor(DType.uint8, [5 * MIB + 17], [0], 0),
    tensor(DType.float32, [1, 300, 50, 61], [0, 2, 3, 1], 1),
    tensor(DType.int64, [200, 300], [1, 0], 2),
    tensor(DType.float32, [0, 4], [1, 0], 3),
    ...Array.from({ length: 12 }, (_, i) => tensor(DType.float16, [random.int(1, 90), random.int(1, 90)], random.shuffle([0, 1]), 4 + i)),
  ];
  const values = tensors.map((each) => Uint8Array.from({ length: byteLength(each) }, () => random.int(0, 255)));
  const expected = tensors.map((each, id) => new TensorTree(each, toCommitOrder(each, values[id])));

  for (const threads of [1, 2]) {
    it(`${threads} give the trees that this thread makes, again and again and side by side`, async () => {
      const committer = createCommitter(threads);
      for (const trees of await Promise.all([committer.commit(tensors, values), committer.commit(tensors, values)])) {
        expect(trees.map(({ root }) => root)).to.deep.equal(expected.map(({ root }) => root));
        expect(trees.map(({ data }) => Buffer.compare(data, expected[trees.findIndex((tree) => tree.data === data)].data))).to.deep.equal(trees.map(() => 0));
        for (const [id, tree] of trees.entries()) {
          const leaf = Math.floor(byteLength(tensors[id]) / 2_048);
          expect(tree.prove([leaf])).to.deep.equal(expected[id].prove([leaf]));
        }
      }
      await committer.close();
      const [again] = await committer.commit(tensors, values);
      expect(again.root, "after closing they start anew").to.equal(expected[0].root);
      await committer.close();
    });
  }
});
