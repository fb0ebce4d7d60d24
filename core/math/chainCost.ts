import { floatOf, fma32 } from "./float32.ts";

/**
 * Where the fast path of contracts/math/FmaChain.sol leaves a block of eight to one fma after the other: the control
 * flow of `extend`, `accumulate`, `_blocks` and `_fast`, without which nobody can tell what a chain costs.
 */

/** Start of the windows of exponent fields, of a and of b, before any number was seen. */
const WINDOW_A = 107;
const WINDOW_B = 100;

const field = (bits: number): number => (bits >>> 23) & 0xff;
const isZero = (bits: number): boolean => (bits & 0x7fffffff) === 0;

/** Products that take the slow path, of those from product `from` on of a chain of `length`. */
export function slowProducts(open: number, a: Uint32Array, b: Uint32Array, from: number, length: number, chunk: number): number {
  const size = chunk === 0 ? length : chunk;
  let slow = 0;
  for (let i = 0, acc = open; i < a.length; acc = 0) {
    const end = Math.min(from + i - ((from + i) % size) + size, length, from + a.length) - from;
    slow += slowBlocks(acc, a.subarray(i, end), b.subarray(i, end));
    i = end;
  }
  return 8 * slow;
}

function slowBlocks(start: number, a: Uint32Array, b: Uint32Array): number {
  let acc = start;
  let [windowA, windowB] = [WINDOW_A, WINDOW_B];
  let slow = 0;
  let entered = false;
  for (let i = 0; i < a.length; i += 8) {
    const [x, w] = [a.subarray(i, i + 8), b.subarray(i, i + 8)];
    // The partial block in the end is a call of its own and starts anew.
    if (x.length < 8) [windowA, windowB, entered] = [WINDOW_A, WINDOW_B, false];
    const fast: boolean = (entered || enters(acc, windowA + windowB)) && inReach(x, w, windowA + windowB);
    entered = fast;
    if (!fast) slow++;
    for (let k = 0; k < x.length; k++) {
      acc = fma32(floatOf(x[k]), floatOf(w[k]), acc);
      if (!fast && !isZero(x[k]) && !isZero(w[k])) [windowA, windowB] = [windowOf(x[k]), windowOf(w[k])];
    }
  }
  return slow;
}

const windowOf = (bits: number): number => (field(bits) < 100 ? 76 : Math.min(field(bits) - 24, 128));

/** Whether the fast path takes over an accumulator: it is zero, or normal and not far above or below the windows. */
function enters(acc: number, windows: number): boolean {
  const size = Math.abs(acc);
  if (size === 0) return true;
  if (!(size >= 2 ** -126 && size < 2 ** 128)) return false;
  const e = Math.floor(Math.log2(size)) + 277;
  return e <= 389 && e + 63 >= windows;
}

/** Whether all numbers are zero or normal, and all products but zeros within 64 exponents from the windows on. */
function inReach(x: Uint32Array, w: Uint32Array, windows: number): boolean {
  for (let k = 0; k < x.length; k++) {
    const [fieldX, fieldW] = [field(x[k]), field(w[k])];
    if (fieldX === 255 || fieldW === 255) return false;
    if ((fieldX === 0 && !isZero(x[k])) || (fieldW === 0 && !isZero(w[k]))) return false;
    const d = fieldX + fieldW - windows;
    if (fieldX !== 0 && fieldW !== 0 && (d < 0 || d > 63)) return false;
  }
  return true;
}
