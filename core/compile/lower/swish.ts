import { activation } from "./activation.ts";
import type { Lowering } from "./lowering.ts";

/** x · σ(α · x). */
export const swish: Lowering = {
  isEarly: true,
  ...activation("Swish", 24, ["Mul", "Sigmoid"], (w, x, attributes) => {
    const alpha = attributes.float("alpha", 1);
    return w.mul(x, w.of("Sigmoid", [alpha === 1 ? x : w.mul(x, alpha)]));
  }),
};
