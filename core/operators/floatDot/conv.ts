import { LONGEST_DOT } from "../../math/length.ts";
import { leavesAtMost } from "../../merkle/cover.ts";
import { LEAF } from "../../merkle/tensorTree.ts";
import type { GraphNode, Value } from "../../onnx/graphNode.ts";
import { TRANSACTION_BYTES } from "../../program/transaction.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { widthOf } from "../../tensor/dtype.ts";
import { positionsOf, tapOffsets, type Window } from "../../tensor/geometry.ts";
import { commitStrides, rowMajorStrides, sizeOf, unravel } from "../../tensor/shape.ts";
import { CONVOLUTION, convolutionLength, convolutionTaps, fullestElement, kernelOffsets, kernelSize, rectangles } from "../convolution.ts";
import { defineOperator } from "../descriptor.ts";
import type { Dot, FloatInputs } from "../dot.ts";
import { input } from "../operands.ts";
import { readConvolution, REFUSED_WINDOWS } from "../reading/convolutions.ts";
import type { Mapped, Reading } from "../reading/mapped.ts";
import { checkLength, float, identity, maxInputs, optional, required, typed } from "../reading/requirements.ts";
import { mapReading } from "../reading/windows.ts";
import { slopeOfDot, type BiasPlaces } from "./dotSlope.ts";
import { ONE, floatProductTwin } from "./floatProduct.ts";
import { runOf, type Sgemm } from "./sgemm.ts";

/**
 * A chain runs over the taps of one channel after the other. Where the channels of a tap lie together, all taps of even one
 * channel are read from as many leaves as of all: if a transaction cannot open so many, channels lie one after the other.
 */
function convReading(x: Value, channels: number, w: Window): Reading {
  const reading = mapReading(x, channels, w.kernel);
  const strides = commitStrides(x.dims, reading.perm);
  const taps = w.kernel.map((count, i) => ({ count, stride: strides[2 + i] * w.dilations[i] }));
  if (2 * LEAF * leavesAtMost(taps, widthOf(x.dtype)) <= TRANSACTION_BYTES) return reading;
  return { ...reading, perm: identity(x.dims.length) };
}

function read(node: GraphNode): Mapped {
  maxInputs(node, 3);
  const x = typed(required(node, 0), float);
  const w = typed(required(node, 1), float);
  const bias = optional(node, 2) && typed(required(node, 2), float);
  const c = readConvolution(node, x, w, bias);
  const elements = sizeOf(w.dims.slice(1));
  checkLength(elements, LONGEST_DOT, "products");
  return {
    opcode: Opcode.Conv,
    attributes: CONVOLUTION.encode(c),
    inputs: [x, w, bias],
    rules: [Rule.chain, Rule.gemv],
    reads: [convReading(x, w.dims[1], c.window), { perm: identity(w.dims.length), elements }, undefined],
  };
}

/** Twin of contracts/ops/Conv.sol. Positions run over the channels of the group, then over the kernel in row-major order. */
const twin = floatProductTwin({
  length: (node) => convolutionLength(node, 1),
  fullest: (node) => fullestElement(node, 1),
  run: (node) => sizeOf(node.output.dims.slice(1)) / CONVOLUTION.of(node).group,
  product(node, element, inputs, { from, until }) {
    const [x, w, bias] = [input(inputs, 0), input(inputs, 1), inputs[2]];
    const c = unravel(element, node.output.dims);
    const size = kernelSize(node, 1);
    const strideX = commitStrides(x.tensor.dims, x.tensor.perm)[1];
    const strideW = commitStrides(w.tensor.dims, w.tensor.perm)[1];
    const [a, b] = [new Uint32Array(until - from), new Uint32Array(until - from)];
    let taps = 0;
    for (const { line, lines, first, count } of rectangles(from, until, size)) {
      const offsets = convolutionTaps(node, x.tensor, w.tensor, c, first, count);
      taps += count;
      const read = (channel: number, t: number): void => {
        const offset = offsets[t];
        if (offset !== undefined) a[channel * size + first + t - from] = x.u32(offset + channel * strideX);
      };
      // In the order of the contract, by which the places are counted that it has to look for.
      if (strideX === 1) for (let t = 0; t < count; t++) for (let channel = line; channel < line + lines; channel++) read(channel, t);
      else for (let channel = line; channel < line + lines; channel++) for (let t = 0; t < count; t++) read(channel, t);
    }
    const kernel = kernelOffsets(w.tensor, c[1]);
    for (let k = from; k < until; k++) b[k - from] = w.u32(kernel(k % size) + Math.floor(k / size) * strideW);
    return {
      a,
      b,
      from,
      length: convolutionLength(node, 1),
      taps,
      alpha: ONE,
      beta: ONE,
      c: from === 0 && bias !== undefined ? bias.u32(c[1]) : 0,
    };
  },
});

