import { floatDims, FLOAT } from "../known.ts";
import { filled, Writer } from "../writer.ts";
import type { Lowered, Lowering, Site } from "../lowering.ts";
import { ML } from "./domain.ts";

/**
 * Rows over their greatest element (MAX), the sum of their sizes (L1), or the root of the sum of their squares (L2). A row that sums to 0
 * stays as it is.
 */
export const normalizer: Lowering = {
  domain: ML,
  onnx: { Normalizer: { since: 1, shapedBy: "shapes" } },
  into: ["ReduceMax", "Abs", "Mul", "MatMul", "Equal", "Where", "Div", "Sqrt", "Less"],
  difference: "portable",
  where: `${FLOAT}, of one axis or two`,
  rewrite(site: Site): Lowered | undefined {
    const { node: { input: [x] }, attributes, inputs } = site;
    const dims = floatDims(inputs[0]);
    const n = dims?.at(-1);
    if (dims === undefined || n === undefined || dims.length > 2) return undefined;
    const w = new Writer(site);
    const sum = (terms: string) => w.of("MatMul", [terms, w.constant([n, 1], filled([n], 1))]);
    const orOne = (divisor: string) => w.of("Where", [w.of("Equal", [divisor, 0]), 1, divisor]);
    switch (attributes.text("norm", "MAX")) {
      case "MAX":
        return w.done(w.div(x, orOne(w.greatest(x, [dims.length - 1]))));
      case "L1":
        return w.done(w.div(x, orOne(sum(w.abs(x)))));
      case "L2": {
        const root = w.sqrt(w.div(w.mul(x, x), orOne(sum(w.mul(x, x)))));
        return w.done(w.of("Where", [w.of("Less", [x, 0]), w.mul(root, -1), root]));
      }
      default:
        return undefined;
    }
  },
};
