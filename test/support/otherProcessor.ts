/** Runs of a version on a processor with other vector instructions, by an emulator where one is installed. */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { concatBytes } from "../../core/bytes.ts";
import { exposed, parseModel } from "../../core/onnx/model.ts";
import { canonicalise } from "../../core/tensor/canonical.ts";
import { DType } from "../../core/tensor/dtype.ts";
import { byteLength } from "../../core/tensor/shape.ts";
import type { Trace, World } from "./disputes.ts";

/** With AVX2 and FMA, and without AVX-512. */
const PROCESSOR = "Haswell";
const EMULATOR = "qemu-x86_64";

export const isEmulated = spawnSync(EMULATOR, ["--version"]).status === 0;

/** Runs of a version on that processor. All its tensors must be float32. */
export async function runsElsewhere({ model, program, tensors }: World, inputs: readonly (readonly Uint8Array[])[]): Promise<Trace[]> {
  if (tensors.some(({ dtype }) => dtype !== DType.float32)) throw new RangeError("only float32 is carried there and back");
  const folder = mkdtempSync(join(tmpdir(), "opg-elsewhere-"));
  try {
    const write = (name: string, data: string | Uint8Array) => writeFileSync(join(folder, name), data);
    write("model.onnx", concatBytes(exposed({ bytes: model.canonical, model: parseModel(model.canonical) })));
    write("inputs", Buffer.concat(inputs.flat()));
    const computed = tensors.slice(program.inputs.length);
    write("task.json", JSON.stringify({ inputs: program.inputs, outputs: model.tensors.slice(program.inputs.length), runs: inputs.length }));
    await emulate(join(import.meta.dirname, "traceProcess.mjs"), folder);
    const bytes = new Uint8Array(readFileSync(join(folder, "traces")));
    canonicalise(DType.float32, bytes);
    let at = 0;
    return inputs.map((given) => [...given, ...computed.map((tensor) => bytes.subarray(at, (at += byteLength(tensor))))]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function emulate(script: string, ...argv: string[]): Promise<void> {
  const child = spawn(EMULATOR, ["-cpu", PROCESSOR, process.execPath, script, ...argv], { stdio: ["ignore", "ignore", "pipe"] });
  const said: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => said.push(chunk));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`the emulated process ended with ${code}:\n${Buffer.concat(said).toString().slice(-2000)}`);
}
