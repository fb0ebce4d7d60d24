import { Rule } from "../program/types.ts";
import { define } from "./define.ts";
import { anyOf, exactly, infiniteSum, notFinite, oneOf, within, type Acceptance } from "./acceptance.ts";
import { ONE, UNIT_BITS, absolute, add, decode, isFinite, type Value } from "./binary32.ts";
import { batchNormalizationLanes, layerNormalizationLanes, meanLanes, orWithin, softmaxLanes } from "./lanes.ts";
import { TINY, U_BITS, gamma, power } from "./error.ts";
import { FIXED_ONE, PRECISION, exponential, integerSquareRoot } from "./fixedPoint.ts";
import { placesAlong } from "./accumulation.ts";
import { coordinates, required } from "./operand.ts";

/** Longer rows are not judged. */
const LONGEST_SUM = 1 << 22;
const LONGEST_SOFTMAX = 1 << 20;
const LONGEST_LAYER = 1 << 13;

/** What lies within `slack` of `exact`, all in units / denominator. */
const around = (exact: bigint, slack: bigint, denominator: bigint): Acceptance => within(exact - slack, exact + slack, denominator);

/** The finite values at these coordinates, undefined if one is not finite. */
function finite(values: Iterable<bigint | number>): bigint[] | undefined {
  const list: bigint[] = [];
  for (const value of values) {
    if (!isFinite(value)) return undefined;
    list.push(value);
  }
  return list;
}

/** γ(n + 1) · Σ|x| / n + TY around Σx / n. */
export const reduceMean = define("ReduceMean", [Rule.lanes, Rule.bound], orWithin(meanLanes, (q) => {
  const x = required(q, 0);
  const places = placesAlong(q, x);
  if (places.length === 0 || places.length > LONGEST_SUM) throw new RangeError(`a mean of ${places.length} numbers is not judged`);
  const elements = places.map((c) => x.float(c));
  const values = finite(elements);
  if (values === undefined) return infiniteSum(elements.reduce<number>((sum, value) => (isFinite(value) ? sum : sum + value), 0));
  const n = BigInt(values.length);
  const sum = values.reduce((a, b) => a + b, 0n);
  const size = values.reduce((a, b) => a + absolute(b), 0n);
  const slack = gamma(n + 1n) * size + ((n * TINY) << U_BITS);
  const mean = around(sum << U_BITS, slack, n << U_BITS);
  return size >= power(127) ? anyOf([mean, notFinite]) : mean;
}));

/** 10u(|xs| + |μs| + |b|) + (|x| + |μ| + 4) · TY around (x − μ)·s + b, s = g / √(v + ε). */
export const batchNormalization = define("BatchNormalization", [Rule.lanes, Rule.bound], orWithin(batchNormalizationLanes, (q) => {
  const channel = [q.at[1]];
  const values = [required(q, 0).float(q.at), ...[1, 2, 3, 4].map((i) => required(q, i).float(channel))];
  const [, , bias, , spread] = values;
  const epsilon = decode(BigInt(q.node.attributes[0] >>> 0));
  if ([...values, epsilon].some((value) => value !== value)) return exactly(NaN);
  const [factor, offset] = [values[1], values[3]];
  if (![values[0], bias, offset].every(isFinite)) {
    const root = add(spread, epsilon);
    if (!isFinite(factor) || !isFinite(spread) || !isFinite(epsilon) || root === 0n || root < 0n) return notFinite;
    const sign = factor === 0n ? 0 : factor < 0n ? -1 : 1;
    const part = (value: Value, by: number): number => (isFinite(value) ? 0 : value * by);
    return infiniteSum(part(values[0], sign) + part(offset, -sign) + part(bias, 1));
  }
  if (!isFinite(factor)) return notFinite;
  const rounded = add(spread, epsilon);
  // s = g / √∞ = 0: B is left of everything.
  if (rounded === Infinity) return exactly(bias);
  if (!isFinite(rounded)) return exactly(NaN);
  if (rounded <= 0n) return notFinite;
  const [x, g, b, mean, variance] = values as bigint[];
  const w = variance + (epsilon as bigint);
  // √w = root / 2^PRECISION, s = g · 2^PRECISION / root units.
  const root = integerSquareRoot(w << (2n * PRECISION - UNIT_BITS));
  const s = g * FIXED_ONE;
  // Everything from here on is in units / (ONE · root).
  const denominator = ONE * root;
  const terms = [x * s, mean * s, b * denominator];
  const reaches = (value: bigint, unit: bigint, exponent: number): boolean => absolute(value) >= power(exponent) * unit;
  const mayBreak = w < power(-126) || reaches(s, root, 127) || terms.some((term) => reaches(term, denominator, 125));
  // What reaches 2¹³⁰ is infinite, and stays so whatever finite number is added to it.
  if (reaches(s, root, 130) || terms.some((term) => reaches(term, denominator, 130))) return notFinite;
  const size = terms.reduce((sum, term) => sum + absolute(term), 0n);
  const underflow = TINY * (absolute(x) + absolute(mean) + 4n * ONE) * root;
  const normal = around((terms[0] - terms[1] + terms[2]) << U_BITS, 10n * size + (underflow << U_BITS), denominator << U_BITS);
  return mayBreak ? anyOf([normal, notFinite]) : normal;
}));

