import { bitLength, fromFloat, isqrt, magnitude, mul, topOf, units, type Dyadic } from "../math/dyadic.ts";
import { DTypeUnsupported } from "../math/element.ts";
import { isFiniteBits, isNaNBits, kindOf, NEGATIVE, POSITIVE, sameFloatBits, sumOf, UNKNOWN } from "../math/float32.ts";
import { add } from "../math/roundedArithmetic.ts";
import { commitStrides, offsetOf, unravel } from "../tensor/shape.ts";
import { DType } from "../tensor/dtype.ts";
import { input } from "./operands.ts";
import type { OpTwin } from "./twin.ts";

/** Twin of contracts/ops/BatchNormalization.sol, where the derivations stand. */
export const admissible: OpTwin = (node, element, claimed, x) => {
  if (node.output.dtype !== DType.float32) throw new DTypeUnsupported(node.output.dtype);
  const coords = unravel(element, node.output.dims);
  const data = input(x, 0);
  const value = data.u32(offsetOf(coords, commitStrides(data.tensor.dims, data.tensor.perm)));
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map((i) => {
    const reader = input(x, i);
    return reader.u32(coords[1] * commitStrides(reader.tensor.dims, reader.tensor.perm)[0]);
  });
  const epsilon = node.attributes[0] >>> 0;
  const bits = Number(claimed);
  const finite = isFiniteBits(bits);
  const overflows = add(variance, epsilon) === 0x7f800000;
  const terms = [value, scale, bias, mean];
  if (![...terms, variance, epsilon].every(isFiniteBits)) {
    // A NaN never disappears, and an infinity only in a reciprocal: as part of var + ε.
    if ([...terms, variance, epsilon].some(isNaNBits)) return isNaNBits(bits);
    if (![value, bias, mean].every(isFiniteBits)) return sumOf(kindsOf(value, scale, bias, mean, variance, epsilon), bits);
    if (!isFiniteBits(scale)) return !finite;
    return overflows ? sameFloatBits(bits, bias) : isNaNBits(bits);
  }
  const w = positiveSum(fromFloat(variance), fromFloat(epsilon));
  // The root of a negative number is a NaN, and the reciprocal of that of zero an infinity.
  if (w.mantissa === 0n) return !finite;
  if (overflows) return sameFloatBits(bits, bias);
  // Where subnormal numbers are flushed to zero, the reciprocal of the root of one is an infinity.
  if (topOf(w) < -125 && !finite) return true;
  return within(fromFloat(value), fromFloat(mean), fromFloat(bias), factor(fromFloat(scale), w), bits);
};

/** What is not finite of X · s − mean · s + B. The sign of s is that of scale, which is finite. */
function kindsOf(value: number, scale: number, bias: number, mean: number, variance: number, epsilon: number): number {
  if (![scale, variance, epsilon].every(isFiniteBits)) return UNKNOWN;
  if (positiveSum(fromFloat(variance), fromFloat(epsilon)).mantissa === 0n) return UNKNOWN;
  const sign = scale & 0x80000000;
  let kinds = 0;
  if (!isFiniteBits(value)) kinds |= kindOf(value ^ sign);
  if (!isFiniteBits(mean)) kinds |= kindOf(mean ^ sign ^ 0x80000000);
  // An infinity times a zero.
  if (kinds !== 0 && (scale & 0x7fffffff) === 0) return POSITIVE | NEGATIVE;
  return isFiniteBits(bias) ? kinds : kinds | kindOf(bias);
}

/** scale / √w */
function factor(scale: Dyadic, w: Dyadic): Dyadic {
  if (scale.mantissa === 0n) return scale;
  let up = 255 - bitLength(w.mantissa);
  if ((w.exponent - up) % 2 !== 0) up--;
  const root = isqrt(w.mantissa << BigInt(up));
  const half = (w.exponent - up) / 2;
  up = 255 - bitLength(scale.mantissa);
  return {
    negative: scale.negative,
    mantissa: (scale.mantissa << BigInt(up)) / root,
    exponent: scale.exponent - up - half,
  };
}

function positiveSum(a: Dyadic, b: Dyadic): Dyadic {
  let unit = Math.min(a.exponent, b.exponent);
  if (a.mantissa === 0n) unit = b.exponent;
  if (b.mantissa === 0n) unit = a.exponent;
  unit = Math.max(unit, Math.max(a.exponent, b.exponent) - 200);
  const sum = units(a, unit) + units(b, unit);
  return { negative: false, mantissa: sum > 0n ? sum : 0n, exponent: unit };
}

/** |claimed − (xs − μs + b)| ≤ 10 · 2^-24 · (|xs| + |μs| + |b|) + (|x| + |μ| + 4) · 2^-126 */
function within(x: Dyadic, mean: Dyadic, b: Dyadic, s: Dyadic, claimed: number): boolean {
  const xs = mul(x, s);
  const ms = mul(mean, s);
  let top = Math.max(topOf(xs), topOf(ms), topOf(b));
  // INVARIANT: where s reaches 2^127, or a term 2^125, an intermediate result may overflow and leave an infinity or a
  // NaN; where s, xs or μs reaches 2^130, it does.
  if (!isFiniteBits(claimed)) return top > 125 || topOf(s) > 127;
  if (Math.max(top, topOf(s)) > 130) return false;
  const y = fromFloat(claimed);
  const tiny: Dyadic[] = [
    { ...x, exponent: x.exponent - 126 },
    { ...mean, exponent: mean.exponent - 126 },
    { negative: false, mantissa: 1n, exponent: -124 },
  ];
  top = Math.max(top, topOf(y), ...tiny.map(topOf));
  const unit = top - 220;
  const difference = units(y, unit) - units(xs, unit) + units(ms, unit) - units(b, unit);
  const distance = difference < 0n ? -difference : difference;
  const size = magnitude(xs, unit) + magnitude(ms, unit) + magnitude(b, unit);
  const underflow = tiny.reduce((sum, d) => sum + magnitude(d, unit), 0n);
  return distance << 24n <= 10n * size + (underflow << 24n) + (size >> 99n) + (1n << 27n);
}
