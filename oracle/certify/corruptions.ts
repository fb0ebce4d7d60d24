import { DType, widthOf } from "../../core/tensor/dtype.ts";
import type { Random } from "../../core/math/random.ts";

/** How a number is made wrong. */
export type CorruptionKind = "smallest" | "sign" | "bit" | "zero" | "nan" | "infinity" | "form" | "extreme" | "neighbour";

export interface Corruption {
  readonly kind: CorruptionKind;
  /** Little-endian bits of the wrong value. */
  readonly bits: bigint;
}

/** What is known of the element that is to be corrupted. */
export interface Honest {
  readonly dtype: DType;
  readonly bits: bigint;
  /** Values just outside what the rule allows, by the exact arithmetic. */
  readonly smallest: readonly bigint[];
  /** Whether the exact arithmetic admits this value. */
  admits(bits: bigint): boolean;
  /** Bits of some other element of the same tensor. */
  neighbour(random: Random): bigint;
}

export interface Drawn {
  readonly corruptions: readonly Corruption[];
  /** Draws that the exact arithmetic admits after all, and in whose place another was drawn. */
  readonly redrawn: number;
}

/** Exponent and fraction widths of the floating-point types. */
const FLOATS = new Map<DType, { exponent: bigint; fraction: bigint }>([
  [DType.float16, { exponent: 5n, fraction: 10n }],
  [DType.float32, { exponent: 8n, fraction: 23n }],
  [DType.float64, { exponent: 11n, fraction: 52n }],
]);
const SIGNED: readonly DType[] = [DType.int8, DType.int16, DType.int32, DType.int64];

/** Attempts to find an inadmissible value in the place of an admissible one. */
const ATTEMPTS = 48;

/**
 * One wrong value of every kind that the type has. A draw that equals the honest value or that the exact arithmetic
 * admits is replaced by a random one; where no inadmissible value turns up, the rule admits (almost) everything here and
 * the draw is given up.
 */
export function drawCorruptions(honest: Honest, random: Random): Drawn {
  const width = BigInt(8 * widthOf(honest.dtype));
  const all = (1n << width) - 1n;
  const flipped = (): bigint => honest.bits ^ (1n << BigInt(Math.floor(random.unit() * Number(width))));
  const noise = (): bigint => ((BigInt(random.u32()) << 32n) | BigInt(random.u32())) & all;

  const taken = new Set<bigint>([honest.bits]);
  const corruptions: Corruption[] = [];
  let redrawn = 0;
  let exhausted = false;
  const take = (kind: CorruptionKind, first: bigint): void => {
    if (!taken.has(first) && !honest.admits(first)) {
      taken.add(first);
      corruptions.push({ kind, bits: first });
      return;
    }
    // Another kind has asked the same question already: asking it again would prove nothing.
    if (first !== honest.bits && taken.has(first)) return;
    redrawn++;
    for (let attempt = 0; attempt < ATTEMPTS && !exhausted; attempt++) {
      const bits = kind === "neighbour" && attempt < ATTEMPTS / 4 ? honest.neighbour(random) : attempt < ATTEMPTS / 2 ? flipped() : noise();
      if (taken.has(bits) || honest.admits(bits)) continue;
      taken.add(bits);
      corruptions.push({ kind, bits });
      return;
    }
    exhausted = true;
  };

  for (const bits of honest.smallest) take("smallest", bits);
  const float = FLOATS.get(honest.dtype);
  const sign = 1n << (width - 1n);
  if (float !== undefined) {
    const infinity = ((1n << float.exponent) - 1n) << float.fraction;
    take("sign", honest.bits ^ sign);
    take("bit", flipped());
    take("zero", 0n);
    take("nan", infinity | (1n << (float.fraction - 1n)));
    take("infinity", infinity);
    take("infinity", infinity | sign);
    if (honest.dtype === DType.float32) {
      // Out of canonical form, which no rule excuses: −0, and a NaN of other bits.
      take("form", sign);
      take("form", infinity | BigInt(1 + Math.floor(random.unit() * 0x3f_ffff)));
    }
  } else if (honest.dtype === DType.bool) {
    take("sign", honest.bits ^ 1n);
    take("bit", flipped());
    take("zero", 0n);
    take("extreme", all);
  } else {
    const signed = SIGNED.includes(honest.dtype);
    take("sign", -honest.bits & all);
    take("bit", flipped());
    take("zero", 0n);
    take("extreme", signed ? sign : 0n);
    take("extreme", signed ? sign - 1n : all);
  }
  take("neighbour", honest.neighbour(random));
  return { corruptions, redrawn };
}
