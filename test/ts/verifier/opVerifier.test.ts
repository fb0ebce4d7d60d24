import { expect } from "chai";
import { AbiCoder, concat, getBytes, hexlify, ZeroHash } from "ethers";
import { network } from "hardhat";
import { Prover, encodeTraceOpening, type TraceTrees } from "../../../core/dispute/proof.ts";
import { isCanonical } from "../../../core/tensor/canonical.ts";
import { TensorTree, tensorRoot, toCommitOrder } from "../../../core/merkle/tensorTree.ts";
import { isRooted, jobOutput, outputBytes } from "../../../core/program/jobOutput.ts";
import { inlineCommitment, programTree, rootsCommitment, traceTree, tracedTensors } from "../../../core/program/program.ts";
import type { OpTwin } from "../../../core/operators/twin.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule, type Program } from "../../../core/program/types.ts";
import { elementBits } from "../../../core/tensor/reader.ts";
import { byteLength } from "../../../core/tensor/shape.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import { FAMILIES } from "../../../core/program/families.ts";
import { chainOf } from "../../../checks/bench/openings.ts";
import { canonicalBytes } from "../../support/opCase.ts";
import { Random } from "../../support/random.ts";

const { ethers } = await network.create();
const family = await (await ethers.deployContract("CopyFamily")).getAddress();
// The contract whose ABI knows the errors of the libraries that OpVerifier uses.
const libraries = await ethers.deployContract("MerkleHarness");
const verifier = await ethers.deployContract("OpVerifier", [Array(FAMILIES.length).fill(family)]);

/** The twin of the mock family: the element must equal the same element of the input. */
const copies: OpTwin = (_node, element, claimed, x) => elementBits(x[0]!, element) === claimed;

const dims = [3, 40, 7];
const tensor = (id: number, perm: number[]): Tensor => ({ dtype: DType.float32, dims, perm, source: { kind: "computed", id } });
const identity = [0, 1, 2];

/** x → copy (channel-last) → copy → y, and a constant copied in between. */
const random = new Random(11);
const bytes = (n: number) => Uint8Array.from({ length: n }, () => random.int(0, 255));
const input = canonicalBytes(1, bytes(byteLength({ dtype: 1, dims })));
const constantData = canonicalBytes(1, bytes(4 * 300));
const constantTree = new TensorTree({ dtype: 1, dims: [300] }, constantData);
const constant: Tensor = { dtype: 1, dims: [300], perm: [0], source: { kind: "constant", root: constantTree.root } };
const row = { opcode: Opcode.Strided, rule: Rule.equal, chunk: 0, flags: 0, attributes: [], name: "n", op: "Identity" } as const;
const program: Program = {
  tensorCount: 4,
  inputs: [{ name: "x", dtype: 1, dims }],
  outputs: [{ name: "y", id: 3, dtype: 1, dims }],
  nodes: [
    { ...row, output: tensor(1, [0, 2, 1]), inputs: [tensor(0, identity)] },
    { ...row, output: { ...constant, source: { kind: "computed", id: 2 } }, inputs: [constant] },
    { ...row, output: tensor(3, identity), inputs: [tensor(1, [0, 2, 1]), undefined] },
  ],
};

/** Trees of a trace; `bend` may change the bytes (in commit order) of computed tensors first. */
function trees(bend: (id: number, data: Uint8Array) => void = () => {}): TraceTrees {
  const tensors = tracedTensors(program);
  const computed = [input, input, constantData, input].map((rowMajor, id) => {
    const data = Uint8Array.from(toCommitOrder(tensors[id], rowMajor));
    bend(id, data);
    return new TensorTree(tensors[id], data);
  });
  return { computed: (id) => computed[id], constant: () => constantTree };
}

const honest = new Prover(program, trees());
const roots = [0, 1, 2, 3].map((id) => honest.trees.computed(id).root);

const flip = (hex: string): string => hex.slice(0, -1) + (hex.endsWith("0") ? "1" : "0");

