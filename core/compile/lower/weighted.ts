import { integerAttribute } from "./lowering.ts";
import type { Taps } from "./resizeTaps.ts";
import { sizeOf } from "../../tensor/shape.ts";
import type { Writer } from "./writer.ts";

/** Elements that are added one by one, at most: sums of more are products with a matrix, in which an infinity spoils all. */
const FEW = 16;

/** The elements at these places along an axis. */
export const takenAlong = (w: Writer, x: string, axis: number, places: readonly number[]): string =>
  w.of("Gather", [x, w.integers(places)], [integerAttribute("axis", axis)]);

const isIdentity = (places: readonly number[], length: number): boolean => places.length === length && places.every((place, i) => place === i);

/** Weighted sums of elements along an axis of a value of that shape; the value itself where nothing changes. */
export function weightedAlong(w: Writer, x: string, dims: readonly number[], axis: number, { places, weights }: Taps): string {
  const count = places[0].length;
  if (count === 1 && weights.every(([weight]) => weight === 1)) {
    const only = places.map(([place]) => place);
    return isIdentity(only, dims[axis]) ? x : takenAlong(w, x, axis, only);
  }
  if (count > FEW) return multiplied(w, x, dims, axis, { places, weights });
  const parts = Array.from({ length: count }, (_, k) => {
    const column = Float32Array.from(weights, (own) => own[k]);
    return w.mul(takenAlong(w, x, axis, places.map((own) => own[k])), w.constant([column.length, ...dims.slice(axis + 1).map(() => 1)], column));
  });
  return parts.reduce(w.add);
}

/** The same as a product with the matrix of all weights. */
function multiplied(w: Writer, x: string, dims: readonly number[], axis: number, { places, weights }: Pick<Taps, "places" | "weights">): string {
  const [from, to] = [dims[axis], places.length];
  const isLast = axis === dims.length - 1;
  const matrix = new Float32Array(from * to);
  places.forEach((own, i) => own.forEach((place, k) => (matrix[isLast ? place * to + i : i * from + place] += weights[i][k])));
  const resized = dims.map((dim, i) => (i === axis ? to : dim));
  const [outer, inner] = [sizeOf(dims.slice(0, axis)), sizeOf(dims.slice(axis + 1))];
  if (isLast) {
    const product = w.of("MatMul", [w.reshape(x, dims, [outer, from]), w.constant([from, to], matrix)]);
    return w.reshape(product, [outer, to], resized);
  }
  const product = w.of("MatMul", [w.constant([to, from], matrix), w.reshape(x, dims, [outer, from, inner])]);
  return w.reshape(product, [outer, to, inner], resized);
}
