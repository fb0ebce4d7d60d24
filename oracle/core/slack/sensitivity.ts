import { dotOf } from "../compile/dot.ts";
import type { FloatInputs } from "../operators/dot.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import type { ValuedNode } from "../operators/valuedNode.ts";
import { floatOf } from "../math/float32.ts";
import { Opcode } from "../program/types.ts";
import { positionsOf, tapOffsets, windowOf } from "../tensor/geometry.ts";
import { rowMajorStrides, sizeOf, unravel } from "../tensor/shape.ts";
import { broadcastPlace, channels, normalisation, reduction, softmaxAxes } from "../operators/slack/groups.ts";

/** Sensitivity of a result to every element of a tensor, by the id of the tensor; undefined of one that is not followed. */
export type Gradients = (Float64Array | undefined)[];

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
    const map = x!.dims.slice(2);
    const plane = sizeOf(positionsOf(windowOf(mapped.attributes, map.length, 1), map));
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
  const w = windowOf(mapped.attributes, map.length);
  const strides = rowMajorStrides(map);
  outer.forEach((g, i) => {
    const [n, channel, ...position] = unravel(i, outputDims);
    const base = (n * outputDims[1] + channel) * sizeOf(map);
    const from = tapOffsets(w, position, { map, strides, base }, 0, sizeOf(w.kernel)).find((at) => at !== undefined && values[at] === output[i]);
    if (from !== undefined) x[from] += g;
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
