import { expect } from "chai";
import { ZeroHash } from "ethers";
import { deployVerifier, VERIFIER } from "../../../oracle/certify/verifier.ts";
import { encodeCall } from "../../../core/abi.ts";
import { TRANSACTION_BYTES, TRANSACTION_GAS, type Limits } from "../../../core/dispute/budget.ts";
import { Prover, type PiecewiseProof } from "../../../core/dispute/proof.ts";
import { bitsOf, chainDot } from "../../../core/math/float32.ts";
import { gemvDot } from "../../../core/math/gemv.ts";
import { TensorTree } from "../../../core/merkle/tensorTree.ts";
import { twin } from "../../../core/operators/index.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule, type Node, type Program } from "../../../core/program/types.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import { openChain } from "../../support/chain.ts";
import { Random } from "../../support/random.ts";

const chain = await openChain(VERIFIER, () => undefined);
const verifier = await deployVerifier(chain);

const deep = process.env.OPG_TEST_PROFILE === "deep";
const f32 = DType.float32;
const random = new Random(77);
const usual = (count: number, scale = 1): Float32Array => Float32Array.from({ length: count }, () => random.normal() * scale);
const computed = (id: number, dims: readonly number[], dtype: Tensor["dtype"] = f32): Tensor => ({
  dtype,
  dims,
  perm: dims.map((_, a) => a),
  source: { kind: "computed", id },
});

/** A program of one node whose inputs are the graph's, and the prover of a run of it. */
function proverOf(node: Omit<Node, "output" | "inputs">, dims: readonly (readonly number[])[], out: readonly number[], data: readonly Uint8Array[]): Prover {
  const inputs = dims.map((d, id) => computed(id, d));
  const output = computed(dims.length, out);
  const program: Program = {
    tensorCount: dims.length + 1,
    inputs: inputs.map((t, id) => ({ ...t, name: `x${id}` })),
    outputs: [{ ...output, name: "y", id: dims.length }],
    nodes: [{ ...node, output, inputs, name: "long", op: "Test" }],
  };
  const trees = [...inputs, output].map((t, id) => new TensorTree(t, data[id]));
  return new Prover(program, {
    computed: (id) => trees[id],
    constant: (root) => expect.fail(`there is no constant ${root}`),
  });
}

const bytesOf = (values: Float32Array): Uint8Array => new Uint8Array(values.buffer);
const output = (bits: number): Uint8Array => new Uint8Array(Uint32Array.of(bits).buffer);

interface Played {
  readonly convicted: boolean;
  /** Gas and bytes of calldata of every transaction. */
  readonly gas: readonly number[];
  readonly bytes: readonly number[];
}

/** Sends everything to the verifier, each as a transaction of its own that may take what a chain allows. */
async function play(prover: Prover, { pieces, proof }: PiecewiseProof): Promise<Played> {
  const gas: number[] = [];
  const bytes: number[] = [];
  const send = async (method: "advance" | "convicts", call: readonly unknown[]): Promise<readonly unknown[]> => {
    const data = encodeCall(verifier.abi.getFunction(method)!, call);
    const sent = await chain.send(chain.accounts[0], data, verifier.address, TRANSACTION_GAS);
    expect(sent.revert).to.equal(undefined);
    gas.push(sent.gas);
    bytes.push(data.length / 2 - 1);
    return chain.read(verifier, method, call);
  };
  const { programRoot, traceRoot } = prover;
  let progress = ZeroHash;
  for (const piece of pieces) {
    const [from, next] = await send("advance", [programRoot, traceRoot, piece.until, piece.proof]);
    expect(from, "goes on from the piece before").to.equal(progress);
    progress = String(next);
  }
  const [convicted, from] = await send("convicts", [programRoot, traceRoot, proof]);
  expect(from, "goes on from the last piece").to.equal(progress);
  return { convicted: convicted === true, gas, bytes };
}

