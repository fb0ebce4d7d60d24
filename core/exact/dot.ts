import { define } from "./define.ts";
import { Rule } from "../program/types.ts";
import { anyOf, exactly, infiniteSum, notFinite, within, type Acceptance } from "./acceptance.ts";
import { ONE, UNIT_BITS, absolute, add, bitLength, decode, fusedMultiplyAdd, isFinite, multiply, type Value } from "./binary32.ts";
import { TINY, U_BITS, gamma, power } from "./error.ts";
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

/** Longer products are not judged. */
const LONGEST = 1 << 22;

/** ⌊log₂|a|⌋ + ⌊log₂|b|⌋ */
const exponentOf = (a: bigint, b: bigint): number =>
  a === 0n || b === 0n ? -Infinity : bitLength(absolute(a)) + bitLength(absolute(b)) - 2 - 2 * Number(UNIT_BITS);

/**
 * docs/protocol.md §2.4: any order of summation, with FMA or without. What is not finite never disappears from a sum, so
 * a finite result came about without overflow and is within the bound.
 */
function bounded(dot: Dot, roundings: number): Acceptance {
  const { a, b, beta, c } = dot;
  const alpha = a.length === 0 ? ONE : dot.alpha;
  if (a.length > LONGEST) throw new RangeError(`a dot product of ${a.length} products is not judged`);
  if (!isFinite(alpha) || !isFinite(beta)) return notFinite;
  const signOf = (value: Value): number => (isFinite(value) ? (value > 0n ? 1 : value < 0n ? -1 : 0) : value);
  const infinite = a.flatMap((x, k) => (isFinite(x) && isFinite(b[k]) ? [] : [[x, b[k]]]));
  if (infinite.length > 0 || !isFinite(c)) {
    // A zero beside an infinite weight may stand for padding, which kernels multiply or leave out.
    if (infinite.some(([x]) => x === 0n)) return notFinite;
    const products = infinite.reduce((total, [x, y]) => total + signOf(alpha) * signOf(x) * signOf(y), 0);
    return infiniteSum(products + (isFinite(c) ? 0 : signOf(beta) * c));
  }
  let sum = 0n;
  let size = 0n;
  let overflows = false;
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k], b[k]];
    if (!isFinite(x) || !isFinite(y)) throw new RangeError("a product of finite numbers is not finite");
    if (exponentOf(x, y) >= 130) overflows = true;
    sum += x * y;
    size += absolute(x * y);
  }
  // alpha · a · b is a product of three numbers of units; `scale` makes units of it.
  const scale = ONE * ONE;
  const exact = alpha * sum + beta * c * ONE;
  const magnitude = absolute(alpha) * size + absolute(beta * c) * ONE;
  // A product of 2¹³⁰ stays infinite whatever finite number it is added to, unless a small alpha comes before.
  if (overflows && absolute(alpha) >= ONE) return notFinite;
  const k = BigInt(a.length);
  const gain = absolute(alpha) > ONE ? absolute(alpha) : ONE;
  const slack = gamma(k + BigInt(roundings)) * magnitude + (((k + 2n) * TINY * gain * ONE) << U_BITS);
  const finite = within((exact << U_BITS) - slack, (exact << U_BITS) + slack, scale << U_BITS);
  return size >= power(126) * ONE || magnitude >= power(126) * scale ? anyOf([finite, notFinite]) : finite;
}

/** `roundings`: how many a term may pass through besides those of its k additions. */
const judge =
  (dotOf: (q: Question) => Dot, roundings: number) =>
  (q: Question): Acceptance => {
    const { rule, chunk, flags } = q.node;
    if (rule === Rule.chain) return chain(dotOf(q), chunk, (flags & 1) === 1);
    if (rule === Rule.bound) return bounded(dotOf(q), roundings);
    throw new RangeError(`rule ${rule} judges no dot product`);
  };

export const convolution = define("Conv", [Rule.chain, Rule.bound], judge(conv, 1));
export const generalProduct = define("Gemm", [Rule.chain, Rule.bound], judge(gemm, 3));
export const matrixProduct = define("MatMul", [Rule.chain, Rule.bound], judge(matMul, 1));
