import { everything, type Acceptance } from "./acceptance.ts";
import { LARGEST, ONE, UNIT_BITS, absolute, decode, isFinite } from "./binary32.ts";
import { TINY, U_BITS, around, gamma } from "./error.ts";
import { FIXED_ONE, PRECISION, exponential, integerSquareRoot } from "./fixedPoint.ts";
import { coordinates, required, type Question } from "./operand.ts";

/** The finite values at these coordinates, undefined if one is not finite. */
function finite(values: Iterable<bigint | number>): bigint[] | undefined {
  const list: bigint[] = [];
  for (const value of values) {
    if (!isFinite(value)) return undefined;
    list.push(value);
  }
  return list;
}

/** γ_{n+1} · mean|x| around the mean. */
export function reduceMean(q: Question): Acceptance {
  const x = required(q, 0);
  const axes = q.node.attributes;
  const keepsRank = q.node.output.dims.length === x.dims.length;
  const others = x.dims.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const source = (inner: readonly number[]): number[] =>
    x.dims.map((_, axis) => {
      const reduced = axes.indexOf(axis);
      return reduced >= 0 ? inner[reduced] : q.at[keepsRank ? axis : others.indexOf(axis)];
    });
  const values = finite([...coordinates(axes.map((axis) => x.dims[axis]))].map((inner) => x.float(source(inner))));
  if (values === undefined) return everything;
  const n = BigInt(values.length);
  const sum = values.reduce((a, b) => a + b, 0n);
  const size = values.reduce((a, b) => a + absolute(b), 0n);
  const slack = gamma(n + 1n) * size + ((n * TINY) << U_BITS);
  return around(sum << U_BITS, slack, n * ((size << U_BITS) + slack), n << U_BITS);
}

/** 10u(|xs| + |μs| + |b|) around (x − μ)·s + b, s = g / √(v + ε). */
export function batchNormalization(q: Question): Acceptance {
  const channel = [q.at[1]];
  const inputs = finite([required(q, 0).float(q.at), ...[1, 2, 3, 4].map((i) => required(q, i).float(channel))]);
  const epsilon = decode(BigInt(q.node.attributes[0] >>> 0));
  if (inputs === undefined || !isFinite(epsilon)) return everything;
  const [x, g, b, mean, variance] = inputs;
  if (variance + epsilon <= 0n) return everything;
  // √(v + ε) = root / 2^PRECISION.
  const root = integerSquareRoot((variance + epsilon) << (2n * PRECISION - UNIT_BITS));
  // The factor s alone, in units: g · 2^PRECISION / root.
  if (absolute(g) * FIXED_ONE > LARGEST * root) return everything;
  const exact = (x - mean) * g * FIXED_ONE + b * ONE * root;
  const size = (absolute(x * g) + absolute(mean * g)) * FIXED_ONE + absolute(b) * ONE * root;
  const denominator = (ONE * root) << U_BITS;
  const slack = 10n * size + denominator * TINY * (absolute(x) + absolute(mean) + 4n * ONE) / ONE;
  return around(exact << U_BITS, slack, (size << U_BITS) + slack, denominator);
}

/** y · u(|d| + Σe|d| / Σe + n + 20) + n·TY around y = e / Σe, where d = x − max and e = exp(d). */
export function softmax(q: Question): Acceptance {
  const x = required(q, 0);
  const [start, end] = q.node.attributes;
  const row = [...coordinates(x.dims.slice(start, end))];
  const values = finite(row.map((c) => x.float([...q.at.slice(0, start), ...c, ...q.at.slice(end)])));
  if (values === undefined) return everything;
  const own = x.float(q.at);
  if (!isFinite(own)) return everything;
  const max = values.reduce((a, b) => (b > a ? b : a));
  const exponentials = new Map<bigint, bigint>();
  const exp = (value: bigint): bigint => {
    let e = exponentials.get(value);
    if (e === undefined) exponentials.set(value, (e = exponential((value - max) << (PRECISION - UNIT_BITS))));
    return e;
  };
  const sum = values.reduce((s, value) => s + exp(value), 0n);
  const weighted = values.reduce((s, value) => s + exp(value) * (max - value), 0n);
  const n = BigInt(values.length);
  // |d| + Σe|d| / Σe + n + 20, in units / Σe.
  const factor = (max - own) * sum + weighted + (n + 20n) * ONE * sum;
  // y = e / Σe in units is e · ONE / Σe; y · factor is e · factor / Σe².
  const denominator = (sum * sum) << U_BITS;
  return around((exp(own) * ONE * sum) << U_BITS, exp(own) * factor + n * TINY * denominator, 0n, denominator);
}
