import { readDigits, readModel } from "../../models/digits.ts";
import { toHex } from "../../core/bytes.ts";
import { compile } from "../../core/compile/compile.ts";
import { rebuild } from "../../core/compile/rebuild.ts";
import type { Runtime } from "../../core/runtime.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import { hexOf, type Run } from "./judgedLies.ts";

/** One run of the model of one digit, and what the runtime says of the values of its file. */
export async function runOf(name: "digits-mlp" | "digits-cnn-int8"): Promise<Run> {
  const { canonical, programFile } = await compile(readModel(name), { runtime: ortRuntime });
  let values: Run["values"] | undefined;
  const noting: Runtime = {
    ...ortRuntime,
    async open(file) {
      const session = await ortRuntime.open(file);
      values ??= { inputs: session.inputs, outputs: session.outputs };
      return session;
    },
  };
  const model = await rebuild(canonical, programFile, noting);
  const tracer = await model.open(ortRuntime);
  const trace = await tracer.run([readDigits()[0].input]);
  await tracer.release();
  return { canonical: toHex(canonical), programFile: toHex(programFile), values: values!, trace: hexOf(trace) };
}
