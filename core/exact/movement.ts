import { DType } from "../tensor/dtype.ts";
import { unravel } from "../tensor/shape.ts";
import { exactly, exactlyBits, exactlyInteger, oneOf, rangeOf, type Acceptance } from "./acceptance.ts";
import { LARGEST } from "./binary32.ts";
import { coordinates, required, type Question } from "./operand.ts";
import { place, windowOf } from "./window.ts";

/** The element at the same row-major index. */
export function reshape(q: Question): Acceptance {
  const x = required(q, 0);
  return exactlyBits(x.bits(unravel(q.element, x.dims)), q.node.output.dtype);
}

/** y[c] = x[c'] where axis i of y is axis perm[i] of x. */
export function transpose(q: Question): Acceptance {
  const x = required(q, 0);
  const source = x.dims.map((_, axis) => q.at[q.node.attributes.indexOf(axis)]);
  return exactlyBits(x.bits(source), q.node.output.dtype);
}

/** max(x, 0). Of a NaN and 0 it is either, which depends on the CPU. */
export function relu(q: Question): Acceptance {
  const { dtype } = q.node.output;
  if (dtype !== DType.float32) {
    const value = required(q, 0).integer(q.at);
    return exactlyInteger(value > 0n ? value : 0n, dtype);
  }
  const value = required(q, 0).float(q.at);
  if (value !== value) return oneOf([NaN, 0n]);
  return exactly(value > 0 ? value : 0n);
}

/**
 * The greatest element of the window that lies in the map. Of a NaN and a number it is either, which depends on the CPU.
 * Kernels start from −∞ or from the lowest finite number.
 */
export function maxPool(q: Question): Acceptance {
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
}
