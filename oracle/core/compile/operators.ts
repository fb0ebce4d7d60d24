import { numbersOf, type Constant } from "../onnx/tensor.ts";
import { TRANSACTION_BYTES } from "../program/transaction.ts";
import type { Mapped, Reading } from "../operators/reading/mapped.ts";
import { bitsOf } from "../math/float32.ts";
import { LONGEST_DOT, LONGEST_MEAN } from "../math/length.ts";
import { leavesAtMost } from "../merkle/cover.ts";
import { LEAF } from "../merkle/tensorTree.ts";
import { refuse } from "../faults.ts";
import { alongAxis, positionsOf, reachOf, tapsInside, windowAttributes, type Window } from "../tensor/geometry.ts";
import { describe, type GraphNode, type Value } from "../onnx/graphNode.ts";
import { commitStrides, sizeOf } from "../tensor/shape.ts";
import { DType, dtypeName, widthOf } from "../tensor/dtype.ts";
import { Opcode, Rule } from "../program/types.ts";

type Mapper = (node: GraphNode) => Mapped;

const float = DType.float32;
const bytes = [DType.uint8, DType.int8] as const;
const integers = [DType.int8, DType.uint8, DType.int16, DType.uint16, DType.int32, DType.uint32, DType.int64, DType.uint64] as const;

// --- What a node must have -------------------------------------------------------------------------------------------

function optional(node: GraphNode, i: number): Value | undefined {
  return node.inputs[i];
}

function input(node: GraphNode, i: number): Value {
  return node.inputs[i] ?? refuse(`input ${i} is missing`);
}

/** The input, which must have one of the types. */
function typed(value: Value, ...dtypes: readonly DType[]): Value {
  if (dtypes.includes(value.dtype)) return value;
  return refuse(`"${value.name}" is ${dtypeName(value.dtype)}; supported: ${dtypes.map(dtypeName).join(", ")}`);
}

function maxInputs(node: GraphNode, count: number): void {
  if (node.inputs.slice(count).some((value) => value !== undefined)) refuse(`more than ${count} inputs are not supported`);
}

/** Numbers that the node needs to be known when the program is fixed. */
function valuesOf(value: Value, what: string): number[] {
  return numbersOf(value.constant ?? refuse(`${what} "${value.name}" is computed; it must be a constant`));
}

function axisOf(axis: number, rank: number, name = "axis"): number {
  if (axis < -rank || axis >= rank) refuse(`${name} ${axis} is out of range for rank ${rank}`);
  return axis < 0 ? axis + rank : axis;
}

const product = (dims: readonly number[]): number => sizeOf(dims);
const same = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((x, i) => x === b[i]);
const identity = (rank: number): number[] => Array.from({ length: rank }, (_, axis) => axis);
const shapeOf = (dims: readonly number[]): string => `[${dims.join(", ")}]`;

/** The axes `last` innermost, in that order, behind all others. */
function together(rank: number, last: readonly number[]): number[] {
  return [...identity(rank).filter((axis) => !last.includes(axis)), ...last];
}

function checkOutput(node: GraphNode, dims: readonly number[]): void {
  if (!same(node.output.dims, dims)) {
    refuse(`its output should have the shape ${shapeOf(dims)}, the runtime says ${shapeOf(node.output.dims)}`);
  }
}

/** Shape of two operands broadcast against each other. */
function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) refuse(`the shapes ${shapeOf(a)} and ${shapeOf(b)} do not broadcast`);
    return Math.max(x, y);
  });
}

const elementwise = (opcode: Opcode, rule: Rule, inputs: readonly Value[]): Mapped => ({
  opcode,
  attributes: [],
  inputs,
  rules: [rule],
  reads: inputs.map(() => undefined),
});

// --- Windows: Conv, QLinearConv, MaxPool -----------------------------------------------------------------------------

