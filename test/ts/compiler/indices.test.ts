import { expect } from "chai";
import { mapFile } from "../../../core/compile/mapFile.ts";
import { valueTypes } from "../../../core/compile/shapes.ts";
import { CompileError } from "../../../core/faults.ts";
import { parseModel } from "../../../core/onnx/model.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { graphModel } from "../../support/graph.ts";

type Graph = Parameters<typeof graphModel>[0];
const i64 = (name: string, ...values: number[]) => ({ name, dtype: DType.int64, dims: values.length === 1 ? [] : [values.length], raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) });

/** Why a canonical file with these nodes before a Gather, or a GatherND, is refused; undefined where it is taken. */
async function refusal(nodes: Graph["nodes"], constants: Graph["constants"] = [], of: "Gather" | "GatherND" = "Gather"): Promise<string | undefined> {
  const bytes = graphModel({
    inputs: [{ name: "x", dtype: DType.float32, dims: [5, 3] }, { name: "i", dtype: DType.int64, dims: [4, 2] }, { name: "b", dtype: DType.uint8, dims: [4, 2] }],
    constants,
    nodes: [...nodes, [of, ["x", "at"], "y"]],
    outputs: [{ name: "y", dtype: DType.float32, dims: undefined }],
  });
  const file = { bytes, model: parseModel(bytes) };
  return valueTypes(file.model, ortRuntime).then((types) => mapFile(file, types)).then(() => undefined, (error: unknown) => (error instanceof CompileError ? error.message : String(error)));
}

describe("computed indices of a canonical file", () => {
  it("are refused where an input could name what there is not", async () => {
    const why = 'y (Gather): its indices "at" may be out of range: they lie between';
    expect(await refusal([["Identity", ["i"], "at"]])).to.include(why);
    expect(await refusal([["Cast", ["b"], "at", { to: DType.int64 }]])).to.include(`${why} 0 and 255, on an axis of length 5`);
    expect(await refusal([["Mod", ["i", "six"], "at"]], [i64("six", 6)])).to.include(`${why} 0 and 5, on an axis of length 5`);
    expect(await refusal([["Div", ["i", "n"], "q"], ["Mul", ["q", "m"], "p"], ["Sub", ["i", "p"], "at"]], [i64("n", 5), i64("m", 4)])).to.include(why);
    expect(await refusal([["Mod", ["i", "n"], "at"]], [i64("n", 5, 4)], "GatherND")).to.include('"at" may be out of range: they lie between 0 and 3, on an axis of length 3');
  });

  it("are taken where arithmetic keeps them within their axes", async () => {
    expect(await refusal([["Mod", ["i", "n"], "at"]], [i64("n", 5)])).to.equal(undefined);
    expect(await refusal([["Max", ["i", "least"], "m"], ["Min", ["m", "most"], "at"]], [i64("least", -5), i64("most", 4)])).to.equal(undefined);
    expect(await refusal([["Div", ["i", "n"], "q"], ["Mul", ["q", "n"], "p"], ["Sub", ["i", "p"], "at"]], [i64("n", 5)])).to.equal(undefined);
    expect(await refusal([["Cast", ["b"], "w", { to: DType.int64 }], ["Div", ["w", "n"], "at"]], [i64("n", 64)])).to.equal(undefined);
    expect(await refusal([["Mod", ["i", "n"], "at"]], [i64("n", 5, 3)], "GatherND")).to.equal(undefined);
    expect(await refusal([["Mod", ["i", "n"], "a"], ["Add", ["a", "one"], "w"], ["Sub", ["w", "five"], "at"]], [i64("n", 5), i64("one", 1), i64("five", 5)])).to.equal(undefined);
  });
});
