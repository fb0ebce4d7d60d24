import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";
import type { Term, Writer } from "./writer.ts";

/** max(0, min(1, αx + β)). */
export const clipped = (w: Writer, x: Term, alpha: number, beta: number): string => w.max(w.min(w.add(w.mul(x, alpha), beta), 1), 0);

export const hardSigmoid: Lowering = activation("HardSigmoid", 1, ["Mul", "Add", "Min", "Max"], (w, x, attributes) =>
  clipped(w, x, attributes.float("alpha", 0.2), attributes.float("beta", 0.5)),
);
