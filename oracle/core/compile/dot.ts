import { chainDot, floatOf, sameFloat } from "../math/float32.ts";
import type { Dot, FloatInputs } from "../operators/dot.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import { Opcode } from "../program/types.ts";
import { positionsOf, tapOffsets, windowOf } from "../tensor/geometry.ts";
import { rowMajorStrides, sizeOf, unravel } from "../tensor/shape.ts";

/** The schedule of a chain as a row states it. */
export interface Schedule {
  readonly chunk: number;
  /** Bit 0: the bias comes before the first chunk. */
  readonly flags: number;
}

/** Takes a dot product apart. The inputs must have the shapes that the node was mapped with. */
export function dotOf(mapped: Mapped, values: FloatInputs): Dot {
  const dims = mapped.inputs.map((value) => value?.dims ?? []);
  if (mapped.opcode === Opcode.Conv) return convDot(mapped.attributes, dims, values);
  if (mapped.opcode === Opcode.Gemm) return gemmDot(mapped.attributes, dims, values);
  if (mapped.opcode === Opcode.MatMul) return matMulDot(dims, values);
  throw new Error(`opcode ${mapped.opcode} is no dot product`);
}

function convDot(attributes: readonly number[], [xDims, wDims]: readonly (readonly number[])[], [x, w, b]: FloatInputs): Dot {
  const spatial = xDims.length - 2;
  const map = xDims.slice(2);
  const window = windowOf(attributes, spatial, 1);
  const group = attributes[0];
  const channels = wDims[1];
  const filters = wDims[0] / group;
  const taps = sizeOf(window.kernel);
  const plane = sizeOf(map);
  const out = positionsOf(window, map);
  const rows = sizeOf(out);
  const length = channels * taps;

  /** Places within a plane that the taps of a window read, −1 in the padding. */
  const places = new Int32Array(taps);
  const within = { map, strides: rowMajorStrides(map), base: 0 };
  const locate = (row: number): void => {
    const offsets = tapOffsets(window, unravel(row, out), within, 0, taps);
    for (let t = 0; t < taps; t++) places[t] = offsets[t] ?? -1;
  };
  let located = -1;

  return {
    length,
    alpha: 1,
    hasBias: b !== undefined,
    blocks: xDims[0] * group,
    rows,
    columns: filters,
    gather(block, row, into) {
      if (located !== row) locate(row);
      located = row;
      // Blocks run over images, then groups: the channels of block i start at channel i · channels of the whole input.
      let k = 0;
      for (let c = 0; c < channels; c++) {
        const base = (block * channels + c) * plane;
        for (let t = 0; t < taps; t++) into[k++] = places[t] < 0 ? 0 : x![base + places[t]];
      }
    },
    column: (block, column) => {
      const m = (block % group) * filters + column;
      return w!.subarray(m * length, (m + 1) * length);
    },
    element: (block, row, column) => (block * filters + column) * rows + row,
    bias: (block, _row, column) => (b === undefined ? 0 : b[(block % group) * filters + column]),
  };
}

/** The matrix [rows, columns] with its axes exchanged. */
function transposed(matrix: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(matrix.length);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) result[c * rows + r] = matrix[r * columns + c];
  return result;
}

function gemmDot(attributes: readonly number[], [aDims, bDims, cDims]: readonly (readonly number[])[], [a, b, c]: FloatInputs): Dot {
  const [transA, transB] = attributes;
  const alpha = floatOf(attributes[2]);
  const beta = floatOf(attributes[3]);
  const [rows, length] = transA ? [aDims[1], aDims[0]] : aDims;
  const columns = transB ? bDims[0] : bDims[1];
  const left = transA ? transposed(a!, length, rows) : a!;
  const right = transB ? b! : transposed(b!, length, columns);
  const [cRows, cColumns] = [...new Array<number>(2 - cDims.length).fill(1), ...cDims];
  const hasBias = c !== undefined && beta !== 0;
  return {
    length,
    alpha,
    hasBias,
    blocks: 1,
    rows,
    columns,
    gather: (_block, row, into) => into.set(left.subarray(row * length, (row + 1) * length)),
    column: (_block, column) => right.subarray(column * length, (column + 1) * length),
    element: (_block, row, column) => row * columns + column,
    bias: (_block, row, column) =>
      hasBias ? Math.fround(beta * c[(cRows === 1 ? 0 : row) * cColumns + (cColumns === 1 ? 0 : column)]) : 0,
  };
}