/** Of a proof that carries nothing. */
async function convicts({ programRoot, traceRoot }: Prover, proof: string): Promise<boolean> {
  const { guilty, progress } = await verifier.convicts(programRoot, traceRoot, proof);
  expect(progress, "goes on from nothing").to.equal(ZeroHash);
  return guilty;
}

describe("OpVerifier.convicts", () => {
  it("finds honest elements admissible, from computed and constant inputs, whatever the layout", async () => {
    for (const [node, size] of [
      [0, 840],
      [1, 300],
      [2, 840],
    ])
      for (let i = 0; i < 5; i++) {
        const { proof, admissible } = honest.prove(copies, node, random.int(0, size - 1));
        expect(admissible).to.equal(true);
        expect(await convicts(honest, proof)).to.equal(false);
      }
  });

  it("convicts the one element that differs and no other", async () => {
    const liar = new Prover(program, trees((id, data) => void (id === 1 && (data[4 * 123] ^= 1))));
    // Commit offset 123 of layout (0, 2, 1): coordinates (0, 3, 3), row-major 0·280 + 3·7 + 3.
    const element = 3 * 7 + 3;
    const guilty = liar.prove(copies, 0, element);
    expect(guilty.admissible).to.equal(false);
    expect(await convicts(liar, guilty.proof)).to.equal(true);
    expect(await convicts(liar, liar.prove(copies, 0, element + 1).proof)).to.equal(false);
    expect(await convicts(liar, liar.prove(copies, 2, element).proof)).to.equal(true);
  });

  /** A trace with these bits in element 24 of the input and of its copy, which has another layout. */
  const copied = (bits: number) =>
    trees((id, data) => {
      if (id < 2) new DataView(data.buffer).setUint32(4 * (id === 0 ? 24 : 123), bits, true);
    });

  it("convicts a computed float32 that is not in canonical form, though it is what the family wants, and reads no input for it", async () => {
    const canonicalCopies: OpTwin = (node, element, claimed, x) => isCanonical(node.output.dtype, claimed) && copies(node, element, claimed, x);
    const lengths = new Map<boolean, number>();
    for (const [bits, canonical] of [
      [0x00000000, true],
      [0x7fc00000, true],
      [0x7f800000, true],
      [0xff800000, true],
      [0x80000001, true],
      [0x80000000, false],
      [0x7fc00001, false],
      [0x7f800001, false],
      [0xffc00000, false],
      [0xffffffff, false],
    ] as const) {
      const prover = new Prover(program, copied(bits));
      const { proof, admissible } = prover.prove(canonicalCopies, 0, 24);
      expect(admissible, bits.toString(16)).to.equal(canonical);
      expect(await convicts(prover, proof)).to.equal(!canonical);
      lengths.set(canonical, proof.length);
    }
    expect(lengths.get(false)! + 2 * 1024).to.be.at.most(lengths.get(true)!);
  });

  it("takes elements of other types as they are", async () => {
    const integer = (t: Tensor): Tensor => ({ ...t, dtype: DType.uint32 });
    const [first, ...rest] = program.nodes;
    const nodes = [{ ...first, output: integer(first.output), inputs: [integer(first.inputs[0]!)] }, ...rest];
    const prover = new Prover({ ...program, nodes }, copied(0x80000000));
    const { proof } = prover.prove(copies, 0, 24);
    expect(await convicts(prover, proof)).to.equal(false);
  });

  it("convicts padding that is not zero, and only that, by the element past the last", async () => {
    const { output } = program.nodes[0];
    const length = byteLength(output);
    const padded = Math.ceil(length / 1024) * 1024;
    const last = Math.floor(length / 1024);
    for (const at of [length, padded - 1]) {
      const bent = trees();
      const data = new Uint8Array(padded);
      data.set(bent.computed(1).data);
      data[at] = 1;
      const tree = new TensorTree({ dtype: DType.uint8, dims: [padded] }, data);
      const liar = new Prover(program, { ...bent, computed: (id) => (id === 1 ? tree : bent.computed(id)) });
      expect(await convicts(liar, liar.provePadding(0, last))).to.equal(true);
      expect(await convicts(liar, liar.provePadding(0, 0))).to.equal(false);
    }
    expect(await convicts(honest, honest.provePadding(0, last))).to.equal(false);
  });

  const coder = AbiCoder.defaultAbiCoder();
  const TYPE =
    "tuple(uint256 node, bytes row, bytes32[] rowPath, uint256 element, tuple(bytes32[] path, bytes32[] siblings)[] members, tuple(uint32[] leaves, bytes data) output, tuple(uint32[] leaves, bytes data)[] inputs, bytes carried)";
  type Parts = [bigint, string, string[], bigint, [string[], string[]][], [bigint[], string], [bigint[], string][], string];
  const forge = (node: number, element: number, change: (p: Parts) => void): string => {
    const parts = coder.decode([TYPE], honest.prove(copies, node, element).proof)[0].toArray(true) as Parts;
    change(parts);
    return coder.encode([TYPE], [parts]);
  };
  const forgeries: [string, (p: Parts) => void, string][] = [
    ["a changed row", (p) => void (p[1] = flip(p[1])), "NotInProgram"],
    ["another position of the row", (p) => void (p[0] = 1n), "NotInProgram"],
    ["a changed path of the row", (p) => void (p[2][0] = flip(p[2][0])), "NotInProgram"],
    ["a changed output leaf", (p) => void (p[5][1] = flip(p[5][1])), "NotInTrace"],
    ["a changed input leaf", (p) => void (p[6][0][1] = flip(p[6][0][1])), "NotInTrace"],
    ["a sibling too few", (p) => void p[4][1][1].pop(), "SiblingCount"],
    ["a changed sibling", (p) => void (p[4][1][1][0] = flip(p[4][1][1][0])), "NotInTrace"],
    ["a changed path of a tensor", (p) => void (p[4][1][0][0] = flip(p[4][1][0][0])), "NotInTrace"],
    ["a tensor in another place of the trace", (p) => void (p[4][1] = p[4][0]), "NotInTrace"],
    ["an element beyond the tensor", (p) => void (p[3] = 841n), "ElementOutOfRange"],
    ["an output that is not opened", (p) => void (p[5] = [[], "0x"]), "LeafMissing"],
    ["an input that is not opened", (p) => void (p[6][0] = [[], "0x"]), "LeafMissing"],
    ["an input too few", (p) => void p[6].pop(), "InputCount"],
    ["a membership too many", (p) => void p[4].push(p[4][0]), "InputCount"],
  ];
  for (const [what, change, error] of forgeries)
    it(`refuses ${what}`, async () => {
      const call = verifier.convicts(honest.programRoot, honest.traceRoot, forge(2, 500, change));
      const known = verifier.interface.getError(error) ? verifier : libraries;
      await expect(call).to.be.revertedWithCustomError(known, error);
    });

  it("refuses an opcode without a family", async () => {
    const opcode = ((FAMILIES.length + 1) << 8) + 1;
    const odd = { ...program, nodes: [{ ...program.nodes[0], opcode: opcode as Opcode }, ...program.nodes.slice(1)] };
    const prover = new Prover(odd, trees());
    await expect(verifier.convicts(prover.programRoot, prover.traceRoot, prover.prove(copies, 0, 1).proof))
      .to.be.revertedWithCustomError(verifier, "FamilyUnknown")
      .withArgs(opcode);
  });

  it("refuses garbage", async () => {
    await expect(verifier.convicts(honest.programRoot, honest.traceRoot, hexlify(bytes(500)))).to.be.revert(ethers);
    await expect(verifier.convicts(honest.programRoot, honest.traceRoot, "0x")).to.be.revert(ethers);
  });
});