function readWindow(node: GraphNode, x: Value, kernel: readonly number[]): Window {
  const { attributes } = node;
  const spatial = x.dims.length - 2;
  if (spatial < 1 || spatial > 3) refuse(`an input of rank ${x.dims.length} is not supported: 3, 4 and 5 are`);
  const list = (name: string, absent: number, count: number, least: number): readonly number[] => {
    const values = attributes.ints(name) ?? new Array<number>(count).fill(absent);
    if (values.length !== count) refuse(`${name} has ${values.length} entries instead of ${count}`);
    if (values.some((value) => value < least)) refuse(`${name} [${values.join(", ")}] has an entry below ${least}`);
    return values;
  };
  if (kernel.length !== spatial || kernel.some((size) => size < 1)) {
    refuse(`the kernel [${kernel.join(", ")}] does not fit ${spatial} spatial axes`);
  }
  const autoPad = attributes.text("auto_pad", "NOTSET");
  if (autoPad !== "NOTSET" && autoPad !== "VALID") {
    refuse(`auto_pad ${autoPad} leaves the padding to the runtime; export the model with explicit pads`);
  }
  const pads = list("pads", 0, 2 * spatial, 0);
  if (autoPad === "VALID" && pads.some((pad) => pad !== 0)) refuse("auto_pad VALID contradicts its pads");
  return {
    kernel,
    strides: list("strides", 1, spatial, 1),
    begins: pads.slice(0, spatial),
    ends: pads.slice(spatial),
    dilations: list("dilations", 1, spatial, 1),
  };
}

interface Convolution extends Window {
  readonly group: number;
}

function readConvolution(node: GraphNode, x: Value, w: Value, bias: Value | undefined): Convolution {
  if (w.dims.length !== x.dims.length) refuse(`its weights have rank ${w.dims.length}, its input rank ${x.dims.length}`);
  const kernel = w.dims.slice(2);
  const stated = node.attributes.ints("kernel_shape");
  if (stated !== undefined && !same(stated, kernel)) {
    refuse(`kernel_shape ${shapeOf(stated)} contradicts the weights' ${shapeOf(kernel)}`);
  }
  const group = node.attributes.int("group", 1);
  const [filters, channels] = w.dims;
  if (group < 1 || x.dims[1] !== channels * group || filters % group !== 0) {
    refuse(`group ${group} does not fit ${x.dims[1]} channels and weights ${shapeOf(w.dims)}`);
  }
  if (bias !== undefined && !same(bias.dims, [filters])) refuse(`its bias has the shape ${shapeOf(bias.dims)} instead of [${filters}]`);
  const window = readWindow(node, x, kernel);
  checkOutput(node, [x.dims[0], filters, ...positionsOf(window, x.dims.slice(2))]);
  node.attributes.refuseOthers();
  return { ...window, group };
}

/** A window over several channels reads a position's channels together; over one channel it reads row-major. */
function mapReading(x: Value, channels: number, kernel: readonly number[]): Reading {
  const rank = x.dims.length;
  return { perm: channels > 1 ? together(rank, [1]) : identity(rank), elements: channels * product(kernel) };
}

/** For a longer reduction no error bound is defined, so that no element of it could be judged (docs/protocol.md §2.10). */
function checkLength(length: number, most: number, what: string): void {
  if (length > most) refuse(`an element of its output is made of ${length} ${what}; at most ${most} can be judged`);
}

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

const conv: Mapper = (node) => {
  maxInputs(node, 3);
  const x = typed(input(node, 0), float);
  const w = typed(input(node, 1), float);
  const bias = optional(node, 2) && typed(input(node, 2), float);
  const c = readConvolution(node, x, w, bias);
  const elements = product(w.dims.slice(1));
  checkLength(elements, LONGEST_DOT, "products");
  return {
    opcode: Opcode.Conv,
    attributes: [c.group, ...windowAttributes(c)],
    inputs: [x, w, bias],
    rules: [Rule.chain, Rule.bound],
    reads: [convReading(x, w.dims[1], c), { perm: identity(w.dims.length), elements }, undefined],
  };
};