function matMulDot([aDims, bDims]: readonly (readonly number[])[], [a, b]: FloatInputs): Dot {
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
  const right = new Map<number, Float32Array>();
  return {
    length,
    alpha: 1,
    hasBias: false,
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
        turned = transposed(b!.subarray(index * length * columns, (index + 1) * length * columns), length, columns);
        right.set(index, turned);
      }
      return turned.subarray(column * length, (column + 1) * length);
    },
    element: (block, row, column) => (block * rows + row) * columns + column,
    bias: () => 0,
  };
}

/** What the schedule yields for one element. */
export function evaluate(dot: Dot, schedule: Schedule, a: Float32Array, block: number, row: number, column: number): number {
  const bias = dot.bias(block, row, column);
  const first = (schedule.flags & 1) !== 0;
  return chainDot(a, dot.column(block, column), {
    chunk: schedule.chunk,
    alpha: dot.alpha,
    first: first ? bias : 0,
    last: first ? 0 : bias,
  });
}

/**
 * The candidates whose every element agrees with the output. Where all elements together take more than `budget`
 * products, whole rows and whole columns are compared until the budget is spent: the first and last ones, where
 * kernels treat what is left over after full vectors, and others spread between.
 */
export function matching(dot: Dot, output: Float32Array, candidates: readonly Schedule[], budget: number): readonly Schedule[] {
  const { blocks, rows, columns, length } = dot;
  const affordable = Math.max(1, Math.floor(budget / length));
  let alive = candidates;
  const a = new Float32Array(length);
  const check = (block: number, row: number, column: number): void => {
    const value = output[dot.element(block, row, column)];
    const kept = alive.filter((schedule) => sameFloat(evaluate(dot, schedule, a, block, row, column), value));
    if (kept.length !== alive.length) alive = kept;
  };
  const checkBlock = (block: number, wholeRows: readonly number[] | undefined, wholeColumns: readonly number[]): void => {
    const whole = wholeRows && new Set(wholeRows);
    for (let row = 0; row < rows && alive.length > 0; row++) {
      if (whole !== undefined && !whole.has(row) && wholeColumns.length === 0) continue;
      dot.gather(block, row, a);
      if (whole === undefined || whole.has(row)) for (let column = 0; column < columns && alive.length > 0; column++) check(block, row, column);
      else for (const column of wholeColumns) check(block, row, column);
    }
  };
  if (blocks * rows * columns <= affordable) {
    for (let block = 0; block < blocks && alive.length > 0; block++) checkBlock(block, undefined, []);
    return alive;
  }
  const chosen = spread(blocks, Math.max(1, Math.min(32, Math.floor(affordable / (rows + columns)))));
  const share = affordable / chosen.length;
  const wholeRows = spread(rows, Math.max(1, Math.floor(share / 2 / columns)));
  const wholeColumns = spread(columns, Math.max(1, Math.floor(share / 2 / rows)));
  for (const block of chosen) if (alive.length > 0) checkBlock(block, wholeRows, wholeColumns);
  return alive;
}

/** At most `count` of the indices below `size`: the last ones, the first ones, and others evenly between. */
function spread(size: number, count: number): number[] {
  if (count >= size) return Array.from({ length: size }, (_, i) => i);
  const third = Math.max(1, Math.min(32, Math.floor(count / 3)));
  const picked = new Set<number>();
  for (let i = 0; i < third && picked.size < count; i++) picked.add(size - 1 - i);
  for (let i = 0; i < third && picked.size < count; i++) picked.add(i);
  const left = count - picked.size;
  for (let i = 0; i < left; i++) picked.add(Math.floor(((i + 1) * size) / (left + 1)));
  return [...picked].filter((i) => i < size).sort((x, y) => x - y);
}
