import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";

/** Terms of the series, of which the next is below 2⁻²⁶ of the first where z is at most ⅓. */
const TERMS = 7;

/**
 * max(0, x) + ln(1 + u) with u = e^−|x|, which is at most 1: ln(1 + u) = 2 · artanh z with z = u / (u + 2), and
 * artanh z = z · (1 + z²/3 + z⁴/5 + …).
 */
export const softplus: Lowering = activation("Softplus", 1, ["Relu", "Abs", "Mul", "Exp", "Add", "Div"], (w, x) => {
  const u = w.exp(w.mul(w.abs(x), -1));
  const z = w.div(u, w.add(u, 2));
  const square = w.mul(z, z);
  let series: string | number = 2 / (2 * TERMS - 1);
  for (let k = TERMS - 2; k >= 0; k--) series = w.add(w.mul(square, series), 2 / (2 * k + 1));
  return w.add(w.relu(x), w.mul(z, series));
});
