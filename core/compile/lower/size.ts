import { constantOf } from "../../onnx/tensor.ts";
import { DType } from "../../tensor/dtype.ts";
import type { Lowering } from "./lowering.ts";

/** The number of elements of a value, which its shape says: a constant. The runtime folds shapes, but not this. */
export const size: Lowering = {
  onnx: { Size: { since: 1, shapedBy: "shapes" } },
  into: [],
  isEarly: true,
  keeps: "every bit",
  where: "the shape of its input is known",
  rewrite({ node, inputs: [x] }) {
    if (x === undefined || x.dims.length === 0 || x.dims.some((dim) => typeof dim !== "number")) return undefined;
    const count = x.dims.reduce<bigint>((product, dim) => product * BigInt(dim), 1n);
    return { nodes: [], constants: [constantOf(node.output[0], { dtype: DType.int64, dims: [], data: new Uint8Array(BigInt64Array.of(count).buffer) })] };
  },
};
