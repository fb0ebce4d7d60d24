import { refuse } from "../../faults.ts";
import { bitsOf, floatOf } from "../../math/float32.ts";
import { LONGEST_DOT } from "../../math/length.ts";
import { describe, type GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule, type Node } from "../../program/types.ts";
import { commitStrides, unravel } from "../../tensor/shape.ts";
import { flag, floatBits, rowAttributes } from "../attributes.ts";
import { defineOperator } from "../descriptor.ts";
import { columnsOf, transposed, type Dot, type FloatInputs } from "../dot.ts";
import { input } from "../operands.ts";
import type { Mapped } from "../reading/mapped.ts";
import { broadcast, checkLength, checkOutput, float, maxInputs, optional, required, sameDims, typed } from "../reading/requirements.ts";
import { slopeOfDot, type BiasPlaces } from "./dotSlope.ts";
import { floatProductTwin } from "./floatProduct.ts";
import type { Sgemm } from "./sgemm.ts";

const ATTRIBUTES = rowAttributes({ transA: flag, transB: flag, alpha: floatBits, beta: floatBits });

function read(node: GraphNode): Mapped {
  maxInputs(node, 3);
  const a = typed(required(node, 0), float);
  const b = typed(required(node, 1), float);
  const c = optional(node, 2) && typed(required(node, 2), float);
  const transA = node.attributes.int("transA", 0) !== 0;
  const transB = node.attributes.int("transB", 0) !== 0;
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
  if (c !== undefined && !sameDims(broadcast(c.dims, [m, n]), [m, n])) refuse(`C ${describe(c)} does not broadcast to [${m}, ${n}]`);
  checkOutput(node, [m, n]);
  return {
    opcode: Opcode.Gemm,
    attributes: ATTRIBUTES.encode({ transA, transB, alpha: bitsOf(alpha), beta: bitsOf(beta) }),
    inputs: [a, b, c],
    rules: [Rule.chain, Rule.gemv],
    reads: [{ perm: transA ? [1, 0] : [0, 1], elements: k }, { perm: transB ? [0, 1] : [1, 0], elements: k }, undefined],
  };
}

/** The axis of A that k runs over, and the one of B. */
function axes(node: Node): [number, number] {
  const { transA, transB } = ATTRIBUTES.of(node);
  return [transA ? 0 : 1, transB ? 1 : 0];
}

/** Twin of contracts/ops/Gemm.sol. Positions are k. */
const twin = floatProductTwin({
  length: (node) => node.inputs[0]!.dims[axes(node)[0]],
  run: ({ output: { dims } }) => dims[0] * dims[1],
  product(node, element, inputs, { from, until }) {
    const [a, b, bias] = [input(inputs, 0), input(inputs, 1), inputs[2]];
    const c = unravel(element, node.output.dims);
    const { alpha, beta } = ATTRIBUTES.of(node);
    const [axisA, axisB] = axes(node);
    const stridesA = commitStrides(a.tensor.dims, a.tensor.perm);
    const stridesB = commitStrides(b.tensor.dims, b.tensor.perm);
    const [baseA, baseB] = [c[0] * stridesA[1 - axisA], c[1] * stridesB[1 - axisB]];
    const k = { length: until - from };
    let addend = 0;
    if (from === 0 && bias !== undefined && (beta & 0x7fffffff) !== 0) {
      const { dims, perm } = bias.tensor;
      const strides = commitStrides(dims, perm);
      addend = bias.u32(dims.reduce((sum, dim, j) => sum + (dim === 1 ? 0 : c[2 - dims.length + j] * strides[j]), 0));
    }
    return {
      a: Uint32Array.from(k, (_, i) => a.u32(baseA + (from + i) * stridesA[axisA])),
      b: Uint32Array.from(k, (_, i) => b.u32(baseB + (from + i) * stridesB[axisB])),
      from,
      length: a.tensor.dims[axisA],
      taps: 0,
      alpha,
      beta,
      c: addend,
    };
  },
});

function call(mapped: Mapped): Sgemm {
  const [a, b, c] = mapped.inputs;
  const { transA, transB, ...factors } = ATTRIBUTES.of(mapped);
  const [rows, length] = transA ? [a!.dims[1], a!.dims[0]] : a!.dims;
  return {
    rows,
    length,
    columns: b!.dims[transB ? 0 : 1],
    isPacked: b!.constant !== undefined,
    transA,
    transB,
    isColumn: !transB || length === 1,
    alpha: floatOf(factors.alpha),
    beta: c === undefined ? 0 : floatOf(factors.beta),
    biasFirst: true,
  };
}

/** One block: the rows of the first operand times the columns of the second. */
function takeApart(mapped: Mapped, [a, b, c]: FloatInputs): Dot {
  const [aDims, bDims, cDims] = mapped.inputs.map((value) => value?.dims ?? []);
  const { transA, transB, ...factors } = ATTRIBUTES.of(mapped);
  const alpha = floatOf(factors.alpha);
  const beta = floatOf(factors.beta);
  const [rows, length] = transA ? [aDims[1], aDims[0]] : aDims;
  const columns = transB ? bDims[0] : bDims[1];
  const left = transA ? transposed(a!, length, rows) : a!;
  const right = transB ? (column: number) => b!.subarray(column * length, (column + 1) * length) : columnsOf(b!, length, columns);
  const [cRows, cColumns] = [...new Array<number>(2 - cDims.length).fill(1), ...cDims];
  const hasBias = c !== undefined && beta !== 0;
  return {
    length,
    alpha,
    hasBias,
    run: rows * columns,
    blocks: 1,
    rows,
    columns,
    gather: (_block, row, into) => into.set(left.subarray(row * length, (row + 1) * length)),
    column: (_block, column) => right(column),
    element: (_block, row, column) => row * columns + column,
    bias: (_block, row, column) =>
      hasBias ? Math.fround(beta * c[(cRows === 1 ? 0 : row) * cColumns + (cColumns === 1 ? 0 : column)]) : 0,
  };
}

function biasPlaces(mapped: Mapped): BiasPlaces {
  const [, b, bias] = mapped.inputs;
  const { transB, beta } = ATTRIBUTES.of(mapped);
  const columns = transB ? b!.dims[0] : b!.dims[1];
  const [rows, across] = [...new Array<number>(2 - bias!.dims.length).fill(1), ...bias!.dims];
  return {
    place: (element) => (rows === 1 ? 0 : Math.floor(element / columns)) * across + (across === 1 ? 0 : element % columns),
    factor: floatOf(beta),
  };
}

export const gemm = defineOperator({
  name: "Gemm",
  opcode: 0x0102,
  formula: "y = alpha · Σ A[i,k]·B[k,j] + beta · C[i,j]",
  library: "Gemm",
  onnx: {
    Gemm: {
      since: 1,
      shapedBy: "shapes",
      refused: ["alpha 0", "an alpha or beta that is not finite", "sums of more than 2²² products"],
      read,
    },
  },
  inputs: ["A", "B", "C?"],
  attributes: ATTRIBUTES,
  types: [float],
  rules: [Rule.chain, Rule.gemv],
  dot: takeApart,
  call,
  ...twin,
  slope: slopeOfDot(takeApart, biasPlaces),
});
