import { floatOf } from "../math/float32.ts";
import { dotOf, type FloatInputs } from "./dot.ts";
import type { Mapped } from "./operators.ts";
import { Opcode, rowMajorStrides, Rule, sizeOf, unravel } from "./types.ts";

/**
 * How far somebody who stays inside every bound could move a result (docs/protocol.md §2.8), to first order: for each element that a `bound`
 * rule judges, the bound times the sensitivity of the result to that element, added up as if all conspired.
 */
export interface Slack {
  /** Name of the output that is measured. */
  readonly output: string;
  /** Its largest element less its second largest; the element itself where there is only one. */
  readonly margin: number;
  /** By how much that can be moved. Far below the margin: no class can be changed. */
  readonly shift: number;
}

/** A node with the float32 values that it reads and writes; undefined where an input is absent or no float32. */
export interface ValuedNode {
  readonly mapped: Mapped;
  readonly rule: Rule;
  readonly inputs: FloatInputs;
  /** Places of the inputs in the trace; undefined for constants and absent ones. */
  readonly ids: readonly (number | undefined)[];
  readonly output: Float32Array;
  readonly outputDims: readonly number[];
  readonly id: number;
}

type Gradients = (Float64Array | undefined)[];

const U = 2 ** -24;
const TINY = 2 ** -126;
/** Indices travel as float32, which counts no further. */
const COUNTABLE = 2 ** 24;

/** γ_k of the rounding analysis: k roundings move a sum by at most this, relative to the sum of magnitudes. */
const gamma = (k: number): number => (k * U) / (1 - k * U);

/**
 * Sensitivity of a result to every computed tensor, given its sensitivity to the last ones. `nodes` are in topological
 * order. It ends where numbers are rounded to integers, which is no smooth function.
 */
export function backpropagate(nodes: readonly ValuedNode[], gradients: Gradients): Gradients {
  for (const node of [...nodes].reverse()) {
    const outer = gradients[node.id];
    if (outer === undefined) continue;
    const into = (i: number): Float64Array | undefined => {
      const id = node.ids[i];
      return id === undefined ? undefined : (gradients[id] ??= new Float64Array(sizeOf(node.mapped.inputs[i]!.dims)));
    };
    backward(node, outer, into);
  }
  return gradients;
}

function backward(node: ValuedNode, outer: Float64Array, into: (i: number) => Float64Array | undefined): void {
  const { mapped, inputs, output } = node;
  switch (mapped.opcode) {
    case Opcode.Conv:
    case Opcode.Gemm:
    case Opcode.MatMul:
      return backwardDot(mapped, inputs, outer, into);
    case Opcode.Relu: {
      const x = into(0);
      outer.forEach((g, i) => x && (x[i] += output[i] > 0 ? g : 0));
      return;
    }
    case Opcode.Transpose: {
      const x = into(0);
      const strides = rowMajorStrides(mapped.inputs[0]!.dims);
      outer.forEach((g, i) => {
        const at = unravel(i, node.outputDims).reduce((sum, c, axis) => sum + c * strides[mapped.attributes[axis]], 0);
        if (x) x[at] += g;
      });
      return;
    }
    case Opcode.MaxPool:
      return backwardMaxPool(node, outer, into(0));
    case Opcode.Add:
    case Opcode.Sub:
    case Opcode.Mul:
    case Opcode.Div:
      return backwardArithmetic(node, outer, into);
    case Opcode.ReduceMean: {
      const x = into(0);
      const { groups, size } = reduction(mapped.inputs[0]!.dims, mapped.attributes);
      groups.forEach((group, i) => x && (x[i] += outer[group] / size));
      return;
    }
    case Opcode.BatchNormalization: {
      const x = into(0);
      const channelOf = channels(node);
      const { scale } = normalisation(node);
      outer.forEach((g, i) => x && (x[i] += g * scale[channelOf(i)]));
      return;
    }
    case Opcode.Softmax: {
      const x = into(0);
      const { groups, count } = reduction(node.outputDims, softmaxAxes(mapped));
      const dots = new Float64Array(count);
      outer.forEach((g, i) => (dots[groups[i]] += g * output[i]));
      outer.forEach((g, i) => x && (x[i] += output[i] * (g - dots[groups[i]])));
      return;
    }
    default: {
      // Reshape keeps the order of the elements.
      const x = mapped.opcode === Opcode.Reshape ? into(0) : undefined;
      if (x) outer.forEach((g, i) => (x[i] += g));
    }
  }
}

