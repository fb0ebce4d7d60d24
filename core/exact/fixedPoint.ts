/** Functions of reals in fixed point: x stands for x / 2^PRECISION. Results are within 2^-(PRECISION - 32). */
export const PRECISION = 384n;
export const FIXED_ONE = 1n << PRECISION;

/** ⌊√n⌋ by Newton's iteration from above. */
export function integerSquareRoot(n: bigint): bigint {
  if (n < 2n) return n;
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

/** ln 2 = 2 · atanh(1/3) = Σ 2 / ((2i + 1) · 3^(2i+1)), with 64 more bits. */
const GUARD = 64n;
const LN2 = (() => {
  let sum = 0n;
  let power = (2n * (FIXED_ONE << GUARD)) / 3n;
  for (let i = 1n; power > 0n; i += 2n) {
    sum += power / i;
    power /= 9n;
  }
  return sum;
})();

/** How often the argument is halved for the series, and the result squared. */
const HALVINGS = 8n;

/** e^x for x ≤ 0. */
export function exponential(x: bigint): bigint {
  if (x > 0n) throw new RangeError("the exponential is for arguments that are not positive");
  if (x < -(FIXED_ONE * PRECISION)) return 0n;
  // x = r − n·ln 2 with 0 ≤ r < ln 2, so e^x = e^r / 2ⁿ.
  const wide = x << GUARD;
  const n = (-wide + LN2 - 1n) / LN2;
  const r = (wide + n * LN2) >> HALVINGS;
  const bits = PRECISION + GUARD;
  let sum = 0n;
  for (let term = 1n << bits, i = 1n; term > 0n; i++) {
    sum += term;
    term = ((term * r) >> bits) / i;
  }
  for (let i = 0n; i < HALVINGS; i++) sum = (sum * sum) >> bits;
  return sum >> (GUARD + n);
}
