import { widthOf, type DType } from "../tensor/dtype.ts";
import { rowMajorStrides } from "../tensor/shape.ts";

export type Laid = { readonly dtype: DType; readonly dims: readonly number[]; readonly perm: readonly number[] };

/** An axis of the result: how many steps it has, and how far one goes in the source, in words. */
interface Axis {
  readonly count: number;
  readonly stride: number;
}

type Words = Uint8Array | Uint16Array | Uint32Array;

/** Side of the squares in which a matrix is transposed: the cache lines of both sides stay at hand. */
const TILE = 32;
/** Runs of so many words are copied as a whole. */
const LONG_RUN = 64;

/**
 * Rearranges row-major bytes into commit order. Gives the bytes themselves where the orders are one.
 * @param into memory for the rearranged bytes, in words of 4 bytes; new memory where there is none
 */
export const toCommitOrder = ({ dtype, dims, perm }: Laid, rowMajor: Uint8Array, into?: Uint8Array): Uint8Array =>
  permute(dtype, dims, perm, rowMajor, into);

/** Whether a tensor's row-major bytes are in commit order as they are. */
export const isRowMajor = ({ dtype, dims, perm }: Laid): boolean => axesOf(dims, perm, widthOf(dtype)).length <= 1;

/** Rearranges bytes in commit order into row-major order. Gives the bytes themselves where the orders are one. */
export function toRowMajor({ dtype, dims, perm }: Laid, commitOrder: Uint8Array): Uint8Array {
  const back = perm.map((_, axis) => perm.indexOf(axis));
  return permute(dtype, perm.map((axis) => dims[axis]), back, commitOrder);
}

/** Elements in row-major order of `dims`, arranged so that the axes run in the order of `perm`. */
function permute(dtype: DType, dims: readonly number[], perm: readonly number[], from: Uint8Array, into?: Uint8Array): Uint8Array {
  const width = widthOf(dtype);
  const axes = axesOf(dims, perm, width);
  if (axes.length <= 1) return from;
  const to = into ?? new Uint8Array(from.length);
  const word = Math.min(width, 4);
  transpose(axes, wordsOf(from, word), wordsOf(to, word));
  return to;
}

/** The axes of the result, outermost first, as few as there can be: axes that follow each other in both orders are one. */
function axesOf(dims: readonly number[], perm: readonly number[], width: number): Axis[] {
  const strides = rowMajorStrides(dims);
  const axes: Axis[] = [];
  for (const axis of perm) {
    if (dims[axis] === 1) continue;
    const outer = axes.at(-1);
    if (outer?.stride === dims[axis] * strides[axis]) axes.splice(-1, 1, { count: outer.count * dims[axis], stride: strides[axis] });
    else axes.push({ count: dims[axis], stride: strides[axis] });
  }
  if (width < 8 || axes.length <= 1) return axes;
  // Elements of 8 bytes are pairs of words.
  const pairs = axes.map(({ count, stride }) => ({ count, stride: 2 * stride }));
  return [...pairs, { count: 2, stride: 1 }];
}

function wordsOf(bytes: Uint8Array, width: number): Words {
  const aligned = bytes.byteOffset % width === 0 ? bytes : bytes.slice();
  const View: { new (buffer: ArrayBufferLike, offset: number, length: number): Words } = [Uint8Array, Uint16Array, Uint32Array][width >> 1];
  return new View(aligned.buffer, aligned.byteOffset, aligned.length / width);
}

/** Fills `to` in order from where `axes` lead in `from`. */
function transpose(axes: readonly Axis[], from: Words, to: Words): void {
  const last = axes.length - 1;
  // Steps in the result, in words.
  const steps = rowMajorStrides(axes.map(({ count }) => count));
  const near = axes.findIndex(({ stride }) => stride === 1);
  const outer = axes.flatMap((axis, i) => (i === last || i === near ? [] : [{ ...axis, step: steps[i] }]));
  const inner = axes[last];
  const place = outer.map(() => 0);
  let [source, target] = [0, 0];
  for (;;) {
    if (near === last) copyRun(from, source, to, target, inner.count);
    else transposeMatrix(from, source, inner, to, target, { count: axes[near].count, stride: steps[near] });
    let a = outer.length - 1;
    for (; a >= 0; a--) {
      source += outer[a].stride;
      target += outer[a].step;
      if (++place[a] < outer[a].count) break;
      source -= outer[a].stride * outer[a].count;
      target -= outer[a].step * outer[a].count;
      place[a] = 0;
    }
    if (a < 0) return;
  }
}

function copyRun(from: Words, source: number, to: Words, target: number, count: number): void {
  if (count >= LONG_RUN) return to.set(from.subarray(source, source + count), target);
  for (let i = 0; i < count; i++) to[target + i] = from[source + i];
}

/** One matrix: along `columns` the result is contiguous and the source is not, along `rows` the other way round. */
function transposeMatrix(from: Words, source: number, columns: Axis, to: Words, target: number, rows: Axis): void {
  for (let row = 0; row < rows.count; row += TILE) {
    const rowEnd = Math.min(row + TILE, rows.count);
    for (let column = 0; column < columns.count; column += TILE) {
      const columnEnd = Math.min(column + TILE, columns.count);
      for (let r = row; r < rowEnd; r++) {
        const line = target + r * rows.stride;
        let at = source + r + column * columns.stride;
        for (let c = column; c < columnEnd; c++, at += columns.stride) to[line + c] = from[at];
      }
    }
  }
}
