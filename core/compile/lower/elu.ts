import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";

/** max(0, x) + α · (e^min(0, x) − 1). */
export const elu: Lowering = activation("Elu", 1, ["Relu", "Min", "Clip", "Exp", "Sub", "Mul", "Add"], (w, x, attributes) => {
  const below = w.sub(w.exp(w.min(x, 0)), 1);
  return w.add(w.relu(x), w.mul(below, attributes.float("alpha", 1)));
});
