import type { Lowering } from "../lowering.ts";
import { WRITTEN } from "./activations.ts";
import { MOST_STEPS, unroll, type Cell } from "./unroll.ts";

/** An operator that goes over a sequence, written step by step. */
export const recurrent = (op: string, cell: Cell): Lowering => ({
  onnx: { [op]: { since: 7, shapedBy: "shapes" } },
  into: [...WRITTEN, "MatMul", "Add", "Sub", "Mul", "Clip", "Slice", "Concat", "Reshape", "Transpose", "Identity", "Less", "Where"],
  difference: "portable",
  where: `its inputs are float32, and its sequence has a known length of at most ${MOST_STEPS} steps, both directions counted`,
  rewrite: (site) => unroll(site, cell),
});
