import { Rule } from "../program/types.ts";
import { define } from "./define.ts";
import { unravel } from "../tensor/shape.ts";
import { anyOf, exactly, exactlyInteger, rangeOf, type Acceptance } from "./acceptance.ts";
import { divide, fromInteger, isFinite, multiply, roundToInteger, type Value } from "./binary32.ts";
import { productReads } from "./dot.ts";
import { coordinates, required, type Operand, type Question } from "./operand.ts";
import { place, windowOf } from "./window.ts";

/** Entry `i` of a parameter that may have one value for the whole tensor; its other axes have size 1. */
const entry = (parameter: Operand, i: number): number[] => unravel(parameter.size === 1 ? 0 : i, parameter.dims);

/** A zero point; an absent one is 0. */
function zeroAt(q: Question, i: number, channel: number): bigint {
  const zero = q.inputs[i];
  return zero?.integer(entry(zero, channel)) ?? 0n;
}

/**
 * round(value) + zero, ties to even, clamped to the output's type. An infinity saturates. A NaN converts to the least or
 * the greatest integer of a wider type, which saturates, or to 0.
 */
function quantise(value: Value, zero: bigint, q: Question): Acceptance {
  const { dtype } = q.node.output;
  const [least, most] = rangeOf(dtype);
  if (value !== value) return anyOf([least, most, zero].map((integer) => exactlyInteger(integer, dtype)));
  if (!isFinite(value)) return exactlyInteger(value > 0 ? most : least, dtype);
  const shifted = roundToInteger(value) + zero;
  return exactlyInteger(shifted < least ? least : shifted > most ? most : shifted, dtype);
}

/** RN(RN(acc) · RN(RN(sx · sw) / sy)), quantised; acc wraps around to int32. Inputs 1 and 6 are sx and sy, 7 is y's zero point. */
function requantise(q: Question, accumulator: bigint, weightScale: Value): Acceptance {
  const [sx, sy] = [required(q, 1), required(q, 6)].map((scale) => scale.float(entry(scale, 0)));
  const sum = fromInteger(BigInt.asIntN(32, accumulator));
  const factors = divide(multiply(sx, weightScale), sy);
  return anyOf(factors.map((factor) => quantise(multiply(sum, factor), zeroAt(q, 7, 0), q)));
}

export const qLinearConv = define("QLinearConv", [Rule.equal], (q) => {
  const [x, w, wScale] = [0, 3, 4].map((i) => required(q, i));
  const map = x.dims.slice(2);
  const [group, ...rest] = q.node.attributes;
  const window = windowOf(rest, map.length);
  const [batch, filter, ...position] = q.at;
  const channels = w.dims[1];
  const first = Math.floor(filter / (w.dims[0] / group)) * channels;
  const [zx, zw] = [zeroAt(q, 2, 0), zeroAt(q, 5, filter)];
  let accumulator = q.inputs[8]?.integer([filter]) ?? 0n;
  for (const tap of coordinates(window.kernel)) {
    const at = place(window, position, tap, map);
    // The padding holds x's zero point, which stands for 0.
    if (at === undefined) continue;
    for (let channel = 0; channel < channels; channel++)
      accumulator += (x.integer([batch, first + channel, ...at]) - zx) * (w.integer([filter, channel, ...tap]) - zw);
  }
  return requantise(q, accumulator, wScale.float(entry(wScale, filter)));
});

export const qLinearMatMul = define("QLinearMatMul", [Rule.equal], (q) => {
  const [a, b, bScale] = [0, 3, 4].map((i) => required(q, i));
  const { length, column = 0, left, right } = productReads(q.at, a, b);
  const [za, zb] = [zeroAt(q, 2, 0), zeroAt(q, 5, column)];
  let accumulator = 0n;
  for (let k = 0; k < length; k++) accumulator += (a.integer(left(k)) - za) * (b.integer(right(k)) - zb);
  return requantise(q, accumulator, bScale.float(entry(bScale, column)));
});

/** Index along the axis of the attribute of the scale and zero point that hold for the element. */
const channelOf = (q: Question): number => q.at[q.node.attributes[0]] ?? 0;

/** RN(x / scale), quantised. */
export const quantizeLinear = define("QuantizeLinear", [Rule.equal], (q) => {
  const [x, scale] = [required(q, 0), required(q, 1)];
  const channel = channelOf(q);
  const quotients = divide(x.float(q.at), scale.float(entry(scale, channel)));
  return anyOf(quotients.map((value) => quantise(value, zeroAt(q, 2, channel), q)));
});

/** RN(RN(x − zero) · scale). */
export const dequantizeLinear = define("DequantizeLinear", [Rule.equal], (q) => {
  const [x, scale] = [required(q, 0), required(q, 1)];
  const channel = channelOf(q);
  const shifted = x.integer(q.at) - zeroAt(q, 2, channel);
  return exactly(multiply(fromInteger(shifted), scale.float(entry(scale, channel))));
});