/**
 * |g|(Z − |z|) + 2u|b| + (Z + |g| + 4) · TY around gz + b, where Z = (|x − μ| + D)(1 + (n/2 + 16)u) / s over the last axes,
 * D = (2n + 8)u(Σ|x| / n + TY / u), and with σ = √(V + ε) s is σ − 5D/4 and z is (x − μ) / σ, or √ε and 0 if 4D > σ.
 */
export const layerNormalization = define("LayerNormalization", [Rule.lanes, Rule.bound], orWithin(layerNormalizationLanes, (q) => {
  const x = required(q, 0);
  const [axis, bits] = q.node.attributes;
  const row = [...coordinates(x.dims.slice(axis))];
  if (row.length > LONGEST_LAYER) throw new RangeError(`a row of ${row.length} numbers is not judged`);
  const epsilon = decode(BigInt(bits >>> 0));
  if (!isFinite(epsilon) || epsilon < power(-100) || epsilon > ONE) throw new RangeError("this epsilon is not judged");
  const values = finite(row.map((c) => x.float([...q.at.slice(0, axis), ...c])));
  const [g, b] = [1, 2].map((i): Value => q.inputs[i]?.float(q.inputs[i].broadcast(q.at)) ?? 0n);
  if (values === undefined || g !== g || b !== b) return exactly(NaN);
  if (!isFinite(g)) return notFinite;
  if (!isFinite(b)) return infiniteSum(b);
  const n = BigInt(row.length);
  const sum = values.reduce((a, v) => a + v, 0n);
  const size = values.reduce((a, v) => a + absolute(v), 0n);
  // n times everything, in units / 2^PRECISION.
  const floor = n * n * epsilon * ONE;
  const root = (square: bigint): bigint => integerSquareRoot(square << (2n * PRECISION));
  const sigma = root(n * values.reduce((a, v) => a + v * v, 0n) - sum * sum + floor);
  const off = ((2n * n + 8n) * (size + ((n * TINY) << U_BITS)) * FIXED_ONE) >> U_BITS;
  const known = 4n * off <= sigma;
  const s = known ? sigma - (5n * off) / 4n : root(floor);
  const own = (n * (x.float(q.at) as bigint) - sum) * FIXED_ONE;
  // Z = reach / (2²⁵ · s), and everything from here on is in units / denominator.
  const reach = (absolute(own) + off) * ((1n << 25n) + n + 32n);
  const denominator = (sigma * s) << (U_BITS + UNIT_BITS + 25n);
  const share = (numerator: bigint, below: bigint): bigint => numerator * (denominator / below);
  const middle = known ? share(g * own, sigma) : 0n;
  const farthest = share(absolute(g) * reach, s << 25n);
  const underflow = share(TINY * reach, s << 25n) + share(TINY * (absolute(g) + 4n * ONE), ONE);
  const slack = farthest - absolute(middle) + share(2n * absolute(b), 1n << U_BITS) + underflow;
  const options: Acceptance[] = [];
  // A sum of squares that overflows leaves b, which it does from s = 2⁷² on; one of numbers makes a NaN.
  if (size >= power(63)) options.push(oneOf(size < power(127) ? [b] : [b, NaN]));
  if (s < power(72) * FIXED_ONE) {
    options.push(around(middle + b * denominator, slack, denominator));
    if (farthest + absolute(b) * denominator >= power(127) * denominator) options.push(oneOf([-Infinity, Infinity]));
  }
  return anyOf(options);
}));

/**
 * y · u(d + Σde / Σe + n + 20 + ⌊n² / 2²³⌋) + n · TY around y = e / Σe, where d = max − x and e = exp(−d); of −∞ e is 0.
 * max − x or Σe is a NaN where max is infinite or a NaN.
 */
export const softmax = define("Softmax", [Rule.lanes, Rule.bound], orWithin(softmaxLanes, (q) => {
  const x = required(q, 0);
  const [start, end] = q.node.attributes;
  const row = [...coordinates(x.dims.slice(start, end))];
  if (row.length > LONGEST_SOFTMAX) throw new RangeError(`a Softmax over ${row.length} numbers is not judged`);
  const values = finite(row.map((c) => x.float([...q.at.slice(0, start), ...c, ...q.at.slice(end)])).filter((value) => value !== -Infinity));
  if (values === undefined || values.length === 0) return exactly(NaN);
  const own = x.float(q.at);
  const max = values.reduce((a, b) => (b > a ? b : a));
  const exponentials = new Map<bigint, bigint>();
  const exp = (value: bigint): bigint => {
    let e = exponentials.get(value);
    if (e === undefined) exponentials.set(value, (e = exponential((value - max) << (PRECISION - UNIT_BITS))));
    return e;
  };
  const sum = values.reduce((s, value) => s + exp(value), 0n);
  const weighted = values.reduce((s, value) => s + exp(value) * (max - value), 0n);
  const n = BigInt(row.length);
  if (!isFinite(own)) return around(0n, n * TINY, 1n);
  // What stands in the parentheses, in units / Σe.
  const factor = (max - own) * sum + weighted + (gamma(n) + 18n) * ONE * sum;
  // y = e / Σe in units is e · ONE / Σe; y · factor is e · factor / Σe².
  const denominator = (sum * sum) << U_BITS;
  return around((exp(own) * ONE * sum) << U_BITS, exp(own) * factor + n * TINY * denominator, denominator);
}));
