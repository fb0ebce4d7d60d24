import { expect } from "chai";
import { AbiCoder, hexlify } from "ethers";
import { network } from "hardhat";
import { PartialTree } from "../../../core/dispute/partialTree.ts";
import { PartialTrace } from "../../../core/dispute/partialTrace.ts";
import { decodeDemand, decodeReveal, encodeDemand, encodeReveal, placeDepths, placeName, type Place } from "../../../core/dispute/places.ts";
import { TensorTree } from "../../../core/merkle/tensorTree.ts";
import { ABSENT, TRACE } from "../../../core/merkle/traceTree.ts";
import { programTree, tracedTensors, traceTree } from "../../../core/program/program.ts";
import { byteLength } from "../../../core/tensor/shape.ts";
import { Opcode, Rule, type Program } from "../../../core/program/types.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import { FAMILIES } from "../../../core/program/families.ts";
import { Random } from "../../support/random.ts";

const { ethers } = await network.create();
const family = await (await ethers.deployContract("CopyFamily")).getAddress();
const libraries = await ethers.deployContract("MerkleHarness");
const verifier = await ethers.deployContract("OpVerifier", [Array(FAMILIES.length).fill(family)]);
const random = new Random(23);

/** Tensors of one leaf, of some, and of more than 64: trees of depth 0, 3 and 8. */
const sizes = [10, 1500, 40_000];
const tensor = (id: number, size: number): Tensor => ({ dtype: 1, dims: [size], perm: [0], source: { kind: "computed", id } });
const row = { opcode: Opcode.Strided, rule: Rule.equal, chunk: 0, flags: 0, attributes: [], name: "n", op: "Identity" } as const;
const constant: Tensor = { dtype: 1, dims: [3], perm: [0], source: { kind: "constant", root: `0x${"11".repeat(32)}` } };
const program: Program = {
  tensorCount: 4,
  inputs: [{ name: "x", dtype: 1, dims: [10] }],
  outputs: [{ name: "y", id: 3, dtype: 1, dims: [sizes[2]] }],
  nodes: [
    { ...row, output: tensor(1, sizes[0]), inputs: [tensor(0, 10)] },
    { ...row, output: tensor(2, sizes[1]), inputs: [tensor(1, sizes[0]), constant] },
    { ...row, output: tensor(3, sizes[2]), inputs: [tensor(2, sizes[1]), undefined] },
  ],
};
const specs = tracedTensors(program);
const trees = specs.map((spec) => new TensorTree(spec, Uint8Array.from({ length: byteLength(spec) }, () => random.int(0, 255))));
const programRoot = programTree(program).root;
const traceRoot = traceTree(trees.map(({ root }) => root)).root;

const depth = placeDepths(program);
const name = (place: Place) => placeName(place, depth(place.tensor));
/** Every kind of place: leaves, hashes above leaves and above hashes, graph inputs, padding. */
const places: Place[] = [
  { tensor: 0, level: 0, index: 0 },
  { tensor: 1, level: 0, index: 0 },
  { tensor: 2, level: 0, index: 0 },
  { tensor: 2, level: 3, index: 2 },
  { tensor: 2, level: 3, index: 7 },
  { tensor: 3, level: 0, index: 0 },
  { tensor: 3, level: 6, index: 17 },
  { tensor: 3, level: 8, index: 156 },
  { tensor: 3, level: 8, index: 255 },
  { tensor: TRACE, level: 0, index: 0 },
  { tensor: TRACE, level: 1, index: 1 },
];
/** The order in which a reveal of them names them: leaves first. */
const shownOrder = [...places.filter(({ tensor: t, level }) => level === depth(t)), ...places.filter(({ tensor: t, level }) => level < depth(t))];

