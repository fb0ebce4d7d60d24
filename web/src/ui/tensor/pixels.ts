import { widthOf } from "../../../../core/tensor/dtype.ts";
import { numberAt } from "../../../../core/tensor/numbers.ts";
import { sizeOf } from "../../../../core/tensor/shape.ts";
import type { ImageHint } from "../../data/card.ts";
import type { TensorBytes } from "./numbers.ts";

/** Pixels on an edge, at least and at most. */
const SHORTEST_EDGE = 4;
const LONGEST_EDGE = 1_024;
/** How much longer one edge may be than the other where only the shape says that it is a picture. */
const MOST_UNEVEN = 4;

/** How a tensor lies as a picture; strides in elements. */
interface Layout {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly pixelStride: number;
  readonly channelStride: number;
}

/** The picture that a shape can be: of one channel or three, [height, width] or with the channels before or behind. */
export function layoutOf(dims: readonly number[], order?: ImageHint["layout"]): Layout | undefined {
  const axes = dims.length === 4 && dims[0] === 1 ? dims.slice(1) : dims;
  if (axes.length === 2) return fitting(axes[0], axes[1], 1, true);
  if (axes.length !== 3) return undefined;
  const [first, second, third] = axes;
  return (order === "NHWC" ? undefined : fitting(second, third, first, true)) ?? (order === "NCHW" ? undefined : fitting(first, second, third, false));
}

function fitting(height: number, width: number, channels: number, isPlanar: boolean): Layout | undefined {
  const edges = [height, width];
  if (channels !== 1 && channels !== 3) return undefined;
  if (Math.min(...edges) < SHORTEST_EDGE || Math.max(...edges) > LONGEST_EDGE) return undefined;
  return { height, width, channels, pixelStride: isPlanar ? 1 : channels, channelStride: isPlanar ? height * width : 1 };
}

/** Whether a tensor is plainly shaped like a picture, though nobody says that it is one. */
export function isPlainlyPicture({ spec: { dims } }: TensorBytes): boolean {
  const layout = layoutOf(dims);
  return layout !== undefined && Math.max(layout.height, layout.width) <= MOST_UNEVEN * Math.min(layout.height, layout.width);
}

/** A picture as a canvas takes it: red, green, blue and opacity of every pixel, row by row. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

/**
 * A tensor as a picture; undefined where it has no shape of one. Its numbers are stretched from black to white: those that the hint
 * gives, by default the least and the greatest.
 */
export function pixelsOf({ spec: { dims, dtype }, bytes }: TensorBytes, hint: Omit<ImageHint, "name"> = {}): Pixels | undefined {
  const layout = layoutOf(dims, hint.layout);
  if (layout === undefined) return undefined;
  const { width, height, channels, pixelStride, channelStride } = layout;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = (element: number): number => numberAt(view, element * widthOf(dtype), dtype);
  const [black, white] = hint.range ?? rangeOf(sizeOf(dims), at);
  const order = channels === 1 ? [0, 0, 0] : hint.channels === "bgr" ? [2, 1, 0] : [0, 1, 2];
  const data = new Uint8ClampedArray(4 * width * height);
  for (let pixel = 0; pixel < width * height; pixel++) {
    order.forEach((channel, i) => {
      data[4 * pixel + i] = (255 * (at(pixel * pixelStride + channel * channelStride) - black)) / (white - black);
    });
    data[4 * pixel + 3] = 255;
  }
  return { width, height, data };
}

/** The least and the greatest of the numbers that are finite. */
function rangeOf(size: number, at: (element: number) => number): readonly [least: number, greatest: number] {
  let [least, greatest] = [Infinity, -Infinity];
  for (let element = 0; element < size; element++) {
    const value = at(element);
    if (!Number.isFinite(value)) continue;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return greatest > least ? [least, greatest] : [Math.min(least, 0), Math.max(greatest, 1)];
}
