import { Rule } from "../program/types.ts";
import { sizeOf, unravel } from "../tensor/shape.ts";
import { exactlyBits, type Acceptance } from "./acceptance.ts";
import { define } from "./define.ts";
import { required } from "./operand.ts";

/** No value is right; whatever lies next to any is wrong, too. */
const NOTHING: Acceptance = { isAdmissible: () => false, justOutside: () => [0n, 1n], values: () => [] };

/**
 * With k indices, attributes k, D…, S…, d…, s…, t…: y at the coordinates c within d is x at the row-major index
 * Σ c[i] · s[i] + Σ j[m] · S[m], where j[m] is the index number Σ c[i] · t[i] + m, which counts from the end of D[m] if it is negative.
 */
export const indexed = define("Indexed", [Rule.equal], (q) => {
  const [x, indices] = [required(q, 0), required(q, 1)];
  const [k, ...lists] = q.node.attributes;
  const [ends, steps] = [lists.slice(0, k), lists.slice(k, 2 * k)];
  const axes = (lists.length - 2 * k) / 3;
  const [d, s, t] = [0, 1, 2].map((i) => lists.slice(2 * k + i * axes, 2 * k + (i + 1) * axes));
  const c = d.map((dim, i) => Math.floor(q.element / sizeOf(d.slice(i + 1))) % dim);
  const along = (strides: readonly number[]): number => c.reduce((sum, place, i) => sum + place * strides[i], 0);
  const first = along(t);
  const named = ends.map((dim, m) => {
    const index = indices.integer(unravel(first + m, indices.dims));
    return Number(index < 0n ? index + BigInt(dim) : index);
  });
  if (named.some((place, m) => place < 0 || place >= ends[m])) return NOTHING;
  const place = named.reduce((sum, index, m) => sum + index * steps[m], along(s));
  return exactlyBits(x.bits(unravel(place, x.dims)), q.node.output.dtype);
});

/** y holds the inputs side by side along the axis: x[0] up to its length, then x[1], and so on. */
export const joined = define("Concat", [Rule.equal], (q) => {
  const [axis] = q.node.attributes;
  const c = [...q.at];
  for (const i of q.inputs.keys()) {
    const x = required(q, i);
    if (c[axis] < x.dims[axis]) return exactlyBits(x.bits(c), q.node.output.dtype);
    c[axis] -= x.dims[axis];
  }
  throw new RangeError(`the inputs end before ${q.at[axis]}`);
});
