import { expect } from "chai";
import { compile } from "../../../core/compile/compile.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { rebuild } from "../../../core/compile/rebuild.ts";
import { programTree } from "../../../core/program/program.ts";
import { parseProgramFile, printProgramFile } from "../../../core/program/programFile.ts";
import { Rule, ruleName, type Arithmetic } from "../../../core/program/types.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { oneNodeModel, type NodeSpec } from "../../support/onnxModel.ts";

const float = (...dims: number[]) => ({ dtype: 1, dims });
const compiled = (spec: Omit<NodeSpec, "outputs">): Promise<CompiledModel> => compile(oneNodeModel({ ...spec, outputs: [{ dtype: 1 }] }), { runtime: ortRuntime, form: "source" });
const softmax = (n: number): Promise<CompiledModel> => compiled({ op: "Softmax", opset: 13, attributes: { axis: { int: -1 } }, inputs: [float(8, n)] });
const layer = (n: number): Promise<CompiledModel> => compiled({ op: "LayerNormalization", opset: 17, attributes: {}, inputs: [float(3, n), float(n), float(n)] });
const mean = (dims: readonly number[], axes: readonly number[]): Promise<CompiledModel> =>
  compiled({ op: "ReduceMean", opset: 13, attributes: { axes: { ints: axes } }, inputs: [float(...dims)] });

const statedBy = ({ program: { nodes: [{ rule, chunk, flags }] } }: CompiledModel): Arithmetic => ({ rule, chunk, flags });
const lanes = (chunk: number, flags = 0): Arithmetic => ({ rule: Rule.lanes, chunk, flags });

/** The same version with another statement in its only row, as somebody may register it. */
function restated(model: CompiledModel, { rule, chunk, flags }: Arithmetic): Promise<CompiledModel> {
  const file = parseProgramFile(model.programFile);
  const nodes = file.nodes.map((node) => ({ ...node, rule: ruleName(rule) as (typeof node)["rule"], chunk, flags }));
  const { root } = programTree({ ...model.program, nodes: model.program.nodes.map((node) => ({ ...node, rule, chunk, flags })) });
  return rebuild(model.canonical, printProgramFile({ ...file, kernels: rule === Rule.bound ? [] : file.kernels, nodes, root }), ortRuntime);
}

describe("orders of additions, found by running the node", () => {
  it("of a Softmax are 16 lanes or 8, and a host that follows the one does not serve the other", async () => {
    const model = await softmax(100);
    const stated = statedBy(model);
    expect([lanes(16), lanes(8)]).to.deep.include(stated);
    expect(await model.objections(ortRuntime)).to.deep.equal([]);
    const other = await restated(model, lanes(24 - stated.chunk));
    expect(await other.objections(ortRuntime)).to.deep.equal([{ name: "node", against: "schedule" }]);
  });

  it("of a Softmax of few numbers are the same in 16 lanes and in 8", async () => {
    const model = await softmax(8);
    expect(statedBy(model)).to.deep.equal(lanes(16));
    // Not so where an exponential is subnormal, which operands that are far apart show.
    expect(await model.objections(ortRuntime)).to.deep.equal([]);
  });

  it("of a mean follow from its axes", async () => {
    expect(statedBy(await mean([7, 100], [1]))).to.deep.equal(lanes(8));
    expect(statedBy(await mean([4, 5, 6, 33], [0, 2, 3]))).to.deep.equal(lanes(8));
    // Blocks of one number each are added one by one.
    expect(statedBy(await mean([50, 33], [0]))).to.deep.equal(lanes(8));
    expect(statedBy(await mean([3, 4, 5, 9], [1, 3]))).to.deep.equal(lanes(1));
    expect(statedBy(await mean([4, 30, 20], [1]))).to.deep.equal(lanes(1, 1));
    expect(statedBy(await compiled({ op: "GlobalAveragePool", inputs: [float(2, 9, 7, 7)] }))).to.deep.equal(lanes(4));
  });

  it("are not permitted where the operator has none of that name, and bound does not qualify where one is followed", async () => {
    const model = await mean([7, 100], [1]);
    for (const wrong of [lanes(16), lanes(8, 1), lanes(0)]) {
      const error = await restated(model, wrong).catch((e: unknown) => e);
      expect(String(error)).to.contain(`the schedule chunk ${wrong.chunk}, flags ${wrong.flags} is not permitted`);
    }
    const lenient = await restated(model, { rule: Rule.bound, chunk: 0, flags: 0 });
    expect(await lenient.objections(ortRuntime)).to.deep.equal([{ name: "node", against: "bound" }]);
  });

  it("of a LayerNormalization are known from 8 numbers on, and beyond 2¹³ nothing else is permitted", async () => {
    expect(statedBy(await layer(7))).to.deep.equal({ rule: Rule.bound, chunk: 0, flags: 0 });
    for (const n of [8, 771]) expect(statedBy(await layer(n))).to.deep.equal(lanes(8));
    const long = await layer(2 ** 13 + 1);
    expect(statedBy(long)).to.deep.equal(lanes(8));
    const error = await restated(long, { rule: Rule.bound, chunk: 0, flags: 0 }).catch((e: unknown) => e);
    expect(String(error)).to.contain("the rule bound is not permitted");
  });

  it("of a BatchNormalization need a positive epsilon", async () => {
    const normalised = (epsilon: number): Promise<CompiledModel> =>
      compiled({ op: "BatchNormalization", opset: 15, attributes: { epsilon: { float: epsilon } }, inputs: [float(1, 3, 40), ...[1, 2, 3, 4].map(() => float(3))] });
    expect(statedBy(await normalised(1e-5))).to.deep.equal(lanes(0));
    expect(statedBy(await normalised(0)).rule).to.equal(Rule.bound);
  });
});
