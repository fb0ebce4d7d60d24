import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";

/** From here on the tangent is 1 in float32, and the square of the power far from overflowing. */
const FLAT = 20;

/** x · tanh(ln(1 + e^x)) = x · n / (n + 2) with n = (1 + e^x)² − 1 = e^x · (e^x + 2). */
export const mish: Lowering = { isEarly: true, ...activation("Mish", 18, ["Min", "Clip", "Exp", "Add", "Mul", "Div"], (w, x) => {
  const power = w.exp(w.min(x, FLAT));
  const n = w.mul(power, w.add(power, 2));
  return w.mul(x, w.div(n, w.add(n, 2)));
}) };
