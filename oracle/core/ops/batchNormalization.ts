import { bitLength, fromFloat, isFiniteBits, isqrt, magnitude, mul, topOf, units, type Dyadic } from "../math/dyadic.ts";
import { DTypeUnsupported } from "../math/element.ts";
import { commitStrides, DType, offsetOf, unravel } from "../program/types.ts";
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
  if (![value, scale, bias, mean, variance, epsilon].every(isFiniteBits)) return true;
  const s = factor(fromFloat(scale), fromFloat(variance), fromFloat(epsilon));
  // INVARIANT: where var + ε is no positive normal number, or may overflow, or s may overflow, an honest result may be
  // anything.
  if (s === undefined) return true;
  return within(fromFloat(value), fromFloat(mean), fromFloat(bias), s, Number(claimed));
};

/** scale / √(variance + ε); undefined unless 2^-126 ≤ variance + ε < 2^127 and the result is below 2^127. */
function factor(scale: Dyadic, variance: Dyadic, epsilon: Dyadic): Dyadic | undefined {
  const w = positiveSum(variance, epsilon);
  if (w.mantissa === 0n || topOf(w) < -125 || topOf(w) > 127) return undefined;
  if (scale.mantissa === 0n) return scale;
  let up = 255 - bitLength(w.mantissa);
  if ((w.exponent - up) % 2 !== 0) up--;
  const root = isqrt(w.mantissa << BigInt(up));
  const half = (w.exponent - up) / 2;
  up = 255 - bitLength(scale.mantissa);
  const s: Dyadic = {
    negative: scale.negative,
    mantissa: (scale.mantissa << BigInt(up)) / root,
    exponent: scale.exponent - up - half,
  };
  return topOf(s) <= 127 ? s : undefined;
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
  // INVARIANT: where a term reaches 2^125 an intermediate result may overflow, and an honest result be anything.
  if (top > 125) return true;
  if (!isFiniteBits(claimed)) return false;
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
