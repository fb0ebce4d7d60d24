import { expect } from "chai";
import { compile } from "../../../core/compile/compile.ts";
import { CompileError } from "../../../core/faults.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { graphModel } from "../../support/graph.ts";
import { Random } from "../../support/random.ts";

type Graph = Parameters<typeof graphModel>[0];

/** ONNX's code of bfloat16, which no tensor of a program has. */
const BFLOAT16 = 16 as DType;

const random = new Random(3);
const normals = (count: number): number[] => Array.from({ length: count }, () => random.normal());

/** The numbers in a type, rounded: bfloat16 towards zero. */
function bytesOf(dtype: DType, values: readonly number[]): Uint8Array {
  if (dtype === DType.float64) return new Uint8Array(Float64Array.from(values).buffer);
  if (dtype === DType.float32) return new Uint8Array(Float32Array.from(values).buffer);
  if (dtype === DType.float16) return new Uint8Array(Float16Array.from(values).buffer);
  const words = new Uint32Array(Float32Array.from(values).buffer);
  return new Uint8Array(Uint16Array.from(words, (word) => word >>> 16).buffer);
}

const constant = (name: string, dtype: DType, dims: readonly number[], values: readonly number[]) => ({ name, dtype, dims, raw: bytesOf(dtype, values) });

/** relu(x · w + b) in one type, from input to output. */
const layer = (dtype: DType): Graph => ({
  inputs: [{ name: "x", dtype, dims: [4, 8] }],
  constants: [constant("w", dtype, [8, 3], normals(24)), constant("b", dtype, [3], normals(3))],
  nodes: [["MatMul", ["x", "w"], "product"], ["Add", ["product", "b"], "sum"], ["Relu", ["sum"], "y"]],
  outputs: [{ name: "y", dtype, dims: undefined }],
});

const compiled = (graph: Graph, form: "portable" | "source" = "portable") => compile(graphModel(graph), { runtime: ortRuntime, form });

async function refusal(graph: Graph): Promise<string> {
  const error: unknown = await compiled(graph, "source").catch((e: unknown) => e);
  return error instanceof CompileError ? error.message : "none";
}

describe("models of other floating-point types", () => {
  for (const [name, dtype, within] of [["float16", DType.float16, 0.01], ["float64", DType.float64, 2e-6]] as const) {
    it(`${name}: is computed in float32, between an input and an output of its own type, and the difference is told`, async () => {
      const { program, differences } = await compiled(layer(dtype));
      expect(program.inputs.map((input) => input.dtype)).to.deep.equal([dtype]);
      expect(program.nodes.map(({ op }) => op)).to.deep.equal(["Cast", "Gemm", "Relu", "Cast"]);
      expect(program.nodes.map(({ output }) => output.dtype)).to.deep.equal([...new Array<number>(3).fill(DType.float32), dtype]);
      for (const { absolute, of } of differences) expect(absolute).to.be.at.most(within * Math.max(1, of));
      // Of float16 the runtime rounds results of float32 itself.
      if (dtype === DType.float64) expect(differences).to.have.length(1);
    });

    it(`${name}: is refused in the form of the source, by the first node that computes in it`, async () => {
      expect(await refusal(layer(dtype))).to.match(/^product \(MatMul\): it computes in float16 or float64.*the portable form computes in float32 instead$/);
    });
  }

  it("only a part of the model: what is cast to another type and back is computed in float32", async () => {
    const { program } = await compiled({
      inputs: [{ name: "x", dtype: DType.float32, dims: [5] }],
      constants: [constant("c", DType.float64, [], [0.1])],
      nodes: [["Cast", ["x"], "wide", { to: DType.float64 }], ["Mul", ["wide", "c"], "product"], ["Cast", ["product"], "y", { to: DType.float32 }]],
      outputs: [{ name: "y", dtype: DType.float32, dims: undefined }],
    });
    expect(program.nodes.filter(({ op }) => op === "Mul").map(({ output }) => output.dtype)).to.deep.equal([DType.float32]);
  });

  it("a model that only moves and casts such numbers stays as it is, in both forms", async () => {
    const graph: Graph = {
      inputs: [{ name: "x", dtype: DType.float64, dims: [2, 3] }],
      constants: [],
      nodes: [["Transpose", ["x"], "turned"], ["Cast", ["turned"], "y", { to: DType.float32 }]],
      outputs: [{ name: "y", dtype: DType.float32, dims: undefined }],
    };
    for (const form of ["portable", "source"] as const) {
      const { program, differences } = await compiled(graph, form);
      expect(program.nodes.map(({ op, output }) => [op, output.dtype])).to.deep.equal([["Transpose", DType.float64], ["Cast", DType.float32]]);
      expect(differences).to.deep.equal([]);
    }
  });

  it("bfloat16 becomes float32 everywhere, and is compared with its own numbers in float32", async () => {
    const { program, differences } = await compiled(layer(BFLOAT16));
    expect(program.inputs.map(({ dtype }) => dtype)).to.deep.equal([DType.float32]);
    expect(program.nodes.map(({ op }) => op)).to.deep.equal(["Gemm", "Relu"]);
    expect(differences).to.deep.equal([]);
  });

  it("every output keeps its type and its name", async () => {
    const graph = layer(DType.float16);
    const { program } = await compiled({ ...graph, nodes: [...graph.nodes, ["Neg", ["x"], "z"]], outputs: [...graph.outputs, { name: "z", dtype: DType.float16, dims: undefined }] });
    expect(program.outputs.map(({ name, dtype }) => [name, dtype])).to.deep.equal([["y", DType.float16], ["z", DType.float16]]);
  });
});
