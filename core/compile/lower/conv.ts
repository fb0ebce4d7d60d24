import { withExplicitPads } from "./explicitPads.ts";
import type { Lowered, Lowering, Site } from "./lowering.ts";
import { FLOAT, floatDims } from "./known.ts";
import { asProduct, LEAST_PATCH } from "./patches.ts";
import { LEAST_COPY, readingCopy } from "./windowedInput.ts";

function padded(site: Site): Lowered | undefined {
  const [x, weights] = [floatDims(site.inputs[0]), floatDims(site.inputs[1])];
  return x === undefined || weights === undefined ? undefined : withExplicitPads(site, x.slice(2), weights.slice(2));
}

/** A convolution whose padding is found by the runtime, which is stated, or whose elements would be read from many leaves, so that few suffice. */
export const conv: Lowering = {
  onnx: { Conv: { since: 1, shapedBy: "shapes" } },
  into: ["Reshape", "Transpose", "MatMul", "Add", "Conv"],
  difference: "portable",
  where:
    `${FLOAT}, and its padding is left to the runtime; or its weights are constants, and its windows tile the map in patches of ${LEAST_PATCH} places or more; ` +
    `or its input is one of the graph's, with several channels and ${LEAST_COPY} elements or more, and its window has several places`,
  rewrite: (site) => padded(site) ?? asProduct(site) ?? readingCopy(site),
};
