import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";

/** x + bias below −λ, x − bias above λ, 0 between. */
export const shrink: Lowering = activation("Shrink", 9, ["Less", "Add", "Sub", "Where"], (w, x, attributes) => {
  const [bias, lambda] = [attributes.float("bias", 0), attributes.float("lambd", 0.5)];
  const above = w.where(w.less(lambda, x), w.sub(x, bias), 0);
  return w.where(w.less(x, -lambda), w.add(x, bias), above);
});
