import { define } from "./define.ts";
import { Rule } from "../program/types.ts";
import { exactly, type Acceptance } from "./acceptance.ts";
import { ONE, add, decode, fusedMultiplyAdd, multiply, type Value } from "./binary32.ts";
import { coordinates, required, type Operand, type Question } from "./operand.ts";
import { place, windowOf } from "./window.ts";

/** result = alpha · Σ a[k]·b[k] + beta · c */
interface Dot {
  readonly a: readonly Value[];
  readonly b: readonly Value[];
  readonly alpha: Value;
  readonly beta: Value;
  readonly c: Value;
}

function conv(q: Question): Dot {
  const [x, w, bias] = [required(q, 0), required(q, 1), q.inputs[2]];
  const map = x.dims.slice(2);
  const [group, ...rest] = q.node.attributes;
  const window = windowOf(rest, map.length);
  const [batch, filter, ...position] = q.at;
  const channels = w.dims[1];
  const first = Math.floor(filter / (w.dims[0] / group)) * channels;
  const taps = [...coordinates(window.kernel)].map((tap) => ({ tap, at: place(window, position, tap, map) }));
  const a: Value[] = [];
  const b: Value[] = [];
  for (let channel = 0; channel < channels; channel++)
    for (const { tap, at } of taps) {
      a.push(at === undefined ? 0n : x.float([batch, first + channel, ...at]));
      b.push(w.float([filter, channel, ...tap]));
    }
  return { a, b, alpha: ONE, beta: ONE, c: bias?.float([filter]) ?? 0n };
}

const attributeFloat = (attribute: number): Value => decode(BigInt(attribute >>> 0));

function gemm(q: Question): Dot {
  const [left, right, addend] = [required(q, 0), required(q, 1), q.inputs[2]];
  const [transA, transB, alpha, beta] = q.node.attributes;
  const [row, column] = q.at;
  const length = left.dims[transA ? 0 : 1];
  const ks = Array.from({ length }, (_, k) => k);
  const weight = attributeFloat(beta);
  return {
    a: ks.map((k) => left.float(transA ? [k, row] : [row, k])),
    b: ks.map((k) => right.float(transB ? [column, k] : [k, column])),
    alpha: attributeFloat(alpha),
    beta: weight,
    c: addend === undefined || weight === 0n ? 0n : addend.float(addend.broadcast(q.at)),
  };
}

/** Coordinates of what one output element of a (batched) matrix product reads, as functions of k. */
export function productReads(at: readonly number[], left: Operand, right: Operand) {
  const rest = [...at];
  const column = right.dims.length === 1 ? undefined : rest.pop();
  const row = left.dims.length === 1 ? undefined : rest.pop();
  // What remains of the output's coordinates are those of the batch.
  const batchOf = (operand: Operand): number[] => {
    const axes = operand.dims.slice(0, -2);
    return axes.map((dim, axis) => (dim === 1 ? 0 : rest[rest.length - axes.length + axis]));
  };
  const [batchLeft, batchRight] = [batchOf(left), batchOf(right)];
  return {
    length: left.dims[left.dims.length - 1],
    column,
    left: (k: number): number[] => (row === undefined ? [k] : [...batchLeft, row, k]),
    right: (k: number): number[] => (column === undefined ? [k] : [...batchRight, k, column]),
  };
}

function matMul(q: Question): Dot {
  const [left, right] = [required(q, 0), required(q, 1)];
  const reads = productReads(q.at, left, right);
  const ks = Array.from({ length: reads.length }, (_, k) => k);
  return {
    a: ks.map((k) => left.float(reads.left(k))),
    b: ks.map((k) => right.float(reads.right(k))),
    alpha: ONE,
    beta: ONE,
    c: 0n,
  };
}

/** docs/protocol.md §2.3. */
function chain(dot: Dot, chunk: number, biasFirst: boolean): Acceptance {
  const { a, b, alpha } = dot;
  const bias = multiply(dot.beta, dot.c);
  let total: Value = biasFirst ? bias : 0n;
  for (let start = 0; start < a.length; start += chunk === 0 ? a.length : chunk) {
    const end = chunk === 0 ? a.length : Math.min(start + chunk, a.length);
    let partial: Value = 0n;
    for (let k = start; k < end; k++) partial = fusedMultiplyAdd(a[k], b[k], partial);
    total = fusedMultiplyAdd(alpha, partial, total);
  }
  return exactly(biasFirst ? total : add(total, bias));
}

