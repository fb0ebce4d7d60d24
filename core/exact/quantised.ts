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

/** Σ (x − zx)(w − zw) over the window, whose weights are the input `weights`; and the filter. */
function convolve(q: Question, weights: number): { sum: bigint; filter: number } {
  const [x, w] = [required(q, 0), required(q, weights)];
  const map = x.dims.slice(2);
  const [group, ...rest] = q.node.attributes;
  const window = windowOf(rest, map.length);
  const [batch, filter, ...position] = q.at;
  const channels = w.dims[1];
  const first = Math.floor(filter / (w.dims[0] / group)) * channels;
  const [zx, zw] = [zeroAt(q, 2, 0), zeroAt(q, weights + 2, filter)];
  let sum = 0n;
  for (const tap of coordinates(window.kernel)) {
    const at = place(window, position, tap, map);
    // The padding holds x's zero point, which stands for 0.
    if (at === undefined) continue;
    for (let channel = 0; channel < channels; channel++)
      sum += (x.integer([batch, first + channel, ...at]) - zx) * (w.integer([filter, channel, ...tap]) - zw);
  }
  return { sum, filter };
}

/** Σ (a − za)(b − zb) with b the input `second`; and the column. */
function multiplyOut(q: Question, second: number): { sum: bigint; column: number } {
  const [a, b] = [required(q, 0), required(q, second)];
  const { length, column = 0, left, right } = productReads(q.at, a, b);
  const [za, zb] = [zeroAt(q, 2, 0), zeroAt(q, second + 2, column)];
  let sum = 0n;
  for (let k = 0; k < length; k++) sum += (a.integer(left(k)) - za) * (b.integer(right(k)) - zb);
  return { sum, column };
}

export const qLinearConv = define("QLinearConv", [Rule.equal], (q) => {
  const { sum, filter } = convolve(q, 3);
  const scale = required(q, 4);
  return requantise(q, sum + (q.inputs[8]?.integer([filter]) ?? 0n), scale.float(entry(scale, filter)));
});

export const qLinearMatMul = define("QLinearMatMul", [Rule.equal], (q) => {
  const { sum, column } = multiplyOut(q, 3);
  const scale = required(q, 4);
  return requantise(q, sum, scale.float(entry(scale, column)));
});

/** The sum itself, wrapped around to the output's int32. */
const wrapped = (sum: bigint, q: Question): Acceptance => exactlyInteger(BigInt.asIntN(32, sum), q.node.output.dtype);

export const convInteger = define("ConvInteger", [Rule.equal], (q) => wrapped(convolve(q, 1).sum, q));

export const matMulInteger = define("MatMulInteger", [Rule.equal], (q) => wrapped(multiplyOut(q, 1).sum, q));

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
