import { refuse } from "../../faults.ts";
import type { Value } from "../../onnx/graphNode.ts";
import { numbersOf } from "../../onnx/tensor.ts";

/**
 * Some CPUs add two products uint8 × int8 in 16 bits and saturate. With weights in 7 bits no sum can reach that limit
 * (2 × 255 × 64 < 2¹⁵), so every host computes the same; other combinations of signs do not take that path.
 */
export function checkSaturation(x: Value, w: Value): void {
  // The runtime has no kernel for int8 × uint8.
  if (x.dtype === w.dtype) return;
  const weights = w.constant?.data ?? refuse(`uint8 × int8 with computed weights "${w.name}" saturates on some CPUs`);
  const outside = new Int8Array(weights.buffer, weights.byteOffset, weights.byteLength).find((v) => v < -64 || v > 63);
  if (outside !== undefined) {
    refuse(
      `uint8 × int8 with 8-bit weights ("${w.name}" holds ${outside}) saturates on some CPUs; quantise the weights to ` +
        `7 bits, within [-64, 63] (reduce_range), or the activations to int8`,
    );
  }
}

/** The accumulator's scale RN(RN(sx · sw) / sy) must be a positive finite number for every channel, where it is known. */
export function checkRescale(x: number[] | undefined, w: number[] | undefined, y: number[] | undefined): void {
  if (x === undefined || w === undefined || y === undefined) return;
  for (const scale of w) {
    const factor = Math.fround(Math.fround(x[0] * scale) / y[0]);
    if (!(factor > 0) || !Number.isFinite(factor)) refuse(`its scales combine to ${factor}, which is not positive and finite`);
  }
}

/** Sums of so many 8-bit products, with a constant bias, must stay within int32 whatever the activations are. */
export function checkAccumulator(products: number, bias: Value | undefined): void {
  const start = bias?.constant === undefined ? 0 : numbersOf(bias.constant).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (products * 255 * 255 + start >= 2 ** 31) refuse(`sums of ${products} products and a bias up to ${start} may leave int32`);
}

export const REFUSED_SATURATION = "uint8 × int8 with weights outside [−64, 63] or computed ones, where some CPUs saturate";

/** What that refuses, in plain words. */
export const REFUSED_SUMS: readonly string[] = [
  REFUSED_SATURATION,
  "scales that do not combine to a positive finite number",
  "sums that may leave int32",
];
