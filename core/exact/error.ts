/** u = 2⁻²⁴ is the unit roundoff of binary32. */
export const U_BITS = 24n;
/** TY = 2⁻¹²⁶, in units of 2⁻¹⁴⁹: no operation loses more to underflow, even where subnormals are flushed to zero. */
export const TINY = 1n << 23n;

/** 2^exponent in units. */
export const power = (exponent: number): bigint => 1n << BigInt(149 + exponent);

/** γ(k) ≥ ku / (1 − ku), as a multiple of u. */
export const gamma = (k: bigint): bigint => k + 2n + ((k * k) >> 23n);
