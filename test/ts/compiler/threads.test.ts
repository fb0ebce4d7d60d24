import { expect } from "chai";
import { inOnePiece } from "../../../core/bytes.ts";
import { CompileError } from "../../../core/faults.ts";
import { Random } from "../../../core/math/random.ts";
import { encodeModel, parseModel } from "../../../core/onnx/model.ts";
import { readCanonical, tidy } from "../../../core/compile/canonicalForm.ts";
import { compile } from "../../../core/compile/compile.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { mapFile } from "../../../core/compile/mapFile.ts";
import { valueTypes } from "../../../core/compile/shapes.ts";
import { keepsOrder } from "../../../core/compile/partition.ts";
import { randomInputs } from "../../../core/compile/arithmetics.ts";
import { rebuild } from "../../../core/compile/rebuild.ts";
import { openTracer } from "../../../core/compile/trace.ts";
import { parseProgramFile, printProgramFile } from "../../../core/program/programFile.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import type { ModelBytes } from "../../../oracle/ports.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { float, graphModel } from "../../support/graph.ts";
import { oneNodeModel, type NodeSpec } from "../../support/onnxModel.ts";
import { casesEach } from "../../support/profile.ts";

const tensor = (...dims: number[]) => ({ dtype: DType.float32, dims });
const random = new Random(9);
const normal = (size: number, scale: number) => new Uint8Array(Float32Array.from({ length: size }, () => random.normal() * scale).buffer);
const weights = (...dims: number[]) => ({ ...tensor(...dims), raw: normal(dims.reduce((a, b) => a * b), 0.05) });

const matMul = (a: readonly number[], b: readonly number[]): NodeSpec => ({ op: "MatMul", inputs: [tensor(...a), tensor(...b)], outputs: [{ dtype: 1 }] });
const conv = (x: readonly number[], w: readonly number[], attributes: NodeSpec["attributes"] = {}): NodeSpec => ({
  op: "Conv",
  inputs: [tensor(...x), tensor(...w)],
  outputs: [{ dtype: 1 }],
  attributes,
});
const gemm = (a: readonly number[], b: readonly number[], transA: number, transB: number, alpha = 1): NodeSpec => ({
  op: "Gemm",
  inputs: [tensor(...a), tensor(...b)],
  outputs: [{ dtype: 1 }],
  attributes: { transA: { int: transA }, transB: { int: transB }, alpha: { float: alpha } },
});

/** The one node of a file with what it was mapped to, and its results with so many threads. */
async function nodeOf(spec: NodeSpec) {
  const model = parseModel(oneNodeModel(spec));
  tidy(model);
  const file = readCanonical(encodeModel(model));
  const { graph, mapped } = mapFile(file, await valueTypes(file.model, ortRuntime));
  const inputs = randomInputs(graph.inputs, 3);
  return {
    keeps: (threads: number) => keepsOrder(mapped[0], graph.nodes[0].output, threads),
    async output(threads: number): Promise<string> {
      const tracer = await openTracer(graph, ortRuntime, { threads });
      const trace = await tracer.run(inputs);
      await tracer.release();
      return Buffer.from(trace[trace.length - 1]).toString("base64");
    },
  };
}

/** Products whose order of additions hangs on the number of threads from that number on. */
const CHANGED: readonly [what: string, node: NodeSpec, from: number][] = [
  ["a convolution whose segments become narrower than its panels", conv([1, 64, 16, 16], [32, 64, 3, 3]), 3],
  ["a pointwise convolution of many positions", conv([1, 256, 14, 14], [64, 256, 1, 1]), 3],
  ["a product of computed matrices with few columns for each thread", matMul([64, 512], [512, 256]), 4],
  ["a product that leaves one row to a thread", matMul([6, 30_000], [30_000, 5]), 4],
  ["a product with one computed column", matMul([786, 600], [600, 1]), 2],
  ["such a product whose rows two threads share in whole blocks of four", matMul([784, 600], [600, 1]), 3],
];