/** The filters of a group times the columns that the windows make. */
function call(mapped: Mapped): Sgemm {
  const [xDims, wDims] = [mapped.inputs[0]!.dims, mapped.inputs[1]!.dims];
  const { group, window } = CONVOLUTION.of(mapped);
  const map = xDims.slice(2);
  const { kernel, strides, begins, ends, dilations } = window;
  const all = (list: readonly number[], value: number): boolean => list.every((entry) => entry === value);
  const isDense = all(strides, 1) && all(begins, 0) && all(ends, 0);
  const [last, width] = [map.length - 1, map[map.length - 1]];
  // Windows as wide as the map are read where they lie, one row of the transposed matrix each.
  const isWide = isDense && !all(kernel, 1) && map.length <= 2 && all(dilations, 1) && wDims[1] === 1 && kernel[last] === width;
  return {
    rows: wDims[0] / group,
    length: sizeOf(wDims.slice(1)),
    columns: sizeOf(positionsOf(window, map)),
    isPacked: false,
    transA: false,
    transB: isWide,
    isColumn: !isWide || width === 1,
    alpha: 1,
    beta: mapped.inputs[2] === undefined ? 0 : 1,
    biasFirst: false,
  };
}

/** Blocks are the groups of the images, rows the places of the window, columns the filters of a group. */
function takeApart(mapped: Mapped, [x, w, b]: FloatInputs): Dot {
  const [xDims, wDims] = [mapped.inputs[0]!.dims, mapped.inputs[1]!.dims];
  const { group, window } = CONVOLUTION.of(mapped);
  const map = xDims.slice(2);
  const channels = wDims[1];
  const filters = wDims[0] / group;
  const taps = sizeOf(window.kernel);
  const plane = sizeOf(map);
  const out = positionsOf(window, map);
  const rows = sizeOf(out);
  const length = channels * taps;

  /** Places within a plane that the taps of a window read, −1 in the padding. */
  const places = new Int32Array(taps);
  const within = { map, strides: rowMajorStrides(map), base: 0 };
  const locate = (row: number): void => {
    const offsets = tapOffsets(window, unravel(row, out), within, 0, taps);
    for (let t = 0; t < taps; t++) places[t] = offsets[t] ?? -1;
  };
  let located = -1;

  return {
    length,
    alpha: 1,
    hasBias: b !== undefined,
    run: runOf(call(mapped)),
    blocks: xDims[0] * group,
    rows,
    columns: filters,
    gather(block, row, into) {
      if (located !== row) locate(row);
      located = row;
      // Blocks run over images, then groups: the channels of block i start at channel i · channels of the whole input.
      let k = 0;
      for (let c = 0; c < channels; c++) {
        const base = (block * channels + c) * plane;
        for (let t = 0; t < taps; t++) into[k++] = places[t] < 0 ? 0 : x![base + places[t]];
      }
    },
    column: (block, column) => {
      const m = (block % group) * filters + column;
      return w!.subarray(m * length, (m + 1) * length);
    },
    element: (block, row, column) => (block * filters + column) * rows + row,
    bias: (block, _row, column) => (b === undefined ? 0 : b[(block % group) * filters + column]),
  };
}

function biasPlaces(mapped: Mapped): BiasPlaces {
  const [x, w] = mapped.inputs;
  const plane = sizeOf(positionsOf(CONVOLUTION.of(mapped).window, x!.dims.slice(2)));
  return { place: (element) => Math.floor(element / plane) % w!.dims[0], factor: 1 };
}

export const conv = defineOperator({
  name: "Conv",
  opcode: 0x0101,
  formula: "y[n,m,p] = B[m] + Σ X[n,c,p·stride − pad + k·dilation] · W[m,c,k]",
  library: "Conv",
  onnx: { Conv: { since: 1, shapedBy: "shapes", refused: [...REFUSED_WINDOWS, "sums of more than 2²² products"], read } },
  inputs: ["X", "W", "B?"],
  attributes: CONVOLUTION,
  types: [float],
  rules: [Rule.chain, Rule.gemv],
  dot: takeApart,
  call,
  ...twin,
  slope: slopeOfDot(takeApart, biasPlaces),
});
