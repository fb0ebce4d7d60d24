import { readdirSync, readFileSync, existsSync } from "node:fs";
import { compile } from "./core/compile/compile.ts";
import { rebuildByInference } from "./core/compile/rebuild.ts";
import { ortRuntime } from "./oracle/runtime/ort.ts";
import { randomInputs } from "./core/compile/arithmetics.ts";
import { replayRun } from "./sdk/verify/replay.ts";
for (const name of readdirSync("models")) {
  const file = `models/${name}/model.onnx`;
  if (!existsSync(file)) continue;
  const m = await compile(new Uint8Array(readFileSync(file)), { runtime: ortRuntime, dims: {} } as never);
  const r = rebuildByInference(m.canonical, m.programFile);
  const inputs = randomInputs(r.program.inputs, 3);
  const t = performance.now();
  const trace = replayRun(r, inputs);
  const ms = performance.now() - t;
  const tracer = await m.open(ortRuntime);
  const real = await tracer.run(inputs);
  console.log(name, r.work, ms.toFixed(0), trace.map((b, i) => Buffer.compare(b, real[i])).join(""));
}
process.exit(0);