const maxPool: Mapper = (node) => {
  maxInputs(node, 1);
  const x = typed(input(node, 0), float, ...bytes);
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
  const window = { ...w, ends };
  checkOutput(node, [x.dims[0], x.dims[1], ...positionsOf(window, map)]);
  for (let i = 0; i < map.length; i++) {
    for (let at = 0; at < pooled[i]; at++) {
      if (tapsInside(alongAxis(w, i, map[i]), at) === 0) refuse(`window ${at} along axis ${i + 2} lies in the padding entirely`);
    }
  }
  return {
    opcode: Opcode.MaxPool,
    attributes: windowAttributes(window),
    inputs: [x],
    rules: [Rule.equal],
    reads: [mapReading(x, 1, kernel)],
  };
};

// --- Dot products ----------------------------------------------------------------------------------------------------

const gemm: Mapper = (node) => {
  maxInputs(node, 3);
  const a = typed(input(node, 0), float);
  const b = typed(input(node, 1), float);
  const c = optional(node, 2) && typed(input(node, 2), float);
  const transA = node.attributes.int("transA", 0) === 0 ? 0 : 1;
  const transB = node.attributes.int("transB", 0) === 0 ? 0 : 1;
  const alpha = node.attributes.float("alpha", 1);
  const beta = node.attributes.float("beta", 1);
  node.attributes.refuseOthers();
  if (!Number.isFinite(alpha) || !Number.isFinite(beta)) refuse(`alpha ${alpha} and beta ${beta} must be finite`);
  if (alpha === 0) refuse("alpha 0 leaves no product to compute");
  if (a.dims.length !== 2 || b.dims.length !== 2) refuse(`its operands are ${describe(a)} and ${describe(b)}, not matrices`);
  const [m, length] = transA ? [a.dims[1], a.dims[0]] : a.dims;
  const [k, n] = transB ? [b.dims[1], b.dims[0]] : b.dims;
  if (k !== length) refuse(`its operands ${describe(a)} and ${describe(b)} do not fit each other`);
  checkLength(k, LONGEST_DOT, "products");
  if (c !== undefined && !same(broadcast(c.dims, [m, n]), [m, n])) refuse(`C ${describe(c)} does not broadcast to [${m}, ${n}]`);
  checkOutput(node, [m, n]);
  return {
    opcode: Opcode.Gemm,
    attributes: [transA, transB, bitsOf(alpha) | 0, bitsOf(beta) | 0],
    inputs: [a, b, c],
    rules: [Rule.chain, Rule.bound],
    reads: [{ perm: transA ? [1, 0] : [0, 1], elements: k }, { perm: transB ? [0, 1] : [1, 0], elements: k }, undefined],
  };
};

/** Shape of a (batched) matrix product; a vector stands for one row on the left and one column on the right. */
function productShape(a: Value, b: Value): number[] {
  const x = a.dims.length === 1 ? [1, ...a.dims] : a.dims;
  const y = b.dims.length === 1 ? [...b.dims, 1] : b.dims;
  if (a.dims.length === 0 || b.dims.length === 0) refuse("a scalar is no operand of a matrix product");
  if (x[x.length - 1] !== y[y.length - 2]) refuse(`its operands ${describe(a)} and ${describe(b)} do not fit each other`);
  const batch = broadcast(x.slice(0, -2), y.slice(0, -2));
  return [...batch, ...(a.dims.length === 1 ? [] : [x[x.length - 2]]), ...(b.dims.length === 1 ? [] : [y[y.length - 1]])];
}

/** Rows of the left operand and columns of the right one lie together. */
function productReads(a: Value, b: Value): [Reading, Reading] {
  const elements = a.dims[a.dims.length - 1];
  const rank = b.dims.length;
  return [
    { perm: identity(a.dims.length), elements },
    { perm: rank < 2 ? identity(rank) : together(rank, [rank - 1, rank - 2]), elements },
  ];
}