/** Gathers indices instead of values to learn which element of the input each product reads. */
function backwardDot(mapped: Mapped, inputs: FloatInputs, outer: Float64Array, into: (i: number) => Float64Array | undefined): void {
  const dot = dotOf(mapped, inputs);
  const counted = inputs.map((values, i) => (i < 2 && values ? Float32Array.from(values, (_, at) => at + 1) : values));
  const places = dotOf(mapped, counted);
  const [a, b, c] = [into(0), into(1), into(2)];
  const [left, from] = [new Float32Array(dot.length), new Float32Array(dot.length)];
  const columnsC = c === undefined ? undefined : biasPlaces(mapped);
  for (let block = 0; block < dot.blocks; block++) {
    for (let row = 0; row < dot.rows; row++) {
      dot.gather(block, row, left);
      places.gather(block, row, from);
      for (let column = 0; column < dot.columns; column++) {
        const element = dot.element(block, row, column);
        const g = outer[element] * dot.alpha;
        if (g === 0) continue;
        const right = dot.column(block, column);
        if (a) for (let k = 0; k < dot.length; k++) if (from[k] > 0) a[from[k] - 1] += g * right[k];
        if (b) {
          const at = places.column(block, column);
          for (let k = 0; k < dot.length; k++) b[at[k] - 1] += g * left[k];
        }
      }
    }
  }
  if (c !== undefined && columnsC !== undefined) outer.forEach((g, i) => (c[columnsC.place(i)] += g * columnsC.factor));
}

/** Which element of the bias an output element adds, and times what. */
function biasPlaces(mapped: Mapped): { place: (element: number) => number; factor: number } {
  const [x, w, bias] = mapped.inputs;
  if (mapped.opcode === Opcode.Conv) {
    const { attributes } = mapped;
    const spatial = x!.dims.length - 2;
    const positions = x!.dims.slice(2).map((size, i) => {
      const [kernel, stride, begin, end, dilation] = [0, 1, 2, 3, 4].map((list) => attributes[1 + list * spatial + i]);
      return Math.floor((size + begin + end - dilation * (kernel - 1) - 1) / stride) + 1;
    });
    const plane = sizeOf(positions);
    return { place: (element) => Math.floor(element / plane) % w!.dims[0], factor: 1 };
  }
  const columns = mapped.attributes[1] ? w!.dims[0] : w!.dims[1];
  const [rows, across] = [...new Array<number>(2 - bias!.dims.length).fill(1), ...bias!.dims];
  return {
    place: (element) => (rows === 1 ? 0 : Math.floor(element / columns)) * across + (across === 1 ? 0 : element % columns),
    factor: floatOf(mapped.attributes[3]),
  };
}

function backwardMaxPool({ mapped, inputs, output, outputDims }: ValuedNode, outer: Float64Array, x: Float64Array | undefined): void {
  const values = inputs[0];
  if (x === undefined || values === undefined) return;
  const map = mapped.inputs[0]!.dims.slice(2);
  const axes = map.length;
  const list = (i: number) => mapped.attributes.slice(i * axes, (i + 1) * axes);
  const [kernel, strides, begins, , dilations] = [0, 1, 2, 3, 4].map(list);
  const steps = rowMajorStrides(map);
  outer.forEach((g, i) => {
    const [n, channel, ...at] = unravel(i, outputDims);
    const base = (n * outputDims[1] + channel) * sizeOf(map);
    for (let t = 0; t < sizeOf(kernel); t++) {
      const place = unravel(t, kernel).map((k, axis) => at[axis] * strides[axis] - begins[axis] + k * dilations[axis]);
      if (place.some((p, axis) => p < 0 || p >= map[axis])) continue;
      const from = base + place.reduce((sum, p, axis) => sum + p * steps[axis], 0);
      if (values[from] === output[i]) return void (x[from] += g);
    }
  });
}

