import { FLOAT, floatDims } from "../known.ts";
import type { Lowering, Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { rotate, ROTATION, type Rotated } from "./rotation.ts";

/** What a node rotates; undefined where it is not known. */
function rotatedBy({ attributes, inputs: [x] }: Site): Rotated | undefined {
  const dims = floatDims(x);
  const isPacked = dims?.length === 3;
  if (dims === undefined || (!isPacked && dims.length !== 4)) return undefined;
  const heads = isPacked ? attributes.int("num_heads", 0) : dims[1];
  const size = isPacked ? dims[2] / heads : dims[3];
  const width = attributes.int("rotary_embedding_dim", 0) || size;
  if (heads < 1 || !Number.isInteger(size) || width % 2 !== 0 || width > size) return undefined;
  const length = isPacked ? dims[1] : dims[2];
  return { batch: dims[0], length, heads, size, isPacked, width, isInterleaved: attributes.int("interleaved", 0) !== 0 };
}

/** Rotates the pairs of every head by angles whose cosines and sines are given, for positions or by a table of positions. */
export const rotaryEmbedding: Lowering = {
  onnx: { RotaryEmbedding: { since: 23, shapedBy: "shapes" } },
  into: [...ROTATION, "Gather"],
  isEarly: true,
  difference: "portable",
  where: FLOAT,
  rewrite(site) {
    const { node, inputs } = site;
    const rotated = rotatedBy(site);
    const positions = node.input[3] ?? "";
    const table = floatDims(inputs[1]);
    if (rotated === undefined || table === undefined || floatDims(inputs[2]) === undefined) return undefined;
    if (table[table.length - 1] !== rotated.width / 2 || table.length !== (positions === "" ? 3 : 2)) return undefined;
    const w = new Writer(site);
    const [cos, sin] = [1, 2].map((i) => (positions === "" ? node.input[i] : w.of("Gather", [node.input[i], positions])));
    return w.doneOf([rotate(w, node.input[0], cos, sin, positions === "" ? table[0] : rotated.batch, rotated)]);
  },
};
