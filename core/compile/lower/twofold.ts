import type { Term, Writer } from "./writer.ts";

/** A number as the sum of two float32 numbers, of which the second is at most half a unit in the last place of the first. */
export interface Twofold {
  readonly high: Term;
  readonly low: Term;
}

/** 2¹² + 1: by it a float32 is split into two halves of 12 bits (Veltkamp). */
const SPLITTER = 4097;

function halves(w: Writer, x: Term): readonly [Term, Term] {
  if (typeof x === "number") {
    const scaled = Math.fround(x * SPLITTER);
    const high = Math.fround(scaled - Math.fround(scaled - x));
    return [high, Math.fround(x - high)];
  }
  const scaled = w.mul(x, SPLITTER);
  const high = w.sub(scaled, w.sub(scaled, x));
  return [high, w.sub(x, high)];
}

/** a · b without an error (Dekker), where nothing overflows or is subnormal. A number must be one of float32. */
export function product(w: Writer, a: Term, b: Term): Twofold {
  const high = w.mul(a, b);
  const [[ah, al], [bh, bl]] = [halves(w, a), halves(w, b)];
  const mixed = w.add(w.add(w.sub(w.mul(ah, bh), high), w.mul(ah, bl)), w.mul(al, bh));
  return { high, low: w.add(mixed, w.mul(al, bl)) };
}

/** a + b without an error, where b has no greater exponent than a (Dekker). */
export function sum(w: Writer, a: Term, b: Term): Twofold {
  const high = w.add(a, b);
  return { high, low: w.sub(b, w.sub(high, a)) };
}

/** A number of binary64 as two of float32. */
export function twofold(value: number): { high: number; low: number } {
  const high = Math.fround(value);
  return { high, low: Math.fround(value - high) };
}
