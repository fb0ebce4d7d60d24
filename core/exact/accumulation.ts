import { Rule } from "../program/types.ts";
import { define } from "./define.ts";
import { DType } from "../tensor/dtype.ts";
import { exactly, exactlyInteger, oneOf, rangeOf } from "./acceptance.ts";
import { LARGEST } from "./binary32.ts";
import { coordinates, required } from "./operand.ts";
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
