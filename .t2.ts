import { compile } from "./core/compile/compile.ts";
import { ortRuntime } from "./oracle/runtime/ort.ts";
import { randomInputs } from "./core/compile/arithmetics.ts";
import { rebuildByInference } from "./core/compile/rebuild.ts";
import { replayRun } from "./sdk/verify/replay.ts";
import { convolutions } from "./test/support/convolutions.ts";
import { readModel } from "./models/digits.ts";
for (const [n, f] of [["cnn", convolutions()], ["digits", readModel("digits-cnn")], ["int8", readModel("digits-cnn-int8")]] as const) {
  const m = await compile(f, { runtime: ortRuntime });
  let t = performance.now();
  const r = rebuildByInference(m.canonical, m.programFile);
  console.log(n, "rebuild", (performance.now() - t).toFixed(0), r.work);
  const inputs = randomInputs(r.program.inputs, 3);
  t = performance.now();
  const trace = replayRun(r, inputs, (d) => { const now = performance.now(); console.log(r.program.nodes[d - 1].op, (now - t).toFixed(0)); t = now; });
  const tracer = await m.open(ortRuntime);
  const real = await tracer.run(inputs);
  console.log(trace.map((b, i) => Buffer.compare(b, real[i])).join(""));
}
process.exit(0);
