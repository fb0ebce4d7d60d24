import { isZeroBits } from "./float32.ts";

/**
 * Dot products as kernels for a single row or column add them: without fused multiply-add, every product and every sum rounded to
 * binary32 (docs/protocol.md §2.4). Twin of contracts/math/Gemv.sol.
 */

/** Products a row times a matrix on their way: the sum of the group in hand (0 at its beginning) and the total of those before it. */
export interface Groups {
  open: number;
  total: number;
}

/** Number of lanes that a product of contiguous rows is added in. */
export const LANES = 8;

/**
 * Whether a group of products ends behind product k: groups have four products, and what is left over at the end of all is a
 * group of two, if there are as many, and one of one.
 */
export const endsGroup = (k: number, length: number): boolean => k % 4 === 3 || k === length - 1 || (k % 4 === 1 && k === length - 2);

/** Adds the products a[i]·b[i], the first of which is product `from` of `length`. */
export function extendGroups(groups: Groups, a: ArrayLike<number>, b: ArrayLike<number>, from: number, length: number): void {
  for (let i = 0; i < a.length; i++) {
    groups.open = Math.fround(groups.open + Math.fround(a[i] * b[i]));
    if (!endsGroup(from + i, length)) continue;
    groups.total = Math.fround(groups.open + groups.total);
    groups.open = 0;
  }
}

/** Adds the products a[i]·b[i], the first of which is product `from`: product k to lane k mod 8. */
export function extendLanes(lanes: Float32Array, a: ArrayLike<number>, b: ArrayLike<number>, from: number): void {
  for (let i = 0; i < a.length; i++) lanes[(from + i) % LANES] += Math.fround(a[i] * b[i]);
}

/** How many outputs a kernel computes at once, which decides in what order it adds the lanes of each. */
export type Block = 4 | 2 | 1;

/** The block that output `place` of `run` ones stands in: blocks of four, then one of two, then one of one. */
export function blockAt(place: number, run: number): Block {
  const left = run % 4;
  if (place < run - left) return 4;
  return left >= 2 && place < run - left + 2 ? 2 : 1;
}

/**
 * Products that contracts/math/Gemv.sol adds one by one, of those from product `from` on: what its blocks of eight, which begin
 * at multiples of eight, leave over, if its fast path takes all of them. For that every factor is zero or normal, no product is
 * outside 2⁻¹²⁴ to 2⁴⁶, and no sum in hand is above 2⁶⁹. All are bits.
 */
export function slowProducts(a: Uint32Array, b: Uint32Array, from: number, sums: readonly number[]): number {
  const isInReach = sums.every((sum) => exponentField(sum) <= GREATEST_SUM) && a.every((x, i) => isProductInReach(x, b[i]));
  if (!isInReach) return a.length;
  const head = Math.min(a.length, (LANES - (from % LANES)) % LANES);
  return head + ((a.length - head) % LANES);
}

const GREATEST_SUM = 195;
const LEAST_PRODUCT = 130;
const GREATEST_PRODUCT = 300;

const exponentField = (bits: number): number => (bits >>> 23) & 0xff;

function isProductInReach(x: number, w: number): boolean {
  const [fieldX, fieldW] = [exponentField(x), exponentField(w)];
  if (fieldX === 0xff || fieldW === 0xff || (fieldX === 0 && !isZeroBits(x)) || (fieldW === 0 && !isZeroBits(w))) return false;
  if (fieldX === 0 || fieldW === 0) return true;
  return fieldX + fieldW >= LEAST_PRODUCT && fieldX + fieldW <= GREATEST_PRODUCT;
}

/** The sum of the lanes. */
export function foldLanes(l: ArrayLike<number>, block: Block): number {
  const add = (x: number, y: number): number => Math.fround(x + y);
  if (block === 4) return add(add(add(add(l[0], l[1]), l[2]), l[3]), add(add(add(l[4], l[5]), l[6]), l[7]));
  if (block === 2) return add(add(add(l[2], l[0]), add(l[6], l[4])), add(add(l[3], l[1]), add(l[7], l[5])));
  return add(add(add(l[0], l[1]), add(l[2], l[3])), add(add(l[4], l[5]), add(l[6], l[7])));
}

/** How one output of a `gemv` dot product is put together. */
export interface GemvSchedule {
  /** The block of the output where rows are contiguous; undefined where a row is multiplied by a matrix. */
  readonly block: Block | undefined;
  /** Added before the products, and after them; 0 where absent. */
  readonly first: number;
  readonly last: number;
}

/** The binary32 number that the schedule yields for the dot product of `a` and `b` (which have the same length). */
export function gemvDot(a: ArrayLike<number>, b: ArrayLike<number>, { block, first, last }: GemvSchedule): number {
  const groups: Groups = { open: 0, total: first };
  if (block === undefined) extendGroups(groups, a, b, 0, a.length);
  else {
    const lanes = new Float32Array(LANES);
    extendLanes(lanes, a, b, 0);
    groups.total = Math.fround(foldLanes(lanes, block) + first);
  }
  return Math.fround(groups.total + last);
}
