import { expect } from "chai";
import { hexlify, ZeroHash } from "ethers";
import { network } from "hardhat";
import { KeccakTree } from "../../../core/merkle/keccakTree.ts";
import { LEAF, TensorTree, leafCount, toCommitOrder, toRowMajor, treeDepth } from "../../../core/merkle/tensorTree.ts";
import { encodeHeader } from "../../../core/program/program.ts";
import { BytesReader, elementBits } from "../../../core/tensor/reader.ts";
import { decodeRow, encodeRow } from "../../../core/program/row.ts";
import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import { MAX_INLINE, type Tensor } from "../../../core/tensor/tensor.ts";
import { Opcode, Rule, type Node } from "../../../core/program/types.ts";
import { byteLength, commitStrides, sizeOf } from "../../../core/tensor/shape.ts";
import { Random } from "../../support/random.ts";

const { ethers } = await network.create();
const harness = await ethers.deployContract("MerkleHarness");

const randomBytes = (random: Random, length: number) => Uint8Array.from({ length }, () => random.int(0, 255));
const dtypes = Object.values(DType);

function randomTensor(random: Random, maxElements: number): Tensor {
  const rank = random.int(0, 5);
  const dims: number[] = [];
  for (let a = 0, left = maxElements; a < rank; a++) {
    dims.push(random.int(1, Math.min(left, 40)));
    left = Math.floor(left / dims[a]);
  }
  const perm = random.shuffle(dims.map((_, a) => a));
  return { dtype: random.pick(dtypes), dims, perm, source: { kind: "computed", id: random.int(0, 99) } };
}

describe("tensor trees", () => {
  it("the contract and the twin give the same root for every length around a leaf and a power of two", async () => {
    const random = new Random(1);
    for (const length of [0, 1, 1023, 1024, 1025, 2047, 2048, 2049, 3072, 4096, 5000, 8191, 9217]) {
      const data = randomBytes(random, length);
      const tree = new TensorTree({ dtype: DType.uint8, dims: [length] }, data);
      expect(await harness.tensorRoot(data)).to.equal(tree.root);
    }
  });

  it("any set of leaves proves its root, and no changed leaf, sibling or index does", async () => {
    const random = new Random(2);
    for (let i = 0; i < 40; i++) {
      const bytes = random.int(1, 20 * LEAF);
      const shape = { dtype: DType.uint8, dims: [bytes] };
      const tree = new TensorTree(shape, randomBytes(random, bytes));
      const wanted = Array.from({ length: random.int(1, leafCount(shape)) }, () => random.int(0, leafCount(shape) - 1));
      const { leaves, data, siblings } = tree.prove(wanted);
      const depth = treeDepth(shape);
      const hex = siblings.map((s) => hexlify(s));
      expect(await harness.rootFrom([leaves, data], hex, depth)).to.equal(tree.root);

      const bent = Uint8Array.from(data);
      bent[random.int(0, bent.length - 1)] ^= 1 << random.int(0, 7);
      expect(await harness.rootFrom([leaves, bent], hex, depth)).not.to.equal(tree.root);
      if (hex.length > 0) {
        const other = [...hex];
        other[random.int(0, hex.length - 1)] = hexlify(randomBytes(random, 32));
        expect(await harness.rootFrom([leaves, data], other, depth)).not.to.equal(tree.root);
        await expect(harness.rootFrom([leaves, data], hex.slice(1), depth)).to.be.revertedWithCustomError(harness, "SiblingCount");
      }
      await expect(harness.rootFrom([leaves, data], [...hex, hexlify(randomBytes(random, 32))], depth)).to.be.revertedWithCustomError(
        harness,
        "SiblingCount",
      );
    }
  });

  it("leaves out of order, doubled or beyond the tree are refused", async () => {
    const data = new Uint8Array(2 * LEAF);
    const sibling = hexlify(new Uint8Array(32));
    for (const leaves of [[1, 0], [1, 1], [2, 4]])
      await expect(harness.rootFrom([leaves, data], [sibling, sibling], 2)).to.be.revertedWithCustomError(harness, "LeavesUnordered");
    await expect(harness.rootFrom([[0], data], [], 0)).to.be.revertedWithCustomError(harness, "LeafLength").withArgs(1, 2 * LEAF);
    await expect(harness.rootFrom([[], "0x"], [], 0)).to.be.revertedWithCustomError(harness, "LeafLength").withArgs(0, 0);
  });

  it("changing leaves in place gives the root of the changed data", () => {
    const random = new Random(3);
    const data = randomBytes(random, 7 * LEAF + 5);
    const shape = { dtype: DType.uint8, dims: [data.length] };
    const tree = new TensorTree(shape, data);
    data[3] ^= 1;
    data[7 * LEAF + 1] ^= 255;
    expect(tree.update([0, 7])).to.equal(new TensorTree(shape, data).root);
  });

  it("commit order is a bijection and follows the strides", () => {
    const random = new Random(4);
    for (let i = 0; i < 50; i++) {
      const t = randomTensor(random, 300);
      const rowMajor = randomBytes(random, byteLength(t));
      const commit = toCommitOrder(t, rowMajor);
      expect(toRowMajor(t, commit)).to.deep.equal(rowMajor);
      const reader = new BytesReader(t, commit);
      const plain = new BytesReader({ ...t, perm: t.dims.map((_, a) => a) }, rowMajor);
      const strides = commitStrides(t.dims, t.perm);
      const c = t.dims.map((d) => random.int(0, d - 1));
      const element = c.reduce((e, x, a) => e * t.dims[a] + x, 0);
      expect(reader.bits(c.reduce((o, x, a) => o + x * strides[a], 0))).to.equal(plain.bits(element));
      expect(elementBits(reader, element)).to.equal(plain.bits(element));
      for (const outside of [-1, sizeOf(t.dims)]) expect(() => elementBits(reader, outside)).to.throw(RangeError);
    }
  });
});

