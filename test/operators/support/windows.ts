import type { Attribute } from "../../support/onnxModel.ts";
import type { Random } from "../../support/random.ts";

/** Windows over one to three spatial axes. */
export interface Window {
  readonly map: readonly number[];
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly begins: readonly number[];
  readonly ends: readonly number[];
  readonly dilations: readonly number[];
}

export function drawWindow(random: Random, pool: boolean): Window {
  const axes = Array.from({ length: random.pick([1, 2, 2, 2, 3]) }, () => {
    const kernel = random.int(1, 4);
    const dilation = random.pick([1, 1, 1, 2, 3]);
    const reach = dilation * (kernel - 1) + 1;
    // A pool's window must not lie in the padding entirely, and onnxruntime has a pool's pads below its kernel.
    const most = !pool ? reach - 1 : dilation > 1 ? 0 : kernel - 1;
    const [begin, end] = [0, 0].map(() => (random.chance(0.5) ? 0 : random.int(0, most)));
    return { kernel, dilation, begin, end, stride: random.pick([1, 1, 2, 3]), size: Math.max(pool ? reach : reach - begin - end, random.int(1, 7)) };
  });
  const list = (name: "kernel" | "stride" | "begin" | "end" | "dilation" | "size") => axes.map((axis) => axis[name]);
  return { map: list("size"), kernel: list("kernel"), strides: list("stride"), begins: list("begin"), ends: list("end"), dilations: list("dilation") };
}

/** A window that is moved by one place at a time. */
export const plain = (map: readonly number[], kernel: readonly number[], begin = 0, end = begin): Window => ({
  map,
  kernel,
  strides: map.map(() => 1),
  begins: map.map(() => begin),
  ends: map.map(() => end),
  dilations: map.map(() => 1),
});

export const positions = (w: Window): number[] =>
  w.map.map((size, a) => Math.floor((size + w.begins[a] + w.ends[a] - w.dilations[a] * (w.kernel[a] - 1) - 1) / w.strides[a]) + 1);

export const windowAttributes = (w: Window): Record<string, Attribute> => ({
  kernel_shape: { ints: w.kernel },
  strides: { ints: w.strides },
  pads: { ints: [...w.begins, ...w.ends] },
  dilations: { ints: w.dilations },
});

/** Shapes and attributes of a convolution. */
export interface Convolution {
  readonly x: readonly number[];
  readonly w: readonly number[];
  readonly y: readonly number[];
  readonly attributes: Record<string, Attribute>;
}

export function convolution(window: Window, channels: number, filters: number, group = 1, batch = 1): Convolution {
  return {
    x: [batch, group * channels, ...window.map],
    w: [group * filters, channels, ...window.kernel],
    y: [batch, group * filters, ...positions(window)],
    attributes: { ...windowAttributes(window), group: { int: group } },
  };
}

export function drawConvolution(random: Random): Convolution {
  const window = drawWindow(random, false);
  const channels = random.int(1, window.map.length === 1 ? 40 : 12);
  return convolution(window, channels, random.int(1, 5), random.pick([1, 1, 1, 2, 3]), random.int(1, 2));
}
