import { LONGEST_DOT } from "../../math/length.ts";
import type { GraphNode } from "../../onnx/graphNode.ts";
import { Opcode, Rule } from "../../program/types.ts";
import { sizeOf, unravel } from "../../tensor/shape.ts";
import { NO_ATTRIBUTES } from "../attributes.ts";
import { defineOperator } from "../descriptor.ts";
import { columnsOf, type Dot, type FloatInputs } from "../dot.ts";
import { productLength, productLines } from "../matrixProduct.ts";
import { input } from "../operands.ts";
import type { Mapped } from "../reading/mapped.ts";
import { productReads, productShape } from "../reading/products.ts";
import { checkLength, checkOutput, float, required, typed } from "../reading/requirements.ts";
import { slopeOfDot } from "./dotSlope.ts";
import { ONE, floatProductTwin } from "./floatProduct.ts";
import { runOf, type Sgemm } from "./sgemm.ts";

function read(node: GraphNode): Mapped {
  const a = typed(required(node, 0), float);
  const b = typed(required(node, 1), float);
  node.attributes.refuseOthers();
  checkOutput(node, productShape(a, b));
  checkLength(a.dims[a.dims.length - 1], LONGEST_DOT, "products");
  return { opcode: Opcode.MatMul, attributes: [], inputs: [a, b], rules: [Rule.chain, Rule.gemv], reads: productReads(a, b) };
}

/** Twin of contracts/ops/MatMul.sol. Positions are k. */
const twin = floatProductTwin({
  length: productLength,
  run: ({ inputs: [a, b] }) => runOf(shapeOf(a!.dims, b!.dims)),
  product(node, element, inputs, { from, until }) {
    const [a, b] = [input(inputs, 0), input(inputs, 1)];
    const l = productLines(a.tensor, b.tensor, unravel(element, node.output.dims));
    const k = { length: until - from };
    return {
      a: Uint32Array.from(k, (_, i) => a.u32(l.baseA + (from + i) * l.strideA)),
      b: Uint32Array.from(k, (_, i) => b.u32(l.baseB + (from + i) * l.strideB)),
      from,
      length: l.count,
      taps: 0,
      alpha: ONE,
      beta: ONE,
      c: 0,
    };
  },
});

/**
 * What the runtime multiplies at once. Where there is one matrix on the right it takes all rows on the left as those of one
 * matrix, but only if that has as many axes; beside a vector it multiplies every row by itself.
 */
function shapeOf(a: readonly number[], b: readonly number[]): Pick<Sgemm, "rows" | "length" | "columns"> {
  const [length, columns] = [a[a.length - 1], b.length === 1 ? 1 : b[b.length - 1]];
  if (a.length === 1 || b.length === 1) return { rows: 1, length, columns };
  const isOneMatrix = a.length >= b.length && sizeOf(b.slice(0, -2)) === 1;
  return { rows: isOneMatrix ? sizeOf(a.slice(0, -1)) : a[a.length - 2], length, columns };
}

function call({ inputs: [a, b] }: Mapped): Sgemm {
  const isPacked = b!.constant !== undefined && b!.dims.length === 2;
  return { ...shapeOf(a!.dims, b!.dims), isPacked, transA: false, transB: false, isColumn: true, alpha: 1, beta: 0, biasFirst: false };
}

/** Blocks are the matrices of the batch. */
function takeApart(mapped: Mapped, [a, b]: FloatInputs): Dot {
  const [aDims, bDims] = [mapped.inputs[0]!.dims, mapped.inputs[1]!.dims];
  const x = aDims.length === 1 ? [1, ...aDims] : aDims;
  const y = bDims.length === 1 ? [...bDims, 1] : bDims;
  const length = x[x.length - 1];
  const rows = x[x.length - 2];
  const columns = y[y.length - 1];
  const rank = Math.max(x.length, y.length) - 2;
  const padded = (dims: readonly number[]) => [...new Array<number>(rank - (dims.length - 2)).fill(1), ...dims.slice(0, -2)];
  const [batchX, batchY] = [padded(x), padded(y)];
  const batch = batchX.map((dim, i) => Math.max(dim, batchY[i]));
  /** Index of the matrix that takes part in a block, after broadcasting. */
  const matrix = (block: number, dims: readonly number[]): number =>
    unravel(block, batch).reduce((index, at, i) => index * dims[i] + (dims[i] === 1 ? 0 : at), 0);
  const right = new Map<number, (column: number) => Float32Array>();
  return {
    length,
    alpha: 1,
    hasBias: false,
    run: runOf(call(mapped)),
    blocks: sizeOf(batch),
    rows,
    columns,
    gather(block, row, into) {
      const start = (matrix(block, batchX) * rows + row) * length;
      into.set(a!.subarray(start, start + length));
    },
    column(block, column) {
      const index = matrix(block, batchY);
      let turned = right.get(index);
      if (turned === undefined) {
        right.clear();
        turned = columnsOf(b!.subarray(index * length * columns, (index + 1) * length * columns), length, columns);
        right.set(index, turned);
      }
      return turned(column);
    },
    element: (block, row, column) => (block * rows + row) * columns + column,
    bias: () => 0,
  };
}

export const matMul = defineOperator({
  name: "MatMul",
  opcode: 0x0103,
  formula: "y[i,j] = Σ A[i,k] · B[k,j]",
  library: "MatMul",
  onnx: { MatMul: { since: 1, shapedBy: "shapes", refused: ["sums of more than 2²² products"], read } },
  inputs: ["A", "B"],
  attributes: NO_ATTRIBUTES,
  types: [float],
  rules: [Rule.chain, Rule.gemv],
  dot: takeApart,
  call,
  ...twin,
  slope: slopeOfDot(takeApart),
});
