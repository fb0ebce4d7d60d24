import { DType } from "../../tensor/dtype.ts";
import { cast } from "./greatest.ts";
import { axisOf, constantNumbers, wholeDims } from "./known.ts";
import type { Lowering } from "./lowering.ts";
import { CHOSEN, CHOSEN_TYPES } from "./trilu.ts";
import { Writer } from "./writer.ts";

const WHOLE = [DType.int32, DType.int64] as const;

/** The one value where the index is that of the place, the other elsewhere. */
export const oneHot: Lowering = {
  onnx: { OneHot: { since: 9, shapedBy: "values" } },
  into: ["Cast", "Less", "Add", "Where", "Reshape", "Equal", "Slice"],
  keeps: "every bit",
  where: `its depth is a constant, and ${CHOSEN}`,
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const [dims, depth] = [wholeDims(inputs[0]), constantNumbers(inputs[1])?.[0]];
    const axis = dims && axisOf(attributes.int("axis", -1), dims.length + 1);
    if (dims === undefined || axis === undefined || depth === undefined || depth < 1 || !CHOSEN_TYPES.includes(inputs[2]?.dtype ?? 0)) return undefined;
    const w = new Writer(site);
    const given = WHOLE.find((whole) => whole === inputs[0]!.dtype) ?? DType.int64;
    const index = given === inputs[0]!.dtype ? node.input[0] : cast(w, node.input[0], given);
    const isNegative = w.of("Less", [index, w.integer(given, 0)]);
    const place = w.of("Where", [isNegative, w.add(index, w.integer(given, depth)), index]);
    const places = given === DType.int64 ? BigInt64Array.from({ length: depth }, (_, i) => BigInt(i)) : Int32Array.from({ length: depth }, (_, i) => i);
    const all = w.keep({ dtype: given, dims: [depth, ...dims.slice(axis).map(() => 1)], data: new Uint8Array(places.buffer) });
    const isHere = w.of("Equal", [w.reshape(place, dims, [...dims.slice(0, axis), 1, ...dims.slice(axis)]), all]);
    const [off, on] = [0, 1].map((i) => w.slice(node.input[2], 0, i, i + 1));
    return w.done(w.of("Where", [isHere, on, off]));
  },
};
