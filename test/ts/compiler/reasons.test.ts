import { create } from "@bufbuild/protobuf";
import { expect } from "chai";
import { compile } from "../../../core/compile/compile.ts";
import { inSourceTerms } from "../../../core/compile/sourceTerms.ts";
import { CompileError } from "../../../core/faults.ts";
import { encodeModel, parseModel, type OnnxModel } from "../../../core/onnx/model.ts";
import { AttributeProtoSchema, GraphProtoSchema, NodeProtoSchema, OperatorSetIdProtoSchema, ValueInfoProtoSchema } from "../../../core/onnx/onnx_pb.js";
import { DType } from "../../../core/tensor/dtype.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { float, graphModel } from "../../support/graph.ts";

type Graph = Parameters<typeof graphModel>[0];

const typed = (name: string, dtype: DType, dims?: readonly number[]) => ({ name, dtype, dims });
const longs = (name: string, ...values: number[]) => ({ ...typed(name, DType.int64, [values.length]), raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) });

function built(graph: Graph, change: (model: OnnxModel) => void = () => {}): Uint8Array {
  const model = parseModel(graphModel(graph));
  change(model);
  return encodeModel(model);
}

/** Why a file is refused, line by line. */
async function reasons(file: Uint8Array): Promise<string[]> {
  const error: unknown = await compile(file, { runtime: ortRuntime }).catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(CompileError);
  return (error as CompileError).message.split("\n");
}

/** Leaves the sizes of an input open, under these names. */
function open(model: OnnxModel, input: number, ...symbols: string[]): void {
  const type = model.graph.input[input].type!.value;
  if (type.case === "tensorType") type.value.shape!.dim.forEach((dim, axis) => (dim.value = { case: "dimParam", value: symbols[axis] }));
}

const sum: Graph = {
  inputs: [float("x", [1, 4]), float("y", [1, 4])],
  constants: [],
  nodes: [["Add", ["x", "y"], "s"], ["NoSuch", ["s"], "n"], ["Relu", ["n"], "z"]],
  outputs: [float("z")],
};