function backwardArithmetic({ mapped, inputs, outputDims }: ValuedNode, outer: Float64Array, into: (i: number) => Float64Array | undefined): void {
  const [a, b] = [into(0), into(1)];
  const [placeA, placeB] = mapped.inputs.map((value) => broadcastPlace(value!.dims, outputDims));
  outer.forEach((g, i) => {
    const [x, y] = [inputs[0]?.[placeA(i)] ?? 0, inputs[1]?.[placeB(i)] ?? 0];
    const [byA, byB] = {
      [Opcode.Add]: [1, 1],
      [Opcode.Sub]: [1, -1],
      [Opcode.Mul]: [y, x],
      [Opcode.Div]: [1 / y, -x / (y * y)],
    }[mapped.opcode as 0x0501 | 0x0502 | 0x0503 | 0x0504];
    if (a) a[placeA(i)] += g * byA;
    if (b) b[placeB(i)] += g * byB;
  });
}

/** Index in an operand of the element that goes into an output element, after broadcasting. */
function broadcastPlace(dims: readonly number[], outputDims: readonly number[]): (element: number) => number {
  if (String(dims) === String(outputDims)) return (element) => element;
  const strides = rowMajorStrides(dims);
  const skipped = outputDims.length - dims.length;
  return (element) => unravel(element, outputDims).slice(skipped).reduce((sum, c, axis) => sum + (dims[axis] === 1 ? 0 : c * strides[axis]), 0);
}

/** The group of every element, numbered in row-major order of the axes that are kept. */
function reduction(dims: readonly number[], axes: readonly number[]): { groups: Int32Array; count: number; size: number } {
  const kept = dims.map((dim, axis) => (axes.includes(axis) ? 1 : dim));
  const place = broadcastPlace(kept, dims);
  const groups = Int32Array.from({ length: sizeOf(dims) }, (_, i) => place(i));
  return { groups, count: sizeOf(kept), size: sizeOf(dims) / sizeOf(kept) };
}

const softmaxAxes = ({ attributes: [start, end] }: Mapped): number[] => Array.from({ length: end - start }, (_, i) => start + i);

const channels = ({ outputDims }: ValuedNode) => (element: number): number =>
  Math.floor(element / sizeOf(outputDims.slice(2))) % outputDims[1];

function normalisation({ mapped, inputs }: ValuedNode): { scale: Float64Array; bias: Float32Array; mean: Float32Array } {
  const [, gain, bias, mean, variance] = inputs as Float32Array[];
  const epsilon = floatOf(mapped.attributes[0]);
  return { scale: Float64Array.from(gain, (g, i) => g / Math.sqrt(variance[i] + epsilon)), bias, mean };
}

