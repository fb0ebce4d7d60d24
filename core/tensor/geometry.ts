/** A window that slides over a map, as convolutions and pools have it: an entry for each of the map's axes. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  /** Places of padding before the map and behind it. */
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  readonly dilations: readonly number[];
}

/** Places from the first tap to the last along an axis, both included. */
export const reachOf = (w: Window, axis: number): number => w.dilations[axis] * (w.kernel[axis] - 1) + 1;

/** Positions of a window along every axis of a map. */
export const positionsOf = (w: Window, map: readonly number[]): number[] =>
  map.map((size, i) => Math.floor((size + w.begins[i] + w.ends[i] - reachOf(w, i)) / w.strides[i]) + 1);

/**
 * Offsets of `count` taps from number `first` on, taps in row-major order, of the window at a position; undefined where a tap
 * falls into the padding.
 * @param strides of the axes of the map, counted from `base`
 */
export function tapOffsets(
  w: Window,
  position: readonly number[],
  { map, strides, base }: { readonly map: readonly number[]; readonly strides: readonly number[]; readonly base: number },
  first: number,
  count: number,
): (number | undefined)[] {
  const { kernel, dilations } = w;
  const starts = position.map((at, i) => at * w.strides[i] - w.begins[i]);
  return Array.from({ length: count }, (_, i) => {
    let offset = base;
    for (let axis = map.length - 1, rest = first + i; axis >= 0; axis--) {
      const at = starts[axis] + (rest % kernel[axis]) * dilations[axis];
      if (at < 0 || at >= map[axis]) return undefined;
      offset += at * strides[axis];
      rest = Math.floor(rest / kernel[axis]);
    }
    return offset;
  });
}

/** A window along one axis. */
export interface WindowAxis {
  readonly kernel: number;
  readonly stride: number;
  /** Places of padding before the map. */
  readonly pad: number;
  readonly dilation: number;
  /** Size of the map. */
  readonly dim: number;
}

/** What a window is along an axis of a map. */
export const alongAxis = (w: Window, axis: number, dim: number): WindowAxis => ({
  kernel: w.kernel[axis],
  stride: w.strides[axis],
  pad: w.begins[axis],
  dilation: w.dilations[axis],
  dim,
});

/** Places in a map that are one step apart. */
export interface Taps {
  /** Place of the first one. */
  readonly first: number;
  readonly count: number;
}

/** Taps of the window at an output coordinate that lie inside the map: those with 0 <= at · stride − pad + t · dilation < dim. */
export function tapsAlong({ kernel, stride, pad, dilation, dim }: WindowAxis, at: number): Taps {
  const start = at * stride - pad;
  const first = Math.max(0, Math.ceil(-start / dilation));
  const last = Math.min(kernel - 1, Math.floor((dim - 1 - start) / dilation));
  return { first: start + first * dilation, count: Math.max(0, last - first + 1) };
}

export const tapsInside = (axis: WindowAxis, at: number): number => tapsAlong(axis, at).count;

/** An output coordinate below `outputs` at which as many taps lie inside as at any, and how many. */
export function fullestWindow(axis: WindowAxis, outputs: number): { at: number; inside: number } {
  let fullest = { at: 0, inside: 0 };
  for (let at = 0; at < outputs && fullest.inside < axis.kernel; at++) {
    const inside = tapsInside(axis, at);
    if (inside > fullest.inside) fullest = { at, inside };
  }
  return fullest;
}
