import { LEAF } from "../merkle/tensorTree.ts";
import { isInline, widthOf, type Tensor } from "./types.ts";

/** Random access to one tensor's elements by commit offset; the values are the elements' little-endian bits. */
export interface TensorReader {
  readonly tensor: Tensor;
  /** Element of any width as an unsigned integer. */
  bits(offset: number): bigint;
  /** Element of at most four bytes as an unsigned integer. */
  u32(offset: number): number;
}

/** Reads a tensor's bytes in commit order. */
export class BytesReader implements TensorReader {
  readonly tensor: Tensor;
  readonly #view: DataView;
  readonly #width: 1 | 2 | 4 | 8;

  constructor(tensor: Tensor, commitOrder: Uint8Array) {
    this.tensor = tensor;
    this.#view = new DataView(commitOrder.buffer, commitOrder.byteOffset, commitOrder.byteLength);
    this.#width = widthOf(tensor.dtype);
  }

  u32(offset: number): number {
    if (this.#width === 4) return this.#view.getUint32(4 * offset, true);
    if (this.#width === 2) return this.#view.getUint16(2 * offset, true);
    return this.#view.getUint8(offset);
  }

  bits(offset: number): bigint {
    return this.#width === 8 ? this.#view.getBigUint64(8 * offset, true) : BigInt(this.u32(offset));
  }
}

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
