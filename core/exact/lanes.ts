import { Rule, type Node } from "../program/types.ts";
import { exactly, type Acceptance } from "./acceptance.ts";
import { ONE, UNIT_BITS, absolute, add, bitLength, decode, divide, fusedMultiplyAdd, isFinite, multiply, nearest, negate, told, type Value } from "./binary32.ts";
import { integerSquareRoot } from "./fixedPoint.ts";
import { coordinates, required, type Operand, type Question } from "./operand.ts";

/**
 * docs/protocol.md §2.13: the sums and normalisations of onnxruntime as lists of operations, each of which rounds an exact number.
 * Nothing here is carried, and nothing depends on how long a piece is.
 */

type Sum = (a: Value, b: Value) => Value;

/** Numerator / denominator units, rounded to so many bits, ties to even; of any size. */
function toPrecision(numerator: bigint, denominator: bigint, bits: number): bigint {
  const magnitude = absolute(numerator);
  // Enough places that the quotient has all the bits and one to round by.
  const more = BigInt(Math.max(0, bits + 2 + bitLength(denominator) - bitLength(magnitude)));
  const quotient = (magnitude << more) / denominator;
  const dropped = BigInt(Math.max(0, bitLength(quotient) - bits));
  const place = denominator << dropped;
  const whole = (magnitude << more) / place;
  const twice = 2n * ((magnitude << more) - whole * place);
  const up = twice > place || (twice === place && whole % 2n === 1n) ? 1n : 0n;
  const rounded = ((whole + up) << dropped) >> more;
  return numerator < 0n ? -rounded : rounded;
}

/** Of what is not finite: finite numbers beside it are nothing. */
const special = (a: Value, b: Value): number => (isFinite(a) ? 0 : a) + (isFinite(b) ? 0 : b);

/** Both are multiples of 2⁻¹⁴⁹, so is the sum, and nothing of it lies below a unit. */
const add64: Sum = (a, b) => (isFinite(a) && isFinite(b) ? toPrecision(a + b, 1n, 53) : special(a, b));

/** The root; of a negative number NaN. */
function root(x: Value): Value {
  if (!isFinite(x)) return x > 0 ? x : NaN;
  if (x < 0n) return NaN;
  // √(x · 2⁻¹⁴⁹) in units, with 200 places more; what is cut off is no more than tells a midpoint from what lies above it.
  const scaled = x << (UNIT_BITS + 400n);
  const whole = integerSquareRoot(scaled);
  return told("root", [x], nearest(2n * whole + (whole * whole === scaled ? 0n : 1n), 1n << 201n));
}

/** The one quotient of numbers of which the second is no zero, or +0. */
function quotient(a: Value, b: Value): Value {
  const options = divide(a, b);
  return options[options.length - 1];
}

const ofLane = <T>(values: readonly T[], lane: number, lanes: number): T[] => values.filter((_, i) => i % lanes === lane);
const total = (values: readonly Value[], sum: Sum, from: Value = 0n): Value => values.reduce(sum, from);
/** Lanes 0 and 2, lanes 1 and 3, and both together. */
const crosswise = (l: readonly Value[], sum: Sum): Value => sum(sum(l[0], l[2]), sum(l[1], l[3]));

/** The numbers of a row, whole multiples of `size` of them and the rest. */
function cut<T>(values: readonly T[], size: number): [T[], T[]] {
  const whole = values.length - (values.length % size);
  return [values.slice(0, whole), values.slice(whole)];
}

/** Four lanes, then the rest. */
function inFourLanes(values: readonly Value[], sum: Sum): Value {
  const [body, rest] = cut(values, 4);
  return total(rest, sum, crosswise([0, 1, 2, 3].map((j) => total(ofLane(body, j, 4), sum)), sum));
}

function requireSchedule({ chunk, flags }: Node, ...known: readonly (readonly [chunk: number, flags: number])[]): void {
  if (!known.some(([c, f]) => c === chunk && f === flags)) throw new RangeError(`chunk ${chunk} and flags ${flags} are no order of additions`);
}