const matMul: Mapper = (node) => {
  const a = typed(input(node, 0), float);
  const b = typed(input(node, 1), float);
  node.attributes.refuseOthers();
  checkOutput(node, productShape(a, b));
  checkLength(a.dims[a.dims.length - 1], LONGEST_DOT, "products");
  return { opcode: Opcode.MatMul, attributes: [], inputs: [a, b], rules: [Rule.chain, Rule.bound], reads: productReads(a, b) };
};

// --- Quantised operators ---------------------------------------------------------------------------------------------

/** The values of a scale that is a constant, which must be positive and finite; undefined where it is computed. */
function scaleOf(value: Value): number[] | undefined {
  typed(value, float);
  if (value.constant === undefined) return undefined;
  const scales = numbersOf(value.constant);
  const bad = scales.find((scale) => !(scale > 0) || !Number.isFinite(scale));
  if (bad !== undefined) refuse(`the scale "${value.name}" has the value ${bad}; it must be positive and finite`);
  return scales;
}

/** A zero point, of its tensor's type. */
function checkZero(value: Value, dtype: DType): void {
  if (value.dtype !== dtype) refuse(`the zero point "${value.name}" is ${dtypeName(value.dtype)}, its tensor ${dtypeName(dtype)}`);
}

/** A scale and zero point for a whole tensor. */
function perTensor(scale: Value, zero: Value, dtype: DType): number[] | undefined {
  checkZero(zero, dtype);
  for (const value of [scale, zero]) {
    if (product(value.dims) !== 1) refuse(`"${value.name}" has ${product(value.dims)} values; only the weights may have several`);
  }
  return scaleOf(scale);
}

/**
 * Some CPUs add two products uint8 × int8 in 16 bits and saturate. With weights in 7 bits no sum can reach that limit
 * (2 × 255 × 64 < 2¹⁵), so every host computes the same; other combinations of signs do not take that path.
 */
function checkSaturation(x: Value, w: Value): void {
  // The runtime has no kernel for int8 × uint8.
  if (x.dtype === w.dtype) return;
  const weights = w.constant?.data ?? refuse(`uint8 × int8 with computed weights "${w.name}" saturates on some CPUs`);
  const outside = new Int8Array(weights.buffer, weights.byteOffset, weights.byteLength).find((v) => v < -64 || v > 63);
  if (outside !== undefined) {
    refuse(
      `uint8 × int8 with 8-bit weights ("${w.name}" holds ${outside}) saturates on some CPUs; quantise the weights to ` +
        `7 bits, within [-64, 63] (reduce_range), or the activations to int8`,
    );
  }
}

/** The accumulator's scale RN(RN(sx · sw) / sy) must be a positive finite number for every channel, where it is known. */
function checkRescale(x: number[] | undefined, w: number[] | undefined, y: number[] | undefined): void {
  if (x === undefined || w === undefined || y === undefined) return;
  for (const scale of w) {
    const factor = Math.fround(Math.fround(x[0] * scale) / y[0]);
    if (!(factor > 0) || !Number.isFinite(factor)) refuse(`its scales combine to ${factor}, which is not positive and finite`);
  }
}

/** Sums of so many 8-bit products, with a constant bias, must stay within int32 whatever the activations are. */
function checkAccumulator(products: number, bias: Value | undefined): void {
  const start = bias?.constant === undefined ? 0 : numbersOf(bias.constant).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (products * 255 * 255 + start >= 2 ** 31) refuse(`sums of ${products} products and a bias up to ${start} may leave int32`);
}

