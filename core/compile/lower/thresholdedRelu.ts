import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";

/** The square of it takes the least difference of two numbers beyond 1. */
const STEEP = 2 ** 127;

/** max(x, α) times 1 where x is greater than α, and 0 elsewhere. Two numbers that differ have a difference other than 0. */
export const thresholdedRelu: Lowering = activation("ThresholdedRelu", 10, ["Sub", "Mul", "Clip", "Max"], (w, x, attributes) => {
  const alpha = attributes.float("alpha", 1);
  if (!Number.isFinite(alpha)) return undefined;
  const isAbove = w.clip(w.mul(w.mul(w.sub(x, alpha), STEEP), STEEP), 0, 1);
  return w.mul(w.max(x, alpha), isAbove);
}, "its alpha is finite");
