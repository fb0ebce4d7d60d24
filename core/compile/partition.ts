import type { Value } from "../onnx/graphNode.ts";
import { CONVOLUTION } from "../operators/convolution.ts";
import { arithmeticOf, CONTIGUOUS_ROWS, type Sgemm } from "../operators/floatDot/sgemm.ts";
import { operatorOf } from "../operators/index.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import { Opcode, Rule } from "../program/types.ts";
import { sizeOf } from "../tensor/shape.ts";

/**
 * How onnxruntime 1.30 divides float32 products among the threads of a session. A thread calls the same kernels on its part as
 * one thread does on the whole, so an element keeps its bits where a part of that size is added in the same order. All other
 * nodes are divided between elements, rows or channels, each of which is computed as by one thread.
 *
 * - A matrix product [M, K]×[K, N] is cut along N in blocks of 16 columns where N > M, else along M in rows. It gets a thread
 *   for every 65,536 products, at most as many as the session has. A packed constant matrix has panels of one length, however it
 *   is cut.
 * - A convolution of one image and one group is cut along its output positions, in multiples of 16; several of them are divided
 *   whole. One whose filters outnumber its positions, or that reads the map where it lies, is a product [filters, K]×[K, positions].
 *
 * Sources: MLAS, sgemm.cpp and convolve.cpp of that release; measured by test/ts/compiler/threads.test.ts.
 */

/** Products that are worth a thread. */
const WORK = 65_536;
/** Columns of a part are a multiple of it, but for the last part. */
const COLUMNS = 16;
/** Parts of a convolution, at most. */
const MOST_SEGMENTS = 16;
/** Elements that the kernel for rows that lie together computes at once; those that are left are folded in another order. */
const FOLDED = 4;

/** Rows and columns of a product from `start` to before `end`. */
type Range = readonly [start: number, end: number];

/** Whether every element of the node keeps its bits in a session of that many threads, and of fewer, as far as sizes say. */
export function keepsOrder(mapped: Mapped, output: Value, threads: number): boolean {
  const operator = operatorOf(mapped.opcode);
  if (operator.dot === undefined) return true;
  const whole = operator.call(mapped);
  if (whole.isPacked) return true;
  const orders = (count: number): string[] =>
    mapped.opcode === Opcode.Conv ? ordersOfConv(mapped, whole, count) : ordersOfProduct(whole, sizeOf(output.dims) / (whole.rows * whole.columns), count);
  const [alone] = orders(1);
  for (let count = 2; count <= threads; count++) if (orders(count).some((order) => order !== alone)) return false;
  return true;
}

/** The orders in which the parts of a matrix product are added, each as a text. @param batch products of that size */
function ordersOfProduct(whole: Sgemm, batch: number, threads: number): string[] {
  const { rows, columns } = whole;
  const wanted = Math.ceil(threadsFor(whole, threads) / batch);
  if (columns <= rows) return partsOf(rows, Math.min(wanted, rows)).map((range) => order(whole, range, [0, columns]));
  const blocks = Math.ceil(columns / COLUMNS);
  return partsOf(blocks, Math.min(wanted, blocks)).map(([start, end]) => order(whole, [0, rows], [start * COLUMNS, Math.min(columns, end * COLUMNS)]));
}

/** The order in which one call adds. */
function order(whole: Sgemm, [top, bottom]: Range, [left, right]: Range): string {
  // A column lies together only where it is the only one.
  const part = { ...whole, rows: bottom - top, columns: right - left, isColumn: whole.isColumn && whole.columns === 1 };
  const arithmetic = arithmeticOf(part);
  const isFolded = arithmetic.rule === Rule.gemv && arithmetic.flags === CONTIGUOUS_ROWS;
  return JSON.stringify({ ...arithmetic, shift: isFolded ? Math.max(top, left) % FOLDED : 0 });
}

const threadsFor = ({ rows, columns, length }: Sgemm, threads: number): number => Math.min(threads, Math.floor((rows * columns * length) / WORK) + 1);

/** What so many whole things are cut into: parts as equal as can be, the larger ones first. */
function partsOf(total: number, parts: number): Range[] {
  const [size, larger] = [Math.floor(total / parts), total % parts];
  const start = (part: number) => part * size + Math.min(part, larger);
  return Array.from({ length: parts }, (_, part) => [start(part), start(part + 1)]);
}

function ordersOfConv(mapped: Mapped, whole: Sgemm, threads: number): string[] {
  const { rows, columns } = whole;
  const [x, w] = [mapped.inputs[0]!, mapped.inputs[1]!];
  const { group, window } = CONVOLUTION.of(mapped);
  const isDirect = readsInPlace(x, w, whole, window);
  const isProduct = isDirect || rows > columns;
  if (x.dims[0] * group > 1 && (isDirect || !isProduct)) return [order(whole, [0, rows], [0, columns])];
  return isProduct ? ordersOfProduct(whole, 1, threads) : segmentsOf(whole, threads).map((range) => order(whole, [0, rows], range));
}

/** Whether the right operand of a convolution is the map where it lies. */
function readsInPlace(x: Value, w: Value, { transB }: Sgemm, { strides, begins, ends, dilations }: ReturnType<typeof CONVOLUTION.of>["window"]): boolean {
  if (transB) return true;
  if (strides.some((stride) => stride !== 1) || [...begins, ...ends].some((pad) => pad !== 0)) return false;
  const [map, kernel] = [x.dims.slice(2), w.dims.slice(2)];
  if (sizeOf(kernel) === 1) return true;
  const isTall = map.length === 2 ? kernel[0] === map[0] && kernel[1] === 1 : map.length === 1 && kernel[0] === 1;
  return isTall && dilations.every((dilation) => dilation === 1) && w.dims[1] === 1;
}

/** The output positions of a convolution's segments. */
function segmentsOf(whole: Sgemm, threads: number): Range[] {
  const { columns } = whole;
  const target = Math.min(MOST_SEGMENTS, threadsFor(whole, threads));
  const stride = target === 1 ? columns : Math.ceil(Math.ceil(columns / target) / COLUMNS) * COLUMNS;
  return Array.from({ length: Math.ceil(columns / stride) }, (_, i) => [i * stride, Math.min(columns, (i + 1) * stride)]);
}
