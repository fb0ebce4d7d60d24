import { expect } from "chai";
import { encodeModel, parseModel, type OnnxModel } from "../../../core/onnx/model.ts";
import { compile } from "../../../core/compile/compile.ts";
import { rebuild } from "../../../core/compile/rebuild.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { whyNever } from "../../../core/compile/whyNever.ts";
import { CompileError } from "../../../core/faults.ts";
import { trialInputs } from "../../../core/compile/trials.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { float, graphModel } from "../../support/graph.ts";
import { oneNodeModel, type Attribute } from "../../support/onnxModel.ts";
import { Random } from "../../support/random.ts";

type Graph = Parameters<typeof graphModel>[0];

const int64 = (name: string, ...values: number[]) => ({
  name,
  dtype: DType.int64,
  dims: [values.length],
  raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
});
const constant = (name: string, dims: readonly number[], ...values: number[]) => ({
  name,
  dtype: DType.float32,
  dims,
  raw: new Uint8Array(Float32Array.from(values).buffer),
});

/** Compiles a model and rebuilds it from what would be published. */
async function taken(file: Uint8Array): Promise<CompiledModel> {
  const model = await compile(file, { runtime: ortRuntime, form: "source" });
  expect((await rebuild(model.canonical, model.programFile, ortRuntime)).root).to.equal(model.root);
  return model;
}

/** Names and shapes of the outputs of a run of the whole program, which is as long as the program says. */
async function outputsOf(model: CompiledModel): Promise<[string, ...number[]][]> {
  const { inputs, outputs } = model.program;
  const tracer = await model.open(ortRuntime);
  const trace = await tracer.run(trialInputs(inputs, 0));
  await tracer.release();
  return outputs.map(({ name, id, dims }) => {
    expect(trace[id].length, name).to.equal(4 * sizeOf(dims));
    return [name, ...dims];
  });
}

async function faultsOf(file: Uint8Array, dims = {}): Promise<string[]> {
  const error: unknown = await compile(file, { runtime: ortRuntime, form: "source", dims }).catch((e: unknown) => e);
  expect(error).to.be.instanceOf(CompileError);
  return (error as CompileError).faults.map(({ name, op, why }) => `${name} (${op}): ${why}`);
}

function changed(file: Uint8Array, change: (model: OnnxModel) => void): Uint8Array {
  const model = parseModel(file);
  change(model);
  return encodeModel(model);
}

