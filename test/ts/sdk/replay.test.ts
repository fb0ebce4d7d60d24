import { expect } from "chai";
import { randomInputs } from "../../../core/compile/arithmetics.ts";
import { compile } from "../../../core/compile/compile.ts";
import type { CompiledModel } from "../../../core/compile/compiledModel.ts";
import { inferTypes } from "../../../core/compile/inference.ts";
import { readCanonical } from "../../../core/compile/canonicalForm.ts";
import { rebuildByInference } from "../../../core/compile/rebuild.ts";
import { valueTypes } from "../../../core/compile/shapes.ts";
import { CompileError } from "../../../core/faults.ts";
import type { Job } from "../../../core/jobs/job.ts";
import { jobOutput } from "../../../core/program/jobOutput.ts";
import { hasBounds, outputId } from "../../../core/program/program.ts";
import { readDigits, readModel } from "../../../models/digits.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import { OpgError } from "../../../sdk/errors.ts";
import { outputTensors } from "../../../sdk/jobs/values.ts";
import { judge, type Case } from "../../../sdk/verify/judge.ts";
import { LeftOpen, replayRun } from "../../../sdk/verify/replay.ts";
import { oneNodeModel } from "../../support/onnxModel.ts";
import { oneNodeModels } from "../../support/models.ts";

/** The values of all tensors, as onnxruntime computes them. */
async function traced(model: CompiledModel, inputs: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const tracer = await model.open(ortRuntime);
  try {
    return await tracer.run(inputs);
  } finally {
    await tracer.release();
  }
}

describe("a run replayed without a runtime", function () {
  this.timeout(300_000);

  for (const name of ["digits-mlp", "digits-cnn", "digits-cnn-int8"] as const) {
    it(`gives every tensor of ${name} the bits that onnxruntime gives it`, async () => {
      const compiled = await compile(readModel(name), { runtime: ortRuntime });
      const model = rebuildByInference(compiled.canonical, compiled.programFile);
      expect(model.root).to.equal(compiled.root);
      for (const { input } of readDigits().slice(0, 3)) expect(replayRun(model, [input])).to.deep.equal(await traced(compiled, [input]));
    });
  }

  it("infers the types that onnxruntime gives, and computes its bits, of one-node models over all operators' attributes", async () => {
    const counts = { replayed: 0, open: 0 };
    for (const [name, file] of oneNodeModels) {
      const compiled = await compile(file, { runtime: ortRuntime }).catch((error: unknown) => {
        if (error instanceof CompileError) return undefined;
        throw error;
      });
      if (compiled === undefined) continue;
      const { model: canonical } = readCanonical(compiled.canonical);
      const [inferred, said] = [inferTypes(canonical), await valueTypes(canonical, ortRuntime)];
      for (const { output } of canonical.graph.node) expect(inferred.get(output[0]), name).to.deep.equal(said.get(output[0]));
      const model = rebuildByInference(compiled.canonical, compiled.programFile);
      const inputs = randomInputs(model.program.inputs, 5);
      if (hasBounds(model.program)) {
        expect(() => replayRun(model, inputs), name).to.throw(LeftOpen, /within an error bound/);
        counts.open++;
        continue;
      }
      expect(replayRun(model, inputs), name).to.deep.equal(await traced(compiled, inputs));
      counts.replayed++;
    }
    expect(counts).to.deep.equal({ replayed: 42, open: 0 });
  });
});

