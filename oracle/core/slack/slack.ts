import { floatOf } from "../math/float32.ts";
import { dotOf, type FloatInputs } from "../compile/dot.ts";
import type { Mapped } from "../compile/operators.ts";
import { Opcode, Rule } from "../program/types.ts";
import { rowMajorStrides, sizeOf, unravel } from "../tensor/shape.ts";

/**
 * How far somebody who stays inside every bound could move a result (docs/protocol.md §2.8), to first order: for each element that a `bound`
 * rule judges, the bound times the sensitivity of the result to that element, added up as if all conspired.
 */
export interface Slack {
  /** Name of the output that is measured. */
  readonly output: string;
  /** Its largest element less its second largest; the size of the element where there is only one. Undefined unless all are finite float32. */
  readonly margin: number | undefined;
  /** By how much that can be moved. Far below the margin: no class can be changed. Undefined where `why` says so. */
  readonly shift: number | undefined;
  readonly why?: string;
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
/** Why there is no slack where a rule admits more than the numbers within a bound. */
const UNBOUNDED = "values overflow or are not finite, so that infinities and NaN are admissible";
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
    if (outer === undefined || node.ids.every((id) => id === undefined)) continue;
    const into = (i: number): Float64Array | undefined => {
      const id = node.ids[i];
      return id === undefined ? undefined : (gradients[id] ??= new Float64Array(sizeOf(node.mapped.inputs[i]!.dims)));
    };
    backward(node, outer, into);
  }
  return gradients;
}

/** Adds the sensitivity to a node's output to those to its inputs; `into` gives the sum of an input that is followed. */
type Slope = (node: ValuedNode, outer: Float64Array, into: (i: number) => Float64Array | undefined) => void;

const same: Slope = (_node, outer, into) => {
  const x = into(0);
  if (x) outer.forEach((g, i) => (x[i] += g));
};

const slopeOfDot: Slope = ({ mapped, inputs }, outer, into) => backwardDot(mapped, inputs, outer, into);

const slopeOfRelu: Slope = ({ output }, outer, into) => {
  const x = into(0);
  if (x) outer.forEach((g, i) => (x[i] += output[i] > 0 ? g : 0));
};

const slopeOfTranspose: Slope = ({ mapped, outputDims }, outer, into) => {
  const x = into(0);
  if (x === undefined) return;
  const strides = rowMajorStrides(mapped.inputs[0]!.dims);
  outer.forEach((g, i) => (x[unravel(i, outputDims).reduce((sum, c, axis) => sum + c * strides[mapped.attributes[axis]], 0)] += g));
};

const slopeOfMean: Slope = ({ mapped }, outer, into) => {
  const x = into(0);
  const { groups, size } = reduction(mapped.inputs[0]!.dims, mapped.attributes);
  if (x) groups.forEach((group, i) => (x[i] += outer[group] / size));
};

const slopeOfNormalisation: Slope = (node, outer, into) => {
  const x = into(0);
  const channelOf = channels(node);
  const { scale } = normalisation(node);
  if (x) outer.forEach((g, i) => (x[i] += g * scale[channelOf(i)]));
};

const slopeOfSoftmax: Slope = ({ mapped, output, outputDims }, outer, into) => {
  const x = into(0);
  const { groups, count } = reduction(outputDims, softmaxAxes(mapped));
  const dots = new Float64Array(count);
  outer.forEach((g, i) => (dots[groups[i]] += g * output[i]));
  // A row of NaN is one whatever its numbers are moved by, within what a bound allows.
  if (x) outer.forEach((g, i) => (x[i] += Number.isNaN(output[i]) ? 0 : output[i] * (g - dots[groups[i]])));
};

