import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";

/** γ · max(0, x) + γα · (e^min(0, x) − 1). */
export const selu: Lowering = activation("Selu", 1, ["Relu", "Min", "Clip", "Exp", "Sub", "Mul", "Add"], (w, x, attributes) => {
  const alpha = attributes.float("alpha", 1.67326319217681884765625);
  const gamma = attributes.float("gamma", 1.05070102214813232421875);
  const below = w.sub(w.exp(w.min(x, 0)), 1);
  return w.add(w.mul(w.relu(x), gamma), w.mul(below, gamma * alpha));
});
