import { create } from "@bufbuild/protobuf";
import { expect } from "chai";
import { inOnePiece } from "../../../core/bytes.ts";
import { encodeModel, parseModel, type OnnxModel } from "../../../core/onnx/model.ts";
import { FunctionProtoSchema, NodeProtoSchema, OperatorSetIdProtoSchema } from "../../../core/onnx/onnx_pb.js";
import { compile } from "../../../core/compile/compile.ts";
import type { Form } from "../../../core/compile/form.ts";
import { rebuild } from "../../../core/compile/rebuild.ts";
import { sha256 } from "../../../core/digest.ts";
import { describeDifference } from "../../../core/compile/difference.ts";
import { CompileError } from "../../../core/faults.ts";
import { parseProgramFile, printProgramFile } from "../../../core/program/programFile.ts";
import { TRIAL_COUNT, trialInputs } from "../../../core/compile/trials.ts";
import { byteLength, sizeOf } from "../../../core/tensor/shape.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import type { Runtime } from "../../../oracle/ports.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { float, graphModel } from "../../support/graph.ts";
import { Random } from "../../support/random.ts";

const random = new Random(31);
type Graph = Parameters<typeof graphModel>[0];

const constant = (name: string, dims: readonly number[], draw: () => number = () => random.normal()) => ({
  name,
  dtype: DType.float32,
  dims,
  raw: new Uint8Array(Float32Array.from({ length: sizeOf(dims) }, draw).buffer),
});
const scalar = (name: string, value: number) => constant(name, [], () => value);
const int8 = (name: string, dims: readonly number[], value?: number) => ({
  name,
  dtype: DType.int8,
  dims,
  raw: Uint8Array.from({ length: sizeOf(dims) }, () => value ?? random.int(-50, 50)),
});
const int64 = (name: string, ...values: number[]) => ({
  name,
  dtype: DType.int64,
  dims: [values.length],
  raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});
const statistics = (count: number) => [constant("g", [count]), constant("b", [count]), constant("m", [count]), constant("v", [count], () => 0.1 + random.unit())];

const matrix = float("x", [4, 16]);
const image = float("x", [1, 3, 8, 8]);
const result = [float("y")];

/** What the level `basic` makes another model of. */
const replaced: Readonly<Record<string, Graph>> = {
  "a BatchNormalization behind a Conv": {
    inputs: [image],
    constants: [constant("w", [5, 3, 3, 3]), ...statistics(5)],
    nodes: [["Conv", ["x", "w"], "c"], ["BatchNormalization", ["c", "g", "b", "m", "v"], "y"]],
    outputs: result,
  },
  "a BatchNormalization behind a MatMul": {
    inputs: [matrix],
    constants: [constant("w", [16, 5]), ...statistics(5)],
    nodes: [["MatMul", ["x", "w"], "c"], ["BatchNormalization", ["c", "g", "b", "m", "v"], "y"]],
    outputs: result,
  },
  "a product behind a Conv": {
    inputs: [image],
    constants: [constant("w", [5, 3, 3, 3]), constant("f", [5, 1, 1])],
    nodes: [["Conv", ["x", "w"], "c"], ["Mul", ["c", "f"], "y"]],
    outputs: result,
  },
  "a reciprocal that is multiplied": {
    inputs: [matrix, float("z", [4, 16])],
    constants: [scalar("one", 1)],
    nodes: [["Div", ["one", "x"], "d"], ["Mul", ["d", "z"], "y"]],
    outputs: result,
  },
  "a mean between two transpositions": {
    inputs: [float("x", [1, 6, 9, 7])],
    constants: [],
    nodes: [
      ["Transpose", ["x"], "t", { perm: [0, 2, 3, 1] }],
      ["ReduceMean", ["t"], "r", { axes: [1, 2] }],
      ["Transpose", ["r"], "y", { perm: [0, 3, 1, 2] }],
    ],
    outputs: result,
  },
  "a Conv with float weights between quantised tensors": {
    inputs: [image],
    constants: [scalar("s", 0.05), int8("z", [], 0), constant("w", [5, 3, 3, 3]), constant("b", [5])],
    nodes: [
      ["QuantizeLinear", ["x", "s", "z"], "q"],
      ["DequantizeLinear", ["q", "s", "z"], "d"],
      ["Conv", ["d", "w", "b"], "c"],
      ["QuantizeLinear", ["c", "s", "z"], "cq"],
      ["DequantizeLinear", ["cq", "s", "z"], "y"],
    ],
    outputs: result,
  },
  "a tensor quantised twice": {
    inputs: [matrix],
    constants: [scalar("s", 0.05), int8("z", [], 3), scalar("t", 0.07), int8("u", [], -4)],
    nodes: [
      ["QuantizeLinear", ["x", "s", "z"], "q"],
      ["DequantizeLinear", ["q", "s", "z"], "d"],
      ["QuantizeLinear", ["d", "t", "u"], "r"],
      ["DequantizeLinear", ["r", "t", "u"], "y"],
    ],
    outputs: result,
  },
};

