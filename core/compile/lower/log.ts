import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";
import { INTO_LOGARITHM, logarithm } from "./logarithm.ts";

export const log: Lowering = activation("Log", 1, INTO_LOGARITHM, (w, x) => logarithm(w, x));
