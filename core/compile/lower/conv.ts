import type { Lowering } from "./lowering.ts";
import { FLOAT } from "./known.ts";
import { asProduct, LEAST_PATCH } from "./patches.ts";
import { LEAST_COPY, readingCopy } from "./windowedInput.ts";

/** A convolution whose elements would be read from many leaves, so that few suffice. */
export const conv: Lowering = {
  onnx: { Conv: { since: 1, shapedBy: "shapes" } },
  into: ["Reshape", "Transpose", "MatMul", "Add", "Conv"],
  difference: "portable",
  where:
    `${FLOAT}, its weights are constants, and its windows tile the map in patches of ${LEAST_PATCH} places or more; or its input is one of the graph's, ` +
    `with several channels and ${LEAST_COPY} elements or more, and its window has several places`,
  rewrite: (site) => asProduct(site) ?? readingCopy(site),
};
