import { expect } from "chai";
import { concat, hexlify } from "ethers";
import { network } from "hardhat";
import { LEAF, TensorTree } from "../../../core/merkle/tensorTree.ts";
import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import { BytesReader, elementBits } from "../../../core/tensor/reader.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import { Random } from "../../support/random.ts";

const { ethers } = await network.create();
const proof = await ethers.deployContract("TensorProofHarness");

const tensorOf = (dtype: DType, count: number): Tensor => ({ dtype, dims: [count], perm: [0], source: { kind: "computed", id: 0 } });

describe("TensorProof", () => {
  const random = new Random(17);

  /** A tensor with random bytes, and what shows its leaf with this element. */
  function show(dtype: DType, count: number, element: number) {
    const tensor = tensorOf(dtype, count);
    const data = Uint8Array.from({ length: count * widthOf(dtype) }, () => random.int(0, 255));
    const tree = new TensorTree(tensor, data);
    const { data: leaf, siblings } = tree.prove([Math.floor((element * widthOf(dtype)) / LEAF)]);
    const ask = [tree.root, count, widthOf(dtype), element, hexlify(leaf), siblings.map((hash) => hexlify(hash))] as const;
    return { ask, bits: elementBits(new BytesReader(tensor, data), element) };
  }

  it("reads what the twin reads, of every width, in trees of every depth up to nine", async () => {
    for (const dtype of [DType.uint8, DType.float16, DType.float32, DType.int64]) {
      for (const leaves of [1, 2, 3, 5, 64, 100, 400]) {
        const most = (leaves * LEAF) / widthOf(dtype);
        const count = random.int(most - LEAF / widthOf(dtype) + 1, most);
        for (const element of [0, count - 1, random.int(0, count - 1)]) {
          const { ask, bits } = show(dtype, count, element);
          expect(await proof.bits(...ask), `${dtype} × ${count}, element ${element}`).to.equal(bits);
        }
      }
    }
  });

  it("refuses another number, place, path, length or root", async () => {
    const { ask: [root, count, width, element, leaf, path] } = show(DType.float32, 10_000, 7_777);
    const refuses = async (name: string, ...given: readonly unknown[]) => {
      const right = [root, count, width, element, leaf, path];
      await expect(proof.bits(...right.map((part, i) => given[i] ?? part))).to.be.revertedWithCustomError(proof, name);
    };
    const bent = hexlify(Uint8Array.from(ethers.getBytes(leaf), (byte, i) => (i === 1_023 ? byte ^ 1 : byte)));
    await refuses("NotInTensor", undefined, undefined, undefined, undefined, bent);
    await refuses("NotInTensor", undefined, undefined, undefined, element + 256);
    await refuses("NotInTensor", undefined, undefined, undefined, undefined, undefined, [path[1], path[0], ...path.slice(2)]);
    await refuses("NotInTensor", ethers.ZeroHash);
    await refuses("PathLength", undefined, undefined, undefined, undefined, undefined, path.slice(1));
    await refuses("PathLength", undefined, undefined, 8);
    await refuses("PathLength", undefined, 5_000, undefined, 10);
    await refuses("LeafLength", undefined, undefined, undefined, undefined, ethers.dataSlice(leaf, 0, 1_000));
    await refuses("ElementBeyondTensor", undefined, undefined, undefined, count);
    await refuses("WidthUnknown", undefined, undefined, 3);
  });

  it("takes the roots out of what the callback brings", async () => {
    const roots = [1, 2, 3].map((i) => hexlify(new Uint8Array(32).fill(i)));
    for (const [i, root] of roots.entries()) expect(await proof.rootAt(concat(roots), i)).to.equal(root);
    await expect(proof.rootAt(concat(roots), 3)).to.be.revert(ethers);
  });
});
