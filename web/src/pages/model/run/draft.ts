import { DType } from "../../../../../core/tensor/dtype.ts";
import { byteLength, sizeOf } from "../../../../../core/tensor/shape.ts";
import type { TensorSpec } from "../../../../../core/tensor/tensor.ts";
import { decodeTensor } from "../../../../../sdk/tensors/decode.ts";
import { encodeTensor } from "../../../../../sdk/tensors/encode.ts";
import type { NumericArray } from "../../../../../sdk/tensors/values.ts";
import { Fault } from "../../../fault.ts";
import { digitsOf } from "./digits.ts";
import { parseNumbers } from "./parseNumbers.ts";

/** What somebody gave for one input: text, or numbers that came from a picture, a drawing or a file. */
export type Draft = { readonly kind: "text"; readonly text: string } | { readonly kind: "numbers"; readonly data: NumericArray; readonly from: string };

export const EMPTY: Draft = { kind: "text", text: "" };

export const isEmpty = (draft: Draft): boolean => draft.kind === "text" && draft.text.trim() === "";

/** The bytes of an input. Throws a Fault or an OpgError that says what of it is none of the input's. */
export function bytesOf(spec: TensorSpec, draft: Draft): Uint8Array {
  if (draft.kind === "numbers") return encodeTensor(spec, draft.data);
  const values = parseNumbers(draft.text);
  // One number in brackets, or without, is a scalar.
  const [only] = values;
  return encodeTensor(spec, spec.dims.length === 0 && values.length === 1 && !Array.isArray(only) ? only : values);
}

/** Raw bytes of a file as an input: little-endian, row-major. Throws a Fault where they are not as many. */
export function fromBytes(spec: TensorSpec, bytes: Uint8Array, name: string): Draft {
  const expected = byteLength(spec);
  if (bytes.length !== expected) throw new Fault(`"${name}" has ${bytes.length.toLocaleString("en")} bytes, the input has ${expected.toLocaleString("en")}`, "give the raw numbers, little-endian and row-major, and nothing else");
  return fromNumbers(decodeTensor(spec, bytes).data, name);
}

/** Most numbers that a draft writes as text: longer ones are kept as they are. */
const MOST_WRITTEN = 4_096;

/** Numbers as a draft: as text that can be changed, unless there are too many. */
export const fromNumbers = (data: NumericArray, from: string): Draft =>
  data.length <= MOST_WRITTEN ? { kind: "text", text: Array.from(data as ArrayLike<number | bigint>, digitsOf).join(", ") } : { kind: "numbers", data, from };

const FLOATS: ReadonlySet<DType> = new Set([DType.float16, DType.float32, DType.float64]);

/** Numbers of an example at most. A header may name any shape. */
const MOST_EXEMPLARY = 1 << 24;

/** Numbers that an input may have: floats from 0 to 1 in three decimals, small whole numbers, or bools. Throws a Fault where there are too many. @param random from 0 to below 1 */
export function example(spec: TensorSpec, random: () => number = Math.random): Draft {
  const size = sizeOf(spec.dims);
  if (!(size <= MOST_EXEMPLARY)) throw new Fault(`the input has ${size.toLocaleString("en")} numbers, too many for an example`, "give a file of them");
  const draw = (): number => {
    if (FLOATS.has(spec.dtype)) return Math.floor(random() * 1_000) / 1_000;
    return Math.floor(random() * (spec.dtype === DType.bool ? 2 : 10));
  };
  return fromNumbers(Float64Array.from({ length: size }, draw), "an example");
}
