import { FLOAT, floatDims } from "../known.ts";
import type { Lowering } from "../lowering.ts";
import { sum } from "../sums.ts";
import { Writer } from "../writer.ts";
import { MICROSOFT } from "./domain.ts";

/**
 * The distance of every row of A [n, d] from every row of B [m, d]: y[i, j] = Σₖ (A[i, k] − B[j, k])², or its root.
 *
 * The runtime computes |a|² + |b|² − 2·a·b, which loses the digits that a and b have in common; the differences lose none.
 */
export const pairwiseDistances: Lowering = {
  domain: MICROSOFT,
  onnx: { CDist: { since: 1, shapedBy: "shapes" } },
  into: ["Reshape", "Sub", "Mul", "MatMul", "Slice", "Sqrt"],
  difference: "portable",
  where: `${FLOAT}, and its metric is euclidean or sqeuclidean`,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const [a, b] = inputs.map(floatDims);
    const metric = attributes.text("metric", "sqeuclidean");
    if (a?.length !== 2 || b?.length !== 2 || (metric !== "euclidean" && metric !== "sqeuclidean")) return undefined;
    const w = new Writer(site);
    const [[n, d], [m]] = [a, b];
    const difference = w.sub(w.reshape(node.input[0], a, [n, 1, d]), w.reshape(node.input[1], b, [1, m, d]));
    const square = w.mul(difference, difference);
    const total = w.reshape(sum(w, square, [n, m, d], [2]), [n, m, 1], [n, m]);
    return w.done(metric === "euclidean" ? w.sqrt(total) : total);
  },
};
