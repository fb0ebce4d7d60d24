import type { Term, Writer } from "./writer.ts";

/** c₀ + c₁·x + c₂·x² + …, by Horner's scheme. */
export function polynomial(w: Writer, x: string, coefficients: readonly number[]): Term {
  return coefficients.reduceRight<Term | undefined>((sum, c) => (sum === undefined ? c : w.add(w.mul(x, sum), c)), undefined)!;
}

/** x + x³·p(x²): odd functions that are x near 0 keep its relative precision so. */
export function oddPolynomial(w: Writer, x: string, square: string, coefficients: readonly number[]): string {
  return w.add(x, w.mul(w.mul(x, square), polynomial(w, square, coefficients)));
}

/** Terms of the series, of which the next is below 2⁻²⁶ of the first where |z| is at most ⅓. */
const TERMS = 7;

/** 2·artanh z = 2z·(1 + z²/3 + z⁴/5 + …), which is ln((1 + z)/(1 − z)). */
export function twiceArtanh(w: Writer, z: string): string {
  const coefficients = Array.from({ length: TERMS }, (_, k) => 2 / (2 * k + 1));
  return w.mul(z, polynomial(w, w.mul(z, z), coefficients));
}