/** The bound of every element of a node under the rule `bound` (docs/protocol.md §2.4, §2.7), to first order in u; undefined under other rules. */
export function boundsOf(node: ValuedNode): Float64Array | undefined {
  const { mapped, rule, inputs, output, outputDims } = node;
  if (rule !== Rule.bound) return undefined;
  const bounds = new Float64Array(output.length);
  if (mapped.rules.includes(Rule.chain)) {
    const dot = dotOf(mapped, inputs);
    const a = new Float32Array(dot.length);
    const roundings = gamma(dot.length + (mapped.opcode === Opcode.Gemm ? 3 : 1));
    for (let block = 0; block < dot.blocks; block++) {
      for (let row = 0; row < dot.rows; row++) {
        dot.gather(block, row, a);
        for (let column = 0; column < dot.columns; column++) {
          const b = dot.column(block, column);
          let size = 0;
          for (let k = 0; k < dot.length; k++) size += Math.abs(a[k] * b[k]);
          size = size * Math.abs(dot.alpha) + Math.abs(dot.bias(block, row, column));
          bounds[dot.element(block, row, column)] = roundings * size + (dot.length + 2) * TINY;
        }
      }
    }
  } else if (mapped.opcode === Opcode.ReduceMean) {
    const { groups, size } = reduction(mapped.inputs[0]!.dims, mapped.attributes);
    groups.forEach((group, i) => (bounds[group] += (Math.abs(inputs[0]![i]) / size) * gamma(size + 1)));
  } else if (mapped.opcode === Opcode.BatchNormalization) {
    const { scale, bias, mean } = normalisation(node);
    const channelOf = channels(node);
    bounds.forEach((_, i) => {
      const c = channelOf(i);
      bounds[i] = 10 * U * (Math.abs(inputs[0]![i] * scale[c]) + Math.abs(mean[c] * scale[c]) + Math.abs(bias[c]));
    });
  } else {
    const { groups, count, size } = reduction(outputDims, softmaxAxes(mapped));
    const greatest = new Float64Array(count).fill(-Infinity);
    const [sum, weighted] = [new Float64Array(count), new Float64Array(count)];
    const x = inputs[0]!;
    groups.forEach((group, i) => (greatest[group] = Math.max(greatest[group], x[i])));
    groups.forEach((group, i) => {
      const d = greatest[group] - x[i];
      sum[group] += Math.exp(-d);
      weighted[group] += Math.exp(-d) * d;
    });
    groups.forEach((group, i) => {
      bounds[i] = output[i] * U * (greatest[group] - x[i] + weighted[group] / sum[group] + size + 20) + size * TINY;
    });
  }
  return bounds;
}

/** Whether a bounded value is rounded to an integer somewhere: a step that no slope describes. */
function roundsBounded(nodes: readonly ValuedNode[]): boolean {
  const bounded = new Set<number>();
  return nodes.some(({ mapped, rule, ids, id }) => {
    const reached = ids.some((input) => input !== undefined && bounded.has(input));
    if (reached || rule === Rule.bound) bounded.add(id);
    return reached && mapped.opcode === Opcode.QuantizeLinear;
  });
}

/** Whether a node normalises by computed parameters, which are not followed. */
const normalisesByComputed = ({ mapped, ids }: ValuedNode): boolean =>
  mapped.opcode === Opcode.BatchNormalization && ids.slice(1).some((id) => id !== undefined);

/**
 * The slack of one float32 output in one run; undefined where it cannot be followed back: the model is too large, a
 * bounded value is quantised, or the parameters of a BatchNormalization are computed.
 */
export function slackOf(
  nodes: readonly ValuedNode[],
  output: { readonly name: string; readonly id: number; readonly value: Float32Array },
  tensorCount: number,
): Slack | undefined {
  if (nodes.some(({ inputs }) => inputs.some((values) => values !== undefined && values.length >= COUNTABLE))) return undefined;
  if (roundsBounded(nodes) || nodes.some(normalisesByComputed)) return undefined;
  const { name, id, value } = output;
  const order = Array.from(value.keys()).sort((i, j) => value[j] - value[i]);
  const gradient = new Float64Array(value.length);
  gradient[order[0]] = 1;
  if (order.length > 1) gradient[order[1]] = -1;
  const start: Gradients = new Array<Float64Array | undefined>(tensorCount).fill(undefined);
  start[id] = gradient;
  const gradients = backpropagate(nodes, start);
  let shift = 0;
  for (const node of nodes) {
    const sensitivity = gradients[node.id];
    if (sensitivity !== undefined) boundsOf(node)?.forEach((bound, i) => (shift += bound * Math.abs(sensitivity[i])));
  }
  return { output: name, margin: value[order[0]] - (order.length > 1 ? value[order[1]] : 0), shift };
}
