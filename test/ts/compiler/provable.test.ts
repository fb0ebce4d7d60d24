import { expect } from "chai";
import { compile } from "../../../oracle/core/program/compile.ts";
import { CompileError } from "../../../oracle/core/program/faults.ts";
import { checkProvable } from "../../../oracle/core/program/provable.ts";
import { DType, Opcode, Rule, type Node, type Tensor } from "../../../oracle/core/program/types.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { graphModel } from "../../support/graph.ts";

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
    const channels = 256;
    const kernel = 11;
    const file = graphModel({
      inputs: [{ name: "x", dtype: 1, dims: [1, channels, 12, 12] }],
      constants: [{ name: "w", dtype: 1, dims: [1, channels, kernel, kernel], raw: new Uint8Array(4 * channels * kernel * kernel) }],
      nodes: [
        ["Relu", ["x"], "relu"],
        ["Conv", ["relu", "w"], "y"],
      ],
      outputs: [{ name: "y", dtype: 1, dims: [1, 1, 2, 2] }],
    });
    const error = await compile(file, { runtime: ortRuntime }).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.instanceOf(CompileError);
    expect((error as CompileError).faults[0]).to.include({ name: "y", op: "Conv" });
    expect((error as CompileError).faults[0].why).to.match(/more than a transaction can carry/);
  });
});
