import { refuse } from "../../faults.ts";
import { DTypeUnsupported, fromInt, isInteger, range, toInt } from "../../math/element.ts";
import { floatOf } from "../../math/float32.ts";
import { leavesAtMost, lineLeavesAtMost, lineUp } from "../../merkle/cover.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule, type Node } from "../../program/types.ts";
import { DType, widthOf } from "../../tensor/dtype.ts";
import type { Footprint } from "../../tensor/footprint.ts";
import { alongAxis, fullestWindow, positionsOf, reachOf, tapOffsets, tapsInside } from "../../tensor/geometry.ts";
import { commitStrides, rowMajorStrides, sizeOf, unravel } from "../../tensor/shape.ts";
import { rowAttributes, window } from "../attributes.ts";
import { defineOperator, whole, type Slope } from "../descriptor.ts";
import { input } from "../operands.ts";
import { REFUSED_WINDOWS } from "../reading/convolutions.ts";
import type { Mapped } from "../reading/mapped.ts";
import { bytes, checkOutput, float, maxInputs, required, typed } from "../reading/requirements.ts";
import { mapReading, readWindow } from "../reading/windows.ts";
import type { Demand, OpTwin } from "../twin.ts";
import { inWindow, readRegion } from "./region.ts";

const LOWEST = floatOf(0xff7fffff);
const ATTRIBUTES = rowAttributes({ window });
const GAS = { element: 480 };

function read(node: GraphNode): Mapped {
  maxInputs(node, 1);
  const x = typed(required(node, 0), float, ...bytes);
  const kernel = node.attributes.ints("kernel_shape") ?? refuse("kernel_shape is missing");
  const w = readWindow(node, x, kernel);
  // Rounding the number of positions up lets the last window reach past the padding, and one that would begin behind the map is
  // left out. A place outside the map never counts, so that is the same as more padding at the end, or less.
  const ceil = node.attributes.int("ceil_mode", 0) !== 0;
  node.attributes.ignore("storage_order");
  node.attributes.refuseOthers();
  const map = x.dims.slice(2);
  const pooled = node.output.dims.slice(2);
  const stated = positionsOf(w, map);
  const ends = w.ends.map((end, i) => {
    const needed = (pooled[i] - 1) * w.strides[i] + reachOf(w, i) - map[i] - w.begins[i];
    return ceil && stated[i] !== pooled[i] ? Math.max(0, needed) : end;
  });
  const padded = { ...w, ends };
  checkOutput(node, [x.dims[0], x.dims[1], ...positionsOf(padded, map)]);
  for (let i = 0; i < map.length; i++) {
    for (let at = 0; at < pooled[i]; at++) {
      if (tapsInside(alongAxis(w, i, map[i]), at) === 0) refuse(`window ${at} along axis ${i + 2} lies in the padding entirely`);
    }
  }
  return {
    opcode: Opcode.MaxPool,
    attributes: ATTRIBUTES.encode({ window: padded }),
    inputs: [x],
    rules: [Rule.equal],
    reads: [mapReading(x, 1, kernel)],
  };
}

/**
 * Those places of a window that lie inside the map are read, as many of them as any window has, line by line. Lines that run on
 * into each other are one. Where a window is cut at the edge of the map they do not: it reads fewer elements of the same places in
 * the same order, and each of its lines may add one to the pieces that leaves make of the whole ones.
 */
function demand(node: Node): Demand {
  const { inputs, output } = node;
  const tensor = inputs[0];
  if (tensor === undefined) throw new RangeError("input 0 is absent");
  const strides = commitStrides(tensor.dims, tensor.perm);
  const width = widthOf(tensor.dtype);
  const w = ATTRIBUTES.of(node).window;
  const along = w.kernel.map((_, a) => alongAxis(w, a, tensor.dims[a + 2]));
  const fullest = along.map((axis, a) => fullestWindow(axis, output.dims[a + 2]).inside);
  const isCut = along.some((axis, a) => Array.from({ length: output.dims[a + 2] }, (_, at) => tapsInside(axis, at)).some((count) => count !== fullest[a]));
  const inside: Footprint = fullest.map((count, a) => ({ count: Math.max(1, count), stride: strides[a + 2] * w.dilations[a] }));
  const [axes, apart] = [lineUp(inside), inside.filter(({ count }) => count !== 1)];
  const elements = sizeOf(axes.map(({ count }) => count));
  const whole = lineLeavesAtMost(axes, width);
  const lines = whole + (isCut && axes.length < apart.length ? sizeOf(apart.slice(0, -1).map(({ count }) => count)) : 0);
  const searches = leavesAtMost(axes, width) === 1 ? 1 : whole;
  return { reads: [inside], work: { gas: GAS.element * elements, runLines: lines, runSteps: lines * Math.max(1, apart.length), searches, words: elements } };
}

/** Twin of contracts/ops/Maximum.sol. */
const admissible: OpTwin = (node, element, claimed, x) => {
  const { dtype } = node.output;
  if (dtype !== DType.float32 && !isInteger(dtype)) throw new DTypeUnsupported(dtype);
  const data = input(x, 0);
  const region = inWindow(node, element, data, ATTRIBUTES.of(node).window);
  const taps = readRegion(region, (offset) => data.bits(offset), 0, region.size);
  if (dtype === DType.float32) {
    const values = taps.map((bits) => floatOf(Number(bits)));
    const value = floatOf(Number(claimed));
    const nan = values.some(Number.isNaN);
    // INVARIANT: every step of a maximum gives one of its two operands, and with a NaN either, which depends on the
    // processor: so the result is an element, or what the kernel started from.
    if (nan && (Number.isNaN(value) || values.includes(value))) return true;
    const greatest = values.reduce((a, b) => (b > a ? b : a), -Infinity);
    // Kernels start from −∞ or from the lowest finite number, which shows when nothing greater comes.
    if (nan || greatest === -Infinity) return value === -Infinity || value === LOWEST;
    return value === greatest;
  }
  const [least] = range(dtype);
  return claimed === fromInt(dtype, taps.map((bits) => toInt(dtype, bits)).reduce((a, b) => (b > a ? b : a), least));
};

const back: Slope = ({ mapped, inputs, output, outputDims }, outer, into) => {
  const [x, values] = [into(0), inputs[0]];
  if (x === undefined || values === undefined) return;
  const map = mapped.inputs[0]!.dims.slice(2);
  const w = ATTRIBUTES.of(mapped).window;
  const strides = rowMajorStrides(map);
  outer.forEach((g, i) => {
    const [n, channel, ...position] = unravel(i, outputDims);
    const base = (n * outputDims[1] + channel) * sizeOf(map);
    const from = tapOffsets(w, position, { map, strides, base }, 0, sizeOf(w.kernel)).find((at) => at !== undefined && values[at] === output[i]);
    if (from !== undefined) x[from] += g;
  });
};

export const maxPool = defineOperator({
  name: "MaxPool",
  opcode: 0x0612,
  formula: "y = the greatest of the taps x[p·stride − pad + k·dilation] inside the input",
  library: "Maximum",
  onnx: {
    MaxPool: {
      since: 1,
      shapedBy: "shapes",
      refused: [...REFUSED_WINDOWS, "windows that lie in the padding entirely"],
      read,
    },
  },
  inputs: ["X"],
  attributes: ATTRIBUTES,
  types: [float, ...bytes],
  gas: GAS,
  rules: [Rule.equal],
  ...whole(admissible, demand),
  slope: { follows: "all", back },
});
