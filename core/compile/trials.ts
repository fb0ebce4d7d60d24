import { Random } from "../math/random.ts";
import { DType, widthOf } from "../tensor/dtype.ts";
import { sizeOf } from "../tensor/shape.ts";
import type { TensorSpec } from "../tensor/tensor.ts";

const pick = (values: readonly number[], random: Random): number => values[Math.floor(random.unit() * values.length)];

const SPECIAL = [0, -0, 1, -1, NaN, Infinity, -Infinity, 3.4028235e38, -3.4028235e38, 2 ** -126, 2 ** -149, 0.5, 1e4];

interface Trial {
  readonly fraction: (random: Random) => number;
  /** Between the ends of the type, both included. */
  readonly integer: (random: Random, least: number, greatest: number) => number;
}

const anyInteger: Trial["integer"] = (random, least, greatest) => least + Math.floor(random.unit() * (greatest - least + 1));

/** The kinds of inputs that a model is tried on; the first ones say most. */
const TRIALS: readonly Trial[] = [
  { fraction: (random) => random.normal(), integer: anyInteger },
  {
    fraction: (random) => (random.unit() < 0.75 ? random.normal() : pick(SPECIAL, random)),
    integer: (random, least, greatest) => pick([least, greatest, 0, 1], random),
  },
  { fraction: (random) => random.unit(), integer: (random) => Math.floor(random.unit() * 2) },
  { fraction: (random) => random.normal() * 2 ** (Math.floor(random.unit() * 61) - 30), integer: anyInteger },
  { fraction: (random) => random.normal() * 100, integer: (random, least, greatest) => Math.min(greatest, Math.max(least, Math.floor(random.normal() * 4))) },
  { fraction: () => 0, integer: () => 0 },
  { fraction: () => 1, integer: () => 1 },
];

export const TRIAL_COUNT = TRIALS.length;

/** Row-major bytes of the graph inputs in one trial. */
export const trialInputs = (specs: readonly TensorSpec[], trial: number, seed = trial + 1): Uint8Array[] => draw(specs, TRIALS[trial], seed);

/** The same of fractions from 0 to below 1, which a share is, and of no integers but 0 and 1, which name something in every list of two. */
export const smallInputs = (specs: readonly TensorSpec[], seed: number): Uint8Array[] =>
  draw(specs, TRIALS[2], seed);

function draw(specs: readonly TensorSpec[], { fraction, integer }: Trial, seed: number): Uint8Array[] {
  const random = new Random(seed);
  return specs.map(({ dtype, dims }) => {
    const size = sizeOf(dims);
    switch (dtype) {
      case DType.float16:
        return drawn(new Float16Array(size), () => fraction(random));
      case DType.float32:
        return drawn(new Float32Array(size), () => fraction(random));
      case DType.float64:
        return drawn(new Float64Array(size), () => fraction(random));
      default: {
        const [least, greatest] = ends(dtype).map(Number);
        return encode(Array.from({ length: size }, () => integer(random, least, greatest)), dtype);
      }
    }
  });
}

/** Rationale: a loop, for `from` takes several times as long, and there are millions of them. */
function drawn(values: Float16Array | Float32Array | Float64Array, next: () => number): Uint8Array {
  for (let i = 0; i < values.length; i++) values[i] = next();
  return new Uint8Array(values.buffer);
}

/** The least and the greatest number of an integer type. */
function ends(dtype: DType): [least: bigint, greatest: bigint] {
  if (dtype === DType.bool) return [0n, 1n];
  const bits = 8n * BigInt(widthOf(dtype));
  const isSigned = dtype === DType.int8 || dtype === DType.int16 || dtype === DType.int32 || dtype === DType.int64;
  return isSigned ? [-(1n << (bits - 1n)), (1n << (bits - 1n)) - 1n] : [0n, (1n << bits) - 1n];
}

function encode(values: readonly number[], dtype: DType): Uint8Array {
  const width = widthOf(dtype);
  const [least, greatest] = ends(dtype);
  const bytes = new Uint8Array(values.length * width);
  const view = new DataView(bytes.buffer);
  values.forEach((value, i) => {
    // The greatest 64-bit integers are no float64: what is rounded past the end is the end.
    const whole = BigInt(value);
    const within = whole > greatest ? greatest : whole < least ? least : whole;
    if (width === 1) view.setUint8(i, Number(within & 0xffn));
    else if (width === 2) view.setUint16(2 * i, Number(within & 0xffffn), true);
    else if (width === 4) view.setUint32(4 * i, Number(within & 0xffffffffn), true);
    else view.setBigUint64(8 * i, BigInt.asUintN(64, within), true);
  });
  return bytes;
}
