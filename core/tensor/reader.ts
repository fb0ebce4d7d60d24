import type { Tensor } from "./tensor.ts";
import { widthOf } from "./dtype.ts";
import { commitOffset } from "./shape.ts";

/** Random access to one tensor's elements by commit offset; the values are the elements' little-endian bits. */
export interface TensorReader {
  readonly tensor: Tensor;
  /** Element of any width as an unsigned integer. */
  bits(offset: number): bigint;
  /** Element of at most four bytes as an unsigned integer. */
  u32(offset: number): number;
}

/** Bits of the element at a row-major index. */
export const elementBits = (x: TensorReader, element: number): bigint => x.bits(commitOffset(x.tensor, element));

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
