import { expect } from "chai";
import * as ort from "onnxruntime-node";
import type { Judge } from "../../../oracle/certify/judge.ts";
import { openTestJudge } from "../../support/chain.ts";
import { inOnePiece } from "../../../core/bytes.ts";
import type { Solver } from "../../../core/dispute/game.ts";
import { commitTrace, constantTrees, traceReaders, traceTrees } from "../../../core/dispute/evidence.ts";
import { Prover } from "../../../core/dispute/proof.ts";
import { acceptance } from "../../../core/exact/index.ts";
import { exposed, parseModel } from "../../../core/onnx/model.ts";
import { twin } from "../../../core/operators/index.ts";
import { compile } from "../../../core/compile/compile.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { isNaNBits, words } from "../../support/floats.ts";
import { graphModel } from "../../support/graph.ts";
import { bitsAt, canonicalBytes } from "../../support/opCase.ts";
import { CANONICAL } from "../../support/ort.ts";
import { playDispute } from "../../support/playDispute.ts";

const { float32, int8 } = DType;
const dims = [1, 2, 2, 2];
const raw = (bits: readonly number[]) => new Uint8Array(Uint32Array.from(bits).buffer);

/** Zeros, lost signs and NaNs flow from every operator that can make them into those that divide by them. */
const MODEL = graphModel({
  inputs: [
    { name: "x", dtype: float32, dims },
    { name: "s", dtype: float32, dims: [1] },
  ],
  constants: [
    { name: "zero", dtype: float32, dims: [1], raw: raw([0]) },
    { name: "three", dtype: int8, dims: [1], raw: Uint8Array.of(3) },
    // 1e-30: products with small numbers round to zero and keep their sign.
    { name: "w", dtype: float32, dims: [2, 2, 1, 1], raw: new Uint8Array(Float32Array.of(1e-30, 0, 0, 1e-30).buffer) },
  ],
  nodes: [
    ["Mul", ["s", "zero"], "z"],
    ["Div", ["x", "z"], "byZ"],
    ["Relu", ["x"], "relu"],
    ["Div", ["x", "relu"], "byRelu"],
    ["Conv", ["x", "w"], "conv"],
    ["Div", ["x", "conv"], "byConv"],
    ["MaxPool", ["conv"], "pool", { kernel_shape: [1, 2] }],
    ["Transpose", ["byConv"], "turned", { perm: [3, 2, 1, 0] }],
    ["Sub", ["byZ", "byRelu"], "difference"],
    ["QuantizeLinear", ["x", "z", "three"], "quantised"],
    ["DequantizeLinear", ["quantised", "z", "three"], "back"],
    ["Softmax", ["conv"], "soft", { axis: 3 }],
    ["GlobalAveragePool", ["conv"], "mean"],
  ],
  outputs: [
    ...["turned", "difference", "back", "soft"].map((name) => ({ name, dtype: float32, dims })),
    { name: "pool", dtype: float32, dims: [1, 2, 2, 1] },
    { name: "mean", dtype: float32, dims: [1, 2, 1, 1] },
  ],
});

const INPUTS = [
  // −0, a small negative and a small positive number, 1, −1, a NaN with a sign and a payload, −∞, +0; the scale's sign.
  [[0x80000000, 0x8d000000, 0x0d000000, 0x3f800000, 0xbf800000, 0xffc00123, 0xff800000, 0x00000000], 0xbf800000],
  [[0xbf800000, 0x80000000, 0x80000001, 0x8d000000, 0x40400000, 0x80000000, 0x00000001, 0xc0400000], 0xbf800000],
  [[0xbf800000, 0x80000000, 0x80000001, 0x8d000000, 0x40400000, 0x80000000, 0x00000001, 0xc0400000], 0x3f800000],
  [[0x7f800001, 0x7f800000, 0xff800000, 0xffffffff, 0x80000000, 0x80000000, 0x80000000, 0x80000000], 0xff800000],
].map(([x, s]) => [raw(x as number[]), raw([s as number])]);

