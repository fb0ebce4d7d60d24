import { expect } from "chai";
import { AbiCoder, hexlify } from "ethers";
import { network } from "hardhat";
import { PartialTree } from "../../../oracle/core/dispute/partialTree.ts";
import { decodeDemand, decodeReveal, encodeDemand, encodeReveal, placeName, type Place } from "../../../oracle/core/dispute/places.ts";
import { TensorTree } from "../../../oracle/core/merkle/tensorTree.ts";
import { programTree, tracedTensors, traceTree } from "../../../oracle/core/program/program.ts";
import { byteLength, Opcode, Rule, type Program, type Tensor } from "../../../oracle/core/program/types.ts";
import { Random } from "../../support/random.ts";

const { ethers } = await network.create();
const family = await (await ethers.deployContract("CopyFamily")).getAddress();
const libraries = await ethers.deployContract("MerkleHarness");
const verifier = await ethers.deployContract("OpVerifier", [Array(6).fill(family)]);
const random = new Random(23);

/** Tensors of one leaf, of some, and of more than 64: trees of depth 0, 3 and 8. */
const sizes = [10, 1500, 40_000];
const tensor = (id: number, size: number): Tensor => ({ dtype: 1, dims: [size], perm: [0], source: { kind: "computed", id } });
const row = { opcode: Opcode.Reshape, rule: Rule.equal, chunk: 0, flags: 0, attributes: [], name: "n", op: "Identity" } as const;
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

const name = (place: Place) => placeName(place, trees[place.tensor].depth);
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
];
/** The order in which a reveal of them names them: leaves first. */
const shownOrder = [...places.filter(({ tensor: t, level }) => level === trees[t].depth), ...places.filter(({ tensor: t, level }) => level < trees[t].depth)];

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
    const partials = trees.map(({ root, depth }) => new PartialTree(root, depth));
    for (const part of decodeReveal(encodeReveal(trees, places))) {
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
      const { depth } = trees[place.tensor];
      await expect(verifier.demanded(programRoot, encodeDemand(program, [place])))
        .to.be.revertedWithCustomError(libraries, "NoSuchPlace")
        .withArgs(place.tensor, place.level, place.index, depth);
    });

  it("refuses a demand of a constant, of an absent input and of a slot that the row lacks", async () => {
    const coder = AbiCoder.defaultAbiCoder();
    const TYPE = "tuple(uint256 node, bytes row, bytes32[] rowPath, uint256 slot, uint64[] places)[]";
    for (const [node, slot] of [[1, 2], [2, 2], [0, 2]]) {
      const mention = encodeDemand(program, [{ tensor: node + 1, level: 0, index: 0 }]);
      const [[[at, bytes, path, , list]]] = coder.decode([TYPE], mention).toArray(true) as [[[bigint, string, string[], bigint, bigint[]]]];
      const forged = coder.encode([TYPE], [[[at, bytes, path, slot, list]]]);
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
      const forged = AbiCoder.defaultAbiCoder().encode(SHOWN, [leaves, hashes]);
      await expect(verifier.revealed(traceRoot, forged)).to.be.revertedWithCustomError(verifier, "NotInTensor");
    }
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
];
type Member = [string, string[], string[]];
type Shown = [[bigint, bigint, Member, unknown][], [bigint, bigint, Member, string[]][]];
