import type { Lowering } from "./lowering.ts";
import { FLOAT } from "./known.ts";
import { belowGreatest, normalisedBy, type Normalised } from "./softmax.ts";
import { sum } from "./sums.ts";
import { Writer } from "./writer.ts";

/** Where the logarithm is as near as float32 can tell. */
const NEAR = 2 ** -26;

/**
 * The natural logarithm of values between 1 and n, by Halley's method for e^y = x: y + 2·(x − e^y) / (x + e^y). A step takes the
 * error d to d − 2·tanh(d/2), which is nearer to 0 on the same side. So the ends are the worst, and say how many steps it takes.
 */
function logarithm(w: Writer, x: string, n: number): string {
  let error = Math.log(n) / 2;
  let y: string | number = error;
  do {
    const power: string | number = typeof y === "number" ? Math.exp(y) : w.exp(y);
    y = w.add(y, w.mul(w.div(w.sub(x, power), w.add(x, power)), 2));
    error -= 2 * Math.tanh(error / 2);
  } while (error > NEAR);
  return y;
}

/** What is written for it. */
export const INTO_LOG_SOFTMAX = ["ReduceMax", "Sub", "Exp", "MatMul", "Slice", "Reshape", "Add", "Mul", "Div"] as const;

/** (x − m) − ln Σ e^(x − m). The sum of n powers, of which one is 1, is between 1 and n. */
export function logSoftmaxOf(w: Writer, x: string, { dims, axes }: Normalised): string {
  const below = belowGreatest(w, x, axes);
  const total = sum(w, w.exp(below), dims, axes);
  const n = axes.reduce((product, axis) => product * dims[axis], 1);
  return w.sub(below, logarithm(w, total, n));
}

export const logSoftmax: Lowering = {
  onnx: { LogSoftmax: { since: 1, shapedBy: "shapes" } },
  into: INTO_LOG_SOFTMAX,
  difference: "portable",
  where: FLOAT,
  rewrite(site) {
    const normalised = normalisedBy(site);
    if (normalised === undefined) return undefined;
    const w = new Writer(site);
    return w.done(logSoftmaxOf(w, site.node.input[0], normalised));
  },
};