/** The honest run is admitted, the other one convicted, and every transaction fits a chain. */
async function judged(name: string, [honest, liar]: readonly [Prover, Prover], transactions: number, limits?: Limits): Promise<void> {
  for (const [prover, guilty] of [[honest, false], [liar, true]] as const) {
    const steps = prover.provePieces(twin, 0, 0, limits);
    expect(steps.admissible, name).to.equal(!guilty);
    expect(steps.pieces.length + 1, name).to.equal(transactions);
    const { convicted, gas, bytes } = await play(prover, steps);
    expect(convicted, name).to.equal(guilty);
    for (const spent of gas) expect(spent, name).to.be.lessThan(TRANSACTION_GAS);
    for (const size of bytes) expect(size, name).to.be.lessThan(TRANSACTION_BYTES);
    if (process.env.OPG_FIGURES === "1" && guilty) console.log(`${name}: gas ${gas.join(" + ")}; bytes ${bytes.join(" + ")}`);
  }
}

/** A Gemm or MatMul of one element with k products, and the same with another output. */
function product(opcode: typeof Opcode.Gemm | typeof Opcode.MatMul, k: number, chunk: number, wrong: (bits: number) => number): [Prover, Prover] {
  const [a, b, c] = [usual(k), usual(k, 0.05), usual(1)];
  const gemm = opcode === Opcode.Gemm;
  const attributes = gemm ? [0, 1, bitsOf(1) | 0, bitsOf(1) | 0] : [];
  const node = { opcode, rule: Rule.chain, chunk, flags: 0, attributes };
  const right = bitsOf(chainDot(a, b, { chunk, alpha: 1, first: 0, last: gemm ? c[0] : 0 }));
  const dims = gemm ? [[1, k], [1, k], [1]] : [[1, k], [k, 1]];
  const inputs = [a, b, ...(gemm ? [c] : [])].map(bytesOf);
  const prover = (bits: number) => proverOf(node, dims, [1, 1], [...inputs, output(bits)]);
  return [prover(right), prover(wrong(right))];
}

/** A MatMul of one element with k products under gemv, and the same one unit in the last place off. */
function underGemv(k: number, flags: number): [Prover, Prover] {
  const [a, b] = [usual(k), usual(k, 0.05)];
  const right = bitsOf(gemvDot(a, b, { block: flags === 0 ? undefined : 1, first: 0, last: 0 }));
  const node = { opcode: Opcode.MatMul, rule: Rule.gemv, chunk: 0, flags, attributes: [] };
  const prover = (bits: number) => proverOf(node, [[1, k], [k, 1]], [1, 1], [bytesOf(a), bytesOf(b), output(bits)]);
  return [prover(right), prover(oneUlp(right))];
}

const oneUlp = (bits: number): number => (bits ^ 1) >>> 0;