const KEPT: readonly [what: string, node: NodeSpec][] = [
  ["a product with constant weights", { op: "MatMul", inputs: [tensor(7, 768), weights(768, 96)], outputs: [{ dtype: 1 }] }],
  ["a batch of products of computed matrices", matMul([12, 128, 64], [12, 64, 128])],
  ["a product of one row, in groups of four", matMul([1, 600], [600, 784])],
  ["a Gemm of one row with the second operand turned", gemm([1, 600], [786, 600], 0, 1)],
  ["a depthwise convolution", conv([1, 64, 28, 28], [64, 1, 3, 3], { group: { int: 64 }, pads: { ints: [1, 1, 1, 1] } })],
  ["a convolution of several images, each whole", conv([4, 64, 16, 16], [32, 64, 3, 3])],
  ["a convolution of few products", conv([1, 3, 32, 32], [16, 3, 3, 3])],
];

describe("the order of a product's additions", () => {
  for (const [what, spec, from] of CHANGED) {
    it(`changes with ${from} threads in ${what}, as its sizes say`, async () => {
      const node = await nodeOf(spec);
      expect(node.keeps(from - 1), "with fewer").to.equal(true);
      expect(node.keeps(from), "with that many").to.equal(false);
      const alone = await node.output(1);
      for (let threads = 2; threads < from; threads++) expect((await node.output(threads)) === alone, `${threads} threads`).to.equal(true);
      expect((await node.output(from)) === alone, `${from} threads`).to.equal(false);
    });
  }
  for (const [what, spec] of KEPT) {
    it(`does not change in ${what}`, async () => {
      const node = await nodeOf(spec);
      expect(node.keeps(16)).to.equal(true);
      const alone = await node.output(1);
      for (const threads of [2, 3, 5, 8, 16]) expect((await node.output(threads)) === alone, `${threads} threads`).to.equal(true);
    });
  }

  it("never changes where sizes say that it does not, in random products", async () => {
    const sizes = [1, 2, 3, 4, 7, 8, 15, 16, 17, 32, 33, 64, 65, 100, 128, 129, 200, 256, 300, 512, 600];
    const pick = (list: readonly number[]) => list[random.u32() % list.length];
    const drawn = (): NodeSpec => {
      const [m, n, k] = [pick(sizes), pick(sizes), pick(sizes)];
      const [transA, transB] = [random.u32() & 1, random.u32() & 1];
      const [channels, filters, map, kernel] = [pick([1, 2, 16, 64]), pick([1, 2, 17, 64, 256]), pick([5, 8, 14, 28]), pick([1, 3, 5])];
      return [
        () => matMul([m, k], [k, n]),
        () => matMul([2, m, k], [2, k, n]),
        () => gemm(transA ? [k, m] : [m, k], transB ? [n, k] : [k, n], transA, transB, pick([1, 0.5])),
        () => conv([1, channels, map, map], [filters, channels, kernel, kernel], { strides: { ints: [pick([1, 2]), 1] } }),
        () => conv([1, 1, map, pick(sizes)], [filters, 1, pick([1, map]), 1]),
      ][random.u32() % 5]();
    };
    const seen = { kept: 0, changed: 0 };
    for (let i = 0; i < casesEach(40); i++) {
      const spec = drawn();
      const node = await nodeOf(spec);
      const alone = await node.output(1);
      for (const threads of [2, 4, 16]) {
        const keeps = node.keeps(threads);
        if (keeps) expect((await node.output(threads)) === alone, `${threads} threads, ${JSON.stringify(spec)}`).to.equal(true);
        seen[keeps ? "kept" : "changed"]++;
      }
    }
    expect(seen.kept).to.be.greaterThan(0);
    expect(seen.changed).to.be.greaterThan(0);
  });
});

