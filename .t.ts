import { readdirSync, readFileSync, existsSync } from "node:fs";
import { compile } from "./core/compile/compile.ts";
import { readCanonical } from "./core/compile/canonicalForm.ts";
import { inferTypes } from "./core/compile/inference.ts";
import { valueTypes } from "./core/compile/shapes.ts";
import { rebuildByInference } from "./core/compile/rebuild.ts";
import { ortRuntime } from "./oracle/runtime/ort.ts";
import { randomInputs } from "./core/compile/arithmetics.ts";
import { replayRun } from "./sdk/verify/replay.ts";
const root = "/tmp/onnx-node/onnx-node";
let taken = 0, inferred = 0, replayed = 0, open = 0; const bad: string[] = [];
for (const name of readdirSync(root)) {
  const file = `${root}/${name}/model.onnx`;
  if (!existsSync(file)) continue;
  let m;
  try { m = await compile(new Uint8Array(readFileSync(file)), { runtime: ortRuntime, dims: {} } as never); } catch { continue; }
  taken++;
  try {
    const r = rebuildByInference(m.canonical, m.programFile); inferred++;
    const inputs = randomInputs(r.program.inputs, 3);
    if (r.work > 3e6) continue;
    const t = performance.now();
    const trace = replayRun(r, inputs);
    const ms = performance.now() - t;
    const tracer = await m.open(ortRuntime);
    const real = await tracer.run(inputs);
    if (trace.every((b, i) => Buffer.compare(b, real[i]) === 0)) replayed++; else bad.push(name + " differs");
    if (ms > 1000) console.log("slow", name, r.work, ms.toFixed(0));
  } catch (e) { if (String(e).startsWith("LeftOpen")) { open++; console.log(name, String(e).slice(0, 120)); } else bad.push(`${name}: ${String(e).slice(0, 200)}`); }
}
console.log({ taken, inferred, replayed, open }, bad);
process.exit(0);
