import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";

/** max(0, x) + slope · min(0, x). */
export const prelu: Lowering = activation("PRelu", 7, ["Relu", "Min", "Clip", "Mul", "Add"], (w, x, _, node) =>
  w.add(w.relu(x), w.mul(w.min(x, 0), node.input[1])),
);
