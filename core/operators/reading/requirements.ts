import { Refusal, refuse } from "../../faults.ts";
import type { GraphNode, Value } from "../../onnx/graphNode.ts";
import { nearNumbersOf, numbersOf, type Constant } from "../../onnx/tensor.ts";
import { DType, dtypeName } from "../../tensor/dtype.ts";
import { sizeOf } from "../../tensor/shape.ts";

/** What a node must have to be read. */

export const float = DType.float32;
export const bytes = [DType.uint8, DType.int8] as const;
export const integerTypes = [
  DType.int8, DType.uint8, DType.int16, DType.uint16, DType.int32, DType.uint32, DType.int64, DType.uint64,
] as const;

/** Of an operator that computes nothing. */
export const anyType: readonly DType[] = Object.values(DType);

export function required(node: GraphNode, i: number): Value {
  return node.inputs[i] ?? refuse(`input ${i} is missing`);
}

export function optional(node: GraphNode, i: number): Value | undefined {
  return node.inputs[i];
}

/** The input, which must have one of the types. */
export function typed(value: Value, ...dtypes: readonly DType[]): Value {
  if (dtypes.includes(value.dtype)) return value;
  return refuse(`"${value.name}" is ${dtypeName(value.dtype)}; supported: ${dtypes.map(dtypeName).join(", ")}`);
}

export function maxInputs(node: GraphNode, count: number): void {
  if (node.inputs.slice(count).some((value) => value !== undefined)) refuse(`more than ${count} inputs are not supported`);
}

const constantOf = (value: Value, what: string): Constant => value.constant ?? refuse(`${what} "${value.name}" is computed; it must be a constant`);

/** Numbers that the node needs to be known when the program is fixed. */
export const valuesOf = (value: Value, what: string): number[] => numbersOf(constantOf(value, what));

/** The same where a number beyond 2⁵³ need not be exact. */
export const nearValuesOf = (value: Value, what: string): number[] => nearNumbersOf(constantOf(value, what));

export function axisOf(axis: number, rank: number, name = "axis"): number {
  if (axis < -rank || axis >= rank) refuse(`${name} ${axis} is out of range for rank ${rank}`);
  return axis < 0 ? axis + rank : axis;
}

export const sameDims = (a: readonly number[], b: readonly number[]): boolean => a.length === b.length && a.every((x, i) => x === b[i]);
export const identity = (rank: number): number[] => Array.from({ length: rank }, (_, axis) => axis);
export const shapeOf = (dims: readonly number[]): string => `[${dims.join(", ")}]`;

/** The axes `last` innermost, in that order, behind all others. */
export function together(rank: number, last: readonly number[]): number[] {
  return [...identity(rank).filter((axis) => !last.includes(axis)), ...last];
}

/** Elements along these axes. */
export const along = (dims: readonly number[], axes: readonly number[]): number => sizeOf(axes.map((axis) => dims[axis]));

/** The output of the node that is being read has another shape than its inputs and attributes make. */
export class ShapeRefusal extends Refusal {
  readonly expected: readonly number[];

  constructor(expected: readonly number[], stated: readonly number[]) {
    super(`its output should have the shape ${shapeOf(expected)}, the runtime says ${shapeOf(stated)}`);
    this.expected = expected;
  }
}

export function checkOutput(node: GraphNode, dims: readonly number[]): void {
  if (!sameDims(node.output.dims, dims)) throw new ShapeRefusal(dims, node.output.dims);
}

/** For a longer reduction no error bound is defined, so that no element of it could be judged (docs/protocol.md §2.10). */
export function checkLength(length: number, most: number, what: string): void {
  if (length > most) refuse(`an element of its output is made of ${length} ${what}; at most ${most} can be judged`);
}

/** Shape of two operands broadcast against each other. */
export function broadcast(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) refuse(`the shapes ${shapeOf(a)} and ${shapeOf(b)} do not broadcast`);
    return Math.max(x, y);
  });
}
