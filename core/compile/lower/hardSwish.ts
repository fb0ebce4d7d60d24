import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";
import { clipped } from "./hardSigmoid.ts";

/** x · max(0, min(1, x/6 + ½)). */
export const hardSwish: Lowering = activation("HardSwish", 14, ["Mul", "Add", "Clip"], (w, x) => w.mul(x, clipped(w, x, 1 / 6, 0.5)));