/** The numbers along some axes through the element. */
function rowThrough(q: Question, x: Operand, start: number, end: number): Value[] {
  return [...coordinates(x.dims.slice(start, end))].map((c) => x.float([...q.at.slice(0, start), ...c, ...q.at.slice(end)]));
}

const count = (n: number): Value => BigInt(n) * ONE;

export function layerNormalizationLanes(q: Question): Acceptance {
  requireSchedule(q.node, [8, 0]);
  const x = required(q, 0);
  const [axis, bits] = q.node.attributes;
  const row = rowThrough(q, x, axis, x.dims.length);
  const n = row.length;
  if (n > 2 ** 16) throw new RangeError(`a row of ${n} numbers is not judged`);
  const sum = inFourLanes(row, add64);
  // The 53 bits of a quotient may have places below a unit: 128 are kept.
  const mean = isFinite(sum) ? nearest(toPrecision(sum << 128n, BigInt(n), 53), 1n << 128n) : sum;
  const d = row.map((value) => add(value, negate(mean)));
  const fused: Sum = (s, v) => fusedMultiplyAdd(v, v, s);
  const [body, rest] = cut(d, 8);
  const [four, last] = cut(rest, 4);
  const lanes = Array.from({ length: 8 }, (_, j) => total(ofLane(body, j, 8), fused));
  let squares = crosswise([0, 1, 2, 3].map((j) => add(lanes[j], lanes[j + 4])), add);
  squares = total(four, (s, v) => add(s, multiply(v, v)), squares);
  squares = total(last, fused, squares);
  const inverse = quotient(ONE, root(add(quotient(squares, count(n)), decode(BigInt(bits >>> 0)))));
  const z = multiply(add(x.float(q.at), negate(mean)), inverse);
  const scale = required(q, 1);
  const g = scale.float(scale.broadcast(q.at));
  const bias = q.inputs[2];
  return exactly(bias === undefined ? multiply(z, g) : fusedMultiplyAdd(z, g, bias.float(bias.broadcast(q.at))));
}

/** A decimal constant as the binary32 number next to it. */
const constant = (x: number): bigint => {
  const bits = new DataView(new ArrayBuffer(4));
  bits.setFloat32(0, x);
  return decode(BigInt(bits.getUint32(0))) as bigint;
};
const COEFFICIENTS = ["0x1694p-22", "0x1125edcp-31", "0x1555b5ap-29", "0x155545p-23", "0x1fffff6p-26", "0x1p0", "0x1p0"].map((hex) => {
  const [mantissa, exponent] = hex.split("p");
  return (BigInt(mantissa) << UNIT_BITS) >> BigInt(-Number(exponent));
});

/** e^d for d ≤ 0 as rows in so many lanes have it. */
function exponential(d: Value, lanes: number): Value {
  const least = -constant(lanes === 16 ? 103.9720840454 : 88.3762626647949);
  const x = isFinite(d) && d > least ? d : least;
  const rounder = 12_582_912n * ONE;
  const m = (fusedMultiplyAdd(constant(1.44269504088896341), x, rounder) as bigint) - rounder;
  const r = fusedMultiplyAdd(m, -constant(1.42860677e-6), fusedMultiplyAdd(m, -constant(0.693145752), x));
  const p = COEFFICIENTS.reduce<Value>((sum, c) => fusedMultiplyAdd(sum, r, c), 0n) as bigint;
  const k = -(m / ONE);
  return lanes === 8 && k > 126n ? 0n : nearest(p, 1n << k);
}

export function softmaxLanes(q: Question): Acceptance {
  requireSchedule(q.node, [16, 0], [8, 0]);
  const lanes = q.node.chunk;
  const x = required(q, 0);
  const [start, end] = q.node.attributes;
  const row = rowThrough(q, x, start, end);
  if (row.length > 2 ** 20) throw new RangeError(`a Softmax over ${row.length} numbers is not judged`);
  const finite = row.filter(isFinite);
  if (finite.length === 0 || row.some((value) => value !== value || value === Infinity)) return exactly(NaN);
  const max = finite.reduce((a, b) => (b > a ? b : a));
  const weight = (value: Value): Value => exponential(add(value, -max), lanes);
  const sums = Array.from({ length: lanes }, (_, j) => total(ofLane(row, j, lanes).map(weight), add));
  const eight = sums.slice(0, 8).map((sum, j) => (lanes === 16 ? add(sum, sums[j + 8]) : sum));
  const [low, high] = [eight.slice(0, 4), eight.slice(4)].map(([a, b, c, d]) => add(add(a, b), add(c, d)));
  return exactly(multiply(weight(x.float(q.at)), quotient(ONE, add(low, high))));
}

