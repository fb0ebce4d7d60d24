/** Twin of contracts/math/IntExp.sol, where the derivation stands. */

const LOG2E_Q64 = 0x171547652b82fe177n; // floor(2^64 / ln 2)
const LN2_Q120 = 0xb17217f7d1cf79abc9e3b39803f2f6n; // floor(2^120 · ln 2)

/** floor(2^120 / i!) for i from 12 down to 0 */
const COEFFICIENTS = Array.from({ length: 13 }, (_, i) => {
  let factorial = 1n;
  for (let k = 2n; k <= BigInt(i); k++) factorial *= k;
  return (1n << 120n) / factorial;
}).reverse();

/** e^-d as f · 2^(-120 - k), for d in units of 2^-104 from 0 to 180. */
export function expNegative(d: bigint): { f: bigint; k: bigint } {
  const k = (d * LOG2E_Q64 + (1n << 167n)) >> 168n;
  const r = (k * LN2_Q120 - (d << 16n)) >> 4n;
  let f = 0n;
  for (const c of COEFFICIENTS) f = c + ((f * r) >> 120n);
  for (let i = 0; i < 4; i++) f = (f * f) >> 120n;
  return { f, k };
}
