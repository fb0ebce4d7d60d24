import { DType } from "../../../tensor/dtype.ts";
import { FLOAT, floatDims } from "../known.ts";
import type { Lowering } from "../lowering.ts";
import { rotate, ROTATION } from "../transformer/rotation.ts";
import { Writer } from "../writer.ts";
import { MICROSOFT } from "./domain.ts";

/** Rotates the pairs of every head by its position, which is stated for each row, or for the first one. */
export const rotaryEmbedding: Lowering = {
  domain: MICROSOFT,
  onnx: { RotaryEmbedding: { since: 1, shapedBy: "shapes" } },
  into: [...ROTATION, "Gather"],
  difference: "portable",
  where: `${FLOAT}, its sequences are not packed into one, and its positions are int64`,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const [x, , cos] = inputs.map(floatDims);
    const positions = inputs[1];
    const isPacked = x?.length === 3;
    if (x === undefined || cos === undefined || positions?.dtype !== DType.int64 || (!isPacked && x.length !== 4)) return undefined;
    if (attributes.int("is_packed_batching", 0) !== 0 || attributes.float("scale", 1) !== 1) return undefined;
    const half = cos[1];
    const stated = attributes.int("num_heads", 0);
    const heads = isPacked ? stated || x[2] / (attributes.int("rotary_embedding_dim", 0) === 0 ? 2 * half : NaN) : x[1];
    const [length, size] = isPacked ? [x[1], x[2] / heads] : [x[2], x[3]];
    if (!Number.isInteger(heads) || !Number.isInteger(size) || 2 * half > size) return undefined;
    const w = new Writer(site);
    const isFirst = positions.dims.length === 1;
    const rows = isFirst ? w.of("Add", [node.input[1], w.integers(Array.from({ length }, (_, i) => i))]) : node.input[1];
    const [c, s] = [2, 3].map((i) => {
      const angles = w.of("Gather", [node.input[i], rows]);
      return isFirst ? w.reshape(angles, [length, half], [1, length, half]) : angles;
    });
    const isInterleaved = attributes.int("interleaved", 0) !== 0;
    return w.doneOf([rotate(w, node.input[0], c, s, isFirst ? 1 : x[0], { batch: x[0], length, heads, size, isPacked, width: 2 * half, isInterleaved })]);
  },
};
