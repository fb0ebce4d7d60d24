import { OpgError } from "../errors.ts";
import type { Shaped } from "./values.ts";

/** A picture as a canvas has it: four bytes a pixel, red, green, blue and opacity, row by row. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray | Uint8Array;
}

/** How pixels become numbers: every channel is (byte · scale − mean) / std, rounded to float32. */
export interface Normalisation {
  /** The tensor's axes: [1, channels, height, width] by default, or [1, height, width, channels]. */
  readonly layout?: "NCHW" | "NHWC";
  /** The channels in their order. Grey is 0.299 · red + 0.587 · green + 0.114 · blue (ITU-R BT.601). Opacity is left out. */
  readonly channels?: "rgb" | "bgr" | "grey";
  /** 1/255 by default, which makes numbers from 0 to 1. */
  readonly scale?: number;
  /** For each channel, or one for all; 0 by default. */
  readonly mean?: number | readonly number[];
  /** For each channel, or one for all; 1 by default. */
  readonly std?: number | readonly number[];
}

const WEIGHTS = {
  rgb: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  bgr: [[0, 0, 1], [0, 1, 0], [1, 0, 0]],
  grey: [[0.299, 0.587, 0.114]],
} as const;

/** A picture as a tensor of float32. It is not resized: the tensor has the picture's height and width. */
export function imageTensor({ width, height, data }: Picture, { layout = "NCHW", channels = "rgb", scale = 1 / 255, mean = 0, std = 1 }: Normalisation = {}): Shaped {
  if (data.length !== 4 * width * height) {
    throw new OpgError("TENSOR", `a picture of ${width} × ${height} has ${4 * width * height} bytes, not ${data.length}`, "give red, green, blue and opacity of every pixel, as getImageData does");
  }
  const weights = WEIGHTS[channels];
  const depth = weights.length;
  const [means, stds] = [perChannel("mean", mean, depth), perChannel("std", std, depth)];
  if (stds.includes(0)) throw new OpgError("TENSOR", "a std is 0", "give the standard deviations that the model was trained with");
  const size = width * height;
  const out = new Float32Array(depth * size);
  for (let pixel = 0; pixel < size; pixel++) {
    for (let channel = 0; channel < depth; channel++) {
      const [r, g, b] = weights[channel];
      const byte = r * data[4 * pixel] + g * data[4 * pixel + 1] + b * data[4 * pixel + 2];
      out[layout === "NCHW" ? channel * size + pixel : pixel * depth + channel] = (byte * scale - means[channel]) / stds[channel];
    }
  }
  return { data: out, dims: layout === "NCHW" ? [1, depth, height, width] : [1, height, width, depth] };
}

function perChannel(name: string, given: number | readonly number[], depth: number): readonly number[] {
  const list = typeof given === "number" ? new Array<number>(depth).fill(given) : given;
  if (list.length !== depth) throw new OpgError("TENSOR", `${name} has ${list.length} numbers, the picture has ${depth} channels`, `give one number, or ${depth}`);
  return list;
}