const qLinearConv: Mapper = (node) => {
  maxInputs(node, 9);
  const [x, xScale, xZero, w, wScale, wZero, yScale, yZero] = identity(8).map((i) => input(node, i));
  typed(x, ...bytes);
  typed(w, ...bytes);
  const bias = optional(node, 8) && typed(input(node, 8), DType.int32);
  const c = readConvolution(node, x, w, bias);
  const sx = perTensor(xScale, xZero, x.dtype);
  const sy = perTensor(yScale, yZero, typed(node.output, ...bytes).dtype);
  checkZero(wZero, w.dtype);
  for (const value of [wScale, wZero]) {
    const count = product(value.dims);
    if (value.dims.length > 1 || (count !== 1 && count !== w.dims[0])) refuse(`"${value.name}" ${shapeOf(value.dims)} is neither one value nor one per filter`);
  }
  if (product(wZero.dims) > 1 && new Set(valuesOf(wZero, "the weights' zero point")).size > 1) refuse("its weights' zero point differs between filters");
  checkSaturation(x, w);
  checkRescale(sx, scaleOf(wScale), sy);
  const elements = product(w.dims.slice(1));
  checkAccumulator(elements, bias);
  return {
    opcode: Opcode.QLinearConv,
    attributes: [c.group, ...windowAttributes(c)],
    inputs: [x, xScale, xZero, w, wScale, wZero, yScale, yZero, bias],
    rules: [Rule.equal],
    reads: [
      mapReading(x, w.dims[1], c.kernel),
      undefined,
      undefined,
      { perm: together(w.dims.length, [1]), elements },
      ...new Array<undefined>(5).fill(undefined),
    ],
  };
};

const qLinearMatMul: Mapper = (node) => {
  maxInputs(node, 8);
  const [a, aScale, aZero, b, bScale, bZero, yScale, yZero] = identity(8).map((i) => input(node, i));
  typed(a, ...bytes);
  typed(b, ...bytes);
  node.attributes.refuseOthers();
  checkOutput(node, productShape(a, b));
  const sa = perTensor(aScale, aZero, a.dtype);
  const sy = perTensor(yScale, yZero, typed(node.output, ...bytes).dtype);
  checkZero(bZero, b.dtype);
  const columns = b.dims.length === 1 ? 1 : b.dims[b.dims.length - 1];
  for (const value of [bScale, bZero]) {
    // One per column may be written as [n] or [1, …, 1, n].
    const count = product(value.dims);
    if (count !== 1 && (count !== columns || value.dims[value.dims.length - 1] !== columns)) {
      refuse(`"${value.name}" ${shapeOf(value.dims)} is neither one value nor one per column`);
    }
  }
  checkSaturation(a, b);
  checkRescale(sa, scaleOf(bScale), sy);
  const [readA, readB] = productReads(a, b);
  checkAccumulator(readA.elements, undefined);
  return {
    opcode: Opcode.QLinearMatMul,
    attributes: [],
    inputs: [a, aScale, aZero, b, bScale, bZero, yScale, yZero],
    rules: [Rule.equal],
    reads: [readA, undefined, undefined, readB, undefined, undefined, undefined, undefined],
  };
};

/** Scale and zero point of a QuantizeLinear or DequantizeLinear: for the tensor, or along one axis. Returns the axis. */
function readQuantisation(node: GraphNode, x: Value, scale: Value, zero: Value | undefined, quantised: DType): number {
  const axis = node.attributes.int("axis", 1);
  if (node.attributes.int("block_size", 0) !== 0) refuse("quantisation in blocks is not supported");
  scaleOf(scale);
  if (zero !== undefined) {
    checkZero(zero, quantised);
    if (!same(zero.dims, scale.dims)) refuse(`the zero point has the shape ${shapeOf(zero.dims)}, the scale ${shapeOf(scale.dims)}`);
  }
  if (scale.dims.length > 1) refuse(`the scale "${scale.name}" has rank ${scale.dims.length}; one value or one per channel are supported`);
  // A scale of shape [1] stands for the whole tensor, wherever the axis points.
  const count = product(scale.dims);
  if (count === 1) return 0;
  const at = axisOf(axis, x.dims.length);
  if (x.dims[at] !== count) refuse(`${count} scales for axis ${at} of ${describe(x)}`);
  return at;
}

