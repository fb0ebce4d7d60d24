import { sizeOf, unravel } from "../../tensor/shape.ts";
import type { Phase } from "./phases.ts";
import type { Writer } from "./writer.ts";

/** Shape of a transposed convolution's weights, [group · channels, filters, …kernel]: channels and filters are those of one group. */
export interface Weights {
  readonly group: number;
  readonly channels: number;
  readonly filters: number;
  readonly kernel: readonly number[];
}

/**
 * The weights of plain convolutions, [group · filters · phases, channels, …taps]: a phase is given for every axis, and all phases
 * have equally many taps.
 */
export function turned(values: ArrayLike<number>, { group, channels, filters, kernel }: Weights, phases: readonly (readonly Phase[])[]): Float32Array {
  const counts = phases[0].map(({ count }) => count);
  const taps = Array.from({ length: sizeOf(counts) }, (_, i) => unravel(i, counts));
  const places = phases.map((phase) =>
    taps.map((tap) => tap.reduce((place, at, axis) => place * kernel[axis] + phase[axis].first + (counts[axis] - 1 - at) * phase[axis].step, 0)),
  );
  const weights = new Float32Array(group * filters * phases.length * channels * taps.length);
  let k = 0;
  for (let g = 0; g < group; g++)
    for (let f = 0; f < filters; f++)
      for (const phase of places)
        for (let c = 0; c < channels; c++) {
          const base = ((g * channels + c) * filters + f) * sizeOf(kernel);
          for (const place of phase) weights[k++] = values[base + place];
        }
  return weights;
}

/** Computed weights as those of a plain convolution have their axes, [group · filters, channels, …kernel]. */
export function byFilter(w: Writer, weights: string, { group, channels, filters, kernel }: Weights): string {
  const taps = sizeOf(kernel);
  const grouped = w.reshape(weights, [group * channels, filters, ...kernel], [group, channels, filters, taps]);
  return w.reshape(w.transpose(grouped, [0, 2, 1, 3]), [group, filters, channels, taps], [group * filters, channels, ...kernel]);
}

/** Of these, those of a phase. */
export const turnedPart = (w: Writer, weights: string, phase: readonly Phase[]): string =>
  phase.reduce((part, { first, count, step }, axis) => w.stepped(part, 2 + axis, first + (count - 1) * step, count, -step), weights);
