import type { Runtime } from "../runtime.ts";
import type { CompiledModel } from "../compile/compiledModel.ts";
import { slackIn, type Slack } from "./slack.ts";

/** The slack of one output over several runs: either its figures, or `why` it is not defined. */
export interface SlackSummary {
  readonly output: string;
  readonly runs: number;
  readonly largestShift?: number;
  /** Of the runs whose output is all finite float32; absent where there are none. */
  readonly medianMargin?: number;
  readonly smallestMargin?: number;
  /** The greatest shift / margin; infinite where a margin of zero can be moved. */
  readonly worstRatio?: number;
  /** Runs in which the shift is no less than the margin: whoever stays inside all bounds might change the decision. */
  readonly reached?: number;
  readonly why?: string;
}

/** Runs the model on each of the inputs and sums up the slack of every output. */
export async function measureSlack(
  model: CompiledModel,
  runtime: Runtime,
  inputs: readonly (readonly Uint8Array[])[],
  onProgress: (done: number, total: number) => void = () => {},
): Promise<SlackSummary[]> {
  const tracer = await model.open(runtime);
  try {
    const runs: Slack[][] = [];
    for (const input of inputs) {
      onProgress(runs.length, inputs.length);
      runs.push(slackIn(model, await tracer.run(input)));
    }
    return model.program.outputs.map(({ name }, i) => summarise(name, runs.map((outputs) => outputs[i])));
  } finally {
    await tracer.release();
  }
}

function summarise(output: string, runs: readonly Slack[]): SlackSummary {
  const undecided = runs.filter(({ shift }) => shift === undefined);
  if (undecided.length > 0) {
    const often = undecided.length < runs.length ? ` (in ${undecided.length} of ${runs.length} runs)` : "";
    return { output, runs: runs.length, why: `${undecided[0].why}${often}` };
  }
  const ratios = runs.map(({ shift, margin }) => (shift === 0 ? 0 : shift! / margin!));
  const margins = runs.flatMap(({ margin }) => margin ?? []).sort((a, b) => a - b);
  const middle = (margins.length - 1) / 2;
  return {
    output,
    runs: runs.length,
    largestShift: Math.max(...runs.map(({ shift }) => shift!)),
    ...(margins.length > 0 && {
      medianMargin: (margins[Math.floor(middle)] + margins[Math.ceil(middle)]) / 2,
      smallestMargin: margins[0],
    }),
    worstRatio: Math.max(...ratios),
    reached: ratios.filter((ratio) => ratio >= 1).length,
  };
}

const MEASURED = ["largestShift", "medianMargin", "smallestMargin", "worstRatio"] as const;

/** The figures in two significant digits: a bound to first order is worth no more. */
export function rounded(summary: SlackSummary): SlackSummary {
  const figures = MEASURED.flatMap((key) => (summary[key] === undefined ? [] : [[key, Number(summary[key].toPrecision(2))] as const]));
  return { ...summary, ...Object.fromEntries(figures) };
}