const quantizeLinear: Mapper = (node) => {
  maxInputs(node, 3);
  const x = typed(input(node, 0), float);
  const scale = input(node, 1);
  const zero = optional(node, 2);
  const dtype = typed(node.output, ...bytes).dtype;
  const axis = readQuantisation(node, x, scale, zero, dtype);
  if (node.attributes.int("precision", 0) > 1) refuse("a precision other than float32 is not supported");
  node.attributes.ignore("saturate", "output_dtype");
  node.attributes.refuseOthers();
  checkOutput(node, x.dims);
  return {
    opcode: Opcode.QuantizeLinear,
    attributes: [axis],
    inputs: [x, scale, zero],
    rules: [Rule.equal],
    reads: [undefined, undefined, undefined],
  };
};

const dequantizeLinear: Mapper = (node) => {
  maxInputs(node, 3);
  const x = typed(input(node, 0), ...bytes, DType.int32);
  const scale = input(node, 1);
  const zero = optional(node, 2);
  typed(node.output, float);
  const axis = readQuantisation(node, x, scale, zero, x.dtype);
  if (x.dtype === DType.int32 && zero !== undefined && valuesOf(zero, "the zero point").some((z) => z !== 0)) {
    refuse("a zero point other than 0 is not supported for int32");
  }
  node.attributes.ignore("output_dtype");
  node.attributes.refuseOthers();
  checkOutput(node, x.dims);
  return {
    opcode: Opcode.DequantizeLinear,
    attributes: [axis],
    inputs: [x, scale, zero],
    rules: [Rule.equal],
    reads: [undefined, undefined, undefined],
  };
};

// --- Data movement and element by element ----------------------------------------------------------------------------

/** The same elements in row-major order. */
function sameElements(node: GraphNode): Mapped {
  const x = input(node, 0);
  if (node.output.dtype !== x.dtype || product(node.output.dims) !== product(x.dims)) {
    refuse(`its output ${describe(node.output)} does not hold the elements of ${describe(x)}`);
  }
  return elementwise(Opcode.Reshape, Rule.equal, [x]);
}

/** Reshape, Squeeze, Unsqueeze: what they are told must be known; then the output's shape says it all. */
const reshape: Mapper = (node) => {
  for (const value of node.inputs.slice(1)) if (value !== undefined) valuesOf(value, "its shape or axes");
  node.attributes.ignore("allowzero", "axes");
  node.attributes.refuseOthers();
  return sameElements(node);
};

const flatten: Mapper = (node) => {
  const x = input(node, 0);
  const rank = x.dims.length;
  const given = node.attributes.int("axis", 1);
  node.attributes.refuseOthers();
  const axis = given === rank ? rank : axisOf(given, rank);
  checkOutput(node, [product(x.dims.slice(0, axis)), product(x.dims.slice(axis))]);
  return sameElements(node);
};

const identityOp: Mapper = (node) => {
  node.attributes.refuseOthers();
  checkOutput(node, input(node, 0).dims);
  return sameElements(node);
};

const dropout: Mapper = (node) => {
  const training = optional(node, 2);
  if (training !== undefined && valuesOf(training, "training_mode")[0] !== 0) refuse("training mode draws random numbers");
  node.attributes.ignore("ratio", "seed");
  node.attributes.refuseOthers();
  return sameElements(node);
};

const transpose: Mapper = (node) => {
  const x = input(node, 0);
  const rank = x.dims.length;
  const perm = node.attributes.ints("perm") ?? identity(rank).reverse();
  node.attributes.refuseOthers();
  if (!same([...perm].sort((a, b) => a - b), identity(rank))) refuse(`perm [${perm.join(", ")}] is no permutation of ${rank} axes`);
  checkOutput(node, perm.map((axis) => x.dims[axis]));
  return { opcode: Opcode.Transpose, attributes: perm, inputs: [x], rules: [Rule.equal], reads: [undefined] };
};

