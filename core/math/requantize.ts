/** RN(RN(x · w) / y): binary64 holds the product exactly and enough of the quotient. */
export const scaleFactor = (x: number, w: number, y: number): number => Math.fround(Math.fround(x * w) / y);

/**
 * From the int32 sum of a quantised dot product to its 8-bit output (docs/protocol.md §2.5); undefined where the
 * product is a NaN and the result depends on the processor.
 */
export function quantizeSum(sum: number, scale: number, zero: number, low: number, high: number): number | undefined {
  const value = Math.fround(Math.fround(sum) * scale);
  if (Number.isNaN(value)) return undefined;
  return roundHalfEven(Math.min(Math.max(value, low - zero), high - zero)) + zero;
}

/** The nearest integer, ties to even. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}