/** What the canonical form writes otherwise, with the operators that are left. */
const folded: Readonly<Record<string, readonly [Graph, readonly string[]]>> = {
  "a Sum of four": [
    { inputs: [matrix, float("z", [16])], constants: [constant("c", [4, 1])], nodes: [["Sum", ["x", "z", "c", "x"], "y"]], outputs: result },
    ["Add", "Add", "Add"],
  ],
  "an AveragePool over the whole map": [
    { inputs: [image], constants: [], nodes: [["AveragePool", ["x"], "y", { kernel_shape: [8, 8], strides: [3, 3], ceil_mode: 1 }]], outputs: result },
    ["AveragePool"],
  ],
  "constants made of constants": [
    {
      inputs: [matrix],
      constants: [constant("w", [16, 33]), constant("u", [33, 5])],
      nodes: [["MatMul", ["w", "u"], "wu"], ["Softmax", ["wu"], "p", { axis: 0 }], ["Transpose", ["p"], "t"], ["Gemm", ["x", "t"], "y", { transB: 1 }]],
      outputs: result,
    },
    ["Gemm"],
  ],
  "a shape made of a shape": [
    {
      inputs: [image],
      constants: [int64("i", 0), int64("rest", -1)],
      nodes: [["Shape", ["x"], "s"], ["Gather", ["s", "i"], "n", { axis: 0 }], ["Concat", ["n", "rest"], "t", { axis: 0 }], ["Reshape", ["x", "t"], "r"], ["Relu", ["r"], "y"]],
      outputs: result,
    },
    ["Reshape", "Relu"],
  ],
  "a mask and indices that nobody reads": [
    {
      inputs: [image],
      constants: [],
      nodes: [["MaxPool", ["x"], ["p", "indices"], { kernel_shape: [2, 2] }], ["Dropout", ["p"], ["d", "mask"]], ["Relu", ["d"], "y"]],
      outputs: result,
    },
    ["MaxPool", "Relu"],
  ],
  "a node that nobody reads": [
    { inputs: [matrix], constants: [], nodes: [["Softsign", ["x"], "nothing"], ["Relu", ["x"], "y"]], outputs: result },
    ["Relu"],
  ],
  "zeros added and ones multiplied, which turn the sign of a zero": [
    {
      inputs: [matrix],
      constants: [scalar("zero", 0), scalar("one", 1)],
      nodes: [["Add", ["x", "zero"], "a"], ["Mul", ["a", "one"], "b"], ["Div", ["one", "b"], "y"]],
      outputs: result,
    },
    ["Add", "Mul", "Div"],
  ],
};

const ran = async (file: Uint8Array, { inputs }: Graph, trial: number): Promise<Buffer> => {
  const specs = inputs.map(({ name, dtype, dims }) => ({ name, dtype, dims: dims! }));
  const values = trialInputs(specs, trial);
  const session = await ortRuntime.open(file);
  try {
    const outputs = await session.run(new Map(specs.map(({ name, dtype, dims }, i) => [name, { dtype, dims, data: values[i] }])));
    return Buffer.from(Uint8Array.from([...outputs.values()].flatMap(({ data }) => [...data])).buffer);
  } finally {
    await session.release();
  }
};

async function expectSame(file: Uint8Array, graph: Graph, canonical: Uint8Array): Promise<void> {
  for (let trial = 0; trial < TRIAL_COUNT; trial++) {
    expect((await ran(file, graph, trial)).equals(await ran(canonical, graph, trial)), `trial ${trial}`).to.equal(true);
  }
}

