import type { GraphNode, Value } from "../onnx/graphNode.ts";
import { CONVOLUTION } from "../operators/convolution.ts";
import type { Mapped } from "../operators/reading/mapped.ts";
import { Opcode } from "../program/types.ts";
import { sizeOf } from "../tensor/shape.ts";

/**
 * How onnxruntime 1.30 divides float32 products among the threads of a session, and what that does to the order in which an
 * element's products are added. A thread calls the same kernels on its part as one thread does on the whole. So an element keeps
 * its bits where the kernel adds in the same order for a part of this size; that follows from the sizes alone.
 *
 * - A matrix product [M, K]×[K, N] is cut along N in blocks of 16 columns where N > M, else along M in rows. It gets a thread
 *   for every 65,536 products, at most as many as the session has.
 * - A convolution of one image and one group is cut along its output positions, in multiples of 16; several of them are divided
 *   whole. One whose filters outnumber its positions, or that reads no position twice, is a matrix product [filters, K]×[K, positions].
 *
 * Sources: MLAS, sgemm.cpp and convolve.cpp of that release; measured by test/ts/compiler/threads.test.ts.
 */

/** Products that are worth a thread. */
const WORK = 65_536;
/** Columns of a part are a multiple of it, but for the last part. */
const COLUMNS = 16;
/** Parts of a convolution, at most. */
const MOST_SEGMENTS = 16;
/** Columns and products of a panel of the second operand, before they are fitted to its size. */
const PANEL = 128;

/** Matrix products of one size that one node hands over together. */
interface Product {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly batch: number;
  readonly transA: boolean;
  readonly transB: boolean;
  /** It is taken as it is and not scaled: only then one row or one column has a kernel of its own. */
  readonly isPlain: boolean;
}

/** Whether every element of the node keeps its bits in a session of that many threads, as far as that follows from sizes. */
export function keepsOrder(node: GraphNode, mapped: Mapped, threads: number): boolean {
  const orders = ordersOf(node, mapped);
  if (orders === undefined) return true;
  const alone = orders(1);
  for (let count = 2; count <= threads; count++) if (orders(count).some((order) => order !== alone[0])) return false;
  return true;
}

/**
 * The orders in which the parts of a node add, each as a text, by the number of threads; undefined where none depends on it: such
 * nodes are divided between elements, rows or channels, each of which is computed as by one thread.
 */
function ordersOf(node: GraphNode, mapped: Mapped): ((threads: number) => string[]) | undefined {
  switch (mapped.opcode) {
    case Opcode.MatMul:
      return ordersOfMatMul(mapped);
    case Opcode.Gemm:
      return ordersOfGemm(node, mapped);
    case Opcode.Conv:
      return ordersOfConv(node, mapped);
    default:
      return undefined;
  }
}

/** A constant matrix is packed before the first run: its panels have 256 products, however the columns are divided. */
const isPacked = (b: Value): boolean => b.constant !== undefined && b.dims.length === 2;

function ordersOfMatMul({ inputs }: Mapped): ((threads: number) => string[]) | undefined {
  const [a, b] = [inputs[0]!, inputs[1]!];
  if (isPacked(b)) return undefined;
  const x = a.dims.length === 1 ? [1, ...a.dims] : a.dims;
  const y = b.dims.length === 1 ? [...b.dims, 1] : b.dims;
  const [rows, k, n] = [x[x.length - 2], x[x.length - 1], y[y.length - 1]];
  const [left, right] = [x.slice(0, -2), y.slice(0, -2)];
  // One second operand for all matrices of the first: they are rows of one product.
  const isOne = left.length >= right.length && sizeOf(right) === 1;
  const shape = isOne ? { m: sizeOf(left) * rows, batch: 1 } : { m: rows, batch: Math.max(sizeOf(left), sizeOf(right)) };
  const product = { ...shape, n, k, transA: false, transB: false, isPlain: true };
  return (threads) => ordersOfProduct(product, threads);
}

function ordersOfGemm({ attributes, output }: GraphNode, { inputs }: Mapped): ((threads: number) => string[]) | undefined {
  const [a, b] = [inputs[0]!, inputs[1]!];
  if (isPacked(b)) return undefined;
  const [transA, transB] = [attributes.int("transA", 0) !== 0, attributes.int("transB", 0) !== 0];
  const [m, n] = output.dims;
  const beta = inputs[2] === undefined ? 0 : attributes.float("beta", 1);
  const isPlain = attributes.float("alpha", 1) === 1 && (beta === 0 || beta === 1);
  const product = { m, n, k: a.dims[transA ? 0 : 1], batch: 1, transA, transB, isPlain };
  return (threads) => ordersOfProduct(product, threads);
}