describe("the threads that a version states", () => {
  const constant = (name: string, ...dims: number[]) => ({ name, ...weights(...dims) });
  /** Two layers with constant weights. */
  const perceptron = graphModel({
    inputs: [float("x", [64, 256])],
    constants: [constant("a", 256, 512), constant("b", 512, 128)],
    nodes: [["MatMul", ["x", "a"], "h"], ["Relu", ["h"], "r"], ["MatMul", ["r", "b"], "y"]],
    outputs: [float("y", [64, 128])],
  });
  /** A convolution whose segments are narrower than its panels from four threads on. */
  const convolution = graphModel({
    inputs: [float("x", [1, 64, 16, 16])],
    constants: [constant("w", 32, 64, 3, 3)],
    nodes: [["Conv", ["x", "w"], "y"]],
    outputs: [float("y")],
  });
  /** A product of one computed column, which threads divide among them. */
  const column = graphModel({
    inputs: [float("x", [786, 600]), float("z", [600, 1])],
    constants: [],
    nodes: [["MatMul", ["x", "z"], "h"], ["Relu", ["h"], "y"]],
    outputs: [float("y")],
  });

  const restated = (model: CompiledModel, threads: number) =>
    rebuild(model.canonical, printProgramFile({ ...parseProgramFile(model.programFile), threads }), ortRuntime);

  async function traceOf(model: CompiledModel, threads: number): Promise<string[]> {
    const tracer = await model.open(ortRuntime, { threads });
    const trace = await tracer.run(randomInputs(model.program.inputs, 21));
    await tracer.release();
    return trace.map((bytes) => Buffer.from(bytes).toString("base64"));
  }

  for (const [what, file, threads] of [["constant weights", perceptron, 16], ["a convolution", convolution, 2], ["a computed column", column, 1]] as const) {
    it(`are ${threads} for a model with ${what}, with the same trace`, async () => {
      const model = await compile(file, { runtime: ortRuntime });
      expect(model.execution).to.deep.equal({ runtime: ortRuntime.name, threads });
      expect(parseProgramFile(model.programFile).threads).to.equal(threads);
      expect(await traceOf(model, threads)).to.deep.equal(await traceOf(model, 1));
      expect(await model.usableThreads(ortRuntime, 64)).to.equal(threads);
      expect(await model.usableThreads(ortRuntime, 1)).to.equal(1);
    });
  }

  it("may be fewer than could be, and the root does not hang on them", async () => {
    const model = await compile(perceptron, { runtime: ortRuntime });
    const fewer = await restated(model, 3);
    expect(fewer.root).to.equal(model.root);
    expect(fewer.programFile).to.not.deep.equal(model.programFile);
    expect(await fewer.usableThreads(ortRuntime, 8)).to.equal(3);
  });

  it("are refused where they change a node, and the node is named", async () => {
    const model = await compile(convolution, { runtime: ortRuntime });
    const refusal = await restated(model, 16).catch((error: unknown) => error);
    expect(refusal).to.be.instanceOf(CompileError);
    expect((refusal as Error).message).to.equal("program: it states 16 threads, which change the order of additions in y");
  });

  it("are not used where a run on this host shows that they change a bit", async () => {
    const model = await compile(perceptron, { runtime: ortRuntime });
    // A host that divides finer than its threads, as processors with cores of two kinds do.
    const finer = { ...ortRuntime, open: (file: ModelBytes, { threads = 1 } = {}) => ortRuntime.open(threads > 4 ? convolutionLike(inOnePiece(file)) : file, { threads }) };
    expect(await model.usableThreads(finer, 16)).to.equal(4);
  });

  /** The same model with one weight moved by a bit: what it computes differs. */
  function convolutionLike(file: Uint8Array): Uint8Array {
    const model = parseModel(file);
    const raw = model.graph.initializer[0].rawData.slice();
    raw[2] ^= 0x40;
    model.graph.initializer[0].rawData = raw;
    return encodeModel(model);
  }
});
