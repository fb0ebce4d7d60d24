import { resolve } from "node:path";
import { drawInputs } from "../certify/inputs.ts";
import { measureSlack, rounded, type SlackSummary } from "../../core/slack/slackSummary.ts";
import type { CompiledModel } from "../../core/compile/compiledModel.ts";
import { Rule } from "../../core/program/types.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import { foreignRuntime } from "../runtime/processRuntime.ts";
import type { Output } from "./output.ts";
import { cutInput, readInputFile } from "./parse.ts";

/** Random inputs that are run where no sample is given. */
const DRAWS = 4;

export interface Sample {
  readonly file: string;
  readonly bytes: Uint8Array;
}

export const readSamples = (files: readonly string[], cwd: string): Sample[] =>
  files.map((file) => ({ file, bytes: readInputFile(resolve(cwd, file), "sample") }));

/** The inputs in the samples; undefined where there are none. */
export const cutSamples = (samples: readonly Sample[], specs: readonly TensorSpec[]): Uint8Array[][] | undefined =>
  samples.length === 0 ? undefined : samples.map(({ file, bytes }) => cutInput(specs, bytes, `the sample ${file}`));

/** Seeded random inputs, which stand for a sample. */
export const drawSample = (specs: readonly TensorSpec[], i = 0): Uint8Array[] => drawInputs(specs, i + 1);

/** The slack of a compiled model on samples, or on seeded random inputs, with its lines for people. Without bounds there is none to measure. */
export async function slackOn(
  model: CompiledModel,
  samples: readonly Sample[],
  output: Output,
): Promise<{ slack: SlackSummary[]; lines: string[] }> {
  const { inputs: specs, outputs, nodes } = model.program;
  if (nodes.every(({ rule }) => rule !== Rule.bound)) {
    const slack = outputs.map(({ name }): SlackSummary => ({ output: name, runs: 0, largestShift: 0, worstRatio: 0, reached: 0 }));
    return { slack, lines: outputs.map(({ name }) => `slack         ${name}: 0, no node is under a bound`) };
  }
  const inputs = cutSamples(samples, specs) ?? Array.from({ length: DRAWS }, (_, i) => drawSample(specs, i));
  const progress = output.progress("slack");
  try {
    const slack = await measureSlack(model, foreignRuntime, inputs, (done, total) => progress.update(done, total));
    const kind = samples.length > 0 ? "sample" : "random input";
    return { slack, lines: slack.map((summary) => `slack         ${summary.output}: ${describeSlack(summary, kind)}`) };
  } finally {
    progress.stop();
  }
}

/** @param kind what the model was run on, in the singular */
export function describeSlack(summary: SlackSummary, kind: string): string {
  const { runs, why, largestShift, medianMargin, smallestMargin, worstRatio, reached } = rounded(summary);
  if (why !== undefined) return `not defined: ${why}`;
  const where = `${runs} ${kind}${runs === 1 ? "" : "s"}`;
  if (largestShift === 0) return `0 on ${where}`;
  const worst = reached === 0 ? `at worst ${worstRatio} of the margin on ${where}` : `no less than the margin on ${reached} of ${where}`;
  return `at most ${largestShift}, margin ${medianMargin} in the median and ${smallestMargin} at least; ${worst}`;
}
