import { Rule } from "../program/types.ts";
import { define } from "./define.ts";
import { sizeOf, unravel } from "../tensor/shape.ts";
import { exactlyBits } from "./acceptance.ts";
import { required } from "./operand.ts";

/**
 * y at the row-major index Σ c[i] · d[i+1] · d[i+2] … is x at the row-major index offset + Σ c[i] · s[i]; attributes d…, s…, offset.
 * Without any, x at the same index.
 */
export const strided = define("Strided", [Rule.equal], (q) => {
  const x = required(q, 0);
  const { attributes } = q.node;
  const axes = Math.floor(attributes.length / 2);
  const d = attributes.slice(0, axes);
  const place = d.reduce((sum, dim, i) => sum + (Math.floor(q.element / sizeOf(d.slice(i + 1))) % dim) * attributes[axes + i], attributes[2 * axes] ?? q.element);
  return exactlyBits(x.bits(unravel(place, x.dims)), q.node.output.dtype);
});
