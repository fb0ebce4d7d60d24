import { Rule } from "../program/types.ts";
import { exactly } from "./acceptance.ts";
import { add, fusedMultiplyAdd, isFinite, multiply, nearest, negate, ONE, UNIT_BITS, type Value } from "./binary32.ts";
import { define } from "./define.ts";
import { required } from "./operand.ts";

/**
 * Functions of one number, operation by operation as docs/operators/kernels.md writes them, on whole units; powers of two are
 * split as the runtime splits them.
 */

/** The binary32 number nearest to a decimal such as "-1.25e-3". */
function decimal(text: string): bigint {
  const [, sign, whole, fraction = "", exponent = "0"] = /^(-?)(\d+)(?:\.(\d+))?(?:e(-?\d+))?$/.exec(text)!;
  const power = Number(exponent) - fraction.length;
  const digits = BigInt(sign + whole + fraction) * ONE;
  return finite(power < 0 ? nearest(digits, 10n ** BigInt(-power)) : nearest(digits * 10n ** BigInt(power), 1n));
}

function finite(value: Value): bigint {
  if (!isFinite(value)) throw new RangeError("a number of a kernel is not finite");
  return value;
}

const clamp = (x: Value, low: bigint, high: bigint): bigint => (x < low ? low : x > high ? high : (x as bigint));

/** Coefficients from the highest power down; every step is one fused multiply-add. */
const polynomial = (x: bigint, coefficients: readonly string[], start = decimal(coefficients[0])): bigint =>
  coefficients.slice(1).reduce((p, c) => finite(fusedMultiplyAdd(p, x, decimal(c))), start);

/** 2ᵉ as a number of units. */
const powerOfTwo = (e: number): bigint => 1n << (UNIT_BITS + BigInt(e));

/** m and r of x = m · ln 2 + r. */
function reduced(x: bigint): readonly [m: number, r: bigint] {
  // The sum of x / ln 2 and 1.5 · 2²³ is rounded to an integer.
  const magic = 12582912n * ONE;
  const shifted = finite(fusedMultiplyAdd(decimal("1.44269504088896341"), x, magic));
  const m = finite(add(shifted, negate(magic)));
  const first = finite(fusedMultiplyAdd(m, decimal("-6.93145752e-1"), x));
  return [Number(m / ONE), finite(fusedMultiplyAdd(m, decimal("-1.42860677e-6"), first))];
}

const EXP = ["1.3780594e-3", "8.37312452e-3", "4.16695364e-2", "1.66664720e-1", "4.99999851e-1", "1"];

/** e^x; 2ᵐ is a product of o and n, n between 2⁻¹²⁶ and 2¹²⁷. */
function exponential(x: Value): Value {
  const [m, r] = reduced(clamp(x, decimal("-103.9720840454"), decimal("88.7762626647950")));
  const n = Math.max(-126, Math.min(127, m));
  const o = powerOfTwo(m - n);
  const p = fusedMultiplyAdd(polynomial(r, EXP), multiply(r, o), o);
  return multiply(p, powerOfTwo(n));
}

const kernel = (of: Parameters<typeof define>[0], f: (x: Value) => Value) =>
  define(of, [Rule.kernel], (q) => {
    const x = required(q, 0).float(q.at);
    return exactly(x !== x ? NaN : f(x));
  });

export const exp = kernel("Exp", exponential);
