import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";
import type { Term, Writer } from "./writer.ts";

/** αx + β, or the end of the range from 0 to 1 that it is beyond. */
export const clipped = (w: Writer, x: Term, alpha: number, beta: number): string => w.clip(w.add(w.mul(x, alpha), beta), 0, 1);

export const hardSigmoid: Lowering = activation("HardSigmoid", 1, ["Mul", "Add", "Clip"], (w, x, attributes) =>
  clipped(w, x, attributes.float("alpha", 0.2), attributes.float("beta", 0.5)),
);
