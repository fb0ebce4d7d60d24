import { widthOf } from "../tensor/dtype.ts";
import type { TensorReader } from "../tensor/reader.ts";
import { isInline, type Tensor } from "../tensor/tensor.ts";
import { LEAF } from "./tensorTree.ts";

/** Notes which leaves a judgement reads: these are the leaves that a proof must open. */
export class RecordingReader implements TensorReader {
  readonly leaves = new Set<number>();
  /** Lines that were read: elements at equal distances within a leaf. The contracts look for the place of each line. */
  lines = 0;
  #leaf = -1;
  #last = 0;
  #distance: number | undefined;
  readonly #reader: TensorReader;
  readonly #width: number;
  /** A constant that stands in the row has no leaves to open. */
  readonly #inline: boolean;

  constructor(reader: TensorReader) {
    this.#reader = reader;
    this.#width = widthOf(reader.tensor.dtype);
    this.#inline = isInline(reader.tensor);
  }

  get tensor(): Tensor {
    return this.#reader.tensor;
  }

  bits(offset: number): bigint {
    this.#note(offset);
    return this.#reader.bits(offset);
  }

  u32(offset: number): number {
    this.#note(offset);
    return this.#reader.u32(offset);
  }

  #note(offset: number): void {
    const leaf = Math.floor((offset * this.#width) / LEAF);
    const distance = offset - this.#last;
    this.#last = offset;
    if (leaf === this.#leaf && (this.#distance === undefined || this.#distance === distance)) {
      this.#distance = distance;
      return;
    }
    if (!this.#inline) this.leaves.add(leaf);
    this.lines++;
    [this.#leaf, this.#distance] = [leaf, undefined];
  }
}