async function faultsOf(file: Uint8Array, acceptDifference = false, runtime: Runtime = ortRuntime): Promise<string[]> {
  try {
    await compile(file, { runtime, form: "source", acceptDifference });
  } catch (error) {
    if (error instanceof CompileError) return error.faults.map(({ name, op, why }) => `${name} (${op}): ${why}`);
    throw error;
  }
  return [];
}

function changed(file: Uint8Array, change: (model: OnnxModel) => void): Uint8Array {
  const model = parseModel(file);
  change(model);
  return encodeModel(model);
}

describe("the canonical form computes what the publisher's file computes", () => {
  for (const [what, graph] of Object.entries(replaced)) {
    it(`of ${what}: every bit, and on demand what the runtime makes of it, with the difference`, async () => {
      const file = graphModel(graph);
      const exact = await compile(file, { runtime: ortRuntime, form: "source" });
      expect(exact.program.nodes.map(({ op }) => op)).to.deep.equal(graph.nodes.map(([op]) => op));
      expect(exact.differences).to.deep.equal([]);
      await expectSame(file, graph, exact.canonical);
      const fused = await compile(file, { runtime: ortRuntime, form: "source", acceptDifference: true });
      expect(fused.root).to.not.equal(exact.root);
      const [difference] = fused.differences;
      expect(difference).to.include({ output: "y", dtype: "float32" });
      expect(difference.elements).to.be.within(1, difference.compared);
      expect(difference.absolute).to.be.greaterThan(0);
      expect(difference.ulp).to.be.greaterThan(0);
      expect(describeDifference(difference)).to.match(/^\d+ of \d+ elements differ, at most by \S+, of \S+, and at most by \d+ ULP/);
    });
  }

  for (const [what, [graph, ops]] of Object.entries(folded)) {
    it(`of ${what}: every bit`, async () => {
      const file = graphModel(graph);
      const { program, canonical } = await compile(file, { runtime: ortRuntime, form: "source" });
      expect(program.nodes.map(({ op }) => op)).to.deep.equal(ops);
      await expectSame(file, graph, canonical);
    });
  }

  it("leaves a decomposed Gelu as it is, of which the level basic changes many elements", async () => {
    const gelu: Graph = {
      inputs: [float("x", [64, 64])],
      constants: [scalar("root", Math.SQRT2), scalar("one", 1), scalar("half", 0.5)],
      nodes: [
        ["Div", ["x", "root"], "d"],
        ["Erf", ["d"], "e"],
        ["Add", ["e", "one"], "a"],
        ["Mul", ["x", "a"], "m"],
        ["Mul", ["m", "half"], "y"],
      ],
      outputs: result,
      opset: 20,
    };
    const file = graphModel(gelu);
    const [own, exact, basic] = [file, await ortRuntime.optimise(file, "exact"), await ortRuntime.optimise(file, "basic")];
    expect(parseModel(exact).graph.node.map(({ opType }) => opType)).to.deep.equal(["Div", "Erf", "Add", "Mul", "Mul"]);
    expect(parseModel(basic).graph.node.map(({ opType }) => opType)).to.deep.equal(["Gelu"]);
    const [expected, same, other] = await Promise.all([own, exact, basic].map(async (model) => new Int32Array((await ran(model, gelu, 0)).buffer)));
    expect(same).to.deep.equal(expected);
    expect(other.filter((bits, i) => bits !== expected[i]).length / other.length).to.be.within(0.02, 0.5);
    const operators = async (form: Form) => (await compile(file, { runtime: ortRuntime, form })).program.nodes.map(({ op }) => op);
    expect(await operators("source")).to.deep.equal(["Div", "Erf", "Add", "Mul", "Mul"]);
    expect(await operators("portable")).to.deep.equal(["Gelu"]);
  });

  describe("where the runtime makes another model of it", () => {
    const graph: Graph = { inputs: [matrix], constants: [constant("c", [16])], nodes: [["Add", ["x", "c"], "y"]], outputs: result };
    const file = graphModel(graph);
    const tampering = (change: (model: OnnxModel) => void): Runtime => ({
      ...ortRuntime,
      optimise: async (model, level) => changed(await ortRuntime.optimise(model, level), change),
    });

    it("refuses it with the size of the difference, and takes it by the flag", async () => {
      const runtime = tampering(({ graph: { initializer } }) => void (initializer[0].rawData[0] ^= 1));
      const faults = await faultsOf(file, false, runtime);
      expect(faults).to.have.length(1);
      expect(faults[0]).to.match(/^y \(\): its canonical form does not compute what the file computes: \d+ of \d+ elements differ, at most by .* ULP, in the mean by .*; --accept-difference/);
      const { differences } = await compile(file, { runtime, acceptDifference: true });
      expect(differences).to.have.length(1);
    });

    it("counts an infinity in the place of a number apart", async () => {
      const infinite = Float32Array.of(Infinity);
      const runtime = tampering(({ graph: { initializer } }) => void initializer[0].rawData.set(new Uint8Array(infinite.buffer)));
      const [difference] = (await compile(file, { runtime, acceptDifference: true })).differences;
      expect(difference.notFinite).to.be.greaterThan(0);
      expect(describeDifference(difference)).to.match(/^\d+ of \d+ elements differ, \d+ by an infinity or NaN$/);
    });

    it("refuses another shape or type whatever is accepted", async () => {
      const shape = tampering(({ graph: { node } }) => void (node[0] = create(NodeProtoSchema, { name: "y", opType: "ReduceMean", input: ["x"], output: ["y"] })));
      for (const accept of [false, true]) {
        expect(await faultsOf(file, accept, shape)).to.deep.equal(["y (): the publisher's file gives float32 [4, 16], the program states float32 [1, 1]"]);
      }
    });

    it("runs both as they are: a file that the runtime does not run is refused", async () => {
      const runtime: Runtime = {
        ...ortRuntime,
        open: async (model) => {
          const session = await ortRuntime.open(model);
          return Buffer.compare(inOnePiece(model), file) === 0 ? { ...session, release: () => session.release(), run: () => Promise.reject(new Error("no memory")) } : session;
        },
      };
      expect(await faultsOf(file, true, runtime)).to.deep.equal(["model (): the runtime does not run the publisher's file: no memory"]);
    });
  });

  it("is made alike of bytes, which stay as they are, and of what reads them twice", async () => {
    const raw = new Uint8Array(Float32Array.from({ length: 600 * 600 }, (_, i) => Math.sin(i)).buffer);
    const file = graphModel({ inputs: [float("x", [1, 600])], constants: [{ ...float("w", [600, 600]), raw }], nodes: [["MatMul", ["x", "w"], "h"], ["Relu", ["h"], "y"]], outputs: [float("y")] });
    const [given, copies] = [new Uint8Array(file), [new Uint8Array(file), new Uint8Array(file)]];
    const ofBytes = await compile(given, { runtime: ortRuntime });
    expect(Buffer.compare(given, file)).to.equal(0);
    const ofReading = await compile(() => copies.pop()!, { runtime: ortRuntime });
    expect([ofReading.digest, ofReading.root, copies.length]).to.deep.equal([ofBytes.digest, ofBytes.root, 0]);
    expect(Buffer.compare(ofReading.canonical, ofBytes.canonical)).to.equal(0);
  });

  it("is tried on inputs that their types can hold, each kind in its order, the same ones every time", () => {
    for (const dtype of Object.values(DType)) {
      const specs = [{ name: "a", dtype, dims: [7, 5] }, { name: "b", dtype, dims: [] }];
      for (let trial = 0; trial < TRIAL_COUNT; trial++) {
        const drawn = trialInputs(specs, trial);
        expect(drawn.map(({ length }) => length)).to.deep.equal(specs.map(byteLength));
        expect(trialInputs(specs, trial)).to.deep.equal(drawn);
        if (dtype === DType.bool) expect(Math.max(...drawn[0])).to.be.at.most(1);
      }
    }
    const [ends] = trialInputs([{ name: "a", dtype: DType.int64, dims: [40] }], 1);
    const drawn = new Set(new BigInt64Array(ends.slice().buffer));
    expect(drawn).to.deep.equal(new Set([-(2n ** 63n), 2n ** 63n - 1n, 0n, 1n]));
    const [special] = trialInputs([{ name: "a", dtype: DType.float32, dims: [400] }], 1);
    const floats = [...new Float32Array(special.slice().buffer)];
    expect(floats.some(Number.isNaN)).to.equal(true);
    for (const value of [Infinity, -Infinity, 2 ** -149]) expect(floats).to.include(value);
  });

  describe("training mode", () => {
    const model = (opset: number, outputs: readonly string[], attributes = {}) =>
      graphModel({
        opset,
        inputs: [float("x", [2, 3, 4])],
        constants: statistics(3),
        nodes: [["BatchNormalization", ["x", "g", "b", "m", "v"], ["y", ...outputs], attributes]],
        outputs: result,
      });

    for (let opset = 7; opset <= 13; opset++) {
      it(`is refused in opset ${opset}, where further outputs mean it, read or not, named or not`, async () => {
        for (const outputs of [["p", "q", "r", "s"], ["p", "q"], ["", "", "", ""], ["", "", "", "s"]]) {
          const faults = await faultsOf(model(opset, outputs), true);
          expect(faults, String(outputs)).to.have.length(1);
          expect(faults[0]).to.match(/^y \(BatchNormalization\): below opset 14, \d outputs mean training mode/);
        }
        expect(await faultsOf(model(opset, []))).to.deep.equal([]);
      });
    }

    it("is refused by its attribute, whatever outputs are read", async () => {
      for (const outputs of [["p", "q"], []]) {
        expect((await faultsOf(model(15, outputs, { training_mode: 1 })))[0]).to.match(/^y \(BatchNormalization\): training_mode is set/);
      }
      expect(await faultsOf(model(15, [], { training_mode: 0 }))).to.deep.equal([]);
    });

    it("is refused inside a function of the file", async () => {
      const input = ["x", "g", "b", "m", "v"];
      const caller = graphModel({ inputs: [float("x", [2, 3, 4])], constants: statistics(3), nodes: [["Own", input, "y"]], outputs: result, opset: 13 });
      const file = changed(caller, (model) => {
        model.graph.node[0].domain = "own";
        model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: "own", version: 1n }));
        const node = [create(NodeProtoSchema, { name: "inner", opType: "BatchNormalization", input, output: ["y", "p", "q", "r", "s"] })];
        const opsetImport = [create(OperatorSetIdProtoSchema, { domain: "", version: 13n })];
        model.functions.push(create(FunctionProtoSchema, { name: "Own", domain: "own", input, output: ["y"], node, opsetImport }));
      });
      expect((await faultsOf(file))[0]).to.match(/^inner \(BatchNormalization\): below opset 14, 5 outputs/);
    });

    it("of a published file is refused before the runtime sees it", async () => {
      const honest = await compile(model(13, []), { runtime: ortRuntime, form: "source" });
      const canonical = changed(honest.canonical, ({ graph }) => void (graph.node[0].output = ["y", "", "", "", ""]));
      const program = printProgramFile({ ...parseProgramFile(honest.programFile), canonical: sha256(canonical) });
      const unreached: Runtime = { ...ortRuntime, open: () => Promise.reject(new Error("it was opened")) };
      const error: unknown = await rebuild(canonical, program, unreached).catch((e: unknown) => e);
      expect(String(error)).to.match(/below opset 14, 5 outputs mean training mode/);
    });
  });

  describe("imports of the standard operator set", () => {
    const file = (...imports: readonly (readonly [domain: string, version: bigint])[]) =>
      changed(graphModel({ inputs: [float("x", [2, 3, 4])], constants: [], nodes: [["Softmax", ["x"], "y", { axis: 1 }]], outputs: result, opset: 13 }), (model) => {
        model.opsetImport = imports.map(([domain, version]) => create(OperatorSetIdProtoSchema, { domain, version }));
      });

    for (const domains of [["", ""], ["", "ai.onnx"], ["ai.onnx", ""], ["ai.onnx", "ai.onnx"]] as const) {
      it(`"${domains[0]}" and "${domains[1]}" are refused where they contradict each other, and taken where they agree`, async () => {
        for (const [first, second] of [[11n, 13n], [13n, 11n]]) {
          const faults = await faultsOf(file([domains[0], first], [domains[1], second]), true).catch((error: unknown) => [String(error)]);
          expect(faults).to.deep.equal([
            `model (): its imports of the standard operator set contradict each other: ${first} and ${second} (opset_import); keep one`,
          ]);
        }
        expect(await faultsOf(file([domains[0], 13n], [domains[1], 13n]))).to.deep.equal([]);
      });
    }
  });
});