const relu: Mapper = (node) => {
  const x = typed(input(node, 0), float, ...integers);
  node.attributes.refuseOthers();
  checkOutput(node, x.dims);
  return elementwise(Opcode.Relu, Rule.equal, [x]);
};

const arithmetic = (opcode: Opcode): Mapper => (node) => {
  maxInputs(node, 2);
  const a = typed(input(node, 0), float, ...integers);
  const b = typed(input(node, 1), a.dtype);
  node.attributes.refuseOthers();
  checkOutput(node, broadcast(a.dims, b.dims));
  if (opcode === Opcode.Div && a.dtype !== float) checkDivisor(b);
  return elementwise(opcode, a.dtype === float ? Rule.rounded : Rule.equal, [a, b]);
};

/** Processors trap on an integer division by zero and on the least integer divided by −1: neither may be possible. */
export const isSafeDivisor = (divisor: Constant): boolean => !numbersOf(divisor).some((value) => value === 0 || value === -1);

function checkDivisor(b: Value): void {
  if (!isSafeDivisor(b.constant ?? refuse(`the integer divisor "${b.name}" is computed; it must be a constant`))) refuse("an integer divisor is 0 or -1");
}

// --- Bounded operators -----------------------------------------------------------------------------------------------

/** The mean over `axes`, which are read together. */
function mean(x: Value, axes: readonly number[]): Mapped {
  const elements = product(axes.map((axis) => x.dims[axis]));
  checkLength(elements, LONGEST_MEAN, "numbers");
  return {
    opcode: Opcode.ReduceMean,
    attributes: axes,
    inputs: [x],
    rules: [Rule.bound],
    reads: [{ perm: together(x.dims.length, axes), elements }],
  };
}

const reduceMean: Mapper = (node) => {
  maxInputs(node, 2);
  const x = typed(input(node, 0), float);
  const rank = x.dims.length;
  const keep = node.attributes.int("keepdims", 1) !== 0;
  const noop = node.attributes.int("noop_with_empty_axes", 0) !== 0;
  const second = optional(node, 1);
  const given = second === undefined ? (node.attributes.ints("axes") ?? []) : valuesOf(second, "its axes");
  node.attributes.refuseOthers();
  if (given.length === 0 && noop) return sameElements(node);
  const axes = given.length === 0 ? identity(rank) : given.map((axis) => axisOf(axis, rank));
  axes.sort((a, b) => a - b);
  if (new Set(axes).size !== axes.length) refuse(`its axes [${given.join(", ")}] repeat`);
  if (axes.length === 0) return sameElements(node);
  checkOutput(
    node,
    x.dims.flatMap((dim, axis) => (!axes.includes(axis) ? [dim] : keep ? [1] : [])),
  );
  return mean(x, axes);
};

const globalAveragePool: Mapper = (node) => {
  const x = typed(input(node, 0), float);
  node.attributes.refuseOthers();
  if (x.dims.length < 3) refuse(`its input ${describe(x)} has no spatial axes`);
  checkOutput(
    node,
    x.dims.map((dim, axis) => (axis < 2 ? dim : 1)),
  );
  return mean(x, identity(x.dims.length).slice(2));
};

const averagePool: Mapper = (node) => {
  const x = typed(input(node, 0), float);
  const map = x.dims.slice(2);
  const w = readWindow(node, x, node.attributes.ints("kernel_shape") ?? refuse("kernel_shape is missing"));
  // With one window that is the whole map, without padding, they say nothing.
  node.attributes.ignore("ceil_mode", "count_include_pad");
  node.attributes.refuseOthers();
  const pooled = node.output.dims.slice(2);
  const isWhole = same(w.kernel, map) && pooled.every((size) => size === 1) && [...w.begins, ...w.ends].every((pad) => pad === 0);
  if (!isWhole || w.dilations.some((dilation) => dilation !== 1)) refuse("only an average over the whole map is supported");
  return mean(x, identity(x.dims.length).slice(2));
};