/**
 * docs/protocol.md §2.4, a row times a matrix: four products after the other make a summand of the total, those left over in the
 * end one of two and one of one.
 */
function groups({ a, b, beta, c }: Dot, biasFirst: boolean): Acceptance {
  const bias = multiply(beta, c);
  const sums: Value[] = [];
  for (let k = 0; k < a.length; ) {
    const left = a.length - k;
    const size = left >= 4 ? 4 : left >= 2 ? 2 : 1;
    sums.push(a.slice(k, k + size).map((x, i) => multiply(x, b[k + i])).reduce(add));
    k += size;
  }
  const total = sums.reduce((before, sum) => add(before, sum), biasFirst ? bias : 0n);
  return exactly(biasFirst ? total : add(total, bias));
}

/** How the lanes of an output are added: in the order written, two or more at a time. */
type Fold = number | readonly [Fold, Fold];

const FOLD_OF_FOUR: Fold = [[[[0, 1], 2], 3], [[[4, 5], 6], 7]];
const FOLD_OF_TWO: Fold = [[[2, 0], [6, 4]], [[3, 1], [7, 5]]];
const FOLD_OF_ONE: Fold = [[[0, 1], [2, 3]], [[4, 5], [6, 7]]];

/** docs/protocol.md §2.4, contiguous rows, of which four, then two, then one are computed at once. */
function lanes({ a, b, beta, c }: Dot, place: number, run: number, biasFirst: boolean): Acceptance {
  const sums = Array.from({ length: 8 }, (_, lane) =>
    a.reduce((sum: Value, x, k) => (k % 8 === lane ? add(sum, multiply(x, b[k])) : sum), 0n),
  );
  const folded = (fold: Fold): Value => (typeof fold === "number" ? sums[fold] : add(folded(fold[0]), folded(fold[1])));
  const whole = Math.floor(run / 4) * 4;
  const pairs = whole + Math.floor((run - whole) / 2) * 2;
  const sum = folded(place < whole ? FOLD_OF_FOUR : place < pairs ? FOLD_OF_TWO : FOLD_OF_ONE);
  const bias = multiply(beta, c);
  return exactly(add(biasFirst ? add(sum, bias) : sum, biasFirst ? 0n : bias));
}

/** An operator's products, and how many outputs a kernel for one row or column computes in one call. */
interface Products {
  readonly dotOf: (q: Question) => Dot;
  readonly run: (q: Question) => number;
}

const judge =
  ({ dotOf, run }: Products) =>
  (q: Question): Acceptance => {
    const { rule, chunk, flags, output } = q.node;
    const biasFirst = (flags & 1) === 1;
    if (rule === Rule.chain) return chain(dotOf(q), chunk, biasFirst);
    if (rule !== Rule.gemv) throw new RangeError(`rule ${rule} judges no dot product`);
    if ((flags & 2) === 0) return groups(dotOf(q), biasFirst);
    const element = q.at.reduce((index, at, axis) => index * output.dims[axis] + at, 0);
    return lanes(dotOf(q), element % run(q), run(q), biasFirst);
  };

const product = (dims: readonly number[]): number => dims.reduce((a, b) => a * b, 1);

/** All filters of a group at all places of an image. */
const ofGroup = ({ node }: Question): number => product(node.output.dims.slice(1)) / node.attributes[0];

/** All rows where one matrix stands on the right, with no more axes than the left has; else those of one matrix. */
function ofMatrices(q: Question): number {
  const [left, right] = [required(q, 0).dims, required(q, 1).dims];
  if (left.length === 1 || right.length === 1) return right.length === 1 ? 1 : right[right.length - 1];
  const isOne = left.length >= right.length && right.slice(0, -2).every((dim) => dim === 1);
  return isOne ? product(q.node.output.dims) : product(q.node.output.dims.slice(-2));
}

const RULES = [Rule.chain, Rule.gemv];

export const convolution = define("Conv", RULES, judge({ dotOf: conv, run: ofGroup }));
export const generalProduct = define("Gemm", RULES, judge({ dotOf: gemm, run: ({ node }) => product(node.output.dims) }));
export const matrixProduct = define("MatMul", RULES, judge({ dotOf: matMul, run: ofMatrices }));
