import { expect } from "chai";
import { compile } from "../../../core/compile/compile.ts";
import type { CompileError } from "../../../core/faults.ts";
import { parseModel } from "../../../core/onnx/model.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { mlModel, type MlAttribute } from "../../support/mlModel.ts";
import { Random } from "../../support/random.ts";

const floats = (random: Random, count: number): Float32Array => Float32Array.from({ length: count }, () => random.normal());

/** A node between two Relu, so that there is something around it. */
const between = (op: string, attributes: Readonly<Record<string, MlAttribute>>, dims = [3, 4]): Uint8Array =>
  mlModel({
    nodes: [
      { op: "Relu", domain: "", inputs: ["x"], outputs: ["a"] },
      { op, inputs: ["a"], outputs: ["b"], attributes },
      { op: "Relu", domain: "", inputs: ["b"], outputs: ["y"] },
    ],
    inputs: [{ name: "x", dtype: 1, dims }],
    outputs: [{ name: "y", dtype: 1 }],
  });

describe("operators of ai.onnx.ml", () => {
  const random = new Random(41);

  it("are written in standard ones, and their domain is imported no more", async () => {
    const { program, differences, canonical } = await compile(between("Scaler", { offset: floats(random, 4), scale: floats(random, 4) }), { runtime: ortRuntime, form: "source" });
    expect(program.nodes.map(({ op }) => op)).to.deep.equal(["Relu", "Sub", "Mul", "Relu"]);
    expect(parseModel(canonical).opsetImport.map(({ domain }) => domain)).to.deep.equal([""]);
    expect(differences).to.deep.equal([]);
  });

  it("are refused by name where no lowering takes them", async () => {
    const nodes = [{ op: "Scaler", inputs: ["x"], outputs: ["b"], attributes: { offset: floats(random, 1), scale: floats(random, 1) } }];
    const file = mlModel({ nodes, inputs: [{ name: "x", dtype: 11, dims: [3, 4] }], outputs: [{ name: "b", dtype: 1 }] });
    const error: unknown = await compile(file, { runtime: ortRuntime }).catch((e: unknown) => e);
    expect((error as CompileError).message).to.match(/^b \(Scaler\): the operator is supported only where its input is float32$/);
  });
});
