import { Rule } from "../program/types.ts";
import { everything, exactly, type Acceptance } from "./acceptance.ts";
import { ONE, absolute, add, decode, fusedMultiplyAdd, isFinite, multiply, type Value } from "./binary32.ts";
import { around, gamma, TINY, U_BITS } from "./error.ts";
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

/** docs/protocol.md §2, `bound`: any order of summation, with FMA or without. */
function bounded(dot: Dot): Acceptance {
  const { a, b, alpha, beta, c } = dot;
  if (!isFinite(alpha) || !isFinite(beta) || !isFinite(c)) return everything;
  let sum = 0n;
  let size = 0n;
  for (let k = 0; k < a.length; k++) {
    const [x, y] = [a[k], b[k]];
    if (!isFinite(x) || !isFinite(y)) return everything;
    sum += x * y;
    size += absolute(x * y);
  }
  // Three factors of units each: alpha · a · b. `scale` brings units there.
  const scale = ONE * ONE;
  const exact = alpha * sum + beta * c * ONE;
  const magnitude = absolute(alpha) * size + absolute(beta * c) * ONE;
  const scaled = alpha !== ONE || beta !== ONE;
  const k = BigInt(a.length);
  // What the products lose to underflow, alpha magnifies.
  const gain = absolute(alpha) > ONE ? absolute(alpha) : ONE;
  const underflow = TINY * ONE * (k * gain + 2n * ONE);
  const slack = gamma(k + (scaled ? 3n : 1n)) * magnitude + (underflow << U_BITS);
  // Partial sums before and after alpha.
  const largest = magnitude > size * ONE ? magnitude : size * ONE;
  return around(exact << U_BITS, slack, (largest << U_BITS) + slack, scale << U_BITS);
}

const judge =
  (dotOf: (q: Question) => Dot) =>
  (q: Question): Acceptance => {
    const { rule, chunk, flags } = q.node;
    if (rule === Rule.chain) return chain(dotOf(q), chunk, (flags & 1) === 1);
    if (rule === Rule.bound) return bounded(dotOf(q));
    throw new RangeError(`rule ${rule} judges no dot product`);
  };

export const convolution = judge(conv);
export const generalProduct = judge(gemm);
export const matrixProduct = judge(matMul);
