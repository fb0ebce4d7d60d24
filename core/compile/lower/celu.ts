import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";

/** max(0, x) + α · (e^min(0, x/α) − 1), for α above 0. */
export const celu: Lowering = activation("Celu", 12, ["Relu", "Div", "Min", "Clip", "Exp", "Sub", "Mul", "Add"], (w, x, attributes) => {
  const alpha = attributes.float("alpha", 1);
  if (!(alpha > 0)) return undefined;
  const below = w.sub(w.exp(w.min(w.div(x, alpha), 0)), 1);
  return w.add(w.relu(x), w.mul(below, alpha));
}, "its alpha is above 0");
