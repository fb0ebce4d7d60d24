import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";

/** The greater of x and αx for α above 0 and up to 1, max(0, x) + α · min(0, x) for others. */
export const leakyRelu: Lowering = activation("LeakyRelu", 1, ["Relu", "Min", "Mul", "Add", "Max"], (w, x, attributes) => {
  const alpha = attributes.float("alpha", 0.01);
  return alpha > 0 && alpha <= 1 ? w.max(x, w.mul(x, alpha)) : w.add(w.relu(x), w.mul(w.min(x, 0), alpha));
});
