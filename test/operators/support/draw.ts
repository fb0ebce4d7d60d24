import { bitsOf } from "../../../core/math/float32.ts";
import { DType, widthOf } from "../../../core/tensor/dtype.ts";
import { sizeOf } from "../../../core/tensor/shape.ts";
import { anyBits, finiteBits, floats, mixedBits, roundBits, usualBits } from "../../support/floats.ts";
import type { NodeInput } from "../../support/ort.ts";
import type { Random } from "../../support/random.ts";

/** Shapes and numbers of random nodes. */

export const INTEGERS = [DType.uint8, DType.int8, DType.uint16, DType.int16, DType.int32, DType.int64, DType.uint32, DType.uint64] as const;

export type ByteType = typeof DType.int8 | typeof DType.uint8;

export const dims = (random: Random, least: number, most: number, longest = 5): number[] =>
  Array.from({ length: random.int(least, most) }, () => random.int(1, longest));

/** How the numbers of a tensor are drawn: mostly as models have them, sometimes from the edges of binary32. */
export function drawer(random: Random): () => number {
  const exponent = random.int(-60, 50);
  const scale = 10 ** random.int(-3, 3);
  return random.pick([
    () => usualBits(random),
    () => usualBits(random, scale),
    () => bitsOf(Math.max(0, random.normal())),
    () => roundBits(random),
    () => bitsOf(Math.fround(random.normal() * 2 ** (exponent + random.int(-8, 8)))),
    () => bitsOf(Math.fround(random.normal() * 2 ** random.int(-149, -100))),
    () => bitsOf(Math.fround(random.normal() * 2 ** random.int(100, 127))),
    () => mixedBits(random),
    () => finiteBits(random),
    () => anyBits(random),
  ]);
}

export const float = (shape: readonly number[], random: Random, next = drawer(random)): NodeInput => ({
  dtype: DType.float32,
  dims: shape,
  raw: floats(sizeOf(shape), next),
});

/** Any bits of a type, but a bool is 0 or 1. */
export function anything(dtype: DType, shape: readonly number[], random: Random): NodeInput {
  const most = dtype === DType.bool ? 1 : 255;
  return { dtype, dims: shape, raw: Uint8Array.from({ length: sizeOf(shape) * widthOf(dtype) }, () => random.int(0, most)) };
}

/** These numbers as float32. */
export const numbers = (shape: readonly number[], values: readonly number[]): NodeInput => ({
  dtype: DType.float32,
  dims: shape,
  raw: new Uint8Array(Float32Array.from(values).buffer),
});

/** These bits of float32, or these bytes. */
export const words = (shape: readonly number[], bits: readonly number[]): NodeInput => ({
  dtype: DType.float32,
  dims: shape,
  raw: new Uint8Array(Uint32Array.from(bits).buffer),
});
export const octets = (dtype: ByteType, shape: readonly number[], bytes: readonly number[]): NodeInput => ({ dtype, dims: shape, raw: Uint8Array.from(bytes) });
export const int32 = (shape: readonly number[], values: readonly number[]): NodeInput => ({
  dtype: DType.int32,
  dims: shape,
  raw: new Uint8Array(Int32Array.from(values).buffer),
});
export const int64 = (values: readonly (number | bigint)[]): NodeInput => ({
  dtype: DType.int64,
  dims: [values.length],
  raw: new Uint8Array(BigInt64Array.from(values, BigInt).buffer),
  constant: true,
});