describe("valid models that are taken", () => {
  describe("pools with ceil_mode, in the shape that their kernel makes", () => {
    const ints = (...values: number[]): Attribute => ({ ints: values });
    const pool = (op: string, dims: readonly number[], attributes: Record<string, Attribute>, opset = 12) =>
      oneNodeModel({ op, inputs: [{ dtype: 1, dims }], outputs: [{ dtype: 1 }], attributes: { ...attributes, ceil_mode: { int: 1 } }, opset });

    it("without the window that would begin behind the map", async () => {
      const { program } = await taken(pool("MaxPool", [1, 3, 8, 8], { kernel_shape: ints(1, 1), strides: ints(2, 2) }));
      expect(program.outputs[0].dims).to.deep.equal([1, 3, 4, 4]);
    });

    it("whatever shape the file states for it, of an output or between nodes", async () => {
      for (const opset of [10, 12, 19, 22]) {
        const file = graphModel({
          inputs: [float("x", [1, 3, 8, 8])],
          constants: [],
          nodes: [["MaxPool", ["x"], "p", { kernel_shape: [1, 1], strides: [2, 2], ceil_mode: 1 }], ["Relu", ["p"], "y"]],
          outputs: [float("y", [1, 3, 5, 5]), float("p", [1, 3, 5, 5])],
          opset,
        });
        const stated = changed(file, ({ graph }) => void (graph.valueInfo = graph.output.map((output) => ({ ...output }))));
        expect(await outputsOf(await taken(stated)), `opset ${opset}`).to.deep.equal([["y", 1, 3, 4, 4], ["p", 1, 3, 4, 4]]);
      }
    });

    it("in front of other nodes, whose shapes follow", async () => {
      const graph: Graph = {
        inputs: [float("x", [1, 3, 8, 8])],
        constants: [constant("w", [2, 3, 1, 1], 1, 2, 3, 4, 5, 6), constant("v", [32, 2], ...Array.from({ length: 64 }, (_, i) => i))],
        nodes: [
          ["MaxPool", ["x"], "p", { kernel_shape: [1, 1], strides: [2, 2], ceil_mode: 1 }],
          ["Conv", ["p", "w"], "c"],
          ["Flatten", ["c"], "f"],
          ["Gemm", ["f", "v"], "y"],
        ],
        outputs: [float("y")],
        opset: 12,
      };
      const { program } = await taken(graphModel(graph));
      expect(program.nodes.map(({ output }) => output.dims)).to.deep.equal([[1, 3, 4, 4], [1, 2, 4, 4], [1, 32], [1, 2]]);
    });

    it("whatever kernel, stride, padding and dilation the runtime takes", async () => {
      const random = new Random(8);
      let count = 0;
      for (let i = 0; i < 250; i++) {
        const axes = random.int(1, 3);
        const list = (low: number, high: number, length = axes) => Array.from({ length }, () => random.int(low, high));
        const map = list(3, 9);
        const kernel = list(1, 4);
        const pads = list(0, Math.min(...kernel) - 1, 2 * axes);
        const file = pool("MaxPool", [1, 1, ...map], { kernel_shape: ints(...kernel), strides: ints(...list(1, 4)), pads: ints(...pads), dilations: ints(...list(1, 2)) });
        const session = await ortRuntime.open(file).catch(() => undefined);
        const input = { dtype: 1, dims: [1, 1, ...map], data: new Uint8Array(4 * sizeOf(map)) };
        const made = await session?.run(new Map([["x0", input]])).catch(() => undefined);
        await session?.release();
        const dims = made?.get("y0")!.dims;
        if (dims === undefined || dims.includes(0)) continue;
        count++;
        expect((await taken(file)).program.outputs[0].dims).to.deep.equal(dims);
      }
      expect(count).to.be.greaterThan(150);
    });

    it("of an average over the whole map", async () => {
      const { program } = await taken(pool("AveragePool", [1, 3, 5, 4], { kernel_shape: ints(5, 4), strides: ints(3, 3) }));
      expect(program.nodes.map(({ op, output }) => [op, ...output.dims])).to.deep.equal([["AveragePool", 1, 3, 1, 1]]);
      const part = await faultsOf(pool("AveragePool", [1, 3, 5, 4], { kernel_shape: ints(2, 2), strides: ints(2, 2) }));
      expect(part).to.deep.equal(["node (AveragePool): only an average over the whole map is supported"]);
    });
  });

  describe("parameters given as an empty list", () => {
    const cases: readonly [string, readonly number[], Graph["nodes"], readonly number[], number?][] = [
      ["the shape of a Reshape: a scalar", [1, 1], [["Reshape", ["x", "none"], "y"]], []],
      ["the axes of a Squeeze: all of size 1, as the kernel has it", [1, 3, 1], [["Squeeze", ["x", "none"], "y"]], [3]],
      ["the axes of an Unsqueeze: none", [3], [["Unsqueeze", ["x", "none"], "y"]], [3]],
      ["the axes of a ReduceMean: all", [2, 3], [["ReduceMean", ["x", "none"], "y", { keepdims: 0 }]], [], 18],
      ["the axes of a ReduceMean: none", [2, 3], [["ReduceMean", ["x", "none"], "y", { noop_with_empty_axes: 1 }]], [2, 3], 18],
      ["the axes attribute of a ReduceMean: all", [2, 3], [["ReduceMean", ["x"], "y", { axes: [], keepdims: 1 }]], [1, 1], 13],
      ["the axes attribute of a Squeeze: all of size 1", [1, 3], [["Squeeze", ["x"], "y", { axes: [] }]], [3], 11],
      ["of two nodes: one constant", [1], [["Reshape", ["x", "none"], "r"], ["Relu", ["r"], "q"], ["Reshape", ["q", "none"], "y"]], []],
    ];
    for (const [what, dims, nodes, out, opset = 13] of cases) {
      it(what, async () => {
        const model = await taken(graphModel({ inputs: [float("x", dims)], constants: [int64("none")], nodes, outputs: [float("y")], opset }));
        expect(await outputsOf(model)).to.deep.equal([["y", ...out]]);
      });
    }

    it("but no values to compute with", async () => {
      const file = graphModel({ inputs: [float("x", [1, 1])], constants: [constant("none", [1, 0])], nodes: [["Mul", ["x", "none"], "y"]], outputs: [float("y")] });
      expect(await faultsOf(file)).to.deep.equal(['y (Mul): "y" is empty: its shape is [1, 0]']);
    });
  });

  describe("scalars", () => {
    const cases: readonly [op: string, inputs: readonly (readonly number[])[], attributes?: Record<string, number>][] = [
      ["Relu", [[]]],
      ["Identity", [[]]],
      ["Transpose", [[]]],
      ["Squeeze", [[1, 1]]],
      ["ReduceMean", [[4, 5]], { keepdims: 0 }],
      ["ReduceMean", [[]]],
      ["MatMul", [[5], [5]]],
      ...["Add", "Sub", "Mul", "Div", "Sum"].map((op): [string, number[][]] => [op, [[], []]]),
    ];
    for (const [op, shapes, attributes] of cases) {
      it(`made by ${op} of ${shapes.map((dims) => `[${dims}]`).join(" and ")}`, async () => {
        const inputs = shapes.map((dims, i) => float(`x${i}`, dims));
        const model = await taken(graphModel({ inputs, constants: [], nodes: [[op, inputs.map(({ name }) => name), "y", attributes]], outputs: [float("y")], opset: 13 }));
        expect(await outputsOf(model)).to.deep.equal([["y"]]);
      });
    }
  });

  describe("names", () => {
    const properties = [...Object.getOwnPropertyNames(Object.prototype), "prototype", "then", "length", "name"];
    const relu = (from: string, to: string) => graphModel({ inputs: [float(from, [3])], constants: [], nodes: [["Relu", [from], to]], outputs: [float(to)] });

    for (const name of properties) {
      it(`${name}, of an input, an output, a constant, a node, a value between nodes, a dimension`, async () => {
        expect(await outputsOf(await taken(relu(name, "y")))).to.deep.equal([["y", 3]]);
        expect(await outputsOf(await taken(relu("x", name)))).to.deep.equal([[name, 3]]);
        const inner = graphModel({
          inputs: [float("x", [3])],
          constants: [constant(name, [3], 1, 2, 3)],
          nodes: [["Add", ["x", name], "a"], ["Relu", ["a"], "y"]],
          outputs: [float("y")],
        });
        expect(await outputsOf(await taken(changed(inner, ({ graph }) => void (graph.node[0].name = name))))).to.deep.equal([["y", 3]]);
        const between = graphModel({ inputs: [float("x", [3])], constants: [], nodes: [["Relu", ["x"], name], ["Add", [name, name], "y"]], outputs: [float("y")] });
        const model = await taken(between);
        expect(model.tensors).to.deep.equal(["x", name, "y"]);
        expect(await outputsOf(model)).to.deep.equal([["y", 3]]);
        const symbolic = changed(relu("x", "y"), ({ graph }) => {
          const type = graph.input[0].type!.value;
          if (type.case === "tensorType") type.value.shape!.dim[0].value = { case: "dimParam", value: name };
        });
        expect((await faultsOf(symbolic))[0]).to.match(/has the symbolic size/);
        const { program } = await compile(symbolic, { runtime: ortRuntime, form: "source", dims: Object.fromEntries([[name, 4]]) });
        expect(program.outputs[0].dims).to.deep.equal([4]);
      });
    }

    it("__proto__ beside every name that might stand for it", async () => {
      const graph = graphModel({
        inputs: [float("__proto__", [3]), float("carried", [3]), float("carried_", [3])],
        constants: [],
        nodes: [["Sub", ["__proto__", "carried"], "a"], ["Sub", ["a", "carried_"], "y"]],
        outputs: [float("y")],
      });
      const { canonical } = await taken(graph);
      const session = await ortRuntime.open(canonical);
      const value = (x: number) => ({ dtype: 1, dims: [3], data: new Uint8Array(new Float32Array(3).fill(x).buffer) });
      const outputs = await session.run(new Map([["__proto__", value(100)], ["carried", value(20)], ["carried_", value(3)]]));
      await session.release();
      expect([...new Float32Array(outputs.get("y")!.data.slice().buffer)]).to.deep.equal([77, 77, 77]);
    });

    it("that the compiler would give, of values and of nodes", async () => {
      const sum = graphModel({
        inputs: [float("x", [4])],
        constants: [constant("a", [4], 1, 2, 3, 4), constant("b", [4], 4, 5, 6, 7)],
        nodes: [["Sum", ["x", "a", "b", "x"], "y"], ["Relu", ["y"], "y/sum1"], ["Mul", ["y/sum1", "a"], "y/sum2"]],
        outputs: [float("y/sum2"), float("y/sum1"), float("y")],
      });
      const unnamed = changed(sum, ({ graph }) => graph.node.forEach((node) => void (node.name = "")));
      for (const file of [sum, unnamed]) {
        const { program, tensors } = await taken(file);
        expect(program.nodes.map(({ op }) => op)).to.deep.equal(["Add", "Add", "Add", "Relu", "Mul"]);
        expect(new Set(tensors).size).to.equal(tensors.length);
        expect(new Set(program.nodes.map(({ name }) => name)).size).to.equal(program.nodes.length);
      }
    });
  });
});

