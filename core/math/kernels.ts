import { fma32 } from "./float32.ts";

/**
 * Functions of one binary32 number as a fixed sequence of binary32 operations: those that onnxruntime computes
 * (docs/operators/kernels.md, which has the formulas). Twin of contracts/math/Kernels.sol. A NaN gives a NaN.
 */
export type KernelFunction = (x: number) => number;

const round = Math.fround;

/** Decimals as the nearest binary32 numbers. */
const rounded = (...values: readonly number[]): Float32Array => Float32Array.from(values);

const [EXP_LOW, EXP_HIGH, LOG2_E, LN2_HIGH, LN2_LOW] = rounded(-103.9720840454, 88.7762626647950, 1.44269504088896341, -6.93145752e-1, -1.42860677e-6);
const EXP = rounded(1.3780594e-3, 8.37312452e-3, 4.16695364e-2, 1.66664720e-1, 4.99999851e-1, 1, 1);

/** 1.5 · 2²³: what is added to it is rounded to an integer. */
const MAGIC = 12582912;

/** Powers of two from 2⁻¹⁶⁰ on. */
const LEAST_POWER = -160;
const POWERS = Float64Array.from({ length: 320 }, (_, i) => 2 ** (i + LEAST_POWER));

/** The number, or the end of the interval that it lies beyond. */
const within = (x: number, low: number, high: number): number => (x < low ? low : x > high ? high : x);

/** p = c[0]; p = fma(p, x, c[i]) for the others. */
function horner(c: Float32Array, x: number): number {
  let p = c[0];
  for (let i = 1; i < c.length; i++) p = fma32(p, x, c[i]);
  return p;
}

/** x = m·ln 2 + r with an integer m; e^r · 2ᵐ by a polynomial for e^r, rounded before it is multiplied and after. */
function exponential(x: number, c: Float32Array): number {
  const m = fma32(LOG2_E, x, MAGIC) - MAGIC;
  return round(horner(c, fma32(m, LN2_LOW, fma32(m, LN2_HIGH, x))) * POWERS[m - LEAST_POWER]);
}

/** e^x */
export const exp: KernelFunction = (x) => (x !== x ? NaN : exponential(within(x, EXP_LOW, EXP_HIGH), EXP));
