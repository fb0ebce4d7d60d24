/**
 * Runs all subjects on the processor that it finds, real or emulated, and prints a report as one line of JSON:
 * `node checks/portable/process.ts FOLDER`.
 */
import { describeObjections } from "../../core/compile/objections.ts";
import { rebuild } from "../../core/compile/rebuild.ts";
import { commitTrace } from "../../core/dispute/evidence.ts";
import { tensorRoot } from "../../core/merkle/tensorTree.ts";
import { exposed, parseModel } from "../../core/onnx/model.ts";
import { twin } from "../../core/operators/index.ts";
import { isDType } from "../../core/tensor/dtype.ts";
import { readModel } from "../../models/digits.ts";
import { selfTest } from "../../oracle/host/selfTest.ts";
import { ortRuntime } from "../../oracle/runtime/ort.ts";
import type { RuntimeTensor } from "../../core/runtime.ts";
import { readSubjects, type Outcome, type Report, type Roots } from "./report.ts";

type Read = ReturnType<typeof readSubjects>[number];

/** What the self-test of a host tries. */
const TESTED = ["digits-cnn", "digits-cnn-int8"] as const;

/** @param isFit whether the self-test refuses nothing: a host that it refuses tries no version */
async function versionHere({ name, file, runs }: Read, programFile: Uint8Array, isFit: boolean): Promise<Outcome> {
  const model = await rebuild(file, programFile, ortRuntime);
  const objection = isFit ? describeObjections(await model.objections(ortRuntime)) : undefined;
  const tracer = await model.open(ortRuntime);
  const roots: Roots[] = [];
  for (const inputs of runs) {
    const trees = commitTrace(model.program, await tracer.run(inputs));
    roots.push(Object.fromEntries(trees.map(({ root }, id) => [model.tensors[id], root])));
  }
  await tracer.release();
  return { name, roots, ...(objection !== undefined && { objection }) };
}

async function fileHere({ name, file, inputs, runs }: Read): Promise<Outcome> {
  const session = await ortRuntime.open(exposed({ bytes: file, model: parseModel(file) }));
  const roots: Roots[] = [];
  for (const values of runs) {
    const results = await session.run(new Map(inputs.map((spec, i) => [spec.name, { ...spec, data: values[i] }])));
    roots.push(Object.fromEntries([...results].map(([value, tensor]) => [value, rootOf(tensor)])));
  }
  await session.release();
  return { name, roots };
}

function rootOf({ dtype, dims, data }: RuntimeTensor): string {
  if (!isDType(dtype)) throw new Error(`no tensor has elements of type ${dtype}`);
  return tensorRoot({ dtype, dims, perm: dims.map((_, axis) => axis) }, data);
}

const faults = await selfTest(TESTED.map((name) => ({ name, file: readModel(name) })), ortRuntime, twin);
const outcomes: Outcome[] = [];
for (const subject of readSubjects(process.argv[2])) {
  outcomes.push(await (subject.program === undefined ? fileHere(subject) : versionHere(subject, subject.program, faults.length === 0)));
}
const report: Report = { arch: process.arch, runtime: ortRuntime.name, faults, outcomes };
process.stdout.write(`${JSON.stringify(report)}\n`);