/** The orders of the parts of a matrix product. */
function ordersOfProduct({ m, n, k, batch, transA, transB, isPlain }: Product, threads: number): string[] {
  const isColumn = isPlain && n === 1 && !transB;
  // The kernel with lanes folds them for four elements at once, and otherwise for the two and the one that are left.
  const lanes = (start: number) => (start % 4 === 0 ? "lanes" : "shifted lanes");
  const order = (start: number, rows: number, columns: number) => {
    if (isPlain && rows === 1 && !transA) return transB ? lanes(start) : "groups";
    if (isColumn) return transA ? "groups" : lanes(start);
    return `chunks of ${Math.min(k, panelOf(columns, k, transA).products)}`;
  };
  const target = Math.min(threads, Math.floor((m * n * k) / WORK) + 1);
  const wanted = Math.ceil(target / batch);
  if (n <= m) return partsOf(m, Math.min(wanted, m)).map(([start, end]) => order(start, end - start, n));
  const blocks = Math.ceil(n / COLUMNS);
  return partsOf(blocks, Math.min(wanted, blocks)).map(([start, end]) => order(start * COLUMNS, m, Math.min(n, end * COLUMNS) - start * COLUMNS));
}

/** Start and end of the parts that many whole things are cut into: as equal as can be, the larger ones first. */
function partsOf(total: number, parts: number): [start: number, end: number][] {
  const [size, larger] = [Math.floor(total / parts), total % parts];
  const start = (part: number) => part * size + Math.min(part, larger);
  return Array.from({ length: parts }, (_, part) => [start(part), start(part + 1)]);
}

/** The panel of a second operand of that many columns: few products make it wider, few columns longer. */
function panelOf(columns: number, products: number, transA: boolean): { readonly columns: number; readonly products: number } {
  let panel = { columns: PANEL, products: PANEL };
  if (columns >= products) {
    while (panel.products / 2 >= products) panel = { columns: panel.columns * 2, products: panel.products / 2 };
  } else if (!transA) {
    while (panel.columns > COLUMNS && panel.columns / 2 >= columns) panel = { columns: panel.columns / 2, products: panel.products * 2 };
  }
  return panel;
}

function ordersOfConv({ output }: GraphNode, mapped: Mapped): ((threads: number) => string[]) | undefined {
  const [x, w] = [mapped.inputs[0]!, mapped.inputs[1]!];
  const { group, window } = CONVOLUTION.of(mapped);
  const [m, n, k] = [w.dims[0] / group, sizeOf(output.dims.slice(2)), sizeOf(w.dims.slice(1))];
  const isWhole = x.dims[0] * group > 1;
  const direct = directOf(x, w, window);
  if (direct === undefined && m <= n) return isWhole ? undefined : (threads) => segmentsOf(m, n, k, threads);
  if (direct !== undefined && isWhole) return undefined;
  const product = { m, n, k, batch: 1, transA: false, transB: direct?.transB ?? false, isPlain: true };
  return (threads) => ordersOfProduct(product, threads);
}

/** The second operand of a convolution that reads the map where it lies; undefined where positions are gathered first. */
function directOf(x: Value, w: Value, { strides, begins, ends, dilations }: ReturnType<typeof CONVOLUTION.of>["window"]): { readonly transB: boolean } | undefined {
  if (strides.some((stride) => stride !== 1) || [...begins, ...ends].some((pad) => pad !== 0)) return undefined;
  const [map, kernel] = [x.dims.slice(2), w.dims.slice(2)];
  if (sizeOf(kernel) === 1) return { transB: false };
  if (map.length > 2 || dilations.some((dilation) => dilation !== 1) || w.dims[1] !== 1) return undefined;
  const [[mapRows, mapColumns], [kernelRows, kernelColumns]] = [map, kernel].map((sizes) => (sizes.length === 1 ? [1, ...sizes] : sizes));
  if (kernelColumns === mapColumns) return { transB: true };
  return kernelRows === mapRows && kernelColumns === 1 ? { transB: false } : undefined;
}

/** The orders of the segments of a convolution's output positions. */
function segmentsOf(filters: number, positions: number, products: number, threads: number): string[] {
  const target = Math.min(threads, MOST_SEGMENTS, Math.floor((filters * positions * products) / WORK) + 1);
  const stride = target === 1 ? positions : Math.ceil(Math.ceil(positions / target) / COLUMNS) * COLUMNS;
  const orders: string[] = [];
  for (let start = 0; start < positions; start += stride) {
    const chunk = Math.min(products, panelOf(Math.min(stride, positions - start), products, false).products);
    orders.push(`${filters === 1 ? "groups" : "chunks"} of ${chunk}`);
  }
  return orders;
}
