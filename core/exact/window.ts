/** A sliding window's attributes as a row holds them: five lists, an entry for every spatial axis. */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly begins: readonly number[];
  readonly dilations: readonly number[];
}

export function windowOf(attributes: readonly number[], spatial: number): Window {
  const list = (i: number): readonly number[] => attributes.slice(i * spatial, (i + 1) * spatial);
  return { kernel: list(0), strides: list(1), begins: list(2), dilations: list(4) };
}

/** Where a tap of the window at `position` lies in a map of size `dims`; undefined in the padding. */
export function place(w: Window, position: readonly number[], tap: readonly number[], dims: readonly number[]): number[] | undefined {
  const p = dims.map((_, i) => position[i] * w.strides[i] - w.begins[i] + tap[i] * w.dilations[i]);
  return p.every((at, i) => at >= 0 && at < dims[i]) ? p : undefined;
}
