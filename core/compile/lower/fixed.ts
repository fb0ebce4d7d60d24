import { sizeOf } from "../../tensor/shape.ts";
import { DType, isDType, widthOf } from "../../tensor/dtype.ts";
import { constantNumbers, wholeDims } from "./known.ts";
import type { Lowered, Lowering, Site } from "./lowering.ts";
import { takenAlong } from "./weighted.ts";
import { Writer } from "./writer.ts";

/** A value of these numbers, which no input changes. */
function fixed(site: Site, dtype: DType, dims: readonly number[], values: ArrayBufferView): Lowered {
  const w = new Writer(site);
  const data = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return w.done(w.of("Identity", [w.keep({ dtype, dims, data })]));
}

/** A one of a type, as its little-endian bytes. */
function oneOf(dtype: DType): Uint8Array {
  const bytes = new Uint8Array(widthOf(dtype));
  const view = new DataView(bytes.buffer);
  if (dtype === DType.float32) view.setFloat32(0, 1, true);
  else if (dtype === DType.float64) view.setFloat64(0, 1, true);
  else if (dtype === DType.float16) view.setUint16(0, 0x3c00, true);
  else bytes[0] = 1;
  return bytes;
}

/** Number of elements: the shape is known. */
export const size: Lowering = {
  onnx: { Size: { since: 1, shapedBy: "shapes" } },
  into: ["Identity"],
  keeps: "every bit",
  where: "the shape of its input is known",
  rewrite(site) {
    const dims = wholeDims(site.inputs[0]);
    return dims && fixed(site, DType.int64, [], BigInt64Array.of(BigInt(sizeOf(dims))));
  },
};

/** The shape, or a part of it. */
export const shape: Lowering = {
  onnx: { Shape: { since: 1, shapedBy: "shapes" } },
  into: ["Identity"],
  keeps: "every bit",
  where: "the shape of its input is known",
  rewrite(site) {
    const dims = wholeDims(site.inputs[0]);
    const { attributes } = site;
    const part = dims?.slice(attributes.int("start", 0), attributes.has("end") ? attributes.int("end", 0) : undefined);
    return part?.length ? fixed(site, DType.int64, [part.length], BigInt64Array.from(part, BigInt)) : undefined;
  },
};

/** Ones on a diagonal of a matrix of that shape. */
export const eyeLike: Lowering = {
  onnx: { EyeLike: { since: 9, shapedBy: "shapes" } },
  into: ["Identity"],
  keeps: "every bit",
  where: "the shape of its input is known",
  rewrite(site) {
    const { attributes, inputs } = site;
    const dims = wholeDims(inputs[0]);
    const dtype = attributes.int("dtype", inputs[0]?.dtype ?? 0);
    if (dims?.length !== 2 || !isDType(dtype)) return undefined;
    const [width, k] = [widthOf(dtype), attributes.int("k", 0)];
    const data = new Uint8Array(sizeOf(dims) * width);
    for (let row = 0; row < dims[0]; row++) if (row + k >= 0 && row + k < dims[1]) data.set(oneOf(dtype), (row * dims[1] + row + k) * width);
    return fixed(site, dtype, dims, data);
  },
};

/** Some elements of an axis, or of all in a row, where the condition is known. */
export const compress: Lowering = {
  onnx: { Compress: { since: 9, shapedBy: "values" } },
  into: ["Gather", "Reshape"],
  keeps: "every bit",
  where: "its condition is a constant that takes something: the size of its output depends on it",
  rewrite(site) {
    const { node, attributes, inputs } = site;
    const [dims, condition] = [wholeDims(inputs[0]), constantNumbers(inputs[1])];
    const places = condition?.flatMap((value, i) => (value === 0 ? [] : [i]));
    if (dims === undefined || places === undefined || places.length === 0) return undefined;
    const w = new Writer(site);
    const axis = attributes.has("axis") ? attributes.int("axis", 0) : undefined;
    const x = axis === undefined ? w.reshape(node.input[0], dims, [sizeOf(dims)]) : node.input[0];
    return w.done(takenAlong(w, x, axis ?? 0, places));
  },
};