describe("OpVerifier: demands and reveals", () => {
  it("names every place that is demanded, as the twin does", async () => {
    const items = await verifier.demanded(programRoot, encodeDemand(program, places));
    expect([...items]).to.deep.equal(places.map(name));
    expect(new Set(items).size).to.equal(places.length);
    expect(decodeDemand(program, encodeDemand(program, places))).to.deep.equal(places);
  });

  it("names what is shown by the same names, so that an answer meets its demand", async () => {
    const shown = encodeReveal(trees, places);
    expect([...(await verifier.revealed(traceRoot, shown))]).to.deep.equal(shownOrder.map(name));
  });

  it("what is shown completes a challenger's tree, hash by hash", () => {
    const partials = trees.map((tree) => new PartialTree(tree.root, tree.depth));
    for (const part of decodeReveal(encodeReveal(trees, places))) {
      if (part.tensor === TRACE) continue;
      expect(partials[part.tensor].learn(part)).to.equal(true);
      for (const other of partials) if (other !== partials[part.tensor]) expect(other.learn(part)).to.equal(false);
    }
    expect(partials[3].leaves).to.have.members([156, 255]);
    expect(Buffer.compare(partials[3].leaf(156)!, trees[3].leaf(156))).to.equal(0);
    for (let i = 0; i < 64; i++) expect(Buffer.compare(partials[3].node(6, i)!, trees[3].node(6, i))).to.equal(0);
    const proof = partials[3].prove([156, 255]);
    expect(proof.siblings.map((hash) => hexlify(hash))).to.deep.equal(trees[3].prove([156, 255]).siblings.map((hash) => hexlify(hash)));
    expect(() => partials[3].prove([3])).to.throw(RangeError);
  });

  for (const [what, place] of [
    ["a level below the leaves", { tensor: 2, level: 4, index: 0 }],
    ["an index past its level", { tensor: 3, level: 6, index: 64 }],
    ["an index past the root", { tensor: 1, level: 0, index: 1 }],
  ] as const)
    it(`refuses a demand of ${what}: no trace has it`, async () => {
      await expect(verifier.demanded(programRoot, encodeDemand(program, [place])))
        .to.be.revertedWithCustomError(libraries, "NoSuchPlace")
        .withArgs(place.tensor, place.level, place.index, depth(place.tensor));
    });

  it("refuses a demand of a constant, of an absent input and of a slot that the row lacks", async () => {
    const coder = AbiCoder.defaultAbiCoder();
    const TYPES = [
      "tuple(uint256 node, bytes row, bytes32[] rowPath, uint256 slot, uint64[] places)[]",
      "tuple(bytes header, bytes32[] headerPath, uint64[] places)[]",
    ];
    for (const [node, slot] of [[1, 2], [2, 2], [0, 2]]) {
      const mention = encodeDemand(program, [{ tensor: node + 1, level: 0, index: 0 }]);
      const [[[at, bytes, path, , list]]] = coder.decode(TYPES, mention).toArray(true) as [[[bigint, string, string[], bigint, bigint[]]]];
      const forged = coder.encode(TYPES, [[[at, bytes, path, slot, list]], []]);
      await expect(verifier.demanded(programRoot, forged)).to.be.revertedWithCustomError(verifier, "NotDemandable").withArgs(node, slot);
    }
  });

  it("refuses a demand by a row of another program", async () => {
    const other = { ...program, nodes: program.nodes.map((node) => ({ ...node, chunk: 1 })) };
    await expect(verifier.demanded(programRoot, encodeDemand(other, places))).to.be.revertedWithCustomError(verifier, "NotInProgram");
  });

  it("refuses to count anything else than the trace's own leaves and hashes as an answer", async () => {
    const bent = trees.map((tree, id) => (id === 3 ? new TensorTree(specs[3], Uint8Array.from(tree.data, (byte, i) => (i === 160_000 - 500 ? byte ^ 1 : byte))) : tree));
    for (const place of [places[5], places[7]]) {
      await expect(verifier.revealed(traceRoot, encodeReveal(bent, [place]))).to.be.revertedWithCustomError(verifier, "NotInTrace");
      const [leaves, hashes] = AbiCoder.defaultAbiCoder().decode(SHOWN, encodeReveal(bent, [place])).toArray(true) as Shown;
      // The right root and path, but another content.
      const path = traceTree(trees.map((tree) => tree.root)).path(3);
      for (const part of [...leaves, ...hashes]) part[2] = [trees[3].root, path, part[2][2]];
      const forged = AbiCoder.defaultAbiCoder().encode(SHOWN, [leaves, hashes, []]);
      await expect(verifier.revealed(traceRoot, forged)).to.be.revertedWithCustomError(verifier, "NotInTensor");
    }
  });

  for (const [what, place] of [
    ["a leaf of the trace tree", { tensor: TRACE, level: 2, index: 0 }],
    ["a level below it", { tensor: TRACE, level: 3, index: 0 }],
    ["an index past its level", { tensor: TRACE, level: 1, index: 2 }],
  ] as const)
    it(`refuses a demand of ${what}`, async () => {
      await expect(verifier.demanded(programRoot, encodeDemand(program, [place])))
        .to.be.revertedWithCustomError(libraries, "NoSuchPlace")
        .withArgs(TRACE, place.level, place.index, 2);
    });

  it("the trace of 5,000 tensors, demanded place by place: every root is learnt with its path, nothing else is", async () => {
    const count = 5_000;
    const wide = { ...program, tensorCount: count };
    const roots = Array.from({ length: count }, () => hexlify(Uint8Array.from({ length: 32 }, () => random.int(0, 255))));
    const committed = traceTree(roots);
    const own = traceTree(roots.map((root, id) => (id < 100 || id === 4_000 ? root : ABSENT)));
    const known = new PartialTrace(committed.root, own);
    const show = (level: number, index: number) => {
      const hashes = { level, index, below: committed.below(level, index).map((hash) => Buffer.from(hash.slice(2), "hex")) };
      return { tensor: TRACE, hashes, siblings: committed.siblings(level, index).map((hash) => Buffer.from(hash.slice(2), "hex")) };
    };
    expect(known.learn({ ...show(0, 0), hashes: { ...show(0, 0).hashes, below: show(0, 0).hashes.below.toReversed() } })).to.equal(false);
    expect(known.learn(show(0, 0))).to.equal(true);
    let places = 0;
    for (const id of [0, 99, 100, 4_000, 4_999]) {
      while (known.tensor(id) === undefined) {
        const place = known.placeOf(id);
        const [item] = await verifier.demanded(programTree(wide).root, encodeDemand(wide, [place]));
        expect(item).to.equal(placeName(place, placeDepths(wide)(TRACE)));
        const shown = show(place.level, place.index);
        const coder = AbiCoder.defaultAbiCoder();
        const encoded = coder.encode(SHOWN, [[], [], [[place.index, shown.siblings, shown.hashes.below]]]);
        expect([...(await verifier.revealed(committed.root, encoded))]).to.deep.equal([item]);
        expect(known.learn(decodeReveal(encoded)[0])).to.equal(true);
        places++;
      }
      expect(known.tensor(id)).to.equal(roots[id]);
      expect(known.path(id)).to.deep.equal(committed.path(id));
    }
    // 13 levels: six by the opening, six by a place, one by another; where the hashes are one's own nothing is asked.
    expect(places).to.be.within(3, 8);
    expect(known.tensor(2_500)).to.equal(undefined);
    expect(() => known.path(2_500)).to.throw(RangeError);
    const other = new PartialTrace(committed.root, own);
    expect(other.learnAll(roots.with(7, ABSENT))).to.equal(false);
    expect(other.learnAll(roots.slice(1))).to.equal(false);
    expect(other.tensor(7)).to.equal(undefined);
    expect(other.learnAll(roots)).to.equal(true);
    expect(other.path(4_999)).to.deep.equal(committed.path(4_999));
  });

  it("refuses hashes that are no power of two, and an index past their level", async () => {
    const decode = () => AbiCoder.defaultAbiCoder().decode(SHOWN, encodeReveal(trees, [places[6]])).toArray(true) as Shown;
    const encode = (shown: Shown) => AbiCoder.defaultAbiCoder().encode(SHOWN, shown);
    const three = decode();
    three[1][0][3] = three[1][0][3].slice(0, 3);
    await expect(verifier.revealed(traceRoot, encode(three))).to.be.revertedWithCustomError(libraries, "HashCount");
    const beyond = decode();
    beyond[1][0][1] = 64n;
    await expect(verifier.revealed(traceRoot, encode(beyond))).to.be.revertedWithCustomError(libraries, "IndexBeyondLevel");
  });

  it("garbage names nothing", async () => {
    for (const bytes of ["0x", hexlify(new Uint8Array(64).fill(255)), hexlify(new Uint8Array(500).fill(3))]) {
      expect(await verifier.demanded(programRoot, bytes).catch(() => [])).to.have.length(0);
      expect(await verifier.revealed(traceRoot, bytes).catch(() => [])).to.have.length(0);
    }
  });
});

const MEMBER = "tuple(bytes32 root, bytes32[] path, bytes32[] siblings)";
const SHOWN = [
  `tuple(uint256 tensorId, uint256 depth, ${MEMBER} member, tuple(uint32[] leaves, bytes data) opening)[]`,
  `tuple(uint256 tensorId, uint256 index, ${MEMBER} member, bytes32[] hashes)[]`,
  "tuple(uint256 index, bytes32[] siblings, bytes32[] hashes)[]",
];
type Member = [string, string[], string[]];
type Shown = [[bigint, bigint, Member, unknown][], [bigint, bigint, Member, string[]][], unknown[]];
