/**
 * Runs a model whose tensors are all float32, for otherProcessor.ts: `traceProcess.mjs FOLDER`.
 * Rationale: plain JavaScript, for under emulators Node crashes where it strips types.
 */
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ort from "onnxruntime-node";

const inside = (name) => join(process.argv[2], name);
const { inputs, outputs, runs } = JSON.parse(readFileSync(inside("task.json"), "utf8"));
const session = await ort.InferenceSession.create(inside("model.onnx"), {
  executionProviders: ["cpu"],
  graphOptimizationLevel: "disabled",
  executionMode: "sequential",
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  logSeverityLevel: 4,
});
const given = new Float32Array(Uint8Array.from(readFileSync(inside("inputs"))).buffer);
let at = 0;
for (let run = 0; run < runs; run++) {
  const feeds = {};
  for (const { name, dims } of inputs) {
    const size = dims.reduce((product, dim) => product * dim, 1);
    feeds[name] = new ort.Tensor("float32", given.slice(at, (at += size)), dims);
  }
  const results = await session.run(feeds, outputs);
  for (const name of outputs) appendFileSync(inside("traces"), Buffer.from(new Uint8Array(results[name].data.buffer, results[name].data.byteOffset, results[name].data.byteLength)));
}
