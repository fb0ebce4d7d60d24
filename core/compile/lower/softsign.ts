import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";

/** x / (1 + |x|). */
export const softsign: Lowering = activation("Softsign", 1, ["Abs", "Add", "Div"], (w, x) => w.div(x, w.add(w.abs(x), 1)));