describe("tensors of every type that are only moved", () => {
  for (const [name, dtype] of Object.entries(DType)) {
    it(`of ${name}`, async () => {
      const spec = (at: string, dims?: readonly number[]) => ({ name: at, dtype, dims });
      const file = graphModel({ inputs: [spec("x", [2, 3])], constants: [], nodes: [["Transpose", ["x"], "t"], ["Flatten", ["t"], "f"], ["Identity", ["f"], "y"]], outputs: [spec("y")] });
      const { program } = await taken(file);
      expect(program.outputs.map(({ dtype: type, dims }) => [type, ...dims])).to.deep.equal([[dtype, 3, 2]]);
    });
  }
});

describe("one reason for one fault", () => {
  const reasons = async (graph: Graph, change: (model: OnnxModel) => void = () => undefined) => faultsOf(changed(graphModel(graph), change));

  it("an unsupported node's other outputs are no fault of their readers", async () => {
    const graph: Graph = {
      inputs: [float("x", [1, 4])],
      constants: [int64("k", 2)],
      nodes: [["TopK", ["x", "k"], ["a", "b"], { axis: 1 }], ["Add", ["b", "b"], "y"], ["Relu", ["a"], "z"]],
      outputs: [{ name: "y", dtype: DType.int64, dims: undefined }, float("z"), { name: "b", dtype: DType.int64, dims: undefined }],
      opset: 13,
    };
    const why = await reasons(graph);
    expect(why).to.have.length(1);
    expect(why[0]).to.match(/^a \(TopK\): the operator is supported only in portable form, where k is a constant /);
  });

  it("a shape that is not known because of an unsupported node is not said to depend on data", async () => {
    const graph: Graph = {
      inputs: [float("x", [6, 1])],
      constants: [constant("w", [6, 1], 1, 2, 3, 4, 5, 6), int64("s", 2, -1)],
      nodes: [["RandomNormalLike", ["w"], "l"], ["Add", ["x", "l"], "a"], ["Reshape", ["a", "s"], "r"], ["Transpose", ["r"], "t"]],
      outputs: [float("t")],
      opset: 15,
    };
    expect(await reasons(graph)).to.deep.equal([`l (RandomNormalLike): ${whyNever("RandomNormalLike")}`]);
    const pool: Graph = {
      inputs: [float("x", [1, 1, 8, 8])],
      constants: [constant("w", [16, 1], ...new Array<number>(16).fill(1))],
      nodes: [["RandomNormalLike", ["x"], "e"], ["MaxPool", ["e"], "p", { kernel_shape: [1, 1], strides: [2, 2], ceil_mode: 1 }], ["Flatten", ["p"], "f"], ["MatMul", ["f", "w"], "y"]],
      outputs: [float("y")],
      opset: 13,
    };
    expect(await reasons(pool)).to.deep.equal([`e (RandomNormalLike): ${whyNever("RandomNormalLike")}`]);
  });

  it("a comparison that the runtime takes apart is taken, and so is what follows", async () => {
    for (const op of ["LessOrEqual", "GreaterOrEqual"]) {
      const graph: Graph = {
        inputs: [float("x", [6, 1])],
        constants: [constant("w", [6, 1], 1, 2, 3, 4, 5, 6), int64("s", 2, -1)],
        nodes: [[op, ["x", "w"], "l"], ["Reshape", ["l", "s"], "r"], ["Transpose", ["r"], "t"]],
        outputs: [{ name: "t", dtype: DType.bool, dims: undefined }],
        opset: 15,
      };
      const { program } = await compile(graphModel(graph), { runtime: ortRuntime });
      expect(program.outputs.map(({ dtype, dims }) => [dtype, dims]), op).to.deep.equal([[DType.bool, [3, 2]]]);
    }
  });

  it("a value of unknown rank behind an unsupported node is not taken for a scalar", async () => {
    const graph: Graph = {
      inputs: [float("x", [2, 3]), { name: "s", dtype: DType.int64, dims: [2] }],
      constants: [constant("w", [2, 2], 1, 2, 3, 4)],
      nodes: [["Unique", ["s"], "t"], ["Reshape", ["x", "t"], "r"], ["Softmax", ["r"], "p"], ["Gemm", ["p", "w"], "y"]],
      outputs: [float("y")],
      opset: 13,
    };
    expect(await reasons(graph)).to.deep.equal([`t (Unique): ${whyNever("Unique")}`]);
  });

  it("a shape that is not known because another node is refused is no fault", async () => {
    const graph: Graph = {
      inputs: [{ name: "x", dtype: DType.int32, dims: [4] }, float("p", [1, 1, 4])],
      constants: [],
      nodes: [["Div", ["x", "x"], "y"], ["MaxPool", ["p"], "z", { kernel_shape: [1], strides: [3], ceil_mode: 1 }]],
      outputs: [{ name: "y", dtype: DType.int32, dims: undefined }, float("z")],
      opset: 11,
    };
    const [why] = await reasons(graph);
    expect(why).to.match(/^y \(Div\): its integer divisor "x" may be 0 or -1: it lies between -2147483648 and 2147483647/);
  });

  it("a shape that is computed is the fault of the node that is told it", async () => {
    const graph: Graph = {
      inputs: [float("x", [2, 3]), { name: "s", dtype: DType.int64, dims: [2] }],
      constants: [],
      nodes: [["Reshape", ["x", "s"], "r"], ["Relu", ["r"], "q"], ["Relu", ["q"], "y"]],
      outputs: [float("y")],
      opset: 13,
    };
    expect(await reasons(graph)).to.deep.equal(['r (Reshape): its shape or axes "s" is computed; it must be a constant; it depends on the input "s": bind its value, for example --value s=[1,1]']);
  });

  it("what the runtime makes of an unsupported node, or cannot make, is no second reason", async () => {
    const isPortable = "the operator is supported only in portable form, where its input is float32";
    for (const [op, why] of [["Bernoulli", whyNever("Bernoulli")!], ["MeanVarianceNormalization", isPortable], ["Celu", `${isPortable}, and its alpha is above 0`]]) {
      const graph: Graph = { inputs: [float("x", [1, 2, 3, 4])], constants: [], nodes: [[op, ["x"], "y"]], outputs: [float("y")], opset: 17 };
      expect(await reasons(graph)).to.deep.equal([`y (${op}): ${why}`]);
    }
  });

  it("every unsupported node is named at once, of whatever domain, beside any other fault", async () => {
    const graph: Graph = {
      inputs: [float("x", [2, 3])],
      constants: [],
      nodes: [["CategoryMapper", ["x"], "s"], ["Bernoulli", ["s"], "g"], ["Relu", ["g"], "r"], ["RandomNormalLike", ["r"], "y"]],
      outputs: [float("y")],
      opset: 13,
    };
    const standard = [`g (Bernoulli): ${whyNever("Bernoulli")}`, `y (RandomNormalLike): ${whyNever("RandomNormalLike")}`];
    for (const domain of ["ai.onnx.ml", "com.example"]) {
      const foreign = `s (CategoryMapper): the operator belongs to "${domain}", not to standard ONNX`;
      const inDomain = (model: OnnxModel) => {
        model.graph.node[0].domain = domain;
        model.opsetImport.push({ ...model.opsetImport[0], domain, version: 1n });
      };
      expect(new Set(await reasons(graph, inDomain))).to.deep.equal(new Set([foreign, ...standard]));
      const symbolic = await reasons(graph, (model) => {
        inDomain(model);
        const type = model.graph.input[0].type!.value;
        if (type.case === "tensorType") type.value.shape!.dim[0].value = { case: "dimParam", value: "N" };
      });
      expect(symbolic[0]).to.match(/^x \(\): axis 0 of the input has the symbolic size "N"/);
      expect(new Set(symbolic.slice(1))).to.deep.equal(new Set([foreign, ...standard]));
    }
  });

  it("a type that is not supported is named, and no conversion that the runtime put there", async () => {
    const typed = (dtype: number, ...nodes: Graph["nodes"]) =>
      reasons({ inputs: [{ name: "x", dtype: dtype as DType, dims: [3, 3] }], constants: [], nodes, outputs: [{ name: "y", dtype: dtype as DType, dims: undefined }], opset: 17 });
    const other = (name: string, op: string) =>
      `${name} (${op}): it computes in float16 or float64, of which no result is judged; the portable form computes in float32 instead`;
    expect(await typed(10, ["MatMul", ["x", "x"], "y"])).to.deep.equal([other("y", "MatMul")]);
    expect(await typed(10, ["Add", ["x", "x"], "a"], ["Transpose", ["a"], "t"], ["MatMul", ["t", "a"], "y"])).to.deep.equal([other("a", "Add"), other("y", "MatMul")]);
    expect(await typed(10, ["Erf", ["x"], "a"], ["MatMul", ["x", "a"], "y"])).to.include(other("y", "MatMul"));
    expect(await typed(11, ["MatMul", ["x", "x"], "y"])).to.deep.equal([other("y", "MatMul")]);
    expect(await typed(16, ["MatMul", ["x", "x"], "y"])).to.deep.equal(["x (): elements of type bfloat16 are not supported"]);
    expect(await typed(8, ["Identity", ["x"], "y"])).to.deep.equal(["x (): elements of type string are not supported"]);
  });
});
