import { withExplicitPads } from "./explicitPads.ts";
import type { Lowering } from "./lowering.ts";
import { wholeDims } from "./known.ts";

/** A pool whose padding is found by the runtime: it is stated. */
export const maxPool: Lowering = {
  onnx: { MaxPool: { since: 1, shapedBy: "shapes" } },
  into: ["MaxPool"],
  difference: "portable",
  where: "its padding is left to the runtime, and its window is not dilated",
  rewrite(site) {
    const dims = wholeDims(site.inputs[0]);
    return dims === undefined ? undefined : withExplicitPads(site, dims.slice(2), site.attributes.ints("kernel_shape") ?? []);
  },
};
