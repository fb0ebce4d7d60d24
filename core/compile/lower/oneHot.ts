import { DType } from "../../tensor/dtype.ts";
import { cast } from "./greatest.ts";
import { axisOf, constantNumbers, wholeDims } from "./known.ts";
import type { Lowering } from "./lowering.ts";
import { CHOSEN, CHOSEN_TYPES } from "./trilu.ts";
import { Writer } from "./writer.ts";

/** Types in which indices are compared: a fraction is no place. */
const COMPARED = [DType.int32, DType.int64, DType.float32] as const;

/** Since this opset fractions can be equal. */
const COMPARES_FRACTIONS = 11;

/** The places from 0 on. */
function places(dtype: DType, length: number): ArrayBufferView {
  if (dtype === DType.int64) return BigInt64Array.from({ length }, (_, i) => BigInt(i));
  return dtype === DType.int32 ? Int32Array.from({ length }, (_, i) => i) : Float32Array.from({ length }, (_, i) => i);
}

/** The one value where the index is that of the place, the other elsewhere. */
export const oneHot: Lowering = {
  onnx: { OneHot: { since: 9, shapedBy: "values" } },
  into: ["Cast", "Less", "Add", "Where", "Reshape", "Equal", "Slice"],
  difference: "portable",
  where: `its depth is a constant, and ${CHOSEN}`,
  rewrite(site) {
    const { node, opset, attributes, inputs } = site;
    const [dims, depth] = [wholeDims(inputs[0]), constantNumbers(inputs[1])?.[0]];
    const axis = dims && axisOf(attributes.int("axis", -1), dims.length + 1);
    if (inputs[0]!.dtype === DType.float32 && opset < COMPARES_FRACTIONS) return undefined;
    if (dims === undefined || axis === undefined || depth === undefined || depth < 1 || !CHOSEN_TYPES.includes(inputs[2]?.dtype ?? 0)) return undefined;
    const w = new Writer(site);
    const given = COMPARED.find((dtype) => dtype === inputs[0]!.dtype) ?? DType.int64;
    const index = given === inputs[0]!.dtype ? node.input[0] : cast(w, node.input[0], given);
    const isNegative = w.of("Less", [index, w.integer(given, 0)]);
    const place = w.of("Where", [isNegative, w.add(index, w.integer(given, depth)), index]);
    const all = w.keep({ dtype: given, dims: [depth, ...dims.slice(axis).map(() => 1)], data: new Uint8Array(places(given, depth).buffer) });
    const isHere = w.of("Equal", [w.reshape(place, dims, [...dims.slice(0, axis), 1, ...dims.slice(axis)]), all]);
    const [off, on] = [0, 1].map((i) => w.slice(node.input[2], 0, i, i + 1));
    return w.done(w.of("Where", [isHere, on, off]));
  },
};
