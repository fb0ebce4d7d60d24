import { expect } from "chai";
import { compile } from "../../../core/compile/compile.ts";
import { ruleName } from "../../../core/program/types.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { float, graphModel } from "../../support/graph.ts";
import { Random } from "../../support/random.ts";

const random = new Random(31);
const constant = (name: string, ...dims: number[]) => {
  const values = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => random.normal() / 8);
  return { ...float(name, dims), raw: new Uint8Array(values.buffer) };
};

type Graph = Parameters<typeof graphModel>[0];
const y = [float("y")];

/** Products of one row or one column, of which the runtime adds in an order of its own. */
const vectors: Readonly<Record<string, Graph>> = {
  "a convolution of a map of one place": { inputs: [float("x", [1, 64, 1, 1])], constants: [constant("w", 32, 64, 1, 1)], nodes: [["Conv", ["x", "w"], "y"]], outputs: y },
  "a depthwise convolution": {
    inputs: [float("x", [1, 16, 16, 16])],
    constants: [constant("w", 16, 1, 3, 3)],
    nodes: [["Conv", ["x", "w"], "y", { group: 16, pads: [1, 1, 1, 1] }]],
    outputs: y,
  },
  "a causal convolution of a series, dilated": {
    inputs: [float("x", [1, 8, 40])],
    constants: [constant("w", 8, 1, 3)],
    nodes: [["Conv", ["x", "w"], "y", { group: 8, dilations: [4], pads: [8, 0] }]],
    outputs: y,
  },
  "a Gemm of one row with a computed matrix": { inputs: [float("a", [1, 128]), float("b", [10, 128])], constants: [], nodes: [["Gemm", ["a", "b"], "y", { transB: 1 }]], outputs: y },
  "a matrix times a computed vector": { inputs: [float("a", [5, 300]), float("b", [300])], constants: [], nodes: [["MatMul", ["a", "b"], "y"]], outputs: y },
};

describe("dot products of one row or column", () => {
  for (const [what, graph] of Object.entries(vectors))
    it(`${what} has one right value`, async () => {
      const { program } = await compile(graphModel({ ...graph, opset: 13 }), { runtime: ortRuntime });
      expect(program.nodes.map(({ rule }) => ruleName(rule)).at(-1)).to.equal("gemv");
      expect(program.nodes.map(({ rule }) => ruleName(rule))).to.not.include("bound");
    });
});

it("a graph whose output is the second part of a Split has that part", async () => {
  const model = graphModel({ inputs: [float("x", [2, 6])], constants: [], nodes: [["Split", ["x"], ["first", "y"], { axis: 1 }]], outputs: y, opset: 11 });
  const compiled = await compile(model, { runtime: ortRuntime });
  expect(compiled.program.nodes.map(({ op, output }) => [op, output.dims])).to.deep.equal([["Slice", [2, 3]]]);
  const tracer = await compiled.open(ortRuntime);
  try {
    const trace = await tracer.run([new Uint8Array(Float32Array.from({ length: 12 }, (_, i) => i).buffer)]);
    const [{ id, dtype }] = compiled.program.outputs;
    expect(dtype).to.equal(DType.float32);
    expect([...new Float32Array(trace[id].slice().buffer)]).to.deep.equal([3, 4, 5, 9, 10, 11]);
  } finally {
    await tracer.release();
  }
});
