import { expect } from "chai";
import { boundedNodes } from "../../../core/compile/bounded.ts";
import { compile } from "../../../core/compile/compile.ts";
import { CompileError } from "../../../core/faults.ts";
import { checkProvable } from "../../../core/compile/provable.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { Opcode, Rule, type Node } from "../../../core/program/types.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { float, graphModel } from "../../support/graph.ts";

const rowMajor = [0, 1, 2, 3];
const channelLast = [0, 2, 3, 1];
const tensor = (id: number, dims: number[], perm: number[]): Tensor => ({ dtype: DType.float32, dims, perm, source: { kind: "computed", id } });

/** A MaxPool with a square window over 300 channels. */
const pool = (window: number, perm: number[]): Node => ({
  opcode: Opcode.MaxPool,
  rule: Rule.equal,
  chunk: 0,
  flags: 0,
  attributes: [window, window, 1, 1, 0, 0, 0, 0, 1, 1],
  inputs: [tensor(0, [1, 300, 40, 40], perm)],
  output: tensor(1, [1, 300, 41 - window, 41 - window], perm),
});

describe("elements that a transaction can carry", () => {
  it("are told from those that it cannot by how the layout scatters them", () => {
    checkProvable(pool(13, rowMajor));
    checkProvable(pool(9, channelLast));
    expect(() => checkProvable(pool(13, channelLast))).to.throw(/read from 169 KiB/);
  });

  it("are what a model must consist of: a lie elsewhere could never be convicted", async () => {
    const k = 9_000;
    const file = graphModel({
      inputs: [{ name: "x", dtype: 1, dims: [k, 256] }],
      constants: [{ name: "w", dtype: 1, dims: [1, k], raw: new Uint8Array(4 * k) }],
      nodes: [["MatMul", ["w", "x"], "y"]],
      outputs: [{ name: "y", dtype: 1, dims: [1, 256] }],
    });
    const error = await compile(file, { runtime: ortRuntime }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(CompileError);
    expect((error as CompileError).faults[0]).to.include({ name: "y", op: "MatMul" });
    expect((error as CompileError).faults[0].why).to.match(/takes \d+ transactions or more/);
  });

  for (const n of [65_521, 65_536])
    it(`a row of ${n} is normalised in parts of which one transaction judges each`, async function () {
      this.timeout(120_000);
      const bounds = ["start", "end", "axis"].map((name, i) => ({ name, dtype: DType.int64, dims: [1], raw: new Uint8Array(BigInt64Array.of([0n, 1n, -1n][i]).buffer) }));
      for (const [op, ...parameters] of [["Softmax"], ["LogSoftmax"], ["LayerNormalization", "scale", "bias"], ["InstanceNormalization", "scale", "bias"]]) {
        const isMap = op === "InstanceNormalization";
        const file = graphModel({
          inputs: [float("x", isMap ? [1, 2, n] : [2, n]), ...parameters.map((name) => float(name, [isMap ? 2 : n]))],
          constants: bounds,
          nodes: [[op, ["x", ...parameters], "row"], ["Slice", ["row", "start", "end", "axis"], "y"]],
          outputs: [float("y")],
        });
        const { program } = await compile(file, { runtime: ortRuntime });
        expect(boundedNodes(program, "portable"), op).to.deep.equal([]);
        const products = program.nodes.filter(({ opcode }) => opcode === Opcode.MatMul);
        expect(products, op).to.not.have.length(0);
        for (const { inputs } of products) expect(inputs[0]!.dims.at(-1)!, op).to.be.at.most(2_304);
      }
    });

  it("a large kernel over many channels reads them one after the other, and takes few transactions", async () => {
    const [channels, kernel] = [256, 11];
    const file = graphModel({
      inputs: [{ name: "x", dtype: 1, dims: [1, channels, 12, 12] }],
      constants: [{ name: "w", dtype: 1, dims: [1, channels, kernel, kernel], raw: new Uint8Array(4 * channels * kernel * kernel) }],
      nodes: [
        ["Relu", ["x"], "relu"],
        ["Conv", ["relu", "w"], "y"],
      ],
      outputs: [{ name: "y", dtype: 1, dims: [1, 1, 2, 2] }],
    });
    const { program } = await compile(file, { runtime: ortRuntime });
    expect(program.nodes[0].output.perm).to.deep.equal(rowMajor);
    expect(() => checkProvable({ ...program.nodes[1], inputs: [tensor(1, [1, channels, 12, 12], channelLast), ...program.nodes[1].inputs.slice(1)] })).to.throw(
      /takes \d+ transactions or more/,
    );
  });
});
