import { expect } from "chai";
import ort from "onnxruntime-node";
import { Random } from "../../../core/math/random.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { createWorkerRuntime } from "../../../oracle/runtime/workers.ts";
import { oneNodeModel, type NodeSpec } from "../../support/onnxModel.ts";

const DIMS = [1, 3, 517];
const FLOAT = { dtype: 1, dims: DIMS };
const PER_CHANNEL = { dtype: 1, dims: [3], raw: new Uint8Array(Float32Array.of(1, 0.5, 2).buffer) };
const LAST_AXIS = { dtype: 7, dims: [1], raw: new Uint8Array(BigInt64Array.of(-1n).buffer) };

/** Nodes whose kernels add what stands before a multiple of 16 bytes apart from the rest, on a graph input. */
const NODES: readonly NodeSpec[] = [
  { op: "ReduceSum", inputs: [FLOAT, LAST_AXIS], outputs: [{ dtype: 1 }] },
  { op: "ReduceMean", inputs: [FLOAT], outputs: [{ dtype: 1 }], attributes: { axes: { ints: [-1] } } },
  { op: "InstanceNormalization", inputs: [FLOAT, PER_CHANNEL, PER_CHANNEL], outputs: [{ dtype: 1, dims: DIMS }] },
];

const LENGTH = 4 * DIMS.reduce((product, size) => product * size);

/** The same bytes that many bytes behind a multiple of 16. */
function shifted(bytes: Uint8Array, offset: number): Uint8Array {
  const view = new Uint8Array(new ArrayBuffer(LENGTH + 16), offset, LENGTH);
  view.set(bytes);
  return view;
}

describe("where a caller's bytes lie", () => {
  const random = new Random(5);
  const input = new Uint8Array(Float32Array.from({ length: LENGTH / 4 }, () => random.normal() * 10).buffer);
  const workers = createWorkerRuntime(1);
  after(() => workers.close());

  for (const spec of NODES) {
    const model = oneNodeModel(spec);

    it(`changes bits of ${spec.op} in the runtime itself`, async () => {
      const session = await ort.InferenceSession.create(model, { graphOptimizationLevel: "disabled", intraOpNumThreads: 1 });
      const results = new Set<string>();
      for (const offset of [0, 4, 8, 12]) {
        const { buffer, byteOffset } = shifted(input, offset);
        const x0 = new ort.Tensor("float32", new Float32Array(buffer as ArrayBuffer, byteOffset, LENGTH / 4), DIMS);
        const { data } = (await session.run({ x0 })).y0;
        results.add(Buffer.from((data as Float32Array).buffer).toString("hex"));
      }
      await session.release();
      expect(results.size).to.be.greaterThan(1);
    });

    for (const [where, runtime] of [["here", ortRuntime], ["on a thread", workers]] as const) {
      it(`changes no bit of ${spec.op} ${where}`, async () => {
        const session = await runtime.open(model);
        const results = new Set<string>();
        for (let offset = 0; offset < 16; offset++) {
          const data = shifted(input, offset);
          const { data: made } = (await session.run(new Map([["x0", { dtype: 1, dims: DIMS, data }]]))).get("y0")!;
          expect(made.some((byte) => byte !== 0)).to.equal(true);
          results.add(Buffer.from(made).toString("hex"));
        }
        await session.release();
        expect(results.size).to.equal(1);
      });
    }
  }
});
