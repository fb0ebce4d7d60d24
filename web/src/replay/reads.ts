import { elementAt } from "../../../core/dispute/elements.ts";
import { unravel } from "../../../core/tensor/shape.ts";
import type { TensorReader } from "../../../core/tensor/reader.ts";
import type { Tensor } from "../../../core/tensor/tensor.ts";

/** An element of an input that a judgement looked at. */
export interface Read {
  /** Place among the inputs of the row. */
  readonly input: number;
  /** In commit order. */
  readonly offset: number;
  readonly bits: bigint;
}

/** Notes what a judgement reads, in its order. */
export class ReadLog {
  readonly reads: Read[] = [];

  /** Readers that note what they give. */
  over(readers: readonly (TensorReader | undefined)[]): (TensorReader | undefined)[] {
    return readers.map((reader, input) => reader && new NotingReader(reader, input, this.reads));
  }

  of(input: number): Read[] {
    return this.reads.filter((read) => read.input === input);
  }
}

class NotingReader implements TensorReader {
  readonly #reader: TensorReader;
  readonly #input: number;
  readonly #into: Read[];

  constructor(reader: TensorReader, input: number, into: Read[]) {
    this.#reader = reader;
    this.#input = input;
    this.#into = into;
  }

  get tensor(): Tensor {
    return this.#reader.tensor;
  }

  bits(offset: number): bigint {
    const bits = this.#reader.bits(offset);
    this.#into.push({ input: this.#input, offset, bits });
    return bits;
  }

  u32(offset: number): number {
    return Number(this.bits(offset));
  }
}

/** Coordinates of the element at a commit offset. */
export const coordinatesOf = (tensor: Tensor, offset: number): number[] => unravel(elementAt(tensor, offset), tensor.dims);
