/** One network as it is published, as plain onnxruntime runs it, and in canonical form. */
import { compile } from "../../../core/compile/compile.ts";
import { slackIn } from "../../../core/slack/slack.ts";
import { Rule } from "../../../core/program/types.ts";
import { drawInputs } from "../../../oracle/certify/inputs.ts";
import { ortRuntime } from "../../../oracle/runtime/ort.ts";
import type { Network } from "../networks/index.ts";
import type { openVerifierMeter } from "../verifierMeter.ts";
import { race, type Contender } from "./race.ts";
import { dearestVerdicts, type Verdict } from "./verdicts.ts";

export interface NetworkFigures {
  readonly name: string;
  /** Milliseconds of processors for one run with one thread: the file at the runtime's default and without optimisation, the canonical form. */
  readonly standard: number;
  readonly disabled: number;
  readonly canonical: number;
  /** How many times as fast the canonical form is with two threads as with one, and whether they give the same bits. */
  readonly twoThreads: { readonly gain: number; readonly same: boolean };
  readonly nodes: number;
  readonly bounded: number;
  /** How far the margin could be moved inside all bounds; undefined where that is not known. */
  readonly slack: number | undefined;
  /** Between the outputs of the canonical form and those of the file without optimisation; the deviation is that of the outputs. */
  readonly difference: { readonly largest: number; readonly mean: number; readonly deviation: number };
  readonly verdicts: readonly Verdict[];
}

/** @param onStep told what is done next */
export async function measureNetwork(
  { name, full }: Network,
  rounds: number,
  meter: Awaited<ReturnType<typeof openVerifierMeter>>,
  onStep: (step: string) => void,
): Promise<NetworkFigures> {
  const file = full();
  const model = await compile(file, { runtime: ortRuntime }, ({ stage, done, total }) => onStep(`${stage} ${done}/${total}`));
  const { program, canonical } = model;
  const inputs = drawInputs(program.inputs, 1);
  onStep("runs");
  const form: Contender = { file: canonical, optimisation: "disabled", threads: 1 };
  const alone: Contender[] = [{ file, optimisation: "all", threads: 1 }, { file, optimisation: "disabled", threads: 1 }, form];
  const [standard, disabled, canonicalForm] = await race(alone, program.inputs[0], inputs[0], rounds);
  // Apart from those: a second thread goes on for a while after a run, and would take time from the next.
  const [one, two] = await race([form, { ...form, threads: 2 }], program.inputs[0], inputs[0], rounds);
  onStep("slack");
  const tracer = await model.open(ortRuntime);
  const [slack] = slackIn(model, await tracer.run(inputs));
  await tracer.release();
  onStep("verdicts");
  return {
    name,
    standard: standard.cpu,
    disabled: disabled.cpu,
    canonical: canonicalForm.cpu,
    twoThreads: { gain: one.clock / two.clock, same: one.output.every((y, i) => Object.is(y, two.output[i])) },
    nodes: program.nodes.length,
    bounded: program.nodes.filter(({ rule }) => rule === Rule.bound).length,
    slack: slack.shift,
    difference: differenceOf(disabled.output, canonicalForm.output),
    verdicts: await dearestVerdicts(model, meter),
  };
}

function differenceOf(expected: Float32Array, given: Float32Array): NetworkFigures["difference"] {
  const mean = (values: Float32Array, of: (y: number, i: number) => number): number => values.reduce((sum, y, i) => sum + of(y, i), 0) / values.length;
  const centre = mean(expected, (y) => y);
  const distances = expected.map((y, i) => Math.abs(y - given[i]));
  return {
    largest: distances.reduce((a, b) => Math.max(a, b)),
    mean: mean(distances, (d) => d),
    deviation: Math.sqrt(mean(expected, (y) => (y - centre) ** 2)),
  };
}
