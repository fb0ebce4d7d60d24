import { graphModel } from "./graph.ts";
import { Random } from "./random.ts";

/** The node of `longModel` whose elements take more than one transaction. */
export const LONG_NODE = "long";

const draw = (count: number, random: Random) =>
  new Uint8Array(Float32Array.from({ length: count }, () => random.normal()).buffer);

/** A model with a dot product of `products`, and an input for it. */
export function longModel(products: number): { file: Uint8Array; input: Uint8Array } {
  const random = new Random(4);
  const file = graphModel({
    inputs: [{ name: "x", dtype: 1, dims: [1, 16] }],
    constants: [
      { name: "a", dtype: 1, dims: [16, products], raw: draw(16 * products, random) },
      { name: "b", dtype: 1, dims: [products, 2], raw: draw(2 * products, random) },
      { name: "c", dtype: 1, dims: [1, 2], raw: draw(2, random) },
    ],
    nodes: [
      ["MatMul", ["x", "a"], "wide"],
      ["MatMul", ["wide", "b"], LONG_NODE],
      ["Mul", [LONG_NODE, "c"], "y"],
    ],
    outputs: [{ name: "y", dtype: 1, dims: [1, 2] }],
  });
  return { file, input: draw(16, random) };
}
