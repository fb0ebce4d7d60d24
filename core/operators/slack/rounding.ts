export const U = 2 ** -24;
export const TINY = 2 ** -126;

/** γ_k of the rounding analysis: k roundings move a sum by at most this, relative to the sum of magnitudes. */
export const gamma = (k: number): number => (k * U) / (1 - k * U);
