import { DTypeUnsupported, fromInt, isInteger, range, toInt } from "../math/element.ts";
import { floatOf } from "../math/float32.ts";
import type { TensorReader } from "../tensor/reader.ts";
import { commitStrides, sizeOf, unravel } from "../tensor/shape.ts";
import { DType, widthOf } from "../tensor/dtype.ts";
import type { Node } from "../program/types.ts";
import { input } from "./operands.ts";
import { leavesAtMost, lineLeavesAtMost } from "../merkle/cover.ts";
import type { Demand, OpTwin } from "./twin.ts";
import { alongAxis, fullestWindow, tapOffsets, windowOf } from "../tensor/geometry.ts";
import type { Footprint } from "../tensor/footprint.ts";

const LOWEST = floatOf(0xff7fffff);

/** All places of a window are gone through; those inside the input are read, as many of them as any window has. */
export function demand(node: Node): Demand {
  const { attributes, inputs, output } = node;
  const tensor = inputs[0];
  if (tensor === undefined) throw new RangeError("input 0 is absent");
  const axes = tensor.dims.length - 2;
  const strides = commitStrides(tensor.dims, tensor.perm);
  const width = widthOf(tensor.dtype);
  const w = windowOf(attributes, axes);
  const inside: Footprint = w.kernel.map((_, a) => {
    const fullest = fullestWindow(alongAxis(w, a, tensor.dims[a + 2]), output.dims[a + 2]);
    return { count: Math.max(1, fullest.inside), stride: strides[a + 2] * w.dilations[a] };
  });
  const taps = sizeOf(w.kernel);
  const searches = leavesAtMost(inside, width) === 1 ? 1 : lineLeavesAtMost(inside, width);
  return { reads: [inside], work: { poolTaps: taps, poolSteps: taps * axes, searches } };
}

/** Twin of contracts/ops/MaxPool.sol. */
export const admissible: OpTwin = (node, element, claimed, x) => {
  const { dtype } = node.output;
  if (dtype !== DType.float32 && !isInteger(dtype)) throw new DTypeUnsupported(dtype);
  const taps = window(node, element, input(x, 0));
  if (dtype === DType.float32) {
    const values = Array.from(taps, (bits) => floatOf(Number(bits)));
    const value = floatOf(Number(claimed));
    const nan = values.some(Number.isNaN);
    // INVARIANT: every step of a maximum gives one of its two operands, and with a NaN either, which depends on the
    // processor: so the result is a tap, or what the kernel started from.
    if (nan && (Number.isNaN(value) || values.includes(value))) return true;
    const greatest = values.reduce((a, b) => (b > a ? b : a), -Infinity);
    // Kernels start from −∞ or from the lowest finite number, which shows when nothing greater comes.
    if (nan || greatest === -Infinity) return value === -Infinity || value === LOWEST;
    return value === greatest;
  }
  let [greatest] = range(dtype);
  for (const bits of taps) {
    const value = toInt(dtype, bits);
    if (value > greatest) greatest = value;
  }
  return claimed === fromInt(dtype, greatest);
};

/**
 * The taps that lie inside the input, in row-major order of the kernel. Attributes, each for all spatial axes: kernel,
 * strides, padsBegin, padsEnd, dilations.
 */
function* window(node: Node, element: number, x: TensorReader): Generator<bigint> {
  const { dims, perm } = x.tensor;
  const strides = commitStrides(dims, perm);
  const [n, channel, ...position] = unravel(element, node.output.dims);
  const w = windowOf(node.attributes, dims.length - 2);
  const map = { map: dims.slice(2), strides: strides.slice(2), base: n * strides[0] + channel * strides[1] };
  for (const offset of tapOffsets(w, position, map, 0, sizeOf(w.kernel))) if (offset !== undefined) yield x.bits(offset);
}
