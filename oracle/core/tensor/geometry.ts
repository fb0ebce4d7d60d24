/** A window along one spatial axis. */
export interface WindowAxis {
  readonly kernel: number;
  readonly stride: number;
  /** Places of padding before the map. */
  readonly pad: number;
  readonly dilation: number;
  /** Size of the map. */
  readonly dim: number;
}

/** Taps of the window at an output coordinate that lie inside the map: those with 0 <= at · stride − pad + t · dilation < dim. */
export function tapsInside({ kernel, stride, pad, dilation, dim }: WindowAxis, at: number): number {
  const start = at * stride - pad;
  const first = Math.max(0, Math.ceil(-start / dilation));
  const last = Math.min(kernel - 1, Math.floor((dim - 1 - start) / dilation));
  return Math.max(0, last - first + 1);
}

/** An output coordinate below `outputs` at which as many taps lie inside as at any, and how many. */
export function fullestWindow(axis: WindowAxis, outputs: number): { at: number; inside: number } {
  let fullest = { at: 0, inside: 0 };
  for (let at = 0; at < outputs && fullest.inside < axis.kernel; at++) {
    const inside = tapsInside(axis, at);
    if (inside > fullest.inside) fullest = { at, inside };
  }
  return fullest;
}
