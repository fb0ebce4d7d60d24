import { expect } from "chai";
import * as ort from "onnxruntime-node";
import { compile } from "../../../core/compile/compile.ts";
import { DType } from "../../../core/tensor/dtype.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { graphModel } from "../../support/graph.ts";
import { CANONICAL, toOrt } from "../../support/ort.ts";

/** Extremes and ordinary numbers of int32, in three rows. */
const NUMBERS = [5, -7, 2 ** 31 - 1, -(2 ** 31), 0, 12, -1, 3, 1, 2, -2, 9, 4, 4, -6];
const DIMS = [3, 5];

describe("reductions of int32 and int64, bit for bit what the runtime computes", () => {
  for (const op of ["ReduceSum", "ReduceProd", "ReduceMin", "ReduceMax"])
    for (const dtype of [DType.int32, DType.int64])
      it(`${op} of ${dtype === DType.int32 ? "int32" : "int64"}`, async () => {
        const raw = new Uint8Array(dtype === DType.int32 ? Int32Array.from(NUMBERS).buffer : BigInt64Array.from(NUMBERS, BigInt).buffer);
        const axes = { name: "axes", dtype: DType.int64, dims: [1], raw: new Uint8Array(BigInt64Array.of(-1n).buffer) };
        const file = graphModel({
          inputs: [{ name: "x", dtype, dims: DIMS }],
          constants: [axes],
          nodes: [[op, ["x", "axes"], "y", { keepdims: 0 }]],
          outputs: [{ name: "y", dtype, dims: [3] }],
          opset: 18,
        });
        const compiled = await compile(file, { runtime: ortRuntime });
        const tracer = await compiled.open(ortRuntime);
        const trace = await tracer.run([raw]);
        await tracer.release();
        const session = await ort.InferenceSession.create(file, CANONICAL);
        const { y } = await session.run({ x: toOrt({ dtype, dims: DIMS, raw }) });
        await session.release();
        const { buffer, byteOffset, byteLength } = y.data as Int32Array;
        expect(Buffer.from(trace[compiled.program.outputs[0].id]).toString("hex")).to.equal(Buffer.from(buffer, byteOffset, byteLength).toString("hex"));
      });
});