describe("OpVerifier.traceOf", () => {
  const opening = (r = roots, i = input, o = input) => encodeTraceOpening(program, r, i, o);
  const out = inlineCommitment(input);

  it("gives the root of the trace for inline inputs and for inputs by root", async () => {
    const [root, shown] = await verifier.traceOf(honest.programRoot, inlineCommitment(input), out, opening());
    expect(root).to.equal(honest.traceRoot);
    expect(shown).to.equal(concat(traceTree(roots).below(0, 0)));
    const byRoot = rootsCommitment([roots[0]]);
    expect((await verifier.traceOf(honest.programRoot, byRoot, out, opening(roots, new Uint8Array())))[0]).to.equal(honest.traceRoot);
  });

  it("refuses a trace of another program, input, output or length", async () => {
    const other = Uint8Array.from(input);
    other[5] ^= 1;
    const call = (o: string, i = inlineCommitment(input), p = honest.programRoot) => verifier.traceOf(p, i, out, o);
    await expect(call(opening(), inlineCommitment(input), flip(honest.programRoot))).to.be.revertedWithCustomError(verifier, "NotInProgram");
    await expect(call(opening(roots, other))).to.be.revertedWithCustomError(verifier, "CommitmentMismatch");
    await expect(call(opening(roots, input, other))).to.be.revertedWithCustomError(verifier, "CommitmentMismatch");
    await expect(call(opening(roots, other), inlineCommitment(other)))
      .to.be.revertedWithCustomError(verifier, "TopMismatch");
    await expect(call(opening([...roots.slice(0, 3), flip(roots[3])])))
      .to.be.revertedWithCustomError(verifier, "TopMismatch");
    await expect(call(opening(roots.slice(2)))).to.be.revertedWithCustomError(verifier, "HashesGiven").withArgs(4, 2);
    await expect(call(opening([...roots, roots[0]]))).to.be.revertedWithCustomError(verifier, "HashesGiven").withArgs(4, 8);
    const short = input.subarray(0, 100);
    await expect(call(opening(roots, short), inlineCommitment(short))).to.be.revertedWithCustomError(verifier, "ByteLength");
    const long = Uint8Array.from([...input, 0]);
    await expect(call(opening(roots, long), inlineCommitment(long))).to.be.revertedWithCustomError(verifier, "ByteLength");
  });

  it("takes outputs of up to 32 KiB by their bytes, longer ones by their roots, as the twin has them", async () => {
    for (const [elements, rooted] of [[8_192, false], [8_193, true]] as const) {
      const copy = chainOf(2, elements);
      const value = new Uint8Array(Float32Array.from({ length: elements }, (_, i) => 1 + i).buffer);
      const both = [0, 1].map(() => tensorRoot({ ...copy.inputs[0], perm: [0, 1] }, value));
      const output = jobOutput(copy, value);
      expect([isRooted(copy), outputBytes(copy), output.length]).to.deep.equal([rooted, output.length, rooted ? 32 : 32_768]);
      const open = (given: Uint8Array) =>
        verifier.traceOf(programTree(copy).root, rootsCommitment([both[0]]), inlineCommitment(given), encodeTraceOpening(copy, both, new Uint8Array(), given));
      expect((await open(output))[0]).to.equal(traceTree(both).root);
      const wrong = rooted ? value : getBytes(both[1]);
      await expect(open(wrong)).to.be.revertedWithCustomError(verifier, "ByteLength").withArgs(output.length, wrong.length);
    }
  });

  it("a roots commitment never opens as inline bytes", async () => {
    // The preimages differ in their first byte, so bytes that spell the roots do not help.
    const spelled = Buffer.from(roots[0].slice(2), "hex");
    await expect(
      verifier.traceOf(honest.programRoot, rootsCommitment([roots[1]]), out, opening([roots[0], ...roots.slice(1)], spelled)),
    ).to.be.revertedWithCustomError(verifier, "CommitmentMismatch");
  });
});
