import { numbersOf, type Constant } from "../../../onnx/tensor.ts";
import { DType } from "../../../tensor/dtype.ts";
import { FLOAT, floatDims } from "../known.ts";
import type { Lowering, Site } from "../lowering.ts";
import { Writer } from "../writer.ts";
import { MICROSOFT } from "./domain.ts";

/** Whole numbers of a few bits each, of which a byte holds several, the first in its lowest bits. */
interface Packed {
  readonly data: Uint8Array;
  readonly bits: number;
}

const unpack = ({ data, bits }: Packed, row: number, rowBytes: number, i: number): number => {
  const perByte = 8 / bits;
  return (data[row * rowBytes + Math.floor(i / perByte)] >> (bits * (i % perByte))) & (2 ** bits - 1);
};

/** Sizes of a matrix of which every row of blocks has scales, and maybe zero points. */
interface Blocks {
  readonly columns: number;
  readonly length: number;
  readonly size: number;
  readonly count: number;
  readonly bits: number;
}

/** The zero point of a block of a column. */
function zeroPoints(zero: Constant | undefined, { count, bits }: Blocks): (column: number, block: number) => number {
  if (zero === undefined) return () => 2 ** (bits - 1);
  if (zero.dtype === DType.float32) {
    const numbers = numbersOf(zero);
    return (column, block) => numbers[column * count + block];
  }
  return (column, block) => unpack({ data: zero.data, bits }, column, Math.ceil((count * bits) / 8), block);
}

/** [length, columns]: (q − zero point) · scale, each rounded. */
function dequantised(weights: Constant, scales: readonly number[], zero: Constant | undefined, groups: readonly number[] | undefined, blocks: Blocks): Float32Array {
  const { columns, length, size, count, bits } = blocks;
  const zeroOf = zeroPoints(zero, blocks);
  const matrix = new Float32Array(length * columns);
  for (let column = 0; column < columns; column++)
    for (let i = 0; i < length; i++) {
      const block = groups?.[i] ?? Math.floor(i / size);
      const q = unpack({ data: weights.data, bits }, column, (count * size * bits) / 8, i);
      matrix[i * columns + column] = Math.fround(q - zeroOf(column, block)) * scales[column * count + block];
    }
  return matrix;
}

/** The weights as float32; undefined where they are no constants, or none of these formats. */
function weightsOf({ attributes, inputs }: Site): { readonly matrix: Float32Array; readonly dims: readonly number[] } | undefined {
  const [columns, length, size, bits] = ["N", "K", "block_size", "bits"].map((name) => attributes.int(name, name === "bits" ? 4 : 0));
  const [, weights, scales, zero, groups] = inputs.map((known) => known?.constant);
  if (![2, 4, 8].includes(bits) || columns < 1 || length < 1 || size < 1 || weights?.dtype !== DType.uint8 || scales?.dtype !== DType.float32) return undefined;
  if ([3, 4].some((i) => inputs[i] !== undefined && inputs[i].constant === undefined)) return undefined;
  const count = Math.ceil(length / size);
  if (weights.data.length !== (columns * count * size * bits) / 8) return undefined;
  const matrix = dequantised(weights, numbersOf(scales), zero, groups && numbersOf(groups), { columns, length, size, count, bits });
  return { matrix, dims: [length, columns] };
}

/**
 * A product with weights of a few bits.
 *
 * Rationale: the runtime may compute with activations of 8 bits, which differs from CPU to CPU. So the weights are stated as the
 * numbers that they stand for.
 */
export const matMulNBits: Lowering = {
  domain: MICROSOFT,
  onnx: { MatMulNBits: { since: 1, shapedBy: "shapes" } },
  into: ["MatMul", "Add"],
  difference: "portable",
  where: `${FLOAT}, and its weights, their scales and zero points are constants`,
  rewrite(site) {
    const { node, inputs: [x] } = site;
    const weights = floatDims(x) && weightsOf(site);
    if (weights === undefined) return undefined;
    const [name, , , , , bias = ""] = node.input;
    const w = new Writer(site);
    const product = w.of("MatMul", [name, w.constant(weights.dims, weights.matrix)]);
    return w.done(bias === "" ? product : w.add(product, bias));
  },
};
