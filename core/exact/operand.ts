import type { TensorReader } from "../tensor/reader.ts";
import { commitStrides, offsetOf, sizeOf, unravel } from "../tensor/shape.ts";
import type { Node } from "../program/types.ts";
import { DType } from "../tensor/dtype.ts";
import { integerOf } from "./acceptance.ts";
import { decode, type Value } from "./binary32.ts";
import { isFloating, numberOf } from "./formats.ts";

/** One input, read by coordinates. */
export class Operand {
  readonly dims: readonly number[];
  readonly #reader: TensorReader;
  readonly #strides: readonly number[];

  constructor(reader: TensorReader) {
    this.#reader = reader;
    this.dims = reader.tensor.dims;
    this.#strides = commitStrides(this.dims, reader.tensor.perm);
  }

  get size(): number {
    return sizeOf(this.dims);
  }

  bits(c: readonly number[]): bigint {
    return this.#reader.bits(offsetOf(c, this.#strides));
  }

  float(c: readonly number[]): Value {
    return decode(this.bits(c));
  }

  integer(c: readonly number[]): bigint {
    return integerOf(this.bits(c), this.#reader.tensor.dtype);
  }

  /** The element as a number: of a floating point type as JavaScript has it, else as an integer; a bool is 1 where it is not 0. */
  number(c: readonly number[]): number | bigint {
    const { dtype } = this.#reader.tensor;
    if (isFloating(dtype)) return numberOf(dtype, this.bits(c));
    return dtype === DType.bool && this.bits(c) !== 0n ? 1n : this.integer(c);
  }

  /** The coordinates that a tensor broadcast against this one has here: trailing axes aligned, axes of size 1 repeated. */
  broadcast(c: readonly number[]): number[] {
    const shift = c.length - this.dims.length;
    return this.dims.map((dim, axis) => (dim === 1 ? 0 : c[axis + shift]));
  }
}

/** A node's element to judge. */
export interface Question {
  readonly node: Node;
  readonly element: number;
  /** Coordinates of the element in the output. */
  readonly at: readonly number[];
  readonly inputs: readonly (Operand | undefined)[];
}

export function ask(node: Node, element: number, x: readonly (TensorReader | undefined)[]): Question {
  const inputs = x.map((reader) => (reader === undefined ? undefined : new Operand(reader)));
  return { node, element, at: unravel(element, node.output.dims), inputs };
}

/** An input that every row of the opcode has. */
export function required({ inputs }: Question, i: number): Operand {
  const operand = inputs[i];
  if (operand === undefined) throw new RangeError(`input ${i} is absent`);
  return operand;
}

/** All coordinates of a shape, the last axis fastest. */
export function* coordinates(dims: readonly number[]): Generator<number[]> {
  for (let i = 0; i < sizeOf(dims); i++) yield unravel(i, dims);
}