describe("canonical form of a trace", () => {
  const setUp = async () => {
    const model = await compile(MODEL, { runtime: ortRuntime, form: "source" });
    const tracer = await model.open(ortRuntime);
    const traces: Uint8Array[][] = [];
    for (const input of INPUTS) traces.push((await tracer.run(input)).map((bytes) => Uint8Array.from(bytes)));
    await tracer.release();
    const session = await ort.InferenceSession.create(inOnePiece(exposed({ bytes: model.canonical, model: parseModel(model.canonical) })), CANONICAL);
    const bare: Uint8Array[][] = [];
    for (const [x, s] of INPUTS) {
      const feed = (bytes: Uint8Array, shape: number[]) => new ort.Tensor("float32", new Float32Array(bytes.slice().buffer), shape);
      const results = await session.run({ x: feed(x, dims), s: feed(s, [1]) });
      const bytesOf = (name: string) => {
        const data = results[name].data as Float32Array;
        return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
      };
      bare.push([x, s, ...model.tensors.slice(2).map(bytesOf)]);
    }
    await session.release();
    return { model, traces, bare, constant: constantTrees(model.program, (node, input) => model.constant(node, input)) };
  };
  let world: Awaited<ReturnType<typeof setUp>>;
  let judge: Judge;
  before(async () => {
    world = await setUp();
    judge = await openTestJudge();
  });
  after(() => judge.close());

  const typeOf = (id: number): DType => world.model.program.nodes[id - 2].output.dtype;

  it("is what the runtime computed, and differs from it: job inputs stay as they are", () => {
    let [negativeZeros, oddNaNs] = [0, 0];
    world.traces.forEach((trace, run) =>
      trace.forEach((bytes, id) => {
        const computed = world.bare[run][id];
        expect(Buffer.from(bytes).equals(id < 2 ? INPUTS[run][id] : canonicalBytes(typeOf(id), computed)), `tensor ${id}`).to.equal(true);
        if (id < 2 || typeOf(id) !== float32) return;
        negativeZeros += words(computed).filter((bits) => bits === 0x80000000).length;
        oddNaNs += words(computed).filter((bits) => isNaNBits(bits) && bits !== 0x7fc00000).length;
      }),
    );
    expect(negativeZeros).to.be.greaterThan(20);
    expect(oddNaNs).to.be.greaterThan(5);
  });

  it("is what a plain run of the canonical file and a recomputed node give", async () => {
    const { model, traces } = world;
    const session = await ortRuntime.open(model.canonical);
    const [x, s] = INPUTS[0];
    const results = await session.run(new Map([["x", { dtype: float32, dims, data: x }], ["s", { dtype: float32, dims: [1], data: s }]]));
    for (const { name, id } of model.program.outputs) expect(Buffer.from(results.get(name)!.data).equals(traces[0][id]), name).to.equal(true);
    await session.release();
    const alone = await model.recompute(ortRuntime, 0, (id) => INPUTS[0][id]);
    expect(Buffer.from(alone).equals(traces[0][2])).to.equal(true);
  });

  it("convicts no element of an honest run: contract, twin and exact arithmetic", async () => {
    const { model, traces, constant } = world;
    const { program } = model;
    let lostSigns = 0;
    for (const [run, trace] of traces.entries()) {
      const prover = new Prover(program, traceTrees(commitTrace(program, trace), constant));
      const readerOf = traceReaders(program, trace, constant);
      for (const [index, node] of program.nodes.entries()) {
        const readers = node.inputs.map((tensor) => tensor && readerOf(tensor));
        for (let element = 0; element < sizeOf(node.output.dims); element++) {
          const about = `run ${run}, ${node.name}, element ${element}`;
          const { proof, admissible } = prover.prove(twin, index, element);
          expect(admissible, about).to.equal(true);
          const bits = bitsAt(trace[index + 2], node.output.dtype, element);
          expect(acceptance(node, element, readers).isAdmissible(bits), about).to.equal(true);
          const verdict = await judge.judge(prover.programRoot, prover.traceRoot, proof);
          expect(verdict.convicts, `${about} ${verdict.revert}`).to.equal(false);
          if (node.op === "Div" && bits === 0xff800000n && bitsAt(trace[0], float32, element) < 0x80000000n) lostSigns++;
        }
      }
    }
    // Infinities that the committed operands alone would give the other sign.
    expect(lostSigns).to.be.greaterThan(0);
  });

  it("convicts whoever flips the signs of zeros or the bits of a NaN, in any tensor, at the price of one small proof", async () => {
    const { model, traces, constant } = world;
    const { program } = model;
    const honest = traces[0];
    const lie = (bytes: Uint8Array): void => {
      const view = new Uint32Array(bytes.buffer);
      view.forEach((bits, i) => void (view[i] = bits === 0 ? 0x80000000 : bits === 0x7fc00000 ? 0xffc00001 : bits));
    };
    let convicted = 0;
    for (const [index, node] of program.nodes.entries()) {
      const trace = honest.map((bytes) => Uint8Array.from(bytes));
      if (node.output.dtype === float32) lie(trace[index + 2]);
      const claimed = commitTrace(program, trace);
      const own = commitTrace(program, honest);
      const recompute: Solver["recompute"] = (other, tensor) => model.recompute(ortRuntime, other, tensor);
      const solver = { constant, recompute, twin, breathe: () => Promise.resolve() };
      const { end } = await playDispute({ program, own, claimed, solver, serves: () => false });
      const differs = claimed[index + 2].root !== own[index + 2].root;
      expect(end.kind === "convict" ? end.node : undefined, node.name).to.equal(differs ? index : undefined);
      if (end.kind === "honest") continue;
      const prover = new Prover(program, traceTrees(claimed, constant));
      const { proof, admissible } = prover.prove(twin, end.node, end.element);
      expect(admissible).to.equal(false);
      expect((await judge.judge(prover.programRoot, prover.traceRoot, proof)).convicts, node.name).to.equal(true);
      convicted++;
    }
    expect(convicted).to.be.greaterThan(8);
  });
});
