import type { Lowering } from "./lowering.ts";
import { activation } from "./activation.ts";
import { oddPolynomial } from "./series.ts";
import type { Writer } from "./writer.ts";

const INTO = ["Mul", "Add", "Sub", "Floor", "Clip", "Div"];

/** π in three parts (Cody and Waite). The first two have 8 and 11 bits, so that their products with whole numbers below 2¹³ are exact. */
const PARTS = [201 / 64, 2029 / 2 ** 21] as const;
const REST = Math.PI - PARTS[0] - PARTS[1];

/** The Taylor series of the sine up to r¹³: what follows is below 2⁻³⁰ where |r| is at most π/2. */
const SERIES = [3, 5, 7, 9, 11, 13].map((n, i) => (i % 2 === 0 ? -1 : 1) / factorial(n));

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

/**
 * sin x = (−1)^k · sin(x − kπ), and cos x = −(−1)^k · sin(x − (k + ½)π), with the whole number k that brings the rest between −π/2
 * and π/2. Beyond 2¹³·π the rest loses bits; the result stays between −1 and 1.
 * @param shift 0 of the sine, ½ of the cosine
 */
function wave(w: Writer, x: string, shift: 0 | 0.5): string {
  const turns = w.mul(x, 1 / Math.PI);
  const k = w.of("Floor", [shift === 0 ? w.add(turns, 0.5) : turns]);
  const at = shift === 0 ? k : w.add(k, shift);
  const rest = [...PARTS, REST].reduce((left, part) => w.sub(left, w.mul(at, part)), x);
  const sine = w.clip(oddPolynomial(w, rest, w.mul(rest, rest), SERIES), -1, 1);
  // 0 of an even k, ½ of an odd one.
  const half = w.mul(k, 0.5);
  const odd = w.sub(half, w.of("Floor", [half]));
  const sign = shift === 0 ? w.sub(1, w.mul(odd, 4)) : w.sub(w.mul(odd, 4), 1);
  return w.mul(sine, sign);
}

export const sin: Lowering = activation("Sin", 7, INTO, (w, x) => wave(w, x, 0));
export const cos: Lowering = activation("Cos", 7, INTO, (w, x) => wave(w, x, 0.5));
export const tan: Lowering = activation("Tan", 7, INTO, (w, x) => w.div(wave(w, x, 0), wave(w, x, 0.5)));
