import { expect } from "chai";
import { compile } from "../../../core/compile/compile.ts";
import { whyNever } from "../../../core/compile/whyNever.ts";
import type { CompileError } from "../../../core/faults.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { float, graphModel } from "../../support/graph.ts";

type Graph = Parameters<typeof graphModel>[0];

const mask = { name: "mask", dtype: DType.bool, dims: [4], raw: Uint8Array.of(1, 0, 0, 1) };
const rows = (from: string): Graph["nodes"] => [["NonZero", [from], "at"], ["Transpose", ["at"], "column", { perm: [1, 0] }], ["GatherND", ["x", "column"], "y"]];

describe("nodes of no input that the runtime leaves", () => {
  it("become constants where no program has their operators, and so does what follows from them", async () => {
    const graph: Graph = { inputs: [float("x", [4, 3])], constants: [mask], nodes: rows("mask"), outputs: [float("y")] };
    const { program, differences } = await compile(graphModel(graph), { runtime: ortRuntime });
    expect(program.nodes.map(({ op }) => op)).to.deep.equal(["GatherND"]);
    expect(program.outputs.map(({ dims }) => dims)).to.deep.equal([[2, 3]]);
    expect(differences).to.deep.equal([]);
  });

  it("stay where an input decides them, or where they are another in every run", async () => {
    const given: Graph = { inputs: [float("x", [4, 3]), float("z", [4])], constants: [], nodes: rows("z"), outputs: [float("y")] };
    const random: Graph = { inputs: [float("x", [4])], constants: [mask], nodes: [["Cast", ["mask"], "m", { to: DType.float32 }], ["RandomNormalLike", ["m"], "r"], ["Add", ["x", "r"], "y"]], outputs: [float("y")] };
    for (const [graph, name, op] of [[given, "at", "NonZero"], [random, "r", "RandomNormalLike"]] as const) {
      const error: unknown = await compile(graphModel(graph), { runtime: ortRuntime }).catch((reason: unknown) => reason);
      expect((error as CompileError).faults).to.deep.equal([{ name, op, why: whyNever(op) }]);
    }
  });

  it("say so where nothing else is left", async () => {
    const graph: Graph = { inputs: [float("x", [4])], constants: [mask], nodes: [["NonZero", ["mask"], "y"], ["Shape", ["x"], "s"]], outputs: [{ name: "y", dtype: DType.int64, dims: undefined }] };
    const error: unknown = await compile(graphModel(graph), { runtime: ortRuntime }).catch((reason: unknown) => reason);
    expect(String(error)).to.include("no output depends on the elements of an input: there is nothing to compute");
  });
});
