import { join } from "node:path";
import { expect } from "chai";
import { build } from "esbuild";
import { toHex } from "../../../core/bytes.ts";
import { randomInputs } from "../../../core/compile/arithmetics.ts";
import { compile } from "../../../core/compile/compile.ts";
import type { Hex } from "../../../core/hex.ts";
import { readDigits, readModel } from "../../../models/digits.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { runInChromium } from "../../support/chromium.ts";
import type { Timed, WrittenCase } from "../../support/judgedInPage.ts";
import { convolutions } from "../../support/convolutions.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const figures = process.env.OPG_FIGURES === "1";

async function bundle(entry: string): Promise<string> {
  const { outputFiles } = await build({ entryPoints: [join(root, entry)], bundle: true, write: false, format: "esm", platform: "browser", target: "es2023", minify: true, logLevel: "silent" });
  return outputFiles[0].text;
}

/** A case whose output is that of onnxruntime, and how long onnxruntime took for the run. */
async function caseOf(file: Uint8Array, input?: Uint8Array): Promise<{ given: WrittenCase; work: number; ort: number }> {
  const model = await compile(file, { runtime: ortRuntime });
  const inputs = input === undefined ? randomInputs(model.program.inputs, 9) : [input];
  const tracer = await model.open(ortRuntime);
  const started = performance.now();
  const trace = await tracer.run(inputs);
  const ort = performance.now() - started;
  await tracer.release();
  const bytes = { canonical: toHex(model.canonical), programFile: toHex(model.programFile), input: toHex(inputs[0]), output: toHex(trace[model.program.outputs[0].id]) };
  return { given: { ...bytes, programRoot: model.root as Hex, mostWork: 1e9 }, work: model.work, ort };
}

describe("a job verified in a browser", function () {
  this.timeout(300_000);
  let script: string;
  let worker: string;
  before(async () => {
    [script, worker] = await Promise.all([bundle("test/support/judgedInPage.ts"), bundle("sdk/verify/worker.ts")]);
  });
  // The script refers to the worker by the name that its source has.
  const judged = (given: WrittenCase): Promise<Timed> => runInChromium(script, given, { "/worker.ts": worker }) as Promise<Timed>;

  for (const name of ["digits-cnn", "digits-cnn-int8"] as const) {
    it(`${name}: an honest result matches, and a lie is shown`, async () => {
      const { given, work, ort } = await caseOf(readModel(name), readDigits()[0].input);
      const { judgement, ms } = await judged(given);
      if (figures) console.log({ name, work, ms: Math.round(ms), ort: Math.round(ort) });
      expect(judgement).to.deep.include({ verdict: "match" });
      const lie = { ...given, output: `${given.output.slice(0, -2)}${given.output.endsWith("00") ? "01" : "00"}` as Hex };
      expect((await judged(lie)).judgement).to.deep.include({ verdict: "mismatch" });
    });
  }

  it("a model of five million products: an honest result matches", async () => {
    const { given, work, ort } = await caseOf(convolutions());
    expect(work).to.be.within(5_000_000, 8_000_000);
    const { judgement, ms } = await judged(given);
    if (figures) console.log({ name: "convolutions", work, ms: Math.round(ms), ort: Math.round(ort) });
    expect(judgement).to.deep.include({ verdict: "match" });
    expect(ms).to.be.lessThan(60_000);
  });
});