describe("a judgement without a chain", function () {
  this.timeout(60_000);
  let model: CompiledModel;
  let honest: Case;
  before(async () => {
    model = await compile(readModel("digits-mlp"), { runtime: ortRuntime });
    const { input } = readDigits()[0];
    const trace = await traced(model, [input]);
    const output = trace[model.program.outputs[0].id];
    honest = { canonical: model.canonical, programFile: model.programFile, programRoot: model.root as Case["programRoot"], input, output, mostWork: 1e6 };
  });

  it("matches what an honest run gives, and tells the nodes that are done", () => {
    const told: [number, number][] = [];
    expect(judge(honest, (done, all) => told.push([done, all]))).to.deep.equal({ verdict: "match", detail: "the same bytes, by 6 nodes" });
    expect(told).to.deep.equal([1, 2, 3, 4, 5, 6].map((done) => [done, 6]));
  });

  it("shows the first number that differs, by its name and place", () => {
    for (const element of [0, 7]) {
      const output = Uint8Array.from(honest.output, (byte, at) => (at === 4 * element ? byte ^ 1 : byte));
      const judged = judge({ ...honest, output });
      expect(judged.verdict).to.equal("mismatch");
      expect(judged.verdict === "mismatch" && judged.difference).to.deep.include({ output: 0, element, coordinates: [0, element] });
    }
    expect(judge({ ...honest, output: honest.output.subarray(1) })).to.deep.include({ verdict: "mismatch" });
  });

  it("does not know what is no case of these files, and says why", () => {
    const cases: [Partial<Case>, RegExp][] = [
      [{ programRoot: `0x${"0".repeat(64)}` }, /make a program with the root 0x[0-9a-f]{64}, the version has 0x0{64}$/],
      [{ mostWork: model.work - 1 }, /elements, more than the \d+ that are replayed: recompute it with opg verify$/],
      [{ input: honest.input.subarray(4) }, /the input has 252 bytes/],
      [{ programFile: new TextEncoder().encode("{}") }, /program file is malformed/],
      [{ canonical: honest.canonical.subarray(1) }, /it belongs to the canonical file/],
    ];
    for (const [change, why] of cases) {
      const { verdict, detail } = judge({ ...honest, ...change });
      expect(verdict, detail).to.equal("unknown");
      expect(detail).to.match(why);
    }
  });

  it("compares the roots of an output that goes by its roots, whose values anybody fetches", async () => {
    const wide = await compile(oneNodeModel({ op: "Relu", inputs: [{ dtype: 1, dims: [9_000] }], outputs: [{ dtype: 1 }] }), { runtime: ortRuntime });
    const [input] = randomInputs(wide.program.inputs, 7);
    const values = (await traced(wide, [input]))[1];
    const output = jobOutput(wide.program, values);
    const given: Case = { canonical: wide.canonical, programFile: wide.programFile, programRoot: wide.root as Case["programRoot"], input, output, mostWork: 1e6 };
    expect(output.length).to.equal(32);
    expect(judge(given)).to.deep.equal({ verdict: "match", detail: "the same roots, by 1 nodes" });
    const [other, changed] = [output.slice(), values.slice()];
    other[0] ^= 1;
    changed[35_999] ^= 1;
    expect(judge({ ...given, output: other })).to.deep.equal({ verdict: "mismatch", detail: "y0: its root is not the one that was submitted" });

    const state = { job: { id: 7n } as Job, output, outputUri: "https://a.example/values https://b.example/values" };
    const served = (first: Uint8Array, second: Uint8Array) => (uri: string) => Promise.resolve(uri.startsWith("https://a") ? first : second);
    const [tensor] = await outputTensors(state, wide.program.outputs, served(changed, values));
    expect([...tensor.data]).to.deep.equal([...new Float32Array(values.slice().buffer)]);
    const failed: unknown = await outputTensors(state, wide.program.outputs, served(changed, values.subarray(4))).catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(OpgError);
    expect((failed as OpgError).message).to.match(/no address gives the output of job .*: https:\/\/a.example\/values gives other values; https:\/\/b.example\/values gives other values/);
  });

  it("leaves open what a processor decides: the sign of a quotient by zero", async () => {
    const division = await compile(oneNodeModels.get("Div")!, { runtime: ortRuntime });
    const rebuilt = rebuildByInference(division.canonical, division.programFile);
    const zeros = rebuilt.program.inputs.map(({ dims }) => new Uint8Array(4 * dims.reduce((a, b) => a * b, 1)));
    const ones = zeros.map((bytes, i) => (i === 0 ? new Uint8Array(new Float32Array(bytes.length / 4).fill(1).buffer) : bytes));
    expect(outputId(rebuilt.program.nodes[0])).to.equal(zeros.length);
    expect(() => replayRun(rebuilt, ones)).to.throw(LeftOpen, /may have several values, by processor/);
  });
});
