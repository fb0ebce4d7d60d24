import { Rule } from "../program/types.ts";
import { define } from "./define.ts";
import { DType } from "../tensor/dtype.ts";
import { exactly, exactlyInteger, oneOf, rangeOf, type Acceptance } from "./acceptance.ts";
import { decode, LARGEST, type Value } from "./binary32.ts";
import { coordinates, required, type Operand, type Question } from "./operand.ts";
import { place, windowOf } from "./window.ts";

/**
 * The greatest element of the window that lies in the map. Of a NaN and a number it is either, which depends on the CPU.
 * Kernels start from −∞ or from the lowest finite number.
 */
export const maxPool = define("MaxPool", [Rule.equal], (q) => {
  const x = required(q, 0);
  const { dtype } = q.node.output;
  const map = x.dims.slice(2);
  const window = windowOf(q.node.attributes, map.length);
  const [batch, channel, ...position] = q.at;
  const places = [...coordinates(window.kernel)].flatMap((tap) => {
    const at = place(window, position, tap, map);
    return at === undefined ? [] : [[batch, channel, ...at]];
  });
  if (dtype !== DType.float32) {
    const values = places.map((c) => x.integer(c));
    return exactlyInteger(values.reduce((a, b) => (b > a ? b : a), rangeOf(dtype)[0]), dtype);
  }
  const values = places.map((c) => x.float(c));
  const starts = [-Infinity, -LARGEST];
  if (values.some((value) => value !== value)) return oneOf([NaN, ...starts, ...values]);
  const most = values.reduce((a, b) => (b > a ? b : a), -Infinity);
  return most === -Infinity ? oneOf(starts) : exactly(most);
});

/** Places in the input of the elements that one is made of, along the axes that the attributes name. */
export function placesAlong({ node, at }: Question, { dims }: Operand): number[][] {
  const axes = node.attributes;
  const keepsRank = node.output.dims.length === dims.length;
  const others = dims.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const own = (inner: readonly number[], axis: number): number => inner[axes.indexOf(axis)] ?? at[keepsRank ? axis : others.indexOf(axis)];
  return [...coordinates(axes.map((axis) => dims[axis]))].map((inner) => dims.map((_, axis) => own(inner, axis)));
}

/** NaN, and what lies from the one to the other. */
function nanOrBetween(least: Value, greatest: Value): Acceptance {
  const isAdmissible = (claimed: bigint): boolean => {
    const value = decode(claimed);
    return value !== value || (value >= least && value <= greatest);
  };
  const outside = [least, greatest].flatMap((end) => exactly(end).justOutside());
  return { isAdmissible, justOutside: () => outside.filter((bits) => !isAdmissible(bits)), values: () => undefined };
}

/** The greatest element along some axes. Of a NaN and a number it is either: so NaN, or something between least and greatest. */
export const reduceMax = define("ReduceMax", [Rule.equal], (q) => {
  const x = required(q, 0);
  const { dtype } = q.node.output;
  const places = placesAlong(q, x);
  if (places.length === 0) throw new RangeError("nothing has no greatest element");
  if (dtype !== DType.float32) return exactlyInteger(places.map((c) => x.integer(c)).reduce((a, b) => (b > a ? b : a)), dtype);
  const elements = places.map((c) => x.float(c));
  const values = elements.filter((value) => value === value);
  if (values.length === 0) return exactly(NaN);
  const greatest = values.reduce((a, b) => (b > a ? b : a));
  if (values.length === elements.length) return exactly(greatest);
  return nanOrBetween(values.reduce((a, b) => (b < a ? b : a)), greatest);
});