describe("keccak trees", () => {
  it("the contract and the twin give the same roots, and every path leads to them", async () => {
    const random = new Random(5);
    for (const count of [1, 2, 3, 4, 5, 7, 8, 9, 31, 33]) {
      const leaves = Array.from({ length: count }, () => hexlify(randomBytes(random, 32)));
      const tree = new KeccakTree(leaves);
      // Positions past the last leaf hold zero.
      const whole = [...leaves, ...Array<string>(2 ** tree.depth - count).fill(ZeroHash)];
      expect(await harness.keccakRoot(whole)).to.equal(tree.root);
      if (whole.length > count) await expect(harness.keccakRoot(leaves)).to.be.revertedWithCustomError(harness, "HashCount").withArgs(count);
      const i = random.int(0, count - 1);
      expect(await harness.keccakRootFrom(leaves[i], i, tree.path(i))).to.equal(tree.root);
      if (count > 1) expect(await harness.keccakRootFrom(leaves[i], i ^ 1, tree.path(i))).not.to.equal(tree.root);
      await expect(harness.keccakRootFrom(leaves[i], 64, tree.path(i))).to.be.revertedWithCustomError(harness, "IndexBeyondTree");
    }
  });
});

describe("rows and headers", () => {
  /** A constant that stands in the row. */
  const inlineConstant = (random: Random, bytes = random.int(0, MAX_INLINE)): Tensor => {
    const t = { dtype: DType.uint8, dims: [bytes], perm: [0] };
    const inline = randomBytes(random, bytes);
    return { ...t, source: { kind: "constant", root: new TensorTree(t, inline).root, inline } };
  };

  const randomNode = (random: Random): Node => ({
    opcode: random.pick(Object.values(Opcode)),
    rule: random.pick(Object.values(Rule)),
    chunk: random.int(0, 4096),
    flags: random.int(0, 3),
    output: randomTensor(random, 1000),
    inputs: Array.from({ length: random.int(0, 9) }, (): Tensor | undefined => {
      if (random.unit() < 0.15) return undefined;
      const t = randomTensor(random, 1000);
      if (random.unit() < 0.3) return inlineConstant(random);
      return random.unit() < 0.5 ? t : { ...t, source: { kind: "constant", root: hexlify(randomBytes(random, 32)) } };
    }),
    attributes: Array.from({ length: random.int(0, 12) }, () => random.int(-(2 ** 31), 2 ** 31 - 1)),
  });

  it("a row decodes to the node that it encodes, in both languages", async () => {
    const random = new Random(6);
    for (let i = 0; i < 100; i++) {
      const node = randomNode(random);
      const row = encodeRow(node);
      expect(decodeRow(row)).to.deep.equal(node);
      const onChain = await harness.decodeRow(row);
      expect(onChain.opcode).to.equal(node.opcode);
      expect(onChain.rule).to.equal(node.rule);
      expect(onChain.chunk).to.equal(node.chunk);
      expect(onChain.flags).to.equal(node.flags);
      expect(onChain.attributes.map(Number)).to.deep.equal(node.attributes);
      [node.output, ...node.inputs].forEach((t, j) => {
        const got = j === 0 ? onChain.output : onChain.inputs[j - 1];
        if (t === undefined) return expect(got.kind).to.equal(2);
        expect(got.dtype).to.equal(t.dtype);
        expect([...got.dims].map(Number)).to.deep.equal(t.dims);
        expect([...got.strides].map(Number)).to.deep.equal(commitStrides(t.dims, t.perm));
        expect(got.size).to.equal(sizeOf(t.dims));
        if (t.source.kind === "computed") expect(got.id).to.equal(t.source.id);
        else if (t.source.inline === undefined) expect(got.root).to.equal(t.source.root);
        else expect([got.kind, got.root]).to.deep.equal([3n, ZeroHash]);
      });
    }
  });

  it("a constant of at most 64 bytes stands in the row, and its elements are read from there; a larger one is refused", async () => {
    const random = new Random(70);
    for (const bytes of [1, 4, 63, 64]) {
      const t = inlineConstant(random, bytes);
      const row = encodeRow({ ...randomNode(random), inputs: [t] });
      const { inline } = t.source as { inline: Uint8Array };
      // Whatever is opened for it is not looked at.
      for (const opening of [[[], "0x"], [[7], new Uint8Array(LEAF).fill(9)]])
        expect([...(await harness.read(row, opening, [0, bytes - 1]))]).to.deep.equal([inline[0], inline[bytes - 1]].map(BigInt));
    }
    const large = encodeRow({ ...randomNode(random), inputs: [inlineConstant(random, MAX_INLINE + 1)] });
    await expect(harness.decodeRow(large)).to.be.revertedWithCustomError(harness, "RowMalformed");
    expect(() => decodeRow(large)).to.throw(RangeError);
  });

  it("a row that is cut, lengthened or not a permutation is refused in both languages", async () => {
    const random = new Random(7);
    for (let i = 0; i < 30; i++) {
      const row = encodeRow(randomNode(random));
      for (const bad of [row.subarray(0, row.length - 1), Uint8Array.from([...row, 0])]) {
        await expect(harness.decodeRow(bad)).to.be.revertedWithCustomError(harness, "RowMalformed");
        expect(() => decodeRow(bad)).to.throw(RangeError);
      }
    }
    const twice = encodeRow({ ...randomNode(random), output: { dtype: 1, dims: [2, 2], perm: [1, 1], source: { kind: "computed", id: 0 } } });
    await expect(harness.decodeRow(twice)).to.be.revertedWithCustomError(harness, "RowMalformed");
    expect(() => decodeRow(twice)).to.throw(RangeError);
  });

  it("reads elements and runs across opened leaves, and nothing that is not opened", async () => {
    const random = new Random(8);
    for (let i = 0; i < 20; i++) {
      const t = { ...randomTensor(random, 4000), dims: [random.int(600, 4000)], perm: [0] };
      const data = randomBytes(random, byteLength(t));
      const tree = new TensorTree(t, data);
      const row = encodeRow({ ...randomNode(random), inputs: [t] });
      const count = random.int(1, Math.min(600, t.dims[0]));
      const start = random.int(0, t.dims[0] - count);
      const w = widthOf(t.dtype);
      const first = Math.floor((start * w) / LEAF);
      const last = Math.floor(((start + count) * w - 1) / LEAF);
      const { leaves, data: opened } = tree.prove(Array.from({ length: last - first + 1 }, (_, k) => first + k));
      expect(await harness.copy(row, [leaves, opened], start, count)).to.equal(hexlify(data.subarray(start * w, (start + count) * w)));
      const reader = new BytesReader(t, data);
      const offsets = Array.from({ length: 5 }, () => random.int(start, start + count - 1));
      expect([...(await harness.read(row, [leaves, opened], offsets))]).to.deep.equal(offsets.map((o) => reader.bits(o)));
      const beyond = (last + 1) * (LEAF / w);
      await expect(harness.read(row, [leaves, opened], [beyond])).to.be.revertedWithCustomError(harness, "LeafMissing").withArgs(last + 1);
    }
  });

  it("the header says how long inputs and outputs are", async () => {
    const header = encodeHeader({
      tensorCount: 7,
      inputs: [
        { name: "a", dtype: DType.float32, dims: [1, 1, 8, 8] },
        { name: "b", dtype: DType.int64, dims: [] },
      ],
      outputs: [{ name: "y", id: 6, dtype: DType.uint8, dims: [3, 5] }],
      nodes: [],
    });
    const h = await harness.decodeHeader(header);
    expect(h.tensorCount).to.equal(7);
    expect([...h.inputBytes]).to.deep.equal([256n, 8n]);
    expect([...h.outputIds]).to.deep.equal([6n]);
    expect([...h.outputBytes]).to.deep.equal([15n]);
    await expect(harness.decodeHeader(header.subarray(0, header.length - 1))).to.be.revertedWithCustomError(harness, "HeaderMalformed");
    await expect(harness.decodeHeader(Uint8Array.from([...header, 0]))).to.be.revertedWithCustomError(harness, "HeaderMalformed");
  });
});