/** Slope of every operator; "steps" of one that rounds to integers or scales them, which no slope describes. */
export type Slopes = Readonly<Record<Opcode, Slope | "steps">>;
export const SLOPES = {
  [Opcode.Conv]: slopeOfDot,
  [Opcode.Gemm]: slopeOfDot,
  [Opcode.MatMul]: slopeOfDot,
  [Opcode.QLinearConv]: "steps",
  [Opcode.QLinearMatMul]: "steps",
  [Opcode.Reshape]: same,
  [Opcode.Transpose]: slopeOfTranspose,
  [Opcode.Relu]: slopeOfRelu,
  [Opcode.MaxPool]: (node, outer, into) => backwardMaxPool(node, outer, into(0)),
  [Opcode.QuantizeLinear]: "steps",
  [Opcode.DequantizeLinear]: "steps",
  [Opcode.Add]: arithmetic(() => [1, 1]),
  [Opcode.Sub]: arithmetic(() => [1, -1]),
  [Opcode.Mul]: arithmetic((x, y) => [y, x]),
  [Opcode.Div]: arithmetic((x, y) => [1 / y, -x / (y * y)]),
  [Opcode.ReduceMean]: slopeOfMean,
  [Opcode.BatchNormalization]: slopeOfNormalisation,
  [Opcode.Softmax]: slopeOfSoftmax,
} satisfies Slopes;

function backward(node: ValuedNode, outer: Float64Array, into: (i: number) => Float64Array | undefined): void {
  const slope: Slope | "steps" = SLOPES[node.mapped.opcode];
  if (slope !== "steps") slope(node, outer, into);
}

