import { DType, unravel } from "../program/types.ts";
import { everything, exactly, exactlyBits, exactlyInteger, type Acceptance } from "./acceptance.ts";
import { isFinite, type Value } from "./binary32.ts";
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

/** max(x, 0). What a NaN becomes depends on the CPU. */
export function relu(q: Question): Acceptance {
  const value = required(q, 0).float(q.at);
  if (value !== value) return everything;
  return exactly(value > 0 ? value : 0n);
}

/** The largest element of the window that lies in the map. What a NaN does depends on the CPU. */
export function maxPool(q: Question): Acceptance {
  const x = required(q, 0);
  const { dtype } = q.node.output;
  const map = x.dims.slice(2);
  const window = windowOf(q.node.attributes, map.length);
  const [batch, channel, ...position] = q.at;
  const values: Value[] = [];
  for (const tap of coordinates(window.kernel)) {
    const at = place(window, position, tap, map);
    if (at === undefined) continue;
    const c = [batch, channel, ...at];
    values.push(dtype === DType.float32 ? x.float(c) : x.integer(c));
  }
  if (values.some((value) => value !== value)) return everything;
  if (values.length === 0) throw new RangeError(`window at [${position}] lies in the padding entirely`);
  const most = values.reduce((a, b) => (b > a ? b : a));
  return dtype !== DType.float32 && isFinite(most) ? exactlyInteger(most, dtype) : exactly(most);
}
