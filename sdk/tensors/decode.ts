import { DType, dtypeName, widthOf } from "../../core/tensor/dtype.ts";
import { halfOf } from "../../core/tensor/half.ts";
import { byteLength, sizeOf } from "../../core/tensor/shape.ts";
import type { TensorSpec } from "../../core/tensor/tensor.ts";
import { OpgError } from "../errors.ts";
import type { NumberTensor, NumericArray } from "./values.ts";

/** A tensor with its numbers. */
export interface Tensor {
  readonly name: string;
  /** ONNX's name of the element type: "float32". */
  readonly dtype: string;
  readonly dims: readonly number[];
  /** Row-major. Of float16 as float32, of bools as bytes 0 and 1. */
  readonly data: Exclude<NumericArray, Uint8ClampedArray>;
}

/** A number, or lists within lists of them. */
export type NestedNumbers<T> = T | readonly NestedNumbers<T>[];

/** Graph outputs out of a job's output bytes (docs/protocol.md §1.7). Throws if these are not as long as the specs say. */
export function decodeOutputs(specs: readonly TensorSpec[], bytes: Uint8Array): Tensor[] {
  const expected = specs.reduce((sum, spec) => sum + byteLength(spec), 0);
  if (bytes.length !== expected) throw new OpgError("TENSOR", `the output has ${bytes.length} bytes, the version's outputs have ${expected}`, "no honest run gives this output: challenge it, or have it verified");
  let at = 0;
  return specs.map((spec) => decodeTensor(spec, bytes.subarray(at, (at += byteLength(spec)))));
}

/** One tensor out of its bytes, which are as many as the spec says. */
export function decodeTensor({ name, dtype, dims }: TensorSpec, bytes: Uint8Array): Tensor {
  return { name, dtype: dtypeName(dtype), dims, data: arrayOf(dtype, bytes) };
}

const ARRAYS = {
  [DType.float32]: Float32Array,
  [DType.uint8]: Uint8Array,
  [DType.int8]: Int8Array,
  [DType.uint16]: Uint16Array,
  [DType.int16]: Int16Array,
  [DType.int32]: Int32Array,
  [DType.int64]: BigInt64Array,
  [DType.bool]: Uint8Array,
  [DType.float64]: Float64Array,
  [DType.uint32]: Uint32Array,
  [DType.uint64]: BigUint64Array,
} as const;

/** Typed arrays are little-endian wherever JavaScript runs nowadays; a copy of the bytes is aligned. */
function arrayOf(dtype: DType, bytes: Uint8Array): Tensor["data"] {
  const { buffer } = new Uint8Array(bytes);
  if (dtype === DType.float16) return Float32Array.from(new Uint16Array(buffer), halfOf);
  return new ARRAYS[dtype](buffer, 0, bytes.length / widthOf(dtype));
}

/** The numbers as lists within lists, as the shape says; one number of a scalar. */
export function nested({ data, dims }: Pick<Tensor, "data" | "dims">): NestedNumbers<number | bigint> {
  const part = (from: number, axis: number): NestedNumbers<number | bigint> => {
    if (axis === dims.length) return data[from];
    const size = sizeOf(dims.slice(axis + 1));
    return Array.from({ length: dims[axis] }, (_, i) => part(from + i * size, axis + 1));
  };
  return part(0, 0);
}

/** Place of the greatest number, the first of them; a NaN is never the greatest. */
export function argmax({ data }: Pick<Tensor, "data">): number {
  let best = 0;
  for (let i = 1; i < data.length; i++) if (data[i] > data[best] || data[best] !== data[best]) best = i;
  return best;
}

/** Digits that `toFixed` writes at most. */
const MOST_DECIMALS = 100;

/** The tensor as OpenGradient's contracts have it, every number rounded to so many decimals. Throws on a NaN or an infinity. */
export function numberTensor({ name, data, dims }: Tensor, decimals: number): NumberTensor {
  if (!Number.isInteger(decimals) || decimals < 0 || decimals > MOST_DECIMALS) {
    throw new OpgError("TENSOR", `${decimals} is no number of decimals`, `give a whole number from 0 to ${MOST_DECIMALS}`);
  }
  const values = Array.from(data as ArrayLike<number | bigint>, (number, i) => {
    if (typeof number === "bigint") return { value: number * 10n ** BigInt(decimals), decimals };
    if (!Number.isFinite(number)) throw new OpgError("TENSOR", `element ${i} of "${name}" is ${number}, which no decimal is`, "use the numbers as they are");
    return { value: scaled(number, decimals), decimals };
  });
  return { name, values, shape: dims };
}

/** number · 10^decimals, rounded to the nearest integer, halves away from zero: exact, by the number's own fraction. */
function scaled(number: number, decimals: number): bigint {
  let [halvings, whole] = [0, Math.abs(number)];
  for (; !Number.isInteger(whole); whole *= 2) halvings++;
  const numerator = BigInt(whole) * 10n ** BigInt(decimals) * 2n;
  const rounded = (numerator + (1n << BigInt(halvings))) >> BigInt(halvings + 1);
  return number < 0 ? -rounded : rounded;
}
