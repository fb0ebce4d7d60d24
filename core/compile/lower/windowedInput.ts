import { constantOf } from "../../onnx/tensor.ts";
import { DType } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";
import { nodeOf, type Lowered, type Site } from "./lowering.ts";
import { floatDims } from "./known.ts";

/** Elements from which on the lines of a window lie in leaves of their own. */
export const LEAST_COPY = 2_048;

/**
 * A convolution of a graph's input reads a copy of it. Rationale: inputs are committed to row by row, channel by channel, and
 * whoever judges an element opens a leaf for every line of the window in every channel; the copy is laid out as the window reads.
 */
export function readingCopy({ node, inputs: [x, weights], isGiven, value, named }: Site): Lowered | undefined {
  const [dims, kernel] = [floatDims(x), floatDims(weights)];
  if (dims === undefined || kernel === undefined || !isGiven(node.input[0])) return undefined;
  if (dims[1] === 1 || sizeOf(dims) < LEAST_COPY || sizeOf(kernel.slice(2)) === 1) return undefined;
  const [copy, shape] = [value("copy"), value("shape")];
  const reshape = nodeOf(named("copy"), "Reshape", [node.input[0], shape], copy);
  node.input = [copy, ...node.input.slice(1)];
  const sizes = new Uint8Array(BigInt64Array.from(dims, BigInt).buffer);
  return { nodes: [reshape, node], constants: [constantOf(shape, { dtype: DType.int64, dims: [dims.length], data: sizes })] };
}
