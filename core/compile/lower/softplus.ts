import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";
import { twiceArtanh } from "./series.ts";

/** max(0, x) + ln(1 + u) with u = e^−|x|, which is at most 1: ln(1 + u) = 2 · artanh z with z = u / (u + 2). */
export const softplus: Lowering = activation("Softplus", 1, ["Relu", "Abs", "Mul", "Exp", "Add", "Div"], (w, x) => {
  const u = w.exp(w.mul(w.abs(x), -1));
  return w.add(w.relu(x), twiceArtanh(w, w.div(u, w.add(u, 2))));
});
