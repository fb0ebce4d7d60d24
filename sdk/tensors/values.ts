/** One number of a tensor: as JavaScript has it, or `value` · 10^−`decimals`, as OpenGradient's contracts have it. */
export type Scalar = number | bigint | boolean | Decimal;

/** `value` · 10^−`decimals`. */
export interface Decimal {
  readonly value: bigint | number;
  readonly decimals: bigint | number;
}

/** Lists within lists, one level for each axis. */
export type Nested = readonly (Scalar | Nested)[];

/** Typed arrays that hold elements in row-major order. */
export type NumericArray =
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array;

/** Elements in row-major order with their shape. */
export interface Shaped {
  readonly data: NumericArray | readonly Scalar[];
  readonly dims: readonly number[];
}

/** A tensor of numbers as OpenGradient's contracts have it. */
export interface NumberTensor {
  readonly name?: string;
  readonly values: readonly Decimal[];
  readonly shape: readonly (number | bigint)[];
}

/**
 * What a tensor may be given as: one number for a tensor of one; a flat or nested list, of which a nested one must have the
 * tensor's shape; a typed array; or elements with their shape.
 */
export type TensorValue = Scalar | Nested | NumericArray | Shaped | NumberTensor;

export const isDecimal = (value: unknown): value is Decimal => typeof value === "object" && value !== null && "value" in value && "decimals" in value;
export const isTyped = (value: unknown): value is NumericArray => ArrayBuffer.isView(value) && !(value instanceof DataView);
