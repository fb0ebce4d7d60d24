import { everything, within, type Acceptance } from "./acceptance.ts";
import { LARGEST } from "./binary32.ts";

/** u = 2⁻²⁴ is the unit roundoff of binary32. */
export const U_BITS = 24n;
/** TY = 2⁻¹²⁶, in units of 2⁻¹⁴⁹: no operation loses more to underflow, even where subnormals are flushed to zero. */
export const TINY = 1n << 23n;

/** γ_k = ku / (1 − ku), from above, as a multiple of u: k + 2 + ⌊k² / 2²³⌋. */
export const gamma = (k: bigint): bigint => k + 2n + ((k * k) >> 23n);

/**
 * What lies within `slack` of `exact`; everything where an intermediate result, of magnitude at most `size`, may
 * overflow. All are units / denominator.
 */
export function around(exact: bigint, slack: bigint, size: bigint, denominator: bigint): Acceptance {
  return size > LARGEST * denominator ? everything : within(exact - slack, exact + slack, denominator);
}