/** Gathers indices instead of values to learn which element of the input each product reads. */
function backwardDot(mapped: Mapped, inputs: FloatInputs, outer: Float64Array, into: (i: number) => Float64Array | undefined): void {
  const dot = dotOf(mapped, inputs);
  const [a, b, c] = [into(0), into(1), into(2)];
  const counted = inputs.map((values, i) => (values && [a, b][i] ? Float32Array.from(values, (_, at) => at + 1) : values));
  const places = dotOf(mapped, counted);
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

/** @param partial the derivatives by either operand, given both */
function arithmetic(partial: (x: number, y: number) => readonly [number, number]): Slope {
  return ({ mapped, inputs, outputDims }, outer, into) => {
    const [a, b] = [into(0), into(1)];
    const [placeA, placeB] = mapped.inputs.map((value) => broadcastPlace(value!.dims, outputDims));
    outer.forEach((g, i) => {
      const [byA, byB] = partial(inputs[0]?.[placeA(i)] ?? 0, inputs[1]?.[placeB(i)] ?? 0);
      if (a) a[placeA(i)] += g * byA;
      if (b) b[placeB(i)] += g * byB;
    });
  };
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

interface Normalisation {
  readonly scale: Float64Array;
  readonly bias: Float32Array;
  readonly mean: Float32Array;
  /** The variance and epsilon. */
  readonly spread: Float64Array;
}

function normalisation({ mapped, inputs }: ValuedNode): Normalisation {
  const [, gain, bias, mean, variance] = inputs as Float32Array[];
  const epsilon = floatOf(mapped.attributes[0]);
  const spread = Float64Array.from(variance, (v) => v + epsilon);
  return { scale: Float64Array.from(gain, (g, i) => g / Math.sqrt(spread[i])), bias, mean, spread };
}

/** The bounds of all elements of a node; infinite where infinities and NaN are admissible besides. */
type Bound = (node: ValuedNode) => Float64Array;

const boundOfDot: Bound = ({ mapped, inputs, output }) => {
  const bounds = new Float64Array(output.length);
  const dot = dotOf(mapped, inputs);
  const a = new Float32Array(dot.length);
  const roundings = gamma(dot.length + (mapped.opcode === Opcode.Gemm ? 3 : 1));
  const underflow = (dot.length + 2) * TINY * Math.max(1, Math.abs(dot.alpha));
  for (let block = 0; block < dot.blocks; block++) {
    for (let row = 0; row < dot.rows; row++) {
      dot.gather(block, row, a);
      for (let column = 0; column < dot.columns; column++) {
        const b = dot.column(block, column);
        let products = 0;
        for (let k = 0; k < dot.length; k++) products += Math.abs(a[k] * b[k]);
        const size = products * Math.abs(dot.alpha) + Math.abs(dot.bias(block, row, column));
        const finite = products < 2 ** 126 && size < 2 ** 126;
        bounds[dot.element(block, row, column)] = finite ? roundings * size + underflow : Infinity;
      }
    }
  }
  return bounds;
};

const boundOfMean: Bound = ({ mapped, inputs, output }) => {
  const sums = new Float64Array(output.length);
  const { groups, size } = reduction(mapped.inputs[0]!.dims, mapped.attributes);
  groups.forEach((group, i) => (sums[group] += Math.abs(inputs[0]![i])));
  return sums.map((sum) => (sum < 2 ** 127 ? (sum / size) * gamma(size + 1) + TINY : Infinity));
};

const boundOfNormalisation: Bound = (node) => {
  const { scale, bias, mean, spread } = normalisation(node);
  const channelOf = channels(node);
  const x = node.inputs[0]!;
  return Float64Array.from(node.output, (_, i) => {
    const c = channelOf(i);
    // var + ε rounds to infinity, and only B is admissible.
    if (Math.fround(spread[c]) === Infinity && Number.isFinite(bias[c])) return 0;
    const terms = [x[i] * scale[c], mean[c] * scale[c], bias[c]].map(Math.abs);
    const finite = spread[c] >= TINY && Math.abs(scale[c]) < 2 ** 127 && terms.every((term) => term < 2 ** 125);
    return finite ? 10 * U * (terms[0] + terms[1] + terms[2]) + (Math.abs(x[i]) + Math.abs(mean[c]) + 4) * TINY : Infinity;
  });
};

const boundOfSoftmax: Bound = ({ mapped, inputs, output, outputDims }) => {
  const { groups, count, size } = reduction(outputDims, softmaxAxes(mapped));
  const greatest = new Float64Array(count).fill(-Infinity);
  const [sum, weighted] = [new Float64Array(count), new Float64Array(count)];
  const x = inputs[0]!;
  groups.forEach((group, i) => (greatest[group] = Math.max(greatest[group], x[i])));
  groups.forEach((group, i) => {
    if (x[i] === -Infinity) return; // Beside a finite maximum it is nothing.
    const d = greatest[group] - x[i];
    sum[group] += Math.exp(-d);
    weighted[group] += Math.exp(-d) * d;
  });
  const roundings = size + 20 + Math.floor(size ** 2 / 2 ** 23);
  return Float64Array.from(groups, (group, i) => {
    // Else the row is NaN, and nothing else is admissible.
    if (!Number.isFinite(greatest[group])) return 0;
    const own = x[i] === -Infinity ? 0 : output[i] * (greatest[group] - x[i] + weighted[group] / sum[group] + roundings);
    return own * U + size * TINY;
  });
};

/** Bound of every operator that the rule `bound` may judge; "exact" of the others. */
export type Bounds = Readonly<Record<Opcode, Bound | "exact">>;
export const BOUNDS = {
  [Opcode.Conv]: boundOfDot,
  [Opcode.Gemm]: boundOfDot,
  [Opcode.MatMul]: boundOfDot,
  [Opcode.QLinearConv]: "exact",
  [Opcode.QLinearMatMul]: "exact",
  [Opcode.Reshape]: "exact",
  [Opcode.Transpose]: "exact",
  [Opcode.Relu]: "exact",
  [Opcode.MaxPool]: "exact",
  [Opcode.QuantizeLinear]: "exact",
  [Opcode.DequantizeLinear]: "exact",
  [Opcode.Add]: "exact",
  [Opcode.Sub]: "exact",
  [Opcode.Mul]: "exact",
  [Opcode.Div]: "exact",
  [Opcode.ReduceMean]: boundOfMean,
  [Opcode.BatchNormalization]: boundOfNormalisation,
  [Opcode.Softmax]: boundOfSoftmax,
} satisfies Bounds;

/**
 * The bound of every element of a node under the rule `bound` (docs/protocol.md §2.4, §2.7), to first order in u; infinite
 * or NaN where infinities and NaN are admissible. Undefined under other rules.
 */
export function boundsOf(node: ValuedNode): Float64Array | undefined {
  if (node.rule !== Rule.bound) return undefined;
  const bound: Bound | "exact" = BOUNDS[node.mapped.opcode];
  if (bound === "exact") throw new RangeError(`opcode ${node.mapped.opcode} has no bound, but the rule of its row is bound`);
  return bound(node);
}

/** The nodes through which bounds reach a tensor, in order; of the ids of their inputs, those that a bound can move. */
function pathTo(target: number, nodes: readonly ValuedNode[]): ValuedNode[] {
  const movable = new Set<number>();
  const moved = nodes.flatMap((node) => {
    const ids = node.ids.map((id) => (id !== undefined && movable.has(id) ? id : undefined));
    if (node.rule !== Rule.bound && ids.every((id) => id === undefined)) return [];
    movable.add(node.id);
    return [{ ...node, ids }];
  });
  const needed = new Set([target]);
  const backwards = moved.reverse().filter(({ id, ids }) => {
    if (!needed.has(id)) return false;
    for (const input of ids) if (input !== undefined) needed.add(input);
    return true;
  });
  return backwards.reverse();
}

/** Why a node of a path cannot be followed back; undefined where it can. */
function obstacle({ mapped: { opcode, rules }, ids, inputs }: ValuedNode): string | undefined {
  const moved = ids.flatMap((id, i) => (id === undefined ? [] : [i]));
  if (moved.length > 0 && SLOPES[opcode] === "steps") return "a bounded value is quantised";
  if (moved.some((i) => i > 0) && opcode === Opcode.BatchNormalization) return "a BatchNormalization has bounded parameters";
  const countless = rules.includes(Rule.chain) && moved.some((i) => inputs[i]!.length >= COUNTABLE);
  return countless ? "a tensor is too large to be followed back" : undefined;
}

/** Where the largest and, if there is one, the second largest element stand. */
function leaders(value: Float32Array): [first: number, second: number | undefined] {
  let first = 0;
  let second: number | undefined;
  for (let i = 1; i < value.length; i++) {
    if (value[i] > value[first]) [first, second] = [i, first];
    else if (second === undefined || value[i] > value[second]) second = i;
  }
  return [first, second];
}

/** The slack of one output in one run; `value` is undefined where it holds no float32. */
export function slackOf(
  nodes: readonly ValuedNode[],
  { name, id, value }: { readonly name: string; readonly id: number; readonly value: Float32Array | undefined },
  tensorCount: number,
): Slack {
  const [first, second] = value?.every(Number.isFinite) ? leaders(value) : [];
  const margin = value && first !== undefined ? Math.abs(value[first] - (second === undefined ? 0 : value[second])) : undefined;
  const slack = (shift: number | undefined, why?: string): Slack => ({ output: name, margin, shift, ...(why !== undefined && { why }) });
  const path = pathTo(id, nodes);
  if (path.length === 0) return slack(0);
  for (const node of path) {
    const why = obstacle(node);
    if (why !== undefined) return slack(undefined, why);
  }
  if (value === undefined || first === undefined) return slack(undefined, UNBOUNDED);
  const gradient = new Float64Array(value.length);
  gradient[first] = 1;
  if (second !== undefined) gradient[second] = -1;
  const start: Gradients = new Array<Float64Array | undefined>(tensorCount).fill(undefined);
  start[id] = gradient;
  const gradients = backpropagate(path, start);
  let shift = 0;
  for (const node of path) {
    const sensitivity = gradients[node.id];
    if (sensitivity !== undefined) boundsOf(node)?.forEach((bound, i) => (shift += bound * Math.abs(sensitivity[i])));
  }
  return Number.isFinite(shift) ? slack(shift) : slack(undefined, UNBOUNDED);
}
