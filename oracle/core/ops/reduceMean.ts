import { fromFloat, isFiniteBits, units } from "../math/dyadic.ts";
import { DTypeUnsupported } from "../math/element.ts";
import type { TensorReader } from "../program/reader.ts";
import { words } from "../program/tensorRun.ts";
import { commitStrides, DType, unravel, type Node } from "../program/types.ts";
import { input } from "./operands.ts";
import type { OpTwin } from "./twin.ts";

const LONGEST = 1 << 22;

/** Twin of contracts/ops/ReduceMean.sol, where the derivation stands. */
export const admissible: OpTwin = (node, element, claimed, x) => {
  if (node.output.dtype !== DType.float32) throw new DTypeUnsupported(node.output.dtype);
  const values = row(node, element, input(x, 0));
  if (values.length === 0 || values.length > LONGEST) return true;
  return within(values, Number(claimed));
};

/** All elements that the claimed one is the mean of. Reduced axes have length 1 in the output, or are gone. */
function row(node: Node, element: number, x: TensorReader): number[] {
  const coords = unravel(element, node.output.dims);
  const { dims, perm } = x.tensor;
  const strides = commitStrides(dims, perm);
  const reduced = node.attributes;
  const others = dims.map((_, a) => a).filter((a) => !reduced.includes(a));
  const kept = coords.length === dims.length;
  const base = others.reduce((sum, a, i) => sum + coords[kept ? a : i] * strides[a], 0);
  return words(x, base, reduced.map((a) => dims[a]), reduced.map((a) => strides[a]));
}

/** |claimed · n − Σx| ≤ K · 2^-24 · Σ|x| + n · 2^-126 with K = n + 3 + floor((n + 1)² / 2^23). */
function within(values: readonly number[], claimed: number): boolean {
  let low = 0n;
  let high = 0n;
  let lowMagnitude = 0n;
  let highMagnitude = 0n;
  for (const bits of values) {
    if (!isFiniteBits(bits)) return true;
    const { negative, mantissa, exponent } = fromFloat(bits);
    if (exponent + 150 < 128) {
      const m = mantissa << BigInt(exponent + 149);
      lowMagnitude += m;
      low += negative ? -m : m;
    } else {
      const m = mantissa << BigInt(exponent + 22);
      highMagnitude += m;
      high += negative ? -m : m;
    }
  }
  const n = BigInt(values.length);
  const k = n + 3n + (((n + 1n) * (n + 1n)) >> 23n);
  if (highMagnitude === 0n) {
    if (((claimed >>> 23) & 0xff) > 160) return false;
    const distance = absolute(units(fromFloat(claimed), -149) * n - low);
    return distance << 24n <= lowMagnitude * k + (n << 47n);
  }
  const magnitude = (highMagnitude << 80n) + (lowMagnitude >> 47n);
  // INVARIANT: where partial sums could overflow, an honest result may be infinite or NaN.
  if (magnitude >= 1n << 229n) return true;
  if (!isFiniteBits(claimed)) return false;
  const distance = absolute(units(fromFloat(claimed), -102) * n - ((high << 80n) + (low >> 47n)));
  return distance <= ((magnitude >> 24n) + 1n) * k + n + 3n;
}

const absolute = (v: bigint): bigint => (v < 0n ? -v : v);