const batchNormalization: Mapper = (node) => {
  maxInputs(node, 5);
  const inputs = identity(5).map((i) => typed(input(node, i), float));
  const [x] = inputs;
  if (node.attributes.int("training_mode", 0) !== 0) refuse("training mode normalises by the batch; export the model for inference");
  if (node.attributes.int("spatial", 1) !== 1) refuse("spatial = 0 is not supported");
  const epsilon = node.attributes.float("epsilon", 1e-5);
  if (!Number.isFinite(epsilon)) refuse(`epsilon ${epsilon} must be finite`);
  node.attributes.ignore("momentum");
  node.attributes.refuseOthers();
  if (x.dims.length < 2) refuse(`its input ${describe(x)} has no channels`);
  for (const value of inputs.slice(1)) {
    if (!same(value.dims, [x.dims[1]])) refuse(`"${value.name}" is ${describe(value)} instead of one value per channel (${x.dims[1]})`);
  }
  const variances = inputs[4].constant === undefined ? [] : numbersOf(inputs[4].constant);
  const bad = variances.find((variance) => !(Math.fround(variance + Math.fround(epsilon)) > 0));
  if (bad !== undefined) refuse(`the variance ${bad} with epsilon ${epsilon} is not positive`);
  checkOutput(node, x.dims);
  return {
    opcode: Opcode.BatchNormalization,
    attributes: [bitsOf(epsilon) | 0],
    inputs,
    rules: [Rule.bound],
    reads: inputs.map(() => undefined),
  };
};

const softmax: Mapper = (node) => {
  const x = typed(input(node, 0), float);
  const rank = x.dims.length;
  if (rank === 0) refuse("a scalar has no axis to normalise");
  const flattens = node.opset < 13;
  const start = axisOf(node.attributes.int("axis", flattens ? 1 : -1), rank);
  const end = flattens ? rank : start + 1;
  node.attributes.refuseOthers();
  checkOutput(node, x.dims);
  const axes = identity(rank).slice(start, end);
  const elements = product(axes.map((axis) => x.dims[axis]));
  return {
    opcode: Opcode.Softmax,
    attributes: [start, end],
    inputs: [x],
    rules: [Rule.bound],
    reads: [{ perm: together(rank, axes), elements }],
  };
};

const MAPPERS: Readonly<Record<string, Mapper>> = {
  Conv: conv,
  Gemm: gemm,
  MatMul: matMul,
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
  Reshape: reshape,
  Squeeze: reshape,
  Unsqueeze: reshape,
  Flatten: flatten,
  Identity: identityOp,
  Dropout: dropout,
  Transpose: transpose,
  Relu: relu,
  MaxPool: maxPool,
  QuantizeLinear: quantizeLinear,
  DequantizeLinear: dequantizeLinear,
  Add: arithmetic(Opcode.Add),
  Sub: arithmetic(Opcode.Sub),
  Mul: arithmetic(Opcode.Mul),
  Div: arithmetic(Opcode.Div),
  ReduceMean: reduceMean,
  GlobalAveragePool: globalAveragePool,
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Softmax: softmax,
};

/** Names of the ONNX operators that can be taken. */
export const supportedOperators: ReadonlySet<string> = new Set(Object.keys(MAPPERS).sort());

/** What a node of a supported operator becomes in a program; refuses with the reason where it can become nothing. */
export function mapNode(node: GraphNode): Mapped {
  const mapped = MAPPERS[node.op](node);
  // Only what is read as a parameter may be empty.
  for (const value of mapped.inputs) if (value?.dims.includes(0)) refuse(`"${value.name}" is empty: its shape is ${shapeOf(value.dims)}`);
  return mapped;
}