describe("long reductions", () => {
  it("a Gemm of 25,088 products, one unit in the last place off, is convicted in two transactions", () =>
    judged("Gemm, chain, k = 25,088", product(Opcode.Gemm, 25_088, 512, oneUlp), 2));

  it("a product of 25,088 under gemv, one unit in the last place off, is convicted", async () => {
    for (const flags of [0, 2]) await judged(`gemv with the flags ${flags}, k = 25,088`, underGemv(25_088, flags), 2);
  });

  if (deep) {
    it("a MatMul of 100,000 products in one chunk, one unit in the last place off, is convicted", () =>
      judged("MatMul, chain, k = 100,000", product(Opcode.MatMul, 100_000, 0, oneUlp), 9));

    it("a product of 100,000 under gemv, one unit in the last place off, is convicted", () => judged("gemv, k = 100,000", underGemv(100_000, 0), 9));
  }

  const [rows, transactions] = deep ? [100, 5] : [40, 2];
  it(`a mean of ${rows},000 elements is judged in pieces`, async () => {
    const x = usual(1000 * rows);
    const mean = Math.fround(x.reduce((sum, v) => sum + v, 0) / x.length);
    const node = { opcode: Opcode.ReduceMean, rule: Rule.bound, chunk: 0, flags: 0, attributes: [0, 1] };
    const prover = (value: number) => proverOf(node, [[rows, 1000]], [], [bytesOf(x), output(bitsOf(value))]);
    await judged(`ReduceMean, n = ${rows},000`, [prover(mean), prover(mean + 1)], transactions);
  });

  it("a short one is proved as before, in one transaction", async () => {
    const [honest, liar] = product(Opcode.Gemm, 4608, 512, oneUlp);
    for (const prover of [honest, liar]) {
      const { pieces, ...whole } = prover.provePieces(twin, 0, 0);
      expect(pieces).to.deep.equal([]);
      expect(whole).to.deep.equal(prover.prove(twin, 0, 0));
    }
    await judged("Gemm, chain, k = 4,608", [honest, liar], 1);
  });

  it("the estimate covers operands that take the longest way: every piece still fits", async () => {
    const k = 30_000;
    // Exponents far apart and subnormal numbers: no block of eight is ever in reach of the fast path.
    const wild = () => Float32Array.from({ length: k }, () => random.normal() * 2 ** random.int(-60, 60));
    const tiny = () => Float32Array.from({ length: k }, () => random.normal() * 2 ** -140);
    for (const [name, a, b] of [["wild", wild(), wild()], ["subnormal", tiny(), wild()]] as const) {
      const right = bitsOf(chainDot(a, b, { chunk: 0, alpha: 1, first: 0, last: 0 }));
      const node = { opcode: Opcode.MatMul, rule: Rule.chain, chunk: 0, flags: 0, attributes: [] };
      const prover = (bits: number) => proverOf(node, [[1, k], [k, 1]], [1, 1], [bytesOf(a), bytesOf(b), output(bits)]);
      const guilty = prover(oneUlp(right));
      const steps = guilty.provePieces(twin, 0, 0);
      const { convicted, gas } = await play(guilty, steps);
      expect(steps.pieces.length, name).to.be.at.least(3);
      expect(convicted, name).to.equal(true);
      if (process.env.OPG_FIGURES === "1") console.log(`${name}: gas ${gas.join(" + ")} for pieces up to ${steps.pieces.map((p) => p.until).join(", ")}`);
      for (const spent of gas) expect(spent, name).to.be.at.most(TRANSACTION_GAS);
    }
  });

  it("a long element that is not in canonical form convicts without its operands", async () => {
    const [honest] = product(Opcode.MatMul, 25_088, 0, () => 0x80000000);
    const [, liar] = product(Opcode.MatMul, 25_088, 0, () => 0x80000000);
    expect(honest.provePieces(twin, 0, 0).pieces.length).to.equal(1);
    const steps = liar.provePieces(twin, 0, 0);
    expect([steps.pieces.length, steps.admissible]).to.deep.equal([0, false]);
    expect((await play(liar, steps)).convicted).to.equal(true);
  });

  it("says which node cannot be proved within the limits", () => {
    const [honest] = product(Opcode.MatMul, 1000, 0, oneUlp);
    expect(() => honest.provePieces(twin, 0, 0, { bytes: 2_000, gas: 12_000_000 })).to.throw('not even one position of node "long" fits');
  });

  it("an element that cannot be judged in pieces is proved in one transaction whatever the limits are", () => {
    const node = { opcode: Opcode.Softmax, rule: Rule.bound, chunk: 0, flags: 0, attributes: [0, 1] };
    const x = new Uint8Array(8_000);
    const softmax = proverOf(node, [[1, 2000]], [1, 2000], [x, x]);
    const { pieces, ...whole } = softmax.provePieces(twin, 0, 7, { bytes: 5_000, gas: 12_000_000 });
    expect(pieces).to.deep.equal([]);
    expect(whole).to.deep.equal(softmax.prove(twin, 0, 7));
  });
});
