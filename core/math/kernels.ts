import { fma32 } from "./float32.ts";

/**
 * Functions of one binary32 number, and of parameters that a row states, as a fixed sequence of binary32 operations: those that
 * onnxruntime computes (docs/operators/kernels.md, which has the formulas). Twin of contracts/math/Kernels.sol. A NaN gives a NaN.
 */
export type KernelFunction = (x: number, parameters: readonly number[]) => number;

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

/** A function of the numbers of an interval, and of those beyond as of its ends. */
function onInterval(low: number, high: number, f: (x: number) => number): KernelFunction {
  const [atLow, atHigh] = [f(low), f(high)];
  return (x) => (x !== x ? NaN : x <= low ? atLow : x >= high ? atHigh : f(x));
}

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
export const exp = onInterval(EXP_LOW, EXP_HIGH, (x) => exponential(x, EXP));

const TANH_NUMERATOR = rounded(-2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8, 1.48572235717979e-5, 6.37261928875436e-4, 4.89352455891786e-3);
const TANH_DENOMINATOR = rounded(1.19825839466702e-6, 1.18534705686654e-4, 2.268434632439e-3, 4.89352518554385e-3);
const SIGMOID_NUMERATOR = rounded(4.37031012579801e-11, 1.15627324459942e-7, 6.08574864600143e-5, 8.51377133304701e-3, 2.48287947061529e-1);
const SIGMOID_DENOMINATOR = rounded(6.10247389755681e-13, 5.76102136993427e-9, 6.2910678501704e-6, 1.70198817374094e-3, 1.16817656904453e-1, 9.93151921023180e-1);

/** p(x²)·x / q(x²) */
function rational(x: number, p: Float32Array, q: Float32Array): number {
  const square = round(x * x);
  return round(round(horner(p, square) * x) / horner(q, square));
}

/** The hyperbolic tangent. */
export const tanh = onInterval(-9, 9, (x) => rational(x, TANH_NUMERATOR, TANH_DENOMINATOR));

/** 1 / (1 + e^−x), by the tangent of half of it. */
export const sigmoid = onInterval(-18, 18, (x) => {
  const y = round(rational(x, SIGMOID_NUMERATOR, SIGMOID_DENOMINATOR) + 0.5);
  return y < 0 ? 0 : y;
});

const [ERF_END, ERF_MIDDLE] = rounded(3.925, 0.921875);
const ERF_NEAR = rounded(-5.99104969e-4, 4.99339588e-3, -2.67667342e-2, 1.12818025e-1, -3.76124859e-1, 1.28379151e-1);
const ERF_FAR = rounded(1.72948930e-5, -3.83208680e-4, 3.88393435e-3, -2.42545605e-2, 1.06777847e-1, 6.34846687e-1, 1.28717512e-1);
const ERF_EXP = rounded(1.38319808e-3, 8.37550033e-3, 4.16689515e-2, 1.66664466e-1, 4.99999851e-1, 1, 1);

/** The error function: near zero a polynomial, farther off one minus an exponential. */
export const erf = onInterval(-ERF_END, ERF_END, (x) => {
  const a = Math.abs(x);
  const y = a <= ERF_MIDDLE ? fma32(horner(ERF_NEAR, round(a * a)), a, a) : round(1 - exponential(-fma32(horner(ERF_FAR, a), a, a), ERF_EXP));
  return x < 0 ? -y : y;
});

const NONE: readonly number[] = [];
const [ROOT_HALF, GELU_CUBE, GELU_LINE] = rounded(Math.SQRT1_2, 0.035677408136300125, 0.7978845608028654);

/** x·Φ(x), Φ being the normal distribution function. */
export const gelu: KernelFunction = (x) => round(round(0.5 * x) * round(erf(round(x * ROOT_HALF), NONE) + 1));

/** The same by a hyperbolic tangent. */
export const geluTanh: KernelFunction = (x) => {
  const inner = round(x * round(round(round(GELU_CUBE * x) * x) + GELU_LINE));
  return round(round(0.5 * x) * round(tanh(inner, NONE) + 1));
};

/** αx + β, between 0 and 1. */
export const hardSigmoid: KernelFunction = (x, [alpha, beta]) => within(round(round(alpha * x) + beta), 0, 1);