/** A block whose first number stands so many places past a boundary of four. */
function vectors(values: readonly Value[], past: number): Value {
  const skipped = Math.min(values.length, (4 - past) % 4);
  const [head, after] = [values.slice(0, skipped), values.slice(skipped)];
  const [body, rest] = cut(after, 4);
  if (body.length === 0) return total(values, add);
  const [pairs, last] = cut(body, 8);
  const lanes = [0, 1, 2, 3].map((j) => total(ofLane(last, j, 4), add, add(total(ofLane(pairs, j, 8), add), total(ofLane(pairs, j + 4, 8), add))));
  return total([...head, ...rest], add, crosswise(lanes, add));
}

/** Fours, then two, then one. */
function groups(values: readonly Value[]): Value {
  const [fours, rest] = cut(values, 4);
  const parts = Array.from({ length: fours.length / 4 }, (_, i) => fours.slice(4 * i, 4 * i + 4));
  const [twos, one] = cut(rest, 2);
  return total([...parts, twos, one].map((part) => total(part, add)), add);
}

export function meanLanes(q: Question): Acceptance {
  requireSchedule(q.node, [8, 0], [4, 0], [1, 0], [1, 1]);
  const x = required(q, 0);
  const axes = q.node.attributes;
  const keeps = q.node.output.dims.length === x.dims.length;
  const others = x.dims.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const places = [...coordinates(axes.map((axis) => x.dims[axis]))].map((inner) =>
    x.dims.map((_, axis) => (axes.includes(axis) ? inner[axes.indexOf(axis)] : q.at[keeps ? axis : others.indexOf(axis)])),
  );
  if (places.length === 0 || places.length > 2 ** 22) throw new RangeError(`a mean of ${places.length} numbers is not judged`);
  const values = places.map((c) => x.float(c));
  const { chunk, flags } = q.node;
  let sum: Value;
  if (chunk === 8) {
    // Numbers that follow one another in the last axes are a block.
    const innermost = x.dims.length - 1 - [...x.dims.keys()].reverse().findIndex((axis) => !axes.includes(axis));
    const size = x.dims.slice(innermost > x.dims.length - 1 ? 0 : innermost + 1).reduce((a, b) => a * b, 1);
    const indexOf = (c: readonly number[]): number => c.reduce((index, at, axis) => index * x.dims[axis] + at, 0);
    const blocks = Array.from({ length: values.length / size }, (_, b) => vectors(values.slice(b * size, (b + 1) * size), indexOf(places[b * size]) % 4));
    sum = total(blocks, add);
  } else sum = chunk === 4 ? inFourLanes(values, add) : flags === 0 ? total(values, add) : groups(values);
  return exactly(quotient(sum, count(values.length)));
}

export function batchNormalizationLanes(q: Question): Acceptance {
  requireSchedule(q.node, [0, 0]);
  const [scale, bias, mean, spread] = [1, 2, 3, 4].map((i) => required(q, i).float([q.at[1]]));
  const s = multiply(scale, quotient(ONE, root(add(spread, decode(BigInt(q.node.attributes[0] >>> 0))))));
  return exactly(add(multiply(required(q, 0).float(q.at), s), add(bias, negate(multiply(mean, s)))));
}

/** The one value under the rule lanes, or what lies within the bound. */
export const orWithin =
  (lanes: (q: Question) => Acceptance, bound: (q: Question) => Acceptance) =>
  (q: Question): Acceptance =>
    q.node.rule === Rule.lanes ? lanes(q) : bound(q);