describe("reasons why a model is not taken", () => {
  it("name every open size of every input, with an example that binds all, beside unknown operators", async () => {
    const file = built(sum, (model) => {
      open(model, 0, "batch", "seq len");
      open(model, 1, "batch", "");
    });
    expect(await reasons(file)).to.deep.equal([
      'x: axis 0 of the input has the symbolic size "batch": bind it with --dim batch=1',
      `x: axis 1 of the input has the symbolic size "seq len": bind it with --dim 'seq len=128'`,
      'y: axis 0 of the input has the symbolic size "batch": bind it with --dim batch=1',
      'y: axis 1 of the input has the symbolic size "y:1": bind it with --dim y:1=16',
      "model: bind all of its symbolic sizes, for example: --dim batch=1 --dim 'seq len=128' --dim y:1=16",
      "n (NoSuch): the operator is not supported",
    ]);
  });

  it("are told of a file that cannot be read whole, too", async () => {
    const file = built(sum, (model) => {
      open(model, 0, "N", "K");
      model.opsetImport.push(create(OperatorSetIdProtoSchema, { domain: "ai.onnx", version: 11n }));
    });
    const told = await reasons(file);
    expect(told[0]).to.match(/^model: its imports of the standard operator set contradict each other: 17 and 11/);
    expect(told).to.include('x: axis 0 of the input has the symbolic size "N": bind it with --dim N=1').and.include("n (NoSuch): the operator is not supported");
    expect(told).to.have.length(5);
  });

  it("call no operator unknown that a newer opset may mean", async () => {
    const newer = built(sum, (model) => void (model.opsetImport[0].version = 27n));
    expect(await reasons(newer)).to.deep.equal(["model: opset 27 is not supported: onnxruntime 1.30, which runs every model, knows opsets up to 26; export the model with one of 7 to 26"]);
  });

  it("say of a size that depends on the data that it does, and nothing of what follows", async () => {
    const found: Graph = {
      inputs: [float("x", [3, 4])],
      constants: [longs("axes", 0)],
      nodes: [["NonZero", ["x"], "where"], ["Transpose", ["where"], "t"], ["GatherND", ["x", "t"], "g"], ["ReduceSum", ["g", "axes"], "s"], ["DynamicQuantizeLinear", ["g"], ["q", "scale", "zero"]], ["Mul", ["s", "scale"], "y"]],
      outputs: [float("y")],
    };
    expect(await reasons(graphModel(found))).to.deep.equal([
      "where (NonZero): the size of its output depends on the data, and every tensor of a program has one size: leave it, and what follows from it, to whoever reads the result",
    ]);
  });

  it("name the inputs that decide a shape", async () => {
    const slice: Graph = { inputs: [float("x", [4, 6]), typed("from", DType.int64, [1]), typed("to", DType.int64, [1])], constants: [longs("axis", 0)], nodes: [["Slice", ["x", "from", "to", "axis"], "y"], ["Relu", ["y"], "z"]], outputs: [float("z")] };
    expect(await reasons(graphModel(slice))).to.deep.equal(['y (Slice): the shape of its result depends on the values of "from", "to": export the model with them as constants; it depends on the inputs "from", "to": bind their values, for example --value from=[1] --value to=[1]']);
  });

  it("name the node that the runtime has no kernel for", async () => {
    const max: Graph = { inputs: [typed("x", DType.int16, [3]), typed("y", DType.int16, [3])], constants: [], nodes: [["Max", ["x", "y"], "z"]], outputs: [typed("z", DType.int16)] };
    expect(await reasons(graphModel(max))).to.deep.equal(["z (Max): the runtime does not compute it on elements of these types"]);
  });

  it("name the input whose type an operator does not take", async () => {
    const product: Graph = { inputs: [typed("x", DType.int8, [2, 2])], constants: [], nodes: [["MatMul", ["x", "x"], "y"]], outputs: [typed("y", DType.int8)] };
    expect(await reasons(graphModel(product))).to.deep.equal(['y (MatMul): its input "x" is int8, which MatMul does not take in the file\'s opset: cast it to a type that it takes']);
  });

  it("name an output of a type that no program has", async () => {
    const UINT4 = 21 as DType;
    const narrow: Graph = { inputs: [float("x", [2])], constants: [], nodes: [["Cast", ["x"], "y", { to: UINT4 }]], outputs: [typed("y", UINT4)], opset: 21 };
    expect(await reasons(graphModel(narrow))).to.deep.equal(["y: elements of type uint4 are not supported"]);
  });

  it("say that a trace is too large before anything is run", async () => {
    const large: Graph = { inputs: [float("x", [2 ** 30, 2])], constants: [], nodes: [["Relu", ["x"], "y"]], outputs: [float("y")] };
    expect(await reasons(graphModel(large))).to.deep.equal([
      'x: "x" of shape [1073741824, 2] has 8589934592 bytes: a whole trace may have 4294967296',
      'y (Relu): "y" of shape [1073741824, 2] has 8589934592 bytes: a whole trace may have 4294967296',
    ]);
    const many: Graph = { inputs: [float("x", [2 ** 29])], constants: [], nodes: [["Relu", ["x"], "y"], ["Abs", ["y"], "z"]], outputs: [float("z")] };
    expect(await reasons(graphModel(many))).to.deep.equal(["model: its trace, the values of all tensors of a run, has 6442450944 bytes: at most 4294967296 are taken"]);
  });

  it("call no If invalid that reads what a lowering handed through", async () => {
    const branch = (op: string) => create(GraphProtoSchema, { name: op, node: [create(NodeProtoSchema, { opType: op, input: ["same"], output: [op] })], output: [create(ValueInfoProtoSchema, { name: op })] });
    const file = built({ inputs: [float("x", [3]), typed("c", DType.bool, [])], constants: [], nodes: [["Dropout", ["x"], "same"], ["If", ["c"], "y"], ["Relu", ["same"], "z"]], outputs: [float("y"), float("z")] }, ({ graph }) => {
      graph.node[1].attribute = ["then_branch", "else_branch"].map((name, i) => create(AttributeProtoSchema, { name, type: 5, g: branch(["Relu", "ReduceSum"][i]) }));
    });
    const [why, ...others] = await reasons(file);
    expect(others).to.deep.equal([]);
    expect(why).to.match(/^y \(If\): its condition is computed from the model's inputs/);
  });

  it("are told in the names of the file, once", () => {
    const source = new Map([["block/attention", "Attention"], ["pool", "Celu"], ["loss", "SoftmaxCrossEntropyLoss"], ["lone", "Exp"]]);
    const told = inSourceTerms(
      [
        { name: "block/attention/mul_2", op: "Mul", why: "A" },
        { name: "pool", op: "Min", why: "B" },
        { name: "pool/min", op: "Min", why: "B" },
        { name: "_inlfunc_SoftmaxCrossEntropyLoss_axes", op: "Gather", why: "C" },
        { name: "lone", op: "Exp", why: "D" },
        { name: "x", op: "", why: "E" },
        { name: "elsewhere/mul", op: "Mul", why: "F" },
      ],
      source,
      [{ name: "loss", op: "SoftmaxCrossEntropyLoss", why: "the operator is not supported" }],
    );
    expect(told).to.deep.equal([
      { name: "block/attention", op: "Attention", why: "written with Mul: A" },
      { name: "pool", op: "Celu", why: "written with Min: B" },
      { name: "loss", op: "SoftmaxCrossEntropyLoss", why: "the operator is not supported" },
      { name: "lone", op: "Exp", why: "D" },
      { name: "x", op: "", why: "E" },
      { name: "elsewhere/mul", op: "Mul", why: "F" },
    ]);
  });
});

describe("inputs that say nothing", () => {
  it("an input without elements is a constant: nobody need give it", async () => {
    const graph: Graph = { inputs: [float("x", [2, 3]), float("none", [0, 3])], constants: [], nodes: [["Size", ["none"], "count"], ["Cast", ["count"], "zero", { to: 1 }], ["Add", ["x", "zero"], "y"]], outputs: [float("y")] };
    const { program, differences } = await compile(graphModel(graph), { runtime: ortRuntime });
    expect(program.inputs.map(({ name }) => name)).to.deep.equal(["x"]);
    expect(differences).to.deep.equal([]);
    const only: Graph = { inputs: [float("none", [0])], constants: [], nodes: [["Relu", ["none"], "y"]], outputs: [float("y")] };
    expect(await reasons(graphModel(only))).to.deep.equal(["model: no output depends on the elements of an input: there is nothing to compute"]);
  });

  it("a constant that is an output beside others is given out, also where nodes read it", async () => {
    const graph: Graph = { inputs: [float("x", [2, 3])], constants: [], nodes: [["Shape", ["x"], "shape"], ["Cast", ["shape"], "sizes", { to: 1 }], ["ReduceMax", ["sizes"], "most", { keepdims: 0 }], ["Mul", ["x", "most"], "y"]], outputs: [float("shape"), float("y"), float("most")].map((output) => (output.name === "shape" ? { ...output, dtype: 7 } : output)) };
    const { program, canonical, differences } = await compile(graphModel(graph), { runtime: ortRuntime });
    expect(program.outputs.map(({ name, dims }) => [name, dims])).to.deep.equal([["shape", [2]], ["y", [2, 3]], ["most", []]]);
    expect(differences).to.deep.equal([]);
    const session = await ortRuntime.open(canonical);
    const made = await session.run(new Map([["x", { name: "x", dtype: 1, dims: [2, 3], data: new Uint8Array(Float32Array.of(1, 2, 3, 4, 5, 6).buffer) }]]));
    await session.release();
    const [shape, y] = ["shape", "y"].map((name) => made.get(name)!.data.slice().buffer);
    expect([...new BigInt64Array(shape)]).to.deep.equal([2n, 3n]);
    expect([...new Float32Array(y)]).to.deep.equal([3, 6, 9, 12, 15, 18]);
  });

  it("the number of elements of an input is known", async () => {
    const graph: Graph = { inputs: [float("x", [2, 3]), float("w", [5, 4])], constants: [], nodes: [["Size", ["w"], "count"], ["Cast", ["count"], "n", { to: 1 }], ["Mul", ["x", "n"], "y"]], outputs: [float("y")] };
    const { program, differences } = await compile(graphModel(graph), { runtime: ortRuntime });
    expect(program.nodes.map(({ op }) => op)).to.include("Mul").and.to.not.include("Size");
    expect(differences).to.deep.equal([]);
  });
});
