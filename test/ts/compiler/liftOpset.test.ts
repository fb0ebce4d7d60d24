import { expect } from "chai";
import { compile } from "../../../core/compile/compile.ts";
import type { CompileError } from "../../../core/faults.ts";
import { opsetOf, parseModel } from "../../../core/onnx/model.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { float, graphModel } from "../../support/graph.ts";

type Graph = Parameters<typeof graphModel>[0];

const zero = { ...float("zero", []), raw: new Uint8Array(4) };

/** A comparison of fractions, as masks are made, and another node behind it. */
const masked = (behind: Graph["nodes"][number], constants: Graph["constants"] = []): Graph => ({
  inputs: [float("x", [2, 3])],
  constants: [zero, ...constants],
  nodes: [["Equal", ["x", "zero"], "hidden"], ["Where", ["hidden", "zero", "x"], "w"], behind],
  outputs: [float("y")],
  opset: 10,
});

describe("a file that compares fractions for equality before its opset has that", () => {
  it("is run in the first opset that has it, where its other operators mean the same there", async () => {
    const { canonical, differences } = await compile(graphModel(masked(["Softmax", ["w"], "y", { axis: -1 }])), { runtime: ortRuntime });
    expect(opsetOf(parseModel(canonical))).to.be.at.least(11);
    expect(differences.every(({ absolute }) => absolute < 1e-6)).to.equal(true);
  });

  it("stays as it is where another operator would mean something else, and says what it lacks", async () => {
    const pads = masked(["Pad", ["w"], "y", { pads: [0, 1, 0, 1] }]);
    const error: unknown = await compile(graphModel(pads), { runtime: ortRuntime }).catch((reason: unknown) => reason);
    expect((error as CompileError).message).to.equal('hidden (Equal): its input "x" is float32, which Equal does not take in the file\'s opset: cast it to a type that it takes');
  });

  it("is run as it is where it compares integers alone, or is new enough", async () => {
    const whole = { name: "n", dtype: DType.int32, dims: [], raw: new Uint8Array(4) };
    const graph: Graph = { inputs: [{ name: "x", dtype: DType.int32, dims: [3] }], constants: [whole], nodes: [["Equal", ["x", "n"], "e"], ["Not", ["e"], "y"]], outputs: [{ name: "y", dtype: DType.bool, dims: undefined }] };
    for (const opset of [7, 10, 11, 17]) {
      const { differences, program } = await compile(graphModel({ ...graph, opset }), { runtime: ortRuntime });
      expect(program.nodes.map(({ op }) => op)).to.deep.equal(["Equal", "Not"]);
      expect(differences).to.deep.equal([]);
    }
  });
});
